"""NeuronMotif beside the ways of reading a neuron that the paper compares it with, on the same neurons."""

from collections.abc import Sequence

import numpy as np

from jaxmotif.apps.decode import reading as readings
from jaxmotif.apps.decode.reading import Reading
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import baselines, stack
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
    network: stack.Stack,
    reading: Reading,
    codes_nl: np.ndarray,
    database: Sequence[Motif],
    settings: Settings,
) -> list[dict]:
    """One row for NeuronMotif and for each of `baselines.METHODS`.

    Args:
      network: what `reading` is of.
      reading: the decoded layer.
      codes_nl: what the other methods read, uint8 (N, L) with L at least the receptive field.
      database: known motifs.
      settings: of the reading.
    """
    layer, neurons = reading.decoded.layer, reading.decoded.neurons
    found = [row("NeuronMotif", reading, settings.min_sites)]
    for method in baselines.METHODS:
        other = baselines.decode(
            network,
            layer,
            neurons,
            codes_nl,
            method,
            draws=settings.decode.decoupling.draws,
            seed=settings.decode.seed,
        )
        read = readings.read(other, database, settings.segments, settings.min_sites, settings.q_max)
        found.append(row(TITLES[method], read, settings.min_sites))
    return found


def row(method: str, reading: Reading, fewest: int) -> dict:
    """What a way of reading a layer has found, as numbers.

    Args:
      method: its name.
      reading: what it found.
      fewest: sequences of a leaf below which it does not count.
    """
    decoded, best, known = reading.decoded, {}, {}
    for word in reading.words:
        if word.hits:
            known[word.hits[0].target.name] = word.hits[0].label
            for neuron in {reading.segments[index].neuron for index, _, _ in word.members}:
                best[neuron] = min(best.get(neuron, np.inf), word.hits[0].q)
    nsites = np.where(decoded.nsites >= fewest, decoded.nsites, 0).astype(np.float64)
    counted = nsites.sum(axis=1) > 0
    bits = [
        np.average(segments.bits(ppm).sum(axis=1), weights=weight)
        for ppm, weight in zip(decoded.ppm[counted], nsites[counted], strict=True)
    ]
    return {
        "method": method,
        "neurons": len(decoded.neurons),
        "live": int((~decoded.dead).sum()),
        "with a motif": len({segment.neuron for segment in reading.segments}),
        "with a known motif": len(best),
        "known motifs": len(known),
        "median q": float(f"{np.median(list(best.values())):.1e}") if best else None,
        "bits": round(float(np.mean(bits)), 1) if bits else None,
        "names": sorted(known.values()),
    }
