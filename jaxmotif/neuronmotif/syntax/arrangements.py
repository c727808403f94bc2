"""The motif syntax of a neuron: which words stand in which order, how far apart, and how they group.

Wei et al. 2021, "Motif syntax discovery": leaves of one neuron show the same motifs with gaps of different
sizes; the range of the gaps and the tree of motifs say which of them are rigid and which are soft.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.syntax.dictionary import Word
from jaxmotif.neuronmotif.syntax.pair_scan import PairScan, distance_text
from jaxmotif.neuronmotif.syntax.placement import LIKENESS, Placement, Shape, of_members, place
from jaxmotif.neuronmotif.syntax.segments import PAPER, MotifCore, Thresholds, smoothed

# The authors' program: if more than 80 % of the distances lie within 4 bp of their mean, only those count.
_USUAL, _NEAR = 0.8, 4


class Interval(NamedTuple):
    """Two neighbouring words of an arrangement.

    Attributes:
      left, right: their indices in the dictionary.
      low, high: smallest and largest distance from start to start, bp.
      gap_low, gap_high: from the end of the left one to the start of the right one; negative where they
        overlap.
      leaves: how many leaves that counts.
    """

    left: int
    right: int
    low: int
    high: int
    gap_low: int
    gap_high: int
    leaves: int


class Spacing(NamedTuple):
    """What a spacing scan says of two neighbouring words of an arrangement.

    Attributes:
      distances: accepted ones, from start to start, bp, ascending; none where the scan accepts none.
      verdict: "cooperative", "redundant" or "additive", see `pair_scan.Told`.
      alone: names of words that activate the neuron by themselves.
      q: of the pair against null networks, None without any and in an order in which it does not cooperate.
      together: distances at which the pair cooperates most, see `PairScan.together`.
    """

    distances: tuple[int, ...]
    verdict: str
    alone: tuple[str, ...]
    q: float | None = None
    together: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A word (`left` and `right` are None), or two trees joined over a range of gaps (`word` is None)."""

    word: int | None = None
    strand: str = "+"
    left: "Tree | None" = None
    right: "Tree | None" = None
    gap: tuple[int, int] | None = None


class Arrangement(NamedTuple):
    """Words in one order on given strands.

    Attributes:
      words: (index in the dictionary, strand), from left to right.
      leaves: numbers of the leaves that show it.
      sequences: how many those are made of.
      intervals: of its neighbours, one fewer than words, as the leaves have them.
      tree: what is rigid is joined first; gaps are those of the scan where there is one.
      spacings: of its neighbours by a spacing scan, None for a pair that was not scanned; () for no scan.
    """

    words: tuple[tuple[int, str], ...]
    leaves: tuple[int, ...]
    sequences: int
    intervals: tuple[Interval, ...]
    tree: Tree
    spacings: tuple[Spacing | None, ...] = ()

    @property
    def told(self) -> tuple[Interval, ...]:
        """Intervals of the distances that the scan accepts, of the leaves' where it accepts none."""
        return tuple(
            interval
            if spacing is None or not spacing.distances
            else interval._replace(
                low=spacing.distances[0],
                high=spacing.distances[-1],
                gap_low=spacing.distances[0] - interval.low + interval.gap_low,
                gap_high=spacing.distances[-1] - interval.low + interval.gap_low,
            )
            for interval, spacing in zip(
                self.intervals, self.spacings or (None,) * len(self.intervals), strict=True
            )
        )


@dataclass(frozen=True)
class Syntax:
    """What one neuron reads.

    Attributes:
      neuron: index into `Decoded.neurons`.
      words: the dictionary that indices count in.
      placements: by leaf, then from left to right.
      arrangements: those made of most sequences first.
      scans: of its pairs of words, see `spacing_scan`; () for none.
    """

    neuron: int
    words: Sequence[Word]
    placements: tuple[Placement, ...]
    arrangements: tuple[Arrangement, ...]
    scans: tuple[PairScan, ...] = ()


def layer_syntax(
    decoded: Decoded,
    segments: Sequence[MotifCore],
    words: Sequence[Word],
    needed: Thresholds | None = None,
    **options,
) -> list[Syntax]:
    """Returns `neuron_syntax` of every neuron of a layer, in order.

    Args:
      decoded: the layer.
      segments: of all its leaves.
      words: its dictionary.
      needed: what leaves need to be read, in the place of `fewest` and `pseudosites`.
      **options: keywords of `neuron_syntax`.
    """
    members, found = of_members(segments, words), []
    for i in range(len(decoded.neurons)):
        if needed:
            options |= {"fewest": int(needed.fewest[i]), "pseudosites": needed.pseudosites[i]}
        found.append(neuron_syntax(decoded, i, words, members.get(i, ()), **options))
    return found


def neuron_syntax(  # noqa: PLR0913 - four nouns, and one keyword per threshold
    decoded: Decoded,
    index: int,
    words: Sequence[Word],
    members: Sequence[Placement],
    *,
    likeness: float = LIKENESS,
    fewest: int = 1,
    pseudosites: float | np.ndarray = PAPER.pseudosites,
    ignore_outlier_spacings: bool = False,
) -> Syntax:
    """Words in each leaf of a neuron, and what the leaves have in common.

    Only words that have a segment of this neuron among their members are looked for.

    Args:
      decoded: the layer.
      index: of the neuron, into `decoded.neurons`.
      words: the layer's dictionary.
      members: the neuron's part of `placement.of_members`.
      likeness: from which a word lies in a leaf, see `placement.place`.
      fewest: leaves of fewer sequences are left out.
      pseudosites: M of the smoothing in front of the search, one number or (T,).
      ignore_outlier_spacings: of distances of which more than 80 % lie within 4 bp of their mean, count only
        those, as the authors' program does.

    Raises:
      ValueError: for an index that is no neuron, or a likeness outside (0, 1].
    """
    if not 0 <= index < len(decoded.neurons):
        raise ValueError(f"neurons are 0 to {len(decoded.neurons) - 1}, not {index}")
    by_leaf: dict[int, list[Placement]] = {}
    for member in members:
        by_leaf.setdefault(member.leaf, []).append(member)
    shapes = {number: Shape.of(words[number]) for number in sorted({member.word for member in members})}
    soft_tr4 = smoothed(decoded.ppm[index], decoded.nsites[index], pseudosites)
    placed: dict[int, list[Placement]] = {}
    for leaf in np.flatnonzero(decoded.nsites[index] >= fewest).tolist() if shapes else ():
        placed[leaf] = place(leaf, soft_tr4[leaf], shapes, by_leaf.get(leaf, ()), likeness)
    return Syntax(
        neuron=index,
        words=words,
        placements=tuple(placement for leaf in sorted(placed) for placement in placed[leaf]),
        arrangements=arrange(placed, decoded.nsites[index], ignore_outlier_spacings=ignore_outlier_spacings),
    )


def arrange(
    placed: Mapping[int, Sequence[Placement]],
    nsites: Sequence[float],
    *,
    ignore_outlier_spacings: bool = False,
) -> tuple[Arrangement, ...]:
    """Leaves grouped by their words, order and strands; those made of most sequences first.

    Args:
      placed: {leaf: its placements from left to right}; leaves without any are left out.
      nsites: sequences of each leaf, (T,).
      ignore_outlier_spacings: see `neuron_syntax`.
    """
    groups: dict[tuple, list[int]] = {}
    for leaf in sorted(placed):
        words = tuple((p.word, p.strand) for p in placed[leaf])
        if words:
            groups.setdefault(words, []).append(leaf)
    arrangements = []
    for words, leaves in groups.items():
        starts = np.array([[p.start for p in placed[leaf]] for leaf in leaves])
        ends = np.array([[p.end for p in placed[leaf]] for leaf in leaves])
        distances, gaps = starts[:, 1:] - starts[:, :-1], starts[:, 1:] - ends[:, :-1]
        counted = [_counted(column, ignore_outlier_spacings) for column in distances.T]
        intervals = tuple(
            Interval(
                words[i][0],
                words[i + 1][0],
                int(distances[kept, i].min()),
                int(distances[kept, i].max()),
                int(gaps[kept, i].min()),
                int(gaps[kept, i].max()),
                int(kept.sum()),
            )
            for i, kept in enumerate(counted)
        )
        means = [float(distances[kept, i].mean()) for i, kept in enumerate(counted)]
        sequences = int(round(sum(float(nsites[leaf]) for leaf in leaves)))
        tree = _tree(words, intervals, means)
        arrangements.append(Arrangement(words, tuple(leaves), sequences, intervals, tree))
    return tuple(sorted(arrangements, key=lambda a: (-a.sequences, a.words)))


def _counted(distances_t: np.ndarray, ignore_outlier_spacings: bool) -> np.ndarray:
    near = np.abs(distances_t - distances_t.mean()) <= _NEAR
    return near if ignore_outlier_spacings and near.mean() > _USUAL else np.ones(len(distances_t), dtype=bool)


def _tree(words, intervals: Sequence[Interval], means: Sequence[float]) -> Tree:
    """Joins over the interval with the smallest range first; of equal ones over the shortest on average."""
    groups = {i: Tree(word, strand) for i, (word, strand) in enumerate(words)}
    order = sorted(range(len(intervals)), key=lambda i: (intervals[i].high - intervals[i].low, means[i], i))
    group_of = list(range(len(words)))  # the first word of the group that each word is in
    for i in order:
        left, right = group_of[i], group_of[i + 1]
        gap = (intervals[i].gap_low, intervals[i].gap_high)
        groups[left] = Tree(None, "+", groups[left], groups[right], gap)
        group_of = [left if group == right else group for group in group_of]
    return groups[0]


def gap_text(low: int, high: int) -> str:
    """Gaps as the paper writes them: "6N" or "18..28N"."""
    return f"{low}N" if low == high else f"{low}..{high}N"


def with_scans(syntax: Syntax, scans: Sequence[PairScan]) -> Syntax:
    """Returns the syntax with what scans say of its neighbouring words; gaps of trees are theirs then."""
    found = []
    for one in syntax.arrangements:
        spacings = tuple(
            _spacing(syntax, left, right, scans)
            for left, right in zip(one.words, one.words[1:], strict=False)
        )
        one = one._replace(spacings=spacings)
        means = [(interval.low + interval.high) / 2 for interval in one.told]
        found.append(one._replace(tree=_tree(one.words, one.told, means)))
    return dataclasses.replace(syntax, arrangements=tuple(found), scans=tuple(scans))


def _spacing(syntax: Syntax, left, right, scans: Sequence[PairScan]) -> Spacing | None:
    sides = (syntax.words[left[0]].name, left[1], syntax.words[right[0]].name, right[1])
    for scan in scans:
        way = scan.way_of(*sides)
        if way is not None:
            distances, together = (tuple(of(way).tolist()) for of in (scan.accepted, scan.together))
            verdict = scan.told[way].verdict
            q = scan.q if verdict == "cooperative" else None
            return Spacing(distances, verdict, tuple(scan.alone(way)), q, together)
    return None


def as_text(syntax: Syntax) -> str:
    """Returns one line for each arrangement: "CTCF(+) -[10..40N]- CTCF(+)   16 leaves, 9000 sequences; ...".

    In brackets stand the letters between two words; behind it the distances from start to start, in bp. They
    are those that a spacing scan accepts, with what was sampled behind them, or those of the leaves.
    """
    lines = []
    for one in syntax.arrangements:
        text = _word_text(syntax, one.words[0])
        for word, interval in zip(one.words[1:], one.told, strict=False):
            text += f" -[{gap_text(interval.gap_low, interval.gap_high)}]- {_word_text(syntax, word)}"
        count = f"{len(one.leaves)} {'leaf' if len(one.leaves) == 1 else 'leaves'}, {one.sequences} sequences"
        spacings = one.spacings or (None,) * len(one.intervals)
        apart = ", ".join(map(_apart, one.intervals, spacings))
        lines.append(f"{text}   {count}{f'; start to start {apart}' if apart else ''}")
    return "\n".join(lines)


def _apart(interval: Interval, spacing: Spacing | None) -> str:
    leaves = f"{interval.low}" if interval.low == interval.high else f"{interval.low}..{interval.high}"
    if spacing is None:
        return f"{leaves} bp"
    verdict = spacing.verdict
    if spacing.together and spacing.together != spacing.distances:
        verdict += f" at {distance_text(spacing.together)}"
    null = "" if spacing.q is None else f"; null q {spacing.q:.2g}"
    if not spacing.distances:
        return f"{leaves} bp (as sampled; the scan accepts none{null})"
    alone = "".join(f"; {name} is enough" for name in spacing.alone)
    return f"{distance_text(spacing.distances)} bp (sampling saw {leaves}; {verdict}{null}{alone})"


def _word_text(syntax: Syntax, word: tuple[int, str]) -> str:
    return f"{syntax.words[word[0]].name}({word[1]})"
