"""What decoupling looks at: feature maps in front of the poolings, and which place won in each pooling window.

Both are read along the way from the neuron down to the letters.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys
from jaxmotif.models.spec import pool_stride
from jaxmotif.neuronmotif.settings import Decoupling
from jaxmotif.neuronmotif.substructure import Substructure, pooled

# Rows from which the way down and the weight of features are read, and rows of one pass through the network.
REFERENCE, PASS = 512, 1000


class Path(NamedTuple):
    """The units through which a neuron is activated, deepest first.

    Attributes:
      position: of the unit in the window its consumer reads, one a layer below, each ().
      channel: of the unit, each ().
    """

    position: tuple[jax.Array, ...]
    channel: tuple[jax.Array, ...]


def _winner(raw_bpf, conv, window_b, channel):
    """Offset of the largest value in one window of one channel of each row, and its map position, (B,)."""
    column = jnp.take(raw_bpf, channel, axis=2)
    places = window_b[:, None] * pool_stride(conv) + jnp.arange(conv.pool)
    offset = jnp.take_along_axis(column, places, axis=1).argmax(axis=1)
    return offset, window_b * pool_stride(conv) + offset


def _contributions(pooled_bpf, kernel_kc, start_b):
    """Mean of weight times input over rows, for the window of the kernel's width that starts there, (k, C)."""
    places = start_b[:, None] + jnp.arange(kernel_kc.shape[0])
    read = jnp.take_along_axis(pooled_bpf, places[:, :, None], axis=1)
    return (read * kernel_kc).mean(axis=0)


def find_path(neuron: Substructure, maps: list[jax.Array], rank) -> Path:
    """The unit that contributes most at every layer, on average over the rows of `maps`.

    With `rank` above 0, the unit of the layer just below is the best of the position that comes at this
    rank: another part of the neuron's pattern.
    """
    positions, channels = [], []
    rows = maps[0].shape[0]
    layer, kernel, start_b = neuron.layer, neuron.kernel, jnp.zeros(rows, jnp.int32)
    for number in range(layer - 1, 0, -1):
        conv, raw = neuron.convs[number - 1], maps[number - 1]
        shares = _contributions(pooled(conv, raw), kernel, start_b)
        order = jnp.argsort(-shares.max(axis=1))
        position = order[jnp.minimum(rank, len(order) - 1)] if number == layer - 1 else order[0]
        channel = shares[position].argmax()
        positions.append(position)
        channels.append(channel)
        _, place_b = _winner(raw, conv, start_b + position, channel)
        kernel = neuron.below[number - 1].kernel[:, :, channel]
        start_b = place_b * conv.stride
    return Path(tuple(positions), tuple(channels))


def offsets(neuron: Substructure, path: Path, maps: list[jax.Array]) -> list[jax.Array]:
    """Where the winner stands in the pooling window of each unit of the path, (B,) each, deepest first."""
    found, start_b = [], jnp.zeros(maps[0].shape[0], jnp.int32)
    for step, number in enumerate(range(neuron.layer - 1, 0, -1)):
        conv = neuron.convs[number - 1]
        offset, place_b = _winner(maps[number - 1], conv, start_b + path.position[step], path.channel[step])
        found.append(offset.astype(jnp.int32))
        start_b = place_b * conv.stride
    return found


def sensitivity(neuron: Substructure, raw_bpf: jax.Array, number: int) -> jax.Array:
    """Mean absolute derivative of the neuron's activation by each entry of the raw map of layer `number`, (P, F)."""
    return jnp.abs(jax.grad(lambda raw: neuron.activation_of(raw, number).sum())(raw_bpf)).mean(axis=0)


def describe(
    key: jax.Array, neuron: Substructure, codes_nl: jax.Array, count, settings: Decoupling
) -> tuple[list[jax.Array], list[list[jax.Array]]]:
    """Features of every pooled layer and pooling winners' offsets of one neuron's sequences.

    Args:
      codes_nl: sequences, strongest first, filled up with anything after `count`.

    Returns:
      Features (N, D) of each convolution below that pools, deepest first, and for each repeat the
      offsets (N,) of the same layers.
    """
    n = codes_nl.shape[0]
    pooling = neuron.pooled_layers
    # Evenly spaced over all activations.
    reference = codes_nl[(jnp.arange(REFERENCE) * jnp.maximum(count, 1) // REFERENCE)]
    maps = neuron.raw_maps(dna.one_hot(reference))
    paths = [find_path(neuron, maps, rank) for rank in range(settings.repeats)]
    scales, projections = [], []
    for number in pooling:
        shape = maps[number - 1].shape[1:]
        scales.append(
            sensitivity(neuron, maps[number - 1], number)
            if settings.features == "relevant"
            else jnp.ones(shape)
        )
        size = shape[0] * shape[1]
        if settings.width and size > settings.width:
            normal = jax.random.normal(keys.stream(key, f"project{number}"), (size, settings.width))
            projections.append(normal / jnp.sqrt(settings.width))
        else:
            projections.append(None)

    def one_pass(codes):
        maps = neuron.raw_maps(dna.one_hot(codes))
        found = []
        for scale, projection, number in zip(scales, projections, pooling, strict=True):
            flat = (maps[number - 1] * scale).reshape(codes.shape[0], -1)
            found.append(flat if projection is None else flat @ projection)
        places = [
            [
                o
                for o, number in zip(offsets(neuron, path, maps), range(neuron.layer - 1, 0, -1), strict=True)
                if number in pooling
            ]
            for path in paths
        ]
        return found, places

    filled = jnp.pad(codes_nl, ((0, -n % PASS), (0, 0))).reshape(-1, PASS, codes_nl.shape[1])
    found = jax.lax.map(one_pass, filled)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:n], found)
