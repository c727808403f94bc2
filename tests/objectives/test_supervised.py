"""Unknown and weighted labels, against numpy and scikit-learn; data that cannot be read are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from jaxmotif import dna, keys
from jaxmotif.evaluate import classification
from jaxmotif.models import blocks
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.objectives import supervised
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.fit import Run, fit
from tests.helpers import compiled

SPEC = NetworkSpec("n", 12, 2, (Conv(3, 5, norm="none", dropout=0.0),), reduce="max")
PARAMS = compiled.weights(SPEC)["params"]
STATE = compiled.weights(SPEC)["batch_stats"]


def gradient_of(objective):
    return jax.jit(jax.value_and_grad(objective.loss, has_aux=True))


def _data(weights=None, unknown=True, rows=40):
    rng = np.random.default_rng(0)
    data = {
        "sequences": rng.integers(0, 4, (rows, 12)).astype(np.uint8),
        "labels": rng.integers(0, 2, (rows, 2)).astype(np.float32),
    }
    if unknown:
        data["labels"][rng.random((rows, 2)) < 0.3] = np.nan
    if weights:
        data["weights"] = rng.random((rows, 2)[:weights]).astype(np.float32)
    return data


@pytest.mark.parametrize("weights", [0, 1, 2])
def test_loss_and_auroc_are_scikit_learns(weights):
    data = jax.tree.map(jnp.asarray, _data(weights))
    objective = supervised.supervised(SPEC, masked=True)
    params, state = PARAMS, STATE
    logits = np.asarray(
        compiled.predict(SPEC, {"params": params, "batch_stats": state}, dna.one_hot(data["sequences"]))
    )
    labels = np.asarray(data["labels"])
    known = ~np.isnan(labels)
    own = np.broadcast_to(
        np.asarray(data.get("weights", np.ones(labels.shape))).reshape(len(labels), -1), labels.shape
    )
    expected = log_loss(labels[known], 1 / (1 + np.exp(-logits[known])), sample_weight=own[known])
    found = jax.jit(objective.validate)(params, state, data)
    assert float(found["cross_entropy"]) == pytest.approx(expected, rel=1e-5)
    areas = [roc_auc_score(labels[known[:, t], t], logits[known[:, t], t]) for t in range(2)]
    assert float(found["auroc"]) == pytest.approx(np.mean(areas), abs=1e-6)
    np.testing.assert_allclose(classification.auroc(labels, logits), areas, atol=1e-12)
    (total, _), gradient = gradient_of(objective)(params, state, data, keys.root(1))
    assert float(total) == pytest.approx(expected, rel=1e-5)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_a_batch_without_known_labels_teaches_nothing():
    data = _data()
    data["labels"] = np.full_like(data["labels"], np.nan)
    objective = supervised.supervised(SPEC, masked=True)
    params, state = PARAMS, STATE
    (total, _), gradient = gradient_of(objective)(params, state, data, keys.root(1))
    assert float(total) == 0 and all((np.asarray(leaf) == 0).all() for leaf in jax.tree.leaves(gradient))


def test_fit_masks_where_labels_are_unknown():
    config = TrainConfig().with_fields(epochs=2, batch_size=10)
    fitted = fit(SPEC, _data(1), _data(unknown=False), config, run=Run(quiet=True))
    assert all(np.isfinite(row["train/loss"][0]) for row in fitted.history)
    assert len(fitted.network) == 1 and fitted.epochs == [2]


@pytest.mark.parametrize(
    "change,message",
    [
        (dict(labels=np.full((40, 2), 3.0)), "labels are 0, 1, or NaN where unknown, got 3"),
        (dict(labels=np.full((40, 2), 2, np.uint8)), "labels are 0, 1, or NaN where unknown, got 2"),
        (dict(labels=np.zeros((30, 2))), "training data differ in length: 30 labels, 40 sequences"),
        (dict(labels=np.zeros((40, 3))), r"labels \(40, 3\) for 2 outputs"),
        (dict(weight=np.ones(40)), "hold sequences, labels, weight; wanted"),
        (dict(weights=np.full(40, -1.0)), "weights must be finite and not negative"),
        (dict(weights=np.ones((40, 3))), r"weights \(40, 3\) for labels \(40, 2\)"),
    ],
)
def test_data_that_cannot_be_read_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        fit(SPEC, _data() | change, _data(), run=Run(quiet=True))


def test_a_mask_that_masks_nothing_changes_nothing():
    data = jax.tree.map(jnp.asarray, _data(unknown=False))
    plain, masked = supervised.supervised(SPEC), supervised.supervised(SPEC, masked=True)
    one, other = (jax.jit(objective.validate)(PARAMS, STATE, data) for objective in (plain, masked))
    for name, value in one.items():
        assert float(other[name]) == pytest.approx(float(value), rel=1e-6)


@pytest.mark.parametrize("masked", [False, True])
def test_rows_that_data_were_filled_up_with_do_not_count(masked):
    validate = jax.jit(supervised.supervised(SPEC, masked=masked).validate)
    data = _data(unknown=masked)
    filled = blocks.filled(data, 3 * len(data["labels"]) + 1)
    measured = validate(PARAMS, STATE, filled, len(data["labels"]))
    for name, value in validate(PARAMS, STATE, jax.tree.map(jnp.asarray, data)).items():
        assert float(measured[name]) == pytest.approx(float(value), rel=1e-6)
