"""Result files of TF-MoDISco (tf-modisco-lite 2 and 3, HDF5): patterns as motifs.

A file has groups pos_patterns and neg_patterns, of pattern_0, pattern_1, ..., each with the letters of its
seqlets ("sequence", (W, 4), columns A C G T), their contributions, and the seqlets. A group without a pattern
may be missing. https://github.com/kundajelab/tfmodisco
"""

import dataclasses
import os
import pathlib
import re

import numpy as np

from jaxmotif import files, probe
from jaxmotif.motifs import cores
from jaxmotif.motifs.motif import Motif

SIGNATURE = b"\x89HDF\r\n\x1a\n"  # of HDF5
GROUPS = ("pos_patterns", "neg_patterns")
# Of the results of TF-MoDISco before its lite version.
_OLD = "metacluster_idx_to_submetacluster_results"
_PATTERN = re.compile(r"pattern_(\d+)")


def is_hdf5(path: str | os.PathLike) -> bool:
    """Returns whether a file begins as HDF5 does."""
    with open(path, "rb") as stream:
        return stream.read(len(SIGNATURE)) == SIGNATURE


def read(path: str | os.PathLike, may_be_empty: bool = False) -> list[Motif]:
    """Reads the patterns of a TF-MoDISco result, in its order, positive ones first.

    Names are those that MoDISco itself writes, "pos_patterns.pattern_0" and "neg_patterns.pattern_0": what a
    network takes as evidence for, and against. `nsites` is the number of seqlets. Patterns are windows of one
    width, whatever the motif's: flat flanks are cut off (`cores.core`). Subpatterns are left out.

    Args:
      path: the file.
      may_be_empty: whether a result without patterns is one.

    Raises:
      ValueError: for a file that is damaged, holds something else, or has malformed patterns.
    """
    import h5py  # here because few motif files need it, and all of the package imports this

    path = pathlib.Path(path)
    probe.check("hdf5", path)
    with files.reading(path, "TF-MoDISco result"):
        with h5py.File(path, "r") as file:
            if _OLD in file:
                raise ValueError(
                    f"{path} is of TF-MoDISco before its lite version: modisco convert -i {path} -o NEW.h5"
                )
            groups = [name for name in GROUPS if isinstance(file.get(name), h5py.Group)]
            # A result without any pattern has no group, only the settings of its run.
            if not groups and (len(file) or "window_size" not in file.attrs):
                raise ValueError(f"{path} is HDF5 without pos_patterns or neg_patterns: no TF-MoDISco result")
            motifs = [
                _motif(path, f"{group}.{name}", file[group][name])
                for group in groups
                for name in sorted(filter(_PATTERN.fullmatch, file[group]), key=_number)
            ]
    if not motifs and not may_be_empty:
        raise ValueError(f"{path}: no motif in the file")
    return motifs


def _number(name: str) -> int:
    return int(name.removeprefix("pattern_"))


def _motif(path: pathlib.Path, name: str, pattern) -> Motif:
    for part in ("sequence", "seqlets/n_seqlets"):
        if part not in pattern or not hasattr(pattern[part], "shape"):
            raise ValueError(f"{path}: {name} has no {part}")
    letters, count = pattern["sequence"], np.ravel(pattern["seqlets/n_seqlets"][()])
    if letters.ndim != 2 or letters.shape[1] != 4 or not letters.shape[0]:
        raise ValueError(f"{path}: {name}: sequence must be (width, 4), not {letters.shape}")
    files.check_declared(letters.nbytes, path, f"{name}/sequence")
    if count.shape != (1,) or not count[0] > 0:
        raise ValueError(f"{path}: {name}: n_seqlets must be one number above 0, not {count.tolist()}")
    shares_w4 = np.asarray(letters[()], np.float64)
    if not np.isfinite(shares_w4).all() or shares_w4.min() < 0 or shares_w4.max() > 1 + 1e-6:
        raise ValueError(f"{path}: {name}: sequence must hold shares of letters, from 0 to 1")
    # Seqlets with N leave a position with less than 1; where all have it, any letter is as likely.
    sums_w1 = shares_w4.sum(axis=1, keepdims=True)
    if sums_w1.max() > 1.02:
        raise ValueError(f"{path}: {name}: shares of letters must sum to 1, not {sums_w1.max():g}")
    ppm_w4 = np.where(sums_w1 > 0, shares_w4 / np.where(sums_w1 > 0, sums_w1, 1), 0.25)
    whole = Motif(name, ppm_w4, float(count[0]), source=path.name)
    start, end = cores.core(whole)
    return dataclasses.replace(whole, ppm=whole.ppm[start:end])
