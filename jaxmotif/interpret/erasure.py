"""What a motif's sites mean to a network: the score with and without them."""

from collections.abc import Callable, Sequence

import numpy as np

from jaxmotif.motifs import words
from jaxmotif.motifs.evidence import Effect
from jaxmotif.motifs.motif import Motif

# Letters in the place of a site are drawn so often, and so many sequences are asked, at most.
DRAWS, MOST = 4, 200


def effect(
    score: Callable[[np.ndarray], np.ndarray],
    codes_nl: np.ndarray,
    motif: Motif,
    threshold: float,
    background: Sequence[float],
    seed: int = 0,
) -> Effect | None:
    """Returns what the score loses where each sequence's best site has random letters in its place.

    Less what it loses by random letters in a random other place, as long and clear of the site: any change
    of a sequence takes it away from what the network knows.

    Args:
      score: uint8 (B, L) -> (B,).
      codes_nl: uint8 (N, L), sequences to ask, evenly thinned to `MOST`.
      motif: whose sites.
      threshold: least log-odds of a site, bits.
      background: of the log-odds and of the random letters.
      seed: of letters and places.

    Returns:
      mean and standard error over the sequences with a site; None where fewer than two have one and room for
      another place.
    """
    best, start, _ = words.best_words(codes_nl, motif, background=background)
    # Places before the site, and behind it.
    width = motif.width
    before = np.maximum(start - width + 1, 0)
    behind = np.maximum(codes_nl.shape[1] - 2 * width - start + 1, 0)
    rows = np.flatnonzero((best >= threshold) & (before + behind > 0))
    if len(rows) < 2:
        return None
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(int)]
    rng = np.random.default_rng(seed)
    shares = np.asarray(background) / np.sum(background)
    changed = []
    for _ in range(DRAWS):
        number = rng.integers(0, (before + behind)[rows])
        other = np.where(number < before[rows], number, number - before[rows] + start[rows] + width)
        for first in (start[rows], other):
            codes = codes_nl[rows].copy()
            letters = rng.choice(4, (len(rows), width), p=shares).astype(np.uint8)
            np.put_along_axis(codes, first[:, None] + np.arange(width), letters, axis=1)
            changed.append(codes)
    site_dn, other_dn = score(np.concatenate(changed)).reshape(DRAWS, 2, len(rows)).swapaxes(0, 1)
    lost_n = (other_dn - site_dn).mean(axis=0)
    return Effect(float(lost_n.mean()), float(lost_n.std(ddof=1) / np.sqrt(len(rows))), len(rows))
