"""What a run of Koo & Eddy's benchmark depends on: configs by name, and the networks of each figure."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from experiments.common import sweep
from jaxmotif import config as configs
from jaxmotif.data.files import deep_sets
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.training import presets

Source = Literal["synthetic", "deepsea", "peaks"]
_TABLE1 = (
    "CNN-1",
    "CNN-2",
    "CNN-4",
    "CNN-10",
    "CNN-25",
    "CNN-50",
    "CNN-100",
    "CNN9-4",
    "CNN9-25",
    "CNN3-50",
    "CNN3-2",
    "CNN-50-2",
    "CNN-50-2-code",
    "CNN19-1-2",
    "CNN-25 (60)",
    "CNN-25 (90)",
    "CNN-25 (120)",
    "CNN-1-1-100",
)
_TABLE2 = (
    "CNN-1",
    "CNN-2",
    "CNN-4",
    "CNN-10",
    "CNN-25",
    "CNN-50",
    "CNN-100",
    "CNN9-4",
    "CNN9-25",
    "CNN-50-2",
    "CNN-25 (60)",
    "CNN-25 (90)",
    "CNN-25 (120)",
)


class Figure(NamedTuple):
    """A figure of logos in the paper.

    Attributes:
      title: what is above it.
      source: data set of its networks.
      networks: from left to right, every readable layer a block.
      rows: logos below one another.
    """

    title: str
    source: Source
    networks: tuple[str, ...]
    rows: int = 15


FIGURES = {
    "figure2": Figure("Figure 2: first-layer filters by pooling", "synthetic", ("CNN-2", "CNN-4", "CNN-25")),
    "figure3": Figure(
        "Figure 3: first-layer filters of other architectures",
        "synthetic",
        ("CNN9-4", "CNN9-25", "CNN-50-2", "CNN19-1-2"),
    ),
    "figure4": Figure("Figure 4: both layers of CNN-1", "synthetic", ("CNN-1",), 22),
    "figure5": Figure("Figure 5: first-layer filters in vivo", "deepsea", ("CNN-2", "CNN-4", "CNN-25")),
    "figureS1": Figure("Figure S1: both layers of CNN-1 in vivo", "deepsea", ("CNN-1",), 22),
}
NETWORKS: dict[str, tuple[str, ...]] = {
    "demo": ("CNN-25", "CNN-4"),
    "table1": _TABLE1,
    "table2": _TABLE2,
    "peaks": _TABLE2,
    **{name: figure.networks for name, figure in FIGURES.items()},
    "exponential": ("CNN-2", "CNN-2-exp", "CNN-50", "CNN-50-exp"),
}
SOURCES: dict[str, Source] = {"table2": "deepsea", "peaks": "peaks"} | {
    name: figure.source for name, figure in FIGURES.items()
}
# What is asked for where a set is not made here.
MISSING = {
    "deepsea": "--data is missing: the folder of DeepSEA's train.mat, valid.mat and test.mat",
    "peaks": "--panel is missing: a folder of .seq.gz or FASTA files of ChIP-seq peaks",
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      networks: names of the zoo.
      trials: networks of each kind, which differ in their random numbers.
      source: "synthetic"; "deepsea", the paper's set in vivo; or "peaks", a panel's in its place.
      path: folder of DeepSEA's files, or of the panel.
      columns: of DeepSEA's labels, from 0, in the order of `deep_sets.TWELVE`.
      most: sequences of each part of DeepSEA, or training and test peaks of each experiment, at most; 0 takes
        all.
      sequences: in the synthetic data set.
      length: of a synthetic sequence, nt.
      min_gap: fewest letters between two motifs, nt.
      seed: root of everything random.
      preset: name of the training preset that `train` began with.
      train: how networks are trained.
      readout: how filters become motifs.
      database: known motifs: a JASPAR release or a MEME file.
      e_max: largest E-value at which a filter counts as a match.
    """

    networks: tuple[str, ...]
    trials: int = 5
    source: Source = "synthetic"
    path: str = dataclasses.field(default="", metadata={"concerns": "input"})
    columns: tuple[int, ...] = tuple(deep_sets.TWELVE.values())
    most: int = 0
    sequences: int = 25_000
    length: int = 200
    min_gap: int = 1  # the paper's promise; its program allowed 0
    seed: int = 0
    preset: str = "code"
    train: presets.TrainConfig = presets.PRESETS["code"]
    readout: Readout = Readout()
    database: str = "JASPAR2016"
    e_max: float = 0.1

    def __post_init__(self):
        configs.check(self, at_least={"trials": 1, "most": 0})
        if not self.networks:
            raise ValueError("no networks")
        for network in self.networks:
            zoo.get(network)
        presets.preset(self.preset)
        if self.source != "synthetic" and not self.path:
            raise ValueError(MISSING[self.source])
        if len(self.columns) != len(deep_sets.TWELVE):
            raise ValueError(f"columns wants {len(deep_sets.TWELVE)} numbers, got {len(self.columns)}")


# One trial can miss a factor, which costs a twelfth of the mean AUROC's range.
DEMO_TRIALS = 3
SCALES: dict[str, Mapping[str, Any]] = {
    "smoke": {
        "trials": 1,
        "epochs": 2,
        "synthetic": {"sequences": 600},
        "deepsea": {"most": 200},
        "peaks": {"most": 80},
    },
    "quick": {
        "trials": 1,
        "epochs": 30,
        "synthetic": {"sequences": 25_000},
        "deepsea": {"most": 20_000},
        "peaks": {"most": 4000},
    },
    "paper": {
        "trials": 5,
        "epochs": 100,
        "synthetic": {"sequences": 25_000},
        "deepsea": {"most": 0},
        "peaks": {"most": 0},
    },
}
# The program's batches in vivo.
_BATCH_IN_VIVO = 32


def build(
    name: str, scale: str, preset: str, seed: int, assignments: Sequence[str], path: str = ""
) -> Config:
    """Returns the config of a name (or of a dumped file) at a scale, with overrides applied.

    Raises:
      ValueError: for an unknown name, a set without the path of its files, and as `config.override`.
    """
    if name.endswith(".json"):
        elsewhere = [f"path={path}"] if path else []
        return configs.override(sweep.load(Config, name), [*elsewhere, *assignments])
    networks, source = configs.choose("config", name, NETWORKS), SOURCES.get(name, "synthetic")
    if path and source == "synthetic":
        raise ValueError(f"{name} is of synthetic sequences and reads no folder")
    size, train = SCALES[scale], presets.preset(preset)
    train = train.with_fields(epochs=size["epochs"])
    if source == "deepsea" and preset == "code":
        train = train.with_fields(batch_size=_BATCH_IN_VIVO)
    # The text's rule with the text's training; our own with the program's.
    readout = Readout(rule="koo-text", threshold=0.7) if preset == "paper" else Readout()
    return configs.override(
        Config(
            networks=networks,
            trials=DEMO_TRIALS if (name, scale) == ("demo", "quick") else size["trials"],
            source=source,
            path=path,
            seed=seed,
            preset=preset,
            train=train,
            readout=readout,
            **size[source],
        ),
        assignments,
    )
