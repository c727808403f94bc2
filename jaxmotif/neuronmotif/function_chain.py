"""Neurons of a network that is any pure function: what they see, where only maps and geometry are known.

The receptive field is laid into a sequence that has no letters elsewhere (zeros), at a position whose
receptive field lies inside, and the map is read there. The sequence is as short as the function takes it, see
`cropping`, else of the network's length. The value of a neuron is what the function returns, less what counts
as its zero: sequences with a value above that are those that activate it, whether or not the function has
applied its activation.
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
from jaxmotif.models import up_to
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import cropping, passes
from jaxmotif.neuronmotif.substructure import Geometry, check_neurons, covariances, geometry


@dataclasses.dataclass(frozen=True)
class FunctionChain:
    """The maps of a network made from a function, with the interface of `chain.ConvChain`.

    Attributes:
      network: its first member is read.
      zeros: (layer, what counts as zero of each of its neurons) where that is not 0; see `zero`.
    """

    network: Network
    zeros: tuple[tuple[int, tuple[float, ...]], ...] = ()
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

    def zero(self, layer: int) -> np.ndarray:
        """Returns what counts as zero of each neuron of a layer, float32 (K,)."""
        return np.asarray(dict(self.zeros).get(layer, (0.0,) * self.channels(layer)), np.float32)

    def substructure(self, layer: int, neurons=None, maps: bool = False) -> "FunctionSubstructure":
        """Returns what `neurons` (channels from 0; None: all) of `layer` (from 1) see.

        Args:
          layer: number of the map.
          neurons: channels.
          maps: whether it has to know where the maps below look; what is not given of that is traced.

        Raises:
          ValueError: for a layer that is not there, or no position of which sees only letters of the
            sequence.
        """
        self.check_layer(layer)
        own = self.network.geometry(layer)
        position, length = self._place(layer, own)
        shapes, start = self._shapes(length, layer), position * own.jump - own.left
        below = self._below(layer)
        convs = _convs([*below, own], [shapes.get(n, (0, 1))[1] for n in range(1, layer + 1)])
        if any((start + one.left) % one.jump for one in below):
            convs = ()
        offsets = tuple((start + one.left) // one.jump for one in below) if convs else ()
        channels = np.arange(shapes[layer][1]) if neurons is None else np.asarray(neurons)
        return FunctionSubstructure(
            variables=self.network.member_variables(0),
            channels=jnp.asarray(channels, jnp.int32),
            zeros=jnp.asarray(self.zero(layer)[channels]),
            function=self.network.called,
            layer=layer,
            own=own,
            length=length,
            position=position,
            convs=convs,
            offsets=offsets,
            seen=self._seen(layer, start, own.width, shapes) if maps else (),
            values=sum(math.prod(shape) for shape in shapes.values()),
        )

    def _place(self, layer: int, own: networks.Geometry) -> tuple[int, int]:
        """The position that is read, and the length of the sequence that it is read in."""
        length, first = self.network.length, -(-own.left // own.jump)
        positions = self._shapes()[layer][0]
        last = min((length - own.width + own.left) // own.jump, positions - 1)
        if last < first:
            raise ValueError(
                f"layer {layer} of {self.name} sees {own.width} nt from {-own.left} on "
                f"in steps of {own.jump}; "
                f"none of its {positions} positions lies wholly in {length} nt"
            )
        whole = cropping.Place((first + last) // 2, length)
        return cropping.shortest(self.network.called, self.network.member_variables(0), layer, own, whole)

    def _seen(self, layer: int, start: int, width: int, shapes) -> tuple[tuple[int, int, int], ...]:
        """Number, first position and positions of each map below whose windows lie in these letters."""
        found = []
        for number in sorted(n for n in shapes if n < layer):
            try:
                one = self.network.geometry(number)
            except ValueError:  # it has no windows
                continue
            first = max(-(-(start + one.left) // one.jump), 0)
            last = min((start + width - one.width + one.left) // one.jump, shapes[number][0] - 1)
            if last >= first:
                found.append((number, first, last - first + 1))
        return tuple(found)

    def _below(self, layer: int) -> list[networks.Geometry]:
        """Geometry of all layers below where each is known and returned, else nothing."""
        known, shapes = dict(self.network.layers), self._shapes(0, layer)
        numbers = range(1, layer)
        return [known[n] for n in numbers] if all(n in known and n in shapes for n in numbers) else []

    def _shapes(self, length: int = 0, layer: int | None = None) -> dict[int, tuple[int, int]]:
        """Positions and channels of each map, or of one and those below it.

        Args:
          length: of the sequences; 0: the network's own.
          layer: number of the map; None: all.
        """
        x = jax.ShapeDtypeStruct((1, length or self.network.length, 4), jnp.float32)
        called = self.network.called
        function = up_to.maps(called, layer) if layer else lambda variables, x: called(variables, x)[1]
        maps = jax.eval_shape(function, self.network.member_variables(0), x)
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
      zeros: what counts as zero of each, (C,), or () for one.
      function: (variables, x (B, L, 4)) -> (logits, maps).
      layer: number of the map, from 1.
      own: where its positions look.
      length: of the sequences that receptive fields are laid into, L.
      position: of the map that is read.
      convs: convolutions that would look where the maps up to this one do; () where not all of these are
        known.
      offsets: of each map below the position that looks where this receptive field begins.
      seen: number, first position and positions of the maps below whose windows lie in the receptive field;
        () where nobody asked.
      values: of all maps of one sequence.
    """

    variables: Any
    channels: jax.Array
    zeros: jax.Array
    function: Callable = flax.struct.field(pytree_node=False)
    layer: int = flax.struct.field(pytree_node=False)
    own: networks.Geometry = flax.struct.field(pytree_node=False)
    length: int = flax.struct.field(pytree_node=False)
    position: int = flax.struct.field(pytree_node=False)
    convs: tuple[Conv, ...] = flax.struct.field(pytree_node=False)
    offsets: tuple[int, ...] = flax.struct.field(pytree_node=False)
    seen: tuple[tuple[int, int, int], ...] = flax.struct.field(pytree_node=False)
    values: int = flax.struct.field(pytree_node=False)

    # Whether the first map is a sum over letters.
    letters_add: ClassVar[bool] = False
    # The whole network runs for each sequence: 4^8 of them are as many as can be waited for.
    enumerable: ClassVar[int] = 8

    @property
    def heads(self) -> tuple[jax.Array, jax.Array]:
        """What differs between neurons."""
        return self.channels, self.zeros

    def with_heads(self, heads: tuple[jax.Array, jax.Array]) -> "FunctionSubstructure":
        """Returns the substructure of other neurons."""
        return dataclasses.replace(self, channels=heads[0], zeros=heads[1])

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
        return self.with_heads((self.channels[index], self.zeros[index]))

    def select(self, neurons) -> "FunctionSubstructure":
        """Returns the substructure of some of these neurons, by index."""
        return self.neuron(jnp.asarray(neurons))

    @property
    def map_values(self) -> int:
        """Values of the maps that one sequence takes."""
        return self.values

    @property
    def pass_rows(self) -> int:
        """Sequences of one pass through the function; see `passes`."""
        return passes.rows_of_pass(max(self.values, 4 * self.length))

    def activation(self, x: jax.Array) -> jax.Array:
        """Returns the map's values less their zeros on receptive fields, (n,) of one neuron or (n, C).

        Args:
          x: letters uint8 (n, R), or one-hot (n, R, 4).
        """
        x = dna.one_hot(x) if x.ndim == 2 else x
        read = self._in_passes(lambda maps: maps[self.layer][:, self.position, self.channels], x)
        return read - self.zeros

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

    @property
    def maps_below(self) -> tuple[int, ...]:
        """Numbers of the maps below that look into the receptive field, from 1."""
        return tuple(number for number, _, _ in self.seen)

    def seen_maps(self, x_nr4: jax.Array) -> list[jax.Array]:
        """Returns `maps_below` at the positions whose windows lie in the receptive field, (n, P, K) each."""
        return self._in_passes(
            lambda maps: [maps[number][:, first : first + count] for number, first, count in self.seen], x_nr4
        )

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
            return read(up_to.maps(self.function, self.layer)(self.variables, jnp.pad(x, around)))

        return passes.over(one, x_nr4, self.pass_rows)
