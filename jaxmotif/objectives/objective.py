"""What the trainer minimises, as a few pure functions; it never knows which objective it runs."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Objective(NamedTuple):
    """An objective.

    init(key, batch) -> params, model_state
        `batch` serves for shapes; it may be any batch of the data.
    loss(params, model_state, batch, key) -> loss (), (model_state, metrics {name: ()})
        `batch` is a pytree of arrays with a leading axis of rows, gathered from the training data.
    validate(params, model_state, data) -> metrics {name: ()}
        Run once an epoch on the whole validation data, on the device. "loss" decides which epoch is
        kept; the rest is reported.
    """

    init: Callable[[jax.Array, Any], tuple[Any, Any]]
    loss: Callable[[Any, Any, Any, jax.Array], tuple[jax.Array, tuple[Any, dict[str, jax.Array]]]]
    validate: Callable[[Any, Any, Any], dict[str, jax.Array]]


def map_batches(function: Callable, rows: jax.Array, batch_size: int) -> jax.Array:
    """`function` over (N, ...) in chunks of `batch_size` on the device; the same (N, ...) comes out.

    The last chunk is filled up with repeats of row 0, whose results are cut off again, so that every
    chunk has one shape.
    """
    count = rows.shape[0]
    batch_size = min(batch_size, count)
    missing = -count % batch_size
    index = jnp.concatenate([jnp.arange(count), jnp.zeros(missing, int)]).reshape(-1, batch_size)
    results = jax.lax.map(lambda chunk: function(rows[chunk]), index)
    return results.reshape(-1, *results.shape[2:])[:count]
