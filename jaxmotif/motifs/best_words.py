"""The best word of each motif that overlaps a place, for what a change of letters does to motifs."""

from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs import backgrounds
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.score_tables import looked_for


class BestWords:
    """Motifs, ready to be looked for.

    Attributes:
      looked_for: the motifs with what they are looked for by.
    """

    def __init__(self, motifs: Sequence[Motif], p: float, background: backgrounds.Background = "uniform"):
        """Makes it.

        Args:
          motifs: to look for, on both strands; those of RNA on "+" only.
          p: largest p-value of a site, one strand; see `cores.searched` for short motifs.
          background: what random words are made of; "sequences" is not known here.

        Raises:
          ValueError: for no motif, or p outside (0, 1].
        """
        composition = backgrounds.of(background, np.zeros((0, 0), np.uint8), True)
        self.looked_for = looked_for(motifs, p, composition, True)
        self._tables = self.looked_for.tables
        tails = [tail for _, tail in self.looked_for.tails]
        # All distributions behind each other: of each kernel where it begins, and its lowest score.
        self._tail = np.minimum(np.concatenate(tails), 1.0)
        self._first_k = np.cumsum([0, *(len(tail) for tail in tails[:-1])])
        self._lowest_k = np.array([lowest for lowest, _ in self.looked_for.tails])

    @property
    def flank(self) -> int:
        """Letters on either side of a place that words which overlap it reach."""
        return int(self._tables.widths.max()) - 1

    def p_values(self, codes: np.ndarray, start: int, end: int) -> np.ndarray:
        """Returns the p of each motif's best word that overlaps [start, end) of letters, float64 (M,).

        Where end is start, words have letters on both sides of it. 1 where there is no word.

        Args:
          codes: uint8 (n,).
          start, end: in `codes`.
        """
        scores_nk, widths_k = self._tables.all(codes), self._tables.widths
        at_n1 = np.arange(len(codes))[:, None]
        overlaps_nk = (at_n1 < end) & (at_n1 + widths_k > start) & (at_n1 + widths_k <= len(codes))
        best_k = np.where(overlaps_nk, scores_nk, self._lowest_k).max(axis=0, initial=np.iinfo(np.int32).min)
        place_k = self._first_k + np.maximum(best_k - self._lowest_k, 0)
        found_k = np.where(overlaps_nk.any(axis=0), self._tail[place_k], 1.0)
        plus, minus = np.split(found_k, 2)
        return np.where(self.looked_for.both, np.minimum(plus, minus), plus)
