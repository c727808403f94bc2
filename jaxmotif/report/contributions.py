"""Figures of sequences whose letters are as tall as what they contribute."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.logo import LETTERS, draw_logo
from jaxmotif.report.figures import new_figure, save

# Lines of a sequence at most, of `LINE` letters.
MOST_LINES = 10
# Letters of a line, inches of a letter, of a line and of what stands above it.
LINE = 100
_LETTER, _LOGO, _HEAD, _MARGIN = 0.1, 0.7, 0.32, 0.35
_BOX = "#e0559b"


class Site(NamedTuple):
    """A named stretch of a sequence, [start, end)."""

    name: str
    start: int
    end: int


class Shown(NamedTuple):
    """A sequence.

    Attributes:
      title: what stands above it.
      heights: (L, 4), what the letters that are there contribute; the other three are 0.
      sites: to box.
    """

    title: str
    heights: np.ndarray
    sites: Sequence[Site] = ()


def contributions_figure(path: str | os.PathLike, shown: Sequence[Shown], alphabet: str = LETTERS) -> None:
    """Draws sequences below each other, in lines of `LINE` letters, each on the scale of its own.

    Of one with more than `MOST_LINES` lines, so many are drawn around where letters contribute most, and the
    title says which.

    Args:
      path: PNG, PDF or SVG by the ending of its name.
      shown: the sequences.
      alphabet: "ACGT" or "ACGU".

    Raises:
      ValueError: for no sequence.
    """
    if not shown:
        raise ValueError("a figure of contributions needs at least one sequence")
    lines = [(one, first) for one in shown for first in _lines(one)]
    widest = min(max(len(one.heights) for one in shown), LINE)
    begins = {id(one): _lines(one)[0] for one in shown}
    tall = _MARGIN + sum(_LOGO + (_HEAD if first == begins[id(one)] else 0.12) for one, first in lines)
    wide = 2 * _MARGIN + widest * _LETTER
    figure, top = new_figure(wide, tall), tall - 0.1
    for one, first in lines:
        part = one.heights[first : first + LINE]
        is_first = first == begins[id(one)]
        top -= _HEAD if is_first else 0.12
        box = (_MARGIN / wide, (top - _LOGO) / tall, len(part) * _LETTER / wide, _LOGO / tall)
        ax = figure.add_axes(box)
        low, high = min(one.heights.min(), 0.0), max(one.heights.max(), 0.0)
        room = 0.25 * ((high - low) or 1.0)  # for the names of sites
        draw_logo(ax, part, scale="raw", limits=(low, high + (room if one.sites else 0)), alphabet=alphabet)
        ax.axhline(0, color="0.5", linewidth=0.5)
        for number, site in enumerate(one.sites):
            again = (
                number and one.sites[number - 1].name == site.name and one.sites[number - 1].end > site.start
            )
            _box(ax, site._replace(name="") if again else site, first, len(part), (low, high))
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        if is_first:
            length, last = len(one.heights), min(first + MOST_LINES * LINE, len(one.heights))
            part_of = f"   nt {first + 1:,} to {last:,} of {length:,}" if last - first < length else ""
            ax.set_title(one.title + part_of, fontsize=8, loc="left", pad=3)
        ax.text(len(part) + 0.5, 0, str(first + len(part)), fontsize=6, va="center", color="0.4")
        top -= _LOGO
    save(figure, path)


def _lines(one: Shown) -> range:
    """Where the lines begin that are drawn."""
    length = len(one.heights)
    first, count = 0, -(-length // LINE)
    if count > MOST_LINES:
        each = np.add.reduceat(np.abs(one.heights).sum(axis=1), np.arange(0, length, LINE))
        around = np.hanning(MOST_LINES + 2)[1:-1]  # what contributes most is to lie in the middle
        first = LINE * int(np.convolve(each, around, "valid").argmax())
    return range(first, min(first + MOST_LINES * LINE, length), LINE)


def _box(ax, site: Site, first: int, width: int, limits: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    start, end = max(site.start - first, 0), min(site.end - first, width)
    if start >= end:
        return
    low, high = limits
    ax.add_patch(Rectangle((start, low), end - start, high - low, fill=False, edgecolor=_BOX, linewidth=0.8))
    ax.text(start, high, site.name, fontsize=6, color=_BOX, va="bottom", clip_on=False)
