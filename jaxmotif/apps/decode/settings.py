"""What a run of `decode` depends on."""

import dataclasses

from jaxmotif.config import choose
from jaxmotif.neuronmotif import pipeline
from jaxmotif.neuronmotif.settings import DECOUPLING, SAMPLING
from jaxmotif.neuronmotif.syntax import segments
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything but which layers and neurons are asked for: a run can be asked for more of them later.

    Attributes:
      weights: path of the network; see `inputs.network` for this and the next three.
      network, member, alphabet: which one.
      checksum: of its layers and weights.
      decode: sampling and decoupling.
      segments: what counts as a motif in a leaf.
      fewest: sequences of a leaf below which it is not read.
      usual: of a pair's distances count only the usual ones, as the authors' program does (see `syntax`).
      database: of known motifs.
      q_max: of their matches.
    """

    weights: str
    network: str = ""
    member: int = 1
    alphabet: str = "ACGT"
    checksum: str = ""
    decode: pipeline.Settings = pipeline.Settings()
    segments: SegmentSettings = SegmentSettings()
    fewest: int = 20
    usual: bool = False
    database: str = "JASPAR2024"
    q_max: float = 0.01

    def __post_init__(self):
        if self.fewest < 1 or not 0 < self.q_max <= 1:
            raise ValueError(
                f"fewest must be at least 1 and q_max in (0, 1], got {self.fewest} and {self.q_max}"
            )


PARITY = ("default", "text", "code")


def named(parity: str, repeats: int = 1, seed: int = 0) -> tuple[pipeline.Settings, SegmentSettings]:
    """The settings called "default", "text" (the paper's) or "code" (its authors' program)."""
    sampling = choose("parity", parity, SAMPLING)
    decoupling = dataclasses.replace(DECOUPLING[parity], repeats=repeats)
    segment = segments.CODE if parity == "code" else segments.PAPER
    return pipeline.Settings(sampling, decoupling, seed), segment
