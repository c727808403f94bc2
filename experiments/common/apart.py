"""Grids whose points have tables of their own: they run one after another and are told in one table.

Networks that several points read are trained once, and those that differ in numbers of training only are
members of one program: see `trainings`. Everything else of a point is what it does by itself.
"""

import hashlib
import json
import pathlib
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.common import records, sweep
from experiments.common.sweep import Point
from jaxmotif.errors import Failed
from jaxmotif.models.network import Network
from jaxmotif.report import figures, table

# Rows that sweep.png has at most: a line of each is some 18 pixels in every panel.
MOST = 60
_ROWS, _FIGURE = "rows.json", "sweep.png"


class Training(NamedTuple):
    """Networks of one shape, which one program trains.

    Attributes:
      points: of each member, those that read it.
      hyperparameters: by name, a value for each member; see `sweep.hyperparameters`.
    """

    points: list[list[Point]]
    hyperparameters: dict[str, list[float]]

    @property
    def config(self) -> Any:
        """The config of the first point."""
        return self.points[0][0].config


def trainings(folder: pathlib.Path, found: Sequence[Point], read: Callable[[Any], Any]) -> list[Training]:
    """Returns what has to be trained for these points; nothing of which every point has its rows.

    Args:
      folder: of the run, see `run`.
      found: see `sweep.points`.
      read: what a config's training depends on, a dataclass with the group `train`.
    """
    made, of = [], {}
    reduced = [Point(point.settings, read(point.config)) for point in found]
    for one, point in zip(reduced, found, strict=True):
        of[id(one)] = point
    for group in sweep.groups(reduced):
        members: dict[str, list[Point]] = {}
        for one in group:
            members.setdefault(json.dumps(sweep.numbers(one.config)), []).append(one)
        hyper = sweep.hyperparameters([own[0] for own in members.values()])
        made.append(Training([[of[id(one)] for one in own] for own in members.values()], hyper))
    return [one for one in made if not all(_is_done(folder, point) for own in one.points for point in own)]


def _is_done(folder: pathlib.Path, point: Point) -> bool:
    return records.is_whole(place(folder, point) / _ROWS)


def train(
    one: Training,
    homes: Callable[[Point], list[pathlib.Path]],
    fitted: Callable[[list[int], dict[str, list[float]]], Network],
    is_there: Callable[[pathlib.Path], bool],
    keep: Callable[[Network, pathlib.Path], None],
) -> None:
    """Trains networks together and puts each where points that read it look for theirs; none that are there.

    Where a training fails, or cannot be (too little memory for all, a network that does not fit the length),
    each point is left to train, and to tell, by itself.

    Args:
      one: see `trainings`.
      homes: folders of a point's networks, one for each seed.
      fitted: (seeds, hyper-parameters) of all members -> the networks.
      is_there: whether a folder holds what `keep` left.
      keep: saves one network.
    """
    places = [[homes(point) for point in own] for own in one.points]
    flat = [home for own in places for of_point in own for home in of_point]
    if len(flat) == 1 or all(map(is_there, flat)):
        return
    count = len(places[0][0])
    values = {name: [v for v in own for _ in range(count)] for name, own in one.hyperparameters.items()}
    try:
        network = fitted([seed for _ in places for seed in range(count)], values)
    except (Failed, FloatingPointError, ValueError) as error:
        print(f"note: {error}; points are trained by themselves", file=sys.stderr, flush=True)
        return
    for number, own in enumerate(places):
        for seed, home in ((seed, home) for of_point in own for seed, home in enumerate(of_point)):
            keep(network.take([number * count + seed]), home)


def place(folder: pathlib.Path, point: Point) -> pathlib.Path:
    """Returns the folder of a point: short, and the same for the same settings."""
    digest = hashlib.sha256(json.dumps(dict(point.settings), sort_keys=True).encode()).hexdigest()[:8]
    return folder / f"point-{digest}"


def run(
    folder: pathlib.Path,
    found: Sequence[Point],
    run_point: Callable[[pathlib.Path, Any], list[dict]],
    labels: Sequence[str] = (),
) -> list[dict]:
    """Runs every point that has no result yet; writes table.md and table.json after each, sweep.png at last.

    A point at which nothing is learned is a row that says why. Where parts of a point failed, or it cannot be
    with its settings, its rows have their number in "failed", and the same command tries these parts again.
    What is there is taken: without --resume `rundir.open_run` has moved the old folder aside, and the
    networks that are there are of this run.

    Args:
      folder: of the run; each point has a folder in it, see `place`.
      found: see `sweep.points`.
      run_point: (folder, config) -> rows of the point's own table.
      labels: columns of these rows that tell them from each other.

    Returns:
      rows of the table: the point's settings, then its own columns; one that is called as a setting is
      "NAME, read".

    Raises:
      ValueError: what the first point says, if no point can be.
    """
    by_point: list[list[dict]] = []
    impossible: list[ValueError] = []
    for point in found:
        home = place(folder, point)
        home.mkdir(parents=True, exist_ok=True)
        own = records.kept(home / _ROWS)
        if not own:
            try:
                own = run_point(home, point.config) or [{"failed": 1, "why": "the point has no rows"}]
            except (Failed, FloatingPointError) as error:
                own = [{"failed": str(error)}]
            except ValueError as error:
                impossible.append(error)
                own = [{"failed": 1, "why": str(error)}]
            if not any(_failed_parts(row) for row in own):
                records.keep(home / _ROWS, own)
        by_point.append([_row(point.settings, row) for row in own])
        table.write_table(folder, _flat(by_point))
    if len(impossible) == len(found):
        raise impossible[0]
    _draw(folder, by_point, sweep.varying(found), labels)
    return _flat(by_point)


def tell(folder: pathlib.Path, rows: Sequence[Mapping]) -> None:
    """Prints the table of `run`, and where its figure is if it has one."""
    print(table.format_table(rows))
    if (folder / _FIGURE).exists():
        print(f"figure: {folder / _FIGURE}")


def _flat(by_point: Sequence[Sequence[dict]]) -> list[dict]:
    return [row for rows in by_point for row in rows]


def _row(settings: Mapping, own: Mapping) -> dict:
    return {**settings, **{f"{key}, read" if key in settings else key: own[key] for key in own}}


def _failed_parts(row: Mapping) -> bool:
    return isinstance(row.get("failed"), int) and row["failed"] > 0


def _draw(
    folder: pathlib.Path, by_point: Sequence[Sequence[dict]], varied: Sequence[str], labels: Sequence[str]
) -> None:
    """Draws what was measured, whole numbers and texts left out; of many rows means over those of a point."""
    (folder / _FIGURE).unlink(missing_ok=True)  # of fewer rows
    rows, told = _flat(by_point), [*varied, *labels]
    if len(rows) > MOST:
        rows, told = [_mean(own) for own in by_point], varied
    if len(rows) > MOST:
        print(f"note: {len(rows)} points are too many for a figure, see table.md", file=sys.stderr)
        return
    names = [" ".join(str(row[key]) for key in told if key in row) or "one point" for row in rows]
    keys = dict.fromkeys(key for row in rows for key, value in row.items() if _measured(value))
    if keys:
        quantities = {
            table.column_title(key): [
                (n, _measured(row.get(key))) for n, row in zip(names, rows, strict=True)
            ]
            for key in keys
        }
        figures.points(folder / _FIGURE, quantities)


def _mean(rows: Sequence[Mapping]) -> dict:
    """One row of a point: its settings, and the mean of what was measured, over the rows that have it."""
    found: dict[str, Any] = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        known = [one["mean"] for row in rows if (one := _measured(row.get(key)))]
        found[key] = statistics.mean(known) if known else next(row[key] for row in rows if key in row)
    return found


def _measured(value) -> Mapping | None:
    """A measurement, or a number as one; None for what is neither."""
    if isinstance(value, float):
        return {"mean": value}
    return value if isinstance(value, Mapping) and value.get("mean") is not None else None
