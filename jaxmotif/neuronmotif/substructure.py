"""The part of a network that neurons of one convolution see.

A neuron of convolution l reads a receptive field of R letters. On exactly R letters, with no padding
anywhere, convolution l has exactly one position: that is its substructure (Wei et al. 2021, Fig. 2a).
Its value there is the convolution's after normalisation and before the activation, and equals the value
at any position of the full network whose receptive field lies inside the sequence.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import flax.struct
import jax
import jax.numpy as jnp

from jaxmotif import dna
from jaxmotif.models import layers
from jaxmotif.models.spec import Conv, pool_stride, receptive_fields, valid_lengths
from jaxmotif.neuronmotif import passes


class Weights(NamedTuple):
    """One convolution with its normalisation folded in: kernel (k, in, out), bias (out,)."""

    kernel: jax.Array
    bias: jax.Array


class Geometry(NamedTuple):
    """What follows from the layers only for neurons of convolution `layer`.

    Attributes:
      layer: number of the convolution, from 1.
      width: letters of the receptive field, R.
      inputs: positions of the pooled map below that the neuron reads, its kernel's width.
      step: letters between neighbouring positions of that map (1 for the first layer).
      stride: letters between neighbouring positions of the layer's own map.
      sizes: pool size after each of the convolutions below, 1 where there is none.
      steps: letters between neighbouring positions of each of these convolutions' own maps.
      shift: product of the pool strides below; a motif can move by fewer letters than that within its
        windows.
    """

    layer: int
    width: int
    inputs: int
    step: int
    stride: int
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    shift: int


def check_neurons(network, layer: int, neurons: Iterable[int]) -> None:
    """Raises ValueError unless `neurons`, from 0, are channels of `layer`, from 1."""
    last = network.channels(layer) - 1
    for neuron in neurons:
        if not 0 <= neuron <= last:
            raise ValueError(f"layer {layer} of {network.name} has neurons 0 to {last}, not {neuron}")


def geometry(convs: Sequence[Conv], layer: int) -> Geometry:
    """Returns receptive field and steps of convolution `layer`, from 1, by arithmetic on the layers."""
    below, fields = convs[: layer - 1], receptive_fields(convs[:layer])
    return Geometry(
        layer,
        fields[-1].width,
        convs[layer - 1].kernel,
        fields[-2].pooled_jump if below else 1,
        fields[-1].jump,
        tuple(conv.pool for conv in below),
        tuple(field.jump for field in fields[:-1]),
        math.prod(pool_stride(conv) for conv in below),
    )


@flax.struct.dataclass
class Substructure:
    """What C neurons of one convolution see on exactly their receptive field of R letters.

    Weights are leaves, so networks of one shape share compiled programs. `neuron` takes one of the C out:
    its kernel and bias then have no leading axis.

    Attributes:
      below: the convolutions below, normalisation folded in; shared by all neurons.
      kernel: of the neurons, (C, k, channels below), or (k, channels below) for one.
      bias: of the neurons, (C,), or () for one.
      convs: the layers up to theirs; static, and their padding is not used.
    """

    below: tuple[Weights, ...]
    kernel: jax.Array
    bias: jax.Array
    convs: tuple[Conv, ...] = flax.struct.field(pytree_node=False)

    # Whether the first map is a sum over letters.
    letters_add: ClassVar[bool] = True
    # Receptive fields up to so many letters can be enumerated.
    enumerable: ClassVar[int] = 12

    @property
    def heads(self) -> tuple[jax.Array, jax.Array]:
        """What differs between neurons: kernel and bias."""
        return self.kernel, self.bias

    def with_heads(self, heads: tuple[jax.Array, jax.Array]) -> "Substructure":
        """Returns the substructure of other neurons of the layer."""
        return dataclasses.replace(self, kernel=heads[0], bias=heads[1])

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.bias.shape[0]

    @property
    def map_values(self) -> int:
        """Values of the maps below that one sequence takes."""
        lengths = valid_lengths(self.convs[:-1], self.width)
        return sum(
            positions * conv.filters for conv, (positions, _) in zip(self.convs[:-1], lengths, strict=True)
        )

    @property
    def pass_rows(self) -> int:
        """Sequences of one pass through the layers below; see `passes`."""
        return passes.rows_of_pass(largest_array(self.convs[:-1], self.width))

    @property
    def layer(self) -> int:
        """Number of the convolution, from 1."""
        return len(self.convs)

    @property
    def geometry(self) -> Geometry:
        """Receptive field and steps."""
        return geometry(self.convs, self.layer)

    @property
    def width(self) -> int:
        """Letters of the receptive field, R."""
        return self.geometry.width

    @property
    def pooled_layers(self) -> tuple[int, ...]:
        """Convolutions below that are pooled, from 1, deepest first."""
        return tuple(n for n in range(self.layer - 1, 0, -1) if self.convs[n - 1].pool > 1)

    @property
    def maps_below(self) -> tuple[int, ...]:
        """Convolutions below, from 1."""
        return tuple(range(1, self.layer))

    def radix(self, repeats: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Returns pool sizes behind the digits of a leaf, and the convolutions they follow, deepest first."""
        numbers = self.pooled_layers * repeats
        return tuple(self.convs[n - 1].pool for n in numbers), numbers

    def neuron(self, index) -> "Substructure":
        """Returns the substructure of one neuron, without an axis of neurons; `index` may be traced."""
        return dataclasses.replace(self, kernel=self.kernel[index], bias=self.bias[index])

    def select(self, neurons) -> "Substructure":
        """Returns the substructure of some of these neurons, by index."""
        neurons = jnp.asarray(neurons)
        return dataclasses.replace(self, kernel=self.kernel[neurons], bias=self.bias[neurons])

    def activation(self, x: jax.Array) -> jax.Array:
        """Returns activations on receptive fields, (n,) of one neuron or (n, C) of several.

        Args:
          x: letters uint8 (n, R), or one-hot (n, R, 4).
        """

        def one(x):
            x = dna.one_hot(x) if x.ndim == 2 else x
            h = inputs(self.convs, self.below, x, self.layer)
            if self.bias.ndim:
                return read_out(h, self.kernel) + self.bias
            return read_out(h, self.kernel[None])[:, 0] + self.bias

        return passes.over(one, x, self.pass_rows)

    def activation_of(self, raw_bpf: jax.Array, number: int) -> jax.Array:
        """Returns weighted sums (B, C), without biases, from the raw map of convolution `number` below."""
        h = pooled(self.convs[number - 1], raw_bpf)
        for following in range(number + 1, self.layer):
            conv = self.convs[following - 1]
            h = pooled(conv, convolve(conv, self.below[following - 1], h))
        return read_out(h, self.kernel if self.bias.ndim else self.kernel[None])

    def contributions(self, number: int, channel, read_bkc: jax.Array, value_b) -> jax.Array:
        """Returns weight times input, (k, channels below), as a mean over rows.

        Args:
          number: of the convolution that reads: this one, or one below.
          channel: of it, where it is one below.
          read_bkc: what its window holds in each row.
          value_b: of the unit that reads; not needed here.
        """
        kernel_kc = self.kernel if number == self.layer else self.below[number - 1].kernel[:, :, channel]
        return (read_bkc * kernel_kc).mean(axis=0)

    def sensitivity(self, raw_bpf: jax.Array, number: int, value_b=None) -> jax.Array:
        """Returns mean absolute derivatives of the activation by the raw map of `number`, (P, F)."""
        slope = jax.grad(lambda raw: self.activation_of(raw, number).sum())
        return passes.over(lambda raw: jnp.abs(slope(raw)), raw_bpf, self.pass_rows).mean(axis=0)

    def raw_maps(self, x_bl4: jax.Array) -> list[jax.Array]:
        """Returns maps of the convolutions below before activation and pooling, first layer first."""
        maps, h = [], x_bl4
        for conv, weights in zip(self.convs[:-1], self.below, strict=True):
            maps.append(convolve(conv, weights, h))
            h = pooled(conv, maps[-1])
        return maps

    def seen_maps(self, x_bl4: jax.Array) -> list[jax.Array]:
        """Returns `raw_maps`, all of which the neuron depends on."""
        return self.raw_maps(x_bl4)

    def raw_map(self, x_bl4: jax.Array) -> jax.Array:
        """Returns activations at every position of longer sequences, (B, P, C)."""
        last = Weights(jnp.moveaxis(self.kernel, 0, -1), self.bias)
        return raw_map(self.convs, (*self.below, last), x_bl4, self.layer)


def largest_array(convs: Sequence[Conv], length: int) -> int:
    """Returns floats of the largest array that `length` letters take: a map, or a convolution's input.

    The input as a matrix product reads it, every letter or value once for each place of the kernel.
    """
    most, channels = 4 * length, 4
    for conv, (positions, _) in zip(convs, valid_lengths(convs, length), strict=True):
        most = max(most, positions * max(conv.filters, conv.kernel * channels))
        channels = conv.filters
    return most


def inputs(convs: Sequence[Conv], weights: Sequence[Weights], x_bl4: jax.Array, layer: int) -> jax.Array:
    """Returns the map that convolution `layer` (from 1) reads, activated and pooled: (B, P, channels)."""
    h = x_bl4
    for number in range(1, layer):
        h = pooled(convs[number - 1], convolve(convs[number - 1], weights[number - 1], h))
    return h


def raw_map(convs: Sequence[Conv], weights: Sequence[Weights], x_bl4: jax.Array, layer: int) -> jax.Array:
    """Returns convolution `layer` (from 1) after normalisation, before activation and pooling: (B, P, F)."""
    return convolve(convs[layer - 1], weights[layer - 1], inputs(convs, weights, x_bl4, layer))


def convolve(conv: Conv, weights: Weights, h_blc: jax.Array) -> jax.Array:
    """Returns one convolution after normalisation, before activation and pooling."""
    # An accelerator's default rounds to ten bits, and maxima and bins would not be those of the network.
    with jax.default_matmul_precision("highest"):
        return layers.conv1d(h_blc, weights.kernel, stride=conv.stride, padding="VALID") + weights.bias


def read_out(h_bpc: jax.Array, kernel_ckc: jax.Array) -> jax.Array:
    """Returns weighted sums (B, C) of the map that C neurons read, without their biases."""
    flat = h_bpc.reshape(h_bpc.shape[0], -1)
    return jnp.dot(flat, kernel_ckc.reshape(kernel_ckc.shape[0], -1).T, precision="highest")


def covariances(read_bkc: jax.Array, value_b: jax.Array) -> jax.Array:
    """Returns how much units vary with the unit that reads them, (k, C): their covariance, without a sign."""
    varying = read_bkc - read_bkc.mean(axis=0)
    return jnp.abs((varying * (value_b - value_b.mean())[:, None, None]).mean(axis=0))


def pooled(conv: Conv, raw_bpf: jax.Array) -> jax.Array:
    """Returns a raw map after activation and pooling, whole windows only."""
    h = layers.max_pool(raw_bpf, conv.pool, pool_stride(conv), "VALID")
    return layers.activate(conv.activation, h)
