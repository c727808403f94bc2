"""A neuron's own evidence: known motifs in its own leaves, whatever the other neurons of its layer do.

A word of the layer's dictionary is merged from the segments of many neurons, so its q-value is theirs
together. Here only the neuron's own segments are pooled and compared.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif.motifs import naming
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax.known import known_motifs
from jaxmotif.neuronmotif.syntax.pieces import parts, pool_neurons
from jaxmotif.neuronmotif.syntax.segments import MotifCore

# Matches that are expected this often by chance in a neuron are no evidence of anything.
_MOST_E = 1.0


class OwnMotifs(NamedTuple):
    """What the leaves of one neuron hold.

    Attributes:
      motifs: the distinct ones, shifted copies pooled; those of most sequences first.
      named: of each of them the best hit that may name it (`naming.named`), if any, and of several with one
        target the best; best first. p, E and q are times the number of `motifs`, 1 at most (E: the number of
        targets).
      e: the least E of any hit that agrees with a motif as a name has to (`naming.agrees`), times the number
        of `motifs`; infinite where none is below 1. It ranks neurons, also those whose E gives no name.
    """

    motifs: tuple[Motif, ...] = ()
    named: tuple[Hit, ...] = ()
    e: float = math.inf


def own_motifs(
    segments: Sequence[MotifCore],
    neurons: int,
    database: Sequence[Motif] | None = None,
    q_max: float = 0.01,
) -> list[OwnMotifs]:
    """Returns the motifs of each neuron and the known ones among them.

    A neuron with m motifs has m chances of a match: p, E and q are multiplied by m (Bonferroni). This is
    not less than Benjamini and Hochberg's q over the alignments of all m together where their shares of true
    nulls are alike.

    Args:
      segments: of all neurons of a layer.
      neurons: how many there are.
      database: known motifs, or None to compare with none.
      q_max: largest q-value of a match after that.

    Raises:
      ValueError: for an empty database.
    """
    pieces = [piece for i, segment in enumerate(segments) for piece in parts(i, segment.motif)]
    pools, groups = pool_neurons(segments, pieces)
    found: list[list[tuple[Motif, list[Hit]]]] = [[] for _ in range(neurons)]
    motifs = [pool.motif for pool in pools]
    for neuron, motif, hits in zip(
        groups, motifs, known_motifs(motifs, database, e_max=_MOST_E), strict=True
    ):
        found[neuron].append((motif, hits))
    return [_corrected(own, q_max, len(database or ())) for own in found]


def _corrected(own: Sequence[tuple[Motif, list[Hit]]], q_max: float, targets: int) -> OwnMotifs:
    chances, best, e = len(own), {}, math.inf
    for motif, hits in own:
        named = naming.named(motif, [_times(hit, chances, targets) for hit in hits])
        if named and named[0].q <= q_max:
            target = named[0].target.name
            best[target] = min(named[0], best.get(target, named[0]), key=_rank)
        e = min(e, next((hit.e * chances for hit in hits if naming.agrees(motif, hit)), math.inf))
    named = tuple(sorted(best.values(), key=_rank))
    return OwnMotifs(tuple(motif for motif, _ in own), named, e if e <= _MOST_E else math.inf)


def _rank(hit: Hit) -> tuple:
    return hit.q, hit.p, -hit.overlap, hit.target.name


def _times(hit: Hit, chances: int, targets: int) -> Hit:
    return dataclasses.replace(
        hit,
        p=min(hit.p * chances, 1.0),
        e=min(hit.e * chances, float(targets)),
        q=min(hit.q * chances, 1.0),
    )
