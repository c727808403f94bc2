"""Words that are in more of the positives than chance gives, as motifs to start from.

Every word of six, eight or ten letters, and of two triplets with a gap between them, is counted in the
sequences of either class; each of the best becomes a matrix by what one exchanged letter leaves of its
excess. What is rare but clear is seen here whatever a network needed to learn, as by STREME (Bailey 2021),
which counts words, too. Whether a motif is one is for other sequences to say (`successive.Search`).
"""

from collections.abc import Iterator

import numpy as np

from jaxmotif.motifs import align, enrichment
from jaxmotif.motifs.motif import Motif

# Places of a word's letters: of six, eight or ten in a row, and of two triplets with 1 to 10 between them, as
# those whose proteins bind in pairs have. What is long and rare (NRF1) stands out by its long words only.
PATTERNS = (
    tuple(range(6)),
    tuple(range(8)),
    tuple(range(10)),
    *((0, 1, 2, 3 + gap, 4 + gap, 5 + gap) for gap in range(1, 11)),
)
# Words of a pattern at most, least log-likelihood ratio of one (nats), and likeness from which on a word is
# another one shifted.
OF_PATTERN, LEAST_GAIN, ALIKE = 16, 8.0, 0.9
# Sites that each letter of a matrix has beforehand.
PSEUDOCOUNT = 0.5
# Sequences at a time.
_ROWS = 4096


def motifs(codes_nl: np.ndarray, positive: np.ndarray, most: int = 48, alphabet: str = "ACGT") -> list[Motif]:
    """Returns the words that tell positives from the others best, as motifs, the best first.

    Args:
      codes_nl: uint8 (N, L); words with N do not count.
      positive: bool (N,), both kinds.
      most: motifs.
      alphabet: of the motifs; words of "ACGU" are counted on one strand, others on both.
    """
    kept: list[Motif] = []
    for _, ppm, count in sorted(_excesses(codes_nl, positive, alphabet == "ACGT"), key=lambda one: -one[0]):
        if (
            kept
            and align.similarities(ppm, [own.ppm for own in kept], both=alphabet == "ACGT")[0].max() > ALIKE
        ):
            continue
        kept.append(Motif("word", ppm, nsites=count, alphabet=alphabet))
        if len(kept) == most:
            break
    return kept


def _excesses(codes_nl, positive, both: bool) -> Iterator[tuple[float, np.ndarray, float]]:
    """(log-likelihood ratio, PPM, positives that have it) of the best words of each pattern."""
    of_positives, of_others = float(positive.sum()), float((~positive).sum())
    if not of_positives or not of_others:
        return
    for pattern in PATTERNS:
        if pattern[-1] >= codes_nl.shape[1]:
            continue
        own, others = (counts(codes_nl[rows], pattern, both) for rows in (positive, ~positive))
        gain = enrichment.likelihood_gain(own, others, of_positives, of_others)
        if both:  # of a word and its complement one
            gain[np.arange(len(gain)) > complements(len(pattern))] = 0
        best = np.argsort(-gain, kind="stable")[:OF_PATTERN]
        excess = own - others * (of_positives / of_others)
        for word in best[gain[best] >= LEAST_GAIN].tolist():
            yield float(gain[word]), _matrix(word, pattern, excess), float(own[word])


def _matrix(word: int, pattern: tuple[int, ...], excess: np.ndarray) -> np.ndarray:
    """PPM by the excess of the words that differ from `word` in one letter; gaps say nothing."""
    ppm = np.full((pattern[-1] + 1, 4), 0.25)
    for i, place in enumerate(pattern):
        unit = 4 ** (len(pattern) - 1 - i)
        without = word - (word // unit % 4) * unit
        counts_4 = np.maximum(excess[without + unit * np.arange(4)], 0) + PSEUDOCOUNT
        ppm[place] = counts_4 / counts_4.sum()
    return ppm


def counts(codes_nl: np.ndarray, pattern: tuple[int, ...], both: bool = True) -> np.ndarray:
    """Returns how many sequences have each word, float64 (4^k,), at the k places of a pattern.

    Word number sum(letter_i 4^(k-1-i)). On both strands, a word and its complement are one.

    Args:
      codes_nl: uint8 (N, L), 4 is N: no word.
      pattern: places of its letters from 0.
      both: whether both strands count.
    """
    size, places = 4 ** len(pattern), codes_nl.shape[1] - pattern[-1]
    total = np.zeros(size + 1, np.int64)
    other = np.append(complements(len(pattern)), size)
    for first in range(0, len(codes_nl), _ROWS):
        codes = codes_nl[first : first + _ROWS]
        number = np.zeros((len(codes), places), np.int32)
        unknown = np.zeros(number.shape, bool)
        for place in pattern:
            letter = codes[:, place : place + places]
            number = 4 * number + (letter & 3)
            unknown |= letter > 3
        if both:
            number = np.minimum(number, other[number])
        number[unknown] = size
        # Once for each sequence: the first of equals in a sorted row.
        number.sort(axis=1)
        first_n = np.ones(number.shape, bool)
        first_n[:, 1:] = number[:, 1:] != number[:, :-1]
        total += np.bincount(number[first_n], minlength=size + 1)
    found = total[:-1].astype(float)
    return found[np.minimum(np.arange(size), other[:-1])] if both else found


def complements(length: int) -> np.ndarray:
    """Returns the number of the reverse complement of each word of so many letters, int32 (4^length,)."""
    left, other = np.arange(4**length, dtype=np.int32), np.zeros(4**length, np.int32)
    for _ in range(length):
        other = 4 * other + (3 - left % 4)
        left //= 4
    return other
