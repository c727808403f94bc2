"""The data sets of Basset and DeepSEA in their authors' own files.

Basset (Kelley et al. 2016), one HDF5 file: train_in (N, 4, 1, L), train_out (N, T), the same for valid and
test, target_labels; a letter that is no base has 0.25 in each channel. DeepSEA (Zhou & Troyanskaya 2015), one
folder: train.mat (MATLAB 7.3, which is HDF5, axes reversed: trainxdata (L, 4, N), traindata (T, N)),
valid.mat and test.mat (MATLAB 5: validxdata (N, 4, L), validdata (N, T)); channels are A, G, C, T and a
letter that is no base has zeros. One-hot is read in blocks and turned into codes: one byte per base is kept.
"""

import os
import pathlib
import tempfile
from collections.abc import Callable, Mapping
from typing import NamedTuple

import h5py
import numpy as np

from jaxmotif import dna, files, memory, probe
from jaxmotif.data.dataset import Dataset, Splits

PARTS = ("train", "valid", "test")
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


class _Source(NamedTuple):
    """One part of a set: N, and functions of (start, end) that give one-hot (n, 4, L) and labels (n, T)."""

    what: str
    count: int
    x: Callable[[int, int], np.ndarray]
    y: Callable[[int, int], np.ndarray]


def load(path: str | os.PathLike, rows: int | None = None) -> Splits:
    """Returns Basset's data from a file, DeepSEA's from a folder; see `basset` and `deepsea`.

    Raises:
      ValueError: if nothing is there, and as those.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise ValueError(
            f"{path} is not there: give Basset's HDF5 file, or the folder of DeepSEA's train.mat"
        )
    return deepsea(path, rows) if path.is_dir() else basset(path, rows)


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
    with files.reading(path, "Basset file"), _open(path) as file:
        targets = None
        if "target_labels" in file:
            targets = tuple(_text(label) for label in np.asarray(file["target_labels"]).ravel())
        return Splits(*(_read(_basset_part(path, file, part), BASSET, rows, targets) for part in PARTS))


def _basset_part(path, file: h5py.File, part: str) -> _Source:
    x, y = (_array(path, file, f"{part}_{kind}") for kind in ("in", "out"))
    what = f"{path}: {part}_in"
    if x.ndim not in (3, 4) or x.shape[1] != 4 or x.ndim == 4 and x.shape[2] != 1:
        raise ValueError(f"{what} must have shape (N, 4, 1, L), got {x.shape}")
    _same_count(what, x.shape[0], y.shape, 0)
    length = x.shape[-1]
    return _Source(what, len(x), lambda a, b: x[a:b].reshape(-1, 4, length), lambda a, b: y[a:b])


def deepsea(folder: str | os.PathLike, rows: int | None = None) -> Splits:
    """Returns the three parts of DeepSEA's folder. Arguments, result and errors as `basset`.

    Both strands of every sequence are in the files, as two sequences.
    """
    return _deepsea(folder, lambda source: _read(source, DEEPSEA, rows, None))


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
    return _deepsea(folder, lambda source: _read_labelled(source, DEEPSEA, rows, columns))


def _deepsea(folder: str | os.PathLike, read: Callable[[_Source], Dataset]) -> Splits:
    folder = pathlib.Path(folder)
    with files.reading(folder / "train.mat"), _open(folder / "train.mat") as file:
        parts = [read(_hdf5_part(folder / "train.mat", file))]
    for part in PARTS[1:]:
        path = folder / f"{part}.mat"
        with files.reading(path), tempfile.TemporaryDirectory() as scratch:
            parts.append(read(_mat_part(path, part, pathlib.Path(scratch))))
    return Splits(*parts)


def _hdf5_part(path, file: h5py.File) -> _Source:
    x, y = _array(path, file, "trainxdata"), _array(path, file, "traindata")
    what = f"{path}: trainxdata"
    if x.ndim != 3 or x.shape[1] != 4:
        raise ValueError(f"{what} must have shape (L, 4, N), got {x.shape}")
    _same_count(what, x.shape[2], y.shape, 1)
    return _Source(what, x.shape[2], lambda a, b: x[:, :, a:b].transpose(2, 1, 0), lambda a, b: y[:, a:b].T)


def _mat_part(path: pathlib.Path, part: str, scratch: pathlib.Path) -> _Source:
    if not path.is_file():
        raise FileNotFoundError(path)
    file = probe.matlab(path, scratch)
    x, y = _array(path, file, f"{part}xdata"), _array(path, file, f"{part}data")
    what = f"{path}: {part}xdata"
    if x.ndim != 3 or x.shape[1] != 4:
        raise ValueError(f"{what} must have shape (N, 4, L), got {x.shape}")
    _same_count(what, x.shape[0], y.shape, 0)
    return _Source(what, len(x), lambda a, b: x[a:b], lambda a, b: y[a:b])


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
    spans = blocks(source.count, rows)
    total, done = sum(last - first for first, last in spans), 0
    # A code a base and a byte a label; one-hot of a block on the way there.
    width = source.x(0, 1).shape[2] + source.y(0, 1).shape[1]
    memory.check(total * width, f"{source.what}: {total:,} sequences")
    codes_nl = labels_nt = np.empty((0, 0), np.uint8)
    for start, end in spans:
        what = f"{source.what}[{start}:{end}]"
        codes = codes_of(source.x(start, end), channels, what)
        labels = np.asarray(source.y(start, end))
        if not np.isin(labels, (0, 1)).all():
            raise ValueError(f"labels of {what} are not all 0 or 1")
        if not done:  # filled in place: the whole set is needed once only
            codes_nl = np.empty((total, codes.shape[1]), np.uint8)
            labels_nt = np.empty((total, labels.shape[1]), np.uint8)
        codes_nl[done : done + len(codes)], labels_nt[done : done + len(codes)] = codes, labels
        done += len(codes)
    return Dataset(codes_nl, labels_nt, targets=targets)


def _read_labelled(source: _Source, channels: str, rows: int | None, columns: Mapping[str, int]) -> Dataset:
    """The sequences with a label among `columns`; labels are read first, one-hot of what is kept only."""
    width, numbers = source.y(0, 1).shape[1], list(columns.values())
    beyond = [number for number in numbers if not 0 <= number < width]
    if beyond or not numbers:
        raise ValueError(f"labels of {source.what} have columns 0 to {width - 1}, not {beyond or 'none'}")
    memory.check(source.count * len(numbers), f"labels of {source.what}")
    labels_nt = np.concatenate([source.y(*span)[:, numbers] for span in blocks(source.count, None)])
    if not np.isin(labels_nt, (0, 1)).all():
        raise ValueError(f"labels of {source.what} are not all 0 or 1")
    kept_n = np.flatnonzero(labels_nt.any(axis=1))
    if not len(kept_n):
        raise ValueError(f"{source.what}: none of {source.count} sequences is labelled {', '.join(columns)}")
    kept_n = np.concatenate([kept_n[first:last] for first, last in blocks(len(kept_n), rows)])
    memory.check(len(kept_n) * source.x(0, 1).shape[2], f"{source.what}: {len(kept_n):,} sequences")
    codes = []
    for first, last in blocks(source.count, None):
        own_n = kept_n[(kept_n >= first) & (kept_n < last)]
        if len(own_n):
            # From the first to the last that is wanted: single rows of a file are slow.
            x_n4l = source.x(int(own_n[0]), int(own_n[-1]) + 1)[own_n - own_n[0]]
            codes.append(codes_of(x_n4l, channels, f"{source.what}[{own_n[0]}:{own_n[-1] + 1}]"))
    return Dataset(np.concatenate(codes), np.asarray(labels_nt[kept_n], np.uint8), targets=tuple(columns))


def codes_of(x_n4l: np.ndarray, channels: str, what: str = "one-hot") -> np.ndarray:
    """Returns one-hot (N, 4, L) with channels in the order of `channels` as codes, uint8 (N, L).

    Four zeros, or four times 0.25, is a letter that is no base.

    Raises:
      ValueError: for any other column; `what` is what it calls the array.
    """
    x_n4l = np.asarray(x_n4l)
    one_n4l = x_n4l == 1
    base_nl = (one_n4l.sum(axis=1) == 1) & ((x_n4l == 0).sum(axis=1) == 3)
    other_nl = (x_n4l == 0).all(axis=1) | (x_n4l == 0.25).all(axis=1)
    bad = np.argwhere(~(base_nl | other_nl))
    if len(bad):
        row, position = bad[0].tolist()
        raise ValueError(f"{what}: position {position} of row {row} is {x_n4l[row, :, position].tolist()}")
    code_of_channel = np.array([dna.ALPHABET.index(letter) for letter in channels], np.uint8)
    return np.where(base_nl, code_of_channel[one_n4l.argmax(axis=1)], np.uint8(dna.N))
