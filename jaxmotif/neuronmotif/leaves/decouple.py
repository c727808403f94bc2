"""Splitting one neuron's sequences by the places inside pooling windows, and the motif of every part.

Wei et al. 2021, Methods: from the deepest pooling to the first, the sequences of each part are clustered by
the feature map in front of it, K being the pool size. Beside it, the place of the pooling winner is read
directly. A leaf's number is written in the digits of its splits. Where nothing is pooled below, parts are cut
by the maps that the activation depends on (`by_maps.py`).
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys
from jaxmotif.models.spec import valid_lengths
from jaxmotif.neuronmotif import passes
from jaxmotif.neuronmotif.function_chain import FunctionSubstructure
from jaxmotif.neuronmotif.leaves import by_maps, features
from jaxmotif.neuronmotif.leaves.kmeans import kmeans, squared_distances
from jaxmotif.neuronmotif.sample.genetic import draw_letters
from jaxmotif.neuronmotif.settings import Decoupling
from jaxmotif.neuronmotif.substructure import Substructure


class Leaves(NamedTuple):
    """T leaves of one neuron; see `Decoded` for the fields that carry its names.

    Attributes:
      labels: leaf of each sequence by the method chosen, and by the other one, (N,) each.
    """

    ppm: jax.Array
    nsites: jax.Array
    leaf_maximum: jax.Array
    consensus: jax.Array
    drawn: jax.Array
    labels: jax.Array
    other: jax.Array


class Cut(NamedTuple):
    """One split of T parts into K, as it can be made of other sequences.

    Attributes:
      centres: of the clusters, (T, K, D).
      digits: what a cluster adds to a leaf's number, int32 (T, K).
    """

    centres: jax.Array
    digits: jax.Array


def radix(
    neuron: Substructure | FunctionSubstructure, settings: Decoupling
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns parts of the split behind each digit of a leaf, and the maps they come from, deepest first."""
    if by_maps.applies(neuron, settings):
        numbers = by_maps.levels(neuron, settings.levels) * settings.repeats
        return (by_maps.HALVES,) * len(numbers), numbers
    return neuron.radix(settings.repeats)


def split(  # noqa: PLR0913 - what is split, and by what
    key, found, places, weights_n, sizes: tuple[int, ...], settings: Decoupling, share=1.0, letters_nd=None
) -> tuple[jax.Array, list[Cut]]:
    """Returns the leaf of each row by k-means, (N,), most significant digit first, and the splits.

    The clusters of a split are numbered by their mean offset in the pooling window, so that a digit means
    the same in every part; a part with too few rows is left whole, with digit 0.

    Args:
      share: of the neuron's sequences that the rows are.
      letters_nd: of the rows, one-hot and flat, (N, 4 R): parts are left whole where a split does not
        shorten the description of these; None: all are split.
    """
    leaf, count, cuts = jnp.zeros(weights_n.shape[0], jnp.int32), 1, []
    per_repeat = len(found)
    for number, size in enumerate(sizes):
        rows, place = found[number % per_repeat], places[number // per_repeat][number % per_repeat]
        clusters = kmeans(keys.at(key, number), rows, weights_n, leaf, count, size, settings)
        cell = leaf * size + clusters.labels
        mass = jax.ops.segment_sum(weights_n, cell, num_segments=count * size)
        mean = jax.ops.segment_sum(weights_n * place, cell, num_segments=count * size) / jnp.maximum(
            mass, 1e-30
        )
        mean = jnp.where(mass > 0, mean, jnp.inf).reshape(count, size)
        rank = jnp.argsort(jnp.argsort(mean, axis=1), axis=1)
        members = jax.ops.segment_sum((weights_n > 0).astype(jnp.int32), leaf, num_segments=count)
        whole = members < settings.fewest * share
        if letters_nd is not None:
            gain = by_maps.shorter(letters_nd, weights_n > 0, leaf, clusters.labels, count, size)
            whole |= gain <= 0
        digits = jnp.where(whole[:, None], 0, rank)
        cuts.append(Cut(clusters.centres, digits))
        leaf = leaf * size + digits[leaf, clusters.labels]
        count *= size
    return leaf, cuts


def by_centres(found, cuts: list[Cut]) -> jax.Array:
    """Returns the leaf of each row by the splits that were made of others, (N,): its nearest centres."""
    leaf = jnp.zeros(found[0].shape[0], jnp.int32)
    for number, cut in enumerate(cuts):
        nearest = squared_distances(found[number % len(found)], cut.centres, leaf).argmin(axis=1)
        leaf = leaf * cut.digits.shape[1] + cut.digits[leaf, nearest]
    return leaf


def _labels(key, neuron, codes_nl, weights_n, sizes, settings: Decoupling) -> tuple[jax.Array, jax.Array]:
    """The leaf of each row by k-means, and by the winners' places or a split of half of the rows, (N,) each.

    Features of `settings.rows` sequences are held at once; all others are read once and go where the centres
    are nearest.
    """
    n, real = len(codes_nl), (weights_n > 0).sum()
    rows = min(settings.rows or n, n)
    general = by_maps.applies(neuron, settings)
    read = (by_maps if general else features).reader(key, neuron, codes_nl, real, settings)
    # Evenly over all activations; without a product that passes 2^31.
    at, most = jnp.arange(rows), jnp.maximum(real, rows)
    index = at * (most // rows) + at * (most % rows) // rows if rows < n else at
    found, places = passes.over(read, codes_nl[index], neuron.pass_rows)
    own, part = weights_n[index], rows / most
    if general:
        letters = dna.one_hot(codes_nl[index]).reshape(rows, -1)
        half = jax.random.bernoulli(keys.stream(key, "half"), shape=(rows,)) * own
        # One program for both.
        (labels, again), both = jax.lax.map(
            lambda one: split(one[0], found, places, one[1], sizes, settings, one[2], letters),
            (
                jnp.stack([keys.stream(key, "split"), keys.stream(key, "again")]),
                jnp.stack([own, half]),
                jnp.stack([part, part / 2]),
            ),
        )
        cuts, other = jax.tree.map(lambda leaf: leaf[0], both), jax.tree.map(lambda leaf: leaf[1], both)
    else:
        labels, cuts = split(keys.stream(key, "split"), found, places, own, sizes, settings, part)
        again, other = by_offsets(places, sizes), None
    if rows == n:
        return labels, again

    def leaves(codes):
        found, places = read(codes)
        return by_centres(found, cuts), by_offsets(places, sizes) if other is None else by_centres(
            found, other
        )

    return passes.over(leaves, codes_nl, neuron.pass_rows)


def by_offsets(places, sizes: tuple[int, ...]) -> jax.Array:
    """Returns the leaf of each row by the pooling winners' places, (N,)."""
    leaf: Any = 0
    for place, size in zip([p for repeat in places for p in repeat], sizes, strict=True):
        leaf = leaf * size + place
    return leaf


def leaf_motifs(codes_nl, values_n, leaf_n, count: int, bins: int, borrow: bool):
    """Returns PPM (T, R, 4), sequences (T,) and largest activation (T,) of every leaf.

    A leaf's sequences fall into bins over (0, its largest activation]; each bin's letter frequencies
    count with its mean activation (Methods, "linear density"). Rows with activation 0 or less are left out.
    """
    real = values_n > 0
    nsites = jax.ops.segment_sum(real.astype(jnp.int32), leaf_n, num_segments=count)
    highest = jnp.maximum(
        jax.ops.segment_max(jnp.where(real, values_n, 0.0), leaf_n, num_segments=count), 0.0
    )
    place = jnp.ceil(values_n / jnp.maximum(highest[leaf_n], 1e-30) * bins).astype(jnp.int32) - 1
    cell = jnp.where(real, leaf_n * bins + jnp.clip(place, 0, bins - 1), count * bins)

    def per_bin(values):
        return jax.ops.segment_sum(values, cell, num_segments=count * bins + 1)[:-1].reshape(count, bins)

    size = per_bin(real.astype(jnp.float32))
    weight = jnp.where(size > 0, per_bin(jnp.where(real, values_n, 0.0)) / jnp.maximum(size, 1.0), 0.0)
    if borrow:
        number = jnp.arange(bins)
        above = jax.lax.cummin(jnp.where(size > 0, number, bins - 1), axis=1, reverse=True)
        middle = (number + 0.5) / bins * highest[:, None]
        weight = jax.vmap(lambda w, a, m: w.at[a].add(m))(weight, above, jnp.where(size > 0, 0.0, middle))
    share = jnp.append((weight / jnp.maximum(size, 1.0)).reshape(-1), 0.0)[cell]
    member = (leaf_n[:, None] == jnp.arange(count)) * share[:, None]
    rows = dna.one_hot(codes_nl).reshape(codes_nl.shape[0], -1)
    letters = jnp.dot(member.T, rows, precision="highest").reshape(count, -1, 4)
    total = letters.sum(axis=2, keepdims=True)
    return jnp.where(total > 0, letters / jnp.maximum(total, 1e-30), 0.25), nsites, highest


def decouple(key, neuron: Substructure, codes_nl, values_n, bins: int, settings: Decoupling) -> Leaves:
    """Returns the leaves of one neuron; rows whose activation is not above 0 are no sequences of it.

    Args:
      key: of the neuron.
      neuron: one neuron's substructure.
      codes_nl: its sample, strongest first, uint8 (N, R).
      values_n: activations.
      bins: that a leaf's sequences are weighted in.
      settings: of decoupling.
    """
    sizes, _ = radix(neuron, settings)
    count = math.prod(sizes)
    weights_n = jnp.maximum(values_n, 0.0)
    if count == 1:
        labels = other = jnp.zeros(values_n.shape[0], jnp.int32)
    else:
        labels, other = _labels(key, neuron, codes_nl, weights_n, sizes, settings)
        if settings.method == "offsets" and not by_maps.applies(neuron, settings):
            labels, other = other, labels
    ppm, nsites, highest = leaf_motifs(codes_nl, values_n, labels, count, bins, settings.borrow)
    return Leaves(ppm, nsites, highest, *diagnose(key, neuron, ppm, nsites, settings.draws), labels, other)


def neuron_bytes(neuron: Substructure | FunctionSubstructure, sequences: int, settings: Decoupling) -> int:
    """Returns what splitting so many sequences of one neuron takes at most, in bytes."""
    if by_maps.applies(neuron, settings):
        # Of its maps together not more than all maps have.
        maps = [neuron.map_values] * min(len(neuron.maps_below), settings.levels)
    else:
        lengths, convs = valid_lengths(neuron.convs[:-1], neuron.width), neuron.convs
        maps = [lengths[n - 1][0] * convs[n - 1].filters for n in neuron.pooled_layers]
    features_held = sum(min(size, settings.width or size) for size in maps)
    projections = sum(size * settings.width for size in maps)
    leaves = math.prod(radix(neuron, settings)[0])
    floats = (
        min(settings.rows or sequences, sequences) * features_held
        + projections
        + 4 * features.REFERENCE * neuron.map_values
        + sequences * (4 * neuron.width + leaves)
    )
    return 4 * floats + passes.bytes_of_pass()


def diagnose(key, neuron: Substructure, ppm_tr4, nsites_t, draws: int) -> tuple[jax.Array, jax.Array]:
    """Returns activation of each leaf's consensus, and mean activation of samples of its PPM; 0 if empty."""
    consensus = neuron.activation(ppm_tr4.argmax(axis=2).astype(jnp.uint8))
    many = jnp.repeat(ppm_tr4[:, None], draws, axis=1)
    codes = draw_letters(keys.stream(key, "draw"), many)
    drawn = jax.lax.map(neuron.activation, codes).mean(axis=1)
    return jnp.where(nsites_t > 0, consensus, 0.0), jnp.where(nsites_t > 0, drawn, 0.0)


diagnose_alone = jax.jit(diagnose, static_argnames="draws")
