import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from jaxmotif.objectives import ranking

AUROC = jax.jit(ranking.auroc)


def _case(seed, n, levels):
    """Labels with both classes, and scores on `levels` values (0: no ties)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    labels[:2] = 0, 1
    scores = rng.normal(size=n) + labels
    if levels:
        scores = np.floor(scores * levels) / levels
    return labels.astype(np.float32), scores.astype(np.float32)


@pytest.mark.parametrize("levels", [0, 1, 3])
@pytest.mark.parametrize("n", [2, 7, 500, 20_000])
def test_equals_scikit_learn(n, levels):
    labels, scores = _case(n + levels, n, levels)
    assert float(AUROC(labels, scores)) == pytest.approx(roc_auc_score(labels, scores), abs=2e-7)


def test_counts_every_pair():
    labels = np.array([1, 0, 1, 0, 0, 1])
    scores = np.array([0.5, 0.5, 0.9, 0.1, 0.9, 0.1])
    wins = [(p > q) + 0.5 * (p == q) for p in scores[labels == 1] for q in scores[labels == 0]]
    assert float(AUROC(labels, scores)) == pytest.approx(np.mean(wins), abs=1e-7)


def test_constant_scores_give_one_half():
    labels, _ = _case(0, 101, 0)
    assert float(AUROC(labels, np.zeros(101))) == 0.5


def test_perfect_and_reversed():
    labels = np.r_[np.zeros(70_000), np.ones(70_000)]
    scores = np.arange(140_000, dtype=np.float32)
    # 4.9e9 pairs: more than 32 bits hold.
    assert float(AUROC(labels, scores)) == 1.0
    assert float(AUROC(labels, -scores)) == 0.0


def test_infinite_scores_and_signed_zeros():
    labels = np.array([1, 0, 1, 0, 1, 0])
    scores = np.array([np.inf, -np.inf, 0.0, -0.0, np.inf, np.inf], np.float32)
    wins = [(p > q) + 0.5 * (p == q) for p in scores[labels == 1] for q in scores[labels == 0]]
    assert float(AUROC(labels, scores)) == pytest.approx(np.mean(wins), abs=1e-7)


def test_vmap_equals_loop():
    cases = [_case(seed, 60, seed % 3) for seed in range(5)]
    labels, scores = (np.stack(part) for part in zip(*cases, strict=True))
    batched = jax.vmap(AUROC)(labels, scores)
    np.testing.assert_array_equal(batched, [AUROC(*case) for case in cases])


def test_masked_rows_do_not_count():
    labels, scores = _case(1, 50, 3)
    padded_labels, padded_scores = np.r_[labels, np.ones(9)], np.r_[scores, np.full(9, -7.0)]
    padded_scores[-1] = np.nan
    mask = np.arange(59) < 50
    assert float(AUROC(padded_labels, padded_scores, mask)) == float(AUROC(labels, scores))


def test_undefined_is_nan():
    assert np.isnan(AUROC(np.ones(4), np.arange(4.0)))
    assert np.isnan(AUROC(np.array([0, 1]), np.array([np.nan, 1.0])))
    assert np.isnan(AUROC(np.zeros(0), np.zeros(0)))


def test_refuses_mismatched_shapes():
    with pytest.raises(ValueError, match=r"\(3,\) and \(4,\)"):
        ranking.auroc(jnp.zeros(3), jnp.zeros(4))
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        ranking.auroc(jnp.zeros(3), jnp.zeros(3), jnp.ones(2))
