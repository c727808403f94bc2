"""Functions of arrays as plain lists of operations, so that they can be run in other ways."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend import core

# Operations that only hold others.
INLINED = frozenset(
    "jit pjit closed_call core_call custom_jvp_call custom_vjp_call custom_vjp_call_jaxpr remat checkpoint "
    "remat2".split()
)
# Operations on each element by itself.
ELEMENTWISE = frozenset(
    "add add_any sub mul div neg max min pow integer_pow square sqrt rsqrt cbrt exp exp2 expm1 log log1p "
    "logistic tanh tan sin cos asin acos atan sinh cosh asinh acosh atanh atan2 erf erfc erf_inv lgamma "
    "digamma abs sign floor ceil round rem clamp select_n convert_element_type is_finite gt lt ge le eq ne "
    "and or not xor copy copy_p reduce_precision nextafter stop_gradient".split()
)


class Constant(NamedTuple):
    """An operand that is known."""

    value: Any


class Step(NamedTuple):
    """One operation; operands are keys of values or constants."""

    primitive: Any
    params: dict
    inputs: tuple[int | Constant, ...]
    outputs: tuple[int, ...]

    def __call__(self, *operands) -> list:
        """Returns the results of the operation on arrays."""
        found = self.primitive.bind(*operands, **self.params)
        return list(found) if self.primitive.multiple_results else [found]


class Program(NamedTuple):
    """Operations in the order in which they run, and keys of the inputs and of the first output."""

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    output: int | Constant


def inner(eqn) -> core.ClosedJaxpr | None:
    """Returns the program within an operation that only holds one, else None."""
    if eqn.primitive.name not in INLINED:
        return None
    found = next(eqn.params[key] for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in eqn.params)
    return found if isinstance(found, core.ClosedJaxpr) else core.ClosedJaxpr(found, ())


def flat(function: Callable, *arguments) -> Program:
    """Returns what a function of arrays does, operations within operations taken out of them."""
    closed = jax.make_jaxpr(function)(*arguments)
    steps: list[Step] = []
    count = 0

    def key() -> int:
        nonlocal count
        count += 1
        return count

    def add(closed: core.ClosedJaxpr, given: Sequence) -> list:
        known = map(Constant, closed.consts)
        names: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, known, strict=True))
        names |= dict(zip(closed.jaxpr.invars, given, strict=True))
        read = lambda var: Constant(var.val) if isinstance(var, core.Literal) else names[var]
        for eqn in closed.jaxpr.eqns:
            operands, within = tuple(map(read, eqn.invars)), inner(eqn)
            if within is not None:
                found = add(within, operands)
            else:
                found = [key() for _ in eqn.outvars]
                steps.append(Step(eqn.primitive, dict(eqn.params), operands, tuple(found)))
            names |= dict(zip(eqn.outvars, found, strict=True))
        return [read(var) for var in closed.jaxpr.outvars]

    inputs = [key() for _ in closed.jaxpr.invars]
    outputs = add(closed, inputs)
    return Program(tuple(steps), tuple(inputs), outputs[0])


def run(program: Program, arguments: Sequence) -> dict[int, Any]:
    """Returns all values of a program by their keys."""
    values: dict[int, Any] = dict(zip(program.inputs, arguments, strict=True))
    for step in program.steps:
        operands = [one.value if isinstance(one, Constant) else values[one] for one in step.inputs]
        values |= dict(zip(step.outputs, step(*operands), strict=True))
    return values


@dataclasses.dataclass(frozen=True)
class _Again:
    """A function, with what it holds as an argument; those of one program are one to `jax.jit`.

    Attributes:
      text: stands for all that the compiler is told of it, so that those of equal text compute equal values.
      code: where Python has it from.
      function: itself.
      held: the arrays that it holds.
    """

    text: str
    code: Any
    function: Callable = dataclasses.field(compare=False)
    held: Sequence = dataclasses.field(compare=False)

    def __call__(self, held: Sequence, x: jax.Array) -> jax.Array:
        # Anew, since a block of another size is another program.
        closed = jax.make_jaxpr(self.function)(jax.ShapeDtypeStruct(x.shape, x.dtype))
        if not _equal(closed.consts, self.held):
            raise ValueError("a score has to hold the same arrays however many sequences it is given")
        return core.jaxpr_as_fun(core.ClosedJaxpr(closed.jaxpr, list(held)))(x)[0]


def _equal(arrays: Sequence, others: Sequence) -> bool:
    """Whether arrays are the same numbers; keys of random numbers count as none."""
    plain = [
        isinstance(one, (jax.Array, np.ndarray)) and one.dtype.kind in "fiub" for one in (*arrays, *others)
    ]
    return (
        all(plain)
        and len(arrays) == len(others)
        and all(
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(arrays, others, strict=True)
        )
    )


def shared(function: Callable, *shapes: jax.ShapeDtypeStruct) -> jax.tree_util.Partial:
    """Returns a function as a `Partial` that is compiled once for all functions that do the same.

    A lambda made anew is another function to JAX, and would be compiled anew. Here arrays that it holds are
    arguments, and it is known by its program. Only values are the same: functions of one program may have
    other gradients (`jax.custom_vjp`). One that calls the host, or that holds other arrays for another shape,
    stays as it is.

    Args:
      function: pure, of one array.
      *shapes: shapes and types of the arrays that it will be given.
    """
    every = [jax.make_jaxpr(function)(x) for x in shapes]
    closed = every[0]
    if closed.effects or not all(_equal(one.consts, closed.consts) for one in every):
        return jax.tree_util.Partial(function)
    run = lambda held, x: core.jaxpr_as_fun(core.ClosedJaxpr(closed.jaxpr, list(held)))(x)[0]
    text = jax.jit(run).lower(closed.consts, shapes[0]).as_text()
    if "callback" in text:  # which of Python's functions it calls is not in the text
        return jax.tree_util.Partial(function)
    code = getattr(function, "__code__", None)
    again = _Again(hashlib.sha256(text.encode()).hexdigest(), code, function, closed.consts)
    return jax.tree_util.Partial(again, closed.consts)
