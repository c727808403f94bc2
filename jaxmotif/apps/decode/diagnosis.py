"""Consensus against maximum activation of a layer's leaves: Wei et al. 2021, Figure 4b-d.

A leaf whose most probable letters do not activate the neuron mixes motifs that cannot stand for one another.
"""

import dataclasses
import os
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.report import figures
from jaxmotif.report.charts import ticks

# What each region says, as written into it.
TEXTS = {
    "consistent": "consistent",
    "deviating": "far from the diagonal: mixture",
    "negative": "consensus does not activate: mixture",
    "near zero": "near zero",
}
_FEW, _MANY = "#d62839", "#255c99"
# Colour and opacity of the regions in figures.
_SHADES = {"near zero": ("0.5", 0.16), "negative": (_FEW, 0.13), "deviating": ("#f0a30a", 0.14)}
_LEFT, _TOP, _WIDTH, _HEIGHT, _BARS = 52, 74, 460, 330, 60


@dataclasses.dataclass(frozen=True)
class Frame:
    """Limits of the plot and where it lies in the drawing: SVG units, y pointing down."""

    x1: float
    y0: float
    y1: float
    left: float = _LEFT
    top: float = _TOP
    width: float = _WIDTH
    height: float = _HEIGHT

    def x(self, values):
        return self.left + np.asarray(values, float) / self.x1 * self.width

    def y(self, values):
        return self.top + (self.y1 - np.asarray(values, float)) / (self.y1 - self.y0) * self.height


def frame(maximum_p, consensus_p) -> Frame:
    """Returns a frame that holds all points, the origin and some of the negative side.

    Raises:
      ValueError: if there is no point, or one that is not finite, or the arrays differ in length.
    """
    maximum_p, consensus_p = np.asarray(maximum_p, float), np.asarray(consensus_p, float)
    if maximum_p.shape != consensus_p.shape or maximum_p.ndim != 1 or not maximum_p.size:
        raise ValueError(
            f"a diagnosis needs two values of each leaf, got shapes {maximum_p.shape} and {consensus_p.shape}"
        )
    if not (np.isfinite(maximum_p).all() and np.isfinite(consensus_p).all()):
        raise ValueError("maximum and consensus activations must be finite")
    x1 = max(maximum_p.max(), 0) * 1.05 or 1.0
    return Frame(x1, min(consensus_p.min() * 1.05, -0.15 * x1), max(consensus_p.max() * 1.05, x1))


class Scatter(NamedTuple):
    """What both drawings show, in units of activation.

    Attributes:
      frame: limits of the plot.
      regions: (name, corners) of the shaded regions.
      labels: (name, height) of the regions that are named at their lower edge.
      near: middle of the region of maxima near zero.
      points: (class, maxima, consensus activations) of leaves of many and of few sequences.
      maximum_p: maxima of all leaves.
    """

    frame: Frame
    regions: list[tuple[str, list[tuple[float, float]]]]
    labels: list[tuple[str, float]]
    near: float
    points: list[tuple[str, np.ndarray, np.ndarray]]
    maximum_p: np.ndarray


def scatter(maximum_p, consensus_p, nsites_p, regions: Regions) -> Scatter:
    """Returns what is to be drawn of P leaves.

    Raises:
      ValueError: see `frame`.
    """
    at = frame(maximum_p, consensus_p)
    maximum_p, consensus_p = np.asarray(maximum_p, float), np.asarray(consensus_p, float)
    low, far = min(regions.near_zero * max(maximum_p.max(), 0.0), at.x1), regions.consistent
    few = np.asarray(nsites_p) < regions.fewest
    return Scatter(
        at,
        [
            ("near zero", [(0, at.y0), (low, at.y0), (low, at.y1), (0, at.y1)]),
            ("negative", [(low, at.y0), (at.x1, at.y0), (at.x1, 0), (low, 0)]),
            ("deviating", [(low, 0), (at.x1, 0), (at.x1, far * at.x1), (low, far * low)]),
        ],
        [("negative", at.y0), ("deviating", 0.0)],
        low / 2,
        [(css, maximum_p[chosen], consensus_p[chosen]) for css, chosen in (("many", ~few), ("few", few))],
        maximum_p,
    )


def diagnosis_svg(maximum_p, consensus_p, nsites_p, regions: Regions = Regions()) -> Markup:
    """Returns the scatter of P leaves as one inline SVG, with the histogram of the maxima above it.

    Raises:
      ValueError: see `frame`.
    """
    shown = scatter(maximum_p, consensus_p, nsites_p, regions)
    at = shown.frame
    drawn = "".join(
        f'<path class="region {name.split()[0]}" d="M{"L".join(_at(at, x, y) for x, y in corners)}z">'
        f"<title>{TEXTS[name]}</title></path>"
        for name, corners in shown.regions
    )
    # One path a colour, a dot is a line of no length: thousands of circles would slow the page down.
    for css, x, y in shown.points:
        dots = "".join(f"M{_at(at, *place)}h0" for place in zip(x, y, strict=True))
        drawn += f'<path class="dots-{css}" d="{dots}"/>' if dots else ""
    diagonal = f"M{_at(at, max(0, at.y0), max(0, at.y0))}L{_at(at, at.x1, at.x1)}"
    place = f"{at.x(shown.near):.1f} {at.top + at.height / 2:.1f}"
    labels = (
        f'<text class="region-name" transform="translate({place}) '
        f'rotate(-90)" dy=".35em" text-anchor="middle">{TEXTS["near zero"]}</text>'
    ) + "".join(_name(at, float(at.y(y)) - 6, name) for name, y in shown.labels)
    name = "Activation of the consensus against the largest activation, one point a leaf"
    return Markup(
        f'<svg class="plot diagnosis" role="img" aria-label="{name}" viewBox="0 0 {_LEFT + _WIDTH + 12} '
        f'{_TOP + _HEIGHT + 44}" data-x1="{at.x1:.6g}" data-y0="{at.y0:.6g}" data-y1="{at.y1:.6g}" '
        f'data-box="{_LEFT} {_TOP} {_WIDTH} {_HEIGHT}">'
        f'{_axes(at)}{drawn}<path class="chance" d="{diagonal}"/>{labels}{_histogram(at, shown.maximum_p)}'
        '<circle class="cursor" r="6" visibility="hidden"/></svg>'
    )


def diagnosis_figure(
    path: str | os.PathLike,
    maximum_p,
    consensus_p,
    nsites_p,
    regions: Regions = Regions(),
    *,
    title: str = "",
) -> None:
    """Writes the same into a file, PNG, PDF or SVG by the ending of the name.

    Raises:
      ValueError: see `frame`.
    """
    shown = scatter(maximum_p, consensus_p, nsites_p, regions)
    at = shown.frame
    drawing = figures.new_figure(4.6, 4.6)
    bars, ax = drawing.subplots(2, 1, sharex=True, height_ratios=(1, 5))
    bars.hist(shown.maximum_p, bins=40, range=(0, at.x1), color=_MANY, alpha=0.7)
    bars.axis("off")
    for name, corners in shown.regions:
        color, alpha = _SHADES[name]
        ax.fill(*zip(*corners, strict=True), color=color, alpha=alpha, linewidth=0)
    small = {"fontsize": 7, "color": "0.35"}
    for name, y in shown.labels:
        ax.annotate(TEXTS[name], (at.x1, y), (-4, 3), textcoords="offset points", ha="right", **small)
    middle = (at.y0 + at.y1) / 2
    ax.text(shown.near, middle, TEXTS["near zero"], rotation=90, ha="center", va="center", **small)
    ax.plot([0, at.x1], [0, at.x1], color="0.5", linestyle=":", linewidth=1)
    kinds = {
        "many": (_MANY, f"{regions.fewest} sequences or more"),
        "few": (_FEW, f"fewer than {regions.fewest}"),
    }
    for css, x, y in shown.points:
        color, label = kinds[css]
        ax.plot(x, y, ".", color=color, markersize=4, alpha=0.6, label=label)
    ax.set(
        xlim=(0, at.x1),
        ylim=(at.y0, at.y1),
        xlabel="maximum activation",
        ylabel="activation of the consensus",
    )
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)
    ax.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(0.12, 1))
    drawing.suptitle(title, fontsize=10)
    drawing.tight_layout()
    figures.save(drawing, path)


def _at(at: Frame, x: float, y: float) -> str:
    return f"{at.x(x):.1f} {at.y(y):.1f}"


def _name(at: Frame, y: float, region: str) -> str:
    x = at.left + at.width - 6
    return f'<text class="region-name" x="{x}" y="{y:.1f}" text-anchor="end">{TEXTS[region]}</text>'


def _axes(at: Frame) -> str:
    lines, text = [f"M{at.left} {at.y(0):.1f}h{at.width}"], ""
    for tick in ticks(at.y0, at.y1, 7):
        lines.append(f"M{at.left - 4} {at.y(tick):.1f}h4")
        text += (
            f'<text x="{at.left - 7}" y="{at.y(tick):.1f}" dy=".35em" text-anchor="end">{_text(tick)}</text>'
        )
    bottom = at.top + at.height
    for tick in ticks(0, at.x1, 8):
        lines.append(f"M{at.x(tick):.1f} {bottom}v4")
        text += f'<text x="{at.x(tick):.1f}" y="{bottom + 17}" text-anchor="middle">{_text(tick)}</text>'
    lines.append(f"M{at.left} {at.top}v{at.height}h{at.width}")
    return (
        f'<path class="axis" d="{"".join(lines)}"/>{text}'
        f'<text class="label" x="{at.left + at.width / 2:g}" y="{bottom + 37}" text-anchor="middle">'
        "maximum activation of the leaf</text>"
        f'<text class="label" transform="translate(12 {at.top + at.height / 2:g}) rotate(-90)" '
        'text-anchor="middle">activation of its consensus</text>'
    )


def _histogram(at: Frame, maximum_p) -> str:
    counts, edges = np.histogram(np.clip(maximum_p, 0, at.x1), bins=46, range=(0, at.x1))
    base = at.top - 6
    outline = "".join(
        f"V{base - _BARS * count / counts.max():.1f}H{at.x(edge):.1f}"
        for count, edge in zip(counts, edges[1:], strict=False)
    )
    return (
        f'<path class="bars" d="M{at.left} {base}{outline}V{base}z"><title>leaves by maximum</title></path>'
    )


def _text(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")
