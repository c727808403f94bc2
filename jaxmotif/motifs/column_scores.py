"""Whole-number scores of a motif's columns on all columns of a database.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007): a score is the negative Euclidean distance less its median
over the database, so that a column that lies on none scores 0. Distances become whole numbers as in memelite
(Schreiber 2025), but for the median, which memelite takes from a histogram of 1,000 bins: that moves p by a
tenth and more.

Time goes into passes over all distances, so they are squared as long as only their order matters; and into
wrong guesses of the processor at comparisons of random numbers, so medians are not sorted for but counted.
"""

import numpy as np

from jaxmotif.motifs.chance import SMALL_PRODUCT

SCORE_BINS = 100
# Every so many values of a row tell where about its median lies; in shorter rows it is simply looked for.
_STRIDE = 16
_SHORT = 4096
_BUCKETS = 256


class Columns:
    """The columns (n, 4) of a database, laid out once for many queries."""

    def __init__(self, columns_n4: np.ndarray):
        squares_n = np.square(columns_n4).sum(1)
        self._factors_6n = np.stack([*-2 * columns_n4.T, squares_n, np.ones(len(columns_n4))])

    def __len__(self) -> int:
        return self._factors_6n.shape[1]

    def scores(self, query_w4: np.ndarray, squares_wn: np.ndarray, out_wn: np.ndarray) -> None:
        """Writes the scores of a query's columns on all columns.

        Args:
          query_w4: the query.
          squares_wn: float64 (W, n), overwritten.
          out_wn: int16 (W, n), the scores; none lies beyond 101 or -101.
        """
        self._distances(query_w4, squares_wn)
        nearest_w = squares_wn.min(1)
        if nearest_w.min() < 0:  # 0 as it is rounded
            np.maximum(squares_wn, 0, out=squares_wn)
        medians_w = np.sqrt(_medians(squares_wn))
        lowest = int(np.floor((medians_w - np.sqrt(squares_wn.max(1))).min()))
        highest = (medians_w - np.sqrt(np.maximum(nearest_w, 0))).max()
        scale = int(np.floor(SCORE_BINS / max(highest - lowest, 1.0)))
        # Row by row and in place: a row stays in the cache, the whole does not.
        for squares_n, median, scores_n in zip(squares_wn, medians_w, out_wn, strict=True):
            squares_n *= scale**2
            np.sqrt(squares_n, out=squares_n)
            np.subtract((median - lowest) * scale + 0.5, squares_n, out=squares_n)
            np.copyto(scores_n, squares_n, casting="unsafe")  # of numbers above 0: their floor
            scores_n += lowest * scale

    def _distances(self, query_w4: np.ndarray, out_wn: np.ndarray) -> None:
        """Writes squared Euclidean distances (W, n); what should be 0 may lie 1e-16 below it."""
        width, n = out_wn.shape
        factors_w6 = np.column_stack([query_w4, np.ones(width), np.square(query_w4).sum(1)])
        step = max(SMALL_PRODUCT // factors_w6.size, 1)
        for begin in range(0, n, step):
            own = slice(begin, begin + step)
            np.matmul(factors_w6, self._factors_6n[:, own], out=out_wn[:, own])


def _medians(squares_wn: np.ndarray) -> np.ndarray:
    """The value in the middle of each row, (W,): of two the larger, the lower one of MEME's similarities."""
    n = squares_wn.shape[1]
    rank = n - 1 - max(n // 2 - 1, 0)
    if n < _SHORT:
        return np.partition(squares_wn, rank, axis=1)[:, rank]
    guesses_w, gaps_w = _guesses(squares_wn[:, ::_STRIDE], rank / n)
    rows = zip(squares_wn, guesses_w, gaps_w / _STRIDE, strict=True)
    return np.array([_ranked(squares_n, rank, guess, gap) for squares_n, guess, gap in rows])


def _guesses(few_wm: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """About where such a share of each row lies below, (W,), and how far neighbours are apart there, (W,)."""
    width, m = few_wm.shape
    per_w = _BUCKETS / np.maximum(few_wm.max(1), 1e-9)
    firsts_w = np.arange(width) * (_BUCKETS + 1)
    buckets_wm = (few_wm * per_w[:, None]).astype(np.intp) + firsts_w[:, None]
    reached = np.bincount(buckets_wm.ravel(), minlength=width * (_BUCKETS + 1)).cumsum()
    margin = 1.25 * np.sqrt(m)  # 2.5 standard errors
    middles_w = np.arange(width) * m + share * m
    low_w, high_w = np.searchsorted(reached, [middles_w - margin, middles_w + margin]) - firsts_w
    return (low_w + high_w + 1) / 2 / per_w, (high_w + 1 - low_w) / per_w / (2 * margin)


def _ranked(values_n: np.ndarray, rank: int, guess: float, gap: float) -> float:
    """The value with so many before it in order, near a guess where neighbours lie about `gap` apart."""
    missed = rank - int(np.count_nonzero(values_n < guess))
    centre, reach = guess + missed * gap, (abs(missed) / 2 + 80) * gap
    below_n = values_n < centre - reach
    inside = values_n[(below_n != (values_n <= centre + reach)).nonzero()]
    own = rank - int(np.count_nonzero(below_n))
    if not 0 <= own < len(inside):
        return np.partition(values_n, rank)[rank]
    return np.partition(inside, own)[own]
