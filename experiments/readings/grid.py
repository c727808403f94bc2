"""Grids of the readings: networks train together, then every point has cells of its own."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.common import apart, sweep
from experiments.common.panels import folder_name
from experiments.readings import cells, networks
from experiments.readings import config as configs
from jaxmotif.data.dataset import Splits
from jaxmotif.models.network import Network
from jaxmotif.objectives.infomax_config import InfoMaxConfig
from jaxmotif.training.presets import TrainConfig

# Columns that tell the rows of one point from each other.
LABELS = ("trained", "reading")
# Settings that are read by some networks and objectives only.
_TRAINING = ("train", "torch", "grim", "infomax", "code")


@dataclasses.dataclass(frozen=True)
class _Labelled:
    """What a network that learns by labels depends on."""

    network: str
    seeds: int
    sequences: int
    length: int
    min_gap: int
    seed: int
    train: TrainConfig


@dataclasses.dataclass(frozen=True)
class _Unlabelled(_Labelled):
    """What one that learns without labels does."""

    code: int
    infomax: InfoMaxConfig


def points(config: configs.Config, axes: Sequence[str]) -> list[sweep.Point]:
    """Returns the points of a grid, see `sweep.points`; [] without axes.

    Raises:
      ValueError: for what `sweep.points` refuses, for numbers of training that no chosen network reads, and
        for l1=0 where the program has an L1 term of its own.
    """
    found = sweep.points(config, axes)
    for path in found[0].settings if found else ():
        if path.split(".")[0] in _TRAINING and not any(_reads(point.config, path) for point in found):
            raise ValueError(f"{path} is no axis: none of the networks and objectives reads it")
    for point in found:
        (name,), (l1, set_to) = point.config.networks, (point.config.train.objective.l1, "train.objective.l1")
        own = networks.supervised(name, point.config).objective.l1
        if set_to in point.settings and _reads(point.config, set_to) and own != l1:
            raise ValueError(f"{set_to}: {name} trains with {own:g}, the program's own, where it is 0")
    return found


def _reads(config: configs.Config, path: str) -> bool:
    """Whether a network of the config reads a setting of _TRAINING."""
    group, (name,) = path.split(".")[0], config.networks
    if group in ("train", "torch"):
        by_labels = "torch" if networks.spec_of(name).two_way else "train"
        return group == by_labels and bool(objective_of(config, labels=True))
    return bool(objective_of(config, labels=False))


def _read(config: configs.Config, labels: bool) -> _Labelled:
    (name,) = config.networks
    own = name, config.seeds, config.sequences, config.length, config.min_gap, config.seed
    if labels:
        return _Labelled(*own, networks.supervised(name, config))
    return _Unlabelled(*own, config.grim, config.code, config.infomax)


def run(
    folder: pathlib.Path,
    found: Sequence[sweep.Point],
    splits_of: Callable[[configs.Config], Splits],
    run_point: Callable[[pathlib.Path, Any], list[dict]],
) -> list[dict]:
    """Returns the rows of all points, see `apart.run`.

    Networks are shared by the points that read them; those that differ in numbers of training or of InfoMax
    only, and in their seed, are members of one program.

    Args:
      folder: of the run.
      found: see `sweep.points`.
      splits_of: the sequences of a config.
      run_point: (folder, config) -> rows of the point.
    """
    for labels in (True, False):
        wanted = [point for point in found if objective_of(point.config, labels)]
        for one in apart.trainings(folder, wanted, lambda config, labels=labels: _read(config, labels)):
            _train(folder, one, splits_of, labels)
    return apart.run(folder, found, run_point, LABELS)


def objective_of(config: configs.Config, labels: bool) -> str:
    """Returns the objective in whose folder networks that learn so are; "" where none of the config does."""
    if not labels:
        has = networks.spec_of(config.networks[0]).convs and configs.INFOMAX in config.objectives
        return configs.INFOMAX if has else ""
    # Class optimisation reads the supervised ones.
    reads = {configs.SUPERVISED, configs.CLASS_OPTIMISED} & set(config.objectives)
    return configs.SUPERVISED if reads else ""


def _train(folder: pathlib.Path, one: apart.Training, splits_of, labels: bool) -> None:
    config, (name,), objective = one.config, one.config.networks, objective_of(one.config, labels)
    together = folder / f"trained-{apart.place(folder, one.points[0][0]).name}-{folder_name(objective)}"

    def fitted(seeds: Sequence[int], values: Mapping[str, Sequence[float]]) -> Network:
        members = networks.members_of(name, config, seeds, values)
        return networks.train_members(together, name, config, splits_of(config), members, labels, True)

    apart.train(
        one,
        lambda point: [
            cells.place(apart.place(folder, point), cells.Unit(name, seed), objective) / cells.TRAINING
            for seed in range(config.seeds)
        ],
        fitted,
        networks.is_there,
        networks.keep,
    )
