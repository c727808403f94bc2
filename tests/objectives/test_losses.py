"""Losses of classes, values and counts against scikit-learn and scipy, gradients against differences."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import log_loss, mean_squared_error, roc_auc_score

from jaxmotif import dna, keys
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.objectives import losses, supervised
from tests.helpers import compiled

SPEC = NetworkSpec("n", 12, 3, (Conv(3, 5, norm="none", dropout=0.0),), reduce="max")
WEIGHTS = compiled.weights(SPEC)
KINDS = ("multiclass", "regression", "counts")


@functools.cache
def parts(kind, masked):
    objective = supervised.supervised(SPEC, kind=kind, masked=masked)
    return jax.jit(objective.validate), jax.jit(jax.value_and_grad(objective.loss, has_aux=True))


def data_of(kind, unknown=False, weights=0, rows=40):
    rng = np.random.default_rng(1)
    labels = {
        "multiclass": np.eye(3)[rng.integers(0, 3, rows)],
        "regression": rng.normal(2, 3, (rows, 3)),
        "counts": rng.poisson(4, (rows, 3)),
    }[kind].astype(np.float32)
    if unknown:
        hidden = rng.random((rows, 1 if kind == "multiclass" else 3)) < 0.3
        labels[np.broadcast_to(hidden, labels.shape)] = np.nan
    data = {"sequences": rng.integers(0, 4, (rows, 12)).astype(np.uint8), "labels": labels}
    if weights:
        data["weights"] = rng.random(rows).astype(np.float32)
    return data


def expected(kind, logits, data):
    """The weighted mean over known labels, and the metric, by other programs."""
    labels = data["labels"].astype(np.float64)
    weights = np.broadcast_to(data.get("weights", np.ones(len(labels)))[:, None], labels.shape)
    known, logits = ~np.isnan(labels), logits.astype(np.float64)
    if kind == "multiclass":
        rows = known[:, 0]
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        true = labels[rows].argmax(axis=1)
        areas = [roc_auc_score(labels[rows, t], chances[rows, t]) for t in range(3)]
        return log_loss(true, chances[rows], sample_weight=weights[rows, 0], labels=[0, 1, 2]), np.mean(areas)
    pairs = [(labels[known[:, t], t], logits[known[:, t], t]) for t in range(3)]
    if kind == "regression":
        found = mean_squared_error(labels[known], logits[known], sample_weight=weights[known])
        return found, np.mean([scipy.stats.pearsonr(*pair)[0] for pair in pairs])
    own = -scipy.stats.poisson.logpmf(labels[known], np.exp(logits[known]))
    own -= scipy.special.gammaln(labels[known] + 1)  # log y! is left out
    return np.average(own, weights=weights[known]), np.mean(
        [scipy.stats.pearsonr(y, np.exp(z))[0] for y, z in pairs]
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("unknown", "weights"), [(False, 0), (True, 0), (True, 1)])
def test_loss_and_metric_are_those_of_other_programs(kind, unknown, weights):
    data = data_of(kind, unknown, weights)
    supervised.check(data, SPEC, kind=kind)
    masked = supervised.needs_mask(data)
    assert masked == unknown
    logits = np.asarray(compiled.predict(SPEC, WEIGHTS, dna.one_hot(jnp.asarray(data["sequences"]))))
    loss, metric = expected(kind, logits, data)
    validate, gradient = parts(kind, masked)
    found = validate(WEIGHTS["params"], WEIGHTS["batch_stats"], data)
    assert float(found[losses.NAMES[kind]]) == pytest.approx(loss, rel=1e-5)
    name = "auroc" if kind == "multiclass" else "pearson"
    assert float(found[name]) == pytest.approx(metric, abs=1e-5)
    (total, _), slopes = gradient(WEIGHTS["params"], WEIGHTS["batch_stats"], data, keys.root(1))
    assert float(total) == pytest.approx(loss, rel=1e-5)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slopes))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_finite_differences(kind):
    data = data_of(kind, unknown=True, weights=1)
    _, gradient = parts(kind, True)
    params = WEIGHTS["params"]
    slopes = gradient(params, WEIGHTS["batch_stats"], data, keys.root(1))[1]["output"]["bias"]
    for unit in range(3):
        ends = []
        for step in (-1e-2, 1e-2):
            bias = params["output"]["bias"] + np.float32(step) * np.eye(3, dtype=np.float32)[unit]
            moved = {**params, "output": {**params["output"], "bias": bias}}
            ends.append(float(gradient(moved, WEIGHTS["batch_stats"], data, keys.root(1))[0][0]))
        assert float(slopes[unit]) == pytest.approx((ends[1] - ends[0]) / 2e-2, rel=1e-2, abs=1e-4)


def test_what_is_no_target_is_refused():
    for kind, labels, said in (
        ("counts", [[-1.0, 0, 0]], "-1 is no count"),
        ("regression", [[np.inf, 0, 0]], "inf is no finite number"),
        ("multiclass", [[1.0, 1, 0]], "row 1 of the data is not of one class"),
        ("multiclass", [[1.0, np.nan, 0]], "row 1 of the data is not of one class"),
        ("multilabel", [[2.0, 0, 0]], "labels are 0, 1, or NaN"),
    ):
        data = {"sequences": np.zeros((1, 12), np.uint8), "labels": np.array(labels, np.float32)}
        with pytest.raises(ValueError, match=said):
            supervised.check(data, SPEC, kind=kind)
    with pytest.raises(ValueError, match="no AUROC of counts"):
        supervised.supervised(SPEC, kind="counts", criterion="auroc")
    with pytest.raises(ValueError, match="unknown kind"):
        supervised.supervised(SPEC, kind="ranks")


def test_correlation_leaves_out_what_is_masked():
    rng = np.random.default_rng(0)
    x, y, known = rng.normal(5, 1, 50), rng.normal(size=50), rng.random(50) < 0.6
    y[~known] = np.nan
    found = losses.correlation(jnp.asarray(y), jnp.asarray(x), jnp.asarray(known))
    assert float(found) == pytest.approx(scipy.stats.pearsonr(x[known], y[known])[0], abs=1e-5)
    assert np.isnan(float(losses.correlation(jnp.ones(5), jnp.arange(5.0))))
