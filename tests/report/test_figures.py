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
