"""DeMo's Figure 2: differences of AUROC over experiments, and class motifs next to JASPAR's."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.common import published
from experiments.demo.extraction_rows import MOTIFS, WINDOW
from jaxmotif.interpret import class_optimization
from jaxmotif.motifs import meme, tomtom
from jaxmotif.motifs.logo import draw_logo
from jaxmotif.motifs.motif import Motif, is_informative
from jaxmotif.report import figures

ENDINGS = ("png", "svg")
# More names than this cannot be read under the bars.
_MOST_NAMES = 40
_ABOVE, _BELOW = "#255c99", "#d62839"
# Inches of a letter, a row, and the room for the axis of bits.
_LETTER, _ROW, _AXIS = 0.17, 1.05, 0.45


def differences(folder: pathlib.Path, less: Mapping[str, Mapping[str, float]]) -> None:
    """Writes figure2a.png and .svg: DeMo's AUROC less another's, a bar per experiment, the largest first.

    Args:
      folder: of the run.
      less: what DeMo is compared with -> {experiment: difference}, see `tables.differences`.
    """
    most = max(len(values) for values in less.values())
    width = 1.3 + max(2.6, min(0.3 * most, 9.0)) * len(less)
    named = most <= _MOST_NAMES
    figure = figures.new_figure(width, 4.6 if named else 3.2)
    axes = figure.subplots(1, len(less), squeeze=False)[0]
    for number, (ax, (name, values)) in enumerate(zip(axes, less.items(), strict=True)):
        heights = list(values.values())
        colors = [_ABOVE if height > 0 else _BELOW for height in heights]
        ax.bar(range(len(heights)), heights, color=colors, width=0.8)
        ax.axhline(0, color="0.3", linewidth=0.8)
        above = sum(height > 0 for height in heights)
        title = f"DeMo - {name}: above on {above} of {len(heights)}\n"
        if name.endswith("*"):
            title += "paper: {} of {}".format(*published.DEMO["above DeepBind"])
        else:
            title += "trained here"
        ax.set_title(title, fontsize=9, parse_math=False)
        ax.set_xlim(-0.8, len(heights) - 0.2)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=7)
        labels = [short(experiment) for experiment in values] if named else []
        ax.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7, parse_math=False)
        ax.set_ylabel("" if number else "difference of AUROC", fontsize=8)
        ax.margins(y=0.1)
    figure.tight_layout()
    for ending in ENDINGS:
        figures.save(figure, folder / f"figure2a.{ending}")


def short(experiment: str) -> str:
    """Returns factor and cell of an experiment's name."""
    return " ".join(experiment.split("_")[:2])


class Compared(NamedTuple):
    """A factor's motif in the database and the windows of class motifs that are compared with it.

    Attributes:
      title: of the factor.
      known: the database's motif.
      windows: space of class optimisation -> (window as wide as `known`, what is said of it).
    """

    title: str
    known: Motif
    windows: Mapping[str, tuple[Motif, str]]


def compared(folder: pathlib.Path, rows: Sequence[Mapping], database: Sequence[Motif]) -> list[Compared]:
    """Returns what Figure 2b draws, of the rows of `extraction_rows.extract`; windows read as `known` does.

    Where the windows of several spaces match different motifs of the factor, it is that of the paper's.
    """
    found = []
    by_name = {motif.name: motif for motif in database}
    for row in rows:
        kept = {m.name: m for m in meme.read_meme(folder / row["experiment"] / row["network"] / MOTIFS)}
        known = by_name[row["class free"]["against"]]
        windows = {}
        for space in class_optimization.SPACES[::-1]:
            own = row[f"class {space}"]
            said = f"{row['network']}, q {own['window_q']:.2g}, AMA above on {own['ama_share']:.0%}"
            if own["against"] != known.name:
                said += f" (against {own['against']})"
            windows[space] = (_turned(kept[f"{space}{WINDOW}"], by_name[own["against"]], database), said)
        title = f"{short(row['experiment'])}: {known.name} {known.alt_name}"
        found.append(Compared(title, known, windows))
    return found


def _turned(window: Motif, known: Motif, database: Sequence[Motif]) -> Motif:
    """The window on the strand on which it is more like `known`, a motif of the database."""
    if not is_informative(window, tomtom.FLAT_BITS):
        return window
    strand = tomtom.match([window], database).strand[0, [motif is known for motif in database]]
    return window.reverse_complement() if strand[0] == "-" else window


# What the spaces are called in the figure.
TITLES = {"free": "class motif's window, the paper's way", "letters": "class motif's window, ours"}


def motifs(folder: pathlib.Path, shown: Sequence[Compared]) -> None:
    """Writes figure2b.png and .svg: JASPAR's motif and windows of class motifs, in bits, a row per factor.

    A window without a column above half a bit is said to have found nothing.
    """
    widest = max(one.known.width for one in shown)
    spaces = list(shown[0].windows)
    share = _AXIS + max(_LETTER * widest, 2.6)
    width, height = 0.3 + share * (1 + len(spaces)), 0.35 + _ROW * len(shown)
    figure = figures.new_figure(width, height)
    for place, title in enumerate(["JASPAR", *(TITLES[space] for space in spaces)]):
        left = (0.15 + _AXIS + share * place) / width
        figure.text(left, 1 - 0.2 / height, title, fontsize=9, fontweight="bold", va="center")
    for number, one in enumerate(shown):
        logos = [(one.known, one.title), *(one.windows[space] for space in spaces)]
        bottom = (height - 0.35 - _ROW * (number + 1) + 0.25) / height
        for place, (motif, said) in enumerate(logos):
            left = (0.15 + _AXIS + share * place) / width
            ax = figure.add_axes((left, bottom, _LETTER * motif.width / width, (_ROW - 0.55) / height))
            _logo(ax, motif, said, "bits" if place == 0 else "")
    for ending in ENDINGS:
        figures.save(figure, folder / f"figure2b.{ending}")


def _logo(ax, motif: Motif, said: str, label: str) -> None:
    draw_logo(ax, motif.ppm, limits=(0.0, 2.0))
    ax.set_title(said, fontsize=7, loc="left", pad=3, parse_math=False)
    ax.set_yticks([0, 1, 2])
    ax.set_xticks([])
    ax.tick_params(labelsize=6, length=2)
    ax.set_ylabel(label, fontsize=7)
    ax.spines[["top", "right"]].set_visible(False)
    if not is_informative(motif):
        ax.text(
            0.03,
            0.6,
            "found nothing: no column above 0.5 bits",
            ha="left",
            va="center",
            fontsize=6.5,
            color="0.45",
            transform=ax.transAxes,
        )
