"""Letters of a genome by coordinates, from a FASTA, plain or packed by bgzip, or from 2bit.

None is read into memory. Places of chromosomes in a FASTA are those of samtools' index (file.fa.fai) where
there is one that is not older than the file, else they are found by reading the file once (`genome_index`).
"""

import abc
import functools
import os
import pathlib
from typing import Literal

import numpy as np

from jaxmotif import dna, files
from jaxmotif.config import one_of
from jaxmotif.data.files import genome_bytes, genome_index, two_bit
from jaxmotif.data.names import plain_chromosome

# What is done with letters in lower case, which mark repeats: nothing, or they are read as N.
Repeats = Literal["keep", "mask"]
REPEATS = "keep", "mask"

_MASKED = dna.CODE_OF_BYTE.copy()
_MASKED[ord("a") : ord("z") + 1] = dna.N


class Genome(abc.ABC):
    """Chromosomes of a file, read where they are asked for.

    Args:
      path: the file.
      repeats: "keep" reads letters in lower case as others, "mask" reads them as N.

    Raises:
      ValueError: for a file that is missing or empty, or cannot be read as what it should be.
    """

    def __init__(self, path: str | os.PathLike, repeats: Repeats = "keep"):
        one_of("repeats", repeats, REPEATS)
        self.path, self.repeats = os.fspath(path), repeats
        if not pathlib.Path(path).is_file():
            raise ValueError(f"no such file: {path}")
        if not os.path.getsize(path):
            raise ValueError(f"{path} is empty")

    @property
    def name(self) -> str:
        """Name of the file."""
        return pathlib.Path(self.path).name

    @functools.cached_property
    def _by_plain(self) -> dict[str, str]:
        return {plain_chromosome(name): name for name in self.lengths}

    def chromosome(self, name: str) -> str:
        """Returns the file's name of a chromosome: chr7 and 7, chrM and MT are one; "" where it has none."""
        return name if name in self.lengths else self._by_plain.get(plain_chromosome(name), "")

    def letters(self, chromosome: str, start: int, end: int, repeats: Repeats | None = None) -> np.ndarray:
        """Returns the letters [start, end), 0-based, uint8 (end - start,): 0..3, and 4 (N) beyond both ends.

        Args:
          chromosome: name.
          start, end: 0-based, half-open.
          repeats: another reading of letters in lower case than the genome's own.

        Raises:
          ValueError: for a chromosome that is not there by this very name, or end before start.
        """
        low, high, codes = self._inside(chromosome, start, end, np.uint8(dna.N))
        if low < high:
            table = dna.CODE_OF_BYTE if (repeats or self.repeats) == "keep" else _MASKED
            codes[low - start : high - start] = table[self.text(chromosome, low, high)]
        return codes

    def soft(self, chromosome: str, start: int, end: int) -> np.ndarray:
        """Returns which of the letters [start, end) are in lower case, bool (end - start,).

        Raises:
          ValueError: as `letters`.
        """
        low, high, marked = self._inside(chromosome, start, end, np.False_)
        if low < high:
            marked[low - start : high - start] = self.text(chromosome, low, high) >= ord("a")
        return marked

    def _inside(self, chromosome: str, start: int, end: int, fill) -> tuple[int, int, np.ndarray]:
        """What of [start, end) lies inside a chromosome, and an array of `fill` of its length."""
        if chromosome not in self.lengths:
            raise ValueError(f"{self.path} has no chromosome {chromosome!r}")
        if end < start:
            raise ValueError(f"letters {start} to {end} of {chromosome}: the end is before the start")
        return max(start, 0), min(end, self.lengths[chromosome]), np.full(end - start, fill)

    @property
    @abc.abstractmethod
    def lengths(self) -> dict[str, int]:
        """Letters of each chromosome."""

    @abc.abstractmethod
    def text(self, chromosome: str, start: int, end: int) -> np.ndarray:
        """Returns the letters [start, end) of a chromosome as the file has them, ASCII, uint8 (end - start,).

        Both ends have to lie inside the chromosome.

        Raises:
          ValueError: for a file that is cut off or damaged there.
        """


class GenomeFasta(Genome):
    """Chromosomes of a FASTA; the lines of a record, but for the last one, are equally long.

    Args:
      path: plain, or packed by bgzip.
      repeats: see `Genome`.

    Raises:
      ValueError: for a file that is missing, empty, compressed otherwise, no FASTA, or whose lines or index
        do not fit.
    """

    def __init__(self, path: str | os.PathLike, repeats: Repeats = "keep"):
        super().__init__(path, repeats)
        with files.reading(path):
            self._source = genome_bytes.opened(self.path)
            if self._source.read(0, 1) != b">":
                raise ValueError(f"{path} is no FASTA: its first letter is not >")
            self._records = genome_index.find(self._source)

    @functools.cached_property
    def lengths(self) -> dict[str, int]:
        """Letters of each chromosome."""
        return {name: record.length for name, record in self._records.items()}

    def text(self, chromosome: str, start: int, end: int) -> np.ndarray:
        """Returns the letters [start, end) as they are written; see `Genome.text`."""
        record = self._records[chromosome]
        line, last = start // record.letters, max(end - 1, 0) // record.letters
        size = (last - line) * record.bytes + end - last * record.letters
        raw = self._source.read(record.first + line * record.bytes, size)
        if len(raw) == size:
            padded = np.zeros((last - line + 1) * record.bytes, np.uint8)
            padded[:size] = np.frombuffer(raw, np.uint8)
            lines = padded.reshape(-1, record.bytes)[:, : record.letters]
            found = lines.ravel()[start - line * record.letters : end - line * record.letters]
            if found.min(initial=ord("A")) > ord("\r"):  # no line end among them
                return found
        raise ValueError(f"{self.path} is cut off or damaged at {chromosome}:{start}-{end}")


class GenomeTwoBit(Genome):
    """Chromosomes of a 2bit file, see `two_bit`.

    Args:
      path: as faToTwoBit writes it.
      repeats: see `Genome`.

    Raises:
      ValueError: for a file that is missing, empty, no 2bit, or damaged.
    """

    def __init__(self, path: str | os.PathLike, repeats: Repeats = "keep"):
        super().__init__(path, repeats)
        with files.reading(path, "2bit file"):
            self._source = genome_bytes.Plain(self.path)
            self._places = two_bit.places(self._source)
            self._lengths = {name: two_bit.length(self._source, self._places[name]) for name in self._places}
        self._record = functools.lru_cache(4)(self._read)  # blocks of a chromosome take some 10 MB

    @property
    def lengths(self) -> dict[str, int]:
        """Letters of each chromosome."""
        return self._lengths

    def _read(self, chromosome: str) -> two_bit.Record:
        with files.reading(self.path, "2bit file"):
            return two_bit.Record(self._source, self._places[chromosome])

    def text(self, chromosome: str, start: int, end: int) -> np.ndarray:
        """Returns the letters [start, end), repeats in lower case; see `Genome.text`."""
        found = self._record(chromosome).text(start, end)
        if len(found) != end - start:
            raise ValueError(f"{self.path} is cut off or damaged at {chromosome}:{start}-{end}")
        return found


def open_genome(path: str | os.PathLike, repeats: Repeats = "keep") -> Genome:
    """Opens a genome: FASTA, plain or packed by bgzip, or 2bit; told by the first bytes.

    Args:
      path: the file.
      repeats: "keep" reads letters in lower case as others, "mask" reads them as N.

    Raises:
      ValueError: with one line for a file that is missing, empty, damaged, or none of these.
    """
    begun = b""
    if pathlib.Path(path).is_file():
        with files.reading(path), open(path, "rb") as stream:
            begun = stream.read(4)
    kind = GenomeTwoBit if begun in two_bit.MAGIC else GenomeFasta
    return kind(path, repeats)
