"""Reading a neuron in its own letters only, where that is the same."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain

LENGTH = 40


def test_convolutions_are_read_in_their_receptive_field():
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(7, 4, 3)), jnp.float32)
    numbers = ("NWC", "WIO", "NWC")

    def same(x):
        return jax.lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=numbers)

    def whole_only(x):  # a dense layer behind fits one length only
        h = same(x)
        return h.reshape(len(h), 3 * LENGTH) @ jnp.ones((3 * LENGTH, 1)), {1: h}

    def by_length(x):  # what a position says depends on the length of all
        return same(x).max(axis=1), {1: same(x) * x.shape[1]}

    codes = np.random.default_rng(1).integers(0, 4, (20, 7)).astype(np.uint8)
    want = np.asarray(same(jnp.pad(jax.nn.one_hot(codes, 4), ((0, 0), (16, 17), (0, 0)))))[:, 19]
    for function, length, times in (
        (lambda x: (same(x).max(axis=1), {1: same(x)}), 7, 1),
        (whole_only, LENGTH, 1),
        (by_length, LENGTH, LENGTH),
    ):
        found = chain.of(Network.from_function(function, LENGTH)).substructure(1)
        assert found.length == length
        np.testing.assert_allclose(found.activation(codes), want * times, rtol=1e-4, atol=1e-4)


def test_what_one_networks_weights_allow_is_not_said_of_others():
    """Embeddings of positions begin at 0, and say something when they are trained."""
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(7, 4, 3)), jnp.float32)

    def function(variables, x):
        h = jax.lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
        h = h + variables["positions"][: x.shape[1]]
        return h.max(axis=1), {1: h}

    codes = np.random.default_rng(1).integers(0, 4, (20, 7)).astype(np.uint8)
    trained = jnp.arange(LENGTH, dtype=jnp.float32)[:, None]
    found = [
        chain.of(Network.from_function(function, LENGTH, variables={"positions": positions})).substructure(1)
        for positions in (0 * trained, trained)
    ]
    assert [one.length for one in found] == [7, LENGTH]
    difference = found[1].activation(codes) - found[0].activation(codes)
    np.testing.assert_allclose(difference, found[1].position, atol=1e-4)
