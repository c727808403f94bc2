"""Arrays of files as memory maps: nothing of them is in memory before it is read, and it may leave again."""

import contextlib
import mmap
import os

import numpy as np


class CheckedMap(np.memmap):
    """A memory map of numbers that were looked at when they were written, so that nobody reads all to check.

    Attributes:
      largest: no number is larger; None for what is computed from a map, which is none.
    """

    largest: int | None = None

    def __array_finalize__(self, obj):
        super().__array_finalize__(obj)
        # A part of the file, or the same in another form, is as good as the whole; a copy may be written to.
        # numpy's own attribute, None for a copy.
        of_file = getattr(self, "_mmap", None) is not None
        self.largest = getattr(obj, "largest", None) if of_file else None

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return np.asarray(array)[()] if return_scalar else np.asarray(array)


def opened(path: str | os.PathLike, largest: int) -> CheckedMap:
    """Returns the array of an .npy file as a map that cannot be written to.

    Args:
      path: the file.
      largest: what its numbers were checked against when it was written.

    Raises:
      ValueError: for a file that is none, or is shorter than it says.
    """
    array = np.load(path, mmap_mode="r").view(CheckedMap)
    array.largest = largest
    return array


def array_of(array) -> np.ndarray:
    """Returns `np.asarray(array)`, but a memory map as it is."""
    return array if isinstance(array, np.memmap) else np.asarray(array)


def largest(array: np.ndarray):
    """Returns the largest number of an array with any; of a `CheckedMap` what it was checked against."""
    known = getattr(array, "largest", None)
    return array.max() if known is None else known


def read_at_random(array: np.ndarray) -> None:
    """Has the system read no more of a map than is asked for: rows in random order, each from its own place.

    Without, it reads 128 kB around every row. Nothing happens to an array that is no map.
    """
    owner = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        with contextlib.suppress(OSError):
            owner.madvise(mmap.MADV_RANDOM)
