"""Splits never share a sequence; parts have their sizes; chromosomes go where they are told."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import negatives, splits
from jaxmotif.data.dataset import Dataset


def parts_of(result):
    return result.train, result.valid, result.test


def random_codes(seed, n, length=20):
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


def with_duplicates(n=300):
    codes = random_codes(0, n)
    twins = np.concatenate([codes[:40], dna.reverse_complement(codes[40:80]), codes[:10]])
    return Dataset(np.concatenate([codes, twins]))


def canonical(dataset):
    texts = dna.decode(dataset.sequences)
    others = dna.decode(dna.reverse_complement(dataset.sequences))
    return {min(pair) for pair in zip(texts, others, strict=True)}


@pytest.mark.parametrize("seed", range(5))
def test_equal_sequences_stay_on_one_side(seed):
    dataset = with_duplicates()
    parts = parts_of(splits.split(dataset, seed, (0.5, 0.25, 0.25)))
    assert sorted(name for part in parts for name in part.names) == sorted(dataset.names)
    for i in range(3):
        for j in range(i):
            assert not canonical(parts[i]) & canonical(parts[j])
    for part, fraction in zip(parts, (0.5, 0.25, 0.25), strict=True):
        assert abs(len(part) - fraction * len(dataset)) <= 3


def test_sizes_and_seeds():
    dataset = Dataset(random_codes(1, 1000))
    first = splits.split(dataset, 0)
    assert [len(part) for part in parts_of(first)] == [800, 100, 100]
    assert splits.split(dataset, 0).test.names == first.test.names
    assert splits.split(dataset, 1).test.names != first.test.names
    assert [len(part) for part in parts_of(splits.split(dataset, 0, (0.9, 0.1, 0)))] == [
        900,
        100,
        0,
    ]


def test_a_positive_and_its_shuffle_stay_together():
    dataset = negatives.shuffled_negatives(Dataset(random_codes(2, 500, 40)), 0)
    for part in parts_of(splits.split(dataset, 4)):
        assert part.labels.mean() == 0.5
        assert {name.removesuffix("_shuffled") for name in part.names} == set(part.names[::2])


def test_impossible_splits_are_refused():
    dataset = Dataset(random_codes(3, 30))
    for fractions in [(0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.3, 0.3), (np.nan, 0.5, 0.5)]:
        with pytest.raises(ValueError, match="three numbers >= 0 that sum to 1"):
            splits.split(dataset, 0, fractions)
    same = Dataset(np.zeros((50, 8), np.uint8))
    with pytest.raises(ValueError, match="50 sequences, 1 of them distinct, are too few"):
        splits.split(same, 0)
    with pytest.raises(ValueError, match="no sequences"):
        splits.split(dataset.take([]), 0)


def test_by_chromosome():
    codes = random_codes(4, 8)
    codes[5] = codes[0]
    codes[7] = dna.reverse_complement(codes[6])
    chrom = ["chr1", "chr2", "chr7", "chr8", "chr8", "chr8", "chr7", "chr9"]
    dataset = Dataset(codes, chrom=chrom, start=range(8))
    result = splits.by_chromosome(dataset)
    # Sequence 5 also trains, 7 is in validation as 6: both are left out of the test part.
    assert [part.start.tolist() for part in parts_of(result)] == [[0, 1], [2, 6], [3, 4]]
    assert result.notes == ("2 sequences that also occur on another side of the split were left out",)
    own = splits.by_chromosome(dataset, valid=["chr2"], test=["chr7"])
    # Now 7 trains, so 6 is left out of the test part; 0 and 5 both train.
    assert [part.start.tolist() for part in parts_of(own)] == [[0, 3, 4, 5, 7], [1], [2]]


def test_by_chromosome_says_what_is_missing():
    codes = random_codes(5, 3)
    with pytest.raises(ValueError, match="both validation and test: chr8"):
        splits.by_chromosome(Dataset(codes, chrom=["chr1", "chr7", "chr8"]), ["chr7", "chr8"], ["chr8"])
    with pytest.raises(ValueError, match="3 of 3 sequences have no coordinates"):
        splits.by_chromosome(Dataset(codes))
    with pytest.raises(ValueError, match="1 of 3 sequences have no coordinates"):
        splits.by_chromosome(Dataset(codes, chrom=["chr1", "", "chr8"]))
    with pytest.raises(ValueError, match="no sequences left for the test part.*chr1, chr7"):
        splits.by_chromosome(Dataset(codes, chrom=["chr1", "chr7", "chr7"]))
    codes[2] = codes[0]
    with pytest.raises(ValueError, match="every sequence of the test part occurs"):
        splits.by_chromosome(Dataset(codes, chrom=["chr1", "chr7", "chr8"]))
