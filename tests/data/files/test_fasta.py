"""Reading sequence files: the forms they come in, and one clear line for each bad one."""

import gzip

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files import fasta


def write(folder, content, name="peaks.fa"):
    path = folder / name
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(folder, content, name="peaks.fa", **options):
    return fasta.read_sequences(write(folder, content, name), **options)


@pytest.mark.parametrize("name", ["peaks.fa", "peaks.fa.gz", "peaks.txt"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_fasta_in_its_forms(tmp_path, name, line_end):
    lines = [
        "; a comment",
        ">first  peak",
        "ACgt",
        "aNR",
        "",
        "> second",
        "TT TTTTU",
        ">",
        "-ACGTX*",
    ]
    data = read(tmp_path, line_end.join(lines), name)
    assert dna.decode(data.sequences) == ["ACGTANN", "TTTTTTT", "NACGTNN"]
    assert data.names == ["first peak", "second", "seq3"]
    assert data.labels is None and data.targets == () and data.chrom is None
    assert data.notes == (f"{name}: 5 letters other than A, C, G, T are read as N",)


def test_byte_order_mark_and_foreign_letters_in_names(tmp_path):
    data = read(tmp_path, "\ufeff>a\nACGT\n".encode() + b">b\xb5\nACGT\n")
    assert len(data) == 2 and data.names[0] == "a"


def test_gzip_is_told_by_content(tmp_path):
    path = tmp_path / "peaks.fa"
    path.write_bytes(gzip.compress(b">a\nAC\n") + gzip.compress(b">b\nGT\n"))  # as bgzip writes it
    assert dna.decode(fasta.read_sequences(path).sequences) == ["AC", "GT"]


def test_labelled_fasta(tmp_path):
    data = read(tmp_path, ">1\nACGT\n> 0\nTTTT\n>1.0\nGGGG\n")
    assert data.labels.tolist() == [[1], [0], [1]]
    assert data.names == ["seq1", "seq2", "seq3"] and data.targets == ("bound",)
    assert read(tmp_path, ">1\nACGT\n>2\nTTTT\n").labels is None


def test_deepbind_table(tmp_path):
    text = "\nFoldID\tEventID\tseq\tBound\r\nA\tseq_1_peak\tacgt\t1\r\n\r\nA\tseq_2\tTTNT\t0\r\n"
    data = read(tmp_path, text, "x.seq.gz")
    assert dna.decode(data.sequences) == ["ACGT", "TTNT"]
    assert data.labels.tolist() == [[1], [0]]
    assert data.names == ["seq_1_peak", "seq_2"]


def test_coordinates(tmp_path):
    names = [
        "chr1:100-104",
        "peak7::chrX:5-9(+)",
        "hg19_dna range=chr2_random:7-11 strand=+",
        "KI270706.1:0-4(-)",
        "no place",
        "GATA1:K562-1",
    ]
    data = read(tmp_path, "".join(f">{name}\nACGT\n" for name in names))
    assert data.chrom.tolist() == ["chr1", "chrX", "chr2_random", "KI270706.1", "", ""]
    assert data.start.tolist() == [100, 5, 7, 0, -1, -1]
    assert data.names == names


def test_coordinates_move_with_cropping_and_padding(tmp_path):
    genome = "GGACTTACGTAAC"
    text = (
        ">chr1:2-6\nACTT\n"
        ">chr1:2-9(+)\nACTTACG\n"
        ">chr1:2-9(-)\nCGTAAGT\n"
        ">chr1:4-7\nTTA\n"
        ">range=chr1:4-7 strand=-\nTAA\n"
    )
    data = read(tmp_path, text, length=4)
    assert data.start.tolist() == [2, 3, 4, 4, 3]
    strands = "++-+-"
    for codes, start, strand in zip(data.sequences, data.start, strands, strict=True):
        place = dna.encode([genome[start : start + 4]])[0]
        place = place if strand == "+" else dna.reverse_complement(place)
        known = codes != dna.N
        assert known.sum() >= 3
        np.testing.assert_array_equal(codes[known], place[known])


def test_odd_names_do_no_harm(tmp_path):
    name = "chr1:99999999999999999999-99999999999999999999"  # beyond 64 bits
    data = read(tmp_path, f">{name}\nACGT\n>a\x0bb\x1cc\x85d\u2028e\nACGT\n")
    assert dna.decode(data.sequences) == ["ACGT", "ACGT"] and data.notes == ()
    assert data.names == [name, "a b c d e"] and data.chrom is None


def test_lengths_are_made_equal_and_counted(tmp_path):
    text = ">a\nACGTA\n>b\nGACGTAG\n>c\nGACGTAGG\n>d\nCGTA\n>e\nACGTA\n>f\nT\n"
    data = read(tmp_path, text, length=5)
    assert dna.decode(data.sequences) == ["ACGTA", "ACGTA", "ACGTA", "CGTAN", "ACGTA", "NNTNN"]
    assert data.notes == (
        "peaks.fa: 2 of 6 sequences were longer than 5 nt and cropped to their centre",
        "peaks.fa: 2 of 6 sequences were shorter than 5 nt and padded with N",
    )


@pytest.mark.parametrize(
    "lengths, expected",
    [
        ([5, 5, 5, 9], 5),
        ([5, 9, 5, 9], 9),
        ([3, 4, 10, 11, 90], 10),
        ([7], 7),
        ([5, 5, 8, 9, 10], 8),
    ],
)
def test_common_length(tmp_path, lengths, expected):
    assert fasta.common_length(lengths) == expected
    text = "".join(f">{i}x\n{'A' * n}\n" for i, n in enumerate(lengths))
    assert read(tmp_path, text).length == expected


PROTEIN = ">sp|P1\nMKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEK\n"


@pytest.mark.parametrize(
    "content, name, message",
    [
        ("", "a.fa", "is empty"),
        (" \n\n", "a.fa", "is empty"),
        ("", "a.fa.gz", "is empty"),
        (PROTEIN, "a.fa", "protein"),
        ("ACGT\n", "a.fa", "line 1: a FASTA begins with '>', not 'ACGT'"),
        ("chr1\t10\t20\n", "a.bed", "begins with '>'"),
        ("@r1\nACGT\n+\nIIII\n", "a.fq", "begins with '>'"),
        (">a\n>b\nACGT\n", "a.fa", "record 'a' has no sequence"),
        ("; only this\n", "a.fa", "no sequences"),
        (">a\n" + "ACGT" * 60 + "7\n", "a.fa", "record 'a' holds '7'"),
        (b">a\nAC\0GT\n", "a.fa", "no text"),
        ("seq\tBound\nACGT\t1\nACGT\n", "a.seq", "line 3: 1 columns, the header has 2"),
        ("seq\tBound\nACGT\tyes\n", "a.seq", "line 2: label 'yes' is no number"),
        ("seq\tBound\nACGT\tnan\n", "a.seq", "line 2: label 'nan' is not finite"),
        ("seq\tBound\n\t1\n", "a.seq", "line 2: no sequence"),
        ("seq\tBound\n", "a.seq", "no sequences"),
        ("EventID\tseq\nx\tACGT\n", "a.seq", "no label column"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path, content, name, message):
    with pytest.raises(ValueError) as caught:
        read(tmp_path, content, name)
    assert message in str(caught.value) and name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file: .*nothing.fa"):
        fasta.read_sequences(tmp_path / "nothing.fa")
    with pytest.raises(ValueError, match="cannot read"):
        fasta.read_sequences(tmp_path)
    packed = gzip.compress(b">a\n" + b"ACGGTCAT" * 500)
    for damaged in (packed[:-9], packed[:20], packed[:30] + b"xxxx" + packed[34:]):
        (tmp_path / "a.fa.gz").write_bytes(damaged)
        with pytest.raises(ValueError, match="truncated or damaged gzip"):
            fasta.read_sequences(tmp_path / "a.fa.gz")
    (tmp_path / "a.fa.gz").write_bytes(b">a\nACGT\n")
    with pytest.raises(ValueError, match="named .gz, but it is not gzip"):
        fasta.read_sequences(tmp_path / "a.fa.gz")


def test_too_short(tmp_path):
    with pytest.raises(ValueError, match="4 nt are shorter than the 19 nt needed"):
        read(tmp_path, ">a\nACGT\n", min_length=19)
    assert read(tmp_path, ">a\nACGT\n", min_length=4).length == 4
    with pytest.raises(ValueError, match="cannot be cropped to 0 nt"):
        read(tmp_path, ">a\nACGT\n", length=0)


def test_real_files(shared_data):
    folder = shared_data / "chipseq"
    test = fasta.read_sequences(next(folder.glob("ELK1*_B.seq.gz")))
    assert test.sequences.shape == (1000, 101) and test.labels.sum() == 500
    train = fasta.read_sequences(next(folder.glob("ELK1*_AC.seq.gz")))
    assert train.sequences.shape == (5084, 101) and train.labels.min() == 1
    pairs = fasta.read_sequences(next(folder.glob("GATA1*train.fa.gz")))
    assert len(pairs) == 7148 and pairs.labels[:, 0].tolist() == [1, 0] * 3574
    # Their negatives are dinucleotide shuffles: the reader gets the letters right.
    codes = pairs.sequences[:400].astype(int)
    counts = np.stack([np.bincount(row[:-1] * 5 + row[1:], minlength=25) for row in codes])
    np.testing.assert_array_equal(counts[::2], counts[1::2])


def test_lengths_that_nobody_asked_for_change_a_third_at_most(tmp_path):
    text = lambda lengths: "".join(f">{i}x\n{'A' * n}\n" for i, n in enumerate(lengths))
    fasta.check_lengths("x.fa", read(tmp_path, text([5, 5, 5, 5, 7, 9])))
    message = "x.fa: sequences are of 5 to 9 nt; at 5 nt 3 of 7 would be cropped or padded.*--length=5"
    with pytest.raises(ValueError, match=message):
        fasta.check_lengths("x.fa", read(tmp_path, text([5, 5, 5, 5, 7, 9, 9])))


def test_repeated_names_are_numbered(tmp_path):
    names = ["peak", "chr1:0-4", "peak", "peak_2", "chr1:0-4", "other", "peak"]
    data = read(tmp_path, "".join(f">{name}\nACGT\n" for name in names))
    assert data.names == ["peak_1", "chr1:0-4 1", "peak_3", "peak_2", "chr1:0-4 2", "other", "peak_4"]
    assert data.start.tolist() == [-1, 0, -1, -1, 0, -1, -1]
    assert data.notes == ("peaks.fa: 5 of 7 sequences shared their names, which are numbered now",)


def test_labels_in_names(tmp_path, shared_cases):
    path = shared_cases / "case04" / "clip_classes.fa"
    with pytest.raises(ValueError, match="names look like labels.*0: 200, 1: 200.*--labels=names"):
        fasta.read_sequences(path)
    data = fasta.read_sequences(path, labels="names")
    assert data.labels.sum() == 200 and data.names[0] == "chr1,+,100,201; class:0" and data.labels[0, 0] == 0
    assert fasta.read_sequences(path, labels="none").labels is None
    # Where nothing but the label was in the name, records are counted.
    data = read(tmp_path, ">+1\nACGT\n>-1\nTTTT\n>+1\nGGGG\n", labels="names")
    assert data.labels.ravel().tolist() == [1, 0, 1] and data.names == ["seq1", "seq2", "seq3"]


def test_records_of_one_name(shared_cases):
    data = fasta.read_sequences(shared_cases / "case09" / "samename.fa")
    assert list(data.names) == [f"peak_{i}" for i in range(1, 201)]
    assert data.notes == ("samename.fa: 200 of 200 sequences shared their names, which are numbered now",)
