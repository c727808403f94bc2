"""Which sequences a dashboard shows: the held-out ones of a run, or the user's own."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.data.files import fasta, held_out

_WITHOUT_NEGATIVES = (
    "The run has kept no held-out negatives, as those of earlier versions have not: only positives are shown."
)


class Given(NamedTuple):
    """Sequences to show.

    Attributes:
      data: the sequences, with labels where these are known.
      labelled: whether they are.
      said: which these are.
      notes: what is not shown, and why.
    """

    data: Dataset
    labelled: bool
    said: str
    notes: tuple[str, ...] = ()


def read(folder: pathlib.Path, wanted: str, length: int, most: int) -> Given:
    """Returns the sequences to show, at most `most`; that of `wanted` first.

    Args:
      folder: of one experiment.
      wanted: a FASTA, the name of a held-out sequence, or "" for the first held-out ones: half positives,
        half negatives where there are enough of both.
      length: what the networks read, nt.
      most: how many.

    Raises:
      ValueError: for a file or name that is not there, or sequences of another length.
    """
    if wanted and os.path.isfile(wanted):
        data = _of_user(wanted, length)
        return Given(
            data[:most], False, f"{min(most, len(data)):,} of the {len(data):,} sequences of {wanted}"
        )
    data, has_negatives = _held_out(folder, length)
    names = list(data.names)
    if wanted and wanted not in names:
        raise ValueError(
            f"{wanted!r} is neither a file nor one of the {len(names)} sequences of {folder / held_out.NAME}"
        )
    rows = _halves(data.known_labels[:, 0] == 1, most)
    if wanted:
        first = names.index(wanted)
        rows = np.concatenate([[first], rows[rows != first]])[:most]
    shown = data.take(rows)
    positive = int((shown.known_labels[:, 0] == 1).sum())
    said = f"{positive:,} held-out positives and {len(shown) - positive:,} negatives"
    return Given(shown, True, said, () if has_negatives else (_WITHOUT_NEGATIVES,))


def _of_user(path: str, length: int) -> Dataset:
    data = fasta.read_sequences(path, labels="none")
    if data.length != length:
        raise ValueError(f"{path}: sequences of {data.length} nt, the networks read {length}")
    # Contributions to a sequence that was cut or padded would not be of the user's own.
    other = [
        note for note in data.notes if "sequences were longer" in note or "sequences were shorter" in note
    ]
    if other:
        raise ValueError(f"{other[0]}; the networks read {length} nt")
    return data


def _held_out(folder: pathlib.Path, length: int) -> tuple[Dataset, bool]:
    """The held-out sequences of a run with their labels, and whether there are negatives."""
    if not (folder / held_out.NAME).is_file():
        raise ValueError(f"{folder} has no {held_out.NAME}; give a FASTA with --sequence")
    parts = held_out.read(folder)
    for name, part in parts.items():
        if part.length != length:
            raise ValueError(f"{folder / name} has sequences of {part.length} nt, the networks read {length}")
    return concatenate(list(parts.values())), len(parts) > 1


def _halves(positive_n: np.ndarray, most: int) -> np.ndarray:
    """The first rows of either label, half each where both have enough, positives first."""
    positives, negatives = np.flatnonzero(positive_n), np.flatnonzero(~positive_n)
    few = min(len(negatives), most // 2)
    taken = positives[: max(most - few, 0)]
    return np.concatenate([taken, negatives[: most - len(taken)]])
