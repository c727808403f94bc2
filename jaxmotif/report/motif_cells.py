"""Rows of the motif table and how each of their cells is drawn."""

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.logo import logo_svg
from jaxmotif.motifs.motif import Motif, consensus
from jaxmotif.report.charts import histogram_svg

CONVINCING = 0.05  # E-value up to which a database match is shown as one, not as a faint resemblance


@dataclass(frozen=True)
class MotifRow:
    """What is known of one motif; None leaves a cell empty, and a column nobody fills is not shown.

    Attributes:
      support: how many of the `seeds` networks of the table learned it.
      found_by: which ways of training found it, where there were several.
      sites: number of sites found in the sequences.
      prevalence: shares (0..1) of positive and of negative sequences with a site.
      importance: what the held-out prediction loses without the motif, in the unit the table names.
      hits: best first. None where there was no search, () where nothing was found.
      positions: counts of sites in equal bins along the sequence.
      note: a caveat, shown beside the name.
    """

    motif: Motif
    support: int | None = None
    found_by: str | None = None
    sites: int | None = None
    prevalence: tuple[float, float] | None = None
    importance: float | None = None
    hits: Sequence[Hit] | None = None
    positions: Sequence[float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the motif table.

    Attributes:
      css: class of its cells; head: its heading, "" for the name that the table gives it.
      sort: "number", "text", or "" for a column that cannot be sorted.
      cell: (index, row, table, largest importance) -> markup of the cell.
      is_used: rows -> whether any of them has something to show.
    """

    css: str
    head: str
    sort: str
    cell: Callable
    is_used: Callable = lambda rows: True


def _rank(i, row, table, largest):
    return f'<td class="rank" data-v="{i + 1}">{i + 1}</td>'


def _name(i, row, table, largest):
    motif = row.motif
    alt = f'<span class="alt">{html.escape(motif.alt_name)}</span>' if motif.alt_name else ""
    note = f'<span class="note">{html.escape(row.note)}</span>' if row.note else ""
    return (
        f'<th scope="row" class="name" data-v="{html.escape(motif.name)}">'
        f"<span>{html.escape(motif.name)}</span>{alt}<code>{consensus(motif.ppm)}</code>{note}"
        f'<button type="button" class="more" aria-expanded="false" aria-controls="{_id(i, table)}">'
        "Details</button></th>"
    )


def _logos(i, row, table, largest):
    lines = []
    for sign, strand, motif in (
        ("+", "forward", row.motif),
        ("\u2212", "reverse complement", row.motif.reverse_complement()),
    ):
        title = f"{motif.name}, {strand}: {consensus(motif.ppm)}"
        lines.append(f"<div><span>{sign}</span>{logo_svg(motif.ppm, title=title)}</div>")
    return f'<td class="logos">{"".join(lines)}</td>'


def _seeds(i, row, table, largest):
    if row.support is None:
        return "<td></td>"
    dots = ""
    if table.seeds <= 10:
        marks = "<b></b>" * row.support + "<i></i>" * (table.seeds - row.support)
        dots = f'<span class="dots" aria-hidden="true">{marks}</span>'
    return f'<td class="seeds" data-v="{row.support}">{row.support} of {table.seeds}{dots}</td>'


def _found_by(i, row, table, largest):
    return f'<td class="foundby">{html.escape(row.found_by or "")}</td>'


def _sites(i, row, table, largest):
    if row.sites is None:
        return "<td></td>"
    share = ""
    if row.prevalence is not None:
        positive, negative = row.prevalence
        share = (
            f'<span class="share">{positive:.0%} of positives</span>'
            f'<span class="share">{negative:.0%} of negatives</span>'
        )
    return f'<td class="sites" data-v="{row.sites}">{row.sites:,}{share}</td>'


def _importance(i, row, table, largest):
    if row.importance is None or not math.isfinite(row.importance):
        return "<td></td>"
    share = max(0.0, row.importance / largest) if largest > 0 else 0.0
    return (
        f'<td class="importance" data-v="{row.importance:.6g}">{_signed(row.importance)}'
        f'<span class="bar" style="--v:{share:.1%}"></span></td>'
    )


def _hits(i, row, table, largest):
    if row.hits is None:
        return "<td></td>"
    if not row.hits:
        return '<td class="hits"><span class="none">no match</span></td>'
    items = ""
    for hit in row.hits[: table.show_hits]:
        faint = "" if hit.e <= CONVINCING else ' class="faint"'
        items += (
            f"<li{faint}><span>{_link(hit.target)}</span>"
            f"<span>{scientific(hit.e)}</span><span>{scientific(hit.q)}</span></li>"
        )
    return f'<td class="hits" data-v="{row.hits[0].e:.6g}"><ul>{items}</ul></td>'


def _positions(i, row, table, largest):
    if row.positions is None:
        return "<td></td>"
    title = f"Positions of the sites of {row.motif.name}"
    drawn = histogram_svg(row.positions, table.position_limits, title=title)
    return f'<td class="positions">{drawn}</td>'


def _has(field):
    return lambda rows: any(getattr(row, field) is not None for row in rows)


COLUMNS = (
    Column("rank", "#", "number", _rank),
    Column("name", "Motif", "text", _name),
    Column("logos", "Logo, both strands", "", _logos),
    Column("seeds", "Networks", "number", _seeds, _has("support")),
    Column("foundby", "Found by", "text", _found_by, _has("found_by")),
    Column("sites", "Sites", "number", _sites, _has("sites")),
    Column("importance", "", "number", _importance, _has("importance")),
    Column("hits", "Database match", "number", _hits, _has("hits")),
    Column("positions", "Position", "", _positions, _has("positions")),
)


def detail(i: int, row: MotifRow, table, columns: int) -> str:
    """The row that opens below: the alignment with the best match, and the matrix to copy."""
    motif, best = row.motif, ""
    if row.hits:
        hit = row.hits[0]
        best = f"<div><h4>Alignment with {_link(hit.target)}</h4>{_alignment(motif, hit)}</div>"
    lines = "\n".join(
        f"{j + 1:>3}  " + "  ".join(f"{p:.3f}" for p in values) for j, values in enumerate(motif.ppm)
    )
    return (
        f'<tr class="detail" id="{_id(i, table)}"><td colspan="{columns}"><div class="cards">{best}'
        f"<div><h4>Probability matrix, {motif.nsites:,.0f} sites</h4>"
        f'<pre tabindex="0">       A      C      G      T\n{lines}</pre></div></div></td></tr>'
    )


def _alignment(query: Motif, hit: Hit) -> str:
    target = hit.target if hit.strand == "+" else hit.target.reverse_complement()
    query_start, target_start = max(hit.offset, 0), max(-hit.offset, 0)
    columns = max(query_start + len(query.ppm), target_start + len(target.ppm))
    strand = "" if hit.strand == "+" else ", reverse complement"
    figures = []
    for motif, start, name in (
        (target, target_start, f"{hit.target.alt_name or hit.target.name}{strand}"),
        (query, query_start, query.name),
    ):
        title = f"{name}: {consensus(motif.ppm)}"
        drawn = logo_svg(motif.ppm, columns=columns, offset=start, title=title, size=(13, 52))
        figures.append(f"<figure>{drawn}<figcaption>{html.escape(name)}</figcaption></figure>")
    return f'<div class="alignment">{"".join(figures)}</div>'


def _link(motif: Motif) -> str:
    """Name and id of a database motif, as a link if its URL is a web address and nothing else."""
    name = html.escape(motif.alt_name or motif.name)
    if motif.url.lower().startswith(("https://", "http://")):
        url = html.escape(motif.url)
        name = f'<a href="{url}" target="_blank" rel="noopener noreferrer">{name}</a>'
    return name + (f" <small>{html.escape(motif.name)}</small>" if motif.alt_name else "")


def _signed(value: float) -> str:
    text = f"{value:.3g}" if abs(value) < 1e-3 and value else f"{value:.3f}"
    return text.replace("-", "\u2212")


def scientific(value: float) -> str:
    """A p-like value as a person writes it: 0.03, 1.2, 4e-12, 0."""
    if value == 0 or 0.001 <= value < 100:
        return f"{value:.2g}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def _id(i: int, table) -> str:
    return html.escape(f"{table.anchor}-{i + 1}")
