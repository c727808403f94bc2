"""Aligning motifs: the best relative position and strand of two matrices, and their likeness.

Matrices are compared as p - 1/4. A column that prefers nothing is then zero and one that is sure of
its letter is long, so a cosine between matrices weighs every column by what it says: weak flanks
hardly count, and nothing has to be cut off beforehand.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import check_ppm

# Fewer columns than this on each other say little (Tomtom's users ask for 5 or more).
MIN_OVERLAP = 6


@dataclasses.dataclass(frozen=True)
class Alignment:
    """How a second motif lies on a first one.

    Attributes:
      offset: position of the first motif that the second one's first column lies on; may be
        negative.
      strand: "+", or "-" where it is the second motif's reverse complement that lies there.
      overlap: columns that lie on each other.
      similarity: 0 to 1, see `similarities`.
    """

    offset: int
    strand: str
    overlap: int
    similarity: float


def _stack(ppms: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Centred matrices padded on the right with zeros, (N, W, 4), and their widths (N,)."""
    widths_n = np.array([len(ppm) for ppm in ppms])
    x_nw4 = np.zeros((len(ppms), int(widths_n.max()), 4))
    for i, ppm in enumerate(ppms):
        x_nw4[i, : len(ppm)] = ppm - 0.25
    return x_nw4, widths_n


def _span_sums(values_nw: np.ndarray, start_no: np.ndarray, end_no: np.ndarray) -> np.ndarray:
    """Sums of values[n, start:end], for every n and every entry of start and end."""
    total = np.concatenate([np.zeros((len(values_nw), 1)), np.cumsum(values_nw, axis=1)], axis=1)
    rows = np.arange(len(values_nw))[:, None]
    return total[rows, np.maximum(end_no, start_no)] - total[rows, start_no]


def _one_strand(x_v4: np.ndarray, y_nw4: np.ndarray, widths_n: np.ndarray, min_overlap: int):
    """Similarity (N, O) of x and each y at each offset, the offsets (O,), overlaps (N, O)."""
    v, w = len(x_v4), y_nw4.shape[1]
    products_nvw = np.einsum("va,nwa->nvw", x_v4, y_nw4, optimize=True)
    offsets_o = np.arange(-w + 1, v)
    dots_no = np.zeros((len(y_nw4), len(offsets_o)))
    for i in range(v):  # x's column i lies on y's column i - offset
        dots_no[:, i : i + w] += products_nvw[:, i, ::-1]
    start_no = np.broadcast_to(np.maximum(offsets_o, 0), dots_no.shape)
    end_no = np.minimum(v, offsets_o + widths_n[:, None])
    x_energy_v, y_energy_nw = np.square(x_v4).sum(-1), np.square(y_nw4).sum(-1)
    x_total, y_total_n1 = x_energy_v.sum(), y_energy_nw.sum(axis=1, keepdims=True)
    x_here_no = _span_sums(x_energy_v[None].repeat(len(y_nw4), 0), start_no, end_no)
    y_here_no = _span_sums(
        y_energy_nw, np.clip(start_no - offsets_o, 0, w), np.clip(end_no - offsets_o, 0, w)
    )
    # The whole cosine, and the cosine in the overlap times the share of the weaker motif that lies
    # there.
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = dots_no / np.sqrt(x_total * y_total_n1)
        covered = np.where(x_total < y_total_n1, x_here_no / x_total, y_here_no / y_total_n1)
        contained = dots_no / np.sqrt(x_here_no * y_here_no) * covered
        similarity_no = np.sqrt(np.maximum(whole, 0) * np.maximum(contained, 0))
    overlap_no = np.maximum(end_no - start_no, 0)
    enough_no = overlap_no >= np.minimum(min_overlap, np.minimum(v, widths_n[:, None]))
    usable = enough_no & np.isfinite(similarity_no)
    return np.where(usable, similarity_no, -1.0), offsets_o, overlap_no


def similarities(
    ppm: np.ndarray, others: Sequence[np.ndarray], min_overlap: int = MIN_OVERLAP, both: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns the best alignment of one PPM with each of many, on both strands.

    The similarity is the geometric mean of two numbers. The first is the cosine between the two
    matrices, centred by 1/4, over their union: 1 for equal matrices, less where either has
    information that the other lacks. The second is the cosine over the columns that overlap, times
    the share of the weaker motif's squared length that lies there: 1 for a part of the other. So a
    clean half of a motif scores (1/2)^(1/4) = 0.84 against the whole, and two motifs that
    share a core but differ beside it score less.

    Args:
      ppm: (V, 4), the motif that offsets refer to.
      others: PPMs (W, 4) of any widths.
      min_overlap: columns that must lie on each other, or the narrower width if that is less.
      both: whether reverse complements count, too; not those of RNA.

    Returns:
      similarity (N,), offset (N,), strand (N,) of "+" and "-", overlap (N,). Ties go to "+", then
      to the larger overlap. A flat matrix has similarity 0 with everything.
    """
    y_nw4, widths_n = _stack(others)
    # The reverse complement of a padded matrix has its padding on the left; it is moved to the
    # right.
    turned_nw4, _ = _stack([np.asarray(other)[::-1, ::-1] for other in others])
    x_v4 = np.asarray(ppm) - 0.25
    plus = _one_strand(x_v4, y_nw4, widths_n, min_overlap)
    minus = _one_strand(x_v4, turned_nw4, widths_n, min_overlap)
    offsets_o = plus[1]
    # Rounding must not decide ties; the overlap does, by less than what rounding keeps.
    ranks = [np.round(s, 9) + 1e-12 * overlap for s, _, overlap in (plus, minus)]
    rows = np.arange(len(others))
    best = [rank.argmax(axis=1) for rank in ranks]
    values = [strand[0][rows, at] for strand, at in zip((plus, minus), best, strict=True)]
    is_minus = both & (np.round(values[1], 9) > np.round(values[0], 9))
    at = np.where(is_minus, best[1], best[0])
    overlap = np.where(is_minus, minus[2][rows, at], plus[2][rows, at])
    return (
        np.clip(np.where(is_minus, values[1], values[0]), 0, 1),
        offsets_o[at],
        np.where(is_minus, "-", "+"),
        overlap,
    )


def align(first: Motif | np.ndarray, second: Motif | np.ndarray, min_overlap: int = MIN_OVERLAP) -> Alignment:
    """Returns the best alignment of `second` with `first`, both strands if both have two; see `similarities`.

    Raises:
      ValueError: for a matrix that is no PPM, or min_overlap below 1.
    """
    if min_overlap < 1:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    a, b = (m.ppm if isinstance(m, Motif) else check_ppm(m) for m in (first, second))
    both = all(m.has_complement for m in (first, second) if isinstance(m, Motif))
    similarity, offset, strand, overlap = similarities(a, [b], min_overlap, both)
    return Alignment(int(offset[0]), str(strand[0]), int(overlap[0]), float(similarity[0]))
