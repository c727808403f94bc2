"""What is scanned, in pieces: a FASTA, a genome in 2bit, or loci of a genome; read as often as it takes."""

import os
from collections.abc import Callable, Iterator

import numpy as np

from jaxmotif.apps.regions import read_loci
from jaxmotif.data.files import content, loci, stream
from jaxmotif.data.files.genome import Genome, Repeats, open_genome
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.files.stream import Piece

_TWO_BIT = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")


def source(
    path: str, genome: str = "", repeats: Repeats = "keep", part: int = stream.PART
) -> tuple[Callable[[], Iterator[Piece]], list[str]]:
    """Returns a function that yields all pieces anew, and notes.

    Args:
      path: a FASTA (.gz too), a 2bit, or with `genome` a file of loci; "-" is standard input.
      genome: what loci are of.
      repeats: whether letters in lower case are read as N ("mask").
      repeats: whether letters in lower case of a genome are read as N, see `genome.Genome`.
      part: letters of a piece, about.

    Raises:
      ValueError: for files that cannot be read.
    """
    if genome:
        opened = open_genome(genome, repeats)
        found = loci.in_genome(read_loci(path), opened)
        joined = merged(found)
        return lambda: of_genome(opened, joined, part), list(found.notes)
    if os.fspath(path) in content.STDIN:
        kept = list(stream.pieces(path, part, repeats))  # it can be read once only
        return lambda: iter(kept), []
    if os.path.isfile(path):
        with open(path, "rb") as file:
            if file.read(4) in _TWO_BIT:
                opened = open_genome(path, repeats)
                whole = [(name, 0, length) for name, length in opened.lengths.items()]
                return lambda: of_genome(opened, whole, part), []
    return lambda: stream.pieces(path, part, repeats), []


def merged(found: Loci) -> list[tuple[str, int, int]]:
    """Returns chromosome, start and end of what loci cover, sorted: a site in two of them is one site."""
    order = np.lexsort((found.end, found.start, found.chromosome))
    joined: list[tuple[str, int, int]] = []
    for row in order.tolist():
        chrom, start, end = str(found.chromosome[row]), int(found.start[row]), int(found.end[row])
        if joined and joined[-1][0] == chrom and start <= joined[-1][2]:
            joined[-1] = chrom, joined[-1][1], max(end, joined[-1][2])
        else:
            joined.append((chrom, start, end))
    return joined


def of_genome(genome: Genome, places: list[tuple[str, int, int]], part: int) -> Iterator[Piece]:
    """Yields the letters of places; each is a record of its chromosome's name that begins at its start."""
    for chrom, start, end in places:
        for first in range(start, max(end, start + 1), part):
            last = min(first + part, end)
            yield Piece(chrom, first, genome.letters(chrom, first, last), last == end)
