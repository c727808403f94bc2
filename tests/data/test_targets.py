"""What columns of a table are, and what is asked about."""

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder

from jaxmotif.data import targets
from jaxmotif.data.targets import Column, recognised

NAN = np.nan


def column(name, *values):
    return Column(name, list(values) if isinstance(values[0], str) else np.array(values, float))


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ([column("a", 0, 1, NAN), column("b", 1, 1, 0)], "multilabel"),
        ([column("a", 0.5, 1, NAN), column("b", 3, 1, 0)], "regression"),
        ([column("a", -2, 1, 5)], "regression"),
        ([column("a", 0, 7, 1), column("b", 3, 1, 0)], "counts"),
        ([column("reads", *range(60))], "counts"),
        ([column("tissue", "liver", "brain", "")], "multiclass"),
        ([column("cluster", 0, 3, 1)], "multiclass"),
    ],
)
def test_kinds_are_told_by_what_columns_hold(columns, kind):
    found = recognised(columns, "t.tsv")
    assert found.kind == kind and len(found) == len(columns[0].values)
    if kind != "multiclass":
        np.testing.assert_array_equal(
            found.values, np.stack([one.values for one in columns], axis=1).astype(np.float32)
        )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            [column("level", 0, 1, 2)],
            r"column 'level': 3 different whole numbers.*--task=multiclass.*=counts",
        ),
        (
            [column("a", 0, 1, 1), column("b", 0.5, 2, 3)],
            r"'a' holds 0 and 1 only, 'b' real values.*--targets",
        ),
        ([column("a", 0, 1, 1), column("b", 5, 2, 3)], r"'a' holds 0 and 1 only, 'b' counts"),
        ([column("y", -1, 1, 1)], r"column 'y' holds -1 and 1 only"),
        ([column("a", "x", "y"), column("b", "x", "y")], r"which of the columns a, b"),
        ([], "no column of targets"),
    ],
)
def test_what_may_be_several_kinds_is_asked_about(columns, said):
    with pytest.raises(ValueError, match=said):
        recognised(columns, "t.tsv")


def test_a_user_decides():
    level = column("level", 0, 1, 2)
    assert recognised([level], "t.tsv", "counts").kind == "counts"
    assert recognised([level], "t.tsv", "multiclass").names == ("0", "1", "2")
    assert recognised([column("a", 0, 1, 1), column("b", 0.5, 2, 3)], "t", "regression").kind == "regression"
    with pytest.raises(ValueError, match="column 'level': 2 is no label"):
        recognised([level], "t.tsv", "multilabel")
    with pytest.raises(ValueError, match="column 'a': -2 is no count"):
        recognised([column("a", -2, 1)], "t.tsv", "counts")
    with pytest.raises(ValueError, match="column 'w': words are no count"):
        recognised([column("w", "x", "y")], "t.tsv", "counts")
    several = [column("a", 1, 0, NAN), column("b", 0, 1, NAN)]
    assert recognised(several, "t", "multiclass").names == ("a", "b")
    with pytest.raises(ValueError, match="row 2 of the data is not of one class"):
        recognised([column("a", 1, 0), column("b", 0, 0)], "t", "multiclass")
    with pytest.raises(ValueError, match="unknown task"):
        recognised([level], "t.tsv", "ranking")


def test_classes_are_those_of_scikit_learn():
    words = np.random.default_rng(0).choice(["liver", "brain", "heart"], 40)
    found = targets.one_hot(words)
    theirs = OneHotEncoder(sparse_output=False).fit(words[:, None])
    np.testing.assert_array_equal(found.values, theirs.transform(words[:, None]))
    assert found.names == tuple(theirs.categories_[0])
    numbers = targets.one_hot(np.array([2, 0, NAN, 10]))
    assert numbers.names == ("0", "2", "10") and np.isnan(numbers.values[2]).all() and numbers.unknown == 1
    with pytest.raises(ValueError, match=r"0\.5 is no class"):
        targets.one_hot([0.5, 1])
    with pytest.raises(ValueError, match="1 classes, such as 'a'"):
        targets.one_hot(["a", "a"])


def test_they_are_said():
    assert recognised([column("a", 0, 1)], "t").said == "1 target, labels (0 or 1): a"
    many = [column(f"t{i}", 0.5, 2) for i in range(8)]
    assert recognised(many, "t").said == ("8 targets, real values (regression): t0, t1, t2, t3, t4, t5, ...")
    assert "one class for each sequence, 2 classes: x, y" in repr(recognised([column("c", "x", "y")], "t"))
