"""What decoupling looks at: feature maps before the poolings, and which place won in each window.

Both are read along the way from the neuron down to the letters.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys
from jaxmotif.models.spec import pool_stride
from jaxmotif.neuronmotif import passes
from jaxmotif.neuronmotif.settings import Decoupling
from jaxmotif.neuronmotif.substructure import Substructure, covariances, pooled

# Rows from which the way down and the weight of features are read.
REFERENCE = 512


class Path(NamedTuple):
    """The units through which a neuron is activated, deepest first.

    Attributes:
      position: of the unit in the window its consumer reads, one a layer below, each ().
      channel: of the unit, each ().
    """

    position: tuple[jax.Array, ...]
    channel: tuple[jax.Array, ...]


def _winner(raw_bpf, conv, window_b, channel):
    """Offset of the largest value in one window of one channel of each row, its map position and it, (B,)."""
    column = jnp.take(raw_bpf, channel, axis=2)
    places = window_b[:, None] * pool_stride(conv) + jnp.arange(conv.pool)
    values = jnp.take_along_axis(column, places, axis=1)
    offset = values.argmax(axis=1)
    return offset, window_b * pool_stride(conv) + offset, values.max(axis=1)


def _read(pooled_bpf, width: int, start_b):
    """What a kernel of this width reads that starts there, (B, k, C)."""
    places = start_b[:, None] + jnp.arange(width)
    return jnp.take_along_axis(pooled_bpf, places[:, :, None], axis=1)


def find_path(
    neuron: Substructure,
    maps: list[jax.Array],
    rank,
    value_b: jax.Array | None = None,
    by_weights: bool = True,
) -> Path:
    """Returns the unit that contributes most at every layer, on average over the rows of `maps`.

    Args:
      neuron: one neuron's substructure.
      maps: of the layers below, before activation and pooling.
      rank: above 0, the unit of the layer just below is the best of the position that comes at this rank:
        another part of the neuron's pattern.
      value_b: activations; needed where contributions are read from them.
      by_weights: whether contributions are the neuron's own, by weights where these are known; else
        covariances, which are the same for a network and for a function that does what it does.
    """
    positions, channels = [], []
    rows = maps[0].shape[0]
    layer, channel, start_b = neuron.layer, None, jnp.zeros(rows, jnp.int32)
    for number in range(layer - 1, 0, -1):
        conv, raw = neuron.convs[number - 1], maps[number - 1]
        read = _read(pooled(conv, raw), neuron.convs[number].kernel, start_b)
        if by_weights or value_b is None:
            shares = neuron.contributions(number + 1, channel, read, value_b)
        else:
            shares = covariances(read, value_b)
            # Of equal ones that are rounded differently the order would make a difference.
            shares = jnp.round(1e4 * shares / jnp.maximum(shares.max(), 1e-30))
        order = jnp.argsort(-shares.max(axis=1))
        position = order[jnp.minimum(rank, len(order) - 1)] if number == layer - 1 else order[0]
        channel = shares[position].argmax()
        positions.append(position)
        channels.append(channel)
        _, place_b, value_b = _winner(raw, conv, start_b + position, channel)
        start_b = place_b * conv.stride
    return Path(tuple(positions), tuple(channels))


def _along(neuron: Substructure, path: Path, maps: list[jax.Array]):
    """Winners' offsets in the pooling window of each unit, deepest first, and the last one's start, (B,)."""
    found, start_b = [], jnp.zeros(maps[0].shape[0], jnp.int32)
    for step, number in enumerate(range(neuron.layer - 1, 0, -1)):
        conv = neuron.convs[number - 1]
        offset, place_b, _ = _winner(
            maps[number - 1], conv, start_b + path.position[step], path.channel[step]
        )
        found.append(offset.astype(jnp.int32))
        start_b = place_b * conv.stride
    return found, start_b


def offsets(neuron: Substructure, path: Path, maps: list[jax.Array]) -> list[jax.Array]:
    """Returns where the winner stands in the pooling window of each unit, (B,) each, deepest first."""
    return _along(neuron, path, maps)[0]


def start(neuron: Substructure, path: Path, maps: list[jax.Array]) -> jax.Array:
    """Returns the first letter that the winner in the first layer of a path reads, (B,)."""
    return _along(neuron, path, maps)[1]


def projection(key: jax.Array, number: int, shape: tuple[int, ...], settings: Decoupling) -> jax.Array | None:
    """Returns random directions that a map (P, K) is projected to, (P K, width); None of a small one."""
    size = shape[0] * shape[1]
    if not settings.width or size <= settings.width:
        return None
    normal = jax.random.normal(keys.stream(key, f"project{number}"), (size, settings.width))
    return normal / jnp.sqrt(settings.width)


def flattened(map_bpk: jax.Array, scale_pk: jax.Array | None, projection: jax.Array | None) -> jax.Array:
    """Returns a map as rows for k-means, (B, D): each entry times its weight, projected where it is large."""
    weighted = map_bpk if scale_pk is None else map_bpk * scale_pk
    flat = weighted.reshape(map_bpk.shape[0], -1)
    return flat if projection is None else flat @ projection


def reader(
    key: jax.Array, neuron: Substructure, codes_nl: jax.Array, count, settings: Decoupling
) -> Callable:
    """Returns a function that reads what decoupling looks at from sequences of one neuron.

    It takes sequences (B, R) and returns features (B, D) of each convolution below that pools, deepest
    first, and for each repeat the pooling winners' offsets (B,) in the same layers.

    Args:
      codes_nl: sequences, strongest first, filled up with anything after `count`.
      count: of them, which the weight of features and the way down are taken from.
    """
    pooling = neuron.pooled_layers
    # Evenly spaced over all activations.
    reference = codes_nl[(jnp.arange(REFERENCE) * jnp.maximum(count, 1) // REFERENCE)]
    maps = passes.over(lambda codes: neuron.raw_maps(dna.one_hot(codes)), reference, neuron.pass_rows)
    values = neuron.activation(reference)
    paths = [find_path(neuron, maps, rank, values) for rank in range(settings.repeats)]
    scales, projections = [], []
    for number in pooling:
        shape = maps[number - 1].shape[1:]
        scales.append(
            neuron.sensitivity(maps[number - 1], number, values) if settings.features == "relevant" else None
        )
        projections.append(projection(key, number, shape, settings))

    def read(codes):
        maps = neuron.raw_maps(dna.one_hot(codes))
        found = []
        for scale, onto, number in zip(scales, projections, pooling, strict=True):
            found.append(flattened(maps[number - 1], scale, onto))
        places = [
            [
                o
                for o, number in zip(offsets(neuron, path, maps), range(neuron.layer - 1, 0, -1), strict=True)
                if number in pooling
            ]
            for path in paths
        ]
        return found, places

    return read
