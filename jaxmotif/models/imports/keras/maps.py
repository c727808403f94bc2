"""Which maps of a Keras network there are, and which activations stand at its ends.

A map is what a convolution hands on, after the normalisation and the activation that follow it directly and
before its pooling, under the convolution's name. Sums and products of branches, recurrent layers that give
their steps, and attention have maps too.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jaxmotif.models.imports import heads as heads_of
from jaxmotif.models.imports.heads import Link
from jaxmotif.models.imports.keras import ops
from jaxmotif.models.imports.keras.graph import INPUT, Call, Graph, Value
from jaxmotif.models.imports.keras.layers import Layers

CONVOLUTIONS = (
    "Conv1D",
    "Conv2D",
    "SeparableConv1D",
    "SeparableConv2D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Conv1DTranspose",
    "Conv2DTranspose",
)
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
_OTHERS = (
    "LSTM",
    "GRU",
    "SimpleRNN",
    "RNN",
    "Bidirectional",
    "MultiHeadAttention",
    "GroupedQueryAttention",
    "GroupQueryAttention",
    "Attention",
    "AdditiveAttention",
)
NORMS = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "ThresholdedReLU", "Softmax")
DROPOUTS = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
)
_ACTIVATION_OPS = ("relu", "relu6", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "exp")
# Whatever lies below: they have features, or a shape of their own, on the last axis.
_CHANNELS_LAST = (*_OTHERS, "Dense", "TimeDistributed", "Reshape")
_LINKS: Mapping[str, Link] = {
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log_sigmoid": "log_sigmoid",
    "log_softmax": "log_softmax",
}
_OVER = ("softmax", "log_softmax")
# What values stay that are moved, picked, joined or averaged, layers and operations of Keras 3.
_KEEPS = (
    *DROPOUTS,
    *(
        "Reshape",
        "Flatten",
        "Permute",
        "Identity",
        "Cropping1D",
        "Concatenate",
        "Average",
        "Maximum",
        "Minimum",
    ),
    *("GlobalMaxPooling1D", "GlobalAveragePooling1D", "MaxPooling1D", "AveragePooling1D"),
    *("GetItem", "Transpose", "Squeeze", "ExpandDims", "Mean", "Max", "Min", "Take", "Stack", "Moveaxis"),
)
# Those that are layers, or operations of Keras 3.
_LINK_KINDS: Mapping[str, Link] = {
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "LogSigmoid": "log_sigmoid",
    "LogSoftmax": "log_softmax",
}


class Map(NamedTuple):
    """A map: its name, the tensor, and the axis of its channels."""

    name: str
    value: Value
    channels: int


class Cut(NamedTuple):
    """How heads are read: {head: value}, {head: link}, calls whose activation is left out, {head: axis of
    channels, with the batch}, and {head: what it is} behind a sigmoid or softmax that is not left out."""

    heads: dict[str, Value]
    links: dict[str, Link]
    plain: tuple[int, ...]
    channels: dict[str, int]
    bounded: dict[str, Link]


def is_activation(call: Call) -> bool:
    """Returns whether a call is an activation only, with no weights but slopes."""
    if call.kind in ACTIVATIONS:
        return True
    if call.kind in ops.KINDS:
        function = call.settings.get("function", "")
        return ops.elementwise(function) and function.rpartition(".")[2] in (*_ACTIVATION_OPS, "leaky_relu")
    return call.kind.lower() in _ACTIVATION_OPS  # keras.ops of Keras 3


def channels_axis(call: Call) -> int:
    """Returns the axis of a layer's channels."""
    return 1 if call.settings.get("data_format") == "channels_first" else -1


def find(layers: Layers) -> list[Map]:
    """Returns the maps of a network that can be reached, in the order of its calls."""
    graph = layers.graph
    readers, found, names = graph.readers(), [], set()
    heads = {value.call for value in graph.outputs.values()}
    axes = _axes(graph)
    for number, call in enumerate(graph.calls):
        if not layers.shapes[number] or call.kind not in (*CONVOLUTIONS, *MERGES, *_OTHERS):
            continue
        if call.kind in MERGES and len(call.reads) < 2:  # of a tensor and a number
            continue
        end = _end(graph, readers, heads, layers, number)
        shape = layers.shape(Value(end, 0))
        axis = axes[number]
        places = list(shape[:-1] if axis == -1 else shape[1:])
        if len(shape) < 2 or sum(size != 1 for size in places) != 1:
            continue
        name = call.path
        while name in names:
            name += "_"  # a layer that is used again
        names.add(name)
        found.append(Map(name, Value(end, 0), axis))
    return found


def _axes(graph: Graph) -> list[int]:
    """Axis of channels of each call: its own, or that of what it reads."""
    found: list[int] = []
    for call in graph.calls:
        if "data_format" in call.settings or not call.reads or call.kind in _CHANNELS_LAST:
            found.append(channels_axis(call))
        elif call.kind == "Permute":
            dims, axis = list(call.settings["dims"]), found[call.reads[0].call]
            moved = dims.index(len(dims) if axis == -1 else axis) + 1
            found.append(-1 if moved == len(dims) else moved)
        else:
            found.append(found[call.reads[0].call])
    return found


def _end(graph: Graph, readers: Sequence[Sequence[int]], heads, layers: Layers, number: int) -> int:
    """The call at the end of a block: normalisation and activation directly behind it."""
    active = graph.calls[number].settings.get("activation") not in (None, "linear")
    while not active and len(readers[number]) == 1 and number not in heads:
        following = graph.calls[readers[number][0]]
        active = is_activation(following)
        skipped = following.kind in (*NORMS, *DROPOUTS)
        if not (active or skipped) or not layers.shapes[readers[number][0]]:
            break
        number = readers[number][0]
    return number


def cut(layers: Layers) -> Cut:
    """Returns the heads that can be reached, without a sigmoid or softmax at their end."""
    graph, readers = layers.graph, layers.graph.readers()
    heads: dict[str, Value] = {}
    links: dict[str, Link] = {}
    plain, axes, channels = [], _axes(graph), {}
    for name, value in graph.outputs.items():
        if not layers.reached(value):
            continue
        heads[name] = value
        call, shape = graph.calls[value.call], layers.shape(value)
        channels[name] = 1 if axes[value.call] == 1 and len(shape) == 2 else len(shape)
        link = _link(call, len(shape))
        if link in _OVER and (channels[name] != len(shape) or shape[-1] == 1):
            link = None
        used = len(readers[value.call]) + sum(one == value for one in graph.outputs.values())
        if link is None or call.kind == INPUT or used > 1:
            continue
        links[name] = link
        if is_activation(call) or call.kind in _LINK_KINDS or call.kind in ops.KINDS:
            heads[name] = call.reads[0]
        else:
            plain.append(value.call)
    others = {name: _what(layers, value.call) for name, value in heads.items() if name not in links}
    return Cut(heads, links, tuple(plain), channels, {name: one for name, one in others.items() if one})


def _what(layers: Layers, number: int) -> Link | None:
    """What a tensor is that comes from sigmoids or softmaxes only, see `heads.what`."""
    call = layers.graph.calls[number]
    inner = call.settings.get("layer") if call.kind == "TimeDistributed" else None
    settings = inner.get("config", {}) if isinstance(inner, Mapping) else call.settings
    link = _link(dataclasses.replace(call, settings=settings), 1) or _LINK_KINDS.get(call.kind)
    if link:
        return "log_probability" if link.startswith("log") else "probability"
    if call.kind == INPUT or not call.reads or getattr(layers.called.get(call.path), "weights", None):
        return None
    name = call.kind
    if name in ops.KINDS or name == "Activation":
        name = str(call.settings.get("activation" if name == "Activation" else "function")).rpartition(".")[2]
    name = {"exponential": "exp"}.get(name, name.lower())
    return heads_of.what([_what(layers, value.call) for value in call.reads], name, call.kind in _KEEPS)


def _link(call: Call, last: int) -> Link | None:
    """The sigmoid, or softmax over the last axis, that a call ends in."""
    if call.kind in ops.KINDS:
        found = _LINKS.get(str(call.settings.get("function")).rpartition(".")[2])
        return found if found not in _OVER or last == 1 else None
    if call.kind in _LINK_KINDS:
        axis = call.settings.get("axis", -1)
        return _LINK_KINDS[call.kind] if axis in (-1, last) else None
    activation = call.settings.get("activation")
    if isinstance(activation, Mapping):  # Keras 3 and functions
        activation = activation.get("config") if activation.get("class_name") == "function" else None
    return _LINKS.get(activation) if isinstance(activation, str) else None
