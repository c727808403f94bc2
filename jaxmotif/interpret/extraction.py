"""Windows of sequences that a network's evidence points at, and motifs made of them.

Lanchantin et al. 2017, Section 3.4: one window of 9 nt per sequence, each a motif of its own, and
here also aggregated.
"""

import numpy as np

from jaxmotif import dna
from jaxmotif.interpret.temporal import TemporalScores
from jaxmotif.motifs import em
from jaxmotif.motifs.motif import Motif

WIDTH = 9


def _check(values_nl, width: int) -> np.ndarray:
    values_nl = np.asarray(values_nl, np.float64)
    if values_nl.ndim != 2 or not 1 <= width <= values_nl.shape[1]:
        raise ValueError(f"a window of {width} does not lie in values {values_nl.shape}")
    return values_nl


def strongest_windows(values_nl, width: int = WIDTH) -> np.ndarray:
    """Returns the start of the window with the largest sum in every row, (N,); the first of equals.

    Raises:
      ValueError: unless 1 <= width <= L.
    """
    values_nl = _check(values_nl, width)
    return np.lib.stride_tricks.sliding_window_view(values_nl, width, axis=1).sum(axis=2).argmax(axis=1)


def steepest_windows(scores: TemporalScores, width: int = WIDTH) -> np.ndarray:
    """Returns the start of the window over which the score rises most from unbound to bound, (N,).

    The paper does not say how: here forward[t + width - 1] - forward[t], or the same from the other end,
    whichever is larger. `forward` and `backward` are probabilities.

    Raises:
      ValueError: unless 1 <= width <= L.
    """
    forward, backward = (_check(values, width) for values in scores)
    steps = forward.shape[1] - width + 1
    rise = forward[:, width - 1 :] - forward[:, :steps]
    rise_back = backward[:, :steps] - backward[:, width - 1 :]
    return np.maximum(rise, rise_back).argmax(axis=1)


def activation_windows(activation_npk, starts_p, kernel: int, length: int, width: int = WIDTH) -> np.ndarray:
    """Returns the start of the window under the strongest first-layer activation of every sequence, (N,).

    Alipanahi et al. 2015. A kernel of another width than the window's shares its middle; a window that
    would stick out is moved inside.

    Args:
      activation_npk: maps (N, P, K), of filters with a common scale.
      starts_p: first sequence position under each map position.
      kernel: width of the filters.
      length: of the sequences.
    """
    place = np.asarray(activation_npk).max(axis=2).argmax(axis=1)
    starts = np.asarray(starts_p)[place] + (kernel - width) // 2
    return np.clip(starts, 0, length - width)


def window_codes(codes_nl, starts_n, width: int = WIDTH) -> np.ndarray:
    """Returns the letters of one window per sequence, uint8 (N, width)."""
    return np.take_along_axis(np.asarray(codes_nl), np.asarray(starts_n)[:, None] + np.arange(width), axis=1)


def window_motifs(codes_nl, starts_n, width: int = WIDTH, prefix: str = "window") -> list[Motif]:
    """Returns each window as a motif of one site; N counts as a quarter of each letter."""
    x_nw4 = np.asarray(dna.one_hot(window_codes(codes_nl, starts_n, width)))
    x_nw4 = np.where(x_nw4.sum(axis=2, keepdims=True) > 0, x_nw4, 0.25)
    return [Motif(f"{prefix}{number + 1}", ppm, 1) for number, ppm in enumerate(x_nw4)]


def aggregated(
    codes_nl, starts_n, width: int = WIDTH, flank: int = 6, name: str = "aggregated"
) -> Motif | None:
    """Aligns all windows, and `flank` nt next to them, into one motif by expectation maximisation.

    Windows lie on either strand and are cut anywhere in a site, so a mere average would blur. None if no word
    stands out.
    """
    codes_nl = np.asarray(codes_nl)
    padded = np.pad(codes_nl, ((0, 0), (flank, flank)), constant_values=dna.N)
    wide = window_codes(padded, np.asarray(starts_n), width + 2 * flank)
    found = em.find_motifs(wide, 1, widths=[w for w in (9, 13, width + flank) if w <= wide.shape[1]])
    return Motif(name, found[0].ppm, found[0].nsites, source="windows") if found else None
