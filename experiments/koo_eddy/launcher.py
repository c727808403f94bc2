"""Koo & Eddy 2019: which architectures put whole motifs into first-layer filters.

    python -m experiments.koo_eddy --config=table1 --scale=smoke|quick|paper
    python -m experiments.koo_eddy --config=figure1
    python -m experiments.koo_eddy --config=figure2|figure3|figure4
    python -m experiments.koo_eddy --config=table2|figure5|figureS1 --data=DIR
    python -m experiments.koo_eddy --config=peaks --panel=DIR
    python -m experiments.koo_eddy --config=demo --readouts

Networks of a config are trained one after another, the trials of each as one ensemble. table1 and figures 2
to 4 are of the synthetic task (25,000 sequences of 200 nt, 12 factors of JASPAR 2016), table2, figure5 and
figureS1 of the paper's set in vivo, from the folder of DeepSEA's train.mat, valid.mat and test.mat. peaks
trains the networks of Table 2 on the peaks of a panel's experiments instead (not the paper's set). figure1 is
the paper's toy model and trains nothing. The table, the published values next to it, is printed last and
written to table.md and table.json; figures (PNG, SVG) and report.html lie next to it: a run that has all
networks of a figure writes it, too. Running the same command again continues: finished networks are not
trained again. With --readouts their first layers are also read by every rule and threshold.

Expected: CNN-25 AUROC 0.973, 98 % of filters match a planted motif; CNN-4 0.955 and 13 %.
Time on two cores: smoke seconds per network (compiled with few optimisations), quick (30 epochs) 20 s for
CNN-25 to 3 minutes for CNN-1 per trial, demo 4 to 5 minutes (three trials of two networks), paper (100
epochs, five trials) hours; docs/results/koo_eddy.md has what was measured.
--shard=k/n makes every n-th network in a folder of its own, shardKofN of the run directory; --merge
takes what shards have made, and computes what is missing.
"""

import dataclasses
import pathlib
from collections.abc import Sequence

from absl import flags

from experiments.common import compiling, search, shards, sweep
from experiments.common.panels import folder_name
from experiments.koo_eddy import network_rows, readouts, report, tasks, toy
from experiments.koo_eddy.settings import NETWORKS, SCALES, Config, build
from jaxmotif.apps import launch, rundir
from jaxmotif.data.files import content, panel
from jaxmotif.motifs import jaspar
from jaxmotif.report import table

CONFIGS = (*NETWORKS, toy.NAME)
_PARTS = ("train.mat", "valid.mat", "test.mat")


@dataclasses.dataclass(frozen=True)
class ToySettings:
    """What Figure 1 depends on, for its run directory: nothing but its code."""

    figure: str = toy.NAME


def _inputs(config: Config) -> dict[str, dict]:
    """The files that a run reads, with their checksums."""
    paths = {}
    if config.source == "deepsea":
        paths = {name: str(pathlib.Path(config.path) / name) for name in _PARTS}
    elif config.source == "peaks":
        paths = {
            f"{experiment.name} {role}": path
            for experiment in panel.experiments(config.path)
            for role, path in (("train", experiment.train), ("test", experiment.test))
            if path
        }
    return {name: {"file": path, **content.checksum(path)} for name, path in paths.items()}


def _flags() -> flags.FlagValues:
    values = flags.FlagValues()
    launch.experiment_flags(values, list(CONFIGS), list(SCALES))
    flags.DEFINE_enum(
        "preset",
        "code",
        ["code", "paper"],
        "Training as the program ran it, or as the text says.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "data", "", "Folder of DeepSEA's files: of table2, figure5 and figureS1.", flag_values=values
    )
    flags.DEFINE_string("panel", "", "Folder of ChIP-seq experiments: of peaks.", flag_values=values)
    flags.DEFINE_bool(
        "readouts",
        False,
        "Also read the first layers by every rule and threshold: readouts.md, readouts.png.",
        flag_values=values,
    )
    shards.define_flags(values, "network")
    search.define_flags(values)
    return values


def main(argv: Sequence[str]) -> None:
    values = _flags()

    def settings(assignments: Sequence[str], path: str) -> Config | ToySettings:
        if values.config == toy.NAME:
            given = (values.sweep, values.search, values.readouts, values.shard, values.merge)
            if assignments or path or any(given):
                raise ValueError(f"{toy.NAME} has no settings, data, grids, searches, readouts or shards")
            return ToySettings()
        return build(values.config, values.scale, values.preset, values.seed, assignments, path)

    extra = launch.parse(
        values, argv, __doc__, lambda: build("table1", values.scale, values.preset, values.seed, [])
    )
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    if values.data and values.panel:
        raise ValueError("--data and --panel are of different configs; give one of them")
    config = settings(values.set, values.data or values.panel)
    compiling.for_scale(values.scale)
    stem = pathlib.Path(values.config).stem
    if isinstance(config, ToySettings):
        folder = rundir.open_run(values.workdir or f"runs/koo_eddy-{stem}", config, resume=values.resume)
        rows = toy.run(folder)
        report.write_toy(folder, rows)
    else:
        rows = _train(config, values, stem)
        if rows is None:
            return
        folder = pathlib.Path(values.workdir or f"runs/koo_eddy-{stem}-{values.scale}")
    print(table.format_table(rows))
    print(f"report: {folder / 'report.html'}")


def _train(config: Config, values: flags.FlagValues, stem: str) -> list[dict] | None:
    """Trains the networks of a config and reads them; returns the table's rows, None of a grid or shard."""
    axes = values.sweep or sweep.recorded_axes(values.config)
    points, searched = sweep.points(config, axes), search.settings(values, config)
    shards.check_flags(values, bool(points))
    kind = "-sweep" if points else "-search" if searched else ""
    root = values.workdir or f"runs/koo_eddy-{stem}-{values.scale}{kind}"
    folder = rundir.open_run(
        shards.place(root, values.shard),
        searched or (sweep.Settings(config, tuple(axes)) if points else config),
        resume=values.resume,
        inputs=_inputs(config) or None,
    )
    database = jaspar.database(config.database)
    if points or searched:

        def members(place, point, numbers, hyper):
            own = jaspar.database(point.database)
            task = tasks.load(point, values.data_dir, own)
            return network_rows.run_members(place, point, task, own, numbers, hyper, values.resume)

        search.report(folder, searched, points, members, values)
        return None
    if values.merge:
        shards.gather(folder, config)
    task, rows = tasks.load(config, values.data_dir, database), []
    for network in shards.chosen(config.networks, values.shard):
        rows += network_rows.run_row(
            folder / folder_name(network), network, config, task, database, values.resume
        )
        table.write_table(folder, rows)
    if values.shard:
        print(table.format_table(rows))
        return None
    swept = []
    if values.readouts:
        swept = readouts.sweep(folder, config, task, database)
        readouts.draw(folder, swept, task)
        print(table.format_table(swept))
        print(f"figure: {folder / 'readouts.png'}")
    report.write_report(folder, config, rows, swept, task)
    return rows
