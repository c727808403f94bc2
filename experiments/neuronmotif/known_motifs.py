"""Known motifs among what neurons show, by layer, network and method: Wei et al. 2021, Figures 5a to 5c.

A neuron's motifs are the segments of its own leaves, copies pooled; p, E and q are times their number. The
paper takes Tomtom's q alone; `named` is ours, which asks for agreement in informative columns, too.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.neuronmotif.decoded_runs import Layer
from jaxmotif.motifs import naming
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.syntax import known, segments
from jaxmotif.neuronmotif.syntax.own import own_motifs

# Neurons of a layer whose q is shown, and the largest of these q's (Fig. 5a).
TOP, SHOWN_Q = 100, 0.1
# Of Figures 5b and 5c.
DEEPEST_Q, METHODS_Q = 0.001, 0.01
# What NeuronMotif reads.
OWN = "its own sample"
# How a match is judged.
RULES = ("tomtom", "named")


class Match(NamedTuple):
    """The best known motif of one motif of a neuron.

    Attributes:
      neuron: index into `Decoded.neurons`.
      motif: the neuron's own.
      hit: q and E times the number of the neuron's motifs.
    """

    neuron: int
    motif: Motif
    hit: Hit


@dataclasses.dataclass(frozen=True, eq=False)
class Known:
    """Known motifs of one layer by one method.

    Attributes:
      network, layer, width: of the network, from 1, receptive field in nt.
      method: how neurons were read.
      neurons: how many.
      motifs: of all neurons.
      matches: by rule, one for each motif that has a match with q of SHOWN_Q or less.
      read: the sequences that the method read.
    """

    network: str
    layer: int
    width: int
    method: str
    neurons: int
    motifs: int
    matches: dict[str, list[Match]]
    read: str

    def best_q(self, rule: str) -> np.ndarray:
        """Returns the smallest q of each neuron that has a match, the TOP smallest, ascending."""
        best: dict[int, float] = {}
        for match in self.matches[rule]:
            best[match.neuron] = min(match.hit.q, best.get(match.neuron, 1.0))
        return np.sort(np.array(list(best.values()), float))[:TOP]

    def targets(self, rule: str, q_max: float) -> set[str]:
        """Returns names of the known motifs that are some motif's best match."""
        return {match.hit.target.name for match in self.matches[rule] if match.hit.q <= q_max}

    def row(self) -> dict:
        """Returns the row of the table."""
        values: dict = {"network": self.network, "layer": self.layer, "receptive field": self.width}
        values |= {"method": self.method, "read": self.read, "neurons": self.neurons, "motifs": self.motifs}
        for rule in RULES:
            q = self.best_q(rule)
            values[f"{rule}: neurons, q <= {SHOWN_Q:g}"] = len({one.neuron for one in self.matches[rule]})
            median = round(float(np.median(minus_log10(q))), 1) if len(q) else None
            values[f"{rule}: median -log10 q of top {TOP}"] = median
            for q_max in (METHODS_Q, DEEPEST_Q):
                values[f"{rule}: known motifs, q <= {q_max:g}"] = len(self.targets(rule, q_max))
        return values


def minus_log10(q: np.ndarray) -> np.ndarray:
    """Returns -log10 of q-values, 300 at most: smaller ones are 0 in Tomtom's arithmetic."""
    return -np.log10(np.maximum(q, 1e-300))


def of_layers(layers: Sequence[Layer], database: Sequence[Motif]) -> list[Known]:
    """Returns what every layer shows by every method it was read by."""
    return [
        of_decoded(
            layer.network,
            method,
            found,
            layer.settings,
            database,
            OWN if method == "NeuronMotif" else layer.source,
        )
        for layer in layers
        for method, found in layer.readings().items()
    ]


def of_decoded(
    network: str, method: str, found: Decoded, settings, database: Sequence[Motif], read: str = ""
) -> Known:
    """Returns known motifs among the leaves of one layer.

    Args:
      network, method: names.
      found: the layer.
      settings: `segments` and `min_sites` count here.
      database: known motifs.
      read: the sequences that the method read.
    """
    cores = segments.segments(found, settings.segments, settings.min_sites)
    own = own_motifs(cores, len(found.neurons)) if cores else []
    motifs = [(index, motif, len(one.motifs)) for index, one in enumerate(own) for motif in one.motifs]
    hits = known.known_motifs([motif for _, motif, _ in motifs], database, q_max=SHOWN_Q)
    matches: dict[str, list[Match]] = {rule: [] for rule in RULES}
    for (index, motif, chances), of_motif in zip(motifs, hits, strict=True):
        corrected = [
            dataclasses.replace(
                hit, p=min(hit.p * chances, 1.0), e=hit.e * chances, q=min(hit.q * chances, 1.0)
            )
            for hit in of_motif
        ]
        corrected = [hit for hit in corrected if hit.q <= SHOWN_Q]
        for rule, chosen in (("tomtom", corrected), ("named", naming.named(motif, corrected))):
            if chosen:
                matches[rule].append(Match(index, motif, chosen[0]))
    return Known(network, found.layer, found.width, method, len(found.neurons), len(motifs), matches, read)


def read_text(found: Sequence[Known]) -> str:
    """Returns which sequences the other methods read, for figures and page; "" where there are none."""
    places: dict[str, list[str]] = {}
    for one in found:
        if one.read != OWN:
            place = f"{one.network} {one.layer}"
            places.setdefault(one.read, []).append(place)
    if len(places) == 1:
        return f"NeuronMotif reads its own sample, the other methods {next(iter(places))}."
    by_source = [f"{', '.join(dict.fromkeys(names))}: {read}" for read, names in places.items()]
    return "NeuronMotif reads its own sample, the other methods: " + "; ".join(by_source) if places else ""


def deepest(found: Sequence[Known]) -> list[Known]:
    """Returns, of each network, what its deepest decoded layer shows, by every method."""
    last = {one.network: max(o.layer for o in found if o.network == one.network) for one in found}
    return [one for one in found if one.layer == last[one.network]]
