"""MEME files: what is written comes back, and real files' deviations are read."""

import gzip

import numpy as np
import pytest
from Bio import motifs as bio_motifs

from jaxmotif.motifs.meme import read_meme, write_meme
from jaxmotif.motifs.motif import Motif

MINIMAL = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF MA0004.1 Arnt
letter-probability matrix: alength= 4 w= 3 nsites= 20 E= 0
 0.2 0.8 0.0 0.0
 0.95 0.00 0.05 0.0
 0.0 1.0 0.0 0.0
URL http://example.org/MA0004.1

MOTIF second
letter-probability matrix: alength= 4 w= 2 nsites= 7 E= 1.5e-30
0.25\t0.25\t0.25\t0.25
0.3333 0.3333 0.3333 0.0
"""


def _file(tmp_path, text, name="motifs.meme"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_minimal_file(tmp_path):
    first, second = read_meme(_file(tmp_path, MINIMAL))
    assert (first.name, first.alt_name, first.nsites) == ("MA0004.1", "Arnt", 20)
    assert first.url == "http://example.org/MA0004.1"
    assert first.background == pytest.approx((0.3, 0.2, 0.2, 0.3))
    assert first.source == "motifs.meme"
    np.testing.assert_allclose(first.ppm, [[0.2, 0.8, 0, 0], [0.95, 0, 0.05, 0], [0, 1, 0, 0]], atol=1e-15)
    assert (second.name, second.alt_name, second.nsites, second.url) == ("second", "", 7, "")
    np.testing.assert_allclose(second.ppm[1], [1 / 3, 1 / 3, 1 / 3, 0])


def test_what_is_written_comes_back(tmp_path):
    rng = np.random.default_rng(3)
    background = (0.31, 0.19, 0.19, 0.31)
    written = [
        Motif(
            f"filter{i}::x/y",
            rng.dirichlet([0.3] * 4, size=5 + i),
            10.5 * i + 1,
            alt_name="" if i % 2 else f"alt{i}",
            url="" if i % 2 else f"http://example.org/{i}",
            background=background,
        )
        for i in range(6)
    ]
    path = tmp_path / "deep" / "out.meme"
    write_meme(path, written)
    for a, b in zip(written, read_meme(path), strict=True):
        assert (a.name, a.alt_name, a.url, a.nsites) == (b.name, b.alt_name, b.url, b.nsites)
        np.testing.assert_allclose(a.ppm, b.ppm, atol=1e-8)
        assert a.background == pytest.approx(b.background, abs=1e-8)


def test_another_reader_understands_what_is_written(tmp_path):
    ppm = np.array([[0.5, 0.25, 0.25, 0], [0, 0, 0, 1], [0.1, 0.2, 0.3, 0.4]])
    write_meme(tmp_path / "m.meme", [Motif("M1", ppm, 100, alt_name="TF")])
    with open(tmp_path / "m.meme") as handle:
        record = bio_motifs.parse(handle, "minimal")
    assert record[0].name == "M1" and record[0].num_occurrences == 100
    counts = np.array([record[0].counts[letter] for letter in "ACGT"]).T
    np.testing.assert_allclose(counts, ppm * 100)


def test_blanks_in_names_do_not_break_the_file(tmp_path):
    write_meme(tmp_path / "m.meme", [Motif("my motif", np.eye(4), 5, alt_name="a b")])
    assert [(m.name, m.alt_name) for m in read_meme(tmp_path / "m.meme")] == [("my_motif", "a_b")]


def test_backgrounds_that_differ_cannot_be_written(tmp_path):
    a, b = Motif("a", np.eye(4), 5), Motif("b", np.eye(4), 5, background=(0.3, 0.2, 0.2, 0.3))
    with pytest.raises(ValueError, match="one background.*a has.*b has"):
        write_meme(tmp_path / "m.meme", [a, b])
    assert not (tmp_path / "m.meme").exists()


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL.replace("\n", "\r\n"),
        gzip.compress(MINIMAL.encode(), mtime=0),
        MINIMAL.replace("MEME version 4", "MEME version 5.5.2 (Release date: today)"),
        MINIMAL.replace("strands: + -\n", ""),
        MINIMAL.replace("alength= 4 w= 3", "alength=4 w=3"),
        MINIMAL.replace("E= 0\n", "E= 0\n\n"),
        MINIMAL.replace(" w= 3", "").replace(" w= 2", ""),
        MINIMAL.replace(
            "Background letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3",
            "Background letter frequencies (from file `b'):\nA 0.300 C 0.200 \nG 0.200 T 0.300 ",
        ),
        MINIMAL.replace("ALPHABET= ACGT", 'ALPHABET "DNA" DNA-LIKE\nA "Adenine" ~ T\nEND ALPHABET'),
        "\n\n" + MINIMAL.rstrip("\n"),
        "\ufeff".encode() + MINIMAL.encode(),
    ],
)
def test_variants_of_the_same_file(tmp_path, text):
    expected = read_meme(_file(tmp_path, MINIMAL, "a.meme"))
    for a, b in zip(expected, read_meme(_file(tmp_path, text, "b.meme")), strict=True):
        assert (a.name, a.alt_name, a.nsites, a.url) == (b.name, b.alt_name, b.nsites, b.url)
        np.testing.assert_allclose(a.ppm, b.ppm)
        assert a.background == pytest.approx(b.background)


def test_full_meme_output(tmp_path):
    text = """********************************************************************************
MEME - Motif discovery tool
********************************************************************************
MEME version 4.12.0 (Release date: 2017)

ALPHABET= ACGT
Background letter frequencies (from dataset with add-one prior applied):
A 0.25 C 0.25 G 0.25 T 0.25

********************************************************************************
MOTIF  1 MEME	width =   2  sites =  18  llr = 212  E-value = 2.2e-019
********************************************************************************
	Motif 1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 2 n= 4000 bayes= 5 E= 2.2e-019
  -1081    126     11    -58
    -39  -1081  -1081    147
	Motif 1 position-specific probability matrix
--------------------------------------------------------------------------------
letter-probability matrix: alength= 4 w= 2 nsites= 18 E= 2.2e-019
 0.000000  0.500000  0.500000  0.000000
 0.000000  0.000000  0.000000  1.000000
--------------------------------------------------------------------------------
Time  1.00 secs.
"""
    (m,) = read_meme(_file(tmp_path, text))
    assert (m.name, m.alt_name, m.nsites) == ("1", "MEME", 18)
    np.testing.assert_array_equal(m.ppm, [[0, 0.5, 0.5, 0], [0, 0, 0, 1]])


def test_nsites_and_background_default_as_the_format_says(tmp_path):
    text = "MEME version 4\nMOTIF a\nletter-probability matrix:\n1 0 0 0\n0 1 0 0\n"
    (m,) = read_meme(_file(tmp_path, text))
    assert m.nsites == 20 and m.background == (0.25,) * 4 and m.width == 2


def test_a_dead_filter_is_left_out_with_a_warning(tmp_path):
    text = MINIMAL + "\nMOTIF dead\nletter-probability matrix: alength= 4 w= 2\n0 0 0 0\n0 0 0 0\n"
    with pytest.warns(UserWarning, match="1 motifs that are all zeros: dead"):
        assert [m.name for m in read_meme(_file(tmp_path, text))] == ["MA0004.1", "second"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "empty"),
        (">seq1\nACGT\n", 'line 1: .*"MEME version 4"'),
        ("MEME version 3\n", "line 1: .*not 3"),
        ("MEME version 4\n\nALPHABET= ACGT\n", "no motif"),
        (
            MINIMAL.replace("ALPHABET= ACGT", "ALPHABET= ACDEFGHIKLMNPQRSTVWY"),
            "line 3: .*ACDEFGHIKLMNPQRSTVWY",
        ),
        (MINIMAL.replace("w= 3", "w= 4"), "line 11: w= 4 but 3 rows"),
        (MINIMAL.replace("0.95 0.00 0.05 0.0", "0.95 0.00 0.05"), "line 13: .*not 3"),
        (MINIMAL.replace("0.95 0.00", "0.45 0.00"), "line 13: .*not 0.5"),
        (MINIMAL.replace("0.95 0.00", "1.05 -0.10"), "line 13: .*>= 0"),
        (MINIMAL.replace("0.95 0.00", "nan 0.00"), "line 13: .*finite"),
        (MINIMAL.replace("nsites= 20", "nsites= many"), "line 11: unreadable"),
        (MINIMAL.replace("alength= 4 w= 3", "alength= 20 w= 3"), "line 11: .*not 20"),
        (MINIMAL.replace("MOTIF second", "MOTIF"), "line 17: MOTIF without"),
        (MINIMAL.replace("A 0.3 C", "A 0.9 C"), "line 8: background"),
        (MINIMAL + "\nMOTIF third\n", "line 22: MOTIF third has no"),
        (gzip.compress(MINIMAL.encode(), mtime=0)[:80], "truncated or damaged gzip"),
    ],
)
def test_malformed_files_are_refused_with_file_and_line(tmp_path, text, message):
    path = _file(tmp_path, text)
    with pytest.raises(ValueError, match=message) as error:
        read_meme(path)
    assert str(path) in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match="no such file: .*nowhere.meme"):
        read_meme(tmp_path / "nowhere.meme")
    with pytest.raises(ValueError, match="no motif to write"):
        write_meme(tmp_path / "x.meme", [])


@pytest.mark.parametrize(("alphabet", "strands"), [("ACGT", "+ -"), ("ACGU", "+")])
def test_what_is_written_names_background_and_strands_and_no_e(tmp_path, alphabet, strands):
    own = (0.4, 0.15, 0.1, 0.35)
    motif = Motif("m", np.eye(4)[[0, 3, 2]] * 0.8 + 0.05, 40, background=own, alphabet=alphabet)
    write_meme(tmp_path / "x.meme", [motif])
    text = (tmp_path / "x.meme").read_text()
    assert "E=" not in text and f"ALPHABET= {alphabet}\n" in text and f"strands: {strands}\n" in text
    back = read_meme(tmp_path / "x.meme")[0]
    np.testing.assert_allclose(back.background, own)
    assert back.nsites == 40
    with open(tmp_path / "x.meme") as handle:
        (theirs,) = bio_motifs.parse(handle, "minimal")
    assert theirs.alphabet == alphabet and theirs.num_occurrences == 40
    np.testing.assert_allclose([theirs.background[letter] for letter in alphabet], own)
    np.testing.assert_allclose([theirs.counts[letter] for letter in alphabet], motif.ppm.T * 40)


def test_one_file_has_one_alphabet(tmp_path):
    rna = Motif("r", np.eye(4), 10, alphabet="ACGU")
    with pytest.raises(ValueError, match="r is of ACGU and d of ACGT"):
        write_meme(tmp_path / "x.meme", [rna, Motif("d", np.eye(4), 10)])
