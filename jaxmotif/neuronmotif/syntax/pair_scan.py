"""What a spacing scan found of two words: activation by distance, accepted distances, interaction."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from jaxmotif.neuronmotif.syntax.scan_words import ScanWord

_CONFIDENCE = 0.95
# A smaller part of what the pair does is called additive whatever its interval: with many backgrounds every
# difference is told from 0.
SMALL = 0.1
_ROUNDING = 1e-5


class Estimate(NamedTuple):
    """A mean over backgrounds and its 95 % interval by Student's t."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


def estimate(values_n: np.ndarray) -> Estimate:
    """Returns mean and interval of values of independent backgrounds, (n,)."""
    mean, half = _interval(np.asarray(values_n, np.float64))
    return Estimate(float(mean), float(mean - half), float(mean + half))


def _interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the last axis, and half the width of its interval."""
    count = values.shape[-1]
    half = stats.t.ppf((1 + _CONFIDENCE) / 2, count - 1) * values.std(axis=-1, ddof=1) / np.sqrt(count)
    return values.mean(axis=-1), half


class Way(NamedTuple):
    """Order and strands of a pair: which of its words (0, 1) is left and right, on which strand, by name."""

    left: int
    left_strand: str
    right: int
    right_strand: str
    left_name: str
    right_name: str

    def __str__(self) -> str:
        return f"{self.left_name}({self.left_strand}) {self.right_name}({self.right_strand})"


class Third(NamedTuple):
    """A word added to a pair where both help most.

    Attributes:
      name, strand: of the word.
      start: from the start of the pair's left word to its own, letters; negative to the left of it.
      mean: activation with all three.
      gain: activation with it less activation of the pair.
    """

    name: str
    strand: str
    start: int
    mean: float
    gain: Estimate


class Curves(NamedTuple):
    """Of every way and distance, (V, D) each; NaN where a way has no place at a distance.

    Attributes:
      mean: activation with both words, mean over backgrounds.
      share: of backgrounds above 0.
      left, right: mean activation with the left and with the right word only, at the same place.
      left_share, right_share: their shares above 0.
      interaction, half: f(AB) - f(A) - f(B) + f(0), mean and half its 95 % interval.
    """

    mean: np.ndarray
    share: np.ndarray
    left: np.ndarray
    right: np.ndarray
    left_share: np.ndarray
    right_share: np.ndarray
    interaction: np.ndarray
    half: np.ndarray


class Told(NamedTuple):
    """What a way's accepted distances have in common; of all its distances, where none is accepted.

    Attributes:
      interaction: f(AB) - f(A) - f(B) + f(0), mean over these distances; the interval is over backgrounds.
      effect: f(AB) - f(0), mean over them.
    """

    interaction: Estimate
    effect: float

    @property
    def verdict(self) -> str:
        """What the words are together: "cooperative", more than their sum, "redundant", less, or "additive".

        Additive: the interval has 0 in it, or the interaction is less than a tenth of what the pair does.
        """
        mean, low, high = self.interaction
        if low <= 0 <= high or abs(mean) < SMALL * abs(self.effect):
            return "additive"
        return "cooperative" if mean > 0 else "redundant"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PairScan:
    """How one neuron answers to two words at every distance.

    Distances count from start to start, letters, of the left and the right word, at the best place in the
    receptive field.

    Attributes:
      words: the first and the second one.
      width: letters of the receptive field.
      ways: orders and strands, V of them.
      distances: ascending, (D,).
      starts: of the two words' letters in the receptive field, left one first, (V, D, 2); -1 for none.
      curves: what was found at each.
      told: what was found of each way.
      neither: mean activation of the backgrounds.
      backgrounds: their number.
      share: of backgrounds above 0 from which a distance is accepted.
      third: a third word that helps most, or None.
      q: of its cooperation against null networks, None without any.
    """

    words: tuple[ScanWord, ScanWord]
    width: int
    ways: tuple[Way, ...]
    distances: np.ndarray
    starts: np.ndarray
    curves: Curves
    told: tuple[Told, ...]
    neither: float
    backgrounds: int
    share: float
    third: Third | None = None
    q: float | None = None

    def __repr__(self) -> str:
        return (
            f"PairScan({self.words[0].name!r}, {self.words[1].name!r}, width={self.width}, "
            f"ways={len(self.ways)}, distances={self.distances[0]}..{self.distances[-1]}, "
            f"backgrounds={self.backgrounds})"
        )

    def accepted(self, way: int) -> np.ndarray:
        """Returns distances at which the share of backgrounds above 0 is at least `share`, ascending."""
        return self.distances[_accepted(self.curves.share[way], self.share)]

    def together(self, way: int) -> np.ndarray:
        """Returns distances at which the interaction is at least half of the way's largest one, ascending.

        Where the neuron answers to one of the words by itself, nearly every distance is accepted, and only
        these say at which of them the other one counts. None for a way that is not cooperative.
        """
        if self.told[way].verdict != "cooperative":
            return self.distances[:0]
        interaction_d = np.nan_to_num(self.curves.interaction[way], nan=-np.inf)
        return self.distances[interaction_d >= interaction_d.max() / 2]

    def cooperation(self, maximum: float) -> float:
        """Returns how much more the words do together than apart, as a share of what the neuron can do.

        The largest lower end of the interaction's interval at any accepted distance of any way, divided by
        the neuron's range. Without units, pairs of all neurons and networks can be ranked; an interaction
        divided by its own interval would only tell how many backgrounds there were. The largest of many is
        above 0 by chance: null networks, in which it is the largest of as many, say how far.

        Args:
          maximum: largest activation of the neuron; its range begins at the mean of random letters.

        Returns:
          A share; -infinity where no way has an accepted distance.
        """
        low_vd = np.where(
            _accepted(self.curves.share, self.share), self.curves.interaction - self.curves.half, -np.inf
        )
        span = maximum - self.neither
        return float(low_vd.max()) / span if span > 0 else -np.inf

    @property
    def strongest(self) -> tuple[int, int]:
        """Way, and index of the distance, with the largest mean activation."""
        way, at = np.unravel_index(np.nanargmax(self.curves.mean), self.curves.mean.shape)
        return int(way), int(at)

    @property
    def best(self) -> int:
        """The way with most accepted distances; of equal ones that with the largest mean activation."""
        highest = [float(np.nanmax(mean, initial=-np.inf)) for mean in self.curves.mean]
        return max(range(len(self.ways)), key=lambda way: (len(self.accepted(way)), highest[way]))

    def way_of(self, left: str, left_strand: str, right: str, right_strand: str) -> int | None:
        """Returns the index of the way of words of these names on these strands; None if there is none.

        A palindrome lies on every strand.
        """
        for i, way in enumerate(self.ways):
            one = self.words[way.left].strands, self.words[way.right].strands
            if (way.left_name, way.right_name) == (left, right) and all(
                strands == "+" or own == asked
                for strands, own, asked in zip(
                    one, (way.left_strand, way.right_strand), (left_strand, right_strand), strict=True
                )
            ):
                return i
        return None

    def alone(self, way: int) -> list[str]:
        """Returns names of words that activate the neuron by themselves, at an accepted distance's place."""
        at = _accepted(self.curves.share[way], self.share)
        shares = (self.curves.left_share, self.curves.right_share)
        names = (self.ways[way].left_name, self.ways[way].right_name)
        found = [
            name for name, share in zip(names, shares, strict=True) if (share[way][at] >= self.share).any()
        ]
        return list(dict.fromkeys(found))

    def rows(self) -> list[dict]:
        """Returns one row for each way and distance, for a table."""
        found, curves = [], self.curves
        for way, at in np.argwhere(~np.isnan(curves.mean)).tolist():
            one = self.ways[way]
            middle, half = float(curves.interaction[way, at]), float(curves.half[way, at])
            found.append(
                {
                    "left": f"{one.left_name}({one.left_strand})",
                    "right": f"{one.right_name}({one.right_strand})",
                    "distance": int(self.distances[at]),
                    "letters from": int(self.starts[way, at, 0]),
                    "activation": round(float(curves.mean[way, at]), 4),
                    "share above 0": round(float(curves.share[way, at]), 4),
                    "left only": round(float(curves.left[way, at]), 4),
                    "right only": round(float(curves.right[way, at]), 4),
                    "neither": round(self.neither, 4),
                    "interaction": round(middle, 4),
                    "low": round(middle - half, 4),
                    "high": round(middle + half, 4),
                }
            )
        return found


def summarize(
    pair_vdn: np.ndarray, left_vdn: np.ndarray, right_vdn: np.ndarray, empty_n: np.ndarray, share: float
) -> tuple[Curves, tuple[Told, ...]]:
    """Returns curves and what they tell of each way, from activations on n backgrounds.

    Args:
      pair_vdn: with both words; NaN for none.
      left_vdn, right_vdn: with one of them at the same place.
      empty_n: of the backgrounds.
      share: from which a distance is accepted.
    """
    scale = max(float(np.nanmax(np.abs(values))) for values in (pair_vdn, left_vdn, right_vdn, empty_n))
    whole = np.float64(pair_vdn) - left_vdn - right_vdn + empty_n
    # What rounding leaves of an exact sum is nothing.
    whole = np.where(np.abs(whole) < _ROUNDING * scale, 0.0, whole)
    none_vd = np.isnan(pair_vdn[..., 0])

    def above(values_vdn: np.ndarray) -> np.ndarray:
        return np.where(none_vd, np.nan, (values_vdn > 0).mean(axis=2))

    curves = Curves(
        pair_vdn.mean(axis=2),
        above(pair_vdn),
        left_vdn.mean(axis=2),
        right_vdn.mean(axis=2),
        above(left_vdn),
        above(right_vdn),
        *_interval(whole),
    )
    told = []
    for way, share_d in enumerate(curves.share):
        at = _accepted(share_d, share)
        at = at if at.any() else ~none_vd[way]
        told.append(Told(estimate(whole[way][at].mean(axis=0)), float((pair_vdn[way][at] - empty_n).mean())))
    return curves, tuple(told)


def _accepted(share_d: np.ndarray, least: float) -> np.ndarray:
    return np.nan_to_num(share_d) >= least


def distance_text(distances: Sequence[int] | np.ndarray) -> str:
    """Returns ascending distances as ranges: "30..61" or "4, 6..9"."""
    if not len(distances):
        return "none"
    parts = np.split(np.asarray(distances), np.flatnonzero(np.diff(distances) > 1) + 1)
    return ", ".join(f"{part[0]}" if len(part) == 1 else f"{part[0]}..{part[-1]}" for part in parts)
