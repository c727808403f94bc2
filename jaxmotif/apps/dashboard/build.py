"""From networks, sequences and motifs to what a dashboard shows."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxmotif import __version__, dna
from jaxmotif.apps.dashboard import boxes, class_motifs, inputs, sequences, words
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.apps.dashboard.evidence import Dashboard, Place, SequenceEvidence
from jaxmotif.apps.progress import Progress
from jaxmotif.config import one_of
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files.genome import Repeats
from jaxmotif.interpret import attribution, temporal
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models.host_blocks import over_blocks
from jaxmotif.models.network import Network

TEMPORAL = "temporal"
METHODS = (*attribution.METHODS, TEMPORAL)
USUAL = ("integrated", "corrected", "saliency")
# Database motifs of one factor that fit on a figure.
MOST_KNOWN = 6


@dataclasses.dataclass(frozen=True)
class View:
    """What a dashboard shows.

    Attributes:
      sequence: name of a held-out sequence, or a FASTA or file of loci; "" shows the held-out sequences.
      factor: whose known motifs are shown; "" takes what the run's name begins with.
      database: a JASPAR release or a motif file.
      networks: names of the networks shown; none shows all of the run.
      methods: of attribution; none shows the usual ones.
      class_name: class whose evidence and motif are shown.
      class_steps: updates of class optimisation; 0 shows no class motifs.
      cut: what temporal scores cut short: "sequence" or "features".
      most: sequences on the page, at most.
      seed: of class optimisation.
      genome: FASTA or 2bit that loci of `sequence` are of; "" where it is none.
      repeats: what is done with lower case of files, "keep" or "mask".
    """

    sequence: str = ""
    factor: str = ""
    database: str = "JASPAR2024"
    networks: Sequence[str] = ()
    methods: Sequence[str] = ()
    class_name: str = inputs.BOUND
    class_steps: int = 1000
    cut: str = "sequence"
    most: int = 200
    seed: int = 0
    genome: str = ""
    repeats: Repeats = "keep"


class Read(NamedTuple):
    """What is read of one network, or of one member of an ensemble.

    Attributes:
      said: (N,), of the class: a probability, or of a target a value or expected count.
      values: method -> (N, L).
    """

    said: np.ndarray
    values: dict[str, np.ndarray]


def methods_for(trained: Sequence[inputs.Trained], wanted: Sequence[str]) -> list[str]:
    """Returns the methods to run; without a wish all that the networks allow but the slowest.

    Raises:
      ValueError: for an unknown method, or temporal scores of networks that have no time steps.
    """
    recurrent = [one for one in trained if one.network.recurrent and one.network.answer.is_probability]
    if not wanted:
        return [*USUAL, *[TEMPORAL] * bool(recurrent)]
    for name in wanted:
        one_of("method", name, METHODS)
    if TEMPORAL in wanted and not recurrent:
        names = ", ".join(one.name for one in trained)
        raise ValueError(
            f"temporal scores need a recurrent network of labels or classes; {names} has no time steps, "
            "or is of values"
        )
    return list(dict.fromkeys(wanted))


def strips_of(methods: Sequence[str]) -> list[str]:
    """Returns the methods with a number at each letter; with only temporal scores, saliency."""
    return [name for name in methods if name != TEMPORAL] or ["saliency"]


def read(network: Network, target: str, codes_nl: np.ndarray, methods: Sequence[str]) -> list[Read]:
    """Returns what a class's score says of sequences: of all members together, then of each one.

    All methods but saliency are linear in the score: what they say of its mean over members is the mean of
    what they say of the members. That is the network's own score, but for one class among several, of which
    the network's follows from the means of all outputs. Of one member there is one entry only.

    Args:
      network: with its members.
      target: class.
      codes_nl: uint8 (N, L).
      methods: of `attribution.METHODS`.
    """
    linear = list(dict.fromkeys("signed" if name == "saliency" else name for name in methods))
    members, told = [], Progress(f"{network.name}, contributions", "network")
    for number in range(len(network)):
        score = network.member(number).score(target)
        values = {name: attribution.attribute(score, codes_nl, name) for name in linear}
        members.append(Read(_said(network.member(number), target, codes_nl), values))
        told(number + 1, len(network))
    mean = Read(
        _said(network, target, codes_nl),
        {name: np.mean([one.values[name] for one in members], axis=0) for name in linear},
    )
    return [_shown(one, methods) for one in ([mean, *members] if len(members) > 1 else [mean])]


def _shown(one: Read, methods: Sequence[str]) -> Read:
    given = {
        name: np.abs(one.values["signed"]) if name == "saliency" else one.values[name] for name in methods
    }
    return Read(one.said, given)


def _said(network: Network, target: str, codes_nl: np.ndarray) -> np.ndarray:
    score_n = over_blocks(jax.tree_util.Partial(_scores, network.score(target)), codes_nl)
    return network.answer.back(score_n.astype(np.float64), np)


def build(
    trained: Sequence[inputs.Trained],
    data: Dataset,
    motifs: Boxed,
    view: View,
    labels: sequences.Labels = "none",
) -> Dashboard:
    """Returns everything that the figure and the page draw.

    Where the networks or the sequences are of RNA all of it is: letters U, and sites on one strand, also of
    known motifs that a database of DNA has.

    Args:
      trained: networks, in the order to show.
      data: the sequences.
      motifs: of the factor and of the run.
      view: what is shown, with its methods and factor; with only temporal scores the strips show saliency.
      labels: what the data's labels are, see `sequences.Given`.

    Raises:
      ValueError: for a class that a network does not have, or networks that say different kinds of things.
    """
    inputs.check_alike(trained)
    answer = trained[0].network.answer
    class_config = ClassConfig(steps=view.class_steps) if view.class_steps else None
    # Of a value there is no sequence that the network is surest of.
    class_config = class_config if answer.is_probability else None
    methods = strips_of(view.methods)
    alphabet = dna.together(data.alphabet, *(one.network.alphabet for one in trained))
    if not dna.has_complement(alphabet):
        rna = lambda given: [dataclasses.replace(motif, alphabet=alphabet) for motif in given]
        motifs = motifs._replace(known=rna(motifs.known), found=rna(motifs.found))
    codes_nl = data.sequences
    targets = {one.name: one.target or view.class_name for one in trained}
    for one in trained:  # before anything is computed
        one.network.target_index(targets[one.name])
    rows: dict[str, Read] = {}
    members, parts, made = {}, {}, {}
    for one in trained:
        network, target = one.network, targets[one.name]
        own = read(network, target, codes_nl, methods)
        members[one.name] = [f"{one.name}, member {number}" for number in range(1, len(own))]
        rows |= zip((one.name, *members[one.name]), own, strict=True)
        if TEMPORAL in view.methods and network.recurrent:
            score = network.part_probability(view.cut, target)
            parts[one.name] = temporal.temporal_scores(score, codes_nl)
        if class_config is not None:
            made[one.name] = class_motifs.stored(one.folder, network, target, class_config, view.seed)
    shown = Dashboard(
        view.factor,
        "",
        motifs.known[:MOST_KNOWN],
        view.class_name,
        made,
        [one.name for one in trained],
        methods,
        _sequences(data, alphabet, boxes.boxes(codes_nl, motifs), rows, parts, labels),
        f"jaxmotif {__version__}, jax {jax.__version__}; sites at p < {motifs.site_p:g}; "
        f"temporal scores cut the {view.cut}",
        alphabet,
        motifs.found,
        members,
        targets,
        answer=answer,
    )
    return shown._replace(text=words.methods(shown, trained, motifs, class_config))


def _scores(score, codes_bl):
    return score(dna.one_hot(codes_bl))


def _sequences(
    data: Dataset, alphabet: str, boxed, rows: dict[str, Read], parts, labels: sequences.Labels
) -> list[SequenceEvidence]:
    letters = dna.decode(data.sequences, alphabet)
    methods = list(next(iter(rows.values())).values)
    placed, reverse = data.placed, data.reverse
    return [
        SequenceEvidence(
            name,
            letters[i],
            boxed[i],
            {row: float(one.said[i]) for row, one in rows.items()},
            {method: {row: one.values[method][i] for row, one in rows.items()} for method in methods},
            {one: (found.forward[i], found.backward[i]) for one, found in parts.items()},
            bool(data.known_labels[i, 0] > 0.5) if labels == "positives" else None,
            Place(str(data.chrom[i]), int(data.start[i]), bool(reverse[i]))
            if placed[i] and data.chrom is not None and data.start is not None
            else None,
            _known(data, i) if labels == "targets" else {},
        )
        for i, name in enumerate(data.names)
    ]


def _known(data: Dataset, row: int) -> dict[str, float]:
    """What a table says of a sequence, without what is unknown."""
    values = zip(data.targets, data.known_labels[row].tolist(), strict=True)
    return {target: value for target, value in values if value == value}
