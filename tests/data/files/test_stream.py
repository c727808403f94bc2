"""Pieces of a FASTA: whatever their size, they are the letters of its records."""

import gzip
import io

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files import stream
from tests.helpers import small_run

RECORDS = {"a": small_run.letters(53, 1), "b": "acgtuNnRY", "c": small_run.letters(7, 2)}


def joined(pieces):
    found, last = {}, True
    for piece in pieces:
        if last:
            assert piece.start == 0 and piece.name not in found
            found[piece.name] = np.zeros(0, np.uint8)
        assert piece.start == len(found[piece.name])
        found[piece.name] = np.concatenate([found[piece.name], piece.codes])
        last = piece.last
    assert last
    return found


@pytest.mark.parametrize("part", [1, 2, 3, 7, 8, 9, 64, 1 << 20])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_pieces_of_any_size_are_the_records(tmp_path, monkeypatch, part, packed, ending):
    monkeypatch.setattr(stream, "_HEAD", max(part, 4))
    path = small_run.write_fasta(tmp_path / "a.fa", {f"{k} more": v for k, v in RECORDS.items()})
    data = path.read_text().replace("\n", ending).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    found = joined(stream.pieces(path, part))
    assert list(found) == list(RECORDS)
    for name, text in RECORDS.items():
        np.testing.assert_array_equal(found[name], dna.encode([text])[0])


def test_repeats_are_masked(tmp_path):
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": "ACgtuN"})
    assert [one.codes.tolist() for one in stream.pieces(path, repeats="mask")][-1] == [0, 1, 4, 4, 4, 4]


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b">x\nAC\nGT\n>y\nTT")))
    assert {name: dna.decode(codes[None])[0] for name, codes in stream.records("-")} == {
        "x": "ACGT",
        "y": "TT",
    }


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"ACGT\nACGT\n", "a FASTA begins with '>'"),
        (b">x", "record 'x' has no sequence"),
        (b">x\n>y\nA\n", "record 'x' has no sequence"),
        (b">\nACGT\n", "a record has no name"),
        (gzip.compress(b">x\nACGT\n" * 20)[:-9], "truncated or damaged gzip"),
        (b"BAM\1", "is a BAM file"),
    ],
)
def test_bad_files_are_one_line(tmp_path, data, said):
    path = tmp_path / "a.fa"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=said) as raised:
        list(stream.records(path))
    assert "a.fa" in str(raised.value) and "\n" not in str(raised.value)
