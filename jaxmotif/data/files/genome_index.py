"""Where the letters of each record lie in a FASTA: samtools' index (.fai), or what one reading finds."""

import contextlib
import hashlib
import os
import pathlib
from typing import NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.data.files.genome_bytes import Bgzip, Plain

_PART = 1 << 26  # bytes looked at at once
# An index is kept of files that take noticeable time to read, in bytes.
WORTH = 1 << 25


class Record(NamedTuple):
    """One record of a FASTA, by the columns of samtools' index.

    Attributes:
      length: its letters.
      first: byte of the first.
      letters: in a line.
      bytes: of a line, with its end.
    """

    length: int
    first: int
    letters: int
    bytes: int


def find(source: Plain | Bgzip) -> dict[str, Record]:
    """Returns the records by name, from an index that is there, or by reading all; then an index is written.

    It is written next to the file, or into the user's cache (jaxmotif/genomes in XDG_CACHE_HOME or ~/.cache)
    where that cannot be, and not at all where neither can, or of a small file.

    Raises:
      ValueError: for an index that is none or of another file, and for lines of a record that are not equally
        long.
    """
    beside, kept = pathlib.Path(f"{source.path}.fai"), _in_cache(source.path)
    for index in (beside, kept):
        with contextlib.suppress(FileNotFoundError):
            if index.stat().st_mtime >= os.stat(source.path).st_mtime:
                return _read(index, source)
    records = scan(source)
    if os.path.getsize(source.path) >= WORTH:
        text = "".join("\t".join(map(str, (name, *record))) + "\n" for name, record in records.items())
        for index in (beside, kept):
            if os.access(index.parent, os.W_OK) or index is kept:
                with contextlib.suppress(OSError, ValueError):
                    files.write_text(index, text)
                    break
    return records


def _in_cache(path: str) -> pathlib.Path:
    """An index of this file as it is now."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    state = os.stat(path)
    own = f"{os.path.realpath(path)}\n{state.st_size}\n{state.st_mtime_ns}"
    return (
        pathlib.Path(home) / "jaxmotif" / "genomes" / f"{hashlib.sha256(own.encode()).hexdigest()[:32]}.fai"
    )


def _read(index: pathlib.Path, source: Plain | Bgzip) -> dict[str, Record]:
    records = {}
    for number, line in enumerate(index.read_text().splitlines(), 1):
        parts = line.split("\t")
        if len(parts) < 5 or not all(part.isdecimal() for part in parts[1:5]):
            raise ValueError(f"{index}, line {number}: no line of samtools' index of a FASTA")
        record = Record(*map(int, parts[1:5]))
        if not record.length:  # samtools gives it no line
            record = Record(0, record.first, 1, 2)
        if not 1 <= record.letters <= record.bytes:
            raise ValueError(
                f"{index}, line {number}: {record.letters} letters in a line of {record.bytes} bytes"
            )
        last = max(record.length - 1, 0)
        if record.first + last // record.letters * record.bytes + last % record.letters > source.size:
            raise ValueError(f"{index} is of another file than {source.path}: {parts[0]} would end beyond it")
        records[parts[0]] = record
    return records


class _Open:
    """A record whose lines are being read."""

    def __init__(self, name: str, first: int):
        self.name, self.first = name, first
        self.width = self.letters = self.length = 0
        self.ended = False

    def add(self, widths: np.ndarray, ends: np.ndarray) -> bool:
        """Adds lines by their bytes, and by how many of these are line ends; whether they fit."""
        if not len(widths):
            return True
        if not self.width:
            self.width, self.letters = int(widths[0]), int(widths[0] - ends[0])
        full = widths == self.width if not self.ended else np.zeros(len(widths), bool)
        count = len(full) if full.all() else int(full.argmin())
        self.length += count * self.letters
        if count < len(widths):
            inside = widths[count:] - ends[count:]
            # After a shorter line there is nothing but empty ones; the first line is the longest.
            if (inside[not self.ended :] > 0).any() or inside[0] > self.letters:
                return False
            self.length += int(inside[0])
            self.ended = True
        return True

    def record(self) -> Record:
        if not self.letters:
            return Record(0, self.first, 1, 2)
        return Record(self.length, self.first, self.letters, max(self.width, self.letters + 1))


def scan(source: Plain | Bgzip) -> dict[str, Record]:
    """Returns the records by name, found by reading the file once.

    Raises:
      ValueError: for records without a name or with that of another, and lines that are not equally long.
    """
    path, records = source.path, {}
    now: _Open | None = None
    rest, begin, at = b"", 0, 0
    while at < source.size or rest:
        part = source.read(at, _PART)
        at += len(part)
        data = rest + part
        # Whole lines only, but for the last one of the file.
        stop = len(data) if at >= source.size else data.rfind(b"\n") + 1
        rest, data = data[stop:], np.frombuffer(data, np.uint8)[:stop]
        if not stop:
            continue
        ends = np.flatnonzero(data == ord("\n")) + 1
        if not len(ends) or ends[-1] < stop:
            ends = np.append(ends, stop)
        starts = np.concatenate([[0], ends[:-1]])
        last = data[ends - 1] == ord("\n")
        returned = last & (ends - starts > 1) & (data[np.maximum(ends - 2, 0)] == ord("\r"))
        marks, widths = last.astype(np.int64) + returned, ends - starts
        heads = np.append(np.flatnonzero(data[starts] == ord(">")), len(starts))
        for line, following in zip(np.concatenate([[-1], heads[:-1]]), heads, strict=True):
            if line >= 0:
                _close(now, records)
                now = _begun(
                    data[starts[line] : ends[line]].tobytes(), begin + int(ends[line]), records, path
                )
            own = slice(line + 1, following)
            if now and not now.add(widths[own], marks[own]):
                raise ValueError(
                    f"{path}: lines of {now.name} are not equally long, so places cannot be found"
                )
        begin += stop
    _close(now, records)
    return records


def _begun(line: bytes, first: int, records: dict[str, Record], path: str) -> _Open:
    words = line[1:].split()
    name = words[0].decode(errors="replace") if words else ""
    if not name or name in records:
        problem = "has the name of another" if name else "has no name"
        raise ValueError(f"{path}: record {len(records) + 1} {problem}")
    return _Open(name, first)


def _close(now: _Open | None, records: dict[str, Record]) -> None:
    if now:
        records[now.name] = now.record()
