"""What a run of `decode` depends on."""

import dataclasses

from jaxmotif.config import check, choose, setting
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.settings import DECOUPLING, SAMPLING, Scanning
from jaxmotif.neuronmotif.syntax import segments
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything but which layers and neurons are asked for: a run can be asked for more of them later.

    Attributes:
      weights: path of the network, see `inputs.network`; "" for one in memory.
      network: which of several networks of a run.
      member: which of several trained alike, from 1.
      alphabet: order of the input channels of a file of weights; ACGU, in any order, for RNA.
      checksum: of its layers and weights.
      decode: sampling and decoupling.
      segments: what counts as a motif in a leaf.
      min_sites: sequences of a leaf below which it is not read; see `SegmentSettings.adapt`.
      ignore_outlier_spacings: count only the usual distances of a pair, as the authors' program (see
        `syntax`).
      scan: how pairs of a neuron's words are tried at every distance.
      others: whether the page shows what other methods find of the same neurons.
      nulls: null networks that are decoded as well, for p and q of neurons and pairs; each takes as long as
        the network itself.
      database: of known motifs.
      q_max: of their matches.
    """

    weights: str = ""
    network: str = ""
    member: int = 1
    alphabet: str = "ACGT"
    checksum: str = ""
    decode: decode_layer.Settings = decode_layer.Settings()
    segments: SegmentSettings = SegmentSettings()
    min_sites: int = 20
    ignore_outlier_spacings: bool = False
    scan: Scanning = setting(Scanning(), "analysis")
    others: bool = setting(True, "analysis")
    nulls: int = setting(0, "analysis")
    database: str = "JASPAR2024"
    q_max: float = 0.01

    def __post_init__(self):
        check(self, at_least={"min_sites": 1, "nulls": 0}, above={"q_max": 0}, at_most={"q_max": 1})


def _parity(name: str, **others) -> Settings:
    decode = decode_layer.Settings(SAMPLING[name], DECOUPLING[name])
    # In the paper and its program a neuron is active above 0.
    return Settings(decode=decode if name == "default" else dataclasses.replace(decode, above=0.0), **others)


# The paper takes distances from leaves.
_NO_SCAN = Scanning(pairs=0)
# Whole settings, so that no program can follow one of them by half: ours, the paper's text, its
# authors' program.
PARITY = {
    "default": _parity("default"),
    "text": _parity("text", segments=segments.PAPER, scan=_NO_SCAN),
    # The text's mutation read the other way: a few positions of a sequence.
    "text-positions": _parity("text-positions", segments=segments.PAPER, scan=_NO_SCAN),
    "code": _parity("code", segments=segments.CODE, ignore_outlier_spacings=True, scan=_NO_SCAN),
}


def named(parity: str, repeats: int = 1, seed: int = 0) -> Settings:
    """Returns the settings called "default" (ours), "text" (the paper's) or "code" (its authors' program).

    "text-positions" is the text with its other reading of mutation.

    Args:
      parity: one of `PARITY`.
      repeats: times that every pooling is split.
      seed: root of everything random.

    Raises:
      ValueError: for a name that is not known.
    """
    found = choose("parity", parity, PARITY)
    decoupling = dataclasses.replace(found.decode.decoupling, repeats=repeats)
    return dataclasses.replace(
        found, decode=dataclasses.replace(found.decode, decoupling=decoupling, seed=seed)
    )
