"""The data set: selection, joining, and what does not fit together."""

import numpy as np
import pytest

from jaxmotif.data.dataset import Dataset, Splits, concatenate

CODES = np.arange(12, dtype=np.uint8).reshape(4, 3) % 5


def test_take_takes_everything():
    data = Dataset(CODES, np.eye(4, 2), list("abcd"), ("x", "y"), ["1", "2", "3", "4"], range(4), range(4))
    part = data.take([2, 0, 2])
    np.testing.assert_array_equal(part.sequences, CODES[[2, 0, 2]])
    np.testing.assert_array_equal(part.labels, np.eye(4, 2)[[2, 0, 2]])
    assert part.names == ["c", "a", "c"] and part.targets == ("x", "y")
    assert part.chrom.tolist() == ["3", "1", "3"]
    assert part.start.tolist() == part.group.tolist() == [2, 0, 2]
    assert data.take(np.array([True, False, True, False])).names == ["a", "c"]
    assert len(data.take([])) == 0 and data.take([]).length == 3
    with pytest.raises(ValueError, match="mask of shape"):
        data.take(np.array([True, False]))


def test_defaults():
    data = Dataset(CODES, np.zeros((4, 2)))
    assert data.names == ["seq1", "seq2", "seq3", "seq4"]
    assert data.targets == ("target1", "target2")
    assert data.labels.dtype == np.float32 and (len(data), data.length) == (4, 3)


def test_concatenate():
    first = Dataset(CODES[:2], [[1], [1]], ["a", "b"], ("t",), ["1", "2"], [5, 6], [7, 7], notes=("p",))
    second = Dataset(CODES[2:], [[0], [0]], ["c", "d"], ("t",), notes=("q",))
    both = concatenate([first, second])
    np.testing.assert_array_equal(both.sequences, CODES)
    assert both.labels[:, 0].tolist() == [1, 1, 0, 0] and both.names == list("abcd")
    assert both.chrom.tolist() == ["1", "2", "", ""] and both.start.tolist() == [5, 6, -1, -1]
    assert both.group[0] == both.group[1] and len(set(both.group.tolist())) == 3
    assert both.notes == ("p", "q")
    grouped = concatenate([first, first])
    assert grouped.group[1] != grouped.group[2]  # equal numbers of two sets are not one group
    assert concatenate([first]) is first
    assert Splits(first, second, first).notes == ("p", "q")
    assert first.with_notes("r").notes == ("p", "r")


def test_concatenate_refuses_what_differs():
    with pytest.raises(ValueError, match="no data sets"):
        concatenate([])
    with pytest.raises(ValueError, match="3 and of 2 nt"):
        concatenate([Dataset(CODES), Dataset(CODES[:, :2])])
    with pytest.raises(ValueError, match="some have none"):
        concatenate([Dataset(CODES), Dataset(CODES, np.zeros((4, 1)))])
    with pytest.raises(ValueError, match="targets differ"):
        concatenate([Dataset(CODES, np.zeros((4, 1))), Dataset(CODES, np.zeros((4, 2)))])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(sequences=CODES.astype(int)), "uint8"),
        (dict(sequences=CODES[0]), r"\(3,\)"),
        (dict(sequences=CODES + np.uint8(1)), "0..4, got 5"),
        (dict(labels=np.zeros(3)), r"N = 4, got \(3,\)"),
        (dict(labels=np.zeros((3, 1))), r"\(3, 1\)"),
        (dict(labels=np.zeros((4, 1)), targets=("a", "b")), "2 target names"),
        (dict(names=["a"]), "1 entries in names for 4"),
        (dict(chrom=["a"]), "1 entries in chrom"),
        (dict(group=[1, 2]), "2 entries in group"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Dataset(**{"sequences": CODES, **arguments})


def test_a_data_set_prints_as_one_line():
    labels = np.tile([1, 0], 5000)
    data = Dataset(np.zeros((10_000, 101), np.uint8), labels)
    assert repr(data) == "Dataset(10,000 sequences of 101 nt, labels 1 target, 5,000 positive)"
    assert repr(Dataset(CODES)) == "Dataset(4 sequences of 3 nt, no labels)"
    assert repr(Dataset(CODES, np.eye(4, 2))) == "Dataset(4 sequences of 3 nt, labels 2 targets)"
    assert len(repr(Splits(data, data, data))) < 300


def test_positives_and_negatives():
    data = Dataset(CODES, [1, 0, 0, 1], list("abcd"))
    assert data.labels.shape == (4, 1) and data.is_positive.tolist() == [True, False, False, True]
    assert data.positives.names == ["a", "d"] and data.negatives.names == ["b", "c"]
    with pytest.raises(ValueError, match="4 sequences without labels"):
        _ = Dataset(CODES).positives
    with pytest.raises(ValueError, match="got 2 targets"):
        _ = Dataset(CODES, np.eye(4, 2)).positives
    for value in (0.3, np.nan, -1):
        with pytest.raises(ValueError, match=f"sequence 2 is {value}"):
            _ = Dataset(CODES, [1, 0, value, 1]).is_positive


def test_rows_are_chosen_as_of_an_array():
    data = Dataset(CODES, names=list("abcd"))
    for which in (slice(2), slice(None, None, -1), slice(1, 9), [3, 0], np.array([True, False, True, True])):
        np.testing.assert_array_equal(data[which].sequences, CODES[which])
        assert data[which].names == np.array(list("abcd"))[which].tolist()
    assert data[-1].names == ["d"] and [one.names[0] for one in data] == list("abcd")
    with pytest.raises(IndexError, match="4 of 4"):
        _ = data[4]


def test_from_strings_and_arrays():
    letters = ["ACGT", "ttnX"]
    data = Dataset.from_strings(letters, [1, 0], ["a", "b"])
    assert data.sequences.tolist() == [[0, 1, 2, 3], [3, 3, 4, 4]] and data.names == ["a", "b"]
    for given in (np.array(letters), np.array(letters, "S"), np.array(letters, object)):
        np.testing.assert_array_equal(Dataset.from_strings(given).sequences, data.sequences)
    one_hot = np.eye(5, 4)[data.sequences]
    for given in (data.sequences.astype(int), one_hot, one_hot.astype(np.int8), one_hot > 0):
        np.testing.assert_array_equal(Dataset.from_arrays(given).sequences, data.sequences)
    one_hot[1, 2:] = 0.25
    np.testing.assert_array_equal(Dataset.from_arrays(one_hot).sequences, data.sequences)
    one_hot[1, 2] = 0.5
    with pytest.raises(ValueError, match="position 2 of sequence 1"):
        Dataset.from_arrays(one_hot)
    with pytest.raises(ValueError, match="0 has 4 letters and sequence 1 has 3"):
        Dataset.from_strings(["ACGT", "ACG"])
    with pytest.raises(ValueError, match=r"0..4, got -1..3"):
        Dataset.from_arrays(np.array([[-1, 3]]))
    with pytest.raises(ValueError, match=r"float64 \(2, 3\)"):
        Dataset.from_arrays(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="one string of 4 letters"):
        Dataset.from_strings("ACGT")


def test_names_nobody_gave_are_made_when_asked_for():
    data = Dataset(np.zeros((5_000_000, 1), np.uint8))
    assert len(data.names) == 5_000_000 and data.names[-1] == "seq5000000"
    part = data.take([4_000_000, 2])
    assert part.names == ["seq4000001", "seq3"] and ["seq4000001", "seq3"] == part.names
    assert part.names != ["seq3", "seq4000001"] and part.names == data.take([4_000_000, 2]).names
    assert list(part.names) == part.names[:] and part.names.index("seq3") == 1 and "seq4" not in part.names
    assert concatenate([part, part]).names == [*part.names, *part.names]
    with pytest.raises(IndexError):
        _ = part.names[2]
