"""The distinct motifs among many candidates: each has to say what those before it have not said.

The sites of a motif that was taken are hidden in all sequences, and the others are judged by what is left, as
STREME does (Bailey 2021). Variants and parts of a motif have nothing left to say; a co-factor has.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import backgrounds, enrichment, overrepresented, pwm, refine, words
from jaxmotif.motifs.motif import Motif

# p on training and validation sequences together up to which a motif is taken, and p of the words that are
# then hidden.
TAKEN_P, HIDDEN_P = 0.01, 1e-4
# Among so many words, in effect, candidates are the best of the training sequences; with so many times their
# p these sequences speak for them, at most as much as this p: a matrix can be fitted closer than a word.
SEARCHED, LEAST_TRAIN_P = 1e5, 0.03
# A motif is drawn anew from its sites so often.
DRAWN = 2


class Part(NamedTuple):
    """Labelled sequences.

    Attributes:
      codes: uint8 (N, L).
      positive: bool (N,).
      values: float64 (N,), by which a motif is tested: whether sequences that have it have higher ones. None
        tests by `positive` (Fisher).
    """

    codes: np.ndarray
    positive: np.ndarray
    values: np.ndarray | None = None


class Taken(NamedTuple):
    """A motif that says something of its own.

    Attributes:
      index: of the candidate that it comes from.
      motif: as its sites draw it.
      threshold: log-odds from which a sequence counts, bits.
      valid, test: in sequences in which the motifs before it are hidden.
      reading: who found the candidate, where there were several; "" otherwise.
    """

    index: int
    motif: Motif
    threshold: float
    valid: enrichment.Test
    test: enrichment.Test
    reading: str = ""


class Search:
    """Sequences in which the motifs that were taken are hidden, for candidates of one round after the other.

    Attributes:
      train: on which thresholds are chosen and motifs drawn.
      valid: on which motifs are chosen.
      test: asked once for each motif that is taken: its p is honest, however many candidates there were.
      background: of log-odds, the letters of `train`.
      alphabet: "ACGT", or "ACGU" for one strand.
    """

    def __init__(self, train: Part, valid: Part, test: Part, both_strands: bool = True):
        """Takes parts of which no sequence is in, or like one of, another part."""
        self.train, self.valid, self.test = train, valid, test
        self.alphabet = "ACGT" if both_strands else "ACGU"
        self.background = backgrounds.of("sequences", train.codes, both_strands).weights

    def take(self, candidates: Sequence[Motif], most_p: float = TAKEN_P) -> list[Taken]:
        """Returns the candidates that say something of their own, the most significant first.

        Args:
          candidates: found without the validation and test sequences.
          most_p: p on training and validation sequences together up to which one is taken.
        """
        taken, left = [], np.arange(len(candidates))
        while len(left):
            thresholds, gain, p = self._judged([candidates[int(i)] for i in left])
            first = int(np.argmax(np.where(p <= most_p, gain, -np.inf)))
            if p[first] > most_p:
                break
            motif, threshold = self._drawn(candidates[int(left[first])], thresholds[first])
            valid, test = (self._tested(part, motif, threshold) for part in (self.valid, self.test))
            taken.append(Taken(int(left[first]), motif, threshold, valid, test))
            self._hide(motif, threshold)
            # What does not stand out now will not do so when there is less to stand out by.
            left = left[(p <= most_p) & (np.arange(len(left)) != first)]
        return taken

    def words(self, among: np.ndarray | None = None) -> list[Motif]:
        """Returns words that are over-represented in what is left of `train`, also as their sites draw them.

        Args:
          among: bool (N, L), letters of which words are counted; None: all.
        """
        codes = self.train.codes
        if among is not None:
            codes = np.where(among, codes, np.uint8(dna.N))
        found = overrepresented.motifs(codes, self.train.positive, alphabet=self.alphabet)
        latest, positives = found, self.train.codes[self.train.positive]
        for _ in range(DRAWN if found else 0):
            thresholds = self._thresholds(latest)[0]
            latest = [
                refine.refined(motif, positives, least, background=self.background)
                for motif, least in zip(latest, thresholds, strict=True)
            ]
            found = found + latest
        return found

    def score(self, motifs: Sequence[Motif]) -> list[Taken]:
        """Returns what each motif of a list says, in the given order, where those before it are hidden.

        The same test for every list, whoever made it: thresholds are chosen on `train`, p is that of `test`.
        None is left out or drawn anew; one that is never more frequent in the positives has a threshold of
        inf and p = 1.

        Args:
          motifs: found without the test sequences.
        """
        scored = []
        for index, motif in enumerate(motifs):
            threshold = float(self._thresholds([motif])[0][0])
            valid, test = (self._tested(part, motif, threshold) for part in (self.valid, self.test))
            scored.append(Taken(index, motif, threshold, valid, test))
            self._hide(motif, threshold)
        return scored

    def covered(self, codes_nl: np.ndarray, motif: Motif, threshold: float) -> np.ndarray:
        """Returns the letters under a word at `HIDDEN_P`, or from the threshold on if lower, bool (N, L)."""
        steps = pwm.integer_weights(pwm.log_odds(motif.ppm, motif.nsites, self.background))
        rare = pwm.threshold(steps, HIDDEN_P, self.background) / pwm.STEPS_PER_BIT
        least = max(min(rare, threshold), 0.0)
        return words.covered(codes_nl, motif, least, background=self.background)

    def _thresholds(self, motifs: Sequence[Motif]) -> tuple[np.ndarray, np.ndarray]:
        """Threshold of each motif, and the scores (N, M) on the training sequences by which it is chosen."""
        scores_nm = words.best_scores(self.train.codes, motifs, background=self.background)
        chosen = [enrichment.best_threshold(own, self.train.positive) for own in scores_nm.T]
        return np.array(chosen), scores_nm

    def _judged(self, motifs: Sequence[Motif]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Threshold of each motif, and what training and validation sequences say of it together.

        That is how much likelier they are with it, nats, and the p-value of both: the product of two p-values
        c is as small with probability c (1 - ln c) by chance (Fisher 1932).
        """
        thresholds, scores_nm = self._thresholds(motifs)
        gain, product = np.zeros(len(motifs)), np.ones(len(motifs))
        for part, searched, least_p in ((self.train, SEARCHED, LEAST_TRAIN_P), (self.valid, 1, 0)):
            if part is not self.train:
                scores_nm = words.best_scores(part.codes, motifs, background=self.background)
            tests = [
                enrichment.tested(own, part.positive, least)
                for own, least in zip(scores_nm.T, thresholds, strict=True)
            ]
            counts = np.array([one[:4] for one in tests], float).T
            gain += enrichment.likelihood_gain(*counts)
            product *= np.clip(searched * np.array([one.p for one in tests]), least_p, 1)
        return thresholds, gain, product * (1 - np.log(np.maximum(product, 1e-300)))

    def _drawn(self, motif: Motif, threshold: float) -> tuple[Motif, float]:
        """The motif as it is or as its sites draw it, whichever says most, and its threshold."""
        tried, positives = [motif], self.train.codes[self.train.positive]
        for _ in range(DRAWN):
            tried.append(refine.refined(tried[-1], positives, threshold, background=self.background))
            threshold = self._thresholds(tried[-1:])[0][0]
        thresholds, gain, _ = self._judged(tried)
        best = len(gain) - 1 - int(np.argmax(gain[::-1]))  # the last of equals
        return tried[best], float(thresholds[best])

    def _tested(self, part: Part, motif: Motif, threshold: float) -> enrichment.Test:
        scores_n = words.best_scores(part.codes, [motif], background=self.background)[:, 0]
        if part.values is not None:
            return enrichment.tested_on_values(scores_n, part.values, part.positive, threshold)
        return enrichment.tested(scores_n, part.positive, threshold)

    def _hide(self, motif: Motif, threshold: float) -> None:
        def hidden(part: Part) -> Part:
            letters = np.where(self.covered(part.codes, motif, threshold), np.uint8(dna.N), part.codes)
            return part._replace(codes=letters)

        self.train, self.valid, self.test = map(hidden, (self.train, self.valid, self.test))
