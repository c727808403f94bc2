"""Sizes of blocks of rows, so that few programs are compiled, and blocks within a program.

Rows on the host: see `host_blocks`.
"""

from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

# Rows that data are filled up to: at most eight times as many, beyond the last one by multiples of it.
SIZES = (256, 2048, 8192, 32768, 131072)

# Rows of a block where there are few: not one for each number, since each is compiled.
FEW = (1, 8, 64)

# Bytes of a block's largest array that the caches of a CPU's cores hold, with those next to it, about.
CACHED = 8 << 20


def block_rows(count: int, most: int | None = None) -> int:
    """Returns how many of `count` rows to compute at a time: `most`, or one of `FEW` where there are few.

    None takes few on a CPU, whose maps stay in the cache of its core, and more elsewhere. At most half of the
    rows that are computed are filled in.
    """
    if most is None:
        most = 64 if jax.default_backend() == "cpu" else 512
    if 2 * count >= most:
        return most
    return next((few for few in reversed(FEW) if few < most and few <= 2 * count), min(most, FEW[0]))


def cached_rows(function: Callable, row, most: int) -> int:
    """Returns `most` rows, or one of `FEW` on a CPU whose caches hold no more of what `function` computes.

    Maps that leave the caches cost more time than small blocks do: 64 sequences of 1,000 nt at a time took
    twice as long as 8.

    Where weights are more than a row's arrays it is eight at least: they are read once for each block.

    Args:
      function: rows (B, ...) -> any pytree, a `jax.tree_util.Partial` whose arrays may be shapes and types;
        it is traced, not run.
      row: pytree of shapes and types (1, ...).
      most: rows; what cannot be traced for other numbers of them keeps it.
    """
    if most == 1 or jax.default_backend() != "cpu":
        return most
    each = row_bytes(function, row)
    if each is None:
        return most
    sizes = (most, *(few for few in reversed(FEW) if few < most))
    weights = sum(one.size * one.dtype.itemsize for one in jax.tree.leaves(function))
    least = min(most, FEW[1]) if weights > each else 1
    return next((size for size in sizes if size * each <= CACHED and size >= least), least)


def row_bytes(function: Callable, row) -> int | None:
    """Returns how many bytes the largest array of what `function` computes has for each row.

    That is, how many more for three rows than for two: weights do not count. None where it cannot be traced
    for these, or computes something else then. Arguments as of `cached_rows`.
    """
    call = lambda function, rows: function(rows)
    found = []
    for count in (2, 3):
        rows = jax.tree.map(
            lambda one, n=count: jax.ShapeDtypeStruct(
                (n, *one.shape[1:]), one.dtype, weak_type=one.weak_type
            ),
            row,
        )
        try:
            found.append(list(_array_bytes(jax.make_jaxpr(call)(function, rows).jaxpr)))
        except Exception:  # whatever a function of others raises that wants other rows
            return None
    two, three = found
    if len(two) != len(three):
        return None
    return max((b - a for a, b in zip(two, three, strict=True)), default=0)


def _array_bytes(jaxpr: core.Jaxpr) -> Iterator[int]:
    """Bytes of every array that a program computes, those of programs within it too."""
    is_program = lambda given: isinstance(given, (core.ClosedJaxpr, core.Jaxpr))
    for step in jaxpr.eqns:
        for given in jax.tree.leaves([*step.params.values()], is_leaf=is_program):
            if isinstance(given, core.ClosedJaxpr):
                yield from _array_bytes(given.jaxpr)
            elif isinstance(given, core.Jaxpr):
                yield from _array_bytes(given)
        for result in step.outvars:
            dtype = getattr(result.aval, "dtype", None)
            yield getattr(result.aval, "size", 0) * getattr(dtype, "itemsize", 0)


def filled_size(count: int, least: int = 0) -> int:
    """Returns how many rows `count` rows are filled up to, one of a few numbers; at least `least`."""
    wanted = max(count, least)
    return next((size for size in SIZES if size >= wanted), -(-wanted // SIZES[-1]) * SIZES[-1])


def filled(rows, size: int):
    """Returns a pytree of arrays (N, ...) filled up to `size` rows, with repeats from the first row on."""

    def fill(array):
        array = np.asarray(array)
        return np.take(array, np.arange(size), axis=0, mode="wrap")

    return jax.tree.map(fill, rows)


def mean_of(values, count=None) -> jax.Array:
    """Returns the mean over an array (N, ...), of its first `count` rows only where that is told."""
    if count is None:
        return values.mean()
    counted = jnp.where(is_counted(values, count), values, 0)
    return counted.sum() / (count * (values.size // values.shape[0]))


def is_counted(values, count) -> jax.Array:
    """Returns whether a row of an array (N, ...) is one of the first `count`, (N, 1, ...)."""
    return jnp.arange(values.shape[0]).reshape(-1, *(1,) * (values.ndim - 1)) < count


def map_batches(function: Callable, rows, batch_size: int | None = None, count=None):
    """Returns `function` over a pytree of (N, ...) in blocks of `batch_size` on the device; (N, ...).

    The last block is filled up with repeats of row 0, whose results are cut off again, so that every
    block has one shape.

    Args:
      function: rows (B, ...) -> pytree of (B, ...).
      rows: arrays.
      batch_size: B; None chooses by the device, see `block_rows`.
      count: () how many rows count, may be traced. Blocks behind them are left out; their results are 0.
    """
    total = jax.tree.leaves(rows)[0].shape[0]
    size = min(block_rows(total, batch_size), total)
    missing = -total % size
    index = jnp.concatenate([jnp.arange(total), jnp.zeros(missing, int)]).reshape(-1, size)
    block = lambda chunk: function(jax.tree.map(lambda array: array[chunk], rows))
    if count is None:
        results = jax.lax.map(block, index)
    else:
        shapes = jax.eval_shape(block, index[0])
        empty = jax.tree.map(lambda s: jnp.zeros((len(index), *s.shape), s.dtype), shapes)
        place = lambda i, found, new: jax.tree.map(lambda f, n: f.at[i].set(n), found, new)
        needed = (count + size - 1) // size
        results = jax.lax.fori_loop(0, needed, lambda i, found: place(i, found, block(index[i])), empty)
    return jax.tree.map(lambda array: array.reshape(-1, *array.shape[2:])[:total], results)
