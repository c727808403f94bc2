"""One model of GRIM's tables: train its trials as one ensemble, read its filters, score them."""

import dataclasses
import json
import pathlib
import time
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, trials
from jaxmotif import files, keys
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.evaluate import recovery
from jaxmotif.models import saved, zoo
from jaxmotif.models.spec import parameter_count, with_first_activation
from jaxmotif.motifs.motif import Motif
from jaxmotif.objectives import infomax, supervised
from jaxmotif.training import loop, presets

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
    spec = presets.apply_to(zoo.get(model, length=config.length, outputs=outputs), config.train)
    if config.bias:
        first = dataclasses.replace(spec.convs[0], bias=True)
        spec = dataclasses.replace(spec, convs=(first, *spec.convs[1:]))
    return with_first_activation(spec, config.activation) if config.activation else spec


def train(
    folder: pathlib.Path,
    model: str,
    config,
    splits: Splits,
    members: Sequence[int],
    resume: bool,
    hyperparameters: Mapping[str, Sequence[float]] | None = None,
):
    """(spec, `trials.Trained`) of one model; members of one number differ in hyper-parameters alone."""
    options = dict(l2=config.train.l2, l1=config.train.l1, strands=config.train.strands)
    if is_grim(model):
        spec = encoder(model, config, config.code)
        objective = infomax.infomax(spec, config.infomax, **options)
        data = [pairs(getattr(splits, part), config, part) for part in ("train", "valid")]
    else:
        spec = encoder(model, config, splits.train.labels.shape[1])
        objective = supervised.supervised(spec, **options)
        data = [trials.arrays(splits.train), trials.arrays(splits.valid)]
    trained = trials.train(
        folder,
        model,
        objective,
        config.train,
        keys.stream(keys.root(config.seed), model),
        members,
        *data,
        resume,
        hyperparameters,
    )
    return spec, trained


def score(model: str, spec, config, splits: Splits, database, variables, prefix: str) -> trials.Reading:
    """The first layer of one trial, read on the test set."""
    allow = {factor: recovery.ALLOW[factor] for factor in FACTORS[config.task]}
    return trials.read(
        spec, variables, splits.test.sequences, 0, config.readout, database, prefix, config.e_max, allow
    )


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
    if resume and record.exists():
        return json.loads(record.read_text())
    try:
        spec, trained = train(folder, model, config, splits, range(config.trials), resume)
    except loop.Failed as error:
        # A result too; the other models still have theirs.
        row = {"model": model, "trials": config.trials, "failed": config.trials, "run": {"why": str(error)}}
        panels.record(folder, [], [], {model: []})
        files.write_json(record, row)
        return row
    begin = time.monotonic()
    outputs = tuple(f"output{number + 1}" for number in range(spec.outputs))
    saved.save(folder, saved.Saved(spec, trained.members, config.train.strands, outputs))
    readings = [
        score(
            model,
            spec,
            config,
            splits,
            database,
            variables,
            f"{panels.folder_name(model)}_trial{t + 1}_filter",
        )
        for t, variables in enumerate(trained.members)
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
        row["auroc"] = published.measurement(
            trials.auroc(spec, trained.members, config.train.strands, splits.test), None
        )
        row["run"] = {}
    row["parameters"] = parameter_count(spec)
    row["run"] |= {
        "epochs": trained.epochs,
        "seconds_training": trained.seconds,
        "seconds_reading": round(time.monotonic() - begin, 1),
    }
    row["filters_per_tf"] = {
        factor: [reading.score.filters_per_tf[factor] for reading in readings]
        for factor in FACTORS[config.task]
    }
    files.write_json(record, row)
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
    spec, trained = train(folder, model, config, splits, members, resume, hyperparameters)
    rows = []
    for place, variables in enumerate(trained.members):
        if any(row["failed"][place] == 1 for row in trained.history):
            rows.append({"failed": "it can learn no more"})
            continue
        found = measures(score(model, spec, config, splits, database, variables, "filter"))
        rows.append(found | {"loss": last_number(trained.history, "valid/loss", place)})
    return rows
