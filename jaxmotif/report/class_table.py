"""The section of a report that shows which motif lies in the peaks of which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.report import templates

# Percent of colour for a ratio of 2, and the most.
_SHADE, _MOST = 25, 75
_SHADES = (25, 50, 75)


class Cell(NamedTuple):
    """A motif in a class.

    Attributes:
      log2: ratio of the shares of peaks with the motif, in the class and elsewhere.
      told: whether the ratio is significant.
      title: the numbers in words.
    """

    log2: float
    told: bool
    title: str


@dataclass(frozen=True)
class ClassTable:
    """A heat map of motifs by classes.

    Attributes:
      title: of the section.
      classes: names of the columns.
      motifs: names of the rows.
      cells: a row for each motif.
      foot: numbers under the columns: (what, one text for each class).
      level: q-value up to which a cell is marked.
      lead: what the cells say.
      ends: what the darkest shades stand for.
    """

    title: str
    classes: Sequence[str]
    motifs: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    foot: Sequence[tuple[str, Sequence[str]]] = ()
    level: float = 0.05
    lead: str = (
        "In which class's peaks a motif lies more often than in the peaks of the others: log2 of the "
        "ratio of both shares. A dot marks q up to 0.05 (Fisher's exact test, two-sided; false discovery "
        "rate over all motifs and classes). A peak of several classes counts in each."
    )
    ends: tuple[str, str] = ("8 times less", "8 times more")

    def html(self) -> Markup:
        """Returns the section's body."""
        rows = [
            (name, [(self._css(cell), self._depth(cell), templates.minus(f"{cell.log2:.1f}"), cell.title)
                    for cell in row])
            for name, row in zip(self.motifs, self.cells, strict=True)
        ]  # fmt: skip
        shades = [
            *(("under", depth) for depth in _SHADES[::-1]),
            ("none", 0),
            *(("over", d) for d in _SHADES),
        ]
        return templates.render("classes.html", table=self, rows=rows, shades=shades)

    def _css(self, cell: Cell) -> str:
        return ("over" if cell.log2 > 0 else "under") + (" told" if cell.told else "")

    def _depth(self, cell: Cell) -> str:
        return f"{min(abs(cell.log2) * _SHADE, _MOST):.0f}%"
