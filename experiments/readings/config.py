"""What a run of the table depends on."""

import dataclasses
import typing
from typing import Any, Literal

from experiments.readings import networks
from jaxmotif import config as configs
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.settings import Sampling
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings
from jaxmotif.objectives.infomax_config import InfoMaxConfig
from jaxmotif.training import presets

# Where the evidence comes from. Labels and information give weights; class optimisation gives inputs, and
# untrained weights tell what a reading finds in a network that knows nothing.
SUPERVISED, INFOMAX, CLASS_OPTIMISED, UNTRAINED = "supervised", "InfoMax", "class-optimised", "untrained"
OBJECTIVES = (SUPERVISED, INFOMAX, CLASS_OPTIMISED, UNTRAINED)
Rule = Literal["koo", "koo-text", "koo-code", "basset"]
RULES: tuple[Rule, ...] = typing.get_args(Rule)
SALIENCY, TEMPORAL, MUTAGENESIS, RANDOM = "saliency", "temporal", "mutagenesis", "random windows"
SEQLETS, CLASS_MOTIF, NEURONMOTIF = "seqlets", "class motif", "NeuronMotif"
READINGS = (*RULES, SALIENCY, TEMPORAL, CLASS_MOTIF, MUTAGENESIS, SEQLETS, NEURONMOTIF, RANDOM)
# Of the largest activation; those of the papers.
THRESHOLDS = {"koo": 0.5, "koo-text": 0.7, "koo-code": 0.5, "basset": 0.5}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      networks: see `networks.spec_of`.
      objectives: of OBJECTIVES.
      readings: of READINGS.
      seeds: networks of each kind, which differ in their random numbers.
      sequences: in the data set.
      length: of a sequence, nt.
      min_gap: fewest letters between two motifs, nt.
      seed: root of everything random.
      code: numbers of the InfoMax code; as many as factors give all readings as many tries.
      train: of Koo & Eddy's networks, BD-5 and our own, with labels.
      torch: of DeMo's and the dashboard's, with labels.
      grim: of all, without labels.
      infomax: reading of GRIM.
      top: sequences of each output, those that it scores highest, that saliency and seqlets read.
      exact: the same of mutagenesis and temporal scores, which read each some hundred times.
      width: of the windows, nt.
      seqlet_motifs: motifs of each output's seqlets, at most.
      classes: how class motifs are made.
      drawn: sequences drawn from each class motif.
      effects: sequences on which the neurons of each output are chosen.
      neurons: of the deepest convolution that NeuronMotif decodes for each output.
      decode: NeuronMotif's sampling and decoupling; seeds come from motifs where it says so, and where the
        layer below is the first one, whose motifs are exact.
      segments: what counts as a motif in a leaf.
      min_sites: sequences of a leaf below which it is not read.
      database: known motifs: a JASPAR release or a MEME file.
      e_max: largest E-value at which a motif counts as a planted one.
    """

    # What is there stays as it is when there is more to be made.
    networks: tuple[str, ...] = configs.setting(networks.NETWORKS, "analysis")
    objectives: tuple[str, ...] = configs.setting(OBJECTIVES, "analysis")
    readings: tuple[str, ...] = configs.setting(READINGS, "analysis")
    seeds: int = configs.setting(3, "analysis")
    sequences: int = 25_000
    length: int = 200
    min_gap: int = 1
    seed: int = 0
    code: int = 12
    train: presets.TrainConfig = presets.PRESETS["code"]
    torch: presets.TrainConfig = presets.PRESETS["dashboard"].with_fields(strands="given")
    grim: presets.TrainConfig = presets.PRESETS["grim"]
    infomax: InfoMaxConfig = InfoMaxConfig()
    top: int = 100
    exact: int = 30
    width: int = 9
    seqlet_motifs: int = 3
    classes: ClassConfig = ClassConfig()
    drawn: int = 400
    effects: int = 200
    neurons: int = 1
    decode: decode_layer.Settings = decode_layer.Settings()
    segments: SegmentSettings = SegmentSettings()
    min_sites: int = 20
    database: str = "JASPAR2016"
    e_max: float = 0.1

    def __post_init__(self):
        least = ("seeds", "code", "top", "exact", "seqlet_motifs", "drawn", "effects", "neurons", "min_sites")
        # Below eight letters there is no word to align windows by.
        configs.check(self, at_least={**dict.fromkeys(least, 1), "width": 8, "sequences": 10})
        for name, known in (("objectives", OBJECTIVES), ("readings", READINGS)):
            for one in getattr(self, name):
                configs.one_of(name, one, known)
        for name in ("networks", "objectives", "readings"):
            if not getattr(self, name):
                raise ValueError(f"no {name}")
        for name in ("train", "torch", "grim"):
            if getattr(self, name).objective.strands != "given":
                raise ValueError(f"{name}.objective.strands must be given: outputs are read on one strand")
        for name in self.networks:
            networks.spec_of(name)


# Smoke: whether everything runs, on a network that all readings can read.
SMOKE_NETWORKS = ("CNN-RNN-medium",)
SMOKE_SAMPLING = dict(population=100, generations=3, walk=10, doublings=0, polish=4, cap=50)
# The words of a neuron are found all the same, in a quarter of the time (experiments.neuronmotif, grammar).
QUICK_SAMPLING = dict(population=1000, generations=60, walk=1600, doublings=0, polish=16, cap=200)
SCALES: dict[str, dict[str, Any]] = {
    "smoke": dict(
        networks=SMOKE_NETWORKS,
        seeds=1,
        sequences=300,
        length=100,
        epochs=(1, 1, 1),
        top=8,
        exact=1,
        drawn=8,
        effects=8,
        classes=ClassConfig(steps=4, starts=1, samples=1),
        sampling=SMOKE_SAMPLING,
        motif_seeds=False,
    ),
    "quick": dict(
        seeds=3,
        epochs=(30, 15, 20),
        exact=20,
        classes=ClassConfig(steps=500, starts=2, samples=4),
        sampling=QUICK_SAMPLING,
        motif_seeds=False,
    ),
    "paper": dict(seeds=5, epochs=(100, 50, 250), top=200, exact=100, neurons=4),
}


def of_scale(scale: str, seed: int) -> Config:
    """Returns the config of a scale, one of SCALES."""
    size = dict(SCALES[scale])
    epochs, sampling, seeds = size.pop("epochs"), size.pop("sampling", {}), size.pop("motif_seeds", True)
    base = Config(seed=seed, **size)
    trains = zip(("train", "torch", "grim"), epochs, strict=True)
    return dataclasses.replace(
        base,
        **{name: getattr(base, name).with_fields(epochs=count) for name, count in trains},
        decode=decode_layer.Settings(Sampling(**sampling), seed=seed, motif_seeds=seeds),
    )
