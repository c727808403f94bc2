"""One model of GRIM's tables: train its trials as one ensemble, read its filters, score them."""

import dataclasses
import json
import pathlib
import time
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, records, trials
from experiments.grim import readings
from experiments.grim.readings import Row
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
from jaxmotif.objectives import infomax_config
from jaxmotif.training import loop
from jaxmotif.training.fit import Fitted, Members, Run, by_information, by_labels, fit

FACTORS = {"task1": tasks.TASK1, "task2": tasks.TASK2}


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


def train(row: Row, config, splits: Splits, members: Sequence[int], run: Run, hyperparameters=None) -> Fitted:
    """Returns one row's networks, trained; members of one number differ only in hyper-parameters."""
    model, reading = row
    if readings.is_grim(model):
        spec = encoder(model, config, readings.code(config, reading))
        objective = by_information(readings.objective(config, reading))
        learned, judge = (pairs(getattr(splits, part), config, part) for part in ("train", "valid"))
    else:
        spec, objective = encoder(model, config, splits.train.known_labels.shape[1]), by_labels
        learned, judge = splits.train, splits.valid
        # What learning by labels does not have.
        not_here = infomax_config.HELD
        hyperparameters = {k: v for k, v in (hyperparameters or {}).items() if k not in not_here}
    key = keys.stream(keys.root(config.seed), model)
    own = Members(members, key, hyperparameters)
    return fit(spec, learned, judge, config.train, objective=objective, members=own, run=run)


def score(network: Network, trial: int, config, splits: Splits, database, prefix: str) -> trials.Reading:
    """Returns the first layer of one trial, read on the test set."""
    allow = {factor: recovery.ALLOW[factor] for factor in FACTORS[config.task]}
    found = filter_motifs.member_motifs(
        network, splits.test.sequences, 1, config.readout, member=trial, prefix=prefix
    )
    return trials.read(found, config.readout, database, prefix, config.e_max, allow)


def measures(reading: trials.Reading) -> dict[str, float]:
    """TPR, FPR, coverage and share of uninformative filters of one trial; TPR and FPR of the others, too.

    The paper does not say whether filters that never fire count, of which the bounded reading has a quarter.
    """
    found = reading.score
    informative = max(1 - found.uninformative / found.n_filters, 1 / found.n_filters)
    return {
        "tpr": found.relevant,
        "fpr": found.irrelevant,
        "coverage": found.coverage,
        "uninformative": found.uninformative / found.n_filters,
        "tpr_of_informative": found.relevant / informative,
        "fpr_of_informative": found.irrelevant / informative,
    }


def last_number(history: Sequence[Mapping], name: str, member: int) -> float:
    """The last value of a metric that is a number: a stopped member has none in later rows."""
    return next(row[name][member] for row in reversed(history) if row[name][member] is not None)


def run_row(
    root: pathlib.Path, row: Row, config, splits: Splits, database: list[Motif], resume: bool
) -> dict:
    """The table's row of one model and reading; a finished one is read from its folder."""
    folder = root / panels.folder_name(row.name)
    record = folder / "row.json"
    if resume and (found := records.kept(record)):
        return found
    found = {"model": row.model, "reading": readings.told(config, row), "trials": config.trials}
    paper = published.GRIM.get((config.task, row.model), {})
    try:
        trained = train(row, config, splits, range(config.trials), Run(folder, resume, row.name))
    except loop.Failed as error:
        # A result too, beside what the paper has; the other rows still have theirs.
        found |= {key: published.missing(paper.get(key)) for key in ("tpr", "fpr")}
        history = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        found |= {"collapsed": collapsed(history), "run": {"why": str(error)}}
        panels.record(folder, [], [], {row.name: []})
        records.keep(record, found, ("metrics.jsonl", *panels.FILES))
        return found
    begin = time.monotonic()
    network = trained.network
    network.replace(classes=tuple(f"output{n + 1}" for n in range(network.outputs))).save(folder)
    prefix = panels.folder_name(row.name)
    read = [
        score(network, trial, config, splits, database, f"{prefix}_trial{trial + 1}_filter")
        for trial in range(len(network))
    ]
    panels.record(
        folder,
        [motif for reading in read for motif in reading.motifs],
        [hit for reading in read for hit in reading.hits],
        {row.name: read[0].labels},
    )
    measured = [measures(reading) for reading in read]
    for key in measured[0]:
        found[key] = published.measurement([one[key] for one in measured], paper.get(key))
    if row.reading:
        found["collapsed"] = collapsed(trained.history)
        estimates = [last_number(trained.history, "valid/estimate", t) for t in range(config.trials)]
        found["estimate"] = published.measurement(estimates, None)
        found["run"] = {"ceiling": trained.history[0]["valid/ceiling"]}
    else:
        found["auroc"] = published.measurement(trials.auroc(network, splits.test), None)
        found["run"] = {}
    found["parameters"] = parameter_count(network.spec)
    found["run"] |= {
        "epochs": trained.epochs,
        "seconds_training": trained.seconds,
        "seconds_reading": round(time.monotonic() - begin, 1),
    }
    found["filters_per_tf"] = {
        factor: [reading.score.filters_per_tf[factor] for reading in read] for factor in FACTORS[config.task]
    }
    records.keep(record, found, (*saved.FILES, "metrics.jsonl", *panels.FILES))
    return found


def collapsed(history: Sequence[Mapping]) -> str:
    """How many trials collapsed, and by which epoch all of these had: "2 of 3, by epoch 4"."""
    epochs = {}
    for row in history:
        for trial, flag in enumerate(row["failed"]):
            if flag == 1:
                epochs.setdefault(trial, row["epoch"])
    text = f"{len(epochs)} of {len(history[0]['failed'])}"
    return f"{text}, by epoch {max(epochs.values())}" if epochs else text


def run_members(
    folder: pathlib.Path,
    config,
    splits: Splits,
    database: list[Motif],
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict]:
    """For a sweep: the measures of every member of the config's one row."""
    (row,) = readings.rows(config)
    trained = train(row, config, splits, members, Run(folder, resume, row.name), hyperparameters)
    found_rows: list[dict] = []
    for place in range(len(trained.network)):
        if any(epoch["failed"][place] == 1 for epoch in trained.history):
            found_rows.append({"failed": "it can learn no more"})
            continue
        found = measures(score(trained.network, place, config, splits, database, "filter"))
        found_rows.append(found | {"loss": last_number(trained.history, "valid/loss", place)})
    return found_rows
