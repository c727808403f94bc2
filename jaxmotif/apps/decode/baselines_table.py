"""NeuronMotif beside the ways of reading a neuron that the paper compares it with, on the same neurons."""

import numpy as np

from jaxmotif.apps.decode import layer_motifs
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.significance import LEVEL
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.null import null_network
from jaxmotif.neuronmotif.syntax import segments

TITLES = {
    "kelley": "above 0 (Kelley et al.)",
    "alipanahi": "above max / 2 (Alipanahi et al.)",
    "saliency": "saliency",
}
TEXT = (
    "The same neurons read in other ways, and cut, merged and matched by the same settings: letters of all "
    "windows that activate a neuron, or by more than half of the maximum, and gradient times input of the "
    "strongest ones. Live: a sequence activates the neuron. With a known motif: in its own leaves; own q: of "
    "these neurons, the smallest q of a neuron's own motifs times their number. Known motifs: different best "
    "matches of neurons' own motifs. Known words: of those merged from all neurons of the layer. "
    "Null q (with --nulls): neurons whose best match stands out from those of null networks, read alike. "
    "Bits: of a leaf, over the whole receptive field, mean over a neuron's sequences, then over neurons."
)


def rows(
    network: chain.ConvChain,
    found: LayerMotifs,
    codes_nl: np.ndarray,
) -> list[dict]:
    """Returns one row for NeuronMotif and for each of `baselines.METHODS`.

    Args:
      network: what `found` is of.
      found: the decoded layer; the other methods' motifs are cut, merged and matched by its settings.
      codes_nl: what the other methods read, uint8 (N, L) with L at least the receptive field.
    """
    settings, decoded = found.settings, found.decoded
    made, networks = [row("NeuronMotif", found)], [network]
    if found.significance:
        seed, numbers = settings.decode.seed, range(found.significance.networks)
        networks += [null_network(network, number, seed) for number in numbers]
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
                found.database,
                settings,
            )
            for one in networks
        )
        made.append(row(TITLES[method], layer_motifs.against_nulls(ours, nulls) if nulls else ours))
    return made


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
