"""What a dashboard shows, as plain data: the figure and the page draw the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs.motif import Motif


class Box(NamedTuple):
    """A site of a known motif, half-open."""

    start: int
    end: int
    strand: str
    name: str


class SequenceEvidence(NamedTuple):
    """One sequence of L letters.

    Attributes:
      name, letters: of the sequence.
      boxes: sites of the known motifs.
      scores: network -> probability of the class.
      strips: method -> network -> values (L,).
      temporal: network -> (forward, backward), probabilities (L,) each; recurrent networks alone.
    """

    name: str
    letters: str
    boxes: Sequence[Box]
    scores: Mapping[str, float]
    strips: Mapping[str, Mapping[str, np.ndarray]]
    temporal: Mapping[str, tuple[np.ndarray, np.ndarray]]


class Dashboard(NamedTuple):
    """Everything of one factor.

    Attributes:
      factor: its name.
      subtitle: a line on where networks and sequences come from.
      known: its motifs in the database.
      class_name, class_motifs: the class, and network -> its optimised matrix.
      networks, methods: names, in the order to show.
      sequences: at least one.
      provenance: versions.
      alphabet: of the sequences' letters, "ACGT" or "ACGU".
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


METHOD_TITLES = {
    "saliency": "Saliency, |gradient x input|",
    "signed": "Gradient x input",
    "corrected": "Corrected gradient x input",
    "integrated": "Integrated gradients",
    "mutagenesis": "Loss by mutation",
}
