"""From which value on a neuron is active: 0 of a rectified map, else a quantile over sequences."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.apps.decode import settings as decode_settings
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain, decode_layer, zero
from jaxmotif.neuronmotif.leaves import decoded
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks

LENGTH, KERNEL = 30, 5
SETTINGS = decode_layer.Settings(Sampling(cap=60), Decoupling(draws=10), motif_seeds=False)
WEIGHTS = np.random.default_rng(0).normal(size=(KERNEL, 4, 3)).astype(np.float32)
ACTIVATIONS = {
    "relu": jax.nn.relu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "linear": lambda z: z,
    "shifted": lambda z: z + 100,
    "negative": lambda z: z - 100,
    "exp": jnp.exp,
}


def sums(x):
    """The convolution's values at every position, without padding."""
    windows = jnp.stack([x[:, place : x.shape[1] - KERNEL + 1 + place] for place in range(KERNEL)], axis=2)
    return jnp.einsum("bpwc,wck->bpk", windows, WEIGHTS)


def network(name):
    def function(x):
        found = ACTIVATIONS[name](sums(x))
        return found.max(axis=1), {1: found}

    return Network.from_function(function, LENGTH)


def real(count=300):
    return np.random.default_rng(3).choice(4, (count, LENGTH), p=[0.4, 0.1, 0.2, 0.3]).astype(np.uint8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_zero_is_a_quantile_of_real_sequences_unless_the_map_is_rectified(name):
    found = zero.with_zero(chain.of(network(name)), 1, 0.9, real())
    values = np.asarray(ACTIVATIONS[name](sums(jax.nn.one_hot(real(), 4))))
    want = np.zeros(3) if name == "relu" else np.quantile(values, 0.9, axis=(0, 1))
    np.testing.assert_allclose(found.zero(1), want, rtol=1e-5)
    codes = real()[:40, :KERNEL]
    np.testing.assert_allclose(
        found.substructure(1).activation(codes), values[:40, 0] - want, rtol=1e-4, atol=1e-4
    )
    # Asked for 0, a neuron is active above 0.
    assert not zero.with_zero(chain.of(network(name)), 1, 0.0, real()).zero(1).any()


def test_a_map_far_from_zero_has_the_motifs_of_the_same_map_near_it():
    """Above 0 all sequences activate a neuron that is large throughout, and none one that is below."""
    found = {
        name: decode_layer.decode_layer(
            zero.with_zero(chain.of(network(name)), 1, 0.9, real()), 1, None, None, SETTINGS
        )
        for name in ("linear", "shifted", "negative")
    }
    near = found["linear"]
    assert near.exact.all() and not near.dead.any() and near.zero.shape == (3,)
    # A sum over letters is largest for the largest weight of each place.
    np.testing.assert_allclose(near.maximum + near.zero, WEIGHTS.max(axis=1).sum(axis=0), rtol=1e-5)
    for name in ("shifted", "negative"):
        assert not found[name].dead.any()
        np.testing.assert_array_equal(found[name].best, near.best)
        np.testing.assert_allclose(found[name].ppm, near.ppm, atol=0.02)
    at_zero = {
        name: decode_layer.decode_layer(chain.of(network(name)), 1, None, None, SETTINGS) for name in found
    }
    assert at_zero["negative"].dead.all()
    information = [np.ptp(at_zero["shifted"].ppm, axis=-1).max(), np.ptp(near.ppm, axis=-1).max()]
    assert information[0] < information[1] / 2


def test_a_run_that_goes_on_keeps_its_zeros(tmp_path):
    first = zero.with_zero(chain.of(network("gelu")), 1, 0.9, real(), tmp_path)
    again = zero.with_zero(chain.of(network("gelu")), 1, 0.9, None, tmp_path)
    np.testing.assert_array_equal(first.zero(1), again.zero(1))
    assert (first.zero(1) != zero.with_zero(chain.of(network("gelu")), 1, 0.9).zero(1)).all()
    with pytest.raises(ValueError, match="is of quantile 0.9, not 0.5"):
        zero.with_zero(chain.of(network("gelu")), 1, 0.5, real(), tmp_path)
    layer = decode_layer.decode_layer(first, 1, [1], None, SETTINGS)
    decoded.save(tmp_path / "decoded.npz", layer)
    read = decoded.load(tmp_path / "decoded.npz")
    np.testing.assert_array_equal(read.zero, first.zero(1)[[1]])
    assert read.halves is False
    decoded.save(tmp_path / "decoded.npz", dataclasses.replace(layer, zero=None))
    assert decoded.load(tmp_path / "decoded.npz").zero is None


def test_convolutions_of_ours_and_the_papers_settings_know_zero():
    ours = tiny_stacks.planted(2)
    assert zero.with_zero(ours, 2, 0.9) is ours
    assert decode_settings.named("default").decode.above == 0.95
    assert {decode_settings.named(name).decode.above for name in ("text", "text-positions", "code")} == {0.0}
    with pytest.raises(ValueError, match="above must be"):
        decode_layer.Settings(above=1.0)


def test_a_map_that_sees_more_than_the_sequence_is_told():
    wide = Network.from_function(
        lambda x: (sums(x).max(axis=1), {1: sums(x)}), LENGTH, layers={1: (LENGTH + 5, 9, 1)}
    )
    with pytest.raises(ValueError, match="none of its .* positions lies wholly"):
        zero.with_zero(chain.of(wide), 1, 0.9, real())
    # No sequences are as good as none given.
    none = zero.of_layer(chain.of(network("gelu")), 1, 0.9, real()[:0])
    np.testing.assert_array_equal(none, zero.of_layer(chain.of(network("gelu")), 1, 0.9))
