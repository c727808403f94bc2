"""Turns optimised input matrices into position probability matrices and windows of a motif's width."""

import dataclasses

import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

SMOOTHING = 0.01


def class_ppm(matrix_l4) -> np.ndarray:
    """Returns the matrix clamped to [0, 1], divided by its maximum, smoothed by 0.01, its rows summing to 1.

    As in the authors' program; a row of zeros becomes uniform, and so does a matrix without a positive entry.

    Raises:
      ValueError: unless it is (L, 4) and finite.
    """
    matrix_l4 = np.asarray(matrix_l4, np.float64)
    if matrix_l4.ndim != 2 or matrix_l4.shape[1] != 4 or not np.isfinite(matrix_l4).all():
        raise ValueError(f"an input matrix is finite and (L, 4), not {matrix_l4.shape}")
    clamped = np.clip(matrix_l4, 0, 1)
    smooth = clamped / (clamped.max() or 1.0) + SMOOTHING
    return smooth / smooth.sum(axis=1, keepdims=True)


def informative_windows(ppm_l4: np.ndarray, width: int) -> list[tuple[int, float]]:
    """Returns (start, mean information in bits) of all windows of `width`, the most informative first.

    Lanchantin et al. 2016, Section 3.

    Raises:
      ValueError: unless 1 <= width <= L.
    """
    if not 1 <= width <= len(ppm_l4):
        raise ValueError(f"a window of {width} does not lie in a matrix of {len(ppm_l4)} rows")
    bits_l = information_content(ppm_l4)
    means = np.convolve(bits_l, np.full(width, 1 / width), mode="valid")
    return [(int(start), float(means[start])) for start in np.argsort(-means, kind="stable")]


def window(motif: Motif, width: int) -> Motif:
    """Returns the most informative window of a class motif."""
    width = min(width, motif.width)
    start = informative_windows(motif.ppm, width)[0][0]
    return dataclasses.replace(motif, ppm=motif.ppm[start : start + width])
