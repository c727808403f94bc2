"""What names say: coordinates in the ways that tools write them, and repeated names."""

import numpy as np
import pytest

from jaxmotif.data import names
from jaxmotif.data.files import fasta


@pytest.mark.parametrize(
    ("name", "chrom", "reverse"),
    [
        ("chr1:1000-1100", "chr1", False),
        ("chr1:1001-1100", "chr1", False),
        ("chr1:1,001-1,100", "chr1", False),
        ("chr1:1001-1100/rc", "chr1", True),
        ("chr1:1000-1100(-)", "chr1", True),
        ("chr1:1000-1100:-", "chr1", True),
        ("chr1:1000-1100:+", "chr1", False),
        ("peak7::2L:1000-1100(+)", "2L", False),
        ("hg38_dna range=chr1:1001-1100 5'pad=0 3'pad=0 strand=- repeatMasking=none", "chr1", True),
        ("7 dna:chromosome chromosome:GRCh38:7:1001:1100:-1", "7", True),
        ("chr1-1000-1100", "chr1", False),
        ("chr1_1000_1100", "chr1", False),
        ("chr1_KI270706v1_random:1000-1100", "chr1_KI270706v1_random", False),
        ("hg38_chrX_1000_1100_-", "chrX", True),
        ("chr1:1000-1100_2", "chr1", False),
    ],
)
def test_all_begin_at_1000(name, chrom, reverse):
    found = names.locus(name, 100)
    assert (found.chrom, found.start, found.reverse, found.fits) == (chrom, 1000, reverse, True)


@pytest.mark.parametrize("name", ["peak_1", "GATA1:K562-1", "s-1-50", "read_5_9", "", "chr1", "chr1:-5"])
def test_no_coordinates(name):
    assert names.locus(name, 100) is None


def test_another_length_is_known_to_be_near_only():
    found = names.locus("chr1:1000-1200", 100)
    assert (found.start, found.fits) == (1050, False)
    assert not names.locus("chr1:0-99", 100).fits  # a name that counts from 1 has no letter 0


def test_mixed_files_and_files_that_do_not_fit():
    chrom, start, notes = names.places(
        ["chr1:1001-1100", "chr1:1200-1300(-)", "x", "chr2:1-500"], [100] * 4, [10, 10, 10, -5], 70
    )
    assert chrom.tolist() == ["chr1", "chr1", "", "chr2"]
    assert start.tolist() == [1010, 1220, -1, 1 + (499 - 100) // 2 - 5]
    assert len(notes) == 2 and notes[0].startswith("coordinates in 1 of 4 names count from 1")
    assert notes[1].startswith("coordinates in 1 of 4 names are of another length than their records")
    assert names.places(["a", "b"], [5, 5], [0, 0], 5) == (None, None, ())


@pytest.mark.parametrize("tool", ["faidx", "ucsc", "bedtools", "signac"])
def test_tools(tool, shared_data):
    folder = shared_data.parent / "cases" / "case34"
    if not folder.is_dir():
        pytest.skip("no such case here")
    data = fasta.read_sequences(folder / f"{tool}.fa")
    assert data.start[0] == 1000 and data.start[1] == 1200 and data.placed.all()
    assert any("count from 1" in note for note in data.notes) == (tool in ("faidx", "ucsc"))


def test_repeated_names_are_numbered(tmp_path):
    found, changed = names.numbered(["peak", "a", "peak", "peak_1", "peak"])
    assert found == ["peak_2", "a", "peak_3", "peak_1", "peak_4"] and changed == 3
    assert names.numbered(["chr1-5-9"] * 2)[0] == ["chr1-5-9 1", "chr1-5-9 2"]
    assert names.numbered(["a", "b"]) == (["a", "b"], 0)
    rng = np.random.default_rng(0)
    many = [f"n{k}" + "_1" * int(rng.integers(0, 3)) for k in rng.integers(0, 30, 300)]
    assert len(set(names.numbered(many)[0])) == 300
    (tmp_path / "x.fa").write_text(">peak\nACGT\n>peak\nGGGT\n>chr1:5-9\nACCT\n>chr1:5-9\nACCC\n")
    data = fasta.read_sequences(tmp_path / "x.fa")
    assert list(data.names) == ["peak_1", "peak_2", "chr1:5-9 1", "chr1:5-9 2"]
    assert data.placed.tolist() == [False, False, True, True]
    assert any("4 of 4 sequences shared their names" in note for note in data.notes)
