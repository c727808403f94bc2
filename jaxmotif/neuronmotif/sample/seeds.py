"""Seed sequences: random letters with motifs of the layer below where the neuron looks for them.

Wei et al. 2021, Methods: position i and neuron j below are drawn by c_ij = max(0, w_ij A_j) / sum, A_j being
the largest activation of j.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.models import layers
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.sample.genetic import draw_index, draw_letters
from jaxmotif.neuronmotif.settings import Sampling
from jaxmotif.neuronmotif.substructure import Substructure


class Below(NamedTuple):
    """The decoded layer below: K neurons with T leaves of R' letters.

    Attributes:
      ppm: (K, T, R', 4).
      odds: relative odds of each leaf, (K, T); 0 where it is empty.
      strength: largest activation after the activation function, A_j, (K,); 0 for dead neurons.
    """

    ppm: jax.Array
    odds: jax.Array
    strength: jax.Array


def below(decoded: Decoded, conv: Conv) -> Below:
    """Returns what seeds need of a decoded layer with all neurons, in order; `conv` is that layer.

    Raises:
      ValueError: if some of its neurons were not decoded.
    """
    if list(decoded.neurons) != list(range(conv.filters)):
        raise ValueError(
            f"seeds need all {conv.filters} neurons of layer {decoded.layer} of {decoded.name}, "
            f"{len(decoded.neurons)} are decoded"
        )
    alive = ~decoded.dead
    strength = layers.activate(conv.activation, jnp.where(alive, decoded.maximum, 0.0))
    odds = jnp.maximum(decoded.leaf_maximum, 0.0) * (decoded.nsites > 0)
    return Below(jnp.asarray(decoded.ppm), jnp.asarray(odds, jnp.float32), jnp.where(alive, strength, 0.0))


def contributions(head_kc: jax.Array, strength_c: jax.Array) -> jax.Array:
    """Returns max(0, w_ij A_j), (k, channels below)."""
    return jnp.maximum(head_kc * strength_c, 0.0)


def random_seeds(key: jax.Array, count: int, width: int) -> jax.Array:
    """Returns uniform random letters, uint8 (count, width)."""
    return jax.random.randint(keys.stream(key, "letters"), (count, width), 0, 4, dtype=jnp.uint8)


def seeds(
    key: jax.Array,
    neuron: Substructure,
    lower: Below,
    count: int,
    settings: Sampling,
) -> jax.Array:
    """Returns random sequences with motifs of the layer below, uint8 (count, width).

    A motif of neuron j at position i starts at i * step + r * own_step, r being any place in the
    pooling window; `step` letters lie between positions of the pooled map below, `own_step` between those of
    that layer's own map.

    Args:
      key: of the neuron.
      neuron: one neuron's substructure, above the first layer.
      lower: motifs of the layer below.
      count: sequences.
      settings: of sampling.
    """
    shape, conv = neuron.geometry, neuron.convs[-2]
    width, step, own_step = shape.width, shape.step, shape.steps[-1]
    codes = random_seeds(key, count, width)
    odds = contributions(neuron.kernel, lower.strength)
    leaves, inner = lower.odds.shape[1], lower.ppm.shape[2]
    found = odds.sum() > 0
    for number in range(settings.insertions or conv.pool):
        here = keys.at(keys.stream(key, "insert"), number)
        pair = draw_index(keys.stream(here, "pair"), odds.reshape(-1), (count,))
        position, source_neuron = pair // odds.shape[1], pair % odds.shape[1]
        leaf_odds = jnp.maximum(lower.odds[source_neuron], 1e-30)
        point = jax.random.uniform(keys.stream(here, "leaf"), (count, 1)) * leaf_odds.sum(1, keepdims=True)
        leaf = jnp.minimum((point >= jnp.cumsum(leaf_odds, axis=1)).sum(1), leaves - 1)
        ppm = lower.ppm[source_neuron, leaf]
        if settings.seeds == "consensus":
            motif = ppm.argmax(axis=2).astype(jnp.uint8)
        else:
            motif = draw_letters(keys.stream(here, "motif"), ppm)
        place = jax.random.randint(keys.stream(here, "place"), (count,), 0, conv.pool)
        source = jnp.arange(width) - (position * step + place * own_step)[:, None]
        inside = (source >= 0) & (source < inner) & found
        letters = jnp.take_along_axis(motif, jnp.clip(source, 0, inner - 1), axis=1)
        codes = jnp.where(inside, letters, codes)
    return codes
