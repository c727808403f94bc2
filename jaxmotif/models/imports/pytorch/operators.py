"""What PyTorch's operators do, by name: JAX functions that take the arguments of the schema by its names.

"aten.conv1d" is any overload, "aten.conv1d.padding" one of them. Arrays keep PyTorch's order of axes.
"""

from collections.abc import Callable

import jax.numpy as jnp

OPERATORS: dict[str, Callable] = {}


def operator(*names: str) -> Callable[[Callable], Callable]:
    """Registers a function for "aten.NAME" of each name."""

    def register(function: Callable) -> Callable:
        OPERATORS.update({f"aten.{name}": function for name in names})
        return function

    return register


def find(name: str) -> Callable | None:
    """Returns the function of an operator such as "aten.conv1d.default", None if there is none."""
    # A trailing _ means in place; the graph is read only where nobody sees the difference.
    return OPERATORS.get(name) or OPERATORS.get(name.rpartition(".")[0])


def dtype(wanted) -> jnp.dtype | None:
    """Returns JAX's type for a torch.dtype (None stays): 32 bits where torch has 64."""
    if wanted is None:
        return None
    name = str(wanted).rpartition(".")[2]
    known = {"bool": "bool_", "float64": "float32", "int64": "int32", "float": "float32", "long": "int32"}
    return jnp.dtype(getattr(jnp, known.get(name, name)))


def axes(wanted, count: int) -> tuple[int, ...]:
    """Returns axes as a tuple from 0; None or () means all of `count`."""
    if wanted is None or wanted == () or wanted == []:
        return tuple(range(count))
    wanted = (wanted,) if isinstance(wanted, int) else wanted
    return tuple(axis % count for axis in wanted)
