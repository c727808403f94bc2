"""UCSC's 2bit: four letters a byte, with lists of the stretches that are N and in lower case.

Source: genome.ucsc.edu/FAQ/FAQformat.html#format7. Versions 0 and 1 (places of 8 bytes), both byte orders.
"""

import struct

import numpy as np

from jaxmotif.data.files.genome_bytes import Plain

MAGIC = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")
_LOWER = 0x20
# The letters of each byte, the first one in the highest bits.
_LETTERS = np.frombuffer(b"TCAG", np.uint8)[(np.arange(256)[:, None] >> np.array([6, 4, 2, 0])) & 3]


def _order(source: Plain) -> str:
    begun = source.read(0, 4)
    if begun not in MAGIC:
        raise ValueError(f"{source.path} is no 2bit file")
    return "<" if begun == MAGIC[0] else ">"


def _numbers(source: Plain, order: str, at: int, count: int) -> np.ndarray:
    data = source.read(at, 4 * count)
    if len(data) != 4 * count:
        raise ValueError(f"{source.path} is cut off")
    return np.frombuffer(data, f"{order}u4").astype(np.int64)


def places(source: Plain) -> dict[str, int]:
    """Returns the byte at which each chromosome's record begins, by name.

    Raises:
      ValueError: for a file that is no 2bit, of another version, or cut off.
    """
    order = _order(source)
    version, count, _ = _numbers(source, order, 4, 3).tolist()
    if version > 1:
        raise ValueError(f"{source.path} is 2bit of version {version}; 0 and 1 are read")
    found, at, wide = {}, 16, 8 if version else 4
    # Names are at most 255 letters long; all at once, since there may be many.
    head = source.read(16, count * (1 + 255 + wide))
    for _ in range(count):
        size = head[at - 16] if at - 16 < len(head) else 0
        name, place = head[at - 15 : at - 15 + size], head[at - 15 + size : at - 15 + size + wide]
        if len(place) < wide or not name:
            raise ValueError(f"{source.path} is cut off or damaged in its list of chromosomes")
        found[name.decode(errors="replace")] = struct.unpack(order + ("Q" if version else "I"), place)[0]
        at += 1 + size + wide
    return found


def length(source: Plain, at: int) -> int:
    """Returns the letters of the record that begins at a byte. Raises ValueError where it is cut off."""
    return int(_numbers(source, _order(source), at, 1)[0])


class Record:
    """One chromosome: where its letters begin in the file, and its stretches of N and of lower case.

    Raises:
      ValueError: where the file is cut off.
    """

    def __init__(self, source: Plain, at: int):
        self._source, order, self._blocks = source, _order(source), []
        at += 4
        for _ in range(2):
            count = int(_numbers(source, order, at, 1)[0])
            starts, sizes = _numbers(source, order, at + 4, 2 * count).reshape(2, count)
            self._blocks.append((starts, starts + sizes))
            at += 4 + 8 * count
        self._first = at + 4

    def text(self, start: int, end: int) -> np.ndarray:
        """Returns the letters [start, end), ASCII, uint8; fewer where the file is cut off."""
        raw = self._source.read(self._first + start // 4, (end + 3) // 4 - start // 4)
        letters = _LETTERS[np.frombuffer(raw, np.uint8)].ravel()[start % 4 :][: end - start]
        if len(letters) == end - start:
            unknown, lower = (_covered(starts, ends, start, end) for starts, ends in self._blocks)
            letters[unknown] = ord("N")
            letters[lower] |= _LOWER
        return letters


def _covered(starts: np.ndarray, ends: np.ndarray, start: int, end: int) -> np.ndarray:
    """Which of [start, end) lie in intervals that are in order and do not overlap, bool (end - start,)."""
    first, last = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
    steps = np.zeros(end - start + 1, np.int8)
    np.add.at(steps, np.clip(starts[first:last] - start, 0, end - start), 1)
    np.add.at(steps, np.clip(ends[first:last] - start, 0, end - start), -1)
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
