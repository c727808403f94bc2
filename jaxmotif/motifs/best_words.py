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
        found_k = np.ones(len(widths_k))
        for kernel, (lowest, tail) in enumerate(self.looked_for.tails):
            own = scores_nk[overlaps_nk[:, kernel], kernel]
            if len(own):
                found_k[kernel] = min(tail[max(int(own.max()) - lowest, 0)], 1.0)
        plus, minus = np.split(found_k, 2)
        return np.where(self.looked_for.both, np.minimum(plus, minus), plus)
