"""Words that are one motif and differ by an offset only, joined.

Neurons, or leaves, that see different ends of a motif leave words that overlap by half of their columns, too
few for `motifs.merge`. Where a known motif says how two words lie on each other, and they agree there, they
are one.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs import naming
from jaxmotif.motifs.align import MIN_OVERLAP
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.merge import SIMILARITY
from jaxmotif.motifs.motif import Motif, informative_span
from jaxmotif.neuronmotif.syntax.known import known_motifs
from jaxmotif.neuronmotif.syntax.pieces import Cluster


def join_shifted(
    clusters: Sequence[Cluster],
    found: Sequence[list[Hit]],
    widths: Sequence[int],
    database: Sequence[Motif] | None,
    q_max: float,
) -> tuple[list[Cluster], list[list[Hit]]]:
    """Returns the clusters and their hits, those joined that are one known motif at different offsets.

    Two are joined where one of the motifs that may name both puts them on each other with 6 columns or
    more; where they agree there in 4 bits or more (`naming.agreement`), with a correlation of .75 or more;
    and where what comes out is still named by that motif. Counts are added; every column of either stays,
    but for flat ends.

    Args:
      clusters: the words of a layer.
      found: hits of each, best first.
      widths: of all pieces that clusters' members count.
      database: known motifs.
      q_max: largest q-value of a match.
    """
    clusters, found = list(clusters), list(found)
    named = [naming.named(one.motif, hits) for one, hits in zip(clusters, found, strict=True)]
    first = 0
    while first < len(clusters):
        for second in range(first + 1, len(clusters)):
            joined = _joined(clusters, named, (first, second), widths, database)
            if joined is None:
                continue
            cluster, target = joined
            (hits,) = known_motifs([cluster.motif], database, q_max)
            names = naming.named(cluster.motif, hits)
            if any(hit.target.name == target for hit in names):
                clusters[first], found[first], named[first] = cluster, hits, names
                del clusters[second], found[second], named[second]
                break
        else:
            first += 1
    return clusters, found


def _joined(clusters, named, pair: tuple[int, int], widths, database) -> tuple[Cluster, str] | None:
    """Two clusters as one, and the name of the known motif that lays them so; None if none does."""
    one, two = (clusters[i] for i in pair)
    hits = [{hit.target.name: hit for hit in named[i]} for i in pair]
    for target in [name for name in hits[0] if name in hits[1]]:
        (start, strand), (other_start, other_strand) = (
            _on_target(cluster.motif, by_name[target])
            for cluster, by_name in zip((one, two), hits, strict=True)
        )
        placed, offset = two, other_start - start
        if strand != other_strand:
            placed = two.reverse_complement(widths)
        if strand == "-":  # seen from the first one's strand
            offset = one.motif.width - two.motif.width - offset
        if _agree(one.motif, placed.motif, offset):
            return _added(one, placed, offset), target
    return None


def _on_target(motif: Motif, hit: Hit) -> tuple[int, str]:
    """Column of the target that the motif's first column lies on, once it is on the target's strand."""
    if hit.strand == "+":
        return hit.offset, "+"
    return hit.target.width - motif.width - hit.offset, "-"


def _agree(one: Motif, two: Motif, offset: int) -> bool:
    """Whether they agree where column `offset` of the first lies under the second's first."""
    if min(one.width, offset + two.width) - max(0, offset) < MIN_OVERLAP:
        return False
    found = naming.agreement(one, Hit(two, 0.0, 0.0, offset=-offset))
    return found.bits >= naming.FEWEST_BITS and found.similarity >= SIMILARITY


def _added(one: Cluster, two: Cluster, offset: int) -> Cluster:
    start = min(0, offset)
    counts = np.zeros((max(one.motif.width, offset + two.motif.width) - start, 4))
    members = []
    for cluster, at in ((one, -start), (two, offset - start)):
        counts[at : at + cluster.motif.width] += cluster.motif.ppm * cluster.motif.nsites
        members += [(i, place + at, strand) for i, place, strand in cluster.members]
    ppm = counts / counts.sum(axis=1, keepdims=True)
    low, high = informative_span(ppm)
    nsites = one.motif.nsites + two.motif.nsites
    motif = dataclasses.replace(one.motif, ppm=ppm[low:high], nsites=nsites)
    return Cluster(motif, sorted((i, place - low, strand) for i, place, strand in members))
