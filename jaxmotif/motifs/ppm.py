"""Position probability matrices as arrays (W, 4): checks, information content, consensus."""

from collections.abc import Sequence

import numpy as np

UNIFORM = (0.25, 0.25, 0.25, 0.25)
# How far from 1 a row's sum may be: text files carry 3 to 6 decimals. Rows are rescaled to sum to
# 1.
_ROW_TOLERANCE = 0.02


def check_background(background: Sequence[float] | None) -> np.ndarray:
    """Returns background frequencies as float64 (4,) that sum to 1, in the order A C G T; None is uniform.

    Raises:
      ValueError: unless there are four positive numbers whose sum is 1 within 0.02.
    """
    frequencies_4 = np.asarray(UNIFORM if background is None else background, dtype=np.float64)
    if frequencies_4.shape != (4,) or not np.all(frequencies_4 > 0):
        raise ValueError(f"a background is four positive frequencies (A C G T), not {background}")
    total = frequencies_4.sum()
    if not abs(total - 1) <= _ROW_TOLERANCE:
        raise ValueError(f"background frequencies must sum to 1, but {background} sums to {total:g}")
    return frequencies_4 / total


def check_ppm(ppm: np.ndarray, name: str = "matrix") -> np.ndarray:
    """Returns a copy of `ppm` as float64 (W, 4), each row rescaled to sum to 1.

    Raises:
      ValueError: for another shape, no rows, entries that are negative or not finite, or a row
        whose sum is not 1 within 0.02 (so a dead filter's all-zero matrix is refused).
    """
    ppm_w4 = np.array(ppm, dtype=np.float64)
    if ppm_w4.ndim != 2 or ppm_w4.shape[1] != 4 or ppm_w4.shape[0] == 0:
        raise ValueError(f"{name}: a PPM has shape (W, 4) with W >= 1, not {ppm_w4.shape}")
    if not np.all(np.isfinite(ppm_w4)) or ppm_w4.min() < 0:
        raise ValueError(f"{name}: PPM entries must be finite and >= 0")
    sums_w = ppm_w4.sum(axis=1)
    worst = int(np.argmax(np.abs(sums_w - 1)))
    if abs(sums_w[worst] - 1) > _ROW_TOLERANCE:
        raise ValueError(f"{name}: PPM rows must sum to 1, but row {worst} sums to {sums_w[worst]:g}")
    # Rows that sum to 1 up to rounding stay as they are: a matrix that is read again is the same bits.
    exact_w = np.abs(sums_w - 1) <= 4 * np.finfo(np.float64).eps
    return ppm_w4 / np.where(exact_w, 1.0, sums_w)[:, None]


def information_content(ppm: np.ndarray, background: Sequence[float] | None = None) -> np.ndarray:
    """Returns the bits of each position, (W,): sum over letters of p log2(p / background), with 0 log 0 = 0.

    Against the uniform background (the default) this is 2 + sum p log2 p, between 0 and 2
    (Schneider and Stephens 1990, without their small-sample correction).

    Raises:
      ValueError: if `ppm` is no PPM or `background` no background.
    """
    ppm_w4 = check_ppm(ppm)
    ratio_w4 = np.where(ppm_w4 > 0, ppm_w4, 1) / np.where(ppm_w4 > 0, check_background(background), 1)
    # Rounding can leave -1e-17 where the row equals the background.
    return np.maximum((ppm_w4 * np.log2(ratio_w4)).sum(axis=1), 0)


def consensus(ppm: np.ndarray, alphabet: str = "ACGT") -> str:
    """Returns the most probable letter of each position; the first of the alphabet on ties.

    Raises:
      ValueError: if `ppm` is no PPM.
    """
    return "".join(alphabet[i] for i in check_ppm(ppm).argmax(axis=1))
