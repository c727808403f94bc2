"""What each output of a network reads: its neurons by effect, with their motifs, order and spacing."""

import numpy as np

from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.neuronmotif.syntax import arrangements
from jaxmotif.report.sections import ResultTable

# Outputs that are shown, those that neurons change most, and neurons of each, but for those with less than so
# much of the strongest one's effect.
OUTPUTS, NEURONS = 20, 5
_LEAST = 1e-3
TITLE = "Outputs"


def rows(layer: LayerMotifs) -> list[dict]:
    """Returns a row for each of the strongest neurons of each output; none where effects are not known."""
    if layer.effects is None:
        return []
    size_kt, shift_kt = layer.effects.effects
    strongest = np.argsort(-size_kt.max(axis=0), kind="stable")[:OUTPUTS]
    index_of = {int(channel): index for index, channel in enumerate(layer.decoded.neurons)}
    made = []
    for output in sorted(strongest.tolist()):
        order = np.argsort(-size_kt[:, output], kind="stable")[:NEURONS]
        least = _LEAST * size_kt[order[0], output]
        for channel in order[size_kt[order, output] > least].tolist():
            made.append(
                {
                    "output": layer.effects.classes[output],
                    "neuron": channel,
                    "effect": float(f"{size_kt[channel, output]:.3g}"),
                    "shift": float(f"{shift_kt[channel, output]:.3g}"),
                    **_motifs(layer, index_of.get(channel)),
                }
            )
    return made


def section(layer: LayerMotifs) -> ResultTable | None:
    """Returns the table as a section of the page; None without effects."""
    if layer.effects is None:
        return None
    shown, of = min(len(layer.effects.classes), OUTPUTS), len(layer.effects.classes)
    text = (
        f"On {layer.effects.sequences}, each neuron's map was replaced by its mean over shuffled sequences, "
        "one neuron at a time. Effect: how far the output's logit moves, either way, mean over sequences. "
        "Shift: the logit with the neuron minus that without it; positive ones argue for the output. Known "
        "motifs: in the neuron's own leaves. Most frequent arrangement: order, strand and spacing of words. "
        f"The {NEURONS} strongest neurons of "
        + (f"{shown} outputs that are changed most, of {of:,}." if shown < of else "every output.")
    )
    return ResultTable(TITLE, rows(layer), text, bars=())


def _motifs(layer: LayerMotifs, index: int | None) -> dict[str, str]:
    if index is None:
        return {"known motifs": "not decoded", "most frequent arrangement": "-"}
    if layer.decoded.dead[index]:
        return {"known motifs": "dead", "most frequent arrangement": "-"}
    names = dict.fromkeys(hit.label for hit in layer.own[index].named)
    text = arrangements.as_text(layer.syntaxes[index]).split("\n")[0]
    return {"known motifs": ", ".join(names) or "none", "most frequent arrangement": text or "-"}
