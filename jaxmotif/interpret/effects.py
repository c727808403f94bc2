"""What every unit of a layer does to every output: logits with it and without it, no labels needed."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching
from jaxmotif.models import host_blocks


class Effects(NamedTuple):
    """Effect of each of K units on each of T outputs, in logits.

    Attributes:
      size: (K, T) mean over sequences of how far the logit moves, either way, without the unit.
      shift: (K, T) mean logit minus that without the unit. Positive: the unit argues for the output.
    """

    size: np.ndarray
    shift: np.ndarray

    @property
    def most(self) -> np.ndarray:
        """Largest `size` of each unit, over outputs, (K,)."""
        return self.size.max(axis=1)

    def order(self) -> np.ndarray:
        """Returns the units, (K,), by `most`, the largest first."""
        return np.argsort(-self.most, kind="stable")


def effects(
    score_masked: Callable,
    sequences,
    units: int,
    *,
    batch_size: int = 32,
    units_at_once: int = 8,
) -> Effects:
    """Takes away one unit after the other.

    Sums are made on the device, so that memory does not grow with sequences or outputs.

    Args:
      score_masked: pure function (one-hot (B, L, 4), keep (K,) of 0. and 1.) -> logits (B, T); it decides
        what a unit with keep 0 is replaced by (`Network.ablated_score`). Given as
        `jax.tree_util.Partial(apply, params)`, other parameters do not recompile.
      sequences: uint8 (N, L) base codes.
      units: K.
      batch_size: sequences at a time. Small blocks stay in a core's cache.
      units_at_once: what comes before the mask is computed once for all of them.

    Raises:
      ValueError: for no unit, or logits that are not (B, T) or not finite.
    """
    codes_nl = batching.check_sequences(sequences)
    if units < 1:
        raise ValueError(f"units must be at least 1, got {units}")
    score_masked = batching.as_partial(score_masked)
    sums = []
    for chosen, taken in host_blocks.batches(units, units_at_once):
        keep_gk = (1 - np.eye(units, dtype=np.float32))[chosen]
        own = jax.tree_util.Partial(_sums, score_masked, keep_gk)
        parts = [part for _, part in host_blocks.of_blocks(own, codes_nl, batch_size)]
        sums.append(np.asarray(parts, np.float64).sum(axis=0)[:, taken])
    size_kt, shift_kt = np.concatenate(sums, axis=1) / len(codes_nl)
    if not np.isfinite(size_kt).all():
        raise ValueError("score_masked gave logits that are not finite")
    return Effects(size_kt, shift_kt)


def _sums(score_masked, keep_gk, codes_bl, counted_b):
    """Sums over counted sequences of |change| and change, (2, G, T)."""
    score = functools.partial(score_masked, dna.one_hot(codes_bl))
    whole_bt = score(jnp.ones(keep_gk.shape[1]))
    if whole_bt.ndim != 2:
        raise ValueError(f"score_masked must give logits (B, T), not of shape {whole_bt.shape}")
    change_gbt = jnp.where(counted_b[:, None], whole_bt - jax.vmap(score)(keep_gk), 0)
    return jnp.stack([jnp.abs(change_gbt).sum(axis=1), change_gbt.sum(axis=1)])
