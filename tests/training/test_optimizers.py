"""Rules of updates against Keras' formulas, written out in numpy."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmotif.training import presets
from jaxmotif.training.config import TrainConfig

RNG = np.random.default_rng(0)
GRADIENTS = RNG.normal(size=(12, 5, 3, 2)) * 2


def _run(config):
    """Kernel (5, 3, 2) and bias (5, 3, 2) after each of the gradients, the same for both."""
    optimizer = presets.optimizer(config)
    start = jnp.asarray(np.random.default_rng(1).normal(size=(5, 3, 2)), jnp.float32)
    params = {"conv1": {"kernel": start, "bias": start}}
    state, path = optimizer.init(params), []
    for gradient in GRADIENTS:
        g = jnp.asarray(gradient, jnp.float32)
        update, state = optimizer.update({"conv1": {"kernel": g, "bias": g}}, state, params)
        params = optax.apply_updates(params, update)
        path.append(params["conv1"])
    return np.asarray(start), path


def test_rmsprop_of_keras():
    start, path = _run(presets.preset("basset"))
    w, mean_square = start.astype(float), 0.0
    for gradient, found in zip(GRADIENTS, path, strict=True):
        mean_square = 0.9 * mean_square + 0.1 * gradient**2
        w = w - 2e-3 * gradient / (np.sqrt(mean_square) + 1e-7)
        np.testing.assert_allclose(found["kernel"], w, atol=1e-5)


def test_sgd_with_momentum_decay_and_largest_norms():
    config = TrainConfig().with_fields(rule="sgd", learning_rate=0.08, momentum=0.9, decay=0.01, max_norm=0.9)
    start, path = _run(config)
    kernel = bias = start.astype(float)
    velocity = 0.0
    for step, (gradient, found) in enumerate(zip(GRADIENTS, path, strict=True)):
        velocity = 0.9 * velocity + gradient
        update = 0.08 / (1 + 0.01 * step) * velocity
        kernel, bias = kernel - update, bias - update
        for column in np.ndindex(3, 2):
            norm = np.linalg.norm(kernel[(slice(None), *column)])
            kernel[(slice(None), *column)] *= min(norm, 0.9) / (norm + 1e-7)
        np.testing.assert_allclose(found["kernel"], kernel, atol=1e-5)
        np.testing.assert_allclose(found["bias"], bias, rtol=1e-5, atol=1e-5)


def test_presets_of_the_deep_networks():
    config = presets.preset("deepsea")
    rule, schedule = config.optimizer, config.schedule
    assert (rule.rule, rule.learning_rate, rule.momentum, rule.decay) == ("sgd", 0.08, 0.9, 8e-7)
    assert (schedule.batch_size, schedule.patience) == (16, 100)
    assert (config.objective.l2, rule.max_norm) == (1e-6, 0.9)
    schedules = {name: presets.preset(name).schedule for name in ("basset", "dd")}
    assert (schedules["basset"].batch_size, schedules["basset"].patience) == (128, 12)
    assert (schedules["dd"].epochs, schedules["dd"].patience) == (50, 5)
    assert presets.preset("bd").optimizer.rule == presets.preset("dd").optimizer.rule == "adam"


@pytest.mark.parametrize(
    "settings,message",
    [
        (dict(rule="lamb"), "unknown rule 'lamb'; known: adam, rmsprop, sgd"),
        (dict(momentum=0.9), "momentum 0.9 is of sgd; adam has none"),
        (dict(rule="sgd", momentum=1.0), "momentum must be below 1, got 1.0"),
        (dict(decay=-1.0), "decay must be at least 0, got -1.0"),
        (dict(max_norm=-1.0), "max_norm must be at least 0, got -1.0"),
    ],
)
def test_bad_rules_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig().with_fields(**settings)
