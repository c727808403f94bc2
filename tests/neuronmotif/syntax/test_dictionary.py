import warnings

import numpy as np
import pytest

from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align
from jaxmotif.neuronmotif.syntax.dictionary import build, word_start
from jaxmotif.neuronmotif.syntax.segments import segments
from tests.helpers import planted_leaves

WIDTH = 80


def check_members(words, found, planted):
    """Every member puts the word where a motif was planted: {(neuron, leaf): [(ppm, start, strand)]}."""
    places = set()
    for word in words:
        for index, offset, strand in word.members:
            segment = found[index]
            start = segment.start + word_start(segment.motif.width, word.motif.width, offset, strand)
            (hit,) = [
                (site_start, site_strand)
                for ppm, site_start, site_strand in planted[segment.neuron, segment.leaf]
                if abs(site_start + len(ppm) / 2 - start - word.motif.width / 2) < 6
            ]
            # The word as it lies on the leaf, against the site as it lies there.
            width = word.motif.width
            ppm = next(p for p, s, t in planted[segment.neuron, segment.leaf] if (s, t) == hit)
            lies = align(ppm, word.motif)
            expected = lies.offset if hit[1] == "+" else len(ppm) - lies.offset - width
            assert start == hit[0] + expected
            assert strand == (hit[1] if lies.strand == "+" else {"+": "-", "-": "+"}[hit[1]])
            places.add((segment.neuron, segment.leaf, hit))
    return places


def test_words_are_known_by_name_and_members_lie_where_they_were_planted():
    ctcf, rest, gata = planted_leaves.known("MA0139.1", "MA0138.2", "MA0035.3")
    novel = np.eye(4)[[0, 0, 2, 1, 3, 0, 2, 2, 0, 3, 1, 3]] * 0.88 + 0.03
    rng = np.random.default_rng(5)
    neurons = []
    for _ in range(6):
        leaves = []
        for _ in range(4):
            pair = rng.choice(4, 2, replace=False)
            matrices = [(ctcf.ppm, rest.ppm, gata.ppm, novel)[k] for k in pair]
            starts = (int(rng.integers(2, 10)), int(rng.integers(44, 55)))
            strands = rng.choice(["+", "-"], 2)
            leaves.append([(m, s, str(t)) for m, s, t in zip(matrices, starts, strands, strict=True)])
        neurons.append(leaves)
    decoded = planted_leaves.layer(neurons, WIDTH)
    found = segments(decoded)
    words = build(found, jaspar.load("JASPAR2016"))
    assert {word.name for word in words} >= {"CTCF", "REST", "novel1"} and len(words) == 4
    (other,) = {word.name for word in words} - {"CTCF", "REST", "novel1"}
    assert other.upper().startswith("GATA")
    planted = {(i, j): leaf for i, neuron in enumerate(neurons) for j, leaf in enumerate(neuron)}
    assert check_members(words, found, planted) == {
        (i, j, (start, strand)) for (i, j), leaf in planted.items() for _, start, strand in leaf
    }
    by_name = {word.name: word for word in words}
    assert by_name["novel1"].hits == () and by_name["novel1"].span[1] - by_name["novel1"].span[0] == 12
    for name, motif in (("CTCF", ctcf), ("REST", rest)):
        word = by_name[name]
        assert word.hits[0].target.name == motif.name and word.hits[0].strand == "+"
        lies = align(word.motif, motif)
        assert (lies.strand, lies.offset) == ("+", -word.hits[0].offset)
        assert word.span == (lies.offset, lies.offset + motif.width)
        assert word.motif.nsites == 3000 * len(word.members)


def test_a_long_segment_of_two_motifs_becomes_two_words_or_twice_one():
    myog, rest = planted_leaves.known("MA0500.1", "MA0138.2")
    rest, myog = rest.ppm[2:17], myog.ppm[1:10]
    pair = [(rest, 8, "+"), (myog, 8 + 15 + 4, "+")]  # flanks of 3 and 3 close a gap of 4
    twice = [(rest, 5, "+"), (rest, 5 + 15, "-")]
    decoded = planted_leaves.layer([[pair], [twice, [(rest, 20, "+")], [(rest, 21, "+")]]], 60)
    found = segments(decoded)
    assert [(s.neuron, s.leaf) for s in found] == [(0, 0), (1, 0), (1, 1), (1, 2)]
    words = build(found)
    assert sorted(len(word.members) for word in words) == [1, 5]
    planted = {(0, 0): pair, (1, 0): twice, (1, 1): [(rest, 20, "+")], (1, 2): [(rest, 21, "+")]}
    assert len(check_members(words, found, planted)) == 6


def test_half_sites_with_a_spacer_stay_one_word():
    (esr1,) = planted_leaves.known("MA0112.3")  # GGTCA, three letters, TGACC
    decoded = planted_leaves.layer([[[(esr1.ppm, 20, "+")], [(esr1.ppm, 21, "+")]]], 60)
    (word,) = build(segments(decoded))
    assert len(word.members) == 2 and word.name == "novel1"


def test_a_motif_wider_than_tomtom_takes_is_compared_by_its_best_part():
    (ctcf,) = planted_leaves.known("MA0139.1")
    rng = np.random.default_rng(3)
    filler = rng.dirichlet([0.25] * 4, 150)
    decoded = planted_leaves.layer([[[(filler, 0, "+"), (ctcf.ppm, 100, "-")]]], 150)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        words = build(segments(decoded), [ctcf], q_max=1)
    assert max(word.motif.width for word in words) > 128
    for word in words:
        assert word.hits[0].target.name == "MA0139.1"


def test_order_repeats_and_bad_input():
    ctcf, rest = planted_leaves.known("MA0139.1", "MA0138.2")
    neurons = [[[(ctcf.ppm, 5, "+")]], [[(ctcf.ppm, 30, "-")]], [[(rest.ppm, 12, "+")]]]
    found = segments(planted_leaves.layer(neurons, 60))
    words, again = build(found), build(found)
    assert [word.members for word in words] == [word.members for word in again]
    assert [(len(word.members), word.name) for word in words] == [(2, "novel1"), (1, "novel2")]
    assert build([]) == []
    with pytest.raises(ValueError, match="not 1.5"):
        build(found, threshold=1.5)
    with pytest.raises(ValueError, match="2 and 0"):
        build(found, [])
