"""Grids of settings over a panel: points train as members of one program per experiment where they can."""

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

    On each experiment, the networks of all points train as members of one program.

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
    rows = {name: _rows(place, name, config, parts, trials, hyper, resume) for name, parts in splits.items()}
    found = []
    for number in range(len(trials) // config.trials):
        mine = {name: of_points[number] for name, of_points in rows.items()}
        for trial in range(config.trials):
            # Matrices have no trials.
            scores = {name: row["auroc"][min(trial, len(row["auroc"]) - 1)] for name, row in mine.items()}
            found.append(
                {
                    "auroc": statistics.mean(scores.values()),
                    "valid AUROC": statistics.mean(row["valid"] for row in mine.values()),
                    **scores,
                }
            )
    return found


def _rows(place, experiment: str, config: Config, parts, trials, hyper, resume: bool) -> list[dict]:
    """A row of the network on one experiment for each point."""
    (network,) = config.networks
    if network == network_rows.PWM or network in config.own_networks:
        # Nothing of `train` is theirs: all points are one.
        own = configs.with_fields(config, own_trials=config.trials)
        (row,) = network_rows.run_apart(
            place / "point-1", [experiment], network, own, {experiment: parts}, resume
        )
        if "failed" in row:
            raise Failed(f"{experiment}: {row['failed']}")
        return [row] * (len(trials) // config.trials)
    try:
        return network_rows.run_members(place / experiment, experiment, config, parts, trials, hyper, resume)
    except (ValueError, FloatingPointError, Failed) as error:
        raise Failed(f"{experiment}: {error}") from error
