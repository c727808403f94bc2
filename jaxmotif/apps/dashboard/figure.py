"""Dashboards for print: of one sequence, or of several factors side by side (Lanchantin et al. 2017)."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.dashboard.evidence import METHOD_TITLES, Dashboard
from jaxmotif.motifs.logo import draw_logo
from jaxmotif.motifs.motif import Motif, is_informative
from jaxmotif.motifs.ppm import information_content
from jaxmotif.report.contributions import Shown, Site, contributions_figure
from jaxmotif.report.figures import new_figure, save

# Inches of a row, of the heading above it, of a letter in a figure of one dashboard and of several, and of
# the least that a dashboard needs.
_ROW, _LOGO, _STRIP, _HEAD = 0.34, 0.55, 0.2, 0.3
_LABEL, _LETTER, _NARROW, _LEAST = 1.95, 0.115, 0.066, 4.85
_BOX = "#e0559b"
# A class motif of which no column has so many bits has found nothing.
_BITS = 0.5


class Column(NamedTuple):
    """One dashboard of a figure: whose, and which of its sequences."""

    dashboard: Dashboard
    index: int


def draw(path: str | os.PathLike, dashboard: Dashboard) -> None:
    """Draws the first sequence into a file, PNG, PDF or SVG by the ending of its name.

    Of a run that has found motifs: its contributions by the first method as letters, in lines, with sites of
    these motifs; of another one the dashboard of the paper, with saliency where there is that.
    """
    if not dashboard.found:
        saliency = "saliency" in dashboard.methods
        dashboard_figure(path, dashboard, 0, "saliency" if saliency else dashboard.methods[0])
        return
    shown, method = dashboard.sequences[0], dashboard.methods[0]
    one_hot = np.array([[letter == base for base in dashboard.alphabet] for letter in shown.letters], float)
    sites = [Site(box.name, box.start, box.end) for box in shown.boxes]
    parts = [
        Shown(
            f"{shown.name}   {name} {dashboard.told(shown.scores[name])}   {METHOD_TITLES[method]}",
            one_hot * np.asarray(shown.strips[method][name], float)[:, None],
            sites,
        )
        for name in dashboard.networks
    ]
    contributions_figure(path, parts, dashboard.alphabet)


def dashboard_figure(
    path: str | os.PathLike, dashboard: Dashboard, index: int, method: str = "saliency"
) -> None:
    """Draws sequence `index` into a file, PNG, PDF or SVG by the ending of its name.

    From top to bottom: known motifs; class motifs; the sequence with known sites boxed; strips of `method`,
    white to red (signed ones blue to red), each scaled by itself, with name and score; the sequence again;
    temporal scores, blue below and red above one half.

    Raises:
      ValueError: for a method or sequence that the dashboard does not have.
    """
    _draw(path, [Column(dashboard, index)], method, _LETTER)


def dashboards_figure(path: str | os.PathLike, columns: Sequence[Column], method: str = "saliency") -> None:
    """Draws dashboards of several factors side by side, a sequence of each: the paper's Figure 2.

    Rows are those of `dashboard_figure`; what is of one kind begins at one height in all columns.

    Raises:
      ValueError: for no columns, or a method or sequence that one of them does not have.
    """
    if not columns:
        raise ValueError("a figure of dashboards needs at least one")
    _draw(path, columns, method, _NARROW)


def _draw(path, columns: Sequence[Column], method: str, letter: float) -> None:
    parts = [_parts(column, method) for column in columns]
    heights = [max(sum(size for size, _ in rows) for rows in same) for same in zip(*parts, strict=True)]
    longest = max(len(dashboard.sequences[index].letters) for dashboard, index in columns)
    share = _LABEL + 0.2 + max(_LEAST, letter * longest)
    width, height = share * len(columns), sum(heights) + 0.5
    figure = new_figure(width, height)
    for place, (column, own) in enumerate(zip(columns, parts, strict=True)):
        dashboard, index = column
        left = (share * place + _LABEL) / width
        title = f"{dashboard.factor}: {dashboard.sequences[index].name}"
        figure.text(
            left - (_LABEL - 0.1) / width,
            1 - 0.2 / height,
            title,
            fontsize=11,
            fontweight="bold",
            va="center",
            parse_math=False,
        )
        for number, rows in enumerate(own):
            top = height - 0.42 - sum(heights[:number])
            for size, draw in rows:
                top -= size
                draw(
                    figure,
                    (left, top / height, (share - _LABEL - 0.15) / width, (size - 0.05) / height),
                )
    save(figure, path)


def _parts(column: Column, method: str):
    """Rows of known motifs, class motifs, strips and temporal scores: (inches, function to draw it)."""
    dashboard, index = column
    if not 0 <= index < len(dashboard.sequences):
        raise ValueError(f"no sequence {index}: there are {len(dashboard.sequences)}, from 0")
    if method not in dashboard.methods:
        raise ValueError(f"no method {method!r} on this dashboard; it has: {', '.join(dashboard.methods)}")
    shown = dashboard.sequences[index]
    known = [(_HEAD, _heading("Known motifs"))] if dashboard.known else []
    for start in range(0, len(dashboard.known), 3):
        known.append((_LOGO + 0.18, _known(dashboard.known[start : start + 3])))
    classes = []
    if dashboard.class_motifs:
        classes = [(_HEAD, _heading(f"Class motifs ({dashboard.class_name}), 0 to 2 bits"))]
        classes += [(_LOGO, _class_logo(name, motif)) for name, motif in dashboard.class_motifs.items()]
    strips = [(_HEAD, _heading(METHOD_TITLES.get(method, method)))]
    strips.append((_ROW, _sequence(shown, dashboard.alphabet)))
    for name in dashboard.networks:
        label = f"{name}  {dashboard.told(shown.scores[name])}"
        strips.append((_STRIP, _strip(label, shown.strips[method][name], method)))
    temporal = []
    if shown.temporal:
        temporal = [(_HEAD, _heading("Temporal output scores"))]
        temporal.append((_ROW, _sequence(shown, dashboard.alphabet)))
        for name, (forward, backward) in shown.temporal.items():
            temporal.append((_STRIP, _strip(f"{name}  forward", forward, "temporal")))
            temporal.append((_STRIP, _strip(f"{name}  backward", backward, "temporal")))
    return known, classes, strips, temporal


def _heading(text: str):
    def draw(figure, box):
        left = box[0] - (_LABEL - 0.1) / figure.get_figwidth()
        figure.text(left, box[1] + box[3] * 0.3, text, fontsize=8.5, color="0.25", va="center")

    return draw


def _axes(figure, box, label: str):
    ax = figure.add_axes(box)
    ax.set_axis_off()
    figure.text(
        box[0] - 0.1 / figure.get_figwidth(),
        box[1] + box[3] / 2,
        label,
        ha="right",
        va="center",
        fontsize=7.5,
        parse_math=False,
    )
    return ax


def _known(motifs):
    def draw(figure, box):
        left, bottom, width, height = box
        widest = max(motif.width for motif in motifs)
        share = width / 3
        for place, motif in enumerate(motifs):
            ax = figure.add_axes(
                (left + place * share, bottom, 0.9 * share * motif.width / widest, height * 0.72)
            )
            ax.set_axis_off()
            draw_logo(ax, motif.ppm, alphabet=motif.alphabet)
            label = f"{motif.name} {motif.alt_name}".strip()
            figure.text(
                left + place * share, bottom + height * 0.88, label, fontsize=7, va="center", parse_math=False
            )

    return draw


def _class_logo(name: str, motif: Motif):
    def draw(figure, box):
        ax = _axes(figure, box, name)
        draw_logo(ax, motif.ppm, alphabet=motif.alphabet)
        if not is_informative(motif, _BITS):
            # Letters as low as these look like an empty row.
            said = f"found nothing: its best column has {information_content(motif.ppm).max():.2f} bits"
            ax.text(
                0.5, 0.6, said, ha="center", va="center", fontsize=7.5, color="0.45", transform=ax.transAxes
            )

    return draw


def _sequence(shown, alphabet: str):
    def draw(figure, box):
        from matplotlib.patches import Rectangle

        ax = _axes(figure, box, "sequence")
        one_hot = np.array([[letter == base for base in alphabet] for letter in shown.letters], float)
        draw_logo(ax, one_hot, scale="probability", alphabet=alphabet)
        ax.set_ylim(-0.15, 1.15)
        for site in shown.boxes:
            ax.add_patch(
                Rectangle(
                    (site.start, -0.1), site.end - site.start, 1.2, fill=False, edgecolor=_BOX, linewidth=1.2
                )
            )

    return draw


def _strip(label: str, values, method: str):
    def draw(figure, box):
        ax = _axes(figure, box, label)
        values_1l = np.asarray(values, float)[None]
        if method == "temporal":
            low, high, colors = 0.0, 1.0, "bwr"
        elif (values_1l < 0).any():
            high = float(np.abs(values_1l).max())
            low, colors = -high, "bwr"
        else:
            low, high, colors = 0.0, float(values_1l.max()) or 1.0, "Reds"
        ax.imshow(
            values_1l,
            aspect="auto",
            cmap=colors,
            vmin=low,
            vmax=high,
            interpolation="nearest",
            extent=(0, values_1l.shape[1], 0, 1),
        )
        ax.set_xlim(0, values_1l.shape[1])

    return draw
