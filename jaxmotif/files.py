"""Writing files so that a reader never sees half of one."""

import contextlib
import dataclasses
import errno
import gzip
import hashlib
import io
import json
import math
import os
import pathlib
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Mapping
from typing import TextIO

import numpy as np

from jaxmotif import memory
from jaxmotif.errors import unwritable

# A file of zeros is a little more than a thousand times smaller when it is compressed.
MOST_EXPANSION = 2000
# Gzip that unpacks to less is never too large.
_SMALL, _CHUNK, _PART = 1 << 24, 1 << 20, 1 << 26
# What a killed process was writing begins with this.
PARTIAL = ".partial-"


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Generator[pathlib.Path]:
    """Yields a temporary path beside `path`; it is moved into place if the body succeeds.

    It is on disk before it is moved, so that a power failure leaves the old file or the new one. The suffix
    is kept, since figure libraries choose their format by it.

    Raises:
      ValueError: if the folder cannot be made or written.
      OSError: if the disk is full.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f"{PARTIAL}{path.stem[:100]}-", suffix=path.suffix
        )
    except OSError as error:
        raise unwritable(path, error) from None
    os.close(handle)
    temporary = pathlib.Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner can read; results are to be shared.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(folder: str | os.PathLike) -> None:
    """Makes a folder and a file in it that is gone at once: one clear line before the work.

    The file's name is nobody else's, so that processes that begin together do not meet.

    Raises:
      ValueError: if the folder cannot be made or written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, prefix=PARTIAL):
            pass
    except OSError as error:
        raise unwritable(folder, error) from None


def _sync(path: pathlib.Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems have no such thing for folders
            raise
    finally:
        os.close(handle)


def sweep(folder: str | os.PathLike, keep: Callable[[pathlib.Path], bool] = lambda _: False) -> None:
    """Removes what killed processes left half written in a folder and below it, but what `keep` says of."""
    for path in pathlib.Path(folder).rglob(f"{PARTIAL}*"):
        if not keep(path):
            path.unlink(missing_ok=True)


def unpacked(data: bytes, path: str | os.PathLike) -> bytes:
    """Returns the content of gzip, of one or more members; other bytes as they are.

    Text is seldom more than ten times larger than its gzip. What grows beyond `memory.gzip_limit` times is
    refused before it fills the memory.

    Args:
      data: all bytes of a file.
      path: what messages call it.

    Raises:
      ValueError: for damaged gzip, and what is too large.
    """
    if data[:2] != b"\x1f\x8b":
        return data
    parts, size, limit = [], 0, max(memory.gzip_limit * len(data), _SMALL)
    with contextlib.closing(gzip.GzipFile(fileobj=io.BytesIO(data))) as stream:
        try:
            while part := stream.read(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise ValueError(
                        f"{path}: its {len(data):,} bytes of gzip unpack to more than {limit:,}; if that is "
                        f"right, ask for more than --gzip_limit={memory.gzip_limit}"
                    )
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: truncated or damaged gzip ({error})") from None
    return b"".join(parts)


def read_bytes(path: str | os.PathLike) -> bytes:
    """Returns all bytes of a file; errors as `whole`, and OSError."""
    with open(path, "rb") as stream:
        return whole(stream, path)


def whole(stream, name: str | os.PathLike, begun: bytes = b"") -> bytes:
    """Returns what is left of a stream, as long as there is memory for it.

    A device or a pipe may never end, and its size is told by nothing.

    Args:
      stream: a binary stream.
      name: what messages call it.
      begun: bytes that were read before; they are returned too.

    Raises:
      ValueError: if it does not fit, or is a device without an end.
    """
    parts, size = [begun], len(begun)
    while part := stream.read(_PART):
        if not size and not part.strip(b"\0") and len(part) == _PART:
            raise ValueError(f"{name} begins with {len(part):,} bytes of zero")
        parts.append(part)
        size += len(part)
        # As it is, joined, and as text.
        memory.check(2 * size, f"{name}: bytes and text")
    return b"".join(parts)


def sha256(path: str | os.PathLike) -> str:
    """Returns the SHA-256 of a file in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def safe_name(text: str) -> str:
    """Returns a text as the name of a file: no folder, not hidden, not too long, never empty."""
    name = re.sub(r"[^\w.+-]+", "_", text, flags=re.ASCII).lstrip(".")[:80]
    return name or "unnamed"


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes UTF-8 text at once or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value) -> None:
    """Writes indented JSON at once or not at all; refuses NaN, which JSON does not have."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike):
    """Returns what `write_json` wrote; raises ValueError with the file's name for one that is damaged."""
    with reading(path, "JSON file"):
        return json.loads(read_bytes(path).decode("utf-8"))


def save_npz(path: str | os.PathLike, value, compressed: bool = True) -> None:
    """Writes arrays as one .npz at once or not at all.

    Args:
      path: the file.
      value: a dataclass, whose fields become arrays of their names, or a mapping of arrays.
      compressed: whether to compress.

    Raises:
      ValueError: if the file cannot be written, or a field would have to be pickled.
    """
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    arrays = {name: np.asarray(array) for name, array in value.items()}
    for name, array in arrays.items():
        if array.dtype == object:
            raise ValueError(f"{path}: {name} is no array of numbers or text, but {value[name]!r:.60}")
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        # numpy's stub takes any keyword for `allow_pickle`.
        (np.savez_compressed if compressed else np.savez)(stream, **arrays)  # pyrefly: ignore[bad-argument-type]


@contextlib.contextmanager
def reading(path: str | os.PathLike, kind: str = "") -> Generator[None]:
    """Turns whatever a damaged or foreign file makes a library raise into one ValueError with its name.

    Libraries for HDF5, zip, zstd, bigWig and JSON raise what they like, and a panic of one that is written in
    Rust is not even an Exception. What was raised is the cause of the error that is.

    Args:
      path: the file, or what messages call it.
      kind: what it should be, such as "HDF5 file"; a message of its own is better where there is one.

    Raises:
      ValueError: for everything that is raised inside but KeyboardInterrupt and its like.
    """
    unreadable = f"{path} is no {kind} that can be read" if kind else f"{path} cannot be read"
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except FileNotFoundError as error:
        raise ValueError(f"no such file: {error.filename or path}") from error
    except MemoryError as error:
        raise ValueError(f"{path} needs more memory than there is") from error
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error
    except BaseException as error:
        if isinstance(error, ValueError) and str(path) in str(error):
            if "\n" not in str(error):
                raise
            raise ValueError(" ".join(str(error).split())) from error  # names in files may hold anything
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EISDIR, errno.EIO):
            unreadable, reason = f"cannot read {path}", error.strerror
        else:
            reason = one_line(error) if isinstance(error, ValueError | OSError) else _with_kind(error)
        raise ValueError(f"{unreadable} ({reason})") from error


@contextlib.contextmanager
def silent(stream: TextIO) -> Generator[None]:
    """Lets nothing reach sys.stdout or sys.stderr, not even what libraries write past Python.

    A panic in Rust writes a backtrace to stderr, besides raising; Gloo says on stdout that it has connected.
    """
    number = 1 if stream is sys.stdout else 2
    stream.flush()
    kept, nowhere = os.dup(number), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(nowhere)


def _with_kind(error: BaseException) -> str:
    """What an error says whose text makes no sense without its kind, as that of a KeyError."""
    return f"{type(error).__name__}: {one_line(error)}"


def one_line(error: BaseException) -> str:
    """Returns the first line of what an error says, or its kind where it says nothing, up to 200 letters."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def load_npz(path: str | os.PathLike, kind: type | None = None):
    """Returns what `save_npz` wrote: a dictionary of arrays, or a dataclass `kind` made of them.

    Fields that are no arrays come back as plain values: those annotated as str, int, float, bool or tuple.

    Raises:
      ValueError: for a file that is missing, damaged, larger than memory or lacks a field of `kind`.
    """
    with reading(path, ".npz file"):
        check_npz(path)
        with np.load(path, allow_pickle=False) as archive:
            arrays: Mapping[str, np.ndarray] = {name: archive[name] for name in archive.files}
        if kind is None:
            return arrays
        missing = [field.name for field in dataclasses.fields(kind) if field.name not in arrays]
        if missing:
            raise ValueError(f"{path} has no {missing[0]}, only {', '.join(sorted(arrays)) or 'nothing'}")
        return kind(**{field.name: _value(field, arrays[field.name]) for field in dataclasses.fields(kind)})


def check_npz(path: str | os.PathLike) -> None:
    """Checks that a file is an .npz whose arrays are as large as they say, before any of them is made.

    Raises:
      ValueError: if it is none, or an array's shape asks for more or fewer bytes than the file holds.
    """
    with zipfile.ZipFile(path) as archive:
        total = 0
        for info in archive.infolist():
            with archive.open(info) as stream:
                version = np.lib.format.read_magic(stream)
                header = _HEADERS.get(version, np.lib.format.read_array_header_2_0)
                shape, _, dtype = header(stream)
                declared = stream.tell() + dtype.itemsize * math.prod(shape)
            if dtype.hasobject:
                raise ValueError(f"{path}: {info.filename} holds Python objects, which are not read")
            if declared != info.file_size:
                raise ValueError(
                    f"{path}: {info.filename} says it is {shape} {dtype}, and has {info.file_size:,} bytes"
                )
            total += declared
    memory.check(total, f"{path}: arrays")


def check_declared(size: int, path: str | os.PathLike, what: str) -> None:
    """Checks that an array of a compressed file can be as large as the file says.

    Args:
      size: bytes of the array.
      path: the file.
      what: what messages call the array.

    Raises:
      ValueError: if no compression could have made the file of it, or it does not fit into memory.
    """
    there = os.path.getsize(path)
    if size > MOST_EXPANSION * there:
        raise ValueError(f"{path}: {what} is said to have {size:,} bytes, in a file of {there:,}")
    memory.check(size, f"{path}: bytes of {what}")


# numpy's format 2.0 and 3.0 differ in the encoding of names only.
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0}


def _value(field: dataclasses.Field, array: np.ndarray):
    name = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
    if name in ("str", "int", "float", "bool"):
        return array.item()
    return tuple(array.tolist()) if name.startswith("tuple") else array
