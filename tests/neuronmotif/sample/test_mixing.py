import jax.numpy as jnp
import numpy as np
import scipy.stats

from jaxmotif.neuronmotif.sample import mixing


def by_hand(values_gmt):
    """Nested split R-hat in loops (Margossian et al. 2024), on normal scores by scipy."""
    scores = scipy.stats.norm.ppf(
        (scipy.stats.rankdata(values_gmt.ravel()) - 0.375) / (values_gmt.size + 0.25)
    ).reshape(values_gmt.shape)
    half = values_gmt.shape[2] // 2
    groups = [part for group in scores for part in (group[:, :half], group[:, half : 2 * half])]
    between = np.var([group.mean() for group in groups], ddof=1)
    within = np.mean(
        [group.mean(1).var(ddof=1) + np.mean([chain.var(ddof=1) for chain in group]) for group in groups]
    )
    return np.sqrt(1 + between / within)


def test_rhat_against_loops():
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=(4, 6, 10)), rng.integers(0, 5, (3, 4, 9)) + np.arange(3)[:, None, None]):
        found = mixing.scalar_rhat(jnp.asarray(values, jnp.float32))
        np.testing.assert_allclose(found, by_hand(values), rtol=1e-4)


def test_groups_that_stay_apart_and_walkers_that_drift_are_told():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(8, 16, 16))
    assert mixing.scalar_rhat(jnp.asarray(mixed)) < 1.01
    apart = mixed.copy()
    apart[0] += 3
    assert mixing.scalar_rhat(jnp.asarray(apart)) > 1.2
    drifting = mixed + np.linspace(0, 3, 16)
    assert mixing.scalar_rhat(jnp.asarray(drifting)) > 1.2
    # Heavy tails do not hide it: ranks count.
    assert mixing.scalar_rhat(jnp.asarray(np.exp(3 * apart))) > 1.2


def test_what_never_varies_is_mixed():
    assert mixing.scalar_rhat(jnp.zeros((4, 4, 8))) == 1


def test_rhat_of_letters():
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 4, (8, 16, 16, 12)).astype(np.uint8)
    assert mixing.letters_rhat(jnp.asarray(codes)) < 1.01
    stuck = codes.copy()
    stuck[:, ..., :4] = np.arange(8)[:, None, None, None] % 4
    found = mixing.letters_rhat(jnp.asarray(stuck))
    assert found > 1.2
    one_hot = np.eye(4)[stuck]
    parts = [
        mixing.between_and_within(jnp.asarray(one_hot[..., place, letter]))
        for place in range(12)
        for letter in range(4)
    ]
    between, within = np.sum(parts, axis=0)
    np.testing.assert_allclose(found, np.sqrt(1 + between / within), rtol=1e-4)
