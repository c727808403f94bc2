"""What outputs say by task, against formulas written out, and scores against what networks say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.targets import KINDS
from jaxmotif.interpret import attribution
from jaxmotif.models.answers import ANSWERS
from tests.helpers import small_run

Z = np.random.default_rng(0).normal(0, 4, (2, 5, 3))
TEXTS = [small_run.letters(small_run.LENGTH, seed) for seed in range(4)]


def said(task, z):
    return {
        "multilabel": lambda: 1 / (1 + np.exp(-z)),
        "multiclass": lambda: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
        "regression": lambda: z,
        "counts": lambda: np.exp(z),
    }[task]()


def scaled(task, z):
    if task != "multiclass":
        return z
    p = said(task, z)
    return np.log(p / (1 - p))


@pytest.mark.parametrize("task", KINDS)
def test_links_and_scales(task):
    answer = ANSWERS[task]
    np.testing.assert_allclose(answer.of(Z), said(task, Z), rtol=1e-12)
    np.testing.assert_allclose(answer.on_scale(Z), scaled(task, Z), rtol=1e-9)
    np.testing.assert_allclose(answer.on_scale(Z, 1), scaled(task, Z)[..., 1], rtol=1e-9)
    np.testing.assert_allclose(answer.back(answer.on_scale(Z), np), said(task, Z), rtol=1e-9)
    z = Z.astype(np.float32)
    np.testing.assert_allclose(answer.of(jnp.asarray(z), jnp), said(task, Z), rtol=2e-5)
    np.testing.assert_allclose(answer.on_scale(jnp.asarray(z), xp=jnp), scaled(task, Z), rtol=1e-4, atol=1e-5)
    assert answer.is_probability == (task in ("multilabel", "multiclass"))


def test_large_outputs_of_classes_stay_finite():
    z = np.array([[1e4, -1e4, 0.0]])
    np.testing.assert_array_equal(ANSWERS["multiclass"].on_scale(z), [[1e4, -2e4, -1e4]])
    np.testing.assert_array_equal(ANSWERS["multiclass"].of(z), [[1, 0, 0]])


@pytest.mark.parametrize("task", KINDS)
@pytest.mark.parametrize("strands", ["given", "random"])
def test_a_networks_scores_are_of_what_it_says(task, strands):
    network = small_run.network(outputs=3, strands=strands, task=task)
    logits = network.logits(TEXTS).astype(float)
    np.testing.assert_allclose(network.probabilities(TEXTS), said(task, logits), rtol=1e-5)
    x = dna.one_hot(dna.encode(TEXTS))
    for target in range(3):
        np.testing.assert_allclose(network.score(target)(x), scaled(task, logits)[:, target], atol=2e-6)
    if task in ("multilabel", "multiclass"):
        p = said(task, logits)[:, 1]
        np.testing.assert_allclose(network.score(1, "probability")(x), p, rtol=1e-5)
        np.testing.assert_allclose(network.score(1, "log_probability")(x), np.log(p), rtol=1e-5)
        if strands == "given":
            expected = np.log(said(task, logits))
            np.testing.assert_allclose(network.log_probabilities()(x), expected, rtol=1e-5)
        return
    for ask in (
        lambda: network.score(1, "probability"),
        network.log_probabilities,
    ):
        with pytest.raises(ValueError, match=f"small was trained for {task}: it has no"):
            ask()


def test_contributions_to_one_class_among_several_are_to_its_log_odds():
    """What raises the outputs of all classes alike says nothing of any."""
    network = small_run.network(outputs=3, members=1, task="multiclass")
    codes = dna.encode(TEXTS)

    def log_odds(x):
        z, _ = network.apply(network.member_variables(0), x)
        p = jax.nn.softmax(z)[:, 2]
        return jnp.log(p) - jnp.log1p(-p)

    np.testing.assert_allclose(
        attribution.attribute(network, codes, "mutagenesis", target=2),
        attribution.attribute(log_odds, codes, "mutagenesis"),
        atol=1e-5,
    )
