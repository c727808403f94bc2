"""Neurons side by side, as on an accelerator, against one after the other."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxmotif import files
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import chain, decode_layer, spread
from jaxmotif.neuronmotif.sample import sampling
from jaxmotif.neuronmotif.settings import Decoupling, Sampling

SETTINGS = Sampling(population=60, generations=25, patience=4, cap=20, exact_up_to=0, walk=10, polish=2)


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(5)
    convs = (Conv(3, 3, 2, bias=True), Conv(5, 2, bias=True))
    shapes = ((3, 4, 3), (2, 3, 5))
    weights = tuple(chain.fold(rng.normal(size=shape), rng.normal(size=shape[2])) for shape in shapes)
    return chain.ConvChain("net", convs, weights)


@pytest.fixture
def side_by_side(monkeypatch):
    """The accelerator's way on this machine; chunks of another size are programs of their own."""
    monkeypatch.setattr(spread, "on_cpu", lambda: False)


def test_every_neuron_once_and_a_place_freed_goes_to_the_next(network, side_by_side):
    found = list(sampling.sample_neurons(network, 2, [0, 1, 2, 3, 4], None, SETTINGS, chunk=2))
    assert sorted(one.neuron for one in found) == [0, 1, 2, 3, 4]
    assert len({one.generations for one in found}) > 1


def test_neurons_side_by_side_find_what_they_find_alone(network, monkeypatch):
    alone = {
        one.neuron: one for one in sampling.sample_neurons(network, 2, [0, 1, 2], None, SETTINGS, seed=1)
    }
    monkeypatch.setattr(spread, "on_cpu", lambda: False)
    beside = {
        one.neuron: one for one in sampling.sample_neurons(network, 2, [0, 1, 2], None, SETTINGS, 1, chunk=3)
    }
    for neuron, one in alone.items():
        # Rounding may differ between the two programs, and a search follows it: the best is what both reach.
        np.testing.assert_allclose(beside[neuron].highest, one.highest, rtol=1e-5)
        assert abs(len(beside[neuron].sample.values) - len(one.sample.values)) <= 10


@pytest.mark.parametrize("method", ["kmeans", "offsets"])
def test_a_layer_is_decoded_alike_side_by_side_and_one_by_one(network, monkeypatch, method, tmp_path):
    # One search for all, so that it is the split that is compared: motifs, leaves, the label of every row.
    decoupling = Decoupling(draws=4, fewest=5, method=method)
    settings = decode_layer.Settings(SETTINGS, decoupling, motif_seeds=False)
    found = {}
    samples = list(sampling.sample_neurons(network, 2, range(5), None, SETTINGS))
    monkeypatch.setattr(sampling, "sample_neurons", lambda *_: iter(samples))
    for name, on_cpu, held in (("alone", True, 1), ("batch", False, 5), ("parts", False, 2)):
        monkeypatch.setattr(spread, "on_cpu", lambda on_cpu=on_cpu: on_cpu)
        monkeypatch.setattr(spread.memory, "side_by_side", lambda each, most, held=held: min(held, most))
        jax.clear_caches()
        layer = decode_layer.decode_layer(network, 2, None, None, settings, tmp_path / name)
        labels = [files.load_npz(tmp_path / name / "layer2" / f"neuron{c}.npz") for c in range(5)]
        found[name] = layer, labels
    jax.clear_caches()
    alone, labels = found["alone"]
    assert alone.ppm.shape == (5, 2, 6, 4) and (alone.nsites.sum(axis=1) == alone.samples).all()
    assert (alone.nsites > 0).all()
    for name in ("batch", "parts"):
        beside, others = found[name]
        for field in ("dead", "samples", "nsites", "maximum", "best", "generations"):
            np.testing.assert_array_equal(getattr(beside, field), getattr(alone, field), err_msg=field)
        for field in ("ppm", "leaf_maximum", "consensus", "drawn", "agreement"):
            np.testing.assert_allclose(
                getattr(beside, field), getattr(alone, field), atol=1e-5, err_msg=field
            )
        for mine, other in zip(labels, others, strict=True):
            for field in ("words", "labels", "other"):
                np.testing.assert_array_equal(other[field], mine[field], err_msg=field)


def test_a_search_side_by_side_takes_the_same_steps(network, monkeypatch):
    # Without a gradient's last bit nothing differs: seeds, moves and what is kept of them.
    settings = dataclasses.replace(SETTINGS, generations=1, walk=0, polish=0)
    alone = list(sampling.sample_neurons(network, 2, [0, 1, 2], None, settings))
    monkeypatch.setattr(spread, "on_cpu", lambda: False)
    jax.clear_caches()
    beside = {one.neuron: one for one in sampling.sample_neurons(network, 2, [0, 1, 2], None, settings, 0, 3)}
    jax.clear_caches()
    for one in alone:
        np.testing.assert_array_equal(beside[one.neuron].sample.words, one.sample.words)
        np.testing.assert_allclose(beside[one.neuron].sample.values, one.sample.values, rtol=1e-5, atol=1e-6)
