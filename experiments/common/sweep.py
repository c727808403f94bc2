"""Grids of settings: points of equal shape train as members of one program, the others one after another.

    --sweep=train.learning_rate=1e-4,1e-3 --sweep=dropout=0.1,0.3 --sweep="models=GRIM-4 (64),GRIM-4 (128)"

Numbers of training and of the objective (MEMBERS) lie in the state, so points that differ in these alone are
members of one ensemble. A member's randomness comes from its trial number, whatever its point: what is
compared differs in the settings alone. A point has the result that it has when it runs by itself, but for
the last digits of settings that a program then knows beforehand, and for InfoMax' own numbers, whose members
take gradients of the code another way (`infomax.discriminate`).
"""

import dataclasses
import functools
import hashlib
import itertools
import json
import operator
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.common import records
from experiments.common.published import measurement
from jaxmotif import config as configs
from jaxmotif.objectives import infomax_config
from jaxmotif.report import figures, table
from jaxmotif.training import loop, presets

# Names of the settings in which members of one program can differ, by the class that has them.
MEMBERS = presets.HYPERPARAMETERS | {infomax_config.InfoMaxConfig: infomax_config.HELD}
# Groups of a config in which these are looked for.
_GROUPS = ("train", "infomax")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a sweep depends on, for its run directory."""

    base: Any
    axes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Point:
    """One point of the grid: its settings by path, as written, and the config that they make."""

    settings: Mapping[str, str]
    config: Any


def load(kind: type, path: str):
    """The config of a dumped config.json, of a grid or search too; errors as `jaxmotif.config.load`."""
    data = configs.read(path)
    try:
        return configs.from_dict(kind, data["base"] if "axes" in data or "search" in data else data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def recorded_axes(config: str) -> list[str]:
    """The axes of the grid that a dumped config.json belongs to; none for another one, or for a name."""
    return configs.read(config).get("axes", []) if config.endswith(".json") else []


def points(config, axes: Sequence[str]) -> list[Point]:
    """All combinations of the axes, each "path.to.field=value,value,...".

    A config of several models or networks is taken apart: one point each, unless an axis names them.

    Raises:
      ValueError: for an axis without values, one named twice, or values that do not fit the field.
    """
    if not axes:
        return []
    values = {}
    for axis in axes:
        path, equals, text = axis.partition("=")
        if not equals or not path or not text:
            raise ValueError(f"--sweep wants path.to.field=value,value, got {axis!r}")
        path = configs.resolve(config, path)
        if path in values:
            raise ValueError(f"{path} is swept twice")
        values[path] = [value.strip() for value in text.split(",")]
    several = next((name for name in ("models", "networks") if getattr(config, name, None)), None)
    if several and several not in values:
        values = {several: list(getattr(config, several)), **values}
    found = []
    for choice in itertools.product(*values.values()):
        settings = dict(zip(values, choice, strict=True))
        found.append(Point(settings, configs.override(config, [f"{k}={v}" for k, v in settings.items()])))
    return found


def numbers(config) -> dict[str, float]:
    """Returns path -> value of the settings in which members can differ; one that is none is not among them.

    A rate of dropout of none is the network's own, which may have several.
    """
    found = {}

    def look(part, path: str) -> None:
        for field in dataclasses.fields(part):
            value, place = getattr(part, field.name), f"{path}.{field.name}"
            if dataclasses.is_dataclass(value):
                look(value, place)
            elif field.name in MEMBERS.get(type(part), ()) and value is not None:
                found[place] = float(value)

    for name in _GROUPS:
        if hasattr(config, name):
            look(getattr(config, name), name)
    return found


def groups(found: Sequence[Point]) -> list[list[Point]]:
    """Returns points together that differ in `numbers` alone."""
    together: dict[str, list[Point]] = {}
    for point in found:
        shape = configs.to_dict(point.config)
        own = numbers(point.config)
        for path in own:
            *parts, name = path.split(".")
            del functools.reduce(operator.getitem, parts, shape)[name]
        key = json.dumps([shape, sorted(own)], sort_keys=True)
        together.setdefault(key, []).append(point)
    return list(together.values())


def hyperparameters(group: Sequence[Point]) -> dict[str, list[float]]:
    """Returns, by name, the values of a group's points in what varies, and in what is always held.

    What is one number for all stays a constant of the program.
    """
    values = [numbers(point.config) for point in group]
    names = {path: path.rsplit(".", 1)[1] for path in values[0]}
    return {
        name: [one[path] for one in values]
        for path, name in names.items()
        if name in presets.ALWAYS_HELD or len({one[path] for one in values}) > 1
    }


def run(
    folder: pathlib.Path,
    found: Sequence[Point],
    run_members: Callable[[pathlib.Path, Any, Sequence[int], Mapping[str, list[float]]], list[dict]],
    resume: bool,
) -> list[dict]:
    """Runs every group that has no result yet; writes table.md and table.json after each, sweep.png at last.

    Args:
      folder: of the run; each group has a folder in it.
      found: see `points`.
      run_members: (folder, config, trial numbers, hyper-parameters) -> measures of every member.
      resume: take the results that are there.

    Returns:
      rows of the table, in the order of the points.
    """
    results: dict[int, dict] = {}
    rows: list[dict] = []
    for group in groups(found):
        place = folder / _name(group[0])
        record = place / "measures.json"
        measured = records.kept(record) if resume else None
        if measured is None:
            measured = _measure(place, group, run_members)
            records.keep(record, measured, ("metrics.jsonl",))
        trials = group[0].config.trials
        for number, point in enumerate(group):
            results[id(point)] = _row(point, measured[number * trials : (number + 1) * trials])
        rows = [results[id(point)] for point in found if id(point) in results]
        table.write_table(folder, rows)
    draw(folder, found, rows)
    return rows


def _measure(place: pathlib.Path, group: Sequence[Point], run_members) -> list[dict]:
    """Measures of every member of a group, point by point."""
    trials = group[0].config.trials
    members = [trial for _ in group for trial in range(trials)]
    hyper = {
        name: [value for value in values for _ in range(trials)]
        for name, values in hyperparameters(group).items()
    }
    try:
        return run_members(place, group[0].config, members, hyper)
    except (loop.Failed, FloatingPointError) as error:
        if len(group) == 1:
            # A setting at which nothing is learned is a result.
            return [{"failed": str(error)}] * len(members)
    # One point's numbers ran away, which ends the program for all: each by itself.
    return [
        one
        for number, point in enumerate(group)
        for one in _measure(place / f"point-{number + 1}", [point], run_members)
    ]


def _name(point: Point) -> str:
    """A folder's name: short, and the same for the same settings."""
    own = numbers(point.config)
    settings = {path: value for path, value in point.settings.items() if path not in own}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    return f"group-{digest}"


def _row(point: Point, measured: Sequence[Mapping]) -> dict:
    row: dict[str, Any] = {**point.settings, "trials": len(measured)}
    failed = [one["failed"] for one in measured if "failed" in one]
    row["failed"] = len(failed)
    good = [one for one in measured if "failed" not in one]
    for key in good[0] if good else ():
        row[key] = measurement([one[key] for one in good], None)
    return row


def varying(found: Sequence[Point]) -> list[str]:
    """Returns the paths in whose values points differ."""
    return [path for path in found[0].settings if len({point.settings[path] for point in found}) > 1]


def draw(folder: pathlib.Path, found: Sequence[Point], rows: Sequence[Mapping]) -> None:
    """Writes sweep.png, a panel for each measured column."""
    varied = varying(found)
    names = [" ".join(str(row[path]) for path in varied) or "one point" for row in rows]
    keys = list(dict.fromkeys(k for row in rows for k, v in row.items() if isinstance(v, Mapping)))
    if keys:
        figures.points(
            folder / "sweep.png",
            {
                table.column_title(key): [(n, row.get(key)) for n, row in zip(names, rows, strict=True)]
                for key in keys
            },
        )
