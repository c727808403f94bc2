"""Weighted k-means inside many disjoint sets of rows at once, inside jit."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.neuronmotif.settings import Decoupling


class Clusters(NamedTuple):
    """What k-means finds.

    Attributes:
      labels: the cluster of every row within its own set, int32 (N,) of 0..K-1: that of the nearest centre.
      centres: of each set's clusters, (T, K, D).
    """

    labels: jax.Array
    centres: jax.Array


def _own(values_nt, sets_n):
    """Of each row the entry of its own set: (N, T, K) -> (N, K)."""
    return jnp.take_along_axis(values_nt, sets_n[:, None, None], axis=1)[:, 0]


def squared_distances(rows_nd: jax.Array, centres_tkd: jax.Array, sets_n: jax.Array) -> jax.Array:
    """Returns the squared distance of every row to the centres of its own set, (N, K); never below 0."""
    products = jnp.einsum("nd,tkd->ntk", rows_nd, centres_tkd, precision="highest")
    distances = (
        _own(jnp.square(centres_tkd).sum(2)[None] - 2 * products, sets_n)
        + jnp.square(rows_nd).sum(1)[:, None]
    )
    return jnp.maximum(distances, 0.0)


def _drawn(key, odds_n, sets_n, count: int):
    """One row of every set, drawn with these odds, (T,); the last row for a set that has none."""
    score = jnp.where(
        odds_n > 0, jnp.log(jnp.maximum(odds_n, 1e-38)) + jax.random.gumbel(key, odds_n.shape), -jnp.inf
    )
    best = jax.ops.segment_max(score, sets_n, num_segments=count)
    candidate = jnp.where((score == best[sets_n]) & (odds_n > 0), jnp.arange(len(odds_n)), len(odds_n))
    return jnp.minimum(jax.ops.segment_min(candidate, sets_n, num_segments=count), len(odds_n) - 1)


def plus_plus(key, rows_nd, weights_n, sets_n, count: int, clusters: int) -> jax.Array:
    """Returns first centres of every set, (T, K, D), by weighted k-means++ (Arthur & Vassilvitskii 2007)."""
    first = rows_nd[_drawn(keys.at(key, 0), weights_n, sets_n, count)]
    centres = jnp.repeat(first[:, None], clusters, axis=1)
    for number in range(1, clusters):
        # The centres not yet drawn repeat the first: they change no minimum.
        nearest = squared_distances(rows_nd, centres, sets_n).min(axis=1)
        chosen = _drawn(keys.at(key, number), weights_n * nearest, sets_n, count)
        centres = centres.at[:, number].set(rows_nd[chosen])
    return centres


def _lloyd(rows_nd, weights_n, sets_n, centres_tkd, iterations: int):
    count, clusters, _ = centres_tkd.shape

    def assign(centres):
        return squared_distances(rows_nd, centres, sets_n).argmin(axis=1)

    def step(carry):
        centres, labels, number, _ = carry
        place = sets_n * clusters + labels
        member = (place[:, None] == jnp.arange(count * clusters)) * weights_n[:, None]
        mass = member.sum(axis=0)[:, None]
        means = jnp.dot(member.T, rows_nd, precision="highest") / jnp.maximum(mass, 1e-30)
        centres = jnp.where(mass > 0, means, centres.reshape(means.shape)).reshape(centres.shape)
        new = assign(centres)
        return centres, new, number + 1, ((new != labels) & (weights_n > 0)).any()

    start = (centres_tkd, assign(centres_tkd), 0, True)
    centres, labels, *_ = jax.lax.while_loop(lambda c: c[3] & (c[2] < iterations), step, start)
    inertia = squared_distances(rows_nd, centres, sets_n).min(axis=1) * weights_n
    return Clusters(labels, centres), jax.ops.segment_sum(inertia, sets_n, num_segments=count)


def kmeans(
    key: jax.Array,
    rows_nd: jax.Array,
    weights_n: jax.Array,
    sets_n: jax.Array,
    count: int,
    clusters: int,
    settings: Decoupling = Decoupling(),
) -> Clusters:
    """Returns the cluster of every row within its own set, and the clusters' centres.

    Minimises the weighted squared distances to the clusters' means, by Lloyd's algorithm from several
    starts; each set keeps the start with its smallest inertia.

    Args:
      rows_nd: features.
      weights_n: of each row; rows of weight 0 are labelled, but move no centre.
      sets_n: the set each row belongs to, 0 .. count - 1.
      count: sets.
      clusters: K of every set.
      settings: the number of restarts and of iterations.
    """

    def one(number):
        start = keys.at(keys.stream(key, "kmeans"), number)
        centres = plus_plus(start, rows_nd, weights_n, sets_n, count, clusters)
        return _lloyd(rows_nd, weights_n, sets_n, centres, settings.iterations)

    found, inertia_st = jax.lax.map(one, jnp.arange(settings.restarts))
    best_t = inertia_st.argmin(axis=0)
    labels_n = jnp.take_along_axis(found.labels, best_t[sets_n][None], axis=0)[0]
    return Clusters(labels_n.astype(jnp.int32), found.centres[best_t, jnp.arange(count)])
