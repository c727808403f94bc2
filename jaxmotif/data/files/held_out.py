"""Held-out sequences, kept in a run directory so that what was trained can be looked at on them."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna, files
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import fasta

# Positives, and negatives.
NAME, NEGATIVES = "held_out.fa", "held_out_negatives.fa"
# What a table says of the sequences in NAME, a column for each target; they have no negatives then.
TARGETS = "held_out_targets.tsv"


def write(folder: str | os.PathLike, data: Dataset, most: int = 500) -> None:
    """Writes the first positives of held-out sequences, and the first negatives, into `folder`."""
    positives, negatives = data.positives[:most], data.negatives[:most]
    _write(pathlib.Path(folder) / NAME, positives, _names(positives, "test"))
    if len(negatives):
        names = _names(negatives, "negative", positives.names)
        _write(pathlib.Path(folder) / NEGATIVES, negatives, names)
    else:  # of an analysis with other settings
        (pathlib.Path(folder) / NEGATIVES).unlink(missing_ok=True)
    (pathlib.Path(folder) / TARGETS).unlink(missing_ok=True)


def write_with_targets(folder: str | os.PathLike, data: Dataset, most: int = 500) -> None:
    """Writes the first sequences of a table's held-out ones, and all that is known of them, into `folder`."""
    whole = dataclasses.replace(data, labels=np.ones(len(data), np.float32), targets=("any",))
    write(folder, whole, most)
    lines = ["\t".join(["sequence", *data.targets])]
    for name, values in zip(_names(whole[:most], "test"), data.known_labels[:most].tolist(), strict=True):
        cells = ("NA" if value != value else f"{value:.7g}" for value in values)
        lines.append("\t".join([name, *cells]))
    files.write_text(pathlib.Path(folder) / TARGETS, "\n".join(lines) + "\n")


def read_with_targets(folder: str | os.PathLike) -> Dataset | None:
    """Returns what `write_with_targets` wrote, with all targets; None for a run of another kind.

    Raises:
      ValueError: for files that cannot be read, or that are not of the same sequences.
    """
    path = pathlib.Path(folder) / TARGETS
    if not path.is_file():
        return None
    data = read(folder)[NAME]
    with files.reading(path, "table of targets"):
        head, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        if [row[0] for row in rows] != list(data.names):
            raise ValueError(f"its sequences are not those of {NAME}")
        values_nt = [[np.nan if cell == "NA" else float(cell) for cell in row[1:]] for row in rows]
    return dataclasses.replace(data, labels=np.array(values_nt, np.float32), targets=tuple(head[1:]))


def read(folder: str | os.PathLike) -> dict[str, Dataset]:
    """Returns what `write` wrote, by the file's name: labels are 1 and 0. Runs may have no negatives.

    Raises:
      ValueError: for files that cannot be read.
    """
    found = {}
    for label, name in ((1, NAME), (0, NEGATIVES)):
        path = pathlib.Path(folder) / name
        if label or path.is_file():
            data = fasta.read_sequences(path, labels="none")
            labels = np.full((len(data), 1), label, np.float32)
            found[name] = dataclasses.replace(data, labels=labels, targets=("bound",))
    return found


def _names(data: Dataset, called: str, others: Sequence[str] = ()) -> Sequence[str]:
    """Names that say which sequence is meant: a user's may repeat, numbers do not."""
    distinct = len(set(data.names)) == len(data.names) and not set(data.names) & set(others)
    return data.names if distinct else [f"{called}{i + 1}" for i in range(len(data))]


def _write(path: pathlib.Path, data: Dataset, names: Sequence[str]) -> None:
    records = zip(names, dna.decode(data.sequences, data.alphabet), strict=True)
    files.write_text(path, "".join(f">{name}\n{letters}\n" for name, letters in records))
