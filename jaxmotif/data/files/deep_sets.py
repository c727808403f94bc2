"""The data sets of Basset and DeepSEA in their authors' own files.

Basset (Kelley et al. 2016), one HDF5 file: train_in (N, 4, 1, L), train_out (N, T), the same for valid and
test, target_labels; a letter that is no base has 0.25 in each channel. DeepSEA (Zhou & Troyanskaya 2015), one
folder: train.mat (MATLAB 7.3, which is HDF5, axes reversed: trainxdata (L, 4, N), traindata (T, N)),
valid.mat and test.mat (MATLAB 5: validxdata (N, 4, L), validdata (N, T)); channels are A, G, C, T and a
letter that is no base has zeros. One-hot is read in blocks and turned into codes: one byte per base is kept.
Large sets are converted once, see `converted`.
"""

import dataclasses
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import h5py
import numpy as np

from jaxmotif import dna, files, memory, probe
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import converted
from jaxmotif.data.files.converted import PARTS

BASSET, DEEPSEA = "ACGT", "AGCT"  # order of the channels
# Koo & Eddy 2019, Supplemental Table S1: the experiments whose peaks are their set in vivo, and their columns
# among DeepSEA's 919, from 0, as their program takes them.
TWELVE = {
    "Arid3a": 592,
    "CEBPB": 602,
    "FOSL1": 344,
    "Gabpa": 345,
    "MAFK": 635,
    "MAX": 636,
    "MEF2A": 349,
    "NFYB": 642,
    "SP1": 359,
    "SRF": 361,
    "STAT1": 661,
    "YY1": 369,
}
_BLOCK = 4096  # sequences at a time
_BAD = 255  # is no code


class _Source(NamedTuple):
    """One part of a set: N, and functions of (start, end) that give one-hot (n, 4, L) and labels (n, T)."""

    path: str | os.PathLike
    what: str
    count: int
    one_hot: Callable[[int, int], np.ndarray]
    labels: Callable[[int, int], np.ndarray]

    def x(self, start: int, end: int) -> np.ndarray:
        with files.reading(self.path):
            return self.one_hot(start, end)

    def y(self, start: int, end: int) -> np.ndarray:
        with files.reading(self.path):
            return self.labels(start, end)

    @property
    def widths(self) -> tuple[int, int]:
        """L and T."""
        return self.x(0, 1).shape[2], self.y(0, 1).shape[1]


def load(
    path: str | os.PathLike, rows: int | None = None, tell: Callable[[int, int], None] | None = None
) -> Splits:
    """Returns Basset's data from a file, DeepSEA's from a folder; see `basset` and `deepsea`.

    Large sets are converted once to arrays next to the files, or in the user's cache; they come as memory
    maps then, whatever their size.

    Args:
      path: the file or folder.
      rows: as `basset`; some rows of a set that was never read whole are read from its own files.
      tell: is told how many sequences are converted, and of how many, while that goes on.

    Raises:
      ValueError: if nothing is there, and as those.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise ValueError(
            f"{path} is not there: give Basset's HDF5 file, or the folder of DeepSEA's train.mat"
        )
    sources = [path / f"{part}.mat" for part in PARTS] if path.is_dir() else [path]
    if (
        not all(source.is_file() for source in sources)
        or sum(map(os.path.getsize, sources)) < converted.WORTH
    ):
        return deepsea(path, rows) if path.is_dir() else basset(path, rows)
    kept = converted.find(path, sources)
    if kept is None and rows is None:
        kept = _convert(path, sources, tell)
    if kept is None:
        return deepsea(path, rows) if path.is_dir() else basset(path, rows)
    return Splits(*(_some(part, rows) for part in kept.parts))


def _some(part: Dataset, rows: int | None) -> Dataset:
    """The rows that would have been read of the original."""
    if rows is None:
        return part
    return dataclasses.replace(
        part.take(np.concatenate([np.arange(*span) for span in blocks(len(part), rows)])),
        names=None,  # pyrefly: ignore[bad-argument-type]
    )


def _convert(path: pathlib.Path, sources, tell) -> Splits | None:
    targets = None if path.is_dir() else _basset_targets(path)
    channels, parts = (DEEPSEA, _deepsea_parts) if path.is_dir() else (BASSET, _basset_parts)

    def converted_parts():
        for part, source in zip(PARTS, parts(path), strict=True):
            length, width = source.widths
            done = _counted(_blocks(source, channels, None), source.count, tell)
            yield converted.Part(part, source.count, length, width, done)

    return converted.make(path, sources, targets, converted_parts)


def _counted(blocks: Iterator, count: int, tell: Callable[[int, int], None] | None) -> Iterator:
    """Tells how many rows of a part are done."""
    done = 0
    for codes, labels in blocks:
        yield codes, labels
        done += len(codes)
        if tell:
            tell(done, count)


def basset(path: str | os.PathLike, rows: int | None = None) -> Splits:
    """Returns the three parts of Basset's file.

    Args:
      path: the HDF5 file.
      rows: at most so many sequences of each part, in blocks spread over it evenly; None reads all.

    Returns:
      sequences uint8 (N, L); labels uint8 (N, T); targets by their labels in the file.

    Raises:
      ValueError: for a file that cannot be read, arrays that are missing or do not fit together, one-hot
        that is none, labels other than 0 and 1.
    """
    with files.reading(path, "Basset file"):
        targets = _basset_targets(path)
        return Splits(*(_read(source, BASSET, rows, targets) for source in _basset_parts(path)))


def _basset_targets(path) -> tuple[str, ...] | None:
    with files.reading(path, "Basset file"), _open(path) as file:
        if "target_labels" not in file:
            return None
        return tuple(_text(label) for label in np.asarray(file["target_labels"]).ravel())


def _basset_parts(path) -> "Iterator[_Source]":
    with files.reading(path, "Basset file"), _open(path) as file:
        for part in PARTS:
            yield _basset_part(path, file, part)


def _basset_part(path, file: h5py.File, part: str) -> _Source:
    x, y = (_array(path, file, f"{part}_{kind}") for kind in ("in", "out"))
    what = f"{path}: {part}_in"
    if x.ndim not in (3, 4) or x.shape[1] != 4 or x.ndim == 4 and x.shape[2] != 1:
        raise ValueError(f"{what} must have shape (N, 4, 1, L), got {x.shape}")
    _same_count(what, x.shape[0], y.shape, 0)
    if "target_labels" in file and (named := np.size(file["target_labels"])) != y.shape[1]:
        raise ValueError(f"{what} has labels of {y.shape[1]} targets, and {named} target_labels")
    length = x.shape[-1]
    return _Source(path, what, len(x), lambda a, b: x[a:b].reshape(-1, 4, length), lambda a, b: y[a:b])


def deepsea(folder: str | os.PathLike, rows: int | None = None) -> Splits:
    """Returns the three parts of DeepSEA's folder. Arguments, result and errors as `basset`.

    Both strands of every sequence are in the files, as two sequences.
    """
    return Splits(*(_read(source, DEEPSEA, rows, None) for source in _deepsea_parts(folder)))


def truncated(
    folder: str | os.PathLike, columns: Mapping[str, int] = TWELVE, rows: int | None = None
) -> Splits:
    """Returns of DeepSEA's folder the sequences with at least one label among some columns, and these labels.

    The set in vivo of Koo & Eddy 2019 (Methods, "In vivo dataset"): the parts are the authors' own, training
    without chromosomes 8 and 9.

    Args:
      folder: DeepSEA's.
      columns: target -> column of the labels, from 0.
      rows: at most so many of the sequences that are left in each part, in blocks spread over them evenly;
        None takes all.

    Raises:
      ValueError: as `basset`; for a column that is not there, and a part without any such sequence.
    """
    parts = _deepsea_parts(folder)
    return Splits(*(_read_labelled(source, DEEPSEA, rows, columns) for source in parts))


def _deepsea_parts(folder: str | os.PathLike) -> "Iterator[_Source]":
    folder = pathlib.Path(folder)
    with files.reading(folder / "train.mat"), _open(folder / "train.mat") as file:
        yield _hdf5_part(folder / "train.mat", file)
    for part in PARTS[1:]:
        path = folder / f"{part}.mat"
        with files.reading(path), tempfile.TemporaryDirectory() as scratch:
            yield _mat_part(path, part, pathlib.Path(scratch))


def _hdf5_part(path, file: h5py.File) -> _Source:
    x, y = _array(path, file, "trainxdata"), _array(path, file, "traindata")
    what = f"{path}: trainxdata"
    if x.ndim != 3 or x.shape[1] != 4:
        raise ValueError(f"{what} must have shape (L, 4, N), got {x.shape}")
    _same_count(what, x.shape[2], y.shape, 1)
    one_hot = lambda a, b: x[:, :, a:b].transpose(2, 1, 0)
    return _Source(path, what, x.shape[2], one_hot, lambda a, b: y[:, a:b].T)


def _mat_part(path: pathlib.Path, part: str, scratch: pathlib.Path) -> _Source:
    if not path.is_file():
        raise FileNotFoundError(path)
    file = probe.matlab(path, scratch)
    x, y = _array(path, file, f"{part}xdata"), _array(path, file, f"{part}data")
    what = f"{path}: {part}xdata"
    if x.ndim != 3 or x.shape[1] != 4:
        raise ValueError(f"{what} must have shape (N, 4, L), got {x.shape}")
    _same_count(what, x.shape[0], y.shape, 0)
    return _Source(path, what, len(x), lambda a, b: x[a:b], lambda a, b: y[a:b])


def _open(path: str | os.PathLike) -> h5py.File:
    with files.reading(path, "HDF5 file"):
        if not os.path.isfile(path):
            raise FileNotFoundError(path)
        probe.check("hdf5", path)
        return h5py.File(path, "r")


def _array(path, file, name: str):
    if name not in file:
        found = [key for key in file if not key.startswith(("__", "#"))]
        raise ValueError(f"{path} has no array {name!r}; it has: {', '.join(found) or 'none'}")
    array = file[name]
    if not hasattr(array, "shape"):
        raise ValueError(f"{path}: {name!r} is no array")
    return array


def _same_count(what: str, count: int, labels: tuple[int, ...], axis: int) -> None:
    if len(labels) != 2 or labels[axis] != count:
        raise ValueError(f"{what} holds {count} sequences, their labels have shape {labels}")
    if not count:
        raise ValueError(f"{what} holds no sequences")


def _text(value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def blocks(count: int, rows: int | None) -> list[tuple[int, int]]:
    """Returns [start, end) of blocks that hold `rows` of `count` rows, spread evenly; all rows for None.

    Raises:
      ValueError: if `rows` is below 1.
    """
    if rows is None or rows >= count:
        return [(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    if rows < 1:
        raise ValueError(f"rows must be at least 1, got {rows}")
    # Files may be sorted by chromosome: several blocks see several of them.
    size = max(min(_BLOCK, rows // 16), 1)
    sizes = [min(size, rows - taken) for taken in range(0, rows, size)]
    free, taken, found = count - rows, 0, []
    for number, length in enumerate(sizes):
        start = taken + free * number // max(len(sizes) - 1, 1)
        found.append((start, start + length))
        taken += length
    return found


def _read(source: _Source, channels: str, rows: int | None, targets) -> Dataset:
    total = sum(last - first for first, last in blocks(source.count, rows))
    length, width = source.widths
    # A code a base and a byte a label; one-hot of a block on the way there.
    memory.check(total * (length + width), f"{source.what}: {total:,} sequences")
    # Filled in place: the whole set is needed once only.
    codes_nl, labels_nt, done = np.empty((total, length), np.uint8), np.empty((total, width), np.uint8), 0
    for codes, labels in _blocks(source, channels, rows):
        codes_nl[done : done + len(codes)], labels_nt[done : done + len(codes)] = codes, labels
        done += len(codes)
    return Dataset(codes_nl, labels_nt, targets=targets)


def _blocks(source: _Source, channels: str, rows: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Codes (n, L) and labels (n, T), which are 0 or 1, block by block."""
    for start, end in blocks(source.count, rows):
        what = f"{source.what}[{start}:{end}]"
        yield codes_of(source.x(start, end), channels, what), _checked_labels(source.y(start, end), what)


def _checked_labels(labels: np.ndarray, what: str) -> np.ndarray:
    labels = np.asarray(labels)
    _check_numbers(labels, f"labels of {what}")
    # Of bytes that are not negative the largest tells, in a fiftieth of the time.
    right = labels.max(initial=0) <= 1 if labels.dtype == np.uint8 else ((labels == 0) | (labels == 1)).all()
    if not right:
        raise ValueError(f"labels of {what} are not all 0 or 1")
    return labels.astype(np.uint8, copy=False)


def _read_labelled(source: _Source, channels: str, rows: int | None, columns: Mapping[str, int]) -> Dataset:
    """The sequences with a label among `columns`; labels are read first, one-hot of what is kept only."""
    (length, width), numbers = source.widths, list(columns.values())
    beyond = [number for number in numbers if not 0 <= number < width]
    if beyond or not numbers:
        raise ValueError(f"labels of {source.what} have columns 0 to {width - 1}, not {beyond or 'none'}")
    memory.check(source.count * len(numbers), f"labels of {source.what}")
    read = [source.y(*span)[:, numbers] for span in blocks(source.count, None)]
    labels_nt = _checked_labels(np.concatenate(read), source.what)
    kept_n = np.flatnonzero(labels_nt.any(axis=1))
    if not len(kept_n):
        raise ValueError(f"{source.what}: none of {source.count} sequences is labelled {', '.join(columns)}")
    kept_n = np.concatenate([kept_n[first:last] for first, last in blocks(len(kept_n), rows)])
    memory.check(len(kept_n) * length, f"{source.what}: {len(kept_n):,} sequences")
    codes = []
    for first, last in blocks(source.count, None):
        own_n = kept_n[(kept_n >= first) & (kept_n < last)]
        if len(own_n):
            # From the first to the last that is wanted: single rows of a file are slow.
            x_n4l = source.x(int(own_n[0]), int(own_n[-1]) + 1)[own_n - own_n[0]]
            codes.append(codes_of(x_n4l, channels, f"{source.what}[{own_n[0]}:{own_n[-1] + 1}]"))
    return Dataset(np.concatenate(codes), labels_nt[kept_n], targets=tuple(columns))


def _check_numbers(array: np.ndarray, what: str) -> None:
    if array.dtype.kind not in "buif" or array.dtype.itemsize > 8:
        raise ValueError(f"{what} are of type {array.dtype}, not numbers")


def codes_of(x_n4l: np.ndarray, channels: str, what: str = "one-hot") -> np.ndarray:
    """Returns one-hot (N, 4, L) with channels in the order of `channels` as codes, uint8 (N, L).

    Four zeros, or four times 0.25, is a letter that is no base.

    Raises:
      ValueError: for any other column; `what` is what it calls the array.
    """
    x_n4l = np.asarray(x_n4l)
    _check_numbers(x_n4l, what)
    code_of_bits = np.full(16, _BAD, np.uint8)
    code_of_bits[0] = dna.N
    code_of_bits[[1, 2, 4, 8]] = [dna.ALPHABET.index(letter) for letter in channels]
    # Compared as whole numbers, since comparing half precision takes ten times longer, and channel by channel
    # in the order of the file: DeepSEA's one-hot is a transposed view.
    raw_n4l = x_n4l.view(f"u{x_n4l.dtype.itemsize}")
    one = np.ones(1, x_n4l.dtype).view(raw_n4l.dtype)[0]
    bits_nl = np.zeros_like(raw_n4l[:, 0, :], np.uint8)  # in the order of the file, too
    strange_nl = np.zeros_like(bits_nl, bool)
    for number in range(4):
        channel_nl = raw_n4l[:, number, :]
        is_one_nl = channel_nl == one
        bits_nl |= is_one_nl.view(np.uint8) << np.uint8(number)
        strange_nl |= (channel_nl != 0) != is_one_nl
    codes_nl = np.ascontiguousarray(code_of_bits[bits_nl])
    if strange_nl.any():
        rows, positions = np.nonzero(strange_nl)
        of_n4 = x_n4l[rows, :, positions]
        exact_n, bits_n = ((of_n4 == 0) | (of_n4 == 1)).all(axis=1), (of_n4 == 1) @ [1, 2, 4, 8]  # -0.0, say
        codes_n = np.where(exact_n, code_of_bits[bits_n], np.uint8(_BAD))
        codes_nl[rows, positions] = np.where((of_n4 == 0.25).all(axis=1), np.uint8(dna.N), codes_n)
    bad = np.argwhere(codes_nl == _BAD)
    if len(bad):
        row, position = bad[0].tolist()
        raise ValueError(f"{what}: position {position} of row {row} is {x_n4l[row, :, position].tolist()}")
    return codes_nl
