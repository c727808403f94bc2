"""How well values, counts and classes are predicted, with bootstrap intervals over groups of sequences."""

from collections.abc import Callable

import numpy as np

from jaxmotif.config import one_of
from jaxmotif.evaluate import classification
from jaxmotif.evaluate.classification import Interval


def pearson(truth, predicted) -> float:
    """Returns Pearson's correlation of known values; NaN where one of both does not vary.

    Args:
      truth: (N,), NaN where unknown, which is left out.
      predicted: (N,).

    Raises:
      ValueError: for shapes that differ, nothing known, or predictions that are not finite.
    """
    return _value("pearson", truth, predicted)


def spearman(truth, predicted) -> float:
    """Returns Spearman's correlation, of ranks of which equal values share the mean; see `pearson`."""
    return _value("spearman", truth, predicted)


def r2(truth, predicted) -> float:
    """Returns the coefficient of determination, 1 less the share of variance that is left; see `pearson`."""
    return _value("r2", truth, predicted)


def accuracy(classes, predicted) -> float:
    """Returns the share of sequences whose class is predicted.

    Args:
      classes: (N,), any numbers, NaN where unknown, which is left out.
      predicted: (N,), the same numbers.
    """
    return _value("accuracy", classes, predicted)


def interval(
    metric: str, truth, predicted, n: int = 1000, seed: int = 0, level: float = 0.95, groups=None
) -> Interval:
    """Returns a metric of one target with its percentile bootstrap interval over groups of sequences.

    Resampled as `classification.bootstrap_interval` does: each resample is a weight for each sequence, ranks
    too are those of the resample.

    Args:
      metric: "pearson", "spearman", "r2" or "accuracy".
      truth, predicted: see `pearson`.
      n, seed, level, groups: see `classification.bootstrap_interval`.

    Raises:
      ValueError: as `pearson`, and for an unknown metric.
    """
    one_of("metric", metric, METRICS)
    truth_n, predicted_n, known_n = _known(truth, predicted)
    member_n = None if groups is None else classification.members(groups, known_n)
    measure = METRICS[metric](truth_n, predicted_n)
    return classification.percentile(measure, len(truth_n), member_n, n, seed, level)


def _value(metric: str, truth, predicted) -> float:
    truth_n, predicted_n, _ = _known(truth, predicted)
    return float(METRICS[metric](truth_n, predicted_n)(np.ones((1, len(truth_n))))[0])


def _known(truth, predicted) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    truth_n, predicted_n = (np.asarray(one, np.float64) for one in (truth, predicted))
    if truth_n.ndim != 1 or truth_n.shape != predicted_n.shape:
        raise ValueError(
            f"truth and predictions must both be (N,), not {truth_n.shape} and {predicted_n.shape}"
        )
    known_n = truth_n == truth_n
    if not known_n.any():
        raise ValueError("nothing is known that predictions could be compared with")
    if not np.isfinite(predicted_n[known_n]).all():
        raise ValueError("some predictions are not finite")
    return truth_n[known_n], predicted_n[known_n], known_n


def _weighted_pearson(x_n: np.ndarray, y_n: np.ndarray, weights_rn: np.ndarray) -> np.ndarray:
    """Correlation under each of R weightings; `x_n` and `y_n` are (N,) or (R, N)."""
    total = weights_rn.sum(axis=1, keepdims=True)
    centred = []
    for values in (x_n, y_n):
        centred.append(values - (weights_rn * values).sum(axis=1, keepdims=True) / total)
    x_rn, y_rn = centred
    scale = np.sqrt((weights_rn * x_rn**2).sum(axis=1) * (weights_rn * y_rn**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scale > 1e-12, (weights_rn * x_rn * y_rn).sum(axis=1) / scale, np.nan)


def _ranks(values_n: np.ndarray, weights_rn: np.ndarray) -> np.ndarray:
    """Mid-ranks of values in each resample, (R, N), from 0 at the lower end of the lowest."""
    _, number = np.unique(values_n, return_inverse=True)
    number = number.ravel()
    order = np.argsort(number, kind="stable")
    begins = np.flatnonzero(np.diff(number[order], prepend=-1))
    sums = np.add.reduceat(weights_rn[:, order], begins, axis=1)
    return (np.cumsum(sums, axis=1) - sums / 2)[:, number]


def _of_pearson(truth_n, predicted_n) -> Callable[[np.ndarray], np.ndarray]:
    # Of standardised values, so that large offsets lose no digits.
    x_n, y_n = ((own - own.mean()) / (own.std() or 1) for own in (truth_n, predicted_n))
    return lambda weights_rn: _weighted_pearson(x_n, y_n, weights_rn)


def _of_spearman(truth_n, predicted_n) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights_rn: _weighted_pearson(
        _ranks(truth_n, weights_rn), _ranks(predicted_n, weights_rn), weights_rn
    )


def _of_r2(truth_n, predicted_n) -> Callable[[np.ndarray], np.ndarray]:
    def measure(weights_rn):
        left = weights_rn @ (truth_n - predicted_n) ** 2
        mean = (weights_rn @ truth_n / weights_rn.sum(axis=1))[:, None]
        whole = (weights_rn * (truth_n - mean) ** 2).sum(axis=1)
        return np.where(whole > 0, 1 - left / np.where(whole > 0, whole, 1), np.nan)

    return measure


def _of_accuracy(truth_n, predicted_n) -> Callable[[np.ndarray], np.ndarray]:
    right = (truth_n == predicted_n).astype(float)
    return lambda weights_rn: weights_rn @ right / weights_rn.sum(axis=1)


METRICS: dict[str, Callable[..., Callable[[np.ndarray], np.ndarray]]] = {
    "pearson": _of_pearson,
    "spearman": _of_spearman,
    "r2": _of_r2,
    "accuracy": _of_accuracy,
}
