"""Motif files of every format: the same motif in all, and one bad motif costs itself."""

import gzip
import io
import os
import threading

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.motifs import formats, hits, jaspar, meme, tomtom
from jaxmotif.motifs.motif import Motif

COUNTS = np.array([[4, 16, 0, 0], [19, 0, 1, 0], [0, 20, 0, 0], [0, 0, 20, 0], [0, 0, 0, 20], [0, 0, 20, 0]])


def _lines(array, form="%g", sep=" "):
    return "\n".join(sep.join(form % value for value in row) for row in array)


def _lettered(array, form):
    rows = (" ".join(f"{value:g}" for value in row) for row in array.T)
    return "\n".join(form.format(letter, row) for letter, row in zip("ACGT", rows, strict=True))


NUMBERED = "\n".join(f"{i + 1:02d}\t" + "\t".join(f"{v:g}" for v in row) for i, row in enumerate(COUNTS))
SHARES = "\n".join(f"{i + 1}\t" + "\t".join(f"{v:g}" for v in row) for i, row in enumerate(COUNTS / 20))
# Format -> file of one motif, its name, its other name, sites behind it.
FILES = {
    "jaspar": (f">MA1.1\tTEST\n{_lettered(COUNTS, '{}  [ {} ]')}\n", "MA1.1", "TEST", 20),
    "jaspar simple": (f">MA1.1 TEST\n{_lettered(COUNTS, '{}|{}')}\n", "MA1.1", "TEST", 20),
    "pfm": (f">MA1.1 TEST\n{_lines(COUNTS.T)}\n", "MA1.1", "TEST", 20),
    "pfm without a name": (_lines(COUNTS.T), "x", "", 20),
    "homer": (
        ">CACGTG\tTEST(bHLH)/cell-ChIP-Seq/Homer\t7.2\t-1200.5\t0\tT:100.0(10%),B:5(1%)\n"
        f"{_lines(COUNTS / 20)}\n",
        "TEST(bHLH)/cell-ChIP-Seq/Homer",
        "TEST",
        100,
    ),
    "transfac": (f"AC MA1.1\nXX\nID TEST\nXX\nPO\tA\tC\tG\tT\n{NUMBERED}\nXX\n//\n", "MA1.1", "TEST", 20),
    "transfac with letters": (
        "VV  release\nXX\n//\nAC  M1\nXX\nID  V$TEST\nXX\nP0      A      C      G      T\n"
        + "\n".join(f"{line}\tN" for line in NUMBERED.splitlines())
        + "\nXX\nBA  20 sites\n//\n",
        "M1",
        "V$TEST",
        20,
    ),
    "cis-bp": (f"Pos\tA\tC\tG\tT\n{SHARES}\n", "x", "", 20),
    "cis-bp, whole": (
        f"TF\tT1_2.00\nTF Name\tTEST\nMotif\tM1_2.00\nPos\tA\tC\tG\tT\n{SHARES}\n\n",
        "M1_2.00",
        "TEST",
        20,
    ),
    "uniprobe": (
        f"Protein: TEST\tSeed k-mer: CACGTG\tEnrichment Score: 0.49\n{_lettered(COUNTS / 20, '{}: {}')}\n",
        "TEST",
        "",
        20,
    ),
    "hocomoco pcm": (f">TEST_HUMAN.H11MO.0.A\n{_lines(COUNTS, '%.3f')}\n", "TEST_HUMAN.H11MO.0.A", "", 20),
    "hocomoco ppm": (f">TEST.H12\n{_lines(COUNTS / 20, '%.4f')}\n", "TEST.H12", "", 20),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", FILES)
def test_one_motif_in_every_format(kind, zipped, tmp_path):
    text, name, alt_name, nsites = FILES[kind]
    path = tmp_path / ("x.txt.gz" if zipped else "x.txt")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    (found,) = formats.read(path)
    np.testing.assert_allclose(found.ppm, COUNTS / 20, atol=1e-3)
    assert (found.name, found.alt_name, found.nsites) == (name, alt_name, nsites)
    assert found.alphabet == "ACGT" and found.consensus == "CACGTG"


@pytest.mark.parametrize("kind", [kind for kind in FILES if "without" not in kind and kind != "cis-bp"])
def test_several_motifs_of_a_file_stay_apart(kind, tmp_path):
    text, name, *_ = FILES[kind]
    (tmp_path / "two.txt").write_text(text + "\n" + text)
    found = formats.read(tmp_path / "two.txt")
    assert [motif.name for motif in found] == [name, name]
    assert all(motif.consensus == "CACGTG" for motif in found)


def test_biopython_reads_the_same(tmp_path):
    from Bio import motifs

    for kind, form in (("jaspar", "jaspar"), ("pfm", "pfm-four-rows"), ("hocomoco pcm", "pfm-four-columns")):
        (tmp_path / "x.txt").write_text(FILES[kind][0])
        with open(tmp_path / "x.txt") as stream:
            (theirs,) = motifs.parse(stream, form)
        counts = np.array([theirs.counts[letter] for letter in "ACGT"]).T
        (ours,) = formats.read(tmp_path / "x.txt")
        np.testing.assert_allclose(ours.ppm, counts / counts.sum(1, keepdims=True), atol=1e-12)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "is empty"),
        ("hello\nworld\n", "no motif in the file; known formats: MEME, HOMER"),
        (">a\n0.5 -1.2 0.3 0.1\n0.1 0.1 1.2 -3\n", "line 2: a: numbers below 0 are log-odds"),
        (">a\n1 2 3\n4 5 6\n", "rows of 4 numbers, or 4 rows of one length"),
        (">a\n1 nan 3 4\n4 5 6 7\n", "line 2: numbers must be finite"),
        (">a\n1 2 3 4\n0 0 0 0\n5 5 5 5\n", "position 2 has no counts"),
        (">a\n.2 .2 .2 .2\n.25 .25 .25 .25\n", "probabilities must sum to 1, not 0.8"),
        (">a\nA [1 2]\nC [1 2]\nG [1 2]\n", "a row each for A, C, G and T"),
        (">a\nA [1 x]\nC [1 2]\nG [1 2]\nT [1 2]\n", "line 2: unreadable numbers"),
        (">a\n9 1 1 1\n1 9 1 1\n1 1 8 2\n1 1 2 8\n", None),
        (">a\n9 1 0 2\n1 0 9 2\n2 9 1 0\n0 2 2 8\n", "name the letters"),
    ],
)
def test_what_is_no_motif_file_is_refused_by_name(text, message, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text(text)
    if message is None:  # a matrix that reads the same either way
        assert len(formats.read(path)) == 1
        return
    with pytest.raises(ValueError, match=f"bad.txt.*{message}"):
        formats.read(path)


def _database(count=30, seed=0):
    rng = np.random.default_rng(seed)
    return [Motif(f"T{i}", rng.dirichlet([0.4] * 4, 9), 50) for i in range(count)]


def test_a_flat_or_wide_motif_costs_itself_only():
    database, query = _database(), _database(1, 1)[0]
    flat = Motif("flat", np.full((6, 4), 0.25), 20)
    wide = Motif("wide", np.random.default_rng(2).dirichlet([0.4] * 4, 200), 20)
    alone = hits.compared([query], database, ("q", "t"))
    with pytest.warns(UserWarning) as told:
        among = hits.compared([flat, query, wide], [flat, *database, wide], ("q.meme", "t.meme"))
    said = [str(one.message) for one in told]
    assert said[0].startswith("q.meme: left out flat is flat")
    assert "wide is 200 wide, more than 128" in said[0]
    assert said[1].startswith("t.meme: left out flat")
    assert {hit.query_index for hit in among} == {1}
    assert {hit.target_index for hit in among} == set(range(1, 31))
    assert [(h.target.name, h.p, h.e, h.q) for h in among] == [(h.target.name, h.p, h.e, h.q) for h in alone]
    with pytest.raises(ValueError, match="q: no motif that can be compared: flat is flat"):
        hits.compared([flat], database, ("q", "t"))


def test_rna_is_compared_on_one_strand(tmp_path):
    database = _database()
    as_rna = [Motif(m.name, m.ppm, m.nsites, alphabet=dna.RNA) for m in database]
    turned = Motif("turned", database[3].ppm[::-1, ::-1], 50)
    both = tomtom.match([turned], database)
    assert both.strand[0, 3] == "-" and both.p[0].argmin() == 3
    for queries, targets in (
        ([Motif("turned", turned.ppm, 50, alphabet=dna.RNA)], as_rna),
        ([turned], as_rna),
        ([Motif("turned", turned.ppm, 50, alphabet=dna.RNA)], database),
    ):
        found = tomtom.match(queries, targets)
        assert set(found.strand.ravel()) == {"+"} and found.p[0, 3] > 100 * both.p[0, 3]
    # Where "+" is the better strand anyway, one strand has about half of the p-value of two.
    two, one = tomtom.match(database[:10], database), tomtom.match(as_rna[:10], as_rna)
    forward = (two.strand == "+") & (two.p < 0.5)
    assert forward.sum() > 30
    assert 0.4 < np.median(one.p[forward] / two.p[forward]) < 0.65
    meme.write_meme(tmp_path / "rna.meme", as_rna)
    again = formats.read(tmp_path / "rna.meme")
    assert {motif.alphabet for motif in again} == {dna.RNA} and "T" not in again[0].consensus


def test_cases_of_motif_files(shared_cases, capsys):
    for name in ("x.jaspar", "x.motif", "x.pfm", "x.transfac", "cisbp.txt"):
        (motif,) = formats.read(shared_cases / "case24" / name)
        assert motif.consensus == "CACGTG"
        assert motif.nsites == (100 if name == "x.motif" else 20)
    folder = shared_cases / "case23"
    rows = {}
    for name in ("good", "one_flat", "one_long"):
        with pytest.warns(UserWarning):
            cli.dispatch(["jaxmotif", "match", str(folder / f"{name}.meme"), str(folder / "good.meme")])
        rows[name] = capsys.readouterr().out
    assert rows["one_flat"] == rows["good"] == rows["one_long"]
    for name in ("nan", "zero_rows"):
        with pytest.raises(ValueError, match=f"{name}.meme, line"):
            formats.read(folder / f"{name}.meme")


POSITIONS = "30 0 10 0\n0 0 0 40\n0 40 0 0\n40 0 0 0\n0 0 40 0\n"


@pytest.mark.parametrize("above", ["T A G C\n", "P0 T A G C\n", "Pos\tT\tA\tG\tC\n"])
def test_columns_stand_in_the_order_that_is_written_above_them(tmp_path, above):
    rows = POSITIONS.splitlines()
    numbered = "".join(f"{i} {row}\n" for i, row in enumerate(rows, 1)) if above[0] == "P" else POSITIONS
    path = tmp_path / "x.txt"
    path.write_text(above + numbered)
    (motif,) = formats.read(path)
    # First row: T 30, G 10.
    assert motif.consensus == "TCATG"
    np.testing.assert_allclose(motif.ppm[0], [0, 0, 0.25, 0.75])


def test_blank_lines_part_tables_without_names(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text(POSITIONS + "\n" + POSITIONS)
    assert [(m.name, m.width) for m in formats.read(path)] == [("x_1", 5), ("x_2", 5)]


def test_a_homer_motif_of_four_positions_is_no_riddle(tmp_path):
    path = tmp_path / "x.motif"
    path.write_text(">CGAT\tx\t5.0\n0 1 0 0\n0 0 1 0\n1 0 0 0\n0 0 0 1\n")
    assert formats.read(path)[0].consensus == "CGAT"


@pytest.mark.parametrize(
    "text, message",
    [
        (">a\n.1 .2 .3 .4\n.9 .3 .3 0\n1 0 0 0\n0 1 0 0\n0 0 1 0\n", r"sum to 1, not 1.5 \(position 2\)"),
        ("AC a\nP0 A C G T\n01 1 2 3 4\n03 1 2 3 4\n//\n", "line 3: a: positions are not numbered"),
        ("AC a\nP0 A C G T\n01 1 2 3 4 5\n02 1 2 3 4 5\n//\n", "line 3: a: rows of 4 numbers"),
        ("AC a\nP0 A C G G\n01 1 2 3 4\n//\n", "line 2: columns must be"),
        (">a\n>b\n" + POSITIONS, "line 1: a has no matrix"),
        (POSITIONS.join([">a\n", ">b\n"]), "line 7: b has no matrix"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, text, message):
    path = tmp_path / "x.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        formats.read(path)
    assert str(path) in str(error.value)


def test_a_damaged_gzip_is_said_to_be(tmp_path):
    data = bytearray(gzip.compress((">a\n" + POSITIONS * 50).encode(), mtime=0))
    data[20] ^= 0xFF
    (tmp_path / "x.gz").write_bytes(bytes(data))
    with pytest.raises(ValueError, match="x.gz: truncated or damaged gzip"):
        formats.read(tmp_path / "x.gz")


@pytest.mark.parametrize("packed", [False, True])
def test_motifs_come_from_standard_input_and_from_pipes(tmp_path, monkeypatch, capsys, packed):
    motifs = [Motif("one", np.eye(4)[[0, 1, 2, 3, 3]], 20), Motif("two", np.eye(4)[[3, 3, 0, 0, 1]], 20)]
    meme.write_meme(tmp_path / "a.meme", motifs)
    data = (tmp_path / "a.meme").read_bytes()
    data = gzip.compress(data) if packed else data

    def stdin():
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    stdin()
    assert [one.name for one in formats.read("-")] == ["one", "two"]
    stdin()
    cli.dispatch(["", "motifs", "-", "-", "--format=tsv", "--names=two"])
    assert capsys.readouterr().out.splitlines()[1].startswith("two\t")
    stdin()
    cli.dispatch(["", "match", str(tmp_path / "a.meme"), "-"])
    rows = capsys.readouterr().out.splitlines()[1:]
    assert rows and rows[0].split("\t")[:2] == ["one", "one"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(ValueError, match="-: the file is empty"):
        formats.read("-")

    # As a shell hands over <(zcat a.meme.gz): a pipe, which is read once.
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writing.start()
    assert [one.name for one in jaspar.database(tmp_path / "pipe")] == ["one", "two"]
    writing.join()
