"""Files in the layouts of Basset and DeepSEA, written from known sequences, come back as these."""

import h5py
import numpy as np
import pytest

from jaxmotif.data.files import deep_sets
from tests.helpers.deep_files import write_basset, write_deepsea

COUNTS = {"train": 50, "valid": 12, "test": 9}


def test_basset_comes_back(tmp_path):
    truth = write_basset(tmp_path / "set.h5", COUNTS, length=20, targets=3)
    splits = deep_sets.load(tmp_path / "set.h5")
    for part in COUNTS:
        found = getattr(splits, part)
        np.testing.assert_array_equal(found.sequences, truth[part][0])
        np.testing.assert_array_equal(found.labels, truth[part][1])
        assert (found.sequences.dtype, found.labels.dtype) == (np.uint8, np.uint8)
        assert found.targets == ("cell1", "cell2", "cell3")
    assert (truth["train"][0] == 4).any()


def test_deepsea_comes_back_with_its_channels_in_our_order(tmp_path):
    truth = write_deepsea(tmp_path, COUNTS, length=20, targets=3)
    splits = deep_sets.load(tmp_path)
    for part in COUNTS:
        found = getattr(splits, part)
        np.testing.assert_array_equal(found.sequences, truth[part][0])
        np.testing.assert_array_equal(found.labels, truth[part][1])
    # By hand: A, G, C, T are channels 0 to 3.
    x = np.eye(4)[None].astype(np.uint8)
    assert deep_sets.codes_of(x, deep_sets.DEEPSEA).tolist() == [[0, 2, 1, 3]]
    assert deep_sets.codes_of(x, deep_sets.BASSET).tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    "kind", [bool, np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64, ">f4"]
)
@pytest.mark.parametrize("turned", [False, True])
def test_codes_of_numbers_of_any_type_and_order(kind, turned):
    codes = np.random.default_rng(0).integers(0, 5, (6, 9)).astype(np.uint8)
    x = (codes[:, None] == np.arange(4)[:, None]).astype(kind)
    if np.dtype(kind).kind == "f":
        x[0, :, 2], codes[0, 2] = 0.25, 4
        x[1, :, 3], codes[1, 3] = [-0.0, 1, 0, -0.0], 1
    if turned:
        x = np.ascontiguousarray(x.transpose(2, 1, 0)).transpose(2, 1, 0)
    np.testing.assert_array_equal(deep_sets.codes_of(x, "ACGT"), codes)
    for bad in (
        [1, 1, 0, 0],
        *([[0.5, 0, 0, 0], [0.25, 0.25, 0.25, 0]] if np.dtype(kind).kind == "f" else []),
    ):
        wrong = x.copy()
        wrong[4, :, 5] = bad
        with pytest.raises(ValueError, match="position 5 of row 4 is"):
            deep_sets.codes_of(wrong, "ACGT")


def test_deepsea_is_cut_to_some_columns_and_to_sequences_with_a_label_among_them(tmp_path):
    counts = {"train": 9000, "valid": 40, "test": 30}
    truth = write_deepsea(tmp_path, counts, length=6, targets=5)
    splits = deep_sets.truncated(tmp_path, {"YY1": 4, "SRF": 1})
    for part, (codes, labels) in truth.items():
        found = getattr(splits, part)
        wanted = [row for row in range(counts[part]) if labels[row, 4] or labels[row, 1]]
        assert 0 < len(wanted) < counts[part]
        np.testing.assert_array_equal(found.sequences, codes[wanted])
        np.testing.assert_array_equal(found.labels, np.stack([labels[wanted, 4], labels[wanted, 1]], axis=1))
        assert found.targets == ("YY1", "SRF")
    whole = splits.train
    some = deep_sets.truncated(tmp_path, {"YY1": 4, "SRF": 1}, rows=100).train
    index = np.concatenate([np.arange(*span) for span in deep_sets.blocks(len(whole), 100)])
    np.testing.assert_array_equal(some.sequences, whole.sequences[index])
    np.testing.assert_array_equal(some.labels, whole.labels[index])


def test_columns_that_are_not_there_or_hold_nothing_are_named(tmp_path):
    write_deepsea(tmp_path, COUNTS, length=20, targets=3)
    with pytest.raises(ValueError, match=r"have columns 0 to 2, not \[592, 602"):
        deep_sets.truncated(tmp_path)
    with h5py.File(tmp_path / "train.mat", "a") as file:
        file["traindata"][1] = 0
    with pytest.raises(ValueError, match="none of 50 sequences is labelled SRF"):
        deep_sets.truncated(tmp_path, {"SRF": 1})
    assert len(set(deep_sets.TWELVE.values())) == 12


@pytest.mark.parametrize("rows", [1, 7, 16, 17, 40, 49, 50, 90])
def test_some_rows_come_from_all_over_the_file(tmp_path, rows):
    truth = write_basset(tmp_path / "set.h5", COUNTS, length=8, targets=2)
    found = deep_sets.basset(tmp_path / "set.h5", rows).train
    spans = deep_sets.blocks(50, rows)
    index = np.concatenate([np.arange(start, end) for start, end in spans])
    assert len(np.unique(index)) == len(index) == min(rows, 50)
    np.testing.assert_array_equal(found.sequences, truth["train"][0][index])
    np.testing.assert_array_equal(found.labels, truth["train"][1][index])
    assert index[0] == 0 and (rows == 1 or index[-1] == 49)


def test_large_sets_are_read_in_blocks():
    for rows in (None, 100_000):
        spans = deep_sets.blocks(1_000_003, rows)
        sizes = [end - start for start, end in spans]
        assert sum(sizes) == (rows or 1_000_003) and max(sizes) <= 4096
        assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


def test_bad_files_are_named(tmp_path):
    path = tmp_path / "set.h5"
    with pytest.raises(ValueError, match="set.h5 is not there"):
        deep_sets.load(path)
    path.write_text("no")
    with pytest.raises(ValueError, match="set.h5 is no HDF5 file"):
        deep_sets.load(path)
    write_deepsea(tmp_path, COUNTS, length=20, targets=3)
    (tmp_path / "valid.mat").write_text("no")
    with pytest.raises(ValueError, match="valid.mat is no MATLAB 5 file"):
        deep_sets.load(tmp_path)


@pytest.mark.parametrize(
    "name,change,message",
    [
        ("train_out", None, "has no array 'train_out'; it has: target_labels, test_in"),
        ("train_out", lambda y: y[:-1], r"holds 50 sequences, their labels have shape \(49, 3\)"),
        ("valid_out", lambda y: y + 1, "labels of .*valid_in.* are not all 0 or 1"),
        ("test_in", lambda x: x * 2, "test_in.*: position 0 of row 0 is"),
        ("test_in", lambda x: x[:, :3], r"must have shape \(N, 4, 1, L\), got \(9, 3, 1, 20\)"),
        ("test_in", lambda x: x[:0], r"test_in holds 0 sequences"),
        ("target_labels", lambda names: names[:2], "train_in has labels of 3 targets, and 2 target_labels"),
        ("valid_in", lambda x: np.full(x.shape, b"A"), "valid_in.* are of type .S1, not numbers"),
    ],
)
def test_bad_arrays_are_named(tmp_path, name, change, message):
    path = tmp_path / "set.h5"
    write_basset(path, COUNTS, length=20, targets=3)
    with h5py.File(path, "a") as file:
        value = file[name][()]
        del file[name]
        if change:
            file[name] = change(value)
    with pytest.raises(ValueError, match=message):
        deep_sets.basset(path)
    with pytest.raises(ValueError, match="rows must be at least 1, got 0"):
        deep_sets.blocks(10, 0)
