"""Made sets hold what they say: counted by looking for words in letters."""

import numpy as np
import pytest
import scipy.stats

from experiments.truth import sets
from jaxmotif import dna
from jaxmotif.data import negatives
from jaxmotif.data.judge import kinds
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.motifs import align
from jaxmotif.motifs.motif import Motif

SIZE = sets.Size(200, 100)
KINDS = (*sets.PLANTED, *sets.CONTROLS)


def _sure(word):
    return Motif(word, np.eye(4)[["ACGT".index(letter) for letter in word]], nsites=100)


def _with_word(codes, word):
    """Which sequences hold a word on either strand."""
    turned = word[::-1].translate(str.maketrans("ACGT", "TGCA"))
    return np.array([word in text or turned in text for text in dna.decode(codes)])


def _source(length=300):
    return np.random.default_rng(9).integers(0, 4, (50, length), dtype=np.uint8)


def test_every_motif_is_in_exactly_its_share_of_the_sequences():
    rng = np.random.default_rng(0)
    first, second, both = "ACCGTTAGGCATC", "TTGACCAGGATAC", "GGCATTACCAGTAC"
    planted = [
        sets.Planted("a", _sure(first), 0.6),
        sets.Planted("b", _sure(second), 0.07),
        sets.Planted("c", _sure(both), 0.5, decoy=True),
    ]
    positive = np.arange(400) < 100
    background = sets.random_letters(rng, sets.Size(400, 100))
    codes, truth = sets.plant(rng, planted, background, positive)
    for word, own, theirs in ((first, 60, 0), (second, 7, 0), (both, 50, 150)):
        hit = _with_word(codes, word)
        assert (hit[positive].sum(), hit[~positive].sum()) == (own, theirs)
    # Both strands, any order, and letters beside the motifs as they were.
    assert {0, 1} <= set(truth.motif_id[:, 0].tolist())
    assert set((truth.strand[truth.motif_id >= 0]).tolist()) == {1, -1}
    assert (codes[truth.columns() == 0] == background[truth.columns() == 0]).all()
    # Drawn apart from each other: 60 % of those with one have the other.
    pairs = _with_word(codes, first)[positive] & _with_word(codes, both)[positive]
    assert 20 <= pairs.sum() <= 40


@pytest.mark.parametrize("kind", KINDS)
def test_sets_are_functions_of_kind_number_and_seed(kind):
    one, again = (sets.make(kind, 1, 5, SIZE, _source()) for _ in range(2))
    assert (one.data.sequences == again.data.sequences).all() and one.name == again.name
    assert [own.share for own in one.planted] == [own.share for own in again.planted]
    for number, seed in ((2, 5), (1, 6)):
        other = sets.make(kind, number, seed, SIZE, _source())
        assert (other.data.sequences != one.data.sequences).mean() > 0.5
    assert one.kind == kind and one.data.length == 100 and one.data.sequences.max() < 4


@pytest.mark.parametrize("kind", KINDS)
def test_classes_are_of_one_size_where_they_are_given(kind):
    made = sets.make(kind, 0, 0, SIZE)
    labelled = kind.startswith("decoys") or kind in ("shuffles", "repeats")
    assert made.labelled == labelled
    assert len(made.data) == (400 if labelled else 200)
    if labelled:
        assert made.data.is_positive.sum() == 200
        # Sequences of their own, also where they are shuffles: of others.
        assert kinds.shuffles(made.data) is False


@pytest.mark.parametrize("kind", sets.PLANTED)
def test_planted_sets_have_a_main_motif_and_weak_ones_that_differ(kind):
    for number in range(5):
        planted = sets.make(kind, number, 0, SIZE).planted
        main, *weak = [one for one in planted if not one.decoy]
        assert 0.5 <= main.share <= 0.9 and 2 <= len(weak) <= 4
        assert all(0.02 <= one.share <= 0.2 for one in weak)
        decoys = [one for one in planted if one.decoy]
        assert [0.3 <= one.share <= 0.6 for one in decoys] == [True] * kind.startswith("decoys")
        for i, one in enumerate(planted):
            others = [own.motif.ppm for j, own in enumerate(planted) if j != i]
            assert align.similarities(one.motif.ppm, others)[0].max() <= 0.5


def test_sites_of_a_planted_motif_draw_it():
    made = sets.make("planted in random", 0, 0, sets.Size(3000, 100))
    main, truth = made.planted[0], made.data.truth
    here = truth.motif == 0
    assert here.sum() == round(main.share * 3000)
    row, column = np.nonzero(here & (truth.strand == 1))
    start = truth.start[row, column]
    words = made.data.sequences[row[:, None], start[:, None] + np.arange(main.motif.width)]
    drawn = (words[:, :, None] == np.arange(4)).mean(axis=0)
    assert np.abs(drawn - main.motif.ppm).max() < 0.06


@pytest.mark.parametrize("kind", sets.CONTROLS)
def test_controls_hold_no_motif_more_often_than_what_they_are_compared_with(kind):
    made = sets.make(kind, 0, 1, sets.Size(1000, 100), _source())
    assert made.planted == () and made.data.truth is None
    if made.labelled:
        ours, theirs = made.data.positives.sequences, made.data.negatives.sequences
    else:
        ours = made.data.sequences
        theirs = negatives.shuffle(ours, 3)
    p = []
    for motif in koo_eddy.koo_eddy_motifs():
        word = motif.consensus[motif.width // 2 - 3 : motif.width // 2 + 3]
        hits = _with_word(ours, word).sum(), _with_word(theirs, word).sum()
        p.append(scipy.stats.fisher_exact([hits, [1000 - hit for hit in hits]]).pvalue)
    assert min(p) > 0.05 / len(p) / 10


def test_backgrounds_are_what_their_names_say():
    rng, size = np.random.default_rng(2), sets.Size(500, 200)
    at = sets.at_rich(rng, size)
    assert abs(np.isin(at, (0, 3)).mean() - 0.8) < 0.01
    cpg = sets.cpg_rich(rng, size)
    gc = np.isin(cpg, (1, 2)).mean()
    share_c, share_g = (cpg == 1).mean(), (cpg == 2).mean()
    pairs = ((cpg[:, :-1] == 1) & (cpg[:, 1:] == 2)).mean()
    assert gc > 0.6 and pairs > 1.25 * share_c * share_g
    with_repeat = [
        any(
            unit * (12 // len(unit)) in text
            for unit in {text[i : i + w] for w in (1, 2, 3) for i in range(90)}
        )
        for text in dna.decode(sets.repeats(rng, sets.Size(100, 100)))
    ]
    assert 20 <= sum(with_repeat) <= 55


def test_shuffles_have_the_dinucleotides_of_pieces_of_the_source():
    rng, source = np.random.default_rng(3), _source(length=100)
    codes = sets.shuffles(rng, sets.Size(50, 100), source)
    counts = lambda rows: sorted(row.tobytes() for row in kinds.dinucleotides(rows))
    assert counts(codes) == counts(source)
    assert not any((row == codes).all(axis=1).any() for row in source)
    with pytest.raises(ValueError, match="backgrounds of 100 nt are shorter than the 120 nt"):
        sets.shuffles(rng, sets.Size(50, 120), source)


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="unknown kind 'peaks'; known: planted in random"):
        sets.make("peaks", 0, 0, SIZE)
