"""Correlations, R2 and accuracy against scipy and scikit-learn, and their intervals against resampling."""

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import accuracy_score, r2_score

from jaxmotif.evaluate import values


@pytest.fixture(name="pair")
def fixture_pair():
    rng = np.random.default_rng(0)
    truth = rng.poisson(3, 120).astype(float)  # with ties
    return truth, truth + rng.normal(0, 2, 120)


def test_they_are_scipys_and_scikit_learns(pair):
    truth, predicted = pair
    assert values.pearson(truth, predicted) == pytest.approx(scipy.stats.pearsonr(truth, predicted)[0])
    assert values.spearman(truth, predicted) == pytest.approx(scipy.stats.spearmanr(truth, predicted)[0])
    assert values.r2(truth, predicted) == pytest.approx(r2_score(truth, predicted))
    classes = np.minimum(truth, 4)
    guessed = np.minimum(np.round(np.abs(predicted)), 4)
    assert values.accuracy(classes, guessed) == pytest.approx(accuracy_score(classes, guessed))
    assert np.isnan(values.pearson(truth, np.ones(120)))


def test_what_is_unknown_does_not_count(pair):
    truth, predicted = pair
    unknown = truth.copy()
    unknown[::3] = np.nan
    known = ~np.isnan(unknown)
    for name in ("pearson", "spearman", "r2"):
        own = getattr(values, name)
        assert own(unknown, predicted) == pytest.approx(own(truth[known], predicted[known]))


@pytest.mark.parametrize("metric", ["pearson", "spearman", "r2"])
@pytest.mark.parametrize("grouped", [False, True])
def test_intervals_are_those_of_resampled_rows(pair, metric, grouped):
    truth, predicted = pair
    groups = np.arange(120) // 3 if grouped else None
    found = values.interval(metric, truth, predicted, n=50, seed=3, groups=groups)
    rng, theirs = np.random.default_rng(3), []
    count = 40 if grouped else 120
    own = {
        "pearson": lambda x, y: scipy.stats.pearsonr(x, y)[0],
        "spearman": lambda x, y: scipy.stats.spearmanr(x, y)[0],
        "r2": r2_score,
    }[metric]
    for drawn in rng.integers(count, size=(50, count)):
        rows = np.concatenate([np.flatnonzero(groups == one) for one in drawn]) if grouped else drawn
        theirs.append(own(truth[rows], predicted[rows]))
    low, high = np.quantile(theirs, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high)) and found.replicates == 50
    assert found.low < found.value < found.high


def test_bad_input_is_said(pair):
    truth, predicted = pair
    with pytest.raises(ValueError, match="must both be"):
        values.pearson(truth, predicted[:5])
    with pytest.raises(ValueError, match="nothing is known"):
        values.r2(np.full(3, np.nan), np.zeros(3))
    with pytest.raises(ValueError, match="not finite"):
        values.spearman([1.0, 2], [np.nan, 1])
    with pytest.raises(ValueError, match="unknown metric"):
        values.interval("tau", truth, predicted)
