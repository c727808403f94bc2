"""Which motifs of a set lie in the same sequences, and how they lie to each other there."""

import dataclasses
from typing import NamedTuple

import numpy as np
import scipy.special

from jaxmotif.motifs import copies, spacing
from jaxmotif.motifs.centring import at_least, best_in_row
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.scan import Sites

# Where best sites of two motifs overlap more often than chance gives, at this p, they are partly the same
# places, and being in the same sequences says nothing.
SAME_PLACES_P = 0.01
# Copies are looked for where an arrangement would be telling.
_TELLING_P = 0.05


class Pair(NamedTuple):
    """What is known of two motifs, or of a motif with itself.

    Attributes:
      a, b: which motifs of the set; equal for a motif with itself.
      with_a, with_b: sequences with a site of each.
      of: so many sequences.
      both: sequences with both; of a motif with itself, with two sites that do not overlap.
      expected: how many that would be if the motifs did not heed each other. Of a motif with itself, if its
        sites fell at random on the sequences (Poisson).
      together_p: Fisher's exact test of `both`, two-sided. None of a motif with itself, and where best sites
        of both overlap more often than chance gives.
      overlapping: sequences in which their best sites overlap.
      apart: sequences with a pair of sites apart from each other that counts, see `pairs`.
      counts_4g: how these lie: int (4, gaps), by `spacing.WAYS` and letters between them.
      best: the arrangement most in excess, None with fewer than `spacing.LEAST` pairs.
    """

    a: int
    b: int
    with_a: int
    with_b: int
    of: int
    both: int
    expected: float
    together_p: float | None
    overlapping: int
    apart: int
    counts_4g: np.ndarray
    best: spacing.Arrangement | None


class _Own(NamedTuple):
    """The sites of one motif.

    Attributes:
      sites: by row and start.
      width: of each.
      alone: bool, see `_alone`.
      best: the best one of each row that has any.
      lone: the best of each row among those that are alone.
      spectrum: of these, see `spacing.spectrum`.
    """

    sites: Sites
    width: int
    alone: np.ndarray
    best: Sites
    lone: Sites
    spectrum: np.ndarray


def pairs(motifs: MotifSet, sequences: int | None = None, codes: np.ndarray | None = None) -> list[Pair]:
    """Returns every pair of a set's motifs that have sites, and each motif that a sequence has twice.

    Of each sequence one pair of sites counts for the arrangement: the best of either motif (smallest p)
    among those that overlap no other site of either. So repeats, where sites lie on sites, and motifs that
    look alike make no rule. With `codes`, copies of one stretch count once where there would be a rule.

    Args:
      motifs: with sites.
      sequences: among how many sites were looked for; default: all rows. What `discover` finds has sites in
        the positives only, so it is their number there.
      codes: uint8 (N, L), the letters of the rows.

    Raises:
      ValueError: for motifs that were not looked for, or more sequences with sites than `sequences`.
    """
    if motifs.sites is None or motifs.rows is None:
        raise ValueError(f"{len(motifs)} motifs that were not looked for have no pairs; call scan first")
    rows = motifs.rows
    of = len(rows.names) if sequences is None else sequences
    if len(np.unique(motifs.sites.sequence)) > of:
        raise ValueError(f"{len(np.unique(motifs.sites.sequence))} sequences with sites are not among {of}")
    own = [_own(motifs.sites.take(motifs.sites.motif == i), rows.length) for i in range(len(motifs))]
    lengths = rows.last - rows.first
    found = []
    for a in range(len(motifs)):
        for b in range(a, len(motifs)):
            if len(own[a].best) and len(own[b].best):
                stranded = motifs.motifs[a].has_complement and motifs.motifs[b].has_complement
                kind = spacing.Kind((own[a].width, own[b].width), a == b, stranded)
                pair = _pair((a, b), (own[a], own[b]), kind, of, lengths, codes)
                if a != b or pair.both:
                    found.append(pair)
    return found


def _own(sites: Sites, length: int) -> _Own:
    width = int(sites.end[0] - sites.start[0]) if len(sites) else 0
    alone = _alone(sites, width)
    lone = _best(sites.take(alone))
    return _Own(sites, width, alone, _best(sites), lone, spacing.spectrum(_placed(lone), length))


def _alone(sites: Sites, width: int) -> np.ndarray:
    """Which sites overlap no other one of their motif; of one word read on both strands, the better one."""
    alone, reverse = np.ones(len(sites), bool), sites.strand == "-"
    for strand in (False, True):  # on one strand, overlapping sites are a repeat
        own = np.flatnonzero(reverse == strand)
        near = (np.diff(sites.sequence[own]) == 0) & (np.diff(sites.start[own]) < width)
        alone[own[1:][near]] = alone[own[:-1][near]] = False
    own = np.flatnonzero(alone)
    near = (np.diff(sites.sequence[own]) == 0) & (np.diff(sites.start[own]) < width)
    first, second = own[:-1][near], own[1:][near]
    alone[np.where(sites.p[first] <= sites.p[second], second, first)] = False
    return alone


def _best(sites: Sites) -> Sites:
    return sites.take(best_in_row(sites))


def _placed(sites: Sites) -> spacing.Placed:
    return spacing.Placed(sites.start, sites.strand == "-")


def _pair(
    which: tuple[int, int],
    own: tuple[_Own, _Own],
    kind: spacing.Kind,
    of: int,
    lengths: np.ndarray,
    codes: np.ndarray | None,
) -> Pair:
    a, b = own
    with_a, with_b = len(a.best), len(b.best)
    gaps = max(int(lengths.max()) - a.width - b.width + 1, 0)
    cross_4g, over = spacing.crossed(a.spectrum, b.spectrum, kind, gaps)
    if kind.own:
        first, second = _twice(a)
        both, expected, overlapping, together = len(first), _by_accident(with_a, of), 0, None
    else:
        first, second = _apart(a, b)
        # Sites of one sequence are not of different ones.
        lone_a, lone_b = _same_rows(a.lone, b.lone)
        same = spacing.observed(_placed(lone_a), _placed(lone_b), kind, gaps)
        over -= len(lone_a) - same.sum()
        cross_4g = (cross_4g - same).clip(min=0)
        best_a, best_b = _same_rows(a.best, b.best)
        both, expected, together = len(best_a), with_a * with_b / of, None
        overlapping = int((np.maximum(best_a.start, best_b.start) < np.minimum(best_a.end, best_b.end)).sum())
        share = over / max(over + cross_4g.sum(), 1)
        if both:
            share = max(share, spacing.places(lengths[best_a.sequence], kind, gaps)[1])
        if not both or at_least(overlapping, both, share) >= SAME_PLACES_P:
            together = _fisher(both, with_a, with_b, of)
    arranged = lambda: _arranged(first, second, kind, cross_4g, lengths)
    counts_4g, best = arranged()
    if codes is not None and best is not None and best.p <= _TELLING_P:
        way = spacing.way_of(_placed(first), _placed(second))
        kept = copies.distinct(codes, first, second, way)
        first, second = first.take(kept), second.take(kept)
        counts_4g, best = arranged()
    return Pair(
        *which, with_a, with_b, of, both, expected, together, overlapping, len(first), counts_4g, best
    )


def _arranged(
    first: Sites, second: Sites, kind: spacing.Kind, cross_4g: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, spacing.Arrangement | None]:
    """How pairs of sites lie, and what of it is most in excess."""
    counts_4g = spacing.observed(_placed(first), _placed(second), kind, cross_4g.shape[1])
    if len(first) < spacing.LEAST:
        return counts_4g, None
    share_g, _ = spacing.places(lengths[first.sequence], kind, cross_4g.shape[1])
    return counts_4g, spacing.best(counts_4g, cross_4g, share_g, kind)


def _same_rows(a: Sites, b: Sites) -> tuple[Sites, Sites]:
    """Of sets with one site a row at most, those in rows of both."""
    _, i, j = np.intersect1d(a.sequence, b.sequence, assume_unique=True, return_indices=True)
    return a.take(i), b.take(j)


def _apart(a: _Own, b: _Own) -> tuple[Sites, Sites]:
    """The best sites of two motifs in each row, of those that overlap none of either."""
    free = (own.sites.take(own.alone & ~_hit(own, other)) for own, other in ((a, b), (b, a)))
    return _same_rows(*map(_best, free))


def _hit(own: _Own, other: _Own) -> np.ndarray:
    """Whether each site overlaps one of another motif."""
    longest = int(max(own.sites.end.max(), other.sites.end.max())) + other.width
    starts = other.sites.sequence * longest + other.sites.start
    here = own.sites.sequence * longest
    # The other one begins in front of this one's end and less than its width before its start.
    low = np.searchsorted(starts, here + np.maximum(own.sites.start - other.width + 1, 0))
    return low < np.searchsorted(starts, here + own.sites.end)


def _twice(own: _Own) -> tuple[Sites, Sites]:
    """The two best sites of each row, of those that are alone.

    The left one comes first; where both are on "-", the right one, which is the left one there.
    """
    alone = own.sites.take(own.alone)
    order = best_in_row(alone)
    rest = np.ones(len(alone), bool)
    rest[order] = False
    pair = _same_rows(alone.take(order), _best(alone.take(rest)))
    swap = (pair[0].start > pair[1].start) ^ ((pair[0].strand == "-") & (pair[1].strand == "-"))
    both = lambda name: (getattr(pair[0], name), getattr(pair[1], name))
    names = [field.name for field in dataclasses.fields(Sites)]
    first = Sites(*(np.where(swap, *both(name)[::-1]) for name in names))
    return first, Sites(*(np.where(swap, *both(name)) for name in names))


def _by_accident(with_one: int, of: int) -> float:
    """How many of the sequences have two or more sites, if as many have none and sites fall at random."""
    none = 1 - with_one / of
    return float(of) if none <= 0 else of * float(1 - none + none * np.log(none))


def _fisher(both: int, with_a: int, with_b: int, of: int) -> float:
    """Fisher's exact test, two-sided: all tables that are no likelier than this one."""
    log_factorial = scipy.special.gammaln(np.arange(of + 1) + 1.0)
    choose = lambda n, k: log_factorial[n] - log_factorial[k] - log_factorial[n - k]
    k = np.arange(max(0, with_a + with_b - of), min(with_a, with_b) + 1)
    log_p = choose(with_a, k) + choose(of - with_a, with_b - k) - choose(of, with_b)
    here = log_p[both - k[0]]
    return min(1.0, float(np.exp(log_p[log_p <= here + 1e-7]).sum()))
