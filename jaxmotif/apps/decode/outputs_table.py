"""What each output of a network reads: its neurons by effect, their words, and how far apart these lie."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from jaxmotif.apps.decode.layer_data import way
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.models.answers import Answer
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax.arrangements import Syntax
from jaxmotif.neuronmotif.syntax.pair_scan import distance_text
from jaxmotif.report import templates

# Outputs that are shown, those that neurons change most, and neurons of each, but for those with less than so
# much of the strongest one's effect.
OUTPUTS, NEURONS = 20, 5
_LEAST = 1e-3
# Words and pairs of a neuron.
_WORDS, _PAIRS = 3, 3
TITLE = "Outputs"


class Pair(NamedTuple):
    """Two words of a neuron and their distance.

    Attributes:
      words: order and strands, "CTCF(-) CTCF(-)".
      distances: from start to start, nt: "31..59"; "none" where the scan accepts none.
      source: "scan", or "sampled" where the scan has none: distances that the leaves happen to have.
      verdict: "cooperative", "redundant" or "additive"; "" if sampled.
    """

    words: str
    distances: str
    source: str
    verdict: str = ""

    def __str__(self) -> str:
        return f"{self.words}: {self.distances} nt, {self.verdict or self.source}"


class Unit(NamedTuple):
    """A neuron as an output hears it.

    Attributes:
      channel: of the neuron.
      size, shift: of its effect on the output, on its scale.
      way: what it does for the output, in a word.
      state: "", or why there is nothing to show: "not decoded", "dead", "no motif".
      words: the layer's words that lie in its leaves, most frequent first.
      known: known motifs in its own leaves, with their q.
      pairs: of its words.
    """

    channel: int
    size: float
    shift: float
    way: str
    state: str
    words: Sequence[Motif] = ()
    known: Sequence[tuple[str, float]] = ()
    pairs: Sequence[Pair] = ()


def units(layer: LayerMotifs) -> dict[str, list[Unit]]:
    """Returns the strongest neurons of each output; none where effects are not known."""
    if layer.effects is None:
        return {}
    size_kt, shift_kt = layer.effects.effects
    strongest = np.argsort(-layer.effects.relative.max(axis=0), kind="stable")[:OUTPUTS]
    index_of = {int(channel): index for index, channel in enumerate(layer.decoded.neurons)}
    made: dict[str, list[Unit]] = {}
    for output in sorted(strongest.tolist()):
        order = np.argsort(-size_kt[:, output], kind="stable")[:NEURONS]
        least = _LEAST * size_kt[order[0], output]
        made[layer.effects.classes[output]] = [
            Unit(
                channel,
                float(size_kt[channel, output]),
                float(shift_kt[channel, output]),
                way(layer.effects.answer, shift_kt[channel, output]),
                *_read(layer, index_of.get(channel)),
            )
            for channel in order[size_kt[order, output] > least].tolist()
        ]
    return made


def rows(layer: LayerMotifs) -> list[dict]:
    """Returns a row for each neuron of `units`, for a table."""
    return [
        {
            "output": output,
            "neuron": one.channel,
            "effect": float(f"{one.size:.3g}"),
            "shift": float(f"{one.shift:.3g}"),
            "words": ", ".join(motif.name for motif in one.words) or one.state,
            "known motifs": ", ".join(name for name, _ in one.known) or "-",
            "spacing": "; ".join(map(str, one.pairs)) or "-",
        }
        for output, found in units(layer).items()
        for one in found
    ]


def pairs(syntax: Syntax) -> list[Pair]:
    """Returns the pairs of words of a neuron, neighbours in its leaves first, ordered as they lie there.

    Distances are those that the spacing scan accepts. Neighbours that were not scanned, or of which the
    scan accepts none, have the distances of the leaves and are marked as sampled. Pairs that no leaf has
    are in the order and on the strands that allow most distances.
    """
    found: dict[tuple[str, ...], Pair] = {}
    for one in syntax.arrangements:
        spacings = one.spacings or (None,) * len(one.intervals)
        for sides, interval, spacing in zip(
            itertools.pairwise(one.words), one.intervals, spacings, strict=True
        ):
            names = [syntax.words[number].name for number, _ in sides]
            words = " ".join(f"{name}({strand})" for name, (_, strand) in zip(names, sides, strict=True))
            if spacing and spacing.distances:
                pair = Pair(words, distance_text(spacing.distances), "scan", spacing.verdict)
            else:
                low, high = interval.low, interval.high
                pair = Pair(words, f"{low}" if low == high else f"{low}..{high}", "sampled")
            found.setdefault(tuple(sorted(names)), pair)
    for scan in syntax.scans:
        way = scan.best
        pair = Pair(str(scan.ways[way]), distance_text(scan.accepted(way)), "scan", scan.told[way].verdict)
        found.setdefault(tuple(sorted(word.name for word in scan.words)), pair)
    return list(found.values())[:_PAIRS]


def _read(layer: LayerMotifs, index: int | None) -> tuple:
    if index is None:
        return ("not decoded",)
    if layer.decoded.dead[index]:
        return ("dead",)
    syntax = layer.syntaxes[index]
    numbers = dict.fromkeys(number for one in syntax.arrangements for number, _ in one.words)
    if not numbers:
        return ("no motif",)
    known: dict[str, float] = {}
    for hit in layer.own[index].named:  # best first
        known.setdefault(hit.label, hit.q)
    words = [syntax.words[number].motif for number in list(numbers)[:_WORDS]]
    return "", words, list(known.items()), pairs(syntax)


@dataclass(frozen=True)
class OutputsView:
    """A section with a block for each output: its neurons, their words as logos, and the words' distances.

    Attributes:
      title: of the section.
      outputs: see `units`.
      sequences: on which effects were measured.
      of: outputs that there are.
      answer: what they say.
    """

    title: str
    outputs: dict[str, list[Unit]]
    sequences: str
    of: int
    answer: Answer

    def html(self) -> Markup:
        """Returns the section's body."""
        blocks = [
            (name, [(one, one.size / max(found[0].size, 1e-30), self._logos(one)) for one in found])
            for name, found in self.outputs.items()
        ]
        return templates.render(
            "outputs.html", "jaxmotif.apps.decode", view=self, blocks=blocks, most=NEURONS
        )

    def _logos(self, one: Unit) -> list[tuple[str, Markup]]:
        return [
            (word.name, templates.logo(word.ppm, f"{word.name}: {word.consensus}", alphabet=word.alphabet))
            for word in one.words
        ]


def section(layer: LayerMotifs) -> OutputsView | None:
    """Returns the view as a section of the page; None without effects."""
    if layer.effects is None:
        return None
    effects = layer.effects
    return OutputsView(TITLE, units(layer), effects.sequences, len(effects.classes), effects.answer)
