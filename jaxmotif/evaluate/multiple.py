"""Many tests at once."""

import numpy as np


def benjamini_hochberg(p) -> np.ndarray:
    """Returns q-values, float64 (M,): the least false discovery rate at which each p-value is listed.

    Benjamini & Hochberg (1995); holds for independent and positively dependent tests.
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(-p, kind="stable")
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return q


def empirical_p(values, nulls) -> np.ndarray:
    """Returns p-values of values that are the more surprising the larger they are, float64 (N,).

    (b + 1) / (m + 1), where b of m null values are as large (Phipson and Smyth 2010): a value that is one
    more draw of the null has this p or a smaller one with probability p at most, for every m. Few null values
    give no small p, and none gives 1. Benjamini and Hochberg's q hold for them, though they share one null
    sample (Bates et al. 2023).

    Args:
      values: observed, (N,); NaN stays NaN.
      nulls: of the null hypothesis, (M,); NaN does not count.
    """
    values, nulls = (np.asarray(one, np.float64).reshape(-1) for one in (values, nulls))
    nulls = np.sort(nulls[~np.isnan(nulls)])
    reached = len(nulls) - np.searchsorted(nulls, values, side="left")
    return np.where(np.isnan(values), np.nan, (reached + 1) / (len(nulls) + 1))
