"""Neurons over the devices there are: each runs the programs of one device, on neurons of its own.

No program is divided between devices. So a neuron has the bits that it has on one device (XLA rounds the last
ones otherwise in a program that it divides, and a walk follows them), and no device waits for another one
whose neurons search longer.
"""

import collections
import concurrent.futures
import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import jax

from jaxmotif.neuronmotif import memory

# Results of each device that may wait, and seconds between two looks at whether anybody still wants them.
_WAITING, _LOOK = 4, 0.2


def on_cpu() -> bool:
    """Returns whether neurons run one after the other in threads, or side by side in a batch."""
    return jax.default_backend() == "cpu"


def devices() -> list[jax.Device]:
    """Returns those that neurons are spread over; a CPU's cores are shared out by threads, not as devices."""
    return jax.local_devices()[:1] if on_cpu() else jax.local_devices()


def side_by_side(each: int, neurons: int) -> int:
    """Returns how many of so many neurons, of so many bytes each, one device takes at once; 1 on a CPU.

    Of several devices one may split samples while it looks for others: each of the two gets half of the
    memory.
    """
    count = len(devices())
    return 1 if on_cpu() else memory.side_by_side(each * min(count, 2), -(-neurons // count))


def on_each(work: Callable[[], Iterator]) -> Iterator:
    """Runs `work` on every device at the same time, and yields what they yield as it comes.

    Who has seen enough closes it: devices then end with what they are at.

    Args:
      work: called once for each device, in a thread whose default device that is; they share what they take
        their neurons from.
    """
    chosen = devices()
    if len(chosen) == 1:
        yield from work()
        return
    # Bounded: what nobody has taken yet takes memory.
    found: queue.Queue[tuple[bool, Any]] = queue.Queue(_WAITING * len(chosen))
    stopped = threading.Event()

    def tell(ended: bool, one: Any) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                found.put((ended, one), timeout=_LOOK)
                return

    def run(device: jax.Device) -> None:
        with jax.default_device(device):
            for one in work():
                tell(False, one)
                if stopped.is_set():
                    return

    with concurrent.futures.ThreadPoolExecutor(max_workers=len(chosen)) as workers:
        try:
            for device in chosen:
                workers.submit(run, device).add_done_callback(lambda future: tell(True, future))
            working = len(chosen)
            while working:
                ended, one = found.get()
                if ended:
                    one.result()  # raises what stopped it
                    working -= 1
                else:
                    yield one
        finally:
            stopped.set()


def over(function: Callable[[Any], Any], items: Generator) -> Iterator[tuple[Any, Any]]:
    """Yields each item and `function` of it, in order, computed on whichever device is free.

    Args:
      function: of one item.
      items: a generator, which is closed at the end, whatever ends it.
    """
    with contextlib.closing(items):
        chosen = devices()
        if len(chosen) == 1:
            for item in items:
                yield item, function(item)
            return
        free: queue.SimpleQueue[jax.Device] = queue.SimpleQueue()
        for device in chosen:
            free.put(device)

        def run(item):
            device = free.get()
            try:
                with jax.default_device(device):
                    return function(item)
            finally:
                free.put(device)

        waiting: collections.deque[tuple[Any, concurrent.futures.Future]] = collections.deque()
        with concurrent.futures.ThreadPoolExecutor(max_workers=len(chosen)) as workers:
            for item in items:
                waiting.append((item, workers.submit(run, item)))
                while len(waiting) > len(chosen) or (waiting and waiting[0][1].done()):
                    first, future = waiting.popleft()
                    yield first, future.result()
            for item, future in waiting:
                yield item, future.result()
