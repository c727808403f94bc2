"""Training data that stay on the host: a thread reads an epoch's rows ahead of the steps that need them.

Rows are read one by one, from wherever they lie in an array or a memory map, in the order that the epoch has
anyway: every member sees what it would see if all data lay on its device, and no bit differs.
"""

import collections
import contextlib
import functools
import itertools
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import memory, memory_maps
from jaxmotif.config import one_of
from jaxmotif.objectives.objective import Objective, prepares_nothing
from jaxmotif.training import ensemble
from jaxmotif.training.segments import Pace, Part, segments
from jaxmotif.training.step import Plan

CHOICES = ("auto", "yes", "no")
# Bytes of rows, of all members, that are handed to the devices at a time; so many windows are read ahead.
WINDOW, AHEAD = 1 << 26, 2
# Rows are waited for side by side, since a disk answers many questions as fast as one; rows of each question.
READERS, ROWS = 16, 512
# Share of a device's free memory that data may take; the rest is for networks and their maps.
SHARE = 0.8


def chosen(choice: str, objective: Objective, data, mesh, own_data: bool) -> bool:
    """Returns whether training data stay on the host.

    Args:
      choice: of CHOICES; "auto" if the devices do not hold `data`.
      objective: one that prepares all data at the start of an epoch has them on the device.
      data: pytree of training and validation data.
      mesh: that networks train on, or None for one device.
      own_data: whether every member has data of its own.

    Raises:
      ValueError: for another choice, and "yes" where it cannot be.
    """
    one_of("stream", choice, CHOICES)
    reason = ""
    if own_data:
        reason = "members that have data of their own"
    elif not prepares_nothing(objective):
        reason = "an objective that prepares all data at the start of an epoch"
    elif jax.process_count() > 1:
        reason = "several processes that train together"
    if choice == "yes" and reason:
        raise ValueError(f"training data cannot be streamed to {reason}; take stream=no")
    if choice != "auto" or reason:
        return choice == "yes"
    devices = list(mesh.local_devices) if mesh is not None else [jax.local_devices()[0]]
    return not _fit(sum(array.nbytes for array in jax.tree.leaves(data)), devices)


def _fit(size: int, devices: list) -> bool:
    """Whether every device holds so many bytes."""
    if devices[0].platform == "cpu":
        left = memory.free()
        # Filled up to a size they are copied, and each of several devices has a copy.
        needed = size * (1 + len(devices))
    else:
        known = [memory.of_device(device) for device in devices]
        left, needed = min((one for one in known if one is not None), default=None), size
    return left is None or needed <= SHARE * left


class Window(NamedTuple):
    """What members read in some steps: as much as if that were all the data of their device.

    To the compiled loop it is: a program that differs from the one of resident data in the sizes of arrays
    only adds up in the same order.

    Attributes:
      order: (members, rows) int32, of which those of the window's steps count, where a member finds its rows.
      rows: pytree of arrays (rows, ...) on each device, those of its members one after another.
      most: steps that the metrics of so many rows have room for.
    """

    order: jax.Array
    rows: Any
    most: int

    def seen(self, like):
        """Returns metrics of none of its steps yet, {name: (members, most)}."""
        return jax.tree.map(lambda a: _blank(len(a), self.most, a.dtype, a.sharding), like)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _blank(members: int, steps: int, kind, sharding) -> jax.Array:
    return jax.lax.with_sharding_constraint(jnp.zeros((members, steps), kind), sharding)


@jax.jit
def _joined(seen, of_window, first, last):
    """Metrics of an epoch with those of steps `first` to `last - 1` out of a window that begins there."""

    def join(whole, own):
        step = jnp.arange(whole.shape[1])
        new = own[:, jnp.clip(step - first, 0, own.shape[1] - 1)]
        return jnp.where((step >= first) & (step < last), new, whole)

    return jax.tree.map(join, seen, of_window)


class Source:
    """Training data, all of whose rows may be on disk.

    Attributes:
      shapes: of the data on a device, had they been there: what their tree is flattened to and from.
    """

    def __init__(self, data, rows: int, batch_size: int, mesh: jax.sharding.Mesh | None):
        """Takes a pytree of arrays (N, ...); they would be filled up to `rows` rows on the device."""
        arrays, tree = jax.tree.flatten(data)
        self._arrays, self._tree = [memory_maps.array_of(array) for array in arrays], tree
        for array in self._arrays:
            memory_maps.read_at_random(array)
        shapes = tuple(jax.ShapeDtypeStruct((rows, *a.shape[1:]), a.dtype) for a in self._arrays)
        self.shapes = (tree, shapes)
        self._batch_size, self._mesh = batch_size, mesh
        self._row_bytes = sum(array.nbytes // len(array) for array in self._arrays)

    def segments(
        self, segment: Callable, part: Part, plan: Plan, train, steps: int, pace: Pace
    ) -> Iterator[Part]:
        """Yields what `segments.segments` would, of an epoch with `shapes`; `train` is not used."""
        del train
        stopped = np.asarray(part.state.stopped)
        with contextlib.closing(self._windows(np.asarray(plan.order), stopped, part.done, steps)) as windows:
            for first, last, window in windows:
                own = Part(part.state, window.seen(part.seen), 0)
                at = plan._replace(order=window.order)
                for one in segments(segment, own, at, window.rows, last - first, pace):
                    done = first + one.done
                    part = Part(one.state, _joined(part.seen, one.seen, first, done), done)
                    yield part

    def _windows(self, order_mr, stopped_m, first: int, steps: int) -> Generator[tuple[int, int, Window]]:
        """First and last step and data of windows of an epoch from step `first` on."""
        # Rows of members that are stopped have their places, too: a window is one program of one size.
        members, size = len(order_mr), self._batch_size
        # At least two: of one batch only there is nothing to choose from, which is another program.
        each = max(2, min(WINDOW // (members * size * self._row_bytes), steps))
        order = self._order(len(order_mr), each * size)
        starts, waiting = iter(range(first, steps, each)), collections.deque[tuple[int, Future]]()
        with ThreadPoolExecutor(1) as ahead, ThreadPoolExecutor(READERS) as readers:

            def ask():
                for start in itertools.islice(starts, 1):
                    rows = slice(start * size, (start + each) * size)
                    waiting.append((start, ahead.submit(self._placed, readers, order_mr, stopped_m, rows)))

            try:
                for _ in range(AHEAD):
                    ask()
                while waiting:
                    start, found = waiting.popleft()
                    window = Window(order, found.result(), order.shape[1] // size)
                    ask()
                    yield start, min(start + each, steps), window
            finally:
                for _, future in waiting:
                    future.cancel()

    def _order(self, members: int, count: int) -> jax.Array:
        """Where every member finds its `count` rows among those of all members of its device."""
        own = members // (1 if self._mesh is None else self._mesh.shape["members"])
        before = np.arange(members, dtype=np.int32) * count
        order = np.arange(own * count, dtype=np.int32)
        return ensemble.placed((before[:, None] + order) % (own * count), self._mesh)

    def _placed(self, readers: ThreadPoolExecutor, order_mr, stopped_m, rows: slice):
        """Rows of all members in the order of an epoch, (members * rows, ...), on the devices."""
        count, members = rows.stop - rows.start, len(order_mr)
        found, asked = [], []
        for array in self._arrays:
            # What is stopped, or behind the last step, is never read: it has the same shape only.
            own = np.zeros((members, count, *array.shape[1:]), array.dtype)
            found.append(own.reshape(members * count, *array.shape[1:]))
            for member in np.flatnonzero(~stopped_m):
                order = order_mr[member, rows]
                for start in range(0, len(order), ROWS):
                    part, into = order[start : start + ROWS], own[member, start : start + ROWS]
                    asked.append(readers.submit(_read, array, part, into))
        for one in asked:
            one.result()
        return ensemble.placed(jax.tree.unflatten(self._tree, found), self._mesh)


def _read(array: np.ndarray, rows: np.ndarray, into: np.ndarray) -> None:
    # "clip", since numpy else reads into a copy first; all rows are there.
    np.take(array, rows, axis=0, out=into[: len(rows)], mode="clip")
