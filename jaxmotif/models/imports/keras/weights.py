"""Weights of a Keras file, put into Keras' layers: the layout of Keras 2 by name, that of Keras 3 by place.

Keras 2 (and .h5 of Keras 3) has a group for each layer of the outermost model, in which "weight_names" lists
what it holds, first what is trained. Keras 3 counts layers of one class: layers/conv1d, layers/conv1d_1, ...
"""

import importlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from jaxmotif.models.imports.keras import graph
from jaxmotif.models.imports.keras.backend import keras


def fill(group: h5py.File | h5py.Group, model: Mapping, layers: Mapping[str, Any], source: str) -> None:
    """Sets the weights of layers.

    Args:
      group: of a file, with its weights.
      model: the architecture.
      layers: {path: layer of Keras} of those that are known and built.
      source: what errors call the file.

    Raises:
      ValueError: for weights that are missing or have another shape.
    """
    if _attribute(group, "layer_names"):
        _fill_by_name(group, model, layers, source)
    else:
        _fill_by_place(group, model, layers, source)


def _fill_by_name(group, model, layers, source) -> None:
    stored = {name: _arrays(group, name) for name in _attribute(group, "layer_names")}
    wanted = {}  # {layer of the outermost model: its known layers that have weights}
    for entry in _entries(model):
        inner = [(path, layers[path]) for path in _leaves(entry, "") if path in layers]
        inner = [(path, layer) for path, layer in inner if layer.weights]
        if inner:
            wanted[graph.name_of(entry)] = inner
    full = [name for name, arrays in stored.items() if arrays]
    if set(wanted) <= set(full):
        names = dict(zip(wanted, wanted, strict=True))
    elif len(full) == len(wanted):
        names = dict(zip(wanted, full, strict=True))  # counted on in another session
    else:
        missing = next(name for name in wanted if name not in full)
        raise ValueError(
            f"{source}: layer {missing!r} has no weights in it; it has: {', '.join(full) or 'none'}"
        )
    for name, inner in wanted.items():
        found = stored[names[name]]
        trained = [(path, weight) for path, layer in inner for weight in layer.trainable_weights]
        others = [(path, weight) for path, layer in inner for weight in layer.non_trainable_weights]
        if len(found) == len(trained) + len(others):
            pairs = zip([*trained, *others], found.values(), strict=True)
        else:
            pairs = _by_part(name, inner, found, source)
        for (path, weight), array in pairs:
            _set(weight, array, f"{source}: {path}")


def _by_part(name: str, inner, found: Mapping[str, np.ndarray], source: str) -> Iterator:
    """Weights of a nested model, of which not all layers are known: by the layer in their names."""
    for path, layer in inner:
        own = path.rpartition("/")[2]
        arrays = [array for key, array in found.items() if own in key.split("/")[:-1]]
        weights = [*layer.trainable_weights, *layer.non_trainable_weights]
        if len(arrays) != len(weights):
            raise ValueError(
                f"{source}: layer {path or name!r} wants {len(weights)} weights, the file has {len(arrays)}"
            )
        yield from zip([(path, weight) for weight in weights], arrays, strict=True)


def _set(weight, array: np.ndarray, what: str) -> None:
    if tuple(weight.shape) != array.shape:
        raise ValueError(
            f"{what}/{weight.name} has shape {array.shape}, the network wants {tuple(weight.shape)}"
        )
    if not np.isfinite(np.asarray(array, np.float32)).all():
        raise ValueError(f"{what}/{weight.name} holds values that are not finite")
    weight.assign(array)


def _fill_by_place(group, model, layers, source) -> None:
    keras()
    # The one part of Keras that knows where layers within layers lie; nothing public does.
    saving_lib = importlib.import_module("keras.src.saving.saving_lib")
    copy = io.BytesIO()
    with h5py.File(copy, "w") as file:
        for name in group:
            group.copy(name, file, name.replace("\\", "/"))
    store = saving_lib.H5IOStore(copy, mode="r")
    for path, place in _places(_entries(model), "", ""):
        layer = layers.get(path)
        if layer is None or not layer.weights:
            continue
        failed: set = set()
        errors: dict = {}
        saving_lib._load_state(
            layer, store, None, place, visited_saveables=set(), failed_saveables=failed, error_msgs=errors
        )
        if errors:
            _, error = next(iter(errors.values()))
            raise ValueError(f"{source}: weights of layer {path!r} at {place}: {error}")


def _places(entries: Sequence[Mapping], path: str, place: str) -> Iterator[tuple[str, str]]:
    """Path of each layer and where Keras 3 puts its weights."""
    used: dict[str, int] = {}
    for entry in entries:
        name = snake_case(entry["class_name"])
        count = used[name] = used.get(name, -1) + 1
        here = f"{place}layers/{name}{f'_{count}' if count else ''}"
        if graph.is_model(entry):
            yield from _places(_entries(entry), f"{path}{graph.name_of(entry)}/", f"{here}/")
        else:
            yield path + graph.name_of(entry), here


def _leaves(entry: Mapping, prefix: str) -> list[str]:
    """Paths of the layers of an entry, itself or those of a nested model."""
    path = prefix + graph.name_of(entry)
    if not graph.is_model(entry):
        return [path]
    return [leaf for one in _entries(entry) for leaf in _leaves(one, path + "/")]


def _entries(model: Mapping) -> Sequence[Mapping]:
    config = model["config"]
    return config["layers"] if isinstance(config, Mapping) else config


def snake_case(name: str) -> str:
    """Returns a class's name as Keras 3 writes it in files."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _arrays(group, name: str) -> dict[str, np.ndarray]:
    names: list[str] = _attribute(group[name], "weight_names")
    for weight in names:
        if weight not in group[name]:
            raise ValueError(f"weight {weight!r} of layer {name!r} is missing")
    return {weight: np.asarray(group[name][weight]) for weight in names}


def _attribute(group, name: str) -> list[str]:
    """An attribute of names; long ones lie in several pieces."""
    decode: Callable = lambda item: item.decode() if isinstance(item, bytes) else str(item)
    if name in group.attrs:
        return [decode(item) for item in group.attrs[name]]
    found, piece = [], 0
    while f"{name}{piece}" in group.attrs:
        found += [decode(item) for item in group.attrs[f"{name}{piece}"]]
        piece += 1
    return found
