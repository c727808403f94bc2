"""Training, validation and test sequences in one .npz file.

Arrays are named part/field with parts train, valid and test: sequences uint8 (N, L), labels float32
(N, T), names, alphabet, and where known chrom, start, group, offset, record_length, strand, motif_id and
motif_start. Common to all parts are targets, pool (all planted matrices, one below the other) with
pool_widths, notes per part, and recipe (JSON: what made the data). Only part/sequences must be there, so
that such a file is easily written by hand.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxmotif import files
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.truth import Truth

PARTS = ("train", "valid", "test")
_FIELDS = ("sequences", "labels", "names", "chrom", "start", "group", "offset", "record_length", "strand")


def save(path: str | os.PathLike, splits: Splits, recipe: Mapping | None = None) -> None:
    """Writes all three parts at once or not at all.

    Args:
      path: ends in .npz.
      splits: what to write.
      recipe: the name and the arguments that made the data, so that other data are not taken for
        them.

    Raises:
      ValueError: for another suffix, or where the file cannot be written.
    """
    if not os.fspath(path).endswith(".npz"):
        raise ValueError(f"{path} should end in .npz")
    arrays = {"targets": np.array(splits.train.targets, dtype=str)}
    if recipe is not None:
        arrays["recipe"] = np.array(json.dumps(dict(recipe)))
    for part in PARTS:
        dataset = getattr(splits, part)
        for field in _FIELDS:
            value = getattr(dataset, field)
            if value is not None:
                arrays[f"{part}/{field}"] = np.array(list(value), dtype=str) if field == "names" else value
        arrays[f"{part}/alphabet"] = np.array(dataset.alphabet)
        arrays[f"{part}/notes"] = np.array(dataset.notes, dtype=str)
        if dataset.truth is not None:
            arrays[f"{part}/motif_id"] = dataset.truth.motif_id
            arrays[f"{part}/motif_start"] = dataset.truth.start
            arrays["pool"] = np.concatenate(dataset.truth.pool)
            arrays["pool_widths"] = np.array([len(ppm) for ppm in dataset.truth.pool])
    files.save_npz(path, arrays)


def load(path: str | os.PathLike) -> tuple[Splits, dict | None]:
    """Returns what `save` wrote, and its recipe (None where the file holds none).

    Raises:
      ValueError: for a file that is missing, damaged, or lacks the sequences of a part.
    """
    arrays = files.load_npz(path)
    with files.reading(path):
        return _splits(path, arrays)


def _splits(path: str | os.PathLike, arrays: Mapping[str, np.ndarray]) -> tuple[Splits, dict | None]:
    recipe = json.loads(str(arrays["recipe"])) if "recipe" in arrays else None
    pool = ()
    if "pool" in arrays:
        pool = tuple(np.split(arrays["pool"], np.cumsum(arrays["pool_widths"])[:-1]))

    def part(name: str) -> Dataset:
        if f"{name}/sequences" not in arrays:
            raise ValueError(f"{path} has no {name}/sequences, only {', '.join(sorted(arrays))}")
        fields: dict[str, Any] = {field: arrays.get(f"{name}/{field}") for field in _FIELDS}
        if fields["names"] is not None:
            fields["names"] = fields["names"].tolist()
        if f"{name}/motif_id" in arrays:
            fields["truth"] = Truth(
                arrays[f"{name}/motif_id"],
                arrays[f"{name}/motif_start"],
                pool,
                fields["sequences"].shape[1],
            )
        if f"{name}/alphabet" in arrays:
            fields["alphabet"] = str(arrays[f"{name}/alphabet"])
        if fields["labels"] is not None and "targets" in arrays:
            fields["targets"] = tuple(arrays["targets"].tolist())
        try:
            return Dataset(**fields, notes=tuple(arrays.get(f"{name}/notes", np.array([], str)).tolist()))
        except ValueError as error:
            raise ValueError(f"{path}, part {name}: {error}") from None

    return Splits(*(part(name) for name in PARTS)), recipe
