"""Sequences in columns: tables with a header, two columns as of `bedtools getfasta -tab`, or one."""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.data.files.kinds import SEQUENCE_COLUMNS, delimiter, header

LABEL_COLUMNS = ("label", "labels", "bound", "class", "target", "y", "is_bound", "binding")
NAME_COLUMNS = ("eventid", "name", "id", "peak", "seq_id", "sequence_id", "region")
# Of a line that is a sequence; letters of a file are looked at more closely once it is known what it is.
_SEQUENCE = re.compile(r"[A-Za-z*.-]+")
_BASES = re.compile(r"[ACGTUNacgtun]")
_LEAST_BASES = 0.9
# Widths to which programs wrap FASTA: lines of this width may be parts of one sequence.
_WRAPPED = (50, 60, 70, 80, 100)


class Records(NamedTuple):
    """What was read, in order.

    Attributes:
      names: of the records.
      sequences: their letters.
      labels: a number a record, or None where the file has no labels.
    """

    names: list[str]
    sequences: list[str]
    labels: Sequence[float] | None = None


def has_header(line: str) -> bool:
    """Returns whether a line names a column of sequences."""
    return not line.startswith(">") and not set(SEQUENCE_COLUMNS).isdisjoint(header(line))


def with_header(path, lines: Sequence[str]) -> Records:
    """Reads a table whose first line names a column of sequences, such as DeepBind's, and one of labels.

    Raises:
      ValueError: for a table without labels, or with several columns that may hold them; for rows of another
        number of columns, and labels that are no finite numbers.
    """
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    mark = delimiter(numbered[0][1])
    quoting = csv.QUOTE_NONE if mark == "\t" else csv.QUOTE_MINIMAL
    rows = csv.reader((line for _, line in numbered), delimiter=mark, quoting=quoting)
    columns = header(numbered[0][1])
    next(rows)
    column = next(columns.index(name) for name in SEQUENCE_COLUMNS if name in columns)
    label = _label_column(f"{path}, line {numbered[0][0]}", columns, column)
    name = next((columns.index(one) for one in NAME_COLUMNS if one in columns), 0)
    names, sequences, labels = [], [], []
    for (number, _), fields in zip(numbered[1:], rows, strict=False):
        where = f"{path}, line {number}"
        if len(fields) != len(columns):
            raise ValueError(f"{where}: {len(fields)} columns, the header has {len(columns)}")
        try:
            labels.append(float(fields[label]))
        except ValueError:
            raise ValueError(f"{where}: label {fields[label]!r} is no number") from None
        if not np.isfinite(labels[-1]):
            raise ValueError(f"{where}: label {fields[label]!r} is not finite")
        if not fields[column].strip():
            raise ValueError(f"{where}: no sequence")
        names.append(fields[name].strip() if name not in (column, label) else f"seq{len(names) + 1}")
        sequences.append(fields[column].strip())
    return Records(names, sequences, labels)


def _label_column(where: str, columns: Sequence[str], sequence: int) -> int:
    named = [columns.index(name) for name in LABEL_COLUMNS if name in columns]
    if len(named) == 1:
        return named[0]
    after = named or list(range(sequence + 1, len(columns)))
    if not after:
        raise ValueError(
            f"{where}: no label column after the column {columns[sequence]}; without labels give a FASTA"
        )
    if len(after) > 1:
        raise ValueError(
            f"{where}: several columns may be labels ({', '.join(columns[i] for i in after)}); "
            "call one of them 'label', and leave the others out or before the sequence"
        )
    return after[0]


def without_header(lines: Sequence[str]) -> Records | None:
    """Returns names and sequences of two columns in either order, or of one sequence a line.

    None where it is neither, and for a single line or what may be one wrapped sequence.
    """
    rows = [line.split("\t") if "\t" in line else line.split() for line in lines if line.strip()]
    rows = [[field.strip() for field in row] for row in rows]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or max(widths) > 2 or len(rows) < 2:
        return None
    columns = list(zip(*rows, strict=True))
    letters = [number for number, column in enumerate(columns) if _are_sequences(column)]
    if len(letters) != 1:
        return None
    sequences = list(columns[letters[0]])
    if len(columns) == 2:
        return Records([" ".join(name.split()) for name in columns[1 - letters[0]]], sequences)
    lengths = {len(sequence) for sequence in sequences[:-1]}
    if len(lengths) == 1 and lengths <= set(_WRAPPED) and len(sequences[-1]) < max(lengths):
        return None
    return Records([f"seq{number + 1}" for number in range(len(sequences))], sequences)


def _are_sequences(column: Sequence[str]) -> bool:
    if not all(map(_SEQUENCE.fullmatch, column)):
        return False
    text = "".join(column)
    return len(_BASES.findall(text)) >= _LEAST_BASES * len(text)
