"""What a dashboard shows, as plain data: the figure and the page draw the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.models.answers import ANSWERS, Answer
from jaxmotif.motifs.motif import Motif


class Box(NamedTuple):
    """A site of a motif, half-open; `found` is one that the run itself has found, not of a database."""

    start: int
    end: int
    strand: str
    name: str
    found: bool = False


class Place(NamedTuple):
    """Where a sequence lies: chromosome, 0-based start there, and whether it is the other strand."""

    chrom: str
    start: int
    reverse: bool


class SequenceEvidence(NamedTuple):
    """One sequence of L letters.

    Rows are networks and, of ensembles, their members: see `Dashboard.members`.

    Attributes:
      name, letters: of the sequence.
      boxes: sites of the motifs.
      scores: row -> what it says: probability of its class, value or expected count.
      strips: method -> row -> values (L,), on the scale of the network's answer.
      temporal: network -> (forward, backward), probabilities (L,) each; recurrent networks only.
      positive: what its label says; None without one.
      place: in the genome; None where it is not known to the letter.
      known: target -> what a table says of it.
    """

    name: str
    letters: str
    boxes: Sequence[Box]
    scores: Mapping[str, float]
    strips: Mapping[str, Mapping[str, np.ndarray]]
    temporal: Mapping[str, tuple[np.ndarray, np.ndarray]]
    positive: bool | None = None
    place: Place | None = None
    known: Mapping[str, float] = {}


class Dashboard(NamedTuple):
    """Everything of one factor or run.

    Attributes:
      factor: its name.
      subtitle: a line on where networks and sequences come from.
      known: motifs of the factor in the database.
      class_name, class_motifs: the class, and network -> its optimised matrix.
      networks, methods: names, in the order to show.
      sequences: at least one.
      provenance: versions.
      alphabet: of the sequences' letters, "ACGT" or "ACGU".
      found: motifs that the run has found.
      members: network -> names of its members' rows; networks of one member have none.
      targets: network -> class that is read of it; `class_name` where it is not told.
      notes: what is not shown, and why.
      text: how all this was made, to paste into a paper.
      report: relative address of the run's report; "" where there is none.
      answer: what all networks say.
    """

    factor: str
    subtitle: str
    known: Sequence[Motif]
    class_name: str
    class_motifs: Mapping[str, Motif]
    networks: Sequence[str]
    methods: Sequence[str]
    sequences: Sequence[SequenceEvidence]
    provenance: str
    alphabet: str = dna.ALPHABET
    found: Sequence[Motif] = ()
    members: Mapping[str, Sequence[str]] = {}
    targets: Mapping[str, str] = {}
    notes: Sequence[str] = ()
    text: str = ""
    report: str = ""
    answer: Answer = ANSWERS["multilabel"]

    @property
    def labelled(self) -> bool:
        """Whether positives and negatives are told apart."""
        return any(one.positive is not None for one in self.sequences)

    @property
    def by_table(self) -> bool:
        """Whether a table says something of the sequences."""
        return any(one.known for one in self.sequences)

    def told(self, score: float) -> str:
        """Returns what a network says, in digits."""
        return f"{score:.2f}" if self.answer.is_probability else f"{score:.3g}"


class Method(NamedTuple):
    """A way to say what letters mean: a title, what its number is in plain words, and a source."""

    title: str
    meaning: str
    source: str


METHODS = {
    "integrated": Method(
        "Integrated gradients",
        "How much this letter, instead of any letter, moves the network's score. All letters together make "
        "up the difference to a sequence of no letters in particular.",
        "integrated gradients from a quarter of each letter (Sundararajan, Taly & Yan 2017)",
    ),
    "corrected": Method(
        "Corrected gradient x input",
        "How the score would change with a little more of this letter instead of the others: quick, and "
        "blind where the network is saturated.",
        "gradient times input, the gradient less its mean over the four letters (Majdandzic et al. 2023)",
    ),
    "mutagenesis": Method(
        "Loss by mutation",
        "What the score loses, on average, when this letter is exchanged for one of the three others: each "
        "one was tried.",
        "the loss of the logit by each of the three substitutions, mean of the three",
    ),
    "rescale": Method(
        "Rescale (DeepLIFT/SHAP)",
        "What this letter makes of the difference between the score and that of the sequence shuffled: all "
        "letters together make up the difference.",
        "DeepLIFT's rescale rule against 20 dinucleotide shuffles of each sequence (Shrikumar et al. 2017)",
    ),
    "saliency": Method(
        "Saliency, |gradient x input|",
        "How strongly the score reacts to this letter, whichever way: the Dashboard paper's, without a sign.",
        "the magnitude of gradient times input (Lanchantin et al. 2017)",
    ),
    "signed": Method(
        "Gradient x input",
        "How the score would change with a little more of this letter, with its sign.",
        "gradient times input",
    ),
}
METHOD_TITLES = {name: method.title for name, method in METHODS.items()}
