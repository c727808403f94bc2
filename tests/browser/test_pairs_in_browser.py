"""The section on pairs in headless Chromium, of 3 and of 30 motifs."""

import numpy as np
import pytest

from jaxmotif.motifs.pairs import Pair
from jaxmotif.motifs.spacing import FORMS, Arrangement
from jaxmotif.report import page
from jaxmotif.report.pair_table import PairRow, PairTable


def _section(count):
    rng, rows = np.random.default_rng(count), []
    for a in range(count):
        for b in range(a, count):
            counts = rng.poisson(1.0, (4, 70))
            ways = FORMS[(a + b) % 11]
            best = Arrangement(ways, None if a % 2 else 9, 40, 5.0, 1e-4) if b % 3 else None
            q = None if a == b else float(10.0 ** -rng.uniform(0, 9))
            expected = float(rng.uniform(5, 80))
            both = round(expected * (2.5 if (a + b) % 2 else 0.3))
            pair = Pair(a, b, 90, 80, 900, both, expected, q, 4, 60, counts, best)
            rows.append(PairRow(pair, q, None if best is None else float(rng.uniform(0, 0.1))))
    return PairTable("Pairs of motifs", [f"{i + 1} FOS::JUN_{i}" for i in range(count)], rows)


@pytest.fixture(name="opened", params=[3, 30])
def fixture_opened(request, browser, tmp_path):
    path = tmp_path / "report.html"
    page.write(path, page.Report("Pairs", sections=[_section(request.param)]))
    browser.get_log("browser")
    browser.get(path.as_uri())
    yield browser, request.param
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_is_drawn_and_fits(opened):
    browser, count = opened
    for width in (400, 1300):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
        # What is wider than the window scrolls in a box of its own, and names of motifs stay in sight.
        outside = browser.execute_script(
            "const edge = document.querySelector('section').getBoundingClientRect().right;"
            "return [...document.querySelectorAll('section .scroll, .scale, h3')]"
            ".filter(e => e.getBoundingClientRect().right > edge).length"
        )
        assert outside == 0
    cells = browser.execute_script(
        "return [...document.querySelectorAll('.matrix td[style]')]"
        ".map(c => [c.className, getComputedStyle(c).backgroundColor, c.offsetWidth, c.offsetHeight])"
    )
    assert len(cells) == count**2
    assert all(w >= 18 and h >= 18 for _, _, w, h in cells)
    # More and less often are told by colour.
    hues = {kind: {c for css, c, *_ in cells if css.split()[0] == kind} for kind in ("over", "under", "self")}
    assert hues["over"] and hues["under"] and not hues["over"] & hues["under"] and len(hues["self"]) == 1
    assert browser.get_log("browser") == []


def test_charts_have_ink_and_rows_are_sorted(opened):
    browser, _ = opened
    inked = browser.execute_script(
        "return [...document.querySelectorAll('.gapchart .bars')].map(path => path.getBBox().width)"
    )
    assert inked and min(inked) > 50
    values = lambda: browser.execute_script(
        "return [...document.querySelectorAll('.pairs .together')].slice(1).map(c => c.dataset.v ?? null)"
    )
    browser.find_element("css selector", ".pairs thead .together button").click()
    shown = values()
    numbers = [float(value) for value in shown if value is not None]
    assert numbers == sorted(numbers) and shown[len(numbers) :] == [None] * (len(shown) - len(numbers))
