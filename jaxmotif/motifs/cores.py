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
# The demand on a motif's best word is lowered to this and no further: one word of a hundred is no site.
MOST_P = 0.01
# Motifs that a note names; more are counted.
_SHOWN = 5


class Searched(NamedTuple):
    """Motifs as they are looked for.

    Attributes:
      motifs: without their flat flanks.
      first: (M,), column of each motif at which its core begins.
      p: (M,), largest p-value of a site of each.
      best: (M,), p-value of the best word of each.
      background: (4,), what the sequences' letters are to log-odds.
    """

    motifs: list[Motif]
    first: np.ndarray
    p: np.ndarray
    best: np.ndarray
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
    sites are its best words: the motif's p-value is theirs, up to `MOST_P`. Beyond that it has no sites.

    Args:
      motifs: to look for.
      p: asked for.
      sequences: in which: codes uint8 (N, L), strings or a data set.
      background: see `scan.scan`.

    Raises:
      ValueError: unless 0 < p <= 1.
    """
    pwm.check_p(p)
    cut, first, own = [], [], []
    both = dna.has_complement(dna.alphabet_of(sequences)) and any(motif.has_complement for motif in motifs)
    found = backgrounds.of(background, dna.as_codes(sequences), both)
    ways = [found.forward, found.reverse] if both else [found.forward]
    for motif in motifs:
        start, end = core(motif, found.weights)
        cut.append(dataclasses.replace(motif, ppm=motif.ppm[start:end]))
        first.append(start)
        steps = pwm.integer_weights(pwm.log_odds(cut[-1].ppm, motif.nsites, found.weights))
        own.append(max(float(pwm.survival(steps, way)[1][-1]) for way in ways))
    best = np.array(own, float)
    reached = np.where(best <= MOST_P, np.maximum(best, p), p)
    return Searched(cut, np.array(first, int), reached, best, found.weights)


def lowered(motifs: Sequence[Motif], best: Sequence[float] | np.ndarray, p: float) -> tuple[str, ...]:
    """Returns notes on motifs whose best word has a p-value, `best`, above the one asked for, one a kind."""
    short, beyond = [], []
    for motif, own in zip(motifs, best, strict=True):
        if own > p * (1 + 1e-12):
            (beyond if own > max(p * (1 + 1e-12), MOST_P) else short).append((motif.name, float(own)))
    notes = []
    if beyond:
        who, its, values = _listed(beyond)
        notes.append(f"{who} too short to be looked for: {its} best words have {values}")
    if short:
        who, its, values = _listed(short)
        notes.append(f"{who} too short for p = {p:g}: {its} best words are {its} sites, {values}")
    return tuple(notes)


def _listed(pairs: Sequence[tuple[str, float]]) -> tuple[str, str, str]:
    """Motifs with a verb, a pronoun, and their p-values, of name and p each."""
    names, values = zip(*pairs, strict=True)
    if len(names) == 1:
        return f"{names[0]} is", "its", f"p = {values[0]:.2g}"
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"{len(names)} motifs ({shown}) are", "their", f"p = {min(values):.2g} to {max(values):.2g}"
