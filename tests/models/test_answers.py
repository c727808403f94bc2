"""What outputs say by task, against formulas written out, and scores against what networks say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.targets import KINDS
from jaxmotif.interpret import attribution
from jaxmotif.models import zoo
from jaxmotif.models.answers import ANSWERS
from jaxmotif.models.network import Network
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


def test_a_function_has_a_task():
    network = Network.from_function(lambda x: (x[:, 0, :2], {}), 4, task="counts")
    np.testing.assert_allclose(network.probabilities(["ACGT", "CCGT"]), np.exp([[1, 0], [0, 1]]), rtol=1e-6)
    with pytest.raises(ValueError, match="task"):
        Network.from_function(lambda x: (x[:, 0, :2], {}), 4, task="votes")


def test_parts_of_sequences_are_read_for_the_class_that_is_asked():
    """The whole sequence as a part is the sequence: a class's own probability, not the first one's."""
    spec = zoo.get("CNN-RNN-small", length=30, outputs=3)
    network = Network.from_spec(spec, 1, task="multiclass")
    codes = dna.encode([small_run.letters(30, seed) for seed in range(3)])
    start, end = np.zeros(3, int), np.full(3, 30)
    expected = network.probabilities(codes)
    for target in (0, 2):
        found = network.part_probability(target=target)(dna.one_hot(codes), start, end)
        np.testing.assert_allclose(found, expected[:, target], rtol=1e-4)
    values = Network.from_spec(spec, 1, task="regression")
    with pytest.raises(ValueError, match="it has no probability of parts of a sequence"):
        values.part_probability()


def test_logits_of_any_size_have_a_probability(recwarn):
    z = np.array([[-1000.0, -100.0, 0.0, 100.0]], np.float32)
    np.testing.assert_allclose(ANSWERS["multilabel"].of(z), [[0.0, 3.8e-44, 0.5, 1.0]], atol=1e-43)
    assert not len(recwarn)
