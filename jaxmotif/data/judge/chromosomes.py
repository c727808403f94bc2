"""Which chromosomes validate and test."""

from collections.abc import Sequence

import numpy as np

from jaxmotif.data import names
from jaxmotif.data.dataset import Dataset

# Of human and mouse: the usual choice in papers, a twentieth and a tenth of the genome.
VALID, TEST = ("7",), ("8", "9")
# What differs from all others in copy number and content is not held out where there are others.
UNLIKE = frozenset("XYZWM") | {"MT", "Mito", "Pt", "EBV"}
# On fewer chromosomes than this, one of them is too large a share to hold out by default.
FEWEST = 5
SHARE = 0.1
# Shares of a class that a part held out by default may have, and its least number of sequences.
LEAST, MOST, COUNT = 0.03, 0.3, 10


def of(dataset: Dataset) -> np.ndarray:
    """Returns the chromosome of every sequence without "chr", str (N,).

    Raises:
      ValueError: if a sequence has no coordinates.
    """
    if dataset.chrom is None or (dataset.chrom == "").any():
        missing = len(dataset) if dataset.chrom is None else int((dataset.chrom == "").sum())
        raise ValueError(
            f"{missing} of {len(dataset)} sequences have no coordinates like chr1:100-200 in their name"
        )
    return names.plain_chromosomes(dataset.chrom)


def known(named: Sequence[str], dataset: Dataset, role: str) -> tuple[str, ...]:
    """Returns chromosomes without "chr".

    Raises:
      ValueError: for one on which no sequence lies, with those on which some do.
    """
    present = set(of(dataset).tolist())
    plain = tuple(names.plain_chromosome(name) for name in named)
    for name, own in zip(named, plain, strict=True):
        if own not in present:
            raise ValueError(f"{role}: no sequence lies on {name!r}; chromosomes present: {listed(dataset)}")
    return plain


def listed(dataset: Dataset, most: int = 30) -> str:
    """Returns the names of all chromosomes as the user has them, for a message."""
    found = sorted(set([] if dataset.chrom is None else dataset.chrom.tolist()), key=_in_order)
    return ", ".join(found[:most]) + (f" and {len(found) - most} others" if len(found) > most else "")


def choose(dataset: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns chromosomes that validate and that test: 7, and 8 and 9, where these are there; else by size.

    Raises:
      ValueError: if a sequence has no coordinates.
    """
    chrom = of(dataset)
    test = tuple(np.intersect1d(TEST, chrom).tolist())
    return (VALID, test) if test and np.isin(VALID, chrom).all() else by_size(chrom)


def by_size(chrom: np.ndarray) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns validating and testing chromosomes with about a tenth of the sequences each.

    From the second largest to the smallest a chromosome is taken as long as the part does not exceed its
    share by a fifth; where that gives less than half of the share, the smallest that is left is taken. Sex
    chromosomes and organelles train, if there are enough others.

    Args:
      chrom: str (N,).
    """
    different, counts = np.unique(chrom, return_counts=True)
    order = sorted(range(len(different)), key=lambda i: (-counts[i], _in_order(different[i])))[1:]
    alike = [i for i in order if different[i] not in UNLIKE]
    order = alike if len(alike) > 2 else order
    parts: list[tuple[str, ...]] = []
    for _ in range(2):
        taken, total = [], 0
        for i in order:
            if total + counts[i] <= 1.2 * SHARE * len(chrom):
                taken.append(i)
                total += counts[i]
        if total < SHARE / 2 * len(chrom):
            taken = [i for i in order if i not in taken][-1:] or taken
        order = [i for i in order if i not in taken]
        parts.append(tuple(different[sorted(taken)].tolist()))
    valid, test = parts
    return valid, test


def default(dataset: Dataset, test: bool) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Returns what to hold out where nobody said how, or None where it should be at random.

    Args:
      dataset: sequences, with labels of one target or none.
      test: whether a test part is needed as well as one that validates.
    """
    if dataset.chrom is None or (dataset.chrom == "").any():
        return None
    chrom = of(dataset)
    if len(np.unique(chrom)) < FEWEST:
        return None
    for chosen in (choose(dataset), by_size(chrom)):
        if all(_reasonable(dataset, np.isin(chrom, part)) for part in chosen[: 1 + test]):
            return chosen
    return None


def _reasonable(dataset: Dataset, inside_n: np.ndarray) -> bool:
    classes = [np.ones(len(dataset), bool)]
    if dataset.labels is not None and dataset.labels.shape[1] == 1:
        classes = [dataset.labels[:, 0] == value for value in (0, 1)]
    for own_n in classes:
        total, part = own_n.sum(), (own_n & inside_n).sum()
        if total and not (LEAST * total <= part <= MOST * total and part >= min(COUNT, SHARE * total)):
            return False
    return True


def _in_order(name: str) -> tuple:
    """2 before 10, numbers before letters."""
    plain = names.plain_chromosome(name)
    return (0, int(plain), name) if plain.isdecimal() else (1, 0, name)
