"""Letters as tall as what they contribute: which of a long sequence are drawn."""

import numpy as np

from jaxmotif.report import contributions
from jaxmotif.report.contributions import Shown, contributions_figure


def test_of_a_long_sequence_the_strongest_stretch_is_drawn(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    heights = 0.01 * np.eye(4)[rng.integers(0, 4, 10_101)]
    heights[4_650:4_660] *= 100
    drawn, titles = [], []

    def draw_logo(ax, part, **_):
        drawn.append(part)
        monkeypatch.setattr(ax, "set_title", lambda title, **_: titles.append(title))

    monkeypatch.setattr(contributions, "draw_logo", draw_logo)
    contributions_figure(tmp_path / "f.svg", [Shown("long", heights), Shown("short", heights[:250])])
    long = np.concatenate(drawn[: contributions.MOST_LINES])
    first = next(i for i in range(len(heights)) if np.array_equal(heights[i : i + len(long)], long))
    assert len(long) == 1_000 and first in (4_100, 4_200)
    np.testing.assert_array_equal(np.concatenate(drawn[contributions.MOST_LINES :]), heights[:250])
    assert titles == [f"long   nt {first + 1:,} to {first + 1_000:,} of 10,101", "short"]
