"""How two motifs lie to each other: order, strands and gap, and whether one arrangement is more than chance.

Chance is what pairing sites of one motif with sites of the other in *other* sequences gives: it keeps what
each motif prefers by itself, the middle of the sequences or one strand. Whitington et al. (2011, SpaMo) test
gaps against uniform ones.
"""

from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.centring import at_least

# The four ways in which b can lie to a: a> b>, b> a>, a> <b, <b a>. "a>" is a on its "+" strand; read from
# the other strand, a pair is the same.
WAYS = ("a> b>", "b> a>", "a> <b", "<b a>")
# One way, or those with a strand or an order in common: same strand, opposite strands, a before b and b
# before a where a is on "+", the same where b is on "+", and any.
FORMS = ((0,), (1,), (2,), (3,), (0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2), (0, 1, 2, 3))
# Of a motif with itself there is no order.
OWN_FORMS = ((0,), (2,), (3,), (2, 3), (0, 2, 3))
ONE_STRAND, OWN_ONE_STRAND = ((0,), (1,), (0, 1)), ((0,),)
# Gaps up to here are tried one by one (SpaMo's margin), in nt.
NEAR = 150
# With fewer pairs copies of one stretch are enough to make a rule.
LEAST = 10
# Position preferences are even over so many nt to either side.
_SMOOTH = 5


class Placed(NamedTuple):
    """One site in each of some sequences: their starts, and whether it is on "-" (bool)."""

    start: np.ndarray
    reverse: np.ndarray


class Kind(NamedTuple):
    """What of two motifs tells where they can lie.

    Attributes:
      widths: of a and b.
      own: whether b is a.
      stranded: whether sites can lie on either strand.
    """

    widths: tuple[int, int]
    own: bool
    stranded: bool

    @property
    def forms(self) -> tuple[tuple[int, ...], ...]:
        """Returns the sets of ways that are tried."""
        if self.own:
            return OWN_FORMS if self.stranded else OWN_ONE_STRAND
        return FORMS if self.stranded else ONE_STRAND


class Arrangement(NamedTuple):
    """The arrangement that is most in excess.

    Attributes:
      ways: which of `WAYS`.
      gap: letters between the sites; None: any.
      count: pairs of sites that lie so.
      expected: how many of them would by chance.
      p: probability of so many or more, times the number of arrangements that were tried.
    """

    ways: tuple[int, ...]
    gap: int | None
    count: int
    expected: float
    p: float

    @property
    def strand(self) -> str:
        """Returns "same", "opposite" or "any"."""
        return {(True, False): "same", (False, True): "opposite"}.get(
            (set(self.ways) <= {0, 1}, set(self.ways) <= {2, 3}), "any"
        )

    @property
    def order(self) -> str:
        """Returns "a b" or "b a", where a is on its "+" strand, or "any"."""
        return {(True, False): "a b", (False, True): "b a"}.get(
            (set(self.ways) <= {0, 2}, set(self.ways) <= {1, 3}), "any"
        )

    @property
    def text(self) -> str:
        """Returns the ways in signs, such as "a> b> | a> <b"; "any" for all."""
        return "any" if len(self.ways) >= 3 else " | ".join(WAYS[way] for way in self.ways)


def observed(a: Placed, b: Placed, kind: Kind, gaps: int) -> np.ndarray:
    """Returns how many pairs of sites that do not overlap lie in each way at each gap, int (4, gaps)."""
    gap = np.maximum(b.start - a.start - kind.widths[0], a.start - b.start - kind.widths[1])
    counts = np.zeros((4, gaps), np.int64)
    np.add.at(counts, (way_of(a, b)[gap >= 0], gap[gap >= 0]), 1)
    return counts


def way_of(a: Placed, b: Placed) -> np.ndarray:
    """Returns which of `WAYS` each pair of sites is, int (m,)."""
    return 2 * (a.reverse != b.reverse) + ((b.start > a.start) == a.reverse)


def crossed(
    spectrum_a: np.ndarray, spectrum_b: np.ndarray, kind: Kind, gaps: int
) -> tuple[np.ndarray, float]:
    """Returns `observed` of each site of a with each of b, and how many of these pairs overlap.

    Args:
      spectrum_a, spectrum_b: `spectrum` of the sites.
      kind: of pair.
      gaps: number of gaps.
    """
    size = 2 * (spectrum_a.shape[1] - 1)
    product = np.conj(spectrum_a)[:, None] * spectrum_b[None]
    # Pairs by strand of a, strand of b, and how far b starts to the right of a.
    by_shift = np.rint(np.fft.irfft(product, size)).clip(min=0)
    shifts = np.arange(gaps)
    right = by_shift[:, :, kind.widths[0] + shifts]
    left = by_shift[:, :, -(kind.widths[1] + shifts)]
    counts = np.stack(
        [
            right[0, 0] + left[1, 1],
            left[0, 0] + right[1, 1],
            right[0, 1] + left[1, 0],
            left[0, 1] + right[1, 0],
        ]
    )
    overlapping = max(float(by_shift.sum() - counts.sum()), 0.0)
    if kind.own:  # a> b> and b> a> are the same
        counts = np.stack([counts[0] + counts[1], np.zeros(gaps), counts[2], counts[3]])
    return counts, overlapping


def spectrum(placed: Placed, length: int) -> np.ndarray:
    """Returns the Fourier transform of the number of sites at each start, complex (2 strands, ...)."""
    counts = np.zeros((2, 2 * length))
    np.add.at(counts, (placed.reverse.astype(int), placed.start), 1)
    return np.fft.rfft(counts)


def places(lengths: np.ndarray, kind: Kind, gaps: int) -> tuple[np.ndarray, float]:
    """Returns the share of each gap, (gaps,), and of overlaps, if sites lie anywhere in sequences alike.

    Args:
      lengths: of the sequences, in nt; none is shorter than a motif.
      kind: of pair.
      gaps: number of gaps.
    """
    values, counts = np.unique(lengths, return_counts=True)
    free = (values[:, None] - sum(kind.widths) - np.arange(gaps) + 1).clip(min=0)
    all_pairs = np.prod([values - width + 1 for width in kind.widths], axis=0).clip(min=1)
    overlap = float(((1 - 2 * free.sum(axis=1) / all_pairs) * counts).sum() / counts.sum())
    shares = free / free.sum(axis=1, keepdims=True).clip(min=1)
    return (shares * counts[:, None]).sum(axis=0) / counts.sum(), overlap


def best(counts_4g: np.ndarray, cross_4g: np.ndarray, share_g: np.ndarray, kind: Kind) -> Arrangement | None:
    """Returns the arrangement that is most in excess of chance; None for fewer than `LEAST` pairs.

    The chance of an arrangement is the largest of three shares: of pairs of other sequences, the same with
    neighbouring gaps taken together (few sites leave gaps empty by accident), and of places that there are.

    Args:
      counts_4g: pairs that were found, see `observed`.
      cross_4g: pairs of sites of different sequences.
      share_g: of places with each gap, see `places`.
      kind: of pair.
    """
    pairs = int(counts_4g.sum())
    if pairs < LEAST:
        return None
    even_w = np.array([0.5, 0, 0.25, 0.25]) if kind.own else np.full(4, 0.25)
    if not kind.stranded:
        even_w = np.array([1.0, 0, 0, 0]) if kind.own else np.array([0.5, 0.5, 0, 0])
    even = even_w[:, None] * share_g
    total = max(cross_4g.sum(), 1)
    box = np.ones(2 * _SMOOTH + 1)
    around = lambda row: np.convolve(row, box)[_SMOOTH : _SMOOTH + len(row)]
    free = around(share_g)
    level = np.divide([around(row) for row in cross_4g], free, out=np.zeros(even.shape), where=free > 1e-12)
    chance = np.max([cross_4g / total, level * share_g / total, even], axis=0)
    near = np.flatnonzero(share_g[:NEAR] > 0)
    count_f, share_f = [], []
    for ways in kind.forms:
        of, at = counts_4g[list(ways)].sum(axis=0), chance[list(ways)].sum(axis=0)
        anywhere = max(cross_4g[list(ways)].sum() / total, even_w[list(ways)].sum())
        count_f.append(np.append(of[near], of.sum()))
        share_f.append(np.append(at[near], anywhere).clip(max=1))
    count, share = np.array(count_f), np.array(share_f)
    p = at_least(count, pairs, share)
    # Where p is too small for a number, likelihood decides.
    rest, other = pairs - count, 1 - share
    log_ratio = count * np.log(np.maximum(count, 1) / (pairs * np.maximum(share, 1e-300)))
    log_ratio += rest * np.log(np.maximum(rest, 1) / (pairs * np.maximum(other, 1e-300)))
    form, k = np.unravel_index(np.lexsort((-log_ratio.ravel(), p.ravel()))[0], p.shape)
    return Arrangement(
        kind.forms[form],
        int(near[k]) if k < len(near) else None,
        int(count[form, k]),
        float(pairs * share[form, k]),
        float(min(1.0, p[form, k] * (p.size - 1))),  # anywhere in any way is no arrangement
    )
