import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sklearn.cluster
from sklearn.metrics import adjusted_rand_score

from jaxmotif.neuronmotif.leaves.kmeans import kmeans as unjitted
from jaxmotif.neuronmotif.leaves.kmeans import plus_plus, squared_distances
from jaxmotif.neuronmotif.settings import Decoupling

KEY = jax.random.key(0)
kmeans = jax.jit(unjitted, static_argnums=(4, 5, 6))


def blobs(sets, clusters, rows=60, spread=0.3, offset=0.0, seed=0):
    """Features (N, 5), the set of each row, and its blob, in random order."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(scale=2.0, size=(sets, clusters, 5)) + offset
    which = (
        np.stack(np.meshgrid(np.arange(sets), np.arange(clusters)), -1).reshape(-1, 2).repeat(rows, axis=0)
    )
    rng.shuffle(which)
    features = centres[which[:, 0], which[:, 1]] + spread * rng.normal(size=(len(which), 5))
    return features.astype(np.float32), which[:, 0].astype(np.int32), which[:, 1]


def inertia(rows, weights, labels):
    total = 0.0
    for label in np.unique(labels):
        own, mass = rows[labels == label].astype(float), weights[labels == label].astype(float)
        if mass.sum():
            total += mass @ np.square(own - np.average(own, axis=0, weights=mass)).sum(1)
    return total


@pytest.mark.parametrize("clusters", [2, 3, 4])
def test_each_set_is_clustered_as_by_itself(clusters):
    rows, sets, _ = blobs(3, clusters, spread=1.0)
    weights = np.random.default_rng(1).uniform(0.1, 3.0, len(rows)).astype(np.float32)
    found = np.asarray(kmeans(KEY, rows, weights, sets, 3, clusters, Decoupling(restarts=8)).labels)
    assert found.min() >= 0 and found.max() < clusters
    for number in range(3):
        own = sets == number
        other = sklearn.cluster.KMeans(clusters, n_init=8, random_state=0)
        other.fit(rows[own], sample_weight=weights[own])
        assert inertia(rows[own], weights[own], found[own]) <= 1.02 * other.inertia_


@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_blobs_are_found_wherever_they_lie(offset):
    rows, sets, blob = blobs(2, 4, offset=offset)
    found = np.asarray(
        kmeans(KEY, rows, np.ones(len(rows), np.float32), sets, 2, 4, Decoupling(restarts=5)).labels
    )
    for number in range(2):
        assert adjusted_rand_score(blob[sets == number], found[sets == number]) > 0.98


def test_rows_without_weight_move_nothing():
    rows, sets, _ = blobs(2, 3)
    rng = np.random.default_rng(2)
    weights = (rng.random(len(rows)) < 0.5).astype(np.float32)
    changed = np.where(weights[:, None] > 0, rows, rng.normal(scale=50.0, size=rows.shape).astype(np.float32))
    first, second = (np.asarray(kmeans(KEY, x, weights, sets, 2, 3).labels) for x in (rows, changed))
    np.testing.assert_array_equal(first[weights > 0], second[weights > 0])


def test_sets_of_one_row_one_point_or_none():
    rows = np.array([[0.0, 1], [5, 5], [5, 5], [5, 5], [1, 1], [9, 9]], np.float32)
    sets = np.array([0, 1, 1, 1, 3, 3], np.int32)
    found = np.asarray(kmeans(KEY, rows, np.ones(6, np.float32), sets, 4, 2).labels)
    assert len(set(found[1:4])) == 1 and found[4] != found[5]
    assert found.min() >= 0 and found.max() <= 1


def test_distances_are_to_the_own_sets_centres():
    rng = np.random.default_rng(0)
    rows, centres, sets = rng.normal(size=(7, 3)), rng.normal(size=(2, 4, 3)), np.array([0, 1, 1, 0, 0, 1, 0])
    want = np.square(rows[:, None] - centres[sets]).sum(2)
    np.testing.assert_allclose(
        squared_distances(rows, jnp.asarray(centres), jnp.asarray(sets)), want, atol=1e-5
    )


def test_first_centres_are_rows_of_their_set_drawn_far_apart():
    rows, sets, blob = blobs(2, 3, spread=0.01)
    weights = np.ones(len(rows), np.float32)
    for number in range(4):
        centres = np.asarray(plus_plus(jax.random.key(number), jnp.asarray(rows), weights, sets, 2, 3))
        for own in range(2):
            places = [np.flatnonzero((rows == centre).all(1) & (sets == own)) for centre in centres[own]]
            assert sorted(blob[place[0]] for place in places) == [0, 1, 2]
