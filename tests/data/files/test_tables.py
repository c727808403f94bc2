"""Sequences in columns, with a header and without."""

import pytest

from jaxmotif import dna
from jaxmotif.data.files import fasta, tables


def read(folder, text, **options):
    path = folder / "x.txt"
    path.write_text(text)
    return fasta.read_sequences(path, **options)


def test_columns_are_found_by_their_names(tmp_path):
    expected = (["ACGT", "GGGG"], ["p1", "p2"], [1, 0])
    for text in (
        "id,sequence,label\np1,acgt,1\np2,GGGG,0\n",
        '"label","id","sequence"\n1,"p1","ACGT"\n0,"p2","GGGG"\n',
        "name\tclass\tgc\tseq\np1\t1\t0.5\tACGT\np2\t0\t1.0\tGGGG\n",
        "FoldID\tEventID\tseq\tBound\nA\tp1\tACGT\t1\nA\tp2\tGGGG\t0\n",
    ):
        data = read(tmp_path, text)
        assert (dna.decode(data.sequences), data.names, data.labels.ravel().tolist()) == expected


def test_labels_that_are_not_named_are_asked_for(tmp_path):
    with pytest.raises(ValueError, match=r"several columns may be labels \(tf1, tf2\)"):
        read(tmp_path, "seq\ttf1\ttf2\nACGT\t1\t0\n")
    with pytest.raises(ValueError, match=r"several columns may be labels \(label, bound\)"):
        read(tmp_path, "label\tbound\tseq\n1\t0\tACGT\n")
    with pytest.raises(ValueError, match="no label column"):
        read(tmp_path, "id,sequence\np1,ACGT\n")


def test_two_columns_are_names_and_sequences(tmp_path):
    text = "chr1:0-4\tACGT\nchr1:10-14(-)\tTTTT\n"
    data = read(tmp_path, text)
    assert data.names == ["chr1:0-4", "chr1:10-14(-)"] and data.start.tolist() == [0, 10]
    assert dna.decode(data.sequences) == ["ACGT", "TTTT"] and data.labels is None
    assert read(tmp_path, "ACGT 1\nTTTT 0\n").labels.ravel().tolist() == [1, 0]
    assert read(tmp_path, "1\tACGT\n0\tTTTT\n").labels.ravel().tolist() == [1, 0]


def test_one_sequence_a_line(tmp_path):
    data = read(tmp_path, "ACGT\nacga\n\nTTNN\nAAAA\n")
    assert dna.decode(data.sequences) == ["ACGT", "ACGA", "TTNN", "AAAA"] and data.names[3] == "seq4"
    # Names of genes are no sequences, and what may be wrapped is not cut into many.
    for lines in (
        ["GATA1", "SPI1"],
        ["ACGT" * 15] * 3 + ["ACGT"],
        ["ACGT"],
        ["a b ACGT"] * 2,
        ["ACGT\tGGGG"] * 2,
    ):
        assert tables.without_header(lines) is None


def test_the_case_of_getfasta(shared_cases):
    data = fasta.read_sequences(shared_cases / "case10" / "getfasta.tab")
    assert data.sequences.shape == (100, 60) and data.start[:2].tolist() == [0, 100]
    with pytest.raises(ValueError, match="narrowPeak.*bedtools getfasta"):
        fasta.read_sequences(shared_cases / "case10" / "peaks.narrowPeak")
