"""Means over sets with 95 % intervals."""

from collections.abc import Sequence

import numpy as np
import scipy.stats

RESAMPLES, LEVEL = 2000, 0.95


def ratio(numerators: Sequence[float], denominators: Sequence[float] | None = None) -> dict:
    """Returns a measurement (`report.table`) of the sum of numerators over that of denominators.

    Sets are drawn with replacement (Efron 1979); the interval holds the middle 95 % of the ratios of
    resamples. Without denominators it is a mean. One set has no interval; nothing over nothing has no mean.

    Args:
      numerators: of each set; None where a set says nothing.
      denominators: of each set.
    """
    top = np.array([np.nan if one is None else one for one in numerators], float)
    below = np.ones(len(top)) if denominators is None else np.array(denominators, float)
    known = ~np.isnan(top) & (below > 0)
    top, below = top[known], below[known]
    if not len(top):
        return {"mean": None, "n": 0}
    value = {"mean": float(top.sum() / below.sum()), "n": len(top)}
    if len(top) > 1:
        drawn = np.random.default_rng(0).integers(len(top), size=(RESAMPLES, len(top)))
        ratios = top[drawn].sum(axis=1) / below[drawn].sum(axis=1)
        low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        value |= {"low": float(low), "high": float(high)}
    return value


def share(hits: int, of: int) -> dict:
    """Returns a measurement of a share of independent runs with Wilson's interval (1927).

    A bootstrap would have none where all runs end alike.
    """
    if not of:
        return {"mean": None, "n": 0}
    found = scipy.stats.binomtest(hits, of).proportion_ci(LEVEL, method="wilson")
    return {"mean": hits / of, "low": float(found.low), "high": float(found.high), "n": of}
