"""The dashboard of one sequence as a figure for print (Lanchantin et al. 2017, Figure 2)."""

import os

import numpy as np

from jaxmotif.apps.dashboard.evidence import METHOD_TITLES, Dashboard
from jaxmotif.motifs.logo import draw_logo
from jaxmotif.report.figures import new_figure, save

# Inches of a row, and of the heading above it.
_ROW, _LOGO, _STRIP, _HEAD = 0.34, 0.55, 0.2, 0.3
_LABEL = 1.95
_BOX = "#e0559b"


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
    if not 0 <= index < len(dashboard.sequences):
        raise ValueError(f"no sequence {index}: there are {len(dashboard.sequences)}, from 0")
    if method not in dashboard.methods:
        raise ValueError(f"no method {method!r} on this dashboard; it has: {', '.join(dashboard.methods)}")
    shown = dashboard.sequences[index]
    rows = _rows(dashboard, shown, method)
    letters = len(shown.letters)
    width = max(7.0, 0.115 * letters + _LABEL + 0.2)
    height = sum(size for size, _ in rows) + 0.5
    figure = new_figure(width, height)
    title = f"{dashboard.factor}: {shown.name}"
    figure.text(0.012, 1 - 0.2 / height, title, fontsize=11, fontweight="bold", va="center", parse_math=False)
    top = height - 0.42
    left, right = _LABEL / width, 1 - 0.15 / width
    for size, draw in rows:
        top -= size
        draw(figure, (left, top / height, right - left, (size - 0.05) / height))
    save(figure, path)


def _rows(dashboard: Dashboard, shown, method: str):
    """(height in inches, function of figure and box) of every row."""
    rows = [(_HEAD, _heading("Known motifs"))] if dashboard.known else []
    for start in range(0, len(dashboard.known), 3):
        rows.append((_LOGO + 0.18, _known(dashboard.known[start : start + 3])))
    if dashboard.class_motifs:
        rows.append((_HEAD, _heading(f"Class motifs ({dashboard.class_name})")))
        rows += [(_LOGO, _class_logo(name, motif)) for name, motif in dashboard.class_motifs.items()]
    strips = shown.strips[method]
    rows.append((_HEAD, _heading(METHOD_TITLES.get(method, method))))
    rows.append((_ROW, _sequence(shown, dashboard.alphabet)))
    for name in dashboard.networks:
        rows.append((_STRIP, _strip(f"{name}  {shown.scores[name]:.2f}", strips[name], method)))
    if shown.temporal:
        rows.append((_HEAD, _heading("Temporal output scores")))
        rows.append((_ROW, _sequence(shown, dashboard.alphabet)))
        for name, (forward, backward) in shown.temporal.items():
            rows.append((_STRIP, _strip(f"{name}  forward", forward, "temporal")))
            rows.append((_STRIP, _strip(f"{name}  backward", backward, "temporal")))
    return rows


def _heading(text: str):
    def draw(figure, box):
        figure.text(0.012, box[1] + box[3] * 0.3, text, fontsize=8.5, color="0.25", va="center")

    return draw


def _axes(figure, box, label: str):
    ax = figure.add_axes(box)
    ax.set_axis_off()
    figure.text(
        box[0] - 0.008, box[1] + box[3] / 2, label, ha="right", va="center", fontsize=7.5, parse_math=False
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


def _class_logo(name: str, motif):
    return lambda figure, box: draw_logo(_axes(figure, box, name), motif.ppm, alphabet=motif.alphabet)


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
