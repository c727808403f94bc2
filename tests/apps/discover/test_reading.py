"""What a discovery read, and what is said of it: counts of the user's own records."""

import dataclasses
import hashlib

import numpy as np
import pytest

from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset
from tests.helpers import sequence_files


def _file(folder, name, lengths, names=None):
    letters = ["ACGTTGCAACGGTCATTGAC"[:length] for length in lengths]
    return str(sequence_files.write_fasta(folder / name, letters, names))


def test_what_was_read_is_said(tmp_path):
    peaks = _file(tmp_path, "peaks.fa", [10] * 1200 + [12] * 34 + [9] * 5)
    others = _file(tmp_path, "others.fa", [10] * 80)
    test = _file(tmp_path, "test.fa", [10] * 4, ["1", "0", "0", "0"])
    plain = Settings(sequences=peaks)
    said = (
        "peaks.fa: 1,239 sequences of 10 nt: 1,239 positive, 0 negative; negatives: {}; 34 cropped; 5 padded"
    )
    assert reading.said(reading.read(plain)) == [said.format("1,239 shuffles")]
    files = reading.read(dataclasses.replace(plain, negatives=others, test=test))
    assert reading.said(files) == [
        said.format("80 of others.fa"),
        "held out, test.fa: 4 sequences of 10 nt: 1 positive, 3 negative",
    ]
    known = files.inputs["negatives"]
    assert (
        known["sequences"] == 80
        and known["sha256"] == hashlib.sha256((tmp_path / "others.fa").read_bytes()).hexdigest()
    )
    assert set(files.inputs) == {"sequences", "negatives", "test"}


def test_arrays_are_said_alike():
    data = Dataset(np.zeros((6, 30), np.uint8), np.array([1, 1, 0, 0, 0, 1]))
    files = reading.read(Settings(), data)
    assert reading.said(files) == ["the sequences: 6 sequences of 30 nt: 3 positive, 3 negative"]
    assert files.inputs == {} and files.data is data


def test_labels_in_names_are_those_of_the_file_with_both_classes(tmp_path):
    names = [f"s{i}|{i % 2}" for i in range(20)]
    both = _file(tmp_path, "both.fa", [10] * 20, names)
    with pytest.raises(ValueError, match="names look like labels"):
        reading.read(Settings(sequences=both))
    files = reading.read(Settings(sequences=both, labels="names"))
    assert "10 positive, 10 negative" in reading.said(files)[0] and "shuffles" not in reading.said(files)[0]
    assert (
        "20 positive, 0 negative; negatives: 20 shuffles"
        in reading.said(reading.read(Settings(sequences=both, labels="none")))[0]
    )


def test_a_length_is_asked_for(tmp_path):
    path = _file(tmp_path, "uneven.fa", [10, 12, 14] * 5)
    with pytest.raises(ValueError, match="10 of 15 would be cropped or padded.*--length=12"):
        reading.read(Settings(sequences=path))
    assert reading.read(Settings(sequences=path, length=12)).data.length == 12
