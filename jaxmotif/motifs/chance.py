"""How likely a target of random columns aligns as well with a query: exact sums over whole-number scores.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007), "Quantifying similarity between motifs": each column of a
target is drawn from all columns of the database, and the offsets of one target count as independent.
"""

import numpy as np

# Multiplications of one product of matrices up to which OpenBLAS stays on the caller's thread. Beyond, its
# threads wait for each other and for ours in loops: of two cores almost a half went there.
SMALL_PRODUCT = 2**18


def p_values(scores_wn: np.ndarray, widths_t: np.ndarray, best_t: np.ndarray) -> np.ndarray:
    """Returns P(best of all offsets >= best_t), (T,), for targets of columns drawn from all n at random.

    The probability that none scores so high is the product over offsets: over those at which target and query
    hang over, by their overlap, and over those at which the narrower lies wholly on the wider.

    Args:
      scores_wn: int (W, n), scores of each query column on all target columns; 16 bits are enough where a
        row's scores differ by 180 at most.
      widths_t: (T,) widths of the targets.
      best_t: int (T,) best scores.
    """
    width = len(scores_wn)
    least, span = int(best_t.min()), int(best_t.max()) - int(best_t.min()) + 1
    inside_t = np.minimum(widths_t, width)
    hanging_ws, wholly_ws = _tables(scores_wn, least, span, int(inside_t.min()))
    place_t = best_t - least
    with np.errstate(divide="ignore"):
        overhang_ws = np.cumsum(np.log1p(-hanging_ws), axis=0)
        none_t = np.log1p(-wholly_ws.take(inside_t * span + place_t))
    none_t *= np.maximum(widths_t - width + 1, 1)
    none_t += overhang_ws.take((inside_t - 1) * span + place_t)
    return -np.expm1(none_t)


def _tables(scores_wn: np.ndarray, least: int, span: int, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """P(a score >= s at one offset or more), for every s in [least, least + span).

    Returns:
      (W, span), rows by overlap, over both offsets at which an end of the query alone is covered; and
      (W + 1, span), rows by length from `shortest` on, over all offsets at which so many query columns in a
      row are covered.

    The tails P(sum >= s) of all sums that end at a column come from those that end at the one before. Places
    are counted so that a column's highest score does not move them, and all others move to the left: place g
    after column j is the score least + g less what later columns can add at most. What lies left of place 0
    can no more reach `least`, so it is not kept. Far to the left a tail is 1 and far to the right 0; only the
    blocks of places between are computed.
    """
    width, n = scores_wn.shape
    highs_w = np.maximum(scores_wn.max(axis=1), 0)
    counts_wk = _counts(scores_wn, highs_w)
    size = counts_wk.shape[1]
    # How much can still be added from each column on, and how many sums' beginnings can reach `least`.
    rest_w = np.append(np.cumsum(highs_w[::-1], dtype=int)[::-1], 0)
    starts = max(np.count_nonzero(rest_w[:-1] >= least), 1)
    # Of the sums (i, j) that begin at i and end at j: the last place at which the tail is above 0, the first
    # below 1, and the blocks (i, j, b) between.
    last_i = rest_w[:starts] - least
    ranges = np.cumsum(highs_w - scores_wn.min(axis=1), dtype=int)
    first_ji = last_i - (ranges[:, None] - np.append(0, ranges)[:starts])
    blocks = max(int(last_i[0]) // size + 1, 1)
    ends_b = np.arange(1, blocks + 1) * size
    between_jib = (first_ji[:, :, None] < ends_b) & (last_i[:, None] >= ends_b - size)
    leftmost_jib = between_jib.copy()
    leftmost_jib[:, :, 1:] &= ~between_jib[:, :, :-1]
    tails_ig = (np.arange(blocks * size) <= last_i[:, None]).astype(float)  # of sums still empty
    places_bg = tails_ig.reshape(starts * blocks, size)
    moves = np.zeros((size, 2 * size + 1))
    prefix_ws, wholly_ws = np.zeros((width, span)), np.zeros((width + 1, span))
    for j, (counts_k, begin) in enumerate(zip(counts_wk, rest_w[1:].tolist(), strict=True)):
        rows = min(j + 1, starts)
        used = between_jib[j, :rows].ravel().nonzero()[0]
        leftmost = leftmost_jib[j].ravel()[used].nonzero()[0]
        _add_column(places_bg, used, leftmost, counts_k / n, moves)
        rows = max(min(j + 2 - shortest, starts), 1)
        tails_is = np.minimum(tails_ig[:rows, begin : begin + span], 1)
        reached = tails_is.shape[1]
        prefix_ws[j, :reached] = tails_is[0]
        _or(wholly_ws[j + 2 - rows : j + 2, :reached], tails_is[::-1])
    hanging_ws = np.zeros((width, span))
    hanging_ws[1:] = prefix_ws[:-1]
    suffix_is = np.minimum(tails_ig[1:, :span], 1)
    _or(hanging_ws[width - len(suffix_is) :, : suffix_is.shape[1]], suffix_is[::-1])
    return hanging_ws, wholly_ws


def _counts(scores_wn: np.ndarray, highs_w: np.ndarray) -> np.ndarray:
    """How often each row misses its highest score by 0, 1, ..., int (W, K).

    Two rows are counted in one pass, as pairs of numbers.
    """
    size = int((highs_w - scores_wn.min(axis=1)).max()) + 1
    counts, pairs_n = [], np.empty_like(scores_wn[0])
    for i in range(0, len(scores_wn) - 1, 2):
        np.multiply(scores_wn[i], -size, out=pairs_n)
        pairs_n -= scores_wn[i + 1]
        pairs_n += highs_w[i] * size + highs_w[i + 1]
        pairs_kk = np.bincount(pairs_n, minlength=size**2).reshape(size, size)
        counts += [pairs_kk.sum(1), pairs_kk.sum(0)]
    if len(scores_wn) % 2:
        counts.append(np.bincount(highs_w[-1] - scores_wn[-1], minlength=size))
    return np.array(counts)


def _add_column(
    places_bg: np.ndarray, used: np.ndarray, leftmost: np.ndarray, p_k: np.ndarray, moves: np.ndarray
) -> None:
    """Makes tails, in blocks of places, those with one column more: sum of p[k] * tails[g + k].

    Args:
      places_bg: (sums * blocks, K), changed.
      used: which of them are, in order; of one sum they are neighbours.
      leftmost: which of `used` are the first of a sum, with nothing left of them that changes.
      p_k: (K,) probability that the column misses its highest score by k.
      moves: (K, 2 K + 1), zeros but where the call before has written.
    """
    size = len(p_k)
    # Rows one longer than their use make each row of the matrix the one above, moved by one.
    moves[:, 1 : size + 1] = p_k[::-1]
    matrix = moves.ravel()[: 2 * size * size].reshape(size, 2 * size)
    places, moved = places_bg[used], np.empty((len(used), 2 * size))
    step = max(SMALL_PRODUCT // matrix.size, 1)
    for begin in range(0, len(used), step):
        np.matmul(places[begin : begin + step], matrix, out=moved[begin : begin + step])
    moved[leftmost, :size] = 0
    own = moved[:, size:]
    own[:-1] += moved[1:, :size]
    places_bg[used] = own


def _or(p: np.ndarray, tails: np.ndarray) -> None:
    """Makes each p the probability of it or of one more event, without a logarithm.

    As p + t (1 - p), which is exact where both are small.
    """
    p += tails * (1 - p)
