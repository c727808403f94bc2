"""Over-represented words against counts by hand and planted truth."""

import itertools

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.motifs import align, overrepresented
from jaxmotif.motifs.motif import Motif

GAPPED = (0, 1, 2, 5, 6, 7)


def _letters(rng, count, length=40):
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    codes[rng.random(codes.shape) < 0.02] = 4
    return codes


@pytest.mark.parametrize("pattern", [(0, 1, 2, 3), (0, 1, 4, 5)])
@pytest.mark.parametrize("both", [True, False])
def test_counts_are_those_of_a_loop(pattern, both, monkeypatch):
    monkeypatch.setattr(overrepresented, "_ROWS", 7)
    codes = _letters(np.random.default_rng(0), 30, 12)
    found = overrepresented.counts(codes, pattern, both)
    texts = dna.decode(codes)
    for number, word in enumerate(itertools.product("ACGT", repeat=4)):
        words = [word, tuple("TGCA"["ACGT".index(letter)] for letter in word[::-1])][: 1 + both]
        has = lambda text, own=words: any(
            tuple(text[start + place] for place in pattern) in own for start in range(12 - pattern[-1])
        )
        assert found[number] == sum(map(has, texts)), word


def test_complements_are_read_backwards():
    words = ["".join(word) for word in itertools.product("ACGT", repeat=5)]
    other = [words[i] for i in overrepresented.complements(5)]
    assert other == [word[::-1].translate(str.maketrans("ACGT", "TGCA")) for word in words]


def _plant(codes, rng, text, rows, both=True):
    site = dna.encode([text])[0]
    for row in rows:
        start = rng.integers(0, codes.shape[1] - len(site))
        turned = 3 - site[::-1]
        own = turned if both and rng.random() < 0.5 else site
        codes[row, start : start + len(site)] = np.where(site < 4, own, codes[row, start : start + len(site)])


@pytest.mark.parametrize("text", ["TGACGTCA", "GGGNNNTCA"])
def test_a_planted_word_is_the_first_and_comes_once(text):
    rng = np.random.default_rng(1)
    codes = _letters(rng, 2000)
    positive = np.arange(2000) < 1000
    ppm = np.full((len(text), 4), 0.25)
    for place, letter in enumerate(text):
        if letter != "N":
            ppm[place] = np.where(np.arange(4) == "ACGT".index(letter), 0.97, 0.01)
    for row in rng.choice(1000, 200, replace=False):
        site = np.array([rng.choice(4, p=column) for column in ppm], np.uint8)
        start = rng.integers(0, 40 - len(text))
        codes[row, start : start + len(text)] = site if rng.random() < 0.5 else 3 - site[::-1]
    found = overrepresented.motifs(codes, positive)
    likeness = [align.similarities(motif.ppm, [ppm])[0][0] for motif in found]
    assert likeness[0] > 0.85
    # Parts of it may follow, itself not again.
    equal = align.similarities(found[0].ppm, [motif.ppm for motif in found[1:]])[0]
    assert (equal <= overrepresented.ALIKE).all()


def test_one_strand_of_rna():
    rng = np.random.default_rng(2)
    codes = _letters(rng, 1200)
    positive = np.arange(1200) < 600
    _plant(codes, rng, "TGCATGAA", rng.choice(600, 200, replace=False), both=False)
    found = overrepresented.motifs(codes, positive, alphabet="ACGU")
    assert found[0].alphabet == "ACGU" and "GCAUG" in found[0].consensus
    # The complement is no more frequent than chance.
    assert not any("CAUGC" in motif.consensus for motif in found)


def test_nothing_stands_out_of_one_kind():
    rng = np.random.default_rng(3)
    codes = _letters(rng, 1000)
    assert overrepresented.motifs(codes, np.ones(1000, bool)) == []
    positive = np.arange(1000) % 2 == 0
    found = overrepresented.motifs(codes, positive)
    # Of 80,000 words a few reach the least gain by chance.
    assert len(found) < 32
    assert all(isinstance(motif, Motif) for motif in found)
    assert overrepresented.motifs(codes[:, :5], positive) == []


def test_as_many_as_asked_for():
    rng = np.random.default_rng(4)
    codes = _letters(rng, 1000)
    positive = np.arange(1000) < 500
    for text in ("TGACGTCA", "GGGAATTTCC"):
        _plant(codes, rng, text, rng.choice(500, 250, replace=False))
    assert len(overrepresented.motifs(codes, positive, most=3)) == 3
