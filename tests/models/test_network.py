"""The class Network against one-by-one predictions; calls do not compile twice."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.models import forward
from jaxmotif.models.geometry import Geometry
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec, conv_shapes, parameter_count
from tests.helpers import compiled

SPEC = NetworkSpec("n", 20, 2, (Conv(4, 5, pool=2), Conv(3, 3)), reduce="max")
CODES = np.random.default_rng(0).integers(0, 4, (7, 20)).astype(np.uint8)
X = dna.one_hot(CODES)
BOTH = Network.from_spec(SPEC, 3, 3, strands="random", classes=("a", "b"))


def _expected(network):
    """Logits (members, N, T) of both strands, one by one."""
    turned = X[:, ::-1, ::-1]
    variables = map(network.member_variables, range(len(network)))
    return np.stack([(forward.predict(SPEC, v, X) + forward.predict(SPEC, v, turned)) / 2 for v in variables])


def test_predictions_are_means_over_members_and_strands():
    expected = _expected(BOTH)
    np.testing.assert_allclose(BOTH.logits(CODES, by_member=True), expected, atol=1e-6)
    np.testing.assert_allclose(BOTH.logits(Dataset(CODES), batch_size=3), expected.mean(0), atol=1e-6)
    chances = 1 / (1 + np.exp(-expected.mean(0)))
    np.testing.assert_allclose(BOTH.probabilities(CODES), chances, atol=1e-6)
    for target in (1, "b"):
        np.testing.assert_allclose(BOTH.score(target)(X), expected.mean(0)[:, 1], atol=1e-6)
        np.testing.assert_allclose(BOTH.score(target, "probability")(X), chances[:, 1], atol=1e-6)
        log = BOTH.score(target, kind="log_probability")(X)
        np.testing.assert_allclose(log, np.log(chances[:, 1]), atol=1e-5)
    np.testing.assert_allclose(BOTH.take([2, 0]).logits(CODES), expected[[2, 0]].mean(0), atol=1e-6)


def test_a_second_call_does_not_compile():
    # Of an architecture of its own: nothing has been compiled for it.
    spec = NetworkSpec("counted", 20, 1, (Conv(2, 3),), reduce="max")
    traced = []

    def function(variables, x):
        traced.append(x.shape)
        return forward.predict(spec, variables, x), {1: forward.features(spec, variables, x, 1)}

    one, other = (compiled.weights(spec, seed) for seed in (0, 1))
    network = Network.from_function(function, 20, variables=one, strands="random")
    network.logits(CODES)
    score = jax.jit(lambda score, x: score(x))
    score(network.score(), X)
    traced.clear()
    again = network.replace(variables=jax.tree.map(lambda leaf: leaf[None], other))
    assert not np.allclose(again.logits(CODES), network.logits(CODES))
    score(again.score(), X)
    assert not [shape for shape in traced if shape != (1, 20, 4)]


def test_features_and_geometry_are_those_of_the_spec():
    for layer, shape in enumerate(conv_shapes(SPEC), 1):
        maps = forward.features(SPEC, BOTH.member_variables(1), X, layer)
        np.testing.assert_array_equal(BOTH.features(layer, 1)(X), maps)
        np.testing.assert_array_equal(BOTH.apply(BOTH.member_variables(1), X)[1][layer], maps)
        assert BOTH.geometry(layer)[:3] == (shape.width, shape.left, shape.jump)
    assert BOTH.geometry(1).pool == 2


def test_an_ablated_filter_hands_on_its_mean():
    one = BOTH.member(1)
    score = one.ablated_score(CODES, target="b")
    variables = one.member_variables(0)
    np.testing.assert_allclose(score(X, jnp.ones(4)), one.score("b")(X), atol=1e-6)
    mean = forward.mean_map(SPEC, variables, X).mean(axis=0)
    keep = jnp.asarray([1.0, 0, 1, 1])
    hook = {1: lambda h: h.at[:, :, 1].set(mean[1])}
    turned = X[:, ::-1, ::-1]
    expected = sum(forward.predict(SPEC, variables, x, hook)[:, 1] for x in (X, turned)) / 2
    np.testing.assert_allclose(score(X, keep), expected, atol=1e-6)
    with pytest.raises(ValueError, match="ablate each member"):
        BOTH.ablated_score(CODES)


def test_one_output_has_two_classes():
    one = Network.from_spec(
        NetworkSpec("n", 20, 1, (Conv(2, 3),), reduce="max"), classes=("bound", "unbound")
    )
    np.testing.assert_array_equal(one.score("unbound")(X), -one.score("bound")(X))


def test_any_function_is_a_network():
    weights = np.random.default_rng(0).normal(size=(20, 4, 2)).astype(np.float32)
    network = Network.from_function(
        lambda x: (jnp.einsum("blc,lct->bt", x, weights), {1: x}), 20, layers={1: Geometry(1, 0, 1)}
    )
    expected = np.einsum("blc,lct->bt", X, weights)
    np.testing.assert_allclose(network.logits(CODES), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(network.features(1)(X), X)
    assert (len(network), network.outputs, network.geometry(1).width) == (1, 2, 1)
    with pytest.raises(ValueError, match="made from a function and cannot be saved"):
        network.save("nowhere")
    with pytest.raises(ValueError, match=r"logits of 2 sequences must be \(2, T\), got \(2,\)"):
        Network.from_function(lambda x: (x.sum((1, 2)), {}), 20)


@pytest.mark.parametrize(
    "call,message",
    [
        (lambda: BOTH.logits(CODES[:, :9]), "n reads 20 nt, sequences have 9"),
        (lambda: BOTH.logits(CODES.astype(int)), "sequences are base codes, uint8"),
        (lambda: BOTH.score("c"), "n has no class 'c'; it has: a, b"),
        (lambda: BOTH.score(2), "n has classes 0 to 1, not 2"),
        (lambda: BOTH.score(0, "odds"), "unknown kind 'odds'"),
        (lambda: BOTH.features(3), "n has convolutions 1 to 2, asked for number 3"),
        (lambda: BOTH.member(3), "n has members 0 to 2, not 3"),
        (lambda: Network.from_spec(SPEC, members=0), "at least 1 member, got 0"),
    ],
)
def test_wrong_questions_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_network_is_a_pytree_with_a_short_name():
    assert parameter_count(SPEC) == 4 * 5 * 4 + 8 + 3 * 4 * 3 + 6 + 3 * 2 + 2 == 138
    assert repr(BOTH) == "Network('n', members=3, length=20, classes=('a', 'b'), parameters=138)"
    same = jax.tree.map(lambda leaf: leaf, BOTH)
    np.testing.assert_array_equal(same.logits(CODES), BOTH.logits(CODES))
