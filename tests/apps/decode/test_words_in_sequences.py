"""Words counted in sequences, and what the page says of itself."""

import dataclasses
import json
import types

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.decode import layer_motifs, occurrence, scanning, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import chain
from tests.helpers import planted_leaves, small_run
from tests.helpers.document import read_page
from tests.helpers.sequence_files import write_fasta

WORD = dna.encode(["ACGGATTCAGTC"])[0]
MOTIF = Motif("word", 0.94 * np.eye(4)[WORD] + 0.015, 100.0)


@pytest.fixture(scope="module")
def codes():
    """300 sequences of 60: every third holds the word, half of these on the other strand."""
    rng = np.random.default_rng(0)
    found = rng.integers(0, 4, (300, 60)).astype(np.uint8)
    for row in range(0, 300, 3):
        found[row, 20:32] = WORD if row % 2 else dna.reverse_complement(WORD)
    return found


def holds(codes):
    """Sequences with the word, but for one letter at most, on either strand."""
    found = np.zeros(len(codes), bool)
    for word in (WORD, dna.reverse_complement(WORD)):
        stretches = np.lib.stride_tricks.sliding_window_view(codes, 12, axis=1)
        found |= ((stretches == word).sum(axis=2) >= 11).any(axis=1)
    return found


def test_shares_are_those_planted(codes):
    wide = Motif("wide", np.full((61, 4), 0.25), 10.0)
    one, none = occurrence.count([MOTIF, wide], Dataset(codes))
    assert one.shuffled and (one.of_positives, one.of_negatives) == (300, 300)
    # Sites of p below 1e-4 are words with 8 letters or so of 12; the planted ones are all there.
    assert holds(codes).sum() <= one.positives <= 115 and one.negatives <= 20
    assert none.shares == (0, 0) and none.p == none.q == 1
    assert one.row().keys() == {"of positives", "of shuffled", "p of shares", "q of shares"}
    table = [[one.positives, 300 - one.positives], [one.negatives, 300 - one.negatives]]
    assert one.p == pytest.approx(scipy.stats.fisher_exact(table).pvalue) and one.p < 1e-15
    assert one.q == pytest.approx(2 * one.p)


def test_a_short_word_is_counted_by_its_best_words(codes):
    short = Motif("short", 0.94 * np.eye(4)[WORD[:6]] + 0.015, 100.0)
    (one,) = occurrence.count([short], Dataset(codes))
    letters = dna.decode(codes)
    words = [dna.decode(w[None])[0] for w in (WORD[:6], np.asarray(dna.reverse_complement(WORD[:6])))]
    assert one.positives == sum(any(word in row for word in words) for row in letters)
    assert one.site_p == pytest.approx(4.0**-6, rel=0.01)


def test_held_out_negatives_of_a_run_are_counted_beside_its_positives(codes, tmp_path):
    names = ("held_out.fa", held_out.NEGATIVES)
    has = np.arange(300) % 3 == 0
    for name, own in zip(names, (codes[has], codes[~has]), strict=True):
        write_fasta(tmp_path / name, own)
    network = chain.of(small_run.network())
    given = scanning.held_out(network, 1, str(tmp_path / names[0]))
    word = types.SimpleNamespace(motif=MOTIF)
    (one,) = given.occurrence([word])
    assert (one.of_positives, one.of_negatives, one.shuffled) == (100, 200, False)
    assert one.positives == 100 and one.negatives < 20 and one.q < 1e-30
    (tmp_path / names[1]).unlink()
    (alone,) = scanning.held_out(network, 1, str(tmp_path / names[0])).occurrence([word])
    assert alone.shuffled and alone.of_negatives == 100


def test_labels_count_where_there_are_both(codes):
    labels = np.zeros(300)
    labels[:90] = 1
    (one,) = occurrence.count([MOTIF], Dataset(codes, labels))
    assert not one.shuffled and (one.of_positives, one.of_negatives) == (90, 210)
    assert 30 <= one.positives <= 36 and 70 <= one.negatives <= 80
    (one,) = occurrence.count([MOTIF], Dataset(codes, np.ones(300)))
    assert one.shuffled and one.of_positives == 300


def test_of_many_sequences_some_are_drawn(codes):
    (one,) = occurrence.count([MOTIF], Dataset(np.tile(codes, (10, 1))))
    assert one.of_positives == one.of_negatives == 2000
    assert one.shares[0] == pytest.approx(occurrence.count([MOTIF], Dataset(codes))[0].shares[0], abs=0.03)


@pytest.mark.parametrize("given", [True, False])
def test_the_page_explains_itself_and_says_how_often_words_occur(codes, tmp_path, given):
    (ctcf,) = planted_leaves.known("MA0139.1")
    found = planted_leaves.layer([[[(ctcf.ppm, 12, "+")]]], 40)
    layer = layer_motifs.read(found, jaspar.load("JASPAR2016"), Settings("weights", database="JASPAR2016"))
    if given:
        counted = tuple(occurrence.count([word.motif for word in layer.words], Dataset(codes)))
        layer = dataclasses.replace(layer, occurrence=counted)
    write.write(layer, tmp_path)
    text = " ".join("".join(read_page(tmp_path / "report.html").text).split())
    assert "What this page shows" in text and "looks at 40 letters of DNA" in text
    assert "Methods, to paste" in text and "jaxmotif" in text and "JASPAR2016" in text
    assert "says that a patent is pending on the method" in text
    for word in ("Leaf", "Digits", "Mixture", "Agreement", "How to read this page"):
        assert word in text
    assert ("In which share of 300 real sequences" in text) == given
    (row,) = json.loads((tmp_path / "words.json").read_text())
    assert row["word"] == "CTCF" and ("of positives" in row) == given
    assert (
        ("rate. In sequences: share of 300 sequences" in text)
        == given
        == ("Words were counted in 300 sequences" in text)
    )
