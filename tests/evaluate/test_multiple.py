import itertools

import numpy as np
import pytest
import scipy.stats

from jaxmotif.evaluate import multiple


@pytest.mark.parametrize("count", [1, 2, 17])
def test_q_values_are_scipys(count):
    p = np.round(np.random.default_rng(count).random(count) ** 3, 2)  # with ties
    expected = scipy.stats.false_discovery_control(p, method="bh")
    assert multiple.benjamini_hochberg(p) == pytest.approx(expected)


def test_none():
    assert multiple.benjamini_hochberg([]).shape == (0,)


def test_empirical_p_counts_null_values_that_are_as_large_and_the_value_itself():
    nulls = [1.0, 2.0, 2.0, np.nan, 5.0, -np.inf]
    values = [0.0, 2.0, 2.5, 5.0, 6.0, -np.inf, np.nan]
    expected = [5 / 6, 4 / 6, 2 / 6, 2 / 6, 1 / 6, 1.0, np.nan]
    np.testing.assert_allclose(multiple.empirical_p(values, nulls), expected)
    assert multiple.empirical_p([3.0, np.nan], []).tolist()[0] == 1.0  # nothing to compare with


@pytest.mark.parametrize("nulls", [1, 3, 4])
def test_empirical_p_holds_for_every_number_of_nulls(nulls):
    """All orders of distinct values, the observed one first, are equally likely under the null hypothesis."""
    p = [multiple.empirical_p(order[:1], order[1:])[0] for order in itertools.permutations(range(nulls + 1))]
    for level in np.linspace(0.05, 1, 20):
        assert np.mean(np.array(p) <= level) <= level + 1e-12
    assert min(p) == pytest.approx(1 / (nulls + 1))


def test_false_discoveries_with_few_shared_nulls():
    """40 values of which 10 are real, 60 null values: the mean share of false ones listed at q <= .2."""
    rng, shares, found = np.random.default_rng(0), [], 0
    for _ in range(2000):
        values, nulls = rng.normal(size=40), rng.normal(size=60)
        values[:10] += 4
        listed = multiple.benjamini_hochberg(multiple.empirical_p(values, nulls)) <= 0.2
        shares.append(listed[10:].sum() / max(listed.sum(), 1))
        found += listed[:10].sum()
    assert np.mean(shares) <= 0.2 and found > 0.9 * 20_000
