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
    parts = [_part(rng, size, {FIRST: 0.8, SECOND: 0.2}) for size in (800, 300, 300)]
    random = [_motif("".join(rng.choice(list("ACGT"), 9)), f"random{i}") for i in range(12)]
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
    # Chance may bring one of 12 to p <= 1e-3 on the validation sequences; the test sequences tell.
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


def test_a_list_is_scored_in_its_order_and_each_motif_by_what_is_left():
    rng = np.random.default_rng(3)
    parts = [_part(rng, size, {FIRST: 0.8, SECOND: 0.3}) for size in (800, 300, 300)]
    given = [_motif(SECOND), _motif(FIRST), _motif(FIRST[1:]), _motif("CTACTACTAC")]
    scored = Search(*parts).score(given)
    assert [one.index for one in scored] == [0, 1, 2, 3]
    assert all(one.motif is motif for one, motif in zip(scored, given, strict=True))
    assert scored[0].test.p < 1e-6 and scored[1].test.p < 1e-6
    # Part of what came before it, and in nothing: both have little left to say.
    assert scored[2].test.p > 1e-3 and scored[3].test.p > 0.01
    # By itself the part says nearly what the whole does.
    (alone,) = Search(*parts).score(given[2:3])
    assert alone.test.p < 1e-6
    # Counted by hand: held-out sequences of each class with a word above the threshold.
    first = scored[0]
    codes, log_odds = parts[2].codes, np.log2((first.motif.ppm * 100 + 0.25 * 0.1) / (100 + 0.1) / 0.25)
    assert first.test.of_positives == first.test.of_negatives == 300
    best = np.full(len(codes), -np.inf)
    for strand in (log_odds, log_odds[::-1, ::-1]):
        for start in range(codes.shape[1] - len(strand) + 1):
            words = codes[:, start : start + len(strand)]
            best = np.maximum(best, strand[np.arange(len(strand)), words].sum(axis=1))
    # Backgrounds differ in the third digit: sequences at the threshold itself may lie on either side.
    near = np.abs(best - first.threshold) < 0.3
    above = (best >= first.threshold) & ~near
    assert abs(int(above[:300].sum()) - first.test.positives) <= int(near[:300].sum())
    assert abs(int(above[300:].sum()) - first.test.negatives) <= int(near[300:].sum())


def test_what_never_stands_out_says_nothing():
    rng = np.random.default_rng(4)
    part = _part(rng, 100, {})
    none = Part(np.zeros_like(part.codes), part.positive)
    (scored,) = Search(part, part, none).score([_motif("GGGGGGGGGGGG")])
    assert scored.test.p == 1 and scored.test.positives == scored.test.negatives == 0
