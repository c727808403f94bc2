"""The section of sequences whose letters are as tall as what they contribute, sites of motifs boxed."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from jaxmotif.motifs.logo import LETTERS, glyph_path, stack
from jaxmotif.report import templates
from jaxmotif.report.charts import COLORS
from jaxmotif.report.contributions import Shown, Site

# Letters of a line; the widest letter and line, in CSS pixels; what a letter and a line take of the drawing.
MOST, _WIDEST, _PAGE, _COLUMN, _TALL = 140, 40 / 3, 1340, 20, 120
# CSS pixels of text, and of one of its letters; lower letters of a sequence (units) cannot be seen.
_TEXT, _OF_TEXT, _LEAST = 12, 7, 1.5


@dataclass(frozen=True)
class Strips:
    """A section of sequences.

    Attributes:
      title: of the section.
      shown: the sequences, each on the scale of its own.
      origin: position of each one's first letter, in nt from the middle of the sequence.
      names: of the motifs, whose boxes have the colours of the page in this order.
      text: what is to be said before them.
      alphabet: "ACGT" or "ACGU".
    """

    title: str
    shown: Sequence[Shown]
    origin: Sequence[float]
    names: Sequence[str] = ()
    text: str = ""
    alphabet: str = LETTERS

    def html(self) -> Markup:
        """Returns the section's body."""
        colors = {name: i % COLORS for i, name in enumerate(self.names)}
        drawn = [
            (one.title, strip_svg(one, origin, colors, self.alphabet))
            for one, origin in zip(self.shown, self.origin, strict=True)
        ]
        return templates.macro("sections.html", "strips")(drawn, self.text)


def line_of(length: int) -> int:
    """Returns how many letters a line has: an odd number of lines, so that none ends in the middle."""
    return length if length <= MOST else -(-length // (-(-length // MOST) | 1))


def strip_svg(shown: Shown, origin: float, colors: Mapping[str, int], alphabet: str = LETTERS) -> Markup:
    """Returns a sequence in lines, see `line_of`, its sites as boxes with their names.

    Args:
      shown: a sequence.
      origin: position of its first letter, in nt from the middle.
      colors: 0 to 7 for the names of sites; 0 for others.
      alphabet: "ACGT" or "ACGU".

    Raises:
      ValueError: for a sequence without letters.
    """
    heights = np.asarray(shown.heights, np.float64)
    if not len(heights):
        raise ValueError(f"{shown.title!r} has no letters to draw")
    low, high = min(heights.min(), 0.0), max(heights.max(), 0.0)
    unit, line = _TALL / ((high - low) or 1.0), line_of(len(heights))
    pixel = _COLUMN / min(_WIDEST, _PAGE / line)  # units
    text = round(_TEXT * pixel)
    paths: dict[str, list[str]] = {letter: [] for letter in alphabet}
    marks, top = [], 0
    for first in range(0, len(heights), line):
        part = heights[first : first + line]
        last = first + len(part)
        sites = [
            one._replace(start=max(one.start, first) - first, end=min(one.end, last) - first)
            for one in shown.sites
            if one.start < last and one.end > first
        ]
        levels = _levels(sites, _OF_TEXT * pixel)
        top += round((1.2 * (1 + max(levels, default=-1)) + 0.3) * text)
        for column, letter, base, value in stack(part):
            if abs(value) * unit >= _LEAST:
                box = (_COLUMN * column, top + (high - base - value) * unit, _COLUMN, value * unit)
                paths[alphabet[letter]].append(glyph_path(alphabet[letter], box))
        zero = round(top + high * unit)
        marks.append(f'<path class="base" d="M0 {zero}H{_COLUMN * len(part)}"/>')
        for site, level in zip(sites, levels, strict=True):
            css, left = f"s{colors.get(site.name, 0)}", _COLUMN * site.start
            wide, at = _COLUMN * site.end - left, round(top - (0.3 + 1.2 * level) * text)
            marks.append(
                f'<rect class="site {css}" x="{left}" y="{top - 1}" width="{wide}" height="{_TALL + 2}"/>'
                f'<text class="{css}" x="{left}" y="{at}">{html.escape(site.name)}</text>'
            )
        bottom = round(top + _TALL + 1.1 * text)
        for place, anchor in ((0, "start"), (len(part), "end")):
            nt = origin + first + place
            number = f"{nt:+g}".replace("-", "\u2212") if nt else "0"
            marks.append(f'<text x="{_COLUMN * place}" y="{bottom}" text-anchor="{anchor}">{number}</text>')
        top = round(bottom + 0.4 * text)
    letters = "".join(
        f'<path class="{letter}" d="{"".join(parts)}"/>' for letter, parts in paths.items() if parts
    )
    name, wide = html.escape(shown.title, quote=True), _COLUMN * line
    return Markup(
        f'<svg class="strip" role="img" aria-label="{name}" width="{wide / pixel:.0f}" '
        f'viewBox="0 0 {wide} {top}" style="font-size:{text}px">'
        f"<title>{name}</title>{letters}{''.join(marks)}</svg>"
    )


def _levels(sites: Sequence[Site], letter: float) -> list[int]:
    """On which line above the first each name of a box stands, so that none lies on another.

    Args:
      sites: of a line, by their start.
      letter: how wide one of a name is, in units.
    """
    ends, levels = [], []
    for site in sites:
        left = _COLUMN * site.start
        level = next((i for i, end in enumerate(ends) if end <= left), len(ends))
        ends[level : level + 1] = [left + letter * (len(site.name) + 1)]
        levels.append(level)
    return levels
