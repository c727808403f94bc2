"""Arithmetic on specs against the published counts and against what the network really does."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.models import forward, spec, zoo
from tests.helpers import compiled

# Published by the authors' program, or by hand from their layer sizes.
PUBLISHED = {
    "CNN-1": 160_048,
    "CNN-25": 160_048,
    "CNN9-4": 158_848,
    "CNN9-25": 158_848,
    "CNN3-2": 158_128,
    "CNN3-50": 158_128,
    "CNN19-1-2": 144_688,
    "CNN-50-2-code": 25_712,
    "CNN-1-1-100": 160_048 + 82_176,
}


@pytest.mark.parametrize("name,count", PUBLISHED.items())
def test_parameter_counts_are_the_published_ones(name, count):
    assert spec.parameter_count(zoo.get(name)) == count


@pytest.mark.parametrize("name", zoo.names())
def test_arithmetic_equals_the_arrays(name):
    net = zoo.get(name)
    variables = jax.eval_shape(lambda: forward.init(net, jax.random.key(0)))
    arrays = jax.tree.leaves(variables["params"])
    assert spec.parameter_count(net) == sum(array.size for array in arrays)
    x = jnp.zeros((1, net.length, 4))
    for index, shape in enumerate(spec.conv_shapes(net)):
        maps = jax.eval_shape(lambda v, i=index: forward.features(net, v, x, i + 1), variables)
        assert maps.shape == (1, shape.positions, net.convs[index].filters)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_receptive_field_is_where_the_output_changes(padding):
    convs = (
        spec.Conv(2, 6, pool=3, padding=padding, norm="none", activation="linear", dropout=0),
        spec.Conv(2, 4, pool=2, padding=padding, norm="none", activation="linear", dropout=0),
        spec.Conv(2, 3, padding=padding, norm="none", activation="linear", dropout=0),
    )
    net = spec.NetworkSpec("test", length=90, outputs=1, convs=convs)
    variables = compiled.weights(net, 1)
    # Positive weights: every input position in the field changes the output.
    variables = jax.tree.map(jnp.abs, variables)
    for layer, shape in enumerate(spec.conv_shapes(net)):
        middle = shape.positions // 2

        probes = jnp.ones((91, 90, 4)) + 100 * jnp.eye(91, 90)[:, :, None]
        maps = compiled.features(net, variables, probes, layer + 1)
        values = np.asarray(maps)[:, middle].sum(axis=1)
        changed = np.flatnonzero(values[:90] != values[90])
        start = middle * shape.jump - shape.left
        np.testing.assert_array_equal(changed, np.arange(start, start + shape.width))


def test_first_activation_is_replaced_alone():
    plain, exponential = zoo.get("CNN-2"), zoo.get("CNN-2-exp")
    assert exponential.convs[0].activation == "exp"
    assert exponential.convs[1:] == plain.convs[1:]
    assert exponential.convs[0] == dataclasses.replace(plain.convs[0], activation="exp")


def test_lists_of_layers_are_tuples():
    listed, plain = (spec.NetworkSpec("a", 20, 1, kind([spec.Conv(3, 5)])) for kind in (list, tuple))
    assert listed == plain and hash(listed) == hash(plain)


@pytest.mark.parametrize(
    "build,words",
    [
        (lambda: spec.Conv(0, 3), "filters must be at least 1, got 0"),
        (lambda: spec.Conv(1, 3, activation="swish"), "unknown activation 'swish'; known: relu"),
        (lambda: spec.Conv(1, 3, dropout=1.0), "dropout must be below 1, got 1.0"),
        (lambda: spec.NetworkSpec("a", 10, 1, ()), "at least one convolution"),
        (
            lambda: spec.NetworkSpec("a", 10, 1, (spec.Conv(1, 11, padding="VALID"),)),
            "reads 10 positions with a kernel of 11",
        ),
        (lambda: zoo.get("CNN-7"), "unknown network 'CNN-7'; known: CNN-1"),
    ],
)
def test_bad_architectures_say_what_is_wrong(build, words):
    with pytest.raises(ValueError, match=words):
        build()


def test_bytes_of_training_are_those_of_the_maps():
    one = spec.NetworkSpec("n", 100, 1, (spec.Conv(8, 5, pool=10, padding="VALID"), spec.Conv(3, 4)))
    # 96 windows of 20 numbers and two maps of 8, then 10 windows of 32 and two of 3; gradients; 4 bytes each.
    assert spec.training_bytes(one, 7) == 2 * 4 * 7 * (96 * (20 + 16) + 10 * (32 + 6))
