"""Where the positions of a map of any function look, found by running it.

The gradient of one position by the sequence says which letters it reads, for one input. Letters hide behind
a rectifier that is off or a maximum that lies elsewhere, so several inputs are drawn, letters and real values
of several sizes, until nothing new is found. What was found is a window of one width that moves evenly from
position to position, or the map has none.
"""

import weakref
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import keys
from jaxmotif.models import up_to
from jaxmotif.models.geometry import Geometry

# Letters of one pass, over all of its inputs: more would not fit into memory for deep networks.
_LETTERS = 65_536
_MOST_ROUNDS, _QUIET_ROUNDS = 24, 3
# Standard deviations of real-valued inputs, in turn; 0 stands for letters.
_SIZES = (0.0, 1.0, 3.0, 10.0)
_WHOLE = (
    "every position sees the whole sequence (attention, recurrence, or a mean or norm over all positions)"
)
_KNOWN: "weakref.WeakKeyDictionary[Callable, dict]" = weakref.WeakKeyDictionary()


def traced_geometry(
    function: Callable[[jax.Array], jax.Array], length: int, key: jax.Array | int = 0, name: str = "the map"
) -> Geometry:
    """Returns where the positions of a map look, from the gradients at a few of them.

    Widths are exact for what reads a fixed window: convolutions of any stride, dilation, padding and groups,
    pooling, residual connections, attention within a window. Pooling after the map is not known, 1. Letters
    outside the windows found are changed at the end, and the map has to stay as it is.

    Args:
      function: pure, x (B, L, 4) -> map (B, P, K); compiled once.
      length: of the sequences, L, nt.
      key: of the random inputs.
      name: of the map, for errors.

    Raises:
      ValueError: if the map is not (B, P, K), does not depend on the sequence, sees the whole of it, or has
        windows that differ between positions.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxmotif.models.trace import traced_geometry
      >>> traced_geometry(lambda x: x[:, :-2:2] + x[:, 2::2], 20)  # every second letter and the next but one
      Geometry(width=3, left=0, jump=2, pool=1)
    """
    key = keys.root(key) if isinstance(key, int) else key
    partial = function if isinstance(function, jax.tree_util.Partial) else jax.tree_util.Partial(function)
    shape = jax.eval_shape(partial, jax.ShapeDtypeStruct((2, length, 4), jnp.float32)).shape
    if len(shape) != 3 or shape[0] != 2:
        raise ValueError(f"{name} of 2 sequences must be (2, P, K), got {shape}")
    positions = _positions(shape[1])
    rows = int(np.clip(_LETTERS // length, len(positions), 8 * len(positions))) // len(positions)
    at_n = np.repeat(positions, rows)
    seen_pl = np.zeros((len(positions), length), bool)
    found: Geometry | str = ""
    quiet = 0
    for number in range(_MOST_ROUNDS):
        own = keys.at(key, number)
        x_nl4 = _inputs(own, _SIZES[number % len(_SIZES)], (len(at_n), length, 4))
        support_nl = np.asarray(_support(partial, keys.stream(own, "weights"), x_nl4, at_n))
        more_pl = seen_pl | support_nl.reshape(len(positions), rows, length).any(axis=1)
        quiet = quiet + 1 if (more_pl == seen_pl).all() else 0
        seen_pl = more_pl
        found = _fitted(positions, seen_pl, shape[1])
        # A whole view cannot grow; else inputs of all sizes have to find nothing new.
        if found == _WHOLE or (quiet >= _QUIET_ROUNDS and not isinstance(found, str)):
            break
    if isinstance(found, str):
        raise ValueError(f"{name} has no receptive field: {found}")
    _check_outside(partial, keys.stream(key, "outside"), found, length, positions, name)
    return found


def of_function(function: Callable, variables: Any, layer: int, length: int, name: str) -> Geometry:
    """Returns the traced geometry of one map of a network's function, kept for weights of these shapes.

    Args:
      function: (variables of one member, x (B, L, 4)) -> (logits, {layer: map (B, P, K)}).
      variables: of one member.
      layer: number of the map.
      length: of the sequences, nt.
      name: of the network, for errors.

    Raises:
      ValueError: see `traced_geometry`; the function is not run again to say so.
    """
    shapes = jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), variables)
    leaves, tree = jax.tree.flatten(shapes, is_leaf=lambda one: isinstance(one, tuple))
    known, key = _KNOWN.setdefault(function, {}), (layer, length, tree, tuple(leaves))
    if key not in known:
        own = jax.tree_util.Partial(up_to.one(function, layer), variables)
        try:
            known[key] = traced_geometry(own, length, name=f"map {layer} of {name}")
        except ValueError as error:
            known[key] = str(error)
    if isinstance(known[key], str):
        raise ValueError(known[key])
    return known[key]


def _positions(count: int) -> np.ndarray:
    """A few positions of the map: both ends, and neighbours inside, which differ if a map has phases."""
    quarters = [count // 4, count // 2, 3 * count // 4]
    wanted = [0, count - 1, *quarters, *(one + 1 for one in quarters), count // 2 + 2]
    return np.unique(np.clip(wanted, 0, count - 1))


def _inputs(key: jax.Array, size: float, shape: tuple[int, ...]) -> jax.Array:
    if size:
        return size * jax.random.normal(key, shape)
    return jax.nn.one_hot(jax.random.randint(key, shape[:-1], 0, 4), 4)


@jax.jit
def _support(function, key, x_nl4, at_n) -> jax.Array:
    """Which letters have a gradient at one position of each row, (n, L)."""

    def value(x):
        at_nk = function(x)[jnp.arange(len(at_n)), at_n]
        # Random weights, so that channels do not cancel each other.
        return (at_nk * jax.random.normal(key, at_nk.shape)).sum()

    # Not a number where a value is infinite: that says nothing.
    return (jnp.abs(jax.grad(value)(x_nl4)) > 0).any(axis=-1)


def _fitted(positions: np.ndarray, seen_pl: np.ndarray, count: int) -> Geometry | str:
    """The windows as one geometry, or why they are none."""
    length = seen_pl.shape[1]
    some = seen_pl.any(axis=1)
    if not some.any():
        return "it does not depend on the sequence"
    at, seen_pl = positions[some], seen_pl[some]
    start = seen_pl.argmax(axis=1)
    end = length - seen_pl[:, ::-1].argmax(axis=1)
    if ((start == 0) & (end == length)).all():
        return _WHOLE
    if count == 1:
        return Geometry(int(end[0] - start[0]), int(-start[0]), int(end[0] - start[0]))
    for beyond, side in ((start == 0, "first"), (end == length, "last")):
        if beyond.all():
            return f"every position sees the {side} letter of the sequence, and it differs how much else"
    slopes = [np.subtract.outer(edge, edge) / (np.subtract.outer(at, at) + 1e-9) for edge in (start, end)]
    jumps = np.unique(np.round(np.abs(slopes))).astype(int)
    fits = [fit for jump in jumps[jumps > 0] if (fit := _fit(at, start, end, length, int(jump)))]
    if not fits:
        return "what positions see differs in more than the place (recurrence or phases)"
    return max(fits)[1]


def _fit(at, start, end, length: int, jump: int) -> tuple[int, Geometry] | None:
    """Windows in steps of `jump` that explain all starts and ends, and how many are not cut by a border."""
    left, right = int((at * jump - start).max()), int((end - at * jump).max())
    first, last = at * jump - left, at * jump + right
    # A window that goes beyond the sequence may have gaps where it begins.
    if ((first != start) & (first >= 0)).any() or ((last != end) & (last <= length)).any():
        return None
    return int((first >= 0).sum() + (last <= length).sum()), Geometry(left + right, left, jump)


def _check_outside(function, key, found: Geometry, length: int, positions, name: str) -> None:
    """Raises ValueError if a map changes at positions whose windows do not."""
    starts = positions * found.jump - found.left
    inside = (starts >= 0) & (starts + found.width <= length)
    for number, position in enumerate(positions[inside]):
        start = position * found.jump - found.left
        keep = np.zeros((1, length, 1), bool)
        keep[:, start : start + found.width] = True
        own = jax.random.fold_in(key, number)
        for size in _SIZES[:2]:
            a, b = (_inputs(jax.random.fold_in(own, n), size, (4, length, 4)) for n in (0, 1))
            one, other = (np.asarray(_at(function, x, position)) for x in (a, jnp.where(keep, a, b)))
            if not np.allclose(one, other, rtol=1e-5, atol=1e-5 * max(np.abs(one).max(initial=0), 1e-30)):
                raise ValueError(
                    f"{name} has no receptive field: position {position} changes with letters outside of "
                    f"{start} to {start + found.width}, by which it has no gradient"
                )


@jax.jit
def _at(function, x_nl4, position) -> jax.Array:
    return function(x_nl4)[:, position]
