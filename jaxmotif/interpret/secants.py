"""Differences of a function's values between two inputs, as a linear map of the inputs' difference.

This is DeepLIFT's rescale rule (Shrikumar, Greenside & Kundaje 2017, Section 3) for any function that JAX can
trace: what is linear stays as it is, an elementwise nonlinearity is the ratio of its differences, a maximum
hands its difference on to the places where the two maxima stand, and a product of two values that both change
is taken at their mean, which is exact. The map is then complete: applied to the inputs' difference it gives
the difference of outputs, whatever the function.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core

from jaxmotif.interpret import programs

# Differences below this have no ratio that means anything: the derivative is taken there.
_SMALL = 1e-6

_LINEAR = frozenset(
    "add add_any sub neg convert_element_type dot_general conv_general_dilated reshape transpose "
    "broadcast_in_dim squeeze expand_dims slice pad concatenate rev reduce_sum cumsum reduce_window_sum "
    "reduce_precision copy copy_p split optimization_barrier tile unstack stack".split()
)
# Linear where these operands stay: a range of their numbers.
_STAYS = {
    "div": slice(1, 2),
    "select_n": slice(0, 1),
    "dynamic_slice": slice(1, None),
    "gather": slice(1, None),
    "dynamic_update_slice": slice(2, None),
    "scatter": slice(1, 2),
    "scatter-add": slice(1, 2),
}
_BILINEAR = frozenset(("dot_general", "conv_general_dilated", "mul"))


class Pair:
    """A value at the input and at the reference, and the difference that is handed on.

    Attributes:
      actual, reference: arrays of one shape.
      change: linear in the inputs' difference, and equal to actual - reference there; None of what is no
        floating number.
      source: (function, operands) of an elementwise operation that made it.
    """

    def __init__(self, actual, reference, change, source: tuple[Callable, Sequence] | None = None):
        self.actual, self.reference, self.change = actual, reference, change
        self.source = source
        self._slopes: dict[Pair, jax.Array] = {}
        roots = {id(one.root): one.root for one in source[1] if isinstance(one, Pair)} if source else {}
        only = next(iter(roots.values())) if len(roots) == 1 else None
        self.root: Pair = only if only is not None and only.actual.shape == actual.shape else self

    def slope(self, root: "Pair"):
        """Returns the derivative by `root`, of which this is an elementwise function, at the input."""
        if self is root:
            return jnp.ones_like(self.actual)
        if root not in self._slopes:
            self._slopes[root] = self._derived(root)
        return self._slopes[root]

    def _derived(self, root: "Pair"):
        assert self.source is not None
        function, operands = self.source
        moved = [one for one in operands if isinstance(one, Pair) and one.change is not None]
        if not moved:
            return jnp.zeros_like(self.actual)
        filled = _in_places(function, operands, moved)
        return jax.jvp(filled, [one.actual for one in moved], [one.slope(root) for one in moved])[1]


def difference(function: Callable, x, reference, change):
    """Returns function(x) - function(reference) as a linear map of `change`, for which it is x - reference.

    Args:
      function: pure, of one array, which returns one array.
      x, reference: arrays of the shape that it takes.
      change: of the same shape.

    Raises:
      ValueError: for an operation without a rule, by its name in JAX.
    """
    closed = jax.make_jaxpr(function)(x)
    (found,) = _run(closed.jaxpr, closed.consts, [Pair(x, reference, change)])
    if not isinstance(found, Pair):
        return jnp.zeros_like(found)
    if found.change is None:
        raise ValueError(f"rescale needs an output of floating numbers, not {found.actual.dtype}")
    return found.change


def _run(jaxpr: core.Jaxpr, consts: Sequence, arguments: Sequence) -> list:
    """Values of a program's outputs: arrays, or pairs where they depend on the input."""
    values: dict[Any, Any] = dict(zip(jaxpr.constvars, consts, strict=True))
    values |= dict(zip(jaxpr.invars, arguments, strict=True))
    read = lambda var: var.val if isinstance(var, core.Literal) else values[var]
    for step in jaxpr.eqns:
        operands = [read(var) for var in step.invars]
        if programs.inner(step) is not None or any(isinstance(one, Pair) for one in operands):
            found = _apply(step, operands)
        else:
            found = _bound(step)(*operands)
        values |= dict(zip(step.outvars, found, strict=True))
    return [read(var) for var in jaxpr.outvars]


def _bound(step) -> Callable[..., list]:
    """A step as a function of its operands that returns a list."""

    def call(*operands):
        found = step.primitive.bind(*operands, **step.params)
        return list(found) if step.primitive.multiple_results else [found]

    return call


def _apply(step, operands: list) -> list:
    name = step.primitive.name
    within = programs.inner(step)
    if within is not None:
        return _run(within.jaxpr, within.consts, operands)
    if name == "scan":
        return _scan(step, operands)
    if name == "stop_gradient":  # it hides a derivative, not a difference
        return operands
    call = _bound(step)
    actual = call(*(one.actual if isinstance(one, Pair) else one for one in operands))
    reference = call(*(one.reference if isinstance(one, Pair) else one for one in operands))
    source = (lambda *given: call(*given)[0], operands) if name in programs.ELEMENTWISE else None
    if not any(jnp.issubdtype(one.dtype, jnp.floating) for one in actual):
        return [Pair(a, r, None, source) for a, r in zip(actual, reference, strict=True)]
    pairs = [one for one in operands if isinstance(one, Pair)]
    if all(one.change is not None for one in pairs) and _is_linear(name, operands):
        changes = _moved(call, operands, pairs, middle=len(pairs) > 1 and name in _BILINEAR)
        return [Pair(*one, source) for one in zip(actual, reference, changes, strict=True)]
    if len(actual) == 1:
        whole = Pair(actual[0], reference[0], None, source)
        whole.change = _curved(name, step.params, operands, whole)
        if whole.change is not None:
            return [whole]
    raise ValueError(
        f"rescale has no rule for the operation {name!r} of values that depend on the sequence; "
        "corrected, integrated and mutagenesis need none"
    )


def _is_linear(name: str, operands: Sequence) -> bool:
    """Whether an operation is linear, or bilinear, in those operands that change."""
    moved = [isinstance(one, Pair) for one in operands]
    if name == "mul":  # of one value with itself a ratio is better
        roots = {id(one.root) for one in operands if isinstance(one, Pair)}
        return sum(moved) == 1 or len(roots) > 1
    return name in _LINEAR or (name in _STAYS and not any(moved[_STAYS[name]]))


def _moved(call: Callable, operands: Sequence, pairs: Sequence[Pair], middle: bool) -> list:
    """What a linear operation makes of changes; a bilinear one is exact in the middle of two values."""
    at = [(one.actual + one.reference) / 2 if middle else one.actual for one in pairs]
    return jax.jvp(_in_places(call, operands, pairs), at, [one.change for one in pairs])[1]


def _in_places(function: Callable, operands: Sequence, pairs: Sequence[Pair]) -> Callable:
    """`function` of what stands for `pairs` among its operands."""
    index = {id(one): number for number, one in enumerate(pairs)}

    def filled(*given):
        return function(
            *(
                given[index[id(one)]] if id(one) in index else one.actual if isinstance(one, Pair) else one
                for one in operands
            )
        )

    return filled


def _curved(name: str, params, operands: Sequence, whole: Pair):
    """The change of what is not linear; None where there is no rule."""
    pairs = [one for one in operands if isinstance(one, Pair)]
    if name in programs.ELEMENTWISE:
        if len(pairs) == 1 and pairs[0].change is not None and pairs[0].actual.shape == whole.actual.shape:
            return _ratio(name, whole, pairs[0], operands)
        if whole.root is not whole and whole.root.change is not None:
            return _ratio(name, whole, whole.root, operands)
    if any(one.change is None for one in pairs):
        return None
    if name == "div":
        above, below = operands
        inverse = Pair(1 / below.actual, 1 / below.reference, None, (lambda b: 1 / b, [below]))
        change = _ratio("inverse", inverse, below, [below])
        if not isinstance(above, Pair):
            return above * change
        middle = lambda one: (one.actual + one.reference) / 2
        return middle(inverse) * above.change + middle(above) * change
    if name in ("max", "min") and len(pairs) == 2:
        stacked = [jnp.stack([getattr(one, part) for one in pairs], -1) for part in _PARTS]
        return _largest(*stacked, sign=1 if name == "max" else -1)
    if name in ("reduce_max", "reduce_min"):
        last = lambda value: _axes_last(value, params["axes"])
        (one,) = pairs
        sign = 1 if name == "reduce_max" else -1
        return _largest(last(one.actual), last(one.reference), last(one.change), sign=sign)
    if name in ("reduce_window_max", "reduce_window_min"):
        (one,) = pairs
        sign = 1 if name == "reduce_window_max" else -1
        lowest = -sign * float(jnp.finfo(one.actual.dtype).max)
        opened = [
            _windows(value, params, fill)
            for value, fill in ((one.actual, lowest), (one.reference, lowest), (one.change, 0.0))
        ]
        return _largest(*opened, sign=sign)
    return None


_PARTS = ("actual", "reference", "change")


def _ratio(name: str, whole: Pair, root: Pair, operands: Sequence):
    """The change of an elementwise function of `root`: the ratio of differences times the root's change."""
    step = jnp.where(root.actual == root.reference, 0, root.actual - root.reference)  # -inf is equal, too
    small = jnp.abs(step) < _SMALL
    others = [one for one in operands if one is not root]
    # As programs differentiate a ReLU: at the kink it is flat.
    if name == "max" and len(others) == 1 and not isinstance(others[0], Pair):
        slope = (whole.actual == root.actual) & (whole.actual != others[0])
        slope = slope.astype(whole.actual.dtype)
    else:
        slope = whole.slope(root)
    ratio = jnp.where(small, slope, (whole.actual - whole.reference) / jnp.where(small, 1, step))
    return ratio * root.change


def _largest(actual, reference, change, sign: int):
    """The change of the maximum over the last axis (sign -1: minimum).

    What it rises above the reference's is of the place of the input's maximum, what it falls is of that of
    the reference's: only there have both of them moved that far.
    """
    here, there = sign * actual, sign * reference
    top, bottom = here.max(-1, keepdims=True), there.max(-1, keepdims=True)
    most = jnp.maximum(top, bottom)
    places = jnp.arange(here.shape[-1])
    own = places == jnp.argmax(here, -1)[..., None]
    step = jnp.where(here == there, 0, here - there)
    # Rounding only; where there is more, what has moved is not more than that.
    small = jnp.abs(step) <= 4 * jnp.finfo(here.dtype).eps * jnp.abs(here)
    share = own * (most - bottom) + (places == jnp.argmax(there, -1)[..., None]) * (top - most)
    weight = jnp.where(small, own, share / jnp.where(small, 1, step))
    return (weight * jnp.where(weight == 0, 0, change)).sum(-1)


def _axes_last(value, axes):
    kept = [axis for axis in range(value.ndim) if axis not in axes]
    moved = jnp.transpose(value, (*kept, *axes))
    return moved.reshape(*moved.shape[: len(kept)], -1)


def _windows(value, params, fill: float):
    """The values in each window side by side on a new last axis."""
    size, stride = params["window_dimensions"], params["window_strides"]
    dilation = params["window_dilation"]
    if any(step != 1 for step in params["base_dilation"]):
        raise ValueError("rescale has no rule for windows over a spread array")
    value = jnp.pad(value, params["padding"], constant_values=fill)
    for axis, (length, step, spread) in enumerate(zip(size, stride, dilation, strict=True)):
        positions = (value.shape[axis] - (length - 1) * spread - 1) // step + 1
        if length == 1 and step == 1:
            continue
        shifted = [
            jax.lax.slice_in_dim(value, i * spread, i * spread + (positions - 1) * step + 1, step, axis)
            for i in range(length)
        ]
        value = jnp.stack(shifted, -1)
    return value.reshape(*value.shape[: len(size)], -1)


def _scan(step, operands: list) -> list:
    """A loop over steps whose state changes: all three parts of it are carried."""
    closed, consts, carries = step.params["jaxpr"], step.params["num_consts"], step.params["num_carry"]
    constant, state, rows = (
        operands[:consts],
        operands[consts : consts + carries],
        operands[consts + carries :],
    )
    moves = [isinstance(one, Pair) for one in state]
    others = [isinstance(one, Pair) for one in rows]
    while True:
        inside = [*(isinstance(one, Pair) for one in constant), *moves, *others]
        after = [a or b for a, b in zip(moves, _depends(closed.jaxpr, inside)[:carries], strict=True)]
        if after == moves:
            break
        moves = after
    stay = []

    def body(carried, row):
        given = [Pair(*one) if moved else one for one, moved in zip(carried, moves, strict=True)]
        read = [Pair(*one) if moved else one for one, moved in zip(row, others, strict=True)]
        found = _run(closed.jaxpr, closed.consts, [*constant, *given, *read])
        state, out = found[:carries], found[carries:]
        stay[:] = [isinstance(one, Pair) for one in out]
        return [_parts(one, moved) for one, moved in zip(state, moves, strict=True)], [
            _parts(one, isinstance(one, Pair)) for one in out
        ]

    start = [_parts(one, moved) for one, moved in zip(state, moves, strict=True)]
    given = [_parts(one, moved) for one, moved in zip(rows, others, strict=True)]
    last, out = jax.lax.scan(body, start, given, step.params["length"], step.params["reverse"])
    return [Pair(*one) if moved else one for one, moved in zip([*last, *out], [*moves, *stay], strict=True)]


def _parts(value, moved: bool):
    """What a loop carries of a value: three arrays of one that may change."""
    if not moved:
        return value
    if not isinstance(value, Pair):
        return (value, value, jnp.zeros_like(value))
    if value.change is None:
        raise ValueError("rescale has no rule for loops whose state is no floating number")
    return tuple(getattr(value, part) for part in _PARTS)


def _depends(jaxpr: core.Jaxpr, moves: Sequence[bool]) -> list[bool]:
    """Which outputs of a program depend on inputs that change."""
    moved = {var for var, does in zip(jaxpr.invars, moves, strict=True) if does}
    for step in jaxpr.eqns:
        if any(not isinstance(var, core.Literal) and var in moved for var in step.invars):
            moved.update(step.outvars)
    return [not isinstance(var, core.Literal) and var in moved for var in jaxpr.outvars]
