"""What networks of other programs say, head by head, as outputs of ours."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp

Link = Literal["linear", "sigmoid", "softmax", "log_sigmoid", "log_softmax", "probability", "log_probability"]
LINKS: Mapping[Link, Callable] = {
    "linear": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.softmax,
    "log_sigmoid": jax.nn.log_sigmoid,
    "log_softmax": jax.nn.log_softmax,
    # Their sigmoid or softmax lies further down, or is joined with others.
    "probability": lambda p: p,
    "log_probability": lambda p: p,
}
# Logits of probabilities end here: float32 has no smaller distance to 1.
_LEAST = 2.0**-24
_SAID = {
    "probability": "probabilities, since it says numbers from 0 to 1 only",
    "log_probability": "logarithms of probabilities, since it says numbers up to 0 only",
}


class Head(NamedTuple):
    """An output of a foreign network: its shape is without the batch, its link the last activation."""

    name: str
    shape: tuple[int, ...]
    link: Link
    read: bool


def chosen(shapes: Mapping[str, tuple[int, ...]], head: str | None) -> list[str]:
    """Returns the names of the heads that are read; raises ValueError for one that is not there."""
    if head is not None:
        if head not in shapes:
            raise ValueError(f"there is no head {head!r}; heads: {', '.join(shapes) or 'none'}")
        return [head]
    return [name for name, shape in shapes.items() if positions(shape) < 2] or list(shapes)[:1]


def positions(shape: tuple[int, ...]) -> int:
    """Returns how many positions a head of this shape has; one is none, the head is a vector."""
    return math.prod(shape[:-1])


def summed(shapes: Mapping[str, tuple[int, ...]], chosen: Sequence[str], position: int | None) -> bool:
    """Returns whether positions of the chosen head are summed.

    Raises:
      ValueError: for a position of what has none, or that is not there.
    """
    places = [count for name in chosen if (count := positions(shapes[name])) > 1]
    if position is not None:
        if not places:
            raise ValueError(f"position {position} of a head without positions; heads: {', '.join(shapes)}")
        if not 0 <= position < places[0]:
            raise ValueError(f"head {chosen[0]!r} has positions 0 to {places[0] - 1}, not {position}")
    return bool(places) and position is None


def class_names(head: str, shape: tuple[int, ...]) -> list[str]:
    """Returns the names of a head's classes: the head's, or HEAD/0, HEAD/1, ..."""
    count = shape[-1] if shape else 1
    return [head] if count == 1 else [f"{head}/{number}" for number in range(count)]


def what(below: Sequence[Link | None], operation: str, keeps: bool) -> Link | None:
    """Returns what values are that an operation without weights makes of others: None of others than these.

    Probabilities may have been moved, joined or weighed; what they are then is judged by their range. Of
    logarithms only what is moved, picked, joined or averaged stays one.

    Args:
      below: what the operands are: "probability", "log_probability" or None.
      operation: "log", "exp" or another name.
      keeps: whether it moves, picks, joins or averages values.
    """
    kinds = set(below)
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    if kind == "probability":
        return "log_probability" if operation == "log" else kind
    if kind == "log_probability":
        return "probability" if operation == "exp" else kind if keeps else None
    return None


def outputs(value: jax.Array, link: Link, position: int | None) -> jax.Array:
    """Returns outputs (B, T) of values before a head's link: logits, or sums over positions."""
    value = value.astype(jnp.float32)
    if value.ndim == 1:
        value = value[:, None]
    if value.ndim > 2:
        value = value.reshape(value.shape[0], -1, value.shape[-1])
        if value.shape[1] == 1:
            position = 0
        if position is None:
            return LINKS[link](value).sum(axis=1)
        value = value[:, position]
    if link == "probability":
        p = jnp.clip(value, _LEAST, 1 - _LEAST)
        return jnp.log(p) - jnp.log1p(-p)
    if link == "log_probability":
        value = jnp.minimum(value, -_LEAST)
        return value - jnp.log(-jnp.expm1(value))
    if link in ("softmax", "log_softmax") and value.shape[1] > 1:
        others = ~jnp.eye(value.shape[1], dtype=bool)
        return value - jax.nn.logsumexp(jnp.where(others, value[:, None, :], -jnp.inf), axis=-1)
    return value


def notes(heads: tuple[Head, ...], position: int | None) -> list[str]:
    """Returns how each head is read, in words."""
    found = []
    for head in heads:
        before = f"before its {head.link}: outputs are logits"
        if head.link in _SAID:
            before = f"as {_SAID[head.link]}; a task says what else they are"
        plain = (
            "has no sigmoid or softmax at its end: its values are read as they are, as logits unless a task "
            "says otherwise"
        )
        if not head.read:
            found.append(f"head {head.name!r} {head.shape} is left out; head={head.name!r} reads it")
        elif positions(head.shape) > 1 and position is None:
            of = "" if head.link == "linear" or head.link in _SAID else f", behind its {head.link}"
            found.append(
                f"head {head.name!r} {head.shape} is summed over its positions{of}: outputs are values; a "
                "position reads one of them"
            )
        else:
            count = positions(head.shape)
            at = f" at position {position} of {count}" if count > 1 else ""
            if head.link != "linear":
                found.append(f"head {head.name!r} is read{at} {before}")
            else:
                found.append(f"head {head.name!r}{at} {plain}")
    return found
