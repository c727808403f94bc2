"""The leaves of a layer as a compact block inside its page; the page's script draws the logos from it."""

import base64
import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from jaxmotif import dna
from jaxmotif.apps.decode.layer_data import LeafLogo, NeuronRow, OtherReading
from jaxmotif.motifs.logo import OUTLINES
from jaxmotif.motifs.motif import informative_span
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.report import templates


def packed(ppm) -> str:
    """Returns probabilities of A, C and G in 255ths, a byte each, by row, in base64; T or U has the rest.

    The cumulated sum is rounded, so no probability is off by more than 1/255 and a certain letter stays so.
    """
    cumulated = np.rint(np.cumsum(np.asarray(ppm, float)[:, :3], axis=1) * 255)
    return base64.b64encode(np.diff(cumulated, axis=1, prepend=0).astype(np.uint8).tobytes()).decode()


def block(neurons: Sequence[NeuronRow], regions: Regions = Regions()) -> Markup:
    """Returns a block of JSON with the letters' outlines and every neuron's leaves, all in one alphabet."""
    leaves = (leaf for neuron in neurons for leaf in neuron.leaves)
    letters = next((leaf.motif.alphabet for leaf in leaves), dna.ALPHABET)
    data = {
        "letters": letters,
        "outlines": {
            letter: [[command, list(numbers)] for command, numbers in OUTLINES[letter]] for letter in letters
        },
        "fewest": regions.fewest,
        "consistent": regions.consistent,
        "neurons": [
            {
                "channel": neuron.channel,
                "lead": _lead(neuron),
                "leaves": [_leaf(leaf) for leaf in neuron.leaves],
                "others": [_other(one) for one in neuron.others] if neuron.leaves else [],
            }
            for neuron in neurons
        ],
    }
    return templates.json_block("layer-data", data)


def strongest(neuron: NeuronRow) -> int:
    """Returns the index of the leaf with the largest activation.

    Raises:
      ValueError: if there is no leaf.
    """
    return max(range(len(neuron.leaves)), key=lambda i: neuron.leaves[i].maximum)


def _lead(neuron: NeuronRow) -> list[int] | None:
    """The strongest leaf and the part of it worth a small logo, [leaf, start, end)."""
    if not neuron.leaves:
        return None
    i = strongest(neuron)
    return [i, *informative_span(neuron.leaves[i].motif.ppm)]


def _leaf(leaf: LeafLogo) -> list:
    activations = [_short(value) for value in (leaf.maximum, leaf.consensus, leaf.drawn)]
    return [leaf.label, _short(leaf.nsites), *activations, leaf.shift, packed(leaf.motif.ppm)]


def _other(one: OtherReading) -> list:
    match = [one.match, templates.scientific(one.p), templates.scientific(one.q)] if one.match else None
    return [one.method, one.nsites, match, one.shift, packed(one.motif.ppm) if one.motif else None]


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
