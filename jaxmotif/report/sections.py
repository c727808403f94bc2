"""The plain sections of a report: text, charts, result tables, panels of logos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.motifs.motif import Motif, is_informative
from jaxmotif.report import table, templates
from jaxmotif.report.charts import Chart, chart_html


@dataclass(frozen=True)
class Text:
    """A section of plain paragraphs.

    Attributes:
      title: of the section.
      paragraphs: their text.
      terms: (word, what it means), which open below them.
      summary: what stands where they open.
    """

    title: str
    paragraphs: Sequence[str]
    terms: Sequence[tuple[str, str]] = ()
    summary: str = "How to read this page"

    def html(self) -> Markup:
        """Returns the section's body."""
        return _macro("text")(self.paragraphs, self.terms, self.summary)


@dataclass(frozen=True)
class Charts:
    """A section of charts side by side.

    Attributes:
      title: of the section.
      charts: from left to right.
      text: what is to be said before them.
    """

    title: str
    charts: Sequence[Chart]
    text: str = ""

    def html(self) -> Markup:
        """Returns the section's body.

        Raises:
          ValueError: see `charts.chart_html`.
        """
        return _macro("charts")(list(map(chart_html, self.charts)), self.text)


class _Cell(NamedTuple):
    """A cell of a result table: its text, the value to sort by, and the lengths of bar and tick (shares)."""

    kind: str
    text: str
    sort: str | None
    bar: float | None = None
    tick: float | None = None


@dataclass(frozen=True)
class ResultTable:
    """A sortable table of measurements (see report.table): a bar for ours, a tick for the paper's.

    Attributes:
      title: of the section.
      rows: see report.table.
      text: what is to be said before the table.
      bars: keys whose values lie in 0..1 and get a bar; None takes every measured column that does.
    """

    title: str
    rows: Sequence[Mapping]
    text: str = ""
    bars: Sequence[str] | None = None

    def html(self) -> Markup:
        """Returns the section's body."""
        if not self.rows:
            return _macro("results")([], [], self.text)
        header, lines = table.cells(self.rows)
        columns = self._columns()
        cells = [
            [self._cell(row, text, *column) for text, column in zip(line, columns, strict=True)]
            for row, line in zip(self.rows, lines, strict=True)
        ]
        heads = [(name, kind) for name, (_, kind) in zip(header, columns, strict=True)]
        return _macro("results")(heads, cells, self.text)

    def _columns(self) -> list[tuple[str, str]]:
        """Returns (key, kind) of each column of table.cells; kind is text, number, ours or paper."""
        columns = []
        for key in table.columns(self.rows):
            values = [row.get(key) for row in self.rows]
            if not table.is_measured(self.rows, key):
                is_text = any(isinstance(value, str) for value in values)
                columns.append((key, "text" if is_text else "number"))
                continue
            columns.append((key, "ours"))
            if any(isinstance(v, Mapping) and table.number(v.get("published")) is not None for v in values):
                columns.append((key, "paper"))
        return columns

    def _cell(self, row: Mapping, text: str, key: str, kind: str) -> _Cell:
        value, bar, tick = row.get(key), None, None
        if kind in ("ours", "paper"):
            value = value if isinstance(value, Mapping) else {"mean": value}
            mean, published = table.number(value.get("mean")), table.number(value.get("published"))
            if kind == "ours" and mean is not None and self._has_bar(key):
                bar, tick = mean, published
            value = mean if kind == "ours" else published
        shown = "" if value is None else value if kind == "text" else table.number(value)
        return _Cell(kind, text, None if shown in ("", None) else str(shown), bar, tick)

    def _has_bar(self, key: str) -> bool:
        if self.bars is not None:
            return key in self.bars
        means = [row[key].get("mean") for row in self.rows if isinstance(row.get(key), Mapping)]
        return all(0 <= mean <= 1 for mean in map(table.number, means) if mean is not None)


@dataclass(frozen=True)
class LogoPanel:
    """Logos of a network's filters, a block each, as in Koo & Eddy 2019, Figures 2 to 4.

    Attributes:
      title: of the section.
      columns: {network: [(motif or None for a filter that never fires, label of its match or "")]}.
      text: what is to be said before the logos.
    """

    title: str
    columns: Mapping[str, Sequence[tuple[Motif | None, str]]]
    text: str = ""

    def html(self) -> Markup:
        """Returns the section's body."""
        blocks = []
        for name, logos in self.columns.items():
            shown = [(motif, label, _without_match(motif)) for motif, label in logos]
            blocks.append((name, sum(bool(label) for _, label in logos), shown))
        return _macro("panel")(blocks, self.text)


def _without_match(motif: Motif | None) -> str:
    """What is said of a filter without a match; one without a column above half a bit is not compared."""
    return "no match" if motif is not None and is_informative(motif) else "uninformative"


def _macro(name: str):
    return templates.macro("sections.html", name)
