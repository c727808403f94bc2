"""Intervals of several classes, such as conditions, as one set of windows with a label for each class."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import content, windows
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.loci import Loci, in_genome, joined, overlapping

# More names than this are names of intervals, not of classes.
MOST = 50
_ENDINGS = re.compile(r"(\.(bed|narrowPeak|broadPeak|bb|bigBed|txt|tsv))?(\.b?gz)?$", re.IGNORECASE)
# Middles nearer than this share of a window's length are one place.
NEAR = 1 / 4


class Classes(NamedTuple):
    """Labels of several classes for sequences that are known by their names.

    Attributes:
      names: T names of classes.
      labels: name of a sequence -> float32 (T,): 1 for a member, 0 for none, NaN where an interval of the
        class overlaps the window, but not its middle.
    """

    names: tuple[str, ...]
    labels: Mapping[str, np.ndarray]

    def of(self, data: Dataset) -> np.ndarray:
        """Returns the labels of sequences, float32 (N, T); those that are no peaks belong to no class."""
        none = np.zeros(len(self.names), np.float32)
        return np.stack([self.labels.get(name, none) for name in data.names])


def by_file(sets: Sequence[Loci]) -> dict[str, Loci]:
    """Returns the intervals of each file by its name, without folder and endings.

    Raises:
      ValueError: for two files of one name.
    """
    found = {}
    for own in sets:
        name = _ENDINGS.sub("", content.short_name(own.source))
        if name in found:
            raise ValueError(f"{own.source} and {found[name].source} are both of class {name!r}: rename one")
        found[name] = own
    return found


def by_name(loci: Loci) -> dict[str, Loci]:
    """Returns the intervals by what column 4 says.

    Raises:
      ValueError: for one name only, or more than `MOST`.
    """
    names = np.unique(loci.name).tolist()
    if not 1 < len(names) <= MOST:
        raise ValueError(
            f"{loci.source}: {len(names):,} different names in column 4, such as {names[0]!r}; as classes of "
            f"intervals 2 to {MOST} are read"
        )
    return {name: loci.take(loci.name == name) for name in names}


def cut(
    sets: Mapping[str, Loci], genome: Genome, length: int | None = None, blacklist: Loci | None = None
) -> tuple[windows.Cut, Classes]:
    """Returns windows around intervals of all classes, those of one place as one window, and their labels.

    Args:
      sets: intervals of each class.
      genome, length, blacklist: as for `windows.cut`.

    Raises:
      ValueError: as `windows.cut`; also for a class of which no window is left.
    """
    placed = {name: in_genome(own, genome) for name, own in sets.items()}
    pooled = joined(list(placed.values()))
    length = windows.usual_length(pooled) if length is None else length
    places = _places(pooled, int(NEAR * length))
    made = windows.cut(
        dataclasses.replace(places, source="all classes"), genome, length, blacklist, pooled=True
    )
    own = windows.around(made.loci, length)
    labels = np.zeros((len(own), len(sets)), np.float32)
    middle = made.loci.middle
    around = dataclasses.replace(own, start=middle, end=middle + 1)
    for column, (name, theirs) in enumerate(placed.items()):
        centre = dataclasses.replace(theirs, start=theirs.middle, end=theirs.middle + 1)
        member = overlapping(around, centre, margin=int(NEAR * length))
        labels[:, column] = np.where(member, 1, np.where(overlapping(own, theirs), np.nan, 0))
        if not member.any():
            raise ValueError(f"class {name!r}: no window of its {len(theirs):,} intervals is left")
    counts = ", ".join(f"{name} {int((labels[:, i] == 1).sum()):,}" for i, name in enumerate(sets))
    several = int(((labels == 1).sum(axis=1) > 1).sum())
    notes = [windows.summits_note(part) for part in sets.values()]
    notes += [note for part in placed.values() for note in part.notes]
    data = made.data.with_notes(
        *dict.fromkeys(notes), f"classes: {counts}; {several:,} windows belong to several"
    )
    return made._replace(data=data), Classes(tuple(sets), dict(zip(data.names, labels, strict=True)))


def _places(loci: Loci, near: int) -> Loci:
    """Intervals whose middles lie within `near` nt of the first one's, as one with the mean of these."""
    order = np.lexsort((loci.middle, loci.chromosome))
    chromosome, middle = loci.chromosome[order], loci.middle[order]
    group, number, first = np.empty(len(loci), np.int64), -1, None
    for row, (name, at) in enumerate(zip(chromosome.tolist(), middle.tolist(), strict=True)):
        if first is None or first[0] != name or at - first[1] > near:
            number, first = number + 1, (name, at)
        group[row] = number
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(np.append(begins, len(group)))
    strands = loci.strand[order]
    same = np.minimum.reduceat(strands == strands[begins][group], begins)
    alone = (sizes == 1) & (loci.summit[order][begins] < 0)  # which lies around its middle by itself
    return Loci(
        chromosome[begins],
        np.minimum.reduceat(loci.start[order], begins),
        np.maximum.reduceat(loci.end[order], begins),
        np.where(same, strands[begins], "."),
        loci.name[order][begins],
        np.where(alone, -1, np.add.reduceat(middle, begins) // sizes),
    )
