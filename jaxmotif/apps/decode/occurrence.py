"""How often the words of a dictionary lie in real sequences, and in sequences that are not of the class."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxmotif import shuffling
from jaxmotif.data.dataset import Dataset
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import cores
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
      p: Fisher's exact test of both shares, two-sided.
      q: false discovery rate over the motifs that were counted together.
      of_table: whether these are of a table of targets, in which nothing is positive or negative.
      site_p: p-value of a site where even the motif's best word is likelier than was asked for; else None.
    """

    positives: int
    of_positives: int
    negatives: int
    of_negatives: int
    shuffled: bool
    p: float = 1.0
    q: float = 1.0
    site_p: float | None = None
    of_table: bool = False

    @property
    def shares(self) -> tuple[float, float]:
        """Of positives and of negatives."""
        return self.positives / self.of_positives, self.negatives / self.of_negatives

    def row(self) -> dict:
        """Returns it for a table."""
        other = "of shuffled" if self.shuffled else "of negatives"
        told = {"p of shares": float(f"{self.p:.2g}"), "q of shares": float(f"{self.q:.2g}")}
        return {"of positives": round(self.shares[0], 4), other: round(self.shares[1], 4), **told}


def count(motifs: Sequence[Motif], data: Dataset, seed: int = 0) -> list[Occurrence]:
    """Returns in how many sequences each motif has a site: p below 1e-4 for a word of random letters.

    Motifs are looked for without flat flanks, and one whose best word is likelier than that by its best
    words (`cores.searched`). Positives and negatives are those of the labels where there are both, else all
    sequences and their shuffles. Of more than 2,000 so many are drawn.

    Args:
      motifs: words of a dictionary.
      data: sequences; motifs that are wider have no sites.
      seed: of the shuffles, and of what is drawn.
    """
    import scipy.stats

    labels = None if data.labels is None else data.labels[:, 0]
    positive = np.ones(len(data), bool) if labels is None else labels > 0
    negative = np.zeros(len(data), bool) if labels is None else labels <= 0
    shuffled = not (positive.any() and negative.any())
    own = _some(data.sequences if shuffled else data.sequences[positive], seed)
    if shuffled:
        others = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(seed), own))
    else:
        others = _some(data.sequences[negative], seed)
    wanted = cores.searched(motifs, P, own, "uniform")
    found = np.stack([_with_site(wanted, codes) for codes in (own, others)], axis=1).tolist()
    p = [float(scipy.stats.fisher_exact([[a, len(own) - a], [b, len(others) - b]]).pvalue) for a, b in found]
    q = multiple.benjamini_hochberg(p)
    return [
        Occurrence(
            a,
            len(own),
            b,
            len(others),
            shuffled,
            p[i],
            float(q[i]),
            float(wanted.p[i]) if wanted.p[i] > P else None,
        )
        for i, (a, b) in enumerate(found)
    ]


def _some(codes_nl: np.ndarray, seed: int) -> np.ndarray:
    if len(codes_nl) <= MOST:
        return codes_nl
    return codes_nl[np.random.default_rng(seed).choice(len(codes_nl), MOST, replace=False)]


def _with_site(wanted: cores.Searched, codes_nl: np.ndarray) -> np.ndarray:
    """Sequences with a site of each motif, (K,)."""
    fitting = [i for i, motif in enumerate(wanted.motifs) if motif.width <= codes_nl.shape[1]]
    counts = np.zeros(len(wanted.motifs), np.int64)
    if fitting:
        sites = scan(codes_nl, [wanted.motifs[i] for i in fitting], wanted.p[fitting], background="uniform")
        pairs = np.unique(np.stack([sites.motif, sites.sequence]), axis=1)
        counts[fitting] = np.bincount(pairs[0].astype(int), minlength=len(fitting))
    return counts
