"""Lengths of chromosomes, as UCSC's hg38.chrom.sizes or an index of a FASTA has them."""

import os
import re
from collections.abc import Mapping

import numpy as np

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import content
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.names import plain_chromosome

_WHOLE = re.compile(r"\d{1,12}")


class Sizes:
    """Lengths of chromosomes; chr7 and 7 are one, and so are chrM and MT.

    Args:
      path: columns of names and lengths, perhaps others behind (.fai).

    Raises:
      ValueError: with line and column, for what is no length, and for a chromosome that is there twice.
    """

    def __init__(self, path: str | os.PathLike):
        source = content.read(path, sizes=True)
        self.path, self.name = source.name, content.short_name(path)
        self.lengths: dict[str, int] = {}
        for number, line in enumerate(re.split(r"\r\n|\n|\r", source.text), 1):
            fields = [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]
            if not any(fields) or line.startswith("#"):
                continue
            if len(fields) < 2 or not _WHOLE.fullmatch(fields[1]) or int(fields[1]) < 1:
                shown = fields[1] if len(fields) > 1 else ""
                raise ValueError(f"{source.name}, line {number}, column 2: {shown[:30]!r} is no length in nt")
            if fields[0] in self.lengths:
                raise ValueError(f"{source.name}, line {number}, column 1: {fields[0]!r} is there already")
            self.lengths[fields[0]] = int(fields[1])
        self._plain: Mapping[str, int] = {plain_chromosome(name): size for name, size in self.lengths.items()}

    def length(self, chromosome: str) -> int:
        """Returns the length of a chromosome, 0 where it is not known."""
        return self.lengths.get(chromosome) or self._plain.get(plain_chromosome(chromosome), 0)

    def differences(self, genome: Genome) -> list[str]:
        """Returns what does not fit a genome, as notes; none where all chromosomes in both are as long."""
        other = [
            (name, size, self.length(name))
            for name, size in genome.lengths.items()
            if self.length(name) not in (0, size)
        ]
        if not other:
            return []
        name, size, own = other[0]
        return [
            f"{self.name} and {genome.name} differ in the length of {len(other):,} chromosomes ({name}: "
            f"{own:,} and {size:,} nt): another assembly?"
        ]

    def inside(self, loci: Loci) -> Loci:
        """Returns the intervals that lie inside their chromosomes; notes count the others.

        Raises:
          ValueError: if there are none.
        """
        sizes_n = self._sizes(loci.chromosome)
        return loci.take(self._kept(sizes_n, loci.start, loci.end, loci.source)).with_notes(
            *self._notes(sizes_n, loci.end, content.short_name(loci.source), "intervals")
        )

    def sequences_inside(self, data: Dataset, source: str) -> Dataset:
        """Returns the sequences that lie inside their chromosomes, or say nothing of their place, with notes.

        Raises:
          ValueError: if there are none.
        """
        if data.chrom is None or data.start is None:
            return data
        placed = data.placed
        sizes_n = np.where(placed, self._sizes(data.chrom), np.iinfo(np.int64).max)
        start_n = np.where(placed, data.start, 0)
        end_n = np.where(placed, data.start + data.length, 0)
        kept = self._kept(sizes_n, start_n, end_n, source)
        return data.take(kept).with_notes(
            *self._notes(sizes_n, end_n, content.short_name(source), "sequences")
        )

    def _sizes(self, chromosomes: np.ndarray) -> np.ndarray:
        different, number = np.unique(chromosomes, return_inverse=True)
        return np.array([self.length(name) for name in different.tolist()], np.int64)[number.ravel()]

    def _kept(self, sizes_n, start_n, end_n, source: str) -> np.ndarray:
        kept = (start_n >= 0) & (end_n <= sizes_n)
        if not kept.any():
            raise ValueError(
                f"{source}: nothing lies inside the chromosomes of {self.name}; another assembly?"
            )
        return kept

    def _notes(self, sizes_n, end_n, short: str, what: str) -> list[str]:
        unknown, beyond = int((sizes_n == 0).sum()), int(((sizes_n > 0) & (end_n > sizes_n)).sum())
        told = [
            (unknown, f"lie on chromosomes that {self.name} does not have"),
            (beyond, f"reach beyond the ends of chromosomes in {self.name}"),
        ]
        return [
            f"{short}: {count:,} of {len(sizes_n):,} {what} {why} and were left out"
            for count, why in told
            if count
        ]
