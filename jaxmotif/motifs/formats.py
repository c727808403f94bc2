"""Motif files of every format: MEME's by `meme`, TF-MoDISco's by `modisco`, all others by `matrices`."""

import os
import pathlib
import re

from jaxmotif import files
from jaxmotif.motifs import matrices, meme, modisco
from jaxmotif.motifs.motif import Motif

_MEME = re.compile(r"^\s*MEME version\s+\d")
# How files of another kind begin that are taken for motifs now and then.
_OTHERS = {
    "<?xml": "XML: give the text file next to it",
    "<!doctype": "a web page",
    "{": "JSON",
    "[": "JSON",
    "\ufffdhdf": "gzipped HDF5: unpack it first",
}


def read(path: str | os.PathLike, may_be_empty: bool = False) -> list[Motif]:
    """Reads the motifs of a file, gzipped or not, in file order; the format is told by the content.

    MEME (see `meme.read_meme`), HOMER, JASPAR, PFM with a row per letter or per position, TRANSFAC, CIS-BP,
    UniPROBE, and HOCOMOCO's counts and probabilities (see `matrices.parse`); results of TF-MoDISco, which are
    HDF5 and not gzipped (see `modisco.read`).

    Args:
      path: the file; "-" is standard input (no HDF5).
      may_be_empty: whether a MEME or MoDISco file without motifs is one, as of a run that found none.

    Raises:
      ValueError: with file and line, for a file that cannot be read, is none of these, or is malformed.
    """
    with files.reading(path):
        return _read(pathlib.Path(path), may_be_empty)


def _read(path: pathlib.Path, may_be_empty: bool) -> list[Motif]:
    if path.is_file() and modisco.is_hdf5(path):  # a pipe is read once
        return modisco.read(path, may_be_empty)
    lines = meme.read_lines(path)
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first:
        raise ValueError(f"{path}: the file is empty")
    if any(_MEME.match(line) for line in lines):
        return meme.parse(path, lines, may_be_empty)
    for begin, what in _OTHERS.items():
        if first.lower().startswith(begin):
            raise ValueError(f"{path} is {what}; motif files are of {matrices.KNOWN}")
    return matrices.parse(path, lines)
