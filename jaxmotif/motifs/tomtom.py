"""Motif comparison: p-, E- and q-values of the best alignment of each query with each target.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007), "Quantifying similarity between motifs":
Euclidean distance between columns, unaligned query columns scored with their median, significance
by dynamic programming over all columns of the database on both strands (`alignments`). What MEME's tomtom
does around it is here: pseudo-counts, strands, E- and q-values.
"""

import concurrent.futures
import dataclasses
import warnings
from collections.abc import Sequence

import numpy as np

from jaxmotif import cores
from jaxmotif.motifs import alignments
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# MEME's pseudo-count for motif comparison, in sites, spread by the background.
PSEUDOCOUNT = 0.1
# Fewer targets than this make a poor background of columns.
FEW_TARGETS = 25
# A query whose best column has fewer bits is flat: it would match whatever in the database is
# flattest.
FLAT_BITS = 0.01
# Wider queries are no motifs, and cost time with the cube of their width.
MAX_WIDTH = 128
# From so many queries on, all cores are used; each takes so many at a time.
_MANY = 50
_BLOCK = 16


@dataclasses.dataclass(frozen=True)
class Matches:
    """The best alignment of each query with each target; every array has shape (queries, targets).

    Attributes:
      p: p-value of the best of all alignments on both strands, p = s (2 - s) for the better
        strand's s.
      e: E-value, p times the number of targets.
      q: q-value (Storey) among the alignments of the same query.
      offset: position of the target, on the strand given, that the query's first column lies on.
      overlap: number of columns that lie on each other.
      strand: "+", or "-" where the target's reverse complement matches better.
    """

    p: np.ndarray
    e: np.ndarray
    q: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray
    strand: np.ndarray


def with_pseudocount(motif: Motif) -> np.ndarray:
    """Returns the matrix MEME's tomtom compares, (W, 4): (f n + 0.1 / 4) / (n + 0.1), n = nsites."""
    return (motif.ppm * motif.nsites + PSEUDOCOUNT / 4) / (motif.nsites + PSEUDOCOUNT)


def _check(queries: Sequence[Motif], targets: Sequence[Motif]) -> None:
    if not queries or not targets:
        raise ValueError(f"matching needs queries and targets, not {len(queries)} and {len(targets)}")
    if why := next(filter(None, _incomparable(queries)), ""):
        raise ValueError(f"query {why}")
    if len(targets) < FEW_TARGETS:
        warnings.warn(
            f"only {len(targets)} targets, fewer than {FEW_TARGETS}: p-values are rough, since "
            "the targets' columns are their background",
            stacklevel=3,
        )


def _incomparable(motifs: Sequence[Motif]) -> list[str]:
    """Why each motif cannot be compared, with its name; "" if it can."""
    if not motifs:
        return []
    bits = information_content(np.concatenate([motif.ppm for motif in motifs]))
    firsts = np.cumsum([0, *(motif.width for motif in motifs[:-1])])
    return [
        _reason(motif, best) for motif, best in zip(motifs, np.maximum.reduceat(bits, firsts), strict=True)
    ]


def _reason(motif: Motif, bits: float) -> str:
    if bits < FLAT_BITS:
        return (
            f"{motif.name} is flat: its best column has {bits:.2g} bits, less than {FLAT_BITS}; leave "
            "uninformative motifs out"
        )
    if motif.width > MAX_WIDTH:
        return f"{motif.name} is {motif.width} wide, more than {MAX_WIDTH}; trim it"
    return ""


def comparable(motifs: Sequence[Motif], what: str) -> list[int]:
    """Returns the places of the motifs that can be compared; a warning names the others.

    Args:
      motifs: queries or targets.
      what: what the warning calls them, e.g. the name of their file.

    Raises:
      ValueError: if there are motifs, and none of them can.
    """
    reasons = _incomparable(motifs)
    left_out = [reason for reason in reasons if reason]
    if left_out and len(left_out) == len(reasons):
        raise ValueError(f"{what}: no motif that can be compared: {left_out[0]}")
    if left_out:
        more = f", and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        warnings.warn(f"{what}: left out {'; '.join(left_out[:3])}{more}", stacklevel=3)
    return [place for place, reason in enumerate(reasons) if not reason]


def null_fraction(p: np.ndarray) -> float:
    """Returns Storey's estimate of the share of true nulls among p-values (n,), at most 1.

    Storey (2002), section 9: of the estimates at 100 values of lambda up to 0.5 the one whose mean
    squared distance from the smallest is least under the bootstrap, here in closed form for samples
    of 1000 p-values, which is what MEME draws.
    """
    return _null_fraction(np.sort(p))


def _null_fraction(ordered: np.ndarray) -> float:
    """`null_fraction` of p-values in order."""
    lambdas = np.arange(1, 101) / 100 * 0.5
    above = 1 - np.searchsorted(ordered, lambdas, side="right") / len(ordered)
    estimates = above / (1 - lambdas)
    variance = above * (1 - above) / (1000 * np.square(1 - lambdas))
    best = int(np.argmin(variance + np.square(estimates - estimates.min())))
    return float(min(estimates[best], 1.0))


def q_values(p: np.ndarray) -> np.ndarray:
    """Returns q-values (n,): smallest false discovery rate at which each p-value (n,) would be called.

    Benjamini and Hochberg's step-up times `null_fraction`.

    Raises:
      ValueError: unless `p` is one-dimensional, not empty and within [0, 1].
    """
    p = np.asarray(p, dtype=np.float64)
    if p.ndim != 1 or p.size == 0 or not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(f"p-values must be a list of numbers in [0, 1], not shape {p.shape}")
    order = np.argsort(p)  # of equal ones in any: their q are equal
    ordered = p[order]
    stepped = _null_fraction(ordered) * ordered * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1)
    return q


def match(queries: Sequence[Motif], targets: Sequence[Motif]) -> Matches:
    """Compares every query with every target on both strands, as MEME's tomtom does by default.

    Args:
      queries: motifs to explain; their `nsites` decides how strongly pseudo-counts soften them.
      targets: the database. With fewer than 25 the p-values are rough and a warning says so.

    Returns:
      Matches with arrays of shape (len(queries), len(targets)). On ties of p the larger overlap
      and the strand "+" win, so a palindrome matches on "+". q-values follow MEME: for one query,
      both strands of every target are one family of 2 T p-values. Where query or target has no complement
      (RNA), only "+" is compared: p is that of one strand, and U counts as T.

    Raises:
      ValueError: if there is no query or target, a query is flat (less than 0.01 bit at best) or
        wider than 128.

    Examples:
      >>> import jaxmotif as jm
      >>> motifs = jm.database("JASPAR2024")[:30]
      >>> jm.match(motifs[:2], motifs).p.shape
      (2, 30)
    """
    queries, targets = list(queries), list(targets)
    _check(queries, targets)
    forward = [with_pseudocount(motif) for motif in targets]
    # The other strands of targets that have none are no columns of the background either.
    turned = np.array([place for place, motif in enumerate(targets) if motif.has_complement], int)
    known = alignments.Targets(forward + [forward[place][::-1, ::-1] for place in turned])
    shape = len(queries), len(targets)
    floats, whole = [np.empty(shape) for _ in "peq"], [np.empty(shape, np.int64) for _ in "oo"]
    found = Matches(*floats, *whole, strand=np.empty(shape, "<U1"))

    def fill(begin: int) -> None:
        block = queries[begin : begin + _BLOCK]
        bests = known.bests([with_pseudocount(motif) for motif in block])
        two_qt = np.zeros((len(block), len(targets)), bool)
        two_qt[:, turned] = np.array([motif.has_complement for motif in block])[:, None]
        for name, values in _strands(bests, two_qt, turned).items():
            getattr(found, name)[begin : begin + _BLOCK] = values

    threads = cores.usable() if len(queries) >= _MANY else 1
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(0, len(queries), _BLOCK)))
    return found


def _strands(
    bests: Sequence[alignments.Best], two_qt: np.ndarray, turned: np.ndarray
) -> dict[str, np.ndarray]:
    """The fields of `Matches` for some queries.

    Args:
      bests: for each query the best alignment with every target, and then with the other strand of some.
      two_qt: where both strands are compared.
      turned: which targets' other strands there are.
    """
    queries, targets = two_qt.shape
    p, offset, overlap = (np.zeros((queries, 2, targets), kind) for kind in (np.float64, np.int64, np.int64))
    for i, best in enumerate(bests):
        for own, values in ((p, best.p), (offset, best.offset), (overlap, best.overlap)):
            own[i, 0] = values[:targets]
            own[i, 1, turned] = values[targets:]
    # Equal p as well where scores differ that no sum of columns lies between.
    better = (p[:, 1] < p[:, 0]) | ((p[:, 1] == p[:, 0]) & (overlap[:, 1] > overlap[:, 0]))
    reverse = better & two_qt
    # 1 - (1 - p)^2 without its rounding to 0 below 1e-16.
    p = np.where(two_qt[:, None], p * (2 - p), p)
    q = np.ones_like(p)
    for own, values, two_t in zip(q, p, two_qt, strict=True):
        compared = np.stack([np.ones_like(two_t), two_t])
        own[compared] = q_values(values[compared])
    chosen = {"p": p, "q": q, "offset": offset, "overlap": overlap}
    fields = {name: np.where(reverse, own[:, 1], own[:, 0]) for name, own in chosen.items()}
    return fields | {"e": fields["p"] * targets, "strand": np.where(reverse, "-", "+")}
