"""Windows of a network's length, of records and of loci of any length."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.data.files import windows
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.loci import Loci


class Region(NamedTuple):
    """Letters with their place.

    Attributes:
      name: of the record or locus.
      chrom: chromosome; "" where the letters are a record of their own.
      start: 0-based position of the first letter in the chromosome, or in the record.
      codes: uint8 (n,), 0..3 and 4 for N.
      length: letters without those N that were added beyond the ends of the record or chromosome; where there
        are some, `start` is negative, or the end is beyond.
      reverse: whether the letters are the other strand of their place.
    """

    name: str
    chrom: str
    start: int
    codes: np.ndarray
    length: int
    reverse: bool = False

    @property
    def padded(self) -> bool:
        """Whether N were added beyond an end."""
        return self.length < len(self.codes)

    def place(self, first: int, width: int) -> tuple[int, int]:
        """Returns where `width` letters from `first` on lie in the chromosome or record, without padding."""
        if self.reverse:
            first = len(self.codes) - first - width
        start, low = self.start + first, max(self.start, 0)
        return min(max(start, low), low + self.length), max(min(start + width, low + self.length), low)


def tile_starts(length: int, width: int, stride: int) -> np.ndarray:
    """Returns where windows of `width` begin in `length` letters, int64 (n,): the last ends with the letters.

    Raises:
      ValueError: for a stride below 1, or fewer letters than a window.
    """
    if stride < 1:
        raise ValueError(f"the stride must be at least 1 nt, got {stride}")
    if length < width:
        raise ValueError(f"{length} letters have no window of {width}")
    starts = np.arange(0, length - width + 1, stride)
    return starts if starts[-1] == length - width else np.append(starts, length - width)


def padded(name: str, codes: np.ndarray, width: int) -> Region:
    """Returns a record, with N on both sides where it is shorter than `width`; an odd one comes after it."""
    missing = max(width - len(codes), 0)
    before = missing // 2
    filled = np.pad(codes, (before, missing - before), constant_values=dna.N) if missing else codes
    return Region(name, "", -before, filled, len(codes))


def of_records(records: Iterable[tuple[str, np.ndarray]], width: int) -> Iterator[Region]:
    """Yields records of name and codes, short ones padded; see `padded`."""
    for name, codes in records:
        yield padded(name, codes, width)


def of_loci(loci: Loci, genome: Genome, width: int) -> Iterator[Region]:
    """Yields the letters of loci on their strand, none fewer than `width`; N beyond a chromosome's ends.

    Around the summit there are `width` letters, so are there around the middle of a locus that is not longer.
    A longer one without a summit is all of its letters.

    Args:
      loci: with the genome's own names of chromosomes (`loci.in_genome`).
      genome: what they are of.
      width: of a window, nt.
    """
    longer = (loci.end - loci.start > width) & (loci.summit < 0)
    start = np.where(longer, loci.start, windows.around(loci, width).start)
    end = np.where(longer, loci.end, start + width)
    columns = (loci.name, loci.chromosome, start, end, loci.strand == "-")
    for name, chrom, first, last, reverse in zip(*(one.tolist() for one in columns), strict=True):
        codes = genome.letters(chrom, first, last)
        codes = np.asarray(dna.reverse_complement(codes)) if reverse else codes
        inside = max(min(last, genome.lengths[chrom]) - max(first, 0), 0)
        yield Region(name, chrom, first, codes, inside, reverse)
