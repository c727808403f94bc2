"""Weights of several networks of one architecture in one pytree: a leading axis of members on every leaf."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def stacked(members: Sequence[Any]) -> Any:
    """Returns the weights of all members, each without the axis, with it."""
    return _stacked(list(members))


def taken(variables: Any, numbers: Sequence[int]) -> Any:
    """Returns the weights of some members, counted from 0."""
    return _taken(variables, np.asarray(numbers, np.int32))


def one(variables: Any, number: int) -> Any:
    """Returns the weights of one member, counted from 0, without the axis."""
    return _one(variables, np.int32(number))


def count(variables: Any) -> int:
    """Returns the number of members; 1 where there are no weights."""
    leaves = jax.tree.leaves(variables)
    return leaves[0].shape[0] if leaves else 1


def parameters(variables: Any) -> int:
    """Returns how many weights each member has; of {"params", ...} only those are counted."""
    own = variables["params"] if isinstance(variables, Mapping) and "params" in variables else variables
    return sum(math.prod(getattr(leaf, "shape", (0,))[1:]) for leaf in jax.tree.leaves(own))


# One program for all weights of an architecture, not one for each of them.
_stacked = jax.jit(lambda members: jax.tree.map(lambda *leaves: jnp.stack(leaves), *members))
_taken = jax.jit(lambda variables, numbers: jax.tree.map(lambda leaf: leaf[numbers], variables))
_one = jax.jit(lambda variables, number: jax.tree.map(lambda leaf: leaf[number], variables))
