"""Negatives by dinucleotide shuffle: exact, never their source, counted where there is none."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset


def pair_counts(codes):
    return np.stack([np.bincount(row[:-1] * 5 + row[1:], minlength=25) for row in codes.astype(int)])


def test_pairs_of_a_positive_and_its_shuffle():
    codes = np.random.default_rng(0).integers(0, 4, (500, 40)).astype(np.uint8)
    data = Dataset(codes, chrom=["chr1"] * 500, start=range(500), notes=("read",))
    result = negatives.shuffled_negatives(data, 0)
    assert len(result) == 1000 and result.targets == ("bound",)
    np.testing.assert_array_equal(result.labels[:, 0], [1, 0] * 500)
    np.testing.assert_array_equal(result.sequences[::2], codes)
    np.testing.assert_array_equal(pair_counts(result.sequences[1::2]), pair_counts(codes))
    assert (result.sequences[1::2] != codes).any(axis=1).all()
    assert result.names[:3] == ["seq1", "seq1_shuffled", "seq2"]
    np.testing.assert_array_equal(result.group[::2], result.group[1::2])
    assert len(set(result.group.tolist())) == 500
    np.testing.assert_array_equal(result.start, np.repeat(np.arange(500), 2))
    assert result.notes == ("read",)


def test_chunks_change_nothing_but_the_draw(monkeypatch):
    monkeypatch.setattr(negatives, "_CHUNK", 64)
    codes = np.random.default_rng(1).integers(0, 4, (150, 30)).astype(np.uint8)
    shuffled = negatives.shuffled_negatives(Dataset(codes), 0).sequences[1::2]
    np.testing.assert_array_equal(pair_counts(shuffled), pair_counts(codes))
    repeated = np.repeat(codes[:1], 150, axis=0)  # chunks must not repeat one another's draws
    shuffled = negatives.shuffled_negatives(Dataset(repeated), 0).sequences[1::2]
    assert len(np.unique(shuffled, axis=0)) > 140


def test_seeds():
    data = Dataset(np.random.default_rng(2).integers(0, 4, (500, 40)).astype(np.uint8))
    first = negatives.shuffled_negatives(data, 0).sequences
    np.testing.assert_array_equal(first, negatives.shuffled_negatives(data, 0).sequences)
    assert (first != negatives.shuffled_negatives(data, 1).sequences).any()


def test_a_shuffle_is_drawn_until_it_differs():
    # ACATA has one other shuffle, ATACA, so half of all first draws are the source itself.
    result = negatives.shuffled_negatives(Dataset(dna.encode(["ACATA"] * 64)), 0)
    assert set(dna.decode(result.sequences[1::2])) == {"ATACA"} and len(result) == 128


def test_what_cannot_be_shuffled_is_left_out_and_counted():
    texts = ["AAAAAAAA", "ACACGATA", "NNNNNNNN", "GATCTGAC", "ACACACAC"]
    result = negatives.shuffled_negatives(Dataset(dna.encode(texts)), 0)
    assert result.names[::2] == ["seq2", "seq4"]
    assert result.notes == (
        "3 of 5 sequences have no dinucleotide shuffle other than themselves and were left out",
    )
    with pytest.raises(ValueError, match="no sequence has a dinucleotide shuffle"):
        negatives.shuffled_negatives(Dataset(dna.encode(["AAAA", "CCCC"])), 0)
    with pytest.raises(ValueError, match="no sequences"):
        negatives.shuffled_negatives(Dataset(np.zeros((0, 9), np.uint8)), 0)


def test_padding_does_not_give_negatives_away():
    core = np.random.default_rng(3).integers(0, 4, (500, 29)).astype(np.uint8)
    padded = np.pad(core, ((0, 0), (5, 6)), constant_values=dna.N)
    result = negatives.shuffled_negatives(Dataset(padded), 0).sequences
    assert (result[:, :5] == dna.N).all() and (result[:, -6:] == dna.N).all()
    assert (result[:, 5:-6] != dna.N).all()
