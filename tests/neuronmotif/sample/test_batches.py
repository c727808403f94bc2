"""Neurons side by side, as on an accelerator, against one after the other."""

import numpy as np
import pytest

from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import chain, decode_layer
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
    monkeypatch.setattr(sampling, "on_cpu", lambda: False)


def test_every_neuron_once_and_a_place_freed_goes_to_the_next(network, side_by_side):
    found = list(sampling.sample_neurons(network, 2, [0, 1, 2, 3, 4], None, SETTINGS, chunk=2))
    assert sorted(one.neuron for one in found) == [0, 1, 2, 3, 4]
    assert len({one.generations for one in found}) > 1


def test_neurons_side_by_side_find_what_they_find_alone(network, monkeypatch):
    alone = {
        one.neuron: one for one in sampling.sample_neurons(network, 2, [0, 1, 2], None, SETTINGS, seed=1)
    }
    monkeypatch.setattr(sampling, "on_cpu", lambda: False)
    beside = {
        one.neuron: one for one in sampling.sample_neurons(network, 2, [0, 1, 2], None, SETTINGS, 1, chunk=3)
    }
    for neuron, one in alone.items():
        # Rounding may differ between the two programs, and a search follows it: the best is what both reach.
        np.testing.assert_allclose(beside[neuron].highest, one.highest, rtol=1e-5)
        assert abs(len(beside[neuron].sample.values) - len(one.sample.values)) <= 10


def test_a_layer_is_decoded_side_by_side(network, side_by_side):
    settings = decode_layer.Settings(SETTINGS, Decoupling(draws=4, fewest=5), motif_seeds=False)
    found = decode_layer.decode_layer(network, 2, None, None, settings)
    assert found.ppm.shape == (5, 2, 6, 4)
    np.testing.assert_allclose(found.ppm.sum(axis=3), 1, atol=1e-5)
    assert (found.nsites.sum(axis=1) == found.samples).all()
