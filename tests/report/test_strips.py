"""Sequences letter by letter as SVG: where letters, boxes and names stand."""

import re

import numpy as np
import pytest

from jaxmotif.report import strips
from jaxmotif.report.contributions import Shown, Site
from tests.helpers.document import Document
from tests.helpers.example_report import EVIL


def test_lines_are_even_and_none_ends_in_the_middle():
    for length in (1, 100, 140, 141, 200, 299, 300, 500, 1000):
        line = strips.line_of(length)
        lines = -(-length // line)
        assert line <= strips.MOST and (length <= strips.MOST) == (lines == 1)
        ends = [line * i for i in range(1, lines)]
        assert all(abs(end - length / 2) > line / 4 for end in ends)


def test_letters_and_boxes_stand_at_their_places():
    heights = np.zeros((200, 4))
    heights[70, 2], heights[75, 0] = 2.0, -1.0  # second line of three, 67 letters each
    drawn = strips.strip_svg(Shown("t", heights, [Site("CTCF", 60, 76)]), -100.0, {"CTCF": 3})
    rects = re.findall(r'<rect class="site s3" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', drawn)
    (x1, y1, w1, h1), (x2, y2, w2, _) = [[int(v) for v in rect] for rect in rects]
    assert (x1, w1, x2, w2) == (20 * 60, 20 * 7, 0, 20 * 9)  # cut at the line's end
    up = re.search(r'<path class="G" d="M(\d+) (\d+)', drawn)
    down = re.search(r'<path class="A" d="M(\d+) (\d+)', drawn)
    assert 20 * 3 <= int(up[1]) <= 20 * 4 and 20 * 8 <= int(down[1]) <= 20 * 9
    assert y2 <= int(up[2]) <= y2 + h1 * 2 / 3  # from zero up, two thirds of the line
    numbers = re.findall(r'text-anchor="(?:start|end)">([^<]*)<', drawn)
    numbers = [number.replace("\N{MINUS SIGN}", "-") for number in numbers]
    assert numbers == ["-100", "-33", "-33", "+34", "+34", "+100"]
    assert y1 < y2


def test_names_do_not_lie_on_each_other():
    sites = [Site("long_name", 10, 20), Site("second", 12, 22), Site("third", 40, 44)]
    drawn = strips.strip_svg(Shown("t", np.ones((60, 4)), sites), 0, {})
    y = [int(value) for value in re.findall(r'<text class="s0" x="\d+" y="(\d+)"', drawn)]
    assert y[0] > y[1] and y[2] == y[0]


def test_a_section_is_escaped_and_small():
    rng = np.random.default_rng(0)
    heights = rng.normal(0, 1, (200, 1)) * np.eye(4)[rng.integers(0, 4, 200)]
    shown = [Shown(EVIL, heights, [Site(EVIL, 3, 9)])]
    html = strips.Strips("x", shown, [-100], [EVIL], EVIL).html()
    document = Document(html)
    assert not document.all("img") and len(document.all("svg", "strip")) == 1
    assert len(html) < 20_000
    assert not any(name.startswith("on") for _, attrs, _ in document.elements for name in attrs)


def test_nothing_contributed_is_drawn_as_a_line():
    drawn = strips.strip_svg(Shown("t", np.zeros((30, 4))), 0, {})
    assert 'class="base"' in drawn and 'class="A"' not in drawn and "nan" not in drawn
    with pytest.raises(ValueError, match="no letters"):
        strips.strip_svg(Shown("t", np.zeros((0, 4))), 0, {})
