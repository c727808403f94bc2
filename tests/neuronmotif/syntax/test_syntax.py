import dataclasses

import numpy as np
import pytest

from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax import arrangements as x
from jaxmotif.neuronmotif.syntax.dictionary import Word, build
from jaxmotif.neuronmotif.syntax.placement import Placement, Shape, of_members, place
from jaxmotif.neuronmotif.syntax.segments import segments
from tests.helpers import planted_leaves

# Two sharp matrices without a word in common, and not like their own reverse complements.
A = np.eye(4)[[0, 2, 2, 1, 3, 0, 0, 2, 1, 1, 0, 2]] * 0.9 + 0.025
B = np.eye(4)[[3, 3, 1, 0, 3, 2, 0, 3, 3, 1, 3]] * 0.9 + 0.025


def read(neurons, width, database=None, **options):
    decoded = planted_leaves.layer(neurons, width)
    found = segments(decoded)
    words = build(found, database)
    return x.layer_syntax(decoded, found, words, **options), words


def word(name, ppm, span=None):
    return Word(name, Motif(name, ppm, 100), (), (), span or (0, len(ppm)))


def test_ctcf_pairs_with_a_gap_that_varies_by_leaf():
    (ctcf,) = planted_leaves.known("MA0139.1")
    distances = [29, 33, 40, 47, 52, 59]
    leaves = [[(ctcf.ppm, 2, "+"), (ctcf.ppm, 2 + d, "+")] for d in distances]
    (syntax,), words = read([leaves], 82, jaspar.load("JASPAR2016"))
    (arrangement,) = syntax.arrangements
    assert [words[i].name + strand for i, strand in arrangement.words] == ["CTCF+", "CTCF+"]
    assert arrangement.leaves == (0, 1, 2, 3, 4, 5) and arrangement.sequences == 18000
    assert arrangement.intervals == (x.Interval(0, 0, 29, 59, 10, 40, 6),)
    assert [(p.leaf, p.start, p.end) for p in syntax.placements] == [
        (leaf, start, start + 19) for leaf, d in enumerate(distances) for start in (2, 2 + d)
    ]
    assert x.as_text(syntax) == (
        "CTCF(+) -[10..40N]- CTCF(+)   6 leaves, 18000 sequences; start to start 29..59 bp"
    )


def test_strands_orders_and_fixed_gaps():
    rest, ctcf = planted_leaves.known("MA0138.2", "MA0139.1")
    forward = [[(rest.ppm, s, "-"), (ctcf.ppm, s + 21 + 6, "+")] for s in (3, 4, 8)]
    other = [[(ctcf.ppm, 5, "-"), (rest.ppm, 5 + 19 + gap, "+")] for gap in (3, 12)]
    (one, two), words = read([[*forward, *other], [[(rest.ppm, 30, "-")], None]], 70, [rest, ctcf] * 13)
    names = [[words[i].name + s for i, s in a.words] for a in one.arrangements]
    assert names == [["REST-", "CTCF+"], ["CTCF-", "REST+"]]
    assert [a.leaves for a in one.arrangements] == [(0, 1, 2), (3, 4)]
    assert [tuple(a.intervals[0])[2:] for a in one.arrangements] == [(27, 27, 6, 6, 3), (22, 31, 3, 12, 2)]
    assert x.as_text(one).splitlines()[0].startswith("REST(-) -[6N]- CTCF(+)   3 leaves, 9000 sequences")
    (lone,) = two.arrangements
    assert lone.intervals == () and lone.tree == x.Tree(lone.words[0][0], "-")
    assert x.as_text(two) == "REST(-)   1 leaf, 3000 sequences"


def test_one_long_segment_and_two_separate_ones_are_read_alike():
    gaps = [1, 2, 4, 5, 9, 20]  # up to 6 letters the flanks of 3 close the gap
    leaves = [[(A, 4, "+"), (B, 4 + len(A) + gap, "-")] for gap in gaps]
    decoded = planted_leaves.layer([leaves], 60)
    assert [len([s for s in segments(decoded) if s.leaf == t]) for t in range(6)] == [1, 1, 1, 1, 2, 2]
    (syntax,), words = read([leaves], 60)
    (arrangement,) = syntax.arrangements
    assert arrangement.leaves == tuple(range(6))
    assert tuple(arrangement.intervals[0])[4:] == (1, 20, 6)
    strands = [strand for _, strand in arrangement.words]
    shown = [words[i].motif.ppm[slice(*words[i].span)] for i, _ in arrangement.words]
    for planted, is_turned, ppm, strand in zip((A, B), (False, True), shown, strands, strict=True):
        as_placed = ppm if strand == "+" else ppm[::-1, ::-1]
        np.testing.assert_allclose(as_placed, planted[::-1, ::-1] if is_turned else planted, atol=0.03)


def test_weak_motifs_below_the_threshold_of_segments_are_found():
    weak = 0.55 * A + 0.45 / 4  # 0.4 bit a column
    leaves = [[(A, 5, "+"), (B, 25, "+")], [(weak, 9, "+"), (B, 27, "+")]]
    decoded = planted_leaves.layer([leaves], 50)
    assert [(s.leaf, s.start > 15) for s in segments(decoded)] == [(0, False), (0, True), (1, True)]
    (syntax,), _ = read([leaves], 50)
    (arrangement,) = syntax.arrangements
    assert arrangement.leaves == (0, 1) and tuple(arrangement.intervals[0])[2:4] == (18, 20)
    (strict,), _ = read([leaves], 50, likeness=1.0)
    assert len(strict.arrangements) == 2


def test_placing_both_strands_against_a_plain_search():
    rng = np.random.default_rng(4)
    shapes = {0: Shape.of(word("a", A)), 1: Shape.of(word("b", B))}
    for _ in range(20):
        starts = sorted(rng.choice(np.arange(0, 90, 15), 4, replace=False).tolist())
        sites = [(int(rng.integers(2)), s + int(rng.integers(3)), "+-"[rng.integers(2)]) for s in starts]
        ppm = planted_leaves.leaf(rng, 90, [((A, B)[w], s, t) for w, s, t in sites], 500)
        assert place(7, ppm, shapes) == [Placement(7, w, s, s + len((A, B)[w]), t) for w, s, t in sites]


def test_a_palindrome_has_no_strand_and_words_do_not_lie_on_each_other():
    half = A[:6]
    palindrome = np.concatenate([half, half[::-1, ::-1]])
    rng = np.random.default_rng(0)
    shape = Shape.of(word("p", palindrome))
    assert shape.is_palindrome and not Shape.of(word("a", A)).is_palindrome
    ppm = planted_leaves.leaf(rng, 40, [(palindrome, 11, "-")], 400)
    assert place(0, ppm, {3: shape}) == [Placement(0, 3, 11, 23, "+")]
    # A part of a word is hidden by the whole, which explains more.
    whole, part = np.concatenate([A, B]), A
    ppm = planted_leaves.leaf(rng, 60, [(whole, 8, "+"), (part, 45, "+")], 400)
    shapes = {0: Shape.of(word("part", part)), 1: Shape.of(word("whole", whole))}
    assert [(p.word, p.start) for p in place(0, ppm, shapes)] == [(1, 8), (0, 45)]


def test_a_word_cut_off_by_the_receptive_field_reaches_outside():
    leaves = [[(A, 20, "+")], [(A, 10, "+")], [(A, -2, "+")]]
    (syntax,), _ = read([leaves], 50)
    assert sorted((p.leaf, p.start, p.end) for p in syntax.placements) == [
        (0, 20, 32),
        (1, 10, 22),
        (2, -2, 10),
    ]


def test_the_span_of_a_word_sets_start_and_end_on_both_strands():
    wide = word("w", A, span=(-1, 9))
    ppm = planted_leaves.leaf(np.random.default_rng(1), 60, [(A, 10, "+"), (A, 40, "-")], 400)
    (first, second) = place(0, ppm, {0: Shape.of(wide)})
    assert (first.start, first.end) == (9, 19)
    assert (second.start, second.end) == (40 + 12 - 9, 40 + 12 + 1)


def placements(rows):
    """{leaf: placements} of (word, start, width) rows."""
    return {i: [Placement(i, w, s, s + n, "+") for w, s, n in row] for i, row in enumerate(rows)}


def test_the_tree_joins_what_is_rigid_first():
    rows = [[(0, 0, 10), (1, 14, 8), (2, 30 + k, 8), (3, 45 + k, 10)] for k in (0, 3, 7)]
    (arrangement,) = x.arrange(placements(rows), [5, 1, 1])
    leaf = [x.Tree(i) for i in range(4)]
    # 0-1 and 2-3 have one distance each, 14 and 15; between them it varies.
    rigid = x.Tree(None, "+", leaf[0], leaf[1], (4, 4)), x.Tree(None, "+", leaf[2], leaf[3], (7, 7))
    assert arrangement.tree == x.Tree(None, "+", *rigid, (8, 15))
    ranges = [tuple(interval)[2:] for interval in arrangement.intervals]
    assert ranges == [(14, 14, 4, 4, 3), (16, 23, 8, 15, 3), (15, 15, 7, 7, 3)]
    # A chain: ranges 6, 0, 3 join the middle, then the right, then the left.
    rows = [[(0, 0, 4), (1, 10 + a, 4), (2, 20 + a, 4), (3, 40 + a + b, 4)] for a, b in ((0, 0), (6, 3))]
    (arrangement,) = x.arrange(placements(rows), [1, 1])
    middle = x.Tree(None, "+", leaf[1], leaf[2], (6, 6))
    right = x.Tree(None, "+", middle, leaf[3], (16, 19))
    assert arrangement.tree == x.Tree(None, "+", leaf[0], right, (6, 12))


def test_far_distances_may_be_left_out_as_the_authors_do():
    distances = [20, 21, 22, 20, 21, 22, 21, 21, 21, 50]
    mostly = placements([[(0, 0, 5), (1, d, 5)] for d in distances])
    (every,) = x.arrange(mostly, [1] * 10)
    (usual,) = x.arrange(mostly, [1] * 10, ignore_outlier_spacings=True)
    assert tuple(every.intervals[0])[2:4] == (20, 50)
    # mean 23.9: nine of ten lie within 4 of it
    assert tuple(usual.intervals[0])[2:] == (20, 22, 15, 17, 9)
    half = placements([[(0, 0, 5), (1, d, 5)] for d in (20, 21, 50, 51)])
    assert tuple(x.arrange(half, [1] * 4, ignore_outlier_spacings=True)[0].intervals[0])[2:4] == (20, 51)


def test_nothing_to_read_and_bad_input():
    decoded = planted_leaves.layer([[[]], [[(A, 5, "+")]]], 40)
    found = segments(decoded)
    words = build(found)
    flat, one = x.layer_syntax(decoded, found, words)
    assert flat.arrangements == flat.placements == () and x.as_text(flat) == ""
    assert len(one.arrangements) == 1 and sorted(of_members(found, words)) == [1]
    (none,) = x.layer_syntax(decoded, found, words, fewest=3001)[1:]
    assert none.arrangements == ()
    with pytest.raises(ValueError, match="0 to 1, not 2"):
        x.neuron_syntax(decoded, 2, words, ())
    with pytest.raises(ValueError, match="not 1.2"):
        x.layer_syntax(decoded, found, words, likeness=1.2)


def test_the_usual_are_more_than_four_fifths_and_at_most_4_bp_from_the_mean():
    # The mean is 24 both times, so that all but the last lie exactly 4 bp from it.
    for distances, expected in (([20] * 4 + [40], (20, 40)), ([20] * 5 + [44], (20, 20))):
        rows = placements([[(0, 0, 5), (1, d, 5)] for d in distances])
        (arrangement,) = x.arrange(rows, [1] * len(distances), ignore_outlier_spacings=True)
        assert tuple(arrangement.intervals[0])[2:4] == expected


def test_leaves_of_as_many_sequences_as_asked_for_are_read():
    decoded = planted_leaves.layer([[[(A, 5, "+")], [(A, 9, "+")]]], 40)
    found = segments(decoded)
    words = build(found)
    (syntax,) = x.layer_syntax(decoded, found, words, fewest=3000)
    assert syntax.arrangements[0].leaves == (0, 1)
    # Without being asked, those of a single sequence too.
    few = dataclasses.replace(decoded, nsites=np.array([[1, 2]]))
    (syntax,) = x.layer_syntax(few, found, words, pseudosites=0)
    assert syntax.arrangements[0].leaves == (0, 1)
