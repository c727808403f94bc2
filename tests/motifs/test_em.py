"""Expectation maximisation finds what was planted; affinity equals a loop."""

import itertools

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.motifs import em, scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import consensus


def _planted(word, rows=300, length=60, share=0.8, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (rows, length)).astype(np.uint8)
    letters = dna.encode([word])[0]
    for row in range(int(share * rows)):
        site = letters if rng.random() < 0.5 else dna.reverse_complement(letters)
        start = rng.integers(0, length - len(letters) + 1)
        codes[row, start : start + len(letters)] = site
    return codes


def test_planted_motifs_are_found_one_after_the_other():
    first, second = "TGACTCAGCA", "CCATATTTGG"
    codes = np.concatenate([_planted(first), _planted(second, rows=200, seed=1)])
    found = em.find_motifs(codes, 2, widths=(8, 12))
    words = {consensus(motif.ppm) for motif in found} | {consensus(m.reverse_complement().ppm) for m in found}
    assert any(first[1:9] in word for word in words) and any(second[1:9] in word for word in words)
    assert [motif.name for motif in found] == ["em_1", "em_2"]


def test_sites_are_counted():
    codes = _planted("TGACTCAGCA", share=0.5)
    (found,) = em.find_motifs(codes, 1, widths=(10,))
    assert found.nsites == pytest.approx(150, abs=12)


def test_random_sequences_have_no_strong_motif():
    codes = np.random.default_rng(3).integers(0, 4, (300, 60)).astype(np.uint8)
    assert not em.find_motifs(codes, 1, widths=(12,))


def test_bad_sequences_are_named():
    with pytest.raises(ValueError, match="no motif of at least 8 nt"):
        em.find_motifs(np.zeros((3, 5), np.uint8), 1)


def _odds(motif, word):
    background = 0.25
    smooth = (motif.ppm * motif.nsites + 0.1 * background) / (motif.nsites + 0.1)
    return np.prod([1.0 if letter == 4 else smooth[i, letter] / background for i, letter in enumerate(word)])


def test_average_odds_and_sum_of_best_equal_loops():
    rng = np.random.default_rng(0)
    motifs = [Motif(f"m{w}", rng.dirichlet([0.3] * 4, w), 30) for w in (4, 7)]
    codes = rng.integers(0, 5, (6, 15)).astype(np.uint8)
    total = np.zeros(6)
    for motif in motifs:
        odds = np.array(
            [
                [
                    _odds(one, codes[row, start : start + motif.width])
                    for one, start in itertools.product(
                        (motif, motif.reverse_complement()), range(16 - motif.width)
                    )
                ]
                for row in range(6)
            ]
        )
        np.testing.assert_allclose(scan.average_odds(codes, motif), odds.mean(axis=1), rtol=0.02)
        total += np.log2(odds.max(axis=1))
    # Weights are rounded to 1/256 bit.
    np.testing.assert_allclose(em.sum_of_best(motifs, codes), total, atol=0.05)
    with pytest.raises(ValueError, match="are shorter than the motif"):
        scan.average_odds(codes[:, :5], motifs[1])
