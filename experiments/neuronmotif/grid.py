"""Grids of the NeuronMotif experiments: networks train together, then every point is decoded by itself."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from experiments.common import apart, sweep
from experiments.common.panels import folder_name
from experiments.neuronmotif import recovery, training
from jaxmotif.data.dataset import Splits
from jaxmotif.data.synthetic import grammar
from jaxmotif.training.presets import TrainConfig

# Tasks that train networks on sequences made here.
TRAINED = ("synthetic", "grammar")
# Tasks that train on Basset's data unless a network is brought.
BROUGHT = ("basset", "bd10")
# Columns that tell the rows of one point from each other.
LABELS = ("layer", "method", "rule", "tests", "settings")


@dataclasses.dataclass(frozen=True)
class _Training:
    """What a network of TRAINED depends on."""

    task: str
    networks: tuple[str, ...]
    sequences: int
    seed: int
    train: TrainConfig


def points(config, axes: Sequence[str]) -> list[sweep.Point]:
    """Returns the points of a grid, see `sweep.points`; [] without axes.

    Raises:
      ValueError: for what `sweep.points` refuses, for tasks in which nothing can be varied, and for axes that
        the task does not read.
    """
    if axes and config.task in ("layers", "overlap"):
        raise ValueError(f"{config.task} reads what is there already: it has no grid")
    found = sweep.points(config, axes)
    read = _groups_read(config)
    for path in found[0].settings if found else ():
        if (group := path.split(".")[0]) in ("train", "sequences", "rows") and group not in read:
            brought = " with --weights" if config.task in BROUGHT and config.decode.weights else ""
            raise ValueError(f"{path} is no axis: {config.task}{brought} does not read it")
    return found


def _groups_read(config) -> tuple[str, ...]:
    """Returns which settings of training, or of what is trained on, the task reads."""
    if config.task in TRAINED:
        return "train", "sequences"
    return ("train", "rows") if config.task in BROUGHT and not config.decode.weights else ()


def run(
    folder: pathlib.Path,
    found: Sequence[sweep.Point],
    run_point: Callable[[pathlib.Path, Any], list[dict]],
    data_dir: str,
) -> list[dict]:
    """Returns the rows of all points, see `apart.run`.

    Networks that are trained here are shared by the points that read them; those that differ in numbers of
    training only are members of one program.
    """
    if found[0].config.task in TRAINED:
        for one in apart.trainings(folder, found, _read):
            _train(folder, one, data_dir)
    return apart.run(folder, found, run_point, LABELS)


def _read(config) -> _Training:
    return _Training(config.task, config.networks, config.sequences, config.seed, config.train)


def _train(folder: pathlib.Path, one: apart.Training, data_dir: str) -> None:
    config, (name,) = one.config, one.config.networks
    together = folder / f"trained-{apart.place(folder, one.points[0][0]).name}"
    apart.train(
        one,
        lambda point: [apart.place(folder, point) / folder_name(name) / training.FOLDER],
        lambda _, values: training.train_members(
            together, name, config, _splits(config, data_dir), values, True
        ),
        training.is_there,
        training.keep,
    )


def _splits(config, data_dir: str) -> Splits:
    if config.task == "grammar":
        return grammar.grammar_splits(config.seed, config.sequences)
    return recovery.load(config, data_dir)
