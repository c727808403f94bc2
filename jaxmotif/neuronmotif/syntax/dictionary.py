"""The dictionary of a layer: the distinct motifs among the segments of all its neurons.

Wei et al. 2021 slice "the shared hard motif" out of the leaves. Here segments are cut where flat columns
part two motifs, pooled within each neuron, merged over neurons on both strands (`motifs.merge`; RNA on its
one strand), and compared with known motifs.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs import naming, tomtom
from jaxmotif.motifs.align import similarities
from jaxmotif.motifs.hits import Hit, by_query, hits
from jaxmotif.motifs.merge import SIMILARITY, merge
from jaxmotif.motifs.motif import Motif, informative_span
from jaxmotif.motifs.ppm import information_content
from jaxmotif.neuronmotif.syntax.segments import MotifCore, runs

# Within a neuron the leaves repeat one motif, shifted: copies this much alike are pooled at once, which
# takes a comparison for each motif instead of one for each pair of leaves.
POOLED = 0.9
# So many flat columns in a row part two motifs if both sides have this many bits and enough columns: half
# sites as of NFI or nuclear receptors, with 3 to 5 free letters between them, have fewer and stay whole.
_VALLEY, _FLAT_BITS, _SIDE_BITS = 3, 0.25, 8.0
_SHORTEST = 9
# A known motif that lies on a word with less of its width does not say where the word ends.
_MOSTLY = 0.8


class Word(NamedTuple):
    """A motif of the dictionary.

    Attributes:
      name: of the factor whose motif names it, or "novel1", ...; the second one of a name has ".2" after it.
      motif: counts of all members added; oriented as the motif that names it.
      members: (index of the segment, offset, strand): the word's column that the segment's first column
        lies on (may be negative), "-" where the segment's reverse complement lies there. A segment with
        two copies of the word is there twice.
      hits: what Tomtom lists, best first.
      span: [start, end) in columns of `motif` that count as the word, for distances: those of the motif that
        names it where at least 80 % of it lie on the word (it may reach over the ends), else from the
        first to the last column above 0.5 bit.
      named: those of the hits that may name it, best first (`naming.named`); empty for a novel one.
    """

    name: str
    motif: Motif
    members: tuple[tuple[int, int, str], ...]
    hits: tuple[Hit, ...]
    span: tuple[int, int]
    named: tuple[Hit, ...] = ()


class _Piece(NamedTuple):
    """[start, end) of a segment."""

    segment: int
    start: int
    end: int


class _Cluster(NamedTuple):
    """A motif and the pieces it is made of: (index of the piece, offset, strand) as in `Word.members`."""

    motif: Motif
    members: list[tuple[int, int, str]]


def build(
    segments: Sequence[MotifCore],
    database: Sequence[Motif] | None = None,
    q_max: float = 0.01,
    threshold: float = SIMILARITY,
) -> list[Word]:
    """Returns the words of a layer and what is known of them.

    Args:
      segments: of all its neurons, as `segments.segments` returns.
      database: known motifs, or None to compare with none.
      q_max: largest q-value (Tomtom) of a match.
      threshold: similarity from which two segments are one word, see `merge.merge`.

    Returns:
      Words found in most neurons first.

    Raises:
      ValueError: for a threshold outside (0, 1], or an empty database.
    """
    pieces = [piece for i, segment in enumerate(segments) for piece in _parts(i, segment.motif)]
    clusters = _clusters(segments, pieces, threshold)
    # A segment of two motifs side by side lies with one of them; the other one is a piece of its own.
    cut = _cut_at_words(segments, pieces, clusters)
    if len(cut) > len(pieces):
        pieces, clusters = cut, _clusters(segments, cut, threshold)
    found = _known([cluster.motif for cluster in clusters], database, q_max)
    words: list[Word] = []
    taken: set[str] = set()
    for cluster, known in zip(clusters, found, strict=True):
        named = naming.named(cluster.motif, known)
        if named and named[0].strand == "-":
            cluster, known = _turned(cluster, known, [p.end - p.start for p in pieces], database)
            named = naming.named(cluster.motif, known)
        name = _name(named[0].label if named else "", taken)
        motif = dataclasses.replace(cluster.motif, name=name)
        # The motif stands under this name in its file, and so its hits do in theirs.
        known = [dataclasses.replace(hit, query=name) for hit in known]
        named = naming.named(motif, known)
        members = tuple(
            _of_segment(segments, pieces[i], offset, strand) for i, offset, strand in cluster.members
        )
        words.append(Word(name, motif, members, tuple(known), _span(motif, named, database), named))
    return words


def _name(label: str, taken: set[str]) -> str:
    """A name that no other word has, also where files write blanks as underscores; it is then taken."""
    base = "_".join(label.split())
    again = (f"{base}.{number}" for number in itertools.count(2))
    novel = (f"novel{number}" for number in itertools.count(1))
    candidates = itertools.chain([base], again) if base else novel
    name = next(name for name in candidates if name not in taken)
    taken.add(name)
    return name


def word_start(segment_width: int, word_width: int, offset: int, strand: str) -> int:
    """Returns column of a segment (may be negative) at which the word begins that it is a member of."""
    return -offset if strand == "+" else segment_width - word_width + offset


def _of_segment(segments, piece: _Piece, offset: int, strand: str) -> tuple[int, int, str]:
    """A piece's place on a word as that of the whole segment."""
    beyond = segments[piece.segment].motif.width - piece.end
    return piece.segment, offset - (piece.start if strand == "+" else beyond), strand


def _parts(index: int, motif: Motif) -> list[_Piece]:
    """A segment cut in the middle of its valleys."""
    bits = information_content(motif.ppm)
    pieces, start = [], 0
    for low, high in runs(bits < _FLAT_BITS):
        middle = (low + high) // 2
        if high - low >= _VALLEY and _is_motif(bits[start:middle]) and _is_motif(bits[middle:]):
            pieces.append(_Piece(index, start, middle))
            start = middle
    return [*pieces, _Piece(index, start, motif.width)]


def _is_motif(bits: np.ndarray) -> bool:
    return len(bits) >= _SHORTEST and bits.sum() >= _SIDE_BITS


def _cut_at_words(segments, pieces, clusters) -> list[_Piece]:
    """Pieces, those in two or three that hold more than the word they are members of."""
    cut = []
    for cluster in clusters:
        low, high = informative_span(cluster.motif.ppm, pad=0)
        width = cluster.motif.width
        for i, offset, strand in cluster.members:
            index, start, end = pieces[i]
            first = start + word_start(end - start, width, offset, strand)
            borders = (low, high) if strand == "+" else (width - high, width - low)
            bits = information_content(segments[index].motif.ppm)
            for border in (first + borders[0], first + borders[1]):
                if start < border < end and _is_motif(bits[start:border]) and _is_motif(bits[border:end]):
                    cut.append(_Piece(index, start, border))
                    start = border
            cut.append(_Piece(index, start, end))
    return sorted(cut)


def _clusters(segments, pieces, threshold: float) -> list[_Cluster]:
    """Pooled within neurons, merged over them; members count pieces."""
    motifs = [
        dataclasses.replace(segments[i].motif, ppm=segments[i].motif.ppm[start:end])
        for i, start, end in pieces
    ]
    neurons = np.array([segments[piece.segment].neuron for piece in pieces], dtype=np.int64)
    pools, groups = [], []
    for neuron in np.unique(neurons):
        pooled = _pool(motifs, np.flatnonzero(neurons == neuron), max(POOLED, threshold))
        pools += pooled
        groups += [int(neuron)] * len(pooled)
    clusters, widths = [], [motif.width for motif in motifs]
    for merged in merge([pool.motif for pool in pools], groups, threshold=threshold):
        members = []
        for member in merged.members:
            pool = pools[member.index]
            if member.strand == "-":
                pool = _reversed(pool, widths)
            members += [(i, offset + member.offset, strand) for i, offset, strand in pool.members]
        clusters.append(_Cluster(merged.motif, sorted(members)))
    return clusters


def _pool(motifs, which: np.ndarray, threshold: float) -> list[_Cluster]:
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
        pools.append(_Cluster(motif, [(i, offset - first - start, strand) for i, offset, strand in chosen]))
        left = [left[k] for k in np.flatnonzero(~joined)]
    return pools


def _reversed(cluster: _Cluster, widths: Sequence[int]) -> _Cluster:
    turn, width = {"+": "-", "-": "+"}, cluster.motif.width
    members = [(i, width - offset - widths[i], turn[strand]) for i, offset, strand in cluster.members]
    return _Cluster(cluster.motif.reverse_complement(), members)


def _turned(cluster: _Cluster, known: list[Hit], widths, database):
    """A word and its hits read from the other strand."""
    turn, width = {"+": "-", "-": "+"}, cluster.motif.width
    complement = str.maketrans("ACGT", "TGCA")
    turned = [
        dataclasses.replace(
            hit,
            offset=database[hit.target_index].width - width - hit.offset,
            strand=turn[hit.strand],
            query_consensus=hit.query_consensus[::-1].translate(complement),
        )
        for hit in known
    ]
    return _reversed(cluster, widths), turned


def _known(motifs: list[Motif], database, q_max: float) -> list[list[Hit]]:
    """Hits of each motif, best first."""
    if database is None or not motifs:
        return [[] for _ in motifs]
    starts = [_window(motif) for motif in motifs]
    queries = [
        dataclasses.replace(motif, ppm=motif.ppm[start : start + tomtom.MAX_WIDTH])
        for motif, start in zip(motifs, starts, strict=True)
    ]
    found = hits(tomtom.match(queries, database), queries, database, q_max=q_max)
    return by_query(
        (dataclasses.replace(hit, offset=hit.offset - starts[hit.query_index]) for hit in found), len(motifs)
    )


def _window(motif: Motif) -> int:
    """Where the most informative columns begin of a motif that is wider than Tomtom takes, else 0."""
    if motif.width <= tomtom.MAX_WIDTH:
        return 0
    total = np.concatenate([[0], np.cumsum(information_content(motif.ppm))])
    return int(np.argmax(total[tomtom.MAX_WIDTH :] - total[: -tomtom.MAX_WIDTH]))


def _span(motif: Motif, named: Sequence[Hit], database) -> tuple[int, int]:
    if named:
        width, start = database[named[0].target_index].width, -named[0].offset
        if min(start + width, motif.width) - max(start, 0) >= _MOSTLY * width:
            return start, start + width
    return informative_span(motif.ppm, pad=0)
