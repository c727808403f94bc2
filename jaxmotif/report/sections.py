"""The plain sections of a report: text, charts, result tables, panels of logos."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jaxmotif.motifs.logo import logo_svg
from jaxmotif.motifs.motif import Motif, consensus
from jaxmotif.report import table
from jaxmotif.report.charts import Chart, chart_html


@dataclass(frozen=True)
class Text:
    """A section of plain paragraphs."""

    title: str
    paragraphs: Sequence[str]

    def html(self) -> str:
        return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in self.paragraphs)


@dataclass(frozen=True)
class Charts:
    """A section of charts side by side."""

    title: str
    charts: Sequence[Chart]
    text: str = ""

    def html(self) -> str:
        return _lead(self.text) + f'<div class="charts">{"".join(map(chart_html, self.charts))}</div>'


@dataclass(frozen=True)
class ResultTable:
    """A sortable table of measurements (see report.table): a bar for ours, a tick for the paper's.

    Attributes:
      bars: keys whose values lie in 0..1 and get a bar; None takes every measured column that does.
    """

    title: str
    rows: Sequence[Mapping]
    text: str = ""
    bars: Sequence[str] | None = None

    def html(self) -> str:
        if not self.rows:
            return _lead(self.text) + '<p class="empty">No rows yet.</p>'
        header, lines = table.cells(self.rows)
        columns = self._columns()
        head = "".join(
            f'<th scope="col" class="{kind}" aria-sort="none" '
            f'data-sort="{"text" if kind == "text" else "number"}">'
            f'<button type="button">{html.escape(name)}</button></th>'
            for name, (_, kind) in zip(header, columns, strict=True)
        )
        body = "".join(
            "<tbody><tr>"
            + "".join(
                self._cell(row, text, key, kind, first=i == 0)
                for i, (text, (key, kind)) in enumerate(zip(line, columns, strict=True))
            )
            + "</tr></tbody>"
            for row, line in zip(self.rows, lines, strict=True)
        )
        return (
            _lead(self.text) + '<div class="scroll"><table class="results sortable">'
            f"<thead><tr>{head}</tr></thead>{body}</table></div>"
        )

    def _columns(self) -> list[tuple[str, str]]:
        """(key, kind) of each column of table.cells; kind is text, number, ours or paper."""
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

    def _cell(self, row, text, key, kind, first) -> str:
        value, meter = row.get(key), ""
        if kind in ("ours", "paper"):
            value = value if isinstance(value, Mapping) else {"mean": value}
            mean, published = table.number(value.get("mean")), table.number(value.get("published"))
            if kind == "ours" and mean is not None and self._has_bar(key):
                tick = "" if published is None else f'<i style="--v:{published:.1%}"></i>'
                meter = f'<span class="meter" aria-hidden="true"><b style="--v:{mean:.1%}"></b>{tick}</span>'
            value = mean if kind == "ours" else published
        shown = "" if value is None else value if kind == "text" else table.number(value)
        sort = "" if shown in ("", None) else f' data-v="{html.escape(str(shown))}"'
        tag = 'th scope="row"' if first else "td"
        return f'<{tag} class="{kind}"{sort}>{html.escape(text)}{meter}</{tag.split()[0]}>'

    def _has_bar(self, key: str) -> bool:
        if self.bars is not None:
            return key in self.bars
        means = [row[key].get("mean") for row in self.rows if isinstance(row.get(key), Mapping)]
        return all(0 <= mean <= 1 for mean in map(table.number, means) if mean is not None)


@dataclass(frozen=True)
class LogoPanel:
    """Logos of a network's filters, a block each, as in Koo & Eddy 2019, Figures 2 to 4.

    Attributes:
      columns: {network: [(motif or None for a filter that never fires, label of its match or "")]}.
    """

    title: str
    columns: Mapping[str, Sequence[tuple[Motif | None, str]]]
    text: str = ""

    def html(self) -> str:
        return _lead(self.text) + "".join(
            f"<h3>{html.escape(name)} "
            f"<small>{sum(bool(label) for _, label in logos)} of {len(logos)} "
            f'matched</small></h3><ol class="panel">{"".join(map(_panel_logo, logos))}</ol>'
            for name, logos in self.columns.items()
        )


def _panel_logo(entry: tuple[Motif | None, str]) -> str:
    motif, label = entry
    if motif is None:
        return '<li class="silent"><span>no activation</span></li>'
    title = f"{motif.name}: {consensus(motif.ppm)}"
    state = "matched" if label else "unmatched"
    return (
        f'<li class="{state}">{logo_svg(motif.ppm, title=title, size=(8, 40))}'
        f"<span>{html.escape(label or 'no match')}</span></li>"
    )


def _lead(text: str) -> str:
    return f'<p class="lead">{html.escape(text)}</p>' if text else ""
