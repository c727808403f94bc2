"""One network on one experiment of a panel: train, save, score; a finished row is read from its folder."""

import json
import pathlib
import time

import numpy as np

from experiments import trials
from jaxmotif import files, keys
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.discovery.by_labels import CLASSES, logits
from jaxmotif.evaluate import classification
from jaxmotif.models import saved, zoo
from jaxmotif.models.spec import parameter_count
from jaxmotif.motifs import em, meme
from jaxmotif.objectives import supervised
from jaxmotif.training import presets

# Scores by matrices found by expectation maximisation, in the place of MEME-SUM.
PWM = "PWM-sum"


def capped(splits: Splits, most: int) -> Splits:
    """Training and validation sequences of at most `most` rows, evenly spread; the test set stays."""
    if not most:
        return splits

    def cut(data: Dataset, rows: int) -> Dataset:
        # Pairs of a positive and its shuffle stay together: rows alternate.
        pairs = np.unique(np.linspace(0, len(data) // 2 - 1, max(rows // 2, 1)).astype(int))
        return data if len(data) <= rows else data.take(np.sort(np.concatenate([2 * pairs, 2 * pairs + 1])))

    return Splits(cut(splits.train, most), cut(splits.valid, max(most // 8, 200)), splits.test)


def run(folder: pathlib.Path, experiment: str, network: str, config, splits: Splits, resume: bool) -> dict:
    """{"experiment", "network", "auroc", "auroc_ensemble", "valid", ...} of one network's trials."""
    record = folder / "row.json"
    if resume and record.exists():
        return json.loads(record.read_text())
    begin = time.monotonic()
    row = {"experiment": experiment, "network": network, "train": len(splits.train)}
    row |= _matrices(folder, config, splits) if network == PWM else _network(folder, experiment, network, config, splits, resume)
    row["seconds"] = round(time.monotonic() - begin, 1)
    files.write_json(record, row)
    return row


def training(network: str, config) -> tuple[presets.TrainConfig, int]:
    """How a network is trained and how often: the papers' by the preset asked for, our own by its own."""
    return (config.own, config.own_trials) if network in config.own_networks else (config.train, config.trials)


def _network(folder, experiment, network, config, splits, resume) -> dict:
    train, members = training(network, config)
    spec = presets.apply_to(zoo.get(network, length=splits.train.length, outputs=1), train)
    objective = supervised.supervised(
        spec, l2=train.l2, l1=train.l1, strands=train.strands, criterion=train.criterion
    )
    # The authors' program let the training set judge.
    judge = splits.train if config.preset == "code" else splits.valid
    trained = trials.train(
        folder, f"{experiment} {network}", objective, train,
        keys.stream(keys.stream(keys.root(config.seed), experiment), network),
        range(members), trials.arrays(splits.train), trials.arrays(judge), resume,
    )
    test, valid = (logits(spec, trained.members, train.strands, part.sequences) for part in (splits.test, splits.valid))
    labels = splits.test.labels[:, 0]
    scores = [float(classification.auroc(labels, row)) for row in test]
    saved.save(folder, saved.Saved(spec, trained.members, train.strands, CLASSES, tuple(scores)))
    return {
        "auroc": scores,
        "auroc_ensemble": float(classification.auroc(labels, test.mean(axis=0))),
        "valid": float(classification.auroc(splits.valid.labels[:, 0], valid.mean(axis=0))),
        "epochs": trained.epochs,
        "parameters": parameter_count(spec),
    }


def _matrices(folder, config, splits: Splits) -> dict:
    positives = splits.train.sequences[splits.train.labels[:, 0] > 0.5]
    found = em.find_motifs(positives[: config.pwm_sequences], config.pwm_motifs, seed=config.seed)
    meme.write_meme(folder / "motifs.meme", found)
    scores = [
        float(classification.auroc(part.labels[:, 0], em.sum_of_best(found, part.sequences)))
        for part in (splits.test, splits.valid)
    ]
    return {"auroc": [scores[0]], "auroc_ensemble": scores[0], "valid": scores[1], "epochs": [], "parameters": 0}
