"""Whether the genome agrees with a syntax: motif hits and per-base signal around activated regions.

Wei et al. 2021, "Motif syntax discovery and validation", Fig. 6c-f: the regions that activate a neuron most
(3000 of them) are stacked, extended to 1000 bp; cut sites of ATAC-seq show a footprint where motifs lie.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import files, probe
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.scan import scan

_BIGWIG = "bigWig file"

FLANK = 500
TOP = 3000
# What can be averaged: rows, chromosomes, or the path of a bigWig.
Signal = np.ndarray | Mapping[str, np.ndarray] | str | os.PathLike


class Footprint(NamedTuple):
    """A mean signal.

    Attributes:
      mean: float64 (2 * flank + 1,), sum 1.
      sites: regions that it is the mean of.
    """

    mean: np.ndarray
    sites: int


def motif_positions(
    codes: np.ndarray, centres: np.ndarray, motif: Motif, flank: int = FLANK, p: float = 1e-4
) -> np.ndarray:
    """Returns how often a motif lies at each position around the centres of regions (Fig. 6e and f).

    Args:
      codes: sequences, uint8 (N, L).
      centres: letter of each sequence that is position 0, (N,).
      motif: scanned for on both strands; a hit counts at its middle letter, start + width // 2.
      flank: letters on both sides.
      p: largest p-value of a hit (`scan.scan`, uniform background).

    Returns:
      int64 (2, 2 * flank + 1): hits on the forward strand, hits on the reverse strand, at positions
      -flank .. flank. A word that passes on both strands counts on the one where it scores higher.

    Raises:
      ValueError: for centres outside the sequences, a negative flank, or what `scan.scan` refuses.
    """
    centres_n = _centres(centres, np.shape(codes))
    _check_flank(flank)
    sites = scan(codes, [motif], p, background="uniform")
    relative = sites.start + motif.width // 2 - centres_n[sites.sequence]
    inside = np.abs(relative) <= flank
    counts = np.zeros((2, 2 * flank + 1), dtype=np.int64)
    np.add.at(counts, ((sites.strand == "-")[inside].astype(int), relative[inside] + flank), 1)
    return counts


def average(signal: Signal, regions: Sequence, flank: int = FLANK) -> Footprint:
    """Returns the mean signal around regions, each window divided by its total first (Fig. 6c and d).

    Windows that run over an end of their sequence, and those without any signal, are left out. Bases
    without a value count as 0.

    Args:
      signal: for example cut sites: an array (N, L), one row for each region; {chromosome: (length,)}; or
        the path of a bigWig file.
      regions: for an array the position in each row that is the centre, (N,); otherwise
        (chromosome, centre) of each region, 0-based, or (chromosome, centre, strand): windows of the strand
        "-" are turned around.
      flank: bases on both sides of the centre.

    Raises:
      ValueError: for an unknown chromosome, a centre outside its sequence, a negative signal or flank, a
        file that is no bigWig, or if no window is left.
    """
    _check_flank(flank)
    total, used = np.zeros(2 * flank + 1), 0
    for window in _windows(signal, regions, flank):
        values = np.nan_to_num(np.asarray(window, np.float64), nan=0.0)
        if values.min() < 0:
            raise ValueError(f"a footprint needs a signal >= 0, not {values.min():g}")
        if values.sum() > 0:
            total += values / values.sum()
            used += 1
    if not used:
        raise ValueError(f"none of {len(regions)} regions has a whole window of +-{flank} with signal in it")
    return Footprint(total / used, used)


def _windows(signal, regions, flank: int):
    if isinstance(signal, (str, os.PathLike)):
        yield from _bigwig_windows(signal, regions, flank)
    elif isinstance(signal, Mapping):
        lengths = {name: len(signal[name]) for name in signal}
        for chromosome, centre, *strand in regions:
            _check_region(chromosome, centre, lengths)
            if flank <= centre < lengths[chromosome] - flank:
                yield _turned(signal[chromosome][centre - flank : centre + flank + 1], strand)
    else:
        signal_nl = np.asarray(signal)
        for row, centre in zip(signal_nl, _centres(regions, signal_nl.shape), strict=True):
            if flank <= centre < len(row) - flank:
                yield row[centre - flank : centre + flank + 1]


def _bigwig_windows(path, regions, flank: int):
    with _bigwig(path) as file:
        lengths = file.chroms()
        for chromosome, centre, *strand in regions:
            _check_region(chromosome, centre, lengths)
            if flank <= centre < lengths[chromosome] - flank:
                with files.reading(path, _BIGWIG), files.silent(sys.stderr):
                    window = file.values(chromosome, int(centre) - flank, int(centre) + flank + 1, fillna=0)
                yield _turned(window, strand)


def check(path: str | os.PathLike, places: Sequence[tuple[str, int, int]]) -> None:
    """Reads a bigWig file at places (chromosome, start, end), 0-based, so that damage shows at once.

    Raises:
      ValueError: for a file that is no bigWig or is damaged there.
    """
    wanted = [(str(chromosome), int(start), int(end)) for chromosome, start, end in places]
    probe.check("bigwig", path, wanted)
    with _bigwig(path) as file, files.reading(path, _BIGWIG), files.silent(sys.stderr):
        for chromosome, start, end in wanted:
            file.values(chromosome, start, end, fillna=0)


def chromosomes(path: str | os.PathLike) -> dict[str, int]:
    """Returns the lengths of the chromosomes of a bigWig file.

    Raises:
      ValueError: for a file that is no bigWig.
    """
    probe.check("bigwig", path)
    with _bigwig(path) as file, files.reading(path, _BIGWIG), files.silent(sys.stderr):
        return dict(file.chroms())


def _bigwig(path):
    import pybigtools  # here because only footprints of files need it

    with files.reading(path, _BIGWIG), files.silent(sys.stderr):
        return pybigtools.open(os.fspath(path))


def _turned(window, strand: Sequence[str]):
    return window[::-1] if "-" in strand else window


def _check_region(chromosome: str, centre: int, lengths: Mapping[str, int]) -> None:
    if chromosome not in lengths:
        known = ", ".join(list(lengths)[:5])
        raise ValueError(f"the signal has no chromosome {chromosome}; it has {len(lengths)}: {known}, ...")
    if not 0 <= centre < lengths[chromosome]:
        raise ValueError(f"position {centre} lies outside {chromosome}, {lengths[chromosome]} long")


def _check_flank(flank: int) -> None:
    if flank < 0:
        raise ValueError(f"a flank is at least 0, not {flank}")


def _centres(centres, shape: tuple[int, ...]) -> np.ndarray:
    centres_n = np.asarray(centres)
    if len(shape) != 2 or centres_n.shape != shape[:1]:
        raise ValueError(f"rows of shape (N, L) need a centre each: {shape} and {centres_n.shape}")
    if centres_n.size and not 0 <= centres_n.min() <= centres_n.max() < shape[1]:
        raise ValueError(f"centres lie in 0..{shape[1] - 1}, not {centres_n.min()}..{centres_n.max()}")
    return centres_n.astype(np.int64)
