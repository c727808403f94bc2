"""Rows in blocks of one shape, and data filled up to a few sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.models import blocks

ROWS = np.arange(46.0, dtype=np.float32).reshape(23, 2)


@pytest.mark.parametrize("size", [None, 5, 23, 100])
def test_blocks_on_the_host_equal_one_call(size):
    seen = set()

    def square(rows):
        seen.add(rows["x"].shape)
        return rows["x"] ** 2

    np.testing.assert_array_equal(blocks.over_blocks(square, {"x": ROWS}, size), ROWS**2)
    # Few shapes: the size asked for, or one of those for few rows.
    assert seen == {((size or 64) if size != 100 else 64, 2)}


def test_blocks_behind_the_rows_that_count_are_left_out():
    run = jax.jit(lambda count: blocks.map_batches(lambda x: x * x + 1, jnp.asarray(ROWS), 4, count))
    for count in (1, 4, 9, 23):
        found = np.asarray(run(count))
        np.testing.assert_array_equal(found[:count], ROWS[:count] ** 2 + 1)
        np.testing.assert_array_equal(found[-(-count // 4) * 4 :], 0)


def test_data_are_filled_up_with_repeats_to_one_of_a_few_sizes():
    filled = blocks.filled({"x": ROWS}, 50)["x"]
    np.testing.assert_array_equal(filled, np.concatenate([ROWS, ROWS, ROWS[:4]]))
    sizes = {1: 256, 256: 256, 257: 2048, 2048: 2048, 2049: 8192, 40_000: 131_072}
    assert [blocks.filled_size(n) for n in sizes] == list(sizes.values())
    assert blocks.filled_size(10, least=8192) == 8192
    assert blocks.filled_size(300_000) == 3 * 131_072
    # At most four times as many, eight times for the smallest, and never fewer.
    assert all(n <= blocks.filled_size(n) < 8 * n for n in range(257, 2049))
    assert all(n <= blocks.filled_size(n) < 4 * n for n in range(2049, 400_000, 997))


def test_a_mean_is_of_the_rows_that_count():
    assert float(blocks.mean_of(jnp.asarray(ROWS))) == ROWS.mean()
    assert float(blocks.mean_of(jnp.asarray(ROWS), 7)) == pytest.approx(ROWS[:7].mean())
    assert float(blocks.mean_of(jnp.asarray(ROWS[:, 0]), 7)) == pytest.approx(ROWS[:7, 0].mean())
