"""Large sets in a layout that is slow to read, converted once to arrays that are read as memory maps.

They lie next to the original, in <its name>.arrays, or in the user's cache (jaxmotif/sets in XDG_CACHE_HOME
or ~/.cache) where that cannot be written or has no room. set.json is written last: without it, or where it is
of other files, nothing there counts.
"""

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna, files, memory_maps
from jaxmotif.data.dataset import Dataset, Splits

PARTS = ("train", "valid", "test")
# Originals of fewer bytes are read again each time.
WORTH = 1 << 25
SET, LOCK = "set.json", ".lock"
_FORMAT = 2
# Pieces of an original that are looked at each time, and bytes of each.
_PIECES, _PIECE = 64, 1 << 16
# The largest number of each array.
_LARGEST = {"sequences": dna.N, "labels": 1}


class Part(NamedTuple):
    """A part of a set while it is converted.

    Attributes:
      name: one of `PARTS`.
      rows: N.
      length: L, nt.
      targets: T.
      blocks: sequences uint8 (n, L) and labels uint8 (n, T) of all rows, in order.
    """

    name: str
    rows: int
    length: int
    targets: int
    blocks: Iterable[tuple[np.ndarray, np.ndarray]]


def find(original: pathlib.Path, sources: Sequence[pathlib.Path]) -> Splits | None:
    """Returns what was made of an original before, as memory maps; None where nothing is of it as it is now.

    Size, time and 64 pieces of each source, and of what was made, are looked at; of another time, such as
    that of a copy, all of it.

    Args:
      original: the file or folder.
      sources: the files that are read of it.
    """
    for folder in _places(original):
        with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
            said = files.read_json(folder / SET)
            own = [path for part in PARTS for path in _array_files(folder, part).values()]
            if said["format"] == _FORMAT and _same(said["sources"], sources) and _same(said["arrays"], own):
                return _opened(folder, said["targets"])
    return None


def make(
    original: pathlib.Path,
    sources: Sequence[pathlib.Path],
    targets: tuple[str, ...] | None,
    parts: Callable[[], Iterator[Part]],
) -> Splits | None:
    """Converts an original, unless another process does meanwhile, and returns it as memory maps.

    Args:
      original, sources: as `find`.
      targets: names of what the labels say, or None.
      parts: reads the original.

    Returns:
      the set; None where neither place can be written or has room.

    Raises:
      ValueError: as `parts`.
    """
    for folder in _places(original):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                return find(original, sources) or _made(folder, original, sources, targets, parts)
        except OSError as error:
            print(
                f"note: {original} is not converted in {folder} ({error.strerror or error})", file=sys.stderr
            )
    return None


def _made(folder: pathlib.Path, original, sources, targets, parts) -> Splits:
    try:
        (folder / SET).unlink(missing_ok=True)
        before = [_identity(source) for source in sources]
        for part in parts():
            _write(folder, part)
        made = [path for part in PARTS for path in _array_files(folder, part).values()]
        said = [own | {"sha256": files.sha256(path)} for own, path in zip(before, sources, strict=True)]
        arrays = [_identity(path) | {"sha256": files.sha256(path)} for path in made]
        if [_identity(source) for source in sources] != before:
            raise ValueError(f"{original} was changed while it was read")
        files.write_json(
            folder / SET, {"format": _FORMAT, "targets": targets, "sources": said, "arrays": arrays}
        )
        return _opened(folder, targets)
    except BaseException:  # what is interrupted takes no room
        for path in (path for part in PARTS for path in _array_files(folder, part).values()):
            path.unlink(missing_ok=True)
        raise


def _places(original: pathlib.Path) -> list[pathlib.Path]:
    original = pathlib.Path(os.path.realpath(original))
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    own = hashlib.sha256(os.fsencode(original)).hexdigest()[:16]
    kept = pathlib.Path(home) / "jaxmotif" / "sets" / f"{files.safe_name(original.name)}-{own}"
    return [original.with_name(f"{original.name}.arrays"), kept]


def _identity(source: pathlib.Path) -> dict:
    """Size, time and a checksum of pieces from all over a file."""
    state, digest = os.stat(source), hashlib.sha256()
    last = max(state.st_size - _PIECE, 0)
    with open(source, "rb") as stream:
        for start in sorted({last * number // (_PIECES - 1) for number in range(_PIECES)}):
            stream.seek(start)
            digest.update(stream.read(_PIECE))
    return {
        "file": source.name,
        "size": state.st_size,
        "mtime_ns": state.st_mtime_ns,
        "pieces": digest.hexdigest(),
    }


def _same(said: Sequence[dict], sources: Sequence[pathlib.Path]) -> bool:
    """Whether files are those that were converted."""
    if len(said) != len(sources):
        return False
    for old, source in zip(said, sources, strict=True):
        new = _identity(source)
        if any(old[name] != new[name] for name in ("file", "size", "pieces")):
            return False
        if old["mtime_ns"] != new["mtime_ns"] and old["sha256"] != files.sha256(source):
            return False
    return True


def _array_files(folder: pathlib.Path, part: str) -> dict[str, pathlib.Path]:
    return {name: folder / f"{part}_{name}.npy" for name in _LARGEST}


def _opened(folder: pathlib.Path, targets) -> Splits:
    parts = []
    for part in PARTS:
        arrays = {
            name: memory_maps.opened(path, _LARGEST[name])
            for name, path in _array_files(folder, part).items()
        }
        whole = Dataset(arrays["sequences"], arrays["labels"])
        parts.append(whole if targets is None else dataclasses.replace(whole, targets=tuple(targets)))
    return Splits(*parts)


def _write(folder: pathlib.Path, part: Part) -> None:
    """Writes the two arrays of a part, block by block."""
    paths, shapes = _array_files(folder, part.name), ((part.rows, part.length), (part.rows, part.targets))
    if shutil.disk_usage(folder).free < part.rows * (part.length + part.targets):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with contextlib.ExitStack() as stack:
        streams = []
        for path, shape in zip(paths.values(), shapes, strict=True):
            stream = stack.enter_context(stack.enter_context(files.atomic_path(path)).open("wb"))
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            streams.append(stream)
        for block in part.blocks:
            for stream, array in zip(streams, block, strict=True):
                stream.write(np.ascontiguousarray(array, np.uint8).data)


@contextlib.contextmanager
def _alone(folder: pathlib.Path) -> Generator[None]:
    """Holds a folder against other processes, after waiting for one that has it.

    Without locks of the file system two processes convert the same: what is written last is as good.
    """
    with open(folder / LOCK, "a") as handle:
        locked = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process that converts into {folder}", file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            locked = False
        if locked:
            files.sweep(folder)
        yield
