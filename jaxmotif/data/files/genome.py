"""Letters of a genome by coordinates, from a FASTA file that is not read into memory.

Places of chromosomes in the file are those of samtools' index (file.fa.fai) where there is one that is not
older than the file, else they are found by reading the file once.
"""

import mmap
import os
import pathlib
from typing import NamedTuple

import numpy as np

from jaxmotif import dna, files

# Bytes whose line ends are counted at once.
_PART = 1 << 26
_CODE = np.full(256, dna.N, np.uint8)
for _letters in ("ACGT", "acgt"):
    _CODE[np.frombuffer(_letters.encode(), np.uint8)] = np.arange(4)
_CODE[[ord("U"), ord("u")]] = 3


class _Record(NamedTuple):
    """One chromosome: its letters, the byte of the first, letters in a line, and bytes of a line."""

    length: int
    first: int
    letters: int
    bytes: int


class GenomeFasta:
    """Chromosomes of a FASTA, read where they are asked for.

    Args:
      path: plain FASTA; the lines of a record, but for the last one, are equally long.

    Raises:
      ValueError: for a file that is missing, empty, compressed, no FASTA, or whose lines or index do not fit.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = os.fspath(path)
        if not pathlib.Path(path).is_file():
            raise ValueError(f"no such file: {path}")
        with files.reading(path), open(path, "rb") as stream:
            if not os.fstat(stream.fileno()).st_size:
                raise ValueError(f"{path} is empty")
            self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:2] == b"\x1f\x8b":
            raise ValueError(f"{path} is compressed: a genome is read at places, so gunzip it first")
        if self._bytes[:1] != b">":
            raise ValueError(f"{path} is no FASTA: its first letter is not >")
        self._records = self._indexed() or self._scanned()

    @property
    def name(self) -> str:
        """Name of the file."""
        return pathlib.Path(self.path).name

    @property
    def lengths(self) -> dict[str, int]:
        """Letters of each chromosome."""
        return {name: record.length for name, record in self._records.items()}

    def letters(self, chromosome: str, start: int, end: int) -> np.ndarray:
        """Returns the letters [start, end), 0-based, uint8 (end - start,): 0..3, and 4 (N) beyond both ends.

        Raises:
          ValueError: for a chromosome that is not there, or end before start.
        """
        if chromosome not in self._records:
            raise ValueError(f"{self.path} has no chromosome {chromosome!r}")
        if end < start:
            raise ValueError(f"letters {start} to {end} of {chromosome}: the end is before the start")
        record, codes = self._records[chromosome], np.full(end - start, dna.N, np.uint8)
        low, high = max(start, 0), min(end, record.length)
        if low < high:
            at = [record.first + i // record.letters * record.bytes + i % record.letters for i in (low, high)]
            raw = np.frombuffer(self._bytes[at[0] : at[1]], np.uint8)
            found = _CODE[raw[(raw != ord("\n")) & (raw != ord("\r"))]]
            if len(found) != high - low:
                raise ValueError(f"{self.path} is cut off or damaged at {chromosome}:{low}-{high}")
            codes[low - start : high - start] = found
        return codes

    def _indexed(self) -> dict[str, _Record]:
        index = pathlib.Path(f"{self.path}.fai")
        if not index.is_file() or index.stat().st_mtime < os.stat(self.path).st_mtime:
            return {}
        records = {}
        for number, line in enumerate(index.read_text().splitlines(), 1):
            parts = line.split("\t")
            if len(parts) < 5 or not all(part.isdecimal() for part in parts[1:5]) or int(parts[3]) < 1:
                raise ValueError(f"{index}, line {number}: no line of samtools' index of a FASTA")
            record = _Record(*map(int, parts[1:5]))
            last = max(record.length - 1, 0)
            end = record.first + last // record.letters * record.bytes + last % record.letters
            if end > len(self._bytes):
                raise ValueError(
                    f"{index} is of another file than {self.path}: {parts[0]} would end beyond it"
                )
            records[parts[0]] = record
        return records

    def _scanned(self) -> dict[str, _Record]:
        records, at, size = {}, 0, len(self._bytes)
        while at < size:
            line_end = self._bytes.find(b"\n", at)
            line_end = size if line_end < 0 else line_end
            words = self._bytes[at + 1 : line_end].split()
            name = words[0].decode(errors="replace") if words else ""
            first = min(line_end + 1, size)
            after = self._bytes.find(b"\n>", line_end)
            after = size if after < 0 else after + 1
            if not name or name in records:
                problem = "has the name of another" if name else "has no name"
                raise ValueError(f"{self.path}: record {len(records) + 1} {problem}")
            records[name] = self._measured(name, first, after)
            at = after
        return records

    def _measured(self, name: str, first: int, after: int) -> _Record:
        """A record whose lines [first, after) in bytes are checked to be equally long."""
        while after > first and self._bytes[after - 1] in b"\r\n":
            after -= 1
        if after == first:
            return _Record(0, first, 1, 2)
        line_end = self._bytes.find(b"\n", first, after)
        if line_end < 0:
            return _Record(after - first, first, after - first, after - first + 1)
        width = line_end + 1 - first
        ending = 2 if self._bytes[line_end - 1] == ord("\r") else 1
        lines, rest = divmod(after - first, width)
        count = 0
        for start in range(first, after, _PART):
            count += self._bytes[start : min(start + _PART, after)].count(b"\n")
        ends = np.frombuffer(self._bytes, np.uint8)[first + width - 1 : after : width]
        if count != lines or (ends != ord("\n")).any():
            raise ValueError(f"{self.path}: lines of {name} are not equally long, so places cannot be found")
        return _Record(lines * (width - ending) + rest, first, width - ending, width)
