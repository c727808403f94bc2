"""From what a user brought to labelled training, validation and test parts, or one clear line."""

import dataclasses
import pathlib
from typing import Any

import numpy as np

from jaxmotif.data import splits
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.judge import groups, kinds, lengths
from jaxmotif.data.splits import BY_DEFAULT, Division

MIN_SEQUENCES = 50
# Fewer distinct sequences, or regions, give no held-out part whose AUROC says anything.
MIN_DISTINCT = groups.FEWEST
# Of the user's own negatives at most this share tests, where the test sequences come without negatives.
TEST_NEGATIVES, MIN_TEST_NEGATIVES = 0.2, 10
# With a test file nothing of the sequences has to be held out but what stops the training.
WITH_TEST = (0.9, 0.1, 0.0)


@dataclasses.dataclass(frozen=True)
class Given:
    """What a user brought; all sequences have one length.

    Attributes:
      data: sequences with labels 0 and 1, or positives.
      negatives: those of `data`; None where data have labels, or where shuffles are to be made.
      test: held-out sequences, with labels or positives; None to hold out a part of `data`.
      test_negatives: those of `test`.
      cut: whether all may be cut to a shorter length, where the length tells the classes apart.
      names: what messages call the four.
    """

    data: Dataset
    negatives: Dataset | None = None
    test: Dataset | None = None
    test_negatives: Dataset | None = None
    cut: bool = True
    names: tuple[str, str, str, str] = (
        "the sequences",
        "the negatives",
        "the test sequences",
        "the test negatives",
    )

    @property
    def whole(self) -> Dataset:
        """Returns all sequences that are no test."""
        return self.data if self.negatives is None else concatenate([self.data, self.negatives])

    @property
    def held_out(self) -> Dataset:
        """Returns all test sequences.

        Raises:
          ValueError: if there are none.
        """
        if self.test is None:
            raise ValueError("there are no test sequences")
        return self.test if self.test_negatives is None else concatenate([self.test, self.test_negatives])


def divide(given: Given, division: Division = BY_DEFAULT) -> tuple[Splits, bool]:
    """Returns labelled parts, and whether the user gave labels or negatives.

    Without either, dinucleotide shuffles are the negatives. Test sequences stay whole: what they share with
    the others is left out of the training, and counted in a note. Negatives of the test are of the kind that
    the networks are trained with: those of the test set, shuffles, or some of the user's own.

    Raises:
      ValueError: for labels other than 0 and 1, fewer than 50 sequences of a class or 20 that differ, a class
        missing, or test negatives of another kind than those of the training.
    """
    name, _, test_name, _ = given.names
    given = _labelled(given)
    given = dataclasses.replace(given, data=given.data.with_distinct_names())
    labelled = given.negatives is not None or _has_negatives(given.data)
    given = _alike(given, labelled)
    if labelled:
        given = dataclasses.replace(given, data=given.data.with_notes(*_in_both(given.whole)))
    if given.test is None:
        if given.test_negatives is not None:
            raise ValueError("negatives of a test are given without test sequences (--test)")
        data, unit = _with_negatives(_linked(given.whole), labelled, name, division.seed)
        return splits.divide(data, division, unit), labelled
    division = dataclasses.replace(division, fractions=WITH_TEST)
    _same_kind(given, labelled)
    given = _apart(given, labelled)
    whole, test = _linked(given.whole), given.held_out
    if not _has_negatives(test):
        if labelled:
            whole, held = _hold_out(whole, len(test), division.seed, given.names)
            test = concatenate([test, held])
        else:
            test = _shuffled(test, division.seed)
    test = dataclasses.replace(test, group=groups.linked(test))
    data, unit = _with_negatives(whole, labelled, name, division.seed)
    parts = splits.divide(data, division, unit)
    held_out = f"{_file(test_name)}; validation: {parts.held_out}"
    return dataclasses.replace(parts, test=test, held_out=held_out), labelled


def checked(parts: Splits) -> Splits:
    """Returns parts that a user made, without what is related to a later part.

    Raises:
      ValueError: where a part has nothing left.
    """
    own, notes = [parts.train, parts.valid, parts.test], []
    for i, role in enumerate(("training", "validation")):
        for j, later in ((1, "validation"), (2, "test")):
            if j <= i or not len(own[i]) or not len(own[j]):
                continue
            hit = groups.related(own[i], own[j], one_set=True)
            if hit.all():
                raise ValueError(f"every {role} sequence also occurs in the {later} part")
            if hit.any():
                notes.append(_said(hit, f"{role} sequences", f"the {later} part"))
                own[i] = own[i].take(~hit)
    if len(own[2]):
        own[2] = dataclasses.replace(own[2], group=groups.linked(own[2]))
    return dataclasses.replace(parts, train=own[0].with_notes(*notes), valid=own[1], test=own[2])


def _labelled(given: Given) -> Given:
    """The same with a label for every sequence, where it has one."""
    name, negative_name, test_name, test_negative_name = given.names
    data = _checked_labels(given.data, name)
    test = None if given.test is None else _checked_labels(given.test, test_name)
    for own, own_name, others in ((data, name, given.negatives), (test, test_name, given.test_negatives)):
        if own is not None and others is not None and _has_negatives(own):
            raise ValueError(f"{own_name} has labels; a file of negatives beside it makes no sense")
    return dataclasses.replace(
        given,
        data=data,
        test=test,
        negatives=_all_negative(given.negatives, negative_name),
        test_negatives=_all_negative(given.test_negatives, test_negative_name),
    )


def _checked_labels(data: Dataset, name: str) -> Dataset:
    if data.labels is None:
        return _with_label(data, 1.0)
    if data.labels.shape[1] != 1 or not np.isin(data.labels, (0, 1)).all():
        raise ValueError(f"{name}: labels must be 0 and 1, one a sequence")
    if len(data) and data.labels.max() == 0:
        raise ValueError(f"{name}: one class only, all labels are 0")
    return dataclasses.replace(data, labels=data.labels.astype(np.float32), targets=("bound",))


def _all_negative(data: Dataset | None, name: str) -> Dataset | None:
    if data is None:
        return None
    if data.labels is not None and (data.labels != 0).any():
        raise ValueError(f"{name} are the negatives, but {int((data.labels != 0).sum())} have another label")
    return _with_label(data, 0.0)


def _with_label(data: Dataset, label: float) -> Dataset:
    labels = np.full((len(data), 1), label, np.float32)
    return dataclasses.replace(data, labels=labels, targets=("bound",))


def _has_negatives(data: Dataset) -> bool:
    return bool((data.known_labels == 0).any())


def _linked(data: Dataset) -> Dataset:
    return dataclasses.replace(data, group=groups.linked(data))


def _with_negatives(data: Dataset, labelled: bool, name: str, seed: int) -> tuple[Dataset, np.ndarray]:
    """Linked sequences with shuffles where there are no negatives, and which of them must stay together."""
    _enough(data, labelled, name)
    _distinct(data, labelled, name)
    if labelled:
        return data, data.known_group
    data = _shuffled(data, seed)
    # Of short sequences a shuffle may be another's copy; longer ones share no stretch by chance.
    return data, groups.linked(data, loci=False, stretches=False)


def _shuffled(data: Dataset, seed: int) -> Dataset:
    # Here, since what a user brought is judged before JAX is imported.
    from jaxmotif.data import negatives

    return negatives.shuffled_negatives(data, seed)


def _enough(data: Dataset, labelled: bool, name: str, why: str = "") -> None:
    """Counts what the user brought, not what was made from it."""
    positive = int(data.is_positive.sum())
    if not labelled:
        if positive < MIN_SEQUENCES:
            raise ValueError(f"{name}: {positive} sequences, at least {MIN_SEQUENCES} are needed{why}")
    else:
        for count, kind in ((positive, "positive"), (len(data) - positive, "negative")):
            if count == 0:
                raise ValueError(f"{name}: no {kind} sequences; two classes are needed{why}")
            if count < MIN_SEQUENCES:
                raise ValueError(
                    f"{name}: {count} {kind} sequences, at least {MIN_SEQUENCES} are needed{why}"
                )


def _distinct(data: Dataset, labelled: bool, name: str) -> None:
    """Counts linked sequences once."""
    for own, kind in ((data.positives, "positive "), (data.negatives, "negative ")):
        distinct = len(np.unique(groups.blocks(own, groups.in_order(own.known_group)))) if len(own) else 0
        if len(own) and distinct < MIN_DISTINCT:
            raise ValueError(
                f"{name}: {len(own)} {kind if labelled else ''}sequences, {distinct} of them distinct "
                f"(copies, other strands and overlapping sequences count as one), at least {MIN_DISTINCT} "
                f"are needed"
            )


def _apart(given: Given, labelled: bool) -> Given:
    """The same without training sequences that are related to one of the test."""
    name, negative_name, test_name, test_negative_name = given.names
    test = given.held_out
    files = [test_name] + [test_negative_name] * (given.test_negatives is not None)
    where = " and ".join(map(_file, files))
    kept = {}
    for field, own_name in (("data", name), ("negatives", negative_name)):
        own = getattr(given, field)
        if own is None:
            continue
        hit = groups.related(own, test)
        if hit.any():
            why = f" ({int(hit.sum())} of {len(own)} also occur in {' and '.join(files)})"
            kept[field] = own.take(~hit).with_notes(_said(hit, f"sequences of {_file(own_name)}", where))
            if field == "negatives" or len(kept[field]) == 0:
                if len(kept[field]) < MIN_SEQUENCES:
                    raise ValueError(
                        f"{own_name}: {len(kept[field])} sequences left, at least {MIN_SEQUENCES} are "
                        f"needed{why}"
                    )
            else:
                rest = dataclasses.replace(given, data=kept[field])
                _enough(rest.whole, labelled, own_name, why)
    return dataclasses.replace(given, **kept)


def _file(name: str) -> str:
    """The file without its folder: notes are shown to others."""
    return pathlib.PurePath(name).name or name


def _said(hit: np.ndarray, what: str, where: str) -> str:
    return (
        f"{int(hit.sum())} of {len(hit)} {what} are copies, other strands or overlapping neighbours of some "
        f"in {where} and were left out"
    )


def _in_both(data: Dataset) -> tuple[str, ...]:
    """A note of sequences that are in both classes."""
    copies = groups.copies(data.sequences)
    positive = data.is_positive
    count = int(np.isin(copies[positive], copies[~positive]).sum())
    return (f"{count} positives are also among the negatives (copies or other strands)",) * (count > 0)


def _alike(given: Given, labelled: bool) -> Given:
    """The same, cut where lengths would tell the classes apart."""
    sides = [given.whole] * labelled
    if given.test is not None:
        held = given.held_out
        if _has_negatives(held):
            sides.append(held)
        elif labelled:
            sides.append(concatenate([held, given.whole.negatives]))
    length, note = lengths.alike(sides, given.cut) if sides else (given.data.length, "")
    if not note:
        return given
    parts: dict[str, Any] = {
        name: lengths.crop(part, length)
        for name in ("data", "negatives", "test", "test_negatives")
        if (part := getattr(given, name)) is not None
    }
    parts["data"] = parts["data"].with_notes(note)
    return dataclasses.replace(given, **parts)


def _same_kind(given: Given, labelled: bool) -> None:
    """Refuses test negatives that are made otherwise than those of the training."""
    name, negative_name, test_name, test_negative_name = given.names
    if given.test_negatives is not None and not labelled:
        raise ValueError(
            f"{test_negative_name}: negatives of the test only; the networks would be trained on shuffles of "
            f"{name} and tested on others: give negatives for the training as well (--negatives)"
        )
    whole = given.held_out
    if not _has_negatives(whole):
        return
    ours, theirs = kinds.shuffles(given.whole) if labelled else True, kinds.shuffles(whole)
    if ours is None or theirs is None or ours == theirs:
        return
    where = test_name if given.test_negatives is None else test_negative_name
    whose = negative_name if given.negatives is not None else name
    raise ValueError(
        f"negatives of {where} are shuffles of its positives, those of {whose} are not: another task "
        f"than the networks learn; test against negatives of one kind (--test_negatives)"
        if theirs
        else f"negatives of {where} are no shuffles, but the networks are trained on shuffles"
        f"{'' if labelled else ' where no negatives are given'}: another task than they learn; give "
        f"negatives of the same kind for the training (--negatives)"
    )


def _hold_out(data: Dataset, count: int, seed: int, names) -> tuple[Dataset, Dataset]:
    """Training sequences without the negatives that are held out for `count` test positives, and these."""
    test_name = names[2]
    unit = groups.in_order(data.known_group)
    positive = data.is_positive
    only_negative = np.ones(unit.max() + 1, bool)
    only_negative[unit[positive]] = False
    sizes = np.bincount(unit)
    order = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(only_negative))
    most = min(count, int(TEST_NEGATIVES * (~positive).sum()))
    chosen = order[np.cumsum(sizes[order]) <= most]
    held = np.isin(unit, chosen)
    left = int((~positive & ~held).sum())
    if held.sum() < MIN_TEST_NEGATIVES or left < MIN_SEQUENCES:
        raise ValueError(
            f"no negatives come with {test_name}, and {int((~positive).sum())} negatives of the training are "
            "too few to hold some out for it; give --test_negatives"
        )
    note = (
        f"no negatives come with {_file(test_name)}: {int(held.sum())} of the {int((~positive).sum())} "
        "negatives were held out for it"
    )
    return data.take(~held).with_notes(note), dataclasses.replace(data.take(held), notes=())
