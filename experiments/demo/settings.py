"""Settings of `experiments.demo`, and the experiments of a panel that they name."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from experiments.common import sweep
from experiments.demo import network_rows, penalties
from jaxmotif import config as configs
from jaxmotif.apps.discover import inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import panel as panels
from jaxmotif.data.labels import Labels
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import zoo
from jaxmotif.models.zoo.dashboard import DASHBOARD
from jaxmotif.training import presets

MEDIUM = ("CNN-medium", "RNN-medium", "CNN-RNN-medium")
# Of the dashboard's Figure 2.
FACTORS = ("GATA1", "MAFK", "NFYB")
# DeMo's Table 1: convolutions, pooling, highway layers.
HIGHWAY = tuple(f"DeMo-{convs}-{pool}-{layers}" for convs in (3, 4) for pool in (2, 1) for layers in (5, 7))
NETWORKS = {
    "table2": (network_rows.PWM, *DASHBOARD, "peaks"),
    "table3": (network_rows.PWM, *MEDIUM, "peaks"),
    "table4": MEDIUM,
    "figure2": MEDIUM,
    "penalty": MEDIUM,
    "demo": (*HIGHWAY, network_rows.DEEPBIND),
}
# A smoke run of `demo` chooses between these, which pool: eight take minutes to compile and to train.
SMOKE_HIGHWAY = HIGHWAY[:2]
PRESETS = {"paper": "dashboard", "code": "dashboard-code"}
SCALES = {
    "smoke": dict(
        most=256, epochs=1, own_trials=1, pwm_motifs=1, pwm_sequences=100, positives=40, class_steps=50
    ),
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
      positives: held-out positives that motifs are extracted from; 0 takes all (the papers: 500).
      penalties: of class optimisation, whose class motifs are compared with the factor's own, see
        `penalties`; none compares none.
      width: of extracted windows, nt.
      class_steps: updates of class optimisation.
      database: known motifs: a JASPAR release or a MEME file.
      highway: whether one of the networks is chosen for every experiment and called DeMo: by validation
        AUROC under the preset "paper", by training AUROC under "code".
      factors: whose dashboards are drawn side by side: figure2.png and .svg; none draws none.
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
    factors: tuple[str, ...] = ()
    positives: int = 0
    penalties: tuple[float, ...] = ()
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
        configs.check(self, at_least={**least, "most": 0, "length": 0, "positives": 0})
        configs.choose("preset", self.preset, PRESETS)
        for penalty in self.penalties:
            ClassConfig(penalty=penalty)
        if len(set(self.penalties)) < len(self.penalties):
            raise ValueError(f"a penalty is named twice: {self.penalties}")


def build(
    name: str,
    panel: str,
    scale: str,
    preset: str,
    seed: int,
    assignments: Sequence[str],
    factors: Sequence[str] = (),
) -> Config:
    """Returns the config of a name (or of a dumped file) at a scale, with overrides applied.

    Args:
      name: of NETWORKS, or a path that ends in .json.
      panel: folder of the experiments.
      scale: of SCALES.
      preset: of PRESETS.
      seed: root of everything random.
      assignments: "path.to.field=value" each.
      factors: of the dashboards' figure; "figure2" trains on their experiments only.

    Raises:
      ValueError: for unknown names, bad values, or no panel.
    """
    if name.endswith(".json"):
        elsewhere = [f"panel={panel}"] if panel else []
        config = configs.override(sweep.load(Config, name), [*elsewhere, *assignments])
        return dataclasses.replace(config, factors=tuple(factors)) if factors else config
    if not panel:
        raise ValueError("--panel is needed: a folder of .seq.gz or FASTA files")
    size: dict[str, Any] = dict(SCALES[scale])
    epochs = size.pop("epochs")
    networks = configs.choose("config", name, NETWORKS)
    if (name, scale) == ("demo", "smoke"):
        networks = (*SMOKE_HIGHWAY, network_rows.DEEPBIND)
    if name == "figure2":
        factors = factors or FACTORS
        size["experiments"] = tuple(factors)
    config = Config(
        panel=panel,
        networks=networks,
        seed=seed,
        preset=preset,
        train=presets.preset(PRESETS[preset]).with_fields(epochs=epochs),
        own=presets.preset("peaks").with_fields(epochs=min(epochs, 40)),
        extraction=name in ("table4", "demo"),
        highway=name == "demo",
        factors=tuple(factors),
        penalties=penalties.GRID if name == "penalty" else (),
        **size,
    )
    return configs.override(config, assignments)


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


def of_factors(config: Config, found: Sequence[panels.Experiment]) -> list[str]:
    """Returns the first of these experiments of each factor whose dashboard is drawn.

    Raises:
      ValueError: for a factor without an experiment.
    """
    by_factor: dict[str, str] = {}
    for experiment in found:
        by_factor.setdefault(panels.factor_of(experiment.name), experiment.name)
    for factor in config.factors:
        configs.one_of("factor", factor, by_factor)
    return [by_factor[factor] for factor in config.factors]


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
