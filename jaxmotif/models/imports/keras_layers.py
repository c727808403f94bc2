"""The layers of a Keras 2 model as ours: one chain of convolutions, then whatever makes the output.

Keras allows more orders within a block than a `Conv` has. An increasing activation may stand before or
behind max-pooling, the values are the same; what would change values is refused. A head that our network does
not have is no error: convolutions can be read without it.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from jaxmotif.models.spec import Activation, Conv, Dense, Padding, Reduction

_ACTIVATIONS: dict[str, Activation] = {
    name: name for name in ("linear", "relu", "sigmoid", "tanh", "softplus", "elu")
}
_ACTIVATIONS["exponential"] = "exp"
_DROPOUTS = ("Dropout", "SpatialDropout1D")
# They do nothing to what a trained network gives.
_TRAINING_ONLY = ("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "InputLayer")
_REDUCTIONS: dict[str, Reduction] = {
    "Flatten": "flatten",
    "GlobalMaxPooling1D": "max",
    "GlobalAveragePooling1D": "mean",
}
_ACTIVATION_LAYERS = ("Activation", "ReLU", "ThresholdedReLU", "ELU", "Softmax")
_KNOWN = (
    "Conv1D",
    "BatchNormalization",
    "MaxPooling1D",
    "Dense",
    *_ACTIVATION_LAYERS,
    *_DROPOUTS,
    *_TRAINING_ONLY,
    *_REDUCTIONS,
)
# DeepSEA's ReLU has a threshold of 1e-6: an activation this small is none.
_THRESHOLD = 1e-5


class Layer(NamedTuple):
    """One entry of model_config: Keras' class, the layer's name and its settings."""

    kind: str
    name: str
    settings: Mapping

    def __str__(self):
        return f"{self.kind} {self.name!r}"


@dataclasses.dataclass
class Block:
    """A convolution or a dense layer, with what follows it up to the next."""

    layer: Layer
    norm: Layer | None = None
    activation: Activation = "linear"
    pool: Layer | None = None
    dropout: float = 0.0

    def conv(self) -> Conv:
        settings = self.layer.settings
        if "filters" not in settings:
            raise ValueError(f"layer {self.layer.name} does not say how many filters it has")
        pool, stride = 1, 0
        pool_padding: Padding = "VALID"
        if self.pool:
            pool = _one(self.pool, "pool_size")
            stride = _one(self.pool, "strides") if self.pool.settings.get("strides") else pool
            pool_padding = _padding(self.pool)
        return Conv(
            int(settings["filters"]),
            _one(self.layer, "kernel_size"),
            pool,
            pool_stride=0 if stride == pool else stride,
            stride=_one(self.layer, "strides"),
            padding=_padding(self.layer),
            pool_padding=pool_padding,
            activation=self.activation,
            norm="batch" if self.norm else "none",
            bias=bool(settings.get("use_bias", True)),
            dropout=self.dropout,
        )

    def dense(self) -> Dense:
        settings = self.layer.settings
        return Dense(
            int(settings["units"]),
            activation=self.activation,
            norm="batch" if self.norm else "none",
            bias=bool(settings.get("use_bias", True)),
            dropout=self.dropout,
        )


class Chain(NamedTuple):
    """A model's layers in our order.

    `dense` is empty if the head is none that our network has; else its last block is the output, and
    `reduce` is what stands in front of the first.
    """

    convs: list[Block]
    dense: list[Block]
    reduce: Literal["", Reduction]


class _Head(Exception):
    """The head is not one that our network has."""


def read(layers: Sequence[Layer]) -> Chain:
    """Returns the blocks of a chain of layers.

    Raises:
      ValueError: for a layer that cannot be traced, by its name and class, or no convolution.
    """
    for layer in layers:
        if layer.kind not in _KNOWN:
            raise ValueError(f"{layer} cannot be traced; known layers: {', '.join(_KNOWN)}")
    chain, head = Chain([], [], ""), True
    for layer in layers:
        # Behind the point where the head became another one, only a convolution would matter.
        if not head and layer.kind != "Conv1D":
            continue
        try:
            chain = _add(chain, layer)
        except _Head:
            head = False
    if not chain.convs:
        raise ValueError("there is no Conv1D to trace")
    if not head or not chain.dense or chain.dense[-1].activation != "sigmoid":
        chain.dense.clear()
    return chain


def _add(chain: Chain, layer: Layer) -> Chain:
    if layer.kind in _TRAINING_ONLY:
        return chain
    if layer.kind == "Conv1D":
        _check_conv(chain, layer)
        block = Block(layer)
        _activate(block, layer, layer.settings.get("activation", "linear"), True)
        chain.convs.append(block)
        return chain
    if layer.kind in _REDUCTIONS:
        if not chain.convs:
            raise ValueError(f"{layer} stands in front of every convolution")
        if chain.reduce:
            raise _Head
        return chain._replace(reduce=_REDUCTIONS[layer.kind])
    if layer.kind == "Dense":
        if not chain.reduce:
            raise _Head if chain.convs else ValueError(f"{layer} stands in front of every convolution")
        block = Block(layer)
        _activate(block, layer, layer.settings.get("activation", "linear"), False)
        chain.dense.append(block)
        return chain
    if layer.kind in _DROPOUTS:
        if chain.convs:
            _drop((chain.dense or chain.convs)[-1], layer)
        return chain
    return _decorate(chain, layer)


def _check_conv(chain: Chain, layer: Layer) -> None:
    if chain.reduce or chain.dense:
        raise ValueError(f"{layer} reads no map of positions: it stands behind the reduction to one vector")
    for field, wanted in (("dilation_rate", 1), ("groups", 1)):
        if field in layer.settings and _one(layer, field) != wanted:
            raise ValueError(f"{layer} cannot be traced: its {field} is {_one(layer, field)}, not {wanted}")


def _decorate(chain: Chain, layer: Layer) -> Chain:
    """Puts a normalisation, an activation or a pooling on the last block."""
    if not chain.convs:
        raise ValueError(f"{layer} stands in front of every convolution")
    in_conv = not chain.dense
    if in_conv and chain.reduce:
        raise _Head  # between the reduction and the first dense layer
    block = (chain.dense or chain.convs)[-1]
    if layer.kind == "MaxPooling1D":
        if block.pool:
            raise ValueError(f"{layer} cannot be traced: {block.pool} stands directly in front of it")
        block.pool = layer
    elif layer.kind == "BatchNormalization":
        if block.norm or block.pool or block.activation != "linear":
            if not in_conv:
                raise _Head
            raise ValueError(f"{layer} cannot be traced: it does not follow {block.layer} directly")
        if layer.settings.get("axis", -1) not in (-1, 2, [-1], [2]) and in_conv:
            raise ValueError(f"{layer} normalises axis {layer.settings['axis']}, not channels (-1)")
        block.norm = layer
    else:
        _activate(block, layer, _activation(layer), in_conv)
    return chain


def _activation(layer: Layer) -> str:
    """Keras' name of what an activation layer does."""
    settings = layer.settings
    if layer.kind == "Activation":
        return settings["activation"]
    if layer.kind == "ELU" and settings.get("alpha", 1.0) == 1.0:
        return "elu"
    if layer.kind == "ThresholdedReLU" and 0 <= settings["theta"] <= _THRESHOLD:
        return "relu"
    if layer.kind == "ReLU":
        plain = settings.get("max_value") is None and not settings.get("negative_slope")
        if plain and 0 <= (settings.get("threshold") or 0) <= _THRESHOLD:
            return "relu"
    return f"{layer.kind} with other settings"


def _activate(block: Block, layer: Layer, name, in_conv: bool) -> None:
    if name == "linear":
        return
    problem = None
    if name not in _ACTIVATIONS:
        problem = f"{layer} cannot be traced: unknown activation {name!r}; known: {', '.join(_ACTIVATIONS)}"
    elif block.activation != "linear":
        problem = f"{layer} cannot be traced: {block.layer} has an activation already"
    if problem:
        raise ValueError(problem) if in_conv else _Head
    block.activation = _ACTIVATIONS[name]


def _drop(block: Block, layer: Layer) -> None:
    block.dropout = 1 - (1 - block.dropout) * (1 - float(layer.settings["rate"]))


def _one(layer: Layer, field: str) -> int:
    value = layer.settings.get(field, 1)
    return int(value[0] if isinstance(value, (list, tuple)) else value)


def _padding(layer: Layer) -> Padding:
    for field, known in (("padding", ("valid", "same")), ("data_format", ("channels_last",))):
        value = layer.settings.get(field) or known[0]
        if value not in known:
            raise ValueError(f"{layer} cannot be traced: its {field} is {value!r}, not {' or '.join(known)}")
    return "SAME" if layer.settings.get("padding") == "same" else "VALID"
