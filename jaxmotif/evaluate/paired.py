"""Compares two methods on the same data sets or seeds."""

from typing import Literal, NamedTuple

import numpy as np
import scipy.stats

from jaxmotif.config import one_of

Alternative = Literal["two-sided", "greater", "less"]
# p of the t-test where all differences are the same, by their sign: the limits of the statistic.
_LIMITS = {"two-sided": (0.0, 1.0, 0.0), "greater": (1.0, 0.5, 0.0), "less": (0.0, 0.5, 1.0)}


class PairedTest(NamedTuple):
    """Tests of a - b over n pairs, two-sided unless `paired_test` was asked for one side.

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


def paired_test(a, b, alternative: Alternative = "two-sided") -> PairedTest:
    """Compares paired values, for example the AUROC of two methods on the same data sets.

    Where all differences are the same, the t-test has no variance to judge by: its p is the limit of the
    statistic, two-sided 1 if they are zero and 0 if not, of one side 1/2 if they are zero.

    Args:
      a, b: the values, (n,).
      alternative: "two-sided"; "greater" tests whether a is above b (Wei et al. 2021, Fig. 4f and g), "less"
        whether it is below.

    Raises:
      ValueError: unless both are (n,) with n >= 2 and finite, or for an unknown alternative.
    """
    one_of("alternative", alternative, tuple(_LIMITS))
    a_n, b_n = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a_n.ndim != 1 or a_n.shape != b_n.shape or a_n.size < 2:
        raise ValueError(f"need two (n,) arrays with n >= 2, not {a_n.shape} and {b_n.shape}")
    difference_n = a_n - b_n
    if not np.all(np.isfinite(difference_n)):
        raise ValueError(f"{int((~np.isfinite(difference_n)).sum())} pairs are not finite")
    if np.ptp(difference_n) == 0:
        t_p = _LIMITS[alternative][int(np.sign(difference_n[0])) + 1]
    else:
        t_p = float(scipy.stats.ttest_rel(a_n, b_n, alternative=alternative).pvalue)
    if np.any(difference_n):
        test = scipy.stats.wilcoxon(difference_n, zero_method="wilcox", alternative=alternative)
        wilcoxon_p = float(test.pvalue)
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
