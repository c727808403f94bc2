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
# Every so many values of a row tell where about its median lies.
_STRIDE = 16


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
    shape = len(query_w4), len(columns_n4)
    scores_wn, binned_wn = np.empty(shape), np.empty(shape, dtype=np.int64)
    _similarities(query_w4, np.ascontiguousarray(-2 * columns_n4.T), np.square(columns_n4).sum(1), scores_wn)
    _bin(scores_wn, binned_wn)
    return binned_wn


def _similarities(
    query_w4: np.ndarray, twice_4n: np.ndarray, squares_n: np.ndarray, out_wn: np.ndarray
) -> None:
    """Writes negative Euclidean distances (W, n) to columns, given by -2 times them and by their squares."""
    np.matmul(query_w4, twice_4n, out=out_wn)
    # Row by row and in place: a row stays in the cache, the whole does not, and passes over it take the time.
    for scores_n, square in zip(out_wn, np.square(query_w4).sum(1), strict=True):
        scores_n += squares_n
        scores_n += square
        np.maximum(scores_n, 0, out=scores_n)
        np.sqrt(scores_n, out=scores_n)
        np.negative(scores_n, out=scores_n)


def _bin(scores_wn: np.ndarray, out_wn: np.ndarray) -> None:
    """Writes scores, which it overwrites, less their rows' medians as whole numbers (W, n)."""
    medians_w = _medians(scores_wn)
    low, high = (scores_wn.min(1) - medians_w).min(), (scores_wn.max(1) - medians_w).max()
    lowest = int(np.floor(low))
    scale = int(np.floor(SCORE_BINS / max(high - lowest, 1.0)))
    for scores_n, median, binned_n in zip(scores_wn, medians_w, out_wn, strict=True):
        scores_n -= median + lowest
        scores_n *= scale
        scores_n += 0.5
        np.floor(scores_n, out=scores_n)
        scores_n += lowest * scale
        np.copyto(binned_n, scores_n, casting="unsafe")


def _medians(scores_wn: np.ndarray) -> np.ndarray:
    """The value in the middle of each row, the lower one of two, (W,), as MEME takes it."""
    middle = max(scores_wn.shape[1] // 2 - 1, 0)
    return np.array([_ranked(scores_n, middle) for scores_n in scores_wn])


def _ranked(values_n: np.ndarray, rank: int) -> float:
    """The value with so many before it in order: every 16th value tells between which two it lies."""
    few = values_n[::_STRIDE]
    at, margin = rank * len(few) // len(values_n), int(1.25 * np.sqrt(len(few)))  # 2.5 standard errors
    if at < margin or at + margin >= len(few):
        return np.partition(values_n, rank)[rank]
    low, high = np.partition(few, (at - margin, at + margin))[[at - margin, at + margin]]
    inside = values_n[(values_n >= low) & (values_n <= high)]
    own = rank - int(np.count_nonzero(values_n < low))
    if not 0 <= own < len(inside):  # the sample was no likeness
        return np.partition(values_n, rank)[rank]
    return np.partition(inside, own)[own]


class Targets:
    """The columns of all targets, laid out once for many queries.

    Targets stand in order of falling width, and columns in order of their position: those at position j of
    all targets that have one are neighbours, and belong to the first targets. So all targets are shifted
    along a query with one addition for each position, and nothing is filled up.
    """

    def __init__(self, matrices: Sequence[np.ndarray]):
        self.widths_t = np.array([len(matrix) for matrix in matrices])
        self.columns_n4 = np.concatenate(matrices)
        self._order_t = np.argsort(-self.widths_t, kind="stable")
        falling_t = self.widths_t[self._order_t]
        # How many targets reach each position, and where its columns begin.
        self._reach_j = np.searchsorted(-falling_t, -np.arange(1, falling_t[0] + 1), side="right")
        self._begin_j = np.concatenate([[0], np.cumsum(self._reach_j)])
        firsts_t = np.cumsum(self.widths_t) - self.widths_t
        places_n = np.concatenate(
            [firsts_t[self._order_t[:reach]] + j for j, reach in enumerate(self._reach_j)]
        )
        self._columns_n4 = self.columns_n4[places_n]
        self._twice_4n = np.ascontiguousarray(-2 * self._columns_n4.T)
        self._squares_n = np.square(self._columns_n4).sum(1)
        self._empty: dict[int, np.ndarray] = {}

    def _ranks(self, width: int) -> np.ndarray:
        """Where no column scores: what orders equal scores, int (O, T); least where nothing overlaps.

        The offsets O go from 1 - W on. Larger overlaps are better, then smaller offsets.
        """
        if width not in self._empty:
            falling_t = self.widths_t[self._order_t]
            offsets_o = np.arange(1 - width, int(falling_t[0]))[:, None]
            overlap_ot = np.minimum(offsets_o + width, falling_t) - np.maximum(offsets_o, 0)
            overlap_ot = np.minimum(overlap_ot, width)
            ranks_ot = overlap_ot * len(offsets_o) + np.arange(len(offsets_o))[::-1, None]
            self._empty[width] = np.where(overlap_ot > 0, ranks_ot, np.iinfo(np.int64).min // 2)
        return self._empty[width]

    def best(self, query_w4: np.ndarray) -> Best:
        """Returns the best alignment of a query with every target."""
        return self.bests([query_w4])[0]

    def bests(self, queries: Sequence[np.ndarray]) -> list[Best]:
        """Returns `best` of each query.

        One after the other in the same memory: fresh pages from the system would take longer than computing.
        """
        widest = max(map(len, queries))
        scores_wn = np.empty((widest, len(self.columns_n4)))
        binned_wn = np.empty(scores_wn.shape, dtype=np.int64)
        keys_ot = np.empty((widest + len(self._reach_j) - 1, len(self.widths_t)), dtype=np.int64)
        found = []
        for query_w4 in queries:
            own_wn, whole_wn = scores_wn[: len(query_w4)], binned_wn[: len(query_w4)]
            _similarities(query_w4, self._twice_4n, self._squares_n, own_wn)
            _bin(own_wn, whole_wn)
            found.append(self._best(whole_wn, keys_ot))
        return found

    def _best(self, scores_wn: np.ndarray, keys_ot: np.ndarray) -> Best:
        """The best alignment by the scores of columns; `keys_ot` is overwritten."""
        width = len(scores_wn)
        ranks_ot = self._ranks(width)
        offsets = len(ranks_ot)
        step = (width + 1) * offsets  # one more of score is worth more than any overlap and offset
        keys_ot = keys_ot[:offsets]
        np.copyto(keys_ot, ranks_ot)
        for j, reach in enumerate(self._reach_j):  # position j lies under column c at offset j - c
            keys_ot[j : j + width, :reach] += scores_wn[::-1, self._begin_j[j] : self._begin_j[j + 1]] * step
        score_t, rank_t = np.divmod(keys_ot.max(axis=0), step)
        overlap_t, place_t = np.divmod(rank_t, offsets)
        falling = Best(
            p=p_values(scores_wn, self.widths_t[self._order_t], score_t),
            score=score_t,
            offset=offsets - width - place_t,
            overlap=overlap_t,
        )
        return Best(*(_put(values, self._order_t) for values in falling))


def _put(values_t: np.ndarray, places_t: np.ndarray) -> np.ndarray:
    own = np.empty_like(values_t)
    own[places_t] = values_t
    return own


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
    starts = np.concatenate([[0], np.cumsum(lows)]).tolist()
    ends = np.concatenate([[0], np.cumsum(highs)]).tolist()
    first = min(starts[j] - starts[i] for i in range(width) for j in range(i + 1, width + 1))
    last = max(ends[j] - ends[i] for i in range(width) for j in range(i + 1, width + 1))
    grid = last - first + 1
    lengths = sorted({*np.unique(np.minimum(widths_t, width)).tolist(), width})
    # P(such a score at one offset or more): over offsets at which a query hangs over, by overlap, and over
    # those at which a target of `t` columns lies wholly on it.
    hanging = np.zeros((width, grid))
    wholly = {t: np.zeros(grid) for t in lengths}

    for i in range(width):
        pdf = np.ones(1)
        for j in range(i, width):
            pdf = np.convolve(pdf, columns[j])
            length = j - i + 1
            needed = ((i == 0) + (j == width - 1)) if length < width else 0
            if not needed and length not in wholly:
                continue
            begin = starts[j + 1] - starts[i] - first
            tail = np.minimum(np.cumsum(pdf[::-1])[::-1], 1.0)
            if length in wholly:
                _or(wholly[length], tail, begin)
            for _ in range(needed):
                _or(hanging[length], tail, begin)
    place_t = np.clip(best_t - first, 0, grid - 1)
    inside_t = np.minimum(widths_t, width)
    whole_t = np.stack([wholly[t] for t in lengths])[np.searchsorted(lengths, inside_t), place_t]
    with np.errstate(divide="ignore"):
        overhang_wg = np.cumsum(np.log1p(-hanging), axis=0)
        none_t = np.log1p(-whole_t) * np.maximum(widths_t - width + 1, 1) + overhang_wg[inside_t - 1, place_t]
    return -np.expm1(none_t)


def _or(p_g: np.ndarray, tail: np.ndarray, begin: int) -> None:
    """Makes p_g the probability of it or of one more: 1 before `begin`, `tail` from there on, else 0.

    As p + t (1 - p), which is exact where both are small and needs no logarithm.
    """
    p_g[:begin] = 1.0
    part = p_g[begin : begin + len(tail)]
    part += tail * (1 - part)
