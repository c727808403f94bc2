"""Words of sequences under motifs, against loops."""

import numpy as np
import pytest

from jaxmotif.motifs import pwm, words
from jaxmotif.motifs.motif import Motif


def _motif(width, rng, **more):
    return Motif(f"m{width}", rng.dirichlet(np.full(4, 0.3), width), nsites=50, **more)


def _loop(codes, motif, both=True):
    """Scores (N, P, strands) in steps of 1/256 bit."""
    steps = np.rint(pwm.log_odds(motif.ppm, motif.nsites, [0.25] * 4) * 256)
    places = codes.shape[1] - motif.width + 1
    out = np.zeros((len(codes), places, 1 + both))
    for n, row in enumerate(codes):
        for start in range(places):
            for i in range(motif.width):
                letter = row[start + i]
                if letter == 4:
                    out[n, start] = -np.inf
                else:
                    out[n, start, 0] += steps[i, letter]
                    if both:
                        out[n, start, 1] += steps[motif.width - 1 - i, 3 - letter]
    return out / 256


@pytest.fixture
def codes():
    rng = np.random.default_rng(1)
    found = rng.integers(0, 4, (7, 30)).astype(np.uint8)
    found[2, 5:9] = 4
    return found


def test_best_of_each_sequence(codes):
    rng = np.random.default_rng(2)
    motifs = [_motif(6, rng), _motif(11, rng), _motif(30, rng)]
    found = words.best_scores(codes, motifs, background="uniform")
    assert found == pytest.approx(np.stack([_loop(codes, m).max(axis=(1, 2)) for m in motifs], 1))
    assert (words.best_scores(codes, [_motif(31, rng)]) == -np.inf).all()
    many = [_motif(int(width), rng) for width in rng.integers(4, 30, 40)]
    found = words.best_scores(codes, many, background="uniform")
    assert found == pytest.approx(np.stack([_loop(codes, m).max(axis=(1, 2)) for m in many], 1))
    assert (words.best_scores(np.full((2, 9), 4), motifs[:1]) == -np.inf).all()
    score, start, reverse = words.best_words(codes, motifs[0], background="uniform")
    loop = _loop(codes, motifs[0])
    assert score == pytest.approx(loop.max(axis=(1, 2)))
    assert loop[np.arange(7), start, reverse.astype(int)] == pytest.approx(score)


def test_rna_has_one_strand(codes):
    motif = _motif(6, np.random.default_rng(2), alphabet="ACGU")
    found = words.best_scores(codes, [motif], background="uniform")[:, 0]
    assert found == pytest.approx(_loop(codes, motif, both=False).max(axis=(1, 2)))
    assert not words.best_words(codes, motif, background="uniform")[2].any()


def test_covered_letters(codes):
    motif, threshold = _motif(6, np.random.default_rng(2)), 2.0
    expected = np.zeros(codes.shape, bool)
    for n, start in np.argwhere((_loop(codes, motif) >= threshold).any(axis=2)):
        expected[n, start : start + 6] = True
    assert expected.any() and not expected.all()
    assert (words.covered(codes, motif, threshold, background="uniform") == expected).all()


def test_many_sequences_are_read_in_parts_alike(monkeypatch):
    rng = np.random.default_rng(4)
    codes, motif = rng.integers(0, 4, (300, 40)).astype(np.uint8), _motif(8, rng)
    whole = words.best_words(codes, motif), words.covered(codes, motif, 3.0)
    monkeypatch.setattr("jaxmotif.motifs.words._LETTERS", 40 * 100)
    parts = words.best_words(codes, motif), words.covered(codes, motif, 3.0)
    assert all((a == b).all() for a, b in zip(whole[0], parts[0], strict=True))
    assert (whole[1] == parts[1]).all()
