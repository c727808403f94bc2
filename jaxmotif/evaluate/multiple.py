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
