"""Opens a report in headless Chromium, from a file, with the network cut off."""

import base64

import pytest

from jaxmotif.report import page
from tests.helpers import example_report


@pytest.fixture(name="opened")
def fixture_opened(browser, tmp_path):
    path = tmp_path / "report.html"
    page.write(path, example_report.report())
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())
    return browser


def names(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('.motifs > tbody')].filter(b => b.offsetHeight)"
        ".map(b => b.querySelector('.name').dataset.v)"
    )


def head(browser, css):
    return browser.find_element("css selector", f".motifs thead th.{css}")


def test_no_console_message_and_no_request(opened):
    assert opened.get_log("browser") == []
    requests = [e["message"] for e in opened.get_log("performance") if 'requestWillBeSent"' in e["message"]]
    assert requests, "the page itself should be among the requests"
    assert not any(
        "http://" in r.split('"documentURL"')[1].split('"initiator"')[0]
        or "https://" in r.split('"documentURL"')[1].split('"initiator"')[0]
        for r in requests
    )


def test_the_policy_stops_an_injected_script(opened):
    ran = opened.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = true';"
        "document.body.append(s); return window.ran === true;"
    )
    assert not ran


def test_every_figure_is_drawn(opened):
    empty = opened.execute_script(
        "document.querySelector('.expand').click();"
        "return [...document.querySelectorAll('svg')].filter(svg => {"
        "  const box = svg.getBoundingClientRect();"
        "  const ink = [...svg.querySelectorAll('path')].some(p => {"
        "    const b = p.getBBox(); return b.width > 0 && b.height > 0; });"
        "  return !(box.width > 20 && box.height > 20 && ink);"
        "}).map(s => s.outerHTML.slice(0, 200));"
    )
    assert empty == []
    assert opened.execute_script("return document.querySelectorAll('svg').length") > 50


def test_logo_letters_have_the_height_of_their_information(opened):
    # A column of the first motif, measured on the screen's own geometry.
    import numpy as np

    ppm = example_report.motif_rows(1)[0].motif.ppm
    bits = 2 + (ppm * np.log2(np.where(ppm > 0, ppm, 1))).sum(axis=1)
    drawn = opened.execute_script(
        "const svg = document.querySelector('.motifs .logo');"
        "const boxes = [...svg.querySelectorAll('path:not(.base)')].map(p => p.getBBox());"
        "const top = Math.min(...boxes.map(b => b.y));"
        "return (svg.viewBox.baseVal.height - top) / svg.viewBox.baseVal.height * 2;"
    )
    assert drawn == pytest.approx(bits.max(), abs=0.02)


def test_sorting_by_mouse_and_by_keyboard(opened):
    ranked = names(opened)
    rows = {row.motif.name: row for row in example_report.motif_rows(9)}
    sites = head(opened, "sites")
    sites.find_element("tag name", "button").click()
    assert sites.get_attribute("aria-sort") == "ascending"
    assert names(opened) == sorted(ranked, key=lambda name: rows[name].sites)
    assert head(opened, "rank").get_attribute("aria-sort") == "none"
    sites.find_element("tag name", "button").send_keys("\ue007")  # Enter
    assert sites.get_attribute("aria-sort") == "descending"
    assert names(opened) == ranked
    head(opened, "seeds").find_element("tag name", "button").send_keys(" ")
    assert names(opened) == sorted(ranked, key=lambda name: rows[name].support)


def test_motifs_without_a_match_come_last_either_way(opened):
    rows = example_report.motif_rows(9)
    without = {row.motif.name for row in rows if not row.named}
    button = head(opened, "hits").find_element("tag name", "button")
    for _ in range(2):
        button.click()
        assert set(names(opened)[-len(without) :]) == without


def test_filter_and_details(opened):
    box = opened.find_element("css selector", ".filter")
    box.send_keys("MA0520")
    assert names(opened) == ["motif_3"]
    assert opened.find_element("css selector", ".count").text == "1 of 9 motifs"
    box.clear()
    box.send_keys(" ")
    assert len(names(opened)) == 9
    more = opened.find_element("css selector", ".more")
    detail = opened.find_element("id", more.get_attribute("aria-controls"))
    assert not detail.is_displayed()
    more.send_keys("\ue007")
    assert detail.is_displayed() and more.get_attribute("aria-expanded") == "true"
    assert f"{example_report.motif_rows(1)[0].motif.ppm[0, 0]:.3f}" in detail.text


def test_result_table_sorts_with_missing_values_last(opened):
    table = opened.find_element("css selector", ".results")
    table.find_elements("css selector", "thead button")[4].click()
    models = [cell.text for cell in table.find_elements("css selector", "tbody th")]
    assert models == ["CNN-4", "CNN-25", "CNN-100"]


@pytest.mark.parametrize("width", [400, 1280])
def test_page_does_not_scroll_sideways(opened, width):
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    over = opened.execute_script("return document.documentElement.scrollWidth - innerWidth")
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert over <= 0


def test_dark_mode_and_print(opened):
    background = "return getComputedStyle(document.body).backgroundColor"
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    light = opened.execute_script(background)
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    assert opened.execute_script(background) != light
    pdf = opened.execute_cdp_cmd("Page.printToPDF", {})
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert base64.b64decode(pdf["data"])[:5] == b"%PDF-"


def test_everything_is_visible_without_javascript(opened):
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    opened.refresh()
    shown = opened.find_element("id", "motif-1").is_displayed()
    tools = opened.find_element("css selector", ".tools").is_displayed()
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert shown and not tools
