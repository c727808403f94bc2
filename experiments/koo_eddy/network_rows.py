"""One network of Koo & Eddy's Table 1: train its trials as one ensemble, read its filters, score them."""

import json
import pathlib
import time
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, trials
from experiments.common.panels import folder_name
from jaxmotif import files, keys
from jaxmotif.data.dataset import Splits
from jaxmotif.evaluate import recovery
from jaxmotif.interpret import filter_motifs
from jaxmotif.models import saved, zoo
from jaxmotif.models.spec import NetworkSpec, parameter_count
from jaxmotif.motifs.motif import Motif
from jaxmotif.objectives import supervised
from jaxmotif.training import presets

# The authors' program adds an L1 term to this network alone; the paper does not mention it.
L1_IN_CODE = {"CNN-50": 1e-6}


def train(
    folder: pathlib.Path,
    network: str,
    config,
    splits: Splits,
    members: Sequence[int],
    resume: bool,
    hyperparameters: Mapping[str, Sequence[float]] | None = None,
) -> tuple[NetworkSpec, trials.Trained]:
    """One network; members of one number differ in hyper-parameters alone."""
    spec = presets.apply_to(zoo.get(network, length=splits.train.length), config.train)
    l1 = L1_IN_CODE.get(network, 0.0) if config.preset == "code" else config.train.l1
    return spec, trials.train(
        folder,
        network,
        supervised.supervised(spec, l2=config.train.l2, l1=l1, strands=config.train.strands),
        config.train,
        keys.stream(keys.root(config.seed), network),
        members,
        trials.arrays(splits.train),
        trials.arrays(splits.valid),
        resume,
        hyperparameters,
    )


def run_members(
    folder: pathlib.Path,
    config,
    splits: Splits,
    database: list[Motif],
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict[str, float]]:
    """For a sweep: AUROC and first-layer scores of every member of the config's one network."""
    (network,) = config.networks
    spec, trained = train(folder, network, config, splits, members, resume, hyperparameters)
    rows = []
    accuracy = trials.auroc(spec, trained.members, config.train.strands, splits.test)
    for variables, area in zip(trained.members, accuracy, strict=True):
        score = trials.read(
            spec, variables, splits.test.sequences, 0, config.readout, database, "filter", config.e_max
        ).score
        rows.append(
            {"auroc": area, "match_any": score.any, "relevant": score.relevant, "coverage": score.coverage}
        )
    return rows


def run_row(
    folder: pathlib.Path, network: str, config, splits: Splits, database: list[Motif], resume: bool
) -> list[dict]:
    """Table rows of one network, one a readable convolution; finished ones are read from the folder."""
    record = folder / "rows.json"
    if resume and record.exists():
        return json.loads(record.read_text())
    spec, trained = train(folder, network, config, splits, range(config.trials), resume)
    begin = time.monotonic()
    rows = _evaluate(folder, network, spec, config, trained.members, splits, database)
    for row in rows:
        row["run"] |= {
            "epochs": trained.epochs,
            "seconds_training": trained.seconds,
            "seconds_reading": round(time.monotonic() - begin, 1),
        }
    files.write_json(record, rows)
    return rows


def _evaluate(folder, network, spec: NetworkSpec, config, members, splits, database) -> list[dict]:
    accuracy = trials.auroc(spec, members, config.train.strands, splits.test)
    saved.save(
        folder, saved.Saved(spec, members, config.train.strands, splits.train.targets, tuple(accuracy))
    )
    rows, kept, found, panel = [], [], [], {}
    for layer in filter_motifs.readable_layers(spec):
        scores = []
        for trial, variables in enumerate(members):
            prefix = f"{folder_name(network)}_conv{layer + 1}_trial{trial + 1}_filter"
            reading = trials.read(
                spec, variables, splits.test.sequences, layer, config.readout, database, prefix, config.e_max
            )
            scores.append(reading.score)
            kept += reading.motifs
            found += reading.hits
            if trial == 0:
                panel[_title(network, layer, spec)] = reading.labels
        rows.append(_row(network, layer, spec, config, accuracy if layer == 0 else None, scores))
    panels.record(folder, kept, found, panel)
    return rows


def _title(network, layer, spec) -> str:
    one = len(filter_motifs.readable_layers(spec)) == 1
    return network if one else f"{network}, layer {layer + 1}"


def _row(network, layer, spec, config, auroc, scores) -> dict:
    paper = published.KOO_EDDY_TABLE1.get((network, layer + 1), {})
    row = {"model": _title(network, layer, spec), "trials": config.trials}
    if auroc is not None:
        row["auroc"] = published.measurement(auroc, paper.get("auroc"))
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
    row["run"] = {"network": network, "layer": layer + 1}
    row["parameters"] = parameter_count(spec)
    row["filters_per_tf"] = {
        factor: [score.filters_per_tf[factor] for score in scores] for factor in recovery.ALLOW
    }
    return row
