"""`jaxmotif compare`: planted motifs, some shifted and turned, in their runs; gained and lost by hand."""

import numpy as np
import pytest

from jaxmotif import dna, files
from jaxmotif.apps import cli
from jaxmotif.apps.compare import compared
from jaxmotif.motifs import formats, meme
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_run
from tests.helpers.document import read_page


def _motif(name, text, alt_name="", nsites=50):
    ppm = np.full((len(text), 4), 0.02)
    ppm[np.arange(len(text)), dna.encode([text])[0]] = 0.94
    return Motif(name, ppm, nsites, alt_name=alt_name)


CTCF, GATA, EBOX = "CCACCAGGGGGCGC", "AGATAAGGTT", "GGCACGTGCC"


@pytest.fixture(name="runs")
def fixture_runs(tmp_path):
    turned = _motif("motif_2", CTCF[2:], nsites=80).reverse_complement()
    runs = {
        "a": [_motif("motif_1", CTCF), _motif("motif_2", GATA)],
        "b": [_motif("motif_1", "T" + EBOX), turned],
        "c": [_motif("motif_1", CTCF + "AA"), _motif("motif_2", "A" + GATA), _motif("motif_3", EBOX)],
    }
    for name, motifs in runs.items():
        (tmp_path / name).mkdir()
        meme.write_meme(tmp_path / name / "motifs.meme", motifs)
    match = {"name": "CTCF", "title": "x: CTCF"}
    rows = [{"name": "motif_1", "best_match": match, "e": 1e-9, "sites": 1234}, {"name": "motif_2"}]
    files.write_json(tmp_path / "a" / "motifs.json", rows)
    return tmp_path


def test_each_motif_in_its_runs(runs, tmp_path, capsys):
    out = tmp_path / "out"
    cli.dispatch(["", "compare", *(str(runs / name) for name in "abc"), f"--out={out}"])
    rows = small_run.rows((out / "compare.tsv").read_text())
    found = {(row["a"], row["b"], row["c"]): (row["runs"], row["of"], row["status"]) for row in rows}
    assert found == {
        ("motif_1", "motif_2", "motif_1"): ("3", "3", "all"),
        ("motif_2", "", "motif_2"): ("2", "3", "lost"),
        ("", "motif_1", "motif_3"): ("2", "3", "gained"),
    }
    assert rows[0]["factor"] == "CTCF" and rows[1]["factor"] == ""
    # The heaviest member, which is turned, says how the merged motif lies.
    turned = dna.decode(dna.reverse_complement(dna.encode([CTCF])))[0]
    assert turned[:-2] in rows[0]["consensus"]
    again = formats.read(out / "compare.jaspar")
    assert [motif.consensus for motif in again] == [row["consensus"] for row in rows]
    page = (out / "compare.html").read_text()
    read_page(out / "compare.html")
    assert "1,234 sites" in page and "E 1e-9" in page and page.count('class="of-run"') == 7
    assert page.count("turned") == 3 and page.count('class="none"') == 2  # the text, and two members
    captured = capsys.readouterr()
    assert captured.out == (out / "compare.tsv").read_text() and captured.err.startswith("page: ")


def test_a_release_of_jaspar_is_known(runs, tmp_path, monkeypatch):
    motifs = {"JASPAR2024": [_motif("MA1", CTCF, "CTCF")]}
    monkeypatch.setattr("jaxmotif.motifs.jaspar.database", motifs.__getitem__)
    out = tmp_path / "out"
    cli.dispatch(["", "compare", str(runs / "a"), "JASPAR2024", f"--out={out}"])
    found = {(row["a"], row["JASPAR2024"]) for row in small_run.rows((out / "compare.tsv").read_text())}
    assert found == {("motif_1", "MA1"), ("motif_2", "")}


def test_members_lie_on_each_other(runs):
    found = compared.compared([compared.read(str(runs / name), i) for i, name in enumerate("abc")])
    for one in found:
        merged = one.merged.motif
        for listed, member in one.listed:
            motif = listed.motif if member.strand == "+" else listed.motif.reverse_complement()
            for column in range(motif.width):
                at = column + member.offset
                if 0 <= at < merged.width:
                    assert merged.ppm[at].argmax() == motif.ppm[column].argmax()


def test_runs_without_motifs_flat_motifs_and_names(tmp_path):
    (tmp_path / "none.meme").write_text("MEME version 4\n")
    flat = Motif("flat", np.full((8, 4), 0.25), 10)
    meme.write_meme(tmp_path / "flat.meme", [flat])
    cli.dispatch(
        ["", "compare", *(str(tmp_path / f"{n}.meme") for n in ("none", "flat")), f"--out={tmp_path}"]
    )
    (row,) = small_run.rows((tmp_path / "compare.tsv").read_text())
    assert row["status"] == "gained" and row["flat.meme"] == "flat"
    assert (tmp_path / "compare.jaspar").exists()
    cli.dispatch(["", "compare", *[str(tmp_path / "none.meme")] * 2, f"--out={tmp_path}"])
    assert not (tmp_path / "compare.jaspar").exists()  # of the earlier comparison
    assert (tmp_path / "compare.tsv").read_text().count("\n") == 1
    assert compared.names_of(["x/run", "y/run", "z"]) == ["x/run", "y/run", "z"]


@pytest.mark.parametrize(
    "arguments, said",
    [(["{runs}/a"], "compare wants two runs or more, got 1"), (["{runs}/a", "{runs}/no"], "no such file")],
)
def test_bad_input_is_one_line(runs, arguments, said):
    with pytest.raises(ValueError, match=said):
        cli.dispatch(["", "compare", *(text.format(runs=runs) for text in arguments)])
