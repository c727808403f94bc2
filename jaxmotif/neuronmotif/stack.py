"""The convolutions of a trained network, and the part of them that one neuron sees.

A neuron of convolution l reads a receptive field of R letters. On exactly R letters, with no padding
anywhere, convolution l has exactly one position: that is its substructure (Wei et al. 2021, Fig. 2a).
Its value there is the convolution's after normalisation and before the activation, and equals the value
at any position of the full network whose receptive field lies inside the sequence.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.models import layers
from jaxmotif.models.spec import Conv, NetworkSpec, pool_stride


class Weights(NamedTuple):
    """One convolution with its normalisation folded in: kernel (k, in, out), bias (out,)."""

    kernel: jax.Array
    bias: jax.Array


@dataclasses.dataclass(frozen=True)
class Stack:
    """Convolutions and their weights, without padding, whatever the network they come from has.

    Attributes:
      name: of the network.
      convs: the layers; their padding says nothing here.
      weights: of each.
    """

    name: str
    convs: tuple[Conv, ...]
    weights: tuple[Weights, ...]

    def check_layer(self, layer: int) -> None:
        """Raises ValueError unless `layer`, from 1, is a convolution of this network."""
        if not 1 <= layer <= len(self.convs):
            raise ValueError(f"{self.name} has convolutions 1 to {len(self.convs)}, not a layer {layer}")

    def channels(self, layer: int) -> int:
        """Neurons of convolution `layer`, from 1."""
        return self.convs[layer - 1].filters


def fold(kernel, bias=None, gamma=None, beta=None, mean=None, variance=None, epsilon: float = 0.0) -> Weights:
    """A convolution and its batch normalisation with fixed statistics as one convolution."""
    kernel = np.asarray(kernel, np.float64)
    bias = np.zeros(kernel.shape[-1]) if bias is None else np.asarray(bias, np.float64)
    if gamma is not None:
        scale = np.asarray(gamma, np.float64) / np.sqrt(np.asarray(variance, np.float64) + epsilon)
        kernel, bias = (
            kernel * scale,
            (bias - np.asarray(mean, np.float64)) * scale + np.asarray(beta, np.float64),
        )
    return Weights(jnp.asarray(kernel, jnp.float32), jnp.asarray(bias, jnp.float32))


def from_variables(name: str, convs: Sequence[Conv], variables: Mapping, epsilon: float) -> Stack:
    """The convolutions conv1, conv2, ... of `variables` {"params", "batch_stats"}.

    Raises:
      ValueError: if weights are missing or do not fit the layers.
    """
    weights, channels = [], 4
    for number, conv in enumerate(convs, 1):
        parts = dict(variables["params"].get(f"conv{number}", {}))
        parts |= variables.get("batch_stats", {}).get(f"conv{number}", {})
        shape = (conv.kernel, channels, conv.filters)
        needed = (
            ["kernel"] + ["bias"] * conv.bias + ["gamma", "beta", "mean", "variance"] * (conv.norm == "batch")
        )
        for part in needed:
            if part not in parts:
                raise ValueError(f"{name}: convolution {number} has no {part}")
            want = shape if part == "kernel" else (conv.filters,)
            if tuple(parts[part].shape) != want:
                raise ValueError(
                    f"{name}: {part} of convolution {number} has shape {tuple(parts[part].shape)}, not {want}"
                )
            if not np.isfinite(np.asarray(parts[part])).all():
                raise ValueError(f"{name}: {part} of convolution {number} holds values that are not finite")
        weights.append(fold(**{part: parts[part] for part in needed}, epsilon=epsilon))
        channels = conv.filters
    return Stack(name, tuple(convs), tuple(weights))


def from_network(spec: NetworkSpec, variables: Mapping) -> Stack:
    """The convolutions of a network of ours.

    Raises:
      ValueError: if it has none, or the weights do not fit.
    """
    if not spec.convs:
        raise ValueError(f"{spec.name} has no convolution that could be decoded")
    return from_variables(spec.name, spec.convs, variables, spec.norm_epsilon)


@dataclasses.dataclass(frozen=True)
class Geometry:
    """What follows from the layers alone for neurons of convolution `layer`.

    Attributes:
      width: letters of the receptive field, R.
      inputs: positions of the pooled map below that the neuron reads, its kernel's width.
      step: letters between neighbouring positions of that map (1 for the first layer).
      sizes: pool size after each of the convolutions below, 1 where there is none.
      steps: letters between neighbouring positions of each of these convolutions' own maps.
      shift: product of the pool strides below; a motif can move by fewer letters than that within its windows.
    """

    layer: int
    width: int
    inputs: int
    step: int
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    shift: int


def geometry(convs: Sequence[Conv], layer: int) -> Geometry:
    """Receptive field and steps of convolution `layer`, from 1, by arithmetic on the layers."""
    width, jump, shift, sizes, steps = 1, 1, 1, [], []
    for conv in convs[: layer - 1]:
        width += (conv.kernel - 1) * jump
        jump *= conv.stride
        steps.append(jump)
        sizes.append(conv.pool)
        width += (conv.pool - 1) * jump
        jump *= pool_stride(conv)
        shift *= pool_stride(conv)
    last = convs[layer - 1]
    return Geometry(
        layer, width + (last.kernel - 1) * jump, last.kernel, jump, tuple(sizes), tuple(steps), shift
    )


def inputs(convs: Sequence[Conv], weights: Sequence[Weights], x_bl4: jax.Array, layer: int) -> jax.Array:
    """The map that convolution `layer` (from 1) reads: (B, P, channels below), activated and pooled."""
    h = x_bl4
    for number in range(1, layer):
        h = pooled(convs[number - 1], convolve(convs[number - 1], weights[number - 1], h))
    return h


def raw_map(convs: Sequence[Conv], weights: Sequence[Weights], x_bl4: jax.Array, layer: int) -> jax.Array:
    """Convolution `layer` (from 1) after normalisation, before activation and pooling: (B, P, F)."""
    return convolve(convs[layer - 1], weights[layer - 1], inputs(convs, weights, x_bl4, layer))


def convolve(conv: Conv, weights: Weights, h_blc: jax.Array) -> jax.Array:
    """One convolution after normalisation, before activation and pooling."""
    # An accelerator's default rounds to ten bits, and maxima and bins would not be those of the network.
    with jax.default_matmul_precision("highest"):
        return layers.conv1d(h_blc, weights.kernel, stride=conv.stride, padding="VALID") + weights.bias


def read_out(h_bpc: jax.Array, kernel_ckc: jax.Array) -> jax.Array:
    """Weighted sums (B, C) of the map that C neurons read, without their biases."""
    flat = h_bpc.reshape(h_bpc.shape[0], -1)
    return jnp.dot(flat, kernel_ckc.reshape(kernel_ckc.shape[0], -1).T, precision="highest")


def pooled(conv: Conv, raw_bpf: jax.Array) -> jax.Array:
    """A raw map after activation and pooling, whole windows only."""
    h = layers.max_pool(raw_bpf, conv.pool, pool_stride(conv), "VALID")
    return layers.activate(conv.activation, h)


def head(stack: Stack, layer: int, neurons) -> tuple[jax.Array, jax.Array]:
    """Weights (C, k, channels below) and biases (C,) of the named neurons of convolution `layer`."""
    last = stack.weights[layer - 1]
    neurons = jnp.asarray(neurons)
    return jnp.moveaxis(last.kernel, -1, 0)[neurons], last.bias[neurons]


def upper_bounds(stack: Stack) -> list[np.ndarray]:
    """For each convolution an activation that no sequence exceeds, (F,), by interval arithmetic.

    The bound of the first layer is attained; deeper ones only prove that a neuron is dead where they
    are not above 0.
    """
    bounds, top, bottom = [], np.ones(4), np.zeros(4)
    for conv, weights in zip(stack.convs, stack.weights, strict=True):
        kernel, bias = np.asarray(weights.kernel, np.float64), np.asarray(weights.bias, np.float64)
        if not bounds:  # one letter a position, not any mixture of them
            high, low = kernel.max(axis=1).sum(0) + bias, kernel.min(axis=1).sum(0) + bias
        else:
            rise, fall = np.maximum(kernel, 0).sum(0), np.minimum(kernel, 0).sum(0)
            high, low = top @ rise + bottom @ fall + bias, bottom @ rise + top @ fall + bias
        bounds.append(high)
        # Every activation here rises, so the ends of the interval stay its ends.
        top, bottom = (
            np.asarray(layers.activate(conv.activation, jnp.asarray(v)), np.float64) for v in (high, low)
        )
    return bounds


def proven_dead(stack: Stack, layer: int) -> np.ndarray:
    """Neurons of convolution `layer` that no sequence can activate, (F,) bool, by `upper_bounds`."""
    return upper_bounds(stack)[layer - 1] <= 0
