"""Tomtom as its paper describes it, slowly and with whole numbers of any size, to compare with.

Gupta, Stamatoyannopoulos, Bailey and Noble (2007). Shares nothing with the package: distances are sums of
squared differences, counts of sums of columns are exact, every alignment is one loop.
"""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class Row:
    """The best alignment of a query with a target, as in a line of tomtom.tsv."""

    p: float
    q: float
    offset: int
    overlap: int
    strand: str


def soften(ppm: np.ndarray, nsites: float) -> np.ndarray:
    """Returns the matrix (W, 4) after a pseudo-count of 0.1, spread evenly."""
    return (ppm * nsites + 0.1 * 0.25) / (nsites + 0.1)


def rows(query: np.ndarray, targets: list[np.ndarray]) -> list[Row]:
    """Compares one softened matrix with softened targets on both strands."""
    strands = [*targets, *(target[::-1, ::-1] for target in targets)]
    scores = _scores(query, np.concatenate(strands))
    tails = {(i, j): _tail(scores[i:j]) for i in range(len(query)) for j in range(i + 1, len(query) + 1)}
    found, begin = [], 0
    for strand in strands:
        own = scores[:, begin : begin + len(strand)].tolist()
        found.append(_best(own, tails))
        begin += len(strand)
    both = [p * (2 - p) for p, *_ in found]  # 1 - (1 - p)^2
    q = _q_values(both)
    chosen = []
    for t in range(len(targets)):
        (p, overlap, _), (other_p, other_overlap, _) = found[t], found[t + len(targets)]
        reverse = (other_p, -other_overlap) < (p, -overlap)
        at = t + len(targets) * reverse
        chosen.append(Row(both[at], q[at], found[at][2], found[at][1], "-" if reverse else "+"))
    return chosen


def _scores(query: np.ndarray, columns: np.ndarray) -> np.ndarray:
    similarity = np.array([-np.sqrt(((columns - column) ** 2).sum(axis=1)) for column in query])
    similarity -= np.array([sorted(row)[len(row) // 2 - 1] for row in similarity.tolist()])[:, None]
    low = math.floor(similarity.min())
    scale = math.floor(100 / max(similarity.max() - low, 1))
    return np.floor((similarity - low) * scale + 0.5).astype(int) + low * scale


def _tail(scores: np.ndarray) -> tuple[int, list[float]]:
    """The least sum of one column from each row, and P(sum >= s) for every s from it on.

    Each row is a polynomial with the counts of its scores as coefficients; at a power of 256 that is larger
    than any coefficient the product is one product of whole numbers, and its bytes are the coefficients.
    """
    rows, n = scores.shape
    size = (n**rows).bit_length() // 8 + 1
    product = 1
    for row in scores:
        counts = np.bincount(row - row.min()).tolist()
        product *= int.from_bytes(b"".join(count.to_bytes(size, "little") for count in counts), "little")
    length = int((scores.max(axis=1) - scores.min(axis=1)).sum()) + 1
    digits = product.to_bytes(size * length, "little")
    reached, tails = 0, []
    for at in reversed(range(length)):
        reached += int.from_bytes(digits[at * size : (at + 1) * size], "little")
        tails.append(reached / n**rows)
    assert reached == n**rows
    return int(scores.min(axis=1).sum()), tails[::-1]


def _best(scores: list[list[int]], tails: dict) -> tuple[float, int, int]:
    """p, overlap and offset of the alignment with the largest sum, then overlap, then the first."""
    width, length = len(scores), len(scores[0])
    spans = [(o, max(0, -o), min(width, length - o)) for o in range(1 - width, length)]
    sums = [sum(scores[c][c + o] for c in range(i, j)) for o, i, j in spans]
    best = max(sums)
    overlap, offset = max((j - i, -o) for (o, i, j), own in zip(spans, sums, strict=True) if own == best)
    none = []
    for _, i, j in spans:
        least, above = tails[i, j]
        at = best - least
        p = 1.0 if at <= 0 else above[at] if at < len(above) else 0.0
        if p == 1:
            return 1.0, overlap, -offset
        none.append(math.log1p(-p))
    return -math.expm1(math.fsum(none)), overlap, -offset


def _q_values(p: list[float]) -> list[float]:
    """Storey's, with lambda of 100 up to 0.5 by the least mean squared error."""
    n = len(p)
    estimates, spreads = [], []
    for k in range(1, 101):
        above = sum(value > k / 200 for value in p) / n
        estimates.append(above / (1 - k / 200))
        spreads.append(above * (1 - above) / (1000 * (1 - k / 200) ** 2))
    least = min(estimates)
    errors = [spread + (own - least) ** 2 for spread, own in zip(spreads, estimates, strict=True)]
    nulls = min(1.0, estimates[errors.index(min(errors))])
    q, smallest = [0.0] * n, 1.0
    for rank, at in reversed(list(enumerate(sorted(range(n), key=p.__getitem__), start=1))):
        smallest = min(smallest, nulls * p[at] * n / rank)
        q[at] = smallest
    return q
