"""What processes of one run tell each other, by the collectives of JAX: objects of Python, large arrays too.

Only what the same command was started as receives, so that pickle may be trusted here.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

# Bytes are sent in parts of one size, for which one program serves.
PART = 1 << 22


def packed(message: Any) -> list:
    """Returns what pickle makes of an object, arrays of JAX too, in buffers for `send_packed`."""
    stream = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []
    _Pickler(stream, protocol=5, buffer_callback=buffers.append).dump(message)
    views = [buffer.raw() for buffer in buffers]
    head = pickle.dumps((stream.getvalue(), [view.nbytes for view in views]))
    return [len(head).to_bytes(8, "big"), head, *views]


def send_packed(buffers: list) -> None:
    """Sends from process 0 what `packed` has made; all others have to `receive`."""
    for view in buffers:
        _send_bytes(view, len(view))


def send(message: Any) -> None:
    """Sends from process 0 what pickle takes, arrays of JAX too; all others have to `receive`."""
    send_packed(packed(message))


def receive() -> Any:
    """Returns in other processes than 0 what that sends."""
    size = int.from_bytes(_receive_bytes(8), "big")
    data, sizes = pickle.loads(_receive_bytes(size))
    return pickle.loads(data, buffers=[_receive_bytes(size) for size in sizes])


def by_first(make: Callable[[], T]) -> T:
    """Returns what process 0 makes, or raises what it raises, in every process; all have to call it."""
    import jax

    made = error = None
    if jax.process_index():
        made, error = receive()
    else:
        try:
            made = make()
        except Exception as raised:
            error = raised
        send((made, error))
    if error is not None:
        raise error
    return made  # pyrefly: ignore[bad-return]


def _send_bytes(data, size: int) -> None:
    import numpy as np

    for begin in range(0, size, PART):
        part = np.frombuffer(data, np.uint8, min(PART, size - begin), begin)
        _from_first(np.pad(part, (0, _padded(size) - len(part))))


def _receive_bytes(size: int):
    """A buffer of what process 0 sends, writable as the arrays were that it may be of."""
    import numpy as np

    data, nothing = np.empty(size, np.uint8), np.zeros(_padded(size), np.uint8)
    for begin in range(0, size, PART):
        data[begin : begin + PART] = _from_first(nothing)[: size - begin]
    return data.data


def _padded(size: int) -> int:
    return PART if size > 8 else 8


def _from_first(part):
    import numpy as np
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.broadcast_one_to_all(part))


class _Pickler(pickle.Pickler):
    """Arrays of JAX are sent as those of numpy, keys by their numbers."""

    def reducer_override(self, obj):
        import jax
        import numpy as np

        if not isinstance(obj, jax.Array):
            return NotImplemented
        if jax.numpy.issubdtype(obj.dtype, jax.dtypes.prng_key):
            return _key, (np.asarray(jax.random.key_data(obj)), str(jax.random.key_impl(obj)))
        return np.array, (np.asarray(obj),)


def _key(data, impl: str):
    import jax

    return jax.random.wrap_key_data(data, impl=impl)
