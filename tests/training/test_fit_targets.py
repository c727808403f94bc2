"""`jm.fit` on classes, values and counts: what was planted is learned, in the user's own units."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.training import scaling

RNG = np.random.default_rng(0)
WORDS = dna.encode(["TGACTCAG", "CCGGAAGT"])
SPEC = NetworkSpec("tiny", 30, 2, (Conv(8, 8, norm="none"),), reduce="max")
QUICK = {"seeds": 1, "quiet": True, "epochs": 25, "batch_size": 32, "learning_rate": 0.02, "strands": "given"}
ROWS = 400


def planted():
    """Sequences, and whether each has either word."""
    codes, has = RNG.integers(0, 4, (ROWS, 30)).astype(np.uint8), RNG.random((ROWS, 2)) < 0.5
    for word in range(2):
        codes[has[:, word], 3 + 12 * word : 11 + 12 * word] = WORDS[word]
    return codes, has


CODES, HAS = planted()


def test_values_come_back_in_their_own_units():
    values = np.stack([500 + 100 * HAS[:, 0], -0.01 * HAS[:, 1]], axis=1) + RNG.normal(0, 1e-3, (ROWS, 2))
    values[::7, 0] = np.nan
    net = jm.fit((CODES, values), SPEC, task="regression", **QUICK)
    found = jm.predict(net, CODES)
    assert net.task == "regression" and found.shape == (ROWS, 2)
    for target, high, low in ((0, 600, 500), (1, -0.01, 0)):
        means = [found[HAS[:, target] == one, target].mean() for one in (True, False)]
        assert means == pytest.approx([high, low], abs=0.2 * abs(high - low))
    np.testing.assert_array_equal(found, net.logits(CODES))


def test_counts_give_rates(tmp_path):
    rates = np.stack([8 + 22 * HAS[:, 0], 400 - 300 * HAS[:, 1]], axis=1)
    counts = RNG.poisson(rates).astype(np.float32)
    net = jm.fit((CODES, counts), SPEC, task="counts", directory=tmp_path, **QUICK)
    found = net.probabilities(CODES)
    np.testing.assert_allclose(found, np.exp(net.logits(CODES)), rtol=1e-5)
    # With a bias, Poisson's rates and counts have one mean.
    np.testing.assert_allclose(found.mean(axis=0), counts.mean(axis=0), rtol=0.1)
    with_word, without = (
        np.array([found[HAS[:, t] == own, t].mean() for t in (0, 1)]) for own in (True, False)
    )
    assert with_word[0] > 2 * without[0] and without[1] > 2 * with_word[1]
    again = jm.Network.load(tmp_path)
    assert again.task == "counts" and np.array_equal(again.probabilities(CODES), found)


def test_classes_by_their_names():
    names = np.where(HAS[:, 0], "liver", np.where(HAS[:, 1], "brain", "other")).astype(object)
    known = names != ""
    names[::9] = ""
    net = jm.fit((CODES, names), dataclasses.replace(SPEC, outputs=3), task="multiclass", **QUICK)
    found = net.probabilities(CODES)
    assert net.classes == ("brain", "liver", "other") and net.task == "multiclass" and known.all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    for column, name in ((0, "brain"), (1, "liver")):
        own = names != ""
        assert roc_auc_score(names[own] == name, found[own, column]) > 0.9


def test_weights_of_a_data_set_are_those_of_the_call():
    labels, weights = HAS.astype(np.float32), RNG.random(ROWS).astype(np.float32)
    quick = {**QUICK, "epochs": 2}
    weighted = jm.fit(jm.Dataset(CODES, labels, weights=weights), SPEC, **quick)
    by_call = jm.fit((CODES, labels), SPEC, weights=weights, **quick)
    np.testing.assert_array_equal(weighted.logits(CODES), by_call.logits(CODES))
    assert not np.array_equal(weighted.logits(CODES), jm.fit((CODES, labels), SPEC, **quick).logits(CODES))
    assert jm.Dataset(CODES, labels, weights=weights)[5:9].weights.tolist() == weights[5:9].tolist()


def test_units_are_undone_exactly():
    labels = RNG.normal(7, 3, (50, 2))
    units = scaling.units("regression", labels, SPEC, ("a", "b"))
    np.testing.assert_allclose(units.of(labels).std(axis=0), 1, rtol=1e-5)
    net = jm.Network.from_spec(SPEC)
    np.testing.assert_allclose(
        units.undone(net).logits(CODES), net.logits(CODES) * labels.std(0) + labels.mean(0), rtol=1e-4
    )
    counts = scaling.units("counts", np.abs(labels), SPEC, ("a", "b"))
    np.testing.assert_allclose(
        counts.undone(net).probabilities(CODES),
        np.exp(net.logits(CODES)) * np.abs(labels).mean(0),
        rtol=1e-4,
    )


def test_what_cannot_be_learned_is_refused():
    with pytest.raises(ValueError, match="target 'target2': all training rows have the same value"):
        jm.fit((CODES, np.stack([HAS[:, 0] + 0.5, np.ones(ROWS)], axis=1)), SPEC, task="regression", **QUICK)
    with pytest.raises(ValueError, match="-1 is no count"):
        jm.fit((CODES, np.full((ROWS, 2), -1.0)), SPEC, task="counts", **QUICK)
    with pytest.raises(ValueError, match="infomax has no labels"):
        jm.fit(CODES, objective="infomax", task="counts", **QUICK)
    with pytest.raises(ValueError, match="unknown task"):
        jm.fit((CODES, HAS.astype(float)), SPEC, task="ranks", **QUICK)
