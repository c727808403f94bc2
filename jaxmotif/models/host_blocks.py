"""Rows on the host through a function, block by block, on all devices: networks read many sequences here.

Every device runs the program of one block on rows of its own. No program is divided between devices, so that
a row has the bits that it has on one device, and none waits for another.
"""

import collections
import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from jaxmotif import memory
from jaxmotif.models import convolution
from jaxmotif.models.blocks import block_rows, cached_rows

# Weights lie on every device, rows on one each.
_PLACES = PartitionSpec(), PartitionSpec("rows")
# Blocks of each device that may be under way: enough that it never waits, and results do not pile up there.
_UNDER_WAY = 16


def devices() -> list[jax.Device]:
    """Returns those that rows are spread over: of this process, or the thread's own default where it has one.

    Whoever works on one device, such as a neuron that is decoded there, reads its rows there.
    """
    own = jax.config.jax_default_device  # pyrefly: ignore[missing-attribute]
    if isinstance(own, jax.Device):
        return [own]
    return jax.local_devices(backend=own)


@functools.cache
def fixed(function: Callable, *settings) -> Callable:
    """Returns `function` with its first arguments, which are settings and no arrays: one object for each.

    So a second call finds what the first one has compiled.
    """
    return functools.partial(function, *settings)


def batches(count: int, batch_size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields (index (B,), valid (B,) bool); the last batch repeats row 0, marked invalid.

    Raises:
      ValueError: if `batch_size` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    for start in range(0, count, batch_size):
        index = np.arange(start, start + batch_size)
        yield np.where(index < count, index, 0), index < count


def over_blocks(function: Callable, rows, batch_size: int | None = None) -> Any:
    """Returns `function` over a pytree of (N, ...) on the host, block by block; a pytree of (N, ...).

    However many rows there are, the function sees blocks of one shape. On several devices each takes a block
    at a time.

    Args:
      function: rows (B, ...) -> pytree of (B, ...), each row by itself; it is jitted here. Given as
        `jax.tree_util.Partial(function, weights)`, other weights do not compile; settings: see `fixed`.
      rows: arrays on the host.
      batch_size: B at most; None chooses by N and by the device, see `blocks.block_rows`. Fewer where a
        device's memory or a CPU's caches do not hold so many; what the user has asked for
        (`memory.block_rows`) comes first.

    Raises:
      ValueError: if `batch_size` is below 1.
    """
    parts = [
        jax.tree.map(lambda leaf, w=valid: leaf.reshape(-1, *leaf.shape[2:])[w.ravel()], found)
        for _, valid, found in _fetched(function, rows, batch_size, counting=False)
    ]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def of_blocks(function: Callable, rows, batch_size: int | None = None) -> Iterator[tuple[np.ndarray, Any]]:
    """Yields (which rows (B,), what `function` says of them) of one block after another.

    For what is made of a block's rows together, such as a sum: a block has the same rows however many devices
    there are.

    Args:
      function: (rows (B, ...), counted (B,) bool) -> pytree; the rest of the last block repeats row 0 and
        does not count. It is jitted here, see `over_blocks`.
      rows: see `over_blocks`.
      batch_size: B, whatever the caches hold; None chooses by N and by the device. As in `over_blocks` what
        the user has asked for comes first, and a device's memory may hold fewer.

    Raises:
      ValueError: if `batch_size` is below 1.
    """
    for index, valid, found in _fetched(function, rows, batch_size, counting=True):
        for block in np.flatnonzero(valid.any(axis=1)):
            yield index[block], jax.tree.map(lambda leaf, b=block: leaf[b], found)


def _fetched(function, rows, batch_size, counting: bool):
    """Yields (index (D, B), valid (D, B), found (D, ...)) of every D blocks that ran side by side."""
    under_way: collections.deque = collections.deque()
    for index, valid, found in _started(function, rows, batch_size, counting):
        under_way.append((index, valid, found))
        if len(under_way) > _UNDER_WAY:
            index, valid, found = under_way.popleft()
            yield index, valid, jax.tree.map(np.asarray, found)
    for index, valid, found in under_way:
        yield index, valid, jax.tree.map(np.asarray, found)


def _started(function, rows, batch_size, counting: bool):
    count = jax.tree.leaves(rows)[0].shape[0]
    if memory.block_rows or batch_size is None:
        size = block_rows(count, memory.block_rows or None)
    else:
        size = batch_size
    if size < 1:
        raise ValueError(f"batch_size must be at least 1, got {size}")
    if not isinstance(function, jax.tree_util.Partial):
        function = jax.tree_util.Partial(function)
    if not (memory.block_rows or counting) and size > 1:
        shapes = jax.tree.map(_shape, (function, jax.tree.map(lambda array: array[:1], rows)))
        leaves, tree = jax.tree.flatten(shapes)
        size = _cached_rows(tree, tuple(leaves), size, convolution.chosen())
    # What fits one block, or keeps three of four devices idle, is not worth the others.
    chosen = devices()
    if count <= size * max(1, len(chosen) / 4):
        chosen = chosen[:1]
    mesh = None if len(chosen) == 1 else _mesh(tuple(chosen))
    size = _fitting(mesh, function, rows, size, counting)
    if mesh is not None:
        function = jax.device_put(function, NamedSharding(mesh, _PLACES[0]))
    for index, valid in batches(count, size * len(chosen)):
        block = jax.tree.map(lambda array, i=index: array[i], rows)
        given = (block, valid) if counting else (block,)
        if mesh is not None:
            given = jax.device_put(given, NamedSharding(mesh, _PLACES[1]))
        shape = len(chosen), size
        yield index.reshape(shape), valid.reshape(shape), _run(mesh, function, *given)


@functools.cache
def _mesh(chosen: tuple[jax.Device, ...]) -> Mesh:
    return Mesh(np.array(chosen), ("rows",), axis_types=(AxisType.Auto,))


@functools.partial(jax.jit, static_argnums=0)
def _run(mesh, function, *given):
    """What a function says of a block, or of one on each device, with an axis of blocks in front."""
    one = lambda function, *given: jax.tree.map(lambda leaf: leaf[None], function(*given))
    if mesh is None:
        return one(function, *given)
    shared, own = _PLACES
    specs = (shared, *(own for _ in given))
    return jax.shard_map(one, mesh=mesh, in_specs=specs, out_specs=own, check_vma=False)(function, *given)


def _fitting(mesh, function, rows, size: int, counting: bool) -> int:
    """`size` rows, or half of them as often as a device's memory wants, where it tells how much it has."""
    left = memory.of_device(devices()[0])
    while left is not None and size > 1:
        given = jax.tree.map(lambda array: array[:1], rows), *((np.zeros(1, bool),) if counting else ())
        leaves, tree = jax.tree.flatten(jax.tree.map(_shape, (function, *given)))
        if _bytes(mesh, tree, tuple(leaves), len(jax.tree.leaves(function)), size) <= left:
            break
        size //= 2
    return size


def _shape(array) -> jax.ShapeDtypeStruct:
    kind = jax.typeof(array)
    return jax.ShapeDtypeStruct(kind.shape, kind.dtype, weak_type=getattr(kind, "weak_type", False))


@functools.lru_cache(maxsize=64)
def _cached_rows(tree, leaves: tuple, most: int, way: str) -> int:
    """`blocks.cached_rows` of a function and a row, as shapes; `way`: of convolutions."""
    del way  # programs hang on it
    function, row = jax.tree.unflatten(tree, leaves)
    return cached_rows(function, row, most)


memory.known_of_programs.append(_cached_rows.cache_clear)


@functools.lru_cache(maxsize=256)
def _bytes(mesh, tree, leaves: tuple, shared: int, size: int) -> int:
    """Bytes that the compiled program of a block of so many rows wants on one device.

    Of its arguments, as shapes, the first `shared` are the function's and the others one row's.
    """
    total = size * (1 if mesh is None else mesh.size)
    everywhere, split = (None, None) if mesh is None else (NamedSharding(mesh, p) for p in _PLACES)
    placed = [
        jax.ShapeDtypeStruct(one.shape, one.dtype, sharding=everywhere)
        if number < shared
        else jax.ShapeDtypeStruct((total, *one.shape[1:]), one.dtype, sharding=split)
        for number, one in enumerate(leaves)
    ]
    plan = _run.lower(mesh, *jax.tree.unflatten(tree, placed)).compile().memory_analysis()
    if plan is None:  # a backend that does not tell
        return 0
    return plan.argument_size_in_bytes + plan.temp_size_in_bytes + _UNDER_WAY * plan.output_size_in_bytes
