"""The public way from sequences to parts: the same as the functions behind it."""

import numpy as np
import pytest

from jaxmotif import data, motifs
from jaxmotif.data import negatives, splits
from jaxmotif.data.dataset import Dataset

CODES = np.random.default_rng(0).integers(0, 4, (60, 30)).astype(np.uint8)


def test_public_names_are_there():
    for room in (data, motifs):
        for name in room.__all__:
            assert getattr(room, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = data.nothing


def test_negatives_are_shuffles_of_the_positives():
    found = data.with_negatives(Dataset(CODES), seed=3)
    np.testing.assert_array_equal(found.sequences, negatives.shuffled_negatives(Dataset(CODES), 3).sequences)
    np.testing.assert_array_equal(found.positives.sequences, CODES)
    for own, shuffle in zip(found.positives.sequences, found.negatives.sequences, strict=True):
        pairs = lambda row: sorted(zip(row[:-1].tolist(), row[1:].tolist(), strict=True))
        assert pairs(own) == pairs(shuffle)
    assert len(data.with_negatives(Dataset(CODES, np.ones(60)))) == 120
    with pytest.raises(ValueError, match="1 of 60 sequences are negatives already"):
        data.with_negatives(Dataset(CODES, np.arange(60) > 0))


def test_parts():
    whole = data.with_negatives(
        Dataset(CODES, chrom=["chr1", "chr7", "chr8"] * 20, start=range(0, 60_000, 1000))
    )
    parts, same = data.split(whole, 1, (0.5, 0.25, 0.25)), splits.split(whole, 1, (0.5, 0.25, 0.25))
    assert parts.train.names == same.train.names and parts.test.names == same.test.names
    assert len(parts.train) == 60
    parts = data.split(whole, by_chromosome=True)
    assert set(parts.valid.chrom) == {"chr7"} and set(parts.test.chrom) == {"chr8"}


def test_a_file_is_a_data_set(tmp_path):
    (tmp_path / "x.fa").write_text(">a\nACGT\n>b\nTTTT\n")
    assert repr(data.read_sequences(tmp_path / "x.fa")) == "Dataset(2 sequences of 4 nt, no labels)"
