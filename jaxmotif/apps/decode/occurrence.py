"""How often the words of a dictionary lie in real sequences, and in sequences that are not of the class."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxmotif import shuffling
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.scan import scan

# Sequences of either kind that are scanned, at most, and the largest p-value of a site.
MOST, P = 2000, 1e-4


class Occurrence(NamedTuple):
    """Sequences with a site of one motif.

    Attributes:
      positives, of_positives: with one, and in all.
      negatives, of_negatives: the same of sequences that are not of the class.
      shuffled: whether these are shuffles of the positives (pairs of letters stay).
    """

    positives: int
    of_positives: int
    negatives: int
    of_negatives: int
    shuffled: bool

    @property
    def shares(self) -> tuple[float, float]:
        """Of positives and of negatives."""
        return self.positives / self.of_positives, self.negatives / self.of_negatives

    def row(self) -> dict:
        """Returns it for a table."""
        other = "of shuffled" if self.shuffled else "of negatives"
        return {"of positives": round(self.shares[0], 4), other: round(self.shares[1], 4)}


def count(motifs: Sequence[Motif], data: Dataset, seed: int = 0) -> list[Occurrence]:
    """Returns in how many sequences each motif has a site: p below 1e-4 for a word of random letters.

    Positives and negatives are those of the labels where there are both, else all sequences and their
    shuffles. Of more than 2,000 so many are drawn.

    Args:
      motifs: words of a dictionary.
      data: sequences; motifs that are wider have no sites.
      seed: of the shuffles, and of what is drawn.
    """
    labels = None if data.labels is None else data.labels[:, 0]
    positive = np.ones(len(data), bool) if labels is None else labels > 0
    negative = np.zeros(len(data), bool) if labels is None else labels <= 0
    shuffled = not (positive.any() and negative.any())
    own = _some(data.sequences if shuffled else data.sequences[positive], seed)
    if shuffled:
        others = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(seed), own))
    else:
        others = _some(data.sequences[negative], seed)
    found = [_with_site(motifs, codes) for codes in (own, others)]
    return [Occurrence(int(a), len(own), int(b), len(others), shuffled) for a, b in zip(*found, strict=True)]


def _some(codes_nl: np.ndarray, seed: int) -> np.ndarray:
    if len(codes_nl) <= MOST:
        return codes_nl
    return codes_nl[np.random.default_rng(seed).choice(len(codes_nl), MOST, replace=False)]


def _with_site(motifs: Sequence[Motif], codes_nl: np.ndarray) -> np.ndarray:
    """Sequences with a site of each motif, (K,)."""
    fitting = [i for i, motif in enumerate(motifs) if motif.width <= codes_nl.shape[1]]
    counts = np.zeros(len(motifs), np.int64)
    if fitting:
        sites = scan(codes_nl, [motifs[i] for i in fitting], P, background="uniform")
        pairs = np.unique(np.stack([sites.motif, sites.sequence]), axis=1)
        counts[fitting] = np.bincount(pairs[0].astype(int), minlength=len(fitting))
    return counts
