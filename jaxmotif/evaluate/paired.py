"""Compares two methods on the same data sets or seeds."""

from typing import NamedTuple

import numpy as np
import scipy.stats


class PairedTest(NamedTuple):
    """Two-sided tests of a - b over n pairs.

    Attributes:
      n: number of pairs.
      wins, ties, losses: pairs with a above, equal to, below b.
      mean_difference, median_difference: of a - b.
      t_p: p-value of the paired t-test.
      wilcoxon_p: p-value of the Wilcoxon signed-rank test, zero differences left out; exact for up
        to 50 pairs without ties.
    """

    n: int
    wins: int
    ties: int
    losses: int
    mean_difference: float
    median_difference: float
    t_p: float
    wilcoxon_p: float


def paired_test(a, b) -> PairedTest:
    """Compares paired values, for example the AUROC of two methods on the same data sets.

    Where all differences are the same, the t-test has no variance to judge by: its p is 1 if they
    are zero and 0 if not, the limits of the statistic.

    Raises:
      ValueError: unless both are (n,) with n >= 2 and finite.
    """
    a_n, b_n = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a_n.ndim != 1 or a_n.shape != b_n.shape or a_n.size < 2:
        raise ValueError(f"need two (n,) arrays with n >= 2, not {a_n.shape} and {b_n.shape}")
    difference_n = a_n - b_n
    if not np.all(np.isfinite(difference_n)):
        raise ValueError(f"{int((~np.isfinite(difference_n)).sum())} pairs are not finite")
    if np.ptp(difference_n) == 0:
        t_p = float(difference_n[0] == 0)
    else:
        t_p = float(scipy.stats.ttest_rel(a_n, b_n).pvalue)
    if np.any(difference_n):
        wilcoxon_p = float(scipy.stats.wilcoxon(difference_n, zero_method="wilcox").pvalue)
    else:
        wilcoxon_p = 1.0
    return PairedTest(
        n=a_n.size,
        wins=int((difference_n > 0).sum()),
        ties=int((difference_n == 0).sum()),
        losses=int((difference_n < 0).sum()),
        mean_difference=float(difference_n.mean()),
        median_difference=float(np.median(difference_n)),
        t_p=t_p,
        wilcoxon_p=wilcoxon_p,
    )
