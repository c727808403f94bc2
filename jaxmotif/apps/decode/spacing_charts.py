"""Charts of activation by distance of a neuron's pairs of words, from its spacing scans."""

import numpy as np
from markupsafe import Markup

from jaxmotif.neuronmotif.syntax.arrangements import Syntax
from jaxmotif.neuronmotif.syntax.pair_scan import PairScan, distance_text
from jaxmotif.report.charts import Chart, Series, chart_html
from jaxmotif.report.templates import minus

# Orders and strands of a pair that are drawn: those with most accepted distances.
_WAYS = 4


def charts_of(syntax: Syntax) -> list[Markup]:
    """Returns a chart as HTML for every pair of words that was scanned: distance across, activation up.

    Shaded is the range of distances that the leaves have; the dotted line is the threshold, 0.
    """
    return [chart_html(_chart(scan, _seen(syntax, scan))) for scan in syntax.scans]


def _seen(syntax: Syntax, scan: PairScan) -> tuple[int, int] | None:
    """The smallest and largest distance of the pair among neighbours in the neuron's leaves."""
    names = sorted(word.name for word in scan.words)
    intervals = [
        interval
        for one in syntax.arrangements
        for interval in one.intervals
        if sorted(syntax.words[number].name for number in (interval.left, interval.right)) == names
    ]
    if not intervals:
        return None
    return min(one.low for one in intervals), max(one.high for one in intervals)


def _chart(scan: PairScan, seen: tuple[int, int] | None) -> Chart:
    order = sorted(range(len(scan.ways)), key=lambda way: (way != scan.best, -len(scan.accepted(way))))
    shown = [way for way in order if len(scan.accepted(way))][:_WAYS] or order[:1]
    x = scan.distances
    series = [
        Series(_strands(str(scan.ways[way])), x, scan.curves.mean[way], color=i)
        for i, way in enumerate(shown)
    ]
    series.append(Series("neither word", x, np.full(len(x), scan.neither), color=7, dashed=True))
    first, second = (word.name for word in scan.words)
    return Chart(
        f"{first} and {second}",
        series,
        "start to start, nt",
        "activation",
        shaded=None if seen is None else (seen[0] - 0.5, seen[1] + 0.5),
        level=0.0,
        caption=_caption(scan, shown, seen),
    )


def _caption(scan: PairScan, shown: list[int], seen: tuple[int, int] | None) -> str:
    parts = []
    for way in shown:
        told, accepted = scan.told[way], minus(distance_text(scan.accepted(way)))
        alone = "".join(f"; {name} is enough" for name in scan.alone(way))
        parts.append(
            f"{_strands(str(scan.ways[way]))}: {accepted} nt; {told.verdict}{_at(scan, way)}, "
            f"interaction {minus(str(told.interaction))} of {minus(f'{told.effect:.2f}')}{alone}."
        )
    parts.append(
        f"Distances at which at least {scan.share:.0%} of {scan.backgrounds} random backgrounds are above 0; "
        "interaction: f(AB) \u2212 f(A) \u2212 f(B) + f(0) with its 95 % interval, of f(AB) \u2212 f(0)."
    )
    if scan.q is not None:
        parts.append(f"q against pairs of null networks: {scan.q:.2g}.")
    if seen:
        span = f"{seen[0]}" if seen[0] == seen[1] else f"{seen[0]} to {seen[1]}"
        parts.append(f"Shaded: {minus(span)} nt, what sampling saw.")
    if scan.third:
        one, place = scan.third, _strands(f"{scan.third.name}({scan.third.strand})")
        parts.append(
            f"A third word helps most as {place}, {minus(str(one.start))} nt from the start of the left one: "
            f"{minus(str(one.gain))} more, {minus(f'{one.mean:.2f}')} in all."
        )
    return " ".join(parts)


def _at(scan: PairScan, way: int) -> str:
    together = scan.together(way)
    return f" at {minus(distance_text(together))} nt" if len(together) else ""


def _strands(text: str) -> str:
    return text.replace("(-)", "(\u2212)")
