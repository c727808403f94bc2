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
        (dict(labels=np.zeros(4)), "N = 4"),
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
