"""Scanning: where motifs lie in sequences, on both strands, at an exact p-value."""

import dataclasses
import functools
import os
import warnings
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, files
from jaxmotif.motifs import backgrounds, pwm
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.places import Rows, off_padding

# Scores held at once: sequences x positions x (motifs on both strands), float32.
# More of them leave the cache.
_SCORES_PER_CHUNK = 1 << 20
# Widths and numbers of kernels are filled up to multiples of these, so that other motifs compile nothing.
_WIDTHS, _KERNELS = 32, 32
_FEW = 64  # sequences
# First line of a table of sites.
COLUMNS = "sequence\tstart\tend\tstrand\tmotif\tscore"


@dataclasses.dataclass(frozen=True)
class Sites:
    """Sites found, one per entry, sorted by sequence, start, motif and strand.

    Attributes:
      sequence: index of the sequence, int64.
      start, end: position on the sequence as given, 0-based, half-open, int64.
      strand: "+", or "-" where the reverse complement of the sequence reads as the motif.
      motif: index of the motif, int64.
      score: log-odds, bits, float64 (in steps of 1/256).
      p: probability that a random word of the background, on this strand, scores at least as high, float64.
    """

    sequence: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray
    motif: np.ndarray
    score: np.ndarray
    p: np.ndarray

    def __len__(self) -> int:
        return len(self.sequence)

    def take(self, which: np.ndarray) -> "Sites":
        """Returns the entries chosen by an index or boolean array."""
        return Sites(*(getattr(self, field.name)[which] for field in dataclasses.fields(self)))


NO_SITES = Sites(
    *(np.zeros(0, kind) for kind in (np.int64, np.int64, np.int64, "<U1", np.int64, np.float64, np.float64))
)


def check_codes(codes: np.ndarray) -> np.ndarray:
    codes = np.asarray(codes)
    if codes.ndim != 2 or not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"sequences must be integer codes (N, L), not {codes.dtype} {codes.shape}")
    if codes.size and (codes.min() < 0 or codes.max() > 4):
        raise ValueError(f"codes must be 0 to 4, not {codes.min()} to {codes.max()}")
    return codes.astype(np.uint8)


def kernels(motifs: Sequence[Motif], background, pseudocount) -> tuple[list[np.ndarray], np.ndarray]:
    """Returns integer weights of each motif, and float32 (width, 4, 2 M): forward strands, then reverse."""
    steps = [pwm.integer_weights(pwm.log_odds(m.ppm, m.nsites, background, pseudocount)) for m in motifs]
    kernels_w4k = np.zeros((max(map(len, steps)), 4, 2 * len(steps)), dtype=np.float32)
    for i, steps_w4 in enumerate(steps):
        kernels_w4k[: len(steps_w4), :, i] = steps_w4
        # The weights of the reverse complement: the same numbers read backwards.
        kernels_w4k[: len(steps_w4), :, len(steps) + i] = steps_w4[::-1, ::-1]
    return steps, kernels_w4k


@jax.jit
def scores(codes_bl: jax.Array, kernels_w4k: jax.Array) -> jax.Array:
    """Returns scores (B, L, K) of the words that start at each position; past the end the sequence is N.

    Shifted copies and one matmul instead of a convolution: a convolution may be computed by
    transforms that round, while sums of whole numbers below 2^24 are exact in any order.
    """
    batch, length = codes_bl.shape
    width, letters, n_kernels = kernels_w4k.shape
    # With four letters N becomes zeros, score 0; a fifth is its own.
    x_bl4 = jax.nn.one_hot(codes_bl, letters, dtype=jnp.float32)
    x_bl4 = jnp.pad(x_bl4, ((0, 0), (0, width - 1), (0, 0)))
    words_blw4 = jnp.stack([x_bl4[:, i : i + length] for i in range(width)], axis=2)
    return jnp.matmul(
        words_blw4.reshape(batch, length, width * letters),
        kernels_w4k.reshape(width * letters, n_kernels),
        precision=jax.lax.Precision.HIGHEST,
    )


def _filled(kernels_w4k, thresholds_k, widths_k) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kernels, thresholds and widths with fillers, which never reach their threshold."""
    wider, more = -kernels_w4k.shape[0] % _WIDTHS, -kernels_w4k.shape[2] % _KERNELS
    return (
        np.pad(kernels_w4k, ((0, wider), (0, 0), (0, more))),
        np.pad(thresholds_k, (0, more), constant_values=np.inf),
        np.pad(widths_k, (0, more)),
    )


@jax.jit
def _above_filled(codes_bl, kernels_w4k, thresholds_k, widths_k):
    scores_blk = scores(codes_bl, kernels_w4k)
    inside_lk = jnp.arange(codes_bl.shape[1])[:, None] + widths_k <= codes_bl.shape[1]
    return scores_blk, (scores_blk >= thresholds_k) & inside_lk


@functools.partial(jax.jit, static_argnames="width")
def _best(codes_bl, kernels_w4k, width):
    return scores(codes_bl, kernels_w4k)[:, : codes_bl.shape[1] - width + 1].max(axis=(1, 2))


def chunks(codes: np.ndarray, n_kernels: int):
    """Yields (first row, rows, chunk): chunks of one shape, the last filled up with N."""
    most = max(1, _SCORES_PER_CHUNK // (codes.shape[1] * -(-n_kernels // _KERNELS) * _KERNELS))
    # One of two sizes, so that other numbers of sequences compile nothing.
    size = min(most, _FEW) if len(codes) <= _FEW else most
    for first in range(0, len(codes), size):
        chunk = codes[first : first + size]
        rows = len(chunk)
        if rows < size:
            filler = np.full((size - rows, codes.shape[1]), 4, dtype=np.uint8)
            chunk = np.concatenate([chunk, filler])
        yield first, rows, chunk


def scan(
    codes,
    motifs: Sequence[Motif],
    p: float | Sequence[float] | np.ndarray = 1e-4,
    *,
    background: backgrounds.Background = "sequences",
    pseudocount: float = pwm.PSEUDOCOUNT,
    best_strand: bool = True,
) -> Sites:
    """Finds the sites of motifs in sequences, on both strands, at a p-value.

    The threshold is exact: the smallest score that a random word reaches with probability at most
    `p`, from the distribution over all words (`pwm.survival`). A letter N scores 0, as background
    does. Words lie wholly inside the sequence; where a data set knows how its rows were cropped and padded,
    wholly inside the record. A motif wider than the sequences has no sites. RNA, motifs or sequences, is
    scanned on "+" only.

    Args:
      codes: uint8 (N, L), 0 to 3 for A C G T, 4 for anything else; also strings or a data set.
      motifs: what to look for; matrices and numbers of sites give the log-odds (`pwm.log_odds`).
      p: largest p-value of a site, one strand; one for all motifs, or one each. Where not even the best word
        of a motif reaches it there are no sites, and a warning (`cores.searched` lowers the demand).
      background: "sequences", the letters of the scanned sequences (`backgrounds.of`): of random sequences of
        their composition a share of at most p of the words on each strand are sites; "uniform"; or four
        frequencies. None is uniform, too.
      pseudocount: in sites, spread by the background.
      best_strand: where a word passes on both strands, as in a palindrome, keep only the one that
        scores higher, "+" on ties. False keeps both.

    Raises:
      ValueError: for codes of another kind, no motif, or p outside (0, 1].

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> tata = jm.Motif("TATATTAC", np.eye(4)[[3, 0, 3, 0, 3, 3, 0, 1]], nsites=20)
      >>> jm.scan(["GGGTATATTACGG"], [tata], p=1e-3).start.tolist()
      [3]
    """
    rows = Rows.of(codes) if getattr(codes, "offset", None) is not None else None
    both = dna.has_complement(dna.alphabet_of(codes))
    codes, motifs = check_codes(dna.as_codes(codes)), list(motifs)
    if not motifs:
        raise ValueError("scanning needs at least one motif, not 0")
    both_m = np.array([both and motif.has_complement for motif in motifs])
    found = backgrounds.of(background, codes, bool(both_m.any()))
    steps, kernels_w4k = kernels(motifs, found.weights, pseudocount)
    # Distribution of the scores on each strand: (lowest, tail) of kernel k, as the kernels lie.
    of_kernels = tails(steps, found)
    p_k = np.tile(np.broadcast_to(np.asarray(p, float), len(motifs)), 2)
    thresholds = np.array(
        [pwm.least_score(*tail, float(q)) for tail, q in zip(of_kernels, p_k, strict=True)], float
    )
    thresholds[len(motifs) :][~both_m] = np.inf
    if np.ndim(p) == 0:  # who gives one for each motif knows
        _warn_of_unreachable(motifs, of_kernels, thresholds)
    widths = np.tile([len(s) for s in steps], 2)
    parts = []
    for first, count, chunk in chunks(codes, kernels_w4k.shape[2]) if codes.size else ():
        scores_blk, above_blk = _above_filled(
            chunk, *_filled(kernels_w4k, thresholds.astype(np.float32), widths)
        )
        row, start, k = np.nonzero(np.asarray(above_blk)[:count])
        parts.append((row + first, start, k, np.asarray(scores_blk)[row, start, k]))
    row, start, k, score = (
        np.concatenate(x)
        for x in zip(*parts, (np.zeros(0, np.int64),) * 3 + (np.zeros(0, np.float32),), strict=True)
    )
    motif, reverse, score = k % len(motifs), k // len(motifs), np.rint(score).astype(np.int64)
    order = np.lexsort((reverse, motif, start, row))
    row, start, motif, reverse, score = (x[order] for x in (row, start, motif, reverse, score))
    if best_strand and len(row):
        # After sorting the two strands of a word are neighbours, "+" first.
        same = (row[1:] == row[:-1]) & (start[1:] == start[:-1]) & (motif[1:] == motif[:-1])
        keep = best_strands(same, score)
        row, start, motif, reverse, score = (x[keep] for x in (row, start, motif, reverse, score))
    p_values, kernel = np.empty(len(row)), motif + reverse * len(motifs)
    for i in np.unique(kernel):
        lowest, tail = of_kernels[i]
        p_values[kernel == i] = np.minimum(tail[np.maximum(score[kernel == i] - lowest, 0)], 1)
    sites = Sites(
        sequence=row,
        start=start,
        end=start + widths[motif],
        strand=np.where(reverse, "-", "+"),
        motif=motif,
        score=score / pwm.STEPS_PER_BIT,
        p=p_values,
    )
    return sites if rows is None else off_padding(sites, rows)


def best_strands(same: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Returns which of n sites to keep, bool (n,), where neighbours are the two strands of one word.

    Args:
      same: bool (n - 1,), whether a site and the next one are of one word.
      score: (n,); the higher one is kept, the first of equal ones.
    """
    second_wins = score[1:] > score[:-1]
    keep = np.ones(len(score), dtype=bool)
    keep[1:] &= ~(same & ~second_wins)
    keep[:-1] &= ~(same & second_wins)
    return keep


def tails(steps: Sequence[np.ndarray], found: backgrounds.Composition) -> list[tuple[int, np.ndarray]]:
    """Returns `pwm.survival` of the words under every kernel: all motifs on "+", then all on "-".

    Args:
      steps: integer weights (W, 4) of each motif.
      found: what random words are made of.
    """
    forward = [pwm.survival(one, found.forward) for one in steps]
    if found.forward == found.reverse:
        return forward * 2
    return forward + [pwm.survival(one, found.reverse) for one in steps]


def _warn_of_unreachable(motifs: Sequence[Motif], tails, thresholds: np.ndarray) -> None:
    best = [lowest + len(tail) - 1 for lowest, tail in tails]
    below = [m.name for k, m in enumerate(motifs) if thresholds[k] > best[k]]
    if below:
        warnings.warn(
            f"not even the best word reaches the p-value, so there are no sites, of {', '.join(below[:5])}"
            + (", ..." if len(below) > 5 else ""),
            stacklevel=3,
        )


def best_per_sequence(
    codes: np.ndarray,
    motif: Motif,
    *,
    background: Sequence[float] | None = None,
    pseudocount: float = pwm.PSEUDOCOUNT,
) -> np.ndarray:
    """Returns the highest log-odds of any word of each sequence on either strand, bits, float64 (N,).

    Raises:
      ValueError: for codes of another kind, or sequences shorter than the motif.
    """
    return _per_sequence(_best, codes, motif, background, pseudocount) / pwm.STEPS_PER_BIT


@functools.partial(jax.jit, static_argnames="width")
def _mean_odds(codes_bl, kernels_w4k, width):
    words_blk = scores(codes_bl, kernels_w4k)[:, : codes_bl.shape[1] - width + 1]
    return jnp.exp2(words_blk / pwm.STEPS_PER_BIT).mean(axis=(1, 2))


def average_odds(
    codes: np.ndarray,
    motif: Motif,
    *,
    background: Sequence[float] | None = None,
    pseudocount: float = pwm.PSEUDOCOUNT,
) -> np.ndarray:
    """Returns the average motif affinity of each sequence, float64 (N,): mean odds of all its words.

    The odds of a word are its probability under the motif over that under the background (Buske et al.
    2010, AMA). 1 is what a background sequence has on average.

    Raises:
      ValueError: as `best_per_sequence`.
    """
    return _per_sequence(_mean_odds, codes, motif, background, pseudocount)


def _per_sequence(function, codes, motif, background, pseudocount) -> np.ndarray:
    codes = check_codes(codes)
    if codes.shape[1] < motif.width:
        raise ValueError(
            f"sequences of {codes.shape[1]} are shorter than the motif {motif.name}, {motif.width} wide"
        )
    _, kernels_w4k = kernels([motif], background, pseudocount)
    values = [
        np.asarray(function(chunk, kernels_w4k, motif.width))[:rows] for _, rows, chunk in chunks(codes, 2)
    ]
    return np.concatenate([*values, np.zeros(0)])


def write_sites(
    path: str | os.PathLike, sites: Sites, sequence_names: Sequence[str], motif_names: Sequence[str]
) -> None:
    """Writes sites as a table: sequence, start, end (0-based, half-open), strand, motif, score.

    Raises:
      ValueError: if the file cannot be written.
    """
    lines = [COLUMNS]
    lines += [
        f"{sequence_names[i]}\t{start}\t{end}\t{strand}\t{motif_names[m]}\t{score:.4f}"
        for i, start, end, strand, m, score in zip(
            sites.sequence.tolist(),
            sites.start.tolist(),
            sites.end.tolist(),
            sites.strand.tolist(),
            sites.motif.tolist(),
            sites.score.tolist(),
            strict=True,
        )
    ]
    files.write_text(path, "\n".join(lines) + "\n")
