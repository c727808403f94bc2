"""All ways of reading on all networks, on the same planted truth: Koo & Eddy's twelve factors.

    python -m experiments.readings --config=planted --scale=smoke|quick|paper
    python -m experiments.readings --shard=2/4
    python -m experiments.readings --merge
    python -m experiments.readings --sweep=infomax.scale=2,5 --sweep=classes.penalty=0.003,0.01

Networks are trained with labels and without (InfoMax), and each is read in every way that it allows. Class
optimisation trains no network: it makes inputs. So "class-optimised" rows are the supervised networks, read
on sequences drawn from the class motifs in the place of test sequences, and "class motif" is a reading of its
own. "untrained" rows tell what a reading finds in a network that knows nothing, and "random windows" what it
finds by choosing sequences only. Every reading's motifs are scored by the same rule.

Each cell is kept as it is done, and the same command again continues. --shard=k/n computes every n-th network
with all its cells in a folder of its own, shardKofN of the run directory; --merge makes table and figure of
the cells that are in the run directory and its shards. table.md has a row per cell, with means and 95 % t
intervals over seeds; matrix.md a row per network; agreement.md the factors that pairs of readings both find.

With --sweep every point has its cells in a folder of its own, and one table has the means of all; networks
that differ in numbers of training only, and in their seed, are members of one program.

Time on two cores, no accelerator: smoke 98 s of CPU; docs/results/all_readings.md has more.
"""

import pathlib
from collections.abc import Sequence

from absl import flags

from experiments.common import apart, compiling, shards, sweep
from experiments.readings import cells, grid, report, scoring, summary
from experiments.readings.config import SCALES, Config, of_scale
from jaxmotif import config as configs
from jaxmotif.apps import launch, rundir
from jaxmotif.data import named
from jaxmotif.data.dataset import Splits
from jaxmotif.motifs import jaspar
from jaxmotif.report import table

NAME = "planted"


def build(name: str, scale: str, seed: int, assignments: Sequence[str]) -> Config:
    """Returns the config of a scale (or of a dumped file), with overrides applied."""
    if name.endswith(".json"):
        return configs.override(sweep.load(Config, name), assignments)
    configs.one_of("config", name, (NAME,))
    return configs.override(of_scale(scale, seed), assignments)


def write(root: pathlib.Path, config: Config) -> dict[str, list[dict]]:
    """Writes tables, figure and page of the cells that are there; returns the rows of all tables."""
    found = list(cells.kept([root, *shards.folders(root, config)], config))
    if not found:
        raise ValueError(f"{root} has no cells yet")
    made = summary.tables(found, config)
    for name, rows in made.items():
        table.write_table(root, rows, name=name)
    report.write_report(root, config, made, found)
    return made


def _splits(config: Config, data_dir: str) -> Splits:
    return named.load_named(
        "koo_eddy",
        data_dir,
        seed=config.seed,
        n=config.sequences,
        length=config.length,
        min_gap=config.min_gap,
    )


def _data(config: Config, data_dir: str) -> cells.Data:
    return cells.Data(_splits(config, data_dir), jaspar.database(config.database), scoring.planted())


def _grid(folder: pathlib.Path, points: Sequence[sweep.Point], data_dir: str) -> list[dict]:
    """Rows of a grid: means over seeds of every reading at every point."""

    def run_point(place: pathlib.Path, config: Config) -> list[dict]:
        rundir.open_run(place, config, resume=True)  # networks may be there
        data = _data(config, data_dir)
        for unit in cells.units(config):
            cells.run(place, unit, config, data, True)
        rows = write(place, config)["overall"]
        # A point has one network, and its name is a setting.
        rows = [{key: row[key] for key in row if key != "networks"} for row in rows]
        without = [cell for cell in cells.kept([place], config) if "why" in cell]
        failed = [cell["why"] for cell in without if cell.get("failed")]
        if not rows:
            row = {"failed": len(failed), "why": failed[0]} if failed else {"failed": without[0]["why"]}
            return [row]
        return [row | {"failed": len(failed)} for row in rows] if failed else rows

    return grid.run(folder, points, lambda config: _splits(config, data_dir), run_point)


def main(argv: Sequence[str]) -> None:
    """Runs the launcher; `argv` begins with the program's name."""
    values = flags.FlagValues()
    launch.experiment_flags(values, [NAME], list(SCALES))
    shards.define_flags(values, "network")
    extra = launch.parse(values, argv, __doc__, lambda: build(values.config, values.scale, values.seed, []))
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    config = build(values.config, values.scale, values.seed, values.set)
    axes = values.sweep or sweep.recorded_axes(values.config)
    points = grid.points(config, axes)
    shards.check_flags(values, bool(points))
    if points:
        name = values.workdir or f"runs/readings-{NAME}-{values.scale}-sweep"
        folder = rundir.open_run(name, sweep.Settings(config, tuple(axes)), resume=values.resume)
        apart.tell(folder, _grid(folder, points, values.data_dir))
        return
    todo = shards.chosen(cells.units(config), values.shard)
    root = pathlib.Path(values.workdir or f"runs/readings-{NAME}-{values.scale}")
    folder = rundir.open_run(shards.place(root, values.shard), config, resume=values.resume or values.merge)
    if not values.merge:
        data = _data(config, values.data_dir)
        for unit in todo:
            cells.run(folder, unit, config, data, values.resume)
    if not todo:
        print("nothing to compute: there are fewer networks than shards")
        return
    print(table.format_table(write(folder, config)["matrix"]))
    print(f"report: {folder / 'report.html'}")
