"""An architecture as data: what a network is made of, and everything that follows from it.

Nothing here computes on sequences; shapes, receptive fields and parameter counts are derived, never
typed in. `network.py` turns a spec into arrays.
"""

import dataclasses
from typing import NamedTuple

ACTIVATIONS = ("relu", "exp", "linear", "sigmoid", "tanh", "softplus", "elu")
INITIALIZERS = ("glorot", "he")


def _check(owner, **at_least):
    for field, low in at_least.items():
        value = getattr(owner, field)
        if value < low:
            raise ValueError(f"{type(owner).__name__}.{field} must be at least {low}, got {value}")


def _check_layer(layer):
    if layer.activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {layer.activation!r}; known: {', '.join(ACTIVATIONS)}")
    if layer.norm not in ("batch", "none"):
        raise ValueError(f"unknown norm {layer.norm!r}; known: batch, none")
    if not 0 <= layer.dropout < 1:
        raise ValueError(f"dropout must lie in [0, 1), got {layer.dropout}")


@dataclasses.dataclass(frozen=True)
class Conv:
    """Convolution -> norm -> activation -> max-pooling -> dropout."""

    filters: int
    kernel: int
    pool: int = 1
    pool_stride: int = 0  # 0: equal to pool
    stride: int = 1
    padding: str = "SAME"
    activation: str = "relu"
    norm: str = "batch"
    bias: bool = False
    dropout: float = 0.1

    def __post_init__(self):
        _check(self, filters=1, kernel=1, pool=1, pool_stride=0, stride=1)
        _check_layer(self)
        if self.padding not in ("SAME", "VALID"):
            raise ValueError(f"padding must be SAME or VALID, got {self.padding!r}")


@dataclasses.dataclass(frozen=True)
class Dense:
    """Dense -> norm -> activation -> dropout."""

    units: int
    activation: str = "relu"
    norm: str = "batch"
    bias: bool = False
    dropout: float = 0.5

    def __post_init__(self):
        _check(self, units=1)
        _check_layer(self)


@dataclasses.dataclass(frozen=True)
class NetworkSpec:
    """Convolutions, a reduction over positions, dense layers and a linear output with bias.

    `reduce` is "flatten", "max" or "mean" over what is left of the positions.
    """

    name: str
    length: int
    outputs: int
    convs: tuple[Conv, ...]
    dense: tuple[Dense, ...] = ()
    reduce: str = "flatten"
    initializer: str = "glorot"
    norm_epsilon: float = 1e-5
    norm_decay: float = 0.99

    def __post_init__(self):
        _check(self, length=1, outputs=1)
        if not self.convs:
            raise ValueError("a network needs at least one convolution")
        if self.reduce not in ("flatten", "max", "mean"):
            raise ValueError(f"unknown reduce {self.reduce!r}; known: flatten, max, mean")
        if self.initializer not in INITIALIZERS:
            raise ValueError(
                f"unknown initializer {self.initializer!r}; known: {', '.join(INITIALIZERS)}"
            )
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
    """Zeros before and after, such that ceil(length / stride) windows fit (TensorFlow's SAME)."""
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def pool_stride(conv: Conv) -> int:
    return conv.pool_stride or conv.pool


def conv_shapes(spec: NetworkSpec) -> tuple[ConvShape, ...]:
    """Shapes of every convolution of `spec`.

    Raises:
      ValueError: if a VALID kernel is longer than the map it reads.
    """
    shapes, length, width, left, jump = [], spec.length, 1, 0, 1
    for index, conv in enumerate(spec.convs):
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
        width, left, jump = (
            width + (conv.kernel - 1) * jump,
            left + before * jump,
            jump * conv.stride,
        )
        stride = pool_stride(conv)
        pooled = -(-positions // stride)
        shapes.append(ConvShape(positions, pooled, width, left, jump))
        # The next layer sees whole pooling windows.
        left += same_padding(positions, conv.pool, stride)[0] * jump
        width += (conv.pool - 1) * jump
        jump *= stride
        length = pooled
    return tuple(shapes)


def flat_width(spec: NetworkSpec) -> int:
    """Number of inputs of the first dense layer."""
    last = conv_shapes(spec)[-1].pooled if spec.reduce == "flatten" else 1
    return last * spec.convs[-1].filters


def parameter_count(spec: NetworkSpec) -> int:
    """Number of trained parameters, by arithmetic on the spec."""
    total, channels = 0, 4
    for conv in spec.convs:
        total += conv.kernel * channels * conv.filters
        total += conv.filters * (conv.bias + 2 * (conv.norm == "batch"))
        channels = conv.filters
    width = flat_width(spec)
    for dense in spec.dense:
        total += width * dense.units + dense.units * (dense.bias + 2 * (dense.norm == "batch"))
        width = dense.units
    return total + width * spec.outputs + spec.outputs


def flops(spec: NetworkSpec) -> int:
    """Floating-point operations of the matrix products of one training step on one sequence.

    Two per multiply-add; forward, gradient of the weights, and, except for the first layer, gradient
    of the input. Element-wise work is not counted.
    """
    total, channels = 0, 4
    for index, (conv, shape) in enumerate(zip(spec.convs, conv_shapes(spec))):
        product = 2 * shape.positions * conv.kernel * channels * conv.filters
        total += product * (2 if index == 0 else 3)
        channels = conv.filters
    width = flat_width(spec)
    for units in [dense.units for dense in spec.dense] + [spec.outputs]:
        total += 3 * 2 * width * units
        width = units
    return total


def with_first_activation(spec: NetworkSpec, activation: str) -> NetworkSpec:
    """The same network with another first-layer activation (Koo & Ploenzke 2021: "exp")."""
    first = dataclasses.replace(spec.convs[0], activation=activation)
    return dataclasses.replace(spec, convs=(first,) + spec.convs[1:])


def pooling_before(spec: NetworkSpec, layer: int) -> bool:
    """Whether anything in front of convolution `layer` (0-based) hides exact positions."""
    return any(conv.pool > 1 or conv.stride > 1 for conv in spec.convs[:layer])
