"""A Keras architecture as one list of calls: Sequential and Functional, nested models laid open.

Keras 2 writes what a layer reads as lists [layer, node, tensor, keywords], Keras 3 as arguments in which
tensors stand; a node is one use of a layer. Both become `Value`s here: a call, and which of its tensors.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jaxmotif.models.imports.inputs import Input

SEQUENTIAL, FUNCTIONAL = ("Sequential",), ("Functional", "Model")
INPUT = "InputLayer"
# What training needs only, and what differs most between versions.
_TRAINING = ("_initializer", "_regularizer", "_constraint")
# What Keras 3 does not know, nor what it would change.
_DROPPED = ("batch_input_shape", "time_major")
_CONSTANT = "_CONSTANT_VALUE"


class Value(NamedTuple):
    """A tensor: the number of a call, and which of its tensors."""

    call: int
    tensor: int


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer.

    Attributes:
      path: the layer's name, behind those of the models that hold it: "encoder/conv1d".
      kind: Keras' class.
      settings: of the layer.
      entry: of the layer in the architecture, with class and module, cleaned.
      args, kwargs: what it is called with; tensors are `Value`s.
    """

    path: str
    kind: str
    settings: Mapping
    entry: Mapping
    args: tuple
    kwargs: Mapping

    def __str__(self):
        return f"{self.kind} {self.path!r}"

    @property
    def reads(self) -> list[Value]:
        """The tensors that it reads."""
        return list(values_in((self.args, self.kwargs)))


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Calls in an order in which they can be run.

    Attributes:
      inputs: of the network; they are its first calls.
      calls: all.
      outputs: {head: value}.
    """

    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    outputs: Mapping[str, Value]

    def needed(self, value: Value) -> set[int]:
        """Returns the numbers of the calls that a value depends on, its own too."""
        found = {value.call}
        for number in range(value.call, -1, -1):
            if number in found:
                found.update(one.call for one in self.calls[number].reads)
        return found

    def readers(self) -> list[list[int]]:
        """Returns for each call the numbers of the calls that read it."""
        found: list[list[int]] = [[] for _ in self.calls]
        for number, call in enumerate(self.calls):
            for value in call.reads:
                if number not in found[value.call]:
                    found[value.call].append(number)
        return found


def values_in(structure):
    """Yields the values in nested lists, tuples and mappings."""
    if isinstance(structure, Value):
        yield structure
    elif isinstance(structure, Mapping):
        for item in structure.values():
            yield from values_in(item)
    elif isinstance(structure, (list, tuple)):
        for item in structure:
            yield from values_in(item)


def read(model: Mapping) -> Graph:
    """Returns the calls of an architecture, {"class_name", "config"}.

    Raises:
      ValueError: for a model that is neither Sequential nor Functional, an input of unknown shape, or layers
        that read what is not there.
    """
    if not is_model(model):
        raise ValueError(
            f"a model of class {model.get('class_name')!r} does not say how its layers are connected; "
            "Sequential and Functional ones do"
        )
    found = _Reader()
    names, config = [], model["config"]
    if model["class_name"] in SEQUENTIAL:
        first = _layers(config)[0]
        shape = _shape(first) or _without_batch(_build_shape(model))
        names = [(name_of(first) if first["class_name"] == INPUT else "input", shape)]
    else:
        by_name = {name_of(entry): entry for entry in config["layers"]}
        for name, *_ in _references(config["input_layers"]):
            names.append((name, _shape(by_name[name])))
    inputs = []
    for name, shape in names:
        if shape is None:
            raise ValueError(f"the shape of input {name!r} is not known")
        inputs.append(Input(name, shape))
        found.calls.append(Call(name, INPUT, {}, {}, (), {}))
    heads, values = found.model(model, "", [Value(i, 0) for i in range(len(inputs))])
    outputs: dict[str, Value] = {}
    for head, value in zip(heads, values, strict=True):
        while head in outputs:
            head += "_"
        outputs[head] = value
    return Graph(tuple(inputs), tuple(found.calls), outputs)


def is_model(entry: Mapping) -> bool:
    """Returns whether a layer's entry is a model that says how its layers are connected."""
    known = entry.get("class_name") in SEQUENTIAL + FUNCTIONAL
    return known and (entry["class_name"] in SEQUENTIAL or "layers" in entry.get("config", {}))


class _Reader:
    """Collects calls."""

    def __init__(self):
        self.calls: list[Call] = []

    def model(self, model: Mapping, prefix: str, given: list[Value]) -> tuple[list[str], list[Value]]:
        """Names of a model's outputs, and these, from its inputs."""
        if model["class_name"] in SEQUENTIAL:
            return self._sequential(model["config"], prefix, given)
        return self._functional(model["config"], prefix, given)

    def _sequential(self, config, prefix: str, given: list[Value]) -> tuple[list[str], list[Value]]:
        values, name = given, prefix.rstrip("/")
        for entry in _layers(config):
            if entry["class_name"] == INPUT:
                continue
            name = prefix + name_of(entry)
            values = self._call(entry, name, (values[0],), {})
        return [name], values[:1]

    def _functional(self, config: Mapping, prefix: str, given: list[Value]):
        entries = {name_of(entry): entry for entry in config["layers"]}
        made: dict[tuple[str, int], list[Value]] = {}
        for (name, *_), value in zip(_references(config["input_layers"]), given, strict=True):
            made[name, 0] = [value]
        waiting = [
            (name, number, node)
            for name, entry in entries.items()
            for number, node in enumerate(entry.get("inbound_nodes") or [])
        ]
        skipped = _skipped(config, entries)
        resolve = lambda structure: _resolved(structure, made, skipped, entries)
        while waiting:
            left = []
            for name, number, node in waiting:
                try:
                    args, kwargs = _arguments(node, resolve)
                except KeyError:
                    left.append((name, number, node))
                    continue
                made[name, number] = self._call(entries[name], prefix + name, args, kwargs)
            if len(left) == len(waiting):
                raise ValueError(f"layer {prefix + left[0][0]} reads a layer that is not there")
            waiting = left
        outputs = config["output_layers"]
        named = list(outputs) if isinstance(outputs, Mapping) else None
        references = _references(outputs)
        values = [resolve(_Reference(*one)) for one in references]
        return named or [prefix + name for name, *_ in references], values

    def _call(self, entry: Mapping, path: str, args: tuple, kwargs: Mapping) -> list[Value]:
        """The tensors of a layer or model that is called; of a layer as many as anyone may ask for."""
        if is_model(entry):
            return self.model(entry, path + "/", list(values_in((args, kwargs))))[1]
        entry = cleaned(entry)
        self.calls.append(Call(path, entry["class_name"], entry["config"], entry, args, kwargs))
        return [Value(len(self.calls) - 1, tensor) for tensor in range(_MOST_TENSORS)]


_MOST_TENSORS = 16


class _Reference(NamedTuple):
    layer: str
    node: int
    tensor: int


def _resolved(structure, made, skipped, entries):
    """A structure with values where it refers to tensors; KeyError if one is not made yet."""
    if isinstance(structure, _Reference):
        name, node, tensor = structure
        return made[name, node - skipped.get(name, 0)][tensor]
    if isinstance(structure, Mapping):
        if structure.get("class_name") == "__keras_tensor__":
            return _resolved(_Reference(*structure["config"]["keras_history"]), made, skipped, entries)
        if structure.get("class_name") == "__tuple__":
            return tuple(_resolved(item, made, skipped, entries) for item in structure["items"])
        return {key: _resolved(item, made, skipped, entries) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        if _is_reference(structure, entries):
            return _resolved(_Reference(*structure[:3]), made, skipped, entries)
        return [_resolved(item, made, skipped, entries) for item in structure]
    return structure


def _is_reference(item, entries) -> bool:
    """Whether a list says [layer, node, tensor], or that and keywords."""
    return (
        isinstance(item, (list, tuple))
        and len(item) in (3, 4)
        and isinstance(item[0], str)
        and item[0] in entries
        and isinstance(item[1], int)
        and isinstance(item[2], int)
    )


def _arguments(node, resolve) -> tuple[tuple, dict]:
    """Arguments and keywords of one use of a layer."""
    if isinstance(node, Mapping):  # Keras 3
        return tuple(resolve(node["args"])), dict(resolve(node["kwargs"]))
    items = [node] if node and isinstance(node[0], str) else node
    read, kwargs = [], {}
    for item in items:
        read.append(item[2] if item[0] == _CONSTANT else resolve(_Reference(*item[:3])))
        if len(item) > 3:
            kwargs |= resolve(item[3])
    return (read[0] if len(read) == 1 else read,), kwargs


def _skipped(config: Mapping, entries: Mapping) -> dict[str, int]:
    """By how much uses of a layer are counted too high: Keras 2 counts a nested model's own use of itself."""
    largest: dict[str, int] = {}

    def look(item):
        if _is_reference(item, entries):
            largest[item[0]] = max(largest.get(item[0], 0), item[1])
            for more in item[3:]:
                look(more)
        elif isinstance(item, Mapping):
            history = item.get("config", {}).get("keras_history") if item.get("config") else None
            look(history) if history else [look(more) for more in item.values()]
        elif isinstance(item, (list, tuple)):
            for more in item:
                look(more)

    for entry in entries.values():
        look(entry.get("inbound_nodes") or [])
    look(_references(config["output_layers"]))
    found = {}
    for name, last in largest.items():
        uses = len(entries[name].get("inbound_nodes") or []) or 1
        found[name] = max(0, last - uses + 1)
    return found


def _references(structure) -> list[tuple]:
    """[layer, node, tensor] of a model's inputs or outputs, which may be one, a list or a mapping."""
    if isinstance(structure, Mapping):
        return [one for item in structure.values() for one in _references(item)]
    if len(structure) == 3 and isinstance(structure[0], str):
        return [tuple(structure)]
    return [one for item in structure for one in _references(item)]


def cleaned(entry: Mapping) -> dict:
    """Returns a layer's entry without what only training needs, in the form of Keras 3."""
    kept = {key: item for key, item in entry["config"].items() if key not in ("input_shape", "batch_shape")}
    config: Any = _clean(kept)
    axis = config.get("axis")
    if entry["class_name"] == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    return {**{key: entry[key] for key in ("module", "registered_name") if key in entry}} | {
        "class_name": entry["class_name"],
        "config": config,
    }


def _clean(item):
    if isinstance(item, Mapping):
        if item.get("class_name") in ("Policy", "PolicyV1", "DTypePolicy"):
            return item["config"]["name"]
        left = {
            key: one for key, one in item.items() if not str(key).endswith(_TRAINING) and key not in _DROPPED
        }
        if isinstance(item.get("config"), Mapping) and not str(item.get("class_name", "__")).startswith("__"):
            left.setdefault("module", "keras.layers")  # early versions do not say so
        return {key: _clean(one) for key, one in left.items()}
    return [_clean(one) for one in item] if isinstance(item, list) else item


def _layers(config) -> Sequence[Mapping]:
    # Early versions put a Sequential's layers there directly.
    layers = config["layers"] if isinstance(config, Mapping) else config
    if not layers:
        raise ValueError("a Sequential without layers")
    return layers


def name_of(entry: Mapping) -> str:
    """Returns the name of a layer's entry."""
    return entry.get("name") or entry["config"].get("name") or entry["class_name"]


def _shape(entry: Mapping) -> tuple[int | None, ...] | None:
    """Shape of what a layer reads, without the batch, where it is said."""
    config: Any = entry["config"]
    if is_model(entry) and entry["class_name"] in SEQUENTIAL:
        return _shape(_layers(config)[0])
    return _without_batch(config.get("batch_shape") or config.get("batch_input_shape") or _build_shape(entry))


def _build_shape(entry: Mapping):
    own = entry["config"].get("build_input_shape") if isinstance(entry["config"], Mapping) else None
    built = entry.get("build_config") or {}
    return own or built.get("input_shape")


def _without_batch(shape) -> tuple[int | None, ...] | None:
    return tuple(shape[1:]) if isinstance(shape, (list, tuple)) and len(shape) > 1 else None
