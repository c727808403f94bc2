"""Whether motifs tell positives from negatives on sequences that nothing has been learned from.

A motif's threshold is chosen on the sequences that it was learned from; how many held-out positives and
negatives have a word above it is tested exactly (Fisher 1922, one-sided), as STREME does (Bailey 2021).
"""

from typing import NamedTuple

import numpy as np


class Test(NamedTuple):
    """How often a motif lies in positives and in negatives.

    Attributes:
      positives, negatives: sequences with it.
      of_positives, of_negatives: of so many.
      p: probability that so many of those with the motif, or more, are positives, if class and motif are
        independent.
    """

    positives: int
    negatives: int
    of_positives: int
    of_negatives: int
    p: float


def tested(scores: np.ndarray, positive: np.ndarray, threshold: float) -> Test:
    """Returns the test of sequences whose best word scores at least `threshold`.

    Args:
      scores: (N,), see `words.best_scores`.
      positive: bool (N,), classes.
      threshold: chosen on other sequences; else p is too small.
    """
    above = scores >= threshold
    counts = int(above[positive].sum()), int(above[~positive].sum())
    totals = int(positive.sum()), int((~positive).sum())
    return Test(*counts, *totals, fisher(*counts, *totals))


def tested_on_values(scores: np.ndarray, values: np.ndarray, positive: np.ndarray, threshold: float) -> Test:
    """Returns the test of whether sequences whose best word scores at least `threshold` have higher values.

    Mann and Whitney's, one-sided, ties by mid-ranks. Of fewer than eight on a side without ties it is exact.

    Args:
      scores: (N,), see `words.best_scores`.
      values: (N,), of each sequence.
      positive: bool (N,), which values count as high: for the counts only.
      threshold: chosen on other sequences; else p is too small.
    """
    import scipy.stats  # here, since few runs have values

    above = scores >= threshold
    counts = int(above[positive].sum()), int(above[~positive].sum())
    totals = int(positive.sum()), int((~positive).sum())
    p = 1.0
    if above.any() and not above.all():
        p = float(scipy.stats.mannwhitneyu(values[above], values[~above], alternative="greater").pvalue)
    return Test(*counts, *totals, p if np.isfinite(p) else 1.0)


def best_threshold(scores: np.ndarray, positive: np.ndarray) -> float:
    """Returns the score from which on positives are most over-represented, by likelihood; inf if never.

    Only scores above 0 are tried: below, a sequence without any letter would count.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hit = scores[order], positive[order]
    with_motif = np.cumsum(hit).astype(float)
    without = np.arange(1, len(hit) + 1) - with_motif
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True) & (ranked > 0))
    if not len(ends):
        return np.inf
    n, m = float(positive.sum()), float((~positive).sum())
    a, b = with_motif[ends], without[ends]
    gain = likelihood_gain(a, b, n, m)
    best = int(np.argmax(gain))
    return float(ranked[ends[best]]) if gain[best] > 0 else np.inf


def likelihood_gain(a: np.ndarray, b: np.ndarray, n: float, m: float) -> np.ndarray:
    """Returns the log-likelihood of two shares, a of n and b of m, less that of a common one, nats.

    0 where the first share is not the larger one.
    """
    term = lambda k, of: np.where(k > 0, k * np.log(np.maximum(k, 1) / of), 0)
    two = term(a, n) + term(n - a, n) + term(b, m) + term(m - b, m)
    gain = two - term(a + b, n + m) - term(n + m - a - b, n + m)
    return np.where(a / n > b / m, np.maximum(gain, 0), 0)


def fisher(positives: int, negatives: int, of_positives: int, of_negatives: int) -> float:
    """Returns Fisher's one-sided p: so many `positives` or more, given how many have the motif in all."""
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, of_positives + of_negatives + 1)))])
    choose = lambda n, k: log_factorial[n] - log_factorial[k] - log_factorial[n - k]
    both = positives + negatives
    k = np.arange(positives, min(both, of_positives) + 1)
    k = k[both - k <= of_negatives]
    terms = (
        choose(of_positives, k) + choose(of_negatives, both - k) - choose(of_positives + of_negatives, both)
    )
    return min(1.0, float(np.exp(terms).sum()))
