"""What is scanned, in pieces: a FASTA, a genome in 2bit, or loci of a genome; read as often as it takes."""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.regions import read_loci
from jaxmotif.data.files import content, loci, stream, two_bit
from jaxmotif.data.files.genome import Genome, Repeats, open_genome
from jaxmotif.data.files.genome_bytes import GZIP
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.files.stream import Piece


class Source(NamedTuple):
    """What is scanned.

    Attributes:
      pieces: yields all letters, each time anew.
      notes: what a user should know.
      alphabet: "ACGU" for letters with U and no T, else "ACGT".
      letters: how many there are, about; None where that is not known.
    """

    pieces: Callable[[], Iterator[Piece]]
    notes: list[str]
    alphabet: str = dna.ALPHABET
    letters: int | None = None


def source(path: str, genome: str = "", repeats: Repeats = "keep", part: int | None = None) -> Source:
    """Returns what is scanned.

    Args:
      path: a FASTA (.gz too), a 2bit, or with `genome` a file of loci; "-" is standard input.
      genome: what loci are of.
      repeats: whether letters in lower case are read as N, see `genome.Genome`.
      part: letters of a piece, about; by default `stream.PART`.

    Raises:
      ValueError: for files that cannot be read.
    """
    part = stream.PART if part is None else part
    if genome:
        opened = open_genome(genome, repeats)
        found = loci.in_genome(read_loci(path), opened)
        joined = merged(found)
        count = sum(end - start for _, start, end in joined)
        return Source(lambda: of_genome(opened, joined, part), list(found.notes), letters=count)
    letters: set[str] = set()
    if os.fspath(path) in content.STDIN or (os.path.exists(path) and not os.path.isfile(path)):
        kept = list(stream.pieces(path, part, repeats, letters))  # it can be read once only
        count = sum(len(piece.codes) for piece in kept)
        return Source(lambda: iter(kept), [], stream.alphabet(letters), count)
    if os.path.isfile(path):
        with open(path, "rb") as file:
            if file.read(4) in two_bit.MAGIC:
                opened = open_genome(path, repeats)
                whole = [(name, 0, length) for name, length in opened.lengths.items()]
                count = sum(opened.lengths.values())
                return Source(lambda: of_genome(opened, whole, part), [], letters=count)
    for _ in stream.pieces(path, part, repeats, letters):
        if "T" in letters:  # so DNA is not read to its end
            break
    count = _about(path)
    return Source(lambda: stream.pieces(path, part, repeats), [], stream.alphabet(letters), count)


def _about(path: str) -> int | None:
    """Letters of a FASTA by the size of its file: a little more than there are, for line ends and names."""
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP
    return None if packed else os.path.getsize(path)


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
