"""Turns a trained network's convolution into motifs: the glue between models/, interpret/ and motifs/."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif.interpret import attainable, filters
from jaxmotif.interpret.readout import Readout
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec, pooling_before
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.motif import Motif, is_informative, trim
from jaxmotif.motifs.motif_set import MotifSet

# Koo & Eddy's program cuts windows of this width, around filters of 9 and 3, too.
PROGRAM_WIDTH = 19
# With an exponential first layer a filter's highest activation can be a single sequence's.
LEAST_SITES = 20


def readable_layers(spec: NetworkSpec) -> list[int]:
    """Convolutions (from 1) in front of which nothing hides exact positions."""
    return [layer for layer in range(1, len(spec.convs) + 1) if not pooling_before(spec, layer)]


def member_motifs(
    network: Network,
    sequences,
    layer: int = 1,
    readout: Readout = Readout(),
    *,
    member: int = 0,
    prefix: str = "filter",
) -> filters.FilterMotifs:
    """Returns activation-based motifs of the filters of one member, untrimmed, named <prefix><number>.

    They are of RNA where the network or the sequences are.

    Args:
      network: whose filters.
      sequences: uint8 (N, L), strings or a data set, on which the filters are read.
      layer: counted from 1.
      readout: how filters become motifs.
      member: which of the network's members, from 0.
      prefix: of the names.

    Raises:
      ValueError: for a layer or member that does not exist, a map without a receptive field, or
        "koo-text" of a later layer, whose largest activations are not known.
    """
    shape = network.geometry(layer)
    rule, largest, wider = readout.rule, None, 0
    if rule == "koo-text":
        if layer != 1:
            raise ValueError(f'"koo-text" is a rule for the first layer, not for layer {layer}')
        largest = attainable.largest_activations(network, member)
    if rule == "koo-code":
        rule, wider = "koo", max(PROGRAM_WIDTH - shape.width, 0)
    features = network.features(layer, member)
    x = jax.ShapeDtypeStruct((1, network.length, 4), jnp.float32)
    names = [f"{prefix}{k + 1}" for k in range(jax.eval_shape(features, x).shape[-1])]
    return filters.activation_ppms(
        features,
        sequences,
        width=shape.width + wider,
        left=shape.left + wider // 2,
        stride=shape.jump,
        rule=rule,
        threshold=readout.threshold,
        largest=largest,
        names=names,
        source=f"{network.name} convolution {layer}",
        alphabet=network.alphabet,
    )


def trimmed(motifs: list[Motif | None], readout: Readout) -> list[Motif | None]:
    """Returns motifs cut to their informative columns and `pad` more; None where a filter has none.

    By "koo-code" a filter without informative columns stays whole, and the number of sites is the number of
    columns that are left: what Koo & Eddy's program writes for Tomtom, whose pseudo-count takes it.
    """
    if readout.rule == "koo-code":
        cut = [motif and trim(motif, readout.informative_bits, readout.pad) for motif in motifs]
        return [motif and dataclasses.replace(motif, nsites=float(motif.width)) for motif in cut]
    return [
        trim(motif, readout.informative_bits, readout.pad)
        if motif is not None and is_informative(motif, readout.informative_bits)
        else None
        for motif in motifs
    ]


class Informative(NamedTuple):
    """Motifs of the filters that say something.

    Attributes:
      motifs: trimmed, named seed<member>_filter<number>, both from 1.
      origin: (member, filter) of each, from 0.
      silent: number of the other filters.
    """

    motifs: list[Motif]
    origin: list[tuple[int, int]]
    silent: int


def informative(
    network: Network,
    sequences,
    layer: int = 1,
    readout: Readout = Readout(),
    least_sites: int = LEAST_SITES,
) -> Informative:
    """Returns the trimmed motifs of all members' filters of a layer that are informative.

    Args:
      network, sequences, layer, readout: see `member_motifs`.
      least_sites: a filter with fewer sites is left out.

    Raises:
      ValueError: as `member_motifs`.
    """
    motifs, origin, silent = [], [], 0
    for member in range(len(network)):
        prefix = f"seed{member + 1}_filter"
        found = member_motifs(network, sequences, layer, readout, member=member, prefix=prefix).motifs
        for number, motif in enumerate(trimmed(found, readout)):
            if motif is None or motif.nsites < least_sites:
                silent += 1
            else:
                motifs.append(motif)
                origin.append((member, number))
    return Informative(motifs, origin, silent)


def filter_motifs(
    network: Network,
    sequences,
    layer: int = 1,
    readout: Readout = Readout(),
    least_sites: int = LEAST_SITES,
) -> MotifSet:
    """Returns the motifs of a layer's filters, of all members, trimmed to their informative columns.

    Filters without an informative column, or with fewer than `least_sites` sites, are left out. The same
    motif comes as often as filters have it; `jm.discover` merges and ranks them. They are of RNA where the
    network or the sequences are.

    Args:
      network: any, also one made from a function.
      sequences: uint8 (N, L), strings or a data set, on which the filters are read.
      layer: counted from 1.
      readout: how filters become motifs.
      least_sites: see above.

    Raises:
      ValueError: for a layer that does not exist, or a map without a receptive field.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1), members=2)
      >>> data = jm.Dataset.from_strings(["ACGTTGCATA" * 5, "TTGACCTAGC" * 5])
      >>> jm.filter_motifs(net, data, least_sites=1)
      MotifSet(8 motifs)
    """
    found = informative(network, sequences, layer, readout, least_sites)
    support, members = {network.name: 1}, len(network)
    evidence = [Evidence(support, members, ((network.name, *place),)) for place in found.origin]
    return MotifSet(found.motifs, evidence)
