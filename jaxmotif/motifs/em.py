"""Motifs by expectation maximisation, zero or one site a sequence on either strand (Bailey & Elkan 1994).

What the papers' matrix baseline is made of: no network, no negatives. All starts of one width run side by
side.
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, shuffling
from jaxmotif.motifs import overrepresented, scan
from jaxmotif.motifs.motif import Motif

WIDTHS = (8, 12, 16, 21)
_WORD, _STARTS, _ROUNDS, _PSEUDOCOUNT = 8, 24, 40, 0.5


def find_motifs(
    codes, count: int, *, widths: Sequence[int] = WIDTHS, seed: int = 0, prefix: str = "em_"
) -> list[Motif]:
    """Returns up to `count` motifs of sequences, best first; each one's sites are hidden from the next.

    Of several widths the one with the best likelihood wins, less half a log N for every free entry (BIC).

    Args:
      codes: uint8 (N, L).
      count: how many.
      widths: those tried, nt.
      seed: of the shuffles that starting words are compared with.
      prefix: names are <prefix><number>.

    Raises:
      ValueError: if no width fits the sequences or there are none.
    """
    codes_nl = np.array(codes, np.uint8)
    widths = [width for width in widths if _WORD <= width <= codes_nl.shape[1]]
    if not len(codes_nl) or not widths:
        raise ValueError(f"no motif of at least {_WORD} nt can be found in {codes_nl.shape} letters")
    background_4 = (
        np.bincount(np.concatenate([codes_nl.ravel(), 3 - codes_nl[codes_nl < 4]]), minlength=5)[:4] + 1.0
    )
    background_4 /= background_4.sum()
    shuffled_nl = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(seed), codes_nl))
    found = []
    while len(found) < count:
        words = enriched_words(codes_nl, shuffled_nl)
        if not len(words):
            break
        results = [_fit(codes_nl, words, width, background_4) for width in widths]
        gain, ppm, sites_n, share = max(results, key=lambda result: result[0])
        if gain <= 0:
            break
        hits = share > 0.5
        found.append(Motif(f"{prefix}{len(found) + 1}", ppm, max(float(share.sum()), 1.0), source="EM"))
        if not hits.any():
            break  # nothing is hidden, so the next would be the same
        for row in np.flatnonzero(hits):
            codes_nl[row, sites_n[row] : sites_n[row] + len(ppm)] = dna.N
    return found


def enriched_words(codes_nl: np.ndarray, shuffled_nl: np.ndarray) -> np.ndarray:
    """Returns words of 8 nt, (starts, 8), in more sequences than in their shuffles, most surprising first.

    Both strands count as one; the surprise is (a - b) / sqrt(b + 1) for a sequences and b shuffles.
    """
    places = tuple(range(_WORD))
    counts = [overrepresented.counts(codes, places) for codes in (codes_nl, shuffled_nl)]
    surprise = (counts[0] - counts[1]) / np.sqrt(counts[1] + 1)
    best = np.argsort(-surprise, kind="stable")[: 2 * _STARTS]
    best = best[surprise[best] > 0]
    words = best[:, None] // 4 ** np.arange(_WORD - 1, -1, -1) % 4
    # Either strand of a word is the same start.
    numbers = words @ 4 ** np.arange(_WORD - 1, -1, -1)
    other = (3 - words[:, ::-1]) @ 4 ** np.arange(_WORD - 1, -1, -1)
    first = np.unique(np.minimum(numbers, other), return_index=True)[1]
    return words[np.sort(first)][:_STARTS]


def _fit(codes_nl, words, width: int, background_4):
    """(gain in nats less the penalty, PPM, start of each sequence's best site, chance that it has one)."""
    ppms = np.full((_STARTS, width, 4), 0.25)
    left = (width - _WORD) // 2
    ppms[: len(words), left : left + _WORD] = 0.1
    for number, word in enumerate(words):
        ppms[number, left + np.arange(_WORD), word] = 0.7
    gain_s, ppm_sw4, start_sn, share_sn = map(
        np.asarray, _expectation_maximisation(codes_nl, ppms, jnp.asarray(background_4, jnp.float32), width)
    )
    best = int(np.argmax(gain_s))
    penalty = 0.5 * np.log(len(codes_nl)) * 3 * width
    ppm_w4 = ppm_sw4[best] / ppm_sw4[best].sum(axis=1, keepdims=True)
    return gain_s[best] - penalty, ppm_w4, start_sn[best], share_sn[best]


@functools.partial(jax.jit, static_argnames="width")
def _expectation_maximisation(codes_nl, ppm_sw4, background_4, width: int):
    x_nl4 = dna.one_hot(codes_nl)
    places = codes_nl.shape[1] - width + 1
    words_npw4 = jnp.stack([x_nl4[:, i : i + places] for i in range(width)], axis=2)
    inside_np = words_npw4.sum(axis=(2, 3)) == width
    words_npk = words_npw4.reshape(*inside_np.shape, width * 4)
    places_n = 2 * jnp.maximum(inside_np.sum(axis=1), 1)

    def posterior(ppm_w4, share):
        """Returns the chance of a site per place and strand (N, P, 2), and the log-likelihood ratio (N,)."""
        weights_w4 = jnp.log(ppm_w4 / background_4)
        both_k2 = jnp.stack([weights_w4.ravel(), weights_w4[::-1, ::-1].ravel()], axis=1)
        odds_np2 = jnp.exp(words_npk @ both_k2) * inside_np[..., None]
        odds_np2 = odds_np2 * (share / places_n)[:, None, None]
        total_n = 1 - share + odds_np2.sum(axis=(1, 2))
        return odds_np2 / total_n[:, None, None], jnp.log(total_n)

    def one(ppm_w4):
        def update(state, _):
            ppm_w4, share = state
            chance_np2, _ = posterior(ppm_w4, share)
            counts_2w4 = jnp.einsum("nps,npk->sk", chance_np2, words_npk).reshape(2, width, 4)
            counts_w4 = counts_2w4[0] + counts_2w4[1, ::-1, ::-1] + _PSEUDOCOUNT * background_4
            share = jnp.clip(chance_np2.sum() / len(codes_nl), 1e-3, 1 - 1e-3)
            return (counts_w4 / counts_w4.sum(axis=1, keepdims=True), share), None

        (ppm_w4, share), _ = jax.lax.scan(update, (ppm_w4, jnp.float32(0.5)), length=_ROUNDS)
        chance_np2, ratio_n = posterior(ppm_w4, share)
        return ratio_n.sum(), ppm_w4, chance_np2.sum(axis=2).argmax(axis=1), chance_np2.sum(axis=(1, 2))

    return jax.lax.map(one, jnp.asarray(ppm_sw4, jnp.float32))


def sum_of_best(motifs: Sequence[Motif], codes_nl) -> np.ndarray:
    """Returns the sum over motifs of the best log-odds in each sequence, either strand, bits, (N,)."""
    return sum((scan.best_per_sequence(codes_nl, motif) for motif in motifs), np.zeros(len(codes_nl)))
