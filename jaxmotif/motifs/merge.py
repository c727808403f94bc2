"""Merging: the distinct motifs among the filters of many networks, and who found each."""

import dataclasses
from collections.abc import Hashable, Sequence

import numpy as np

from jaxmotif.motifs.align import MIN_OVERLAP, similarities
from jaxmotif.motifs.motif import Motif, informative_span

# Noisy copies of one motif score above 0.8, unless a third of it is cut off; motifs that share a
# core (FOSL1 and MAFK) about 0.6. Factors of one family are one motif at this level: ELK1 and GABPA
# score 0.96, MAX and USF1, E-boxes with different flanks, 0.85, SP1 and KLF5 0.93 (JASPAR 2016).
SIMILARITY = 0.75


@dataclasses.dataclass(frozen=True)
class Member:
    """One of the motifs that were merged.

    Attributes:
      index: its place in the list given to `merge`.
      offset: position of the merged motif that its first column lies on; may be negative.
      strand: "+", or "-" if its reverse complement lies there.
    """

    index: int
    offset: int
    strand: str


@dataclasses.dataclass(frozen=True)
class Merged:
    """A distinct motif.

    Attributes:
      motif: sum of the members' counts (ppm x nsites) where they lie on each other, trimmed.
      members: those merged into it, by index.
      support: the groups (seeds) they come from, in the order in which the groups first appear.
    """

    motif: Motif
    members: tuple[Member, ...]
    support: tuple[Hashable, ...]


@dataclasses.dataclass
class _Cluster:
    """Counts (W, 4) in a frame of its own and the members' places in that frame."""

    counts: np.ndarray
    members: list[Member]

    def span(self) -> tuple[int, int]:
        """Returns where at least half of the sites have a column: not the far flank of a single member."""
        covered = self.counts.sum(axis=1)
        columns = np.flatnonzero(covered >= covered.max() / 2)
        return int(columns[0]), int(columns[-1]) + 1

    def ppm(self) -> np.ndarray:
        start, end = self.span()
        return self.counts[start:end] / self.counts[start:end].sum(axis=1, keepdims=True)

    def reversed(self, widths: Sequence[int]) -> "_Cluster":
        turn = {"+": "-", "-": "+"}
        return _Cluster(
            self.counts[::-1, ::-1],
            [
                Member(m.index, len(self.counts) - m.offset - widths[m.index], turn[m.strand])
                for m in self.members
            ],
        )

    def shifted(self, by: int) -> list[Member]:
        return [dataclasses.replace(m, offset=m.offset + by) for m in self.members]


def _join(first: _Cluster, second: _Cluster, offset: int) -> _Cluster:
    """One cluster of two; the second's first column lies on the first's column `offset`."""
    start = min(0, offset)
    counts = np.zeros((max(len(first.counts), offset + len(second.counts)) - start, 4))
    counts[-start : -start + len(first.counts)] += first.counts
    counts[offset - start : offset - start + len(second.counts)] += second.counts
    return _Cluster(counts, first.shifted(-start) + second.shifted(offset - start))


def _agglomerate(
    clusters: list[_Cluster], widths, threshold: float, min_overlap: int, both: bool
) -> list[_Cluster]:
    """Joins the two most similar clusters, as long as any two reach the threshold; in place."""
    n = len(clusters)
    ppms = [cluster.ppm() for cluster in clusters]
    # Entry (i, j), i < j, is cluster j laid on cluster i.
    similarity = np.full((n, n), -1.0)
    offset, minus = np.zeros((n, n), dtype=np.int64), np.zeros((n, n), dtype=bool)

    def compare(i: int, others: np.ndarray) -> None:
        if not len(others):
            return
        s, o, strand, _ = similarities(ppms[i], [ppms[j] for j in others], min_overlap, both)
        turned = strand == "-"
        other_widths = np.array([len(ppms[j]) for j in others])
        # The same alignment seen from the other matrix, for the pairs in which i comes second.
        seen = np.where(turned, o + other_widths - len(ppms[i]), -o)
        before = others < i
        similarity[others[before], i], similarity[i, others[~before]] = s[before], s[~before]
        minus[others[before], i], minus[i, others[~before]] = turned[before], turned[~before]
        offset[others[before], i], offset[i, others[~before]] = seen[before], o[~before]

    for i in range(n - 1):
        compare(i, np.arange(i + 1, n))
    alive = np.ones(n, dtype=bool)
    while alive.sum() > 1:
        i, j = np.unravel_index(np.argmax(np.round(similarity, 9)), similarity.shape)
        if similarity[i, j] < threshold:
            break
        second = clusters[j].reversed(widths) if minus[i, j] else clusters[j]
        # From the frames that were compared, cut to their spans, to the whole frames.
        place = offset[i, j] + clusters[i].span()[0] - second.span()[0]
        clusters[i] = _join(clusters[i], second, int(place))
        ppms[i] = clusters[i].ppm()
        alive[j] = False
        similarity[j, :] = similarity[:, j] = -1
        compare(int(i), np.flatnonzero(alive & (np.arange(n) != i)))
    return [cluster for cluster, kept in zip(clusters, alive, strict=True) if kept]


def merge(
    motifs: Sequence[Motif],
    groups: Sequence[Hashable],
    *,
    threshold: float = SIMILARITY,
    min_overlap: int = MIN_OVERLAP,
    name: str = "motif",
) -> list[Merged]:
    """Merges motifs that are alike at some shift, on either strand (RNA as given).

    Agglomeration: the two most similar clusters are joined, their counts added in the alignment,
      and the sum
    compared anew with the others, until no two are as similar as `threshold` (see
    `align.similarities`). A part of a motif joins the whole; two parts that hardly overlap join
    once a whole one links them. Columns that fewer than half of the sites cover are cut off, and
    the result is trimmed as by `motif.trim`. Deterministic; the order of the input matters only for
    exact ties.

    Motifs without information are alike to nothing and stay alone: leave them out beforehand
    (`motif.is_informative`). nsites of a merged motif is the sum over its members, so sites that
    several of them found count once for each: a weight, not what a user is told.

    Args:
      motifs: for example the filters of all networks of an ensemble.
      groups: for each motif the network (seed) it comes from.
      threshold: similarity from which two clusters are one motif, 0 to 1.
      min_overlap: columns that must overlap.
      name: merged motifs are called name1, name2, ...

    Returns:
      Distinct motifs, those with most support first, then by nsites, then by their first member.
      Each is oriented as its member with most sites.

    Raises:
      ValueError: if there are not as many groups as motifs, or for a threshold outside (0, 1].
    """
    motifs, groups = list(motifs), list(groups)
    if len(motifs) != len(groups):
        raise ValueError(f"merging needs a group for each motif, not {len(groups)} for {len(motifs)}")
    if not 0 < threshold <= 1:
        raise ValueError(f"the similarity threshold lies in (0, 1], not {threshold}")
    if min_overlap < 1:
        raise ValueError(f"min_overlap must be at least 1, not {min_overlap}")
    if not motifs:
        return []
    widths = [motif.width for motif in motifs]
    clusters = _agglomerate(
        [_Cluster(motif.ppm * motif.nsites, [Member(i, 0, "+")]) for i, motif in enumerate(motifs)],
        widths,
        threshold,
        min_overlap,
        all(motif.has_complement for motif in motifs),
    )
    order, merged = list(dict.fromkeys(groups)), []
    for cluster in clusters:
        heaviest = max(cluster.members, key=lambda m: (motifs[m.index].nsites, -m.index))
        if heaviest.strand == "-":
            cluster = cluster.reversed(widths)
        start, _ = cluster.span()
        ppm = cluster.ppm()
        first, last = informative_span(ppm)
        present = {groups[m.index] for m in cluster.members}
        main = motifs[heaviest.index]
        merged.append(
            Merged(
                motif=dataclasses.replace(
                    main,
                    name=name,
                    ppm=ppm[first:last],
                    alt_name="",
                    url="",
                    nsites=sum(motifs[m.index].nsites for m in cluster.members),
                ),
                members=tuple(
                    sorted(
                        (dataclasses.replace(m, offset=m.offset - start - first) for m in cluster.members),
                        key=lambda m: m.index,
                    )
                ),
                support=tuple(group for group in order if group in present),
            )
        )
    merged.sort(key=lambda m: (-len(m.support), -m.motif.nsites, m.members[0].index))
    return [
        dataclasses.replace(m, motif=dataclasses.replace(m.motif, name=f"{name}{i + 1}"))
        for i, m in enumerate(merged)
    ]
