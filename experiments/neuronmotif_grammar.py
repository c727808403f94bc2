"""Whether the syntax of neurons is the grammar that was planted, and demo2's pairs of CTCF."""

import pathlib
from typing import NamedTuple

from experiments import neuronmotif_training
from experiments.panels import folder_name
from jaxmotif.data import grammar
from jaxmotif.decoding import reading as readings
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import decoded as decodeds
from jaxmotif.neuronmotif import syntax

# Similarity from which a word is taken for a planted motif; motifs of one family reach about 0.8.
ALIKE = 0.75
DEMO2_DISTANCES = (29, 59)


class Pair(NamedTuple):
    """A rule as one neuron shows it: smallest and largest gap between the planted motifs' own ends."""

    neuron: int
    low: int
    high: int
    leaves: int
    sequences: int


def place_of(word, motif: Motif) -> tuple[int, str] | None:
    """Column of the word's span at which `motif` begins, and its strand there; None if it is another motif."""
    start, end = word.span
    found = align(word.motif.ppm, motif.ppm)
    return (found.offset - start, found.strand) if found.similarity >= ALIKE else None


def pairs(reading: readings.Reading, rule: grammar.Rule) -> list[Pair]:
    """Neurons in which the rule's two motifs are neighbours in the planted order and strand."""
    left = {n: place_of(word, rule.left) for n, word in enumerate(reading.words)}
    right = {n: place_of(word, rule.right) for n, word in enumerate(reading.words)}
    found = []
    for one in reading.syntaxes:
        gaps, leaves, sequences = [], 0, 0
        for arrangement in one.arrangements:
            for (a, strand_a), (b, strand_b), interval in zip(
                arrangement.words, arrangement.words[1:], arrangement.intervals
            ):
                # On the other strand the whole arrangement would be turned: planted pairs lie forward alone.
                if not left[a] or not right[b] or (left[a][1], right[b][1]) != (strand_a, strand_b):
                    continue
                if (strand_a, strand_b) != ("+", "+"):
                    continue
                shift = right[b][0] - left[a][0] - rule.left.width
                gaps += [interval.low + shift, interval.high + shift]
                leaves += len(arrangement.leaves)
                sequences += arrangement.sequences
        if gaps:
            found.append(Pair(int(reading.decoded.neurons[one.neuron]), min(gaps), max(gaps), leaves, sequences))
    return sorted(found, key=lambda pair: -pair.sequences)


def run(folder: pathlib.Path, config, decode, resume: bool) -> list[dict]:
    """Trains the network on the planted grammar, decodes its last convolution, and compares; rows of the table."""
    splits, rows = grammar.grammar_splits(config.seed, config.sequences), []
    for name in config.networks:
        place = folder / folder_name(name)
        spec, _, auroc = neuronmotif_training.train(place / "training", name, config, splits, resume)
        decode(config, str(place / "training"), "last", place, config.neurons)
        found = decodeds.load(place / f"layer{len(spec.convs)}" / "decoded.npz")
        reading = readings.read(
            found, jaspar.database(config.decode.database), config.decode.segments, config.decode.fewest,
            config.decode.q_max,
        )
        for rule in grammar.rules():
            shown = pairs(reading, rule)
            low, high = (min(p.low for p in shown), max(p.high for p in shown)) if shown else (None, None)
            rows.append({
                "model": name,
                "auroc": round(float(auroc), 3),
                "rule": f"{rule.left.alt_name} {rule.right.alt_name}",
                "planted gap": _range(*rule.gap),
                "neurons": len(found.neurons),
                "with the pair": len(shown),
                "gap of the first": _range(shown[0].low, shown[0].high) if shown else "-",
                "gap of all": _range(low, high) if shown else "-",
                "leaves": sum(pair.leaves for pair in shown),
                "inside": f"{sum(rule.gap[0] <= p.low and p.high <= rule.gap[1] for p in shown)} of {len(shown)}",
            })
    return rows


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}..{high}"


def pair_text(folder: pathlib.Path, layer: int = 5) -> str:
    """What the last layer of demo2 says: its syntax, and whether two CTCF lie 29 to 59 bp apart."""
    found = decodeds.load(folder / f"layer{layer}" / "decoded.npz")
    reading = readings.read(found, jaspar.database("JASPAR2024"))
    lines, distances = [], []
    for one in reading.syntaxes:
        lines.append(syntax.as_text(one))
        for arrangement in one.arrangements:
            for (a, _), (b, _), interval in zip(arrangement.words, arrangement.words[1:], arrangement.intervals):
                if all("CTCF" in reading.words[word].name for word in (a, b)):
                    distances += [interval.low, interval.high]
    low, high = DEMO2_DISTANCES
    inside = bool(distances) and low <= min(distances) and max(distances) <= high
    spread = f"{min(distances)} to {max(distances)} bp" if distances else "none"
    lines.append(
        f"distances between two CTCF, start to start: {spread}; planted {low} to {high} bp: "
        f"{'inside' if inside else 'NOT inside'}"
    )
    return "\n".join(lines)

