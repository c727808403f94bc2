"""The table of discovered motifs: one row a motif, with logos, evidence and database matches."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from jaxmotif.motifs.motif import Motif, consensus
from jaxmotif.report.charts import histogram_svg
from jaxmotif.report.logo import logo_svg

CONVINCING = (
    0.05  # E-value up to which a database match is shown as one, not as a faint resemblance
)


@dataclass(frozen=True)
class Hit:
    """A database motif that resembles a discovered one.

    Attributes:
      target: the database motif; its url becomes a link if it is http(s).
      e, q: Tomtom's E-value (p x number of targets) and q-value.
      offset: the target's column, in the matched orientation, that stands under the query's first
        column; negative if the query begins first. It is the Optimal_offset of tomtom.tsv.
      strand: "-" if the target's reverse complement matched.
    """

    target: Motif
    e: float
    q: float
    offset: int = 0
    strand: str = "+"


@dataclass(frozen=True)
class MotifRow:
    """What is known of one motif; None leaves a cell empty, and a column nobody fills is not shown.

    Attributes:
      support: how many of the `seeds` networks of the table learned it.
      sites: number of sites found in the sequences.
      prevalence: shares (0..1) of positive and of negative sequences with a site.
      importance: what the held-out prediction loses without the motif, in the unit the table names.
      hits: best first. None where there was no search, () where nothing was found.
      positions: counts of sites in equal bins along the sequence.
      note: a caveat, shown beside the name.
    """

    motif: Motif
    support: int | None = None
    sites: int | None = None
    prevalence: tuple[float, float] | None = None
    importance: float | None = None
    hits: Sequence[Hit] | None = None
    positions: Sequence[float] | None = None
    note: str = ""


@dataclass(frozen=True)
class MotifTable:
    """A section with a sortable table of motifs, in rank order.

    Attributes:
      seeds: number of networks that were trained.
      position_limits: first and last position of the histograms, in nt.
      importance_label: head of that column; importance_help says what was measured.
      database: name of what was searched, for the text.
      show_hits: how many matches of each motif to list.
    """

    title: str
    rows: Sequence[MotifRow]
    seeds: int = 1
    position_limits: tuple[float, float] = (0, 1)
    importance_label: str = "Importance"
    importance_help: str = (
        "How much worse held-out sequences are predicted when the motif's filters are switched off "
        "(rise of the mean log-loss). The motifs are ranked by it."
    )
    database: str = ""
    show_hits: int = 4

    def html(self) -> str:
        """The section's body. Raises ValueError where a row has more support than there are seeds."""
        if not self.rows:
            return '<p class="empty">No motif was found.</p>'
        for row in self.rows:
            if row.support is not None and not 0 <= row.support <= self.seeds:
                raise ValueError(f"{row.motif.name}: support {row.support} of {self.seeds} seeds")
        columns = [column for column in _COLUMNS if column.is_used(self.rows)]
        head = "".join(
            f'<th scope="col" class="{c.css}"'
            + (
                f' data-sort="{c.sort}" aria-sort="{"ascending" if c.css == "rank" else "none"}"'
                if c.sort
                else ""
            )
            + f">{_head(c, self)}</th>"
            for c in columns
        )
        largest = max((row.importance or 0 for row in self.rows), default=0)
        body = "".join(
            f"<tbody><tr>{''.join(c.cell(i, row, self, largest) for c in columns)}</tr>"
            f"{_detail(i, row, len(columns))}</tbody>"
            for i, row in enumerate(self.rows)
        )
        count = f"{len(self.rows)} motif{'s' if len(self.rows) > 1 else ''}"
        return (
            f'{self._help(columns)}<div class="tools" hidden><label>Filter '
            '<input type="search" placeholder="name, consensus, match" class="filter"></label>'
            f'<button type="button" class="expand">Show all details</button>'
            f'<span class="count" role="status">{count}</span></div>'
            f'<div class="scroll"><table class="motifs sortable"><thead><tr>{head}</tr></thead>'
            f"{body}</table></div>"
        )

    def _help(self, columns) -> str:
        where = f" in {self.database}" if self.database else " in the database"
        texts = {
            "logos": "A letter's height is its share of the column's information content, 2 bits at most. "
            "The upper logo (+) is the motif, the lower one (\u2212) its reverse complement: both "
            "describe the same double-stranded site.",
            "seeds": f"In how many of the {self.seeds} networks, trained alike from different random "
            "starts, the motif was found. A motif that only one of them has may be an accident.",
            "sites": "How many sites the motif has in the sequences, and in which share of the positive "
            "and the negative sequences there is one.",
            "importance": self.importance_help,
            "hits": f"The most similar motifs{where}, by Tomtom's comparison. E is the number of equally "
            "good matches expected by chance in the whole database, q the false discovery rate. "
            f"Matches with E above {CONVINCING:g} are faint: take them as a resemblance. Factors of "
            "one family often share a motif, so that the match names the family rather than the protein.",
            "positions": "Where along the sequence the sites lie. Sequences centred on peaks "
            "should give true motifs a hump in the middle.",
        }
        items = "".join(
            f"<dt>{_head_text(c, self)}</dt><dd>{html.escape(texts[c.css])}</dd>"
            for c in columns
            if c.css in texts
        )
        return f'<details class="help"><summary>How to read this table</summary><dl>{items}</dl></details>'


@dataclass(frozen=True)
class _Column:
    css: str
    head: str
    sort: str  # "number", "text", or "" for a column that cannot be sorted
    cell: object
    is_used: object = lambda rows: True


def _rank(i, row, table, largest):
    return f'<td class="rank" data-v="{i + 1}">{i + 1}</td>'


def _name(i, row, table, largest):
    motif = row.motif
    alt = f'<span class="alt">{html.escape(motif.alt_name)}</span>' if motif.alt_name else ""
    note = f'<span class="note">{html.escape(row.note)}</span>' if row.note else ""
    return (
        f'<th scope="row" class="name" data-v="{html.escape(motif.name)}">'
        f"<span>{html.escape(motif.name)}</span>{alt}<code>{consensus(motif.ppm)}</code>{note}"
        f'<button type="button" class="more" aria-expanded="false" aria-controls="motif-{i + 1}">'
        "Details</button></th>"
    )


def _logos(i, row, table, largest):
    motif, other = row.motif, row.motif.reverse_complement()
    return (
        '<td class="logos">'
        f"<div><span>+</span>{logo_svg(motif.ppm, title=f'{motif.name}, forward: {consensus(motif.ppm)}')}</div>"
        "<div><span>\u2212</span>"
        f"{logo_svg(other.ppm, title=f'{motif.name}, reverse complement: {consensus(other.ppm)}')}</div></td>"
    )


def _seeds(i, row, table, largest):
    if row.support is None:
        return "<td></td>"
    dots = ""
    if table.seeds <= 10:
        dots = f'<span class="dots" aria-hidden="true">{"<b></b>" * row.support}{"<i></i>" * (table.seeds - row.support)}</span>'
    return f'<td class="seeds" data-v="{row.support}">{row.support} of {table.seeds}{dots}</td>'


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
    items = "".join(
        f"<li{'' if hit.e <= CONVINCING else faint}><span>{_link(hit.target)}</span>"
        f"<span>{scientific(hit.e)}</span><span>{scientific(hit.q)}</span></li>"
        for faint in [' class="faint"']
        for hit in row.hits[: table.show_hits]
    )
    return f'<td class="hits" data-v="{row.hits[0].e:.6g}"><ul>{items}</ul></td>'


def _positions(i, row, table, largest):
    if row.positions is None:
        return "<td></td>"
    title = f"Positions of the sites of {row.motif.name}"
    return f'<td class="positions">{histogram_svg(row.positions, table.position_limits, title=title)}</td>'


def _has(field):
    return lambda rows: any(getattr(row, field) is not None for row in rows)


_COLUMNS = (
    _Column("rank", "#", "number", _rank),
    _Column("name", "Motif", "text", _name),
    _Column("logos", "Logo, both strands", "", _logos),
    _Column("seeds", "Networks", "number", _seeds, _has("support")),
    _Column("sites", "Sites", "number", _sites, _has("sites")),
    _Column("importance", "", "number", _importance, _has("importance")),
    _Column("hits", "Database match", "number", _hits, _has("hits")),
    _Column("positions", "Position", "", _positions, _has("positions")),
)


def _head_text(column: _Column, table: MotifTable) -> str:
    return html.escape(column.head or table.importance_label)


def _head(column: _Column, table: MotifTable) -> str:
    text = _head_text(column, table)
    if not column.sort:
        return text
    button = f'<button type="button">{text}</button>'
    return f"<div>{button}<i>E</i><i>q</i></div>" if column.css == "hits" else button


def _detail(i: int, row: MotifRow, columns: int) -> str:
    """The row that opens below: the alignment with the best match, and the matrix to copy."""
    motif = row.motif
    best = (
        ""
        if not row.hits
        else f"<div><h4>Alignment with {_link(row.hits[0].target)}</h4>{_alignment(motif, row.hits[0])}</div>"
    )
    lines = "\n".join(
        f"{j + 1:>3}  " + "  ".join(f"{p:.3f}" for p in values)
        for j, values in enumerate(motif.ppm)
    )
    return (
        f'<tr class="detail" id="motif-{i + 1}"><td colspan="{columns}"><div class="cards">{best}'
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
        figures.append(
            f"<figure>{drawn}<figcaption>{html.escape(name)}</figcaption></figure>"
        )
    return f'<div class="alignment">{"".join(figures)}</div>'


def _link(motif: Motif) -> str:
    """Name and id of a database motif, as a link where its URL is a web address and nothing else."""
    name = html.escape(motif.alt_name or motif.name)
    if motif.url.lower().startswith(("https://", "http://")):
        name = f'<a href="{html.escape(motif.url)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    return name + (f" <small>{html.escape(motif.name)}</small>" if motif.alt_name else "")


def _signed(value: float) -> str:
    text = f"{value:.3g}" if abs(value) < 1e-3 and value else f"{value:.3f}"
    return text.replace("-", "\u2212")


def scientific(value: float) -> str:
    """A p-like value as a person writes it: 0.03, 1.2, 4e-12, 0."""
    if value == 0 or 0.001 <= value < 100:
        return f"{value:.2g}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
