"""Training, validation and test parts that share no sequence."""

from collections.abc import Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset, Splits

_PARTS = ("training", "validation", "test")


def linked(dataset: Dataset) -> np.ndarray:
    """Returns int (N,): equal numbers for sequences that must stay together.

    Those are identical sequences, sequences that are each other's reverse complement, members of
    one `group`, and whatever these link in turn.
    """
    codes_nl = dataset.sequences
    other_nl = dna.reverse_complement(codes_nl)
    keys = [
        min(a.tobytes(), b.tobytes()) for a, b in zip(codes_nl, np.ascontiguousarray(other_nl), strict=True)
    ]
    parent = np.arange(len(dataset))

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    relations = [keys] if dataset.group is None else [keys, dataset.group.tolist()]
    for relation in relations:
        first: dict = {}
        for i, key in enumerate(relation):
            j = find(first.setdefault(key, i))
            parent[find(i)] = j
    return np.unique([find(i) for i in range(len(dataset))], return_inverse=True)[1]


def split(dataset: Dataset, seed: int, fractions: Sequence[float] = (0.8, 0.1, 0.1)) -> Splits:
    """Returns random parts in which what is `linked` stays on one side.

    Linked sets are shuffled and dealt out in order until each part has its share, so parts differ
    from `fractions` by at most one linked set.

    Raises:
      ValueError: unless fractions are three numbers >= 0 that sum to 1, or where a part that should
        have sequences would have none.
    """
    shares = np.asarray(fractions, float)
    if shares.shape != (3,) or (shares < 0).any() or not abs(shares.sum() - 1) <= 1e-6:
        raise ValueError(f"fractions must be three numbers >= 0 that sum to 1, got {shares.tolist()}")
    if not len(dataset):
        raise ValueError("no sequences to split")
    unit = linked(dataset)
    order = np.random.default_rng(seed).permutation(unit.max() + 1)
    sizes = np.bincount(unit)[order]
    # The middle of each set decides, so that rounding favours no part.
    middle = (np.cumsum(sizes) - sizes / 2) / len(dataset)
    part_of = np.empty(len(order), int)
    part_of[order] = np.searchsorted(np.cumsum(shares)[:2], middle, side="right")
    part = part_of[unit]
    for index, name in enumerate(_PARTS):
        if shares[index] > 0 and not (part == index).any():
            raise ValueError(
                f"{len(dataset)} sequences, {len(order)} of them distinct, are too few for a "
                f"{name} part of {shares[index]:g}"
            )
    return Splits(*(dataset.take(np.flatnonzero(part == index)) for index in range(3)))


def by_chromosome(
    dataset: Dataset, valid: Sequence[str] = ("chr7",), test: Sequence[str] = ("chr8", "chr9")
) -> Splits:
    """Returns parts by chromosome; what occurs on several sides is left out of all but the first of them.

    Raises:
      ValueError: if a sequence has no coordinates, a chromosome is named for both parts, or a part
        is empty.
    """
    both = np.intersect1d(valid, test)
    if both.size:
        raise ValueError(f"named for both validation and test: {', '.join(both.tolist())}")
    if dataset.chrom is None or (dataset.chrom == "").any():
        missing = len(dataset) if dataset.chrom is None else int((dataset.chrom == "").sum())
        raise ValueError(
            f"{missing} of {len(dataset)} sequences have no coordinates like chr1:100-200 in their name"
        )
    part = np.where(np.isin(dataset.chrom, test), 2, np.where(np.isin(dataset.chrom, valid), 1, 0))
    for index, name in enumerate(_PARTS):
        if not (part == index).any():
            known = ", ".join(sorted(set(dataset.chrom.tolist())))
            raise ValueError(f"no sequences left for the {name} part; chromosomes present: {known}")
    unit = linked(dataset)
    lowest = np.full(unit.max() + 1, 3)
    np.minimum.at(lowest, unit, part)
    keep = part == lowest[unit]
    notes = ()
    for index, name in enumerate(_PARTS):
        if not (keep & (part == index)).any():
            raise ValueError(f"every sequence of the {name} part occurs in an earlier part too")
    if not keep.all():
        notes = (
            f"{int((~keep).sum())} sequences that also occur on another side of the split were left out",
        )
    parts = [dataset.take(np.flatnonzero((part == index) & keep)).with_notes(*notes) for index in range(3)]
    return Splits(*parts)
