"""Distances between two motifs in a neuron's sample, counted in its sequences.

A leaf shows one place of each motif; its sequences may hold many distances. Here the best pair of sites of
every sequence counts, and a distance is there where more sequences have it than sites in random letters give.
"""

from typing import NamedTuple

import numpy as np
import scipy.stats

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.scan import scan

# Share of positions of random letters that count as a site.
SITE_P = 3e-4


class Distances(NamedTuple):
    """What a sample holds of two motifs, in this order, by distance from start to start.

    Attributes:
      counts: sequences whose best pair is so far apart, (R,).
      q: of each distance, false discovery rate against sites in random letters, (R,).
      pairs: sequences with a pair.
    """

    counts: np.ndarray
    q: np.ndarray
    pairs: int

    def found(self, q_max: float = 0.01) -> list[int]:
        """Returns distances that more sequences have than chance gives, ascending."""
        return np.flatnonzero(self.q <= q_max).tolist()


def distances(codes_nr: np.ndarray, left: Motif, right: Motif, p: float = SITE_P) -> Distances:
    """Returns the distances of two motifs that do not overlap, the left one first.

    By chance, a sequence with a site has another one at a given distance with probability `p` at most: what
    is tested is Poisson's tail, then Benjamini and Hochberg over all distances. Sequences count as
    independent, which relatives among them are not.

    Args:
      codes_nr: the sample, 0..3, (N, R).
      left, right: as they lie on the sequence; only that strand is looked at.
      p: share of positions of random letters that count as a site.
    """
    count, width = codes_nr.shape
    # One p each: a motif too short for it has no sites, and that is no news.
    sites = scan(codes_nr, [left, right], [p, p], background="uniform", best_strand=False)
    score = np.full((2, count, width), -np.inf)
    here = sites.take(sites.strand == "+")
    score[here.motif, here.sequence, here.start] = here.score
    best, apart = np.full(count, -np.inf), np.zeros(count, np.int64)
    possible = range(left.width, width - right.width + 1)
    for distance in possible:
        total = (score[0, :, : width - distance] + score[1, :, distance:]).max(axis=1)
        apart = np.where(total > best, distance, apart)
        best = np.maximum(best, total)
    counts = np.bincount(apart[np.isfinite(best)], minlength=width)
    expected = p * np.isfinite(score).any(axis=2).sum()
    q = np.ones(width)
    if len(possible) and expected > 0:
        tail = scipy.stats.poisson.sf(counts[possible.start : possible.stop] - 1, expected)
        q[possible.start : possible.stop] = scipy.stats.false_discovery_control(tail)
    return Distances(counts, q, int(counts.sum()))
