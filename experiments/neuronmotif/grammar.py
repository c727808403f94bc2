"""Whether the syntax of neurons is the grammar that was planted, and demo2's pairs of CTCF."""

import pathlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from experiments.common.panels import folder_name
from experiments.neuronmotif import training
from experiments.neuronmotif.checks import Check
from jaxmotif import files
from jaxmotif.apps.decode import layer_motifs
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.apps.decode.significance import LEVEL
from jaxmotif.data.synthetic import grammar
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.sample import reservoir
from jaxmotif.neuronmotif.syntax import arrangements, sampled_distances
from jaxmotif.neuronmotif.syntax.arrangements import Syntax
from jaxmotif.neuronmotif.syntax.dictionary import Word
from jaxmotif.neuronmotif.syntax.pair_scan import PairScan, distance_text

# Similarity from which a word is taken for a planted motif; motifs of one family reach about 0.8.
ALIKE = 0.75
# Correlation with its own reverse complement from which a motif is a palindrome.
PALINDROME = 0.8
# Two CTCF so far apart in random letters activate demo2's last neuron, in a share of .97 and more
# (docs/results/neuronmotif.md); so many of them must be found, and none outside the others.
TRUE_DISTANCES = range(31, 60)
FEWEST, POSSIBLE_DISTANCES = 27, (28, 61)


class Pair(NamedTuple):
    """A rule as one neuron's leaves show it, in gaps between the planted motifs' own ends.

    Attributes:
      neuron: its channel.
      gaps: those of its arrangements, each from its smallest to its largest.
      scanned: those that the spacing scan accepts, ascending.
      together: those at which the words do most of what they do together (`PairScan.together`).
      q: of the scanned pair against null networks, the least one of its words; None without any.
      leaves, sequences: how many show the pair.
    """

    neuron: int
    gaps: list[int]
    scanned: list[int]
    together: list[int]
    q: float | None
    leaves: int
    sequences: int

    @property
    def low(self) -> int:
        return min(self.gaps)

    @property
    def high(self) -> int:
        return max(self.gaps)


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
                gaps += range(interval.low + shift, interval.high + shift + 1)
                leaves += len(arrangement.leaves)
                sequences += arrangement.sequences
        if gaps:
            scans, neuron = list(ways_of(layer, rule, one)), int(layer.decoded.neurons[one.neuron])
            tested = [scan.q for scan, _, _ in scans if scan.q is not None]
            scanned = accepted(layer, rule, one)
            best = max(scans, key=lambda at: at[0].told[at[1]].interaction.mean, default=None)
            together = [] if best is None else (best[0].together(best[1]) + best[2]).tolist()
            q = min(tested, default=None)
            found.append(Pair(neuron, gaps, scanned, together, q, leaves, sequences))
    return sorted(found, key=lambda pair: -pair.sequences)


def run(folder: pathlib.Path, config, decode, resume: bool) -> tuple[list[dict], list[Check]]:
    """Trains on the planted grammar, decodes the last convolution, and compares; rows and checks."""
    splits, rows, checks = grammar.grammar_splits(config.seed, config.sequences), [], []
    for name in config.networks:
        place = folder / folder_name(name)
        trained = training.train(place / training.FOLDER, name, config, splits, resume)
        read: list[layer_motifs.LayerMotifs] = []

        def keep(one: layer_motifs.LayerMotifs, _, read=read) -> tuple:
            read.append(one)
            return ()

        decode(config, str(place / training.FOLDER), "last", place, config.neurons, keep)
        (layer,) = read
        for rule in grammar.rules():
            shown = pairs(layer, rule)
            model = {"model": name, "auroc": round(float(trained.scores[0]), 3)}
            rows.append(model | row(layer, rule, shown))
            checks += checks_of(rule, shown, bool(config.decode.nulls))
    return rows, checks


def row(layer: layer_motifs.LayerMotifs, rule: grammar.Rule, shown: Sequence[Pair]) -> dict:
    """What the neurons that show a rule's pair say of it."""
    planted = {*range(rule.gap[0], rule.gap[1] + 1)}
    middle = [int(np.median([getattr(p, side) for p in shown])) for side in ("low", "high")] if shown else []
    q = [pair.q for pair in shown if pair.q is not None]
    return {
        "rule": f"{rule.left.alt_name} {rule.right.alt_name}",
        "planted gap": _range(*rule.gap),
        "neurons": len(layer.decoded.neurons),
        "with the pair": len(shown),
        "gap, first neuron": _range(shown[0].low, shown[0].high) if shown else "-",
        "gap, median neuron": _range(*middle) if shown else "-",
        "leaves": sum(pair.leaves for pair in shown),
        "inside": f"{sum(rule.gap[0] <= p.low and p.high <= rule.gap[1] for p in shown)} of {len(shown)}",
        "scan, first neuron": distance_text(shown[0].scanned) if shown else "-",
        "scan has all": f"{sum(planted <= {*p.scanned} for p in shown)} of {len(shown)}",
        "together, first neuron": distance_text(shown[0].together) if shown else "-",
        "together has all": f"{sum(planted <= {*p.together} for p in shown)} of {len(shown)}",
        "together has none of the negatives'": f"{_apart(shown, rule)} of {len(shown)}",
        "median null q": float(f"{np.median(q):.2g}") if q else None,
        f"null q <= {LEVEL:g}": f"{sum(one <= LEVEL for one in q)} of {len(shown)}",
    }


def wrong(rule: grammar.Rule) -> set[int]:
    """Gaps from those nearest to the planted ones that sequences without the rule have, on both sides."""
    far, most = 3, 200
    return {*range(-most, rule.gap[0] - far + 1), *range(rule.gap[1] + far, most)}


def _apart(shown: Sequence[Pair], rule: grammar.Rule) -> int:
    """How many neurons have the largest interaction at some gaps, and at none of the negatives'."""
    return sum(bool(pair.together) and not {*pair.together} & wrong(rule) for pair in shown)


def checks_of(rule: grammar.Rule, shown: Sequence[Pair], nulls: bool) -> list[Check]:
    """Whether half of the neurons that show a pair have its whole range, no other, and a q that holds."""
    planted, name = {*range(rule.gap[0], rule.gap[1] + 1)}, f"{rule.left.alt_name} {rule.right.alt_name}"
    counts = {
        f"the spacing scan accepts all of {_range(*rule.gap)}": sum(planted <= {*p.scanned} for p in shown),
        f"the interaction is largest in all of {_range(*rule.gap)}": sum(
            planted <= {*p.together} for p in shown
        ),
        "and at no gap of the negatives": _apart(shown, rule),
    }
    if nulls:
        counts[f"null q <= {LEVEL:g}"] = sum(p.q is not None and p.q <= LEVEL for p in shown)
    return [
        Check(
            f"{name}, in half of the neurons that show the pair {what}",
            bool(shown) and 2 * count >= len(shown),
            f"{count} of {len(shown)}",
        )
        for what, count in counts.items()
    ]


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}..{high}"


def scanned_layer(
    network: chain.Chain, number: int, folder: pathlib.Path, settings: Settings
) -> layer_motifs.LayerMotifs:
    """Layer `number` of a run of decode, read again, with its neurons' words scanned."""
    found = decodeds.load(folder / f"layer{number}" / "decoded.npz")
    layer = layer_motifs.read(found, jaspar.database(settings.database), settings)
    return layer_motifs.scanned(layer, network)


def ways_of(
    layer: layer_motifs.LayerMotifs, rule: grammar.Rule, syntax: Syntax
) -> Iterator[tuple[PairScan, int, int]]:
    """Yields scan, way, and what to add to its distances for gaps between the rule's motifs' own ends."""
    by_name = {word.name: word for word in layer.words}
    for scan in syntax.scans:
        for number, way in enumerate(scan.ways):
            # A palindrome is scanned on one strand and lies on both.
            left = place_of(by_name[way.left_name], way.left_strand, rule.left)
            right = place_of(by_name[way.right_name], way.right_strand, rule.right)
            if left is not None and right is not None:
                yield scan, number, right - left - rule.left.width


def accepted(layer: layer_motifs.LayerMotifs, rule: grammar.Rule, syntax: Syntax) -> list[int]:
    """Gaps between the rule's motifs' own ends that spacing scans of a neuron's words accept, ascending."""
    found = ((scan.accepted(way) + shift).tolist() for scan, way, shift in ways_of(layer, rule, syntax))
    return sorted({gap for gaps in found for gap in gaps})


class Recovered(NamedTuple):
    """Distances found against those that the neuron was measured to answer to.

    Attributes:
      found: start to start, ascending.
      hits: how many of TRUE_DISTANCES.
      outside: those found that are not within POSSIBLE_DISTANCES.
    """

    found: list[int]
    hits: int
    outside: list[int]

    @classmethod
    def of(cls, distances: Iterable[int]) -> "Recovered":
        found = sorted(set(distances))
        low, high = POSSIBLE_DISTANCES
        return cls(found, len({*found} & {*TRUE_DISTANCES}), [one for one in found if not low <= one <= high])

    @property
    def passes(self) -> bool:
        return self.hits >= FEWEST and not self.outside

    def __str__(self) -> str:
        outside = f", outside: {distance_text(self.outside)}" if self.outside else ", none outside"
        return (
            f"{distance_text(self.found)} bp: {self.hits} of {len(TRUE_DISTANCES)}{outside}: "
            f"{'passes' if self.passes else 'FAILS'}"
        )


def sampled_letters(path: pathlib.Path, width: int) -> np.ndarray:
    """The sequences of a decoded neuron's sample, uint8 (N, width)."""
    return reservoir.letters(np.asarray(files.load_npz(path)["words"]), width)


def pair_text(layer: layer_motifs.LayerMotifs, folder: pathlib.Path) -> tuple[str, list[Check]]:
    """What demo2's last layer says: its syntax, and the distances of two CTCF against the measured ones.

    By counting pairs of sites of the planted matrix in the sample, by the sample's leaves, and by the spacing
    scan, all in distances between starts of the planted matrix; written to demo2.json, too. Sampling and scan
    are checked; that leaves show one place each is known.

    Args:
      layer: the last one, scanned.
      folder: of the run.

    Returns:
      The text, and whether both checks pass.
    """
    (ctcf,) = jaspar.select(jaspar.database("JASPAR2016"), ["MA0139.1"])
    found = layer.decoded
    samples = [
        sampled_letters(folder / f"layer{found.layer}" / f"neuron{channel}.npz", found.width)
        for channel in found.neurons
    ]
    lines, in_leaves, sampled, scanned = [], [], [], []
    for turned in (False, True):
        motif = ctcf.reverse_complement() if turned else ctcf
        rule = grammar.Rule(motif, motif, (0, 0))
        in_leaves += [gap + ctcf.width for pair in pairs(layer, rule) for gap in pair.gaps]
        for codes in samples:
            sampled += sampled_distances.distances(codes, motif, motif).found()
        for one in layer.syntaxes:
            scanned += [gap + ctcf.width for gap in accepted(layer, rule, one)]
    lines += [arrangements.as_text(one) for one in layer.syntaxes]
    recovered = {
        "sampling": Recovered.of(sampled),
        "leaves": Recovered.of(in_leaves),
        "scan": Recovered.of(scanned),
    }
    files.write_json(
        folder / "demo2.json",
        {
            "measured": [TRUE_DISTANCES[0], TRUE_DISTANCES[-1]],
            "fewest": FEWEST,
            "none outside": list(POSSIBLE_DISTANCES),
        }
        | {name: one._asdict() | {"passes": one.passes} for name, one in recovered.items()},
    )
    lines.append(
        f"distances between two CTCF, start to start; at least {FEWEST} of {len(TRUE_DISTANCES)} "
        f"({TRUE_DISTANCES[0]} to {TRUE_DISTANCES[-1]}) and none outside "
        f"{POSSIBLE_DISTANCES[0]} to {POSSIBLE_DISTANCES[1]}:"
    )
    text = "\n".join([*lines, *(f"  by {name}: {one}" for name, one in recovered.items())])
    checked = {name: recovered[name] for name in ("sampling", "scan")}
    return text, [Check(f"distances by {name}", one.passes, str(one)) for name, one in checked.items()]
