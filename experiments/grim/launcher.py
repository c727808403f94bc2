"""GRIM (Lee & Koo 2021): motifs by information maximisation, next to supervised networks (Tables 1 and 2).

    python -m experiments.grim --config=task1|task2 --scale=smoke|quick|paper
    python -m experiments.grim --config=task1 --sweep=infomax.reading=position,mixed --sweep=code=8,32

Task 1: 25,000 sequences with 3 to 5 motifs of eleven factors. Task 2: SRF in every positive with 1 to 3
of five others; negatives are shuffles of the positives. The trials of a model train as one ensemble. TPR
is the share of filters that match a planted motif, FPR that of filters which match other motifs of JASPAR
2016 only, coverage the share of planted factors found. Table, logo panels and report.html are written to
the run directory; the same command again continues.

Every GRIM model has a row for each of `readings`. "literal" is the objective as printed: at each position
the largest product of the first layer's filters and of a linear code as wide as there are labels.
"bounded" is the same with a bounded code (softmax). "ours" is what `infomax` says, by default a mixture
that no equation of the paper has. A row whose networks collapse is in the table, with the epoch at which
the last of them did.

Published (ten trials): Task 1 GRIM TPR .929, FPR .021, CNN-4 .263, .274; Task 2 GRIM .913, .016, CNN-25
.383, .173. Time: docs/results/grim.md has the seconds of an epoch; paper (250 epochs, ten trials) wants an
accelerator, or --set=trials=1.
--shard=k/n makes every n-th row in a folder of its own, shardKofN of the run directory; --merge
takes what shards have made, and computes what is missing.
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Literal

from absl import flags

from experiments.common import compiling, search, shards, sweep
from experiments.grim import network_rows, readings
from experiments.grim.report import write_report
from jaxmotif import config as configs
from jaxmotif.apps import launch, rundir
from jaxmotif.data import named
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.models.spec import Activation
from jaxmotif.motifs import jaspar
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.report import table
from jaxmotif.training import presets

MODELS = {
    "task1": ("GRIM-4 (128)", "CNN-4 (128)", "CNN-4 (128)-exp", "GRIM-4 (32)", "GRIM-4 (64)"),
    "task2": ("GRIM-25 (64)", "CNN-25 (64)", "CNN-25 (64)-exp", "GRIM-25 (32)", "GRIM-25 (128)"),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      task: "task1" or "task2".
      models: names of the zoo; those that begin with GRIM learn without labels.
      readings: of the paper's objective, of which each GRIM model has a row: "literal", "bounded", "ours".
      trials: networks of each kind, which differ in their random numbers.
      sequences: in the data set.
      length: of a sequence, nt.
      min_gap: fewest letters between two motifs, nt.
      code: size p of the global code.
      activation: of the first layer; "" is the model's own.
      bias: whether the first convolution has one.
      sees: what GRIM is shown of Task 2: "positives" only, or their shuffles too ("all").
      fewest: motifs in a sequence, at least (next to SRF in Task 2); none takes the task's own.
      most: motifs in a sequence, at most (next to SRF in Task 2); none takes the task's own.
      both_strands: whether reverse complements of motifs are planted.
      seed: root of everything random.
      infomax: what GRIM learns in the reading "ours"; the others take all but reading and code from it.
      train: how networks are trained.
      readout: how filters become motifs.
      database: known motifs: a JASPAR release or a MEME file.
      e_max: largest E-value at which a filter counts as a match.
    """

    task: str
    models: tuple[str, ...]
    readings: tuple[str, ...] = readings.NAMES
    trials: int = 10
    sequences: int = 25_000
    length: int = 200
    min_gap: int = 1
    fewest: int | None = None
    most: int | None = None
    both_strands: bool = True
    sees: Literal["positives", "all"] = "positives"
    seed: int = 0
    code: int = 32
    activation: Literal["", Activation] = ""
    bias: bool = False
    infomax: InfoMaxConfig = InfoMaxConfig()
    train: presets.TrainConfig = presets.PRESETS["grim"]
    readout: Readout = Readout()
    database: str = "JASPAR2016"
    e_max: float = 0.1

    def __post_init__(self):
        configs.choose("task", self.task, MODELS)
        configs.check(self, at_least={"trials": 1, "code": 1})
        if not self.models:
            raise ValueError("no models")
        if not self.readings:
            raise ValueError("no readings")
        for model in self.models:
            zoo.get(model)
        for reading in self.readings:
            configs.one_of("reading", reading, readings.NAMES)


SCALES = {
    "smoke": dict(sequences=1000, trials=1, epochs=2),
    "quick": dict(sequences=25_000, trials=1, epochs=20),
    "paper": dict(sequences=25_000, trials=10, epochs=250),
}


def build(name: str, scale: str, seed: int, assignments: Sequence[str]) -> Config:
    """Returns the config of a name (or of a dumped file) at a scale, with overrides applied."""
    if name.endswith(".json"):
        return configs.override(sweep.load(Config, name), assignments)
    size = SCALES[scale]
    return configs.override(
        Config(
            task=name,
            models=configs.choose("config", name, MODELS),
            trials=size["trials"],
            sequences=size["sequences"],
            seed=seed,
            train=presets.preset("grim").with_fields(epochs=size["epochs"]),
        ),
        assignments,
    )


def load(config: Config, data_dir: str):
    """Returns the task's three parts."""
    counts = {name: getattr(config, name) for name in ("fewest", "most") if getattr(config, name) is not None}
    return named.load_named(
        f"grim_{config.task}",
        data_dir,
        seed=config.seed,
        n=config.sequences,
        length=config.length,
        min_gap=config.min_gap,
        both_strands=config.both_strands,
        **counts,
    )


def main(argv: Sequence[str]) -> None:
    values = flags.FlagValues()
    launch.experiment_flags(values, list(MODELS), list(SCALES))
    shards.define_flags(values, "row")
    search.define_flags(values)
    extra = launch.parse(values, argv, __doc__, lambda: build(values.config, values.scale, values.seed, []))
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    config = build(values.config, values.scale, values.seed, values.set)
    axes = values.sweep or sweep.recorded_axes(values.config)
    chosen = [*axes, *values.search]
    if chosen and not any(one.startswith("readings=") for one in chosen):
        config = dataclasses.replace(config, readings=("ours",))  # a grid is of `infomax`
    points, searched = sweep.points(config, axes), search.settings(values, config)
    kind = "-sweep" if points else "-search" if searched else ""
    name = f"grim-{pathlib.Path(values.config).stem}-{values.scale}{kind}"
    shards.check_flags(values, bool(points))
    folder = rundir.open_run(
        shards.place(values.workdir or f"runs/{name}", values.shard),
        searched or (sweep.Settings(config, tuple(axes)) if points else config),
        resume=values.resume,
    )
    database = jaspar.database(config.database)
    if points or searched:

        def run_members(place, point, members, hyper):
            splits, own = load(point, values.data_dir), jaspar.database(point.database)
            return network_rows.run_members(place, point, splits, own, members, hyper, values.resume)

        search.report(folder, searched, points, run_members, values)
        return
    if values.merge:
        shards.gather(folder, config)
    splits, rows = load(config, values.data_dir), []
    for row in shards.chosen(readings.rows(config), values.shard):
        rows.append(network_rows.run_row(folder, row, config, splits, database, values.resume))
        table.write_table(folder, rows)
    if values.shard:
        print(table.format_table(rows))
        return
    write_report(folder, config, rows)
    print(table.format_table(rows))
    print(f"report: {folder / 'report.html'}")
