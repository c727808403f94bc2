"""A network of PyTorch as a list of operators, and how to run it in JAX.

`torch.export` gives the operators; what is kept of them is plain data, so that PyTorch is not needed to run
them.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import jax

# Modules that register operators.
from jaxmotif.models.imports.pytorch import elementwise, layers, operators, recurrent, reductions, shapes

_OPERATORS = (elementwise, layers, recurrent, reductions, shapes)


class Ref(NamedTuple):
    """The value of another step, an input or a weight, by name."""

    ref: str


@dataclasses.dataclass(frozen=True)
class Step:
    """One operator of a graph.

    Attributes:
      name: of its value.
      operator: such as "aten.conv1d.default", or a Python function of numbers.
      args, kwargs: as the operator takes them; values of other steps are `Ref`s.
      place: the module it belongs to, as PyTorch calls it; "" outside of any.
      kind: class of that module.
    """

    name: str
    operator: str | Callable
    args: tuple
    kwargs: Mapping[str, Any]
    place: str = ""
    kind: str = ""

    @property
    def base(self) -> str:
        """The operator's name without namespace and overload, "conv1d"."""
        return self.operator.split(".")[1] if isinstance(self.operator, str) else ""

    @property
    def reads(self) -> list[str]:
        """Names of the values it takes."""
        return [one.ref for one in _leaves((self.args, dict(self.kwargs))) if isinstance(one, Ref)]

    def __str__(self) -> str:
        shown = self.operator if isinstance(self.operator, str) else self.operator.__name__
        return f"{shown} at {self.place or self.name!r}" + (f" ({self.kind})" if self.kind else "")


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Operators in the order in which they run.

    Attributes:
      inputs: names of the arrays it takes, in order.
      weights: {name of a value: its key among the weights}.
      steps: the operators.
      heads: {name of an output: name of its value}.
    """

    inputs: tuple[str, ...]
    weights: Mapping[str, str]
    steps: tuple[Step, ...]
    heads: Mapping[str, str]

    def needed(self, wanted: Sequence[str]) -> tuple[Step, ...]:
        """Returns the steps that these values depend on, in order."""
        names, found = set(wanted), []
        for step in reversed(self.steps):
            if step.name in names:
                names.update(step.reads)
                found.append(step)
        return tuple(reversed(found))

    def users(self) -> dict[str, list[Step]]:
        """Returns which steps read each value."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            for name in step.reads:
                found.setdefault(name, []).append(step)
        return found


def run(
    graph: Graph,
    steps: Sequence[Step],
    weights: Mapping[str, jax.Array],
    inputs: Sequence[jax.Array],
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Returns the values of some steps of a graph, and of its inputs and weights, by name.

    Args:
      graph: the network.
      steps: those to run, in order, see `Graph.needed`.
      weights: by their keys.
      inputs: arrays, in the graph's order.
      without: names of steps that hand on their first argument as it is.

    Raises:
      ValueError: for an operator that is not known or that cannot be run, with its place.
    """
    values = _start(graph, weights, inputs)
    for step in steps:
        skipped = step.name in without
        values[step.name] = values[step.args[0].ref] if skipped else call(step, values)
    return values


def call(step: Step, values: Mapping[str, Any]) -> Any:
    """Returns the value of one step.

    Raises:
      ValueError: as `run`.
    """
    function = operators.find(step.operator) if isinstance(step.operator, str) else step.operator
    if function is None:
        raise ValueError(f"operator {step} is not known")
    args, kwargs = _filled((step.args, dict(step.kwargs)), values)
    kwargs = {name: value for name, value in kwargs.items() if name not in _IGNORED}
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, NotImplementedError, AttributeError, IndexError) as error:
        line = str(error).strip().split("\n")[0]
        raise ValueError(f"operator {step} cannot be run: {line}") from error


# They say where an array lies, not what is in it.
_IGNORED = frozenset({"device", "layout", "pin_memory", "memory_format"})


def traced(
    graph: Graph, weights: Mapping[str, Any], inputs: Sequence[jax.ShapeDtypeStruct]
) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
    """Returns shapes of all values on such inputs, and the steps that cannot be run and why.

    Nothing is computed, and an error does not end it: steps behind one have no shape.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    problems: dict[str, str] = {}

    def every(weights, inputs):
        values = _start(graph, weights, inputs)
        shapes.update({name: value.shape for name, value in values.items()})
        for step in graph.steps:
            if any(name not in values for name in step.reads):
                continue
            try:
                values[step.name] = call(step, values)
            except ValueError as error:
                problems[step.name] = str(error)
                continue
            if isinstance(values[step.name], jax.Array):
                shapes[step.name] = values[step.name].shape
        return 0

    jax.eval_shape(every, dict(weights), list(inputs))
    return shapes, problems


def _start(graph: Graph, weights, inputs) -> dict[str, Any]:
    values = {name: weights[key] for name, key in graph.weights.items() if key in weights}
    return values | dict(zip(graph.inputs, inputs, strict=True))


def _leaves(tree) -> list:
    return jax.tree.leaves(tree, is_leaf=lambda one: isinstance(one, (Ref, slice)))


def _filled(tree, values: Mapping[str, Any]):
    """`tree` with values instead of `Ref`s."""
    fill = lambda one: values[one.ref] if isinstance(one, Ref) else one
    return jax.tree.map(fill, tree, is_leaf=lambda one: one is None or isinstance(one, (Ref, slice)))
