import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from jaxmotif import dna
from jaxmotif.interpret import ablation

UNITS, TASKS = 5, 3


def network(weights, x_bl4, keep_k):
    """Max over positions of filters one letter wide and pairs of letters, masked, then linear."""
    pairs = jnp.concatenate([x_bl4[:, :-1], x_bl4[:, 1:]], -1)
    hidden = jnp.max(jax.nn.relu(pairs @ weights[0]), axis=1)
    return (hidden * keep_k) @ weights[1]


def _case(n=61):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (n, 6)).astype(np.uint8)
    weights = (
        rng.normal(size=(8, UNITS)).astype(np.float32),
        rng.normal(size=(UNITS, TASKS)).astype(np.float32),
    )
    logits = np.asarray(network(weights, dna.one_hot(codes), np.ones(UNITS)))
    labels = (logits - np.median(logits, 0) + rng.normal(size=logits.shape) > 0).astype(np.float32)
    return codes, labels, weights


def _metrics(weights, codes, labels, keep):
    logits = np.asarray(network(weights, dna.one_hot(codes), keep), np.float64)
    losses = [log_loss(y, 1 / (1 + np.exp(-z))) for y, z in zip(labels.T, logits.T, strict=True)]
    aurocs = [roc_auc_score(y, z) for y, z in zip(labels.T, logits.T, strict=True)]
    return np.array(losses), np.array(aurocs), logits.mean(0)


@pytest.mark.parametrize("batch_size,at_once", [(256, 16), (7, 2), (61, 1)])
def test_equals_ablating_one_by_one(batch_size, at_once):
    codes, labels, weights = _case()
    groups = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]])
    result = ablation.importance(
        jax.tree_util.Partial(network, weights),
        codes,
        labels,
        groups=groups,
        batch_size=batch_size,
        groups_at_once=at_once,
    )
    loss, auroc, mean = _metrics(weights, codes, labels, np.ones(UNITS))
    np.testing.assert_allclose(result.log_loss, loss, rtol=1e-5)
    np.testing.assert_allclose(result.auroc, auroc, atol=1e-9)
    for g, group in enumerate(groups):
        loss_g, auroc_g, mean_g = _metrics(weights, codes, labels, 1 - group)
        np.testing.assert_allclose(result.log_loss_increase[g], loss_g - loss, atol=1e-5)
        np.testing.assert_allclose(result.auroc_drop[g], auroc - auroc_g, atol=1e-9)
        np.testing.assert_allclose(result.mean_shift[g], mean - mean_g, atol=1e-5)
    np.testing.assert_array_equal(result.log_loss_increase[3], 0)
    np.testing.assert_allclose(result.auroc_drop[2], auroc - 0.5)


def test_units_are_groups_of_one_and_one_task_has_no_task_axis():
    codes, labels, weights = _case()
    first = lambda x, keep: network(weights, x, keep)[:, 0]
    single = ablation.importance(first, codes, labels[:, 0], units=UNITS)
    assert single.log_loss_increase.shape == (UNITS,) and np.ndim(single.auroc) == 0
    full = ablation.importance(jax.tree_util.Partial(network, weights), codes, labels, groups=np.eye(UNITS))
    np.testing.assert_allclose(single.log_loss_increase, full.log_loss_increase[:, 0], atol=1e-6)


def test_one_compilation_for_all_batches_groups_and_parameters():
    codes, labels, weights = _case()
    traced = []

    def counted(w, x, keep):
        traced.append(x.shape)
        return network(w, x, keep)

    for scale in (1, 2):
        part = jax.tree_util.Partial(counted, (weights[0] * scale, weights[1]))
        ablation.importance(part, codes, labels, units=UNITS, batch_size=8, groups_at_once=4)
    # Compiled for blocks of eight; traced for two rows and three, to see what a row takes.
    assert sorted(traced) == [(rows, 6, 4) for rows in (2, 3, 8)]


def test_one_class_leaves_auroc_undefined_but_not_the_loss():
    codes, labels, weights = _case()
    labels[:, 1] = 1
    result = ablation.importance(jax.tree_util.Partial(network, weights), codes, labels, units=UNITS)
    assert np.isnan(result.auroc_drop[:, 1]).all() and np.isfinite(result.auroc_drop[:, 0]).all()
    assert np.isfinite(result.log_loss_increase).all()


def test_bad_input_is_named():
    codes, labels, weights = _case()
    score = jax.tree_util.Partial(network, weights)
    for arguments, message in [
        (dict(labels=labels), "units=None and groups=None"),
        (dict(labels=labels, units=2, groups=np.eye(5)), "either units or groups"),
        (dict(labels=labels, groups=np.full((2, 5), 0.5)), "0 and 1 only"),
        (dict(labels=labels[:9], units=5), r"\(9, 3\) for 61 sequences"),
        (dict(labels=labels + 1, units=5), "labels must be 0 or 1"),
        (dict(labels=labels[:, :2], units=5), r"\(61, 3\) do not fit labels \(61, 2\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            ablation.importance(score, codes, **arguments)
    bad = lambda x, keep: network(weights, x, keep) / 0
    with pytest.raises(ValueError, match="not finite"):
        ablation.importance(bad, codes, labels, units=UNITS)
