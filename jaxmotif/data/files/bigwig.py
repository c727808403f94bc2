"""Numbers along a genome as bigWig: rows of values written, and summed in intervals."""

import os
import sys
from collections.abc import Iterator, Mapping

import numpy as np

from jaxmotif import files, probe
from jaxmotif.data.names import plain_chromosome


def write_bigwig(
    path: str | os.PathLike,
    lengths: Mapping[str, int],
    chrom_n: np.ndarray,
    start_n: np.ndarray,
    values_nl: np.ndarray,
) -> None:
    """Writes rows of values as a bigWig; where rows overlap, it has their mean, and nothing where none is.

    Args:
      path: the file, there at once or not at all.
      lengths: of all chromosomes, nt.
      chrom_n: chromosome of each row, (N,).
      start_n: 0-based position of each row's first value, int64 (N,); what lies beyond a chromosome is left
        out.
      values_nl: (N, L), finite.

    Raises:
      ValueError: for a chromosome without a length, no row, or a file that cannot be written.
    """
    chrom_n, start_n = np.asarray(chrom_n), np.asarray(start_n, np.int64)
    missing = [name for name in np.unique(chrom_n).tolist() if name not in lengths]
    if missing:
        raise ValueError(f"{path}: the length of chromosome {missing[0]!r} is not known")
    if not len(values_nl):
        raise ValueError(f"{path}: no values to write")
    import pybigtools  # here, since only tracks need it

    with files.atomic_path(path) as temporary:
        # Sorted as programs of UCSC have it: by the bytes of the names.
        ordered = {name: int(lengths[name]) for name in sorted(lengths)}
        with files.reading(path):
            pybigtools.open(os.fspath(temporary), "w").write(
                ordered, _entries(ordered, chrom_n, start_n, values_nl)
            )


def _entries(lengths, chrom_n, start_n, values_nl) -> Iterator[tuple[str, int, int, float]]:
    for chrom, length in lengths.items():
        own = chrom_n == chrom
        if own.any():
            place = (start_n[own][:, None] + np.arange(values_nl.shape[1])).ravel()
            values = values_nl[own].ravel().astype(np.float64)
            inside = (place >= 0) & (place < length)
            different, number, count = np.unique(place[inside], return_inverse=True, return_counts=True)
            mean = np.bincount(number, weights=values[inside]) / count
            for position, value in zip(different.tolist(), mean.tolist(), strict=True):
                yield chrom, position, position + 1, value


def sums(path: str | os.PathLike, chrom_n: np.ndarray, start_n: np.ndarray, end_n: np.ndarray) -> np.ndarray:
    """Returns the sum of a bigWig's values in each interval, float64 (N,).

    A letter without a value counts 0. Of intervals on chromosomes that the file does not have (chr7 and 7 are
    one) nothing is known: NaN.

    Args:
      path: the file.
      chrom_n: chromosome of each interval, (N,).
      start_n, end_n: 0-based, the end left out, int64 (N,); what lies beyond a chromosome counts 0.

    Raises:
      ValueError: for a file that is missing, no bigWig, or damaged.
    """
    import pybigtools  # here, since only tracks need it

    if not os.path.isfile(path):
        raise ValueError(f"no such file: {path}")
    probe.check("bigwig", path)
    found_n = np.full(len(chrom_n), np.nan)
    with files.reading(path, "bigWig"), files.silent(sys.stderr):
        opened = pybigtools.open(os.fspath(path))
        lengths = dict(opened.chroms())
        plain = {plain_chromosome(name): name for name in lengths}
        own = {
            name: name if name in lengths else plain.get(plain_chromosome(name), "")
            for name in np.unique(chrom_n).tolist()
        }
        order = np.lexsort((start_n, chrom_n))  # as they lie in the file
        for row in order.tolist():
            name = own[str(chrom_n[row])]
            if not name:
                continue
            start, end = max(int(start_n[row]), 0), min(int(end_n[row]), lengths[name])
            values = opened.values(name, start, end, fillna=0) if start < end else np.zeros(0)
            found_n[row] = np.nansum(values, dtype=np.float64)
    if np.isinf(found_n).any():
        raise ValueError(f"{path}: its values in some intervals are not finite")
    return found_n
