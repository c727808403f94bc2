"""Named random streams."""

import jax
import numpy as np
import pytest

from jaxmotif import keys


@pytest.mark.parametrize("count", [1, 2, 1625, 1626, 2048])
def test_a_permutation_of_the_first_rows_has_the_bits_of_jax(count):
    key = keys.root(count)
    found = np.asarray(jax.jit(keys.permutation, static_argnums=1)(key, 2048, count))
    np.testing.assert_array_equal(found[:count], jax.random.permutation(key, count))
    np.testing.assert_array_equal(found[count:], np.arange(count, 2048))
