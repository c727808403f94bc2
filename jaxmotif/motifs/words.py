"""What the words of sequences score under motifs: the best of each sequence, and those above a threshold.

A motif is cut into pieces of five columns, and what each of the 5^5 words (A, C, G, T, N) scores under a
piece is looked up: a word of 15 letters costs three look-ups in tables that fit into the nearest cache, where
a matrix product has to spell out 60 zeros and ones of it first.
"""

import concurrent.futures
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from jaxmotif import cores, dna
from jaxmotif.motifs import backgrounds, pwm, scan
from jaxmotif.motifs.motif import Motif

# Columns of a piece.
_PIECE = 5
# Steps that a letter N costs: more than any motif gains. Sums are int32.
_WITH_N = -(2**22)
# Letters at a time: what is added up stays in the cache.
_LETTERS = 1 << 18


def best_scores(
    codes, motifs: Sequence[Motif], *, background: backgrounds.Background = "sequences"
) -> np.ndarray:
    """Returns the highest log-odds of any word of each sequence under each motif, bits, float64 (N, M).

    On both strands, unless motif or sequences are RNA. A word with a letter N does not count; without any
    word, as under a motif wider than the sequences, the score is -inf.

    Args:
      codes, motifs, background: see `scan.scan`.

    Raises:
      ValueError: for codes of another kind, or no motif.
    """
    both = dna.has_complement(dna.alphabet_of(codes))
    codes, motifs = scan.check_codes(dna.as_codes(codes)), list(motifs)
    if not motifs:
        raise ValueError("scanning needs at least one motif, not 0")
    both_m = np.array([both and motif.has_complement for motif in motifs])
    found = backgrounds.of(background, codes, bool(both_m.any()))
    tables = [_tables(motif, found.weights, own) for motif, own in zip(motifs, both_m, strict=True)]
    length, best_nm = codes.shape[1], np.full((len(codes), len(motifs)), -np.inf)

    def score(rows: slice, numbers: np.ndarray, m: int) -> None:
        places = length - motifs[m].width + 1
        count = rows.stop - rows.start
        best = np.full(count, _WITH_N, np.int32)
        for table in tables[m] if places > 0 else ():
            steps = _sums(numbers, table, count * length).reshape(count, length)
            np.maximum(best, steps[:, :places].max(axis=1), out=best)
        best_nm[rows, m] = np.where(best > _WITH_N / 2, best / pwm.STEPS_PER_BIT, -np.inf)

    with concurrent.futures.ThreadPoolExecutor(cores.usable()) as workers:
        for rows, numbers in _numbered(codes, max(motif.width for motif in motifs)):
            _all(workers, lambda m, rows=rows, numbers=numbers: score(rows, numbers, m), len(motifs))
    return best_nm


def _all(workers: concurrent.futures.Executor, work: Callable[[int], None], count: int) -> None:
    """Does work 0 to count - 1; look-ups run side by side, since numpy lets go of the interpreter there."""
    if count == 1:  # passing it on would cost more
        work(0)
    else:
        list(workers.map(work, range(count)))


def of_motif(codes, motif: Motif, background: backgrounds.Background = "sequences") -> Iterator[np.ndarray]:
    """Yields the log-odds of all words of some sequences at a time, bits, (n, P, strands), in order.

    P is L - W + 1, or 0 for a motif wider than the sequences; strands are 2, or 1 for RNA. A word with a
    letter N has none: -inf.
    """
    both = dna.has_complement(dna.alphabet_of(codes)) and motif.has_complement
    codes = scan.check_codes(dna.as_codes(codes))
    found = backgrounds.of(background, codes, both)
    tables = _tables(motif, found.weights, both)
    length = codes.shape[1]
    places = max(length - motif.width + 1, 0)
    for rows, numbers in _numbered(codes, motif.width):
        count = rows.stop - rows.start
        strands = [_sums(numbers, table, count * length) for table in tables]
        found_nps = np.stack(strands, axis=1).reshape(count, length, -1)[:, :places]
        yield np.where(found_nps > _WITH_N / 2, found_nps / pwm.STEPS_PER_BIT, -np.inf)


def _numbered(codes: np.ndarray, width: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields rows, and the number of the piece that starts at each of their letters, intp (n L + more,).

    Rows follow one another: a word over the end of one means nothing. `more` are enough for the width.
    """
    length = codes.shape[1]
    step = max(_LETTERS // max(length, 1), 1)
    for first in range(0, len(codes), step):
        rows = slice(first, min(first + step, len(codes)))
        letters = np.pad(codes[rows].ravel().astype(np.intp), (0, width + 2 * _PIECE))
        numbers = np.zeros(len(letters) - _PIECE, np.intp)
        for i in range(_PIECE):
            numbers = 5 * numbers + letters[i : i + len(numbers)]
        yield rows, numbers


def _tables(motif: Motif, weights: Sequence[float], both: bool) -> list[np.ndarray]:
    """What each word scores under each piece of the motif, int32 (pieces, 5^5), of one or both strands."""
    steps_w4 = pwm.integer_weights(pwm.log_odds(motif.ppm, motif.nsites, weights))
    return [_table(own) for own in (steps_w4, steps_w4[::-1, ::-1])[: 1 + both]]


def _table(steps_w4: np.ndarray) -> np.ndarray:
    steps_w5 = np.pad(steps_w4, ((0, 0), (0, 1)), constant_values=_WITH_N)
    pieces = np.pad(steps_w5, ((0, -len(steps_w5) % _PIECE), (0, 0))).reshape(-1, _PIECE, 5)
    table = np.zeros((len(pieces), *[1] * _PIECE), np.int32)
    for i in range(_PIECE):
        table = table + pieces[:, i].astype(np.int32).reshape(-1, *[1] * i, 5, *[1] * (_PIECE - 1 - i))
    return table.reshape(len(pieces), -1)


def _sums(numbers: np.ndarray, table: np.ndarray, count: int) -> np.ndarray:
    """Steps of the word that starts at each of the first `count` letters, int32 (count,)."""
    total = table[0].take(numbers[:count])
    for piece in range(1, len(table)):
        total += table[piece].take(numbers[_PIECE * piece : _PIECE * piece + count])
    return total


def best_words(
    codes, motif: Motif, *, background: backgrounds.Background = "sequences"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns each sequence's best word: log-odds in bits, first position, whether on "-", each (N,).

    The first of equals, "+" before "-". Where the motif is wider than the sequences the score is -inf.
    """
    score, start, reverse = [np.zeros(0)], [np.zeros(0, int)], [np.zeros(0, bool)]
    for scores_nps in of_motif(codes, motif, background):
        count, places, strands = scores_nps.shape
        if not places:
            scores_nps = np.full((count, 1, strands), -np.inf)
        flat = scores_nps.reshape(count, -1)
        best = flat.argmax(axis=1)
        score.append(flat[np.arange(count), best])
        start.append(best // strands)
        reverse.append(best % strands == 1)
    return np.concatenate(score), np.concatenate(start), np.concatenate(reverse)


def covered(
    codes, motif: Motif, threshold: float, *, background: backgrounds.Background = "sequences"
) -> np.ndarray:
    """Returns which letters lie under a word of at least `threshold` bits on either strand, bool (N, L)."""
    length, parts = dna.as_codes(codes).shape[1], []
    for scores_nps in of_motif(codes, motif, background):
        ends = np.zeros((len(scores_nps), length + 1), np.int64)
        above = (scores_nps >= threshold).any(axis=2)
        ends[:, : above.shape[1]] += above
        ends[:, motif.width : motif.width + above.shape[1]] -= above
        parts.append(ends.cumsum(axis=1)[:, :length] > 0)
    return np.concatenate([*parts, np.zeros((0, length), bool)])
