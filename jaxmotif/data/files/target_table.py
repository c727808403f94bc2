"""Tables of sequences or loci by targets: a row for each sequence, a column for each thing known of it."""

import csv
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.data import targets as kinds_of_targets
from jaxmotif.data.files import kinds
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.kinds import SEQUENCE_COLUMNS, delimiter
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.files.tables import LABEL_COLUMNS, NAME_COLUMNS
from jaxmotif.data.targets import Column, Targets, Task

WEIGHT_COLUMNS = ("weight", "weights", "sample_weight")
# How an unknown value is written.
UNKNOWN = frozenset(("", "na", "nan", "n/a", "null", "none", ".", "<na>"))
# Fewer cells than this share that are no numbers are slips, more are words.
_SLIPS = 0.5
_WHOLE = re.compile(r"\d{1,12}(?:\.0+)?")


class Frame(NamedTuple):
    """A table as its file has it.

    Attributes:
      source: the file, for messages.
      columns: name -> N cells: words, or an array of numbers.
      place: row -> "line 7", where it stands in the file.
    """

    source: str
    columns: Mapping[str, Sequence[str] | np.ndarray]
    place: Callable[[int], str] = lambda row: f"row {row + 1}"

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Sequences or loci, and what is known of them.

    Attributes:
      source: the file, for messages.
      targets: what is known.
      sequences: letters of each row; None where rows are loci.
      loci: where rows lie, `name` is the number of the row; None where rows are sequences.
      names: of the sequences; of loci chr:start-end.
      weights: float32 (N,), how much a row counts, or None for all alike.
    """

    source: str
    targets: Targets
    sequences: Sequence[str] | None
    loci: Loci | None
    names: Sequence[str]
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.targets)


def holds(source: Content) -> bool:
    """Returns whether a text is a table of targets, not of intervals, nor of sequences with one 0/1 label.

    Intervals with a header, of which every other column is one of BED, are intervals.
    """
    if kinds.holds_targets(source.text):
        return True
    first = next((line for line in source.text.splitlines() if line.strip()), "")
    names = kinds.header(first)
    sequence = next((names.index(name) for name in SEQUENCE_COLUMNS if name in names), None)
    if sequence is None or first.startswith(">"):
        return False
    labels = [names.index(name) for name in LABEL_COLUMNS if name in names]
    labels = labels if len(labels) == 1 else list(range(sequence + 1, len(names)))
    if any(name in names for name in WEIGHT_COLUMNS) or len(labels) != 1:
        return len(names) > 1
    rows = list(of_text(source).columns.values())
    return any(_label(cell) not in (0, 1) for cell in rows[labels[0]])


def _label(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def of_text(source: Content) -> Frame:
    """Returns the cells of a table of tabs, commas or semicolons with a header.

    Raises:
      ValueError: with the line, for rows of another number of columns, and for columns of one name.
    """
    lines = re.split(r"\r\n|\n|\r", source.text)
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    numbered = [one for i, one in enumerate(numbered) if i == 0 or not one[1].startswith("#")]
    mark = delimiter(numbered[0][1])
    quoting = csv.QUOTE_NONE if mark == "\t" else csv.QUOTE_MINIMAL
    rows = [
        [cell.strip() for cell in row]
        for row in csv.reader((line for _, line in numbered), delimiter=mark, quoting=quoting)
    ]
    # A name may be quoted, or the line begin with # (bedtools, deepTools).
    names = [name.strip("\"'") for name in [rows[0][0].lstrip("# "), *rows[0][1:]]]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{source.name}, line {numbered[0][0]}: two columns are called {repeated[0]!r}")
    body, places = rows[1:], [number for number, _ in numbered[1:]]
    for row, place in zip(body, places, strict=False):
        if len(row) != len(names):
            raise ValueError(f"{source.name}, line {place}: {len(row)} columns, the header has {len(names)}")
    if not body:
        raise ValueError(f"{source.name}: a header and no rows")
    cells = list(zip(*body, strict=True))
    return Frame(source.name, dict(zip(names, cells, strict=True)), lambda row: f"line {places[row]}")


def read(frame: Frame, task: Task = "auto", wanted: Sequence[str] = ()) -> Table:
    """Returns the rows of a table with their targets.

    Sequences stand in a column "seq" or "sequence"; loci in columns chrom, start and end (0-based, the end
    left out), or as names such as chr1:100-200. Every other column of numbers is a target, but for one called
    "weight"; one column of words where there is no number. Empty cells and NA are unknown.

    Args:
      frame: the cells.
      task: see `targets.recognised`.
      wanted: names of the columns that are targets; () takes all.

    Raises:
      ValueError: with line and column, for cells that cannot be read; for a table without sequences and loci,
        or of which it is not clear what its columns are.
    """
    low = {name.lower(): name for name in frame.columns}
    find = lambda known: next((low[name] for name in known if name in low), None)
    sequence, weight, named = find(SEQUENCE_COLUMNS), find(WEIGHT_COLUMNS), find(NAME_COLUMNS)
    place = [find(known) for known in (kinds.CHROM_COLUMNS, kinds.START_COLUMNS, kinds.END_COLUMNS)]
    has_loci = all(name is not None for name in place)
    if not has_loci and sequence is None:
        place = [_column_of_loci(frame)]
        if place[0] is None:
            raise ValueError(
                f"{frame.source}: no column of sequences (seq, sequence), nor of loci (chrom, start and end, "
                "or names such as chr1:100-200)"
            )
    elif not has_loci:
        place = []
    used = {name for name in (sequence, weight, named, find(("strand",)), *place) if name}
    columns, notes = _targets(frame, used, wanted)
    found = kinds_of_targets.recognised(columns, frame.source, task)
    found = dataclasses.replace(found, notes=notes)
    weights = None if weight is None or weight in wanted else _weights(frame, weight)
    if sequence is not None:
        words = [str(word).strip() for word in frame.columns[sequence]]
        empty = next((row for row, word in enumerate(words) if not word), None)
        if empty is not None:
            raise _error(frame, empty, sequence, "no sequence")
        names = _names(frame, named, place if has_loci else [])
        return Table(frame.source, found, words, None, names, weights)
    own = _loci(frame, place, find(("strand",)))
    names = [f"{c}:{s}-{e}" for c, s, e in zip(own.chromosome, own.start, own.end, strict=True)]
    return Table(frame.source, found, None, own, names, weights)


def numbers(frame: Frame, name: str) -> np.ndarray | None:
    """Returns the numbers of a column, float64 (N,), NaN where unknown; None where it holds words.

    Raises:
      ValueError: with the line, where most cells are numbers and one is not, and for infinite ones.
    """
    cells = frame.columns[name]
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiub":
        values = cells.astype(np.float64)
    else:
        values, bad = np.full(len(cells), np.nan), []
        for row, cell in enumerate(cells):
            text = "" if cell is None else str(cell).strip()
            if text.lower() not in UNKNOWN:
                try:
                    values[row] = float(text)
                except ValueError:
                    bad.append(row)
        told = int((values == values).sum())
        if bad and len(bad) > _SLIPS * (told + len(bad)) or (bad and not told):
            return None
        if bad:
            raise _error(frame, bad[0], name, f"{str(cells[bad[0]])[:30]!r} is no number")
    wrong = np.flatnonzero(np.isinf(values))
    if len(wrong):
        raise _error(frame, int(wrong[0]), name, f"{values[wrong[0]]:g} is not finite")
    return values


def _error(frame: Frame, row: int, column: str, problem: str) -> ValueError:
    return ValueError(f"{frame.source}, {frame.place(row)}, column {column!r}: {problem}")


def _targets(frame: Frame, used: set[str], wanted: Sequence[str]) -> tuple[list[Column], tuple[str, ...]]:
    """The columns that are targets, and what is said of the others."""
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        known = ", ".join(name for name in frame.columns if name not in used)
        raise ValueError(f"{frame.source} has no column {missing[0]!r}; it has: {known}")
    names = list(wanted) or [name for name in frame.columns if name not in used]
    if not names:
        raise ValueError(f"{frame.source}: no column of targets next to {', '.join(sorted(used))}")
    columns, words = [], []
    for name in names:
        values = numbers(frame, name)
        if values is None:
            texts = ["" if cell is None else str(cell).strip() for cell in frame.columns[name]]
            words.append(Column(name, ["" if text.lower() in UNKNOWN else text for text in texts]))
        else:
            columns.append(Column(name, values))
    nothing = [column.name for column in columns if np.isnan(column.values).all()]  # pyrefly: ignore
    columns = [column for column in columns if column.name not in nothing]
    notes = [f"columns without any value: {', '.join(nothing)}"] if nothing else []
    if wanted or not columns:
        return columns + words, tuple(notes)
    if words:
        listed = ", ".join(column.name for column in words)
        notes.append(f"columns of words are no targets and were passed over: {listed} (--targets chooses)")
    return columns, tuple(notes)


def _weights(frame: Frame, name: str) -> np.ndarray:
    values = numbers(frame, name)
    if values is None:
        raise _error(frame, 0, name, f"{str(frame.columns[name][0])[:30]!r} is no weight: a number")
    bad = np.flatnonzero(~(values >= 0))
    if len(bad):
        raise _error(frame, int(bad[0]), name, f"{values[bad[0]]:g} is no weight: 0 or more")
    if not values.any():
        raise ValueError(f"{frame.source}, column {name!r}: all weights are 0")
    return values.astype(np.float32)


def _names(frame: Frame, named: str | None, place: Sequence[str | None]) -> list[str]:
    """Names of sequences: their places where these are given, else a column of names, else numbers."""
    if place:
        rows = zip(*(frame.columns[name] for name in place if name), strict=True)
        return [f"{chrom}:{start}-{end}" for chrom, start, end in rows]
    if named is not None:
        return [str(name).strip() or f"seq{row + 1}" for row, name in enumerate(frame.columns[named])]
    return [f"seq{row + 1}" for row in range(len(frame))]


def _column_of_loci(frame: Frame) -> str | None:
    """The first column all of whose cells are names such as chr1:100-200."""
    for name, cells in frame.columns.items():
        is_words = not (isinstance(cells, np.ndarray) and cells.dtype.kind in "fiub")
        if is_words and all(kinds.LOCUS.fullmatch(str(cell).strip()) for cell in cells):
            return name
    return None


def _loci(frame: Frame, place: Sequence[str | None], strand: str | None) -> Loci:
    count = len(frame)
    if len(place) == 1:
        matches = [kinds.LOCUS.fullmatch(str(cell).strip()) for cell in frame.columns[str(place[0])]]
        parts = [match.groups() for match in matches if match]
        chrom = [part[0] for part in parts]
        ends = [[int(part[i].replace(",", "")) for part in parts] for i in (1, 2)]
    else:
        chrom = [str(cell).strip() for cell in frame.columns[str(place[0])]]
        ends = [_positions(frame, str(name)) for name in place[1:]]
    start, end = (np.array(own, np.int64) for own in ends)
    bad = np.flatnonzero(end <= start)
    if len(bad):
        row = int(bad[0])
        raise _error(
            frame, row, str(place[-1]), f"the end, {end[row]}, is not beyond the start, {start[row]}"
        )
    strands = np.full(count, ".")
    if strand is not None and strand not in place:
        told = np.array([str(cell).strip() for cell in frame.columns[strand]])
        strands = np.where(np.isin(told, ("+", "-")), told, ".")
    numbered = np.array([str(row) for row in range(count)])
    return Loci(np.array(chrom), start, end, strands, numbered, np.full(count, -1), frame.source)


def _positions(frame: Frame, name: str) -> list[int]:
    found = []
    for row, cell in enumerate(frame.columns[name]):
        text = str(cell).strip()
        if not _WHOLE.fullmatch(text):
            raise _error(frame, row, name, f"{text[:30]!r} is no position: a whole number")
        found.append(int(float(text)))
    return found
