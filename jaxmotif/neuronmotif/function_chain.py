"""Neurons of a network that is any pure function: what they see, where only maps and geometry are known.

The receptive field is laid into a sequence of the network's length that has no letters elsewhere (zeros), at
a position whose receptive field lies inside, and the map is read there. The value of a neuron is what the
function returns: sequences with a value above 0 are those that activate it, whether or not the function
has applied its activation.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import network as networks
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import passes
from jaxmotif.neuronmotif.substructure import Geometry, check_neurons, covariances, geometry


@dataclasses.dataclass(frozen=True)
class FunctionChain:
    """The maps of a network made from a function, with the interface of `chain.ConvChain`.

    Attributes:
      network: its first member is read.
    """

    network: Network
    # Whether seeds can carry motifs of the layer below: nobody knows by which weights they are read.
    has_seeds: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """Name of the network."""
        return self.network.name

    @property
    def alphabet(self) -> str:
        """Alphabet of the network."""
        return self.network.alphabet

    @property
    def numbers(self) -> list[int]:
        """Numbers of the maps, from 1."""
        return sorted(self._shapes())

    def check_layer(self, layer: int, neurons: Iterable[int] = ()) -> None:
        """Raises ValueError unless `layer` is a map of known geometry and `neurons` (from 0) are in it."""
        self.network.geometry(layer)
        if layer not in self._shapes():
            known = ", ".join(map(str, sorted(self._shapes()))) or "none"
            raise ValueError(f"{self.name} returns no map of layer {layer}; it returns: {known}")
        check_neurons(self, layer, neurons)

    def channels(self, layer: int) -> int:
        """Returns the number of neurons of a layer, from 1."""
        return self._shapes()[layer][1]

    def upper_bounds(self, layer: int) -> np.ndarray:
        """Returns infinity for every neuron, (K,): nothing is proven about a function."""
        return np.full(self.channels(layer), np.inf)

    def substructure(self, layer: int, neurons=None) -> "FunctionSubstructure":
        """Returns what `neurons` (channels from 0; None: all) of `layer` (from 1) see.

        Raises:
          ValueError: for a layer that is not there, or no position of which sees only letters of the
            sequence.
        """
        self.check_layer(layer)
        shapes, own, length = self._shapes(), self.network.geometry(layer), self.network.length
        first = -(-own.left // own.jump)
        last = min((length - own.width + own.left) // own.jump, shapes[layer][0] - 1)
        if last < first:
            raise ValueError(
                f"layer {layer} of {self.name} sees {own.width} nt from {-own.left} on "
                f"in steps of {own.jump}; "
                f"none of its {shapes[layer][0]} positions lies wholly in {length} nt"
            )
        position = (first + last) // 2
        start = position * own.jump - own.left
        below = self._below(layer)
        convs = _convs([*below, own], [shapes.get(n, (0, 1))[1] for n in range(1, layer + 1)])
        if any((start + one.left) % one.jump for one in below):
            convs = ()
        offsets = tuple((start + one.left) // one.jump for one in below) if convs else ()
        channels = np.arange(shapes[layer][1]) if neurons is None else np.asarray(neurons)
        return FunctionSubstructure(
            variables=self.network.member_variables(0),
            channels=jnp.asarray(channels, jnp.int32),
            function=self.network.called,
            layer=layer,
            own=own,
            length=length,
            position=position,
            convs=convs,
            offsets=offsets,
            values=sum(math.prod(shape) for shape in shapes.values()),
        )

    def _below(self, layer: int) -> list[networks.Geometry]:
        """Geometry of all layers below where each is known and returned, else nothing."""
        known, shapes = dict(self.network.layers), self._shapes()
        numbers = range(1, layer)
        return [known[n] for n in numbers] if all(n in known and n in shapes for n in numbers) else []

    def _shapes(self) -> dict[int, tuple[int, int]]:
        """Positions and channels of each map."""
        x = jax.ShapeDtypeStruct((1, self.network.length, 4), jnp.float32)
        maps = jax.eval_shape(self.network.called, self.network.member_variables(0), x)[1]
        return {number: one.shape[1:] for number, one in maps.items()}


def _convs(places: Sequence[networks.Geometry], filters: Sequence[int]) -> tuple[Conv, ...]:
    """Convolutions that look where these maps do; none where a layer is unknown or they do not fit."""
    if len(places) != len(filters):
        return ()
    found, width, jump = [], 1, 1
    for place, count in zip(places, filters, strict=True):
        if place.width < width or (place.width - width) % jump or place.jump % jump:
            return ()
        kernel, stride = (place.width - width) // jump + 1, place.jump // jump
        found.append(
            Conv(count, kernel, place.pool, stride=stride, activation="linear", norm="none", bias=True)
        )
        width, jump = place.width + (place.pool - 1) * place.jump, place.jump * place.pool
    return tuple(found)


@flax.struct.dataclass
class FunctionSubstructure:
    """What C neurons of a function's map see, with the interface of `Substructure`.

    Attributes:
      variables: weights of the function.
      channels: of the neurons, (C,), or () for one.
      function: (variables, x (B, L, 4)) -> (logits, maps).
      layer: number of the map, from 1.
      own: where its positions look.
      length: of the sequences, L.
      position: of the map that is read.
      convs: convolutions that would look where the maps up to this one do; () where not all of these are
        known, and then a neuron has one leaf.
      offsets: of each map below the position that looks where this receptive field begins.
      values: of all maps of one sequence.
    """

    variables: Any
    channels: jax.Array
    function: Callable = flax.struct.field(pytree_node=False)
    layer: int = flax.struct.field(pytree_node=False)
    own: networks.Geometry = flax.struct.field(pytree_node=False)
    length: int = flax.struct.field(pytree_node=False)
    position: int = flax.struct.field(pytree_node=False)
    convs: tuple[Conv, ...] = flax.struct.field(pytree_node=False)
    offsets: tuple[int, ...] = flax.struct.field(pytree_node=False)
    values: int = flax.struct.field(pytree_node=False)

    # Whether the first map is a sum over letters.
    letters_add: ClassVar[bool] = False
    # The whole network runs for each sequence: 4^8 of them are as many as can be waited for.
    enumerable: ClassVar[int] = 8

    @property
    def heads(self) -> jax.Array:
        """What differs between neurons."""
        return self.channels

    def with_heads(self, heads: jax.Array) -> "FunctionSubstructure":
        """Returns the substructure of other neurons."""
        return dataclasses.replace(self, channels=heads)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.channels.shape[0]

    @property
    def width(self) -> int:
        """Letters of the receptive field, R."""
        return self.own.width

    @property
    def geometry(self) -> Geometry:
        """Receptive field and steps."""
        if self.convs:
            return geometry(self.convs, self.layer)
        return Geometry(self.layer, self.width, 1, 1, self.own.jump, (), (), self.own.jump)

    @property
    def pooled_layers(self) -> tuple[int, ...]:
        """Maps below that are pooled, from 1, deepest first."""
        return tuple(n for n in range(len(self.convs) - 1, 0, -1) if self.convs[n - 1].pool > 1)

    def radix(self, repeats: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Returns pool sizes behind the digits of a leaf, and the maps they follow, deepest first."""
        numbers = self.pooled_layers * repeats
        return tuple(self.convs[n - 1].pool for n in numbers), numbers

    def neuron(self, index) -> "FunctionSubstructure":
        """Returns the substructure of one neuron, without an axis of neurons; `index` may be traced."""
        return dataclasses.replace(self, channels=self.channels[index])

    def select(self, neurons) -> "FunctionSubstructure":
        """Returns the substructure of some of these neurons, by index."""
        return dataclasses.replace(self, channels=self.channels[jnp.asarray(neurons)])

    @property
    def map_values(self) -> int:
        """Values of the maps that one sequence takes."""
        return self.values

    @property
    def pass_rows(self) -> int:
        """Sequences of one pass through the function; see `passes`."""
        return passes.rows_of_pass(max(self.values, 4 * self.length))

    def activation(self, x: jax.Array) -> jax.Array:
        """Returns the map's values on receptive fields, (n,) of one neuron or (n, C) of several.

        Args:
          x: letters uint8 (n, R), or one-hot (n, R, 4).
        """
        x = dna.one_hot(x) if x.ndim == 2 else x
        return self._in_passes(lambda maps: maps[self.layer][:, self.position, self.channels], x)

    def raw_maps(self, x_nr4: jax.Array) -> list[jax.Array]:
        """Returns the maps below as far as the receptive field reaches, (n, P, K) each, first layer first."""

        def inside(maps):
            found = []
            for number, first in enumerate(self.offsets, 1):
                below = geometry(self.convs, number)
                count = (self.width - below.width) // below.stride + 1
                found.append(maps[number][:, first : first + count])
            return found

        return self._in_passes(inside, x_nr4)

    def contributions(self, number: int, channel, read_bkc: jax.Array, value_b: jax.Array) -> jax.Array:
        """Returns how much units vary with the unit that reads them, (k, C): their covariance."""
        return covariances(read_bkc, value_b)

    def sensitivity(self, raw_bpf: jax.Array, number: int, value_b: jax.Array) -> jax.Array:
        """Returns how much a map below varies with the neuron's value, (P, K): their covariance."""
        return self.contributions(number, None, raw_bpf, value_b)

    def _in_passes(self, read: Callable, x_nr4: jax.Array):
        """`read` of the maps of sequences that hold these receptive fields."""
        start = self.position * self.own.jump - self.own.left
        around = ((0, 0), (start, self.length - start - self.width), (0, 0))

        def one(x):
            return read(self.function(self.variables, jnp.pad(x, around))[1])

        return passes.over(one, x_nr4, self.pass_rows)
