"""All ways of reading on all networks, on the same planted truth: Koo & Eddy's twelve factors.

    python -m experiments.readings --config=planted --scale=smoke|quick|paper
    python -m experiments.readings --shard=2/4
    python -m experiments.readings --merge

Networks are trained with labels and without (InfoMax), and each is read in every way that it allows. Class
optimisation trains no network: it makes inputs. So "class-optimised" rows are the supervised networks, read
on sequences drawn from the class motifs in the place of test sequences, and "class motif" is a reading of its
own. "untrained" rows tell what a reading finds in a network that knows nothing, and "random windows" what it
finds by choosing sequences only. Every reading's motifs are scored by the same rule.

Each cell is kept as it is done, and the same command again continues. --shard=k/n computes every n-th network
with all its cells in a folder of its own, shardKofN of the run directory; --merge makes table and figure of
the cells that are in the run directory and its shards. table.md has a row per cell, with means and 95 % t
intervals over seeds; matrix.md a row per network; agreement.md the factors that pairs of readings both find.

Time on two cores, no accelerator: smoke two minutes of CPU; docs/results/all_readings.md has more.
"""

import pathlib
from collections.abc import Sequence

from absl import flags

from experiments.common import compiling
from experiments.readings import cells, report, scoring, summary
from experiments.readings.config import SCALES, Config, of_scale
from jaxmotif import config as configs
from jaxmotif.apps import launch, rundir
from jaxmotif.data import named
from jaxmotif.motifs import jaspar
from jaxmotif.report import table

NAME = "planted"


def build(name: str, scale: str, seed: int, assignments: Sequence[str]) -> Config:
    """Returns the config of a scale (or of a dumped file), with overrides applied."""
    if name.endswith(".json"):
        return configs.override(configs.load(Config, name), assignments)
    configs.one_of("config", name, (NAME,))
    return configs.override(of_scale(scale, seed), assignments)


def folders(root: pathlib.Path, config: Config) -> list[pathlib.Path]:
    """Returns the run directory and those of its shards.

    Raises:
      ValueError: for a shard of another config, by what changes its cells.
    """
    found = [root]
    for shard in sorted(root.glob(cells.SHARD.format("*", "*"))):
        if not (shard / "config.json").exists():
            continue
        changed = configs.changed(Config, configs.to_dict(config), configs.read(shard / "config.json"))[
            "training"
        ]
        if changed:
            raise ValueError(f"{shard} holds cells of another config ({'; '.join(changed[:3])})")
        found.append(shard)
    return found


def write(root: pathlib.Path, config: Config) -> list[dict]:
    """Writes tables, figure and page of the cells that are there; returns the matrix's rows."""
    found = list(cells.kept(folders(root, config), config))
    if not found:
        raise ValueError(f"{root} has no cells yet")
    made = summary.tables(found, config)
    for name, rows in made.items():
        table.write_table(root, rows, name=name)
    report.write_report(root, config, made, found)
    return made["matrix"]


def main(argv: Sequence[str]) -> None:
    """Runs the launcher; `argv` begins with the program's name."""
    values = flags.FlagValues()
    launch.experiment_flags(values, [NAME], list(SCALES))
    flags.DEFINE_string(
        "shard", "", "k/n: computes every n-th network, from the k-th on.", flag_values=values
    )
    flags.DEFINE_bool("merge", False, "Makes table and figure of the cells there are.", flag_values=values)
    extra = launch.parse(values, argv, __doc__, lambda: build(values.config, values.scale, values.seed, []))
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    if values.sweep:
        raise ValueError("experiments.readings has no grids")
    if values.merge and values.shard:
        raise ValueError("--merge takes all shards; give one of --merge and --shard")
    config = build(values.config, values.scale, values.seed, values.set)
    todo = cells.shard(cells.units(config), values.shard)
    root = pathlib.Path(values.workdir or f"runs/readings-{NAME}-{values.scale}")
    place = root / cells.SHARD.format(*values.shard.split("/")) if values.shard else root
    folder = rundir.open_run(place, config, resume=values.resume or values.merge)
    if not values.merge:
        splits = named.load_named(
            "koo_eddy",
            values.data_dir,
            seed=config.seed,
            n=config.sequences,
            length=config.length,
            min_gap=config.min_gap,
        )
        data = cells.Data(splits, jaspar.database(config.database), scoring.planted())
        for unit in todo:
            cells.run(folder, unit, config, data, values.resume)
    if not todo:
        print("nothing to compute: there are fewer networks than shards")
        return
    print(table.format_table(write(folder, config)))
    print(f"report: {folder / 'report.html'}")
