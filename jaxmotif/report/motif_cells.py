"""Rows of the motif table, and what each of their cells shows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from jaxmotif.motifs import writers
from jaxmotif.motifs.centring import Centring
from jaxmotif.motifs.enrichment import Test
from jaxmotif.motifs.evidence import Effect
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.report.charts import histogram_svg
from jaxmotif.report.motif_details import MotifDetails
from jaxmotif.report.templates import json_block, logo, minus


@dataclass(frozen=True)
class MotifRow:
    """What is known of one motif; None leaves a cell empty, and a column nobody fills is not shown.

    Attributes:
      motif: what was found.
      support: how many of the `seeds` networks of the table learned it.
      found_by: which ways of reading, and of training where there were several, found it.
      sites: number of sites found in the sequences.
      prevalence: shares (0..1) of positive and of negative sequences with a site.
      held_out: how often it lies in held-out sequences of either class (`enrichment.Test`).
      e, q: E-value and q-value of that.
      importance: what the held-out prediction loses without the motif, in the unit the table names.
      effect: what the networks' score loses without its sites (`erasure.effect`).
      hits: best first. None where there was no search, () where nothing was found.
      named: those of the hits that may give the motif its name (`naming.named`), best first.
      positions: how densely sites lie in equal bins along the sequence.
      centring: whether they lie in the middle (`centring.centring`); shown below the positions.
      note: a caveat, shown beside the name.
      details: what is shown when the row is opened, besides matrix and matches.
    """

    motif: Motif
    support: int | None = None
    found_by: str | None = None
    sites: int | None = None
    prevalence: tuple[float, float] | None = None
    held_out: Test | None = None
    e: float | None = None
    q: float | None = None
    importance: float | None = None
    effect: Effect | None = None
    hits: Sequence[Hit] | None = None
    named: Sequence[Hit] = ()
    positions: Sequence[float] | np.ndarray | None = None
    centring: Centring | None = None
    note: str = ""
    details: MotifDetails | None = None


class Item(NamedTuple):
    """A row as the templates show it; a table without a column leaves that column's fields as they are.

    Attributes:
      number: rank, from 1.
      id: of the row that opens below.
      row: a MotifRow, or whatever else has `motif`, `hits`, `named` and `note`.
      strands: (sign, logo) of the motif and, unless it is of RNA, of its reverse complement.
      named: the matches shown in the row, which may name the motif.
      hits: the matches listed below the row, and whether each may name the motif.
      aligned: the first that names it, else the first hit; None without one.
      alignment: (name, logo) of its target and of the motif, column under column.
      matrix: the probabilities as text.
      importance: as text; None without one.
      share: length of the importance's bar, 0..1.
      histogram: drawing of the positions.
      cards: of the row that opens.
    """

    number: int
    id: str
    row: object
    strands: Sequence[tuple[str, Markup]]
    named: Sequence[Hit]
    hits: Sequence[tuple[Hit, bool]]
    aligned: Hit | None
    alignment: Sequence[tuple[str, Markup]]
    matrix: str
    importance: str | None = None
    share: float = 0.0
    histogram: Markup = Markup()
    cards: Markup = Markup()


def item(i: int, row, anchor: str, show_hits: int) -> Item:
    """Returns what every table of motifs shows of a row.

    Args:
      i: place in the table, from 0.
      row: a MotifRow, or whatever else has `motif`, `hits`, `named` and `note`.
      anchor: prefix of the rows' ids.
      show_hits: how many matches to list.
    """
    motif = row.motif
    shown = [("+", "forward", motif)]
    if motif.has_complement:
        shown.append(("\u2212", "reverse complement", motif.reverse_complement()))
    strands = [
        (sign, logo(one.ppm, f"{one.name}, {strand}: {one.consensus}", alphabet=one.alphabet))
        for sign, strand, one in shown
    ]
    hits = [(hit, any(hit is one for one in row.named)) for hit in (row.hits or ())[:show_hits]]
    aligned = next(iter([*row.named, *(row.hits or ())]), None)
    alignment = [] if aligned is None else _alignment(motif, aligned)
    named = row.named[:show_hits]
    return Item(i + 1, f"{anchor}-{i + 1}", row, strands, named, hits, aligned, alignment, _matrix(motif))


def motif_item(i: int, row: MotifRow, table, largest: float) -> Item:
    """Returns what the motif table shows of a row; `largest` is the largest importance in the table."""
    found = item(i, row, table.anchor, table.show_hits)
    if row.importance is not None and math.isfinite(row.importance):
        share = max(0.0, row.importance / largest) if largest > 0 else 0.0
        found = found._replace(importance=_signed(row.importance), share=share)
    if row.positions is not None:
        title = f"Positions of the sites of {row.motif.name}"
        found = found._replace(histogram=histogram_svg(row.positions, table.position_limits, title=title))
    if row.details is not None:
        found = found._replace(cards=row.details.html(row.motif.name))
    return found


def motif_texts(anchor: str, rows: Sequence) -> Markup:
    """Returns a block of JSON with each motif in every format, which the page's script copies and saves.

    Args:
      anchor: prefix of the rows' ids.
      rows: MotifRow, or whatever else has `motif` and `named`; what names a motif is its second name there.
    """
    texts = []
    for row in rows:
        motif = row.motif
        if row.named and not motif.alt_name:
            motif = replace(motif, alt_name=row.named[0].target.alt_name)
        texts.append({"name": motif.name} | {kind: writers.text([motif], kind) for kind in writers.FORMATS})
    return json_block(f"{anchor}-texts", texts)


def _matrix(motif: Motif) -> str:
    lines = [f"{j + 1:>3}  " + "  ".join(f"{p:.3f}" for p in values) for j, values in enumerate(motif.ppm)]
    head = " " + "".join(f"{letter:>7}" for letter in motif.alphabet)
    return "\n".join([head, *lines])


def _alignment(query: Motif, hit: Hit) -> list[tuple[str, Markup]]:
    target = hit.target if hit.strand == "+" else hit.target.reverse_complement()
    query_start, target_start = max(hit.offset, 0), max(-hit.offset, 0)
    columns = max(query_start + len(query.ppm), target_start + len(target.ppm))
    strand = "" if hit.strand == "+" else ", reverse complement"
    figures = []
    for motif, start, name in (
        (target, target_start, f"{hit.target.alt_name or hit.target.name}{strand}"),
        (query, query_start, query.name),
    ):
        title = f"{name}: {motif.consensus}"
        drawing = logo(motif.ppm, title, (13, 52), columns=columns, offset=start, alphabet=motif.alphabet)
        figures.append((name, drawing))
    return figures


def _signed(value: float) -> str:
    return minus(f"{value:.3g}" if abs(value) < 1e-3 and value else f"{value:.3f}")
