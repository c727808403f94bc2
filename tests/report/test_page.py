import base64
import dataclasses
import gzip
import hashlib
import re

import numpy as np
import pytest

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import consensus
from jaxmotif.report import motif_table, page, sections
from jaxmotif.report.templates import asset, scientific
from tests.helpers import example_report
from tests.helpers.document import Document


@pytest.fixture(name="document", scope="module")
def fixture_document():
    return Document(page.render(example_report.report()))


def test_nothing_is_loaded(document):
    for tag, attrs, _ in document.elements:
        assert tag not in ("iframe", "object", "embed", "base", "img", "image", "use")
        assert "src" not in attrs and "srcset" not in attrs
        if tag == "link":
            assert attrs["href"].startswith("data:")
        if tag == "a":  # may lead elsewhere, when clicked
            assert attrs["href"].startswith(("#", "data:", "https://"))
    rendered = page.render(example_report.report())
    style = re.search(r"<style>(.*?)</style>", rendered, re.S)[1]
    assert "url(" not in style and "@import" not in style


def test_policy_admits_the_script_and_nothing_else(document):
    policy = next(
        attrs["content"]
        for tag, attrs, _ in document.elements
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(asset("static/base.js").encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not any(name.startswith("on") for _, attrs, _ in document.elements for name in attrs)


def test_ids_are_unique_and_references_resolve(document):
    ids = [attrs["id"] for _, attrs, _ in document.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs, _ in document.elements:
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids
        if "aria-controls" in attrs:
            assert attrs["aria-controls"] in ids


def test_every_motif_has_logos_of_both_strands():
    rows = example_report.motif_rows(4)
    document = Document(motif_table.MotifTable("m", rows, seeds=3, database="d").html())
    labels = [attrs["aria-label"] for _, attrs, _ in document.all("svg", "logo")]
    for row in rows:
        name, other = row.motif.name, row.motif.reverse_complement()
        assert f"{name}, forward: {consensus(row.motif.ppm)}" in labels
        assert f"{name}, reverse complement: {consensus(other.ppm)}" in labels
    assert len(document.all("tbody")) == 4
    assert len(document.all("svg", "histogram")) == 4


def test_numbers_of_a_row_are_shown():
    target = Motif(
        "MA0035.4",
        [[0.97, 0.01, 0.01, 0.01]] * 6,
        20.0,
        alt_name="GATA1",
        url="https://example.org/MA0035.4",
    )
    hit = motif_table.Hit(target, e=3.2e-9, q=0.04)
    row = motif_table.MotifRow(
        example_report.motif(3, "m1"),
        support=2,
        sites=12345,
        prevalence=(0.5, 0.02),
        importance=0.1234,
        hits=[hit],
        named=[hit],
    )
    document = Document(motif_table.MotifTable("m", [row], seeds=3).html())
    text = " ".join(document.text)
    for shown in (
        "2 of 3",
        "12,345",
        "50% of positives",
        "2% of negatives",
        "0.123",
        "GATA1",
        "MA0035.4",
        "3e-9",
        "0.04",
    ):
        assert shown in text
    assert [a["href"] for _, a, _ in document.all("a")] == ["https://example.org/MA0035.4"] * 3
    assert "Position" not in " ".join(document.text[:40])  # a column that nobody fills


@pytest.mark.parametrize("strand, offset", [("+", 2), ("+", -3), ("-", 0)])
def test_alignment_puts_columns_under_each_other(strand, offset):
    query, target = example_report.motif(1, "query", 8), example_report.motif(2, "target", 10)
    row = motif_table.MotifRow(query, hits=[motif_table.Hit(target, 1e-5, 1e-5, offset, strand)])
    text = motif_table.MotifTable("m", [row]).html()
    drawn = re.search(r'<div class="alignment">(.*?)</div>', text)[1]
    logos = re.findall(r"<svg.*?</svg>", drawn)
    # Leftmost letter of each logo, in columns: query column 0 lies on target column `offset`.
    starts = [min(int(x) for x in re.findall(r"M(\d+) \d+[lhc]", logo)) // 60 for logo in logos]
    assert starts[1] - starts[0] == offset
    widths = [re.search(r'viewBox="0 0 (\d+)', logo)[1] for logo in logos]
    assert widths[0] == widths[1]
    shown = target if strand == "+" else target.reverse_complement()
    assert consensus(shown.ppm) in logos[0]


def test_links_of_other_schemes_are_not_made():
    target = Motif("x", [[1, 0, 0, 0]] * 4, 5.0, url="javascript:alert(1)")
    row = motif_table.MotifRow(example_report.motif(1, "m"), hits=[motif_table.Hit(target, 1, 1)])
    assert "javascript" not in motif_table.MotifTable("m", [row]).html()


def test_all_text_is_escaped():
    evil = example_report.EVIL
    target = Motif(evil, [[1, 0, 0, 0]] * 4, 5.0, alt_name=evil, url=f'https://x/"{evil}')
    row = motif_table.MotifRow(
        Motif(evil, [[0.7, 0.1, 0.1, 0.1]] * 5, 5.0, alt_name=evil),
        hits=[motif_table.Hit(target, 1, 1)],
        positions=[1, 2],
        note=evil,
    )
    table = motif_table.MotifTable(
        evil, [row], database=evil, importance_help=evil, importance_label=evil, anchor=evil
    )
    chart = dataclasses.replace(
        example_report.training_charts()[0], title=evil, x_label=evil, y_label=evil, caption=evil
    )
    rows = [{"model": evil, evil: {"mean": 0.5, "published": 0.4}}]
    report = page.Report(
        evil,
        evil,
        [(evil, evil, evil)],
        [(evil, evil)],
        [page.Note(evil)],
        [
            table,
            sections.Charts(evil, [chart], evil),
            sections.ResultTable(evil, rows, evil),
            sections.LogoPanel(evil, {evil: [(row.motif, evil), (None, evil)]}, evil),
            sections.Text(evil, [evil]),
        ],
        [page.Download(evil, evil, evil)],
        evil,
    )
    document = Document(page.render(report))
    assert not document.all("img")
    assert not any(name.startswith("on") for _, attrs, _ in document.elements for name in attrs)
    assert "".join(document.text).count(evil) > 20


def test_downloads_carry_their_content(document):
    links = {a["download"]: a["href"] for _, a, _ in document.all("a") if "download" in a}
    assert set(links) == {"motifs.meme", "sites.tsv.gz", "tomtom.tsv"}
    kind, data = links["motifs.meme"].split(",")
    assert kind == "data:text/plain;charset=utf-8;base64"
    assert base64.b64decode(data) == b"MEME version 4\n"
    kind, data = links["sites.tsv.gz"].split(",")
    assert kind.startswith("data:application/gzip")
    assert gzip.decompress(base64.b64decode(data)) == b"chr1\t5\n" * 200_000


def test_warnings_come_before_remarks(document):
    levels = [a["class"] for _, a, path in document.all("li") if a.get("class") in ("warning", "info")]
    assert levels == ["warning", "info"]
    with pytest.raises(ValueError, match="'loud'"):
        page.Note("x", "loud")


def test_result_table_has_a_bar_and_a_tick():
    text = sections.ResultTable("t", example_report.table_rows()).html()
    assert '<b style="--v:97.3%"></b><i style="--v:97.3%"></i>' in text
    assert '<b style="--v:13.3%"></b><i style="--v:12.7%"></i>' in text
    document = Document(text)
    heads = document.all("th")[:9]
    assert [a["data-sort"] for _, a, _ in heads] == ["text"] + ["number"] * 8
    lengths = [len(row.split("<td")) for row in text.split("<tr>")[2:]]
    assert lengths == [9, 9, 9]  # one row head, eight cells


def test_bars_only_where_values_are_shares():
    rows = [{"model": "a", "seconds": {"mean": 12.0, "sd": 1.0}}]
    assert "meter" not in sections.ResultTable("t", rows).html()


def test_panel_counts_matches_and_shows_silent_filters():
    motif = example_report.motif(0, "filter0", 19)
    weak = Motif("weak", np.full((9, 4), 0.25), 700.0)
    logos = [(motif, "SRF"), (motif, ""), (None, ""), (weak, "")]
    document = Document(sections.LogoPanel("p", {"CNN-4": logos}).html())
    text = " ".join(document.text)
    for once in ("1 of 4 matched", "no activation", "no match", "uninformative"):
        assert text.count(once) == 1


def test_support_and_prevalence_are_checked():
    motif = example_report.motif(0, "m")
    with pytest.raises(ValueError, match="m: support 4 of 3"):
        motif_table.MotifTable("t", [motif_table.MotifRow(motif, support=4)], seeds=3).html()
    with pytest.raises(ValueError, match="prevalence"):
        motif_table.MotifTable("t", [motif_table.MotifRow(motif, sites=1, prevalence=(50, 2))]).html()


def test_empty_tables_say_so():
    assert "No motif was found" in motif_table.MotifTable("t", []).html()
    assert "No rows" in sections.ResultTable("t", []).html()


def test_a_hundred_motifs_stay_small_and_the_page_is_deterministic(tmp_path):
    report = example_report.report(motifs=100)
    text = page.render(report)
    assert len(text) < 3_000_000
    page.write(tmp_path / "report.html", report)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (0.03, "0.03"),
        (1, "1"),
        (3.24e-12, "3e-12"),
        (519, "5e2"),
        (0.0004, "4e-4"),
    ],
)
def test_small_numbers_are_short(value, text):
    assert scientific(value) == text


def test_what_is_too_large_for_the_page_lies_beside_it():
    rng = np.random.default_rng(0)
    text = "\n".join(map(str, rng.integers(0, 10**9, 200_000)))
    report = page.Report(
        "x", downloads=[page.Download("a b.tsv", text, beside="a b.tsv"), page.Download("c.tsv", text)]
    )
    links = [attrs for _, attrs, _ in Document(page.render(report)).all("a")]
    assert links[0]["href"] == "a%20b.tsv" and links[0]["download"] == "a b.tsv"
    kept = gzip.decompress(base64.b64decode(links[1]["href"].split(",")[1])).decode()
    assert links[1]["download"] == "c.tsv.gz" and kept == text
