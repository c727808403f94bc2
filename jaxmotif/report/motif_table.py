"""The table of discovered motifs: one row a motif, with logos, evidence and database matches."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from jaxmotif.report.motif_cells import COLUMNS, CONVINCING, Hit, MotifRow, detail

__all__ = ["Hit", "MotifRow", "MotifTable"]


@dataclass(frozen=True)
class MotifTable:
    """A section with a sortable table of motifs, in rank order.

    Attributes:
      seeds: number of networks that were trained.
      position_limits: first and last position of the histograms, in nt.
      importance_label: head of that column; importance_help says what was measured.
      database: name of what was searched, for the text.
      show_hits: how many matches of each motif to list.
      anchor: prefix of the rows' ids; another one for each motif table of a page.
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
    anchor: str = "motif"

    def html(self) -> str:
        """The section's body.

        Raises:
          ValueError: where a row has more support than there are seeds, or a share outside 0..1.
        """
        if not self.rows:
            return '<p class="empty">No motif was found.</p>'
        for row in self.rows:
            if row.support is not None and not 0 <= row.support <= self.seeds:
                raise ValueError(f"{row.motif.name}: support {row.support} of {self.seeds} seeds")
            if row.prevalence is not None and not all(0 <= share <= 1 for share in row.prevalence):
                raise ValueError(f"{row.motif.name}: prevalence {row.prevalence} is not in 0..1")
        columns = [column for column in COLUMNS if column.is_used(self.rows)]
        head = "".join(f'<th scope="col" class="{c.css}"{_sorting(c)}>{_head(c, self)}</th>' for c in columns)
        largest = max((row.importance or 0 for row in self.rows), default=0)
        body = "".join(
            f"<tbody><tr>{''.join(c.cell(i, row, self, largest) for c in columns)}</tr>"
            f"{detail(i, row, self, len(columns))}</tbody>"
            for i, row in enumerate(self.rows)
        )
        count = f"{len(self.rows)} motif{'s' if len(self.rows) > 1 else ''}"
        return (
            f'{self._help(columns)}<div class="tools" hidden><label>Filter '
            '<input type="search" placeholder="name, consensus, match" class="filter"></label>'
            '<button type="button" class="expand">Show all details</button>'
            f'<span class="count" role="status">{count}</span></div>'
            f'<div class="scroll"><table class="motifs sortable"><thead><tr>{head}</tr></thead>'
            f"{body}</table></div>"
        )

    def _help(self, columns) -> str:
        where = f" in {self.database}" if self.database else " in the database"
        texts = {
            "logos": "A letter's height is its share of the column's information content, at most "
            "2 bits. The upper logo (+) is the motif, the lower (\u2212) its reverse complement: "
            "both describe the same double-stranded site.",
            "seeds": f"In how many of the {self.seeds} networks, trained alike from different "
            "random starts, the motif was found. One that a single network has may be an accident.",
            "foundby": "Which ways of training found it: with labels (supervised), without "
            "(infomax), or both. What both found is what the sequences hold and the labels need.",
            "sites": "How many sites the motif has in the sequences, and in which share of the "
            "positive and the negative sequences there is one.",
            "importance": self.importance_help,
            "hits": f"The most similar motifs{where}, by Tomtom's comparison. E is the number of "
            "equally good matches expected by chance in the whole database, q the false discovery "
            f"rate. Matches with E above {CONVINCING:g} are faint: take them as a resemblance. "
            "Factors of one family often share a motif, so a match names the family rather than "
            "the protein.",
            "positions": "Where along the sequence the sites lie. Sequences centred on peaks "
            "should give true motifs a hump in the middle.",
        }
        items = "".join(
            f"<dt>{_head_text(c, self)}</dt><dd>{html.escape(texts[c.css])}</dd>"
            for c in columns
            if c.css in texts
        )
        return f'<details class="help"><summary>How to read this table</summary><dl>{items}</dl></details>'


def _head_text(column, table: MotifTable) -> str:
    return html.escape(column.head or table.importance_label)


def _head(column, table: MotifTable) -> str:
    text = _head_text(column, table)
    if not column.sort:
        return text
    button = f'<button type="button">{text}</button>'
    return f"<div>{button}<i>E</i><i>q</i></div>" if column.css == "hits" else button


def _sorting(column) -> str:
    if not column.sort:
        return ""
    # The table comes in rank order.
    return f' data-sort="{column.sort}" aria-sort="{"ascending" if column.css == "rank" else "none"}"'
