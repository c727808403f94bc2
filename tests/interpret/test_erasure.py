"""What a score loses without a motif's sites, for scores that say so exactly."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import erasure
from jaxmotif.motifs.motif import Motif

WORD, UNIFORM = "TGACGTCC", [0.25] * 4


def _motif():
    ppm = np.full((len(WORD), 4), 0.01)
    ppm[np.arange(len(WORD)), dna.encode([WORD])[0]] = 0.97
    return Motif("word", ppm, nsites=100)


def _planted(count=60, length=50, places=None):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    for row in range(count):
        start = rng.integers(0, length - len(WORD) + 1) if places is None else places[row]
        codes[row, start : start + len(WORD)] = dna.encode([WORD])[0]
    return codes


def _has_word(codes):
    return np.array([3.0 * (WORD in text) for text in dna.decode(codes)])


def test_the_whole_score_hangs_on_the_site():
    found = erasure.effect(_has_word, _planted(), _motif(), 10.0, UNIFORM)
    # Each random stretch is clear of the site, so that the word is still there.
    assert found.sequences == 60 and found.mean == pytest.approx(3, abs=0.01) and found.error < 0.01


def test_what_a_score_does_not_read_has_no_effect():
    other = erasure.effect(
        lambda codes: (codes == 0).sum(axis=1) * 1.0, _planted(200), _motif(), 10.0, UNIFORM
    )
    # A of 8 letters: one in the word, two by chance, and as many in what is drawn for either.
    assert other.mean == pytest.approx(-1, abs=4 * other.error) and 0 < other.error < 0.2
    assert erasure.effect(lambda codes: np.zeros(len(codes)), _planted(), _motif(), 10.0, UNIFORM)[:2] == (
        0,
        0,
    )


def test_the_other_strand_is_a_site_too():
    codes = 3 - _planted()[:, ::-1]
    found = erasure.effect(lambda own: _has_word(3 - own[:, ::-1]), codes, _motif(), 10.0, UNIFORM)
    assert found.mean == pytest.approx(3, abs=0.01)


def test_places_at_the_ends_and_too_little_room():
    places = [0, 42] * 10
    assert erasure.effect(_has_word, _planted(20, 50, places), _motif(), 10.0, UNIFORM).mean > 2.9
    # 15 letters have no room for 8 others.
    assert erasure.effect(_has_word, _planted(20, 15), _motif(), 10.0, UNIFORM) is None
    assert erasure.effect(_has_word, _planted()[:1], _motif(), 10.0, UNIFORM) is None
    assert erasure.effect(_has_word, _planted(), _motif(), 100.0, UNIFORM) is None


def test_many_sequences_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(erasure, "MOST", 10)
    assert erasure.effect(_has_word, _planted(), _motif(), 10.0, UNIFORM).sequences == 10
