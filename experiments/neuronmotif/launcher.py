"""NeuronMotif (Wei et al. 2021): what convolutional neurons recognise.

    python -m experiments.neuronmotif --config=demo2 --weights=weight.hdf5
    python -m experiments.neuronmotif --config=exact --weights=RUN|FILE
    python -m experiments.neuronmotif --config=synthetic|grammar|untrained --scale=smoke|quick|paper
    python -m experiments.neuronmotif --config=basset|bd10 --weights=RUN|FILE or --data=BASSET.h5
    python -m experiments.neuronmotif --config=layers --runs=DECODED,NAME=DECODED,... [--peaks=FASTA]
    python -m experiments.neuronmotif --config=overlap
    python -m experiments.neuronmotif --config=maps --weights=weight.hdf5
    python -m experiments.neuronmotif --config=residual
    python -m experiments.neuronmotif --config=synthetic --sweep=dropout=0.1,0.3 --sweep=l1=0,1e-5

demo2: every neuron of all layers of the authors' toy network (weight.hdf5 of their demo2), which tells pairs
of CTCF sites at the right distance; checks that its last layer accepts at least 27 of the distances 31 to 59
that it was measured to answer to, and none outside 28 to 61, by sampling and by the
spacing scan; exit code 1 where one of the two fails.
exact: sampled motifs of first layers and of receptive fields up to 12 against exact ones.
synthetic: trains CNN-2 and a small BD-5 on Koo & Eddy's task and counts the planted factors that the deepest
convolution's neurons show, by NeuronMotif, by the two activation methods and by saliency.
grammar: trains a network on two motifs 5 to 12 bp apart and two with a gap of 4, and compares the syntax that
its neurons show with what was planted, and with null networks.
untrained: how many pairs of a network that has learned nothing are called significant.
basset, bd10: layers of networks trained on Basset's data, by experiments.deep_networks or brought as weights.
layers: figures 3 to 5 of layers that are decoded already, by `jaxmotif decode` or one of the configs above:
q of neurons and known motifs by layer, network and method, diagnosis, dictionary. A network in --runs that is
not decoded yet is decoded first, all of it. The other methods read what they read when it was decoded, or the
sequences of --peaks. --published=MOTIFS also compares ours with motifs that others have published: a motif
file, or a folder as NeuronMotif's authors have of Basset (layer1/, ..., with MEME files or allppm.h5).
overlap: how far the units below a neuron see the same letters, by architecture (figure 4e).
maps: leaves by the maps below, which need no pooling, against leaves by poolings, of the same samples.
residual: trains a dilated residual network on Koo & Eddy's task and counts the planted factors that its last
map shows by decoding and by activations, its first layer, and attribution.

With --sweep points are decoded one after another into one table; networks that are trained here on synthetic
sequences train first, as members of one program where they differ in numbers of training only.
Every network has a folder with a page a layer. The same command again continues. What has something to show
tells PASS or FAIL of each, and where one fails, but at smoke, ends with code 1.
Time on two cores: demo2 a minute; grammar minutes; synthetic quick half an hour; basset and bd10 quick (8
neurons per layer, random seeds) minutes, paper wants an accelerator.
"""

import dataclasses
import pathlib
import zlib
from collections.abc import Sequence

from absl import flags

from experiments.common import apart, compiling, sweep
from experiments.deep_networks import launcher as deep_networks
from experiments.neuronmotif import (
    checks,
    deep_map,
    exact,
    given,
    grammar,
    grid,
    layers,
    recovery,
    training,
    two_ways,
    untrained,
)
from jaxmotif import config as configs
from jaxmotif.apps import launch, rundir
from jaxmotif.apps.decode import inputs, run, write
from jaxmotif.apps.decode.settings import PARITY, Settings, named
from jaxmotif.report import table
from jaxmotif.training import presets

CONFIGS = ("demo2", "exact", "synthetic", "grammar", "untrained", "basset", "bd10", "layers", "overlap")
CONFIGS += ("maps", "residual")
NETWORKS = dict.fromkeys(CONFIGS, ()) | {
    "synthetic": ("CNN-2", "BD-5 (small)"),
    "grammar": ("BD-5 (16)",),
    "untrained": ("BD-5 (16)",),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      task: one of CONFIGS.
      networks: that are trained, see `training.spec_of`.
      sequences: of the synthetic tasks.
      seed: root of everything random.
      data: Basset's HDF5 file to train on.
      rows: sequences of each part of `data` that are used at most; none uses all.
      neurons: of each layer that are decoded, 0: all.
      decode: sampling, decoupling, segments, database; its `weights` is the network brought, if any.
      train: how networks are trained.
      e_max: largest E-value at which a planted factor counts as found.
      runs: of layers: decoded runs, or networks to decode, each as PATH or NAME=PATH.
      published: of layers: published motifs to compare with, see `authors.load`; "" for none.
      peaks: of layers: file of sequences that the other methods read; "" for those of the decoding.
    """

    task: str
    networks: tuple[str, ...] = ()
    sequences: int = 25_000
    seed: int = 0
    data: str = ""
    rows: int | None = None
    neurons: int = 0
    decode: Settings = Settings("")
    train: presets.TrainConfig = presets.PRESETS["code"]
    e_max: float = 0.1
    runs: tuple[str, ...] = ()
    published: str = ""
    peaks: str = ""

    def __post_init__(self):
        configs.choose("config", self.task, dict.fromkeys(CONFIGS))
        configs.check(self, at_least={"neurons": 0, "sequences": 10})
        if (self.published or self.peaks) and self.task != "layers":
            raise ValueError(f"published motifs and peaks are for layers, not for {self.task}")
        for name in self.networks:
            training.spec_of(name)
        if self.networks and (self.decode.alphabet, self.decode.member, self.decode.network) != (
            "ACGT",
            1,
            "",
        ):
            raise ValueError(
                "alphabet, member and network are of weights that are brought, not of networks trained here"
            )


# Smoke: whether everything runs. Seeds from motifs need all neurons of all layers below, so at quick a neuron
# of Basset or BD-10 is sampled from random ones, and at smoke one of any network that is trained here or in
# the runs of layers.
SCALES = {
    "smoke": dict(
        sequences=500, epochs=2, neurons=2, sampling=dict(population=200, generations=5, walk=10, polish=4)
    ),
    "quick": dict(sequences=25_000, epochs=40, neurons=8, sampling={}),
    "paper": dict(sequences=25_000, epochs=100, neurons=0, sampling={}),
}
# Null networks at quick and paper: with one, some sixty pairs have no p below .016, and q of twenty none
# below .05.
GRAMMAR_NULLS = 2
# At quick. The words of the grammar are found all the same, in a quarter of the time.
GRAMMAR_SAMPLING = dict(population=1000, generations=60, walk=1600, doublings=0, polish=16)
RESIDUAL = dict(population=600, generations=40, walk=800, doublings=0, polish=8)
RESIDUAL_EPOCHS = 12
# Neurons of an untrained network, of which 96 have some 110 pairs, and how they are decoded: what counts is
# that null networks are decoded alike. Their leaves say little, so that less is asked of a word.
UNTRAINED = {"smoke": 4, "quick": 192, "paper": 192}
UNTRAINED_SETTINGS = dict(
    motif_seeds=False,
    population=300,
    generations=20,
    walk=64,
    doublings=0,
    polish=8,
    cap=200,
    restarts=1,
    bits=0.3,
    backgrounds=100,
    screening=4,
    placements=8,
    nulls=1,
)


def build(  # noqa: PLR0913 - a flag each
    name: str,
    scale: str,
    seed: int,
    weights: str,
    data: str,
    parity: str,
    assignments: Sequence[str],
    runs: str = "",
    published: str = "",
    peaks: str = "",
) -> Config:
    """The config of a name (or of a dumped file) at a scale, with overrides applied."""
    if name.endswith(".json"):
        return configs.override(sweep.load(Config, name), assignments)
    size, networks = SCALES[scale], configs.choose("config", name, NETWORKS)
    settings = named(parity, 1, seed)
    if name == "grammar":
        settings = dataclasses.replace(settings, nulls=1 if scale == "smoke" else GRAMMAR_NULLS)
        size = size | {"sampling": GRAMMAR_SAMPLING if scale == "quick" else size["sampling"]}
    if name == "residual" and scale == "quick":
        size = size | {"sampling": RESIDUAL}
    brought = name in grid.BROUGHT
    small = brought or (scale == "smoke" and (bool(networks) or name == "layers"))
    recipe = dataclasses.replace(
        settings.decode,
        sampling=dataclasses.replace(settings.decode.sampling, **size["sampling"]),
        motif_seeds=scale == "paper" or not small,
    )
    if name in ("demo2", "exact", "maps") and not weights:
        raise ValueError(
            f"{name} needs --weights, for example weight.hdf5 of the demo2 of NeuronMotif's authors"
        )
    if brought and not (weights or data):
        raise ValueError(
            f"{name} needs --weights (a run of experiments.deep_networks, or a file) or --data to train on"
        )
    config = Config(
        task=name,
        networks=networks,
        sequences=size["sequences"],
        seed=seed,
        data=data,
        neurons=(
            UNTRAINED[scale] if name == "untrained" else size["neurons"] if brought or scale == "smoke" else 0
        ),
        decode=dataclasses.replace(
            settings,
            weights=weights,
            decode=recipe,
            database="JASPAR2016" if networks or name == "residual" else "JASPAR2024",
        ),
        rows=deep_networks.SCALES[scale]["rows"],
        train=_training(name, scale),
        runs=tuple(part for part in runs.split(",") if part),
        published=published,
        peaks=peaks,
    )
    if name == "untrained":
        config = dataclasses.replace(config, decode=configs.with_fields(config.decode, **UNTRAINED_SETTINGS))
    return configs.override(config, assignments)


def _training(name: str, scale: str) -> presets.TrainConfig:
    if name not in deep_networks.NETWORKS:
        epochs = {("residual", "quick"): RESIDUAL_EPOCHS}.get((name, scale), SCALES[scale]["epochs"])
        return presets.preset("code").with_fields(epochs=epochs)
    train = presets.preset(deep_networks.NETWORKS[name][1])
    return train.with_fields(epochs=deep_networks.SCALES[scale]["epochs"] or train.schedule.epochs)


def _brought(config: Config, folder: pathlib.Path, resume: bool) -> str:
    """Path of the network of Basset's data: the one brought, or trained here."""
    if config.decode.weights:
        return config.decode.weights
    network, _ = deep_networks.NETWORKS[config.task]
    train = deep_networks.Config(network, config.data, config.rows, seed=config.seed, train=config.train)
    place = rundir.open_run(folder / "training", train, resume=resume)
    deep_networks.run(place, train, deep_networks.load(train), resume)
    return str(place)


def _network(config: Config, path: str):
    """Convolutions, or maps, of the network at `path`."""
    brought = config.decode
    return inputs.network(path, brought.network, brought.member, brought.alphabet)


def decode(
    config: Config,
    path: str,
    layer: str,
    folder: pathlib.Path,
    neurons: int,
    extra: write.Extra | None = None,
) -> list[dict]:
    """Rows of the table of layers of the network at `path`; `extra` meets each layer, see `write.write`."""
    network = _network(config, path)
    chosen = inputs.layers_of(layer, network)
    settings = dataclasses.replace(config.decode, weights=path, checksum=inputs.fingerprint(network))
    place = rundir.open_run(folder, settings)
    for number in chosen:  # see `run.decode_layers`
        (place / f"layer{number}").mkdir(exist_ok=True)
    if not neurons:
        return run.decode_layers(network, chosen, None, settings, place, extra=extra)
    rows = []
    for number in chosen:
        some = list(range(min(neurons, network.channels(number))))
        if settings.decode.motif_seeds and number < max(chosen):
            some = None  # the next layer's seeds need them all
        rows += run.decode_layers(network, [number], some, settings, place, extra=extra)
    table.write_table(place, rows)
    return rows


def _default_folder(name: str, scale: str, config: Config) -> str:
    """Where a run goes if nobody says so; other runs that are read are another place."""
    of = [f"{zlib.crc32(','.join(config.runs).encode()):08x}"] if config.runs else []
    return "-".join(["runs/neuronmotif", pathlib.Path(name).stem, *of, scale])


def main(argv: Sequence[str]) -> None:
    values = flags.FlagValues()
    launch.experiment_flags(values, CONFIGS, list(SCALES))
    flags.DEFINE_string("weights", "", "The network to decode: run directory or file.", flag_values=values)
    flags.DEFINE_string("data", "", "Basset's HDF5 file, to train on.", flag_values=values)
    flags.DEFINE_string(
        "runs", "", "Of layers: decoded runs or networks, [NAME=]PATH,...", flag_values=values
    )
    flags.DEFINE_string(
        "published", "", "Of layers: motifs of others, a file or folder, to compare with.", flag_values=values
    )
    flags.DEFINE_string(
        "peaks", "", "Of layers: sequences that the other methods read, FASTA.", flag_values=values
    )
    flags.DEFINE_enum(
        "parity",
        "default",
        list(PARITY),
        "Settings: ours, the text's, the authors' program's.",
        flag_values=values,
    )
    extra = launch.parse(
        values,
        argv,
        __doc__,
        lambda: build(
            values.config,
            values.scale,
            values.seed,
            values.weights or "WEIGHTS",
            values.data,
            values.parity,
            [],
        ),
    )
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    config = build(
        values.config,
        values.scale,
        values.seed,
        values.weights,
        values.data,
        values.parity,
        values.set,
        values.runs,
        values.published,
        values.peaks,
    )
    config = given.from_everywhere(config)
    if config.task == "layers":
        given.check(config)
    axes = values.sweep or sweep.recorded_axes(values.config)
    points = grid.points(config, axes)
    folder = rundir.open_run(
        values.workdir or _default_folder(values.config, values.scale, config) + ("-sweep" if points else ""),
        sweep.Settings(config, tuple(axes)) if points else config,
        resume=values.resume,
    )
    if points:

        def run_point(place: pathlib.Path, own: Config) -> list[dict]:
            rows, found = _run(place, own, values.data_dir, True)
            checks.tell(place, found, exits=False)
            return rows

        apart.tell(folder, grid.run(folder, points, run_point, values.data_dir))
        return
    rows, found = _run(folder, config, values.data_dir, values.resume)
    table.write_table(folder, rows)
    print(table.format_table(rows))
    if config.task in ("layers", "overlap"):
        print(f"report: {folder / 'report.html'}")
    elif config.task != "exact":
        print(f"pages: {folder}/*/layer*/report.html")
    checks.tell(folder, found, exits=values.scale != "smoke")


def _run(
    folder: pathlib.Path, config: Config, data_dir: str, resume: bool
) -> tuple[list[dict], list[checks.Check]]:
    """Rows of the table of a config, and what it has to show."""
    found: list[checks.Check] = []
    if config.task in ("demo2", "maps", *grid.BROUGHT):
        path = _brought(config, folder, resume)
        rows = decode(config, path, "all", folder / "layers", config.neurons)
        network = _network(config, path)
        if config.task == "demo2":
            layer = grammar.scanned_layer(network, 5, folder / "layers", config.decode)
            text, found = grammar.pair_text(layer, folder / "layers")
            print(text)
        if config.task == "maps":
            rows, found = two_ways.run(network, folder / "layers", config.decode.decode)
    elif config.task == "layers":
        runs = [given.decoded(config, text, folder / "decoded", decode) for text in config.runs]
        rows = layers.run(folder, runs, config.decode.database, config.published, config.peaks)
    elif config.task == "overlap":
        rows = layers.run_overlap(folder)
    elif config.task == "exact":
        rows = exact.rows(config.decode, config.neurons, config.seed)
    elif config.task == "synthetic":
        rows = recovery.run(folder, config, decode, data_dir, resume)
    elif config.task == "residual":
        rows, found = deep_map.run(folder, config, data_dir, resume)
    elif config.task == "untrained":
        rows, found = untrained.run(folder, config)
    else:
        rows, found = grammar.run(folder, config, decode, resume)
    return rows, found
