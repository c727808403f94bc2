"""Measures how much a prediction needs a filter, by what is lost when it is taken away."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching
from jaxmotif.models import host_blocks


class Importance(NamedTuple):
    """Effect of taking away each of G groups of units, on T tasks (no T axis if labels have none).

    Attributes:
      log_loss: (T,) mean log-loss of the whole network, in nats per sequence.
      auroc: (T,) of the whole network; NaN where a task has one class only.
      log_loss_increase: (G, T) mean log-loss without the group, minus `log_loss`. Positive: needed.
      auroc_drop: (G, T) `auroc` minus that without the group.
      mean_shift: (G, T) mean logit minus that without the group. Positive: the group argues for 1.
    """

    log_loss: np.ndarray
    auroc: np.ndarray
    log_loss_increase: np.ndarray
    auroc_drop: np.ndarray
    mean_shift: np.ndarray


def importance(
    score_masked: Callable,
    sequences,
    labels,
    *,
    units: int | None = None,
    groups=None,
    batch_size: int = 32,
    groups_at_once: int = 8,
) -> Importance:
    """Takes away one group of units after the other on labelled sequences.

    Args:
      score_masked: pure function (one-hot (B, L, 4), keep (K,) of 0. and 1.) -> logits (B,) or
        (B, T); it decides what a unit with keep 0 is replaced by. Given as
        `jax.tree_util.Partial(apply, params)`, other parameters do not recompile.
      sequences: uint8 (N, L) base codes.
      labels: 0/1, (N,) or (N, T), as the logits.
      units: K, for one group per unit.
      groups: (G, K) 0/1, the units that are taken away together; in place of `units`.
      batch_size: sequences at a time. Small blocks stay in a core's cache.
      groups_at_once: groups at a time. What comes before the mask is computed once for all of them.

    Raises:
      ValueError: unless exactly one of `units` and `groups` is given, or for shapes that do not
        agree, labels other than 0 and 1, or logits that are not finite.
    """
    codes_nl = batching.check_sequences(sequences)
    groups_gk = _check_groups(units, groups)
    labels_nt = np.asarray(labels)
    one_task = labels_nt.ndim == 1
    labels_nt = labels_nt[:, None] if one_task else labels_nt
    if labels_nt.ndim != 2 or len(labels_nt) != len(codes_nl):
        raise ValueError(f"labels {np.shape(labels)} for {len(codes_nl)} sequences")
    if not np.all((labels_nt == 0) | (labels_nt == 1)):
        raise ValueError("labels must be 0 or 1")

    # The first row keeps everything: the network as it is.
    keep_gk = np.concatenate([np.ones((1, groups_gk.shape[1])), 1 - groups_gk]).astype(np.float32)
    logits_gnt = _logits(batching.as_partial(score_masked), codes_nl, keep_gk, batch_size, groups_at_once)
    if logits_gnt.shape[1:] != labels_nt.shape:
        raise ValueError(f"logits {logits_gnt.shape[1:]} do not fit labels {labels_nt.shape}")
    if not np.all(np.isfinite(logits_gnt)):
        raise ValueError("score_masked gave logits that are not finite")
    # softplus(-z) where the label is 1, softplus(z) where it is 0.
    loss_gt = np.logaddexp(0, np.where(labels_nt > 0, -logits_gnt, logits_gnt)).mean(axis=1)
    auroc_gt = _auroc(labels_nt, logits_gnt)
    mean_gt = logits_gnt.mean(axis=1)
    result = Importance(
        loss_gt[0],
        auroc_gt[0],
        loss_gt[1:] - loss_gt[0],
        auroc_gt[0] - auroc_gt[1:],
        mean_gt[0] - mean_gt[1:],
    )
    return Importance(*(part[..., 0] for part in result)) if one_task else result


def rises(
    score_masked: Callable, sequences, loss: Callable[[np.ndarray], float], groups, *, batch_size: int = 32
) -> np.ndarray:
    """Returns by how much a loss of the logits rises without each group of units, float64 (G,).

    Args:
      score_masked, sequences, groups, batch_size: see `importance`.
      loss: logits, float64 (N, T), or (N, 1) where there is no T axis -> what is lost by them.

    Raises:
      ValueError: as `importance`.
    """
    codes_nl, groups_gk = batching.check_sequences(sequences), _check_groups(None, groups)
    keep_gk = np.concatenate([np.ones((1, groups_gk.shape[1])), 1 - groups_gk]).astype(np.float32)
    logits_gnt = _logits(batching.as_partial(score_masked), codes_nl, keep_gk, batch_size, 8)
    if not np.all(np.isfinite(logits_gnt)):
        raise ValueError("score_masked gave logits that are not finite")
    lost = np.array([loss(logits_nt) for logits_nt in logits_gnt])
    return lost[1:] - lost[0]


def _check_groups(units, groups) -> np.ndarray:
    if (units is None) == (groups is None):
        raise ValueError(f"give either units or groups, not units={units} and groups={groups}")
    groups_gk = np.eye(units) if groups is None else np.asarray(groups, np.float64)
    if groups_gk.ndim != 2 or groups_gk.size == 0:
        raise ValueError(f"groups must be (G, K) with G, K >= 1, got {groups_gk.shape}")
    if not np.all((groups_gk == 0) | (groups_gk == 1)):
        raise ValueError("groups must hold 0 and 1 only")
    return groups_gk


def _logits(score_masked, codes_nl, keep_gk, batch_size, groups_at_once) -> np.ndarray:
    """Returns the logits under every mask, float64 (G, N, T)."""
    # Neither number bounds a block: however many there are, the compiled program is one.
    rows = []
    for group_index, group_valid in host_blocks.batches(len(keep_gk), groups_at_once):
        masked = jax.tree_util.Partial(_logits_of_block, score_masked, keep_gk[group_index])
        logits_ngt = host_blocks.over_blocks(masked, codes_nl, batch_size).astype(np.float64)
        rows.append(np.moveaxis(logits_ngt, 1, 0)[group_valid])
    logits_gnt = np.concatenate(rows)
    return logits_gnt[..., None] if logits_gnt.ndim == 2 else logits_gnt


def _logits_of_block(score_masked, keep_gk, codes_bl):
    """Logits (B, G) or (B, G, T)."""
    x_bl4 = dna.one_hot(codes_bl)
    return jax.vmap(functools.partial(score_masked, x_bl4), out_axes=1)(keep_gk).astype(jnp.float32)


def _auroc(labels_nt, logits_gnt) -> np.ndarray:
    """Returns AUROC (G, T): the share of pairs in which the positive wins, ties counting one half."""
    auroc_gt = np.full((logits_gnt.shape[0], labels_nt.shape[1]), np.nan)
    for t, labels_n in enumerate(labels_nt.T > 0):
        if labels_n.any() and not labels_n.all():
            for g, logits_n in enumerate(logits_gnt[:, :, t]):
                positive, negative = logits_n[labels_n], np.sort(logits_n[~labels_n])
                below, through = (np.searchsorted(negative, positive, side) for side in ("left", "right"))
                auroc_gt[g, t] = (below.sum() + through.sum()) / (2 * positive.size * negative.size)
    return auroc_gt
