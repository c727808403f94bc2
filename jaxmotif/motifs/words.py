"""What the words of sequences score under motifs: the best of each sequence, and those above a threshold."""

from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import backgrounds, pwm, scan
from jaxmotif.motifs.motif import Motif

# Steps that a letter N costs: more than any motif gains.
_WITH_N = -(2.0**22)
# Columns of a narrow motif, multiples to which wider ones are filled up, and motifs at a time.
_WIDTHS, _WIDE, _MOTIFS = 8, 32, 16
_FEW = 3


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
    if both and len(motifs) <= _FEW:  # fillers would be most of the work
        return np.stack([best_words(codes, motif, background=found.weights)[0] for motif in motifs], axis=1)
    best_nm = np.empty((len(codes), len(motifs)))
    # A narrow motif costs as much as the widest next to it. So many at a time: others compile nothing.
    wide_m = np.array([motif.width > _WIDTHS for motif in motifs])
    for wide in (False, True):
        chosen = np.flatnonzero(wide_m == wide)
        for first in range(0, len(chosen), _MOTIFS):
            some = chosen[first : first + _MOTIFS]
            best_nm[:, some] = _best_of([motifs[i] for i in some], both_m[some], codes, found.weights)
    return best_nm


def _best_of(motifs, both_m, codes, weights) -> np.ndarray:
    steps, kernels_w4k = scan.kernels(motifs, weights, pwm.PSEUDOCOUNT)
    widths_k = np.tile([len(one) for one in steps], 2)
    kernels_w5k = _with_n(kernels_w4k, widths_k)
    least_k = np.where(np.concatenate([np.ones_like(both_m), both_m]), -np.inf, np.inf).astype(np.float32)
    more = 2 * _MOTIFS - len(widths_k)
    filled = (
        np.pad(kernels_w5k, ((0, -len(kernels_w5k) % _step(kernels_w5k)), (0, 0), (0, more))),
        np.pad(least_k, (0, more), constant_values=np.inf),
        np.pad(widths_k, (0, more)),
    )
    parts = [
        np.asarray(_best(chunk, *filled))[:rows, : len(widths_k)]
        for _, rows, chunk in scan.chunks(codes, 2 * _MOTIFS)
    ]
    best_nk = np.concatenate([*parts, np.zeros((0, len(widths_k)), np.float32)]).astype(np.float64)
    return np.maximum(best_nk[:, : len(motifs)], best_nk[:, len(motifs) :]) / pwm.STEPS_PER_BIT


@jax.jit
def _best(codes_bl, kernels_w5k, least_k, widths_k):
    scores_blk = scan.scores(codes_bl, kernels_w5k)
    inside_lk = jnp.arange(codes_bl.shape[1])[:, None] + widths_k <= codes_bl.shape[1]
    counts_blk = (least_k < jnp.inf) & inside_lk & (scores_blk > _WITH_N / 2)
    return jnp.where(counts_blk, scores_blk, -jnp.inf).max(axis=1)


def _with_n(kernels_w4k: np.ndarray, widths_k: Sequence[int] | np.ndarray) -> np.ndarray:
    """Kernels with a fifth letter, N, that no word recovers from."""
    inside_wk = np.arange(len(kernels_w4k))[:, None] < np.asarray(widths_k)
    return np.concatenate([kernels_w4k, np.where(inside_wk, np.float32(_WITH_N), 0)[:, None]], axis=1)


def _step(kernels_wck: np.ndarray) -> int:
    return _WIDTHS if len(kernels_wck) <= _WIDTHS else _WIDE


def of_motif(codes, motif: Motif, background: backgrounds.Background = "sequences") -> Iterator[np.ndarray]:
    """Yields the log-odds of all words of some sequences at a time, bits, (n, P, strands), in order.

    P is L - W + 1, or 0 for a motif wider than the sequences; strands are 2, or 1 for RNA. A word with a
    letter N has none: -inf.
    """
    both = dna.has_complement(dna.alphabet_of(codes)) and motif.has_complement
    codes = scan.check_codes(dna.as_codes(codes))
    found = backgrounds.of(background, codes, both)
    _, kernels_w4k = scan.kernels([motif], found.weights, pwm.PSEUDOCOUNT)
    # Filled up in width, so that other motifs compile nothing; fillers in number would be most of the work.
    kernels_w5k = _with_n(kernels_w4k, [motif.width] * 2)
    filled = np.pad(kernels_w5k, ((0, -len(kernels_w5k) % _step(kernels_w5k)), (0, 0), (0, 0)))
    places = max(codes.shape[1] - motif.width + 1, 0)
    for _, rows, chunk in scan.chunks(codes, 2):
        found_nps = np.asarray(scan.scores(chunk, filled)[:, :places, : 1 + both])[:rows]
        yield np.where(found_nps > _WITH_N / 2, found_nps / pwm.STEPS_PER_BIT, -np.inf)


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
