"""DeepLIFT's contributions against shuffled sequences, averaged over them (DeepLIFT/SHAP)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys, shuffling
from jaxmotif.interpret import secants
from jaxmotif.models import blocks

SHUFFLES = 20


def multipliers(score: Callable, x_bl4: jax.Array, reference_bl4: jax.Array) -> jax.Array:
    """Returns how much of the score's difference each unit of input difference makes, (B, L, 4).

    Times x - reference they sum to score(x) - score(reference), see `secants`.

    Args:
      score: pure, x (B, L, 4) -> (B,).
      x_bl4, reference_bl4: one-hot.

    Raises:
      ValueError: for a score with an operation that has no rule.
    """
    change = lambda step: secants.difference(score, x_bl4, reference_bl4, step)
    total, back = jax.vjp(change, x_bl4 - reference_bl4)
    return back(jnp.ones_like(total))[0]


def contributions(score: Callable, x_bl4: jax.Array, references_brl4: jax.Array) -> jax.Array:
    """Returns what each letter would contribute at each position, as a mean over references, (B, L, 4).

    Those of the letters that are there sum to score(x) less the mean score of the references. The score of
    x is computed once, whatever the number of references.

    Args:
      score: pure, x (B, L, 4) -> (B,).
      x_bl4: one-hot.
      references_brl4: R references of each, one-hot.

    Raises:
      ValueError: as `multipliers`.
    """

    def of_one(reference_bl4):
        found_bl4 = multipliers(score, x_bl4, reference_bl4)
        return found_bl4 - (found_bl4 * reference_bl4).sum(axis=-1, keepdims=True)

    count = references_brl4.shape[1]
    at_once = _at_once(score, x_bl4, count)
    if at_once == count:
        return jax.vmap(of_one, in_axes=1)(references_brl4).mean(axis=0)
    return jax.lax.map(of_one, references_brl4.swapaxes(0, 1), batch_size=at_once).mean(axis=0)


def _at_once(score: Callable, x_bl4: jax.Array, count: int) -> int:
    """How many of `count` references of one sequence the caches of a CPU hold: all, or an equal part."""
    if jax.default_backend() != "cpu":
        return count
    row = jax.ShapeDtypeStruct((1, *x_bl4.shape[1:]), x_bl4.dtype)
    # Values of sequence and reference, and differences, lie side by side.
    each = blocks.row_bytes(jax.tree_util.Partial(score), row)
    if each is None:
        return count
    most = blocks.CACHED // 2 // max(each, 1)
    return max(part for part in range(1, count + 1) if count % part == 0 and (part <= most or part == 1))


def shuffles(codes_bl: jax.Array, count: int = SHUFFLES) -> jax.Array:
    """Returns dinucleotide shuffles of base codes, uint8 (B, count, L). Works inside jit.

    N stays where it is. What is drawn for a sequence depends on its letters only, not on those beside it.
    """
    codes_bl = jnp.asarray(codes_bl).astype(jnp.uint8)
    # Letters first, N behind them: N at the end is padding to `dinucleotide_shuffle`.
    order_bl = jnp.argsort(codes_bl == dna.N, axis=1, stable=True)
    weights_l = np.random.default_rng(0).integers(0, 2**32, codes_bl.shape[1], dtype=np.uint32)
    digest_b = (codes_bl.astype(jnp.uint32) * weights_l).sum(axis=1, dtype=jnp.uint32)
    root = keys.stream(keys.root(0), "references")

    def of_one(codes_l, order_l, digest):
        own = jax.random.fold_in(root, digest)
        drawn_rl = shuffling.dinucleotide_shuffle(own, jnp.tile(codes_l[order_l], (count, 1)))
        return jnp.zeros_like(drawn_rl).at[:, order_l].set(drawn_rl)

    return jax.vmap(of_one)(codes_bl, order_bl, digest_b)


def codes(x_bl4: jax.Array) -> jax.Array:
    """Returns base codes uint8 (B, L) of one-hot sequences; zeros are N. Works inside jit."""
    return jnp.where(x_bl4.sum(axis=-1) > 0, x_bl4.argmax(axis=-1), dna.N).astype(jnp.uint8)
