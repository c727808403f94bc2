"""What of a motif is looked for, and how rare a word has to be: flat flanks and short motifs."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import backgrounds, pwm
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# Bits against the background below which a column at an end of a motif is flat.
FLAT_BITS = 0.25


class Searched(NamedTuple):
    """Motifs as they are looked for.

    Attributes:
      motifs: without their flat flanks.
      first: (M,), column of each motif at which its core begins.
      p: (M,), largest p-value of a site of each.
      background: (4,), what the sequences' letters are to log-odds.
    """

    motifs: list[Motif]
    first: np.ndarray
    p: np.ndarray
    background: backgrounds.Frequencies


def core(motif: Motif, background: Sequence[float] | None = None, bits: float = FLAT_BITS) -> tuple[int, int]:
    """Returns [start, end) of the columns from the first to the last with at least so many bits.

    Bits are against the background: a column of the sequences' own letters is flat, whatever they are. A
    motif without such a column keeps its whole width.
    """
    columns = np.flatnonzero(information_content(motif.ppm, background) >= bits)
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, motif.width)


def searched(
    motifs: Sequence[Motif], p: float, sequences, background: backgrounds.Background = "sequences"
) -> Searched:
    """Returns what a scan looks for: motifs without flat flanks, each with a p-value that it can reach.

    Where the best word of a core is likelier than `p`, as that of any motif of 6 sure letters is at 1e-4, the
    sites are its best words: the motif's p-value is theirs.

    Args:
      motifs: to look for.
      p: asked for.
      sequences: in which: codes uint8 (N, L), strings or a data set.
      background: see `scan.scan`.

    Raises:
      ValueError: unless 0 < p <= 1.
    """
    if not 0 < p <= 1:
        raise ValueError(f"a p-value threshold lies in (0, 1], not {p}")
    cut, first, reached = [], [], []
    both = dna.has_complement(dna.alphabet_of(sequences)) and any(motif.has_complement for motif in motifs)
    found = backgrounds.of(background, dna.as_codes(sequences), both)
    ways = [found.forward, found.reverse] if both else [found.forward]
    for motif in motifs:
        start, end = core(motif, found.weights)
        cut.append(dataclasses.replace(motif, ppm=motif.ppm[start:end]))
        first.append(start)
        steps = pwm.integer_weights(pwm.log_odds(cut[-1].ppm, motif.nsites, found.weights))
        best = max(float(pwm.survival(steps, way)[1][-1]) for way in ways)
        reached.append(max(p, best))
    return Searched(cut, np.array(first, int), np.minimum(reached, 1.0), found.weights)


def lowered(motifs: Sequence[Motif], reached: Sequence[float] | np.ndarray, p: float) -> tuple[str, ...]:
    """Returns a note on each motif that is looked for with another p-value than `p`."""
    return tuple(
        f"{motif.name} is too short for p = {p:g}: its sites are its best words, p = {own:.2g}"
        for motif, own in zip(motifs, reached, strict=True)
        if own > p * (1 + 1e-12)
    )
