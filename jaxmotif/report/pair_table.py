"""The section on pairs of motifs: a table of those that are more than chance, and all of them as a matrix."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.motifs.pairs import Pair
from jaxmotif.motifs.spacing import OWN_FORMS, Arrangement
from jaxmotif.report import templates
from jaxmotif.report.charts import gaps_svg

# Rows of the table at most, and motifs up to which the matrix has its numbers written in it.
MOST, WRITTEN = 20, 12
# Shares of the full colour, in percent, of twice, four and eight times as often.
_SHADES = (28, 56, 84)


@dataclass(frozen=True)
class PairRow:
    """A pair with its q-values; None where there was no test.

    Attributes:
      pair: what is known of it.
      together_q: of lying in the same sequences.
      arranged_q: of its arrangement.
    """

    pair: Pair
    together_q: float | None
    arranged_q: float | None

    @property
    def q(self) -> float:
        """Returns the smaller one, 1 without any."""
        return min((q for q in (self.together_q, self.arranged_q) if q is not None), default=1.0)


class _Way(NamedTuple):
    """One way of a pair to lie: which motif is on the left and on the right, and their arrows."""

    left: str
    right: str


class Told(NamedTuple):
    """A pair as the templates show it.

    Attributes:
      row: what is known of it.
      names: of both motifs.
      direction: "more often", "less often", or "" where that is not told.
      ways: in which they lie; () for any.
      gap, words: of the arrangement, "" for none.
      chart: of all gaps.
      other: name of the second one, seen from one of them.
    """

    row: PairRow
    names: tuple[str, str]
    direction: str
    ways: Sequence[_Way]
    gap: str
    words: str
    chart: Markup
    other: str = ""


class _Cell(NamedTuple):
    """A cell of the matrix: its class, depth of colour, text, and what it says when pointed at."""

    css: str
    depth: str
    text: str
    title: str


@dataclass(frozen=True)
class PairTable:
    """A section on pairs of motifs.

    Attributes:
      title: of the section.
      names: of the motifs, short.
      rows: all pairs.
      level: largest q-value of what is listed.
      file: where the others are.
    """

    title: str
    names: Sequence[str]
    rows: Sequence[PairRow]
    level: float = 0.05
    file: str = "pairs.tsv"

    def html(self) -> Markup:
        """Returns the section's body."""
        told = self._told()
        return templates.render(
            "pairs.html",
            table=self,
            items=[self._item(row) for row in told[:MOST]],
            others=len(told) - MOST,
            told=len(told),
            matrix=self._matrix(),
            wide=len(self.names) <= WRITTEN,
            shades=[*(("under", d) for d in _SHADES[::-1]), ("none", 0), *(("over", d) for d in _SHADES)],
        )

    def of(self, motif: int) -> list[Told]:
        """Returns the listed pairs of one motif, most significant first."""
        return [
            self._item(row)._replace(other=self.names[row.pair.b if row.pair.a == motif else row.pair.a])
            for row in self._told()
            if motif in (row.pair.a, row.pair.b)
        ]

    def _told(self) -> list[PairRow]:
        told = [row for row in self.rows if row.q <= self.level]
        return sorted(told, key=lambda row: (row.q, row.pair.a, row.pair.b))

    def significant(self, q: float | None) -> bool:
        """Returns whether a q-value is small enough to be listed."""
        return q is not None and q <= self.level

    def _item(self, row: PairRow) -> Told:
        pair, best = row.pair, row.pair.best
        names = self.names[pair.a], self.names[pair.b]
        direction = ""
        if self.significant(row.together_q):
            direction = "more often" if pair.both > pair.expected else "less often"
        shown = best if best is not None and self.significant(row.arranged_q) else None
        peak = (shown.ways, shown.gap) if shown and shown.gap is not None else None
        return Told(
            row,
            names,
            direction,
            [] if shown is None or _is_any(shown) else [_way(way, names) for way in shown.ways],
            "" if shown is None else "any gap" if shown.gap is None else f"{shown.gap} nt",
            "" if shown is None else _words(shown, pair.a == pair.b),
            gaps_svg(pair.counts_4g, peak, title=f"Gaps between {names[0]} and {names[1]}")
            if pair.counts_4g.any()
            else Markup(),
        )

    def _matrix(self) -> list[list[_Cell]]:
        cells = [[_Cell("none", "0%", "", "") for _ in self.names] for _ in self.names]
        for row in self.rows:
            for a, b in ((row.pair.a, row.pair.b), (row.pair.b, row.pair.a)):
                cells[a][b] = self._cell(row)
        for i, own in enumerate(cells):
            own[i] = own[i]._replace(css="self")
        return cells

    def _cell(self, row: PairRow) -> _Cell:
        pair = row.pair
        if pair.a == pair.b:
            return _Cell(
                "self", "0%", "", f"{self.names[pair.a]} twice: {pair.both:,} sequences of {pair.with_a:,}"
            )
        title = f"{self.names[pair.a]} and {self.names[pair.b]}: {pair.both:,} sequences, "
        title += f"{pair.expected:,.1f} expected"
        if row.together_q is None:
            return _Cell("same", "0%", "=", f"{title}; {pair.overlapping:,} times in the same place")
        # Half a sequence more in both: few have a ratio, too, and none is not endless.
        ratio = math.log2((pair.both + 0.5) / (pair.expected + 0.5))
        depth = f"{min(abs(ratio) * _SHADES[0], _SHADES[-1]):.0f}%"
        css = ("over" if ratio > 0 else "under") + (" told" if self.significant(row.together_q) else "")
        text = templates.minus(f"{ratio:.1f}") if abs(ratio) >= 0.05 else "0"
        return _Cell(css, depth, text, f"{title}; q {templates.scientific(row.together_q)}")


def _is_any(found: Arrangement) -> bool:
    return len(found.ways) == 4 or found.ways == OWN_FORMS[-1]


def _way(way: int, names: tuple[str, str]) -> _Way:
    a, b = names
    return (
        _Way(f"{a} \u2192", f"{b} \u2192"),
        _Way(f"{b} \u2192", f"{a} \u2192"),
        _Way(f"{a} \u2192", f"\u2190 {b}"),
        _Way(f"\u2190 {b}", f"{a} \u2192"),
    )[way]


def _words(found: Arrangement, own: bool) -> str:
    strand = {"any": "any strand"}.get(found.strand, f"{found.strand} strand")
    if own or len(found.ways) == 1:
        return strand
    if len(found.ways) == 2 and found.strand == "any":
        return "fixed order"
    return f"{strand}, any order"
