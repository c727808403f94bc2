"""Pairs of motifs: independent ones are no news, planted rules are found as planted, brute force agrees."""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.data.files import fasta
from jaxmotif.motifs import jaspar, pairs, scan, spacing
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows

WORDS = ("GATAAGCCT", "TGACTCAT", "CCGGAAGT", "ACTACAATTCCC")


def _motif(word, name=""):
    return Motif(name or word, np.eye(4)[dna.encode([word])[0]] * 0.96 + 0.01, 100)


MOTIFS = [_motif(word) for word in WORDS]


def _set(placed, rows, motifs=MOTIFS):
    """A set whose sites are (row, start, strand, motif)."""
    row, start, strand, motif = map(np.array, zip(*sorted(placed), strict=True))
    width = np.array([one.width for one in motifs])[motif]
    p = 1e-5 / (1 + (7 * row + 3 * start) % 5)  # some are better than others
    return MotifSet(
        motifs, sites=scan.Sites(row, start, start + width, strand, motif, -np.log2(p), p), rows=rows
    )


def _independent(rng, count, length, shares, place, forward=0.5, more=0.1):
    """Sites of motifs that do not heed each other; some sequences have one twice."""
    placed = []
    for row in range(count):
        taken = []
        for motif, share in enumerate(shares):
            width = MOTIFS[motif].width
            for _ in range((rng.random() < share) * (1 + (rng.random() < more))):
                for _ in range(100):
                    start = place(rng, motif, width)
                    if 0 <= start <= length - width and all(
                        start + width <= a or b <= start for a, b in taken
                    ):
                        taken.append((start, start + width))
                        placed.append((row, start, "+" if rng.random() < forward else "-", motif))
                        break
    return _set(placed, Rows([f"s{i}" for i in range(count)], length))


CASES = {
    "anywhere": (101, 0.5, lambda rng, motif, width: rng.integers(0, 102 - width)),
    "middle": (101, 0.5, lambda rng, motif, width: round(rng.normal(46, 12))),
    "each in its place": (101, 0.9, lambda rng, motif, width: round(rng.normal(15 + 22 * motif, 2))),
    "one strand": (200, 1.0, lambda rng, motif, width: round(rng.normal(100, 40))),
}


@pytest.mark.parametrize("case", CASES)
def test_motifs_that_do_not_heed_each_other(case):
    length, forward, place = CASES[case]
    together, arranged = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        found = pairs.pairs(_independent(rng, 300, length, (0.6, 0.4, 0.3, 0.15), place, forward))
        together += [pair.together_p for pair in found if pair.together_p is not None]
        arranged += [pair.best.p for pair in found if pair.best is not None]
    assert len(together) >= 140 and len(arranged) >= 140
    for p in (together, arranged):  # no more of them than so many tests at 5 % give
        assert scipy.stats.binom.sf(np.count_nonzero(np.array(p) <= 0.05) - 1, len(p), 0.05) > 0.01


def _with_rule(seed, rule, count=400, length=120, both=0.25):
    """Sequences with motifs 0 and 1: one of them, or both as the rule has it, on either strand."""
    rng = np.random.default_rng(seed)
    wide = MOTIFS[0].width, MOTIFS[1].width
    placed = []
    for row in range(count):
        if rng.random() < both:
            turned = rng.random() < 0.5
            way, gap = rule(rng)
            first, second = (0, 1) if way in (0, 2) else (1, 0)
            # On the strand on which motif 0 is "+".
            start = rng.integers(0, length - sum(wide) - gap + 1)
            other = start + wide[first] + gap
            for motif, at in ((first, start), (second, other)):
                strand = "+" if motif == 0 or way in (0, 1) else "-"
                if turned:
                    at, strand = length - at - wide[motif], "+-"[strand == "+"]
                placed.append((row, int(at), strand, motif))
        else:
            alone = rng.integers(0, 4)
            if alone < 2:
                placed.append((row, int(rng.integers(0, length - 15)), "+-"[rng.integers(2)], int(alone)))
    return _set(placed, Rows([f"s{i}" for i in range(count)], length))


RULES = {
    "fixed spacing": (lambda rng: (2, 7), (2,), 7),
    "fixed spacing, other way": (lambda rng: (1, 0), (1,), 0),
    "one gap, same strand": (lambda rng: (rng.integers(2), 21), (0, 1), 21),
    "one gap": (lambda rng: (rng.integers(4), 12), (0, 1, 2, 3), 12),
    "order": (lambda rng: ((0, 2)[rng.integers(2)], rng.integers(60)), (0, 2), None),
    "order on the strand of the second": (
        lambda rng: ((1, 2)[rng.integers(2)], rng.integers(60)),
        (1, 2),
        None,
    ),
    "one strand": (lambda rng: (rng.integers(2), rng.integers(60)), (0, 1), None),
    "opposite": (lambda rng: (2 + rng.integers(2), rng.integers(60)), (2, 3), None),
    "order and strand": (lambda rng: (3, rng.integers(60)), (3,), None),
}


@pytest.mark.parametrize("name", RULES)
def test_a_planted_rule_is_found_as_it_was_planted(name):
    rule, ways, gap = RULES[name]
    for seed in range(3):
        (found,) = [pair for pair in pairs.pairs(_with_rule(seed, rule)) if (pair.a, pair.b) == (0, 1)]
        assert (found.best.ways, found.best.gap) == (ways, gap)
        assert found.best.p < 1e-3 and found.best.count > 1.5 * found.best.expected
        lying_so = found.counts_4g[list(ways)].sum(axis=0)
        assert found.best.count == (lying_so.sum() if gap is None else lying_so[gap])


def test_words_for_arrangements():
    one = lambda *ways: spacing.Arrangement(ways, None, 0, 0.0, 1.0)
    assert [one(*ways).strand for ways in spacing.FORMS] == (
        ["same", "same", "opposite", "opposite", "same", "opposite"] + ["any"] * 5
    )
    assert [one(*ways).order for ways in spacing.FORMS] == (
        ["a b", "b a", "a b", "b a", "any", "any", "a b", "b a"] + ["any"] * 3
    )
    assert one(0, 2).text == "a> b> | a> <b" and one(0, 1, 2, 3).text == "any" == one(0, 2, 3).text


def test_only_together_and_never_together():
    rng, length = np.random.default_rng(0), 100
    placed = []
    for row in range(200):
        if row < 60:
            placed.append((row, int(rng.integers(0, 40)), "+", 0))
        if row < 30 or 190 < row:  # with the first
            placed.append((row, int(rng.integers(50, 90)), "+", 1))
        if 60 <= row < 160:  # without it
            placed.append((row, int(rng.integers(50, 90)), "-", 2))
    found = {(p.a, p.b): p for p in pairs.pairs(_set(placed, Rows([f"s{i}" for i in range(200)], length)))}
    assert set(found) == {(0, 1), (0, 2), (1, 2)}
    with_it = found[0, 1]
    assert (with_it.with_a, with_it.with_b, with_it.of, with_it.both) == (60, 39, 200, 30)
    assert with_it.expected == pytest.approx(60 * 39 / 200)
    for pair in found.values():
        a, b, n, k = pair.with_a, pair.with_b, pair.of, pair.both
        exact = scipy.stats.fisher_exact([[k, a - k], [b - k, n - a - b + k]]).pvalue
        assert pair.together_p == pytest.approx(exact, rel=1e-6)
    assert found[0, 2].both == 0 and found[0, 2].together_p < 1e-9 and found[0, 2].best is None
    # Among more sequences than the rows, both are rarer.
    more = pairs.pairs(_set(placed, Rows([f"s{i}" for i in range(200)], length)), 400)
    assert more[0].expected == pytest.approx(60 * 39 / 400) and more[0].together_p < with_it.together_p


def test_counts_are_those_of_plain_loops():
    rng, length = np.random.default_rng(1), 40
    for own in (False, True):
        wide = (9, 9) if own else (9, 4)
        kind, gaps = spacing.Kind(wide, own, True), length - sum(wide) + 1
        some = lambda width: spacing.Placed(rng.integers(0, length - width + 1, 50), rng.random(50) < 0.4)
        a = some(wide[0])
        b = a if own else some(wide[1])
        expected, overlapping = np.zeros((4, gaps)), 0
        for i, j in itertools.product(range(50), range(50)):
            x, y, minus_x, minus_y = a.start[i], b.start[j], a.reverse[i], b.reverse[j]
            if minus_x:  # turned, so that a is on "+"
                x, y = length - x - wide[0], length - y - wide[1]
            gap = y - x - wide[0] if y > x else x - y - wide[1]
            if gap < 0:
                overlapping += 1
                continue
            way = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[
                bool(minus_x == minus_y), bool(y > x)
            ]
            expected[0 if own and way == 1 else way, gap] += 1
        crossed = spacing.crossed(spacing.spectrum(a, length), spacing.spectrum(b, length), kind, gaps)
        np.testing.assert_array_equal(crossed[0], expected)
        assert crossed[1] == overlapping
        if not own:
            each = spacing.Placed(a.start.repeat(50), a.reverse.repeat(50))
            other = spacing.Placed(np.tile(b.start, 50), np.tile(b.reverse, 50))
            np.testing.assert_array_equal(spacing.observed(each, other, kind, gaps), expected)


def test_places_are_counted():
    kind, lengths = spacing.Kind((5, 3), False, True), np.array([12, 12, 9])
    share, overlap = spacing.places(lengths, kind, 6)
    gaps = np.zeros((3, 6))
    over = []
    for row, length in enumerate(lengths):
        together = 0
        for x, y in itertools.product(range(length - 4), range(length - 2)):
            gap = max(y - x - 5, x - y - 3)
            together += gap < 0
            if gap >= 0:
                gaps[row, gap] += 1
        over.append(together / ((length - 4) * (length - 2)))
    np.testing.assert_allclose(share, (gaps / gaps.sum(axis=1, keepdims=True)).mean(axis=0))
    assert overlap == pytest.approx(np.mean(over))


def test_repeats_and_motifs_that_look_alike_make_no_rule():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (300, 101)).astype(np.uint8)
    for row in range(100):  # runs of a short repeat
        start = rng.integers(0, 40)
        codes[row, start : start + 50] = dna.encode(["GAGAGGAGAG" * 5])[0]
    for row in range(100, 200):
        start = rng.integers(0, 90)
        codes[row, start : start + 9] = dna.encode(["GATAAGCCT"])[0]
    motifs = [_motif("GAGAGGAGAG"), _motif("GGAGAGGAG"), _motif("GATAAGCCT"), _motif("AGATAAGC")]
    found = {(p.a, p.b): p for p in pairs.pairs(MotifSet(motifs).scan(codes, 1e-4), codes=codes)}
    assert all(pair.best is None or pair.best.p > 0.05 for pair in found.values())
    # In the same sequences because in the same places.
    for which in ((0, 1), (2, 3)):
        assert found[which].overlapping > 20 and found[which].together_p is None
        assert found[which].apart < 10
    assert found[0, 2].together_p < 0.01 and found[0, 2].both < found[0, 2].expected


def test_copies_of_one_stretch_count_once():
    rng, length = np.random.default_rng(5), 120
    word = dna.encode([WORDS[0]])[0], dna.reverse_complement(dna.encode([WORDS[1]])[0])
    stretch = rng.integers(0, 4, 80).astype(np.uint8)
    for copied in (True, False):
        codes = rng.integers(0, 4, (300, length)).astype(np.uint8)
        for row in range(300):
            if row < 40:
                start = rng.integers(0, length - 80)
                if copied:
                    own = np.where(rng.random(80) < 0.15, rng.integers(0, 4, 80), stretch).astype(np.uint8)
                    codes[row, start : start + 80] = own
                for at, letters in zip((start + 12, start + 50), word, strict=True):
                    codes[row, at : at + len(letters)] = letters
            elif row < 120:
                for letters, at in zip(word, (rng.integers(0, 50), rng.integers(60, 110)), strict=True):
                    codes[row, at : at + len(letters)] = letters
            if row % 2:
                codes[row] = dna.reverse_complement(codes[row])
        motifs = MotifSet(MOTIFS[:2]).scan(codes, 1e-4)
        (plain,), (told,) = (
            [pair for pair in pairs.pairs(motifs, codes=given) if pair.a != pair.b] for given in (None, codes)
        )
        assert plain.best.gap == 50 - 12 - 9 and plain.best.ways == (2,) and plain.best.p < 1e-20
        if copied:
            assert told.apart < plain.apart - 30 and (told.best.p > 0.05 or told.best.gap is None)
        else:
            assert told.apart == plain.apart and told.best == plain.best


def test_a_motif_with_itself():
    rng, length, placed = np.random.default_rng(2), 100, []
    for row in range(150):
        start = int(rng.integers(0, 60))
        strand = "+-"[rng.integers(2)]
        placed.append((row, start, strand, 0))
        if row < 60:
            placed.append((row, start + 9 + 10, strand, 0))  # the same strand, ten letters on
    (pair,) = pairs.pairs(_set(placed, Rows([f"s{i}" for i in range(200)], length)))
    assert (pair.a, pair.b, pair.both, pair.apart, pair.together_p) == (0, 0, 60, 60, None)
    assert (pair.best.ways, pair.best.gap, pair.best.count) == ((0,), 10, 60)
    assert (pair.best.strand, pair.best.p < 1e-30) == ("same", True)
    mean = -np.log(50 / 200)
    assert pair.expected == pytest.approx(200 * scipy.stats.poisson.sf(1, mean))


def test_without_another_strand_there_is_one_way_less():
    rng = np.random.default_rng(0)
    words = [Motif(m.name, m.ppm, 100, alphabet=dna.RNA) for m in MOTIFS[:2]]
    placed = [
        (row, int(at), "+", motif)
        for row in range(100)
        for motif, at in enumerate(rng.permutation([rng.integers(0, 30), rng.integers(50, 80)]))
    ]
    (pair,) = [
        p for p in pairs.pairs(_set(placed, Rows([f"s{i}" for i in range(100)], 100), words)) if p.a != p.b
    ]
    assert pair.best.p > 0.05 and set(pair.best.ways) <= {0, 1}


def test_what_cannot_be_paired():
    with pytest.raises(ValueError, match="call scan first"):
        pairs.pairs(MotifSet(MOTIFS))
    assert pairs.pairs(MotifSet((), sites=scan.NO_SITES, rows=Rows(["a"], 10))) == []
    some = _set([(0, 0, "+", 0), (1, 0, "+", 0)], Rows(["a", "b"], 12))
    assert pairs.pairs(some) == []  # motifs without a site, and none twice
    with pytest.raises(ValueError, match="2 sequences with sites are not among 1"):
        pairs.pairs(some, 1)
    # Sequences too short for two sites.
    (pair,) = pairs.pairs(_set([(r, 0, "+", m) for r in range(20) for m in (0, 1)], Rows(["s"] * 20, 12)))
    assert (pair.both, pair.apart, pair.best) == (20, 0, None)


def test_a_palindrome_is_one_place_and_its_partner_gives_the_frame():
    # Read on either strand the word begins one letter further on.
    rng, word, partner = np.random.default_rng(4), "ACACGTGT", "CCGGAAGTAA"
    motifs = [Motif("p", _motif(word).ppm[1:], 100), _motif(partner)]
    codes = rng.integers(0, 4, (200, 100)).astype(np.uint8)
    for row in range(60):
        start = rng.integers(0, 70)
        codes[row, start : start + 8] = dna.encode([word])[0]
        codes[row, start + 12 : start + 22] = dna.encode([partner])[0]
        if row % 2:
            codes[row] = dna.reverse_complement(codes[row])
    (pair,) = [p for p in pairs.pairs(MotifSet(motifs).scan(codes, 1e-4)) if p.a != p.b]
    assert pair.apart >= 55
    # In front of its partner, on whichever strand, where that is on "+".
    assert set(pair.best.ways) <= {0, 3} and pair.best.gap in (4, 5) and pair.best.p < 1e-20


def test_rules_beyond_the_smallest_number():
    rule = lambda rng: (2, 7)
    (found,) = [p for p in pairs.pairs(_with_rule(0, rule, 3000, both=0.9)) if (p.a, p.b) == (0, 1)]
    assert found.best.p == 0 and (found.best.ways, found.best.gap) == ((2,), 7)


def test_sites_in_real_peaks_moved_to_other_peaks(shared_data):
    files = sorted((shared_data / "chipseq").glob("GATA1*train.fa.gz"))
    if not files:
        pytest.skip("no such file here")
    data = fasta.read_sequences(files[0]).positives
    database = jaspar.database("JASPAR2024")
    some = [database[i] for i in np.random.default_rng(0).choice(len(database), 20, replace=False)]
    found = MotifSet(some).scan(data, 1e-3)
    together, arranged = [], []
    for seed in range(6):
        # All sites of a motif in a peak go to one other peak: places and repeats stay, partners do not.
        rng = np.random.default_rng(seed)
        row = np.stack([rng.permutation(len(data)) for _ in some])[found.sites.motif, found.sites.sequence]
        sites = dataclasses.replace(found.sites, sequence=row)
        sites = sites.take(np.lexsort((sites.motif, sites.start, sites.sequence)))
        told = [p for p in pairs.pairs(dataclasses.replace(found, sites=sites)) if p.a != p.b]
        together += [pair.together_p for pair in told if pair.together_p is not None]
        arranged += [pair.best.p for pair in told if pair.best is not None]
    assert len(together) > 1000 and len(arranged) > 1000
    for p in (together, arranged):
        assert scipy.stats.binom.sf(np.count_nonzero(np.array(p) <= 0.05) - 1, len(p), 0.05) > 0.01
