"""Ranking metrics of classifiers on the host, and bootstrap intervals for them."""

import dataclasses
from collections.abc import Callable

import numpy as np

from jaxmotif.config import one_of

METRICS = ("auroc", "aupr")


@dataclasses.dataclass(frozen=True)
class Interval:
    """A value with its percentile interval; `replicates` counts the resamples that were used."""

    value: float
    low: float
    high: float
    replicates: int


def auroc(labels, scores) -> np.ndarray:
    """Returns the area under the ROC curve of every task, ties counting one half.

    Args:
      labels: 0/1, (N, T) or (N,); NaN where unknown, which is left out.
      scores: as labels; larger for positives.

    Returns:
      float64 (T,), or () for labels (N,). NaN for a task with one class only.

    Raises:
      ValueError: for shapes that differ, labels other than 0, 1 and NaN, or scores that are NaN.
    """
    return _by_task("auroc", labels, scores)


def aupr(labels, scores) -> np.ndarray:
    """Returns the average precision of every task: sum over thresholds of (R_i - R_i-1) P_i.

    The step-wise area under the precision-recall curve, scikit-learn's `average_precision_score`;
    not the trapezoidal area that some papers report, which is optimistic (Davis and Goadrich
    2006).
    Arguments, shapes and errors as for `auroc`.
    """
    return _by_task("aupr", labels, scores)


def bootstrap_interval(
    labels, scores, metric: str = "auroc", n: int = 1000, seed: int = 0, level: float = 0.95, groups=None
) -> Interval:
    """Returns a percentile bootstrap interval over groups of sequences of one task's AUROC or AUPR.

    Groups are drawn with replacement, n times (the cluster bootstrap, Davison and Hinkley 1997, section 3.8;
    with one sequence per group Efron's of 1979); resamples that miss a class are left out. Each resample is a
    weight per sequence, so scores are sorted once only.

    Args:
      labels: 0/1 (N,).
      scores: (N,).
      metric: "auroc" or "aupr".
      n: resamples.
      seed: of the resampling.
      level: coverage, in (0, 1).
      groups: int (N,), equal for sequences that are no independent examples (`Dataset.group`); None for one
        sequence per group.

    Raises:
      ValueError: as `auroc`; also for one class only, an unknown metric, n < 1, a level outside (0, 1) or
        groups of another shape.
    """
    one_of("metric", metric, METRICS)
    if n < 1 or not 0 < level < 1:
        raise ValueError(f"need n >= 1 and a level in (0, 1), got n={n}, level={level}")
    labels_n, scores_n, known_n = _check(labels, scores)
    labels_n, scores_n = labels_n[known_n], scores_n[known_n]
    if labels_n.ndim != 1 or known_n.ndim != 1:
        raise ValueError(f"an interval is for one task, labels (N,), not {known_n.shape}")
    if labels_n.all() or not labels_n.any():
        raise ValueError(f"need both classes, got {labels_n.sum()} positives of {len(labels_n)}")
    curve = _Ranking(labels_n, scores_n)
    member_n = None if groups is None else members(groups, known_n)
    return percentile(
        lambda weights_rn: curve.metric(metric, weights_rn), len(labels_n), member_n, n, seed, level
    )


def percentile(
    measure: Callable[[np.ndarray], np.ndarray],
    rows: int,
    member_n: np.ndarray | None,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Returns the value of a measure with its percentile interval over resampled groups.

    Args:
      measure: how much each row counts in each of R resamples, (R, N) -> (R,); NaN where it has no value.
      rows: N.
      member_n: group of each row, from 0, see `members`; None for a group for each row.
      n, seed, level: see `bootstrap_interval`.
    """
    rng = np.random.default_rng(seed)
    count = rows if member_n is None else int(member_n.max()) + 1
    # Bounded memory: a few resamples at a time, of any number of sequences.
    block = max(1, 2_000_000 // rows)
    parts = []
    for start in range(0, n, block):
        size = min(block, n - start)
        drawn = rng.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        weights_rg = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        parts.append(measure(weights_rg if member_n is None else weights_rg[:, member_n]))
    values = np.concatenate(parts)
    values = values[~np.isnan(values)] if count > 1 else values[:0]  # one group has no spread
    value = float(measure(np.ones((1, rows)))[0])
    if values.size == 0:
        return Interval(value, np.nan, np.nan, 0)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), values.size)


def _by_task(metric: str, labels, scores) -> np.ndarray:
    labels_nt, scores_nt, known_nt = _check(labels, scores)
    if labels_nt.ndim == 1:
        labels_nt, scores_nt, known_nt = (x[:, None] for x in (labels_nt, scores_nt, known_nt))
        return _columns(metric, labels_nt, scores_nt, known_nt)[0]
    return _columns(metric, labels_nt, scores_nt, known_nt)


def _columns(metric: str, labels_nt, scores_nt, known_nt) -> np.ndarray:
    columns = zip(labels_nt.T, scores_nt.T, known_nt.T, strict=True)
    # An unknown label has no weight.
    return np.array([_Ranking(y, s).metric(metric, known[None])[0] for y, s, known in columns], np.float64)


def members(groups, known_n: np.ndarray) -> np.ndarray | None:
    """Returns the group of each sequence with a label, from 0; None where every sequence is one by itself.

    Raises:
      ValueError: for groups of another shape than `known_n`, bool (N,).
    """
    groups_n = np.asarray(groups)
    if groups_n.shape != known_n.shape:
        raise ValueError(f"groups {groups_n.shape} for labels {known_n.shape}")
    different, member_n = np.unique(groups_n[known_n], return_inverse=True)
    return None if len(different) == known_n.sum() else member_n.ravel()


def _check(labels, scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels as bool, scores, and which labels are known."""
    labels, scores = np.asarray(labels), np.asarray(scores)
    if labels.shape != scores.shape or labels.ndim not in (1, 2):
        raise ValueError(
            f"labels and scores must both be (N,) or (N, T), not {labels.shape} and {scores.shape}"
        )
    if labels.size == 0:
        raise ValueError(f"no predictions: labels are {labels.shape}")
    known = labels == labels  # NaN is not itself
    if not np.all((labels == 0) | (labels == 1) | ~known):
        raise ValueError("labels must be 0 or 1, or NaN where unknown")
    if np.any(np.isnan(scores)):
        raise ValueError(f"{int(np.isnan(scores).sum())} scores are NaN")
    return labels == 1, scores, known


class _Ranking:
    """One task's sequences in order of falling score, ready to be weighted in many ways."""

    def __init__(self, labels_n, scores_n):
        self._order = np.argsort(-scores_n, kind="stable")
        ranked = scores_n[self._order]
        self._positive = labels_n[self._order]
        # First index of every run of equal scores.
        self._runs = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def metric(self, name: str, weights_rn: np.ndarray) -> np.ndarray:
        """Returns the metric under R weightings of the sequences, (R,); NaN where a class has no weight."""
        ranked_rn = np.asarray(weights_rn, np.float64)[:, self._order]
        positive_rg = np.add.reduceat(ranked_rn * self._positive, self._runs, axis=1)
        negative_rg = np.add.reduceat(ranked_rn * ~self._positive, self._runs, axis=1)
        positives_r, negatives_r = positive_rg.sum(axis=1), negative_rg.sum(axis=1)
        if name == "auroc":
            above_rg = np.cumsum(positive_rg, axis=1) - positive_rg
            wins_r = ((above_rg + positive_rg / 2) * negative_rg).sum(axis=1)
            scale_r = positives_r * negatives_r
        else:
            found_rg = np.cumsum(positive_rg, axis=1)
            called_rg = found_rg + np.cumsum(negative_rg, axis=1)
            # A run without weight at the top calls nothing, and adds nothing.
            wins_r = (positive_rg * found_rg / np.maximum(called_rg, 1e-300)).sum(axis=1)
            scale_r = positives_r
        usable_r = (positives_r > 0) & (negatives_r > 0)
        return np.where(usable_r, wins_r / np.where(usable_r, scale_r, 1), np.nan)
