import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from jaxmotif.evaluate import classification

SKLEARN = {"auroc": roc_auc_score, "aupr": average_precision_score}
OURS = {"auroc": classification.auroc, "aupr": classification.aupr}


def _case(seed, n, levels):
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, 3)) < [0.5, 0.1, 0.9]).astype(np.float32)
    labels[0], labels[1] = 0, 1
    scores = rng.normal(size=(n, 3)) + labels
    return labels, np.round(scores * levels) / levels if levels else scores


@pytest.mark.parametrize("metric", ["auroc", "aupr"])
@pytest.mark.parametrize("n,levels", [(2, 0), (9, 1), (700, 0), (700, 2)])
def test_equals_scikit_learn(metric, n, levels):
    labels, scores = _case(n + levels, n, levels)
    expected = [SKLEARN[metric](y, s) for y, s in zip(labels.T, scores.T, strict=True)]
    np.testing.assert_allclose(OURS[metric](labels, scores), expected, atol=1e-12)
    one = OURS[metric](labels[:, 1], scores[:, 1])
    assert np.ndim(one) == 0 and one == pytest.approx(expected[1])


def test_one_class_is_nan_and_infinities_are_ranked():
    labels, scores = _case(0, 20, 0)
    labels[:, 2] = 1
    assert np.isnan(classification.auroc(labels, scores)).tolist() == [False, False, True]
    assert classification.auroc([0, 1, 1], [-np.inf, 0, np.inf]) == 1


@pytest.mark.parametrize("metric", ["auroc", "aupr"])
def test_interval_equals_resampling_with_scikit_learn(metric):
    labels, scores = _case(3, 60, 2)
    labels, scores = labels[:, 0], scores[:, 0]
    result = classification.bootstrap_interval(labels, scores, metric, n=400, seed=5, level=0.9)
    rng = np.random.default_rng(5)
    rows = rng.integers(60, size=(400, 60))
    values = [SKLEARN[metric](labels[r], scores[r]) for r in rows]
    np.testing.assert_allclose([result.low, result.high], np.quantile(values, [0.05, 0.95]))
    assert result.value == pytest.approx(SKLEARN[metric](labels, scores))
    assert result.replicates == 400 and result.low < result.value < result.high


def test_interval_covers_the_truth_about_as_often_as_it_says():
    # Two unit normals one apart: AUROC is Phi(1 / sqrt 2).
    truth, covered = 0.7602499, 0
    labels = np.arange(150) % 2
    for seed in range(200):
        scores = np.random.default_rng(seed).normal(size=150) + labels
        interval = classification.bootstrap_interval(labels, scores, n=200, seed=seed)
        covered += interval.low <= truth <= interval.high
    # Binomial(200, .95) is 190 with sd 3; percentile intervals cover slightly less than they say.
    assert 178 <= covered <= 199


def test_resamples_without_a_class_are_left_out():
    labels = np.r_[1, np.zeros(9)]
    result = classification.bootstrap_interval(labels, np.arange(10.0), n=300)
    # A resample misses the only positive with probability .9 ** 10 = .35.
    assert 150 < result.replicates < 240


def test_blocks_of_resamples_do_not_change_the_result():
    labels, scores = _case(4, 3000, 0)
    args = labels[:, 0], scores[:, 0]
    result = classification.bootstrap_interval(*args, n=1000, seed=1)
    rows = np.random.default_rng(1).integers(3000, size=(1000, 3000))
    values = [roc_auc_score(args[0][r], args[1][r]) for r in rows[::50]]
    assert result.replicates == 1000
    assert result.low - 0.01 < min(values) and max(values) < result.high + 0.01


def test_groups_are_drawn_whole():
    labels, scores = (array[:, 0] for array in _case(6, 90, 0))
    group = np.repeat([7, 3, 50], 30) * 100 + np.arange(90) // 3
    result = classification.bootstrap_interval(labels, scores, n=300, seed=2, groups=group)
    member = np.unique(group, return_inverse=True)[1]
    rows = [
        np.concatenate([np.flatnonzero(member == one) for one in drawn])
        for drawn in np.random.default_rng(2).integers(30, size=(300, 30))
    ]
    values = [roc_auc_score(labels[r], scores[r]) for r in rows]
    np.testing.assert_allclose([result.low, result.high], np.quantile(values, [0.025, 0.975]))
    alone = classification.bootstrap_interval(labels, scores, n=300, seed=2)
    numbers = np.random.default_rng(0).permutation(90)
    assert classification.bootstrap_interval(labels, scores, n=300, seed=2, groups=numbers) == alone
    copies = classification.bootstrap_interval(
        np.repeat(labels, 5), np.repeat(scores, 5), n=300, seed=2, groups=np.repeat(np.arange(90), 5)
    )
    np.testing.assert_allclose([copies.low, copies.high], [alone.low, alone.high])
    one = classification.bootstrap_interval(labels, scores, groups=np.zeros(90, int))
    assert np.isnan([one.low, one.high]).all() and one.replicates == 0
    with pytest.raises(ValueError, match=r"groups \(3,\) for labels \(90,\)"):
        classification.bootstrap_interval(labels, scores, groups=[1, 2, 3])


def test_bad_input_is_named():
    for labels, scores, message in [
        ([0, 1], [1.0], r"\(2,\) and \(1,\)"),
        ([0, 2], [1.0, 2.0], "0 or 1"),
        ([0, 1], [np.nan, 2.0], "1 scores are NaN"),
        ([], [], "no predictions"),
    ]:
        with pytest.raises(ValueError, match=message):
            classification.auroc(labels, scores)
    interval = classification.bootstrap_interval
    for arguments, message in [
        (([1, 1], [0.0, 1.0]), "2 positives of 2"),
        (([0, 1], [0.0, 1.0], "f1"), "unknown metric 'f1'; known: auroc, aupr"),
        (([0, 1], [0.0, 1.0], "auroc", 0), "n=0"),
        (([[0], [1]], [[0.0], [1.0]]), r"\(2, 1\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            interval(*arguments)
