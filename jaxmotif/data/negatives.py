"""Negatives made from positives."""

import jax
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.data.dataset import Dataset

_ATTEMPTS = 20
_CHUNK = 8192  # rows shuffled at once, which bounds memory
_RETRY_CHUNK = 256


def _shuffle(key: jax.Array, codes_nl: np.ndarray, chunk: int) -> np.ndarray:
    """Dinucleotide shuffles of all rows, `chunk` at a time in one shape, so compiled once."""
    parts = []
    for number, first in enumerate(range(0, len(codes_nl), chunk)):
        part = codes_nl[first : first + chunk]
        padded = np.pad(part, ((0, chunk - len(part)), (0, 0)))
        parts.append(
            np.asarray(dna.dinucleotide_shuffle(keys.at(key, number), padded))[: len(part)]
        )
    return np.concatenate(parts)


def shuffled_negatives(dataset: Dataset, seed: int) -> Dataset:
    """Each sequence followed by a dinucleotide shuffle of it, labelled 1 and 0, in one group.

    Whatever labels there were are replaced. A shuffle that equals its source is drawn again. Where
    none differs (homopolymers, say) the sequence itself is left out too, and a note counts them.

    Returns:
      labels (2 N, 1) with target "bound"; a shuffle has the coordinates of its source and the name
      with "_shuffled" appended, and stays on the same side of every split.

    Raises:
      ValueError: if nothing is left, or there was nothing.
    """
    codes_nl = dataset.sequences
    if not len(dataset):
        raise ValueError("no sequences to shuffle")
    key = keys.stream(keys.root(seed), "negatives")
    shuffled_nl = _shuffle(keys.at(key, 0), codes_nl, min(_CHUNK, len(dataset)))
    for attempt in range(1, _ATTEMPTS):
        same = np.flatnonzero((shuffled_nl == codes_nl).all(axis=1))
        if not same.size:
            break
        # However few these are, their shape stays.
        chunk = min(_RETRY_CHUNK, len(dataset))
        shuffled_nl[same] = _shuffle(keys.at(key, attempt), codes_nl[same], chunk)
    kept = np.flatnonzero((shuffled_nl != codes_nl).any(axis=1))
    if not kept.size:
        raise ValueError("no sequence has a dinucleotide shuffle other than itself")
    notes = dataset.notes
    if kept.size < len(dataset):
        notes += (
            f"{len(dataset) - kept.size} of {len(dataset)} sequences have no dinucleotide shuffle "
            "other than themselves and were left out",
        )

    def twice(array):
        return None if array is None else np.repeat(array[kept], 2)

    return Dataset(
        np.stack([codes_nl[kept], shuffled_nl[kept]], axis=1).reshape(-1, dataset.length),
        np.tile(np.float32([1, 0]), kept.size)[:, None],
        [name for i in kept for name in (dataset.names[i], f"{dataset.names[i]}_shuffled")],
        ("bound",),
        twice(dataset.chrom),
        twice(dataset.start),
        np.repeat(kept if dataset.group is None else dataset.group[kept], 2),
        notes=notes,
    )
