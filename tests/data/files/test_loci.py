"""Intervals of every format against what was written; bad lines by line and column."""

import gzip
import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from jaxmotif.data.files import fasta, loci
from jaxmotif.data.files.genome import open_genome

BED3 = "chr1\t10\t60\nchr2\t5\t7\n"
NARROW = "chr1\t10\t60\tp1\t500\t.\t5.1\t12.0\t9.9\t20\nchr2\t5\t7\t.\t1\t+\t0\t-1\t-1\t-1\n"
BROAD = "chr1\t10\t60\tp1\t500\t.\t5.1\t12.0\t9.9\nchr2\t5\t7\t.\t1\t+\t0\t-1\t-1\n"


def read(tmp_path, text, name="x.bed"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return loci.read_loci(path)


@pytest.mark.parametrize(
    "text, names, strands, summits",
    [
        (BED3, ["chr1:10-60", "chr2:5-7"], "..", [-1, -1]),
        ("#x\ntrack name=a\nbrowser x\n\n" + BED3, ["chr1:10-60", "chr2:5-7"], "..", [-1, -1]),
        ("chrom\tstart\tend\n" + BED3, ["chr1:10-60", "chr2:5-7"], "..", [-1, -1]),
        (BED3.replace("\t", "  ").replace("\n", "\r\n"), ["chr1:10-60", "chr2:5-7"], "..", [-1, -1]),
        ("chr1\t10\t60\ta b\nchr2\t5\t7\tc\n", ["a b", "c"], "..", [-1, -1]),
        ("chr1\t10\t60\ta\t0\t-\nchr2\t5\t7\tc\t0\t+\n", ["a", "c"], "-+", [-1, -1]),
        ("chr1\t10\t60\ta\t0\tTAL1\nchr2\t5\t7\tc\t0\tSPI1\n", ["a", "c"], "..", [-1, -1]),
        (NARROW, ["p1", "chr2:5-7"], ".+", [30, -1]),
        (BROAD, ["p1", "chr2:5-7"], ".+", [-1, -1]),
        ("chr1\t10\t60\ta\t0\t.\nchr2\t5\t7\tc\t0\tTAL1\n", ["a", "c"], "..", [-1, -1]),
        (NARROW.replace("\t+\t", "\t*\t").replace("12.0", "."), ["p1", "chr2:5-7"], "..", [30, -1]),
        # IDR's twenty columns, and others behind.
        (NARROW.replace("\n", "\t1.2" + "\t3" * 9 + "\n"), ["p1", "chr2:5-7"], ".+", [30, -1]),
        (NARROW.replace("\t20\n", "\t50\n").replace("\n", "\tx\n"), ["p1", "chr2:5-7"], ".+", [-1, -1]),
        # Scores that might be places, of one of them.
        (NARROW.replace("5.1\t12.0", "20\t30"), ["p1", "chr2:5-7"], ".+", [30, -1]),
        # BED12, and BED9 with a column behind: blocks and thick parts are no summits.
        (
            "chr1\t10\t60\ta\t0\t+\t10\t60\t0\t1\t50\t0\nchr2\t5\t7\tb\t0\t+\t0\t0\t0\t2\t1,1,\t0,1,\n",
            ["a", "b"], "++", [-1, -1],
        ),
        (
            "chr1\t10\t60\ta\t0\t+\t10\t60\t0\t9\nchr2\t5\t7\tb\t0\t+\t5\t7\t0\t1\n",
            ["a", "b"], "++", [-1, -1],
        ),
        # Numbers as names, and nothing in columns 4 and 5: no table of HOMER, no variants.
        ("chr1\t10\t60\t700\t0\nchr2\t5\t7\t900\t0\n", ["700", "900"], "..", [-1, -1]),
        (
            "chr1\t10\t60\t.\t.\t-\t10\t60\nchr2\t5\t7\t.\t.\t+\t5\t7\n",
            ["chr1:10-60", "chr2:5-7"], "-+", [-1, -1],
        ),
        # bedtools intersect -wo of BED6 and BED3: ten columns, the last is no summit.
        ("chr1\t10\t60\ta\t0\t+\tc\t0\t5\t5\nchr2\t5\t7\tb\t0\t+\tc\t0\t9\t2\n", ["a", "b"], "++", [-1, -1]),
        (f"chr1:10-60\t{'A' * 50}\nchr2:6-7(-)\tAC\n", ["chr1:10-60", "chr2:6-7(-)"], ".-", [-1, -1]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.bed", "x.bed.gz"])
def test_what_was_written_is_read(tmp_path, text, names, strands, summits, name):
    found = read(tmp_path, text, name)
    assert found.chromosome.tolist() == ["chr1", "chr2"]
    assert found.start.tolist() == [10, 5] and found.end.tolist() == [60, 7]
    assert found.name.tolist() == names and "".join(found.strand) == strands
    assert found.summit.tolist() == summits
    middle = [s if s >= 0 else (a + b) // 2 for s, a, b in zip(summits, [10, 5], [60, 7], strict=True)]
    assert found.middle.tolist() == middle


def test_big_bed_and_standard_input(tmp_path, monkeypatch):
    import pybigtools

    rows = [line.split("\t", 3) for line in NARROW.splitlines()]
    path = str(tmp_path / "x.bb")
    pybigtools.open(path, "w").write(
        {"chr1": 1000, "chr2": 50}, iter([(a, int(b), int(c), rest) for a, b, c, rest in rows])
    )
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(NARROW.encode())))
    for found in (loci.read_loci(path), loci.read_loci("-")):
        assert found.chromosome.tolist() == ["chr1", "chr2"] and found.summit.tolist() == [30, -1]
        assert found.name.tolist() == ["p1", "chr2:5-7"]


BAD = {
    "no number": (BED3 + "chr1\t1e3\t2000\n", "line 3, column 2: '1e3' is no start"),
    "no end": (BED3 + "chr1\t5\tx\n", "line 3, column 3: 'x' is no end"),
    "negative": (BED3 + "chr1\t-5\t10\n", "line 3, column 2"),
    "turned round": (BED3 + "chr1\t10\t5\n", "line 3, column 3: the end, 5, is not beyond the start, 10"),
    "cut off": (NARROW + "chr1\t10\t60\tp", "line 3: 4 columns, but 10 in the lines before"),
    "strand": ("chr1\t1\t9\ta\t0\t+\nchr1\t1\t9\ta\t0\tx\n", "line 2, column 6: 'x' is no strand"),
    "summit": (NARROW.replace("9.9\t20", "9.9\t50"), "line 1, column 10: '50' is no summit"),
    "no chromosome": (BED3 + "\t10\t50\n", "line 3, column 1: no chromosome"),
    "sequences": (">a\nACGT\n", "line 1"),
    "nothing": ("#\n", "holds no intervals"),
    "motifs": ("MEME version 4\n", "a MEME file of motifs"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_say_where(tmp_path, case):
    text, message = BAD[case]
    with pytest.raises(ValueError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value) and "x.bed" in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_not_read_in_a_column_is_said(tmp_path):
    rows = "".join(f"chr1\t{i}\t{i + 9}\ta\t0\t{strand}\n" for i, strand in enumerate("+x."))
    found = read(tmp_path, rows)
    assert "".join(found.strand) == "..." and found.notes == (
        "x.bed: column 6 holds + or - in 1 of 3 lines and other words too: it is not read as strands",
    )
    for text, count in ((BED3, 1), (NARROW, 0)):
        found = read(tmp_path, text, "x.narrowPeak.gz")
        told = "x.narrowPeak.gz: named narrowPeak, but no interval has a summit in column 10"
        assert found.notes == (told,) * count


@pytest.mark.parametrize(
    "header",
    [
        "chr\tstart\tend\tlength\tabs_summit",
        '"seqnames"\t"start"\t"end"\t"width"\t"strand"',
        "chr start end length",
    ],
)
def test_tables_that_count_from_one_are_refused(tmp_path, header):
    for name in ("x.bed", "peaks.xls"):
        with pytest.raises(
            ValueError, match=f"{name}, line 1: a table with the columns .* counts from 1; write"
        ):
            read(tmp_path, f"{header}\nchr1\t11\t60\t50\t30\n", name)


def test_bed_by_its_name_or_where_it_is_wanted_is_no_table_of_variants(tmp_path):
    text = "chr1\t10\t60\t.\t.\t-\t10\t60\n"
    (tmp_path / "x.txt").write_text(text)
    assert loci.holds_loci(loci.read_content(tmp_path / "x.txt"))
    (tmp_path / "x.bed").write_text(text)
    with pytest.raises(ValueError, match="a BED file; give the genome"):
        fasta.read_sequences(tmp_path / "x.bed")
    homer = "p1\tchr1\t10\t60\t+\n1\t1\t10\t60\t+\n"
    with pytest.raises(ValueError, match="a table of peaks"):
        read(tmp_path, homer, "peaks.txt")


def test_sequences_without_a_genome_are_asked_for(tmp_path):
    (tmp_path / "x.bed").write_text(BED3)
    with pytest.raises(ValueError, match="a BED file; give the genome .*--genome"):
        fasta.read_sequences(tmp_path / "x.bed")


def test_names_of_chromosomes_and_their_ends(tmp_path):
    (tmp_path / "g.fa").write_text(f">1\n{'A' * 100}\n>chr2\n{'C' * 50}\n>MT\n{'G' * 30}\n")
    genome = open_genome(tmp_path / "g.fa")
    text = "chr1\t10\t60\n2\t40\t70\nchrM\t0\t30\nchr9\t1\t5\nchr1\t100\t120\nchr1\t90\t101\n"
    found = loci.in_genome(read(tmp_path, text), genome)
    assert found.chromosome.tolist() == ["1", "chr2", "MT", "1"]
    assert found.end.tolist() == [60, 50, 30, 100]
    assert [note.split(": ")[1][:28] for note in found.notes] == [
        "1 of 6 intervals lie on chro", "1 of 6 intervals lie beyond ", "2 of 6 intervals reach beyon",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"all 1 intervals .*\(chr9\).*it has 1, chr2, MT"):
        loci.in_genome(read(tmp_path, "chr9\t1\t5\n"), genome)
    with pytest.raises(ValueError, match="another assembly"):
        loci.in_genome(read(tmp_path, "chr1\t1000\t1005\n"), genome)


@pytest.mark.parametrize("margin", [0, 3])
def test_overlaps_are_those_of_all_pairs(margin):
    rng = np.random.default_rng(0)

    def some(count):
        start = rng.integers(0, 300, count)
        return loci.Loci(
            np.array(["a", "b", "c"])[rng.integers(0, 3, count)], start, start + rng.integers(1, 20, count),
            np.full(count, "."), np.full(count, "x"), np.full(count, -1),
        )  # fmt: skip

    ours, theirs = some(60), some(15)
    expected = [
        any(
            ours.chromosome[i] == theirs.chromosome[j]
            and ours.start[i] < theirs.end[j] + margin
            and theirs.start[j] - margin < ours.end[i]
            for j in range(15)
        )
        for i in range(60)
    ]
    assert loci.overlapping(ours, theirs, margin).tolist() == expected
    assert 0 < sum(expected) < 60
