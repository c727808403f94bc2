"""NeuronMotif beside the ways of reading a neuron that the paper compares it with, on the same neurons."""

import pathlib
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.decode import layer_motifs
from jaxmotif.apps.decode.layer_data import OtherReading
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.significance import LEVEL
from jaxmotif.motifs import naming
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.null import null_network
from jaxmotif.neuronmotif.syntax import segments
from jaxmotif.report import table
from jaxmotif.report.sections import ResultTable

# Of each method's leaves.
FILE = "others-{}.npz"
# What is read where no sequences are given.
RANDOM_WINDOWS = f"{baselines.RANDOM:,} random windows"
TITLES = {
    "kelley": "above 0 (Kelley et al.)",
    "alipanahi": "above max / 2 (Alipanahi et al.)",
    "saliency": "saliency",
}
TEXT = (
    "The same neurons read in other ways, and cut, merged and matched by the same settings: letters of all "
    "windows that activate a neuron, or by more than half of the maximum, and gradient times input of the "
    f"{baselines.TOP:,} strongest ones, positive part, as probabilities. Live: a sequence activates the "
    "neuron. With a known motif: in its own leaves; own q: of "
    "these neurons, the smallest q of a neuron's own motifs times their number. Known motifs: different best "
    "matches of neurons' own motifs. Known words: of those merged from all neurons of the layer. "
    "Null q (with --nulls): neurons whose best match stands out from those of null networks, read alike. "
    "Bits: of a leaf, over the whole receptive field, mean over a neuron's sequences, then over neurons."
)


class Others(NamedTuple):
    """The same neurons read in other ways.

    Attributes:
      source: the sequences that were read, for the page: "10,000 random windows".
      found: what each of `baselines.METHODS` shows, cut, merged and matched by the same settings.
    """

    source: str
    found: dict[str, LayerMotifs]


def read(
    network: chain.ConvChain, layer: LayerMotifs, codes_nl: np.ndarray | None = None, source: str = ""
) -> Others:
    """Returns what the other methods show of a decoded layer's neurons.

    Args:
      network: what `layer` is of.
      layer: decoded; its settings count for the others, too.
      codes_nl: what is read, uint8 (N, L) with L at least the receptive field; None: random windows.
      source: what the page calls these sequences.
    """
    settings, decoded = layer.settings, layer.decoded
    if codes_nl is None:
        source = RANDOM_WINDOWS
        codes_nl = baselines.random_sequences(baselines.RANDOM, decoded.width, settings.decode.seed)
    networks = [network]
    if layer.significance:
        seed, numbers = settings.decode.seed, range(layer.significance.networks)
        networks += [null_network(network, number, seed) for number in numbers]
    found = {}
    for method in baselines.METHODS:
        ours, *nulls = (
            layer_motifs.read(
                baselines.decode(
                    one,
                    decoded.layer,
                    decoded.neurons,
                    codes_nl,
                    baselines.Method(method),
                    draws=settings.decode.decoupling.draws,
                    seed=settings.decode.seed,
                ),
                layer.database,
                settings,
            )
            for one in networks
        )
        found[method] = layer_motifs.against_nulls(ours, nulls) if nulls else ours
    return Others(source, found)


def rows(layer: LayerMotifs, others: Others) -> list[dict]:
    """Returns one row for NeuronMotif and for each other method."""
    return [
        row("NeuronMotif", layer),
        *(row(TITLES[method], found) for method, found in others.found.items()),
    ]


def write(layer: LayerMotifs, others: Others, folder: pathlib.Path) -> ResultTable:
    """Writes `rows` as others.json and others.md into a folder, and returns them as a section of the page.

    others-<method>.npz has what each method shows of every neuron, as `decoded.load` reads it.
    """
    for method, one in others.found.items():
        decodeds.save(folder / FILE.format(method), one.decoded)
    found = rows(layer, others)
    read_by = ["its own sample", *[others.source] * (len(found) - 1)]
    kept = [one | {"read": sequences} for one, sequences in zip(found, read_by, strict=True)]
    table.write_table(folder, kept, name="others")
    return ResultTable("Beside other methods", found, f"Read: {others.source}. {TEXT}")


def of_neuron(layer: LayerMotifs, others: Others, index: int, shift: int = 0) -> list[OtherReading]:
    """Returns what the page shows under the leaves of one neuron: NeuronMotif's match, then every method.

    Args:
      layer: NeuronMotif's.
      others: of the same neurons.
      index: of the neuron.
      shift: columns that the other methods' logos are moved to the right, to lie under the strongest leaf.
    """
    own = OtherReading("NeuronMotif", None, int(layer.decoded.nsites[index].sum()))
    made = [_matched(own, layer.own[index].named)]
    for method, found in others.found.items():
        decoded = found.decoded
        nsites = int(decoded.nsites[index, 0])
        motif = None
        if nsites:
            motif = Motif(method, decoded.ppm[index, 0], float(nsites), alphabet=decoded.alphabet)
        one = OtherReading(TITLES[method], motif, nsites, shift)
        made.append(_matched(one, found.own[index].named))
    return made


def _matched(one: OtherReading, named: tuple[Hit, ...]) -> OtherReading:
    if not named:
        return one
    return one._replace(match=naming.title(named[0].target), p=named[0].p, q=named[0].q)


def row(method: str, found: LayerMotifs) -> dict:
    """Returns what a way of reading a layer has found, as numbers.

    Args:
      method: its name.
      found: what it found; leaves of fewer sequences than its `min_sites` do not count.
    """
    decoded = found.decoded
    best = [own.named[0] for own in found.own if own.named]
    known = {hit.target.name: hit.label for own in found.own for hit in own.named}
    words = [word.named[0].q for word in found.words if word.named]
    fewest = segments.thresholds(decoded, found.settings.segments, found.settings.min_sites).fewest
    nsites = np.where(decoded.nsites >= fewest[:, None], decoded.nsites, 0).astype(np.float64)
    counted = nsites.sum(axis=1) > 0
    bits = [
        np.average(segments.bits(ppm).sum(axis=1), weights=weight)
        for ppm, weight in zip(decoded.ppm[counted], nsites[counted], strict=True)
    ]
    return {
        "method": method,
        "neurons": len(decoded.neurons),
        "live": int((~decoded.dead).sum()),
        "with a motif": len({segment.neuron for segment in found.cores}),
        "with a known motif": len(best),
        **({f"null q <= {LEVEL:g}": found.significance.neurons.listed} if found.significance else {}),
        "known motifs": len(known),
        "median own q": layer_motifs.median_q([hit.q for hit in best]),
        "known words": len(words),
        "words' median q": layer_motifs.median_q(words),
        "bits": round(float(np.mean(bits)), 1) if bits else None,
        "names": sorted(known.values()),
    }
