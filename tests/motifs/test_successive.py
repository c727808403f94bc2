"""Distinct, held-out significant motifs among candidates, on planted sequences."""

import numpy as np

from jaxmotif.motifs import refine
from jaxmotif.motifs.align import similarities
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.successive import Part, Search


def _words(text, count, rng, sure=0.9):
    """Noisy copies of a word, uint8 (count, W)."""
    codes = np.array(["ACGT".index(letter) for letter in text])
    noisy = rng.integers(0, 4, (count, len(codes)))
    return np.where(rng.random(noisy.shape) < sure, codes, noisy).astype(np.uint8)


def _motif(text, name="motif"):
    ppm = np.full((len(text), 4), 0.05)
    ppm[np.arange(len(text)), ["ACGT".index(letter) for letter in text]] = 0.85
    return Motif(name, ppm, nsites=100)


def _part(rng, size, planted):
    """Half positives; planted: word -> share of the positives that have it, on either strand."""
    codes = rng.integers(0, 4, (2 * size, 80)).astype(np.uint8)
    for number, (text, share) in enumerate(planted.items()):
        who = np.flatnonzero(rng.random(size) < share)
        sites = _words(text, len(who), rng)
        turned = rng.random(len(who)) < 0.5
        sites[turned] = 3 - sites[turned][:, ::-1]
        for row, site in zip(who, sites, strict=True):
            start = rng.integers(0, 20) + 25 * number
            codes[row, start : start + len(site)] = site
    return Part(codes, np.arange(2 * size) < size)


FIRST, SECOND = "TGACGTCAGC", "GGGAATTTCC"


def test_each_motif_once_and_no_other():
    rng = np.random.default_rng(0)
    parts = [_part(rng, size, {FIRST: 0.8, SECOND: 0.2}) for size in (2000, 500, 500)]
    random = [_motif("".join(rng.choice(list("ACGT"), 9)), f"random{i}") for i in range(30)]
    candidates = [
        _motif(FIRST[2:], "part"),
        _motif(FIRST, "whole"),
        _motif(FIRST[:-2], "other part"),
        *random,
        _motif(SECOND, "second"),
    ]
    taken = Search(*parts).take(candidates)
    names = [candidates[one.index].name for one in taken]
    assert names[0] in ("part", "whole", "other part") and names[1] == "second"
    # Chance may bring one of 30 to p <= 1e-3 on the validation sequences; the test sequences tell.
    assert len(taken) <= 3 and all(one.test.p > 0.01 for one in taken[2:])
    for one, text in zip(taken[:2], (FIRST, SECOND), strict=True):
        assert one.test.p < 1e-6
        assert similarities(one.motif.ppm, [_motif(text).ppm])[0][0] > 0.9


def test_half_a_site_becomes_the_whole():
    rng = np.random.default_rng(1)
    whole = "TTCAGCACCNNNNACAGCGCC".replace("N", "A")
    part = _part(rng, 600, {whole: 0.9})
    half = _motif(whole[:9])
    found = refine.refined(half, part.codes[part.positive], 8.0, background=[0.25] * 4)
    assert abs(found.width - len(whole)) <= 1 and found.nsites > 400
    assert whole[2:-2] in found.consensus or whole[2:-2] in found.reverse_complement().consensus


def test_few_sites_change_nothing():
    rng = np.random.default_rng(2)
    motif = _motif(FIRST)
    assert refine.refined(motif, _part(rng, 10, {}).codes, 12.0) is motif


def test_nothing_is_taken_where_nothing_is_planted():
    rng = np.random.default_rng(5)
    candidates = [_motif("".join(rng.choice(list("ACGT"), 8)), f"random{i}") for i in range(40)]
    parts = [_part(rng, size, {}) for size in (400, 200, 200)]
    taken = Search(*parts).take(candidates)
    # 40 candidates at p <= 1e-3 by chance: the test tells them.
    assert len(taken) <= 1 and all(one.test.p > 0.05 / len(taken) for one in taken)


def test_test_sequences_choose_nothing():
    rng = np.random.default_rng(0)
    train, valid, test = (_part(rng, size, {FIRST: 0.8, SECOND: 0.2}) for size in (800, 300, 300))
    candidates = [_motif(FIRST), _motif(SECOND)]
    right = Search(train, valid, test).take(candidates)
    wrong = Search(train, valid, test._replace(positive=test.positive[::-1])).take(candidates)
    for a, b in zip(right, wrong, strict=True):
        assert a.index == b.index and a.threshold == b.threshold and (a.motif.ppm == b.motif.ppm).all()
        assert a.test.p < 1e-3 < b.test.p
