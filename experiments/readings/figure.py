"""The table as a heat map: rows are networks, columns readings, one panel for each way of training."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.readings.summary import FACTORS, entry
from jaxmotif.report import figures

# Inches of a cell, and of the names next to and below the panels.
_WIDE, _HIGH, _NAMES, _TITLES = 0.52, 0.3, 1.5, 1.1
# Share of the factors from which on dark letters cannot be read.
_DARK = 0.6


def draw(paths: Sequence[str | os.PathLike], rows: Sequence[Mapping]) -> None:
    """Draws factors found as colour, and in each cell these over the share of right motifs.

    A cell that cannot be is grey, with a cross; one that is not there yet is white.

    Args:
      paths: files to write, PNG or SVG by their endings.
      rows: of `summary.table_rows`.

    Raises:
      ValueError: if there is no row.
    """
    if not rows:
        raise ValueError("a heat map needs at least one cell")
    networks, objectives, readings = (
        list(dict.fromkeys(row[key] for row in rows)) for key in ("network", "trained", "reading")
    )
    across = min(len(objectives), 2)
    down = -(-len(objectives) // across)
    figure = figures.new_figure(
        _NAMES + across * (len(readings) * _WIDE + 0.3) + 0.9, down * (len(networks) * _HIGH + _TITLES)
    )
    panels = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    images = []
    for panel, objective in zip(panels, objectives, strict=False):
        own = {(r["network"], r["reading"]): r for r in rows if r["trained"] == objective}
        images.append(_panel(panel, objective, networks, readings, own))
    for panel in panels[len(objectives) :]:
        panel.axis("off")
    figure.tight_layout(rect=(0, 0, 0.95, 1))
    axes = figure.add_axes((0.955, 0.3, 0.01, 0.4))
    bar = figure.colorbar(images[0], cax=axes)
    bar.set_label(f"factors found, of {FACTORS}", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    for path in paths:
        figures.save(figure, path)


def _panel(panel, objective: str, networks, readings, own: Mapping):
    """One way of training; returns the image, for its scale of colours."""
    found = np.full((len(networks), len(readings)), np.nan)
    for i, network in enumerate(networks):
        for j, reading in enumerate(readings):
            row = own.get((network, reading))
            if row and row["seeds"]:
                found[i, j] = row["factors"]["mean"]
                color = "white" if found[i, j] > _DARK * FACTORS else "black"
                panel.text(
                    j,
                    i,
                    entry(row, "\n"),
                    ha="center",
                    va="center",
                    fontsize=5.5,
                    color=color,
                    linespacing=0.95,
                )
            elif row:
                panel.fill((j - 0.5, j + 0.5, j + 0.5, j - 0.5), (i - 0.5, i - 0.5, i + 0.5, i + 0.5), "0.9")
                panel.text(j, i, "\u00d7", ha="center", va="center", fontsize=8, color="0.55")
    image = panel.imshow(found, cmap="YlGnBu", vmin=0, vmax=FACTORS, aspect="auto")
    panel.set_title(objective, fontsize=9, loc="left")
    panel.set_xticks(range(len(readings)), readings, rotation=40, ha="right", fontsize=7)
    panel.set_yticks(range(len(networks)), networks, fontsize=7)
    panel.tick_params(length=0)
    panel.set_xticks(np.arange(len(readings) + 1) - 0.5, minor=True)
    panel.set_yticks(np.arange(len(networks) + 1) - 0.5, minor=True)
    panel.grid(which="minor", color="white", linewidth=1)
    panel.tick_params(which="minor", length=0)
    panel.spines[:].set_visible(False)
    return image
