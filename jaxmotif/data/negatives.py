"""Negatives made from positives."""

import dataclasses

import jax
import numpy as np

from jaxmotif import dna, keys, shuffling
from jaxmotif.data.dataset import Dataset

_ATTEMPTS = 20
_CHUNK = 8192  # rows of one key
_RETRY_CHUNK = 256
_BLOCK = 256  # rows shuffled at once, whatever their number: compiled once


def _shuffle(key: jax.Array, codes_nl: np.ndarray, chunk: int) -> np.ndarray:
    """Dinucleotide shuffles of all rows; a row depends on its place and on `chunk`, a multiple of a block."""
    parts = []
    for start in range(0, len(codes_nl), _BLOCK):
        part = codes_nl[start : start + _BLOCK]
        padded = np.pad(part, ((0, _BLOCK - len(part)), (0, 0)))
        number, first = divmod(start, chunk)
        shuffled = shuffling.dinucleotide_shuffle(keys.at(key, number), padded, first)
        parts.append(np.asarray(shuffled)[: len(part)])
    return np.concatenate(parts)


def _in_place(shuffled_nl: np.ndarray, codes_nl: np.ndarray) -> np.ndarray:
    """Shuffles whose other letters lie where they lay, so that N and padding do not tell the two apart."""
    letter_nl = codes_nl < dna.N
    if letter_nl.all():
        return shuffled_nl
    placed_nl = codes_nl.copy()
    placed_nl[letter_nl] = shuffled_nl[shuffled_nl < dna.N]
    return placed_nl


def shuffle(sequences, seed: int = 0) -> np.ndarray:
    """Returns a random sequence with the same dinucleotide counts and end letters for each, uint8 (N, L).

    It may equal its source; `jm.with_negatives` draws again where it does. See
    `shuffling.dinucleotide_shuffle`.

    Args:
      sequences: uint8 (N, L) base codes, strings of one length, or a data set.
      seed: root of the shuffles.

    Raises:
      ValueError: for other sequences.

    Examples:
      >>> import jaxmotif as jm
      >>> shuffled = jm.shuffle(["ACGTTGCATTACGA"])
      >>> (jm.one_hot(shuffled).sum(axis=1) == jm.one_hot(["ACGTTGCATTACGA"]).sum(axis=1)).all().item()
      True
    """
    codes_nl = np.asarray(dna.as_codes(sequences))
    if codes_nl.ndim != 2 or codes_nl.dtype != np.uint8:
        raise ValueError(f"sequences must be uint8 (N, L), got {codes_nl.dtype} {codes_nl.shape}")
    key = keys.stream(keys.root(seed), "shuffle")
    return _shuffle(key, codes_nl, _CHUNK) if len(codes_nl) else codes_nl


def other_shuffles(dataset: Dataset, seed: int) -> tuple[Dataset, np.ndarray]:
    """Returns the sequences that have a dinucleotide shuffle other than themselves, and one for each.

    N stays where it is. A shuffle that equals its source is drawn again. Sequences of which none differs
    (homopolymers, say) are left out, and a note counts them.

    Returns:
      the data set without those, and uint8 (N, L) shuffles.

    Raises:
      ValueError: if nothing is left, or there was nothing.
    """
    codes_nl = dataset.sequences
    if not len(dataset):
        raise ValueError("no sequences to shuffle")
    key = keys.stream(keys.root(seed), "negatives")
    shuffled_nl = _in_place(_shuffle(keys.at(key, 0), codes_nl, _CHUNK), codes_nl)
    for attempt in range(1, _ATTEMPTS):
        same = np.flatnonzero((shuffled_nl == codes_nl).all(axis=1))
        if not same.size:
            break
        again = _shuffle(keys.at(key, attempt), codes_nl[same], _RETRY_CHUNK)
        shuffled_nl[same] = _in_place(again, codes_nl[same])
    kept = np.flatnonzero((shuffled_nl != codes_nl).any(axis=1))
    if not kept.size:
        raise ValueError("no sequence has a dinucleotide shuffle other than itself")
    if kept.size < len(dataset):
        dataset = dataset.take(kept).with_notes(
            f"{len(dataset) - kept.size} of {len(dataset)} sequences have no dinucleotide shuffle "
            "other than themselves and were left out"
        )
    return dataset, shuffled_nl[kept]


def shuffled_negatives(dataset: Dataset, seed: int) -> Dataset:
    """Returns each sequence followed by a dinucleotide shuffle of it, labelled 1 and 0, in one group.

    Whatever labels there were are replaced. Sequences without another shuffle are left out, see
    `other_shuffles`.

    Returns:
      labels (2 N, 1) with target "bound"; a shuffle has the coordinates and offset of its source and the name
      with "_shuffled" appended, and stays on the same side of every split.

    Raises:
      ValueError: if nothing is left, or there was nothing.
    """
    if dataset.group is None:
        dataset = dataclasses.replace(dataset, group=np.arange(len(dataset)))
    dataset, shuffled_nl = other_shuffles(dataset, seed)

    def twice(array):
        return None if array is None else np.repeat(array, 2)

    return Dataset(
        np.stack([dataset.sequences, shuffled_nl], axis=1).reshape(-1, dataset.length),
        np.tile(np.array([1, 0], np.float32), len(dataset))[:, None],
        [name for own in dataset.names for name in (own, f"{own}_shuffled")],
        ("bound",),
        twice(dataset.chrom),
        twice(dataset.start),
        twice(dataset.group),
        notes=dataset.notes,
        offset=twice(dataset.offset),
        record_length=twice(dataset.record_length),
        strand=twice(dataset.strand),
        alphabet=dataset.alphabet,
    )


def pairs(dataset: Dataset, seed: int) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Returns the positives and a shuffle of each, {"sequences", "shuffles"}, and notes of what has none.

    Raises:
      ValueError: if nothing is left, or there was nothing.
    """
    kept, shuffles_nl = other_shuffles(dataclasses.replace(dataset.positives, notes=()), seed)
    return {"sequences": kept.sequences, "shuffles": shuffles_nl}, kept.notes
