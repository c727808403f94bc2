"""Lengths of chromosomes: what lies inside, what is said of the rest, and of another assembly."""

import numpy as np
import pytest

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import loci
from jaxmotif.data.files.chrom_sizes import Sizes
from jaxmotif.data.files.genome import open_genome


@pytest.fixture(name="sizes")
def fixture_sizes(tmp_path):
    (tmp_path / "x.chrom.sizes").write_text("# made\nchr1\t100\nchr2\t50\t9\t60\t61\nMT\t20\n")
    return Sizes(tmp_path / "x.chrom.sizes")


def test_lengths_are_read_and_names_are_one(sizes):
    assert sizes.lengths == {"chr1": 100, "chr2": 50, "MT": 20}
    assert [sizes.length(name) for name in ("1", "chr2", "chrM", "chr7")] == [100, 50, 20, 0]


def test_intervals_beyond_are_left_out_and_counted(sizes, tmp_path):
    rows = [("chr1", 0, 100), ("chr1", 90, 101), ("2", 10, 50), ("chr9", 1, 2), ("chr2", 49, 51)]
    path = tmp_path / "p.bed"
    path.write_text("".join(f"{c}\t{s}\t{e}\n" for c, s, e in rows))
    found = sizes.inside(loci.read_loci(path))
    assert list(zip(found.chromosome, found.start, found.end, strict=True)) == [rows[0], rows[2]]
    assert found.notes == (
        "p.bed: 1 of 5 intervals lie on chromosomes that x.chrom.sizes does not have and were left out",
        "p.bed: 2 of 5 intervals reach beyond the ends of chromosomes in x.chrom.sizes and were left out",
    )
    path.write_text("chr9\t1\t2\n")
    with pytest.raises(ValueError, match=r"nothing lies inside the chromosomes of x\.chrom\.sizes"):
        sizes.inside(loci.read_loci(path))


def test_sequences_by_their_names(sizes):
    codes = np.zeros((4, 10), np.uint8)
    names = ["chr1:0-10", "chr1:95-105", "p", "chr2:40-50"]
    data = Dataset(codes, names=names, chrom=np.array(["chr1", "chr1", "", "chr2"]), start=[0, 95, -1, 40])
    found = sizes.sequences_inside(data, "x.fa")
    assert found.names == ["chr1:0-10", "p", "chr2:40-50"]
    assert found.notes == ("x.fa: 1 of 4 sequences reach beyond the ends of chromosomes in x.chrom.sizes and "
                           "were left out",)  # fmt: skip
    assert sizes.sequences_inside(Dataset(codes), "x.fa").notes == ()


def test_another_assembly_is_said(sizes, tmp_path):
    (tmp_path / "g.fa").write_text(">chr1\n" + "A" * 90 + "\n>chr2\n" + "C" * 50 + "\n")
    assert sizes.differences(open_genome(tmp_path / "g.fa")) == [
        "x.chrom.sizes and g.fa differ in the length of 1 chromosomes (chr1: 100 and 90 nt): another "
        "assembly?"
    ]
    (tmp_path / "g.fa").write_text(">1\n" + "A" * 100 + "\n")
    assert sizes.differences(open_genome(tmp_path / "g.fa")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chr1\t100\nchr2\tlong\n", r"line 2, column 2: 'long' is no length"),
        ("chr1\n", r"line 1, column 2: '' is no length"),
        ("chr1\t0\n", r"line 1, column 2: '0' is no length"),
        ("chr1\t10\nchr1\t10\n", r"line 2, column 1: 'chr1' is there already"),
    ],
)
def test_bad_lines_are_told(tmp_path, text, said):
    (tmp_path / "s.sizes").write_text(text)
    with pytest.raises(ValueError, match=said):
        Sizes(tmp_path / "s.sizes")
