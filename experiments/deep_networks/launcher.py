"""Networks of NeuronMotif (Wei et al. 2021) on the data sets of Basset and DeepSEA, ready to be decoded.

    python -m experiments.deep_networks --config=basset|bd5|bd10 --data=BASSET.h5 --scale=smoke|quick|paper
    python -m experiments.deep_networks --config=deepsea|dd10 --data=DEEPSEA_FOLDER
    python -m experiments.deep_networks --config=panel --panel=DIR --network="BD-8 (small)"
    python -m experiments.deep_networks --config=panel --panel=DIR --sweep=dropout=0.1,0.3 --sweep=l2=0,1e-6
    python -m experiments.deep_networks --config=compare --compare=RUN1,RUN2

--data is Basset's HDF5 file (train_in, train_out, ...) or the folder of DeepSEA's train.mat, valid.mat and
test.mat. Each config is the authors' own program; --set=network=BD-10 is the one of the text, see
`jaxmotif.models.zoo.deep`.
AUROC and AUPR are means over the targets of the test part. The run directory holds network.json and
network.npz for `jaxmotif decode`, table.md and table.json, and scores.npz with the values of each target; the
same command again continues. compare sets two such runs side by side, target by target. panel trains small
networks with wide or narrow kernels (`small.py`) on the peaks of a panel's experiments as one set of several
targets: not the paper's data, but several targets and real sequences.

Time: smoke minutes on two cores; quick (100,000 sequences, 10 epochs) and paper (all, until nothing improves)
want an accelerator, whose memory takes a byte a base and a byte a label (DeepSEA: 4.4 + 4.0 GB); what it does
not hold is streamed. --data of 32 MB and more is converted once, see docs/howto/large_sets.md.
"""

import dataclasses
import os
import pathlib
import zlib
from collections.abc import Mapping, Sequence

from absl import flags

from experiments.common import compiling, panels, published, search, sweep
from experiments.deep_networks import compare, scores, small
from experiments.koo_eddy import peaks
from jaxmotif import config as configs
from jaxmotif import files, keys
from jaxmotif.apps import launch, rundir
from jaxmotif.apps.progress import Progress
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import deep_sets
from jaxmotif.models import saved
from jaxmotif.models.network import Network
from jaxmotif.models.spec import parameter_count
from jaxmotif.report import table
from jaxmotif.training import presets
from jaxmotif.training.fit import Fitted, Members, Run, fit

# Network and preset of each config.
NETWORKS = {
    "basset": ("Basset", "basset"),
    "bd5": ("BD-5-code", "bd"),
    "bd10": ("BD-10-code", "bd"),
    "deepsea": ("DeepSEA-code", "deepsea"),
    "dd10": ("DD-10-code", "dd"),
}
CONFIGS = (*NETWORKS, "panel", "compare")


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      network: a name of the zoo, or of `small.NETWORKS`.
      data: path of the data, see `deep_sets.load`, or folder of a panel, see `peaks.load`.
      rows: sequences of each part that are used at most, of a panel those of each experiment; none uses all.
      trials: networks that differ in their random numbers.
      seed: root of everything random.
      batch_size: sequences at once in the evaluation.
      train: how the network is trained.
      panel: whether `data` is the folder of a panel.
    """

    network: str
    data: str
    rows: int | None = None
    trials: int = 1
    seed: int = 0
    batch_size: int = 500
    train: presets.TrainConfig = presets.PRESETS["bd"]
    panel: bool = False

    def __post_init__(self):
        configs.check(self, at_least={"trials": 1, "batch_size": 1})
        small.spec(self.network)


# Peaks of each experiment of a panel, and epochs.
PANEL_SCALES = {
    "smoke": dict(rows=40, epochs=1),
    "quick": dict(rows=2000, epochs=20),
    "paper": dict(rows=None, epochs=None),
}
SCALES = {
    "smoke": dict(rows=500, epochs=2),
    "quick": dict(rows=100_000, epochs=10),
    "paper": dict(rows=None, epochs=None),
}


def build(name: str, data: str | None, scale: str, seed: int, assignments: Sequence[str]) -> Config:
    """The config of a name (or of a dumped file) at a scale, with overrides applied.

    Raises:
      ValueError: for an unknown name, no data, and as `config.override`.
    """
    if name.endswith(".json"):
        return configs.override(sweep.load(Config, name), [*([f"data={data}"] if data else []), *assignments])
    network, preset = configs.choose("config", name, NETWORKS)
    if not data:
        raise ValueError("--data is missing: Basset's HDF5 file, or the folder of DeepSEA's train.mat")
    size, train = SCALES[scale], presets.preset(preset)
    train = train.with_fields(epochs=size["epochs"] or train.schedule.epochs)
    return configs.override(Config(network, data, size["rows"], seed=seed, train=train), assignments)


def build_panel(network: str, folder: str, scale: str, seed: int, assignments: Sequence[str]) -> Config:
    """The config of a network on a panel's peaks at a scale, with overrides applied.

    Raises:
      ValueError: for an unknown network, no folder, and as `config.override`.
    """
    if not folder:
        raise ValueError("--panel is missing: the folder of ChIP-seq experiments")
    size = PANEL_SCALES[scale]
    train = presets.preset(configs.choose("network", network, small.PRESETS))
    train = train.with_fields(epochs=size["epochs"] or train.schedule.epochs)
    config = Config(network, folder, size["rows"], seed=seed, train=train, panel=True)
    return configs.override(config, assignments)


def load(config: Config) -> Splits:
    """Returns the three parts of the config's data set."""
    if config.panel:
        return peaks.load(config.data, config.rows or 0, config.seed)
    return deep_sets.load(config.data, config.rows, Progress("converting", "sequence"))


def run(folder: pathlib.Path, config: Config, splits: Splits, resume: bool) -> dict:
    """Trains the config's network on `splits`, saves it into `folder`, and returns its row of the table."""
    trained = _trained(folder, config, splits, range(config.trials), None, resume)
    found = _scores(trained.network, config, splits)
    scores.save(folder, found)
    auroc, aupr = found.means("auroc"), found.means("aupr")
    dataclasses.replace(trained.network, scores=tuple(auroc)).save(folder)
    return {
        "model": config.network,
        "trials": config.trials,
        "auroc": published.measurement(auroc, None),
        "aupr": published.measurement(aupr, None),
        "parameters": parameter_count(trained.network.architecture),
        "run": {"epochs": trained.epochs, "seconds_training": trained.seconds, "rows": len(splits.train)},
    }


def run_members(
    folder: pathlib.Path,
    config: Config,
    members: Sequence[int],
    hyperparameters: Mapping[str, Sequence[float]],
    resume: bool,
) -> list[dict[str, float]]:
    """For a sweep: AUROC and AUPR, means over the targets, of every member of the config's network."""
    splits = load(config)
    trained = _trained(folder, config, splits, members, hyperparameters, resume)
    found = _scores(trained.network, config, splits)
    pairs = zip(found.means("auroc"), found.means("aupr"), strict=True)
    return [{"auroc": auroc, "aupr": aupr} for auroc, aupr in pairs]


def _trained(folder, config: Config, splits: Splits, members, hyperparameters, resume: bool) -> Fitted:
    """The networks; members of one number differ only in hyper-parameters."""
    return fit(
        small.spec(config.network, splits.train.length, len(splits.train.targets)),
        splits.train,
        splits.valid,
        config.train,
        members=Members(members, keys.stream(keys.root(config.seed), config.network), hyperparameters),
        run=Run(folder, resume, config.network),
    )


def _scores(network: Network, config: Config, splits: Splits) -> scores.Scores:
    return scores.of(network.logits(splits.test, by_member=True, batch_size=config.batch_size), splits.test)


def _is_comparison(name: str) -> bool:
    """Whether a config is the dumped one of a comparison."""
    return name.endswith(".json") and pathlib.Path(name).exists() and "runs" in files.read_json(name)


def _compare(values: flags.FlagValues) -> None:
    if values.config == "compare":
        config = compare.build(values.compare, values.set)
    else:
        config = configs.override(configs.load(compare.Comparison, values.config), values.set)
    # From everywhere the same, so that a run is resumed from any folder.
    config = dataclasses.replace(config, runs=tuple(os.path.abspath(path) for path in config.runs))
    compare.pairs(config)  # before a folder is made for what cannot be compared
    of = f"{zlib.crc32(','.join(config.runs).encode()):08x}"
    workdir = values.workdir or f"runs/deep_networks-compare-{of}"
    folder = rundir.open_run(workdir, config, resume=values.resume)
    print(table.format_table([compare.run(folder, config)]))
    print(f"report: {folder / 'report.html'}")


def main(argv: Sequence[str]) -> None:
    values = flags.FlagValues()
    launch.experiment_flags(values, CONFIGS, list(SCALES))
    search.define_flags(values)
    flags.DEFINE_string(
        "data", None, "Basset's HDF5 file, or the folder of DeepSEA's train.mat.", flag_values=values
    )
    flags.DEFINE_string("panel", "", "Folder of ChIP-seq experiments: of panel.", flag_values=values)
    flags.DEFINE_enum(
        "network", "Basset (small)", list(small.NETWORKS), "Which network: of panel.", flag_values=values
    )
    flags.DEFINE_string("compare", "", "Two run directories, RUN1,RUN2: of compare.", flag_values=values)
    extra = launch.parse(
        values,
        argv,
        __doc__,
        lambda: (
            compare.Comparison(("RUN1", "RUN2"))
            if values.config == "compare"
            else build_panel(values.network, "DIR", values.scale, values.seed, [])
            if values.config == "panel"
            else build(values.config, values.data or "DATA", values.scale, values.seed, [])
        ),
    )
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    if values.config == "compare" or _is_comparison(values.config):
        if values.sweep or values.search:
            raise ValueError("a comparison trains nothing: it has no grid and no search")
        _compare(values)
        return
    stem = pathlib.Path(values.config).stem
    if values.config == "panel":
        config = build_panel(values.network, values.panel, values.scale, values.seed, values.set)
        stem += f"-{panels.folder_name(config.network)}"
    else:
        config = build(values.config, values.data, values.scale, values.seed, values.set)
    config = dataclasses.replace(config, data=os.path.abspath(config.data))
    axes = values.sweep or sweep.recorded_axes(values.config)
    points, searched = sweep.points(config, axes), search.settings(values, config)
    kind = "-sweep" if points else "-search" if searched else ""
    splits = None if kind else load(config)  # before a folder is made for what cannot be read
    folder = rundir.open_run(
        values.workdir or f"runs/deep_networks-{stem}-{values.scale}{kind}",
        searched or (sweep.Settings(config, tuple(axes)) if points else config),
        resume=values.resume,
    )
    if splits is None:

        def members(place, point, numbers, hyper):
            return run_members(place, point, numbers, hyper, values.resume)

        search.report(folder, searched, points, members, values)
        return
    row = run(folder, config, splits, values.resume)
    table.write_table(folder, [row])
    print(table.format_table([row]))
    print(f"network: {folder / saved.DESCRIPTION}")
