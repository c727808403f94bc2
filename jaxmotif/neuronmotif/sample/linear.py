"""First-layer neurons exactly: letters given the activation, by dynamic programming.

The activation of a first-layer neuron is a sum over positions, y = b + sum_j w[j, x_j]. Under uniform letters
the distribution of partial sums over a grid of activations gives P(x_j = a, y in bin) for any width,
with sums of positive numbers alone: nothing cancels.
"""

from typing import NamedTuple

import numpy as np

GRID = 4096


class Exact(NamedTuple):
    """One neuron in `bins` bins of (0, maximum], lowest first.

    Attributes:
      maximum: of the activation, exactly.
      best: the letters that reach it, uint8 (R,).
      mass: share of all 4^R sequences in each bin, (bins,).
      means: activation of each bin, (bins,).
      letters: P(letter | bin), (bins, R, 4); 0 in an empty bin.
    """

    maximum: float
    best: np.ndarray
    mass: np.ndarray
    means: np.ndarray
    letters: np.ndarray


def exact(kernel_r4: np.ndarray, bias: float, bins: int = 20, grid: int = GRID) -> Exact:
    """Returns the bins of one first-layer neuron, to within R / 2 steps of the grid over its range.

    A sequence whose activation on the grid differs in sign or bin from its true one by less than that
    is put into the neighbouring bin; the maximum is exact.
    """
    kernel = np.asarray(kernel_r4, np.float64)
    width = len(kernel)
    low = kernel.min(axis=1)
    span = float((kernel.max(axis=1) - low).sum())
    lowest, maximum = float(low.sum() + bias), float(low.sum() + bias + span)
    best = kernel.argmax(axis=1).astype(np.uint8)
    empty = Exact(maximum, best, np.zeros(bins), np.zeros(bins), np.zeros((bins, width, 4)))
    if maximum <= 0:
        return empty
    # As fine above 0 as elsewhere also for a neuron that hardly ever is.
    step = min(span, max(20 * maximum, span / 16)) / grid if span else 1.0
    moves = np.rint((kernel - low[:, None]) / step).astype(np.int64)
    size = int(moves.max(axis=1).sum()) + 1
    activation = lowest + step * np.arange(size)
    # Rounding may put the largest sum a step beside the maximum.
    place = np.clip(np.ceil(activation / maximum * bins) - 1, -1, bins - 1).astype(np.int64)
    member = (place == np.arange(bins)[:, None]).astype(np.float64)
    prefix = [np.zeros(size)]
    prefix[0][0] = 1.0
    for move in moves:
        following = np.zeros(size)
        for by in move:
            following[by:] += prefix[-1][: size - by] / 4
        prefix.append(following)
    mass = member @ prefix[-1]
    sums = member @ (prefix[-1] * activation)
    letters = np.zeros((bins, width, 4))
    reached = member  # P(y in bin | partial sum before the letters that follow), (bins, size)
    for place in reversed(range(width)):
        before = np.zeros_like(reached)
        for letter, by in enumerate(moves[place]):
            shifted = reached[:, by:] / 4
            letters[:, place, letter] = shifted @ prefix[place][: size - by]
            before[:, : size - by] += shifted
        reached = before
    filled = mass > 0
    letters[filled] /= mass[filled][:, None, None]
    means = np.divide(sums, mass, out=np.zeros(bins), where=filled)
    return Exact(maximum, best, mass, means, letters)


def above(found: Exact, floor: float) -> Exact:
    """Returns the neuron with the bins emptied that lie below the share `floor` of its maximum."""
    kept = np.arange(1, len(found.mass) + 1) > floor * len(found.mass)
    return found._replace(
        mass=found.mass * kept, means=found.means * kept, letters=found.letters * kept[:, None, None]
    )


def ppm(found: Exact) -> np.ndarray:
    """Returns the motif, (R, 4): letters of bins weighted by mean activation (Wei et al. 2021, Methods)."""
    weight = found.means * (found.mass > 0)
    if not weight.sum():
        return np.full(found.letters.shape[1:], 0.25)
    total = np.einsum("b,brc->rc", weight, found.letters)
    return total / total.sum(axis=1, keepdims=True)
