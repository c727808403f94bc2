"""A chart of where a motif's best sites lie, position by position, around the middle of the sequences."""

import html

import numpy as np
from markupsafe import Markup

from jaxmotif.motifs.centring import Centring, Spread
from jaxmotif.report.charts import ticks

_WIDTH, _HEIGHT, _LEFT, _TOP = 560, 120, 40, 8
# Bars are no narrower than two pixels; each is as many whole positions as the others.
_BARS = _WIDTH // 2
# A window is shaded where sites lie there more often than chance gives, at this p.
_TOLD = 0.05


def position_svg(
    spread: Spread, width: int, length: int, centring: Centring | None = None, *, title: str = ""
) -> Markup:
    """Returns bars of best sites at each position of their middle, in nt from the middle of the sequences.

    A bar is one position, or the mean of several, as many in every bar; the dashed line is what equally
    likely places would give.

    Args:
      spread: of the motif's best sites.
      width: of the motif, in nt.
      length: of the sequences, in nt.
      centring: its window is shaded where it is significant.
      title: of the drawing.

    Raises:
      ValueError: if there are not as many starts as a motif of this width has in such sequences.
    """
    starts = length - width + 1
    if len(spread.counts) != starts or len(spread.expected) != starts:
        raise ValueError(f"{len(spread.counts)} starts of a motif of {width} nt in sequences of {length} nt")
    each = -(-starts // _BARS)
    edges = np.append(np.arange(0, starts, each), starts)
    mean = lambda values: np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    counts, expected = mean(spread.counts.astype(float)), mean(spread.expected)
    top = max(counts.max(), expected.max()) or 1.0
    x = lambda nt: f"{_LEFT + (nt + length / 2) / length * _WIDTH:.1f}"
    y = lambda value: f"{_TOP + _HEIGHT * (1 - value / top):.1f}"
    # A start's middle lies width / 2 further on; its bar reaches half a position to either side.
    at = edges - length / 2 + width / 2 - 0.5
    bottom = _TOP + _HEIGHT
    bars = "".join(f"V{y(value)}H{x(end)}" for value, end in zip(counts, at[1:], strict=True))
    level = "".join(f"V{y(value)}H{x(end)}" for value, end in zip(expected, at[1:], strict=True))
    parts = []
    if centring is not None and centring.p <= _TOLD:
        low, high = -centring.width / 2, centring.width / 2
        parts.append(f'<path class="shaded" d="M{x(low)} {_TOP}H{x(high)}V{bottom}H{x(low)}z"/>')
    parts.append(f'<path class="bars" d="M{x(at[0])} {bottom}{bars}V{bottom}z"/>')
    parts.append(f'<path class="chance" d="M{x(at[0])} {y(expected[0])}{level}"/>')
    parts.append(f'<path class="axis" d="M{_LEFT} {bottom}h{_WIDTH}"/>')
    for tick in ticks(-length / 2, length / 2, 8):
        parts.append(f'<path class="axis" d="M{x(tick)} {bottom}v4"/>')
        text = f"{tick:+,.0f}".replace("-", "\u2212") if tick else "0"
        parts.append(f'<text x="{x(tick)}" y="{bottom + 16}" text-anchor="middle">{text}</text>')
    for tick in [one for one in ticks(0, top, 3) if one > 0]:
        parts.append(f'<text x="{_LEFT - 5}" y="{y(tick)}" dy=".35em" text-anchor="end">{tick:g}</text>')
    name, box = html.escape(title, quote=True), f"0 0 {_LEFT + _WIDTH + 26} {bottom + 36}"
    return Markup(
        f'<svg class="places" role="img" aria-label="{name}" viewBox="{box}">'
        f"<title>{name}</title>{''.join(parts)}"
        f'<text class="label" x="{_LEFT + _WIDTH / 2:g}" y="{bottom + 33}" text-anchor="middle">'
        "middle of the site, nt from the middle of the sequence</text></svg>"
    )
