"""Intervals of a genome: BED of 3 columns and more, narrowPeak, broadPeak, bigBed, and names of sequences.

All are 0-based, and the end is left out. Source: genome.ucsc.edu/FAQ/FAQformat.html#format1 and format12.
"""

import contextlib
import dataclasses
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxmotif import files, probe
from jaxmotif.data.files import content, kinds
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.names import locus

_BIG_BED = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
_SKIPPED = re.compile(r"\s*(#|track\b|browser\b|$)")
_HEADERS = frozenset(("start", "chromstart", "chrom_start", "begin", "startposition"))
# Headers of tables that count from 1: of MACS (.xls), and of GRanges.
_FROM_ONE = ({"abs_summit"}, {"chr", "start", "end", "length"}, {"seqnames", "start", "end"})
_WHOLE = re.compile(r"\d{1,12}")
_LIST = re.compile(r"\d{1,12}(,\d{1,12})*,?")
_STRANDS = frozenset("+-.*")  # * as GRanges writes it: none
_SUMMIT = 9  # column of narrowPeak, from 0
_ARRAYS = ("chromosome", "start", "end", "strand", "name", "summit")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Loci:
    """N intervals of a genome, in the order of their file.

    Attributes:
      chromosome: names, (N,).
      start: 0-based position of the first letter, int64 (N,).
      end: position after the last letter, int64 (N,).
      strand: "+", "-", or "." where there is none, (N,).
      name: of each; chromosome:start-end where the file gives none, (N,).
      summit: 0-based position on the chromosome, int64 (N,); -1 where none is known.
      source: the file, for messages.
      notes: what happened on the way here that a user should know.
    """

    chromosome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray
    name: np.ndarray
    summit: np.ndarray
    source: str = "the intervals"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        return (
            f"Loci({len(self):,} intervals of {self.source}, {int((self.summit >= 0).sum()):,} with summits)"
        )

    @property
    def middle(self) -> np.ndarray:
        """Returns the summit where it is known, else the position in the middle, int64 (N,)."""
        return np.where(self.summit >= 0, self.summit, (self.start + self.end) // 2)

    def take(self, which) -> "Loci":
        """Returns the intervals of a mask (N,) or of integers, in that order."""
        return dataclasses.replace(self, **{name: getattr(self, name)[which] for name in _ARRAYS})

    def with_notes(self, *notes: str) -> "Loci":
        """Returns the same with further notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))


def read_loci(path: str | os.PathLike) -> Loci:
    """Reads intervals; the format is told by the content.

    BED of 3 columns and more (name in column 4, strand in column 6 where it holds + - . or * throughout),
    narrowPeak (summits; also with columns behind, as IDR writes it), broadPeak, bigBed, and two columns of
    names such as chr1:100-200 and sequences, as `bedtools getfasta -tab` writes them. Gzipped or not;
    comments, track lines and a header are passed over.

    Args:
      path: the file; "-" is standard input (no bigBed).

    Raises:
      ValueError: with one line, for a file that is missing, empty, damaged or of another kind; with line and
        column, for what is no interval.
    """
    with files.reading(content.shown_name(path)):
        return parse(read_content(path))


def read_content(path: str | os.PathLike) -> Content:
    """Returns what a file of intervals or of sequences holds; a bigBed as the text of a BED.

    Raises:
      ValueError: as `read_loci`.
    """
    return _big_bed(path) if is_big_bed(path) else content.read(path, loci=True)


def is_big_bed(path: str | os.PathLike) -> bool:
    """Returns whether a file is a bigBed, by its first bytes."""
    if os.fspath(path) in content.STDIN or not os.path.isfile(path):
        return False
    with files.reading(path), open(path, "rb") as stream:
        return stream.read(4) in _BIG_BED


def _big_bed(path: str | os.PathLike) -> Content:
    import pybigtools  # here, since only bigBed needs it

    probe.check("bigbed", path)
    with files.reading(path, "bigBed"), files.silent(sys.stderr):
        opened = pybigtools.open(os.fspath(path))
        lines = [
            "\t".join(map(str, (name, *record)))
            for name in opened.chroms()
            for record in opened.records(name)
        ]
    if not lines:
        raise ValueError(f"{path} is a bigBed without intervals")
    checked = content.checksum(path)
    return Content(str(path), "\n".join(lines) + "\n", str(checked["sha256"]), int(checked["bytes"]))


def parse(source: Content) -> Loci:
    """Returns the intervals of what was read, see `read_loci`."""
    rows = _Rows(source.name)
    for number, line in enumerate(re.split(r"\r\n|\n|\r", source.text), 1):
        if not _SKIPPED.match(line):
            rows.add(
                number, [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]
            )
    return rows.loci()


class _Row(NamedTuple):
    """An interval while its file is read.

    `strand` and `summit` are what columns 6 and 10 hold, `thick` is whether it may be BED9 or BED12.
    """

    number: int
    chromosome: str
    start: int
    end: int
    name: str
    strand: str = ""
    summit: str = ""
    thick: bool = False

    @property
    def has_summit(self) -> bool:
        """Whether column 10 is a summit, or -1 for none."""
        whole = _WHOLE.fullmatch(self.summit)
        return self.summit == "-1" or (whole is not None and self.start + int(self.summit) < self.end)


class _Rows:
    """Intervals while they are read."""

    def __init__(self, source: str):
        self.source, self.columns, self.rows = source, 0, []
        self.peaks = False  # whether column 10 may be that of narrowPeak

    def add(self, number: int, fields: Sequence[str]) -> None:
        """Adds a line.

        Raises:
          ValueError: with line and column.
        """
        if not self.columns:
            names = [field.strip('"').lower().replace(" ", "") for field in fields]
            if any(known <= set(names) for known in _FROM_ONE):
                raise self.error(
                    number,
                    f"a table with the columns {', '.join(names[:4])}, ... (MACS, GRanges) counts from 1; "
                    "write its intervals as BED, with starts less 1",
                )
            if len(fields) > 2 and names[1] in _HEADERS:
                return
            self.columns, self.peaks = len(fields), _is_narrow_peak(fields)
        if len(fields) != self.columns:
            raise self.error(number, f"{len(fields)} columns, but {self.columns} in the lines before")
        if len(fields) == 2:
            found = locus(fields[0], len(fields[1]))
            if found is None or not found.fits:
                raise self.error(number, f"{fields[0]!r} gives no interval of {len(fields[1])} letters", 1)
            end = found.start + len(fields[1])
            strand = "-" if found.reverse else "."
            self.rows.append(_Row(number, found.chrom, found.start, end, fields[0], strand))
            return
        if len(fields) < 2:
            raise self.error(number, f"{fields[0][:30]!r} alone; an interval has chromosome, start and end")
        for column in (1, 2):
            if not _WHOLE.fullmatch(fields[column]):
                what = "start" if column == 1 else "end"
                raise self.error(number, f"{fields[column][:30]!r} is no {what}: a whole number", column + 1)
        if not fields[0]:
            raise self.error(number, "no chromosome", 1)
        start, end = int(fields[1]), int(fields[2])
        if end <= start:
            raise self.error(number, f"the end, {end}, is not beyond the start, {start}", 3)
        name = fields[3] if len(fields) > 3 and fields[3] not in ("", ".") else f"{fields[0]}:{start}-{end}"
        row = _Row(number, fields[0], start, end, name, "".join(fields[5:6]))
        if self.peaks:
            row = row._replace(summit=fields[_SUMMIT], thick=_is_thick(fields))
        self.rows.append(row)

    def error(self, number: int, problem: str, column: int = 0) -> ValueError:
        place = f"line {number}" + (f", column {column}" if column else "")
        return ValueError(f"{self.source}, {place}: {problem}")

    def loci(self) -> Loci:
        if not self.rows:
            raise ValueError(f"{self.source} holds no intervals")
        _, chromosome, start, end, name, strand, *_ = zip(*self.rows, strict=True)
        place = lambda values: np.array(values, np.int64)
        summit, notes = self._summits(), []
        signs = sum(one in ("+", "-") for one in strand)
        other = next((row for row in self.rows if row.strand not in _STRANDS), None)
        if other and 2 * signs >= len(strand):  # a damaged one
            raise self.error(other.number, f"{other.strand[:30]!r} is no strand: +, - or .", 6)
        if other:
            strand = ["."] * len(strand)
            if signs:
                notes.append(
                    f"column 6 holds + or - in {signs:,} of {len(strand):,} lines and other words too: it is "
                    "not read as strands"
                )
        if kinds.NARROW_PEAK.search(self.source) and max(summit) < 0:
            notes.append("named narrowPeak, but no interval has a summit in column 10")
        short = content.short_name(self.source)
        return Loci(
            np.array(chromosome),
            place(start),
            place(end),
            np.array([one.replace("*", ".") for one in strand]),
            np.array(name),
            place(summit),
            self.source,
            tuple(f"{short}: {note}" for note in notes),
        )

    def _summits(self) -> list[int]:
        """Position of each interval's summit, -1 where there is none.

        In ten columns as narrowPeak has them a summit that is none is an error; among more it may be
        something else.
        """
        none = [-1] * len(self.rows)
        if not self.peaks or not {row.strand for row in self.rows} <= _STRANDS:
            return none
        if all(row.thick for row in self.rows):
            return none
        bad = next((row for row in self.rows if not row.has_summit), None)
        if bad and self.columns > _SUMMIT + 1:
            return none
        if bad:
            raise self.error(
                bad.number,
                f"{bad.summit[:30]!r} is no summit: letters before it, below {bad.end - bad.start}, or -1",
                _SUMMIT + 1,
            )
        return [row.start + int(row.summit) if row.summit != "-1" else -1 for row in self.rows]


def _is_narrow_peak(fields: Sequence[str]) -> bool:
    """Whether a line may be narrowPeak, maybe with columns behind."""
    if len(fields) <= _SUMMIT or fields[5] not in _STRANDS:
        return False
    return all(field == "." or _is_number(field) for field in fields[6:_SUMMIT])


def _is_thick(fields: Sequence[str]) -> bool:
    """Whether a line may be BED9 or BED12, maybe with columns behind: by its thick part, or its blocks."""
    blocks = len(fields) > 11 and all(
        _LIST.fullmatch(field) and str(len(field.rstrip(",").split(","))) == fields[_SUMMIT]
        for field in fields[10:12]
    )
    thick = all(map(_WHOLE.fullmatch, [*fields[1:3], *fields[6:8]])) and (
        int(fields[1]) <= int(fields[6]) <= int(fields[7]) <= int(fields[2])
    )
    return blocks or thick


def _is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return np.isfinite(float(text))
    return False


def in_genome(loci: Loci, genome: Genome, required: bool = True) -> Loci:
    """Returns the intervals with the genome's own names of chromosomes (chr7 and 7, chrM and MT are one).

    Those on chromosomes that it does not have, and those that begin beyond a chromosome's end, are left out;
    those that reach beyond it are cut there. Notes count each.

    Args:
      loci: intervals of a file.
      genome: whose names count.
      required: whether one of them has to lie on its chromosomes; else there may be none, and a note says so.

    Raises:
      ValueError: if no interval is left.
    """
    different, number = np.unique(loci.chromosome, return_inverse=True)
    own = [genome.chromosome(name) for name in different.tolist()]
    lengths = np.array([genome.lengths[name] if name else 0 for name in own])[number.ravel()]
    names = np.array(own)[number.ravel()]
    unknown, total, notes = names == "", len(loci), []
    short = content.short_name(loci.source)
    if unknown.any():
        missing = [name for name, found in zip(different.tolist(), own, strict=True) if not found]
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        told = f"lie on chromosomes that {genome.name} does not have ({shown})"
        if unknown.all() and required:
            known = ", ".join(list(genome.lengths)[:3])
            raise ValueError(f"{loci.source}: all {total:,} intervals {told}; it has {known}, ...")
        notes.append(f"{int(unknown.sum()):,} of {total:,} intervals {told} and were left out")
    beyond = ~unknown & ((loci.start >= lengths) | (loci.summit >= lengths))
    past = ~unknown & ~beyond & (loci.end > lengths)
    if beyond.any():
        told = f"lie beyond the ends of chromosomes in {genome.name}"
        if (unknown | beyond).all():
            raise ValueError(
                f"{loci.source}: {int(beyond.sum()):,} of {total:,} intervals {told}; another assembly?"
            )
        notes.append(
            f"{int(beyond.sum()):,} of {total:,} intervals {told} and were left out: another assembly?"
        )
    if past.any():
        notes.append(
            f"{int(past.sum()):,} of {total:,} intervals reach beyond the ends of chromosomes in "
            f"{genome.name} and were cut there"
        )
    placed = dataclasses.replace(loci, chromosome=names, end=np.minimum(loci.end, lengths))
    return placed.take(~unknown & ~beyond).with_notes(*(f"{short}: {note}" for note in notes))


def overlapping(loci: Loci, others: Loci, margin: int = 0) -> np.ndarray:
    """Returns which intervals share a letter with one of `others`, or are nearer than `margin` nt, bool (N,).

    Chromosomes have to be named alike in both, see `in_genome`.
    """
    hit = np.zeros(len(loci), bool)
    for name in np.unique(others.chromosome):
        own, theirs = loci.chromosome == name, others.chromosome == name
        hit[own] = touching(
            loci.start[own], loci.end[own], others.start[theirs] - margin, others.end[theirs] + margin
        )
    return hit


def touching(start_n, end_n, others_start_m, others_end_m) -> np.ndarray:
    """Returns which of N intervals of a chromosome share a letter with one of M others, bool (N,)."""
    if not len(others_start_m):
        return np.zeros(len(start_n), bool)
    order = np.argsort(others_start_m, kind="stable")
    # Of all that begin before a place, the one that reaches farthest.
    reach = np.maximum.accumulate(others_end_m[order])
    before = np.searchsorted(others_start_m[order], end_n, "left")
    return (before > 0) & (reach[np.maximum(before - 1, 0)] > start_n)


def joined(parts: Sequence[Loci]) -> Loci:
    """Returns the intervals of several, in order, without their notes."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS
    }
    return dataclasses.replace(parts[0], notes=(), **arrays)


def holds_loci(source: Content) -> bool:
    """Returns whether what was read are intervals, not sequences: by how it begins, or by its name."""
    return named_intervals(source) or kinds.holds_loci(source.text)


def named_intervals(source: Content) -> bool:
    """Returns whether a file is named as intervals are, and is no FASTA."""
    named = kinds.INTERVALS.search(source.name) and not source.text.lstrip().startswith((">", ";"))
    return bool(named)
