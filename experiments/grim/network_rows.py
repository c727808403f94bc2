"""One model of GRIM's tables: train its trials as one ensemble, read its filters, score them."""

import dataclasses
import pathlib
import time
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, records, trials
from jaxmotif import keys
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.evaluate import recovery
from jaxmotif.interpret import filter_motifs
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import parameter_count, with_first_activation
from jaxmotif.motifs.motif import Motif
from jaxmotif.training import loop
from jaxmotif.training.fit import Fitted, Members, Run, by_information, by_labels, fit

FACTORS = {"task1": tasks.TASK1, "task2": tasks.TASK2}


def is_grim(model: str) -> bool:
    """Whether a model learns without labels."""
    return model.startswith("GRIM")


def pairs(dataset: Dataset, config, part: str) -> dict:
    """What the InfoMax objective reads: sequences and one fixed shuffle of each."""
    if config.task == "task2" and config.sees == "positives":
        dataset = dataset.positives
    dataset, shuffles = negatives.other_shuffles(dataset, config.seed + (part == "valid"))
    return {"sequences": dataset.sequences, "shuffles": shuffles}


def encoder(model: str, config, outputs: int):
    """The spec of a model in this run."""
    spec = zoo.get(model, length=config.length, outputs=outputs)
    if config.bias:
        first = dataclasses.replace(spec.convs[0], bias=True)
        spec = dataclasses.replace(spec, convs=(first, *spec.convs[1:]))
    return with_first_activation(spec, config.activation) if config.activation else spec


def train(
    model: str, config, splits: Splits, members: Sequence[int], run: Run, hyperparameters=None
) -> Fitted:
    """Returns one model, trained; members of one number differ only in hyper-parameters."""
    if is_grim(model):
        spec, objective = encoder(model, config, config.code), by_information(config.infomax)
        data = [pairs(getattr(splits, part), config, part) for part in ("train", "valid")]
    else:
        spec, objective = encoder(model, config, splits.train.labels.shape[1]), by_labels
        data = [splits.train, splits.valid]
    key = keys.stream(keys.root(config.seed), model)
    own = Members(members, key, hyperparameters)
    return fit(spec, *data, config.train, objective=objective, members=own, run=run)


def score(network: Network, trial: int, config, splits: Splits, database, prefix: str) -> trials.Reading:
    """Returns the first layer of one trial, read on the test set."""
    allow = {factor: recovery.ALLOW[factor] for factor in FACTORS[config.task]}
    found = filter_motifs.member_motifs(
        network, splits.test.sequences, 1, config.readout, member=trial, prefix=prefix
    )
    return trials.read(found, config.readout, database, prefix, config.e_max, allow)


def measures(reading: trials.Reading) -> dict[str, float]:
    """TPR, FPR, coverage and share of uninformative filters of one trial."""
    found = reading.score
    return {
        "tpr": found.relevant,
        "fpr": found.irrelevant,
        "coverage": found.coverage,
        "uninformative": found.uninformative / found.n_filters,
    }


def last_number(history: Sequence[Mapping], name: str, member: int) -> float:
    """The last value of a metric that is a number: a stopped member has none in later rows."""
    return next(row[name][member] for row in reversed(history) if row[name][member] is not None)


def run_row(
    root: pathlib.Path, model: str, config, splits: Splits, database: list[Motif], resume: bool
) -> dict:
    """The table's row of one model; a finished one is read from its folder."""
    folder = root / panels.folder_name(model)
    record = folder / "row.json"
    if resume and (row := records.kept(record)):
        return row
    try:
        trained = train(model, config, splits, range(config.trials), Run(folder, resume, model))
    except loop.Failed as error:
        # A result too; the other models still have theirs.
        row = {"model": model, "trials": config.trials, "failed": config.trials, "run": {"why": str(error)}}
        panels.record(folder, [], [], {model: []})
        records.keep(record, row, panels.FILES)
        return row
    begin = time.monotonic()
    network = trained.network
    network.replace(classes=tuple(f"output{n + 1}" for n in range(network.outputs))).save(folder)
    readings = [
        score(
            network, trial, config, splits, database, f"{panels.folder_name(model)}_trial{trial + 1}_filter"
        )
        for trial in range(len(network))
    ]
    panels.record(
        folder,
        [motif for reading in readings for motif in reading.motifs],
        [hit for reading in readings for hit in reading.hits],
        {model: readings[0].labels},
    )
    paper = published.GRIM.get((config.task, model), {})
    row = {"model": model, "trials": config.trials}
    measured = [measures(reading) for reading in readings]
    for key in measured[0]:
        row[key] = published.measurement([one[key] for one in measured], paper.get(key))
    if is_grim(model):
        estimates = [last_number(trained.history, "valid/estimate", t) for t in range(config.trials)]
        row["estimate"] = published.measurement(estimates, None)
        row["run"] = {
            "ceiling": trained.history[0]["valid/ceiling"],
            "collapsed": [
                int(any(r["failed"][t] == 1 for r in trained.history)) for t in range(config.trials)
            ],
        }
    else:
        row["auroc"] = published.measurement(trials.auroc(network, splits.test), None)
        row["run"] = {}
    row["parameters"] = parameter_count(network.spec)
    row["run"] |= {
        "epochs": trained.epochs,
        "seconds_training": trained.seconds,
        "seconds_reading": round(time.monotonic() - begin, 1),
    }
    row["filters_per_tf"] = {
        factor: [reading.score.filters_per_tf[factor] for reading in readings]
        for factor in FACTORS[config.task]
    }
    records.keep(record, row, (*saved.FILES, "metrics.jsonl", *panels.FILES))
    return row


def run_members(
    folder: pathlib.Path,
    config,
    splits: Splits,
    database: list[Motif],
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict[str, float]]:
    """For a sweep: the measures of every member of the config's one model."""
    (model,) = config.models
    trained = train(model, config, splits, members, Run(folder, resume, model), hyperparameters)
    rows = []
    for place in range(len(trained.network)):
        if any(row["failed"][place] == 1 for row in trained.history):
            rows.append({"failed": "it can learn no more"})
            continue
        found = measures(score(trained.network, place, config, splits, database, "filter"))
        rows.append(found | {"loss": last_number(trained.history, "valid/loss", place)})
    return rows
