"""The dashboard of a table of counts in headless Chromium: values, what is known of them, and the orders."""

import numpy as np
import pytest

from jaxmotif.apps.dashboard import page
from jaxmotif.apps.dashboard.evidence import Dashboard, SequenceEvidence
from jaxmotif.models.answers import ANSWERS

TARGETS = {"target liver": "liver", "target brain": "brain"}
SAID = ((13.94, 1250.0), (2.5, 0.25), (7.0, 31.0), (40.0, 8.0))
KNOWN = ({"liver": 25.0, "brain": 1300.0}, {"liver": 0.0}, {"brain": 30.0}, {"liver": 41.0, "brain": 3.0})


@pytest.fixture(name="opened")
def fixture_opened(browser, tmp_path):
    rng = np.random.default_rng(0)
    sequences = [
        SequenceEvidence(
            f"s{i}",
            "".join(rng.choice(list("ACGT"), 30)),
            [],
            dict(zip(TARGETS, said, strict=True)),
            {"integrated": {name: rng.normal(size=30) for name in TARGETS}},
            {},
            known=known,
        )
        for i, (said, known) in enumerate(zip(SAID, KNOWN, strict=True))
    ]
    shown = Dashboard(
        "run", "a table", [], "bound", {}, list(TARGETS), ["integrated"], sequences, "", targets=TARGETS,
        answer=ANSWERS["counts"],
    )  # fmt: skip
    page.write(tmp_path / "dashboard.html", shown)
    browser.get_log("browser")
    browser.get((tmp_path / "dashboard.html").as_uri())
    return browser


def texts(browser, css):
    return [one.get_attribute("textContent") for one in browser.find_elements("css selector", css)]


def names(browser, order):
    browser.find_element("css selector", f"#order option[value={order}]").click()
    return [text.split()[-1] for text in texts(browser, "#pick option")]


def test_values_and_what_is_known_of_them(opened):
    assert opened.get_log("browser") == []
    assert texts(opened, "#pick option") == [
        "13.9  liver known: 25  s0",
        "2.5  liver known: 0  s1",
        "7  liver known: unknown  s2",
        "40  liver known: 41  s3",
    ]
    assert set(texts(opened, "#drawing .name")) == {"target liver  13.9", "target brain  1250"}
    assert opened.find_elements("css selector", "#label") == []
    letter = opened.find_element("css selector", "#drawing .letter")
    opened.execute_script(
        "const box = arguments[0].getBoundingClientRect();"
        "const at = {bubbles: true, clientX: box.x + 2, clientY: box.y + 2};"
        "arguments[0].dispatchEvent(new MouseEvent('mousemove', at))",
        letter,
    )
    cells = texts(opened, "#reading td")
    assert cells[:2] == ["13.94", "25"] and "1300" in cells
    lead = texts(opened, "#sequence .lead")[0]
    assert "to the natural logarithm of the expected count" in " ".join(lead.split())


def test_sequences_are_put_in_the_order_of_what_is_known(opened):
    assert names(opened, "strongest") == ["s3", "s0", "s2", "s1"]
    assert names(opened, "most")[:3] == ["s3", "s0", "s1"]
    assert names(opened, "least")[:3] == ["s1", "s0", "s3"]
    # Of the first target: 11.06, 2.5, unknown and 1 away.
    assert names(opened, "wrongest") == ["s0", "s1", "s3", "s2"]
    opened.find_elements("css selector", "#networks input")[0].click()
    assert names(opened, "most")[:3] == ["s0", "s2", "s3"]
    assert "brain known: 30" in texts(opened, "#pick option")[1]
