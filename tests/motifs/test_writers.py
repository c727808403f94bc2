"""What is written is read again, here and by Biopython; HOMER's threshold by all words."""

import itertools
import math

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.motifs import formats, meme, writers
from jaxmotif.motifs.motif import Motif

COUNTS = np.array([[4, 16, 0, 0], [19, 0, 1, 0], [0, 20, 0, 0], [0, 0, 20, 0], [1, 0, 0, 19], [0, 0, 20, 0]])
MOTIFS = [
    Motif("MA1.1", COUNTS / 20, 20, alt_name="TEST"),
    Motif("second", np.random.default_rng(0).dirichlet(np.ones(4), 9), 33.25),
]


@pytest.mark.parametrize("kind", ["meme", "jaspar", "transfac", "homer"])
def test_written_motifs_are_read_again(kind, tmp_path):
    path = tmp_path / f"a.{kind}"
    writers.write(path, MOTIFS)
    for one, again in zip(MOTIFS, formats.read(path), strict=True):
        shares = one.ppm
        if kind == "homer":
            shares = (one.ppm * one.nsites + 0.025) / (one.nsites + 0.1)
            assert again.ppm.min() >= 0.001 - 1e-9
        np.testing.assert_allclose(again.ppm, shares, atol=1e-3 if kind == "homer" else 2e-6)
        assert again.nsites == pytest.approx(one.nsites, rel=1e-6)
        assert again.name == (f"{one.name}/TEST" if kind == "homer" and one.alt_name else one.name)
        if kind != "homer":
            assert again.alt_name in (one.alt_name, one.name)


@pytest.mark.parametrize("kind", ["jaspar", "transfac"])
def test_biopython_reads_the_same(kind, tmp_path):
    from Bio import motifs

    path = tmp_path / "a.txt"
    path.write_text(writers.text(MOTIFS, kind))
    with open(path) as stream:
        theirs = motifs.parse(stream, kind)
    for one, other in zip(MOTIFS, theirs, strict=True):
        counts = np.array([other.counts[letter] for letter in "ACGT"]).T
        np.testing.assert_allclose(counts, one.ppm * one.nsites, atol=1e-5)


def test_rna_keeps_its_letters(tmp_path):
    rna = Motif("r", COUNTS / 20, 20, alphabet=dna.RNA)
    for kind in ("jaspar", "transfac", "meme"):
        writers.write(tmp_path / f"a.{kind}", [rna])
        assert formats.read(tmp_path / f"a.{kind}")[0].alphabet == dna.RNA


FLAT = [[0.3, 0.2, 0.25, 0.25], [0.2, 0.3, 0.25, 0.25]]
SURE = np.eye(4)[[2, 0, 3, 3]] * 0.96 + 0.01


@pytest.mark.parametrize(
    "ppm, nsites",
    [
        (np.random.default_rng(1).dirichlet(np.ones(4) / 2, 7), 40),
        (np.concatenate([FLAT, SURE, FLAT[:1]]), 40),  # the core cannot reach p, the whole can
        (np.eye(4)[[2, 0, 3, 3, 0, 1, 0]], 1e9),  # no letter is written as 0
    ],
)
def test_the_threshold_of_homer_is_that_of_its_p(ppm, nsites):
    motif = Motif("m", ppm, nsites)
    head, *rows = writers.homer([motif]).splitlines()
    threshold = float(head.split("\t")[2])
    weights = np.log(np.array([[float(x) for x in row.split("\t")] for row in rows]) / 0.25)
    scores = sorted(
        (
            sum(weights[i, letter] for i, letter in enumerate(word))
            for word in itertools.product(range(4), repeat=7)
        ),
        reverse=True,
    )
    # Weights are rounded to 1/256 bit: words so near to the threshold are on either side.
    slack = 7 * math.log(2) / 512
    sure = sum(score >= threshold + slack for score in scores)
    maybe = sum(score >= threshold - slack for score in scores)
    assert sure <= writers.HOMER_P * 4**7 <= maybe + 1 and maybe >= 1
    assert threshold < scores[0] and min(float(x) for row in rows for x in row.split("\t")) >= 0.001


def test_the_threshold_of_homer_is_the_best_words_where_p_is_out_of_reach():
    head, *rows = writers.homer([Motif("m", SURE, 40)]).splitlines()
    best = sum(math.log(max(float(x) for x in row.split("\t")) / 0.25) for row in rows)
    assert best - 0.01 < float(head.split("\t")[2]) < best


def test_the_table_has_every_matrix():
    header, *lines = writers.table(MOTIFS).splitlines()
    rows = [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
    assert [row["motif"] for row in rows] == ["MA1.1"] * 6 + ["second"] * 9
    np.testing.assert_allclose([float(rows[4][x]) for x in "ACGT"], [0.05, 0, 0, 0.95])
    assert float(rows[2]["bits"]) == 2 and rows[0]["name"] == "TEST"


def test_the_command_converts_chooses_and_draws(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    meme.write_meme(tmp_path / "run" / "motifs.meme", MOTIFS)
    cli.dispatch(["", "motifs", str(tmp_path / "run"), str(tmp_path / "a.jaspar")])
    assert (tmp_path / "a.jaspar").read_text() == writers.jaspar(
        formats.read(tmp_path / "run" / "motifs.meme")
    )
    cli.dispatch(["", "motifs", str(tmp_path / "a.jaspar"), "-", "--format=tsv", "--names=test"])
    assert capsys.readouterr().out.count("\nMA1.1\t") == 6
    cli.dispatch(["", "motifs", str(tmp_path / "run"), str(tmp_path / "logos"), "--format=svg"])
    assert sorted(path.name for path in (tmp_path / "logos").iterdir()) == ["MA1.1.svg", "second.svg"]
    assert "<svg" in (tmp_path / "logos" / "second.svg").read_text()


def test_logos_of_motifs_of_one_name_are_all_written(tmp_path):
    meme.write_meme(tmp_path / "a.meme", [Motif(name, COUNTS / 20, 20) for name in ("x", "X", "a/b", "a b")])
    cli.dispatch(["", "motifs", str(tmp_path / "a.meme"), str(tmp_path / "logos"), "--format=svg"])
    names = [path.name for path in (tmp_path / "logos").iterdir()]
    assert sorted(names) == ["X_2.svg", "a_b_1.svg", "a_b_2.svg", "x_1.svg"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["{tmp}/a.meme"], "motifs wants a run or motif file and a file to write, got 1"),
        (["{tmp}/a.meme", "{tmp}/a.doc"], ".doc is no motif format; known: .meme, .jaspar"),
        (["{tmp}/a.meme", "{tmp}/b.meme", "--names=no"], "has no motif 'no' among its 2"),
        (["{tmp}/a.meme", "-", "--format=svg"], "logos are files: name a folder"),
        (["{tmp}/none.meme", "{tmp}/b.homer"], "no motif in the file"),
    ],
)
def test_bad_input_is_one_line(tmp_path, arguments, said):
    meme.write_meme(tmp_path / "a.meme", MOTIFS)
    (tmp_path / "none.meme").write_text("MEME version 4\n")
    with pytest.raises(ValueError, match=said) as raised:
        cli.dispatch(["", "motifs", *(text.format(tmp=tmp_path) for text in arguments)])
    assert "\n" not in str(raised.value)
