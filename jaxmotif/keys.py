"""Named random streams: one root key per run, and `fold_in` for everything that is drawn from it.

A key is never split in a loop, so what is drawn at a step depends on the root, the stream's name, the
member and the step only: not on what ran before, on how members were grouped, or on a resume.
"""

import zlib

import jax
import jax.numpy as jnp


def root(seed: int) -> jax.Array:
    """Returns the root key of a run. threefry is named since rbg would draw vmapped members from one key."""
    return jax.random.key(seed, impl="threefry2x32")


def stream(key: jax.Array, name: str) -> jax.Array:
    """Returns the key of a named stream, e.g. `stream(root(0), "dropout")`."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def member(key: jax.Array, index) -> jax.Array:
    """Returns the key of ensemble member `index`, its number in the whole ensemble, not in a chunk."""
    return jax.random.fold_in(key, index)


def at(key: jax.Array, step) -> jax.Array:
    """Returns the key of a step; `step` may be traced."""
    return jax.random.fold_in(key, step)


# Numbers of rows from which `jax.random.permutation` sorts once, twice, three times.
_SORTS = (2, 1626, 2642246)


def permutation(key: jax.Array, rows: int, count) -> jax.Array:
    """Returns 0 to count - 1 in random order, then count to rows - 1; the bits of `jax.random.permutation`.

    They do not depend on `rows`, so that data may be filled up to a size that is compiled already.

    Args:
      key: of this permutation.
      rows: of the result.
      count: () how many are permuted, at most `rows`; may be traced.
    """
    order = jnp.arange(rows)
    counted = order < count
    for least in _SORTS:
        if least > rows:
            break
        key, own = jax.random.split(key)
        # Sorting is stable and nothing is larger: the others stay behind.
        drawn = jnp.where(counted, jax.random.bits(own, (rows,), jnp.uint32), jnp.uint32(2**32 - 1))
        order = jnp.where(count >= least, jax.lax.sort_key_val(drawn, order)[1], order)
    return order
