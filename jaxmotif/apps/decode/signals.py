"""Signals along a genome or along the user's sequences, and their mean around regions: footprints."""

import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.apps.decode.genome import Places, locate
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs import footprint
from jaxmotif.motifs.footprint import Footprint

# As many colours as charts have.
MOST = 8


class Signal(NamedTuple):
    """One signal, such as the cut sites of one cell type.

    Attributes:
      name: for the legend.
      values: path of a bigWig, {chromosome: (length,)}, or a row for each sequence, (N, W).
      places: of the sequences along it; None for rows.
      before: letters of a row in front of its sequence.
    """

    name: str
    values: footprint.Signal
    places: Places | None
    before: int = 0

    def around(self, sequences_n, positions_n, flank: int) -> Footprint | str:
        """Returns the footprint around positions in sequences, or why there is none, in a line."""
        try:
            if self.places is not None:
                return footprint.average(self.values, self.places.inside(sequences_n, positions_n), flank)
            rows = np.asarray(self.values)[sequences_n]
            return footprint.average(rows, [position + self.before for position in positions_n], flank)
        except ValueError as error:  # a signal without reads there shall not cost the page
            return str(error)


def read(texts: Sequence[str], data: Dataset, source: str) -> list[Signal]:
    """Returns the signals that a user names.

    Args:
      texts: "PATH" or "NAME=PATH" of each; without a name it is the file's. A bigWig; an .npz with an array
        (length,) for each chromosome; or an .npy (N, W) with a row for each sequence, in its direction and
        with it in the middle.
      data: the sequences, see `locate`.
      source: the file they are from, for messages.

    Raises:
      ValueError: for two signals of one name, more than 8, files that are missing or of another kind, arrays
        that do not fit the sequences, negative values, and what `locate` refuses.
    """
    if len(texts) > MOST:
        raise ValueError(f"--signal takes {MOST} signals in one figure, not {len(texts)}")
    found: list[Signal] = []
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or "/" in name:
            name, path = "", text
        name = name or pathlib.Path(path).name.partition(".")[0]
        if any(name == one.name for one in found):
            raise ValueError(f"--signal has two signals called {name!r}: name them, NAME=PATH")
        if not pathlib.Path(path).is_file():
            raise ValueError(f"no such file: {path}")
        reader = {".npz": _by_chromosome, ".npy": _by_sequence}.get(pathlib.Path(path).suffix, _bigwig)
        found.append(reader(name, path, data, source))
    return found


def _bigwig(name: str, path: str, data: Dataset, source: str) -> Signal:
    places = locate(data, source, footprint.chromosomes(path), path)
    sizes = np.array([places.lengths[chromosome] for chromosome in places.chrom])
    starts, ends = np.maximum(places.start, 0), np.minimum(places.start + places.width, sizes)
    footprint.check(path, list(zip(places.chrom, starts.tolist(), ends.tolist(), strict=True)))
    return Signal(name, path, places)


def _by_chromosome(name: str, path: str, data: Dataset, source: str) -> Signal:
    with files.reading(path, "file of arrays (.npz)"), np.load(path) as arrays:
        values = {chromosome: arrays[chromosome] for chromosome in arrays.files}
    for chromosome, array in values.items():
        _check_numbers(f"{path}: {chromosome}", array, 1, "(length of the chromosome,)")
    places = locate(data, source, {chromosome: len(array) for chromosome, array in values.items()}, path)
    return Signal(name, values, places)


def _by_sequence(name: str, path: str, data: Dataset, source: str) -> Signal:
    with files.reading(path, "array (.npy)"):
        values = np.load(path, mmap_mode="r")
    _check_numbers(path, values, 2, "(sequences, letters)")
    count, width = values.shape
    extra = width - data.sequences.shape[1]
    if count != len(data) or extra < 0 or extra % 2:
        raise ValueError(
            f"{path} has shape {values.shape}; {source} has {len(data)} sequences of "
            f"{data.sequences.shape[1]} nt, each of which lies in the middle of its row"
        )
    return Signal(name, values, None, extra // 2)


def _check_numbers(what: str, values: np.ndarray, ndim: int, shape: str) -> None:
    if values.ndim != ndim or values.dtype.kind not in "fiu":
        raise ValueError(f"{what}: a signal is numbers {shape}, not {values.dtype} of shape {values.shape}")
    if (negative := values < 0).any():
        raise ValueError(f"{what}: a signal is at least 0, not {values[negative].min():g}")
