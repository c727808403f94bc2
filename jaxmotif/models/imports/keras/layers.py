"""The calls of a graph, run by Keras' own layers as a pure function."""

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxmotif.models.imports.keras import ops, weights
from jaxmotif.models.imports.keras.backend import keras
from jaxmotif.models.imports.keras.graph import INPUT, Call, Graph, Value

# Modules whose classes are those of keras.layers.
_KERAS = ("keras.", "tf_keras.", "tensorflow.keras.", "tensorflow.python.keras.")
_STATE = ("moving_mean", "moving_variance")
_MOST_WORDS = 200  # of an error that is passed on


@dataclasses.dataclass(frozen=True, eq=False)
class Layers:
    """The layers of a graph, built.

    Attributes:
      graph: whose.
      called: {path: layer of Keras, or a function} of those that are known.
      shapes: of the tensors of each call, with a batch of None in front; () where it cannot be reached.
      unknown: {call: why} of those that are not known or cannot be built, in their order.
    """

    graph: Graph
    called: Mapping[str, Any]
    shapes: tuple[tuple[tuple[int | None, ...], ...], ...]
    unknown: Mapping[int, str]

    def reached(self, value: Value) -> bool:
        """Returns whether a tensor can be computed."""
        return value.tensor < len(self.shapes[value.call])

    def shape(self, value: Value) -> tuple[int | None, ...]:
        """Returns a tensor's shape without the batch."""
        return self.shapes[value.call][value.tensor][1:]

    @property
    def with_weights(self) -> dict[str, Any]:
        """{path: layer} of what Keras can fill."""
        return {path: layer for path, layer in self.called.items() if hasattr(layer, "weights")}

    def variables(self) -> dict[str, dict[str, jax.Array]]:
        """Returns the weights, {"params", "state"}."""
        found: dict[str, dict[str, jax.Array]] = {"params": {}, "state": {}}
        for name, weight in self._weights():
            found[_group(weight)][name] = jnp.asarray(weight.value)
        return found

    def run(
        self,
        variables,
        arrays: Sequence[jax.Array],
        plain: Collection[int] = (),
        needed: Collection[int] | None = None,
    ) -> list[list[jax.Array]]:
        """Returns the tensors of each call; none of those that cannot be reached or are not needed.

        Args:
          variables: as `variables` gives them.
          arrays: of the inputs.
          plain: numbers of calls whose activation is left out.
          needed: numbers of calls; None: all.
        """
        mapping = [(weight, variables[_group(weight)][name]) for name, weight in self._weights()]
        found: list[list[jax.Array]] = []
        with keras().StatelessScope(state_mapping=mapping):
            for number, call in enumerate(self.graph.calls):
                if call.kind == INPUT:
                    found.append([arrays[number]])
                elif self.shapes[number] and (needed is None or number in needed):
                    found.append(_called(self.called[call.path], call, found, number in plain))
                else:
                    found.append([])
        return found

    def _weights(self) -> list[tuple[str, Any]]:
        return [
            (f"{path}:{number}", weight)
            for path, layer in self.with_weights.items()
            for number, weight in enumerate(layer.weights)
        ]


def build(graph: Graph, length: int, custom: Mapping[str, Any], safe_mode: bool) -> Layers:
    """Returns the layers of a graph with fresh weights, as far as they are known.

    Args:
      graph: of the network.
      length: of the sequences, in place of a size that may be any.
      custom: {class, layer or function: class of Keras, or function of arrays}.
      safe_mode: whether code that lies in the file stays unread.
    """
    called: dict[str, Any] = {}
    unknown: dict[int, str] = {}
    tensors: list[list[Any]] = []
    with keras().saving.custom_object_scope(dict(custom)):
        for number, call in enumerate(graph.calls):
            tensors.append([])
            if call.kind == INPUT:
                sizes = [length if size is None else size for size in graph.inputs[number].shape]
                tensors[-1] = [keras().KerasTensor((None, *sizes))]
                continue
            if any(value.tensor >= len(tensors[value.call]) for value in call.reads):
                continue
            try:
                if call.path not in called:
                    called[call.path] = _made(call, custom, safe_mode)
                tensors[-1] = _called(called[call.path], call, tensors, False)
            # Keras' layers raise anything; what cannot be made is an unknown layer to the user.
            except Exception as error:
                called.pop(call.path, None)
                unknown[number] = " ".join(str(error).split())[:_MOST_WORDS]
    shapes = tuple(tuple(tuple(tensor.shape) for tensor in one) for one in tensors)
    return Layers(graph, called, shapes, unknown)


def _group(weight) -> str:
    return "state" if weight.name in _STATE else "params"


def _called(layer: Any, call: Call, tensors: Sequence[Sequence[Any]], plain: bool) -> list[Any]:
    """Tensors that a layer gives, without its activation if `plain`."""
    args = _filled(list(call.args), tensors)
    kwargs = {key: _filled(one, tensors) for key, one in call.kwargs.items() if key != "training"}
    if not plain:
        return keras().tree.flatten(layer(*args, **kwargs))
    activation, layer.activation = layer.activation, keras().activations.linear
    try:
        return keras().tree.flatten(layer(*args, **kwargs))
    finally:
        layer.activation = activation


def _filled(structure, tensors: Sequence[Sequence[Any]]):
    """Arguments with tensors in place of values."""
    if isinstance(structure, Value):
        return tensors[structure.call][structure.tensor]
    if isinstance(structure, Mapping):
        if "class_name" in structure:  # a constant or a slice
            return keras().saving.deserialize_keras_object(dict(structure))
        return {key: _filled(item, tensors) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)([_filled(item, tensors) for item in structure])
    return structure


def _made(call: Call, custom: Mapping[str, Any], safe_mode: bool) -> Callable:
    """A layer of Keras, or a function, for a call.

    Raises:
      ValueError: for one that is not known.
    """
    settings = dict(call.settings)
    module, registered = call.entry.get("module"), call.entry.get("registered_name")
    for name in (call.path, call.path.rpartition("/")[2], settings.get("name"), registered, call.kind):
        if name in custom:
            return _of_user(custom[name], settings)
    if call.kind in ops.KINDS:
        found = ops.translated(settings.get("function", ""), keras().ops)
        if found is None:
            raise ValueError(f"the function {settings.get('function')} of TensorFlow has no translation")
        return found
    if call.kind == "ThresholdedReLU":
        theta = float(settings["theta"])
        return lambda x: keras().ops.where(x > theta, x, 0)
    if call.kind == "Lambda" and safe_mode:
        raise ValueError("it is Python code in the file, which is run with safe_mode=False only")
    settings["name"] = str(settings.get("name") or call.kind).replace("/", "_")
    kind = getattr(keras().layers, call.kind, None)
    operation = _operation(call, settings) if module is None else None
    if operation is not None:
        return operation
    ours = module is None or module == "keras" or f"{module}.".startswith(_KERAS)
    if ours and kind is not None and not (module or "").startswith("keras.src.ops"):
        entry = {
            "module": "keras.layers",
            "class_name": call.kind,
            "config": settings,
            "registered_name": None,
        }
        return keras().saving.deserialize_keras_object(entry, safe_mode=safe_mode)
    if ours and module:
        entry = {**call.entry, "config": settings}
        return keras().saving.deserialize_keras_object(entry, safe_mode=safe_mode)
    raise ValueError("it is no layer of Keras 3: give its class, or a function, by custom_objects")


def _operation(call: Call, settings: Mapping) -> Callable | None:
    """A function of keras.ops that .h5 names without its module; None for what is a layer, or unknown."""
    named = {key: value for key, value in settings.items() if key not in ("name", "dtype", "trainable")}
    if call.kind == "GetItem":
        return lambda x, key: x[tuple(key) if isinstance(key, list) else key]
    layer = hasattr(keras().layers, call.kind) and len(call.args) < 2  # layers of several tensors take a list
    function = getattr(keras().ops, weights.snake_case(call.kind), None)
    return None if layer or function is None else functools.partial(function, **named)


def _of_user(found, settings: Mapping) -> Callable:
    """What a user gave for a layer, with the layer's settings."""
    if isinstance(found, type):
        return found.from_config(dict(settings)) if hasattr(found, "from_config") else found()
    if hasattr(found, "weights") or not callable(found):
        return found
    return keras().layers.Lambda(found)
