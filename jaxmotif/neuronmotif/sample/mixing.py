"""Whether independent walkers have come to tell the same: R-hat over lineages.

Rank-normalised, split R-hat (Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021, Bayesian Analysis 16) for
many short chains in groups (nested R-hat: Margossian et al. 2024, Bayesian Analysis): the variance of the
groups' means against the variance inside them. Groups start at different places. 1 is mixed; where groups
stay where they began it is well above.
"""

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri


def rank_normalised(values: jax.Array) -> jax.Array:
    """Returns normal scores of the ranks of all values, ties at their mean rank (Vehtari 2021, eq. 14)."""
    flat = values.reshape(-1)
    order = jnp.sort(flat)
    low, high = (jnp.searchsorted(order, flat, side=side) for side in ("left", "right"))
    rank = (low + high + 1) / 2
    return ndtri((rank - 0.375) / (flat.size + 0.25)).reshape(values.shape)


def between_and_within(values_gmt: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Returns the variances B of groups' means and W inside groups of a statistic (groups, walkers, draws).

    Each group counts as two, by the halves of its draws, so that drift shows (split R-hat). W is the
    variance of walkers' means plus the mean variance of their draws.
    """
    groups, walkers, draws = values_gmt.shape
    halves = values_gmt[..., : draws // 2 * 2].reshape(groups, walkers, 2, -1)
    halves = jnp.moveaxis(halves, 2, 1).reshape(2 * groups, walkers, -1)
    means = halves.mean(axis=2)
    within = means.var(axis=1, ddof=1) + halves.var(axis=2, ddof=1).mean(axis=1)
    return means.mean(axis=1).var(ddof=1), within.mean()


def rhat(between: jax.Array, within: jax.Array) -> jax.Array:
    """Returns sqrt(1 + B / W); 1 where nothing varies at all."""
    ratio = jnp.where(between > 0, between / jnp.maximum(within, 1e-30), 0.0)
    return jnp.sqrt(1 + ratio)


def scalar_rhat(values_gmt: jax.Array) -> jax.Array:
    """Returns R-hat of a rank-normalised statistic of (groups, walkers, draws)."""
    return rhat(*between_and_within(rank_normalised(values_gmt)))


def letters_rhat(codes_gmtl: jax.Array) -> jax.Array:
    """Returns one R-hat of all letters, (groups, walkers, draws, R): B and W summed over R x 4 indicators."""

    def one(column_gmt):
        parts = [between_and_within((column_gmt == letter).astype(jnp.float32)) for letter in range(4)]
        return jax.tree.map(lambda *leaves: sum(leaves), *parts)

    between, within = jax.lax.map(one, jnp.moveaxis(codes_gmtl, 3, 0))
    return rhat(between.sum(), within.sum())
