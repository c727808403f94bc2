"""Class motifs of saved networks, kept in the networks' folders."""

import contextlib
import hashlib
import os
import pathlib

import jax
import numpy as np

from jaxmotif import files
from jaxmotif.interpret import class_optimization
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# Bits of a column that says something; letters between two of them in one stretch, and beside the last ones.
BITS, GAP, FLANK = 0.3, 6, 2


def stored(
    folder: str | os.PathLike | None,
    network: Network,
    name: str,
    config: ClassConfig = ClassConfig(),
    seed: int = 0,
) -> Motif:
    """Returns the motif of one class from the network's folder, where it is put when it is first asked for.

    Its file's name holds what it depends on: weights, settings, seed. Without a folder nothing is kept.

    Raises:
      ValueError: for a class that does not exist.
    """
    if folder is None:
        return class_optimization.class_motif(network, name, config, seed, quiet=False)
    network.target_index(name)
    members = [network.member_variables(number) for number in range(len(network))]
    weights = b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(members))
    settings = hashlib.sha256(weights + repr((config, seed)).encode()).hexdigest()[:10]
    path = pathlib.Path(folder) / f"class-{files.safe_name(name)}-{settings}.npz"
    with contextlib.suppress(ValueError):  # not there, or damaged: it is made again
        arrays = files.load_npz(path)
        with files.reading(path):
            source, alphabet = str(arrays["source"]), network.alphabet
            return Motif(name, arrays["ppm"], 100, source=source, alphabet=alphabet)
    motif = class_optimization.class_motif(network, name, config, seed, quiet=False)
    if os.access(folder, os.W_OK):  # somebody else's run is only read
        with files.atomic_path(path) as temporary:
            np.savez(temporary, ppm=motif.ppm, source=motif.source)
    return motif


def stretches(motif: Motif) -> list[tuple[int, int]]:
    """Returns the stretches [start, end) of a class motif that say something; what lies between is flat."""
    columns = np.flatnonzero(information_content(motif.ppm) >= BITS)
    if not len(columns):
        return []
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > GAP) + 1)
    return [(max(int(one[0]) - FLANK, 0), min(int(one[-1]) + 1 + FLANK, motif.width)) for one in groups]
