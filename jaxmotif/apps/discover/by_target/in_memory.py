"""Targets of sequences in memory, as of a table: for `jm.discover`."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover.by_target import inputs, negatives
from jaxmotif.apps.discover.by_target.inputs import Given
from jaxmotif.apps.discover.genomic import Genomic
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import targets as kinds
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import windows
from jaxmotif.data.judge import task as judge
from jaxmotif.data.names import numbered
from jaxmotif.data.targets import MULTICLASS, Column, Kind, Targets
from jaxmotif.training.from_data import as_dataset

SOURCE = "the labels"


def read(source: Any, settings: Settings) -> tuple[Splits, Kind, tuple[str, ...]] | None:
    """Returns parts with all targets, their kind, and what was read; None for positives and negatives.

    Labels of one target that are all 0, 1 or NaN are positives and negatives unless a task is named.

    Args:
      source: a `Dataset`, (sequences, labels), sequences, or `Splits`. Labels may be words, a class each.
      settings: of which task and targets count, with a genome signal and background, and `test`.

    Raises:
      ValueError: for labels that are not of the task, and as `inputs.read` and `inputs.divide`.
    """
    if isinstance(source, Splits):
        return _parts(source, settings)
    data, words = _data(source)
    data = dataclasses.replace(data, alphabet=dna.RNA) if settings.rna else data
    if settings.signal:
        return _divided(_with_signals(data, settings), settings)
    if not _is_asked(data, words, settings):
        return None
    columns = _columns(data, words, settings)
    found = kinds.recognised(columns, SOURCE, settings.task)
    return _divided(_given(data, found, settings), settings)


def of_network(source: Any, kind: Kind, names: Sequence[str], settings: Settings) -> Splits:
    """Returns parts for networks that were trained already, with a column for each of their outputs.

    Args:
      source: as of `read`; `Splits` are taken as they are.
      kind: what the networks were trained for.
      names: of their outputs, in order.
      settings: how sequences are divided.

    Raises:
      ValueError: for sequences without labels, or that are not of the kind or the outputs.
    """
    named = lambda data: _named(data, kind, names)
    if isinstance(source, Splits):
        train, valid, test = map(named, source.parts)
        return _with_distinct_names(dataclasses.replace(source, train=train, valid=valid, test=test))
    data, words = _data(source)
    if words is not None:
        found = kinds.one_hot(words, SOURCE)
        data = dataclasses.replace(data, labels=inputs.aligned(found, names), targets=tuple(names))
    given = Given(named(data), kind, (), {})
    return inputs.divide(given, settings)


def _data(source: Any) -> tuple[Dataset, np.ndarray | None]:
    """Sequences with their labels, and labels that are words."""
    if isinstance(source, tuple) and len(source) == 2 and not isinstance(source[0], str):
        labels = np.asarray(source[1])
        if labels.dtype.kind in "USO" and labels.ndim == 1:
            data = as_dataset(source[0])
            if len(labels) != len(data):
                raise ValueError(f"{len(labels):,} labels for {len(data):,} sequences")
            return data, labels
    return as_dataset(source), None


def _is_asked(data: Dataset, words: np.ndarray | None, settings: Settings) -> bool:
    if settings.task != "auto" or settings.targets:
        return True
    if words is not None:
        return True
    if data.labels is None:
        return False
    values_nt = data.known_labels
    known = values_nt[~np.isnan(values_nt)]
    return values_nt.shape[1] > 1 or not bool(np.isin(known, (0, 1)).all())


def _columns(data: Dataset, words: np.ndarray | None, settings: Settings) -> list[Column]:
    if words is not None:
        return [Column("class", ["" if word is None else str(word) for word in words])]
    if data.labels is None:
        raise ValueError("task and targets are of labels; these sequences have none")
    columns = [Column(name, data.known_labels[:, t]) for t, name in enumerate(data.targets)]
    if settings.targets:
        known = {column.name: column for column in columns}
        missing = [name for name in settings.targets if name not in known]
        if missing:
            raise ValueError(f"there is no target {missing[0]!r}; there are: {', '.join(known)}")
        columns = [known[name] for name in settings.targets]
    return columns


def _given(data: Dataset, found: Targets, settings: Settings) -> Given:
    inputs.check_settings(settings)
    data = dataclasses.replace(data, labels=found.values, targets=found.names)
    data = inputs.known(data, found.kind, SOURCE)
    how = "as asked" if settings.task != "auto" else "by what the labels hold; task says otherwise"
    given = Given(data, found.kind, inputs.said(data, found.kind, how, "sequences"), {})
    return _beside(given, settings)


def _with_signals(data: Dataset, settings: Settings) -> Given:
    inputs.check_settings(settings)
    genomic = Genomic(settings)
    assert genomic.genome is not None  # the settings ask for one
    places = windows.loci_of(data, genomic.genome, "the sequences")
    data, kind, told, _ = inputs.with_signals(data, places, settings, "the sequences")
    data = inputs.known(data, kind, SOURCE)
    given = Given(
        data, kind, inputs.said(data, kind, told, "sequences"), {}, logarithms=told.startswith("log")
    )
    return _beside(given, settings)


def _beside(given: Given, settings: Settings) -> Given:
    genomic = Genomic(settings)
    if settings.test:
        given = inputs.with_test(given, settings, genomic)
    return negatives.beside(given, settings, genomic)


def _divided(given: Given, settings: Settings) -> tuple[Splits, Kind, tuple[str, ...]]:
    return inputs.divide(given, settings), given.kind, given.said


def _parts(source: Splits, settings: Settings) -> tuple[Splits, Kind, tuple[str, ...]] | None:
    """Parts that a user made, with the targets of all of them."""
    if settings.signal or settings.test or settings.background == "genome":
        raise ValueError("signal, test and background are for sequences that are not divided yet")
    if not any(_is_asked(part, None, settings) for part in source.parts):
        return None
    inputs.check_settings(settings)
    whole = [column.values for part in source.parts for column in _columns(part, None, settings)]
    count = len(_columns(source.train, None, settings))
    names = [column.name for column in _columns(source.train, None, settings)]
    joined = [Column(name, np.concatenate(whole[t::count])) for t, name in enumerate(names)]
    found = kinds.recognised(joined, SOURCE, settings.task)
    ends = np.cumsum([len(part) for part in source.parts])
    values = np.split(found.values, ends[:-1])
    own = [
        dataclasses.replace(part, labels=rows, targets=found.names)
        for part, rows in zip(source.parts, values, strict=True)
    ]
    parts = judge.checked(dataclasses.replace(source, train=own[0], valid=own[1], test=own[2]))
    return _with_distinct_names(parts), found.kind, (found.said,)


def _with_distinct_names(parts: Splits) -> Splits:
    """The same with names that no two rows share, of any parts: by these sites are found in rows."""
    names, _ = numbered([name for part in parts.parts for name in part.names])
    ends = np.cumsum([len(part) for part in parts.parts])
    train, valid, test = (
        dataclasses.replace(part, names=names[end - len(part) : end])
        for part, end in zip(parts.parts, ends.tolist(), strict=True)
    )
    return dataclasses.replace(parts, train=train, valid=valid, test=test)


def _named(data: Dataset, kind: Kind, names: Sequence[str]) -> Dataset:
    if data.labels is None:
        raise ValueError(f"networks trained for {kind} are read on sequences with labels; give some")
    labels_nt = data.known_labels
    if kind == MULTICLASS and labels_nt.shape[1] == 1 and len(names) > 1:
        numbers = labels_nt[:, 0]
        labels_nt = (numbers[:, None] == np.arange(len(names))).astype(np.float32)
        labels_nt[np.isnan(numbers)] = np.nan
    if labels_nt.shape[1] != len(names):
        raise ValueError(f"labels of {labels_nt.shape[1]} targets, the networks have {len(names)}")
    kinds.check(kind, labels_nt, names, SOURCE)
    return dataclasses.replace(data, labels=labels_nt, targets=tuple(names))


def is_path(source: Any) -> bool:
    """Returns whether what to train on is the path of a file."""
    return isinstance(source, (str, os.PathLike))
