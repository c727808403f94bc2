"""Clicks through the dashboard's page in headless Chromium, from a file."""

import json

import numpy as np
import pytest

from jaxmotif.apps.dashboard import page
from jaxmotif.apps.dashboard.evidence import Box, Dashboard, SequenceEvidence
from jaxmotif.motifs.motif import Motif

LETTERS = "ACGT"
NETWORKS, METHODS = ("CNN", "CNN-RNN"), ("saliency", "signed")


def _values(rng, method: str, length: int):
    values = rng.normal(size=length)
    return np.abs(values) if method == "saliency" else values


def _dashboard(count: int, length: int = 101) -> Dashboard:
    rng = np.random.default_rng(0)
    motif = Motif("M1", rng.dirichlet([0.3] * 4, 9), 50, "<b>F&1</b>")
    sequences = [
        SequenceEvidence(
            f"peak <{i}>",
            "".join(rng.choice(list(LETTERS), length)),
            [Box(10 + i % 7, 19 + i % 7, "+", "M1 F1")],
            {name: float(rng.uniform()) for name in NETWORKS},
            {method: {name: _values(rng, method, length) for name in NETWORKS} for method in METHODS},
            {"CNN-RNN": tuple(rng.uniform(size=(2, length)))},
        )
        for i in range(count)
    ]
    classes = {name: Motif(name, rng.dirichlet([0.5] * 4, length), 50) for name in NETWORKS}
    return Dashboard(
        "F1", "two networks", [motif], "bound", classes, NETWORKS, METHODS, sequences, "jaxmotif"
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


def _strips(browser) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('.row.strip span')].map(s => s.textContent)"
    )


def _letters(browser) -> str:
    return browser.execute_script(
        "return [...document.querySelector('.row.letters').querySelectorAll('text')]"
        ".map(t => t.textContent).join('')"
    )


def _select(browser, element: str, place: int) -> None:
    browser.find_element("css selector", f"#{element} option:nth-child({place + 1})").click()


def _hover(browser, row: int, position: int, length: int = 101) -> None:
    from selenium.webdriver import ActionChains

    svg = browser.find_elements("css selector", ".row.strip svg")[row]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    width = svg.size["width"]
    ActionChains(browser).move_to_element_with_offset(
        svg, (position + 0.5) / length * width - width / 2, 0
    ).perform()


def test_nothing_is_loaded_and_nothing_complains(opened):
    assert opened.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    loaded = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert any(url.startswith("file:") for url in loaded)
    assert not any(url.startswith("http") for url in loaded)
    assert opened.find_element("css selector", "h1").text == "F1 dashboard"
    assert "<b>F&1</b>" in opened.find_element("css selector", "#known figcaption").text


def test_sequences_networks_and_methods_are_chosen(opened, dashboard):
    assert _letters(opened) == dashboard.sequences[0].letters
    assert len(_strips(opened)) == 4  # two networks, forward and backward of one
    _select(opened, "pick", 3)
    assert _letters(opened) == dashboard.sequences[3].letters
    assert _strips(opened)[0].startswith(f"CNN  {dashboard.sequences[3].scores['CNN']:.2f}")
    opened.find_element("id", "next").click()
    opened.find_element("id", "next").click()
    assert _letters(opened) == dashboard.sequences[0].letters  # round and round
    opened.find_element("id", "previous").click()
    assert _letters(opened) == dashboard.sequences[4].letters
    for box in opened.find_elements("css selector", "#networks input")[1:]:
        box.click()
    assert len(_strips(opened)) == 1 and "Temporal" not in opened.find_element("id", "strips").text


def test_colours_are_the_values(opened, dashboard):
    _select(opened, "method", 1)
    values = dashboard.sequences[0].strips["signed"]["CNN"]
    fills = opened.execute_script(
        "const strip = document.querySelector('.row.strip svg');"
        "return [...strip.querySelectorAll('.cell')].map(c => c.getAttribute('fill'))"
    )
    assert len(fills) == 101
    strongest = int(np.abs(values).argmax())
    assert fills[strongest] == ("rgb(255,0,0)" if values[strongest] > 0 else "rgb(0,0,255)")
    for value, fill in zip(values, fills, strict=True):
        red, _, blue = map(int, fill[4:-1].split(","))
        assert red >= blue if value >= 0 else blue >= red


def test_hovering_reads_all_strips_at_one_position(opened, dashboard):
    _hover(opened, 0, 12)
    shown = dashboard.sequences[0]
    text = opened.find_element("id", "reading").text
    assert f"position 13: {shown.letters[12]}" in text and "in M1 F1 (+)" in text
    value = shown.strips["saliency"]["CNN"][12]
    said = float(text.split("CNN ")[1].split()[0])
    assert said == pytest.approx(value, abs=2e-3 * shown.strips["saliency"]["CNN"].max())
    forward, backward = (part[12] for part in shown.temporal["CNN-RNN"])
    assert f"forward {forward:.3f}, backward {backward:.3f}" in text
    # One cursor a strip and a sequence, all at the same letter.
    places = opened.execute_script(
        "return [...document.querySelectorAll('.cursor')].map(c => c.getAttribute('x'))"
    )
    assert len(places) == 6 and set(places) == {str(12 * 12)}


def test_a_click_holds_the_position_through_sequences(opened, dashboard):
    _hover(opened, 1, 40)
    opened.execute_script("window.held = document.querySelectorAll('.row.strip svg')[1]")
    from selenium.webdriver import ActionChains

    ActionChains(opened).click().perform()
    opened.find_element("id", "next").click()
    text = opened.find_element("id", "reading").text
    assert f"position 41: {dashboard.sequences[1].letters[40]}" in text


def test_a_hundred_sequences_open_at_once(browser, tmp_path):
    path = tmp_path / "dashboard.html"
    page.write(path, _dashboard(100))
    browser.get(path.as_uri())
    assert len(browser.find_elements("css selector", "#pick option")) == 100
    assert len(_strips(browser)) == 4
