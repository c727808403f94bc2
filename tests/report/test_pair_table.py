"""The section on pairs: what is listed, in which words, and the matrix of all."""

import re

import numpy as np
import pytest

from jaxmotif.motifs.pairs import Pair
from jaxmotif.motifs.spacing import FORMS, Arrangement
from jaxmotif.report import charts, page
from jaxmotif.report.pair_table import MOST, PairRow, PairTable
from tests.helpers.document import Document

NAMES = ["1 ELK4", "2 <b>SP1</b>", "3 GATA1"]


def row(a, b, q=(1e-4, 1e-6), both=30, expected=12.0, ways=(2,), gap: int | None = 7):
    counts = np.zeros((4, 60), int)
    counts[2, 7], counts[0, 20] = 18, 4
    best = None if q[1] is None else Arrangement(ways, gap, 18, 0.4, q[1])
    pair = Pair(a, b, 100, 120, 1000, both, expected, q[0], 3, 22, counts, best)
    return PairRow(pair, *q)


def text(rows, names=NAMES):
    rendered = str(PairTable("Pairs", names, rows).html())
    return rendered, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", rendered.partition("</details>")[2]))


def test_a_rule_in_words_and_arrows():
    rendered, shown = text([row(0, 2), row(0, 1, (0.5, 0.9))])
    assert "1 ELK4 → 7 nt ← 3 GATA1" in shown and "opposite strand, 7 nt" in shown
    assert "1e-4 more often 30 of 1,000 expected 12.0" in shown
    assert "18 of 22 pairs, expected 0.4" in shown and rendered.count("gapchart") == 1
    assert "<b>SP1</b>" not in rendered and "&lt;b&gt;SP1" in rendered
    assert "less often" in text([row(0, 1, both=3)])[1]
    assert "none, q 0.3" in text([row(0, 1, (1e-4, 0.3))])[1]
    assert "too few pairs" in text([row(0, 1, (1e-4, None))])[1]
    assert "partly the same places" in text([row(0, 1, (None, 1e-3))])[1]


@pytest.mark.parametrize(
    ("ways", "words"),
    list(
        zip(
            FORMS,
            [
                "1 ELK4 → any gap 3 GATA1 →",
                "3 GATA1 → any gap 1 ELK4 →",
                "1 ELK4 → any gap ← 3 GATA1",
                "← 3 GATA1 any gap 1 ELK4 →",
                "same strand, any order, any gap",
                "opposite strand, any order, any gap",
                *["fixed order, any gap"] * 4,
                "any strand, any order, any gap",
            ],
            strict=True,
        )
    ),
)
def test_every_form_has_its_words(ways, words):
    rendered, shown = text([row(0, 2, ways=ways, gap=None)])
    assert words in shown and rendered.count('class="way"') == (0 if len(ways) == 4 else len(ways))
    assert 'class="peak"' not in rendered


def test_a_motif_with_itself():
    _, shown = text([row(2, 2, (None, 1e-3), ways=(0,))])
    assert "twice in one" in shown and "3 GATA1 → 7 nt 3 GATA1 →" in shown and "same strand, 7 nt" in shown
    assert "any order" not in text([row(2, 2, (None, 1e-3), ways=(2, 3))])[1]


def test_no_more_than_so_many_and_the_best_first():
    names = [f"{i + 1} m" for i in range(30)]
    rows = [row(a, b, (10.0 ** -(2 + (7 * a + b) % 50), 0.5)) for a in range(30) for b in range(a + 1, 30)]
    rendered, shown = text(rows, names)
    listed = re.findall(r'class="together" data-v="([^"]+)"', rendered)
    assert len(listed) == MOST and listed == sorted(listed, key=float)
    assert f"And {len(rows) - MOST} others with q up to 0.05 in pairs.tsv" in shown
    assert rendered.count("<td class=") > 900 and "And" not in text(rows[:MOST], names)[1]
    assert re.findall(r'<td class="over[^"]*"[^>]*>1', rendered) == []  # no numbers in small cells


def test_the_matrix_says_what_is_expected():
    rows = [row(0, 1), row(0, 2, (0.4, None), both=0, expected=4.0), row(1, 2, (None, None)), row(2, 2)]
    document = Document(PairTable("p", NAMES, rows).html())
    cells = [attrs for _, attrs, _ in document.all("td") if "style" in attrs]
    assert [cell["class"] for cell in cells] == (
        ["self", "over told", "under", "over told", "self", "same", "under", "same", "self"]
    )
    assert cells[1]["title"] == "1 ELK4 and 2 <b>SP1</b>: 30 sequences, 12.0 expected; q 1e-4"
    assert cells[5]["title"].endswith("; 3 times in the same place") and "twice: 30" in cells[8]["title"]
    depth = float(cells[1]["style"].removeprefix("--v:").removesuffix("%"))
    assert depth == pytest.approx(28 * np.log2(30.5 / 12.5), abs=0.6)
    assert cells[2]["style"] == "--v:84%" and cells[1]["style"] == cells[3]["style"]


def test_without_any_rule():
    rendered, shown = text([row(0, 1, (0.5, 0.9))])
    assert (
        "No pair has a q-value up to 0.05; all are in pairs.tsv." in shown
        and 'class="matrix wide"' in rendered
    )
    # One motif, twice in a sequence, has no matrix.
    assert "matrix" not in text([row(0, 0, (None, 1e-3), ways=(0,))], ["1 a"])[0].partition("</details>")[2]


def test_gaps_are_drawn_in_their_places():
    counts = np.zeros((4, 100), int)
    counts[0, 3], counts[3, 90] = 5, 10
    drawing = str(charts.gaps_svg(counts, ((3,), 90), title="a & b"))
    assert 'aria-label="a &amp; b"' in drawing
    paths = [re.search(f'class="{css}" d="([^"]+)"', drawing)[1] for css in ("bars", "peak")]
    bars, peak = (re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", path) for path in paths)
    (x, y, _, high), (left, top, _, deep) = bars[0], peak[0]
    assert float(x) > 110 > float(left) and float(deep) == pytest.approx(2 * float(high))
    assert float(y) + float(high) == pytest.approx(34) == float(top)
    assert "gapchart" in charts.gaps_svg(np.zeros((4, 0), int))


def test_the_section_is_one_of_a_page():
    rendered = page.render(page.Report("t", sections=[PairTable("Pairs of motifs", NAMES, [row(0, 2)])]))
    assert rendered.count("<h2>Pairs of motifs</h2>") == 1
