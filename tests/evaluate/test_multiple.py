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
