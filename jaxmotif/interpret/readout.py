"""How filters become motifs, as data; apart from JAX, so that settings are judged at once."""

import dataclasses
from typing import Literal

from jaxmotif import config

RULES = ("koo", "koo-text", "koo-code", "basset")


@dataclasses.dataclass(frozen=True)
class Readout:
    """How filters become motifs.

    Attributes:
      rule: how sites are counted: "koo", "koo-text" or "basset", see `filters.activation_ppms`; "koo-code"
        counts as "koo" in windows of 19 nt at least, see also `filter_motifs.trimmed`.
      threshold: share of the largest activation (of all sequences; "koo-text": of any that there could be)
        above which a site counts; Koo & Eddy's text has 0.7, their program 0.5.
      informative_bits: a filter without a column above this many bits is uninformative and not matched.
      pad: columns kept on each side of the informative ones.
    """

    rule: Literal["koo", "koo-text", "koo-code", "basset"] = "koo"
    threshold: float = 0.5
    informative_bits: float = 0.5
    pad: int = 3

    def __post_init__(self):
        config.check(
            self,
            at_least={"informative_bits": 0, "pad": 0},
            above={"threshold": 0},
            below={"threshold": 1, "informative_bits": 2},
        )
