"""Figures as files (PNG, PDF or SVG by the ending of the name), drawn without a display."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.motifs.logo import COLORS, information_heights, letter_paths
from jaxmotif.motifs.motif import Motif, is_informative
from jaxmotif.report.charts import Series


def logo_panel(
    path: str | os.PathLike,
    columns: Mapping[str, Sequence[tuple[Motif | None, str]]],
    *,
    title: str = "",
    rows: int | None = None,
    foot: Mapping[str, Sequence[tuple[Motif | None, str]]] | None = None,
) -> None:
    """Draws logos of several networks' filters, one column each, as in Koo & Eddy 2019, Figures 2 to 4.

    A letter is as wide in every logo as in the widest, and every logo's axis goes from 0 to 2 bits. A logo
    without a label and without a column above half a bit is marked as uninformative.

    Args:
      path: the file to write.
      columns: {network: [(motif or None for a filter that never fires, label of its match or "")]}.
      rows: logos in one column; a network with more gets several columns side by side. Default:
        the longest network's number, at most 15.
      foot: as `columns`: what stands below, over the whole width.

    Raises:
      ValueError: if there is no logo to draw.
    """
    longest = max((len(logos) for logos in columns.values()), default=0)
    if longest == 0:
        raise ValueError("a panel of logos needs at least one filter")
    rows = min(longest, 15) if rows is None else rows
    placed, heads, at = [], [], 0
    for name, logos in columns.items():
        heads.append((0, at, name))
        placed += [(i % rows, at + i // rows, *entry) for i, entry in enumerate(logos)]
        at += max(1, -(-len(logos) // rows))
    below = rows
    for name, logos in (foot or {}).items():
        # A row without logos has the heading.
        heads.append((below + 1, 0, name))
        placed += [(below + 1 + i // at, i % at, *entry) for i, entry in enumerate(logos)]
        below += 1 + -(-len(logos) // at)
    width, height = _CELL[0] * at + 0.1, _CELL[1] * below + 0.5 + 0.3 * bool(title)
    figure = new_figure(width, height)
    # One pair of axes in inches for all: hundreds of them take most of a minute.
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    top = height - 0.35 - 0.3 * bool(title)
    widest = max((motif.width for _, _, motif, _ in placed if motif is not None), default=1)
    outlines: dict[str, list] = {}
    for row, column, motif, label in placed:
        corner = _CELL[0] * column + 0.3, top - _CELL[1] * (row + 1) + 0.1
        _logo(ax, motif, label, corner, widest, outlines)
    _letters(ax, outlines)
    for row, column, name in heads:
        at_row = top - _CELL[1] * row + 0.06
        ax.text(_CELL[0] * column + 0.3, at_row, name, fontsize=10, weight="bold", va="bottom")
    if title:
        ax.text(width / 2, height - 0.05, title, fontsize=11, ha="center", va="top")
    save(figure, path)


# Of a logo in a panel, inches: its cell, and the drawing in it.
_CELL, _LOGO = (2.2, 0.64), (1.8, 0.4)
# Lower letters are no half of a pixel, and most of a file where filters say little.
_LEAST_BITS = 0.015


def _logo(ax, motif: Motif | None, label: str, corner: tuple[float, float], widest: int, outlines) -> None:
    """Adds one logo, in the middle of as many columns as the widest one has, to `outlines` by letter."""
    (left, low), (width, height) = corner, _LOGO
    if motif is None:
        middle = dict(ha="center", va="center", color="0.55", fontsize=7)
        ax.text(left + width / 2, low + 0.4 * height, "no activation", **middle)
        return
    column = width / widest
    shift = left + column * (widest - motif.width) / 2, low
    heights = information_heights(motif.ppm)
    heights[heights < _LEAST_BITS] = 0
    for letter, (vertices, codes) in letter_paths(heights, motif.alphabet).items():
        outlines.setdefault(letter, []).append((vertices * (column, height / 2) + shift, codes))
    flat = not label and not is_informative(motif)
    said = dict(fontsize=7, ha="center", va="bottom", color="0.6" if flat else "0.1")
    ax.text(left + width / 2, low + height + 0.01, "uninformative" if flat else label, **said)
    axis = left - 0.05
    ax.plot([axis, axis], [low, low + height], color="0.5", linewidth=0.5)
    for bits, text in enumerate(("0", "", "2")):
        ax.plot([axis - 0.03, axis], [low + bits * height / 2] * 2, color="0.5", linewidth=0.5)
        ax.text(axis - 0.05, low + bits * height / 2, text, fontsize=5, ha="right", va="center", color="0.4")
    unit = dict(fontsize=5, rotation=90, ha="right", va="center", color="0.4")
    ax.text(axis - 0.05, low + height / 2, "bits", **unit)


def _letters(ax, outlines: Mapping[str, Sequence]) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    joined = [
        Path(np.concatenate([points for points, _ in parts]), np.concatenate([codes for _, codes in parts]))
        for parts in outlines.values()
    ]
    colors = [COLORS[letter] for letter in outlines]
    ax.add_collection(PathCollection(joined, facecolors=colors, linewidths=0), autolim=False)


def points(path: str | os.PathLike, quantities: Mapping[str, Sequence[tuple[str, Mapping | None]]]) -> None:
    """Draws measurements of several settings, one axes per quantity, one line per setting.

    Args:
      quantities: {quantity: [(setting, {"mean", "sd" where there are several trials, or "low" and "high"}
        or None)]}; the settings are those of the first quantity.

    Raises:
      ValueError: if there is no quantity.
    """
    if not quantities:
        raise ValueError("a figure of settings needs at least one quantity")
    names = [name for name, _ in next(iter(quantities.values()))]
    figure = new_figure(2.2 + 2.0 * len(quantities), 0.8 + 0.24 * len(names))
    axes = figure.subplots(1, len(quantities), squeeze=False, sharey=True)[0]
    for ax, (quantity, values) in zip(axes, quantities.items(), strict=True):
        for row, (_, value) in enumerate(values):
            if value is not None:
                ax.errorbar(value["mean"], row, xerr=_spread(value), fmt="o", color="C0", markersize=4)
        _tidy(ax, quantity, "")
        ax.grid(axis="y", linewidth=0.4, alpha=0.5)
        ax.margins(x=0.15)
    axes[0].set_yticks(range(len(names)), names, fontsize=7)
    axes[0].invert_yaxis()
    figure.tight_layout()
    save(figure, path)


def curves(
    path: str | os.PathLike,
    panels: Mapping[str, Sequence[Series]],
    labels: tuple[str, str],
    levels: Mapping[str, float],
    logarithmic: bool = False,
) -> None:
    """Draws curves of values between 0 and 1, one axes a panel, with one legend for all.

    Args:
      path: .png or .svg.
      panels: {title: its curves}; every panel has the same ones.
      labels: of x and y.
      levels: {title: a value to compare with, dashed}.
      logarithmic: whether x is.

    Raises:
      ValueError: if there is no panel.
    """
    if not panels:
        raise ValueError("a figure of curves needs at least one panel")
    figure = new_figure(1.4 + 2.6 * len(panels), 2.8)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for column, (ax, (title, series)) in enumerate(zip(axes, panels.items(), strict=True)):
        for number, one in enumerate(series):
            ax.plot(one.x, one.y, f"C{number}", marker="o", markersize=3, linewidth=1.2, label=one.label)
        if title in levels:
            ax.axhline(levels[title], color="0.4", linestyle="--", linewidth=1, label="published")
        ax.set_title(title, fontsize=9)
        ax.set_ylim(-0.02, 1.02)
        if logarithmic:
            ax.set_xscale("log")
        _tidy(ax, labels[0], "" if column else labels[1])
    axes[-1].legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    save(figure, path)


def _spread(value: Mapping):
    """What is drawn to the left and to the right of a mean."""
    if "low" in value:
        return [[max(value["mean"] - value["low"], 0)], [max(value["high"] - value["mean"], 0)]]
    return value.get("sd", 0)


def new_figure(width: float, height: float):
    """Returns a matplotlib figure of so many inches, without a display."""
    # Not through pyplot: nothing global, no display, no figure that someone must close.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def _tidy(ax, x_label: str, y_label: str) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)
    ax.set_xlabel(x_label, fontsize=8)
    ax.set_ylabel(y_label, fontsize=8)


def save(figure, path: str | os.PathLike) -> None:
    """Writes a figure at once or not at all."""
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=160)
