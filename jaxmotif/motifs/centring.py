"""Whether a motif's sites lie in the middle of the sequences, as those of the factor itself do in peaks.

The test of CentriMo (Bailey & Machanick 2012): of each sequence the best site counts, and how many lie in a
central window is compared with a site that may lie anywhere, for every width of the window.
"""

from typing import NamedTuple

import numpy as np
import scipy.special

from jaxmotif import dna
from jaxmotif.motifs.places import Rows

# Rows whose letters are looked at together.
_CHUNK = 4096


class Centring(NamedTuple):
    """The central window in which a motif's best sites are most in excess.

    Attributes:
      width: of the window, in nt: so many places for the middle of a site.
      inside: sequences whose best site has its middle there.
      of: sequences with a site.
      expected: how many of these would have it there if every place were equally likely.
      p: probability of so many or more, corrected for the number of widths that were tried.
    """

    width: int
    inside: int
    of: int
    expected: float
    p: float


class Spread(NamedTuple):
    """Where a motif's best sites lie: a start has its middle `start + width / 2` from the row's beginning.

    Attributes:
      counts: int (S,), sequences whose best site begins at each of the S starts.
      expected: float (S,), how many would if every place of a sequence were equally likely.
    """

    counts: np.ndarray
    expected: np.ndarray


def best_in_row(sites) -> np.ndarray:
    """Returns which site is the best of each sequence that has one, int (rows with sites,), in row order.

    The best one has the smallest p; of equals the first counts.
    """
    order = np.lexsort((sites.start, sites.p, sites.sequence))
    first = np.append(True, np.diff(sites.sequence[order]) != 0) if len(order) else np.zeros(0, bool)
    return order[first]


def at_least(count, of: int, share) -> np.ndarray:
    """Returns the probability of `count` or more of `of` at a share each, elementwise, float64."""
    count, share = np.broadcast_arrays(np.asarray(count, float), np.clip(share, 0, 1))
    tail = scipy.special.betainc(np.maximum(count, 1), of - np.maximum(count, 1) + 1, share)
    return np.where(count <= 0, 1.0, tail)


def centring(sites, rows: Rows, width: int, codes: np.ndarray | None = None) -> Centring | None:
    """Returns the test of one motif's sites; None where it has none.

    The centre is that of the row. What is expected in a window is the mean over the sequences of the share of
    their places that lie there, see `spread`. Taking that mean for each makes p no smaller than it is
    (Hoeffding 1956).

    Args:
      sites: of one motif in these rows (`scan.Sites`).
      rows: what was scanned.
      width: of the motif.
      codes: uint8 (N, L), the rows' letters, to know N by; None: only padding has no places.
    """
    found = spread(sites, rows, width, codes)
    if found is None:
        return None
    of = int(found.counts.sum())
    share_s = found.expected / of
    # How far a middle is from the centre, in half nucleotides.
    away_s = np.abs(2 * np.arange(len(share_s)) + width - rows.length)
    edges = np.unique(away_s)
    share = np.array([share_s[away_s <= edge].sum() for edge in edges])
    inside = np.array([found.counts[away_s <= edge].sum() for edge in edges])
    tried = (share > 1e-12) & (share < 1 - 1e-9)
    if not tried.any():  # the motif has one place only
        return Centring(int(edges[-1]) + 1, of, of, float(of), 1.0)
    p = np.where(tried, at_least(inside, of, share), 1.0)
    k = int(np.argmin(p))
    corrected = -np.expm1(tried.sum() * np.log1p(-min(p[k], 1 - 1e-16)))
    return Centring(int(edges[k]) + 1, int(inside[k]), of, float(share[k] * of), float(min(corrected, 1.0)))


def spread(sites, rows: Rows, width: int, codes: np.ndarray | None = None) -> Spread | None:
    """Returns where one motif's best sites lie; None where it has none.

    Padding, and words with N in them, are no places for a site.

    Args:
      sites, rows, width, codes: as for `centring`.
    """
    best = sites.take(best_in_row(sites))
    if codes is not None and len(best):
        words = np.lib.stride_tricks.sliding_window_view(codes, width, axis=1)
        best = best.take(~(words[best.sequence, best.start] == dna.N).any(axis=1))
    if not len(best):
        return None
    share_s = _places(best.sequence, rows, width, codes)
    return Spread(np.bincount(best.start, minlength=len(share_s)), share_s * len(best))


def _places(own: np.ndarray, rows: Rows, width: int, codes: np.ndarray | None) -> np.ndarray:
    """Mean over some rows of each start's share of the row's places, (L - width + 1,); it sums to 1."""
    first, last = rows.first[own], rows.last[own]
    starts = np.arange(rows.length - width + 1)
    share_s, whole = np.zeros(len(starts)), np.ones(len(own), bool)
    if codes is not None:
        for a in range(0, len(own), _CHUNK):
            part = slice(a, a + _CHUNK)
            # N before each position: a word without N has as many at its end.
            seen = np.cumsum(codes[own[part]] == dna.N, axis=1, dtype=np.int32)
            seen = np.pad(seen, ((0, 0), (1, 0)))
            free = (starts >= first[part, None]) & (starts + width <= last[part, None])
            count = free.sum(axis=1)
            free &= seen[:, width:] == seen[:, : len(starts)]
            whole[part] = free.sum(axis=1) == count
            broken = free[~whole[part]]
            share_s += (broken / broken.sum(axis=1, keepdims=True)).sum(axis=0)
    ends = np.zeros(rows.length + 2)
    weight = 1 / (last - first - width + 1)[whole]
    np.add.at(ends, first[whole], weight)
    np.add.at(ends, last[whole] - width + 1, -weight)
    return (share_s + ends.cumsum()[: len(starts)]) / len(own)
