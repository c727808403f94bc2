"""One training in several processes: what they agree on, and what each of them has of arrays that all share.

Every process runs the same steps in the same order. What could differ between them, clocks, signals and
files, is decided by one and told to the others; where there is one process only, nothing is told to anybody.
"""

import functools
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxmotif import messages

T = TypeVar("T")


class Together:
    """The processes whose devices a mesh has.

    Attributes:
      several: whether there are more than one.
      writes: whether this process writes files and tells how training goes.
    """

    def __init__(self, mesh: Mesh | None):
        self.several = mesh is not None and mesh.is_multi_process
        self.writes = not self.several or jax.process_index() == 0

    def largest(self, *values: int) -> tuple[int, ...]:
        """Returns the largest of every value over the processes."""
        if not self.several:
            return values
        return tuple(int(value) for value in self._all(values).max(0))

    def of_first(self, value: int) -> int:
        """Returns the value of process 0."""
        return int(self._all([value])[0, 0]) if self.several else value

    def by_first(self, make: Callable[[], T]) -> T:
        """Returns what process 0 makes, and raises what it raises there, in every process."""
        return messages.by_first(make) if self.several else make()

    def _all(self, values) -> np.ndarray:
        from jax.experimental import multihost_utils

        return np.asarray(multihost_utils.process_allgather(np.asarray(values, np.int32)))


ALONE = Together(None)


def put(tree, sharding: NamedSharding):
    """Returns arrays, which every process has whole, as arrays on the devices of all."""
    if not sharding.mesh.is_multi_process:
        return jax.device_put(tree, sharding)
    return _of_keys(lambda leaf: _put_one(leaf, sharding), tree)


def _put_one(leaf, sharding: NamedSharding) -> jax.Array:
    whole = np.asarray(leaf)
    return jax.make_array_from_callback(whole.shape, sharding, lambda index: whole[index])


def whole(tree):
    """Returns arrays that this process has whole: those that it shares with others, gathered; the same
    otherwise. All processes that share one have to call it."""
    shared = [leaf for leaf in jax.tree.leaves(tree) if _is_shared(leaf)]
    if not shared:
        return tree
    gathered = iter(_replicate(shared[0].sharding.mesh)(shared))
    return jax.tree.map(lambda leaf: _own(next(gathered)) if _is_shared(leaf) else leaf, tree)


def _is_shared(leaf) -> bool:
    return isinstance(leaf, jax.Array) and not leaf.is_fully_addressable


def _own(leaf: jax.Array):
    """What this process has of an array that every device has whole."""
    return _of_keys(lambda array: np.asarray(array.addressable_data(0)), leaf)


def _of_keys(function: Callable, tree):
    """`function` of every array, of keys of their numbers."""

    def one(leaf):
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            return function(leaf)
        return jax.random.wrap_key_data(function(jax.random.key_data(leaf)), impl=jax.random.key_impl(leaf))

    return jax.tree.map(one, tree)


@functools.lru_cache
def _replicate(mesh: Mesh) -> Callable:
    return jax.jit(lambda arrays: arrays, out_shardings=NamedSharding(mesh, PartitionSpec()))


@functools.lru_cache
def take(mesh: Mesh) -> Callable:
    """Returns (tree, places) -> what arrays have at these places, a copy on every device of the mesh."""
    return jax.jit(
        lambda tree, places: jax.tree.map(lambda array: array[np.array(places)], tree),
        static_argnums=1,
        out_shardings=NamedSharding(mesh, PartitionSpec()),
    )
