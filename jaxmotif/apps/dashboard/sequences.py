"""Which sequences a dashboard shows: the held-out ones of a run, or the user's own."""

import contextlib
import os
import pathlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.apps.regions import read_loci
from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.data.files import fasta, held_out, windows
from jaxmotif.data.files.genome import Repeats, open_genome

_WITHOUT_NEGATIVES = (
    "The run has kept no held-out negatives, as those of earlier versions have not: only positives are shown."
)
_WITHOUT_TARGETS = (
    "The run has not kept what its table says of the held-out sequences, as those of earlier versions have "
    "not."
)
# What labels of sequences are: nothing, 1 for positives and 0 for negatives, or what a table says of targets.
Labels = Literal["none", "positives", "targets"]


class Given(NamedTuple):
    """Sequences to show.

    Attributes:
      data: the sequences, with labels where these are known.
      labels: what they are.
      said: which these are.
      notes: what is not shown, and why.
    """

    data: Dataset
    labels: Labels
    said: str
    notes: tuple[str, ...] = ()


def read(
    folder: pathlib.Path,
    wanted: str,
    length: int,
    most: int,
    targets: Sequence[str] = (),
    genome: str = "",
    repeats: Repeats = "keep",
) -> Given:
    """Returns the sequences to show, at most `most`; that of `wanted` first.

    Args:
      folder: of one experiment.
      wanted: a file, the name of a held-out sequence, or "" for the first held-out ones: half positives,
        half negatives where there are enough of both; of a table those with most and least of each target.
      length: what the networks read, nt.
      most: how many.
      targets: of a table, that are shown.
      genome: file that a file of loci is cut out of; without one, `wanted` is a FASTA.
      repeats: what is done with lower case of a file, "keep" or "mask".

    Raises:
      ValueError: for a file or name that is not there, or sequences of another length.
    """
    if wanted and os.path.isfile(wanted):
        data = _of_user(wanted, length, genome, repeats)
        said = f"{min(most, len(data)):,} of the {len(data):,} sequences of {wanted}"
        return Given(data[:most], "none", said, data.notes if genome else ())
    if genome:
        raise ValueError("with --genome, --sequence is a file of loci, such as BED or narrowPeak")
    table = held_out.read_with_targets(folder)
    data, has_negatives = _held_out(folder, length) if table is None else (table, False)
    names = list(data.names)
    if wanted and wanted not in names:
        raise ValueError(
            f"{wanted!r} is neither a file nor one of the {len(names)} sequences of {folder / held_out.NAME}"
        )
    by_table = table is not None or _is_of_table(folder)
    if table is not None:
        rows = _ends(table, [one for one in targets if one in table.targets], most)
    else:
        rows = _halves(data.known_labels[:, 0] == 1, most)
    if wanted:
        first = names.index(wanted)
        rows = np.concatenate([[first], rows[rows != first]])[:most]
    shown = data.take(rows)
    if by_table:
        said = f"{len(shown):,} held-out sequences" + ", most and least of each target" * (table is not None)
        notes = () if table is not None else (_WITHOUT_TARGETS,)
        return Given(shown, "targets" if table is not None else "none", said, notes)
    positive = int((shown.known_labels[:, 0] == 1).sum())
    said = f"{positive:,} held-out positives and {len(shown) - positive:,} negatives"
    return Given(shown, "positives", said, () if has_negatives else (_WITHOUT_NEGATIVES,))


def _of_user(path: str, length: int, genome: str, repeats: Repeats) -> Dataset:
    if genome:
        return windows.cut(read_loci(path), open_genome(genome, repeats), length).data
    data = fasta.read_sequences(path, labels="none", repeats=repeats)
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


def _is_of_table(folder: pathlib.Path) -> bool:
    with contextlib.suppress(ValueError, LookupError, TypeError):  # not there, or damaged
        return "task" in files.read_json(folder / "metrics.json")
    return False


def _ends(data: Dataset, targets: Sequence[str], most: int) -> np.ndarray:
    """The rows with the highest and lowest values of targets, in turn; then others in order."""
    turns = []
    for target in targets:
        values_n = data.known_labels[:, data.targets.index(target)]
        known = np.flatnonzero(~np.isnan(values_n))
        order = known[np.argsort(-values_n[known], kind="stable")]
        turns.append(np.stack([order, order[::-1]], axis=1).ravel()[: len(order)])
    longest = max(map(len, turns), default=0)
    mixed = [int(turn[i]) for i in range(longest) for turn in turns if i < len(turn)]
    return np.array(list(dict.fromkeys([*mixed, *range(len(data))]))[:most], np.int64)


def _halves(positive_n: np.ndarray, most: int) -> np.ndarray:
    """The first rows of either label, half each where both have enough, positives first."""
    positives, negatives = np.flatnonzero(positive_n), np.flatnonzero(~positive_n)
    few = min(len(negatives), most // 2)
    taken = positives[: max(most - few, 0)]
    return np.concatenate([taken, negatives[: most - len(taken)]])
