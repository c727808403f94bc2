"""Pairs of sites that are copies of one stretch, as in transposons: they lie alike because they are one."""

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs.centring import at_least

# Letters on either side of a pair that are compared, next to those between its sites.
AROUND = 20
# How often letters of unrelated sequences agree, in 75 % GC a third; in copies they do so often, at this p.
_AGREE, _COPY_P = 0.35, 1e-6


def first_of_each(codes_ml: np.ndarray, first: np.ndarray, second: np.ndarray, width: tuple[int, int]):
    """Returns which pairs of sites are not copies of an earlier one, bool (m,).

    Args:
      codes_ml: uint8 (m, L), the sequence of each pair, turned so that the pairs read alike.
      first, second: starts of the left and of the right site, as far apart in each pair.
      width: of the left and of the right site.
    """
    gap = int(second[0] - first[0]) - width[0]
    offsets = np.concatenate(
        [
            np.arange(-AROUND, 0),
            width[0] + np.arange(gap),
            width[0] + gap + width[1] + np.arange(AROUND),
        ]
    )
    at = first[:, None] + offsets + AROUND
    padded = np.pad(codes_ml, ((0, 0), (AROUND, AROUND)), constant_values=dna.N)
    x_mwa = np.asarray(np.take_along_axis(padded, at, axis=1)[..., None] == np.arange(4), np.float32)
    known_mw = x_mwa.sum(axis=2)
    letters = known_mw @ known_mw.T
    agree = np.einsum("mwa,nwa->mn", x_mwa, x_mwa, optimize=True)
    alike = at_least(agree, np.maximum(letters, 1), _AGREE) < _COPY_P
    kept = np.ones(len(first), bool)
    for i in range(1, len(first)):
        kept[i] = not (alike[i, :i] & kept[:i]).any()
    return kept


def distinct(codes_nl: np.ndarray, a, b, way: np.ndarray) -> np.ndarray:
    """Returns which pairs of sites, one each, are not copies of an earlier one, bool (m,).

    Pairs that lie in one way with one gap are compared, letter by letter between and around their sites.

    Args:
      codes_nl: uint8 (N, L), sequences.
      a, b: m sites each (`scan.Sites`); the two of a pair lie in one sequence and do not overlap.
      way: int (m,), how they lie, see `spacing.way_of`.
    """
    length = codes_nl.shape[1]
    widths = int(a.end[0] - a.start[0]), int(b.end[0] - b.start[0])
    turned = a.strand == "-"
    start_a = np.where(turned, length - a.end, a.start)
    start_b = np.where(turned, length - b.end, b.start)
    kept = np.ones(len(way), bool)
    cells = way * 2 * length + (start_b - start_a) + length
    for cell in np.flatnonzero(np.bincount(cells) > 1):
        own = np.flatnonzero(cells == cell)
        codes = codes_nl[a.sequence[own]]
        codes = np.where(turned[own, None], dna.reverse_complement(codes), codes)
        left, right = (start_a, start_b) if start_a[own[0]] < start_b[own[0]] else (start_b, start_a)
        width = widths if left is start_a else widths[::-1]
        kept[own] = first_of_each(codes, left[own], right[own], width)
    return kept
