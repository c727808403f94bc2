"""How often networks that have learned nothing show as much: p and q of neurons and of their pairs of words.

Null networks (`neuronmotif.null`, or untrained ones) are decoded like the trained one, and whatever chance
could make large is made large there, too: the search for strong sequences, the number of leaves and motifs,
the choice of the best match, of words, orders, strands and distances. Each q is of one layer (Benjamini and
Hochberg).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.evaluate import multiple
from jaxmotif.neuronmotif.syntax.arrangements import Syntax
from jaxmotif.neuronmotif.syntax.own import OwnMotifs

# Level at which tables count neurons and pairs.
LEVEL = 0.05


class Tested(NamedTuple):
    """p- and q-values of one family of tests; NaN where there was nothing to test.

    Attributes:
      p, q: (n,) each.
      values: what was tested, (n,).
      null_values: what they were compared with; NaN is none.
    """

    p: np.ndarray
    q: np.ndarray
    values: np.ndarray
    null_values: np.ndarray

    @classmethod
    def of(cls, values_n: np.ndarray, nulls_m: np.ndarray) -> "Tested":
        """Returns p and q of values that surprise the more the larger they are; NaN is none.

        See `multiple.empirical_p`.
        """
        p = multiple.empirical_p(values_n, nulls_m)
        q, some = p.copy(), ~np.isnan(p)
        q[some] = multiple.benjamini_hochberg(p[some])
        return cls(p, q, values_n, nulls_m)

    @property
    def nulls(self) -> int:
        """How many null values there are, m; no p is below 1 / (m + 1)."""
        return int((~np.isnan(self.null_values)).sum())

    @property
    def other_way(self) -> "Tested":
        """The null values tested against those that they served as nulls of.

        Where neither network has learned anything, both ways are tests of true nulls.
        """
        return Tested.of(self.null_values, self.values)

    @property
    def listed(self) -> int:
        """How many have a q of LEVEL or less."""
        return int((self.q <= LEVEL).sum())


class Significance(NamedTuple):
    """What null networks say of a layer.

    Attributes:
      neurons: of the best known motif in the neurons' own leaves, in their order; NaN for dead neurons.
      pairs: of all pairs of words that were scanned, neuron after neuron, in the order of their scans.
      networks: how many null networks there were.
    """

    neurons: Tested
    pairs: Tested
    networks: int

    def __str__(self) -> str:
        found = f"{self.neurons.nulls} live neurons and {self.pairs.nulls} pairs of words"
        return f"{self.networks} that learned nothing, {found} to compare with"

    def row(self) -> dict:
        """Returns the columns of a table of layers."""
        tested = {"neurons": self.neurons, "pairs": self.pairs}
        return {f"{what}, null q <= {LEVEL:g}": one.listed for what, one in tested.items()}


def neuron_values(own: Sequence[OwnMotifs], dead: np.ndarray) -> np.ndarray:
    """Returns -log10 E of each neuron's best match, (C,), see `OwnMotifs.e`; NaN for dead ones."""
    e = np.array([one.e for one in own], np.float64)
    return np.where(dead, np.nan, -np.log10(np.maximum(e, np.finfo(np.float64).tiny)))


def pair_values(syntaxes: Sequence[Syntax], maximum_c: np.ndarray) -> np.ndarray:
    """Returns `PairScan.cooperation` of every pair that was scanned, in their order, (n,)."""
    found = [scan.cooperation(maximum_c[one.neuron]) for one in syntaxes for scan in one.scans]
    return np.array(found, np.float64)
