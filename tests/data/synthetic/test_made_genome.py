"""The made genome holds what its tables say."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files import loci
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.synthetic.made_genome import made_genome
from tests.helpers.sequence_files import of_word

WORDS = {"A": "TGACTCATTA", "B": "CCGGAAGTAT"}


@pytest.fixture(scope="module", name="made")
def fixture_made():
    return made_genome([of_word(name, word, name) for name, word in WORDS.items()], 1_200_000, 3, 150, seed=2)


def test_motifs_lie_where_the_truth_says(made):
    same, counts = [], dict.fromkeys(WORDS, 0)
    for chrom, start, end, name, strand in made.sites:
        letters = made.codes[chrom][start:end]
        letters = dna.reverse_complement(letters) if strand == "-" else letters
        same.append(letters == dna.encode([WORDS[name]])[0])
        counts[name] += 1
    assert np.mean(same) > 0.9  # the matrices have 0.94 on their letters
    assert abs(counts["A"] / len(made.peaks) - 0.7) < 0.12 and abs(counts["B"] / len(made.peaks) - 0.4) < 0.12
    ends = sorted((chrom, start, end) for chrom, start, end, *_ in made.sites)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in zip(ends, ends[1:], strict=False))


def test_files_are_what_was_made(made, tmp_path):
    made.write(tmp_path)
    genome = open_genome(tmp_path / "genome.fa")
    for name, codes in made.codes.items():
        np.testing.assert_array_equal(genome.letters(name, 0, len(codes)), codes)
        np.testing.assert_array_equal(genome.soft(name, 0, len(codes)), made.soft[name])
    peaks = loci.read_loci(tmp_path / "peaks.narrowPeak")
    assert peaks.summit.tolist() == [peak[4] for peak in made.peaks] and len(peaks) > 140
    truth = loci.read_loci(tmp_path / "truth.bed")
    assert truth.name.tolist() == [site[3] for site in made.sites]
    near = np.array([
        np.abs(peaks.summit[peaks.chromosome == c] - (s + e) // 2).min()
        for c, s, e in zip(truth.chromosome, truth.start, truth.end, strict=True)
    ])  # fmt: skip
    assert np.median(near) < 20 and near.max() < 100
    islands = loci.read_loci(tmp_path / "islands.bed")
    gc = [np.isin(made.codes[c][s:e], (1, 2)).mean() for c, s, e in made.islands]
    assert min(gc) > 0.55 and np.mean([np.isin(c, (1, 2)).mean() for c in made.codes.values()]) < 0.5
    assert 0.15 < loci.overlapping(peaks, islands).mean() < 0.7
    black = loci.read_loci(tmp_path / "blacklist.bed")
    assert not loci.overlapping(peaks, black).any()
    assert 0.15 < np.mean([one.mean() for one in made.soft.values()]) < 0.4


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="2 shares for 1 motifs"):
        made_genome([of_word("A", "TGACTCATTA", "A")], shares=(0.5, 0.5))
    with pytest.raises(ValueError, match="at least 100,000"):
        made_genome([], 100_000, 10, shares=())
