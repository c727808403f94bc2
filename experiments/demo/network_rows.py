"""A network on experiments of a panel: train, save, score; finished rows are read from their folders."""

import dataclasses
import pathlib
import sys
import time
import zlib
from collections.abc import Mapping, Sequence

import jax
import numpy as np

from experiments.common import records
from jaxmotif import keys
from jaxmotif.apps.discover.supervised import CLASSES
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.evaluate import classification
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import parameter_count
from jaxmotif.motifs import em, meme
from jaxmotif.training import loop
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.fit import Fitted, Members, Run, arrays, fit

# Scores by matrices found by expectation maximisation, in the place of MEME-SUM.
PWM = "PWM-sum"
# The network of Alipanahi et al. 2015, as the zoo has it.
DEEPBIND = "DeepBind"


def capped(splits: Splits, most: int) -> Splits:
    """Training and validation sequences of at most `most` rows, evenly spread; the test set stays."""
    if not most:
        return splits

    def cut(data: Dataset, rows: int) -> Dataset:
        # Where shuffles follow their positives, as after `shuffled_negatives`, pairs stay together.
        pairs = np.unique(np.linspace(0, len(data) // 2 - 1, max(rows // 2, 1)).astype(int))
        return data if len(data) <= rows else data.take(np.sort(np.concatenate([2 * pairs, 2 * pairs + 1])))

    return Splits(cut(splits.train, most), cut(splits.valid, max(most // 8, 200)), splits.test)


def groups(splits: Mapping[str, Splits], together: bool) -> list[list[str]]:
    """Experiments whose parts have equal shapes, if they are to train together; else each by itself."""
    if not together:
        return [[name] for name in splits]
    found: dict[tuple, list[str]] = {}
    for name, parts in splits.items():
        found.setdefault((parts.train.sequences.shape, parts.valid.sequences.shape), []).append(name)
    return list(found.values())


def run_apart(
    root: pathlib.Path,
    experiments: Sequence[str],
    network: str,
    config,
    splits: Mapping[str, Splits],
    resume: bool,
) -> list[dict]:
    """As `run`; what fails is a row {"experiment", "network", "failed": why}, and stops nothing else."""
    try:
        return run(root, experiments, network, config, splits, resume)
    except (ValueError, FloatingPointError, loop.Failed) as error:
        if len(experiments) == 1:
            print(f"{experiments[0]} {network} failed: {error}", file=sys.stderr, flush=True)
            return [{"experiment": experiments[0], "network": network, "failed": str(error)}]
    # One of them ended the program for all: each by itself.
    return [row for name in experiments for row in run_apart(root, [name], network, config, splits, resume)]


def run(
    root: pathlib.Path,
    experiments: Sequence[str],
    network: str,
    config,
    splits: Mapping[str, Splits],
    resume: bool,
) -> list[dict]:
    """Returns a row {"experiment", "network", "auroc", "auroc_ensemble", "valid", ...} per experiment.

    "auroc" has a value for each trial, on the test set; "valid" is the ensemble's on the validation
    sequences, and "training" on the training sequences where these judge.

    Several train as members of one program. A member's result does not depend on the others: its number comes
    from its experiment's name and its trial.
    """
    places = [root / name / network / "row.json" for name in experiments]
    rows = [records.kept(place) for place in places] if resume else [None]
    if all(row and ("training" in row or not _by_training(network, config)) for row in rows):
        return rows
    begin = time.monotonic()
    if network == PWM:
        measured = [_matrices(root / name / network, config, splits[name]) for name in experiments]
    else:
        measured = _networks(root, experiments, network, config, splits, resume)
    seconds = round((time.monotonic() - begin) / len(experiments), 1)
    rows = [
        {"experiment": name, "network": network, "train": len(splits[name].train), **one, "seconds": seconds}
        for name, one in zip(experiments, measured, strict=True)
    ]
    for place, row in zip(places, rows, strict=True):
        records.keep(place, row, (*saved.FILES, "metrics.jsonl", "motifs.meme"))
    return rows


def training(network: str, config) -> tuple[TrainConfig, int]:
    """How a network is trained and how often: the papers' by the preset asked for, our own by its own."""
    return (
        (config.own, config.own_trials) if network in config.own_networks else (config.train, config.trials)
    )


def _by_training(network: str, config) -> bool:
    """Whether the training set judges, as in the authors' program."""
    return config.preset == "code" and network not in (*config.own_networks, PWM)


def _member(experiment: str, trial: int) -> int:
    """A number of its own for every trial of every experiment."""
    return (zlib.crc32(experiment.encode()) & 0xFFFFF) * 256 + trial


def _networks(root, experiments, network, config, splits, resume) -> list[dict]:
    train, count = training(network, config)
    first = splits[experiments[0]]
    spec = zoo.get(network, length=first.train.length, outputs=1)
    by_training = _by_training(network, config)
    judges = {name: splits[name].train if by_training else splits[name].valid for name in experiments}
    members = [_member(name, trial) for name in experiments for trial in range(count)]
    several = len(experiments) > 1
    if several:
        data = [
            jax.tree.map(lambda *parts: np.repeat(np.stack(parts), count, axis=0), *map(arrays, parts))
            for parts in (
                [splits[name].train for name in experiments],
                [judges[name] for name in experiments],
            )
        ]
        folder = root / f"together-{zlib.crc32(' '.join(experiments).encode()):08x}" / network
        label = f"{len(experiments)} experiments, {network}"
    else:
        data = [first.train, judges[experiments[0]]]
        folder, label = root / experiments[0] / network, f"{experiments[0]} {network}"
    trained = fit(
        spec,
        *data,
        train,
        members=Members(members, keys.stream(keys.root(config.seed), network), own_data=several),
        run=Run(folder, resume, label),
    )
    rows = []
    for place, name in enumerate(experiments):
        own = range(place * count, (place + 1) * count)
        ours, row = _measured(trained, own, splits[name], by_training)
        ours.save(root / name / network)
        rows.append(row)
    return rows


def run_members(
    folder: pathlib.Path,
    experiment: str,
    config,
    splits: Splits,
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict]:
    """For a sweep: rows as those of `run`, one for every `config.trials` members, without names and seconds.

    Args:
      folder: of the experiment and the points.
      experiment: its name.
      config: of the first point: of one network, which trains by `train`.
      splits: of the experiment.
      members: trial numbers, 0 to config.trials - 1 for each point in turn.
      hyperparameters: field below `train` -> a value for each member.
      resume: continue what is there.

    Raises:
      ValueError, FloatingPointError, loop.Failed: if the network cannot be trained.
    """
    (network,) = config.networks
    by_training = _by_training(network, config)
    trained = fit(
        zoo.get(network, length=splits.train.length, outputs=1),
        splits.train,
        splits.train if by_training else splits.valid,
        config.train,
        members=Members(
            [_member(experiment, trial) for trial in members],
            keys.stream(keys.root(config.seed), network),
            hyperparameters,
        ),
        run=Run(folder, resume, f"{experiment} {network}"),
    )
    starts = range(0, len(members), config.trials)
    return [
        _measured(trained, range(start, start + config.trials), splits, by_training)[1] for start in starts
    ]


def _measured(trained: Fitted, own: Sequence[int], parts: Splits, by_training: bool) -> tuple[Network, dict]:
    """Some of the members, with their scores, as networks of an experiment; and their row."""
    ours = dataclasses.replace(trained.network.take(own), classes=CLASSES)
    test, valid = (ours.logits(part, by_member=True)[:, :, 0] for part in (parts.test, parts.valid))
    scores = [float(classification.auroc(parts.test.labels[:, 0], row)) for row in test]
    return dataclasses.replace(ours, scores=tuple(scores)), {
        "auroc": scores,
        "auroc_ensemble": float(classification.auroc(parts.test.labels[:, 0], test.mean(axis=0))),
        "valid": float(classification.auroc(parts.valid.labels[:, 0], valid.mean(axis=0))),
        **({"training": _auroc(ours, parts.train)} if by_training else {}),
        "networks": len(own),
        "epochs": [trained.epochs[i] for i in own],
        "parameters": parameter_count(ours.architecture),
    }


def _auroc(network: Network, data: Dataset) -> float:
    """Of the mean logit of all members."""
    return float(classification.auroc(data.labels[:, 0], network.logits(data)[:, 0]))


def _matrices(folder, config, splits: Splits) -> dict:
    positives = splits.train.positives.sequences
    found = em.find_motifs(positives[: config.pwm_sequences], config.pwm_motifs, seed=config.seed)
    if found:
        meme.write_meme(folder / "motifs.meme", found)
    scores = [
        float(classification.auroc(part.labels[:, 0], em.sum_of_best(found, part.sequences)))
        for part in (splits.test, splits.valid)
    ]
    return {
        "auroc": [scores[0]],
        "auroc_ensemble": scores[0],
        "valid": scores[1],
        "networks": 1,
        "epochs": [],
        "parameters": 0,
    }
