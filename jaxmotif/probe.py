"""Tries files in another process first, where a damaged one can end the library that reads it.

libhdf5, bigtools and scipy's reader of MATLAB files end the whole process on some damaged files, by a
segmentation fault or by asking for memory that no machine has. Nothing in Python can catch that; a child that
dies of it can be told.
"""

import atexit
import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
import threading
from collections.abc import Sequence

import numpy as np

from jaxmotif import files

# Seconds after which a file is said to be damaged, too.
LIMIT = 120
# A dataset of up to so many bytes is read whole; of larger ones the beginning and the end.
_WHOLE = 1 << 26

_child: subprocess.Popen | None = None
_lock = threading.Lock()


def check(kind: str, path: str | os.PathLike, more: Sequence = ()) -> None:
    """Reads a file in another process, which is kept for further ones.

    What can be told in Python (a file of another kind, say) is left to the reader.

    Args:
      kind: "hdf5", "bigwig", "bigbed" or "matlab".
      path: the file.
      more: of a bigWig, (chromosome, start, end) that are going to be read; of MATLAB, see `matlab`.

    Raises:
      ValueError: if that ends the process, or takes minutes.
    """
    global _child
    with _lock:
        if _child is None or _child.poll() is not None:
            _child = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for the program
            )
        child, answer = _child, ""
        assert child.stdin and child.stdout
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps([kind, os.fspath(path), list(more)]) + "\n")
            child.stdin.flush()
        if select.select([child.stdout], [], [], LIMIT)[0]:
            answer = child.stdout.readline()
        if answer:
            return
        child.kill()
        child.wait()
        _child = None
    raise ValueError(f"{path} is damaged: the library that reads it does not survive it")


def matlab(path: str | os.PathLike, folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns the arrays of a MATLAB 5 file, which another process puts into a folder.

    Whether its reader survives a damaged file depends on what is in memory: it is not tried twice.

    Raises:
      ValueError: for a file that cannot be read.
    """
    check("matlab", path, [str(folder)])
    said = json.loads((folder / "names.json").read_text())
    if isinstance(said, str):
        raise ValueError(f"{path} is no MATLAB 5 file that can be read ({said})")
    return {name: np.load(folder / f"{number}.npy", mmap_mode="r") for number, name in enumerate(said)}


@atexit.register
def _end() -> None:
    if _child is not None:
        _child.kill()


def _hdf5(path: str, _) -> None:
    import h5py

    def visit(_, item):
        list(item.attrs.items())
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            if item.nbytes <= min(_WHOLE, 2000 * os.path.getsize(path)):
                item[()]
            elif item.shape:
                item[:1], item[-1:]

    with h5py.File(path, "r") as file:
        list(file.attrs.items())
        file.visititems(visit)


def _matlab(path: str, more) -> None:
    folder = pathlib.Path(more[0])
    try:
        import scipy.io

        found = {name: np.asarray(value) for name, value in scipy.io.loadmat(path).items()}
        arrays = {n: array for n, array in found.items() if n[:2] != "__" and not array.dtype.hasobject}
        for number, array in enumerate(arrays.values()):
            np.save(folder / f"{number}.npy", array)
        said = list(arrays)
    except Exception as error:
        said = files.one_line(error)
    (folder / "names.json").write_text(json.dumps(said))


def _bigwig(path: str, places) -> None:
    import pybigtools

    with pybigtools.open(path) as file:
        lengths = file.chroms()
        for chromosome, start, end in places or [(name, 0, min(n, 1000)) for name, n in lengths.items()]:
            file.values(chromosome, start, end, fillna=0)


def _bigbed(path: str, _) -> None:
    import pybigtools

    with pybigtools.open(path) as file:
        for name in file.chroms():
            for _record in file.records(name):
                pass


def _serve() -> None:
    for line in sys.stdin:
        kind, path, places = json.loads(line)
        try:
            {"hdf5": _hdf5, "matlab": _matlab, "bigwig": _bigwig, "bigbed": _bigbed}[kind](path, places)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic of Rust is no Exception
            pass
        print("alive", flush=True)


if __name__ == "__main__":
    _serve()
