"""Seqlets against a loop."""

import numpy as np
import pytest

from jaxmotif.interpret import seqlets


def test_letters_in_high_windows():
    rng = np.random.default_rng(0)
    values, positive = rng.normal(size=(40, 30)), np.arange(40) < 15
    found = seqlets.attended(values, positive, width=5, share=0.1)
    sums = np.array([[row[i : i + 5].sum() for i in range(26)] for row in values])
    least = np.quantile(sums[~positive], 0.9)
    expected = np.zeros(values.shape, bool)
    for row, start in np.argwhere(sums > least):
        expected[row, start : start + 5] = True
    assert (found == expected).all()
    assert (sums[~positive] > least).mean() == pytest.approx(0.1, abs=0.01)


def test_what_cannot_be():
    values = np.zeros((4, 6))
    with pytest.raises(ValueError, match="need negatives"):
        seqlets.attended(values, np.ones(4, bool), width=3)
    with pytest.raises(ValueError, match="not 6 letters"):
        seqlets.attended(values, np.arange(4) < 2, width=8)
