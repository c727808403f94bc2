"""The table of discovered motifs: one row a motif, with logos, evidence and database matches."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif import __version__
from jaxmotif.motifs import naming
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import page, templates
from jaxmotif.report.motif_cells import Hit, MotifRow, motif_item, motif_texts

__all__ = ["Hit", "MotifRow", "MotifTable", "motifs_page"]


class _Column(NamedTuple):
    """A column of the table.

    Attributes:
      css: class of its cells, and the name of the macro that writes them.
      head: its heading; "" for the one that the table has for the importance.
      sort: "number", "text", or "" for a column that cannot be sorted.
      field: the field of a row that it shows; a column that no row has is left out. "" for one always there.
    """

    css: str
    head: str
    sort: str
    field: str = ""


_COLUMNS = (
    _Column("rank", "#", "number"),
    _Column("name", "Motif", "text"),
    _Column("logos", "Logo, both strands", ""),
    _Column("heldout", "Held out: E", "number", "held_out"),
    _Column("seeds", "Networks", "number", "support"),
    _Column("sites", "Sites", "number", "sites"),
    _Column("importance", "", "number", "importance"),
    _Column("effect", "Effect", "number", "effect"),
    _Column("hits", "Database match", "number", "hits"),
    _Column("positions", "Position", "", "positions"),
)


@dataclass(frozen=True)
class MotifTable:
    """A section with a sortable table of motifs, in rank order.

    Attributes:
      title: of the section.
      rows: in rank order.
      seeds: number of networks that were trained.
      position_limits: first and last position of the histograms, in nt.
      importance_label: head of that column.
      importance_help: what was measured.
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
        "(rise of the mean log-loss)."
    )
    database: str = ""
    show_hits: int = 4
    anchor: str = "motif"

    def html(self) -> Markup:
        """Returns the section's body.

        Raises:
          ValueError: where a row has more support than there are seeds, or a share outside 0..1.
        """
        for row in self.rows:
            if row.support is not None and not 0 <= row.support <= self.seeds:
                raise ValueError(f"{row.motif.name}: support {row.support} of {self.seeds} seeds")
            if row.prevalence is not None and not all(0 <= share <= 1 for share in row.prevalence):
                raise ValueError(f"{row.motif.name}: prevalence {row.prevalence} is not in 0..1")
        used = [c for c in _COLUMNS if not c.field or any(getattr(r, c.field) is not None for r in self.rows)]
        columns = [c._replace(head=c.head or self.importance_label) for c in used]
        if any(row.centring for row in self.rows):
            columns = [c._replace(sort="number") if c.css == "positions" else c for c in columns]
        if not self._both_strands:
            columns = [c._replace(head="Logo") if c.css == "logos" else c for c in columns]
        largest = max((row.importance or 0 for row in self.rows), default=0)
        return templates.render(
            "motif_table.html",
            table=self,
            columns=columns,
            items=[motif_item(i, row, self, largest) for i, row in enumerate(self.rows)],
            help=self._help(columns),
            texts=motif_texts(self.anchor, self.rows),
        )

    @property
    def _both_strands(self) -> bool:
        return any(row.motif.has_complement for row in self.rows) or not self.rows

    def _help(self, columns: Sequence[_Column]) -> list[tuple[str, str]]:
        where = f" in {self.database}" if self.database else " in the database"
        texts = {
            "logos": "A letter's height is its share of the column's information content, at most 2 bits."
            + (
                " The upper logo (+) is the motif, the lower (\u2212) its reverse complement: both describe "
                "the same double-stranded site."
                if self._both_strands
                else " RNA is read on one strand."
            ),
            "seeds": f"In how many of the {self.seeds} networks, trained alike from different random "
            "starts, a filter is like the motif. One that a single network has may be an "
            "accident. Below it, the ways of reading that have the motif: filters; seqlets, "
            "words that are over-represented among the letters that the networks attend to; "
            "words that are so in the sequences, whatever networks learned. Where networks were "
            "trained with labels (supervised) and without (infomax), also which of them have "
            "it: what both found is what the sequences hold and the labels need.",
            "sites": "How many sites the motif has in the sequences, and in which share of the "
            "positive and the negative sequences there is one.",
            "heldout": "In how many held-out sequences of either class the motif lies, where the motifs "
            "above it are hidden: Fisher's exact test, one-sided, at a score chosen on the training "
            "sequences. E is its p times the number of motifs that were tested, q the false discovery rate.",
            "importance": self.importance_help,
            "effect": "What the networks' mean logit loses where the site of a held-out positive has random "
            "letters in its place, less what it loses by random letters elsewhere; mean and standard error "
            "over the sequences. Near 0, the networks do not use the motif, whatever sequences say.",
            "hits": f"The most similar motifs{where}, by Tomtom's comparison, as far as they may give the "
            "motif a name. E is the number of equally good matches expected by chance in the whole database, "
            f"q the false discovery rate. A name needs E up to {naming.MOST_E:g} and "
            f"{naming.FEWEST_BITS:g} bits in which both motifs agree, half of the motif's own or more; "
            "otherwise there is no match. What else Tomtom lists stands in the details, faint: take it as a "
            "resemblance. Factors of one family share motifs, so a match names the family rather than the "
            "protein.",
            "positions": "How densely the sites lie along the sequence. Sequences centred on peaks "
            "should give true motifs a hump in the middle."
            + (
                " p is CentriMo's: each sequence's best site has its middle in the central window as often, "
                "or more, by chance alone; the window is the best of all widths, and p is corrected for them."
                if any(row.centring for row in self.rows)
                else ""
            ),
        }
        return [(column.head, texts[column.css]) for column in columns if column.css in texts]


def motifs_page(
    motifs: Sequence[Motif | MotifRow],
    path: str | os.PathLike,
    *,
    title: str = "Motifs",
    hits: Sequence[Sequence[Hit]] | None = None,
    database: str = "",
) -> None:
    """Writes a self-contained page of motifs: logos of both strands, matrices and what is known of them.

    Args:
      motifs: a set of motifs, whose evidence and matches are shown where it has them, or a list of motifs in
        the order of the page; a MotifRow where more is known of one than its matrix.
      path: the .html file to write, at once or not at all.
      title: of the page.
      hits: matches of each motif, best first, () where nothing was found; `naming.named` says which give it
        a name. Default: those of the motifs.
      database: name of what was searched, for the text. Default: that of the set.

    Raises:
      ValueError: if there are not as many lists of matches as motifs.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> jm.write_report([jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20)], "motifs.html")
    """
    rows, table = _rows_of_set(motifs) if hasattr(motifs, "evidence") else _rows_of_list(motifs)
    if hits is not None:
        if len(hits) != len(rows):
            raise ValueError(f"matches of {len(hits)} motifs for {len(rows)} motifs")
        rows = [
            replace(row, hits=found, named=naming.named(row.motif, found))
            for row, found in zip(rows, hits, strict=True)
        ]
    table = replace(table, rows=rows, database=database or table.database)
    count = f"{len(rows)} motif{'' if len(rows) == 1 else 's'}"
    page.write(
        path, page.Report(title, subtitle=count, sections=[table], provenance=f"jaxmotif {__version__}")
    )


def _rows_of_list(motifs) -> tuple[list[MotifRow], MotifTable]:
    rows = [one if isinstance(one, MotifRow) else MotifRow(one) for one in motifs]
    return rows, MotifTable("Motifs", (), seeds=max((row.support or 1 for row in rows), default=1))


def _rows_of_set(motif_set) -> tuple[list[MotifRow], MotifTable]:
    rows = [
        MotifRow(
            motif,
            support=sum(evidence.support.values()) if evidence.support else None,
            sites=evidence.sites,
            prevalence=evidence.prevalence,
            found_by=", ".join(evidence.readings) or None,
            held_out=None if evidence.e is None or evidence.q is None else evidence.held_out,
            e=evidence.e,
            q=evidence.q,
            importance=evidence.importance,
            effect=evidence.effect,
            hits=None if motif_set.matches is None else motif_set.matches[i],
            named=named,
            positions=evidence.positions,
            centring=evidence.centring,
        )
        for i, (motif, evidence, named) in enumerate(
            zip(motif_set.motifs, motif_set.evidence, motif_set.named, strict=True)
        )
    ]
    half = motif_set.rows.length / 2 if motif_set.rows else 0.5
    seeds = max((evidence.networks or 1 for evidence in motif_set.evidence), default=1)
    seeds = max([seeds, *(row.support or 0 for row in rows)])
    return rows, MotifTable(
        "Motifs", (), seeds=seeds, position_limits=(-half, half), database=motif_set.database
    )
