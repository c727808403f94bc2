"""Motifs by targets against scipy by hand, and sides of targets against quantiles."""

import dataclasses

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.discover.by_target import association, contrasts
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.evaluate.multiple import benjamini_hochberg
from jaxmotif.motifs import enrichment
from jaxmotif.motifs.motif_set import MotifSet
from tests.helpers.sequence_files import of_word

WORDS = ("TGACTCATTAGC", "CCGGAAGTATCA")
RNG = np.random.default_rng(0)
ROWS = 120


@pytest.fixture(scope="module", name="data")
def fixture_data():
    codes = RNG.integers(0, 4, (ROWS, 50)).astype(np.uint8)
    for row, word in np.argwhere(RNG.random((ROWS, 2)) < 0.4):
        codes[row, 5 + 20 * word : 17 + 20 * word] = dna.encode([WORDS[word]])[0]
    return Dataset(codes, np.zeros((ROWS, 2)), targets=("x", "y"))


def values_of(kind, has):
    values = {
        "multilabel": has ^ (RNG.random(has.shape) < 0.1),
        "regression": 2.0 * has + RNG.normal(size=has.shape),
        "counts": RNG.poisson(2 + 5 * has),
    }[kind].astype(np.float32)
    values[::10, 1] = np.nan
    return values


@pytest.mark.parametrize("kind", ["multilabel", "regression", "counts"])
def test_associations_are_scipys(kind, data):
    text = dna.decode(data.sequences)
    has = np.array([[word in row for word in WORDS] for row in text])
    labels = values_of(kind, has)
    groups = np.arange(ROWS) // 2 * 2  # pairs count once
    held_out = dataclasses.replace(data, labels=labels, group=groups)
    motifs = MotifSet([of_word(f"m{i}", word, "") for i, word in enumerate(WORDS)]).scan(data, p=1e-6)
    found = association.associations(motifs, held_out, kind)
    assert [(one.motif, one.target) for one in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for one in found:
        rows = np.arange(0, ROWS, 2)
        rows = rows[~np.isnan(labels[rows, one.target])]
        own = labels[rows, one.target][has[rows, one.motif]].astype(float)
        other = labels[rows, one.target][~has[rows, one.motif]].astype(float)
        assert (one.with_motif, one.without) == (len(own), len(other))
        assert (one.mean_with, one.mean_without) == pytest.approx((own.mean(), other.mean()))
        if kind == "multilabel":
            table = [[own.sum(), len(own) - own.sum()], [other.sum(), len(other) - other.sum()]]
            assert one.p == pytest.approx(scipy.stats.fisher_exact(np.transpose(table)).pvalue)
        else:
            assert one.p == pytest.approx(scipy.stats.mannwhitneyu(own, other).pvalue)
        if kind == "regression":
            spread = labels[rows, one.target].astype(float).std()
            assert one.effect == pytest.approx((own.mean() - other.mean()) / spread)
        assert (one.effect > 1) == (one.motif == one.target)
    np.testing.assert_allclose([one.q for one in found], benjamini_hochberg([one.p for one in found]))
    table = [line.split("\t") for line in association.table(found, motifs, ("x", "y")).splitlines()]
    assert tuple(table[0]) == association.COLUMNS and [row[:2] for row in table[1:3]] == [
        ["m0", "x"],
        ["m0", "y"],
    ]
    assert association.associations(motifs[:0], held_out, kind) == []


def test_a_target_without_spread_goes_with_nothing(data):
    motifs = MotifSet([of_word("m", WORDS[0], "")]).scan(data, p=1e-6)
    found = association.associations(
        motifs, dataclasses.replace(data, labels=np.ones((ROWS, 2))), "regression"
    )
    assert [(one.effect, one.p) for one in found] == [(0, 1), (0, 1)]


def parts_of(data, labels):
    whole = dataclasses.replace(data, labels=labels)
    return Splits(whole[:80], whole[80:100], whole[100:])


def test_values_have_two_sides_and_labels_one(data):
    labels = RNG.normal(size=(ROWS, 2)).astype(np.float32)
    labels[3, 0] = np.nan
    splits = parts_of(data, labels)
    found, notes = contrasts.contrasts("regression", splits)
    assert contrasts.names_of(found) == ["x", "x, low", "y", "y, low"] and not notes
    low, high = np.nanquantile(labels[:80, 0].astype(float), (1 / 3, 2 / 3))
    own = found[0].of(splits.train)
    assert own.is_positive.sum() == (labels[:80, 0] >= high).sum() and own.targets == ("x",)
    assert (~own.is_positive).sum() == (labels[:80, 0] <= low).sum()
    turned = found[1].of(splits.train)
    assert turned.names == own.names and (turned.is_positive == ~own.is_positive).all()
    # Held-out rows between the sides test a motif, too.
    search = found[1].search(splits)
    np.testing.assert_allclose(search.test.values, -labels[100:, 0])
    binary, _ = contrasts.contrasts("multilabel", parts_of(data, (labels > 0).astype(np.float32)))
    assert contrasts.names_of(binary) == ["x", "y"] and binary[0].search(splits).test.values is None


def test_targets_of_mostly_zeros_and_those_with_too_few(data):
    labels = np.zeros((ROWS, 2), np.float32)
    labels[::4, 0] = 1 + RNG.poisson(3, ROWS // 4)
    labels[:2, 1] = 1
    found, notes = contrasts.contrasts("counts", parts_of(data, labels))
    assert contrasts.names_of(found) == ["x", "x, low"] and "looked for by y" in notes[0]
    assert found[0].low == 0 and found[0].of(parts_of(data, labels).train).is_positive.sum() == 20


def test_values_are_tested_by_mann_and_whitney():
    scores, values = RNG.normal(size=60), RNG.integers(0, 5, 60).astype(float)
    found = enrichment.tested_on_values(scores, values, values > 2, 0.3)
    above = scores >= 0.3
    theirs = scipy.stats.mannwhitneyu(values[above], values[~above], alternative="greater").pvalue
    assert found.p == pytest.approx(theirs)
    assert (found.positives, found.of_positives) == ((above & (values > 2)).sum(), (values > 2).sum())
    assert enrichment.tested_on_values(scores, values, values > 2, np.inf).p == 1
