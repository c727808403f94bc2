import importlib.resources
import pathlib
import re
import subprocess
import sys
import types

import jinja2
import numpy as np
import pytest
import setuptools.config.setupcfg

import jaxmotif
from jaxmotif.motifs.centring import Centring
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.ppm import consensus
from jaxmotif.report import motif_table, templates
from tests.helpers.document import Document
from tests.helpers.example_report import EVIL, motif

ROOT = pathlib.Path(jaxmotif.__file__).parents[1]
PAGE_FILES = sorted(
    path for path in ROOT.glob("jaxmotif/**/*") if path.suffix in (".html", ".css", ".js") and path.is_file()
)


def of(source: str, **values) -> str:
    return templates.environment().from_string(source).render(**values)


def test_line_ends_next_to_tags_are_nothing_and_within_text_one_space():
    assert of("<p>\n  one\n  two {{ x }}\n  three\n</p>\n<b>\n</b>", x=1) == "<p>one two 1 three</p><b></b>"
    assert of("<i>a</i>\n{% if x %}\n  <i>b</i>\n{% endif %}\n<i>c</i>", x=1) == "<i>a</i><i>b</i><i>c</i>"
    assert of('<a href="x"\n  id="y">z</a> <b>w</b>') == '<a href="x" id="y">z</a> <b>w</b>'
    assert of("<p>a</p>\n{# said\n here #}\n<p>b</p>") == "<p>a</p><p>b</p>"
    assert of("<pre>{{ x }}</pre>", x="1\n  2\n") == "<pre>1\n  2\n</pre>"


def test_values_are_escaped_and_a_missing_one_is_an_error():
    assert EVIL not in of("<p>{{ x }}</p>", x=EVIL)
    assert Document(of('<p title="{{ x }}">{{ x }}</p>', x=EVIL)).elements == [("p", {"title": EVIL}, ())]
    with pytest.raises(jinja2.UndefinedError, match="'x' is undefined"):
        of("<p>{{ x }}</p>")


def test_data_blocks_cannot_be_ended_by_their_data():
    text = templates.json_block("d", {"name": "</script><script>alert(1)</script>"})
    assert text.count("</script>") == 1 and text.endswith("</script>")
    with pytest.raises(ValueError, match="JSON"):
        templates.json_block("d", [float("nan")])


def test_style_sheets_lose_their_line_ends_and_nothing_else():
    read = importlib.resources.files("jaxmotif.report").joinpath("static/base.css").read_text()
    shown = templates.asset("static/base.css")
    assert "\n" not in shown
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", read)


def test_every_page_file_goes_into_the_wheel():
    """The patterns of setup.cfg, by setuptools' own reading of it."""
    options = setuptools.config.setupcfg.read_configuration(ROOT / "setup.cfg")["options"]
    assert len(PAGE_FILES) > 10
    for path in PAGE_FILES:
        folder = path.parent
        while not (folder / "__init__.py").exists():
            folder = folder.parent
        package = ".".join(folder.relative_to(ROOT).parts)
        patterns = options["package_data"].get(package, [])
        assert any(path.relative_to(folder).match(pattern) for pattern in patterns), path


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: path.name)
def test_no_page_file_loads_anything(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(|<script src|fetch\(|XMLHttpRequest|import\(", text)
    # The policy of the page would stop both.
    assert not re.search(r"\son[a-z]+=|\beval\(|javascript:", text)
    assert max(map(len, text.splitlines())) <= 120


def test_the_package_is_imported_without_the_templates():
    code = "import sys, jaxmotif; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_page_of_motifs_in_memory(tmp_path):
    first, second = motif(1, "first"), motif(2, "second", 12)
    target = motif(3, "MA1")
    path = tmp_path / "motifs.html"
    found = [[motif_table.Hit(target, 1e-6, 1e-5)], []]
    motif_table.motifs_page([first, second], path, title="Mine & theirs", hits=found, database="JASPAR")
    document = Document(path.read_text(encoding="utf-8"))
    text = " ".join(document.text)
    assert "Mine & theirs" in text and "2 motifs" in text and "no match" in text and "in JASPAR" in text
    labels = [attrs["aria-label"] for _, attrs, _ in document.all("svg", "logo")]
    for one in (first, second):
        assert f"{one.name}, forward: {consensus(one.ppm)}" in labels
    matrix = np.array(re.findall(r"\d\.\d{3}", next(t for t in document.text if "A      C" in t)), float)
    np.testing.assert_allclose(matrix.reshape(-1, 4), first.ppm, atol=5e-4)
    row = motif_table.MotifRow(first, support=3, sites=7)
    motif_table.motifs_page([row, second], path)
    assert "3 of 3" in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="matches of 1 motifs for 2"):
        motif_table.motifs_page([first, second], path, hits=[[]])


def test_a_page_of_a_motif_set_shows_its_evidence(tmp_path):
    empty = Evidence()
    known = Evidence(
        support={"supervised": 2, "infomax": 1},
        networks=4,
        sites=1234,
        prevalence=(0.5, 0.1),
        importance=0.25,
        positions=np.array([1, 5, 2]),
        centring=Centring(41, 300, 400, 160.0, 3e-9),
    )
    motifs = [motif(1, "first"), motif(2, "second")]
    held = types.SimpleNamespace(
        motifs=motifs,
        evidence=[known, empty],
        matches=[[motif_table.Hit(motif(3, "MA1"), 1e-6, 1e-5)], []],
        named=[(), ()],
        database="JASPAR",
        rows=types.SimpleNamespace(length=100),
    )
    motif_table.motifs_page(held, tmp_path / "set.html")
    document = Document((tmp_path / "set.html").read_text(encoding="utf-8"))
    text = " ".join(document.text)
    evidence = ("3 of 4", "1,234", "50% of positives", "0.250", "1e-6", "in JASPAR", "\u221250")
    for shown in (*evidence, "centred: p 3e-9", "300 of 400", "in 41 nt"):
        assert shown in text
    assert len(document.all("svg", "histogram")) == 1
