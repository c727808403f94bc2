"""NeuronMotif beside the ways of reading a neuron that the paper compares it with, on the same neurons."""

import numpy as np

from jaxmotif.apps.decode import layer_motifs
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.syntax import segments

TITLES = {
    "kelley": "above 0 (Kelley et al.)",
    "alipanahi": "above max / 2 (Alipanahi et al.)",
    "saliency": "saliency",
}
TEXT = (
    "The same neurons read in other ways, and cut, merged and matched by the same settings: letters of all "
    "windows that activate a neuron, or by more than half of the maximum, and gradient times input of the "
    "strongest ones. Live: a sequence activates the neuron. Known motifs: different best matches. "
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
    made = [row("NeuronMotif", found)]
    for method in baselines.METHODS:
        other = baselines.decode(
            network,
            decoded.layer,
            decoded.neurons,
            codes_nl,
            baselines.Method(method),
            draws=settings.decode.decoupling.draws,
            seed=settings.decode.seed,
        )
        made.append(row(TITLES[method], layer_motifs.read(other, found.database, settings)))
    return made


def row(method: str, found: LayerMotifs) -> dict:
    """Returns what a way of reading a layer has found, as numbers.

    Args:
      method: its name.
      found: what it found; leaves of fewer sequences than its `min_sites` do not count.
    """
    decoded, best, known = found.decoded, {}, {}
    for word in found.words:
        if word.named:
            known[word.named[0].target.name] = word.named[0].label
            for neuron in {found.cores[index].neuron for index, _, _ in word.members}:
                best[neuron] = min(best.get(neuron, np.inf), word.named[0].q)
    nsites = np.where(decoded.nsites >= found.settings.min_sites, decoded.nsites, 0).astype(np.float64)
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
        "known motifs": len(known),
        "median q": float(f"{np.median(list(best.values())):.1e}") if best else None,
        "bits": round(float(np.mean(bits)), 1) if bits else None,
        "names": sorted(known.values()),
    }
