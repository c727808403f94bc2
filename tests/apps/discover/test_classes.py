"""Motifs by classes against counts by hand, and how they are shown and written."""

import dataclasses

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.discover import classes as by_class
from jaxmotif.apps.discover import reading, run
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files.classes import Classes
from jaxmotif.data.synthetic.made_genome import made_genome
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.report.class_table import Cell, ClassTable
from tests.helpers.sequence_files import of_word

WORDS = ("TGACTCATTAGC", "CCGGAAGTATCA")


@pytest.fixture(scope="module", name="peaks")
def fixture_peaks():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (90, 60)).astype(np.uint8)
    labels = np.zeros((90, 2), np.float32)
    labels[:50, 0], labels[40:80, 1], labels[85:, 0] = 1, 1, np.nan
    for row in range(90):
        for number, word in enumerate(WORDS):
            if rng.random() < (0.8 if labels[row, number] == 1 else 0.1):
                codes[row, 5 + 25 * number : 17 + 25 * number] = dna.encode([word])[0]
    data = Dataset(codes, np.ones(90, np.float32), [f"p{i}" for i in range(90)])
    return data, Classes(("one", "two"), dict(zip(data.names, labels, strict=True))), labels


def test_shares_are_counts(peaks, tmp_path):
    data, classes, labels = peaks
    motifs = MotifSet([of_word(f"m{i}", word, "") for i, word in enumerate(WORDS)]).scan(data, p=1e-6)
    found = by_class.shares(motifs, data, classes)
    text = dna.decode(data.sequences)
    assert len(found) == 4
    for one in found:
        has = np.array([WORDS[one.motif] in row for row in text])
        own, other = labels[:, one.number] == 1, labels[:, one.number] == 0
        counts = (has & own).sum(), own.sum(), (has & other).sum(), other.sum()
        assert (one.inside, one.of, one.outside, one.others) == counts
        table = [[counts[0], counts[1] - counts[0]], [counts[2], counts[3] - counts[2]]]
        assert one.p == pytest.approx(scipy.stats.fisher_exact(table).pvalue)
        assert (one.log2 > 1) == (one.motif == one.number) and one.q >= one.p
    written = by_class.ByClass(classes.names, found, [], by_class.labels_of(data, classes))
    by_class.write(tmp_path / "classes.tsv", written, motifs)
    rows = [line.split("\t") for line in (tmp_path / "classes.tsv").read_text().splitlines()]
    assert rows[0] == list(by_class.COLUMNS) and [row[:2] for row in rows[1:]] == [
        ["m0", "one"], ["m0", "two"], ["m1", "one"], ["m1", "two"],
    ]  # fmt: skip
    assert [int(rows[1][i]) for i in range(2, 6)] == [
        found[0].inside,
        found[0].of,
        found[0].outside,
        found[0].others,
    ]
    assert by_class.shares(MotifSet(()), data, classes) == []


def test_how_well_classes_are_told_is_written(tmp_path):
    found = [
        by_class.Told("a", 7, (0.75, 0.5, 1.0), None),
        by_class.Told("b", 5, (0.9, 0.8, 0.95), (0.6, 0.4, 0.7)),
    ]
    assert by_class.accuracy(found) == {
        "a": {"peaks": 7, "from_negatives": {"auroc": 0.75, "auroc_ci": [0.5, 1.0]}, "from_peaks": None},
        "b": {
            "peaks": 5,
            "from_negatives": {"auroc": 0.9, "auroc_ci": [0.8, 0.95]},
            "from_peaks": {"auroc": 0.6, "auroc_ci": [0.4, 0.7]},
        },
    }
    by_class.write_accuracy(tmp_path / "x.tsv", found)
    assert [line.split("\t") for line in (tmp_path / "x.tsv").read_text().splitlines()] == [
        list(by_class.ACCURACY),
        ["a", "7", "0.75", "0.5", "1", "", "", ""],
        ["b", "5", "0.9", "0.8", "0.95", "0.6", "0.4", "0.7"],
    ]


def test_a_run_of_several_files_is_called_by_all_of_them():
    assert run.default_name("x/liver.narrowPeak.gz") == "liver"
    assert run.default_name("x/liver.narrowPeak", "y/brain.bed") == "liver_brain"
    many = [f"condition{i}.bed" for i in range(20)]
    names = {run.default_name(*many), run.default_name(*many[:-1]), run.default_name(*many[:-2])}
    assert len(names) == 3 and max(map(len, names)) < 80


def test_the_table_shows_every_cell():
    cells = [[Cell(2.04, True, "a & b"), Cell(-1.0, False, "")], [Cell(0.0, False, ""), Cell(9.0, True, "")]]
    html = ClassTable("x", ["one", "t<o"], ["m1", "m2"], cells, [("peaks", ["5", "7"])]).html()
    assert 'class="over told" style="--v:51%" title="a &amp; b">2.0<' in html
    assert 'class="under" style="--v:25%" title="">\N{MINUS SIGN}1.0<' in html
    assert "--v:75%" in html and "t&lt;o" in html and '<td class="self">7</td>' in html


def test_several_files_are_read_as_classes(tmp_path):
    made_genome(
        [of_word(name, word, "") for name, word in zip("AB", WORDS, strict=True)],
        1_000_000,
        5,
        120,
        [0.6, 0.5],
    ).write(tmp_path)
    base = Settings(sequences=str(tmp_path / "A.narrowPeak"), genome=str(tmp_path / "genome.fa"), database="")
    files = reading.read(dataclasses.replace(base, classes=(str(tmp_path / "B.narrowPeak"),)))
    labels = files.classes.of(files.data)
    lines = [(tmp_path / f"{name}.narrowPeak").read_text().splitlines() for name in "AB"]
    assert files.classes.names == ("A", "B")
    assert np.nansum(labels, axis=0).tolist() == [len(lines[0]), len(lines[1])]
    names = [{line.split("\t")[3] for line in own} for own in lines]
    assert len(files.data) == len(names[0] | names[1])
    assert int((labels == 1).all(axis=1).sum()) == len(names[0] & names[1])
    assert (
        set(files.inputs) == {"sequences", "class 2", "genome", "negatives"}
        and len(files.get("negatives")) > 0
    )
    rows = [
        "\t".join([*line.split("\t")[:3], name, *line.split("\t")[4:]])
        for name, own in zip("AB", lines, strict=True)
        for line in own
    ]
    (tmp_path / "both.narrowPeak").write_text("\n".join(rows) + "\n")
    named = reading.read(dataclasses.replace(base, sequences=str(tmp_path / "both.narrowPeak"), by_name=True))
    assert named.data.names == files.data.names
    np.testing.assert_array_equal(named.classes.of(named.data), labels)
    for fields, message in (
        ({"genome": "", "classes": ("x",)}, "several classes needs a genome"),
        ({"by_name": True, "classes": ("x",)}, "not both"),
    ):
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(base, **fields)
    (tmp_path / "x.fa").write_text(">a\nACGT\n")
    with pytest.raises(ValueError, match="holds no intervals"):
        reading.read(dataclasses.replace(base, classes=(str(tmp_path / "x.fa"),)))
