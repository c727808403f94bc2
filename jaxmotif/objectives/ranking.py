"""Area under the ROC curve as a pure function of arrays: jits, vmaps, stays on the device."""

import jax.numpy as jnp
from jax import lax


def auroc(labels, scores, mask=None):
    """Returns the area under the ROC curve of one task; ties count one half, exactly.

    This is the Mann-Whitney statistic, the chance that a random positive scores above a random
    negative (Hanley and McNeil 1982, Radiology 143:29), and the area under
    the empirical curve. Pairs are counted in integers, so the result is right to float32 rounding
    for N up to 8 million.

    Args:
      labels: (N,) 0/1 or bool; above 0.5 is positive.
      scores: (N,) any real numbers, larger for positives.
      mask: (N,) True where a row counts; None counts all. Lets the last batch be padded.

    Returns:
      float32 scalar in [0, 1]; NaN if a class is absent or a counted score is NaN.
    """
    labels_n, scores_n = jnp.asarray(labels), jnp.asarray(scores)
    if labels_n.ndim != 1 or labels_n.shape != scores_n.shape:
        raise ValueError(f"auroc needs two (N,) arrays, not {labels_n.shape} and {scores_n.shape}")
    counted_n = jnp.ones(labels_n.shape, bool) if mask is None else jnp.asarray(mask, bool)
    if counted_n.shape != labels_n.shape:
        raise ValueError(f"mask {counted_n.shape} must have the labels' shape {labels_n.shape}")
    if labels_n.shape[0] == 0:
        return jnp.float32(jnp.nan)
    positive_n = (labels_n > 0.5) & counted_n
    negative_n = (labels_n <= 0.5) & counted_n
    unusable = jnp.any(jnp.isnan(scores_n) & counted_n)
    # One integer carries both classes through the sort.
    kind_n = positive_n.astype(jnp.int32) - negative_n.astype(jnp.int32)
    sorted_n, kind_n = lax.sort((scores_n, kind_n), num_keys=1)
    changes_n = sorted_n[1:] != sorted_n[:-1]
    edge = jnp.ones(1, bool)
    first_n, last_n = jnp.concatenate([edge, changes_n]), jnp.concatenate([changes_n, edge])
    negatives_n = jnp.cumsum(kind_n < 0, dtype=jnp.int32)
    # Negatives below a run of equal scores and up to its end. Both grow, so a running maximum
    # (minimum from the right) spreads the value at the run's edge over the whole run.
    below_n = lax.cummax(jnp.where(first_n, negatives_n - (kind_n < 0), 0))
    through_n = lax.cummin(jnp.where(last_n, negatives_n, jnp.iinfo(jnp.int32).max), reverse=True)
    half_wins_n = jnp.where(kind_n > 0, below_n + through_n, 0).astype(jnp.uint32)
    # Each term is below 2^24. Summed byte by byte nothing overflows or is rounded.
    total = sum(
        jnp.sum((half_wins_n >> shift) & 255, dtype=jnp.uint32).astype(jnp.float32) * 2.0**shift
        for shift in (0, 8, 16)
    )
    n_positive = jnp.sum(kind_n > 0).astype(jnp.float32)
    n_negative = negatives_n[-1].astype(jnp.float32)
    # With an empty class this is 0 / 0, the NaN that is promised.
    return jnp.where(unusable, jnp.nan, total / (2 * n_positive * n_negative))
