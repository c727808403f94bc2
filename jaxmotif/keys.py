"""Named random streams: one root key per run, and `fold_in` for everything that is drawn from it.

A key is never split in a loop, so what is drawn at a step depends on the root, the stream's name, the
member and the step only: not on what ran before, on how members were grouped, or on a resume.
"""

import zlib

import jax


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
