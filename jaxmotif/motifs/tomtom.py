"""Motif comparison: p-, E- and q-values of the best alignment of each query with each target.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007), "Quantifying similarity between motifs":
Euclidean distance between columns, unaligned query columns scored with their median, significance
by dynamic programming over all columns of the database on both strands. The dynamic program is
memelite's; what MEME's tomtom does around it is here: pseudo-counts, strands, ties, E- and
q-values.
"""

import dataclasses
import os
import pathlib
import warnings
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# MEME's pseudo-count for motif comparison, in sites, spread by the background.
PSEUDOCOUNT = 0.1
# Fewer targets than this make a poor background of columns.
FEW_TARGETS = 25
# A query whose best column has fewer bits is flat: it would match whatever in the database is
# flattest.
FLAT_BITS = 0.01
# memelite needs scratch memory that grows with the cube of the longest query, per thread.
MAX_WIDTH = 128
_SCRATCH_BYTES = 2 << 30
_BAND = 16
_SCORE_BINS = 100
_MEDIAN_BINS = 1000


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


def _set_cache_folder() -> None:
    """Points numba's cache at a folder that survives, before memelite is imported.

    Without it the machine code lies beside the package, or nowhere if that is not writable, and
    every process compiles for most of a minute.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(home) / "jaxmotif" / "numba"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


def with_pseudocount(motif: Motif) -> np.ndarray:
    """Returns the matrix MEME's tomtom compares, (W, 4): (f n + 0.1 / 4) / (n + 0.1), n = nsites."""
    return (motif.ppm * motif.nsites + PSEUDOCOUNT / 4) / (motif.nsites + PSEUDOCOUNT)


def _check(queries: Sequence[Motif], targets: Sequence[Motif]) -> None:
    if not queries or not targets:
        raise ValueError(f"matching needs queries and targets, not {len(queries)} and {len(targets)}")
    for query in queries:
        if why := _incomparable(query):
            raise ValueError(f"query {why}")
    if len(targets) < FEW_TARGETS:
        warnings.warn(
            f"only {len(targets)} targets, fewer than {FEW_TARGETS}: p-values are rough, since "
            "the targets' columns are their background",
            stacklevel=3,
        )


def _incomparable(motif: Motif) -> str:
    """Why a motif cannot be compared, with its name; "" if it can."""
    bits = information_content(motif.ppm).max()
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
    reasons = [_incomparable(motif) for motif in motifs]
    left_out = [reason for reason in reasons if reason]
    if left_out and len(left_out) == len(reasons):
        raise ValueError(f"{what}: no motif that can be compared: {left_out[0]}")
    if left_out:
        more = f", and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        warnings.warn(f"{what}: left out {'; '.join(left_out[:3])}{more}", stacklevel=3)
    return [place for place, reason in enumerate(reasons) if not reason]


def _strand_results(query_matrices: list[np.ndarray], target_matrices: list[np.ndarray]) -> np.ndarray:
    """memelite's p, score, offset and overlap, (4, queries, targets), strands kept apart."""
    _set_cache_folder()
    import memelite
    import numba

    widths = np.array([len(matrix) for matrix in query_matrices])
    columns = [np.ascontiguousarray(matrix.T) for matrix in target_matrices]
    out = np.empty((4, len(query_matrices), len(target_matrices)))
    for band in np.unique(widths // _BAND):
        chosen = np.flatnonzero(widths // _BAND == band)
        scratch = 16 * int(widths[chosen].max()) ** 3 * 2 * _SCORE_BINS
        threads = max(1, min(numba.get_num_threads(), _SCRATCH_BYTES // scratch))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="tomtom was given")  # ours counts each target once
            # All target columns, not hashed ones: hashing shifts p in the tail and saves no time.
            out[:, chosen] = memelite.tomtom(
                [np.ascontiguousarray(query_matrices[i].T) for i in chosen],
                columns,
                n_score_bins=_SCORE_BINS,
                n_median_bins=_MEDIAN_BINS,
                n_target_bins=None,
                reverse_complement=False,
                n_jobs=threads,
            )[:4]
    return out


def _median(values_n: np.ndarray) -> float:
    """memelite's median: the mean of that one of 1000 equal bins where half is reached."""
    low, high = values_n.min(), values_n.max()
    if high == low:
        return float(low)
    bins_n = ((values_n - low) / (high - low) * (_MEDIAN_BINS - 1)).astype(np.int64)
    counts = np.bincount(bins_n, minlength=_MEDIAN_BINS)
    reached = int(np.argmax(np.cumsum(counts) >= len(values_n) / 2))
    return float(values_n[bins_n == reached].mean())


def _column_scores(query_w4: np.ndarray, columns_n4: np.ndarray) -> np.ndarray:
    """Integer scores (W, n) of query on target columns; an unaligned column scores 0."""
    squares_wn = (
        np.square(query_w4).sum(1)[:, None] + np.square(columns_n4).sum(1) - 2 * query_w4 @ columns_n4.T
    )
    scores_wn = -np.sqrt(np.maximum(squares_wn, 0))
    medians_w1 = np.array([[_median(row)] for row in scores_wn])
    scores_wn -= medians_w1
    lowest = int(np.floor(scores_wn.min()))
    scale = int(np.floor(_SCORE_BINS / max(scores_wn.max() - lowest, 1.0)))
    return np.floor((scores_wn - lowest) * scale + 0.5).astype(np.int64) + lowest * scale


def _resolve_ties(query_matrices, target_matrices, out: np.ndarray) -> None:
    """Of alignments of equal score takes the largest overlap, then the leftmost, in place.

    Scores are small integers, so ties are common for repetitive motifs, and memelite settles them
    by order. The scores are built again here; where their best should differ from memelite's (a
    rounding difference at a bin's edge), its alignment is left as it is.
    """
    widths_t = np.array([len(matrix) for matrix in target_matrices])
    columns_n4 = np.concatenate(target_matrices)
    longest = int(widths_t.max())
    inside_tw = np.arange(longest) < widths_t[:, None]
    for i, query_w4 in enumerate(query_matrices):
        width = len(query_w4)
        column_scores_wn = _column_scores(query_w4, columns_n4)
        padded_tw = np.zeros((len(widths_t), longest), dtype=np.int64)
        # sums[t, offset + width - 1]: query column c lies on target column offset + c.
        sums_to = np.zeros((len(widths_t), longest + width - 1), dtype=np.int64)
        for c in range(width):
            padded_tw[inside_tw] = column_scores_wn[c]
            sums_to[:, width - 1 - c : width - 1 - c + longest] += padded_tw
        offsets_o = np.arange(-width + 1, longest)
        overlap_to = np.minimum(offsets_o + width, widths_t[:, None]) - np.maximum(offsets_o, 0)
        best_t = np.where(overlap_to > 0, sums_to, np.iinfo(np.int64).min).max(axis=1)
        tied_to = (sums_to == best_t[:, None]) & (overlap_to > 0)
        chosen_t = np.where(tied_to, overlap_to, 0).argmax(axis=1)
        # memelite's scores count every query column from the same zero, so the two differ by a
        # constant.
        rows = np.arange(len(widths_t))
        given_t = out[2, i].astype(np.int64) + width - 1
        agree_t = sums_to[rows, np.clip(given_t, 0, sums_to.shape[1] - 1)] == best_t
        out[2, i] = np.where(agree_t, offsets_o[chosen_t], out[2, i])
        out[3, i] = np.where(agree_t, overlap_to[rows, chosen_t], out[3, i])


def null_fraction(p: np.ndarray) -> float:
    """Returns Storey's estimate of the share of true nulls among p-values (n,), at most 1.

    Storey (2002), section 9: of the estimates at 100 values of lambda up to 0.99 the one whose mean
    squared distance from the smallest is least under the bootstrap, here in closed form for samples
    of 1000 p-values, which is what MEME draws.
    """
    lambdas = np.arange(1, 101) / 100 * 0.99
    above = (p[None, :] > lambdas[:, None]).mean(axis=1)
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
    order = np.argsort(p, kind="stable")
    stepped = null_fraction(p) * p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1)
    return q


def match(queries: Sequence[Motif], targets: Sequence[Motif]) -> Matches:
    """Compares every query with every target on both strands, as MEME's tomtom does by default.

    The first call of an installation compiles for up to a minute; the code is kept in
    NUMBA_CACHE_DIR, by default ~/.cache/jaxmotif/numba.

    Args:
      queries: motifs to explain; their `nsites` decides how strongly pseudo-counts soften them.
      targets: the database. With fewer than 25 the p-values are rough and a warning says so.

    Returns:
      Matches with arrays of shape (len(queries), len(targets)). On ties of score the larger overlap
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
    query_matrices = [with_pseudocount(motif) for motif in queries]
    forward = [with_pseudocount(motif) for motif in targets]
    # The other strands of targets that have none are no columns of the background either.
    turned = [place for place, motif in enumerate(targets) if motif.has_complement]
    both = forward + [forward[place][::-1, ::-1] for place in turned]
    out = _strand_results(query_matrices, both)
    _resolve_ties(query_matrices, both, out)
    strands = np.zeros((4, len(queries), 2, len(targets)))
    strands[:, :, 0], strands[:, :, 1, turned] = out[..., : len(targets)], out[..., len(targets) :]
    p, score, offset, overlap = strands
    two_qt = np.zeros((len(queries), len(targets)), bool)
    two_qt[:, turned] = np.array([motif.has_complement for motif in queries])[:, None]
    # 1 - (1 - p)^2 without its rounding to 0 below 1e-16.
    p = np.where(two_qt[:, None], p * (2 - p), p)
    strand = ((score[:, 1] > score[:, 0]) & two_qt).astype(np.int64)
    q = np.ones_like(p)
    for own, values, two_t in zip(q, p, two_qt, strict=True):
        compared = np.stack([np.ones_like(two_t), two_t])
        own[compared] = q_values(values[compared])

    def chosen(values):
        return np.take_along_axis(values, strand[:, None], axis=1)[:, 0]

    return Matches(
        p=chosen(p),
        e=chosen(p) * len(targets),
        q=chosen(q),
        offset=chosen(offset).astype(np.int64),
        overlap=chosen(overlap).astype(np.int64),
        strand=np.where(strand, "-", "+"),
    )
