"""The best alignment of one motif with each of many, by plain numpy: nothing has to be compiled.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007), "Quantifying similarity between motifs". Scores of columns
(`column_scores`) are whole numbers, so that the distribution of their sums (`chance`) is exact.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.chance import p_values
from jaxmotif.motifs.column_scores import Columns

# Sums of the scores of at most so many columns are 16-bit numbers.
MAX_WIDTH = 300


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


class Targets:
    """The columns of all targets, laid out once for many queries.

    Targets stand in order of falling width, and columns in order of their position: those at position j of
    all targets that have one are neighbours, and belong to the first targets. So all targets are shifted
    along a query with one addition for each position, and nothing is filled up.
    """

    def __init__(self, matrices: Sequence[np.ndarray]):
        self.widths_t = np.array([len(matrix) for matrix in matrices])
        self._order_t = np.argsort(-self.widths_t, kind="stable")
        falling_t = self.widths_t[self._order_t]
        # How many targets reach each position, and where its columns begin and end.
        reach_j = np.searchsorted(-falling_t, -np.arange(1, falling_t[0] + 1), side="right")
        ends_j = np.cumsum(reach_j)
        self._spans_j = list(zip((ends_j - reach_j).tolist(), ends_j.tolist(), strict=True))
        firsts_t = np.cumsum(self.widths_t) - self.widths_t
        places_n = np.concatenate([firsts_t[self._order_t[:reach]] + j for j, reach in enumerate(reach_j)])
        self._columns = Columns(np.concatenate(matrices)[places_n])
        self._empty: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _without_scores(self, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Sums where no column scores, least where nothing overlaps, and what orders equal sums, both (O, T).

        The offsets O go from 1 - W on. Larger overlaps are better, then smaller offsets.
        """
        if width not in self._empty:
            falling_t = self.widths_t[self._order_t]
            offsets_o = np.arange(1 - width, int(falling_t[0]))[:, None]
            overlap_ot = np.minimum(offsets_o + width, falling_t) - np.maximum(offsets_o, 0)
            overlap_ot = np.clip(overlap_ot, 0, width)
            ranks_ot = overlap_ot * len(offsets_o) + np.arange(len(offsets_o))[::-1, None]
            sums_ot = np.where(overlap_ot > 0, 0, np.iinfo(np.int16).min).astype(np.int16)
            self._empty[width] = sums_ot, ranks_ot.astype(np.min_scalar_type(ranks_ot.max()))
        return self._empty[width]

    def best(self, query_w4: np.ndarray) -> Best:
        """Returns the best alignment of a query with every target."""
        return self.bests([query_w4])[0]

    def bests(self, queries: Sequence[np.ndarray]) -> list[Best]:
        """Returns `best` of each query, none of them wider than `MAX_WIDTH`.

        One after the other in the same memory: fresh pages from the system would take longer than computing.
        """
        widest = max(map(len, queries))
        squares_wn = np.empty((widest, len(self._columns)))
        scores_wn = np.empty(squares_wn.shape, dtype=np.int16)
        sums_ot = np.empty((widest + len(self._spans_j) - 1, len(self.widths_t)), dtype=np.int16)
        found = []
        for query_w4 in queries:
            own_wn = scores_wn[: len(query_w4)]
            self._columns.scores(query_w4, squares_wn[: len(query_w4)], own_wn)
            found.append(self._best(own_wn, sums_ot))
        return found

    def _best(self, scores_wn: np.ndarray, sums_ot: np.ndarray) -> Best:
        """The best alignment by the scores of columns; `sums_ot` is overwritten."""
        width = len(scores_wn)
        empty_ot, ranks_ot = self._without_scores(width)
        offsets = len(ranks_ot)
        sums_ot = sums_ot[:offsets]
        np.copyto(sums_ot, empty_ot)
        turned_wn = scores_wn[::-1]
        for j, (begin, end) in enumerate(self._spans_j):  # position j lies under column c at offset j - c
            own_wt = sums_ot[j : j + width, : end - begin]
            np.add(own_wt, turned_wn[:, begin:end], out=own_wt)
        score_t = sums_ot.max(axis=0)
        rank_t = (ranks_ot * (sums_ot == score_t)).max(axis=0)
        overlap_t, place_t = np.divmod(rank_t.astype(int), offsets)
        falling = Best(
            p=p_values(scores_wn, self.widths_t[self._order_t], score_t.astype(int)),
            score=score_t,
            offset=offsets - width - place_t,
            overlap=overlap_t,
        )
        return Best(*(_put(values, self._order_t) for values in falling))


def _put(values_t: np.ndarray, places_t: np.ndarray) -> np.ndarray:
    own = np.empty_like(values_t)
    own[places_t] = values_t
    return own
