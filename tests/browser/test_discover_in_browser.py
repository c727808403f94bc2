"""The page of discover in headless Chromium: opened rows, sequences letter by letter, and long ones."""

import pytest

from jaxmotif.apps.discover.page import write_report
from tests.helpers import small_discovery


@pytest.fixture(name="opened", params=[100, 400])
def fixture_opened(request, browser, tmp_path):
    found = small_discovery.found(classes=True, length=request.param)
    found.motifs.to_sites(tmp_path / "sites.tsv")
    found.motifs.to_bed(tmp_path / "sites.bed")
    write_report(tmp_path, found, small_discovery.ENVIRONMENT)
    browser.get_log("browser")
    browser.get((tmp_path / "report.html").as_uri())
    yield browser, request.param
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [390, 1440])
def test_opened_rows_are_in_sight_and_nothing_scrolls_sideways(opened, width):
    browser, _ = opened
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.find_element("css selector", ".expand").click()
    assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    outside = browser.execute_script(
        "return [...document.querySelectorAll('.cards > div')].filter(card => {"
        " const box = card.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth; }).length"
    )
    assert outside == 0
    assert browser.get_log("browser") == []


def test_boxes_lie_on_the_letters_of_their_sites(opened):
    browser, length = opened
    # Left ends of boxes, in columns, and ink of the letters in the page's own geometry.
    boxes, ink = browser.execute_script(
        "const strip = document.querySelector('svg.strip');"
        "const rects = [...strip.querySelectorAll('rect.site')];"
        "return [rects.map(r => [Number(r.getAttribute('x')) / 20, Number(r.getAttribute('width')) / 20]),"
        " [...strip.querySelectorAll('path.A,path.C,path.G,path.T')].map(p => p.getBBox().width > 0)]"
    )
    assert len(ink) == 4 and all(ink)
    assert boxes and all(left == int(left) and 0 < wide <= 12 for left, wide in boxes)
    fits = browser.execute_script(
        "return [...document.querySelectorAll('svg.strip')].every(strip => {"
        " const whole = strip.getBoundingClientRect();"
        " return [...strip.querySelectorAll('rect, text')].every(one => {"
        "  const box = one.getBoundingClientRect();"
        "  return box.left >= whole.left - 2 && box.top >= whole.top - 2"
        "   && box.bottom <= whole.bottom + 2; }); })"
    )
    assert fits
    assert browser.execute_script("return document.querySelectorAll('svg.strip').length") == 6


def test_the_chart_of_places_is_drawn_and_enlarged(opened):
    browser, _ = opened
    browser.find_element("css selector", ".more").click()
    chart = browser.find_element("css selector", "svg.places")
    assert chart.size["width"] > 300
    chart.click()
    assert browser.find_element("css selector", "dialog.large svg.places").size["width"] > 900
