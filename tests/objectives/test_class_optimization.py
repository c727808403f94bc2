"""Class optimisation against closed forms, and by the trainer that trains weights."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna, keys
from jaxmotif.interpret import class_optimization
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.training import loop
from jaxmotif.training.config import ScheduleConfig

MOTIF = dna.encode(["TGACTCAG"])[0]
ROWS = {"update": jnp.zeros(50)}


def _quadratic(weights):
    """Two classes whose log p is linear: with a penalty of the norm the optimum is weights / (2 lambda)."""
    return lambda x: jnp.stack([(weights * x).sum((1, 2)), -(weights * x).sum((1, 2))], axis=1)


def _site(x):
    """log p of having MOTIF somewhere: the best of all words, as a convolution and a maximum."""
    kernel = dna.one_hot(MOTIF)
    places = x.shape[1] - len(MOTIF) + 1
    words = jnp.stack([x[:, i : i + places] for i in range(len(MOTIF))], axis=2)
    logit = 4 * (jnp.einsum("bpwc,wc->bp", words, kernel).max(axis=1) - 6.5)
    return jax.nn.log_sigmoid(jnp.stack([logit, -logit], axis=1))


def _train(function, length, classes, config, epochs=20, members=range(2)):
    objective = class_optimization.class_optimization(function, length, classes, config)
    state, history = loop.train(
        objective,
        class_optimization.optimizer(config),
        ScheduleConfig(epochs, 1, patience=0),
        ROWS,
        ROWS,
        loop.Members(members, keys.root(0)),
        loop.Run(quiet=True),
    )
    return objective, state, history


def test_the_norm_is_penalised():
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)
    config = ClassConfig(space="free", penalty=0.5, learning_rate=0.002)
    _, state, _ = _train(_quadratic(weights), 6, [0, 1], config, epochs=40)
    # RMSprop takes steps of its rate to the end.
    np.testing.assert_allclose(state.params["matrix"][0, 0], weights, atol=0.02)
    np.testing.assert_allclose(state.params["matrix"][0, 1], -weights, atol=0.02)


def test_a_class_goes_its_own_way():
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)
    config = ClassConfig(space="free", jitter=0.0)
    _, both, _ = _train(_quadratic(weights), 6, [0, 1], config, epochs=2)
    _, alone, _ = _train(_quadratic(weights), 6, [1], config, epochs=2)
    np.testing.assert_allclose(both.params["matrix"][:, 1], alone.params["matrix"][:, 0], atol=1e-6)


def test_penalties_are_members_of_one_program():
    """The optimum of each is weights / (2 lambda), and each is as if it were alone."""
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)
    config = ClassConfig(space="free", learning_rate=0.002)
    objective = class_optimization.class_optimization(_quadratic(weights), 6, [0], config)
    penalties, jitters = [0.5, 1.0, 0.5], [0.01, 0.01, 0.2]
    state, _ = loop.train(
        objective,
        class_optimization.optimizer(config),
        ScheduleConfig(40, 1, patience=0),
        ROWS,
        ROWS,
        loop.Members([0, 0, 0], keys.root(0), {"penalty": penalties, "jitter": jitters}),
        loop.Run(quiet=True),
    )
    for place, penalty in enumerate(penalties):
        found = state.params["matrix"][place, 0]
        np.testing.assert_allclose(found, weights / (2 * penalty), atol=0.02)


def test_class_motifs_of_several_penalties_are_those_of_each():
    net = Network.from_spec(zoo.get("CNN-25 (4)", length=20, outputs=1))
    config = ClassConfig(steps=20, starts=2)
    strict, loose = class_optimization.class_motifs_by_penalty(
        net, ["output1"], [1.0, 0.01], config, quiet=True
    )
    for found, penalty in ((strict, 1.0), (loose, 0.01)):
        own = dataclasses.replace(config, penalty=penalty)
        alone = class_optimization.class_motifs(net, ["output1"], own, quiet=True)["output1"]
        np.testing.assert_allclose(found["output1"].ppm, alone.ppm, atol=1e-4)
    assert not np.allclose(strict["output1"].ppm, loose["output1"].ppm, atol=1e-2)
    with pytest.raises(ValueError, match="penalty must be at least 0"):
        class_optimization.class_motifs_by_penalty(net, ["output1"], [-1.0], config)
    with pytest.raises(ValueError, match="penalty must be below inf"):
        class_optimization.class_motifs_by_penalty(net, ["output1"], [0.1, np.inf], config)
    with pytest.raises(ValueError, match="no penalties"):
        class_optimization.class_motifs_by_penalty(net, ["output1"], [], config)


@pytest.mark.parametrize("start", class_optimization.STARTS)
def test_the_least_information_is_the_motif(start):
    config = ClassConfig(start=start)
    objective, state, history = _train(_site, 30, [0], config, members=range(3))
    ppm = np.asarray(class_optimization.inputs(state.params["matrix"], config))[:, 0]
    best = int(np.argmin(history[-1]["valid/loss"]))
    bits = 2 + (ppm[best] * np.log2(ppm[best] + 1e-9)).sum(axis=1)
    strong = np.flatnonzero(bits > 1)
    assert len(strong) == len(MOTIF) and np.ptp(strong) == len(MOTIF) - 1
    assert ppm[best, strong].argmax(axis=1).tolist() == MOTIF.tolist()
    # Everywhere else nothing is left.
    assert np.delete(bits, strong).max() < 0.3
    assert history[-1]["valid/log_p"][best] > -0.1 > history[0]["train/log_p"][best]


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="no class 2: there are 2, from 0"):
        class_optimization.class_optimization(_site, 12, [2])
    for settings, message in (
        (dict(space="open"), "unknown space 'open'"),
        (dict(start="zeros"), "unknown start 'zeros'"),
        (dict(jitter=-1.0), "jitter must be at least 0, got -1.0"),
        (dict(samples=0), "samples must be at least 1, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            ClassConfig(**settings)


def test_classes_and_penalties_are_judged_by_one_program():
    traced = []

    def function(x_bl4):
        traced.append(len(x_bl4))
        return jnp.stack([x_bl4[:, 0, 0], x_bl4[:, 1, 1], x_bl4[:, 2, 2]], axis=1), {}

    config, counts = ClassConfig(steps=5, starts=2, samples=2), []
    for classes, penalties in ((["output1"], [0.1]), (["output1", "output3"], [0.1, 1.0, 2.0])):
        net = Network.from_function(function, 6)
        before = len(traced)
        found = class_optimization.class_motifs_by_penalty(net, classes, penalties, config, quiet=True)
        counts.append(len(traced) - before)
        assert len(found) == len(penalties) and list(found[0]) == classes
    assert counts[1] <= counts[0]
