"""What a command reads, region by region: records of a FASTA, or loci of a genome."""

import os
from collections.abc import Iterator

from jaxmotif import files
from jaxmotif.data import regions
from jaxmotif.data.files import content, loci, stream
from jaxmotif.data.files.genome import Repeats, open_genome
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.regions import Region


def read_loci(path: str | os.PathLike) -> Loci:
    """Returns the loci of a file, see `loci.read_loci`.

    Raises:
      ValueError: for a file that cannot be read; of a FASTA it is said that it needs no genome.
    """
    with files.reading(content.shown_name(path)):
        source = loci.read_content(path)
        if source.text.lstrip().startswith(">"):
            raise ValueError(f"{source.name} is FASTA: with --genome loci are wanted, sequences without it")
        return loci.parse(source)


class Regions:
    """Regions of a file, none shorter than a width; how many were padded is known at the end.

    With a genome the file is one of loci, and regions are cut out of it: the width around the summit or, of
    one that is not longer, around the middle; a longer one without a summit is a region as it is.

    Attributes:
      name: of the file, for notes.
      count: regions that were read so far.
      padded: how many of them were shorter and padded.
      total: regions in all, where that is known before.

    Raises:
      ValueError: for a genome or loci that cannot be read.
    """

    def __init__(self, path: str | os.PathLike, width: int, genome: str = "", repeats: Repeats = "keep"):
        self.path, self.width, self.repeats = path, width, repeats
        self.name, self.count, self.padded = content.short_name(path), 0, 0
        self.genome = open_genome(genome, repeats) if genome else None
        self._loci = loci.in_genome(read_loci(path), self.genome) if self.genome else None
        self.total = None if self._loci is None else len(self._loci)

    def __iter__(self) -> Iterator[Region]:
        if self._loci is not None and self.genome is not None:
            every = regions.of_loci(self._loci, self.genome, self.width)
        else:
            every = regions.of_records(stream.records(self.path, self.repeats), self.width)
        for region in every:
            self.count += 1
            self.padded += region.padded
            yield region

    @property
    def notes(self) -> list[str]:
        """Returns what a user should know."""
        told = [] if self._loci is None else list(self._loci.notes)
        if self.padded:
            what = f"sequences were shorter than {self.width} nt"
            if self._loci is not None:
                what = "loci reach beyond the end of a chromosome"
            told.append(f"{self.name}: {self.padded:,} of {self.count:,} {what} and were padded with N")
        return told
