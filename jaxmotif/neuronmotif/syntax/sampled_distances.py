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
      counts: sequences whose best pair is so far apart, (R,); of two pairs with equal sums the closer one.
      expected: of each, by chance, (R,).
      q: of each distance, false discovery rate against sites in random letters, (R,).
      pairs: sequences with a pair.
    """

    counts: np.ndarray
    expected: np.ndarray
    q: np.ndarray
    pairs: int

    def found(self, q_max: float = 0.01) -> list[int]:
        """Returns distances that more sequences have than chance gives, ascending."""
        return np.flatnonzero(self.q <= q_max).tolist()


def distances(codes_nr: np.ndarray, left: Motif, right: Motif, p: float = SITE_P) -> Distances:
    """Returns the distances of two motifs that do not overlap, the left one first.

    By chance a site has another one at a given distance with probability `p` at most. In a sequence that has
    a pair elsewhere, that one would have to be better than the site that is there: its probability is that
    site's p-value. What is tested is Poisson's tail, then Benjamini and Hochberg over all distances.
    Sequences count as independent, which relatives among them are not.

    Args:
      codes_nr: the sample, 0..3, (N, R).
      left, right: as they lie on the sequence; only that strand is looked at.
      p: share of positions of random letters that count as a site.
    """
    count, width = codes_nr.shape
    # One p each: a motif too short for it has no sites, and that is no news.
    sites = scan(codes_nr, [left, right], [p, p], background="uniform", best_strand=False)
    score, chance = np.full((2, count, width), -np.inf), np.zeros((2, count, width))
    here = sites.take(sites.strand == "+")
    score[here.motif, here.sequence, here.start] = here.score
    chance[here.motif, here.sequence, here.start] = here.p
    best, apart, at = np.full(count, -np.inf), np.zeros(count, np.int64), np.zeros(count, np.int64)
    possible = range(left.width, width - right.width + 1)
    for distance in possible:
        total = score[0, :, : width - distance] + score[1, :, distance:]
        start, highest = total.argmax(axis=1), total.max(axis=1)
        better = highest > best
        apart, at = np.where(better, distance, apart), np.where(better, start, at)
        best = np.maximum(best, highest)
    paired = np.isfinite(best)
    counts = np.bincount(apart[paired], minlength=width)
    single = p * np.isfinite(score[:, ~paired]).sum()
    pair = np.flatnonzero(paired)
    # By how much a pair at another distance takes the place of these, by chance.
    instead = chance[0, pair, at[pair]] + chance[1, pair, at[pair] + apart[pair]]
    elsewhere = instead.sum() - np.bincount(apart[pair], weights=instead, minlength=width)
    # Pairs at this distance were sites without a pair before; the pair itself may be chance.
    expected = single + elsewhere + 2 * p * counts
    q = np.ones(width)
    if len(possible):
        inside = slice(possible.start, possible.stop)
        q[inside] = scipy.stats.false_discovery_control(
            scipy.stats.poisson.sf(counts[inside] - 1, expected[inside])
        )
    return Distances(counts, expected, q, int(counts.sum()))
