"""Settings of `jaxmotif discover`."""

import dataclasses

from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training import presets

MIN_SEQUENCES = 50
OBJECTIVES = ("supervised", "infomax", "both")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything a discovery depends on; a dumped config.json starts the same run again.

    Attributes:
      sequences: FASTA or table of sequences; labels in it are used, else all are positives.
      negatives: their negatives; "" makes dinucleotide shuffles of the positives.
      test: held-out sequences, labelled or positives; "" holds out a part of the others.
      length: to which sequences are cropped or padded; 0 takes the most common length.
      chromosomes: hold out by chromosome where names carry coordinates.
      seeds: networks to train; a motif's support is how many of them found it.
      seed: root of everything random.
      objective: "supervised" learns to tell the sequences from negatives, "infomax" learns without labels
        (GRIM), "both" does both. Sequences that come with labels or negatives make "both" of "infomax".
      network, train, readout: a name of the zoo, its training, how its first layer is read: supervised.
      encoder, code, infomax, infomax_train, infomax_readout: the same without labels; `code` is the size
        of the global code.
      least_updates: a small file is trained for more epochs without labels, until there are so many.
      database: a JASPAR release or a MEME file.
      site_p: p-value at which a site of a motif is called.
      max_shown: database hits listed with each motif.
    """

    sequences: str
    negatives: str = ""
    test: str = ""
    length: int = 0
    chromosomes: bool = False
    seeds: int = 3
    seed: int = 0
    objective: str = "supervised"
    network: str = "peaks"
    train: presets.TrainConfig = presets.PRESETS["peaks"]
    # Under an exponential activation a fifth of the maximum is 1.6 nats below the best site: sites enough for
    # a smooth matrix, where one half can leave a handful.
    readout: Readout = Readout(threshold=0.2)
    encoder: str = "GRIM-4 (64)"
    code: int = 32
    infomax: InfoMaxConfig = InfoMaxConfig()
    infomax_train: presets.TrainConfig = presets.PRESETS["grim-peaks"]
    infomax_readout: Readout = Readout(threshold=0.5)
    least_updates: int = 1500
    database: str = "JASPAR2024"
    site_p: float = 1e-4
    max_shown: int = 5

    def __post_init__(self):
        if self.seeds < 1:
            raise ValueError(f"seeds must be at least 1, got {self.seeds}")
        if self.length < 0:
            raise ValueError(f"length must not be negative, got {self.length}")
        if not 0 < self.site_p < 0.1:
            raise ValueError(f"site_p must lie in (0, 0.1), got {self.site_p}")
        if self.objective not in OBJECTIVES:
            raise ValueError(f"unknown objective {self.objective!r}; known: {', '.join(OBJECTIVES)}")
        if self.code < 1 or self.least_updates < 0:
            raise ValueError(f"need code >= 1 and least_updates >= 0, got {self.code}, {self.least_updates}")
        for name in (self.network, self.encoder):
            if not zoo.get(name).convs:
                raise ValueError(f"{name} has no convolution whose filters could be read")
