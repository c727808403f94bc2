"""The synthetic benchmark against its law, a slow construction, and the authors' own sequences."""

import hashlib

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.truth import Truth
from jaxmotif.motifs.motif import Motif
from tests.helpers import authors_notebook


def motif(name, consensus, alt_name=""):
    ppm = np.full((len(consensus), 4), 0.0)
    ppm[np.arange(len(consensus)), dna.encode([consensus])[0]] = 1.0
    return Motif(name=name, ppm=ppm, nsites=10, alt_name=alt_name)


SHARP = [motif("M1", "AACCGGA", "one"), motif("M2", "TTGCA"), motif("M3", "GGGGCTTTACC", "three")]


@pytest.fixture(scope="module")
def planted():
    return koo_eddy.koo_eddy(5, n=4000, length=120, motifs=SHARP)


@pytest.mark.parametrize("min_gap", [0, 1, 4])
def test_planted_motifs_are_where_the_truth_says(min_gap):
    dataset, truth = koo_eddy.koo_eddy(1, n=300, length=90, min_gap=min_gap, motifs=SHARP)
    consensus = ["AACCGGA", "TTGCA", "GGGGCTTTACC"]
    smallest = 1000
    for i, text in enumerate(dna.decode(dataset.sequences)):
        previous, found = 0, set()
        for pool_id, start, end, strand, which in zip(
            truth.motif_id[i], truth.start[i], truth.end[i], truth.strand[i], truth.motif[i], strict=True
        ):
            if pool_id < 0:
                assert (start, end, strand, which) == (-1, -1, 0, -1)
                continue
            word = dna.encode([consensus[which]])
            if strand < 0:
                word = dna.reverse_complement(word)
            assert text[start:end] == dna.decode(word)[0]
            smallest = min(smallest, start - previous)
            previous = end
            found.add(which)
        smallest = min(smallest, len(text) - previous)
        assert dataset.labels[i].tolist() == [float(which in found) for which in range(3)]
    assert smallest == min_gap
    assert dataset.targets == ("one", "M2", "three")
    assert dataset.truth is truth


def test_models_are_the_placed_matrices(planted):
    dataset, truth = planted
    for i in (0, 17, 3999):
        model = np.full((120, 4), 0.25)
        for pool_id, start in zip(truth.motif_id[i], truth.start[i], strict=True):
            if pool_id >= 0:
                ppm = SHARP[pool_id // 2].ppm
                ppm = ppm[::-1, ::-1] if pool_id % 2 else ppm
                model[start : start + len(ppm)] = ppm
        np.testing.assert_array_equal(truth.model(i), model)
        np.testing.assert_array_equal(dataset.take([3, i]).truth.model(1), model)


def test_counts_pool_and_background_follow_their_laws(planted):
    dataset, truth = planted
    counts = np.bincount((truth.motif_id >= 0).sum(axis=1), minlength=6)
    assert counts[0] == 0
    assert scipy.stats.chisquare(counts[1:], 4000 * np.array(koo_eddy.COUNT_LAW)).pvalue > 1e-3
    ids = truth.motif_id[truth.motif_id >= 0]
    assert scipy.stats.chisquare(np.bincount(ids, minlength=6)).pvalue > 1e-3
    letters = dataset.sequences[truth.columns() == 0]
    assert scipy.stats.chisquare(np.bincount(letters, minlength=4)).pvalue > 1e-3
    # One motif in the middle of free sequence is as often in the left half as in the right.
    single = (truth.motif_id >= 0).sum(axis=1) == 1
    middle = (truth.start + truth.end)[single, 0] / 2
    assert scipy.stats.binomtest(int((middle < 60).sum()), len(middle)).pvalue > 1e-3


def test_letters_follow_the_placed_columns():
    soft = np.array([[0.7, 0.2, 0.1, 0], [0, 0.5, 0, 0.5], [0.05, 0.05, 0.6, 0.3], [0, 0, 1, 0]])
    motifs = [Motif(name="M", ppm=soft, nsites=10)]
    dataset, truth = koo_eddy.koo_eddy(8, n=2000, length=40, motifs=motifs)
    for pool_id, ppm in enumerate((soft, soft[::-1, ::-1])):
        row, column = np.nonzero(truth.motif_id == pool_id)
        for position, expected in enumerate(ppm):
            letters = dataset.sequences[row, truth.start[row, column] + position]
            counts = np.bincount(letters, minlength=4)
            assert not counts[expected == 0].any()
            drawn = expected > 0
            if drawn.sum() > 1:
                law = expected[drawn] * len(letters)
                assert scipy.stats.chisquare(counts[drawn], law).pvalue > 1e-3


def test_sample_takes_the_first_letter_whose_cumulative_probability_exceeds():
    ppm = np.array([[0.5, 0.0, 0.5, 0.0], [0.1, 0.2, 0.3, 0.4], [1 / 3, 1 / 3, 1 / 3, 0.0]])
    truth = Truth(np.array([[0]] * 6), np.array([[1]] * 6), (ppm, ppm[::-1, ::-1]), 5)
    u = np.array([0.0, 0.0999, 0.1, 0.49999, 0.5, np.nextafter(1, 0)])
    codes = koo_eddy.sample(np.repeat(u[:, None], 5, axis=1), truth)
    expected = [[int(np.argmax(np.cumsum(row) > value)) for row in truth.model(0)[[0, 1, 2]]] for value in u]
    assert codes[:, :3].tolist() == expected
    assert codes[-1].tolist() == [3, 2, 3, 2, 3]  # a letter of probability zero is never drawn


def test_rounding_never_draws_a_letter_of_probability_zero():
    ppm = np.array([[0.7, 0.2, 0.1, 0.0]])
    largest = np.nextafter(1, 0)
    assert ppm.sum(axis=1) <= largest  # the sum falls short of 1 by rounding
    truth = Truth(np.array([[0]]), np.array([[0]]), (ppm, ppm[::-1, ::-1]), 1)
    assert koo_eddy.sample(np.array([[largest]]), truth).tolist() == [[2]]


def test_seeds():
    first = koo_eddy.koo_eddy(3, n=50, length=100, motifs=SHARP)[0]
    again = koo_eddy.koo_eddy(3, n=50, length=100, motifs=SHARP)[0]
    other = koo_eddy.koo_eddy(4, n=50, length=100, motifs=SHARP)[0]
    np.testing.assert_array_equal(first.sequences, again.sequences)
    assert (first.sequences != other.sequences).mean() > 0.5


def test_splits_hold_every_sequence_once():
    whole = koo_eddy.koo_eddy(2, n=200, length=100, motifs=SHARP)[0]
    splits = koo_eddy.koo_eddy_splits(2, n=200, length=100, motifs=SHARP)
    parts = (splits.train, splits.valid, splits.test)
    assert [len(part) for part in parts] == [140, 20, 40]
    assert sorted(name for part in parts for name in part.names) == sorted(whole.names)
    assert [name for part in parts for name in part.names] != whole.names  # in random order
    for part in parts:
        rows = [whole.names.index(name) for name in part.names]
        np.testing.assert_array_equal(part.sequences, whole.sequences[rows])
        np.testing.assert_array_equal(part.labels, whole.labels[rows])
        np.testing.assert_array_equal(part.truth.start, whole.truth.start[rows])


def test_the_twelve_motifs():
    motifs = koo_eddy.koo_eddy_motifs()
    assert [motif.name for motif in motifs] == list(koo_eddy.KOO_EDDY_IDS.values())
    assert [motif.alt_name for motif in motifs] == list(koo_eddy.KOO_EDDY_IDS)
    assert [len(motif.ppm) for motif in motifs] == [6, 10, 11, 11, 15, 10, 12, 15, 11, 16, 11, 12]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(n=0), "n = 0"),
        (dict(min_gap=-1), "min_gap = -1"),
        (dict(count_law=(0.5, 0.4)), "sum to 1"),
        (dict(length=60), "5 motifs of 11 nt with gaps of 1 need 61 nt, but sequences have 60"),
        (dict(motifs=[]), "no motifs"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        koo_eddy.koo_eddy(**{"seed": 0, "n": 20, "motifs": SHARP, **arguments})


def test_splits_of_too_few_are_refused():
    with pytest.raises(ValueError, match="got 9"):
        koo_eddy.koo_eddy_splits(0, n=9, motifs=SHARP)
    with pytest.raises(ValueError, match="n = 9"):
        authors_notebook.koo_eddy_notebook(n=9)


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array, dtype=np.uint8).tobytes()).hexdigest()[:16]


# First 16 digits of the sha256 of sequences and labels as the published notebook makes them.
PUBLISHED = {
    10: [
        ("ddc043e48b3b49be", "950d4bc12d094da8"),
        ("ce5063397ee515e9", "f5d5cf36adb0d375"),
        ("d50ae315ca2ef7ad", "ec85bbab9b703059"),
    ],
    0: [
        ("5efead9db7111b7f", "13abf7075c72afd2"),
        ("9c2dfd90233d97b3", "1884d01f49b7003a"),
        ("f422ec580004b128", "66fa8ddcad3bda89"),
    ],
}


@pytest.mark.parametrize("plotted", [10, 0])
def test_the_authors_sequences_bit_for_bit(plotted):
    splits = authors_notebook.koo_eddy_notebook(plotted)
    parts = (splits.train, splits.valid, splits.test)
    assert [(sha(part.sequences), sha(part.labels)) for part in parts] == PUBLISHED[plotted]
