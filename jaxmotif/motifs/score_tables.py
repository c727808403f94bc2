"""Scores of words by tables: a few letters at a time are one number, which looks up what they score.

That takes less time than products with one-hot letters, which counts for a genome; sums are the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs import cores, pwm, scan
from jaxmotif.motifs.backgrounds import Composition
from jaxmotif.motifs.motif import Motif

# Letters of one table: 5 ** 5 rows of all kernels stay in a core's cache.
LETTERS = 5
# Positions at a time, so that their scores stay in the cache, too.
_ROWS = 8192


class ScoreTables:
    """Scores of kernels as sums of table rows.

    Attributes:
      tables: int32 (P, 5 ** LETTERS, K): what P parts of a word add to each kernel's score.
      widths: int64 (K,), of the kernels.
      width: letters of all parts, at least the largest of `widths`.
    """

    def __init__(self, kernels: Sequence[np.ndarray]):
        """Makes the tables of K kernels, integer weights (W, 4) each, of any widths; N adds 0."""
        self.widths = np.array([len(one) for one in kernels])
        parts = -(-int(self.widths.max()) // LETTERS)
        self.width = parts * LETTERS
        weights_w5k = np.zeros((self.width, 5, len(kernels)), np.int64)
        for number, one in enumerate(kernels):
            weights_w5k[: len(one), :4, number] = one
        tables = []
        for part in range(parts):
            table = np.zeros((1, len(kernels)), np.int64)
            for row_5k in weights_w5k[part * LETTERS : (part + 1) * LETTERS]:
                table = (table[:, None] + row_5k[None]).reshape(-1, len(kernels))
            tables.append(table.astype(np.int32))
        self.tables = np.array(tables)

    def above(self, codes: np.ndarray, least_k: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns the words of letters that reach each kernel's least score, sorted by start.

        Args:
          codes: uint8 (n,), 0..4.
          least_k: (K,), least scores.

        Returns:
          start, kernel and score, int64 (hits,) each. Words lie wholly in the letters.
        """
        number, least_k = self._numbers(codes), least_k.astype(np.int32)
        parts = []
        count = max(len(codes) - int(self.widths.min()) + 1, 0)
        # Where a word begins so late that it does not fit, by kernel.
        fits_k = len(codes) - self.widths
        for first in range(0, count, _ROWS):
            rows = min(_ROWS, count - first)
            scores = self._scores(number, first, rows)
            start, kernel = np.nonzero(scores >= least_k)
            score = scores[start, kernel]
            start = start + first
            inside = start <= fits_k[kernel]
            parts.append((start[inside], kernel[inside], score[inside]))
        columns = zip(*parts, strict=True) if parts else ((np.zeros(0, np.int64),),) * 3
        start, kernel, score = (np.concatenate(one).astype(np.int64) for one in columns)
        return start, kernel, score

    def all(self, codes: np.ndarray) -> np.ndarray:
        """Returns the scores of the words at every position, int32 (n, K); beyond the end letters are N."""
        return self._scores(self._numbers(codes), 0, len(codes))

    def _numbers(self, codes: np.ndarray) -> np.ndarray:
        """The number that LETTERS letters from each position on are, and N beyond the end, int32."""
        filled = np.concatenate([codes, np.full(self.width + LETTERS, 4, np.uint8)]).astype(np.int32)
        number = np.zeros(len(filled) - LETTERS + 1, np.int32)
        for letter in range(LETTERS):
            number = number * 5 + filled[letter : letter + len(number)]
        return number

    def _scores(self, number: np.ndarray, first: int, rows: int) -> np.ndarray:
        scores = np.take(self.tables[0], number[first : first + rows], axis=0)
        for part, table in enumerate(self.tables[1:], 1):
            at = first + part * LETTERS
            scores += np.take(table, number[at : at + rows], axis=0)
        return scores


class LookedFor(NamedTuple):
    """Motifs with what they are looked for by. Kernel k is motif k on "+", and M + k the same on "-".

    Attributes:
      motifs: the M motifs without flat flanks.
      p: float64 (M,), p-value up to which a word is a site of each.
      both: bool (M,), whether each is looked for on both strands.
      tables: scores of all 2 M kernels.
      tails: (lowest, tail) of every kernel's score, see `pwm.survival`.
      notes: what a user should know, e.g. of motifs too short for p.
    """

    motifs: list[Motif]
    p: np.ndarray
    both: np.ndarray
    tables: ScoreTables
    tails: list[tuple[int, np.ndarray]]
    notes: tuple[str, ...]


def looked_for(motifs: Sequence[Motif], p: float, composition: Composition, both: bool) -> LookedFor:
    """Returns what motifs are looked for by, each at the p that it can reach (`cores.searched`).

    Args:
      motifs: to look for.
      p: largest p-value of a site, one strand.
      composition: of the letters that are looked at.
      both: whether they have two strands; motifs of RNA are looked for on "+" only.

    Raises:
      ValueError: for no motif, or p outside (0, 1].
    """
    if not motifs:
        raise ValueError("scanning needs at least one motif, not 0")
    # What is scanned is told by its composition; only whether it has two strands is asked of letters.
    wanted = cores.searched(motifs, p, ["A" if both else "U"], composition)
    steps = [pwm.integer_weights(pwm.log_odds(m.ppm, m.nsites, composition.weights)) for m in wanted.motifs]
    return LookedFor(
        wanted.motifs,
        wanted.p,
        np.array([both and motif.has_complement for motif in motifs]),
        ScoreTables([*steps, *(one[::-1, ::-1] for one in steps)]),
        scan.tails(steps, composition),
        cores.lowered(motifs, wanted.best, p),
    )
