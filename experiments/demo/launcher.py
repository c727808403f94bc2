"""DeMo and the Deep Motif Dashboard (Lanchantin et al. 2016, 2017) over a folder of ChIP-seq experiments.

    python -m experiments.demo --config=table2|table3|table4|demo --panel=DIR --scale=smoke|quick|paper

table2: AUROC of CNN, RNN and CNN-RNN, small, medium and large, of DeepBind's network, of matrices only and of
our own. table3: the medium networks with paired t-tests. table4: what four ways of extracting motifs match.
demo: DeMo's highway network, its shape chosen for every experiment on validation; windows of its class motif
against JASPAR. A panel holds X_AC.seq.gz with X_B.seq.gz, X.train.fa with X.test.fa, or any FASTA; published
values come from a published_auc.tsv in it. Finished experiments are kept: the same command again continues.

--preset=paper selects epochs on a validation split and reads both strands; --preset=code does what the
authors' program did. Time on two cores: smoke 3 minutes for two experiments; quick and paper are in
docs/results/demo.md.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Sequence
from typing import Literal

import jax
from absl import flags

from experiments.demo import extraction_rows, network_rows, report
from jaxmotif import config as configs
from jaxmotif import files
from jaxmotif.apps import launch, rundir
from jaxmotif.apps.discover import inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import content, held_out
from jaxmotif.data.files import panel as panels
from jaxmotif.data.labels import Labels
from jaxmotif.models import zoo
from jaxmotif.models.zoo.dashboard import DASHBOARD
from jaxmotif.motifs import jaspar
from jaxmotif.report import table
from jaxmotif.training import presets

MEDIUM = ("CNN-medium", "RNN-medium", "CNN-RNN-medium")
# DeMo's Table 1: convolutions, pooling, highway layers.
HIGHWAY = tuple(f"DeMo-{convs}-{pool}-{layers}" for convs in (3, 4) for pool in (2, 1) for layers in (5, 7))
NETWORKS = {
    "table2": (network_rows.PWM, *DASHBOARD, "peaks"),
    "table3": (network_rows.PWM, *MEDIUM, "peaks"),
    "table4": MEDIUM,
    "demo": HIGHWAY,
}
PRESETS = {"paper": "dashboard", "code": "dashboard-code"}
SCALES = {
    "smoke": dict(most=400, epochs=2),
    "quick": dict(most=8000, epochs=25),
    "paper": dict(most=0, epochs=50),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      panel: folder of the experiments.
      networks: names of the zoo, and "PWM-sum".
      trials: networks of each kind and experiment, one ensemble.
      most: training sequences of an experiment, positives and negatives; 0 takes all.
      length: to which sequences are cropped or padded, nt; 0 takes each file's most common length.
      labels: what is done with labels in names, "auto", "names" or "none": see `jaxmotif discover --labels`.
      experiments: names, or beginnings of names, to run; none runs all.
      preset: "paper" or "code"; what `train` began with.
      seed: root of everything random.
      train: how networks are trained.
      own: how `own_networks` are trained: as `jaxmotif discover` does it.
      own_networks: names of the zoo that are trained that way.
      own_trials: networks of each of these.
      pwm_motifs: matrices of the baseline.
      pwm_sequences: positives that the baseline reads.
      together: whether experiments of equal size train as members of one program: "yes", "no", or "auto",
        which is where members run side by side, on an accelerator.
      extraction: whether motifs are extracted from every network and compared with the factor's own.
      width: of extracted windows, nt.
      class_steps: updates of class optimisation.
      database: known motifs: a JASPAR release or a MEME file.
      highway: whether one of the networks is chosen by validation for every experiment and called DeMo.
    """

    panel: str = dataclasses.field(metadata={"concerns": "input"})
    networks: tuple[str, ...]
    trials: int = 1
    most: int = 0
    length: int = 0
    labels: Labels = "auto"
    experiments: tuple[str, ...] = ()
    seed: int = 0
    preset: str = "paper"
    train: presets.TrainConfig = presets.PRESETS["dashboard"]
    own: presets.TrainConfig = presets.PRESETS["peaks"]
    own_networks: tuple[str, ...] = ("peaks",)
    own_trials: int = 3
    pwm_motifs: int = 5
    pwm_sequences: int = 500
    together: Literal["auto", "yes", "no"] = "auto"
    extraction: bool = False
    highway: bool = False
    width: int = 9
    class_steps: int = 1000
    database: str = "JASPAR2024"

    def __post_init__(self):
        if not self.networks:
            raise ValueError("no networks")
        for network in self.networks:
            if network != network_rows.PWM:
                zoo.get(network)
        least = dict.fromkeys(
            ("trials", "own_trials", "pwm_motifs", "pwm_sequences", "width", "class_steps"), 1
        )
        configs.check(self, at_least={**least, "most": 0, "length": 0})
        configs.choose("preset", self.preset, PRESETS)


def build(name: str, panel: str, scale: str, preset: str, seed: int, assignments: Sequence[str]) -> Config:
    """Returns the config of a name (or of a dumped file) at a scale, with overrides applied."""
    if name.endswith(".json"):
        elsewhere = [f"panel={panel}"] if panel else []
        return configs.override(configs.load(Config, name), [*elsewhere, *assignments])
    if not panel:
        raise ValueError("--panel is needed: a folder of .seq.gz or FASTA files")
    size = SCALES[scale]
    train = presets.preset(PRESETS[preset]).with_fields(epochs=size["epochs"])
    return configs.override(
        Config(
            panel=panel,
            networks=configs.choose("config", name, NETWORKS),
            most=size["most"],
            seed=seed,
            preset=preset,
            train=train,
            own=presets.preset("peaks").with_fields(epochs=min(size["epochs"], 40)),
            extraction=name in ("table4", "demo"),
            highway=name == "demo",
        ),
        assignments,
    )


def chosen(config: Config) -> list[panels.Experiment]:
    """Returns the experiments of the panel that the config names.

    Raises:
      ValueError: for a folder without experiments, or a name that is none of them.
    """
    found = panels.experiments(config.panel)
    for name in config.experiments:
        if not any(experiment.name.startswith(name) for experiment in found):
            raise ValueError(f"no experiment {name!r}; there are: {', '.join(e.name for e in found)}")
    if config.experiments:
        found = [e for e in found if e.name.startswith(tuple(config.experiments))]
    return found


def load(config: Config, experiment: panels.Experiment):
    """Returns training, validation and test sequences of an experiment, negatives made where it has none."""
    source = Settings(
        sequences=experiment.train,
        test=experiment.test,
        seed=config.seed,
        length=config.length,
        labels=config.labels,
    )
    return network_rows.capped(inputs.load(source)[0], config.most)


def main(argv: Sequence[str]) -> None:
    values = flags.FlagValues()
    launch.experiment_flags(values, list(NETWORKS), list(SCALES))
    flags.DEFINE_string("panel", "", "Folder of the experiments.", flag_values=values)
    flags.DEFINE_enum("preset", "paper", list(PRESETS), "How to train.", flag_values=values)
    extra = launch.parse(
        values,
        argv,
        __doc__,
        lambda: build(values.config, values.panel or "PANEL", values.scale, values.preset, values.seed, []),
    )
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    if values.sweep:
        raise ValueError("experiments.demo has no grids; the highway network's is part of --config=demo")
    config = build(values.config, values.panel, values.scale, values.preset, values.seed, values.set)
    found = chosen(config)
    name = f"demo-{pathlib.Path(values.config).stem}-{values.scale}"
    inputs_of = {
        f"{experiment.name} {role}": {"file": path, **content.checksum(path)}
        for experiment in found
        for role, path in (("train", experiment.train), ("test", experiment.test))
        if path
    }
    folder = rundir.open_run(values.workdir or f"runs/{name}", config, resume=values.resume, inputs=inputs_of)
    database = jaspar.database(config.database) if config.extraction else []
    together = config.together == "yes" or (config.together == "auto" and jax.default_backend() != "cpu")
    # Apart, one experiment after another is loaded, trained and let go.
    portions = [found] if together else [[experiment] for experiment in found]
    rows, extracted, motif_rows, failed = [], [], [], []
    for number, portion in enumerate(portions):
        print(
            f"{', '.join(e.name for e in portion)} ({number + 1} of {len(portions)})",
            file=sys.stderr,
            flush=True,
        )
        splits = {}
        for experiment in portion:
            try:
                splits[experiment.name] = load(config, experiment)
            except ValueError as error:
                print(f"{experiment.name} failed: {error}", file=sys.stderr, flush=True)
                failed.append(f"{experiment.name}: {error}")
        for name, parts in splits.items():
            held_out.write(folder / name, parts.test)
        for names in network_rows.groups(splits, together):
            for network in config.networks:
                found_rows = network_rows.run_apart(folder, names, network, config, splits, values.resume)
                failed += [f"{r['experiment']} {network}: {r['failed']}" for r in found_rows if "failed" in r]
                done = [row for row in found_rows if "failed" not in row]
                rows += done
                if config.extraction:
                    extracted += [
                        extraction_rows.extract(
                            folder / name / network,
                            name,
                            network,
                            config,
                            splits[name].test,
                            database,
                            values.resume,
                        )
                        for name in (row["experiment"] for row in done)
                    ]
            report.write_tables(folder, config, rows)
            if config.extraction:
                motif_rows = extraction_rows.table4([row for row in extracted if row])
                table.write_table(folder, motif_rows, name="motifs")
                files.write_json(folder / "extraction.json", [row for row in extracted if row])
    (folder / "failed.txt").unlink(missing_ok=True)  # of an earlier attempt
    if failed:
        files.write_text(folder / "failed.txt", "".join(f"{line}\n" for line in failed))
    if not rows:
        raise ValueError(f"nothing could be trained; {failed[0]}")
    print(table.format_table(report.write_tables(folder, config, rows)))
    if config.extraction:
        print(table.format_table(motif_rows))
    print(f"tables: {folder / 'table.md'}, {folder / 'experiments.md'}, {folder / 'tests.md'}")
    if failed:
        print(f"error: {len(failed)} failed, see {folder / 'failed.txt'}", file=sys.stderr)
        raise SystemExit(1)
