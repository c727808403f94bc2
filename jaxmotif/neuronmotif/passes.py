"""Sequences through a network a few at a time, so that maps take the same memory whatever their number."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

# Floats of the largest array of a pass: on a CPU what stays in the caches of a core, for else half of the
# time goes into moving maps; elsewhere what keeps the device busy.
CPU_FLOATS, DEVICE_FLOATS = 1 << 20, 1 << 24
# Sequences of a pass at least, so that a product of matrices is one.
LEAST = 8


def rows_of_pass(floats: int) -> int:
    """Returns sequences of one pass, of which each takes so many floats in the largest array."""
    return max(LEAST, _most() // max(floats, 1))


def bytes_of_pass() -> int:
    """Returns what the arrays of a pass and of its derivatives take, in bytes; about six of the largest."""
    return 6 * 4 * _most()


def _most() -> int:
    return CPU_FLOATS if jax.default_backend() == "cpu" else DEVICE_FLOATS


def over(function: Callable, x: jax.Array, rows: int) -> Any:
    """Returns `function` of x (n, ...), at most `rows` of it at a time; works inside jit, vmap and grad.

    Passes are of one size. For derivatives each is computed again and nothing of it is kept, so that they
    take no more memory than one pass; a caller that wants only derivatives pays for no second forward pass.

    Args:
      function: of (rows, ...); returns arrays of as many rows, each row's for itself.
    """
    n = x.shape[0]
    if n <= rows:
        return function(x)
    # Without a rest, if some number does not fall far below: what is cut off again costs a copy of all.
    rows = next((fewer for fewer in range(rows, rows // 2, -1) if n % fewer == 0), rows)
    passes = -(-n // rows)
    rows = -(-n // passes)
    filled = jnp.pad(x, ((0, passes * rows - n), *((0, 0),) * (x.ndim - 1)))
    parts = filled.reshape(passes, rows, *x.shape[1:])
    found = jax.lax.map(jax.checkpoint(function, prevent_cse=False), parts)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:n], found)
