"""The tree of an arrangement of motifs: logos of words below, joins with their gaps above.

Wei et al. 2021, Figure 6.

A tree is anything with `word`, `strand`, `left`, `right` and `gap`, as `neuronmotif.syntax.Tree`: a leaf
has a word and no branches, a join has two branches and the (smallest, largest) gap between them in letters.
"""

import html
import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from jaxmotif.motifs.logo import draw_logo, logo_svg
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import figures

# Units of the drawing are SVG pixels; a figure has 80 of them to the inch.
_COLUMN, _LOGO, _STEP, _SPACE, _NAME, _MARGIN = 9, 44, 30, 56, 18, 8
_PER_INCH = 80


class _Leaf(NamedTuple):
    left: float
    width: float
    ppm: np.ndarray
    name: str
    alphabet: str


class _Join(NamedTuple):
    """The bracket over two branches: their middles, the heights of the branches and of the join, its text."""

    left: float
    right: float
    left_level: int
    right_level: int
    level: int
    text: str


class _Layout(NamedTuple):
    leaves: list[_Leaf]
    joins: list[_Join]
    width: float
    levels: int


def syntax_svg(tree, motifs: Mapping[int, Motif], *, title: str = "") -> Markup:
    """Returns the tree as one inline <svg>.

    Args:
      tree: see the module.
      motifs: {word: its motif}; drawn reverse complemented where the word stands on "-".
      title: text alternative.

    Raises:
      ValueError: for a word without a motif, or a join without two branches.
    """
    layout = _layout(tree, motifs)
    top = _MARGIN + layout.levels * _STEP
    height = top + _LOGO + _NAME + _MARGIN
    parts = []
    for join in layout.joins:
        y, left_y, right_y = (
            top - level * _STEP for level in (join.level, join.left_level, join.right_level)
        )
        middle = (join.left + join.right) / 2
        parts.append(
            f'<path class="join" fill="none" stroke="currentColor" '
            f'd="M{join.left:g} {left_y:g}V{y:g}H{join.right:g}V{right_y:g}"/>'
            f'<text class="gap" x="{middle:g}" y="{y + 13:g}" text-anchor="middle">'
            f"{html.escape(join.text)}</text>"
        )
    for leaf in layout.leaves:
        drawing = logo_svg(leaf.ppm, title=leaf.name, size=(_COLUMN, _LOGO), alphabet=leaf.alphabet)
        parts.append(
            f'<g transform="translate({leaf.left:g} {top})">{drawing}</g>'
            f'<text class="word" x="{leaf.left + leaf.width / 2:g}" y="{top + _LOGO + 13}" '
            'text-anchor="middle">'
            f"{html.escape(leaf.name)}</text>"
        )
    name = html.escape(title, quote=True)
    role = f'role="img" aria-label="{name}"' if title else 'aria-hidden="true"'
    return Markup(
        f'<svg class="syntax" xmlns="http://www.w3.org/2000/svg" {role} '
        f'width="{layout.width:g}" height="{height}" viewBox="0 0 {layout.width:g} {height}" font-size="11">'
        f"{f'<title>{name}</title>' if title else ''}{''.join(parts)}</svg>"
    )


def syntax_figure(path: str | os.PathLike, tree, motifs: Mapping[int, Motif], *, title: str = "") -> None:
    """Writes the same drawing into a file (PNG, PDF or SVG by the ending of the name).

    Raises:
      ValueError: as `syntax_svg`.
    """
    layout = _layout(tree, motifs)
    heading = 24 if title else 0
    height = 2 * _MARGIN + layout.levels * _STEP + _LOGO + _NAME + heading
    figure = figures.new_figure(layout.width / _PER_INCH, height / _PER_INCH)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.axis("off")
    ax.set_xlim(0, layout.width)
    ax.set_ylim(0, height)
    base, top = _MARGIN + _NAME, _MARGIN + _NAME + _LOGO
    for join in layout.joins:
        y, left_y, right_y = (
            top + level * _STEP for level in (join.level, join.left_level, join.right_level)
        )
        ax.plot(
            [join.left, join.left, join.right, join.right], [left_y, y, y, right_y], color="0.2", linewidth=1
        )
        ax.text((join.left + join.right) / 2, y - 4, join.text, ha="center", va="top", fontsize=8)
    for leaf in layout.leaves:
        box = (leaf.left / layout.width, base / height, leaf.width / layout.width, _LOGO / height)
        inner = figure.add_axes(box)
        inner.axis("off")
        draw_logo(inner, leaf.ppm, alphabet=leaf.alphabet)
        ax.text(leaf.left + leaf.width / 2, base - 3, leaf.name, ha="center", va="top", fontsize=8)
    if title:
        ax.text(layout.width / 2, height - _MARGIN, title, ha="center", va="top", fontsize=9)
    figures.save(figure, path)


def _layout(tree, motifs: Mapping[int, Motif]) -> _Layout:
    leaves: list[_Leaf] = []
    joins: list[_Join] = []

    def visit(node) -> tuple[float, int]:
        """Middle and level of a branch; a word has level 0, a join one more than its higher branch."""
        if node.word is not None:
            if node.word not in motifs:
                raise ValueError(f"word {node.word} has no motif; those at hand are {sorted(motifs)}")
            motif = motifs[node.word]
            ppm = motif.ppm if node.strand == "+" else motif.ppm[::-1, ::-1]
            left = leaves[-1].left + leaves[-1].width + _SPACE if leaves else float(_MARGIN)
            name = f"{motif.name} ({node.strand.replace('-', chr(0x2212))})"
            leaves.append(_Leaf(left, _COLUMN * motif.width, ppm, name, motif.alphabet))
            return left + _COLUMN * motif.width / 2, 0
        if node.left is None or node.right is None or node.gap is None:
            raise ValueError(
                f"a join needs two branches and a gap, not {node.left}, {node.right} and {node.gap}"
            )
        (left, left_level), (right, right_level) = visit(node.left), visit(node.right)
        level, (low, high) = max(left_level, right_level) + 1, node.gap
        text = f"{low} nt" if low == high else f"{low} to {high} nt"
        joins.append(_Join(left, right, left_level, right_level, level, text.replace("-", chr(0x2212))))
        return (left + right) / 2, level

    _, levels = visit(tree)
    return _Layout(leaves, joins, leaves[-1].left + leaves[-1].width + _MARGIN, levels)
