"""What the columns of a table say of its sequences: labels, classes, real values or counts."""

import dataclasses
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from jaxmotif.config import one_of

# 0/1 for each of several targets; one class for each sequence; real values; counts.
Kind = Literal["multilabel", "multiclass", "regression", "counts"]
KINDS = MULTILABEL, MULTICLASS, REGRESSION, COUNTS = "multilabel", "multiclass", "regression", "counts"
# Kinds that say more than yes or no.
VALUES = (REGRESSION, COUNTS)
# The choice of a user, who may leave it to us.
Task = Literal["auto", "multilabel", "multiclass", "regression", "counts"]
SAID = {
    MULTILABEL: "labels (0 or 1)",
    MULTICLASS: "one class for each sequence",
    REGRESSION: "real values (regression)",
    COUNTS: "counts",
}
# More classes than this are names or numbers of another kind.
MOST_CLASSES = 50
# What a column of classes may be called where it holds whole numbers.
CLASS_NAMES = ("class", "classes", "cluster", "clusters", "category", "celltype", "cell_type", "group")


class Column(NamedTuple):
    """A column of a table that may be a target.

    Attributes:
      name: in the header.
      values: float64 (N,), NaN where nothing is known; or N words, "" where nothing is known.
    """

    name: str
    values: np.ndarray | Sequence[str]

    @property
    def is_text(self) -> bool:
        """Returns whether it holds words."""
        return not isinstance(self.values, np.ndarray)


@dataclasses.dataclass(frozen=True, eq=False)
class Targets:
    """What is known of N sequences.

    Attributes:
      kind: see `KINDS`.
      names: T names, of the columns or of the classes.
      values: float32 (N, T), NaN where nothing is known. Of labels and classes 0 and 1.
      notes: what a user should know.
    """

    kind: Kind
    names: tuple[str, ...]
    values: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Targets({self.said})"

    @property
    def said(self) -> str:
        """Returns what they are, in words."""
        count, shown = len(self.names), ", ".join(self.names[:6]) + (", ..." if len(self.names) > 6 else "")
        if self.kind == MULTICLASS:
            return f"{SAID[self.kind]}, {count} classes: {shown}"
        return f"{count} target{'s' * (count > 1)}, {SAID[self.kind]}: {shown}"

    @property
    def unknown(self) -> int:
        """Returns how many values are not known; a sequence without a class counts once."""
        missing = np.isnan(self.values)
        return int(missing[:, 0].sum() if self.kind == MULTICLASS else missing.sum())


def recognised(columns: Sequence[Column], source: str, task: Task = "auto") -> Targets:
    """Returns the targets of some columns, and tells what kind they are by what they hold.

    0 and 1 are labels; words in one column are classes; values that are not all whole, or negative, are real;
    whole numbers of which some are above 1 are counts.

    Args:
      columns: of a table, all of N rows.
      source: the file, for messages.
      task: what the user says that they are; "auto" asks the columns.

    Raises:
      ValueError: for no column; where columns may be of several kinds, with the choice that there is; and for
        values that are not of the kind that was asked for.
    """
    one_of("task", task, ("auto", *KINDS))
    if not columns:
        raise ValueError(f"{source}: no column of targets")
    kind = _kind(columns, source) if task == "auto" else task
    if kind == MULTICLASS:
        return _classes(columns, source)
    words = [column.name for column in columns if column.is_text]
    if words:
        raise ValueError(
            f"{source}, column {words[0]!r}: words are no {_noun(kind)}; --targets chooses other columns, "
            "--task=multiclass reads one column of classes"
        )
    values_nt = np.stack([np.asarray(column.values, np.float64) for column in columns], axis=1)
    names = tuple(column.name for column in columns)
    check(kind, values_nt, names, source)
    return Targets(kind, names, values_nt.astype(np.float32))


def check(kind: Kind, values_nt: np.ndarray, names: Sequence[str], source: str) -> None:
    """Checks that values are of their kind.

    Args:
      kind: see `KINDS`.
      values_nt: (N, T), NaN where unknown.
      names: of the T targets.
      source: for messages.

    Raises:
      ValueError: with the first column and value that is not.
    """
    one_of("task", kind, KINDS)
    values_nt = np.asarray(values_nt)
    known_nt = values_nt == values_nt
    if kind in (MULTILABEL, MULTICLASS):
        bad_nt = known_nt & (values_nt != 0) & (values_nt != 1)
    elif kind == COUNTS:
        bad_nt = known_nt & ~((values_nt >= 0) & np.isfinite(values_nt))
    else:
        bad_nt = known_nt & ~np.isfinite(values_nt)
    if bad_nt.any():
        row, column = np.argwhere(bad_nt)[0].tolist()
        raise ValueError(
            f"{source}, column {names[column]!r}: {values_nt[row, column]:g} is no {_noun(kind)}"
            f" (row {row + 1} of the data)"
        )
    if kind == MULTICLASS:
        known_n = known_nt.all(axis=1)
        wrong = np.flatnonzero((known_nt.any(axis=1) & ~known_n) | (known_n & (values_nt.sum(axis=1) != 1)))
        if len(wrong):
            raise ValueError(f"{source}: row {wrong[0] + 1} of the data is not of one class")


def one_hot(classes: Sequence | np.ndarray, source: str = "the labels") -> Targets:
    """Returns classes, words or whole numbers, as a column of 0 and 1 for each of them, in their order.

    Args:
      classes: N words, "" where unknown, or N numbers, NaN where unknown.
      source: for messages.

    Raises:
      ValueError: for fewer than two classes, more than `MOST_CLASSES`, or numbers that are not whole.

    Examples:
      >>> one_hot(["b", "a", ""]).values.tolist()
      [[0.0, 1.0], [1.0, 0.0], [nan, nan]]
    """
    array = np.asarray(classes)
    if array.dtype.kind in "fiub":
        known_n = array == array
        whole = array[known_n].astype(np.float64)
        if (whole != np.floor(whole)).any():
            raise ValueError(f"{source}: {whole[whole != np.floor(whole)][0]:g} is no class, a whole number")
        words = np.where(known_n, array, 0).astype(np.int64)
        different = np.unique(words[known_n])
    else:
        words = np.array([str(word).strip() for word in classes])
        known_n = words != ""
        different = np.unique(words[known_n])
    names = tuple(str(one) for one in different.tolist())
    if not 2 <= len(names) <= MOST_CLASSES:
        shown = f", such as {names[0]!r}" if names else ""
        raise ValueError(f"{source}: {len(names):,} classes{shown}; 2 to {MOST_CLASSES} are read")
    values_nc = (words[:, None] == different).astype(np.float32)
    values_nc[~known_n] = np.nan
    return Targets(MULTICLASS, names, values_nc)


def _classes(columns: Sequence[Column], source: str) -> Targets:
    if len(columns) == 1:
        return one_hot(columns[0].values, f"{source}, column {columns[0].name!r}")
    words = [column for column in columns if column.is_text]
    if not words:  # a column for each class
        values_nt = np.stack([np.asarray(column.values, np.float64) for column in columns], axis=1)
        names = tuple(column.name for column in columns)
        if np.isin(values_nt[values_nt == values_nt], (0, 1)).all():
            check(MULTICLASS, values_nt, names, source)
            return Targets(MULTICLASS, names, values_nt.astype(np.float32))
    listed = ", ".join(column.name for column in columns)
    raise ValueError(f"{source}: which of the columns {listed} holds the classes? --targets=NAME says it")


def _kind(columns: Sequence[Column], source: str) -> Kind:
    """What columns are by what they hold."""
    words = [column.name for column in columns if column.is_text]
    if words:
        if len(columns) == 1:
            return MULTICLASS
        raise ValueError(
            f"{source}: which of the columns {', '.join(column.name for column in columns)} are targets? "
            "--targets=NAME,NAME says it"
        )
    kinds = {column.name: _of_numbers(np.asarray(column.values)) for column in columns}
    found = set(kinds.values())
    for column in columns:
        values = np.asarray(column.values)
        if set(values[values == values].tolist()) == {-1, 1}:
            raise ValueError(
                f"{source}, column {column.name!r} holds -1 and 1 only: write labels as 0 and 1, or "
                "--task=regression takes them as real values"
            )
    if len(columns) == 1 and found == {COUNTS}:
        return _of_one(columns[0], source)
    # A real value may happen to be whole, in all rows.
    found = found - {COUNTS} if REGRESSION in found else found
    if len(found) == 1:
        return found.pop()
    examples = {kind: name for name, kind in kinds.items()}
    raise ValueError(
        f"{source}: column {examples[MULTILABEL]!r} holds 0 and 1 only, "
        + " and ".join(f"{name!r} {SAID[kind]}" for kind, name in examples.items() if kind != MULTILABEL)
        + "; --targets chooses columns of one kind, or --task=regression (or counts) takes all as such"
    )


def _of_numbers(values_n: np.ndarray) -> Kind:
    known = values_n[values_n == values_n]
    if np.isin(known, (0, 1)).all():
        return MULTILABEL
    return COUNTS if (known >= 0).all() and (known == np.floor(known)).all() else REGRESSION


def _of_one(column: Column, source: str) -> Kind:
    """What one column of whole numbers is."""
    values = np.asarray(column.values)
    different = np.unique(values[values == values])
    if column.name.lower() in CLASS_NAMES:
        return MULTICLASS
    if len(different) > MOST_CLASSES:
        return COUNTS
    raise ValueError(
        f"{source}, column {column.name!r}: {len(different)} different whole numbers, {different[0]:g} to "
        f"{different[-1]:g}: are they classes (--task=multiclass) or counts (--task=counts)?"
    )


def _noun(kind: str) -> str:
    return {
        MULTILABEL: "label: 0, 1, or nothing",
        MULTICLASS: "class",
        REGRESSION: "finite number",
        COUNTS: "count: 0 or more",
    }[kind]
