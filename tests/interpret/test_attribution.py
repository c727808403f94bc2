"""Attribution against closed forms, finite differences and substitution by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import attribution
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from tests.helpers import compiled

CODES = np.random.default_rng(0).integers(0, 4, (5, 20)).astype(np.uint8)
WEIGHTS = jnp.asarray(np.random.default_rng(1).normal(size=(20, 4)), jnp.float32)


def _linear(weights, x):
    return (weights * x).sum(axis=(1, 2))


LINEAR = jax.tree_util.Partial(_linear, WEIGHTS)


@pytest.fixture(scope="module", name="score")
def fixture_score():
    spec = zoo.get("CNN-RNN-small", length=20)
    variables = compiled.weights(spec)
    return jax.tree_util.Partial(jax.jit(lambda v, x: compiled.predict(spec, v, x)[:, 0]), variables)


def _own(weights):
    return np.take_along_axis(np.broadcast_to(weights, (5, 20, 4)), CODES[..., None].astype(int), 2)[..., 0]


def test_a_linear_score_is_its_weights():
    own = _own(WEIGHTS)
    np.testing.assert_allclose(attribution.attribute(LINEAR, CODES, "signed"), own, rtol=1e-6)
    np.testing.assert_allclose(attribution.attribute(LINEAR, CODES, "saliency"), np.abs(own), rtol=1e-6)
    centred = _own(WEIGHTS - WEIGHTS.mean(axis=1, keepdims=True))
    np.testing.assert_allclose(attribution.attribute(LINEAR, CODES, "corrected"), centred, atol=1e-6)
    # The mean loss over three mutations, and the way from the mean letter, are the centred weight again.
    np.testing.assert_allclose(
        attribution.attribute(LINEAR, CODES, "mutagenesis"), centred * 4 / 3, atol=1e-5
    )
    np.testing.assert_allclose(attribution.attribute(LINEAR, CODES, "integrated"), centred, atol=1e-5)


@pytest.fixture(scope="module", name="smooth")
def fixture_smooth():
    """A network without kinks, where difference quotients and quadrature rules converge fast."""
    spec = zoo.get("RNN-medium", length=20)
    variables = compiled.weights(spec)
    return jax.jit(lambda x: 100 * compiled.predict(spec, variables, x)[:, 0])


def test_gradients_equal_finite_differences(smooth):
    x = dna.one_hot(CODES[:2])
    found = np.asarray(jax.jit(lambda x: attribution.gradient(smooth, x))(x))
    step = 1e-2
    for position, letter in ((0, 0), (7, 2), (19, 3)):
        change = jnp.zeros_like(x).at[:, position, letter].set(step)
        difference = (smooth(x + change) - smooth(x - change)) / (2 * step)
        np.testing.assert_allclose(found[:, position, letter], difference, rtol=0.01, atol=2e-3)


def test_integrated_gradients_are_complete(smooth, score):
    x = dna.one_hot(CODES)
    integrated = jax.jit(attribution.integrated_gradients, static_argnums=(0, 3))
    for baseline in (0.25, 0.0):
        start = jnp.full_like(x, baseline)
        found = integrated(smooth, x, baseline, 12)
        np.testing.assert_allclose(found.sum(axis=(1, 2)), smooth(x) - smooth(start), atol=2e-3)
        # Past the kinks of a ReLU the rule converges slowly.
        found = integrated(score, x, baseline, 300)
        np.testing.assert_allclose(found.sum(axis=(1, 2)), score(x) - score(start), atol=1e-4)


def test_mutagenesis_equals_substitution(score):
    found = np.asarray(jax.jit(lambda x: attribution.mutagenesis(score, x))(dna.one_hot(CODES)))
    own = np.asarray(score(dna.one_hot(CODES)))
    for position, letter in ((0, 1), (11, 0), (19, 2)):
        mutated = CODES.copy()
        mutated[:, position] = letter
        expected = np.asarray(score(dna.one_hot(mutated))) - own
        np.testing.assert_allclose(found[:, position, letter], expected, atol=1e-5)
    present = np.take_along_axis(found, CODES[..., None].astype(int), 2)
    assert np.abs(present).max() < 1e-6


@pytest.mark.parametrize("method", attribution.METHODS)
def test_n_has_no_value_and_batches_do_not_matter(score, method):
    codes = CODES.copy()
    codes[:, 3] = dna.N
    found = attribution.attribute(score, codes, method)
    assert found.shape == (5, 20) and np.isfinite(found).all()
    assert np.all(found[:, 3] == 0)
    np.testing.assert_allclose(attribution.attribute(score, codes, method, batch_size=2), found, atol=1e-5)


# Of rescale there are tests of its own.
CENTRED = ("corrected", "mutagenesis")


@pytest.mark.parametrize("method", CENTRED)
def test_hypothetical_contributions_of_a_linear_score_are_its_centred_weights(method):
    found = attribution.hypothetical_contributions(LINEAR, CODES, method)
    centred = np.asarray(WEIGHTS - WEIGHTS.mean(axis=1, keepdims=True))
    assert found.shape == (5, 20, 4) and found.dtype == np.float32
    np.testing.assert_allclose(found, np.broadcast_to(centred, found.shape), atol=1e-5)


@pytest.mark.parametrize("method", attribution.HYPOTHETICAL)
def test_four_letters_sum_to_nothing_and_n_has_no_value(score, method):
    codes = CODES.copy()
    codes[1, 3] = dna.N
    found = attribution.hypothetical_contributions(score, codes, method)
    assert np.all(found[1, 3] == 0) and np.any(found[1, 4] != 0) and np.any(found[0, 3] != 0)
    if method in CENTRED:
        np.testing.assert_allclose(found.sum(axis=2), 0, atol=1e-5)
    again = attribution.hypothetical_contributions(score, codes, method, batch_size=2)
    np.testing.assert_allclose(again, found, atol=1e-5)


def test_hypothetical_contributions_are_differences_of_scores(smooth):
    codes = CODES[:2]
    exact = attribution.hypothetical_contributions(smooth, codes, "mutagenesis")
    slopes = attribution.hypothetical_contributions(smooth, codes)
    for position in (0, 7, 19):
        changed = np.repeat(codes[:, None], 4, axis=1)
        changed[:, np.arange(4), position] = np.arange(4)
        scores = np.asarray(smooth(dna.one_hot(changed.reshape(8, -1)))).reshape(2, 4)
        np.testing.assert_allclose(
            exact[:, position], scores - scores.mean(axis=1, keepdims=True), rtol=1e-3, atol=1e-3
        )
        # From one letter to another: half a small step of each.
        step = 1e-2
        for a, b in ((0, 1), (2, 3)):
            way = jnp.zeros((20, 4)).at[position, a].set(-step / 2).at[position, b].set(step / 2)
            x = dna.one_hot(codes)
            slope = (smooth(x + way) - smooth(x - way)) / step
            np.testing.assert_allclose(
                slopes[:, position, b] - slopes[:, position, a], slope, rtol=0.01, atol=4e-3
            )


@pytest.mark.parametrize("method", attribution.HYPOTHETICAL)
def test_an_ensemble_contributes_the_mean_of_its_networks(method):
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=24, outputs=2), members=2)
    codes = np.random.default_rng(3).integers(0, 4, (3, 24)).astype(np.uint8)
    read = lambda one: attribution.hypothetical_contributions(one, codes, method, target=1)
    each = [read(network.member(i)) for i in range(2)]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(read(network), np.mean(each, axis=0), atol=1e-5)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="unknown method 'saliency'; known: corrected, mutagenesis, rescale"):
        attribution.hypothetical_contributions(LINEAR, CODES, "saliency")
    with pytest.raises(ValueError, match="unknown method 'lime'"):
        attribution.attribute(LINEAR, CODES, "lime")
    with pytest.raises(ValueError, match="sequences are base codes"):
        attribution.attribute(LINEAR, CODES[0])


@pytest.mark.parametrize("method", list(attribution.METHODS))
def test_a_score_of_several_targets_is_refused(method):
    codes = np.zeros((3, 8), np.uint8)
    score = lambda x: jnp.stack([x.sum((1, 2)), x[:, 0, 0]], axis=1)
    with pytest.raises(ValueError, match=r"not \(3, 2\); choose one target, as Network.score\(target=...\)"):
        attribution.attribute(score, codes, method)
