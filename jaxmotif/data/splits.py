"""Training, validation and test parts that share no sequence."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np

from jaxmotif import config
from jaxmotif.data import names
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.judge import chromosomes, groups

_PARTS = ("training", "validation", "test")
FRACTIONS = (0.8, 0.1, 0.1)
# A linked set of more than this share of all sequences trains: one cannot hold out a tenth of it.
LARGE = 0.25
RANDOM = "a random tenth, no sequence, other strand or overlap on both sides"


@dataclasses.dataclass(frozen=True)
class Division:
    """How sequences are divided.

    Attributes:
      split: "chromosomes" holds out whole chromosomes, "random" a random part, "auto" chromosomes where the
        sequences lie on five or more of them that allow it.
      valid_chromosomes: those that validate; () chooses.
      test_chromosomes: those that test; () chooses.
      seed: of a random split.
      fractions: shares of training, validation and test part at random. Without a share for the test, the
        chromosomes that would test train.
    """

    split: Literal["auto", "random", "chromosomes"] = "auto"
    valid_chromosomes: tuple[str, ...] = ()
    test_chromosomes: tuple[str, ...] = ()
    seed: int = 0
    fractions: tuple[float, float, float] = FRACTIONS

    def __post_init__(self):
        config.check(self)
        if self.split == "random" and (self.valid_chromosomes or self.test_chromosomes):
            raise ValueError("chromosomes are named for a random split; leave out one of the two")
        if self.test_chromosomes and not self.fractions[2]:
            raise ValueError("test_chromosomes are named though the test sequences are given")


BY_DEFAULT = Division()


def divide(dataset: Dataset, division: Division = BY_DEFAULT, unit: np.ndarray | None = None) -> Splits:
    """Returns parts as a division says; each sequence carries its linked set as its `group`.

    Args:
      dataset: N sequences.
      division: how to divide them.
      unit: int (N,), linked sets where they are known (`groups.linked`).

    Raises:
      ValueError: as `split` and `by_chromosome`.
    """
    valid, test = division.valid_chromosomes, division.test_chromosomes
    with_test = division.fractions[2] > 0
    if division.split == "auto" and not (valid or test):
        chosen = chromosomes.default(dataset, with_test)
        if chosen is None:
            return split(dataset, division.seed, division.fractions, unit)
        parts = by_chromosome(dataset, *chosen, with_test, unit)
        roles = f"{_said(chosen[0])} {'validate' if len(chosen[0]) > 1 else 'validates'}"
        if with_test:
            roles += f", {_said(chosen[1])} {'test' if len(chosen[1]) > 1 else 'tests'}"
        note = f"names carry coordinates, so whole chromosomes are held out: {roles}"
        return dataclasses.replace(parts, train=parts.train.with_notes(note))
    elif division.split == "random":
        return split(dataset, division.seed, division.fractions, unit)
    return by_chromosome(dataset, valid, test, with_test, unit)


def split(
    dataset: Dataset, seed: int, fractions: Sequence[float] = FRACTIONS, unit: np.ndarray | None = None
) -> Splits:
    """Returns random parts in which what is `linked` stays on one side.

    Linked sets are shuffled and dealt out in order until each part has its share, so parts differ from
    `fractions` by at most one linked set. Those with more than a quarter of all sequences train. `unit` is as
    in `divide`.

    Raises:
      ValueError: unless fractions are three numbers >= 0 that sum to 1, or where a part that should
        have sequences would have none.
    """
    shares = np.asarray(fractions, float)
    if shares.shape != (3,) or (shares < 0).any() or not abs(shares.sum() - 1) <= 1e-6:
        raise ValueError(f"fractions must be three numbers >= 0 that sum to 1, got {shares.tolist()}")
    if not len(dataset):
        raise ValueError("no sequences to split")
    unit = groups.linked(dataset) if unit is None else groups.in_order(unit)
    linked, unit = unit, groups.blocks(dataset, unit)
    sizes = np.bincount(unit)
    order = np.random.default_rng(seed).permutation(len(sizes))
    small = sizes[order] <= LARGE * len(dataset)
    if shares[0] > 0 and small.sum() >= len(_PARTS):
        order = order[small]
    dealt = sizes[order]
    # The middle of each set decides, so that rounding favours no part.
    middle = (np.cumsum(dealt) - dealt / 2) / max(dealt.sum(), 1)
    part_of = np.zeros(len(sizes), int)
    part_of[order] = np.searchsorted(np.cumsum(shares)[:2], middle, side="right")
    part = part_of[unit]
    for index, name in enumerate(_PARTS):
        if shares[index] > 0 and not (part == index).any():
            raise ValueError(
                f"{len(dataset)} sequences, {len(sizes)} of them distinct, are too few for a {name} part of "
                f"{shares[index]:g} (copies, other strands and overlapping sequences count as one)"
            )
    # Of a chain that was cut, only what touches over a cut is related; the chain is one group itself.
    keep = np.ones(len(dataset), bool)
    if unit is not linked:
        keep = _without_relatives(dataclasses.replace(dataset, group=None), part)
    return _parts(dataclasses.replace(dataset, group=unit), part, keep, RANDOM)


def by_chromosome(
    dataset: Dataset,
    valid: Sequence[str] = (),
    test: Sequence[str] = (),
    with_test: bool = True,
    unit: np.ndarray | None = None,
) -> Splits:
    """Returns parts by chromosome; what occurs on several sides is left out of all but the first of them.

    Args:
      dataset: sequences with coordinates in their names.
      valid: chromosomes that validate, with or without "chr"; () takes 7 where 7 and one of 8 and 9 are
        there, else about a tenth of the sequences.
      test: chromosomes that test; () takes 8 and 9, or about a tenth.
      with_test: whether there is a test part; else its chromosomes train.
      unit: as in `divide`.

    Raises:
      ValueError: if a sequence has no coordinates, a chromosome is unknown or named for both parts, or a
        part is empty.
    """
    both = [name for name in valid if names.plain_chromosome(name) in map(names.plain_chromosome, test)]
    if both:
        raise ValueError(f"named for both validation and test: {', '.join(both)}")
    valid = chromosomes.known(valid, dataset, "valid_chromosomes")
    test = chromosomes.known(test, dataset, "test_chromosomes")
    chrom = chromosomes.of(dataset)
    if not (valid and (test or not with_test)):
        chosen = chromosomes.choose(dataset.take(~np.isin(chrom, [*valid, *test])))
        valid, test = valid or chosen[0], test or chosen[1]
    part = np.where(np.isin(chrom, valid), 1, np.where(np.isin(chrom, test) & with_test, 2, 0))
    for index, role in enumerate(_PARTS[: 2 + with_test]):
        if not (part == index).any():
            raise ValueError(
                f"no sequences left for the {role} part; chromosomes present: {chromosomes.listed(dataset)}"
            )
    keep = _without_relatives(dataset, part)
    unit = groups.linked(dataset) if unit is None else groups.in_order(unit)
    dataset = dataclasses.replace(dataset, group=groups.blocks(dataset, unit))
    return _parts(dataset, part, keep, _said(test if with_test else valid))


def _without_relatives(dataset: Dataset, part: np.ndarray) -> np.ndarray:
    """Which sequences have no relative in an earlier part that stays there.

    What is linked by way of others only may stay: what is left out links nothing any more.

    Raises:
      ValueError: where nothing of a part is left.
    """
    keep = np.ones(len(dataset), bool)
    for later in (1, 2):
        rows = np.flatnonzero(part == later)
        if not len(rows):
            continue
        hit = groups.related(dataset.take(rows), dataset.take(keep & (part < later)), one_set=True)
        keep[rows[hit]] = False
        if hit.all():
            raise ValueError(f"every sequence of the {_PARTS[later]} part occurs in an earlier part too")
    return keep


def _parts(dataset: Dataset, part: np.ndarray, keep: np.ndarray, held_out: str) -> Splits:
    notes = ()
    if not keep.all():
        notes = (
            f"{int((~keep).sum())} sequences that also occur on another side of the split were left out",
        )
    parts = [dataset.take(np.flatnonzero((part == index) & keep)).with_notes(*notes) for index in range(3)]
    return Splits(*parts, held_out=held_out)


def _said(chosen: Sequence[str]) -> str:
    return f"chromosome{'s' * (len(chosen) > 1)} {', '.join(chosen)}"
