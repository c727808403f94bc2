"""Sequences along a genome and a signal on it."""

import pathlib
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs import footprint


class Genome(NamedTuple):
    """Where N sequences of one length lie, and a signal along the genome.

    Attributes:
      path: of the bigWig.
      lengths: of its chromosomes.
      chrom: of each sequence, (N,).
      start: 0-based, (N,).
      reverse: whether a sequence is of the other strand, (N,).
      width: of the sequences.
    """

    path: str
    lengths: dict[str, int]
    chrom: np.ndarray
    start: np.ndarray
    reverse: np.ndarray
    width: int

    def places(self, sequences_n, positions_n) -> list[tuple[str, int, str]]:
        """Returns (chromosome, position, strand) of positions in sequences, without those beyond a
        chromosome.

        Padding of a sequence at a chromosome's end may lie there.
        """
        found = []
        for row, position in zip(sequences_n, positions_n, strict=True):
            place = int(self.start[row] + (self.width - 1 - position if self.reverse[row] else position))
            if 0 <= place < self.lengths[self.chrom[row]]:
                found.append((str(self.chrom[row]), place, "-" if self.reverse[row] else "+"))
        return found


def locate(data: Dataset, source: str, signal: str) -> Genome:
    """Returns where the sequences of the file `source` lie along the bigWig `signal`.

    Raises:
      ValueError: for a file that is missing or no bigWig, and sequences without coordinates, on a chromosome
        that the signal does not have, or outside it; and a signal that cannot be read where they lie.
    """
    if not pathlib.Path(signal).is_file():
        raise ValueError(f"no such file: {signal}")
    lengths = footprint.chromosomes(signal)
    chrom = np.full(len(data), "") if data.chrom is None else data.chrom
    start = np.zeros(len(data), np.int64) if data.start is None else data.start
    width = data.sequences.shape[1]
    placed = data.placed
    for row, name in enumerate(data.names):
        if chrom[row] and not placed[row]:
            raise ValueError(
                f"{source}: record {name!r} is not as long as the interval in its name, so where it lies in "
                f"{signal} is unknown"
            )
        if not chrom[row]:
            raise ValueError(
                f"{source}: record {name!r} does not say chr:start-end, which {signal} is read by"
            )
        if chrom[row] not in lengths:
            known = ", ".join(list(lengths)[:5])
            raise ValueError(
                f"{source}: record {name!r}, but {signal} has {len(lengths)} chromosomes: {known}, ..."
            )
        length = lengths[chrom[row]]
        if start[row] + width <= 0 or start[row] >= length:
            raise ValueError(
                f"{source}: record {name!r} lies outside {chrom[row]}, which has {length} letters in {signal}"
            )
    sizes = np.array([lengths[name] for name in chrom])
    ends = np.minimum(start + width, sizes)
    footprint.check(
        signal, list(zip(chrom.tolist(), np.maximum(start, 0).tolist(), ends.tolist(), strict=True))
    )
    return Genome(signal, lengths, chrom, start, data.reverse, width)
