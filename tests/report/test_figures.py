import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest

from jaxmotif.motifs import logo
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import figures
from tests.helpers import example_report


def colours(pixels):
    return {name: tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for name, code in pixels.items()}


def count(path, letter):
    pixels = (matplotlib.image.imread(path)[..., :3] * 255).round().astype(int)
    return int((pixels == colours(logo.COLORS)[letter]).all(axis=-1).sum())


def test_panel_draws_every_filter(tmp_path):
    only_t = Motif("t", [[0.0, 0.0, 0.0, 1.0]] * 4, 9.0)
    before = plt.get_fignums()
    figures.logo_panel(tmp_path / "one.png", {"CNN-4": [(only_t, "")] + [(None, "")] * 3})
    figures.logo_panel(tmp_path / "four.png", {"CNN-4": [(only_t, "SRF")] * 4}, title="Layer 1")
    one, four = count(tmp_path / "one.png", "T"), count(tmp_path / "four.png", "T")
    assert one > 500
    assert four == pytest.approx(4 * one, rel=0.1)
    assert count(tmp_path / "four.png", "A") == 0
    assert plt.get_fignums() == before  # no figure is left open


@pytest.mark.parametrize("ending", ["pdf", "svg"])
def test_ending_chooses_the_format(tmp_path, ending):
    path = tmp_path / f"panel.{ending}"
    motif = example_report.motif(0, "m", 19)
    figures.logo_panel(path, {"CNN-25": [(motif, "SRF")] * 20, "CNN-4": [(motif, "")]})
    assert path.read_bytes()[:5] in (b"%PDF-", b"<?xml")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def extent(path, names, axis):
    """First and last pixel of letters' colours along an axis of the picture, 0 down and 1 across."""
    pixels = (matplotlib.image.imread(path)[..., :3] * 255).round().astype(int)
    found = np.any([(pixels == colours(logo.COLORS)[name]).all(axis=-1) for name in names], axis=0)
    places = np.flatnonzero(found.any(axis=1 - axis))
    return places[0], places[-1]


def test_a_letter_is_as_wide_in_every_logo_and_as_high_as_its_bits(tmp_path):
    path = tmp_path / "x.png"
    one = lambda letter, width: Motif(letter, np.eye(4)[["ACGT".index(letter)] * width], 9.0)
    figures.logo_panel(path, {"CNN-4": [(one("T", 18), "")]}, foot={"truth": [(one("A", 6), "SRF")]})
    # A third of the columns is a third of the width, in the middle; edges are smoothed.
    t, a = extent(path, "T", 1), extent(path, "A", 1)
    assert np.ptp(a) == pytest.approx(np.ptp(t) / 3, abs=4)
    assert sum(a) / 2 == pytest.approx(sum(t) / 2, abs=2)
    # Half the bits are half the height, whatever else is drawn.
    half = Motif("half", [[0.5, 0.5, 0.0, 0.0]] * 18, 9.0)
    for others in ([], [(one("T", 18), "")]):
        figures.logo_panel(path, {"CNN-4": [(half, ""), *others]})
        low = np.ptp(extent(path, "AC", 0))
        figures.logo_panel(path, {"CNN-4": [(one("C", 18), ""), *others]})
        assert low == pytest.approx(np.ptp(extent(path, "C", 0)) / 2, abs=3)


def test_filters_that_say_nothing_are_drawn_and_marked(tmp_path):
    weak = Motif("weak", [[0.1, 0.1, 0.35, 0.45]] * 9, 700.0)
    figures.logo_panel(tmp_path / "x.svg", {"CNN-4": [(weak, ""), (None, "")]})
    figures.logo_panel(tmp_path / "x.png", {"CNN-4": [(weak, ""), (None, "")]})
    assert count(tmp_path / "x.png", "T") > 20
    for label, marked in (("", True), ("SRF", False)):
        figures.logo_panel(tmp_path / f"m{label}.svg", {"CNN-4": [(weak, label)]})
        said = (tmp_path / f"m{label}.svg").read_text()
        assert ("<!-- uninformative -->" in said) == marked and "no activation" not in said
    said = (tmp_path / "x.svg").read_text()
    assert said.count("<!-- no activation -->") == 1 and said.count("<!-- bits -->") == 1


def test_nothing_to_draw(tmp_path):
    with pytest.raises(ValueError, match="at least one filter"):
        figures.logo_panel(tmp_path / "x.png", {})
    assert not list(tmp_path.iterdir())


def test_points_of_a_sweep_are_where_they_were_measured(tmp_path):
    values = {"TPR": [("a", {"mean": 0.9, "sd": 0.1}), ("b", None), ("c", {"mean": 0.2})]}
    figures.points(tmp_path / "sweep.png", values)
    pixels = matplotlib.image.imread(tmp_path / "sweep.png")[..., :3]
    blue = np.abs(pixels - np.array([31, 119, 180]) / 255).max(axis=-1) < 0.02
    rows, columns = np.nonzero(blue)
    upper = rows < rows.mean()
    # The larger value lies to the right, in the upper row.
    assert columns[upper].mean() > columns[~upper].max()
    with pytest.raises(ValueError, match="at least one quantity"):
        figures.points(tmp_path / "none.png", {})


def test_intervals_need_not_be_even(tmp_path):
    def drawn(low, high):
        figures.points(tmp_path / "one.png", {"FDR": [("a", {"mean": 0.5, "low": low, "high": high})]})
        pixels = matplotlib.image.imread(tmp_path / "one.png")[..., :3]
        blue = np.abs(pixels - np.array([31, 119, 180]) / 255).max(axis=-1) < 0.02
        columns, marker = np.nonzero(blue.any(axis=0))[0], np.argmax(blue.sum(axis=0))
        return marker - columns.min(), columns.max() - marker

    left, right = drawn(0.1, 0.6)
    assert left > 2 * right
    left, right = drawn(0.4, 0.9)
    assert right > 2 * left
