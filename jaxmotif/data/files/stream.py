"""Letters of a FASTA of any size, in pieces: chromosomes are not held in memory."""

import contextlib
import gzip
import os
import sys
import zlib
from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

from jaxmotif import dna, files
from jaxmotif.data.files import content, kinds
from jaxmotif.data.files.genome import Repeats

# Bytes read at once.
PART = 1 << 24
_HEAD = 1 << 16
# Code of every byte; line ends and blanks are left out, what is no nucleotide code is refused.
_LEFT_OUT, _NONE = 254, 255
_CODE = np.full(256, _NONE, np.uint8)
_known = np.frombuffer(b"ACGTUNRYSWKMBDHVX-.*acgtunryswkmbdhvx", np.uint8)
_CODE[_known] = dna.CODE_OF_BYTE[_known]
_CODE[np.frombuffer(b"\n\r\t ", np.uint8)] = _LEFT_OUT
_MASKED = _CODE.copy()
_MASKED[ord("a") : ord("z") + 1] = np.where(_CODE[ord("a") : ord("z") + 1] == _NONE, _NONE, dna.N)


class Piece(NamedTuple):
    """Letters of a record that follow each other.

    Attributes:
      name: first word of the record's name.
      start: position in the record of the first letter, 0-based.
      codes: uint8 (n,), 0..3 and 4 for N.
      last: whether the record ends with it.
    """

    name: str
    start: int
    codes: np.ndarray
    last: bool


def pieces(
    path: str | os.PathLike, part: int = PART, repeats: Repeats = "keep", letters: set[str] | None = None
) -> Iterator[Piece]:
    """Yields the records of a FASTA in order, each in pieces of at most about `part` letters.

    Args:
      path: plain or gzipped; "-" is standard input.
      part: bytes read at once.
      repeats: "mask" reads letters in lower case as N.
      letters: "T" and "U" are added to it as they are read, which are one code in pieces; see `alphabet`.

    Raises:
      ValueError: for a file that is missing, empty, damaged or no FASTA, and a letter that is no nucleotide
        code.
    """
    name = content.shown_name(path)
    with files.reading(name), _opened(path) as stream:
        table = _CODE if repeats == "keep" else _MASKED
        yield from _pieces(name, stream, part, table, set() if letters is None else letters)


def alphabet(letters: set[str]) -> str:
    """Returns the alphabet of what was read, see `pieces`: that of RNA where there is U and no T."""
    return dna.RNA if "U" in letters and "T" not in letters else dna.ALPHABET


def records(path: str | os.PathLike, repeats: Repeats = "keep") -> Iterator[tuple[str, np.ndarray]]:
    """Yields name and codes uint8 (n,) of every record of a FASTA; see `pieces`.

    Raises:
      ValueError: as `pieces`, and for a record without letters.
    """
    parts: list[np.ndarray] = []
    for piece in pieces(path, repeats=repeats):
        parts.append(piece.codes)
        if piece.last:
            codes = np.concatenate(parts)
            if not len(codes):
                raise ValueError(f"{content.shown_name(path)}: record {piece.name!r} has no sequence")
            yield piece.name, codes
            parts = []


@contextlib.contextmanager
def _opened(path: str | os.PathLike) -> Generator:
    if os.fspath(path) in content.STDIN:
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as stream:
            yield stream


def _blocks(name: str, stream, part: int) -> Iterator[bytes]:
    """Bytes of a stream, unpacked; none for an empty one."""
    head = stream.read(_HEAD)
    kinds.refuse_binary(name, head)
    if not head.startswith(b"\x1f\x8b"):
        while head:
            yield head
            head = stream.read(part)
        return
    with gzip.GzipFile(fileobj=_Joined(head, stream)) as unpacked:
        try:
            while block := unpacked.read(part):
                yield block
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{name}: truncated or damaged gzip ({error})") from None


class _Joined:
    """A stream of which the beginning was read already."""

    def __init__(self, head: bytes, stream):
        self._head, self._stream = head, stream

    def read(self, size: int) -> bytes:
        found, self._head = self._head[:size], self._head[size:]
        return found or self._stream.read(size)

    def seek(self, place: int) -> int:
        raise OSError(f"a stream that is read once has no place {place}")


def _pieces(path: str, stream, part: int, table: np.ndarray, letters: set[str]) -> Iterator[Piece]:
    held, name, at, line_start = b"", "", 0, True
    waiting: np.ndarray | None = None  # of a record whose end has not been seen
    empty = True
    for block in _blocks(path, stream, part):
        if empty:
            block = block.removeprefix(b"\xef\xbb\xbf").lstrip()
            if not block:
                continue
            if not block.startswith(b">"):
                text = block[:_HEAD].decode("utf-8", "replace")
                kinds.refuse_text(path, text)
                raise kinds.no_fasta(path, 1, text.splitlines()[0], kinds.unknown(text.splitlines()))
            empty = False
        block, held, place = held + block, b"", 0
        while place < len(block):
            if line_start and block[place : place + 1] == b">":
                end = block.find(b"\n", place)
                if end < 0:
                    held = block[place:]
                    break
                if waiting is not None:
                    yield Piece(name, at, waiting, True)
                words = block[place + 1 : end].split()
                name, at = (words[0].decode("utf-8", "replace") if words else ""), 0
                if not name:
                    raise ValueError(f"{path}: a record has no name")
                waiting, place = np.zeros(0, np.uint8), end + 1
                continue
            after = block.find(b"\n>", place)
            stop = after + 1 if after >= 0 else len(block)
            line_start = block[stop - 1 : stop] == b"\n"
            codes = _codes(path, name, block[place:stop], table)
            letters.update(own for own in "TU" if own not in letters and _holds(block, own, place, stop))
            if waiting is not None and len(waiting):
                yield Piece(name, at, waiting, False)
                at += len(waiting)
            waiting, place = codes, stop
    if empty:
        raise ValueError(f"{path} is empty")
    if held:
        raise ValueError(f"{path}: record {held[1:41].decode('utf-8', 'replace')!r} has no sequence")
    assert waiting is not None
    yield Piece(name, at, waiting, True)


def _holds(block: bytes, letter: str, start: int, end: int) -> bool:
    """Whether a part of a block holds a letter, in either case."""
    return any(block.find(own.encode(), start, end) >= 0 for own in (letter, letter.lower()))


def _codes(path: str, name: str, text: bytes, table: np.ndarray) -> np.ndarray:
    raw = np.frombuffer(text, np.uint8)
    codes = table[raw]
    codes = codes[codes != _LEFT_OUT]
    if len(codes) and codes.max() == _NONE:
        wrong = chr(int(raw[_CODE[raw] == _NONE][0]))
        raise ValueError(f"{path}: record {name!r} holds {wrong!r}, which is no nucleotide code")
    return codes
