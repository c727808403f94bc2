"""The distinct motifs among many candidates: each has to say what those before it have not said.

The sites of a motif that was taken are masked in all sequences, and the others are judged by what is left, as
STREME does (Bailey 2021). Variants and parts of a motif have nothing left to say; a co-factor has.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import backgrounds, enrichment, pwm, refine, words
from jaxmotif.motifs.motif import Motif

# p on the validation sequences up to which a motif is tried, and p of the words that are masked.
ENTER, MASKED_P = 1e-3, 5e-4


class Part(NamedTuple):
    """Labelled sequences.

    Attributes:
      codes: uint8 (N, L).
      positive: bool (N,).
    """

    codes: np.ndarray
    positive: np.ndarray


class Taken(NamedTuple):
    """A motif that was taken.

    Attributes:
      index: of the candidate it comes from.
      motif: as its sites draw it.
      threshold: log-odds from which a sequence counts, bits.
      valid, test: of sequences in which the motifs before it are masked; test is None without held-out
        sequences.
    """

    index: int
    motif: Motif
    threshold: float
    valid: enrichment.Test
    test: enrichment.Test | None


def select(candidates: Sequence[Motif], train: Part, valid: Part, test: Part | None = None) -> list[Taken]:
    """Returns the candidates that say something of their own, the most significant on `valid` first.

    Thresholds are chosen on `train`, motifs on `valid`; `test` is asked once for each motif that is taken:
    its p-values are honest, however many candidates there were.

    Args:
      candidates: found on `train` only.
      train, valid, test: no sequence of one may be in, or like one of, the others.
    """
    background = backgrounds.of("sequences", train.codes, all(m.has_complement for m in candidates)).weights
    state = _Masked(train, valid, test, background)
    left = np.arange(len(candidates))
    thresholds, p = state.judge(candidates)
    taken = []
    while len(left):
        first = int(np.argmin(p))
        if p[first] > ENTER:
            break
        # Whatever does not stand out now will not do so with less left to stand out from.
        keep = np.flatnonzero((p <= ENTER) & (np.arange(len(left)) != first))
        found = state.sharpened(candidates[left[first]], thresholds[first])
        taken.append(Taken(int(left[first]), *found))
        state.mask(found[0], found[1])
        left = left[keep]
        if len(left):
            thresholds, p = state.judge([candidates[i] for i in left])
    return taken


class _Masked:
    """Sequences of which the motifs taken so far are hidden."""

    def __init__(self, train: Part, valid: Part, test: Part | None, background):
        self.train, self.valid, self.test, self.background = train, valid, test, background

    def judge(self, motifs: Sequence[Motif]) -> tuple[np.ndarray, np.ndarray]:
        """Returns threshold and p on the validation sequences of each motif."""
        scores = words.best_scores(self.train.codes, motifs, background=self.background)
        thresholds = np.array([enrichment.best_threshold(own, self.train.positive) for own in scores.T])
        scores = words.best_scores(self.valid.codes, motifs, background=self.background)
        tests = [
            enrichment.tested(own, self.valid.positive, least)
            for own, least in zip(scores.T, thresholds, strict=True)
        ]
        return thresholds, np.array([one.p for one in tests])

    def sharpened(
        self, motif: Motif, threshold: float
    ) -> tuple[Motif, float, enrichment.Test, enrichment.Test | None]:
        """Returns the motif, drawn anew where that is better, its threshold and tests."""
        tried = [motif]
        positives = self.train.codes[self.train.positive]
        for _ in range(2):
            tried.append(refine.refined(tried[-1], positives, threshold, background=self.background))
            (threshold,), _ = self.judge(tried[-1:])
        thresholds, p = self.judge(tried)
        best = len(p) - 1 - int(np.argmin(p[::-1]))  # the last of equals
        valid, test = (
            part
            and enrichment.tested(
                words.best_scores(part.codes, [tried[best]], background=self.background)[:, 0],
                part.positive,
                thresholds[best],
            )
            for part in (self.valid, self.test)
        )
        return tried[best], float(thresholds[best]), valid, test

    def mask(self, motif: Motif, threshold: float) -> None:
        """Hides the motif's words at `MASKED_P`, or from its threshold on where that is lower."""
        steps = pwm.integer_weights(pwm.log_odds(motif.ppm, motif.nsites, self.background))
        rare = pwm.threshold(steps, MASKED_P, self.background) / pwm.STEPS_PER_BIT
        hide = lambda part: (
            part
            and part._replace(
                codes=np.where(
                    words.covered(
                        part.codes, motif, max(min(rare, threshold), 0.0), background=self.background
                    ),
                    np.uint8(dna.N),
                    part.codes,
                )
            )
        )
        self.train, self.valid, self.test = map(hide, (self.train, self.valid, self.test))
