"""Tables of targets in binary files: Parquet, and AnnData's .h5ad."""

import os
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxmotif import files, probe
from jaxmotif.data.files import kinds
from jaxmotif.data.files.target_table import Frame

_PARQUET, _HDF5 = b"PAR1", b"\x89HDF\r\n\x1a\n"
# Cells of a matrix that are read, at most: numbers of eight bytes.
MOST_CELLS = 500_000_000


def is_binary(path: str | os.PathLike) -> bool:
    """Returns whether a file is one that `read` reads, by its first bytes."""
    if not pathlib.Path(path).is_file():
        return False
    with files.reading(path), open(path, "rb") as stream:
        begun = stream.read(8)
    return begun.startswith((_PARQUET, _HDF5))


def read(path: str | os.PathLike) -> Frame:
    """Returns the cells of a Parquet file, or of an .h5ad: rows are its loci, columns the other axis.

    Parquet needs pyarrow (pip install "jaxmotif[parquet]"). Of an .h5ad X is read, dense, CSR or CSC.

    Raises:
      ValueError: with one line, for a file that is missing, damaged or of another kind, or whose library is
        not installed.
    """
    with open(path, "rb") as stream:
        parquet = stream.read(4) == _PARQUET
    return _parquet(path) if parquet else _h5ad(path)


def _parquet(path: str | os.PathLike) -> Frame:
    try:
        import pyarrow.parquet  # here: an extra
    except ImportError:
        raise ValueError(
            f'{path} is Parquet, which pyarrow reads: pip install "jaxmotif[parquet]", or write it as text'
        ) from None
    with files.reading(path, "Parquet file"):
        table = pyarrow.parquet.read_table(os.fspath(path))
        columns: dict[str, list[str] | np.ndarray] = {}
        for name in table.column_names:
            column = table.column(name)
            if pyarrow.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            plain = pyarrow.types.is_boolean(column.type) or pyarrow.types.is_integer(column.type)
            if plain or pyarrow.types.is_floating(column.type):
                array = column.cast(pyarrow.float64()).to_numpy()
                columns[name] = np.asarray(array, np.float64)
            else:
                columns[name] = ["" if cell is None else str(cell) for cell in column.to_pylist()]
    # What pandas keeps of an index without a name.
    columns = {name.removeprefix("__index_level_0__") or "index": cells for name, cells in columns.items()}
    if not columns or not len(next(iter(columns.values()))):
        raise ValueError(f"{path}: a table without rows")
    # Whole numbers went through float64, and positions are read as whole numbers again.
    return Frame(str(path), columns)


def _h5ad(path: str | os.PathLike) -> Frame:
    import h5py  # here, since only this needs it

    probe.check("hdf5", path)
    with files.reading(path, "AnnData file (.h5ad)"), h5py.File(path, "r") as file:
        if not {"X", "obs", "var"} <= set(file):
            raise ValueError(
                f"{path} is HDF5 without X, obs and var: no AnnData; networks go to `jaxmotif decode`, here "
                "a table of sequences or loci is wanted"
            )
        names = {axis: _index(file[axis]) for axis in ("obs", "var")}
        shape = len(names["obs"]), len(names["var"])
        loci = [axis for axis, own in names.items() if own and all(map(kinds.LOCUS.fullmatch, own))]
        if not loci:
            raise ValueError(
                f"{path}: neither the names of obs ({names['obs'][0]!r}, ...) nor those of var "
                f"({names['var'][0]!r}, ...) are loci such as chr1:100-200"
            )
        if shape[0] * shape[1] > MOST_CELLS:
            raise ValueError(
                f"{path}: X of {shape[0]:,} x {shape[1]:,}; sum cells into a few groups (pseudo-bulk) first"
            )
        x = _matrix(file["X"], shape, path)
    axis = loci[0]
    others = names["var" if axis == "obs" else "obs"]
    values = x if axis == "obs" else x.T
    if len(set(others)) != len(others):
        raise ValueError(f"{path}: two of its targets have the same name")
    columns = {"locus": names[axis]} | {name: values[:, i] for i, name in enumerate(others)}
    return Frame(str(path), columns)


def _index(group) -> list[str]:
    """Names of an axis: its data frame's index."""
    name = group.attrs.get("_index", "_index")
    name = name.decode() if isinstance(name, bytes) else str(name)
    values = group[name]
    if isinstance(values, Mapping) or hasattr(values, "keys"):  # a categorical
        words = [_word(one) for one in values["categories"][()]]
        return [words[code] for code in values["codes"][()]]
    return [_word(one) for one in values[()]]


def _word(value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _matrix(x, shape: tuple[int, int], path) -> np.ndarray:
    """X as float64, dense."""
    if not hasattr(x, "keys"):
        values = np.asarray(x[()], np.float64)
    else:
        import scipy.sparse

        kind = x.attrs.get("encoding-type", x.attrs.get("h5sparse_format", "csr"))
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        form = scipy.sparse.csc_matrix if "csc" in kind else scipy.sparse.csr_matrix
        parts = tuple(x[name][()] for name in ("data", "indices", "indptr"))
        sparse = form(parts, shape=shape)
        sparse.check_format(full_check=True)  # places outside would end the process
        values = np.asarray(sparse.toarray(), np.float64)
    if values.shape != shape:
        raise ValueError(f"{path}: X of shape {values.shape} for {shape[0]} obs and {shape[1]} var")
    return values
