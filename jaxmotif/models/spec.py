"""An architecture as data: what a network is made of, and everything that follows from it.

Nothing here computes on sequences; shapes, receptive fields and parameter counts are derived, never
typed in. `forward.py` turns a spec into arrays.
"""

import dataclasses
import typing
from collections.abc import Sequence
from typing import Literal, NamedTuple

from jaxmotif.config import check

Activation = Literal["relu", "exp", "linear", "sigmoid", "tanh", "softplus", "elu"]
Padding = Literal["SAME", "VALID"]
Norm = Literal["batch", "none"]
Reduction = Literal["flatten", "max", "mean", "max_mean"]
Initializer = Literal["glorot", "he", "fan_in"]
ComputeDtype = Literal["float32", "bfloat16"]
ACTIVATIONS: tuple[Activation, ...] = typing.get_args(Activation)


# Far above any network; a description that asks for more is damaged, and would take minutes to be refused.
MOST_KERNEL, MOST_UNITS, MOST_LAYERS = 10_000, 1_000_000, 100


@dataclasses.dataclass(frozen=True)
class Conv:
    """Convolution -> norm -> activation -> max-pooling -> dropout.

    Padding SAME keeps ceil(length / stride) positions, VALID those whose window is filled; in pooling,
    these are the conventions of TensorFlow and of Torch.
    """

    filters: int
    kernel: int
    pool: int = 1
    pool_stride: int = 0  # 0: equal to pool
    stride: int = 1
    padding: Padding = "SAME"
    pool_padding: Padding = "SAME"
    activation: Activation = "relu"
    norm: Norm = "batch"
    bias: bool = False
    dropout: float = 0.1

    def __post_init__(self):
        least = {"filters": 1, "kernel": 1, "pool": 1, "pool_stride": 0, "stride": 1, "dropout": 0}
        most = {"filters": MOST_UNITS, "kernel": MOST_KERNEL}
        check(self, at_least=least, at_most=most, below={"dropout": 1})


@dataclasses.dataclass(frozen=True)
class Dense:
    """Dense -> norm -> activation -> dropout."""

    units: int
    activation: Activation = "relu"
    norm: Norm = "batch"
    bias: bool = False
    dropout: float = 0.5

    def __post_init__(self):
        check(self, at_least={"units": 1, "dropout": 0}, at_most={"units": MOST_UNITS}, below={"dropout": 1})


@dataclasses.dataclass(frozen=True)
class Recurrent:
    """Two stacks of LSTM layers, one on each direction of the positions; mean over time, concatenated.

    The stacks do not mix between layers. Dropout follows every layer.
    """

    units: int
    layers: int = 1
    dropout: float = 0.5

    def __post_init__(self):
        most = {"units": MOST_UNITS, "layers": MOST_LAYERS}
        check(self, at_least={"units": 1, "layers": 1, "dropout": 0}, at_most=most, below={"dropout": 1})


@dataclasses.dataclass(frozen=True)
class Highway:
    """A dense ReLU layer to `units`, then `layers` of t relu(W y + b) + (1 - t) y (Srivastava et al. 2015).

    t = sigmoid(V y + c) with c = `gate_bias` at the start: at first the layers carry their input on.
    """

    units: int
    layers: int
    gate_bias: float = -2.0

    def __post_init__(self):
        check(self, at_least={"units": 1, "layers": 1}, at_most={"units": MOST_UNITS, "layers": MOST_LAYERS})


@dataclasses.dataclass(frozen=True)
class NetworkSpec:
    """Convolutions, a reduction over positions, dense or highway layers and a linear output with bias.

    `reduce` is "flatten", "max", "mean" or both of these side by side ("max_mean") over what is left of
    the positions; with `recurrent`, which makes its own mean, it says nothing. `two_way` gives every
    output two units, for and against, and their difference is the logit: its sigmoid is the softmax.
    `output_norm` "batch" normalises the linear output. `compute_dtype` is what convolutions and dense layers
    multiply, see `layers.product`; parameters, sums and recurrent layers are float32.
    """

    name: str
    length: int
    outputs: int
    convs: tuple[Conv, ...] = ()
    dense: tuple[Dense, ...] = ()
    reduce: Reduction = "flatten"
    recurrent: Recurrent | None = None
    highway: Highway | None = None
    two_way: bool = False
    output_norm: Norm = "none"
    initializer: Initializer = "glorot"
    norm_epsilon: float = 1e-5
    norm_decay: float = 0.99
    compute_dtype: ComputeDtype = "float32"

    def __post_init__(self):
        for name in ("convs", "dense"):  # lists too: programs are kept by spec, which must have a hash
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check(self, at_least={"length": 1, "outputs": 1}, at_most={"outputs": MOST_UNITS})
        if not self.convs and not self.recurrent:
            raise ValueError("a network needs at least one convolution or recurrent layers")
        conv_shapes(self)


class ConvShape(NamedTuple):
    """Lengths of one convolution's maps, and where its positions look.

    Position p of the convolution sees `width` positions of the sequence, of which the first is
    p * jump - left. That holds before this layer's own pooling.
    """

    positions: int  # of the convolution
    pooled: int  # after pooling
    width: int
    left: int
    jump: int


def same_padding(length: int, window: int, stride: int) -> tuple[int, int]:
    """Returns the zeros before and after, such that ceil(length / stride) windows fit (TensorFlow's SAME)."""
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def pool_stride(conv: Conv) -> int:
    return conv.pool_stride or conv.pool


def pooled_length(positions: int, conv: Conv) -> tuple[int, int]:
    """Returns the windows that `conv` pools into, and how many positions the first begins before them."""
    stride = pool_stride(conv)
    if conv.pool_padding == "VALID":
        return (positions - conv.pool) // stride + 1, 0
    return -(-positions // stride), same_padding(positions, conv.pool, stride)[0]


class ReceptiveField(NamedTuple):
    """Letters that one position of a convolution's map sees, and letters between neighbouring positions.

    Attributes:
      width: before the convolution's own pooling.
      jump: of the convolution's own map.
      pooled_width: behind its pooling.
      pooled_jump: of the pooled map.
    """

    width: int
    jump: int
    pooled_width: int
    pooled_jump: int


def receptive_fields(convs: Sequence[Conv]) -> tuple[ReceptiveField, ...]:
    """Returns the receptive field of every convolution of a chain; padding does not change it."""
    found, width, jump = [], 1, 1
    for conv in convs:
        own_width, own_jump = width + (conv.kernel - 1) * jump, jump * conv.stride
        width, jump = own_width + (conv.pool - 1) * own_jump, own_jump * pool_stride(conv)
        found.append(ReceptiveField(own_width, own_jump, width, jump))
    return tuple(found)


def valid_lengths(convs: Sequence[Conv], length: int) -> tuple[tuple[int, int], ...]:
    """Returns (positions, pooled positions) of every convolution without padding on `length` letters."""
    found = []
    for conv in convs:
        positions = (length - conv.kernel) // conv.stride + 1
        length = (positions - conv.pool) // pool_stride(conv) + 1
        found.append((positions, length))
    return tuple(found)


def conv_shapes(spec: NetworkSpec) -> tuple[ConvShape, ...]:
    """Returns the shapes of every convolution of `spec`.

    Raises:
      ValueError: if a VALID kernel is longer than the map it reads.
    """
    shapes, length, left, jump = [], spec.length, 0, 1
    for index, (conv, field) in enumerate(zip(spec.convs, receptive_fields(spec.convs), strict=True)):
        if conv.padding == "VALID":
            if length < conv.kernel:
                raise ValueError(
                    f"{spec.name}: convolution {index + 1} reads {length} positions with a kernel of "
                    f"{conv.kernel}"
                )
            before, positions = 0, (length - conv.kernel) // conv.stride + 1
        else:
            before = same_padding(length, conv.kernel, conv.stride)[0]
            positions = -(-length // conv.stride)
        left += before * jump
        pooled, outside = pooled_length(positions, conv)
        if pooled < 1:
            raise ValueError(
                f"{spec.name}: convolution {index + 1} leaves {positions} positions to pool by {conv.pool}"
            )
        shapes.append(ConvShape(positions, pooled, field.width, left, field.jump))
        # The next layer sees whole pooling windows.
        left += outside * field.jump
        jump, length = field.pooled_jump, pooled
    return tuple(shapes)


def flat_width(spec: NetworkSpec) -> int:
    """Returns the number of inputs of the first dense layer."""
    if spec.recurrent:
        return 2 * spec.recurrent.units
    last = {"flatten": conv_shapes(spec)[-1].pooled, "max_mean": 2}.get(spec.reduce, 1)
    return last * spec.convs[-1].filters


def _lstm_weights(channels: int, recurrent: Recurrent) -> int:
    """Weights of both stacks of LSTM layers that read `channels`, without biases."""
    units = recurrent.units
    return 2 * 4 * units * (channels + units + (recurrent.layers - 1) * 2 * units)


def parameter_count(spec: NetworkSpec) -> int:
    """Returns the number of trained parameters, by arithmetic on the spec."""
    total, channels = 0, 4
    for conv in spec.convs:
        total += conv.kernel * channels * conv.filters
        total += conv.filters * (conv.bias + 2 * (conv.norm == "batch"))
        channels = conv.filters
    if spec.recurrent:
        total += (
            _lstm_weights(channels, spec.recurrent) + 2 * 4 * spec.recurrent.units * spec.recurrent.layers
        )
    width = flat_width(spec)
    for dense in spec.dense:
        total += width * dense.units + dense.units * (dense.bias + 2 * (dense.norm == "batch"))
        width = dense.units
    if spec.highway:
        units = spec.highway.units
        total += (width + 1) * units + 2 * (units + 1) * units * spec.highway.layers
        width = units
    return total + (width + 1 + 2 * (spec.output_norm == "batch")) * output_units(spec)


def training_bytes(spec: NetworkSpec, batch: int) -> int:
    """Returns about how many bytes one update of `batch` sequences needs on a CPU, by arithmetic on the spec.

    Of convolutions, whose maps are what is large: windows side by side (`layers.conv1d`), the map and what is
    made of it, and the gradients of both.
    """
    total, channels = 0, 4
    for conv, shape in zip(spec.convs, conv_shapes(spec), strict=True):
        total += shape.positions * (conv.kernel * channels + 2 * conv.filters)
        channels = conv.filters
    return 2 * 4 * batch * total


def output_units(spec: NetworkSpec) -> int:
    """Returns the units of the linear output."""
    return spec.outputs * (2 if spec.two_way else 1)


def flops(spec: NetworkSpec) -> int:
    """Returns the floating-point operations of all matrix products of a training step on one sequence.

    Two per multiply-add; forward, gradient of the weights, and, except for the first layer, gradient
    of the input. Element-wise work is not counted.
    """
    total, channels = 0, 4
    for index, (conv, shape) in enumerate(zip(spec.convs, conv_shapes(spec), strict=True)):
        product = 2 * shape.positions * conv.kernel * channels * conv.filters
        total += product * (2 if index == 0 else 3)
        channels = conv.filters
    if spec.recurrent:
        total += 3 * 2 * time_steps(spec) * _lstm_weights(channels, spec.recurrent)
    width = flat_width(spec)
    for units in [dense.units for dense in spec.dense]:
        total += 3 * 2 * width * units
        width = units
    if spec.highway:
        total += 3 * 2 * (width + 2 * spec.highway.units * spec.highway.layers) * spec.highway.units
        width = spec.highway.units
    return total + 3 * 2 * width * output_units(spec)


def time_steps(spec: NetworkSpec) -> int:
    """Returns the positions that the recurrent layers read, or that are left for the reduction."""
    return conv_shapes(spec)[-1].pooled if spec.convs else spec.length


def with_dropout(spec: NetworkSpec, rate: float) -> NetworkSpec:
    """Returns the same network with this dropout wherever it has one."""
    change = lambda layer: dataclasses.replace(layer, dropout=rate if layer.dropout else 0.0)
    return dataclasses.replace(
        spec,
        convs=tuple(map(change, spec.convs)),
        dense=tuple(map(change, spec.dense)),
        recurrent=spec.recurrent and change(spec.recurrent),
    )


def with_first_activation(spec: NetworkSpec, activation: Activation) -> NetworkSpec:
    """Returns the same network with another first-layer activation (Koo & Ploenzke 2021: "exp")."""
    first = dataclasses.replace(spec.convs[0], activation=activation)
    return dataclasses.replace(spec, convs=(first, *spec.convs[1:]))


def pooling_before(spec: NetworkSpec, layer: int) -> bool:
    """Returns whether anything in front of convolution `layer` (from 1) hides exact positions."""
    return any(conv.pool > 1 or conv.stride > 1 for conv in spec.convs[: layer - 1])
