"""Rows in blocks of one shape, and data filled up to a few sizes."""

import collections

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import memory
from jaxmotif.models import blocks, host_blocks

ROWS = np.arange(46.0, dtype=np.float32).reshape(23, 2)


@pytest.fixture
def ran(monkeypatch):
    """How many rows the blocks had that were run, one number for each."""
    seen = []
    run = host_blocks._run

    def recorded(mesh, function, rows, *counted):
        seen.append(len(jax.tree.leaves(rows)[0]))
        return run(mesh, function, rows, *counted)

    recorded.lower = run.lower
    monkeypatch.setattr(host_blocks, "_run", recorded)
    return seen


@pytest.mark.parametrize("size,blocks_of", [(None, 3 * [8]), (5, 5 * [5]), (23, [23]), (100, [100])])
def test_blocks_on_the_host_equal_one_call(size, blocks_of, ran):
    square = lambda rows: rows["x"] ** 2
    np.testing.assert_array_equal(host_blocks.over_blocks(square, {"x": ROWS}, size), ROWS**2)
    # One shape: the size asked for, or one of those for few rows.
    assert ran == blocks_of


@pytest.mark.parametrize(
    "count,most,rows", [(1, None, 1), (3, None, 1), (4, None, 8), (31, None, 8), (32, None, 64)]
)
def test_at_most_half_of_the_rows_of_a_block_are_filled_in(count, most, rows):
    assert blocks.block_rows(count, most) == rows


def outer(weights, rows):
    """(B, 1000) in a loop within a program within the program."""
    inner = jax.jit(lambda row: jax.lax.map(lambda x: (x * weights).sum() + row.sum(), jnp.arange(3.0)))
    return jax.vmap(lambda row: inner(row).sum() + jnp.outer(row, jnp.ones(500)).sum())(rows)


@pytest.mark.parametrize(
    "cached,rows", [(1 << 20, 23), (92_000, 23), (91_000, 8), (32_000, 8), (31_000, 1), (9, 1)]
)
def test_blocks_fit_the_caches_of_a_cpu(cached, rows, ran, monkeypatch):
    """The largest array of a row takes 2 x 500 x 4 bytes; 900 weights do not count."""
    monkeypatch.setattr(blocks, "CACHED", cached)
    host_blocks._cached_rows.cache_clear()
    host_blocks.over_blocks(jax.tree_util.Partial(outer, jnp.ones(900)), ROWS, 23)
    assert set(ran) == {rows}
    host_blocks._cached_rows.cache_clear()


def test_what_cannot_be_traced_for_other_rows_keeps_its_own(ran):
    """A function of others may want a number of rows, or compute something else of few."""
    held = jnp.arange(23.0)[:, None]
    found = host_blocks.over_blocks(lambda rows: jnp.squeeze(rows[:, None])[:23] * held, ROWS, 23)
    np.testing.assert_array_equal(found, ROWS * held)
    doubled = jax.tree_util.Partial(
        lambda factor, rows: factor * rows, 2.0
    )  # a number of Python is no float32
    half = ROWS.astype(jnp.bfloat16)
    assert host_blocks.over_blocks(doubled, half, 23).dtype == jnp.bfloat16
    np.testing.assert_array_equal(host_blocks.over_blocks(doubled, half, 23), 2 * half)
    assert set(ran) == {23}


def test_weights_that_are_more_than_rows_are_read_for_eight(ran, monkeypatch):
    monkeypatch.setattr(blocks, "CACHED", 1)
    weights = jnp.ones((2, 30))
    host_blocks._cached_rows.cache_clear()
    host_blocks.over_blocks(jax.tree_util.Partial(lambda w, rows: (rows @ w).sum(1), weights), ROWS, 23)
    assert set(ran) == {8}
    host_blocks._cached_rows.cache_clear()


def test_what_is_made_of_a_block_counts_its_rows_only():
    def shifted(shift, rows, counted):
        return jnp.where(counted[:, None], rows["x"] + shift, 0).sum(axis=0)

    found = list(host_blocks.of_blocks(jax.tree_util.Partial(shifted, 1.0), {"x": ROWS}, 5))
    assert found[-1][0].tolist() == [20, 21, 22, 0, 0]
    by_hand = [(ROWS[first : first + 5] + 1).sum(axis=0) for first in range(0, 23, 5)]
    np.testing.assert_array_equal([part for _, part in found], by_hand)


def test_settings_are_one_object_and_a_block_has_a_row():
    assert host_blocks.fixed(max, 3) is host_blocks.fixed(max, 3)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        host_blocks.over_blocks(jnp.abs, ROWS, 0)


@pytest.mark.parametrize("kilobytes,size", [(None, 16), (1 << 20, 16), (200, 8), (100, 4), (1, 1)])
def test_blocks_are_halved_until_they_fit_a_device(kilobytes, size, ran, monkeypatch):
    """A row takes 16 kB and more for each wide array; what there is the device tells, or not."""
    monkeypatch.setattr(memory, "of_device", lambda device: kilobytes and 1024 * kilobytes)
    largest = lambda rows: jnp.sort(jnp.outer(rows[:, 0], jnp.arange(4096.0)), axis=1)[:, -1]
    np.testing.assert_array_equal(host_blocks.over_blocks(largest, ROWS[:16], 16), ROWS[:16, 0] * 4095)
    assert set(ran) == {size}


def test_the_user_says_how_many_rows_at_a_time(ran, monkeypatch):
    monkeypatch.setattr(memory, "block_rows", 2)
    host_blocks.over_blocks(lambda rows: rows, ROWS, 5)
    assert set(ran) == {2}


def test_a_device_tells_what_may_still_be_taken():
    device = collections.namedtuple("Device", "memory_stats")
    assert memory.of_device(device(lambda: {"bytes_limit": 1000, "bytes_in_use": 300})) == 600
    assert memory.of_device(device(lambda: None)) is None
    assert memory.of_device(jax.devices("cpu")[0]) is None


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
