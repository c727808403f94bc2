"""Leaves by maps beside leaves by poolings, and the residual network of which the last map is decoded."""

import types

import jax
import numpy as np
import pytest

from experiments.neuronmotif import deep_map, launcher, residual, two_ways
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks


def leaves(ppm, nsites):
    none = np.zeros(len(nsites))
    return decouple.Leaves(np.asarray(ppm), np.asarray(nsites), none, none, none, none, none)


def test_covered_is_the_share_of_sequences_whose_motif_is_there():
    one, other, third = np.random.default_rng(0).dirichlet(np.full(4, 0.2), (3, 8))
    reference = leaves([one, other, third], [60, 30, 0])
    assert two_ways.covered(reference, leaves([other, third], [5, 5])) == pytest.approx(30 / 90)
    assert two_ways.covered(reference, leaves([other, one], [5, 0])) == pytest.approx(30 / 90)
    assert two_ways.covered(reference, leaves([other, one], [5, 1])) == 1


def test_a_place_in_a_pooling_window_is_found_both_ways(tmp_path, monkeypatch):
    monkeypatch.setattr(two_ways, "ROWS", 1000)
    network = tiny_stacks.planted(2, kernel=2, position=1)
    settings = decode_layer.Settings(Sampling(cap=1000), Decoupling(draws=10), motif_seeds=False)
    decode_layer.decode_layer(network, 2, None, None, settings, tmp_path)
    rows, checks = two_ways.run(network, tmp_path, settings)
    assert [(row["layer"], row["neuron"]) for row in rows] == [(2, 0)]
    assert rows[0]["leaves by poolings"] == rows[0]["by maps"] == 2
    assert (
        rows[0]["maps and poolings"] > 0.9 and rows[0]["as near"] and rows[0]["poolings' motifs there"] == 1
    )
    assert all(check.passed for check in checks)


def made(count, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, 60)).astype(np.uint8)
    return Dataset(codes, rng.integers(0, 2, (count, 2)).astype(np.uint8), targets=("a", "b"))


def test_the_residual_network_is_kept_and_its_maps_look_as_far_as_arithmetic_says(tmp_path, monkeypatch):
    monkeypatch.setattr(residual, "DILATIONS", (1, 2))
    monkeypatch.setattr(residual, "FILTERS", 4)
    splits = Splits(*(made(count, seed) for seed, count in enumerate((40, 20, 20))))
    config = types.SimpleNamespace(
        seed=0, train=types.SimpleNamespace(schedule=types.SimpleNamespace(epochs=2))
    )
    network = residual.train(tmp_path, config, splits, True)
    again = residual.train(tmp_path, config, splits, True)
    codes = splits.test.sequences
    np.testing.assert_array_equal(network.logits(codes), again.logits(codes))
    assert [network.geometry(layer).width for layer in (1, 2, 3)] == [7, 9, 13]
    assert network.classes == ("a", "b")
    # The attributed score is the output's.
    score = deep_map._logit(network.called)(network.member_variables(0), 1, jax.nn.one_hot(codes, 4))
    np.testing.assert_allclose(score, network.logits(codes)[:, 1], atol=1e-5)


def test_what_the_residual_network_has_to_show():
    def rows(decoded, first):
        return [{"factors": found} for found in (decoded, 3, first, 12)]

    network = types.SimpleNamespace(geometry=lambda layer: types.SimpleNamespace(width=residual.WIDTH))
    for decoded, first, passed in (
        (10, 4, [True] * 3),
        (8, 4, [True, False, True]),
        (9, 9, [True, True, False]),
    ):
        assert [check.passed for check in deep_map._checks(rows(decoded, first), network, 5)] == passed
    assert residual.WIDTH == 37


def test_settings_of_the_two_configs():
    quick = launcher.build("residual", "quick", 0, "", "", "default", [])
    assert (quick.train.schedule.epochs, quick.neurons, quick.decode.database) == (12, 0, "JASPAR2016")
    assert quick.decode.decode.sampling.population == 600
    with pytest.raises(ValueError, match="maps needs --weights"):
        launcher.build("maps", "quick", 0, "", "", "default", [])
