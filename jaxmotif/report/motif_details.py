"""What a motif's row shows when it is opened, beyond matrix and matches: where, with what, what for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.motifs.centring import Centring, Spread
from jaxmotif.motifs.evidence import Effect
from jaxmotif.report import templates
from jaxmotif.report.charts import histogram_svg
from jaxmotif.report.pair_table import Told
from jaxmotif.report.position_chart import position_svg


class Places(NamedTuple):
    """Where a motif's best sites lie.

    Attributes:
      spread: by start.
      width: of the motif, in nt.
      length: of the sequences, in nt.
      centring: whether they lie in the middle.
    """

    spread: Spread
    width: int
    length: int
    centring: Centring | None


class Example(NamedTuple):
    """A site in its surroundings, read so that the motif is forwards.

    Attributes:
      place: "chr1:100-110" in the genome, or the sequence's name and positions.
      strand: of it, "+" or "-".
      middle: of the site, in nt from the middle of the sequence.
      score: log-odds, bits.
      left, site, right: letters.
      line: where a file lists it, such as "sites.bed, line 12"; "" for nowhere.
    """

    place: str
    strand: str
    middle: float
    score: float
    left: str
    site: str
    right: str
    line: str = ""


class Loss(NamedTuple):
    """What networks lose without a motif's filters.

    Attributes:
      what: is measured, with its unit.
      mean: over networks.
      interval: low and high end over networks, None with one network.
      values: of each network.
    """

    what: str
    mean: float
    interval: tuple[float, float] | None
    values: Sequence[float]


class InClass(NamedTuple):
    """A motif in the peaks of one class.

    Attributes:
      name: of the class.
      inside, of: peaks with the motif, and all.
      outside, others: the same of other peaks.
      log2: of the ratio of both shares.
      q: false discovery rate.
      positions: how densely sites lie in equal bins along the class's peaks, None without any.
      centring: of its sites there.
    """

    name: str
    inside: int
    of: int
    outside: int
    others: int
    log2: float
    q: float
    positions: Sequence[float] | None
    centring: Centring | None


@dataclass(frozen=True)
class MotifDetails:
    """Cards of one motif; what is empty or None has no card.

    Attributes:
      places: where its best sites lie.
      examples: strongest sites, strongest first.
      losses: without its filters.
      effect: what the score loses without its sites.
      partners: pairs that it is in.
      more: how many other pairs it is in.
      classes: the classes that tell most first.
    """

    places: Places | None = None
    examples: Sequence[Example] = ()
    losses: Sequence[Loss] = ()
    effect: Effect | None = None
    partners: Sequence[Told] = ()
    more: int = 0
    classes: Sequence[InClass] = ()

    def html(self, name: str) -> Markup:
        """Returns the cards of the motif of this name."""
        places, half = self.places, 0.0
        chart = Markup()
        if places is not None:
            title = f"Best sites of {name} by position"
            chart, half = position_svg(*places, title=title), places.length / 2
        drawn = [
            Markup()
            if one.positions is None
            else histogram_svg(one.positions, (-half, half), title=f"Positions in {one.name}")
            for one in self.classes
        ]
        return templates.macro("motif_details.html", "cards")(self, chart, drawn)
