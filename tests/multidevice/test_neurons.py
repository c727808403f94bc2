"""Neurons spread over eight devices are decoded alike. Run in a process of its own, see `test_members`."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxmotif import files
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.sample import sampling
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8, reason="needs 8 devices: see test_members for the XLA_FLAGS"
)
SEARCH = Sampling(population=60, generations=25, patience=4, cap=20, exact_up_to=0, walk=10, polish=2)
SETTINGS = decode_layer.Settings(SEARCH, Decoupling(draws=4, fewest=5), motif_seeds=False)


@pytest.fixture(autouse=True)
def side_by_side(monkeypatch):
    """The accelerator's way on this machine, which otherwise runs neurons in threads."""
    monkeypatch.setattr(sampling, "on_cpu", lambda: False)
    jax.clear_caches()
    yield
    jax.clear_caches()


# Last bits differ when XLA divides the walk's program, and walkers follow them: docs/limits.md.
KNOWN = pytest.mark.xfail(reason="the walk's samples are not those of one device yet", strict=False)


@pytest.mark.parametrize("walk", [0, pytest.param(10, marks=KNOWN)])
def test_neurons_on_eight_devices_equal_neurons_on_one(monkeypatch, tmp_path, walk):
    # Ten neurons: eight at once, then two, which two devices have.
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(10, 2), seed=5, bias=0.1)
    # One neuron for each device, and one at a time on one: batches of another size may round otherwise.
    monkeypatch.setattr(sampling.memory, "side_by_side", lambda each, most: 1)
    found = {}
    for devices in (8, 1):
        if devices == 1:
            monkeypatch.setattr(sampling, "neuron_mesh", lambda neurons: None)
            monkeypatch.setattr(sampling, "over_devices", lambda neurons: neurons)
        jax.clear_caches()
        settings = dataclasses.replace(SETTINGS, sampling=dataclasses.replace(SEARCH, walk=walk))
        layer = decode_layer.decode_layer(network, 2, None, None, settings, tmp_path / str(devices))
        parts = [files.load_npz(tmp_path / str(devices) / "layer2" / f"neuron{c}.npz") for c in range(10)]
        found[devices] = layer, parts
    (eight, many), (one, few) = found[8], found[1]
    assert (~one.dead).sum() >= 8
    for field in ("dead", "samples", "nsites", "best", "generations"):
        np.testing.assert_array_equal(getattr(eight, field), getattr(one, field), err_msg=field)
    for field in ("maximum", "ppm", "leaf_maximum", "consensus", "drawn"):
        np.testing.assert_allclose(getattr(eight, field), getattr(one, field), atol=1e-5, err_msg=field)
    for mine, other in zip(many, few, strict=True):
        if "words" in mine:
            for field in ("words", "labels", "other"):
                np.testing.assert_array_equal(mine[field], other[field], err_msg=field)


def test_every_device_has_its_neurons():
    assert sampling.neuron_mesh(8).size == 8 and sampling.neuron_mesh(10).size == 5
    assert sampling.neuron_mesh(11) is None and sampling.over_devices(9) == 16
    shape = tiny_stacks.random_stack(conv(3, 3, 2), conv(8, 2)).substructure(2)
    values = jax.jit(
        lambda s: sampling.over_neurons(lambda n, b: n.activation(np.zeros((4, 6), np.uint8)) + b, s, s.bias)
    )
    made = values(shape)
    assert len(made.sharding.device_set) == 8
    want = tiny_stacks.activations(
        tiny_stacks.random_stack(conv(3, 3, 2), conv(8, 2)), 2, np.zeros((1, 6), int)
    )
    np.testing.assert_allclose(made[:, 0], want[0, 0] + np.asarray(shape.bias), atol=1e-5)
