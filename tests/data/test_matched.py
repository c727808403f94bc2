"""Regions like the peaks: their distributions, and that they lie where they may."""

import dataclasses

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.data import matched
from jaxmotif.data.files import loci, windows
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.synthetic.made_genome import made_genome
from tests.helpers.sequence_files import of_word

LENGTH = 150


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matched")
    made_genome([of_word("A", "TGACTCATTA", "A")], 3_000_000, 5, 400, [0.8], seed=1).write(folder)
    return folder


def content(genome, own):
    """GC and share of lower case of each interval, letter by letter."""
    texts = [
        genome.text(str(c), int(s), int(e)).tobytes().decode()
        for c, s, e in zip(own.chromosome, own.start, own.end, strict=True)
    ]
    gc = [sum(c in "GCgc" for c in text) / len(text) for text in texts]
    return np.array(gc), np.array([sum(c.islower() for c in text) / len(text) for text in texts])


@pytest.mark.parametrize("repeats", ["keep", "mask"])
def test_regions_are_like_the_peaks_and_outside_of_them(made, repeats):
    genome = open_genome(made / "genome.fa", repeats)
    black = loci.in_genome(loci.read_loci(made / "blacklist.bed"), genome)
    data, peaks = windows.cut(loci.read_loci(made / "peaks.narrowPeak"), genome, LENGTH, black)
    own = windows.around(peaks, LENGTH)
    found = matched.negatives(data, own, genome, [peaks, own, black], 0, margin=50)
    theirs = windows.loci_of(found, genome, "negatives")
    assert len(found) > 0.97 * len(data) and found.labels is None
    np.testing.assert_array_equal(windows.letters_of(theirs, genome), found.sequences)

    for others in (peaks, own, black):
        assert not loci.overlapping(theirs, others, margin=50).any()
    order = np.lexsort((theirs.start, theirs.chromosome))
    same = theirs.chromosome[order][1:] == theirs.chromosome[order][:-1]
    assert (np.diff(theirs.start[order])[same] >= LENGTH).all()
    assert set(theirs.chromosome) <= set(own.chromosome)
    counts = [np.unique(side.chromosome, return_counts=True)[1] for side in (own, theirs)]
    assert np.abs(counts[0] - counts[1]).max() <= 0.1 * len(data)

    ours, other = content(genome, own), content(genome, theirs)
    whole = genome.text("chr1", 5000, genome.lengths["chr1"]).tobytes().decode().upper()
    # The peaks are not like the rest of the genome.
    assert ours[0].mean() > (whole.count("G") + whole.count("C")) / len(whole) + 0.03
    if repeats == "keep":
        assert scipy.stats.ks_2samp(ours[0], other[0], method="asymp").statistic < 0.05
    gc = [
        np.array([np.isin(row, (1, 2)).sum() / max((row < 4).sum(), 1) for row in side.sequences])
        for side in (data, found)
    ]
    assert scipy.stats.ks_2samp(*gc, method="asymp").statistic < 0.06
    assert abs(ours[1].mean() - other[1].mean()) < 0.02
    assert found.notes[0].startswith(f"negatives: {len(found)} regions of genome.fa outside the peaks; GC 0.")
    again = matched.negatives(data, own, genome, [peaks, own, black], 0, margin=50)
    assert again.names == found.names
    assert matched.negatives(data, own, genome, [peaks, own, black], 1, margin=50).names != found.names


def test_regions_farther_from_their_peak_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    draw = lambda gc, count: "".join(rng.choice(list("ATGC"), count, p=[0.5 - gc / 2] * 2 + [gc / 2] * 2))
    # All that there is like the peaks has 3 % more GC, or is in lower case in a half.
    block = ("G" * 43 + "A" * 57) * 3
    (tmp_path / "g.fa").write_text(f">chr1\n{block}{draw(0.1, 500)}{'G' * 40 + 'A' * 60}\n")
    (tmp_path / "p.bed").write_text("chr1\t800\t900\n")
    genome = open_genome(tmp_path / "g.fa")
    data, peaks = windows.cut(loci.read_loci(tmp_path / "p.bed"), genome, 100)
    found = matched.negatives(data, peaks, genome, [peaks], 0)
    told = "negatives that differ from their peak in GC content by more than 2%, up to 5%: 1 of 1"
    assert len(found) == 1 and told in found.notes


@pytest.mark.parametrize("alphabet", ["ACGT", "ACGU"])
def test_regions_of_rna_are_read_on_the_strand_of_their_peak(made, alphabet):
    genome = open_genome(made / "genome.fa")
    peaks = loci.in_genome(loci.read_loci(made / "peaks.narrowPeak"), genome)
    peaks = dataclasses.replace(peaks, strand=np.array(["-", "+"])[np.arange(len(peaks)) % 2])
    data, peaks = windows.cut(peaks, genome, LENGTH)
    found = matched.negatives(
        dataclasses.replace(data, alphabet=alphabet), windows.around(peaks, LENGTH), genome, [peaks], 0
    )
    rows = zip(found.chrom, found.start, strict=True)
    texts = [genome.text(str(c), int(s), int(s) + LENGTH).tobytes().decode() for c, s in rows]
    codes = dna.encode(texts)
    reverse = found.reverse
    codes[reverse] = dna.reverse_complement(codes[reverse])
    np.testing.assert_array_equal(found.sequences, codes)
    share = reverse.mean()
    assert 0.4 < share < 0.6 if alphabet == "ACGU" else share == 0


def test_masked_regions_are_counted_in_the_same_pass(made, monkeypatch):
    """GC of tiles among the letters that masking leaves, letter by letter."""
    genome = open_genome(made / "genome.fa", "mask")
    none = np.zeros(0, np.int64)
    monkeypatch.setattr(type(genome), "letters", lambda *_: pytest.fail("a tile is read by itself"))
    found = matched._regions(genome, "chr1", 0, LENGTH, (none, none), np.random.default_rng(0))
    for row in range(0, len(found.start), 50):
        start = int(found.start[row])
        text = genome.text("chr1", start, start + LENGTH).tobytes().decode()
        left = [c for c in text if c.isupper()]
        assert found.gc[row] == pytest.approx(sum(c in "GC" for c in left) / max(len(left), 1), abs=1e-6)
        assert found.repeats[row] == pytest.approx(1 - len(left) / LENGTH, abs=1e-6)


def test_a_genome_without_another_such_region_is_said(tmp_path):
    rng = np.random.default_rng(0)
    poor = "".join(rng.choice(list("AT"), 5000))
    (tmp_path / "g.fa").write_text(f">chr1\n{poor}{'GC' * 100}{poor}\n")
    genome = open_genome(tmp_path / "g.fa")
    rows = "chr1\t5000\t5100\nchr1\t1000\t1100\nchr1\t5100\t5200\n"
    (tmp_path / "p.bed").write_text(rows)
    data, peaks = windows.cut(loci.read_loci(tmp_path / "p.bed"), genome, 100)
    found = matched.negatives(data, peaks, genome, [peaks], 0)
    assert len(found) == 1 and (found.sequences % 3 == 0).all()
    assert "2 of 3 peaks (GC 1.000) have no negative" in " ".join(found.notes)
    assert "marks no repeats" in " ".join(found.notes)
    with pytest.raises(ValueError, match="no region of 100 nt outside the peaks"):
        matched.negatives(data.take([0]), peaks.take([0]), genome, [peaks], 0)


def test_the_nearest_that_is_free_is_taken():
    rng = np.random.default_rng(0)
    for _ in range(30):
        keys = np.sort(rng.integers(0, 60, 40) / 10)
        wanted = rng.integers(0, 60, 45) / 10 + 0.03
        found = matched._nearest_free(keys, wanted, 0.5)
        free = set(range(len(keys)))
        for value, place in zip(wanted, found.tolist(), strict=True):
            nearest = min((abs(keys[one] - value) for one in free), default=np.inf)
            if nearest > 0.5:
                assert place == -1
            else:
                assert place in free and abs(keys[place] - value) == pytest.approx(nearest)
                free.remove(place)
