"""Position weight matrices: log-odds of a motif, and the exact distribution of their scores."""

from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs.ppm import check_background, check_ppm

# Weights are whole multiples of 1/256 bit. Then score distributions are exact, and sums of weights
# are exact in float32 (below 2^24 / 256 = 65536 bits), so a scan compares with a threshold without
# rounding.
STEPS_PER_BIT = 256
PSEUDOCOUNT = 0.1


def log_odds(
    ppm: np.ndarray,
    nsites: float,
    background: Sequence[float] | None = None,
    pseudocount: float = PSEUDOCOUNT,
) -> np.ndarray:
    """Returns the log2 odds of each letter, bits, (W, 4): log2(((f n + a b) / (n + a)) / b).

    f is the PPM, n the number of sites, b the background (uniform if None) and a the pseudo-count
    in sites (0.1 as in MEME's fimo).

    Raises:
      ValueError: for a matrix that is no PPM, a bad background, or nsites or pseudocount not
        positive.
    """
    ppm_w4, background_4 = check_ppm(ppm), check_background(background)
    if not (nsites > 0 and pseudocount > 0):
        raise ValueError(f"nsites and pseudocount must be positive, not {nsites} and {pseudocount}")
    smooth_w4 = (ppm_w4 * nsites + pseudocount * background_4) / (nsites + pseudocount)
    return np.log2(smooth_w4 / background_4)


def integer_weights(weights_w4: np.ndarray) -> np.ndarray:
    """Returns the weights in bits rounded to whole steps of 1/256 bit, int64 (W, 4)."""
    return np.rint(np.asarray(weights_w4) * STEPS_PER_BIT).astype(np.int64)


def survival(steps_w4: np.ndarray, background: Sequence[float] | None = None) -> tuple[int, np.ndarray]:
    """Returns the exact tail probabilities of the score of a random word, by dynamic programming.

    Args:
      steps_w4: integer weights (W, 4), see `integer_weights`.
      background: frequencies of the letters of the random word; uniform if None.

    Returns:
      lowest, tail: tail[s - lowest] is P(score >= s) for every s from the lowest to the highest
        score.
      (Staden 1989; Touzet and Varre 2007.)
    """
    steps_w4, background_4 = np.asarray(steps_w4), check_background(background)
    lows_w = steps_w4.min(axis=1)
    density = np.ones(1)
    for row_4 in steps_w4 - lows_w[:, None]:
        wider = np.zeros(len(density) + int(row_4.max()))
        for step, p in zip(row_4.tolist(), background_4, strict=True):
            wider[step : step + len(density)] += p * density
        density = wider
    # Summed from the rare end, so that small tails keep their digits.
    return int(lows_w.sum()), np.cumsum(density[::-1])[::-1]


def threshold(steps_w4: np.ndarray, p: float, background: Sequence[float] | None = None) -> int:
    """Returns the smallest integer score s with P(score >= s) <= p under the background.

    One more than the highest score if even that is likelier than p, as for a motif too short to be
    significant anywhere.

    Raises:
      ValueError: unless 0 < p <= 1.
    """
    return least_score(*survival(steps_w4, background), p)


def check_p(p: float) -> None:
    """Checks a largest p-value.

    Raises:
      ValueError: unless 0 < p <= 1.
    """
    if not 0 < p <= 1:
        raise ValueError(f"a p-value threshold lies in (0, 1], not {p}")


def least_score(lowest: int, tail: np.ndarray, p: float) -> int:
    """Returns `threshold` of a score distribution that is known already, as `survival` returns it.

    Raises:
      ValueError: unless 0 < p <= 1.
    """
    check_p(p)
    # 1e-12: probabilities that are equal by hand differ in their last digits as sums.
    return lowest + int(np.count_nonzero(tail > p * (1 + 1e-12)))
