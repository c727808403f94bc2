"""Writing files so that a reader never sees half of one."""

import contextlib
import dataclasses
import json
import os
import pathlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

# What numpy raises for a file that is no .npz, or a damaged one.
_UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Yields a temporary path beside `path`; it is moved into place if the body succeeds.

    The suffix is kept, since figure libraries choose their format by it.

    Raises:
      ValueError: if the folder cannot be made or written.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from None
    os.close(handle)
    temporary = pathlib.Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner can read; results are to be shared.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes UTF-8 text at once or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value) -> None:
    """Writes indented JSON at once or not at all; refuses NaN, which JSON does not have."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


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


def load_npz(path: str | os.PathLike, kind: type | None = None):
    """Returns what `save_npz` wrote: a dictionary of arrays, or a dataclass `kind` made of them.

    Fields that are no arrays come back as plain values: those annotated as str, int, float, bool or tuple.

    Raises:
      ValueError: for a file that is missing, damaged or lacks a field of `kind`.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays: Mapping[str, np.ndarray] = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise ValueError(f"no such file: {path}") from None
    except _UNREADABLE as error:
        raise ValueError(f"{path} is no readable .npz file: {error}") from None
    if kind is None:
        return arrays
    missing = [field.name for field in dataclasses.fields(kind) if field.name not in arrays]
    if missing:
        raise ValueError(f"{path} has no {missing[0]}, only {', '.join(sorted(arrays)) or 'nothing'}")
    return kind(**{field.name: _value(field, arrays[field.name]) for field in dataclasses.fields(kind)})


def _value(field: dataclasses.Field, array: np.ndarray):
    name = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
    if name in ("str", "int", "float", "bool"):
        return array.item()
    return tuple(array.tolist()) if name.startswith("tuple") else array
