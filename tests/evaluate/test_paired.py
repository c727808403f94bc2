import itertools
import math

import numpy as np
import pytest
import scipy.stats

from jaxmotif.evaluate import paired

A = np.array([0.91, 0.85, 0.99, 0.80, 0.95, 0.77, 0.88])
B = np.array([0.90, 0.80, 0.96, 0.82, 0.89, 0.73, 0.81])


def test_wilcoxon_equals_enumeration_of_all_signs():
    ranks = np.abs(A - B).argsort().argsort() + 1
    observed = ranks[A > B].sum()
    sums = [np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=7)]
    expected = np.mean(np.abs(np.array(sums) - 14) >= abs(observed - 14))
    assert paired.paired_test(A, B).wilcoxon_p == pytest.approx(expected)


def test_t_test_equals_the_closed_form_for_two_degrees_of_freedom():
    a, b = np.array([3.0, 5.0, 4.0]), np.array([1.0, 1.0, 1.0])
    t = 3 / (1 / math.sqrt(3))
    # Student's distribution with 2 degrees of freedom: F(t) = 1/2 + t / (2 sqrt(2 + t^2)).
    assert paired.paired_test(a, b).t_p == pytest.approx(1 - t / math.sqrt(2 + t * t))


def test_counts_and_differences():
    result = paired.paired_test([1.0, 2.0, 3.0, 7.0], [0.0, 2.0, 4.0, 3.0])
    assert (result.n, result.wins, result.ties, result.losses) == (4, 2, 1, 1)
    assert (result.mean_difference, result.median_difference) == (1.0, 0.5)
    swapped = paired.paired_test([0.0, 2.0, 4.0, 3.0], [1.0, 2.0, 3.0, 7.0])
    assert (swapped.wins, swapped.mean_difference) == (1, -1.0)
    assert swapped.t_p == pytest.approx(result.t_p)


def test_equal_differences():
    same = paired.paired_test(A, A)
    assert (same.t_p, same.wilcoxon_p, same.ties) == (1.0, 1.0, 7)
    assert paired.paired_test(np.arange(4.0) + 1, np.arange(4.0)).t_p == 0.0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"\(1,\) and \(1,\)"):
        paired.paired_test([1.0], [2.0])
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        paired.paired_test([1.0, 2.0], [2.0, 2.0, 2.0])
    with pytest.raises(ValueError, match="1 pairs are not finite"):
        paired.paired_test([1.0, np.nan], [2.0, 2.0])


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_side_equals_scipy_on_the_differences(alternative):
    found = paired.paired_test(A, B, alternative)
    # A test of one sample of differences, another function than the one of pairs.
    assert found.t_p == pytest.approx(scipy.stats.ttest_1samp(A - B, 0, alternative=alternative).pvalue)
    ranks = np.abs(A - B).argsort().argsort() + 1
    sums = np.array([np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=7)])
    observed = ranks[A > B].sum()
    expected = np.mean(sums >= observed if alternative == "greater" else sums <= observed)
    assert found.wilcoxon_p == pytest.approx(expected)
    assert found[:6] == paired.paired_test(A, B)[:6]


def test_both_sides_add_up_and_the_smaller_one_is_half_of_two_sided():
    greater, less = (paired.paired_test(A, B, side).t_p for side in ("greater", "less"))
    assert greater + less == pytest.approx(1)
    assert 2 * min(greater, less) == pytest.approx(paired.paired_test(A, B).t_p)
    assert greater < less


def test_one_side_of_equal_differences():
    above, zero = np.arange(4.0) + 1, np.arange(4.0)
    found = [paired.paired_test(a, b, "greater").t_p for a, b in ((above, zero), (zero, zero), (zero, above))]
    assert found == [0.0, 0.5, 1.0]
    assert [paired.paired_test(a, zero, "less").t_p for a in (above, zero)] == [1.0, 0.5]
    with pytest.raises(ValueError, match="alternative"):
        paired.paired_test(A, B, "larger")
