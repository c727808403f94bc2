"""Turns a trained network's convolution into motifs: the glue between models/, interpret/ and motifs/."""

import dataclasses
import functools
from typing import Literal

import jax

from jaxmotif import config
from jaxmotif.interpret import filters
from jaxmotif.models import network
from jaxmotif.models.spec import NetworkSpec, conv_shapes, pooling_before
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
    """Returns the convolutions (0-based) in front of which nothing hides exact positions."""
    return [layer for layer in range(len(spec.convs)) if not pooling_before(spec, layer)]


def features_of(spec: NetworkSpec, variables, layer: int) -> jax.tree_util.Partial:
    """Returns the map of a convolution as a pure function of one-hot; other weights do not recompile."""
    return jax.tree_util.Partial(_features_function(spec, layer), variables)


@functools.cache
def _features_function(spec: NetworkSpec, layer: int):
    # One function object a network and layer, so that jit finds what it has compiled.
    def apply(variables, x_bl4):
        return network.features(spec, variables, x_bl4, layer)

    return apply


def filter_motifs(
    spec: NetworkSpec, variables, codes_nl, layer: int, readout: Readout, prefix: str = "filter"
) -> filters.FilterMotifs:
    """Returns activation-based motifs of one convolution on `codes_nl`, untrimmed, named <prefix><number>."""
    shape = conv_shapes(spec)[layer]
    names = [f"{prefix}{k + 1}" for k in range(spec.convs[layer].filters)]
    return filters.activation_ppms(
        features_of(spec, variables, layer),
        codes_nl,
        width=shape.width,
        left=shape.left,
        stride=shape.jump,
        rule=readout.rule,
        threshold=readout.threshold,
        names=names,
        source=f"{spec.name} convolution {layer + 1}",
    )


def trimmed(motifs: list[Motif | None], readout: Readout) -> list[Motif | None]:
    """Returns motifs cut to their informative columns and `pad` more; None where a filter has none."""
    return [
        trim(motif, readout.informative_bits, readout.pad)
        if motif is not None and is_informative(motif, readout.informative_bits)
        else None
        for motif in motifs
    ]
