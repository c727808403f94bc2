"""Turns a trained network's convolution into motifs: the glue between models/, interpret/ and motifs/."""

import dataclasses
from typing import Literal

import jax
import jax.numpy as jnp

from jaxmotif import config
from jaxmotif.interpret import filters
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec, pooling_before
from jaxmotif.motifs.motif import Motif, is_informative, trim


@dataclasses.dataclass(frozen=True)
class Readout:
    """How filters become motifs.

    Attributes:
      rule: how sites are counted: "koo" or "basset", see `filters.activation_ppms`.
      threshold: share of the largest activation above which a site counts; Koo & Eddy's text has 0.7, their
        program 0.5.
      informative_bits: a filter without a column above this many bits is uninformative and not matched.
      pad: columns kept on each side of the informative ones.
    """

    rule: Literal["koo", "basset"] = "koo"
    threshold: float = 0.5
    informative_bits: float = 0.5
    pad: int = 3

    def __post_init__(self):
        config.validate(self)
        config.check(
            self,
            at_least={"informative_bits": 0, "pad": 0},
            above={"threshold": 0},
            below={"threshold": 1, "informative_bits": 2},
        )


def readable_layers(spec: NetworkSpec) -> list[int]:
    """Convolutions (from 1) in front of which nothing hides exact positions."""
    return [layer for layer in range(1, len(spec.convs) + 1) if not pooling_before(spec, layer)]


def filter_motifs(
    network: Network,
    sequences,
    layer: int = 1,
    readout: Readout = Readout(),
    *,
    member: int = 0,
    prefix: str = "filter",
) -> filters.FilterMotifs:
    """Returns activation-based motifs of one layer's filters, untrimmed, named <prefix><number>.

    Args:
      network: whose filters.
      sequences: uint8 (N, L), on which the filters are read.
      layer: counted from 1.
      readout: how filters become motifs.
      member: which of the network's members, from 0.
      prefix: of the names.

    Raises:
      ValueError: for a layer or member that does not exist, or a layer whose geometry is not known.
    """
    shape = network.geometry(layer)
    features = network.features(layer, member)
    x = jax.ShapeDtypeStruct((1, network.length, 4), jnp.float32)
    names = [f"{prefix}{k + 1}" for k in range(jax.eval_shape(features, x).shape[-1])]
    return filters.activation_ppms(
        features,
        sequences,
        width=shape.width,
        left=shape.left,
        stride=shape.jump,
        rule=readout.rule,
        threshold=readout.threshold,
        names=names,
        source=f"{network.name} convolution {layer}",
    )


def trimmed(motifs: list[Motif | None], readout: Readout) -> list[Motif | None]:
    """Returns motifs cut to their informative columns and `pad` more; None where a filter has none."""
    return [
        trim(motif, readout.informative_bits, readout.pad)
        if motif is not None and is_informative(motif, readout.informative_bits)
        else None
        for motif in motifs
    ]
