"""The networks of NeuronMotif have the sizes that text and program state."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxmotif import dna, keys
from jaxmotif.models import forward, spec, zoo

NAMES = (
    "Basset",
    "DeepSEA",
    "DeepSEA-code",
    "BD-5",
    "BD-5-code",
    "BD-10",
    "BD-10-code",
    "DD-10",
    "DD-10-code",
)
# Receptive fields of the authors' substructures; a DeepSEA neuron of layer 3 sees 163 nt.
_TEN = [7, 9, 14, 18, 28, 36, 56, 72, 112, 144]
FIELDS = {
    "Basset": [19, 51, 132],
    "DeepSEA": [8, 39, 163],
    "DeepSEA-code": [8, 39, 163],
    "BD-5": [3, 8, 18, 38, 78],
    "BD-5-code": [3, 8, 18, 38, 78],
    "BD-10": _TEN,
    "BD-10-code": _TEN,
    "DD-10": _TEN,
    "DD-10-code": _TEN,
}


@pytest.mark.parametrize("name", NAMES)
def test_receptive_fields_are_the_published_ones(name):
    assert name in zoo.names()
    assert [shape.width for shape in spec.conv_shapes(zoo.get(name))] == FIELDS[name]


def test_parameters_by_hand():
    # DeepSEA as published: 53 maps of 960 channels are left (Zhou & Troyanskaya 2015: 52.8 million).
    convs = 8 * 4 * 320 + 320 + 8 * 320 * 480 + 480 + 8 * 480 * 960 + 960
    assert spec.parameter_count(zoo.get("DeepSEA-code")) == convs + (53 * 960 + 1) * 925 + (925 + 1) * 919
    # Basset: 10 positions of 200 channels are left; gamma, beta and bias of each filter.
    convs = 19 * 4 * 300 + 11 * 300 * 200 + 7 * 200 * 200 + 3 * 700
    assert spec.parameter_count(zoo.get("Basset")) == convs + 2001 * 1000 + 1001 * 1000 + 1001 * 164
    # The program's BD-10: hidden layer and output are normalised.
    filters = [4, 128, 128, 160, 160, 256, 256, 384, 384, 512, 512]
    kernels = [7] + [3] * 9
    convs = sum(k * a * b + 3 * b for k, a, b in zip(kernels, filters, filters[1:], strict=False))
    # 600 -> 594, 592, 296, 294, 292, 146, 144, 142, 71, 69, 67, 33, 31, 29
    assert spec.parameter_count(zoo.get("BD-10-code")) == convs + (29 * 512 + 3) * 768 + (768 + 3) * 164


def test_text_and_program_differ_where_they_should():
    filters = {name: tuple(conv.filters for conv in zoo.get(name).convs) for name in NAMES}
    assert filters["BD-5"] == (32, 64, 128, 256, 512)
    assert filters["BD-5-code"] == (64, 128, 256, 384, 512)
    assert filters["BD-10"] == (64, 64, 128, 128, 256, 256, 384, 384, 512, 512)
    assert filters["DD-10"] == filters["DD-10-code"] == (128, 128, 160, 160, 256, 320, 512, 640, 1024, 1280)
    pooled = ("DD-10", "DD-10-code", "DeepSEA", "DeepSEA-code")
    assert [zoo.get(name).convs[-1].pool for name in pooled] == [1, 2, 4, 1]
    assert [zoo.get(name).dense[0].units for name in ("BD-10", "BD-10-code")] == [1024, 768]
    assert {len(zoo.get(name).convs) for name in NAMES if "10" in name} == {10}


def test_a_normalised_output_is_the_plain_one_normalised():
    normed = spec.NetworkSpec("n", 12, 3, (spec.Conv(2, 5),), output_norm="batch")
    plain = dataclasses.replace(normed, output_norm="none")
    variables = forward.init(normed, keys.root(0))
    rng = np.random.default_rng(0)
    draw = lambda low: rng.uniform(low, 2, 3).astype(np.float32)
    gamma, beta, mean, variance = draw(-2), draw(-2), draw(-2), draw(0.1)
    variables["params"]["output"] |= {"gamma": gamma, "beta": beta}
    variables["batch_stats"]["output"] = {"mean": mean, "variance": variance}
    x = dna.one_hot(rng.integers(0, 4, (4, 12)).astype(np.uint8))
    weights = jax.tree.map(lambda a: a, variables)
    for name in ("gamma", "beta"):
        del weights["params"]["output"][name]
    del weights["batch_stats"]["output"]
    logits = np.asarray(forward.predict(plain, weights, x))
    expected = gamma * (logits - mean) / np.sqrt(variance + 1e-5) + beta
    np.testing.assert_allclose(forward.predict(normed, variables, x), expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="unknown output_norm 'layer'"):
        dataclasses.replace(plain, output_norm="layer")
