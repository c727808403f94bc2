"""Which leaves and neurons mix motifs, by consensus against maximum activation (Wei et al. 2021, Fig. 4b-d).

A leaf whose most probable letters do not activate the neuron mixes motifs that cannot stand for one another.
"""

import dataclasses

import numpy as np

from jaxmotif.neuronmotif.leaves.decoded import Decoded

NAMES = ("consistent", "deviating", "negative", "near zero")


@dataclasses.dataclass(frozen=True)
class Regions:
    """Limits of the regions; the paper draws them without numbers, so these are a choice.

    Attributes:
      near_zero: share of the layer's largest maximum below which a leaf's maximum is near zero.
      consistent: share of its maximum that the consensus must reach to lie near the diagonal.
      fewest: leaves of fewer sequences are unreliable and drawn in red (100 in the paper).
    """

    near_zero: float = 0.1
    consistent: float = 0.5
    fewest: int = 100

    def __post_init__(self):
        for name in ("near_zero", "consistent"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is a share in [0, 1), got {getattr(self, name)}")

    def of(self, maximum_p, consensus_p) -> np.ndarray:
        """Returns the name of the region of each of P leaves, (P,) strings of NAMES."""
        maximum_p, consensus_p = np.asarray(maximum_p, float), np.asarray(consensus_p, float)
        low = self.near_zero * max(maximum_p.max(initial=0.0), 0.0)
        return np.select(
            [maximum_p <= low, consensus_p <= 0, consensus_p < self.consistent * maximum_p],
            ["near zero", "negative", "deviating"],
            "consistent",
        )


def mixtures(decoded: Decoded, regions: Regions = Regions()) -> tuple[np.ndarray, list[str]]:
    """Returns neurons most of whose reliable leaves have a deviating consensus, (C,) bool, and texts.

    Wei et al. 2021, "Synonymous motif mixture detection": such leaves lay sequences of different motifs on
    top of each other.
    """
    places = regions.of(decoded.leaf_maximum.reshape(-1), decoded.consensus.reshape(-1)).reshape(
        decoded.nsites.shape
    )
    reliable = decoded.nsites >= regions.fewest
    deviates = reliable & np.isin(places, ("deviating", "negative"))
    texts = []
    for off, of, dead in zip(deviates.sum(1), reliable.sum(1), decoded.dead, strict=True):
        texts.append("" if dead or not off else f"{off} of {of} leaves deviate")
    return (deviates.sum(1) > reliable.sum(1) / 2) & ~decoded.dead, texts
