"""The text of a file, of standard input or of a pipe, read once, with the checksum of what was there."""

import hashlib
import os
import pathlib
import sys
import zlib
from typing import NamedTuple

from jaxmotif import files
from jaxmotif.data.files import kinds

STDIN = ("-", "/dev/stdin")
_STDIN, _PIPE = "standard input", "a pipe"
# What is read before anything else: a genome or a table of variants is told by it, and answered at once.
HEAD = 1 << 20
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Content(NamedTuple):
    """What a file held.

    Attributes:
      name: what messages call it: its path, or "standard input".
      text: all of it, uncompressed.
      sha256: of its bytes as they were, in hexadecimal, as `sha256sum` prints it.
      size: number of those bytes.
    """

    name: str
    text: str
    sha256: str
    size: int


def shown_name(path: str | os.PathLike) -> str:
    """Returns what messages call a file, standard input or a pipe."""
    name = str(os.fspath(path))
    if name in STDIN:
        return _STDIN
    return f"{_PIPE} ({name})" if name.startswith(("/dev/fd/", "/proc/self/fd/")) else name


def short_name(path: str | os.PathLike) -> str:
    """Returns the name of a file, or of what `shown_name` calls it, without its folder, as pages show it."""
    shown = shown_name(path)
    return next((kind for kind in (_STDIN, _PIPE) if shown.startswith(kind)), pathlib.Path(shown).name)


def read(path: str | os.PathLike, loci: bool = False, targets: bool = False, sizes: bool = False) -> Content:
    """Reads a file of text, gzipped or not; "-" is standard input. What holds no sequences is not read whole.

    Args:
      path: of the file.
      loci: whether intervals of a genome, such as BED, are read as well.
      targets: whether tables of loci by targets are.
      sizes: whether it is a table of another kind, told by whoever reads it: any text will do.

    Raises:
      ValueError: with one line, for a file that is missing, empty, damaged, no text, or of a kind that holds
        no sequences, see `kinds`.
    """
    name = shown_name(path)
    try:
        if os.fspath(path) in STDIN:
            return _content(name, sys.stdin.buffer, loci, targets, sizes)
        with open(path, "rb") as stream:
            return _content(name, stream, loci, targets, sizes)
    except FileNotFoundError:
        raise ValueError(f"no such file: {name}") from None
    except OSError as error:
        raise ValueError(f"cannot read {name}: {error.strerror or error}") from None


def checksum(path: str | os.PathLike) -> dict[str, str | int]:
    """Returns {"sha256", "bytes"} of a file.

    Raises:
      ValueError: if it cannot be read.
    """
    try:
        return {"sha256": files.sha256(path), "bytes": os.path.getsize(path)}
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None


def _content(name: str, stream, loci: bool = False, targets: bool = False, sizes: bool = False) -> Content:
    head = stream.read(HEAD)
    kinds.refuse_binary(name, head)
    begun = _begun(head)
    kinds.refuse_binary(name, begun)
    if b"\0" not in begun and not sizes:
        kinds.refuse_text(name, _decoded(begun), loci, targets)
    if len(head) == HEAD and not head.strip(b"\0"):
        raise ValueError(f"{name} is no text file")
    data = files.whole(stream, name, head)
    digest, size = hashlib.sha256(data).hexdigest(), len(data)
    if data.startswith(_GZIP):
        data = files.unpacked(data, name)
    elif name.endswith(".gz") and data:
        raise ValueError(f"{name}: named .gz, but it is not gzip")
    text = _decoded(data)
    if not text.strip():
        raise ValueError(f"{name} is empty")
    if "\0" in text:
        raise ValueError(f"{name} is no text file")
    return Content(name, text, digest, size)


def _decoded(data: bytes) -> str:
    """The text of bytes; a foreign letter in a name does no harm, in a sequence it is found later."""
    return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig", "replace")


def _begun(head: bytes) -> bytes:
    """The beginning of what gzip packed, as far as it can be read; other bytes as they are."""
    if not head.startswith(_GZIP):
        return head
    parts, size = [], 0
    while head and size < HEAD:  # bgzip packs many small members
        unpack = zlib.decompressobj(31)
        try:
            parts.append(unpack.decompress(head, HEAD - size))
        except zlib.error:
            break
        size += len(parts[-1])
        head = unpack.unused_data
    return b"".join(parts)
