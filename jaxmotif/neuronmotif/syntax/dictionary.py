"""The dictionary of a layer: the distinct motifs among the segments of all its neurons.

Wei et al. 2021 slice "the shared hard motif" out of the leaves. Here segments are cut where flat columns
part two motifs, pooled within each neuron, merged over neurons on both strands (`motifs.merge`; RNA on its
one strand), and compared with known motifs; parts of one known motif are joined (`shifted`).
"""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif.motifs import naming
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.merge import SIMILARITY, merge
from jaxmotif.motifs.motif import Motif, informative_span
from jaxmotif.motifs.ppm import information_content
from jaxmotif.neuronmotif.syntax.known import known_motifs
from jaxmotif.neuronmotif.syntax.pieces import POOLED, Cluster, Piece, is_motif, parts, pool_neurons
from jaxmotif.neuronmotif.syntax.segments import MotifCore
from jaxmotif.neuronmotif.syntax.shifted import join_shifted

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
    pieces = [piece for i, segment in enumerate(segments) for piece in parts(i, segment.motif)]
    clusters = _clusters(segments, pieces, threshold)
    # A segment of two motifs side by side lies with one of them; the other one is a piece of its own.
    cut = _cut_at_words(segments, pieces, clusters)
    if len(cut) > len(pieces):
        pieces, clusters = cut, _clusters(segments, cut, threshold)
    found = known_motifs([cluster.motif for cluster in clusters], database, q_max)
    if len(clusters) > 1 and database is not None:
        clusters, found = join_shifted(clusters, found, [p.end - p.start for p in pieces], database, q_max)
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


def _of_segment(segments, piece: Piece, offset: int, strand: str) -> tuple[int, int, str]:
    """A piece's place on a word as that of the whole segment."""
    beyond = segments[piece.segment].motif.width - piece.end
    return piece.segment, offset - (piece.start if strand == "+" else beyond), strand


def _cut_at_words(segments, pieces, clusters) -> list[Piece]:
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
                if start < border < end and is_motif(bits[start:border]) and is_motif(bits[border:end]):
                    cut.append(Piece(index, start, border))
                    start = border
            cut.append(Piece(index, start, end))
    return sorted(cut)


def _clusters(segments, pieces, threshold: float) -> list[Cluster]:
    """Pooled within neurons, merged over them; members count pieces."""
    pools, groups = pool_neurons(segments, pieces, max(POOLED, threshold))
    clusters, widths = [], [piece.end - piece.start for piece in pieces]
    for merged in merge([pool.motif for pool in pools], groups, threshold=threshold):
        members = []
        for member in merged.members:
            pool = pools[member.index]
            if member.strand == "-":
                pool = pool.reverse_complement(widths)
            members += [(i, offset + member.offset, strand) for i, offset, strand in pool.members]
        clusters.append(Cluster(merged.motif, sorted(members)))
    return clusters


def _turned(cluster: Cluster, known: list[Hit], widths, database):
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
    return cluster.reverse_complement(widths), turned


def _span(motif: Motif, named: Sequence[Hit], database) -> tuple[int, int]:
    if named:
        width, start = database[named[0].target_index].width, -named[0].offset
        if min(start + width, motif.width) - max(start, 0) >= _MOSTLY * width:
            return start, start + width
    return informative_span(motif.ppm, pad=0)
