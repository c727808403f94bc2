"""Sequences of one length, cut out of a genome around the summits or middles of intervals."""

import dataclasses
from typing import NamedTuple

import numpy as np

from jaxmotif import dna, memory
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import content
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.loci import Loci, in_genome, overlapping

# nt, where intervals differ in length: of peaks most of what is bound lies within 100 nt of the summit.
LENGTH = 200
# Of the intervals that have the most common length: with fewer, no length is theirs.
_ALIKE = 2 / 3
# Of a window that may be N; also what is masked as a repeat.
MOST_N = 0.5
_BYTES = 20  # a letter, as in `fasta`
# Share of a sequence's letters that the genome must have too: variants are allowed, other assemblies are not.
_SAME = 0.9


class Cut(NamedTuple):
    """What was cut out of a genome.

    Attributes:
      data: sequences, named chr:start-end (0-based, the end left out), with (-) on the other strand.
      loci: the intervals that they are of, as long as these are in the file, in the same order.
    """

    data: Dataset
    loci: Loci


def usual_length(loci: Loci) -> int:
    """Returns the length that two thirds of the intervals have, or `LENGTH`, in nt."""
    values, counts = np.unique(loci.end - loci.start, return_counts=True)
    most = int(counts.argmax())
    return int(values[most]) if counts[most] >= _ALIKE * len(loci) and values[most] > 1 else LENGTH


def around(loci: Loci, length: int) -> Loci:
    """Returns intervals of `length` nt; read on their strand, letter length // 2, from 0, is the summit.

    Without a summit they lie around the middle: an interval that is as long is its own.
    """
    mirrored = (loci.strand == "-") & (loci.summit >= 0)
    start = loci.middle - np.where(mirrored, (length - 1) // 2, length // 2)
    return dataclasses.replace(loci, start=start, end=start + length)


def names_of(loci: Loci) -> list[str]:
    """Returns chr:start-end of each, as `bedtools getfasta` writes it, with (-) on the other strand."""
    return [
        f"{name}:{start}-{end}" + ("(-)" if strand == "-" else "")
        for name, start, end, strand in zip(
            loci.chromosome.tolist(),
            loci.start.tolist(),
            loci.end.tolist(),
            loci.strand.tolist(),
            strict=True,
        )
    ]


def letters_of(loci: Loci, genome: Genome) -> np.ndarray:
    """Returns the letters of intervals of one length, those on - on the other strand, uint8 (N, L)."""
    length = int(loci.end[0] - loci.start[0]) if len(loci) else 0
    codes_nl = np.empty((len(loci), length), np.uint8)
    for row in np.lexsort((loci.start, loci.chromosome)):  # as they lie in the file
        codes_nl[row] = genome.letters(str(loci.chromosome[row]), int(loci.start[row]), int(loci.end[row]))
    reverse = loci.strand == "-"
    codes_nl[reverse] = dna.reverse_complement(codes_nl[reverse])
    return codes_nl


def dataset_of(loci: Loci, codes_nl: np.ndarray, notes: tuple[str, ...] = ()) -> Dataset:
    """Returns sequences without labels, which know where they are of."""
    count, length = codes_nl.shape
    return Dataset(
        codes_nl,
        names=names_of(loci),
        chrom=loci.chromosome,
        start=loci.start,
        notes=notes,
        offset=np.zeros(count, np.int64),
        record_length=np.full(count, length),
        strand=np.where(loci.strand == "-", -1, 1),
    )


def summits_note(loci: Loci) -> str:
    """Returns how many intervals of a file have summits, in words."""
    count = f"{int((loci.summit >= 0).sum()):,} of {len(loci):,} intervals have summits"
    return f"{content.short_name(loci.source)}: {count}"


def cut(
    loci: Loci,
    genome: Genome,
    length: int | None = None,
    blacklist: Loci | None = None,
    pooled: bool = False,
) -> Cut:
    """Returns the sequences of windows around intervals.

    Left out, and counted in notes: intervals that the genome does not have (`loci.in_genome`), windows that
    overlap the blacklist, reach beyond a chromosome's end, are there already, or are N in more than half.

    Args:
      loci: intervals of a file.
      genome: what they are intervals of.
      length: of the windows, nt; None takes `usual_length`.
      blacklist: regions of the genome whose reads are not to be trusted.
      pooled: whether summits are means of several intervals': how many there are is not told then.

    Raises:
      ValueError: if nothing is left, or for a length for which there is no memory.
    """
    short, asked = content.short_name(loci.source), length
    placed = in_genome(loci, genome)
    length = usual_length(loci) if length is None else length
    memory.check(_BYTES * length * len(placed), f"{len(placed):,} sequences of {length:,} nt")
    made, total, notes, other = around(placed, length), len(placed), [], ()
    if asked is None and (placed.end - placed.start != length).any():
        where = "summits" if (placed.summit >= 0).mean() > 0.5 else "middles"
        widths = np.unique(placed.end - placed.start)
        own = "differ in length" if len(widths) > 1 else f"are {widths[0]} nt long"
        notes.append(f"intervals {own}; windows of {length} nt around their {where} (--length)")

    def leave(out: np.ndarray, why: str) -> None:
        nonlocal made, placed
        if out.any():
            notes.append(f"{int(out.sum()):,} of {total:,} windows of {length} nt {why} and were left out")
            made, placed = made.take(~out), placed.take(~out)

    if blacklist is not None:
        listed = content.short_name(blacklist.source)
        black = in_genome(blacklist, genome, required=False)
        if not len(black):
            other = black.notes
        leave(overlapping(made, black), f"overlap {listed}")
    ends = np.array([genome.lengths[name] for name in made.chromosome.tolist()], np.int64)
    leave((made.start < 0) | (made.end > ends), "reach beyond the end of a chromosome")
    leave(_repeated(made), "are those of another interval")
    codes_nl = letters_of(made, genome)
    unknown = (codes_nl == dna.N).mean(axis=1) > MOST_N if len(made) else np.zeros(0, bool)
    codes_nl = codes_nl[~unknown]
    leave(unknown, "are N or masked in more than half")
    if not len(made):
        raise ValueError(
            f"{loci.source}: no window of {length} nt is left of {len(loci):,} intervals; {notes[-1]}"
        )
    if (made.strand == "-").any():
        notes.append(
            f"{int((made.strand == '-').sum()):,} of {len(made):,} are read on the other strand, as given"
        )
    told = () if pooled else (summits_note(loci),)
    told += tuple(f"{short}: {note}" for note in notes)
    return Cut(dataset_of(made, codes_nl, (*placed.notes, *told, *other)), placed)


def _repeated(loci: Loci) -> np.ndarray:
    """Which intervals are the same as an earlier one, strand and all, bool (N,)."""
    order = np.lexsort((loci.strand, loci.start, loci.chromosome))
    same = np.zeros(len(loci), bool)
    if len(loci) > 1:
        now, before = order[1:], order[:-1]
        same[now] = (
            (loci.chromosome[now] == loci.chromosome[before])
            & (loci.start[now] == loci.start[before])
            & (loci.strand[now] == loci.strand[before])
        )
    return same


def loci_of(data: Dataset, genome: Genome, source: str) -> Loci:
    """Returns where sequences lie in a genome, by their names.

    Raises:
      ValueError: for sequences whose names give no interval as long as they are, or one that the genome does
        not have.
    """
    if data.chrom is None or data.start is None or not data.placed.all():
        missing = len(data) if data.chrom is None else int((~data.placed).sum())
        raise ValueError(
            f"{source}: {missing:,} of {len(data):,} sequences do not say in their names where they lie in "
            f"{genome.name}, such as chr1:100-200; give intervals (BED, narrowPeak), or no --genome"
        )
    start = data.start
    names, strand = np.array(data.names), np.where(data.reverse, "-", ".")
    none = np.full(len(data), -1)
    placed = in_genome(Loci(data.chrom, start, start + data.length, strand, names, none, source), genome)
    if len(placed) < len(data):
        raise ValueError(f"{placed.notes[0]}; sequences of another assembly?")
    return placed


def check_letters(data: Dataset, genome: Genome, source: str) -> None:
    """Checks that sequences have the letters that the genome has where they lie.

    Args:
      data: sequences that know their places.
      genome: has all their chromosomes.
      source: what messages call them.

    Raises:
      ValueError: for one of whose letters, but for N, less than 90 % are those of the genome.
    """
    assert data.chrom is not None and data.start is not None
    reverse = data.reverse
    for row, (chrom, start) in enumerate(zip(data.chrom.tolist(), data.start.tolist(), strict=True)):
        letters = genome.letters(genome.chromosome(chrom), start, start + data.length)
        letters = dna.reverse_complement(letters) if reverse[row] else letters
        own = data.sequences[row]
        known = (own != dna.N) & (letters != dna.N)
        same = int((own == letters)[known].sum())
        if same < _SAME * known.sum():
            raise ValueError(
                f"{source}: record {data.names[row]!r} has {same} of {known.sum()} letters in common with "
                f"{genome.path} where its name says; another assembly, or strand?"
            )
