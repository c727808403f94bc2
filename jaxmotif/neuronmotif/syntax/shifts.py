"""Leaves of one neuron that are shifts of one motif, pooled into one.

A max-pooling hides where in its window the largest value lay, so a neuron recognises its motif at
several positions, and decoupling yields a leaf for each (Wei et al. 2021, Fig. 3: neighbouring leaves
are the same motif shifted by 1 bp). Pooled, the motif is made of all their sequences, and what the
pooling left open is told by the distribution of the shifts.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs.align import MIN_OVERLAP
from jaxmotif.motifs.motif import Motif, informative_span
from jaxmotif.neuronmotif.syntax.segments import PAPER, smoothed

# Leaves that differ in the gap of two equal motifs reach 0.5: one motif of two lies on the other.
LIKENESS = 0.8


class AlignedMotif(NamedTuple):
    """One motif and the leaves that hold it.

    Attributes:
      leaves: their numbers, ascending, (n,).
      shifts: how many letters further right than in the first of them the motif lies, (n,).
      motif: counts (PPM x sequences) added in the alignment, where at least half of the sequences have a
        column, trimmed as by `motif.trim`; nsites is their sum.
      start: where the motif's first column lies in the first leaf's receptive field; may be negative.
    """

    leaves: np.ndarray
    shifts: np.ndarray
    motif: Motif
    start: int


def best_shifts(ppm: np.ndarray, others: np.ndarray, min_overlap: int = MIN_OVERLAP):
    """Returns how far right of a first matrix each of many of its width lies, and how alike they are then.

    Likeness is that of `align.similarities` on one strand: the geometric mean of the cosine of the two
    matrices less 1/4 over their union, and that over their overlap times the share of the weaker one's
    squared length that lies there.

    Args:
      ppm: (R, 4).
      others: (N, R, 4).
      min_overlap: columns that must lie on each other, or R if that is less.

    Returns:
      shifts (N,) int64, likeness (N,) from 0 to 1; of equal ones the smallest shift.
    """
    x_r4, y_nr4 = np.asarray(ppm, np.float64) - 0.25, np.asarray(others, np.float64) - 0.25
    width = len(x_r4)
    x_energy_r, y_energy_nr = np.square(x_r4).sum(-1), np.square(y_nr4).sum(-1)
    x_total, y_total_n = x_energy_r.sum(), y_energy_nr.sum(-1)
    furthest = max(width - min_overlap, 0)
    shifts_s = np.array(sorted(range(-furthest, furthest + 1), key=lambda shift: (abs(shift), shift)))
    likeness_sn = np.zeros((len(shifts_s), len(y_nr4)))
    for i, shift in enumerate(shifts_s):
        x, y = slice(max(-shift, 0), width - max(shift, 0)), slice(max(shift, 0), width + min(shift, 0))
        dot_n = np.maximum(np.einsum("ra,nra->n", x_r4[x], y_nr4[:, y]), 0)
        x_here, y_here_n = x_energy_r[x].sum(), y_energy_nr[:, y].sum(-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            covered_n = np.where(x_total < y_total_n, x_here / x_total, y_here_n / y_total_n)
            whole_n = dot_n / np.sqrt(x_total * y_total_n)
            likeness_n = np.sqrt(whole_n * dot_n / np.sqrt(x_here * y_here_n) * covered_n)
        likeness_sn[i] = np.nan_to_num(likeness_n)
    best_n = np.round(likeness_sn, 9).argmax(axis=0)  # rounding must not decide ties
    return shifts_s[best_n], np.minimum(likeness_sn[best_n, np.arange(len(y_nr4))], 1)


def pool_shifts(  # noqa: PLR0913 - two thresholds, and three words that every motif gets
    ppm: np.ndarray,
    nsites: Sequence[float],
    *,
    likeness: float = LIKENESS,
    fewest: int = 1,
    pseudosites: float | np.ndarray = PAPER.pseudosites,
    name: str = "motif",
    source: str = "",
    alphabet: str = dna.ALPHABET,
) -> list[AlignedMotif]:
    """Returns the distinct motifs among the leaves of one neuron.

    The leaf with most sequences gathers all that are shifts of it, then the next one of those left over.
    Leaves are compared smoothed, since few sequences make a sharp matrix, and added as they are.

    Args:
      ppm: of each leaf, (T, R, 4).
      nsites: sequences of each leaf, (T,).
      likeness: from which two leaves are one motif, see `best_shifts`.
      fewest: leaves of fewer sequences are left out.
      pseudosites: M of the smoothing, one number or (T,).
      name: motifs are called name1, name2, ...
      source, alphabet: of every motif.

    Returns:
      Motifs with most sequences first.

    Raises:
      ValueError: for shapes that do not fit, or `fewest` below 1.
    """
    ppm_tr4, nsites_t = np.asarray(ppm, np.float64), np.asarray(nsites, np.float64)
    if ppm_tr4.ndim != 3 or ppm_tr4.shape[2] != 4 or nsites_t.shape != ppm_tr4.shape[:1]:
        raise ValueError(f"leaves (T, R, 4) and sites (T,) do not fit: {ppm_tr4.shape} and {nsites_t.shape}")
    if fewest < 1:
        raise ValueError(f"a leaf needs at least 1 sequence, not {fewest}")
    soft_tr4 = smoothed(ppm_tr4, nsites_t, pseudosites)
    left = np.flatnonzero(nsites_t >= fewest)
    left = left[np.argsort(-nsites_t[left], kind="stable")]
    groups = []
    while len(left):
        shifts, alike = best_shifts(soft_tr4[left[0]], soft_tr4[left])
        joined = alike >= likeness
        shifts[0], joined[0] = 0, True  # also where it is flat and like nothing
        groups.append(_pooled(ppm_tr4, nsites_t, left[joined], shifts[joined]))
        left = left[~joined]
    groups.sort(key=lambda group: -group[3])
    return [
        AlignedMotif(
            leaves,
            shifts,
            Motif(f"{name}{i + 1}", ppm_w4, total, source=source, alphabet=alphabet),
            start,
        )
        for i, (leaves, shifts, ppm_w4, total, start) in enumerate(groups)
    ]


def _pooled(ppm_tr4, nsites_t, leaves, shifts):
    order = np.argsort(leaves)
    leaves, shifts = leaves[order], shifts[order] - shifts[order[0]]
    # A leaf whose motif lies further right is moved left by as much.
    first, width = int(shifts.max()), ppm_tr4.shape[1]
    counts = np.zeros((first - int(shifts.min()) + width, 4))
    for leaf, shift in zip(leaves, shifts, strict=True):
        counts[first - shift : first - shift + width] += ppm_tr4[leaf] * nsites_t[leaf]
    covered = counts.sum(axis=1)
    columns = np.flatnonzero(covered >= covered.max() / 2)
    start, end = int(columns[0]), int(columns[-1]) + 1
    ppm_w4 = counts[start:end] / covered[start:end, None]
    low, high = informative_span(ppm_w4)
    return leaves, shifts, ppm_w4[low:high], float(nsites_t[leaves].sum()), start + low - first
