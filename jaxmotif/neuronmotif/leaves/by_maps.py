"""Splitting a neuron's sequences where no pooling says how: by the maps that its activation depends on.

Wei et al. 2021 leave other structures than convolutions with max-pooling open. What they ask of leaves holds
for any: within a leaf the letters are independent of each other (Methods, latent variables). So parts are cut
in two by k-means on the maps below, deepest first, as at a pooling of two, and a cut is kept where it
shortens the description of the sequences: their letters by the columns of each half, which half each one is
in, and the columns (the integrated completed likelihood of Biernacki, Celeux & Govaert 2000).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxmotif import dna
from jaxmotif.neuronmotif import passes
from jaxmotif.neuronmotif.function_chain import FunctionSubstructure
from jaxmotif.neuronmotif.leaves import features
from jaxmotif.neuronmotif.settings import Decoupling
from jaxmotif.neuronmotif.substructure import Substructure

# Parts of a cut.
HALVES = 2


def applies(neuron: Substructure | FunctionSubstructure, settings: Decoupling) -> bool:
    """Returns whether a neuron's sequences are split by maps, and not by the poolings below."""
    chosen = {"always": True, "never": False, "unpooled": not neuron.pooled_layers}
    return chosen[settings.maps] and bool(neuron.maps_below)


def levels(neuron: Substructure | FunctionSubstructure, most: int) -> tuple[int, ...]:
    """Returns the maps that parts are cut by, deepest first; of more than `most` some, evenly by depth."""
    below = neuron.maps_below[::-1]
    if len(below) <= most:
        return below
    return tuple(below[i * (len(below) - 1) // max(most - 1, 1)] for i in range(most))


def reader(
    key: jax.Array,
    neuron: Substructure | FunctionSubstructure,
    codes_nl: jax.Array,
    count,
    settings: Decoupling,
) -> Callable:
    """Returns a function that reads from sequences (B, R) what parts are cut by.

    It returns features (B, D) of each of `levels`, and for each repeat the places (B,) by which the halves of
    a cut are numbered: where in the map most of what the activation depends on lies, from 0 on.

    Args:
      codes_nl: sequences, strongest first, filled up with anything after `count`.
      count: of them, which the weights of features are taken from.
    """
    chosen = levels(neuron, settings.levels)
    places = [neuron.maps_below.index(number) for number in chosen]
    reference = codes_nl[(jnp.arange(features.REFERENCE) * jnp.maximum(count, 1) // features.REFERENCE)]
    maps = passes.over(lambda codes: neuron.seen_maps(dna.one_hot(codes)), reference, neuron.pass_rows)
    values = neuron.activation(reference)
    weights = [
        neuron.sensitivity(maps[at], number, values) for at, number in zip(places, chosen, strict=True)
    ]
    scales = weights if settings.features == "relevant" else [None] * len(chosen)
    projections = [
        features.projection(key, number, maps[at].shape[1:], settings)
        for at, number in zip(places, chosen, strict=True)
    ]
    means = [maps[at].mean(axis=0) for at in places]

    def read(codes):
        maps = neuron.seen_maps(dna.one_hot(codes))
        found = [
            features.flattened(maps[at], scale, projection)
            for at, scale, projection in zip(places, scales, projections, strict=True)
        ]
        middle = [
            _middle(jnp.abs(maps[at] - mean) * weight)
            for at, mean, weight in zip(places, means, weights, strict=True)
        ]
        return found, [middle] * settings.repeats

    return read


def _middle(values_bpk: jax.Array) -> jax.Array:
    """The mean position in a map, weighted by its values, (B,)."""
    mass_bp = values_bpk.sum(axis=2)
    total = jnp.maximum(mass_bp.sum(axis=1), 1e-30)
    return (mass_bp * jnp.arange(mass_bp.shape[1])).sum(axis=1) / total


def shorter(rows_nd: jax.Array, real_n: jax.Array, sets_n, labels_n, count: int, clusters: int) -> jax.Array:
    """Returns by how many nats each set's split shortens the description of its sequences, (count,).

    Below 0 where the letters of a set are described better as a whole.

    Args:
      rows_nd: letters, one-hot and flat, (N, 4 R).
      real_n: rows that count, of which there are n; the BIC's parameters cost log(n) / 2 each.
      sets_n: the set of each row.
      labels_n: its cluster there.
      count: sets.
      clusters: of each set.
    """
    cell_n = sets_n * clusters + labels_n
    member = (cell_n[:, None] == jnp.arange(count * clusters)) * real_n[:, None].astype(jnp.float32)
    letters = jnp.dot(member.T, rows_nd, precision="highest").reshape(count, clusters, -1, 4)
    size = member.sum(axis=0).reshape(count, clusters)
    apart = _nats(letters).sum(axis=2).sum(axis=1) + _nats(size)
    together = _nats(letters.sum(axis=1)).sum(axis=1)
    free = (size > 0).sum(axis=1) - 1
    columns = rows_nd.shape[1] // 4
    price = 0.5 * free * (3 * columns + 1) * jnp.log(jnp.maximum(real_n.sum(), 2))
    return together - apart - price


def _nats(counts: jax.Array) -> jax.Array:
    """What it takes to say which of some kinds each of so many things is, over the last axis."""
    total = counts.sum(axis=-1)
    parts = jnp.where(counts > 0, counts * jnp.log(jnp.maximum(counts, 1e-30)), 0.0).sum(axis=-1)
    return jnp.where(total > 0, total * jnp.log(jnp.maximum(total, 1e-30)), 0.0) - parts
