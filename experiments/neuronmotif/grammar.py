"""Whether the syntax of neurons is the grammar that was planted, and demo2's pairs of CTCF."""

import pathlib
from typing import NamedTuple

import numpy as np

from experiments.common.panels import folder_name
from experiments.neuronmotif import training
from jaxmotif import files
from jaxmotif.apps.decode import layer_motifs
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.data.synthetic import grammar
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.syntax import arrangements
from jaxmotif.neuronmotif.syntax.dictionary import Word

# Similarity from which a word is taken for a planted motif; motifs of one family reach about 0.8.
ALIKE = 0.75
# Correlation with its own reverse complement from which a motif is a palindrome.
PALINDROME = 0.8
DEMO2_DISTANCES = (29, 59)


class Pair(NamedTuple):
    """A rule as one neuron shows it: smallest and largest gap between the planted motifs' own ends."""

    neuron: int
    low: int
    high: int
    leaves: int
    sequences: int


def place_of(word: Word, strand: str, motif: Motif) -> int | None:
    """Column of `word`, as it lies on `strand`, at which `motif` begins forward; None if it is another motif.

    Columns count from the beginning of the word's span. A palindrome lies forward on either strand.
    """
    start, end = word.span
    ppm = word.motif.ppm
    if strand == "-":
        ppm, start = ppm[::-1, ::-1], len(ppm) - end
    found = align(ppm, motif.ppm)
    palindrome = np.corrcoef(motif.ppm.ravel(), motif.ppm[::-1, ::-1].ravel())[0, 1] > PALINDROME
    if found.similarity < ALIKE or (found.strand == "-" and not palindrome):
        return None
    return found.offset - start


def pairs(layer: layer_motifs.LayerMotifs, rule: grammar.Rule) -> list[Pair]:
    """Neurons in which the rule's two motifs are neighbours in the planted order and strand."""
    places = {
        (number, strand, side): place_of(word, strand, getattr(rule, side))
        for number, word in enumerate(layer.words)
        for strand in "+-"
        for side in ("left", "right")
    }
    found = []
    for one in layer.syntaxes:
        gaps, leaves, sequences = [], 0, 0
        for arrangement in one.arrangements:
            for first, second, interval in zip(
                arrangement.words, arrangement.words[1:], arrangement.intervals, strict=False
            ):
                left, right = places[(*first, "left")], places[(*second, "right")]
                if left is None or right is None:
                    continue
                shift = right - left - rule.left.width
                gaps += [interval.low + shift, interval.high + shift]
                leaves += len(arrangement.leaves)
                sequences += arrangement.sequences
        if gaps:
            found.append(
                Pair(int(layer.decoded.neurons[one.neuron]), min(gaps), max(gaps), leaves, sequences)
            )
    return sorted(found, key=lambda pair: -pair.sequences)


def run(folder: pathlib.Path, config, decode, resume: bool) -> list[dict]:
    """Trains on the planted grammar, decodes the last convolution, and compares; rows of the table."""
    splits, rows = grammar.grammar_splits(config.seed, config.sequences), []
    for name in config.networks:
        place = folder / folder_name(name)
        trained = training.train(place / "training", name, config, splits, resume)
        decode(config, str(place / "training"), "last", place, config.neurons)
        found = decodeds.load(place / f"layer{len(trained.spec.convs)}" / "decoded.npz")
        layer = layer_motifs.read(found, jaspar.database(config.decode.database), config.decode)
        for rule in grammar.rules():
            shown = pairs(layer, rule)
            middle = (
                [int(np.median([getattr(p, side) for p in shown])) for side in ("low", "high")]
                if shown
                else None
            )
            inside = sum(rule.gap[0] <= p.low and p.high <= rule.gap[1] for p in shown)
            rows.append(
                {
                    "model": name,
                    "auroc": round(float(trained.scores[0]), 3),
                    "rule": f"{rule.left.alt_name} {rule.right.alt_name}",
                    "planted gap": _range(*rule.gap),
                    "neurons": len(found.neurons),
                    "with the pair": len(shown),
                    "gap, first neuron": _range(shown[0].low, shown[0].high) if shown else "-",
                    "gap, median neuron": _range(*middle) if shown else "-",
                    "leaves": sum(pair.leaves for pair in shown),
                    "inside": f"{inside} of {len(shown)}",
                }
            )
    return rows


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}..{high}"


def pair_text(folder: pathlib.Path, settings: Settings, layer: int = 5) -> str:
    """What the last layer of demo2 says: its syntax, and whether two CTCF lie 29 to 59 bp apart.

    Distances are written to demo2.json, too.
    """
    found = decodeds.load(folder / f"layer{layer}" / "decoded.npz")
    layer = layer_motifs.read(found, jaspar.database(settings.database), settings)
    lines, distances = [], []
    for one in layer.syntaxes:
        lines.append(arrangements.as_text(one))
        for arrangement in one.arrangements:
            for (a, _), (b, _), interval in zip(
                arrangement.words, arrangement.words[1:], arrangement.intervals, strict=False
            ):
                if all(layer.words[word].name.split(".")[0] == "CTCF" for word in (a, b)):
                    distances += [interval.low, interval.high]
    low, high = DEMO2_DISTANCES
    inside = bool(distances) and low <= min(distances) and max(distances) <= high
    files.write_json(
        folder / "demo2.json", {"distances": sorted(set(distances)), "planted": [low, high], "inside": inside}
    )
    spread = f"{min(distances)} to {max(distances)} bp" if distances else "none"
    lines.append(
        f"distances between two CTCF, start to start: {spread}; planted {low} to {high} bp: "
        f"{'inside' if inside else 'NOT inside'}"
    )
    return "\n".join(lines)
