"""Grids of settings over a panel: each point trains its network on every experiment, one after another."""

import pathlib
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.common import sweep
from experiments.demo import network_rows
from experiments.demo.settings import Config, chosen, load
from jaxmotif import config as configs
from jaxmotif.errors import Failed


def points(config: Config, axes: Sequence[str]) -> list[sweep.Point]:
    """Returns the points of a grid, see `sweep.points`; [] without axes.

    Raises:
      ValueError: for what `sweep.points` refuses, and for axes that choose experiments or add readings, of
        which a grid's table knows nothing.
    """
    found = sweep.points(config, axes)
    for path in found[0].settings if found else ():
        if path in ("panel", "experiments", "extraction", "highway", "factors", "penalties"):
            raise ValueError(
                f"{path} is no axis: a grid has the AUROC of each network over the same experiments"
            )
    for point in found:
        name = point.config.networks[0]
        axes_of_others = [path for path in point.settings if path.split(".")[0] == "train"]
        if name in point.config.own_networks and axes_of_others:
            raise ValueError(f"{name} trains by own.*, not by {axes_of_others[0]}: leave it out of networks")
    return found


def run(folder: pathlib.Path, found: Sequence[sweep.Point], resume: bool) -> list[dict]:
    """Returns the rows of a grid: mean AUROC over experiments, on test and validation, and each experiment's.

    Writes table.md, table.json and sweep.png, see `sweep.run`.
    """
    return sweep.run(
        folder,
        found,
        lambda place, config, trials, hyper: members(place, config, trials, hyper, resume),
        resume,
    )


def members(
    place: pathlib.Path,
    config: Config,
    trials: Sequence[int],
    hyper: Mapping[str, Sequence[Any]],
    resume: bool,
) -> list[dict]:
    """Returns measures of every member of a group of points, which differ in hyper-parameters only.

    Args:
      place: folder of the group.
      config: of its first point, of one network.
      trials: trial numbers: 0 to config.trials - 1 for each point in turn.
      hyper: field below `train` -> its value for each member.
      resume: take what is there.

    Raises:
      ValueError: if an experiment cannot be read.
      Failed: if a network cannot be trained on an experiment.
    """
    splits = {experiment.name: load(config, experiment) for experiment in chosen(config)}
    count, found = config.trials, []
    for first in range(0, len(trials), count):
        values = {f"train__{name}": of_members[first] for name, of_members in hyper.items()}
        own = configs.with_fields(config, own_trials=count, **values)
        (network,) = own.networks
        rows = [
            row
            for name in splits
            for row in network_rows.run_apart(
                place / f"point-{first // count + 1}", [name], network, own, splits, resume
            )
        ]
        for row in rows:
            if "failed" in row:
                raise Failed(f"{row['experiment']}: {row['failed']}")
        for trial in range(count):
            # Matrices have no trials.
            scores = {row["experiment"]: row["auroc"][min(trial, len(row["auroc"]) - 1)] for row in rows}
            found.append(
                {
                    "auroc": statistics.mean(scores.values()),
                    "valid AUROC": statistics.mean(row["valid"] for row in rows),
                    **scores,
                }
            )
    return found
