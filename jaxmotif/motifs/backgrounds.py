"""Background frequencies that sequences are scanned against."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from jaxmotif.motifs.ppm import UNIFORM, check_background

Frequencies = tuple[float, float, float, float]


class Composition(NamedTuple):
    """What a random word is made of.

    Attributes:
      weights: (4,), against which log-odds are taken; one for both strands, so that a site scores the same
        whichever strand it is read on.
      forward, reverse: (4,), frequencies of the letters of a random word as read on "+" and on "-".
    """

    weights: Frequencies
    forward: Frequencies
    reverse: Frequencies


Background = Literal["sequences", "uniform"] | Sequence[float] | Composition | None


def frequencies(codes_nl: np.ndarray) -> Frequencies:
    """Returns the frequencies of A C G T in codes, one letter of each added so that none is 0."""
    counts = np.bincount(np.asarray(codes_nl).ravel(), minlength=5)[:4] + 1.0
    a, c, g, t = (counts / counts.sum()).tolist()
    return a, c, g, t


def both_strands(own: Sequence[float]) -> Frequencies:
    """Returns the frequencies in sequences and their reverse complements together: A as T, C as G."""
    a, c, g, t = own
    return (a + t) / 2, (c + g) / 2, (c + g) / 2, (a + t) / 2


def of(background: Background, codes_nl: np.ndarray, both: bool) -> Composition:
    """Returns the composition that a scan of sequences is measured against.

    Of "sequences" the log-odds are taken against the mean of both strands (MEME's fimo does so, too), while
    p-values are those of words with the letters of the strand that is read: sequences that are richer in A
    than in T have as many chance hits as p says on either strand. Four frequencies hold for both strands.

    Args:
      background: "sequences", "uniform" (or None), four frequencies, or a composition, which stays as it is.
      codes_nl: what is scanned, uint8 (N, L).
      both: whether both strands are.

    Raises:
      ValueError: for another word, or numbers that are no background.
    """
    if isinstance(background, Composition):
        return background
    if isinstance(background, str):
        if background == "sequences":
            own = frequencies(codes_nl)
            return Composition(both_strands(own) if both else own, own, own[::-1])
        if background != "uniform":
            raise ValueError(f"background: sequences, uniform or four frequencies, got {background!r}")
        background = UNIFORM
    a, c, g, t = check_background(background).tolist()
    given = a, c, g, t
    return Composition(given, given, given)
