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


def write(folder: str | os.PathLike, data: Dataset, most: int = 500) -> None:
    """Writes the first positives of held-out sequences, and the first negatives, into `folder`."""
    positives, negatives = data.positives[:most], data.negatives[:most]
    _write(pathlib.Path(folder) / NAME, positives, _names(positives, "test"))
    if len(negatives):
        names = _names(negatives, "negative", positives.names)
        _write(pathlib.Path(folder) / NEGATIVES, negatives, names)
    else:  # of an analysis with other settings
        (pathlib.Path(folder) / NEGATIVES).unlink(missing_ok=True)


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
