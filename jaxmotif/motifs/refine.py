"""A motif drawn anew from its sites, as wide as what they have in common."""

import dataclasses

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import words
from jaxmotif.motifs.motif import Motif, informative_span

# Letters on either side of a motif that are looked at, and bits from which on a column belongs to it.
FLANK, COLUMN_BITS = 15, 0.25
# Drawn from fewer sites, columns at the ends look informative by chance.
LEAST_SITES = 20


def best_sites(
    codes_nl: np.ndarray, motif: Motif, threshold: float, *, background=None, flank: int = 0
) -> np.ndarray:
    """Returns the best site of every sequence that has one, as read by the motif, uint8 (S, W + 2 flank).

    Args:
      codes_nl: uint8 (N, L).
      motif: what is looked for, on both strands unless it is RNA.
      threshold: least log-odds, bits.
      background: of the log-odds, see `scan.scan`.
      flank: letters on either side; N beyond the sequence.
    """
    score, start, reverse = words.best_words(codes_nl, motif, background=background)
    rows = np.flatnonzero(score >= threshold)
    padded = np.pad(codes_nl[rows], ((0, 0), (flank, flank)), constant_values=dna.N)
    places = start[rows, None] + np.arange(motif.width + 2 * flank)
    own = np.take_along_axis(padded, places, axis=1)
    turned = own[:, ::-1]
    turned = np.where(turned < 4, 3 - turned, turned)
    return np.where(reverse[rows, None], turned, own).astype(np.uint8)


def refined(motif: Motif, codes_nl: np.ndarray, threshold: float, *, background=None) -> Motif:
    """Returns the motif as its best sites draw it, with the columns next to it that say something.

    Half of a binding site becomes the whole one, since the other half lies at a fixed place next to it.

    Args:
      motif, codes_nl, threshold, background: see `best_sites`.

    Returns:
      the motif of the sites, cut to its informative columns; as it was, where there are fewer than
      `LEAST_SITES`.
    """
    sites = best_sites(codes_nl, motif, threshold, background=background, flank=FLANK)
    if len(sites) < LEAST_SITES:
        return motif
    counts = np.stack([(sites == letter).sum(axis=0) for letter in range(4)], axis=1) + 0.25
    ppm = counts / counts.sum(axis=1, keepdims=True)
    first, last = informative_span(ppm, COLUMN_BITS, 0)
    return dataclasses.replace(motif, ppm=ppm[first:last], nsites=float(len(sites)))
