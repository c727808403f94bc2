"""Training on sequences as a user has them: negatives, validation part and settings are chosen here."""

import dataclasses
import os
import sys
import typing
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.config import choose
from jaxmotif.data import negatives, prepare, splits
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.judge import lengths, task
from jaxmotif.data.names import NumberedNames
from jaxmotif.data.targets import MULTICLASS, MULTILABEL, Kind, check, one_hot
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training import fit as fits
from jaxmotif.training import presets, scaling
from jaxmotif.training.callbacks import Callback
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.loop import Members, Run

# Of data without a validation part.
FRACTIONS = (0.9, 0.1, 0.0)
# Objective -> network and preset, where none is named.
DEFAULTS = {"supervised": ("peaks", "peaks"), "infomax": ("GRIM-4 (64)", "grim-peaks")}


def fit(  # noqa: PLR0913 (what one call in a notebook decides; only `data` has to be given)
    data: Dataset | Splits | tuple | Any,
    network: str | NetworkSpec | None = None,
    *,
    seeds: int = 3,
    seed: int = 0,
    objective: str | InfoMaxConfig = "supervised",
    valid: Dataset | tuple | None = None,
    weights=None,
    config: TrainConfig | str | None = None,
    directory: str | os.PathLike | None = None,
    quiet: bool = False,
    history: bool = False,
    task: Kind = MULTILABEL,
    callbacks: Sequence[Callback] = (),
    **fields,
) -> Network | fits.Fitted:
    """Trains networks together and returns them as one; nothing is written unless `directory` says where.

    Args:
      data: a `Dataset`, or `Splits` (its `train` and `valid`), or (sequences, labels), or sequences: strings
        of one length or codes uint8 (N, L). Without labels, or with label 1 only, dinucleotide shuffles
        become the negatives, and a line on stderr says so.
      network: name in `jm.zoo`, or a `NetworkSpec`; by default "peaks", without labels "GRIM-4 (64)".
      seeds: networks to train.
      seed: root of everything random.
      objective: "supervised" learns the labels; "infomax", or an `InfoMaxConfig`, learns from positives and
        their shuffles only (GRIM).
      valid: what decides when to stop; by default a tenth of `data`, chromosome 7 or others where names carry
        coordinates on five chromosomes or more. Training sequences that also occur there, or overlap some,
        are left out, and a line on stderr counts them.
      weights: of the labels of `data`, (N,) or (N, T); 0 leaves a label out, as NaN does.
      config: how to train, or the name of a preset; by default that of the objective ("peaks", "grim-peaks"),
        with smaller batches and more epochs for few sequences with labels (`presets.for_rows`).
      directory: where checkpoints, metrics.jsonl and the networks (`Network.load`) are written.
      quiet: shows no progress.
      history: returns `Fitted` (network, history, epochs, seconds) instead.
      task: what the labels are. "multilabel": 0 and 1. "multiclass": a class for each sequence, words or
        whole numbers (N,), or a column for each class (softmax). "regression": real values (squared error).
        "counts": 0 or more (Poisson). `probabilities` of the network are then values, or rates. NaN, or ""
        of words, where nothing is known.
      callbacks: are told how training goes, see `Callback`.
      **fields: other values of fields of the config, such as epochs=5 or learning_rate=3e-4.

    Raises:
      ValueError: for data that the network cannot learn, and unknown names of any kind.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> codes = np.random.default_rng(0).integers(0, 4, (60, 50), np.uint8)
      >>> net = jm.fit((codes, codes[:, 25] == 2), "CNN-25 (4)", seeds=2, epochs=1, quiet=True)
      >>> net.classes, len(net)
      (('target1',), 2)
    """
    reading = objective if isinstance(objective, InfoMaxConfig) else InfoMaxConfig()
    name = "infomax" if isinstance(objective, InfoMaxConfig) else objective
    default_network, default_config = choose("objective", name, DEFAULTS)
    if name == "infomax" and weights is not None:
        raise ValueError("objective infomax has no labels that weights could be of")
    as_it_is = config is not None
    config = presets.preset(default_config) if config is None else config
    config = (presets.preset(config) if isinstance(config, str) else config).with_fields(**fields)
    if name == "infomax" and task != MULTILABEL:
        raise ValueError(f"objective infomax has no labels; task {task!r} needs the objective supervised")
    if task == MULTILABEL:
        prepare_part = _with_labels if name == "supervised" else _positives
        train, valid, count = _parts(data, valid, seed, lambda part: prepare_part(part, seed, quiet))
    else:
        data, valid = _with_classes(data, valid) if task == MULTICLASS else (data, valid)
        train, valid, count = _parts(data, valid, seed, lambda part: _with_targets(part, task))
    if not quiet:
        for note in train[0].notes:
            print(note, file=sys.stderr)
    root = keys.root(seed)
    if name == "supervised":
        outputs, made = train[0].known_labels.shape[1], fits.by_targets(task)
        parts = [_weighted(train, weights, count), valid[0]]
    else:
        outputs, made = None, fits.by_information(reading)
        root = keys.stream(root, "infomax")
        parts = [negatives.pairs(part, seed + i)[0] for i, (part, _) in enumerate((train, valid))]
    config = config.on(train[0].alphabet)
    if name == "supervised" and not as_it_is:
        config = presets.for_rows(config, len(train[0]), keep=fields)
    spec = network or default_network
    if isinstance(spec, str):
        spec = zoo.fitting(spec, train[0].length, outputs)
    units = None
    if task != MULTILABEL:
        units = scaling.units(task, train[0].known_labels, spec, train[0].targets)
        parts = [{**own, "labels": units.of(own["labels"])} for own in map(fits.arrays, parts)]
    found = fits.fit(
        spec,
        parts[0],
        parts[1],
        config,
        objective=made,
        members=Members(range(seeds), root),
        run=Run(directory, label=f"{seeds} x {spec.name}", quiet=quiet, callbacks=callbacks),
    )
    classes = train[0].targets if name == "supervised" else found.network.classes
    trained = found.network if units is None else units.undone(found.network)
    trained = dataclasses.replace(trained, classes=classes, alphabet=train[0].alphabet)
    found = found._replace(network=trained)
    if directory is not None and jax.process_index() == 0:
        found.network.save(directory)
    return found if history else found.network


def as_dataset(data) -> Dataset:
    """Returns a data set of one, of (sequences, labels), or of sequences: strings, codes or one-hot.

    Raises:
      ValueError: for anything else, or where counts differ.
    """
    if isinstance(data, Dataset):
        return data
    labels = None
    if isinstance(data, tuple) and len(data) == 2 and not isinstance(data[0], str):
        data, labels = data
        if isinstance(data, Dataset):
            return dataclasses.replace(data, labels=labels, targets=None)  # pyrefly: ignore[bad-argument-type]
    alphabet = dna.alphabet_of(data)
    return dataclasses.replace(Dataset.from_arrays(dna.as_codes(data), labels), alphabet=alphabet)


def _numbers(part: Dataset) -> np.ndarray:
    """The rows of the whole that a part of a numbered data set holds."""
    return np.asarray(typing.cast(NumberedNames, part.names).numbers, np.int64)


def _parts(data, valid, seed: int, prepared) -> tuple[tuple[Dataset, np.ndarray], tuple, int]:
    """Training and validation part, each with its rows of `data` where known, and how many there were."""
    if isinstance(data, Splits):
        if valid is not None:
            raise ValueError("data are divided already; valid makes no sense with them")
        data, valid = data.train, data.valid
    data = prepared(as_dataset(data))
    numbered = dataclasses.replace(data, names=NumberedNames(range(len(data))))
    if valid is not None:
        valid = prepared(as_dataset(valid))
        parts = task.checked(Splits(numbered, valid, valid.take([])))
        rows = [_numbers(parts.train), np.zeros(0, int)]
        return (
            (dataclasses.replace(data.take(rows[0]), notes=parts.train.notes), rows[0]),
            (valid, rows[1]),
            len(data),
        )
    parts = splits.divide(numbered, splits.Division(seed=seed, fractions=FRACTIONS))
    rows = [_numbers(part) for part in (parts.train, parts.valid)]
    train = dataclasses.replace(data.take(rows[0]), notes=parts.notes)
    return (train, rows[0]), (data.take(rows[1]), rows[1]), len(data)


def only_positives(data: Dataset) -> bool:
    """Returns whether no sequence is known to be a negative."""
    return data.labels is None or bool((data.labels == 1).all() and data.labels.shape[1] == 1)


def _with_labels(data: Dataset, seed: int, quiet: bool) -> Dataset:
    if not only_positives(data):
        _judge_lengths(data)
        return data
    if not quiet:
        print(f"dinucleotide shuffles of {len(data):,} sequences are the negatives", file=sys.stderr)
    return prepare.with_negatives(data, seed)


def _with_classes(*parts):
    """Parts whose labels are classes, as data with a column for each class; others as they are."""
    single = [isinstance(part, tuple) and len(part) == 2 and np.ndim(part[1]) == 1 for part in parts]
    labels = [np.asarray(part[1]) for part, own in zip(parts, single, strict=True) if own]
    if not labels:
        return parts
    found, made, row = one_hot(np.concatenate(labels)), [], 0
    for part, own in zip(parts, single, strict=True):
        if own:
            values = found.values[row : row + len(part[1])]
            row += len(values)
            part = dataclasses.replace(as_dataset(part[0]), labels=values, targets=found.names)
        made.append(part)
    return tuple(made)


def _with_targets(data: Dataset, task: Kind) -> Dataset:
    check(task, data.known_labels, data.targets, "the labels")
    return data


def _judge_lengths(data: Dataset) -> None:
    """Refuses labels that length and N give away; arrays are the user's own, and are not cut."""
    labels_nt = data.known_labels
    if labels_nt.shape[1] != 1:
        return
    known = data.take(np.isin(labels_nt[:, 0], (0, 1)))
    if len(np.unique(known.known_labels)) == 2:
        lengths.alike([known], cut=False)


def _positives(data: Dataset, seed: int, quiet: bool) -> Dataset:
    del seed, quiet
    if data.labels is not None:
        return data
    return Dataset(data.sequences, np.ones(len(data)), alphabet=data.alphabet)


def _weighted(train: tuple[Dataset, np.ndarray], weights, count: int) -> Dataset | dict:
    part, rows = train
    if weights is None:
        return part
    weights = np.asarray(weights, np.float32)
    if weights.ndim not in (1, 2) or len(weights) != count:
        raise ValueError(f"weights {weights.shape} for {count} labelled sequences")
    return {"sequences": part.sequences, "labels": part.labels, "weights": weights[rows]}
