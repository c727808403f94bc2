"""A network of ours and the same network as a function: the same neurons."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.neuronmotif import chain, decode_layer, passes
from jaxmotif.neuronmotif.function_chain import FunctionChain
from jaxmotif.neuronmotif.sample import enumeration, sampling
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import compiled

PLAIN = dict(norm="none", bias=True, dropout=0.0)
# Receptive fields 3, 8 and 12; the last map is not activated, so that values below 0 are seen.
CONVS = Conv(4, 3, 2, **PLAIN), Conv(3, 3, **PLAIN), Conv(3, 3, activation="linear", **PLAIN)
SPEC = NetworkSpec("net", 40, 1, CONVS)
SAMPLING = Sampling(population=60, generations=6, patience=3, cap=60, bins=5, walk=20, polish=3, floor=0.0)
SEARCH = decode_layer.Settings(
    Sampling(
        population=60,
        generations=6,
        patience=3,
        cap=60,
        bins=5,
        walk=10,
        polish=3,
        floor=0.0,
        exact_up_to=0,
    ),
    Decoupling(fewest=10, draws=20),
    motif_seeds=False,
)


@pytest.fixture(scope="module")
def network():
    """Weights are multiples of 1/8: all sums are exact, in whatever order they are taken."""
    found = compiled.weights(SPEC)
    eighths = jax.tree.map(lambda leaf: jnp.round(leaf * 8 + 0.3) / 8, found)
    return Network.from_members(SPEC, [eighths])


def as_function(network, layers=(1, 2, 3), length=SPEC.length):
    def function(variables, x):
        return network.apply(variables, x)

    geometry = {layer: network.geometry(layer) for layer in layers}
    return Network.from_function(
        function, length, variables=network.member_variables(0), layers=geometry, classes=("bound",)
    )


def random_codes(width, count=50):
    return np.random.default_rng(width).integers(0, 4, (count, width)).astype(np.uint8)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_activations_are_those_of_the_convolutions(network, layer):
    own, other = chain.of(network), chain.of(as_function(network))
    assert isinstance(other, FunctionChain) and other.channels(layer) == own.channels(layer)
    ours, theirs = own.substructure(layer), other.substructure(layer)
    assert (theirs.width, theirs.geometry.shift) == (ours.width, ours.geometry.shift)
    assert theirs.radix(2) == ours.radix(2) and theirs.geometry == ours.geometry
    codes = random_codes(ours.width)
    want = np.asarray(ours.activation(codes))
    # The function's map is activated, but for the last one.
    want = want if layer == 3 else np.maximum(want, 0)
    np.testing.assert_array_equal(theirs.activation(codes), want)
    np.testing.assert_array_equal(theirs.neuron(1).activation(codes), want[:, 1])
    np.testing.assert_array_equal(theirs.select([2, 0]).activation(codes), want[:, [2, 0]])
    x = jax.nn.one_hot(codes, 4)
    for mine, raw in zip(ours.raw_maps(x), theirs.raw_maps(x), strict=True):
        np.testing.assert_array_equal(np.maximum(mine, 0), raw)


def test_many_sequences_pass_in_parts(network, monkeypatch):
    neuron = chain.of(as_function(network)).substructure(3).neuron(0)
    x = jax.nn.one_hot(random_codes(12, 23), 4)
    slope = jax.grad(lambda x: neuron.activation(x).sum())
    values, gradient = neuron.activation(x), slope(x)
    monkeypatch.setattr(passes, "CPU_FLOATS", 9 * neuron.values)
    np.testing.assert_array_equal(neuron.activation(x), values)
    np.testing.assert_array_equal(slope(x), gradient)
    assert values.shape == (23,) and neuron.raw_maps(x)[0].shape[0] == 23


def test_the_same_sample_from_random_seeds(network):
    ours, theirs = (
        {
            one.neuron: one
            for one in sampling.sample_neurons(chain.of(one), 3, [0, 2], None, SEARCH.sampling, seed=4)
        }
        for one in (network, as_function(network))
    )
    for neuron in (0, 2):
        a, b = ours[neuron], theirs[neuron]
        assert a.highest == b.highest and a.generations == b.generations and len(a.sample.values) > 20
        np.testing.assert_array_equal(a.sample.words, b.sample.words)
        np.testing.assert_array_equal(a.sample.values, b.sample.values)


def test_short_receptive_fields_are_enumerated(network):
    settings = decode_layer.Settings(SAMPLING, Decoupling(fewest=10, draws=20), motif_seeds=False)
    found = decode_layer.decode_layer(chain.of(as_function(network)), 1, None, None, settings)
    kernel, bias = map(np.asarray, chain.of(network).weights[0])
    every = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    values = sum(kernel[place, every[:, place]] for place in range(3)) + bias
    alive = values.max(0) > 0
    np.testing.assert_array_equal(found.dead, ~alive)
    np.testing.assert_array_equal(found.maximum[alive], values.max(0)[alive])
    assert found.exact.all() and (found.samples[alive] > 0).all()
    counts = enumeration.enumerate_neurons(chain.of(as_function(network)), 1, range(4), SAMPLING).counts
    np.testing.assert_array_equal(counts.sum(1), (values > 0).sum(0))


def test_leaves_are_those_of_the_pooling_below(network):
    function = chain.of(as_function(network))
    found = decode_layer.decode_layer(function, 3, [0, 2], None, SEARCH)
    assert (found.radix, found.pooled, found.leaves) == ((2,), (1,), 2)
    whole = decode_layer.decode_layer(chain.of(network), 3, [0, 2], None, SEARCH)
    np.testing.assert_array_equal(found.maximum, whole.maximum)
    np.testing.assert_array_equal(found.samples, whole.samples)
    np.testing.assert_array_equal(found.nsites.sum(1), whole.nsites.sum(1))
    # Where poolings are not known, leaves come from the maps below, which are traced.
    alone = decode_layer.decode_layer(chain.of(as_function(network, [3])), 3, [0], None, SEARCH)
    assert (alone.radix, alone.pooled, alone.halves) == ((2, 2), (2, 1), True)
    assert alone.nsites[0].sum() == alone.samples[0] and alone.ppm.shape == (1, 4, 12, 4)
    np.testing.assert_array_equal(alone.maximum, found.maximum[:1])
    # Or there is one leaf, the motif of all sequences.
    never = dataclasses.replace(SEARCH, decoupling=Decoupling(maps="never", draws=20))
    alone = decode_layer.decode_layer(chain.of(as_function(network, [3])), 3, [0], None, never)
    assert (alone.radix, alone.leaves) == ((), 1) and alone.nsites[0, 0] == alone.samples[0]


def test_what_is_not_given_is_traced(network):
    traced = chain.of(as_function(network, []))
    for layer in (1, 2, 3):
        ours, theirs = chain.of(network).substructure(layer), traced.substructure(layer)
        assert (theirs.width, theirs.geometry.stride) == (ours.width, ours.geometry.stride)
        codes = random_codes(ours.width)
        want = np.asarray(ours.activation(codes))
        np.testing.assert_array_equal(theirs.activation(codes), want if layer == 3 else np.maximum(want, 0))


def test_what_is_not_there_is_refused(network):
    with pytest.raises(ValueError, match="function has no map 4; it has maps: 1, 2, 3"):
        chain.of(as_function(network, [3])).check_layer(4)
    small = as_function(network)
    wide = Network.from_function(
        small.function,
        40,
        variables=small.member_variables(0),
        layers={3: network.geometry(3)._replace(width=41)},
    )
    with pytest.raises(ValueError, match="layer 3 of function sees 41 nt .* lies wholly in 40 nt"):
        chain.of(wide).substructure(3)
    missing = Network.from_function(lambda x: (x.sum((1, 2))[:, None], {}), 40, layers={1: (3, 0, 1, 1)})
    with pytest.raises(ValueError, match="returns no map of layer 1; it returns: none"):
        chain.of(missing).substructure(1)
