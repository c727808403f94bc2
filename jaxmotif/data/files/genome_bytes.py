"""Bytes of a file at places, as they are or out of bgzip's blocks, without holding the file."""

import functools
import os
import struct
import weakref
import zlib

import numpy as np

GZIP = b"\x1f\x8b"
_KEPT = 64  # blocks of 64 KB that stay unpacked: neighbouring places are asked for one after another
_WALK = 1 << 22  # bytes read at once where blocks are looked up


class Plain:
    """The bytes of a file.

    Attributes:
      path: of the file.
      size: in bytes.
    """

    def __init__(self, path: str):
        self.path, self._file = path, os.open(path, os.O_RDONLY)
        # Not __del__: that of an object that lives until Python ends finds `os` taken apart.
        weakref.finalize(self, os.close, self._file)
        self.size = os.fstat(self._file).st_size

    def read(self, at: int, count: int) -> bytes:
        """Returns the bytes [at, at + count), fewer at the end of the file."""
        parts, count = [], min(count, self.size - at)
        while count > 0 and (part := os.pread(self._file, count, at)):
            parts.append(part)
            at, count = at + len(part), count - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Bgzip:
    """The unpacked bytes of a file in blocks of gzip, as bgzip writes it (SAM specification, 4.1).

    The headers of the blocks say how long each is, packed and unpacked: no index is needed.

    Attributes:
      path: of the file.
      size: unpacked, in bytes.

    Raises:
      ValueError: for gzip without such blocks, and for a file that is cut off.
    """

    def __init__(self, path: str):
        self.path, self._packed = path, Plain(path)
        places, sizes = [], []
        at, begin, buffer = 0, 0, b""

        def take(first: int, count: int) -> bytes:
            nonlocal begin, buffer
            if first < begin or first + count > begin + len(buffer):
                begin, buffer = first, self._packed.read(first, max(count, _WALK))
            return buffer[first - begin : first - begin + count]

        while at < self._packed.size:
            packed = _block(take(at, 18), path)
            tail = take(at + packed - 4, 4)
            if len(tail) < 4:
                raise ValueError(f"{path} is cut off: its last block has no end")
            places.append((at, packed))
            sizes.append(struct.unpack("<I", tail)[0])
            at += packed
        self._places = places
        self._begins = np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))])
        self.size = int(self._begins[-1])
        self._unpacked = functools.lru_cache(_KEPT)(self._unpack)

    def read(self, at: int, count: int) -> bytes:
        """Returns the unpacked bytes [at, at + count), fewer at the end of the file.

        Raises:
          ValueError: for a damaged block.
        """
        end = min(at + count, self.size)
        if at >= end:
            return b""
        first = int(np.searchsorted(self._begins, at, "right")) - 1
        last = int(np.searchsorted(self._begins, end, "left"))
        # A long stretch passes by what is kept.
        unpack = self._unpacked if last - first < _KEPT // 2 else self._unpack
        begin = int(self._begins[first])
        return b"".join(map(unpack, range(first, last)))[at - begin : end - begin]

    def _unpack(self, block: int) -> bytes:
        at, packed = self._places[block]
        try:
            data = zlib.decompress(self._packed.read(at, packed), 31)
        except zlib.error as error:
            raise ValueError(f"{self.path} is damaged at byte {at:,} ({error})") from None
        if len(data) != self._begins[block + 1] - self._begins[block]:
            raise ValueError(f"{self.path} is damaged at byte {at:,}: a block of another length than it says")
        return data


def _block(header: bytes, path: str) -> int:
    """Packed bytes of the block that begins so."""
    if len(header) == 18 and header[:4] == b"\x1f\x8b\x08\x04" and header[12:16] == b"BC\2\0":
        return struct.unpack("<H", header[16:18])[0] + 1
    raise ValueError(
        f"{path} is compressed, and not by bgzip throughout: a genome is read at places, so gunzip it first, "
        "or pack it with bgzip"
    )


def opened(path: str) -> Plain | Bgzip:
    """Returns the bytes of a file, unpacked where it is gzip; see `Bgzip` for what is refused."""
    plain = Plain(path)
    return Bgzip(path) if plain.read(0, 2) == GZIP else plain
