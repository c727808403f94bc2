"""Opens the page of a decoded layer in headless Chromium, from a file."""

import base64
import json
import re

import numpy as np
import pytest

from jaxmotif.apps.decode import layer_page, leaf_block
from jaxmotif.report import templates
from tests.helpers import example_layer


@pytest.fixture(name="report", scope="module")
def fixture_report():
    return example_layer.layer()


@pytest.fixture(name="opened")
def fixture_opened(browser, tmp_path, report):
    path = tmp_path / "layer.html"
    layer_page.write(path, report)
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def shown(browser) -> list[int]:
    return browser.execute_script(
        "return [...document.querySelectorAll('.neurons > tbody')].filter(b => b.offsetHeight)"
        ".map(b => Number(b.querySelector('.name').dataset.v))"
    )


def open_leaves(browser, channel: int):
    """Opens a neuron's details and waits until its logos are drawn."""
    from selenium.webdriver.support.ui import WebDriverWait

    button = browser.find_element("css selector", f"#neuron-{channel} .more")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    css = f"#neuron-{channel} .leaves svg"
    WebDriverWait(browser, 10).until(lambda b: b.find_elements("css selector", css))


def test_nothing_is_requested(opened):
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert any(url.startswith("file:") for url in urls)
    assert not any(url.startswith("http") for url in urls)


def test_logos_are_drawn_when_opened_with_the_height_of_their_information(opened, report):
    row = report.neurons[2]
    css = "#neuron-2 .leaves svg"
    assert not opened.find_elements("css selector", css)
    open_leaves(opened, 2)
    drawn = sum(one.motif is not None for one in row.others)
    assert len(opened.find_elements("css selector", css)) == len(row.leaves) + drawn
    # Boxes of the letters of each logo, from the screen's own geometry; those of other methods stand below.
    tops = opened.execute_script(
        f"return [...document.querySelectorAll('{css}')].map(svg => Math.min("
        "...[...svg.querySelectorAll('path:not(.base)')].map(p => p.getBBox().y)))"
    )
    shown = [*row.leaves, *(one for one in row.others if one.motif)]
    for one, top in zip(shown, tops, strict=True):
        ppm = one.motif.ppm
        bits = 2 + (ppm * np.log2(np.where(ppm > 0, ppm, 1))).sum(axis=1)
        assert (240 - top) / 240 * 2 == pytest.approx(bits.max(), abs=0.03)


def test_leaves_are_aligned_by_their_shift(opened, report):
    row = report.neurons[2]
    open_leaves(opened, 2)
    extents = opened.execute_script(
        "return [...document.querySelectorAll('#neuron-2 .leaves svg')].map(svg => {"
        "  const box = svg.querySelector('.base').getBBox();"
        "  return [box.x / 60, box.width / 60, svg.viewBox.baseVal.width / 60]; })"
    )
    first = min(leaf.shift for leaf in row.leaves)
    last = max(leaf.shift for leaf in row.leaves)
    shown = [*row.leaves, *(one for one in row.others if one.motif)]
    assert extents == [
        [one.shift - first, example_layer.WIDTH, example_layer.WIDTH + last - first] for one in shown
    ]


def test_other_methods_say_what_they_show(opened, report):
    open_leaves(opened, 2)
    rows = [
        element.text.split("\n")
        for element in opened.find_elements("css selector", "#neuron-2 .leaves .other")
    ]
    assert rows == [
        ["NeuronMotif", "3,000 sequences, leaves above", "CTCF: p 1e-12, q 1e-9"],
        ["above 0", "500 windows", "TF<1>: p 1e-5, q 3e-4"],
        ["saliency", "20 windows", "no known motif"],
        ["above max / 2", "0 windows", "no known motif"],
    ]
    empty = opened.find_elements("css selector", "#neuron-2 .leaves .canvas.none")
    assert [element.text for element in empty] == ["", "no activation"]
    heading = opened.find_element("css selector", "#neuron-2 h4").text
    assert "the same neuron read in other ways on 10,000 random windows" in heading


def test_kinds_text_and_sorting(opened, report):
    channels = [row.channel for row in report.neurons]
    assert shown(opened) == channels
    kind = opened.find_element("css selector", "#section-3 .kind")
    for value, chosen in (
        ("dead", [row.channel for row in report.neurons if row.dead]),
        ("mixture", [row.channel for row in report.neurons if row.mixture]),
        ("matched", [row.channel for row in report.neurons if row.matches]),
    ):
        kind.find_element("css selector", f"option[value={value}]").click()
        assert shown(opened) == chosen
    box = opened.find_element("css selector", "#section-3 .filter")
    box.send_keys("tf11")
    assert shown(opened) == [
        row.channel for row in report.neurons if row.matches and "TF11" in row.matches[0].name
    ]
    box.clear()
    box.send_keys(" ")
    kind.find_element("css selector", "option[value='']").click()
    buttons = opened.find_elements("css selector", "#section-3 thead button")
    buttons[2].click()
    assert shown(opened) == sorted(channels, key=lambda channel: report.neurons[channel].maximum)
    buttons[6].click()
    live = [row.channel for row in report.neurons if not row.dead]
    agreed = sorted(live, key=lambda channel: report.neurons[channel].agreement)
    assert shown(opened) == agreed + [channel for channel in channels if channel not in live]


def test_a_point_names_its_leaf_and_opens_its_neuron(opened, report):
    from selenium.webdriver import ActionChains

    row = max((row for row in report.neurons if row.mixture), key=lambda row: row.maximum)
    leaf = min(row.leaves, key=lambda leaf: leaf.consensus)
    plot = opened.find_element("css selector", ".plot.diagnosis")
    place = opened.execute_script(
        "const plot = arguments[0], [left, top, width, height] = plot.dataset.box.split(' ').map(Number);"
        "const {x1, y0, y1} = plot.dataset;"
        "const at = new DOMPoint(left + arguments[1] / x1 * width,"
        " top + (y1 - arguments[2]) / (y1 - y0) * height)"
        ".matrixTransform(plot.getScreenCTM()), box = plot.getBoundingClientRect();"
        "return [at.x - box.x - box.width / 2, at.y - box.y - box.height / 2]",
        plot,
        leaf.maximum,
        leaf.consensus,
    )
    mouse = ActionChains(opened).move_to_element_with_offset(plot, round(place[0]), round(place[1]))
    mouse.perform()
    text = opened.find_element("id", "point").text
    assert (
        text.startswith(f"neuron {row.channel}, leaf {leaf.label}:")
        and f"{leaf.nsites:,.0f} sequences" in text
    )
    ActionChains(opened).click().perform()
    item = opened.find_element("id", f"neuron-{row.channel}")
    assert "open" in item.get_attribute("class") and "does not activate it" in item.text


def test_the_dictionary_leads_to_neurons(opened, report):
    link = opened.find_element("css selector", "#section-2 .in-neurons a")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    link.click()
    assert "open" in opened.find_element("id", "neuron-0").get_attribute("class")
    kind = opened.find_element("css selector", "#section-2 .kind")
    kind.find_element("css selector", "option[value=novel]").click()
    novel = sum(not word.named for word in report.words)
    assert opened.find_element("css selector", "#section-2 .count").text == f"{novel} of 12 motifs"


@pytest.mark.parametrize("width", [500, 1280])
def test_the_page_does_not_scroll_sideways(opened, width):
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    over = opened.execute_script("return document.documentElement.scrollWidth - innerWidth")
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert over <= 0


def test_a_large_layer_draws_what_is_seen(browser, tmp_path):
    path = tmp_path / "large.html"
    layer_page.write(path, example_layer.layer(512, 16, 51))
    browser.get(path.as_uri())
    browser.find_element("css selector", "#section-3 .expand").click()
    browser.execute_script("document.getElementById('neuron-300').scrollIntoView()")
    open_count = browser.execute_script("return document.querySelectorAll('.neurons > .open').length")
    drawn = browser.execute_script("return document.querySelectorAll('.neurons .leaves svg').length")
    assert open_count == 512 and drawn < 2000


def outline(data: str) -> np.ndarray:
    """Points of path data of M, L, C and Z, absolute or relative, as absolute ones (P, 2)."""
    points, at, start = [], np.zeros(2), np.zeros(2)
    for command, numbers in re.findall(r"([MLCZmlcz])([^MLCZmlcz]*)", data):
        xy = np.array(re.findall(r"-?\d+", numbers), float).reshape(-1, 2)
        if command in "Zz":
            at = start
            continue
        xy = xy + at if command.islower() else xy
        points.extend(xy)
        at = xy[-1]
        if command in "Mm":
            start = at
    return np.array(points)


def test_the_script_draws_the_logos_that_python_draws(opened, report):
    row = report.neurons[2]
    open_leaves(opened, 2)
    drawn = opened.execute_script(
        "return [...document.querySelectorAll('#neuron-2 .leaves svg')].map(svg => Object.fromEntries("
        "[...svg.querySelectorAll('path:not(.base)')]"
        ".map(p => [p.getAttribute('class'), p.getAttribute('d')])))"
    )
    first = min(leaf.shift for leaf in row.leaves)
    for leaf, script in zip(row.leaves, drawn[: len(row.leaves)], strict=True):
        # The script has probabilities in 255ths.
        rows = np.frombuffer(base64.b64decode(leaf_block.packed(leaf.motif.ppm)), np.uint8).reshape(-1, 3)
        ppm = np.concatenate([rows, 255 - rows.sum(axis=1, keepdims=True, dtype=int)], axis=1) / 255
        offset = leaf.shift - first
        svg = templates.logo(ppm, offset=offset, columns=len(ppm) + offset)
        python = dict(re.findall(r'<path class="([ACGT])"[^>]* d="([^"]+)"', svg))
        assert script.keys() == python.keys()
        for letter, data in python.items():
            np.testing.assert_allclose(outline(script[letter]), outline(data), atol=1)
