"""Leaves without poolings: what is cut in two, and what stays whole."""

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from jaxmotif.apps.decode import inputs
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.leaves import by_maps, decouple
from jaxmotif.neuronmotif.sample import reservoir
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

SETTINGS = Decoupling(maps="always", fewest=10, draws=20)
FIRST, SECOND = [0, 1, 2, 3, 1], [3, 3, 0, 2, 0]


@functools.partial(jax.jit, static_argnums=3)
def run(neuron, codes, values, settings=SETTINGS):
    return decouple.decouple(jax.random.key(0), neuron, codes, values, 5, settings)


def either():
    """A chain without pooling whose last neuron answers to either of two words, at one of two places."""
    first = np.stack([np.eye(4)[FIRST] - 0.25, np.eye(4)[SECOND] - 0.25], axis=2)
    reads = np.zeros((4, 2, 1))
    reads[0], reads[3] = 1.0, 1.0
    return tiny_stacks.stack_of([conv(2, 5), conv(1, 4)], [(first, np.full(2, -2.0)), (reads, [-0.5])])


def planted(count, rng):
    """Random letters with one of the words at place 0 or 3 of 8, and which."""
    codes = rng.integers(0, 4, (count, 8)).astype(np.uint8)
    word, place = rng.integers(0, 2, (2, count))
    codes[np.arange(count)[:, None], 3 * place[:, None] + np.arange(5)] = np.array([FIRST, SECOND])[word]
    return codes, 2 * place + word


def test_words_and_places_are_parted_where_nothing_is_pooled():
    network = either()
    neuron = network.substructure(2).neuron(0)
    codes, truth = planted(1200, np.random.default_rng(0))
    values = neuron.activation(codes)
    found = jax.device_get(run(neuron, codes, values))
    # One map below: one cut. All four parts need two.
    assert found.nsites.shape == (2,) and adjusted_rand_score(found.labels, truth) > 0.4
    twice = jax.device_get(run(neuron, codes, values, dataclasses.replace(SETTINGS, repeats=2)))
    assert adjusted_rand_score(twice.labels, truth) > 0.95
    assert adjusted_rand_score(twice.labels, twice.other) > 0.95
    consensus = {tuple(ppm.argmax(1)) for ppm in twice.ppm[twice.nsites > 0]}
    places = {(tuple(one[:5]), 0) for one in consensus} | {(tuple(one[3:]), 3) for one in consensus}
    assert {(tuple(word), place) for word in (FIRST, SECOND) for place in (0, 3)} <= places


def test_by_default_maps_are_for_what_is_not_pooled():
    plain, pooled = either().substructure(2), tiny_stacks.planted(3, kernel=2).substructure(2)
    assert decouple.radix(plain, Decoupling()) == ((2,), (1,))
    assert decouple.radix(plain, Decoupling(maps="never")) == ((), ())
    assert decouple.radix(pooled, Decoupling()) == ((3,), (1,))
    assert decouple.radix(pooled, Decoupling(maps="always", repeats=2)) == ((2, 2), (1, 1))
    deep = tiny_stacks.random_stack(*[conv(2, 2)] * 8).substructure(8)
    assert by_maps.levels(deep, 4) == (7, 5, 3, 1) and by_maps.levels(deep, 1) == (7,)


def test_one_motif_stays_whole():
    """Letters that are independent of each other are described best together, whatever clusters there are."""
    network = tiny_stacks.random_stack(conv(3, 4), conv(2, 3), seed=2, bias=0.3)
    rng = np.random.default_rng(0)
    ppm = rng.dirichlet(np.ones(4), 6)
    codes = np.stack([rng.choice(4, 2000, p=row) for row in ppm], axis=1).astype(np.uint8)
    found = run(network.substructure(2).neuron(0), codes, jnp.ones(2000))
    assert found.nsites.tolist() == [2000, 0]


def by_counting(codes, real, sets, labels, count, clusters):
    """Nats of a whole set less those of its parts, letter by letter."""

    def nats(codes):
        shares = [(codes == letter).mean(0) for letter in range(4)]
        return -len(codes) * sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0).sum() for p in shares)

    found = []
    for number in range(count):
        own = real & (sets == number)
        parts = [own & (labels == c) for c in range(clusters)]
        parts = [part for part in parts if part.any()]
        which = -sum(part.sum() * np.log(part.sum() / own.sum()) for part in parts)
        price = (len(parts) - 1) * (3 * codes.shape[1] + 1) / 2 * np.log(real.sum())
        found.append(nats(codes[own]) - sum(nats(codes[part]) for part in parts) - which - price)
    return found


def test_descriptions_are_those_by_counting():
    rng = np.random.default_rng(1)
    codes, sets, labels = (rng.integers(0, most, size) for most, size in ((4, (400, 7)), (3, 400), (2, 400)))
    labels[sets == 2] = 0
    real = rng.random(400) < 0.8
    rows = np.eye(4, dtype=np.float32)[codes].reshape(400, -1)
    found = by_maps.shorter(jnp.asarray(rows), jnp.asarray(real), sets, labels, 3, 2)
    np.testing.assert_allclose(found, by_counting(codes, real, sets, labels, 3, 2), atol=0.05)


def test_the_authors_network_has_the_leaves_of_its_poolings(shared_data):
    """demo2's second layer, of which every sequence is tried: one pooling below, of two."""
    path = shared_data / "neuronmotif_demo2" / "weight.hdf5"
    if not path.is_file():
        pytest.skip(f"no network at {path}")
    network = inputs.network(path)
    settings = decode_layer.Settings(Sampling(cap=300), Decoupling(draws=20), motif_seeds=False)
    rows, near = 4000, []
    for neuron, _, sample in decode_layer.decode_neurons(network, 2, range(3), None, settings):
        one, count = network.substructure(2).neuron(neuron), len(sample.values)
        codes, values = np.zeros((rows, 12), np.uint8), np.zeros(rows, np.float32)
        codes[:count], values[:count] = reservoir.letters(sample.words, 12), sample.values
        maps = np.asarray(run(one, codes, values, dataclasses.replace(SETTINGS, fewest=50)).labels)[:count]
        own = adjusted_rand_score(sample.labels, sample.other)
        near.append((adjusted_rand_score(sample.labels, maps), own))
    # As near as clusters and winners' places are to each other, or nearer.
    assert all(between >= min(own, 0.8) for between, own in near), near
    assert all(between >= 0.8 for between, _ in near), near


def test_maps_of_a_layer_are_read_once_for_each_digit():
    combined = list(itertools.product((1, 2, 3), (1, 2)))
    for layers, repeats in combined:
        whole = tiny_stacks.random_stack(*[conv(2, 2)] * (layers + 1)).substructure(layers + 1)
        sizes, numbers = decouple.radix(whole, Decoupling(repeats=repeats))
        assert sizes == (2,) * layers * repeats and numbers == tuple(range(layers, 0, -1)) * repeats
