import re
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from jaxmotif.motifs import logo

NUMBER = re.compile(r"-?\d+")


def glyph_boxes(svg):
    """(letter, left, top, right, bottom) per letter, by walking the path data of the drawing.

    A letter starts with an absolute M; the rest is relative; curves count by their control points.
    """
    boxes = []
    for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        if path.get("class") == "base":
            continue
        for glyph in path.get("d").split("M")[1:]:
            head, *parts = re.split(r"(?=[mlcz])", glyph)
            x, y = start = tuple(map(int, NUMBER.findall(head)))
            seen = [start]
            for part in parts:
                if part[0] == "z":
                    x, y = start
                    continue
                numbers = list(map(int, NUMBER.findall(part)))
                points = [(x + dx, y + dy) for dx, dy in zip(numbers[::2], numbers[1::2], strict=True)]
                seen += points
                x, y = points[-1]
                if part[0] == "m":
                    start = (x, y)
            xs, ys = zip(*seen, strict=True)
            boxes.append((path.get("class"), min(xs), min(ys), max(xs), max(ys)))
    return boxes


@pytest.fixture(name="ppm")
def fixture_ppm():
    return np.random.default_rng(0).dirichlet(np.full(4, 0.6), size=9)


def test_heights_are_the_closed_form():
    # 2 - H bits; H of (1/2, 1/2) is 1, of (1/2, 1/4, 1/4) 1.5, of a flat column 2.
    heights = logo.information_heights([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.5, 0.25, 0.25, 0], [0.25] * 4])
    np.testing.assert_allclose(heights.sum(axis=1), [2, 1, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(heights[2], [0.25, 0.125, 0.125, 0], atol=1e-12)


def test_background_enters_as_relative_entropy():
    heights = logo.information_heights([[0, 1, 0, 0], [0.4, 0.1, 0.1, 0.4]], background=(0.4, 0.1, 0.1, 0.4))
    np.testing.assert_allclose(heights.sum(axis=1), [np.log2(10), 0], atol=1e-12)


def test_drawn_letters_are_as_high_as_their_information(ppm):
    boxes = glyph_boxes(logo.logo_svg(ppm))
    entropy = -(ppm * np.log2(ppm)).sum(axis=1)
    expected = ppm * (2 - entropy)[:, None] / 2 * logo.HEIGHT
    drawn = np.zeros_like(ppm)
    for letter, left, top, right, bottom in boxes:
        assert right - left == logo.COLUMN
        drawn[left // logo.COLUMN, "ACGT".index(letter)] = bottom - top
    np.testing.assert_allclose(drawn, expected, atol=1.01)
    assert np.count_nonzero(drawn) > 20


def test_letters_of_a_column_touch_and_the_largest_is_on_top(ppm):
    by_column = {}
    for letter, left, top, _, bottom in glyph_boxes(logo.logo_svg(ppm)):
        by_column.setdefault(left // logo.COLUMN, []).append((top, bottom, letter))
    for column, letters in by_column.items():
        letters.sort()
        assert letters[0][2] == "ACGT"[ppm[column].argmax()]
        assert abs(letters[-1][1] - logo.HEIGHT) <= 1
        for above, below in zip(letters, letters[1:], strict=False):
            assert abs(above[1] - below[0]) <= 1


def test_signed_heights_hang_below_the_axis():
    svg = logo.logo_svg([[2.0, 0, 0, 0], [0, -1.0, 0, 1.0]], scale="raw")
    boxes = {letter: (top, bottom) for letter, _, top, _, bottom in glyph_boxes(svg)}
    zero = logo.HEIGHT * 2 // 3
    assert boxes["A"] == (0, zero)
    assert boxes["T"] == (zero // 2, zero)
    assert boxes["C"] == (zero, logo.HEIGHT)


def test_probability_scale_fills_the_column(ppm):
    boxes = glyph_boxes(logo.logo_svg(ppm, scale="probability"))
    assert min(top for _, _, top, _, _ in boxes) == 0
    assert max(bottom for *_, bottom in boxes) == logo.HEIGHT


def test_offset_puts_a_logo_under_another():
    svg = logo.logo_svg([[1, 0, 0, 0], [0, 1, 0, 0]], columns=7, offset=3)
    assert f'viewBox="0 0 {7 * logo.COLUMN} ' in svg
    assert sorted(box[1] // logo.COLUMN for box in glyph_boxes(svg)) == [3, 4]


def test_flat_matrix_draws_nothing_but_the_axis():
    svg = logo.logo_svg(np.full((6, 4), 0.25))
    assert glyph_boxes(svg) == []
    assert 'class="base"' in svg


def test_title_is_escaped_and_read_out(ppm):
    svg = logo.logo_svg(ppm, title='<script>"&')
    assert "<script>" not in svg
    assert ElementTree.fromstring(svg).get("aria-label") == '<script>"&'
    assert 'aria-hidden="true"' in logo.logo_svg(ppm)


@pytest.mark.parametrize(
    "matrix, kwargs, words",
    [
        (np.zeros((4, 3)), {}, r"\(4, 3\)"),
        (np.zeros((0, 4)), {}, r"\(0, 4\)"),
        ([[0.5, 0.5, 0.5, 0.5]], {}, "sum to 1"),
        ([[1.5, -0.5, 0, 0]], {}, ">= 0"),
        ([[np.nan, 0, 0, 1]], {"scale": "raw"}, "NaN"),
        ([[1, 0, 0, 0]], {"scale": "nats"}, "nats"),
        ([[1, 0, 0, 0]], {"background": (1, 0, 0, 0)}, "positive frequencies"),
        ([[1, 0, 0, 0]], {"limits": (2, 2)}, "increase"),
        ([[1, 0, 0, 0]], {"columns": 3, "offset": 3}, "offset 3"),
    ],
)
def test_bad_input_says_what_is_wrong(matrix, kwargs, words):
    with pytest.raises(ValueError, match=words):
        logo.logo_svg(matrix, **kwargs)


@pytest.mark.parametrize("letter", "ACGT")
def test_outlines_fill_their_box(letter):
    points, codes = logo._glyph(letter)
    points = points[codes != 79]
    np.testing.assert_array_equal(points.min(axis=0), [0, 0])
    np.testing.assert_array_equal(points.max(axis=0), [100, 100])


def test_matplotlib_logo_covers_the_same_boxes(ppm):
    figure, ax = plt.subplots()
    collection = logo.draw_logo(ax, ppm)
    heights = logo.information_heights(ppm)
    assert ax.get_ylim() == (0, 2)
    assert ax.get_xlim() == (0, 9)
    for letter, path in zip("ACGT", collection.get_paths(), strict=True):
        top = path.vertices[path.codes != 79][:, 1].max()
        column = heights[:, "ACGT".index(letter)]
        largest = heights.argmax(axis=1) == "ACGT".index(letter)
        # The highest a letter reaches: on top of its column where it leads it.
        assert top >= heights.sum(axis=1)[largest].max(initial=0) - 1e-9
        assert np.ptp(path.vertices[:, 0]) <= 9 and column.max() <= top + 1e-9
    plt.close(figure)


def test_matplotlib_colours_reach_the_pixels():
    # A column that is all T: red ink in the stem, paper beside it. Needs no font.
    figure = plt.figure(figsize=(1, 1), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.axis("off")
    logo.draw_logo(ax, [[0, 0, 0, 1]])
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    plt.close(figure)
    assert tuple(pixels[60, 50]) == tuple(int(logo.COLORS["T"][i : i + 2], 16) for i in (1, 3, 5))
    assert tuple(pixels[60, 10]) == (255, 255, 255)


def test_a_logo_is_plotted_on_axes_or_into_a_file(ppm, tmp_path):
    figure, ax = plt.subplots()
    assert logo.plot_logo(ppm - 0.25, ax, scale="raw") is ax
    heights = np.where(ppm > 0.25, ppm - 0.25, 0).sum(axis=1)
    assert ax.get_xlim() == (0, 9) and ax.get_ylim()[1] == pytest.approx(heights.max())
    plt.close(figure)
    for ending in ("png", "svg", "pdf"):
        logo.plot_logo(ppm, path=tmp_path / f"logo.{ending}")
        assert (tmp_path / f"logo.{ending}").stat().st_size > 500
    assert not plt.get_fignums()
    with pytest.raises(ValueError, match="scale must be"):
        logo.plot_logo(ppm, scale="nats")
