"""Clicks through the dashboard's page in headless Chromium, from a file."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from jaxmotif.apps.dashboard import page
from jaxmotif.apps.dashboard.evidence import Box, Dashboard, Place, SequenceEvidence
from jaxmotif.motifs.motif import Motif

LETTERS = "ACGT"
NETWORKS, METHODS = ("CNN", "CNN-RNN"), ("integrated", "saliency")
MEMBERS = {"CNN": ("CNN, member 1", "CNN, member 2"), "CNN-RNN": ()}
ROWS = ("CNN", *MEMBERS["CNN"], "CNN-RNN")
FACTOR = "<b>F&1</b>"


def _values(rng, method: str, length: int):
    values = rng.normal(size=length)
    return np.abs(values) if method == "saliency" else values


def _sequence(rng, i: int, length: int) -> SequenceEvidence:
    return SequenceEvidence(
        f"peak <{i}>",
        "".join(rng.choice(list(LETTERS), length)),
        [Box(10 + i % 7, 19 + i % 7, "+", "motif_1 F1", True), Box(12, 21, "-", "M1 F1")],
        {name: float(rng.uniform()) for name in ROWS},
        {method: {name: _values(rng, method, length) for name in ROWS} for method in METHODS},
        {"CNN-RNN": tuple(rng.uniform(size=(2, length)))},
        i % 2 == 0,
        Place("chr7", 1000 * i, i == 1) if i < 3 else None,
    )


def _dashboard(count: int, length: int = 101) -> Dashboard:
    rng = np.random.default_rng(0)
    motif = Motif("M1", rng.dirichlet([0.3] * 4, 9), 50, FACTOR)
    classes = {name: Motif(name, rng.dirichlet([0.5] * 4, length), 50) for name in NETWORKS}
    shown = Dashboard("F1", "two networks", [motif], "bound", classes, NETWORKS, METHODS, [], "jaxmotif")
    return shown._replace(
        sequences=[_sequence(rng, i, length) for i in range(count)],
        found=[Motif("motif_1", motif.ppm, 50, "F1")],
        members=MEMBERS,
        notes=["a <note>"],
        text="Made with jaxmotif.",
        report="../report.html",
    )


@pytest.fixture(name="dashboard", scope="module")
def fixture_dashboard():
    return _dashboard(5)


@pytest.fixture(name="opened")
def fixture_opened(browser, tmp_path, dashboard):
    path = tmp_path / "dashboard.html"
    page.write(path, dashboard)
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())
    return browser


def _texts(browser, css: str) -> list[str]:
    found = "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent)"
    return browser.execute_script(found, css)


def _select(browser, element: str, place: int) -> None:
    browser.find_element("css selector", f"#{element} option:nth-child({place + 1})").click()


def _choose(browser, element: str, value: str) -> None:
    browser.find_element("css selector", f"#{element} option[value={value}]").click()


def _hover(browser, position: int) -> None:
    """Moves the pointer onto a letter, by the place at which the page has drawn it."""
    from selenium.webdriver import ActionChains

    letter = browser.find_elements("css selector", "#drawing .letter")[position]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", letter)
    ActionChains(browser).move_to_element(letter).perform()


def _drawn(browser) -> list[dict]:
    """Of every coloured letter of the logos: its class, and the values of its path's points."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#drawing path:not(.axis)')].map(path => ({"
        "letter: path.getAttribute('class'), d: path.getAttribute('d')}))"
    )


def test_nothing_is_loaded_and_nothing_complains(opened):
    assert opened.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    loaded = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert any(url.startswith("file:") for url in loaded)
    assert not any(url.startswith("http") for url in loaded)
    assert opened.find_element("css selector", "h1").text == "F1 dashboard"
    assert FACTOR in opened.find_element("css selector", "#known figcaption").text
    assert opened.find_element("css selector", ".notes li").text == "a <note>"
    link = opened.find_element("css selector", "nav a")
    assert link.get_attribute("href").endswith("/report.html") and link.text == "Report of this run"
    assert opened.find_element("id", "text").text == "Made with jaxmotif."


def test_sequences_networks_and_methods_are_chosen(opened, dashboard):
    assert "".join(_texts(opened, "#drawing .letter")) == dashboard.sequences[0].letters
    names = set(_texts(opened, "#drawing .name"))
    own = dashboard.sequences[0].scores
    assert names == {
        f"CNN  {own['CNN']:.2f}", f"CNN-RNN  {own['CNN-RNN']:.2f}",
        "CNN-RNN  parts of the sequence, forward", "CNN-RNN  parts of the sequence, backward",
    }  # fmt: skip
    _select(opened, "pick", 3)
    assert "".join(_texts(opened, "#drawing .letter")) == dashboard.sequences[3].letters
    opened.find_element("id", "next").click()
    opened.find_element("id", "next").click()
    assert "peak <0>" in _texts(opened, "#drawing .title")[0]  # round and round
    opened.find_element("id", "previous").click()
    assert "peak <4>" in _texts(opened, "#drawing .title")[0]
    opened.find_elements("css selector", "#networks input")[1].click()
    assert len(set(_texts(opened, "#drawing .name"))) == 1
    _choose(opened, "method", "saliency")
    assert "Saliency" in _texts(opened, "#drawing .title")[0]
    assert "without a sign" in opened.find_element("id", "meaning").text


def test_letters_are_as_tall_as_what_they_contribute(opened, dashboard):
    opened.find_elements("css selector", "#networks input")[1].click()
    values = np.asarray(dashboard.sequences[0].strips["integrated"]["CNN"])
    unit = 64 / (values.max() - values.min())
    heights = {letter: [] for letter in LETTERS}
    for path in _drawn(opened):
        # Outlines begin with M; a letter has all of its contours in one column.
        points = np.array(re.findall(r"-?[\d.]+", path["d"]), float).reshape(-1, 2)
        heights[path["letter"]].append((points[:, 1].min(), points[:, 1].max()))
    tallest = int(values.argmax())
    low, high = min(heights[dashboard.sequences[0].letters[tallest]], key=lambda ends: ends[0])
    assert high - low >= values[tallest] * unit - 0.2
    ticks = _texts(opened, "#drawing .tick")
    assert f"+{values.max():.2g}" in ticks and f"\u2212{-values.min():.2g}" in ticks and "0" in ticks


def test_long_sequences_are_wrapped_into_letters_that_can_be_read(browser, tmp_path):
    path = tmp_path / "dashboard.html"
    for length, width in ((192, 1440), (600, 1440), (1000, 1440), (192, 500)):
        page.write(path, _dashboard(1, length))
        browser.set_window_size(width, 1000)
        browser.get(path.as_uri())
        boxes = browser.execute_script(
            "return [...document.querySelectorAll('#drawing .letter')].map(one => {"
            "const place = one.getBoundingClientRect(); return [place.x, place.y, place.height]})"
        )
        assert len(boxes) == length
        lines = sorted({round(y) for _, y, _ in boxes})
        assert len(lines) > 1 and min(height for _, _, height in boxes) > 9
        steps = np.diff([x for x, y, _ in boxes if round(y) == lines[0]])
        assert steps.min() > 9
        numbers = _texts(browser, "#drawing .position")
        assert {"1", str((length - 1) // 10 * 10 + 1)} <= set(numbers)
        assert any(text.startswith("chr7:1\u2013") for text in numbers)
        assert not browser.execute_script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    browser.set_window_size(1280, 1000)


def test_hovering_reads_all_numbers_at_one_position(opened, dashboard):
    _hover(opened, 12)
    shown = dashboard.sequences[0]
    said = opened.find_element("css selector", "#reading p").text
    assert f"position 13: {shown.letters[12]}, chr7:13" in said
    assert "in motif_1 F1 (+)" in said and "in M1 F1 (-)" in said
    cells = [
        [cell.text for cell in row.find_elements("css selector", "th,td")]
        for row in opened.find_elements("css selector", "#reading tr")
    ]
    assert cells[0] == [
        "", "answer", "Integrated gradients", "Saliency, |gradient x input|", "forward", "backward"
    ]  # fmt: skip
    for line, name in zip(cells[1:], NETWORKS, strict=True):
        assert line[0] == name and float(line[1]) == pytest.approx(shown.scores[name], abs=6e-4)
        for text, method in zip(line[2:4], METHODS, strict=True):
            values = shown.strips[method][name]
            told = float(text.replace("\u2212", "-"))
            assert told == pytest.approx(values[12], abs=6e-3 * np.abs(values).max())
    forward, backward = (part[12] for part in shown.temporal["CNN-RNN"])
    assert [float(text) for text in cells[2][4:]] == pytest.approx([forward, backward], abs=2e-3)
    cursor = opened.find_element("css selector", "#drawing .cursor")
    letter = opened.find_elements("css selector", "#drawing .letter")[12]
    middle = cursor.rect["x"] + cursor.rect["width"] / 2
    assert middle == pytest.approx(letter.rect["x"] + letter.rect["width"] / 2, abs=1.5)


def test_a_click_holds_the_position_through_sequences(opened, dashboard):
    from selenium.webdriver import ActionChains

    _hover(opened, 40)
    ActionChains(opened).click().perform()
    opened.find_element("id", "next").click()
    said = opened.find_element("css selector", "#reading p").text
    # The second sequence is the other strand: its letters count down the chromosome.
    assert f"position 41: {dashboard.sequences[1].letters[40]}, chr7:1,061" in said


def test_an_ensemble_is_opened_into_its_members(opened, dashboard):
    buttons = opened.find_elements("css selector", "#networks .open")
    assert [button.text for button in buttons] == ["open its 2 members"]
    buttons[0].click()
    own = dashboard.sequences[0].scores
    names = _texts(opened, "#drawing .name")
    assert f"member 1 of CNN  {own['CNN, member 1']:.2f}" in names
    assert f"member 2 of CNN  {own['CNN, member 2']:.2f}" in names
    _hover(opened, 3)
    rows = _texts(opened, "#reading tbody tr th")
    assert rows == ["CNN", "member 1 of CNN", "member 2 of CNN", "CNN-RNN"]
    # Members are on their network's scale.
    ticks = _texts(opened, "#drawing .tick")
    values = np.concatenate([dashboard.sequences[0].strips["integrated"][name] for name in ROWS[:3]])
    assert ticks.count(f"+{values.max():.2g}") >= 3
    buttons[0].click()
    assert not any("member" in name for name in _texts(opened, "#drawing .name"))


def test_boxes_say_whose_they_are(opened):
    names = _texts(opened, "#drawing .boxname")
    assert sorted(names) == ["M1 F1 \u2190", "motif_1 F1 \u2192"]
    assert len(opened.find_elements("css selector", "#drawing .box.database")) == 1
    tops = [one.rect["y"] for one in opened.find_elements("css selector", "#drawing .boxname")]
    assert abs(tops[0] - tops[1]) > 8  # on lanes of their own


def test_cells_are_coloured_by_the_values(opened, dashboard):
    _choose(opened, "view", "cells")
    values = np.asarray(dashboard.sequences[0].strips["integrated"]["CNN"])
    fills = opened.execute_script(
        "return [...document.querySelectorAll('#drawing .cell')].map(one => one.getAttribute('fill'))"
    )
    strongest = int(np.abs(values).argmax())
    assert "rgb(255,0,0)" in fills if values[strongest] > 0 else "rgb(0,0,255)" in fills
    for value, fill in zip(values[:60], fills[:60], strict=True):
        red, _, blue = map(int, fill[4:-1].split(","))
        assert red >= blue if value >= 0 else blue >= red


def test_search_and_order_find_sequences(browser, tmp_path):
    shown = _dashboard(300)
    path = tmp_path / "dashboard.html"
    page.write(path, shown)
    assert path.stat().st_size < 1_000_000
    browser.get(path.as_uri())
    options = lambda: _texts(browser, "#pick option")
    assert len(options()) == 300 and options()[0].endswith("positive  peak <0>")
    browser.find_element("id", "search").send_keys("PEAK 17")
    expected = [f"peak <{i}>" for i in range(300) if "17" in str(i)]
    assert [text.split("  ")[-1] for text in options()] == expected and len(expected) == 13
    assert browser.find_element("id", "count").text == "13 of 300 sequences"
    assert "peak <17>" in _texts(browser, "#drawing .title")[0]
    _choose(browser, "label", "true")
    assert all("positive" in text for text in options()) and len(options()) < 13
    browser.find_element("id", "search").clear()
    browser.find_element("id", "search").send_keys(" ")
    _choose(browser, "label", "''")
    scores = [one.scores["CNN"] for one in shown.sequences]
    for name, first in (("strongest", np.argmax(scores)), ("weakest", np.argmin(scores))):
        _choose(browser, "order", name)
        assert f"peak <{first}>" in _texts(browser, "#drawing .title")[0]
    _choose(browser, "order", "wrongest")
    wrong = [abs(one.positive - one.scores["CNN"]) for one in shown.sequences]
    assert f"peak <{int(np.argmax(wrong))}>" in _texts(browser, "#drawing .title")[0]
    browser.find_element("id", "next").click()
    assert f"peak <{int(np.argsort(wrong)[-2])}>" in _texts(browser, "#drawing .title")[0]
    browser.find_element("id", "search").send_keys("nothing is called so")
    assert options() == []


def test_the_drawing_is_saved_as_a_file(browser, opened, tmp_path, dashboard):
    text = opened.execute_script("return svgFile(svg)")
    root = ElementTree.fromstring(text.split("?>", 1)[1])
    assert root.tag.endswith("svg") and float(root.get("width")) > 300 and "var(" not in text
    letters = [one.text for one in root.iter() if (one.get("class") or "").startswith("letter ")]
    assert "".join(letters) == dashboard.sequences[0].letters
    folder = tmp_path / "saved"
    folder.mkdir()
    opened.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    opened.find_element("id", "download").click()
    opened.execute_async_script("setTimeout(arguments[0], 1000)")
    saved = list(folder.glob("*.svg"))
    assert [one.name for one in saved] == ["peak_0_-integrated.svg"]
    assert saved[0].read_text() == text
