"""A foreign network as one of ours: heads become logits, maps get numbers, inputs are filled."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.models.imports.external import Foreign, as_map, finish
from jaxmotif.models.imports.inputs import Input, arranged

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 4, (6, 12)).astype(np.uint8)
X = np.asarray(dna.one_hot(CODES))
WEIGHTS = {"a": RNG.normal(size=(4, 3)).astype(np.float32), "b": RNG.normal(size=(3, 3)).astype(np.float32)}


def function(variables, x_bl4):
    first = x_bl4 @ variables["a"]
    second = jnp.tanh(first) @ variables["b"]
    mean = second.mean(axis=1)
    return {"zeta": mean, "alpha": mean[:, 0], "profile": second}, {"z": first, "a": second}


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def numpy_heads(x):
    second = np.tanh(x @ WEIGHTS["a"]) @ WEIGHTS["b"]
    mean = second.mean(axis=1)
    return {"zeta": softmax(mean), "alpha": 1 / (1 + np.exp(-mean[:, 0])), "profile": second}


FOREIGN = Foreign(
    "made",
    function,
    WEIGHTS,
    12,
    links={"zeta": "softmax", "alpha": "sigmoid"},
    geometry={"z": jm.Geometry(1, 0, 1)},
    reference=numpy_heads,
    against="numpy",
)


def test_heads_become_logits_and_maps_get_numbers():
    loaded = finish(FOREIGN)
    net = loaded.network
    assert net.classes == ("zeta/0", "zeta/1", "zeta/2", "alpha") and net.name == "made"
    assert [(h.name, h.shape, h.read) for h in loaded.heads] == [
        ("zeta", (3,), True),
        ("alpha", (), True),
        ("profile", (12, 3), False),
    ]
    wanted = numpy_heads(X)
    # The logistic function of each output is what the foreign network says, for softmax too.
    np.testing.assert_allclose(net.probabilities(CODES)[:, :3], wanted["zeta"], atol=1e-6)
    np.testing.assert_allclose(net.probabilities(CODES)[:, 3], wanted["alpha"], atol=1e-6)
    assert loaded.map_names == ("z", "a") and loaded.map_shapes == ((12, 3), (12, 3))
    for number, name in enumerate(loaded.map_names, 1):
        np.testing.assert_array_equal(net.features(name)(X), net.features(number)(X))
    np.testing.assert_allclose(net.features("z")(X), X @ WEIGHTS["a"], atol=1e-6)
    assert net.geometry("z") == net.geometry(1) == (1, 0, 1, 1)
    with pytest.raises(ValueError, match="has no map 'q'; it has: z, a"):
        net.features("q")
    assert net.geometry("a") == (1, 0, 1, 1)  # not given: traced
    assert loaded.check is not None and loaded.check < 1e-6
    assert any("profile" in note and "left out" in note for note in loaded.notes)
    text = "\n".join(loaded.lines())
    assert "to numpy on 32 random sequences" in text and "  1  z  12 x 3  sees 1 nt in steps of 1" in text


def test_one_head_is_chosen():
    profile = finish(FOREIGN, head="profile").network
    assert profile.classes == ("profile/0", "profile/1", "profile/2")
    np.testing.assert_allclose(profile.logits(CODES), numpy_heads(X)["profile"].sum(axis=1), atol=1e-5)
    assert finish(FOREIGN, head="alpha").network.classes == ("alpha",)
    with pytest.raises(ValueError, match="there is no head 'beta'; heads: zeta, alpha, profile"):
        finish(FOREIGN, head="beta")


def test_a_head_with_positions_is_a_sum_of_values_or_logits_at_one():
    """As of a network that tells a splice site of every position: counts, or a probability of one letter."""
    foreign = dataclasses.replace(FOREIGN, links={"profile": "softmax"}, reference=None)
    each = softmax(numpy_heads(X)["profile"].reshape(-1, 3)).reshape(6, 12, 3)
    summed = finish(foreign, head="profile")
    assert summed.network.task == "regression" and summed.heads[-1].link == "softmax"
    np.testing.assert_allclose(summed.network.logits(CODES), each.sum(axis=1), atol=1e-5)
    assert "behind its softmax: outputs are values" in "\n".join(summed.notes)
    one = finish(foreign, head="profile", position=5)
    assert one.network.task == "multilabel" and "at position 5 of 12 before its softmax" in one.notes[-1]
    np.testing.assert_allclose(one.network.probabilities(CODES), each[:, 5], atol=1e-6)
    with pytest.raises(ValueError, match="'profile' has positions 0 to 11, not 12"):
        finish(foreign, head="profile", position=12)
    with pytest.raises(ValueError, match="position 0 of a head without positions; heads: zeta, alpha, prof"):
        finish(foreign, position=0)


@pytest.mark.parametrize("error", [0.5, np.nan])
def test_another_function_is_refused(error):
    wrong = lambda x: {name: value + error for name, value in numpy_heads(x).items()}
    with pytest.raises(
        ValueError, match="from numpy on 32 random .*what was opened is not the same function"
    ):
        finish(dataclasses.replace(FOREIGN, reference=wrong))


def test_values_between_0_and_1_are_values_where_a_task_says_so():
    foreign = Foreign(
        "made", lambda v, x: ({"share": x[:, :, :2].mean(1)}, {}), {}, 12, bounded={"share": "probability"}
    )
    share = X[:, :, :2].mean(1)
    np.testing.assert_allclose(finish(foreign).network.probabilities(CODES), share, atol=1e-6)
    np.testing.assert_allclose(finish(foreign, task="regression").network.logits(CODES), share, atol=1e-6)


def test_without_heads_maps_are_read():
    loaded = finish(Foreign("below", lambda v, x: ({}, function(v, x)[1]), WEIGHTS, 12))
    assert loaded.network.outputs == 0 and loaded.check is None
    np.testing.assert_allclose(loaded.network.features("z")(X), X @ WEIGHTS["a"], atol=1e-6)


def test_stored_outputs_are_compared():
    wanted = numpy_heads(X)
    stored = {"x": X, "zeta": wanted["zeta"], "alpha": wanted["alpha"] + 0.25}
    loaded = finish(FOREIGN, stored=stored)
    assert loaded.check == pytest.approx(0.25, abs=1e-5) and "stored ones on 6" in loaded.checked


@pytest.mark.parametrize(
    "shape,layout",
    [
        ((12, 4), lambda x: x),
        ((4, 12), lambda x: x.transpose(0, 2, 1)),
        ((1, 12, 4), lambda x: x[:, None]),
        ((12, 4, 1), lambda x: x[..., None]),
        ((4, 12, 1), lambda x: x.transpose(0, 2, 1)[..., None]),
        ((4, 1, 12), lambda x: x.transpose(0, 2, 1)[:, :, None]),
        ((None, 4), lambda x: x),
    ],
)
def test_a_sequence_is_laid_out(shape, layout):
    made = arranged([Input("x", shape)], length=12)
    np.testing.assert_array_equal(made(X)[0], layout(X))
    np.testing.assert_array_equal(made.back(layout(X)), X)


def test_letters_and_further_inputs():
    inputs = [Input("control", (None, 2)), Input("rc", (12, 4)), Input("x", (12, 4))]
    given = {"control": 0.5, "rc": dna.reverse_complement_one_hot}
    made = arranged(inputs, alphabet="AGCT", given=given)
    control, rc, x = made(jnp.asarray(X))
    np.testing.assert_array_equal(x, X[..., [0, 2, 1, 3]])
    np.testing.assert_array_equal(made.back(x), X)
    np.testing.assert_array_equal(control, np.full((6, 12, 2), 0.5))
    np.testing.assert_array_equal(rc, X[:, ::-1, ::-1])
    assert made.length == 12 and made.sequence == "x"
    assert jax.jit(made)(X)[0].shape == (6, 12, 2)


@pytest.mark.parametrize(
    "inputs,fields,message",
    [
        ([("x", (12, 5))], {}, r"none of them is the sequence, which is 4 wide; inputs: 'x' \(12, 5\)"),
        ([("x", (12, 4)), ("y", (12, 4))], {}, "x, y could each be the sequence.*give the others"),
        ([("x", (12, 4)), ("y", (3,))], {}, r"input 'y' \(3\) is no sequence: give it"),
        ([("x", (12, 4)), ("y", (3,))], {"given": {"y": np.zeros(4)}}, r"input 'y' is \(3\), not \(4,\)"),
        ([("x", (12, 4))], {"given": {"y": 1}}, "there is no input 'y'"),
        ([("x", (None, 4))], {}, r"input 'x' \(any, 4\) is of any length: say which"),
        ([("x", (12, 4))], {"length": 13}, "input 'x' reads 12 nt, not 13"),
        ([("x", (12, 4))], {"alphabet": "ACGG"}, "each of ACGT once, got 'ACGG'"),
    ],
)
def test_inputs_that_cannot_be_filled_are_named(inputs, fields, message):
    with pytest.raises(ValueError, match=message):
        arranged([Input(*one) for one in inputs], **fields)


def test_layers_become_maps():
    value = jnp.arange(24.0).reshape(2, 1, 4, 3)
    assert as_map(value).shape == (2, 4, 3)
    np.testing.assert_array_equal(as_map(jnp.moveaxis(value, -1, 1), channels=1), value[:, 0])
    assert as_map(jnp.zeros((2, 3))) is None and as_map(jnp.zeros((2, 3, 4, 5))) is None
    assert as_map(jnp.zeros((2, 1, 1, 5))).shape == (2, 1, 5)
