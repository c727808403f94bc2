"""`jm.fit` with the programs that users run: two ways to leave out a label are one."""

import numpy as np

import jaxmotif as jm
from tests.training import test_from_data as small


def test_a_weight_of_zero_is_an_unknown_label():
    weights, unknown = np.ones(80), small.LABELS.copy()
    weights[:10], unknown[:10] = 0, np.nan
    data = jm.Dataset(small.CODES, small.LABELS)
    codes = np.random.default_rng(1).integers(0, 4, (80, 40)).astype(np.uint8)
    valid = jm.Dataset(codes, small.LABELS)
    one = jm.fit(data, small.NETWORK, seeds=1, valid=valid, weights=weights, **small.SHORT)
    other = jm.fit((small.CODES, unknown), small.NETWORK, seeds=1, valid=valid, **small.SHORT)
    np.testing.assert_allclose(jm.predict(one, small.CODES), jm.predict(other, small.CODES), atol=1e-6)
