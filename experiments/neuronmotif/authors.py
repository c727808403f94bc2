"""Motifs that somebody has published of a network against those decoded here, both ways by Tomtom.

NeuronMotif's authors publish Basset's (github.com/wzthu/NeuronMotifBasset.github.io): folders layer1, layer2,
... with MEME files of single leaves in motif_*/, or all leaves in allppm.h5 (allppm (N, R, 4), spnumb (N,)).
These are PPMs of whole receptive fields, so theirs and ours are cut alike.
"""

import dataclasses
import os
import pathlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import h5py
import numpy as np

from experiments.neuronmotif.decoded_runs import Layer
from jaxmotif import files, probe
from jaxmotif.motifs import formats, tomtom
from jaxmotif.motifs.motif import Motif, is_informative, trim
from jaxmotif.neuronmotif.syntax import known, segments
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings

Q_MAX = 0.05
ALL, SITES = "allppm", "spnumb"
TEXT = (
    f"A motif is a leaf; it is matched if one of its parts has q of {Q_MAX:g} or less, by Tomtom with the "
    "parts of the other side as the database. Parts are cut from all leaves by the same settings, without "
    "flat flanks, which would match each other; but on our exact or narrow layers pseudo-counts are lowered "
    "for ours, to a tenth of a leaf's sequences at most (segments.adapt). Shuffled: matched when the columns "
    "of every part are in random order, which is chance. With fewer than 25 parts as the database p-values "
    "are rough."
)
# Their names of leaves: number, sequences, largest activation, activation of the consensus.
_NAME = re.compile(r"\d+_(\d+)_-?[\d.]+_-?[\d.]+")
# Sequences of a leaf whose number is not told.
_SITES = 1000


class Published(NamedTuple):
    """Motifs that were published together.

    Attributes:
      name: of their folder or file.
      leaves: whole PPMs, not cut.
    """

    name: str
    leaves: Sequence[Motif]


def load(path: str | os.PathLike) -> list[Published]:
    """Returns the published motifs of a file, of a folder, or of each folder layer* in it.

    Args:
      path: a motif file of any format, an allppm.h5, or a folder: its MEME files, wherever in it they lie,
        and where there is none its allppm.h5.

    Raises:
      ValueError: if nothing is there, a file cannot be read, or there is no motif.
    """
    place = pathlib.Path(path)
    if not place.exists():
        raise ValueError(f"no published motifs at {path}: it is neither a file nor a folder")
    if place.is_file():
        return [Published(place.stem, _read(place))]
    layers = sorted(folder for folder in place.glob("layer*") if folder.is_dir())
    return [Published(folder.name, _of_folder(folder)) for folder in layers or [place]]


def _of_folder(folder: pathlib.Path) -> list[Motif]:
    found = sorted(folder.rglob("*.meme"), key=_counted) or sorted(folder.rglob(f"{ALL}.h5"))
    if not found:
        raise ValueError(f"{folder} holds neither MEME files nor {ALL}.h5")
    return [motif for path in found for motif in _read(path)]


def _counted(path: pathlib.Path) -> list[tuple[int, str]]:
    """Sorts motif_2 before motif_10."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", str(path))]


def _read(path: pathlib.Path) -> list[Motif]:
    if path.suffix == ".h5":
        return _read_all(path)
    read = formats.read(path)
    # What MEME files of theirs call nsites is about 1,000 for all; the name has the number.
    named = [_NAME.fullmatch(motif.name) for motif in read]
    return [
        dataclasses.replace(motif, nsites=float(it[1])) if it and int(it[1]) else motif
        for motif, it in zip(read, named, strict=True)
    ]


def _read_all(path: pathlib.Path) -> list[Motif]:
    probe.check("hdf5", path)
    with files.reading(path, "HDF5 file"), h5py.File(path, "r") as file:
        if not isinstance(file.get(ALL), h5py.Dataset):
            raise ValueError(f"{path} has no array {ALL!r}; it has: {', '.join(file) or 'none'}")
        ppm_nr4 = np.asarray(file[ALL][()], np.float64)
        if ppm_nr4.ndim != 3 or ppm_nr4.shape[2] != 4:
            raise ValueError(f"{path}: {ALL} must have shape (N, R, 4), got {ppm_nr4.shape}")
        sites_n = np.full(len(ppm_nr4), _SITES, np.float64)
        if isinstance(file.get(SITES), h5py.Dataset) and file[SITES].size == len(sites_n):
            sites_n = np.asarray(file[SITES][()], np.float64).ravel()
        total_nr = ppm_nr4.sum(axis=2)
        # Leaves without a sequence, as of dead neurons, are zeros.
        filled_n = (total_nr > 0).all(axis=1) & (sites_n > 0)
        return [
            Motif(f"leaf{row}", ppm_nr4[row] / total_nr[row][:, None], float(sites_n[row]), source=str(path))
            for row in np.flatnonzero(filled_n)
        ]


def parts(leaf: Motif, settings: SegmentSettings) -> list[Motif]:
    """Returns the motifs in a leaf's whole PPM, from the first to the last column above half a bit each.

    Segments have flanks, and Tomtom takes it for likeness that both sides' are flat: most random motifs with
    three flat columns on either side match another one at q .05.

    Args:
      leaf: the whole PPM.
      settings: what counts as a motif; the whole leaf where nothing does.
    """
    spans = segments.spans(leaf.ppm, leaf.nsites, settings) or [(0, leaf.width)]
    cut = [dataclasses.replace(leaf, ppm=leaf.ppm[start:end]) for start, end in spans]
    return [trim(motif, pad=0) for motif in cut if is_informative(motif)]


def of_layer(layer: Layer) -> list[list[Motif]]:
    """Returns the parts of each leaf of a decoded layer that has any."""
    found, settings = layer.decoded, layer.settings
    needed = segments.thresholds(found, settings.segments, settings.min_sites)
    made = []
    for neuron, leaf in np.argwhere(found.nsites >= needed.fewest[:, None]):
        ppm, nsites = found.ppm[neuron, leaf], float(found.nsites[neuron, leaf])
        own = dataclasses.replace(settings.segments, pseudosites=float(needed.pseudosites[neuron, leaf]))
        made.append(parts(Motif(f"n{found.neurons[neuron]}_{leaf}", ppm, nsites), own))
    return [some for some in made if some]


def matched(queries: Sequence[Sequence[Motif]], targets: Sequence[Sequence[Motif]]) -> np.ndarray:
    """Returns which of N leaves have a part that matches a part of the other ones with q of Q_MAX or less.

    Args:
      queries: parts of each leaf, N.
      targets: the same, the database.

    Returns:
      bool (N,).
    """
    flat = [known.comparable(part) for some in queries for part in some]
    places = np.repeat(np.arange(len(queries)), [len(some) for some in queries])
    database = [part for some in targets for part in some]
    found_n = np.zeros(len(queries), bool)
    if flat and database:
        found_n[places[tomtom.match(flat, database).q.min(axis=1) <= Q_MAX]] = True
    return found_n


def shuffled(leaves: Sequence[Sequence[Motif]], seed: int = 0) -> list[list[Motif]]:
    """Returns the parts of each leaf with their columns in random order."""
    rng = np.random.default_rng(seed)
    return [[dataclasses.replace(part, ppm=rng.permutation(part.ppm)) for part in some] for some in leaves]


def rows(layers: Sequence[Layer], published: Sequence[Published]) -> list[dict]:
    """Returns a row for each decoded layer and each set of published motifs: what either has of the other."""
    made = []
    for layer in layers:
        ours = of_layer(layer)
        for group in published:
            theirs = [some for leaf in group.leaves if (some := parts(leaf, layer.settings.segments))]
            row: dict = {"network": layer.network, "layer": layer.number, "published": group.name}
            for name, queries, targets in (("theirs", theirs, ours), ("ours", ours, theirs)):
                count = int(matched(queries, targets).sum())
                row |= {
                    name: len(queries),
                    f"{name} matched": count,
                    f"share of {name}": round(count / len(queries), 3) if queries else None,
                    f"{name} shuffled": int(matched(shuffled(queries), targets).sum()),
                }
            made.append(row)
    return made
