"""A network's function up to one map, without what lies above it.

Networks of other programs compute heads and maps together, and their heads often take one length only. Who
reads a map says so while the function is traced, and the function may leave out what it is not computed from.
"""

import contextvars
from collections.abc import Callable, Mapping

import jax

_MAP: contextvars.ContextVar[int | None] = contextvars.ContextVar("map", default=None)


def wanted() -> int | None:
    """Returns the number of the highest map that is read of a function, while it is traced; None: all is."""
    return _MAP.get()


def maps(function: Callable, layer: int) -> Callable:
    """Returns (variables, x (B, L, 4)) -> {layer: map (B, P, K)}: one map of a function, and those below it.

    What else the function returns may be among them, since only functions that ask leave it out.

    Args:
      function: (variables of one member, x (B, L, 4)) -> (logits, {layer: map (B, P, K)}).
      layer: number of the map.

    Raises:
      ValueError: when called, if the function has no such map.
    """

    def apply(variables, x_bl4: jax.Array) -> Mapping[int, jax.Array]:
        token = _MAP.set(layer)
        try:
            found = function(variables, x_bl4)[1]
        finally:
            _MAP.reset(token)
        if layer not in found:
            raise ValueError(f"the network has maps of layers {sorted(found)}, asked for number {layer}")
        return found

    return apply


def one(function: Callable, layer: int) -> Callable:
    """Returns (variables, x (B, L, 4)) -> one map (B, P, K) of a function; see `maps`."""
    every = maps(function, layer)
    return lambda variables, x_bl4: every(variables, x_bl4)[layer]
