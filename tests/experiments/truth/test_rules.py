"""Rules are kept where they should be: read back from the truth, and from the letters."""

import collections

import numpy as np
import pytest
import scipy.stats

from experiments.truth import rules, sets
from jaxmotif import dna
from jaxmotif.motifs.motif import Motif

KINDS = [kind for kind in sets.PLANTED if kind.startswith("rules")]
WORDS = ("ACCGTTAGGCATC", "TTGACCAGGATAC", "GGCATTACCAGTAC")
N = 2000  # sequences of a set
TURNED = str.maketrans("ACGT", "TGCA")


def _sure(word):
    return Motif(word, np.eye(4)[["ACGT".index(letter) for letter in word]], nsites=100)


def _turned(word):
    return word[::-1].translate(TURNED)


def _stands(truth, rule, row):
    """How the second motif of a rule stands to the first in a sequence: (order, strand, letters between)."""
    place = {int(m): j for j, m in enumerate(truth.motif[row]) if m >= 0}
    if not set(rule.motifs) <= set(place):
        return None
    a, b = (place[m] for m in rule.motifs)
    ahead = truth.start[row, b] > truth.start[row, a]
    gap = truth.start[row, b] - truth.end[row, a] if ahead else truth.start[row, a] - truth.end[row, b]
    after = ahead if truth.strand[row, a] == 1 else not ahead
    same = truth.strand[row, a] == truth.strand[row, b]
    return "after" if after else "before", "same" if same else "opposite", int(gap)


@pytest.mark.parametrize("order", ["after", "before"])
@pytest.mark.parametrize("strand", ["same", "opposite"])
def test_letters_of_a_pair_read_as_its_rule_says(order, strand):
    rng = np.random.default_rng(0)
    rule = rules.Rule((1, 0), order, strand, (4, 6), 0.3)
    present = rng.random((400, 3)) < (0.5, 0.9, 0.3)
    present, holds = rules.together(rng, rule, present)
    motifs, background = [_sure(word) for word in WORDS], rng.integers(0, 4, (400, 100), dtype=np.uint8)
    codes, truth = rules.plant(rng, motifs, rule, present, holds, background)
    # The first motif of the rule is the second word, read forwards.
    second = WORDS[0] if strand == "same" else _turned(WORDS[0])
    found, turned = np.zeros(400, bool), []
    for row, text in enumerate(dna.decode(codes)):
        for is_turned, way in enumerate((text, _turned(text))):
            at, other = way.find(WORDS[1]), way.find(second)
            gap = other - at - len(WORDS[1]) if order == "after" else at - other - len(second)
            if min(at, other) >= 0 and 4 <= gap <= 6:
                found[row] = True
                turned.append(is_turned)
    assert found[holds].all() and holds.sum() == 120
    # Elsewhere by chance only: an order, a strand, and 3 of some 70 spacings.
    assert (found & ~holds).sum() <= 8
    assert 0.35 < np.mean(turned) < 0.65
    for word, column in zip(WORDS, present.T, strict=True):
        assert [word in text or _turned(word) in text for text in dna.decode(codes)] == column.tolist()
    outside = truth.columns() == 0
    assert (codes[outside] == background[outside]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_rule_of_a_set_holds_in_its_share(kind):
    for number in range(5):
        made = sets.make(kind, number, 0, sets.Size(N, 100))
        truth, rule, planted = made.data.truth, made.rule, made.planted
        assert rule.motifs[0] == 0 and 0.1 <= planted[rule.motifs[1]].share <= 0.2
        stands = [_stands(truth, rule, row) for row in range(N)]
        low, high = rule.spacing
        keeps = [s is not None and s[:2] == (rule.order, rule.strand) and low <= s[2] <= high for s in stands]
        count = round(rule.share * N)
        assert 0.05 * N - 1 <= count <= sum(keeps) <= count + 0.01 * N
        assert high - low in (0, 2, 4, 6) and 0 <= low and high <= 18
        # All numbers between the ends of the spacing, as often as each other.
        gaps = collections.Counter(s[2] for s, own in zip(stands, keeps, strict=True) if own)
        counts = [gaps[gap] for gap in range(low, high + 1)]
        assert sum(counts) == sum(keeps)
        assert len(counts) == 1 or scipy.stats.chisquare(counts).pvalue > 1e-3
        # Shares are as stated, motifs lie apart, in order, on both strands.
        for place, one in enumerate(planted):
            assert (truth.motif == place).sum() == round(one.share * N)
        there = truth.motif_id >= 0
        assert (truth.end[:, :-1] <= truth.start[:, 1:])[there[:, 1:]].all()
        assert (truth.end[there] <= 100).all() and (truth.start[there] >= 0).all()
        assert not (there[:, 1:] & ~there[:, :-1]).any()
        assert 0.4 < (truth.strand[there] == 1).mean() < 0.6


def test_every_kind_of_rule_is_drawn():
    rng = np.random.default_rng(1)
    drawn = [rules.draw(rng, (0, 1), 0.1) for _ in range(400)]
    counts = collections.Counter((rule.order, rule.strand) for rule in drawn)
    assert len(counts) == 4 and min(counts.values()) > 70
    assert {high - low for low, high in (rule.spacing for rule in drawn)} == {0, 2, 4, 6}
    assert {low for low, _ in (rule.spacing for rule in drawn)} == set(range(16))


def test_motifs_of_a_rule_have_a_strand_that_can_be_told():
    assert rules.has_sides(_sure("TTGACCAGGATAC")) and not rules.has_sides(_sure("CACGTG"))
    for number in range(20):
        made = sets.make("rules in random", number, 3, sets.Size(50, 100))
        for place in made.rule.motifs:
            ppm = made.planted[place].motif.ppm
            assert np.corrcoef(ppm.ravel(), ppm[::-1, ::-1].ravel())[0, 1] < 0.8


def test_what_cannot_be_planted_is_refused():
    rng, motifs = np.random.default_rng(0), [_sure(word) for word in WORDS[:2]]
    rule, present = rules.Rule((0, 1), "after", "same", (5, 9), 0.5), np.ones((10, 2), bool)
    present[3:, 1] = False
    with pytest.raises(ValueError, match="a rule in 5 sequences, but a motif in 3 only"):
        rules.together(rng, rule, present)
    with pytest.raises(ValueError, match="2 motifs and a rule need 38 nt, but sequences have 30"):
        rules.plant(rng, motifs, rule, present, present[:, 1], np.zeros((10, 30), np.uint8))
