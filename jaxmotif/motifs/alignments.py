"""Scores and p-values of one motif against many, by plain numpy: nothing has to be compiled.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007), "Quantifying similarity between motifs". Scores are whole
numbers, so that the distribution of a sum of columns is exact; distances become whole numbers as in memelite
(Schreiber 2025), but for the median, which memelite takes from a histogram of 1,000 bins: that moves p by a
tenth and more.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SCORE_BINS = 100


class Best(NamedTuple):
    """The best alignment of a query with each of T targets, every array (T,).

    Attributes:
      p: probability that the best of all alignments of a random target of this width scores as high.
      score: sum over all query columns; one that lies on no target column counts 0.
      offset: position of the target that the query's first column lies on.
      overlap: number of columns that lie on each other; of equal scores the largest, then the leftmost.
    """

    p: np.ndarray
    score: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray


def column_scores(query_w4: np.ndarray, columns_n4: np.ndarray) -> np.ndarray:
    """Returns whole-number scores (W, n) of query columns on target columns; an unaligned column scores 0.

    The negative Euclidean distance less its median over all target columns, in `SCORE_BINS` steps.
    """
    # In place where it can be: the arrays are larger than the cache, and passes over them take the time.
    scores_wn = query_w4 @ (-2 * columns_n4.T)
    scores_wn += np.square(query_w4).sum(1)[:, None]
    scores_wn += np.square(columns_n4).sum(1)
    np.maximum(scores_wn, 0, out=scores_wn)
    np.sqrt(scores_wn, out=scores_wn)
    np.negative(scores_wn, out=scores_wn)
    medians_w = _medians(scores_wn)
    low, high = (scores_wn.min(1) - medians_w).min(), (scores_wn.max(1) - medians_w).max()
    lowest = int(np.floor(low))
    scale = int(np.floor(SCORE_BINS / max(high - lowest, 1.0)))
    scores_wn -= (medians_w + lowest)[:, None]
    scores_wn *= scale
    scores_wn += 0.5
    np.floor(scores_wn, out=scores_wn)
    return scores_wn.astype(np.int32) + np.int32(lowest * scale)


def _medians(scores_wn: np.ndarray) -> np.ndarray:
    """The value in the middle of each row, the lower one of two, (W,), as MEME takes it."""
    middle = max(scores_wn.shape[1] // 2 - 1, 0)
    return np.partition(scores_wn, middle, axis=1)[:, middle]


class Targets:
    """The columns of all targets, laid out once for many queries."""

    def __init__(self, matrices: Sequence[np.ndarray]):
        self.widths_t = np.array([len(matrix) for matrix in matrices])
        self.columns_n4 = np.concatenate(matrices)
        self._inside_tw = np.arange(self.widths_t.max()) < self.widths_t[:, None]

    def sums(self, scores_wn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the score of every offset from 1 - W on, and its overlap (0: none), both (T, O)."""
        width, longest = len(scores_wn), int(self.widths_t.max())
        padded_tw = np.zeros((len(self.widths_t), longest), dtype=np.int32)
        sums_to = np.zeros((len(self.widths_t), longest + width - 1), dtype=np.int32)
        for c in range(width):  # query column c lies on target column offset + c
            padded_tw[self._inside_tw] = scores_wn[c]
            sums_to[:, width - 1 - c : width - 1 - c + longest] += padded_tw
        offsets_o = np.arange(-width + 1, longest)
        overlap_to = np.minimum(offsets_o + width, self.widths_t[:, None]) - np.maximum(offsets_o, 0)
        return sums_to, np.maximum(np.minimum(overlap_to, width), 0)

    def best(self, query_w4: np.ndarray) -> Best:
        """Returns the best alignment of a query with every target."""
        scores_wn = column_scores(query_w4, self.columns_n4)
        sums_to, overlap_to = self.sums(scores_wn)
        best_t = np.where(overlap_to > 0, sums_to, np.iinfo(np.int32).min).max(axis=1)
        tied_to = (sums_to == best_t[:, None]) & (overlap_to > 0)
        chosen_t = np.where(tied_to, overlap_to, 0).argmax(axis=1)
        return Best(
            p=p_values(scores_wn, self.widths_t, best_t),
            score=best_t,
            offset=chosen_t - len(query_w4) + 1,
            overlap=overlap_to[np.arange(len(best_t)), chosen_t],
        )


def p_values(scores_wn: np.ndarray, widths_t: np.ndarray, best_t: np.ndarray) -> np.ndarray:
    """Returns P(best of all offsets >= best_t), (T,), for targets of columns drawn from all n at random.

    The offsets of one target count as independent, as in the paper: the probability that none scores so high
    is the product over offsets.

    Args:
      scores_wn: int (W, n), scores of each query column on all target columns.
      widths_t: (T,) widths of the targets.
      best_t: int (T,) best scores.
    """
    width, n = scores_wn.shape
    lows, highs = scores_wn.min(1), scores_wn.max(1)
    columns = [np.bincount(row - low) / n for row, low in zip(scores_wn, lows, strict=True)]
    starts = np.concatenate([[0], np.cumsum(lows)])
    ends = np.concatenate([[0], np.cumsum(highs)])
    first = min(int(starts[j] - starts[i]) for i in range(width) for j in range(i + 1, width + 1))
    last = max(int(ends[j] - ends[i]) for i in range(width) for j in range(i + 1, width + 1))
    grid = last - first + 1
    short = {int(t) for t in np.unique(widths_t) if t < width}
    # log P(no such score) of one offset, summed: over offsets at which a query hangs over, by overlap, and
    # over those at which a target of `t` columns lies wholly on it.
    hanging = np.zeros((width, grid))
    wholly = {t: np.zeros(grid) for t in {*short, width}}

    for i in range(width):
        pdf = np.ones(1)
        for j in range(i, width):
            pdf = np.convolve(pdf, columns[j])
            length = j - i + 1
            needed = ((i == 0) + (j == width - 1)) if length < width else 0
            if not needed and length not in wholly:
                continue
            tail = np.zeros(grid)
            begin = int(starts[j + 1] - starts[i]) - first
            tail[:begin] = 1.0
            tail[begin : begin + len(pdf)] = np.cumsum(pdf[::-1])[::-1]
            with np.errstate(divide="ignore"):
                none = np.log1p(-np.minimum(tail, 1.0))
            if needed:
                hanging[length] += none * needed
            if length in wholly:
                wholly[length] += none
    hanging = np.cumsum(hanging, axis=0)
    p_t = np.empty(len(widths_t))
    place_t = np.clip(best_t - first, 0, grid - 1)
    for t in np.unique(widths_t):
        overhang = hanging[min(int(t), width) - 1]
        whole = wholly[int(t)] if t < width else wholly[width] * (t - width + 1)
        own = widths_t == t
        p_t[own] = -np.expm1((overhang + whole)[place_t[own]])
    return p_t
