"""Held-out enrichment against scipy, brute force and planted truth."""

import numpy as np
import pytest
import scipy.stats

from jaxmotif.motifs import enrichment


@pytest.mark.parametrize(
    "table", [(7, 2, 20, 30), (0, 0, 5, 9), (5, 9, 5, 9), (1, 8, 6, 40), (300, 12, 500, 500)]
)
def test_fisher_is_scipys(table):
    a, b, n, m = table
    expected = scipy.stats.fisher_exact([[a, b], [n - a, m - b]], alternative="greater").pvalue
    assert enrichment.fisher(*table) == pytest.approx(expected, rel=1e-9)


def test_threshold_is_the_best_of_all():
    rng = np.random.default_rng(3)
    positive = rng.random(60) < 0.5
    scores = np.round(rng.normal(1, 2, 60) + 1.5 * positive, 1)

    def gain(threshold):
        above = scores >= threshold
        table = [[(above & who).sum(), (~above & who).sum()] for who in (positive, ~positive)]
        if table[0][0] / positive.sum() <= table[1][0] / (~positive).sum() or not above.any() or above.all():
            return -np.inf
        return scipy.stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic

    tried = sorted({score for score in scores if score > 0})
    assert enrichment.best_threshold(scores, positive) == max(tried, key=gain)


def test_threshold_of_what_is_never_more_frequent():
    positive = np.array([True, True, False, False])
    assert enrichment.best_threshold(np.array([1.0, 2.0, 3.0, 4.0]), positive) == np.inf
    assert enrichment.best_threshold(np.array([-1.0, -2.0, -3.0, -4.0]), positive) == np.inf


def test_test_counts_and_asks_fisher():
    positive = np.array([True] * 4 + [False] * 4)
    found = enrichment.tested(np.array([5.0, 5, 5, 0, 5, 0, 0, 0]), positive, 5.0)
    assert found[:4] == (3, 1, 4, 4)
    assert found.p == pytest.approx(17 / 70)  # (C(4,3) C(4,1) + C(4,4) C(4,0)) / C(8,4)


def test_p_of_nothing_is_uniform_or_larger():
    rng = np.random.default_rng(0)
    positive = np.arange(200) % 2 == 0
    p = [enrichment.tested(rng.normal(size=200), positive, 0.0).p for _ in range(2000)]
    for level in (0.01, 0.05, 0.2):  # exact tests are conservative; 4 standard errors
        assert np.mean(np.array(p) <= level) <= level + 4 * np.sqrt(level * (1 - level) / 2000)
