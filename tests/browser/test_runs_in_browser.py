"""Motifs of several runs, and of several classes, in headless Chromium."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import page
from jaxmotif.report.class_table import Cell, ClassTable

CTCF, GATA, EBOX = "CCACCAGGGGGCGC", "AGATAAGGTT", "GGCACGTGCC"
WIDTHS = 400, 1300


def _motif(name, text):
    ppm = np.full((len(text), 4), 0.02)
    ppm[np.arange(len(text)), dna.encode([text])[0]] = 0.94
    return Motif(name, ppm, 50)


def _open(browser, path):
    browser.get_log("browser")
    browser.get(path.as_uri())
    assert browser.get_log("browser") == []
    return browser


def _fits(browser):
    """Checks that nothing but a box that scrolls is wider than the window, on a telephone and on a desk."""
    for width in WIDTHS:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture(name="compared")
def fixture_compared(browser, tmp_path):
    runs = {
        "a": [_motif("motif_1", CTCF), _motif("motif_2", GATA)],
        "b": [_motif("motif_1", "T" + EBOX), _motif("motif_2", CTCF[2:]).reverse_complement()],
        "c": [_motif("motif_1", CTCF + "AA"), _motif("motif_2", "A" + GATA), _motif("motif_3", EBOX)],
    }
    for name, motifs in runs.items():
        (tmp_path / name).mkdir()
        meme.write_meme(tmp_path / name / "motifs.meme", motifs)
    cli.dispatch(["", "compare", *(str(tmp_path / name) for name in runs), f"--out={tmp_path}"])
    yield _open(browser, tmp_path / "compare.html")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_logos_of_a_row_lie_on_each_other(compared):
    _fits(compared)
    rows = compared.execute_script(
        "return [...document.querySelectorAll('.compare tbody')].map(body =>"
        "  [...body.querySelectorAll('svg')].map(svg => {"
        "    const frame = svg.getBoundingClientRect();"
        "    const ink = [...svg.querySelectorAll('path')].map(p => p.getBoundingClientRect())"
        "      .filter(box => box.height > frame.height / 4);"
        "    return [(Math.min(...ink.map(b => b.left)) - frame.left) / frame.width,"
        "            (Math.max(...ink.map(b => b.right)) - frame.left) / frame.width];"
        "  }))"
    )
    assert [len(row) for row in rows] == [4, 3, 3]
    # CTCF in a, without its first two letters and turned in b, with two more at its end in c: of 16 columns.
    columns = [[round(16 * side) for side in sides] for sides in rows[0]]
    assert columns == [[0, 14], [0, 14], [2, 14], [0, 16]]
    texts = compared.execute_script(
        "return [...document.querySelectorAll('.compare tbody tr')].map(row => row.innerText)"
    )
    assert [("all" in text, "lost" in text, "gained" in text) for text in texts] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_rows_are_sorted_by_a_click(compared):
    compared.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    script = "return [...document.querySelectorAll('.compare tbody')].map(b => b.rows[0].cells[2].dataset.v)"
    order = lambda: compared.execute_script(script)
    assert order() == ["all", "lost", "gained"]
    compared.find_elements("css selector", ".compare thead button")[2].click()
    assert order() in (["all", "gained", "lost"], ["lost", "gained", "all"])


def test_classes_are_told_by_colour(browser, tmp_path):
    logs = np.array([[3.0, -3.0, 0.4], [-0.4, 0.0, 1.5]])
    cells = [[Cell(value, abs(value) > 1, f"{value}") for value in row] for row in logs.tolist()]
    names = ["heart", "liver", "a class with a long name of its own"]
    table = ClassTable("Motifs by class", names, ["1 CTCF", "2 CEBPB"], cells, [("peaks", ["1", "2", "3"])])
    page.write(tmp_path / "report.html", page.Report("Classes", sections=[table]))
    _open(browser, tmp_path / "report.html")
    _fits(browser)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    shown = browser.execute_script(
        "return [...document.querySelectorAll('.classes td[style]')]"
        ".map(c => [c.innerText, getComputedStyle(c).backgroundColor, c.offsetWidth])"
    )
    assert [float(text.replace("\N{MINUS SIGN}", "-").strip("\N{BULLET} \n")) for text, *_ in shown] == list(
        logs.ravel()
    )
    colours = [colour for _, colour, _ in shown]
    more, less, little_more, little_less, none, middle = colours
    assert len({more, less, little_more, little_less, middle}) == 5 and none not in (more, less)
    assert all(width >= 18 for *_, width in shown)
