"""One network of Koo & Eddy's tables: train its trials as one ensemble, read its filters, score them."""

import dataclasses
import pathlib
import time
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, records, trials
from experiments.common.panels import folder_name
from experiments.koo_eddy.tasks import Task
from jaxmotif import keys
from jaxmotif.data.dataset import Splits
from jaxmotif.interpret import filter_motifs
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec, parameter_count
from jaxmotif.motifs.motif import Motif
from jaxmotif.training.fit import Fitted, Members, Run, fit
from jaxmotif.training.presets import TrainConfig

# The authors' program adds an L1 term to this network alone; the paper does not mention it.
L1_IN_CODE = {"CNN-50": 1e-6}


def specification(network: str, splits: Splits) -> NetworkSpec:
    """Returns a network of the zoo as it reads these sequences.

    Raises:
      ValueError: where its poolings or kernels do not fit sequences of this length.
    """
    return zoo.get(network, length=splits.train.length, outputs=splits.train.known_labels.shape[1])


def with_code_l1(config: TrainConfig, network: str) -> TrainConfig:
    """Returns the training with the program's L1 term of a network, where none was asked for."""
    return config if config.objective.l1 else config.with_fields(l1=L1_IN_CODE.get(network, 0.0))


def train(
    network: str, config, splits: Splits, members: Sequence[int], run: Run, hyperparameters=None
) -> Fitted:
    """Returns one network, trained; members of one number differ only in hyper-parameters."""
    train = config.train
    if config.preset == "code":
        train = with_code_l1(train, network)
    return fit(
        specification(network, splits),
        splits.train,
        splits.valid,
        train,
        members=Members(members, keys.stream(keys.root(config.seed), network), hyperparameters),
        run=run,
    )


def _read(network: Network, trial: int, layer: int, config, task, database, prefix) -> trials.Reading:
    readout = config.readout
    if readout.rule == "koo-text" and layer > 1:
        # The largest activation of a later layer is not known; the text speaks of the first only.
        readout = dataclasses.replace(readout, rule="koo")
    found = filter_motifs.member_motifs(
        network, task.splits.test.sequences, layer, readout, member=trial, prefix=prefix
    )
    return trials.read(found, readout, database, prefix, config.e_max, task.allow)


def run_members(
    folder: pathlib.Path,
    config,
    task: Task,
    database: list[Motif],
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict[str, float | str]]:
    """For a sweep: AUROC and first-layer scores of every member of the config's one network."""
    (network,) = config.networks
    trained = train(network, config, task.splits, members, Run(folder, resume, network), hyperparameters)
    rows: list[dict[str, float | str]] = []
    for trial, area in enumerate(trials.auroc(trained.network, task.splits.test)):
        score = _read(trained.network, trial, 1, config, task, database, "filter").score
        rows.append(
            {"auroc": area, "match_any": score.any, "relevant": score.relevant, "coverage": score.coverage}
        )
    return rows


def run_row(
    folder: pathlib.Path, network: str, config, task: Task, database: list[Motif], resume: bool
) -> list[dict]:
    """Table rows of one network, one a readable convolution; finished ones are read from the folder.

    A network that cannot read sequences of this length is a row that says why.
    """
    record = folder / "rows.json"
    if resume and (rows := records.kept(record)):
        return rows
    try:
        specification(network, task.splits)
    except ValueError as error:
        rows = [{"model": network, "trials": 0, "note": str(error), "run": {"network": network, "layer": 1}}]
        panels.record(folder, [], [], {network: []})
        records.keep(record, rows, panels.FILES)
        return rows
    trained = train(network, config, task.splits, range(config.trials), Run(folder, resume, network))
    begin = time.monotonic()
    rows = _evaluate(folder, network, config, trained.network, task, database)
    for row in rows:
        row["run"] |= {
            "epochs": trained.epochs,
            "seconds_training": trained.seconds,
            "seconds_reading": round(time.monotonic() - begin, 1),
        }
    records.keep(record, rows, (*saved.FILES, "metrics.jsonl", *panels.FILES))
    return rows


def _evaluate(folder, network, config, trained: Network, task, database) -> list[dict]:
    spec, accuracy = trained.architecture, trials.accuracy(trained, task.splits.test)
    dataclasses.replace(trained, scores=tuple(accuracy["auroc"])).save(folder)
    rows, kept, found, panel = [], [], [], {}
    for layer in filter_motifs.readable_layers(spec):
        scores = []
        for trial in range(len(trained)):
            prefix = f"{folder_name(network)}_conv{layer}_trial{trial + 1}_filter"
            reading = _read(trained, trial, layer, config, task, database, prefix)
            scores.append(reading.score)
            kept += reading.motifs
            found += reading.hits
            if trial == 0:
                panel[_title(network, layer, spec)] = reading.labels
        rows.append(_row(network, layer, spec, config, accuracy if layer == 1 else {}, scores, task))
    panels.record(folder, kept, found, panel)
    return rows


def _title(network, layer, spec) -> str:
    one = len(filter_motifs.readable_layers(spec)) == 1
    return network if one else f"{network}, layer {layer}"


def _row(network, layer, spec, config, accuracy, scores, task) -> dict:
    paper = task.published.get((network, layer), {})
    row: dict = {"model": _title(network, layer, spec), "trials": config.trials}
    for key, values in accuracy.items():
        row[key] = published.measurement(values, paper.get(key))
    shares = {
        "match_any": [score.any for score in scores],
        "match_any_without_gmeb1": [score.any_without_gmeb1 for score in scores],
        "relevant": [score.relevant for score in scores],
        "coverage": [score.coverage for score in scores],
        "uninformative": [score.uninformative / score.n_filters for score in scores],
    }
    for key, values in shares.items():
        row[key] = published.measurement(values, paper.get(key))
    # For machines: a dict without a mean stays out of the printed table.
    row["run"] = {"network": network, "layer": layer}
    row["parameters"] = parameter_count(spec)
    row["filters_per_tf"] = {
        factor: [score.filters_per_tf[factor] for score in scores] for factor in task.allow
    }
    return row
