"""Networks from whole models that Keras 2 saved as HDF5 (`model.save("weight.hdf5")`).

The file's attribute "model_config" is JSON of layers; weights lie in model_weights/<layer>/<weight>, their
names in the attribute "weight_names" of every layer. Keras itself is not needed.
"""

import json
import os
import pathlib
from collections.abc import Mapping

import h5py
import numpy as np

from jaxmotif import dna, files, probe
from jaxmotif.models.imports import arrays
from jaxmotif.models.imports.keras_layers import Block, Chain, Layer, read
from jaxmotif.models.spec import Conv, NetworkSpec

_NAMES = {"moving_mean": "mean", "moving_variance": "variance"}
_EPSILON = 1e-3  # Keras' own


def is_hdf5(path: str | os.PathLike) -> bool:
    """Returns whether a file is HDF5, by its content."""
    return pathlib.Path(path).is_file() and h5py.is_hdf5(path)


def load(path: str | os.PathLike, alphabet: str = dna.ALPHABET) -> arrays.Imported:
    """Reads the convolutions of a Keras 2 model, or the whole network where its head is one of ours.

    The whole network ends in Flatten (or a global pooling), hidden Dense layers and a Dense output with
    a sigmoid. Normalisations with different epsilons get the smallest one, the rest added to their
    variances, so that values stay. The name is the file's. `alphabet` is the order of the model's input
    channels, "AGCT" for those trained on DeepSEA's files.

    Raises:
      ValueError: for a file that is not one, layers that cannot be traced, branches, an input other than
        (length, 4), missing weights, and as `arrays.from_arrays`.
    """
    source = os.fspath(path)
    if not is_hdf5(path):
        raise ValueError(
            f"{source} is no HDF5 file" if pathlib.Path(path).exists() else f"{source} is not there"
        )
    probe.check("hdf5", path)
    with files.reading(source, "Keras 2 model"):
        with h5py.File(path, "r") as file:
            layers, shape = _layers(file)
            chain = read(layers)
            length = _length(shape)
            weights = {layer.name: _weights(file, layer, source) for layer in layers}
        blocks = _named(chain)
        norms = [block.norm for block in blocks.values() if block.norm]
        epsilon = min((norm.settings.get("epsilon", _EPSILON) for norm in norms), default=_EPSILON)
        spec = _spec(pathlib.Path(path).stem, length, chain, epsilon)
        found = {name: _arrays(block, weights, epsilon, name == "output") for name, block in blocks.items()}
        return arrays.from_arrays(found, spec, source, alphabet)


def _layers(file: h5py.File) -> tuple[list[Layer], tuple]:
    """The chain of layers, and the input's shape with the batch in front.

    Raises:
      ValueError: for weights without a model, another version, or layers that make no chain.
    """
    if "model_config" not in file.attrs:
        raise ValueError("no model_config in it: whole models are read (model.save), not weights alone")
    version = _text(file.attrs.get("keras_version", "2"))
    if not version.startswith("2"):
        raise ValueError(f"saved by Keras {version}; models of Keras 2 are read")
    model = json.loads(_text(file.attrs["model_config"]))
    entries = model["config"]
    # Early versions put a Sequential's layers there directly.
    entries = entries["layers"] if isinstance(entries, Mapping) else entries
    layers = [
        Layer(entry["class_name"], entry["config"].get("name", ""), entry["config"]) for entry in entries
    ]
    before = None
    for entry, layer in zip(entries, layers, strict=True):
        nodes = entry.get("inbound_nodes")
        if nodes is not None:
            _check_chain(layer, nodes, before)
        before = layer.name
    return layers, layers[0].settings.get("batch_input_shape") or ()


def _check_chain(layer: Layer, nodes, before: str | None) -> None:
    """Raises a ValueError unless `layer` is used once and reads the layer before it alone."""
    sources = [[inbound[0] for inbound in node] for node in nodes]
    wanted = [] if before is None else [[before]]
    if sources != wanted:
        found = ", ".join(name for node in sources for name in node) or "nothing"
        raise ValueError(f"{layer} cannot be traced: it reads {found}, not {before or 'nothing'} alone")


def _length(shape) -> int:
    if len(shape) != 3 or not shape[1] or shape[2] != 4:
        raise ValueError(f"the input has shape {tuple(shape)}, not (None, length, 4) with a fixed length")
    return int(shape[1])


def _weights(file: h5py.File, layer: Layer, path: str) -> dict[str, np.ndarray]:
    """Weights of one layer by the last part of their name, without ":0"; none if it has no group."""
    group = file["model_weights"].get(layer.name)
    if group is None:
        return {}
    found = {}
    for name in map(_text, group.attrs.get("weight_names", [])):
        if name not in group:
            raise ValueError(f"weight {name!r} of {layer} is missing")
        files.check_declared(group[name].nbytes, path, name)
        found[name.rpartition("/")[2].partition(":")[0]] = group[name][()]
    return found


def _text(value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _named(chain: Chain) -> dict[str, Block]:
    named = {f"conv{i + 1}": block for i, block in enumerate(chain.convs)}
    named |= {f"dense{i + 1}": block for i, block in enumerate(chain.dense[:-1])}
    return named | ({"output": chain.dense[-1]} if chain.dense else {})


def _spec(name: str, length: int, chain: Chain, epsilon: float) -> NetworkSpec:
    convs: tuple[Conv, ...] = tuple(block.conv() for block in chain.convs)
    if not chain.dense:
        return NetworkSpec(name, length, outputs=1, convs=convs, norm_epsilon=epsilon)
    output = chain.dense[-1].dense()
    return NetworkSpec(
        name,
        length,
        output.units,
        convs,
        tuple(block.dense() for block in chain.dense[:-1]),
        chain.reduce or "flatten",
        output_norm=output.norm,
        norm_epsilon=epsilon,
    )


def _arrays(
    block: Block, weights: Mapping[str, Mapping[str, np.ndarray]], epsilon: float, output: bool
) -> dict[str, np.ndarray]:
    """Our names for the weights of a block; what Keras left out of a normalisation is 1 or 0."""
    found = dict(weights[block.layer.name])
    units = block.layer.settings.get("filters", block.layer.settings.get("units"))
    if output and not block.layer.settings.get("use_bias", True):
        found["bias"] = np.zeros(units)  # our output always has one
    if block.norm is None:
        return found
    norm = {_NAMES.get(name, name): value for name, value in weights[block.norm.name].items()}
    if not block.norm.settings.get("scale", True):
        norm["gamma"] = np.ones(units)
    if not block.norm.settings.get("center", True):
        norm["beta"] = np.zeros(units)
    if "variance" in norm:
        norm["variance"] = norm["variance"] + (block.norm.settings.get("epsilon", _EPSILON) - epsilon)
    return found | norm
