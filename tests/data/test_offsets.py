"""Where each row begins in its own record, against the records themselves."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import negatives, splits
from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.data.files import archive, fasta
from tests.helpers import sequence_files

LENGTHS = [1, 4, 7, 8, 9, 10, 11, 12, 13, 30, 31]


@pytest.fixture(scope="module")
def records():
    rng = np.random.default_rng(0)
    return {f"r{i}_{n}": "".join(rng.choice(list("ACGT"), n)) for i, n in enumerate(LENGTHS * 4)}


@pytest.fixture(scope="module")
def path(records, tmp_path_factory):
    path = tmp_path_factory.mktemp("offsets") / "uneven.fa"
    return sequence_files.write_fasta(path, list(records.values()), records)


def _check(data, records):
    """Letter by letter: position i of a row is position i + offset of its record, or padding."""
    assert data.offset.dtype == data.record_length.dtype == np.int64
    assert data.offset.shape == data.record_length.shape == (len(data),)
    for name, letters, offset, length in zip(
        data.names, dna.decode(data.sequences), data.offset, data.record_length, strict=True
    ):
        record = records[name]
        assert length == len(record)
        for i, letter in enumerate(letters):
            place = i + offset
            assert letter == (record[place] if 0 <= place < len(record) else "N"), (name, i, offset)


@pytest.mark.parametrize("length", [1, 8, 9, 10, 11, 40, 41, None])
def test_rows_lie_in_their_records(path, records, length):
    _check(fasta.read_sequences(path, length), records)


def test_a_table_has_offsets_too(tmp_path):
    table = tmp_path / "x.seq"
    table.write_text("EventID\tseq\tBound\na\tACGTACG\t1\nb\tGGC\t0\n")
    _check(fasta.read_sequences(table, 4), {"a": "ACGTACG", "b": "GGC"})


def test_offsets_go_where_their_rows_go(path, records, tmp_path):
    data = fasta.read_sequences(path, 10)
    _check(data.take([3, 0, 9]), records)
    _check(data[5:20:3], records)
    _check(concatenate([data[:4], data[8:]]), records)
    parts = splits.split(data, 0)
    for part in (parts.train, parts.valid, parts.test):
        _check(part, records)
    archive.save(tmp_path / "x.npz", parts)
    _check(archive.load(tmp_path / "x.npz")[0].train, records)
    pairs = negatives.shuffled_negatives(data[data.record_length > 8], 0)
    _check(pairs.positives, records)
    np.testing.assert_array_equal(pairs.offset[::2], pairs.offset[1::2])


def test_rows_without_records_are_their_own(path):
    data = fasta.read_sequences(path, 10)
    plain = Dataset(np.zeros((2, 10), np.uint8))
    assert plain.offset is None and plain.record_length is None and concatenate([plain, plain]).offset is None
    both = concatenate([plain, data])
    assert both.offset.tolist() == [0, 0, *data.offset] and both.record_length[:2].tolist() == [10, 10]


def test_planted_sites_are_found_in_their_records(shared_data):
    folder = shared_data.parent / "cases" / "case02"
    if not folder.is_dir():
        pytest.skip("no such case here")
    data = fasta.read_sequences(folder / "uneven.fa")
    places = dict(zip(data.names, data.offset.tolist(), strict=True))
    rows = [line.split("\t") for line in (folder / "truth.tsv").read_text().splitlines()]
    text = (folder / "uneven.fa").read_text().split(">")[1:]
    records = {entry.split("\n")[0]: entry.split("\n")[1] for entry in text}
    letters = dict(zip(data.names, dna.decode(data.sequences), strict=True))
    seen = 0
    for name, start, end in rows:
        if name not in records:
            continue  # a header
        first, last = int(start) - places[name], int(end) - places[name]
        if 0 <= first and last <= data.length:
            assert letters[name][first:last] == records[name][int(start) : int(end)]
            seen += 1
    assert seen > 50
