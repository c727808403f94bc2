"""Null networks: the trained weights in random order, and sums that vary as the trained ones."""

import jax.numpy as jnp
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.neuronmotif import null
from jaxmotif.neuronmotif.substructure import Weights
from tests.helpers import tiny_stacks

CONVS = tiny_stacks.conv(5, 6, 2), tiny_stacks.conv(4, 3, 2), tiny_stacks.conv(3, 2)


@pytest.fixture(scope="module")
def network():
    return tiny_stacks.random_stack(*CONVS)


def test_every_unit_keeps_its_weights_in_another_order_up_to_one_scale(network):
    nothing = null.null_network(network)
    for conv, before, after in zip(network.convs, network.weights, nothing.weights, strict=True):
        for unit in range(conv.filters):
            old, new = (np.asarray(one.kernel)[..., unit].ravel() for one in (before, after))
            scale = new.std() / old.std()
            np.testing.assert_allclose(np.sort(new), scale * np.sort(old), atol=1e-5)
            assert np.abs(new - scale * old).max() > 0.1  # in another order
        orders = [np.asarray(after.kernel)[..., unit].ravel().argsort() for unit in range(conv.filters)]
        assert len({tuple(order) for order in orders}) > 1  # of its own
    assert nothing.convs == network.convs and nothing.name == "tiny, null 1"


def test_sums_vary_as_those_of_the_trained_network_on_other_letters(network):
    nothing = null.null_network(network, seed=3)
    codes = np.random.default_rng(5).integers(0, 4, (8000, 20)).astype(np.uint8)
    for layer in (1, 2, 3):
        theirs, ours = (tiny_stacks.activations(one, layer, codes) for one in (network, nothing))
        np.testing.assert_allclose(ours.std((0, 1)), theirs.std((0, 1)), rtol=0.06)
        np.testing.assert_allclose(ours.mean((0, 1)), theirs.mean((0, 1)), atol=0.1 * theirs.std())


def test_on_the_letters_given_means_and_deviations_are_equal(network):
    codes = np.random.default_rng(6).integers(0, 4, (200, 20)).astype(np.uint8)
    rng = np.random.default_rng(7)
    kernels = [rng.normal(size=own.kernel.shape).astype(np.float32) for own in network.weights]
    others = [Weights(jnp.asarray(k), own.bias) for k, own in zip(kernels, network.weights, strict=True)]
    found = tiny_stacks.stack_of(CONVS, null.standardised(CONVS, network.weights, others, codes))
    for layer in (1, 2, 3):
        theirs, ours = (tiny_stacks.activations(one, layer, codes) for one in (network, found))
        np.testing.assert_allclose(ours.std((0, 1)), theirs.std((0, 1)), rtol=1e-4)
        np.testing.assert_allclose(ours.mean((0, 1)), theirs.mean((0, 1)), atol=1e-4)


def test_a_unit_that_never_varies_is_only_shifted(network):
    flat = [Weights(jnp.zeros_like(w.kernel), w.bias + 2.0) for w in network.weights]
    codes = np.zeros((20, 20), np.uint8)
    for stack in (flat, network.weights):
        found = null.standardised(CONVS, network.weights, stack, codes)
        for one, before in zip(found, stack, strict=True):
            np.testing.assert_allclose(one.kernel, before.kernel)
        whole = tiny_stacks.stack_of(CONVS, found)
        np.testing.assert_allclose(
            tiny_stacks.activations(whole, 3, codes), tiny_stacks.activations(network, 3, codes), atol=1e-5
        )


def test_numbers_and_seeds_give_other_networks_and_the_same_again(network):
    def kernels(*which):
        return np.asarray(null.null_network(network, *which).weights[0].kernel)

    np.testing.assert_array_equal(kernels(1, 4), kernels(1, 4))
    for other in ((0, 4), (1, 5)):
        assert not np.array_equal(kernels(*other), kernels(1, 4))


def test_the_first_member_of_a_network_is_taken_and_a_function_is_refused():
    trained = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
    assert null.null_network(trained).name == "CNN-25 (4), null 1"
    function = jm.Network.from_function(lambda x: (x.sum((1, 2))[:, None], {}), length=10)
    with pytest.raises(ValueError, match="weights cannot be permuted"):
        null.null_network(function)
