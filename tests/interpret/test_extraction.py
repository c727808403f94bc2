"""Temporal scores against single runs; windows and class motifs against loops."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import class_motif, extraction, temporal
from jaxmotif.models import zoo
from jaxmotif.motifs.ppm import consensus, information_content
from tests.helpers import compiled


def test_temporal_scores_are_scores_of_prefixes_and_suffixes():
    spec = zoo.get("CNN-RNN-small", length=8)
    variables = compiled.weights(spec)

    def score(variables, x, start, end):
        return jax.nn.sigmoid(compiled.predict_part(spec, variables, x, start, end)[:, 0])

    codes = np.random.default_rng(0).integers(0, 4, (2, 8)).astype(np.uint8)
    found = temporal.temporal_scores(jax.tree_util.Partial(score, variables), codes)
    for at in range(8):
        for got, part in ((found.forward, codes[:, : at + 1]), (found.backward, codes[:, at:])):
            shorter = dataclasses.replace(spec, length=part.shape[1])
            expected = jax.nn.sigmoid(compiled.predict(shorter, variables, dna.one_hot(part))[:, 0])
            np.testing.assert_allclose(got[:, at], expected, atol=1e-5)
    np.testing.assert_allclose(found.forward[:, -1], found.backward[:, 0], atol=1e-6)


def test_strongest_windows_equal_a_loop():
    values = np.random.default_rng(1).normal(size=(7, 30))
    expected = [max(range(22), key=lambda s, row=row: row[s : s + 9].sum()) for row in values]
    assert extraction.strongest_windows(values).tolist() == expected
    assert extraction.strongest_windows(np.zeros((1, 9))).tolist() == [0]
    with pytest.raises(ValueError, match="a window of 9 does not lie in values"):
        extraction.strongest_windows(np.zeros((2, 8)))


def test_steepest_windows_are_where_the_score_turns():
    forward = np.full((2, 30), 0.1)
    forward[0, 17:] = 0.9  # rises at 17: windows that begin at 9 to 16 have it inside
    backward = np.full((2, 30), 0.1)
    backward[1, :6] = 0.95
    starts = extraction.steepest_windows(temporal.TemporalScores(forward, backward))
    assert 9 <= starts[0] <= 16 and 0 <= starts[1] <= 5


def test_windows_under_activations():
    maps = np.zeros((3, 20, 4))
    maps[0, 5, 2], maps[1, 0, 1], maps[2, 19, 3] = 1, 1, 1
    starts = np.arange(20) - 2  # a SAME convolution of 5
    assert extraction.activation_windows(maps, starts, 5, 20).tolist() == [1, 0, 11]


def test_windows_as_motifs():
    codes = dna.encode(["ACGTACGTACGT", "TTTTNCCCCCCC"])
    found = extraction.window_motifs(codes, [1, 4], 4)
    assert [consensus(motif.ppm) for motif in found][0] == "CGTA" and found[1].nsites == 1
    np.testing.assert_allclose(found[1].ppm[0], 0.25)


def test_windows_on_both_strands_and_off_centre_come_together():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (200, 50)).astype(np.uint8)
    site = dna.encode(["TGACTCAGC"])[0]
    starts = rng.integers(10, 30, 200)
    for row, start in enumerate(starts):
        codes[row, start : start + 9] = site if row % 2 else dna.reverse_complement(site)
    found = extraction.aggregated(codes, starts + rng.integers(-2, 3, 200))
    words = {consensus(found.ppm), consensus(found.reverse_complement().ppm)}
    assert any("TGACTCAGC" in word for word in words)


def test_class_ppm_follows_the_authors_steps():
    matrix = np.array([[0.5, -1, 0, 2.0], [0, 0, 0, -3]])
    first = np.array([0.51, 0.01, 0.01, 1.01])
    np.testing.assert_allclose(class_motif.class_ppm(matrix), [first / first.sum(), [0.25] * 4])
    np.testing.assert_allclose(class_motif.class_ppm(-np.ones((3, 4))), 0.25)
    with pytest.raises(ValueError, match="finite and \\(L, 4\\)"):
        class_motif.class_ppm(np.full((2, 4), np.nan))


def test_informative_windows_equal_a_loop():
    ppm = np.random.default_rng(2).dirichlet([0.4] * 4, 20)
    bits = information_content(ppm)
    expected = sorted(range(16), key=lambda s: -bits[s : s + 5].mean())
    found = class_motif.informative_windows(ppm, 5)
    assert [start for start, _ in found] == expected
    assert found[0][1] == pytest.approx(bits[expected[0] : expected[0] + 5].mean())
    with pytest.raises(ValueError, match="a window of 21"):
        class_motif.informative_windows(ppm, 21)
