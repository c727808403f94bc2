"""Many rows through a function in blocks of one shape, on the device."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def map_batches(function: Callable, rows, batch_size: int):
    """Returns `function` over a pytree of (N, ...) in blocks of `batch_size` on the device; (N, ...).

    The last block is filled up with repeats of row 0, whose results are cut off again, so that every
    block has one shape.
    """
    count = jax.tree.leaves(rows)[0].shape[0]
    batch_size = min(batch_size, count)
    missing = -count % batch_size
    index = jnp.concatenate([jnp.arange(count), jnp.zeros(missing, int)]).reshape(-1, batch_size)
    results = jax.lax.map(lambda chunk: function(jax.tree.map(lambda array: array[chunk], rows)), index)
    return jax.tree.map(lambda array: array.reshape(-1, *array.shape[2:])[:count], results)
