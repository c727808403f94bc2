"""Seqlets: the letters of sequences that a network attends to."""

import numpy as np

# Letters of a window, and the share of the negatives' windows that would count.
WIDTH, SHARE = 8, 0.05


def attended(
    contributions_nl: np.ndarray, positive: np.ndarray, width: int = WIDTH, share: float = SHARE
) -> np.ndarray:
    """Returns which letters lie in windows that contribute more than nearly all of the negatives do.

    Args:
      contributions_nl: what each letter contributes to the score of its sequence, float (N, L).
      positive: bool (N,); windows of the others say what chance gives.
      width: letters of a window.
      share: of the others' windows that are as high.

    Returns:
      bool (N, L).

    Raises:
      ValueError: if there are no others, or sequences are shorter than a window.
    """
    length = contributions_nl.shape[1]
    if length < width or positive.all():
        raise ValueError(
            f"seqlets of {width} letters need negatives, and sequences as long, not {length} letters and "
            f"{int((~positive).sum())} negatives"
        )
    ends = np.pad(np.cumsum(contributions_nl, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    windows = ends[:, width:] - ends[:, :-width]
    high = windows > np.quantile(windows[~positive], 1 - share)
    found = np.zeros(contributions_nl.shape, bool)
    for shift in range(width):
        found[:, shift : shift + high.shape[1]] |= high
    return found
