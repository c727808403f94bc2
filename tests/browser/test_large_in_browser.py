"""Drawings enlarged and saved, and motifs copied and saved in every format, in headless Chromium."""

import base64
import dataclasses
import re
import xml.etree.ElementTree as ElementTree

import pytest

from jaxmotif.motifs import writers
from jaxmotif.report import page
from tests.helpers import example_report

# What is saved and copied is kept for the test in place of the disk and the clipboard.
KEEP = """
window.saved = []; window.copied = [];
HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href]); };
navigator.clipboard.writeText = text => { copied.push(text); return Promise.resolve(); };
window.blobs = new Map();
const make = URL.createObjectURL;
URL.createObjectURL = blob => { const at = make.call(URL, blob); blobs.set(at, blob); return at; };
"""


@pytest.fixture(name="opened")
def fixture_opened(browser, tmp_path):
    path = tmp_path / "report.html"
    page.write(path, example_report.report(3))
    browser.get_log("browser")
    browser.get(path.as_uri())
    browser.execute_script(KEEP)
    yield browser
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def press(browser, text, inside=""):
    found = browser.find_elements("css selector", f"{inside} button")
    next(one for one in found if one.text == text).click()


def saved(browser):
    """Returns name and text of what was saved last."""
    name, address = browser.execute_script("return saved.at(-1)")
    read = "blobs.get(arguments[0]).text().then(arguments[1]);"
    return name, browser.execute_async_script(read, address)


def test_a_motif_is_copied_and_saved_in_every_format(opened):
    rows = example_report.motif_rows(3)
    opened.find_element("css selector", ".expand").click()
    for number, row in enumerate(rows, 1):
        motif = row.motif
        if row.named:
            motif = dataclasses.replace(motif, alt_name=row.named[0].target.alt_name)
        for kind in writers.FORMATS:
            opened.find_element("css selector", f"#motif-{number} option[value={kind}]").click()
            press(opened, "Copy", f"#motif-{number}")
            press(opened, "Save", f"#motif-{number}")
            expected = writers.text([motif], kind)
            assert opened.execute_script("return copied.at(-1)") == expected
            assert saved(opened) == (f"{motif.name}.{kind}", expected)
    assert opened.get_log("browser") == []


def test_a_logo_is_enlarged_and_saved_as_a_drawing_of_its_own(opened):
    logo = opened.find_element("css selector", ".logos svg.logo")
    small = logo.size["width"]
    logo.click()
    dialog = opened.find_element("css selector", "dialog.large")
    assert dialog.is_displayed()
    big = dialog.find_element("css selector", "svg.logo")
    assert big.size["width"] > 4 * small
    numbers = [text.text for text in dialog.find_elements("css selector", ".framed text")]
    width = example_report.motif_rows(1)[0].motif.width
    assert numbers == ["0", "1", "2", "bits", *map(str, range(1, width + 1))]
    press(opened, "Save SVG", "dialog")
    name, text = saved(opened)
    root = ElementTree.fromstring(text)
    assert name == "motif_1_forward.svg" and root.tag == "{http://www.w3.org/2000/svg}svg"
    fills = {path.get("class"): path.get("fill") for path in root.iter("{http://www.w3.org/2000/svg}path")}
    assert fills["A"] == "rgb(16, 150, 72)" and fills["T"] == "rgb(214, 40, 57)"
    press(opened, "Other strand", "dialog")
    assert "reverse complement" in dialog.find_element("css selector", "h3").text
    press(opened, "Close", "dialog")
    assert not dialog.is_displayed()


def test_what_is_saved_looks_alike_in_the_dark(opened):
    texts = []
    for value in ("light", "dark"):
        opened.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": value}]}
        )
        opened.find_element("css selector", ".chart svg").click()
        press(opened, "Save SVG", "dialog")
        texts.append(saved(opened)[1])
        press(opened, "Close", "dialog")
    assert texts[0] == texts[1] and "rgb(0, 114, 178)" in texts[0] and "var(" not in texts[0]


def test_a_chart_is_saved_as_pixels(opened):
    chart = opened.find_element("css selector", ".chart svg")
    chart.send_keys("\ue007")
    press(opened, "Save PNG", "dialog")
    size = opened.execute_async_script(
        "const done = arguments[0]; const wait = () => { if (!saved.length) return setTimeout(wait, 20);"
        "createImageBitmap(blobs.get(saved[0][1])).then(image => {"
        " const canvas = document.createElement('canvas'); canvas.width = image.width;"
        " canvas.height = image.height; const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);"
        " const bytes = pen.getImageData(0, 0, image.width, image.height).data;"
        " let dark = 0; for (let i = 0; i < bytes.length; i += 4) dark += bytes[i] < 120;"
        " done([image.width, image.height, bytes[0], bytes[3], dark]); }); }; wait();"
    )
    assert size[:4] == [900, 654, 255, 255] and size[4] > 500


def test_a_drawing_is_printed_alone_on_a_sheet_of_its_size(opened):
    """As what the browser saves as PDF: one page, with the drawing and no picture of it."""
    opened.execute_script("window.print = () => { window.printed = document.title; };")
    opened.find_element("css selector", ".chart svg").click()
    press(opened, "Print or PDF", "dialog")
    assert opened.execute_script("return printed").isidentifier()
    box = opened.execute_script(
        "const box = document.querySelector('body > .alone').shadowRoot.firstChild.viewBox.baseVal;"
        "return [box.width, box.height];"
    )
    # Style sheets of the page do not change it any more.
    sizes = opened.execute_script(
        "const texts = document.querySelector('body > .alone').shadowRoot.querySelectorAll('text');"
        "return [...texts].map(one => [one.getAttribute('font-size'), getComputedStyle(one).fontSize]);"
    )
    assert sizes and all(own == shown for own, shown in sizes)
    pdf = base64.b64decode(
        opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})[
            "data"
        ]
    )
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type ?/Page\b", pdf)) == 1
    assert b"/Subtype /Image" not in pdf and b"/Font" in pdf
    sheet = [float(value) for value in re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups()]
    assert sheet == pytest.approx([0.75 * (side + 48) for side in box], abs=1)  # points of a CSS pixel
    # The browser has said that it is done.
    assert not opened.find_elements("css selector", ".alone") and "Motifs" in opened.title
    press(opened, "Close", "dialog")
    assert opened.get_log("browser") == []


def test_it_closes_with_escape_and_takes_no_room_on_paper(opened):
    opened.find_element("css selector", "svg.histogram").click()
    dialog = opened.find_element("css selector", "dialog.large")
    assert dialog.is_displayed()
    opened.switch_to.active_element.send_keys("\ue00c")
    assert not dialog.is_displayed()
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = opened.execute_script("return getComputedStyle(document.querySelector('.take')).display")
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert shown == "none"
