"""Each target as a question with two sides: labelled or not, one class or the others, high or low values."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover.learner import rows_of
from jaxmotif.apps.discover.rounds import MOST
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.targets import VALUES, Kind
from jaxmotif.motifs.successive import Part, Search

# Values count as high in the upper third of the training rows, as low in the lower one.
THIRDS = 1 / 3, 2 / 3
# Sequences that a side of each part has at least; with fewer nothing can be told.
LEAST = 5


class Contrast(NamedTuple):
    """One side of one target.

    Attributes:
      target: number of the target, from 0.
      name: of the side: the target's, of low values with ", low" behind it.
      sign: 1, or -1 for the low side, whose motifs go with low values.
      low, high: values up to which, and from which on, a row is on a side; of labels 0 and 1.
      ranked: whether motifs are tested by values, not by sides.
    """

    target: int
    name: str
    sign: int = 1
    low: float = 0.0
    high: float = 1.0
    ranked: bool = False

    def sides(self, data: Dataset) -> np.ndarray:
        """Returns 1 for rows of this side, 0 for those of the other, NaN for what is between or unknown."""
        values_n = data.known_labels[:, self.target]
        above, below = values_n >= self.high, values_n <= self.low
        if self.sign < 0:
            above, below = below, above
        return np.where(above, 1.0, np.where(below, 0.0, np.nan)).astype(np.float32)

    def of(self, data: Dataset) -> Dataset:
        """Returns the rows of both sides with 1 and 0 as their label."""
        sides_n = self.sides(data)
        known = ~np.isnan(sides_n)
        labelled = dataclasses.replace(data, labels=sides_n[:, None], targets=(self.name,))
        return labelled.take(known)

    def splits(self, splits: Splits) -> Splits:
        """Returns the parts of both sides."""
        train, valid, test = map(self.of, splits.parts)
        return dataclasses.replace(splits, train=train, valid=valid, test=test)

    def search(self, splits: Splits) -> Search:
        """Returns a search for motifs of this side in which nothing is taken yet.

        Motifs are looked for and chosen by the two sides; of values, those that are held out test a motif by
        all of them, also those between the sides.

        Args:
          splits: with all targets.
        """
        train, valid, test = (_part(self.of(part)) for part in splits.parts)
        if self.ranked:
            values_n = splits.test.known_labels[:, self.target]
            rows = np.flatnonzero(~np.isnan(values_n))
            rows = rows[np.unique(splits.test.known_group[rows], return_index=True)[1]]
            rows = rows[rows_of(rows, MOST)]
            test = Part(
                splits.test.sequences[rows],
                self.sides(splits.test)[rows] == 1,
                self.sign * values_n[rows].astype(np.float64),
            )
        return Search(train, valid, test, splits.train.has_complement)


def contrasts(kind: Kind, splits: Splits) -> tuple[list[Contrast], list[str]]:
    """Returns the sides of all targets that motifs can be looked for, and notes on what is left out.

    Labels and classes have one side each, those that have them; values and counts two.
    """
    found: list[Contrast] = []
    for target, name in enumerate(splits.train.targets):
        if kind not in VALUES:
            found.append(Contrast(target, name))
            continue
        values_n = splits.train.known_labels[:, target].astype(np.float64)
        low, high = np.nanquantile(values_n, THIRDS)
        if low == high:  # most rows have one value, such as 0
            above, below = values_n[values_n > high], values_n[values_n < low]
            if len(above) >= len(below):
                high = above.min(initial=np.inf)
            else:
                low = below.max(initial=-np.inf)
        ends = float(low), float(high), True
        found += [Contrast(target, name, 1, *ends), Contrast(target, f"{name}, low", -1, *ends)]
    few = [one for one in found if _least(one, splits) < LEAST]
    notes = []
    if few:
        names = ", ".join(dict.fromkeys(splits.train.targets[one.target] for one in few))
        notes.append(f"no motifs are looked for by {names}: fewer than {LEAST} sequences of a side in a part")
    return [one for one in found if one not in few], notes


def _least(contrast: Contrast, splits: Splits) -> int:
    """The smallest side of any part."""
    sides = [contrast.sides(part) for part in splits.parts]
    return min(int((side == one).sum()) for side in sides for one in (0, 1))


def _part(data: Dataset) -> Part:
    """At most `MOST` sequences, one of each group and side, evenly spread."""
    rows: list[np.ndarray] = []
    for side in (data.is_positive, ~data.is_positive):
        own = np.flatnonzero(side)
        own = own[np.sort(np.unique(data.known_group[own], return_index=True)[1])]
        rows.append(own[rows_of(own, MOST // 2)])
    chosen = np.concatenate(rows)
    return Part(data.sequences[chosen], data.is_positive[chosen])


def names_of(found: Sequence[Contrast]) -> list[str]:
    """Returns the names of sides."""
    return [one.name for one in found]
