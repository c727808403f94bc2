"""Motifs of one neuron: its segments cut where flat columns part two motifs, copies of one motif pooled."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.align import similarities
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content
from jaxmotif.neuronmotif.syntax.segments import MotifCore, runs

# Within a neuron the leaves repeat one motif, shifted: copies this much alike are pooled at once, which
# takes a comparison for each motif instead of one for each pair of leaves.
POOLED = 0.9
# So many flat columns in a row part two motifs if both sides have this many bits and enough columns: half
# sites as of NFI or nuclear receptors, with 3 to 5 free letters between them, have fewer and stay whole.
_VALLEY, _FLAT_BITS, _SIDE_BITS = 3, 0.25, 8.0
_SHORTEST = 9


class Piece(NamedTuple):
    """[start, end) of a segment."""

    segment: int
    start: int
    end: int


class Cluster(NamedTuple):
    """A motif and the pieces it is made of: (index of the piece, offset, strand) as in `Word.members`."""

    motif: Motif
    members: list[tuple[int, int, str]]

    def reverse_complement(self, widths: Sequence[int]) -> "Cluster":
        """Returns it read from the other strand, given the width of every piece."""
        turn, width = {"+": "-", "-": "+"}, self.motif.width
        members = [(i, width - offset - widths[i], turn[strand]) for i, offset, strand in self.members]
        return Cluster(self.motif.reverse_complement(), members)


def parts(index: int, motif: Motif) -> list[Piece]:
    """Returns the segment of this index, cut in the middle of its valleys."""
    bits = information_content(motif.ppm)
    pieces, start = [], 0
    for low, high in runs(bits < _FLAT_BITS):
        middle = (low + high) // 2
        if high - low >= _VALLEY and is_motif(bits[start:middle]) and is_motif(bits[middle:]):
            pieces.append(Piece(index, start, middle))
            start = middle
    return [*pieces, Piece(index, start, motif.width)]


def is_motif(bits: np.ndarray) -> bool:
    """Returns whether columns of so much information are enough for a motif of their own."""
    return len(bits) >= _SHORTEST and bits.sum() >= _SIDE_BITS


def pool_neurons(
    segments: Sequence[MotifCore], pieces: Sequence[Piece], threshold: float = POOLED
) -> tuple[list[Cluster], list[int]]:
    """Returns the distinct motifs of every neuron, made of its own pieces only, and whose each is.

    Args:
      segments: of the layer.
      pieces: of these segments.
      threshold: similarity from which two pieces of a neuron are one motif, see `align.similarities`.

    Returns:
      motifs, by neuron, and the index of the neuron of each.
    """
    motifs = [
        dataclasses.replace(segments[i].motif, ppm=segments[i].motif.ppm[start:end])
        for i, start, end in pieces
    ]
    neurons = np.array([segments[piece.segment].neuron for piece in pieces], dtype=np.int64)
    pools, groups = [], []
    for neuron in np.unique(neurons):
        pooled = _pool(motifs, np.flatnonzero(neurons == neuron), threshold)
        pools += pooled
        groups += [int(neuron)] * len(pooled)
    return pools, groups


def _pool(motifs, which: np.ndarray, threshold: float) -> list[Cluster]:
    """The motif with most sites takes all that are so similar to it, then the next of those left over."""
    left = sorted(which.tolist(), key=lambda i: (-motifs[i].nsites, i))
    pools = []
    while left:
        leader = motifs[left[0]]
        others = [motifs[i].ppm for i in left]
        similar, offsets, strands, _ = similarities(leader.ppm, others, both=leader.has_complement)
        joined = similar >= threshold
        joined[0], offsets[0], strands[0] = True, 0, "+"
        chosen = [(left[k], int(offsets[k]), str(strands[k])) for k in np.flatnonzero(joined)]
        first = min(offset for _, offset, _ in chosen)
        counts = np.zeros((max(offset + motifs[i].width for i, offset, _ in chosen) - first, 4))
        for i, offset, strand in chosen:
            ppm = motifs[i].ppm if strand == "+" else motifs[i].ppm[::-1, ::-1]
            counts[offset - first : offset - first + len(ppm)] += ppm * motifs[i].nsites
        covered = counts.sum(axis=1)
        columns = np.flatnonzero(covered >= covered.max() / 2)  # not a lone member's far flank
        start, end = int(columns[0]), int(columns[-1]) + 1
        motif = dataclasses.replace(
            leader,
            ppm=counts[start:end] / covered[start:end, None],
            nsites=sum(motifs[i].nsites for i, *_ in chosen),
        )
        pools.append(Cluster(motif, [(i, offset - first - start, strand) for i, offset, strand in chosen]))
        left = [left[k] for k in np.flatnonzero(~joined)]
    return pools
