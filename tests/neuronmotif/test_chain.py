import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models import forward, layers, zoo
from jaxmotif.models.imports import keras_file
from jaxmotif.models.spec import Conv, NetworkSpec, conv_shapes
from jaxmotif.neuronmotif import chain, substructure
from tests.helpers import compiled, tiny_stacks
from tests.helpers.tiny_stacks import conv

features = jax.jit(forward.features, static_argnums=(0, 3))
raw_map = jax.jit(substructure.raw_map, static_argnums=(0, 3))
# Layers of the full network.
NETWORKS = {
    "same": (Conv(3, 4, 2), Conv(4, 3, 2, activation="sigmoid"), Conv(2, 3)),
    "valid": tuple(
        Conv(f, k, p, padding="VALID", pool_padding="VALID", norm=n, bias=True, activation=a)
        for f, k, p, n, a in (
            (3, 4, 3, "none", "exp"),
            (2, 2, 2, "batch", "relu"),
            (3, 2, 1, "none", "linear"),
        )
    ),
    "strides": (Conv(3, 3, 2, stride=2, activation="linear"), Conv(3, 3, 1, bias=True), Conv(2, 2, stride=2)),
    "overlapping pools": (
        Conv(3, 3, 3, pool_stride=2),
        Conv(4, 2, 3, pool_stride=1, activation="tanh"),
        Conv(2, 2),
    ),
}


def with_statistics(spec, seed):
    """Variables with statistics and scales as after training; some scales are negative."""
    rng = np.random.default_rng(seed)

    def drawn(path, leaf):
        name = path[-1].key
        if name == "kernel":
            return leaf
        if name == "variance":
            return jnp.asarray(rng.uniform(0.3, 2.0, leaf.shape), jnp.float32)
        return jnp.asarray(rng.normal(0.0, 0.7, leaf.shape), jnp.float32)

    fresh = compiled.weights(spec, seed)
    return jax.tree_util.tree_map_with_path(drawn, fresh)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_substructure_gives_the_full_networks_values(name):
    spec = NetworkSpec("net", length=61, outputs=1, convs=NETWORKS[name])
    variables = with_statistics(spec, 3)
    traced = chain.from_network(spec, variables)
    codes = np.random.default_rng(4).integers(0, 4, (3, spec.length)).astype(np.uint8)
    for layer, (layout, settings) in enumerate(zip(conv_shapes(spec), spec.convs, strict=True), 1):
        assert substructure.geometry(spec.convs, layer).width == layout.width
        full = np.asarray(features(spec, variables, dna.one_hot(codes), layer))
        starts = np.arange(layout.positions) * layout.jump - layout.left
        inside = np.flatnonzero((starts >= 0) & (starts + layout.width <= spec.length))
        assert len(inside) >= 5
        fields = np.stack([codes[:, s : s + layout.width] for s in starts[inside]], axis=1)
        fields = fields.reshape(-1, layout.width)
        raw = raw_map(traced.convs, traced.weights, dna.one_hot(fields), layer)
        assert raw.shape == (len(fields), 1, settings.filters)
        found = layers.activate(settings.activation, raw).reshape(3, len(inside), -1)
        np.testing.assert_allclose(found, full[:, inside], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(raw, tiny_stacks.activations(traced, layer, fields), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "name, widths",
    [
        ("Basset", [19, 51, 132]),
        ("DeepSEA", [8, 39, 163]),
        ("BD-5", [3, 8, 18, 38, 78]),
        ("BD-10", [7, 9, 14, 18, 28, 36, 56, 72, 112, 144]),
    ],
)
def test_receptive_fields_are_the_published_ones(name, widths):
    convs = zoo.get(name).convs
    assert [substructure.geometry(convs, layer).width for layer in range(1, len(convs) + 1)] == widths


def test_geometry_of_two_poolings():
    # Layer 3 of Basset: a position of its map is 12 letters, and pools of 3 and 4 lie below.
    found = substructure.geometry(zoo.get("Basset").convs, 3)
    assert (found.inputs, found.step, found.sizes, found.steps, found.shift) == (7, 12, (3, 4), (1, 3), 12)
    first = substructure.geometry(zoo.get("Basset").convs, 1)
    assert (first.inputs, first.step, first.sizes, first.shift) == (19, 1, (), 1)


def test_the_authors_trained_network(shared_data):
    path = shared_data / "neuronmotif_demo2" / "weight.hdf5"
    if not path.is_file():
        pytest.skip(f"no network at {path}")
    found = keras_file.load(path)
    traced = chain.from_variables(found.name, found.convs, found.variables, found.epsilon)
    assert [substructure.geometry(traced.convs, layer).width for layer in range(1, 6)] == [7, 12, 22, 42, 82]


def test_bounds_are_attained_in_the_first_layer_and_never_exceeded():
    for seed, activation in enumerate(("relu", "exp", "linear")):
        network = tiny_stacks.random_stack(
            conv(3, 3, 2, activation=activation), conv(4, 2, 2, activation=activation), conv(4, 1), seed=seed
        )
        codes = tiny_stacks.all_sequences(8)[:: 4 if seed else 1]
        bounds = [network.upper_bounds(layer) for layer in (1, 2, 3)]
        first = tiny_stacks.activations(network, 1, tiny_stacks.all_sequences(3))
        np.testing.assert_allclose(bounds[0], first.max((0, 1)), rtol=1e-6)
        for layer in (2, 3):
            highest = tiny_stacks.activations(network, layer, codes).max((0, 1))
            assert (highest <= bounds[layer - 1] + 1e-6).all()


def test_a_neuron_with_negative_weights_alone_is_proven_dead():
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(2, 2), seed=1)
    kernel, bias = map(np.array, network.weights[1])
    kernel[..., 1], bias[1] = -np.abs(kernel[..., 1]), -0.1
    kernel[..., 0], bias[0] = np.abs(kernel[..., 0]), 0.1
    network = dataclasses.replace(network, weights=(network.weights[0], substructure.Weights(kernel, bias)))
    assert (network.upper_bounds(2) <= 0).tolist() == [False, True]


def test_normalisation_is_folded_in():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, 3, 4)), rng.normal(size=(3, 4, 2))
    bias, gamma, beta, mean = rng.normal(size=(4, 2))
    variance = rng.uniform(0.5, 2, 2)
    raw = np.einsum("nkc,kcf->nf", x, kernel) + bias
    want = gamma * (raw - mean) / np.sqrt(variance + 1e-3) + beta
    folded = chain.fold(kernel, bias, gamma, beta, mean, variance, 1e-3)
    found = np.einsum("nkc,kcf->nf", x, folded.kernel) + folded.bias
    np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-6)


def test_weights_that_do_not_fit_and_layers_that_are_not_there():
    convs = (conv(2, 3, 2), conv(3, 2))
    good = {"conv1": {"kernel": np.zeros((3, 4, 2)), "bias": np.zeros(2)}}
    with pytest.raises(ValueError, match="tiny: convolution 2 has no kernel"):
        chain.from_variables("tiny", convs, {"params": good}, 0.0)
    bad = good | {"conv2": {"kernel": np.zeros((2, 5, 3)), "bias": np.zeros(3)}}
    with pytest.raises(ValueError, match=r"kernel of convolution 2 has shape \(2, 5, 3\), not \(2, 2, 3\)"):
        chain.from_variables("tiny", convs, {"params": bad}, 0.0)
    with pytest.raises(ValueError, match="convolutions 1 to 2, not a layer 3"):
        tiny_stacks.random_stack(*convs).check_layer(3)


def test_a_substructure_is_the_layer_on_exactly_its_receptive_field():
    network = tiny_stacks.random_stack(
        conv(3, 4, 3, pool_stride=2), conv(2, 2, 2, activation="exp"), conv(4, 2)
    )
    whole = network.substructure(3)
    codes = np.random.default_rng(0).integers(0, 4, (20, whole.width)).astype(np.uint8)
    want = tiny_stacks.activations(network, 3, codes)[:, 0]
    np.testing.assert_allclose(whole.activation(jnp.asarray(codes)), want, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(whole.raw_map(dna.one_hot(codes))[:, 0], want, rtol=1e-4, atol=1e-5)
    some = network.substructure(3, [2, 0])
    np.testing.assert_array_equal(some.activation(codes), whole.select([2, 0]).activation(codes))
    np.testing.assert_allclose(some.neuron(1).activation(codes), want[:, 0], rtol=1e-4, atol=1e-5)
    below = whole.raw_maps(dna.one_hot(codes))
    for number, raw in enumerate(below, 1):
        np.testing.assert_allclose(raw, tiny_stacks.activations(network, number, codes), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(whole.activation_of(raw, number) + whole.bias, want, rtol=1e-4, atol=1e-5)


def test_networks_of_one_shape_share_a_program():
    activation = jax.jit(lambda neuron, codes: neuron.activation(codes))
    for seed in range(3):
        network = tiny_stacks.random_stack(conv(3, 4, 2), conv(4, 3), seed=seed)
        for channel in range(2):
            activation(network.substructure(2).neuron(channel), np.zeros((5, 9), np.uint8))
    assert activation._cache_size() == 1
