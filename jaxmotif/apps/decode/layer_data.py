"""What the page of a decoded layer shows, as plain data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.apps.decode.occurrence import Occurrence
from jaxmotif.models.answers import Answer
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.report.motif_cells import Hit
from jaxmotif.report.page import Download, Note, Section

__all__ = ["Hit", "LayerReport", "LeafLogo", "Match", "NeuronRow", "OtherReading", "SyntaxRow", "WordRow"]


@dataclass(frozen=True)
class LeafLogo:
    """One leaf that holds sequences.

    Attributes:
      motif: on the whole receptive field, as wide for every leaf of a neuron.
      label: the leaf's digits, such as "2.1".
      nsites: sequences in the leaf.
      maximum: their largest activation.
      consensus: activation of the PPM's most probable letters.
      drawn: mean activation of sequences drawn from the PPM.
      shift: columns that the logo is moved to the right, so that a motif that lies s letters further left
        in this leaf than in one with shift 0 has s.
    """

    motif: Motif
    label: str
    nsites: float
    maximum: float
    consensus: float
    drawn: float
    shift: int = 0


class Match(NamedTuple):
    """A known motif that a neuron's motifs resemble.

    Attributes:
      name: of the known motif.
      q: of the match, the false discovery rate.
      word: the layer's word that it names; "" for a match of the neuron's own motifs.
    """

    name: str
    q: float
    word: str = ""


class OtherReading(NamedTuple):
    """What one way of reading shows of a neuron.

    Attributes:
      method: its name.
      motif: on the whole receptive field; None where no sequence activates the neuron, and for NeuronMotif,
        whose motifs are the leaves.
      nsites: windows or sequences that it is made of.
      shift: columns that the logo is moved to the right, see `LeafLogo`.
      match: name of the known motif that it resembles; "" for none.
      p, q: of the match; NaN for none.
    """

    method: str
    motif: Motif | None
    nsites: int
    shift: int = 0
    match: str = ""
    p: float = math.nan
    q: float = math.nan


class Effect(NamedTuple):
    """What a neuron does to the output that it changes most.

    Attributes:
      size: mean change of the output's score without it, either way; see `Network.score`.
      shift: mean score minus that without it.
      output: name of the output.
      relative: `size` as neurons are compared by it, see `measured.LayerEffects`.
      answer: what the output says.
    """

    size: float
    shift: float
    output: str
    relative: float
    answer: Answer

    @property
    def way(self) -> str:
        """What the neuron does for the output, in a word."""
        return way(self.answer, self.shift)


def way(answer: Answer, shift: float) -> str:
    """Returns "for" or "against" a label or class, "raises" or "lowers" of a value or count."""
    words = ("for", "against") if answer.is_probability else ("raises", "lowers")
    return words[int(shift <= 0)]


class NullTest(NamedTuple):
    """How a neuron's best match compares with those of neurons of null networks.

    Attributes:
      p, q: of it, see `significance.Tested`.
      nulls: how many null neurons there were.
    """

    p: float
    q: float
    nulls: int


class SyntaxRow(NamedTuple):
    """One arrangement of motifs.

    Attributes:
      text: it as a line of text.
      svg: its tree as an <svg> without ids, all of whose text has been escaped; empty for none.
    """

    text: str
    svg: Markup = Markup()


@dataclass(frozen=True)
class NeuronRow:
    """One neuron.

    Attributes:
      channel: its number in the layer, from 0.
      maximum: largest activation.
      exact: whether it is the true one.
      dead: no sequence can activate it.
      reason: how that is known.
      generations: of the genetic algorithm, 0 where everything was enumerated.
      samples: distinct sequences the leaves are made of.
      mixture: whether it seems to mix synonymous motifs.
      mixture_text: why, or other remarks.
      agreement: adjusted Rand index of two ways of decoupling; NaN where there is one leaf.
      best: letters of the sequence with the largest activation.
      matches: known motifs in its own leaves, best first, q times the number of its motifs.
      words: those of the layer's known words that it has a part in, with the word's q, best first.
      leaves: those that hold sequences.
      empty: how many do not.
      syntax: arrangements of motifs, most frequent first.
      spacing: charts of activation by distance, as HTML all of whose text has been escaped.
      effect: on an output, where it was measured.
      others: NeuronMotif's match and what other methods show, as wide as the leaves.
      swap: chart of the swap test, as HTML all of whose text has been escaped; empty for none.
      rhat: the largest of the walk, NaN where nobody walked.
      mixing: all of them in words, "" where nobody walked.
      null: against null networks, where there are any; None for a dead neuron, too.
    """

    channel: int
    maximum: float
    exact: bool = False
    dead: bool = False
    reason: str = ""
    generations: int = 0
    samples: int = 0
    mixture: bool = False
    mixture_text: str = ""
    agreement: float = math.nan
    best: str = ""
    matches: Sequence[Match] = ()
    words: Sequence[Match] = ()
    leaves: Sequence[LeafLogo] = ()
    empty: int = 0
    syntax: Sequence[SyntaxRow] = ()
    spacing: Sequence[Markup] = ()
    effect: Effect | None = None
    others: Sequence[OtherReading] = ()
    swap: Markup = Markup()
    rhat: float = math.nan
    mixing: str = ""
    null: NullTest | None = None

    def __post_init__(self):
        motifs = (one.motif for one in (*self.leaves, *self.others))
        widths = sorted({motif.width for motif in motifs if motif})
        if len(widths) > 1:
            raise ValueError(
                f"neuron {self.channel}: leaves are as wide as its receptive field, not {widths}"
            )


@dataclass(frozen=True)
class WordRow:
    """One motif of the layer's dictionary.

    Attributes:
      motif: merged from the segments.
      members: segments of leaves that were merged into it.
      neurons: channels of the neurons that have it.
      hits: what Tomtom lists, best first.
      named: those of the hits that may name it, best first; empty for a novel one.
      note: a remark shown under its name.
      occurrence: in how many sequences it has a site, where sequences were given.
    """

    motif: Motif
    members: int
    neurons: Sequence[int]
    hits: Sequence[Hit] = ()
    named: Sequence[Hit] = ()
    note: str = ""
    occurrence: Occurrence | None = None


@dataclass(frozen=True)
class LayerReport:
    """The page of one layer.

    Attributes:
      title: of the page.
      subtitle: one line below it.
      summary: (label, value) rows: network, layer, receptive field, settings, time.
      notes: warnings and remarks, shown before the sections.
      neurons: in the order of the table.
      words: the dictionary, most important first.
      regions: limits of the diagnosis.
      database: name of the known motifs, for the text.
      downloads: files to keep in the page, such as the dictionary in MEME format.
      provenance: one line at the foot: versions, command, date.
      extra: further sections, behind the neurons.
      others: the sequences that other methods read; "" where there are none.
      about: a section that explains the page, at its head; None for none.
      halves: whether leaves come from the maps below, see `Decoded.halves`.

    Raises:
      ValueError: if a channel occurs twice.
    """

    title: str
    neurons: Sequence[NeuronRow]
    subtitle: str = ""
    summary: Sequence[tuple[str, str]] = ()
    notes: Sequence[Note] = ()
    words: Sequence[WordRow] = ()
    regions: Regions = Regions()
    database: str = ""
    downloads: Sequence[Download] = ()
    provenance: str = ""
    extra: Sequence[Section] = ()
    others: str = ""
    about: Section | None = None
    halves: bool = False

    def __post_init__(self):
        seen = set()
        for neuron in self.neurons:
            if neuron.channel in seen:
                raise ValueError(f"a layer has one row a neuron, but channel {neuron.channel} occurs twice")
            seen.add(neuron.channel)
