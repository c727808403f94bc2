import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from jaxmotif.report import charts


def parse(chart):
    return ElementTree.fromstring(charts.chart_html(chart))


def line_points(figure, index=0):
    path = [node for node in figure.iter("path") if "line" in node.get("class").split()][index]
    return [
        (command, float(x), float(y))
        for command, x, y in re.findall(r"([ML])([\d.-]+) ([\d.-]+)", path.get("d"))
    ]


def simple(y, x=None, **kwargs):
    x = np.arange(len(y)) if x is None else x
    return charts.Chart("t", [charts.Series("a", x, y)], "x", "y", **kwargs)


def test_points_are_where_the_axes_say():
    figure = parse(simple([0.0, 0.5, 1.0], x=[0, 1, 4], x_limits=(0, 4), y_limits=(0, 1)))
    points = line_points(figure)
    assert [command for command, _, _ in points] == ["M", "L", "L"]
    (_, x0, y0), (_, x1, y1), (_, x2, y2) = points
    assert (x1 - x0) / (x2 - x0) == pytest.approx(0.25, abs=1e-3)
    assert (y1 - y0) / (y2 - y0) == pytest.approx(0.5, abs=1e-3)
    assert y2 < y0  # up is up
    # The tick that reads 1.0 stands at the height of the value 1.
    tick = next(node for node in figure.iter("text") if node.text == "1.0")
    assert float(tick.get("y")) == pytest.approx(y2)


def test_non_finite_values_break_the_line():
    commands = [c for c, _, _ in line_points(parse(simple([0.0, 1.0, np.nan, 1.0, 0.0])))]
    assert commands == ["M", "L", "M", "L"]


def test_many_points_are_thinned_without_visible_change():
    x = np.linspace(0, 1, 50_000)
    chart = simple(np.sqrt(x), x=x, x_limits=(0, 1), y_limits=(0, 1))
    points = np.array([(px, py) for _, px, py in line_points(parse(chart))])
    assert len(points) < 1500
    (left, bottom), (right, top) = points[0], points[-1]
    u, v = (points[:, 0] - left) / (right - left), (points[:, 1] - bottom) / (top - bottom)
    np.testing.assert_allclose(v, np.sqrt(u), atol=0.02)
    assert np.diff(u).max() < 0.01


def test_legend_marks_and_labels_are_escaped():
    series = [
        charts.Series("<b>one</b>", [0, 1], [0, 1], mark=1),
        charts.Series("two", [0, 1], [1, 0], color=5, dashed=True),
    ]
    figure = parse(charts.Chart("<i>", series, "x & y", "z"))
    items = list(figure.iter("li"))
    assert ["".join(item.itertext()) for item in items] == ["<b>one</b>", "two"]
    assert items[1].get("class") == "s5 dashed"
    assert len(list(figure.iter("circle"))) == 1
    assert not list(figure.iter("b")) and not list(figure.iter("i"))


@pytest.mark.parametrize("low, high", [(0, 1), (0.31, 0.62), (-3, 40), (0.97, 0.9712), (1, 25_000)])
def test_ticks_are_round_and_inside(low, high):
    ticks = charts.ticks(low, high)
    assert 3 <= len(ticks) <= 7
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    step = ticks[1] - ticks[0]
    np.testing.assert_allclose(np.diff(ticks), step, rtol=1e-6)
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5)) < 1e-6


def test_histogram_heights_are_proportional():
    svg = ElementTree.fromstring(charts.histogram_svg([0, 2, 4, 1], (-100, 100), title="p"))
    bars = next(node for node in svg if node.get("class") == "bars").get("d")
    tops = [float(v) for v in re.findall(r"V([\d.]+)H", bars)]
    height = tops[0]
    np.testing.assert_allclose([(height - top) / height for top in tops], [0, 0.5, 1, 0.25])
    assert [node.text for node in svg if node.tag == "text"] == ["\u2212100", "100 nt"]


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: charts.chart_html(simple([np.nan, np.inf])), "nothing finite"),
        (lambda: charts.chart_html(simple([1, 2], x=[1, 2, 3])), r"'a'.*\(3,\).*\(2,\)"),
        (lambda: charts.histogram_svg([], (0, 1)), "counts"),
        (lambda: charts.histogram_svg([1, -1], (0, 1)), "counts"),
        (lambda: charts.ticks(1, 1), "low < high"),
    ],
)
def test_bad_input_says_what_is_wrong(build, words):
    with pytest.raises(ValueError, match=words):
        build()


def test_a_range_is_shaded_behind_the_curves_and_a_level_drawn():
    figure = parse(simple([0.0, 4.0], x=[0, 10], y_limits=(-4, 4), shaded=(5, 20), level=0.0))
    nodes = list(figure.iter("path"))
    classes = [node.get("class") for node in nodes]
    assert classes.index("shaded") < classes.index("chance") < classes.index("line s0")
    numbers = re.findall(r"[\d.]+", nodes[classes.index("shaded")].get("d"))
    assert [float(number) for number in numbers] == [167, 8, 292, 172, 167]  # cut off at the end of the axis
    assert "M42 94L292 94" in nodes[classes.index("chance")].get("d")
    other = parse(simple([0.0, 4.0], level=9.0))
    assert "chance" not in [node.get("class") for node in other.iter("path")]
