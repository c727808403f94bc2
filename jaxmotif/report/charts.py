"""Small charts as inline SVG: curves and histograms. Colours come from the page's style sheet."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from jaxmotif.motifs import spacing
from jaxmotif.report import templates

COLORS = 8  # series colours that the style sheet knows: classes s0 .. s7


@dataclass(frozen=True)
class Series:
    """One curve: x and y of equal length (non-finite points break the line).

    Attributes:
      color: 0..7; None takes the position in the chart. Two series of one seed share a colour.
      dashed: for the second member of a pair, as training beside validation.
      mark: index of a point to put a dot on, as the epoch whose parameters were kept.
    """

    label: str
    x: Sequence[float] | np.ndarray
    y: Sequence[float] | np.ndarray
    color: int | None = None
    dashed: bool = False
    mark: int | None = None


@dataclass(frozen=True)
class Chart:
    """A line chart with its legend; limits of None fit the data; `diagonal` draws chance (ROC).

    `shaded` is a range of x behind the curves, [low, high]; `level` a value of y that is drawn as chance is.
    """

    title: str
    series: Sequence[Series]
    x_label: str
    y_label: str
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    diagonal: bool = False
    shaded: tuple[float, float] | None = None
    level: float | None = None
    caption: str = ""


class DrawnChart(NamedTuple):
    """A chart as the page shows it; `legend` has (class, label) of each curve."""

    title: str
    drawing: Markup
    legend: Sequence[tuple[str, str]]
    caption: str


def chart_html(chart: Chart) -> Markup:
    """Returns a <figure> with title, SVG, legend (where there is more than one curve) and caption.

    Raises:
      ValueError: if a series has x and y of different lengths, or nothing finite is to be drawn.
    """
    legend = [
        (_color(i, one) + (" dashed" if one.dashed else ""), one.label) for i, one in enumerate(chart.series)
    ]
    drawn = DrawnChart(chart.title, Markup(_chart_svg(chart)), legend, chart.caption)
    return templates.macro("sections.html", "chart")(drawn)


def histogram_svg(
    counts: Sequence[float] | np.ndarray, limits: tuple[float, float], *, title: str = "", unit: str = "nt"
) -> Markup:
    """Returns a sparkline of counts over equal bins between `limits`, with both ends written under it.

    Raises:
      ValueError: for no bins, or negative or non-finite counts.
    """
    bars = np.asarray(counts, np.float64)
    if bars.ndim != 1 or bars.size == 0 or not np.isfinite(bars).all() or bars.min() < 0:
        raise ValueError(f"a histogram needs a row of counts >= 0, got {bars}")
    width, height = 150, 40
    step = width / bars.size
    top = bars.max() or 1.0
    # One outline for all bins: a page may hold a hundred of these.
    path = (
        f"M0 {height}"
        + "".join(
            f"V{_short(height - height * value / top)}H{_short((i + 1) * step)}"
            for i, value in enumerate(bars)
        )
        + f"V{height}z"
    )
    name = html.escape(title, quote=True)
    low, high = (_tick_text(value, 1) for value in limits)
    return Markup(
        f'<svg class="histogram" role="img" aria-label="{name}" '
        f'viewBox="0 -2 {width} {height + 18}"><title>{name}</title>'
        f'<path class="bars" d="{path}"/><path class="axis" d="M0 {height}H{width}"/>'
        f'<text x="0" y="{height + 13}">{low}</text>'
        f'<text x="{width}" y="{height + 13}" text-anchor="end">'
        f"{high} {html.escape(unit)}</text></svg>"
    )


def gaps_svg(
    counts_4g: np.ndarray, peak: tuple[Sequence[int], int] | None = None, *, title: str = ""
) -> Markup:
    """Returns bars of how two motifs lie: same strand up, opposite strands down, by signed gap.

    Args:
      counts_4g: int (4, gaps), pairs by way (`spacing.WAYS`) and gap; gaps up to `spacing.NEAR` are drawn.
      peak: (ways, gap) to colour.
      title: of the drawing.
    """
    last = max(int(np.flatnonzero(counts_4g.any(axis=0)).max(initial=0)), peak[1] if peak else 0)
    shown = min(max(last + 1, 10), spacing.NEAR)
    per_bar = -(-shown // 55)
    bars = -(-shown // per_bar)
    padded = np.zeros((4, bars * per_bar))
    padded[:, : min(counts_4g.shape[1], bars * per_bar)] = counts_4g[:, : bars * per_bar]
    heights_4b = padded.reshape(4, bars, per_bar).sum(axis=2)
    half, middle, tall = 110, 34, 30
    step, top = (half - 4) / bars, heights_4b.max() or 1.0
    drawn = {"bars": "", "peak": ""}
    for way, bar in np.argwhere(heights_4b > 0).tolist():
        high = max(heights_4b[way, bar] / top * tall, 1)
        x = half + 4 + bar * step if way in (0, 2) else half - 4 - (bar + 1) * step
        y = middle - high if way < 2 else middle
        css = "peak" if peak and way in peak[0] and peak[1] // per_bar == bar else "bars"
        drawn[css] += f"M{_short(x)} {_short(y)}h{_short(step)}v{_short(high)}h-{_short(step)}z"
    name = html.escape(title, quote=True)
    end = bars * per_bar - 1
    paths = "".join(f'<path class="{css}" d="{path}"/>' for css, path in drawn.items() if path)
    return Markup(
        f'<svg class="gapchart" role="img" aria-label="{name}" viewBox="0 0 {2 * half} 84">'
        f'<title>{name}</title>{paths}<path class="axis" d="M0 {middle}H{half - 4}M{half + 4} {middle}'
        f'H{2 * half}"/><text x="0" y="80">\u2212{end}</text>'
        f'<text x="{half}" y="80" text-anchor="middle">0</text>'
        f'<text x="{2 * half}" y="80" text-anchor="end">{end} nt</text></svg>'
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Returns round values (1, 2 or 5 times a power of ten apart) in [low, high], at most about `most`."""
    if not low < high:
        raise ValueError(f"ticks need low < high, got {low} and {high}")
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _chart_svg(chart: Chart) -> str:
    points = [_points(series) for series in chart.series]
    everything = np.concatenate(points) if points else np.zeros((0, 2))
    everything = everything[np.isfinite(everything).all(axis=1)]
    if not len(everything):
        raise ValueError(f"chart {chart.title!r} has nothing finite to draw")
    (x0, x1), (y0, y1) = (
        limits or _around(everything[:, axis], margin)
        for axis, limits, margin in ((0, chart.x_limits, 0), (1, chart.y_limits, 0.05))
    )
    left, top, width, height = 42, 8, 250, 172

    def place(xy):
        return np.stack(
            [
                left + (xy[..., 0] - x0) / (x1 - x0) * width,
                top + (y1 - xy[..., 1]) / (y1 - y0) * height,
            ],
            axis=-1,
        )

    grid, text = [], []
    x_ticks, y_ticks = ticks(x0, x1), ticks(y0, y1, 5)
    for tick in y_ticks:
        y = _short(place(np.array([x0, tick]))[1])
        grid.append(f"M{left} {y}h{width}")
        text.append(
            f'<text x="{left - 6}" y="{y}" dy=".35em" text-anchor="end">'
            f"{_tick_text(tick, _step(y_ticks))}</text>"
        )
    for tick in x_ticks:
        x = _short(place(np.array([tick, y0]))[0])
        grid.append(f"M{x} {top + height}v4")
        text.append(
            f'<text x="{x}" y="{top + height + 16}" text-anchor="middle">'
            f"{_tick_text(tick, _step(x_ticks))}</text>"
        )
    drawn = []
    if chart.shaded:
        (from_x, _), (to_x, _) = place(np.array([[np.clip(x, x0, x1), y0] for x in chart.shaded]))
        drawn.append(
            f'<path class="shaded" d="M{_short(from_x)} {top}H{_short(max(to_x, from_x + 1))}v{height}'
            f'H{_short(from_x)}z"/>'
        )
    if chart.level is not None and y0 <= chart.level <= y1:
        drawn.append(
            f'<path class="chance" d="{_path(place(np.array([[x0, chart.level], [x1, chart.level]])))}"/>'
        )
    if chart.diagonal:
        ends = place(np.array([[x0, x0], [x1, x1]]))
        drawn.append(f'<path class="chance" d="{_path(ends)}"/>')
    for i, (series, xy) in enumerate(zip(chart.series, points, strict=True)):
        color, dashed = _color(i, series), " dashed" if series.dashed else ""
        drawn.append(
            f'<path class="line {color}{dashed}" d="{_path(place(xy))}">'
            f"<title>{html.escape(series.label)}</title></path>"
        )
        if series.mark is not None:
            x, y = place(xy[series.mark])
            drawn.append(
                f'<circle class="{color}" cx="{_short(x)}" cy="{_short(y)}" r="3.5">'
                f"<title>{html.escape(series.label)}: {series.y[series.mark]:.4g}</title></circle>"
            )
    names = ", ".join(series.label for series in chart.series)
    label = html.escape(f"{chart.title}: {chart.y_label} against {chart.x_label}; {names}", quote=True)
    return (
        f'<svg class="plot" role="img" aria-label="{label}" viewBox="0 0 300 218">'
        f'<path class="grid" d="{"".join(grid)}"/>{"".join(drawn)}{"".join(text)}'
        f'<text class="label" x="{left + width / 2:g}" y="{top + height + 34}" '
        'text-anchor="middle">'
        f"{html.escape(chart.x_label)}</text>"
        f'<text class="label" transform="translate(11 {top + height / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{html.escape(chart.y_label)}</text></svg>'
    )


def _points(series: Series) -> np.ndarray:
    x, y = np.asarray(series.x, np.float64), np.asarray(series.y, np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"series {series.label!r} has x of shape {x.shape} and y of shape {y.shape}")
    return np.stack([x, y], axis=1)


def _path(points: np.ndarray) -> str:
    """Path data; points that lie within a third of a pixel of the last one drawn are left out."""
    out, last, pen = [], None, False
    for i, point in enumerate(points):
        if not np.isfinite(point).all():
            pen = False
            continue
        if pen and i < len(points) - 1 and np.abs(point - last).max() < 0.3:
            continue
        out.append(f"{'L' if pen else 'M'}{_short(point[0])} {_short(point[1])}")
        last, pen = point, True
    return "".join(out)


def _around(values: np.ndarray, margin: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return low - 0.5, high + 0.5
    return low - margin * (high - low), high + margin * (high - low)


def _color(index: int, series: Series) -> str:
    return f"s{(index if series.color is None else series.color) % COLORS}"


def _step(values: Sequence[float]) -> float:
    return values[1] - values[0] if len(values) > 1 else 1.0


def _tick_text(value: float, step: float) -> str:
    """As many decimals as the step between ticks needs; a true minus sign."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:.{decimals}f}".replace("-", "\u2212")


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
