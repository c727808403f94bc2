"""DeMo and the Deep Motif Dashboard (Lanchantin et al. 2016, 2017) over a folder of ChIP-seq experiments.

    python -m experiments.demo --config=table2|table3|table4|demo --panel=DIR --scale=smoke|quick|paper
    python -m experiments.demo --config=figure2 --panel=DIR --factors=GATA1,MAFK,NFYB
    python -m experiments.demo --config=penalty --panel=DIR --sweep=penalties=0.001,0.01,0.1

table2: AUROC of CNN, RNN and CNN-RNN, small, medium and large, of DeepBind's network, of matrices only and of
our own. table3: the medium networks with paired t-tests. table4: what four ways of extracting motifs match.
figure2: dashboards of factors side by side; --factors adds that figure to any config. demo: DeMo's highway
network, its shape chosen for every experiment; differences to DeepBind, windows of its class motif against
JASPAR. penalty: class motifs at several penalties, all of a network in one program, against the factor's own
motif; --sweep=penalties=... does that in any config. A panel holds X_AC.seq.gz with X_B.seq.gz, X.train.fa
with X.test.fa, or any FASTA; published values come from a published_auc.tsv in it. Finished experiments are
kept: the same command again continues.

--preset=paper selects epochs, and DeMo's shape, on a validation split and reads both strands; --preset=code
does what the authors' program did, and their text on the shape: the AUROC on the training set selects both.
With --sweep the table has the mean AUROC over experiments; points that differ in numbers of training only are
members of one program per experiment. Time on two
cores: smoke a minute or two; quick and paper are in docs/results/demo.md.
--shard=k/n makes every n-th experiment in a folder of its own, shardKofN of the run directory; --merge
takes what shards have made, and computes what is missing.
"""

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from experiments.common import compiling, shards, sweep
from experiments.demo import grid, panel_run, penalties, report
from experiments.demo.settings import HIGHWAY, NETWORKS, PRESETS, SCALES, Config, build, chosen
from jaxmotif import files
from jaxmotif.apps import launch, rundir
from jaxmotif.data.files import content
from jaxmotif.motifs import jaspar
from jaxmotif.report import table

__all__ = ["HIGHWAY", "NETWORKS", "PRESETS", "Config", "build", "main"]


def main(argv: Sequence[str]) -> None:
    values = flags.FlagValues()
    launch.experiment_flags(values, list(NETWORKS), list(SCALES))
    flags.DEFINE_string("panel", "", "Folder of the experiments.", flag_values=values)
    flags.DEFINE_enum("preset", "paper", list(PRESETS), "How to train.", flag_values=values)
    flags.DEFINE_list(
        "factors", [], "Factors whose dashboards are drawn side by side: figure2.png.", flag_values=values
    )
    shards.define_flags(values, "experiment")
    extra = launch.parse(
        values,
        argv,
        __doc__,
        lambda: build(values.config, values.panel or "PANEL", values.scale, values.preset, values.seed, []),
    )
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    config = build(
        values.config,
        values.panel,
        values.scale,
        values.preset,
        values.seed,
        values.set,
        [factor for factor in values.factors if factor],
    )
    config, axes = penalties.taken_from(config, values.sweep or sweep.recorded_axes(values.config))
    points = grid.points(config, axes)
    found = chosen(config)
    name = f"demo-{pathlib.Path(values.config).stem}-{values.scale}" + ("-sweep" if points else "")
    inputs_of = {
        f"{experiment.name} {role}": {"file": path, **content.checksum(path)}
        for experiment in found
        for role, path in (("train", experiment.train), ("test", experiment.test))
        if path
    }
    shards.check_flags(values, bool(points))
    if values.shard and config.factors:
        raise ValueError("factors are drawn side by side: their experiments cannot be divided by --shard")
    folder = rundir.open_run(
        shards.place(values.workdir or f"runs/{name}", values.shard),
        sweep.Settings(config, tuple(axes)) if points else config,
        resume=values.resume,
        inputs=inputs_of,
    )
    if points:
        print(table.format_table(grid.run(folder, points, values.resume)))
        print(f"figure: {folder / 'sweep.png'}")
        return
    (folder / "failed.txt").unlink(missing_ok=True)  # of an earlier attempt
    if values.merge:
        shards.gather(folder, config)
    own = shards.chosen(found, values.shard)
    if not own:
        print("nothing to compute: there are fewer experiments than shards")
        return
    result = panel_run.run(folder, config, own, values.resume)
    if result.failed:
        files.write_text(folder / "failed.txt", "".join(f"{line}\n" for line in result.failed))
    if not result.rows:
        raise ValueError(f"nothing could be trained; {result.failed[0]}")
    made = report.write_tables(folder, config, result)
    database = jaspar.database(config.database) if result.extracted else []
    pictures = report.draw(folder, config, result, database)
    report.write_report(folder, config, made, pictures, result.failed)
    for one in ("table", "table3", "counts", "table4", "penalties"):
        if one in made:
            print(table.format_table(made[one]))
    print(f"tables: {', '.join(str(folder / f'{one}.md') for one in made)}")
    print(f"report: {folder / 'report.html'}")
    if result.failed:
        print(f"error: {len(result.failed)} failed, see {folder / 'failed.txt'}", file=sys.stderr)
        raise SystemExit(1)
