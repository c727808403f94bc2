"""Windows around summits against slices of the letters that were written; what is left out is counted."""

import dataclasses

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import regions
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.files import archive, classes, windows
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.judge import lengths


@pytest.fixture(scope="module", name="letters")
def fixture_letters():
    rng = np.random.default_rng(0)
    made = {name: rng.choice(np.frombuffer(b"ACGT", np.uint8), 3000) for name in ("chr1", "chr2")}
    made["chr1"][1000:1100] = ord("N")
    made["chr2"][500:600] |= 0x20
    return {name: text.tobytes().decode() for name, text in made.items()}


@pytest.fixture(scope="module", name="path")
def fixture_path(letters, tmp_path_factory):
    path = tmp_path_factory.mktemp("windows") / "g.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in letters.items()))
    return path


def some(rows):
    """Intervals of rows of chromosome, start, end, strand and summit."""
    chrom, start, end, strand, summit = zip(*rows, strict=True)
    none = np.full(len(rows), "x")
    return Loci(
        np.array(chrom), np.array(start), np.array(end), np.array(strand), none, np.array(summit), "p.bed"
    )


@pytest.mark.parametrize("length", [1, 60, 61])
def test_windows_are_slices_about_the_summit_or_the_middle(letters, path, length):
    rows = [("chr1", 200, 260, ".", 210), ("2", 301, 360, "+", -1), ("chr2", 700, 777, "-", 750)]
    data, own = windows.cut(some(rows), open_genome(path), length)
    assert len(own) == 3 and own.end.tolist() == [260, 360, 777]
    for row, (name, middle) in enumerate([("chr1", 210), ("chr2", 330), ("chr2", 750)]):
        # As read, letter length // 2 is the middle, on either strand.
        start = middle - (length - 1) // 2 if row == 2 else middle - length // 2
        expected = dna.encode([letters[name][start : start + length]])
        expected = dna.reverse_complement(expected) if row == 2 else expected
        middle_letter = dna.encode([letters[name][middle]])
        middle_letter = dna.reverse_complement(middle_letter) if row == 2 else middle_letter
        assert expected[0, length // 2] == middle_letter[0, 0]
        np.testing.assert_array_equal(data.sequences[row], expected[0])
        assert data.names[row] == f"{name}:{start}-{start + length}" + "(-)" * (row == 2)
        assert (data.chrom[row], data.start[row]) == (name, start)
    assert data.placed.all() and data.reverse.tolist() == [False, False, True]
    assert data.notes == (
        "p.bed: 2 of 3 intervals have summits",
        "p.bed: 1 of 3 are read on the other strand, as given",
    )


def test_places_are_known_whatever_a_chromosome_is_called(letters, tmp_path):
    names = ("scaffold|12", "HLA-A*01:01", "a-b")
    text = letters["chr1"][:900]
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{text}\n" for name in names))
    rows = [(name, 200, 300, strand, -1) for name in names for strand in "-+"]
    genome = open_genome(tmp_path / "g.fa")
    data, own = windows.cut(some(rows), genome, 80)
    assert data.placed.all() and data.reverse.tolist() == [True, False] * 3
    np.testing.assert_array_equal(
        windows.letters_of(windows.loci_of(data, genome, "x"), genome), data.sequences
    )
    cropped = lengths.crop(data, 31)
    moved = windows.letters_of(windows.loci_of(cropped, genome, "x"), genome)
    np.testing.assert_array_equal(moved, cropped.sequences)
    by_name = Dataset(data.sequences[:2], None, ["chr1:5-85(-)", "b"], chrom=["chr1", ""], start=[5, -1])
    both = concatenate([by_name, data])
    assert both.placed.tolist() == [True, False] + [True] * 6
    assert both.reverse.tolist() == [True, False] + [True, False] * 3
    archive.save(tmp_path / "x.npz", Splits(both, both, both))
    again = archive.load(tmp_path / "x.npz")[0].test
    assert again.reverse.tolist() == both.reverse.tolist() and again.placed.tolist() == both.placed.tolist()


@pytest.mark.parametrize("length", [60, 61])
def test_an_interval_as_long_as_the_window_is_the_window(letters, path, length):
    genome, row = open_genome(path), [("chr2", 701, 701 + length, "-", -1)]
    data, _ = windows.cut(some(row), genome, length)
    expected = dna.reverse_complement(dna.encode([letters["chr2"][701 : 701 + length]]))
    np.testing.assert_array_equal(data.sequences, expected)
    (region,) = regions.of_loci(some(row), genome, length)
    np.testing.assert_array_equal(region.codes, expected[0])
    other = some([("chr1", 100, 100 + length, ".", -1)])
    pooled, _ = classes.cut({"a": some(row), "b": other}, genome, length)
    np.testing.assert_array_equal(pooled.data.sequences[1:], expected)


def test_what_is_left_out_is_counted(path):
    rows = [
        ("chr1", 500, 540, ".", -1),
        ("chr1", 480, 560, ".", 520),  # the same window
        ("chr1", 10, 30, ".", -1),  # before the beginning
        ("chr1", 2950, 3050, ".", -1),  # its window is inside, the interval is not
        ("chr2", 2990, 2999, ".", -1),  # beyond the end
        ("chr1", 990, 1110, ".", -1),  # N
        ("chr2", 520, 560, ".", -1),  # in lower case
        ("chr2", 900, 950, ".", -1),  # in the blacklist
        ("chr9", 1, 5, ".", -1),
    ]
    black = dataclasses.replace(some([("2", 800, 886, ".", -1)]), source="black.bed")
    data, own = windows.cut(some(rows), open_genome(path, "mask"), 80, black)
    assert data.names == ["chr1:480-560"] and len(own) == 1
    short = [note.removeprefix("p.bed: ").split(" were left")[0] for note in data.notes]
    assert short == [
        "1 of 9 intervals lie on chromosomes that g.fa does not have (chr9) and",
        "1 of 9 intervals reach beyond the ends of chromosomes in g.fa and were cut there",
        "1 of 9 intervals have summits",
        "1 of 8 windows of 80 nt overlap black.bed and",
        "3 of 8 windows of 80 nt reach beyond the end of a chromosome and",
        "1 of 8 windows of 80 nt are those of another interval and",
        "2 of 8 windows of 80 nt are N or masked in more than half and",
    ]
    assert len(windows.cut(some(rows[6:7]), open_genome(path), 80).data) == 1
    with pytest.raises(ValueError, match=r"p.bed: no window of 80 nt is left of 1 intervals; .*N or masked"):
        windows.cut(some(rows[5:6]), open_genome(path), 80)


def test_a_blacklist_of_another_genome_is_said(path):
    black = dataclasses.replace(some([("chrX", 0, 3000, ".", -1)]), source="black.bed")
    data, _ = windows.cut(some([("chr1", 500, 540, ".", -1)]), open_genome(path), 80, black)
    assert len(data) == 1 and data.notes[-1] == (
        "black.bed: 1 of 1 intervals lie on chromosomes that g.fa does not have (chrX) and were left out"
    )


def test_the_length_is_the_intervals_own_or_two_hundred(path):
    same = some([("chr1", 300 + 100 * i, 370 + 100 * i + i // 3, ".", -1) for i in range(4)])
    assert windows.usual_length(same) == 70
    data, _ = windows.cut(same, open_genome(path))
    assert data.length == 70 and "intervals differ in length; windows of 70 nt" in data.notes[1]
    # Summits as MACS writes them, a letter each.
    summits = some([("chr1", 300 + 100 * i, 301 + 100 * i, ".", -1) for i in range(4)])
    data, _ = windows.cut(summits, open_genome(path))
    assert data.length == 200 and "intervals are 1 nt long; windows of 200 nt" in data.notes[1]
    assert [int(start) for start in data.start] == [200, 300, 400, 500]
    unlike = some([("chr1", 300 + 100 * i, 370 + 90 * i, ".", -1) for i in range(5)])
    assert windows.usual_length(unlike) == windows.LENGTH == 200
    summits = some([("chr1", 300, 1000 + i, ".", 350) for i in range(5)])
    assert "around their summits" in windows.cut(summits, open_genome(path)).data.notes[1]


def test_sequences_lie_where_their_names_say(path):
    codes = np.zeros((2, 10), np.uint8)
    data = Dataset(codes, names=["1:5-15", "chr2:6-16(-)"], chrom=["1", "chr2"], start=[5, 6])
    found = windows.loci_of(data, open_genome(path), "x.fa")
    assert found.chromosome.tolist() == ["chr1", "chr2"] and found.strand.tolist() == [".", "-"]
    assert found.start.tolist() == [5, 6] and found.end.tolist() == [15, 16]
    for bad, message in (
        (Dataset(codes), "x.fa: 2 of 2 sequences do not say"),
        (Dataset(codes, names=["1:5-15", "b"], chrom=["1", ""], start=[5, -1]), "x.fa: 1 of 2 sequences"),
        (Dataset(codes, names=["1:5-15", "9:5-15"], chrom=["1", "9"], start=[5, 5]), "does not have"),
    ):
        with pytest.raises(ValueError, match=message):
            windows.loci_of(bad, open_genome(path), "x.fa")
