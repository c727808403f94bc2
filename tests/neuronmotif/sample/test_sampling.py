import collections
import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.neuronmotif import substructure
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.sample import enumeration, reservoir, sampling, seeds
from jaxmotif.neuronmotif.settings import SAMPLING, Sampling
from jaxmotif.neuronmotif.substructure import Substructure
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

SMALL = Sampling(
    population=80, generations=8, patience=3, cap=40, bins=5, exact_up_to=0, walk=10, polish=3, floor=0.0
)
NETWORK = tiny_stacks.random_stack(conv(3, 4, 2), conv(4, 3), seed=1, bias=0.0)


def found(network=NETWORK, neurons=(0, 1, 2), settings=SMALL, seed=0, chunk=1):
    several = sampling.sample_neurons(network, 2, list(neurons), None, settings, seed, chunk)
    return {one.neuron: one for one in several}


def same(first, second, times=1.0):
    """Whether a neuron was sampled alike, its activations multiplied."""
    return (
        np.array_equal(first.sample.words, second.sample.words)
        and np.array_equal(first.sample.values * np.float32(times), second.sample.values)
        and first.generations == second.generations
    )


@pytest.fixture(scope="module")
def alone():
    return found()


def test_other_neurons_and_their_number_change_nothing(alone):
    for neuron, one in found(neurons=(3, 0, 2, 1), chunk=2).items():
        assert neuron == 3 or same(one, alone[neuron])


def test_batches_that_take_in_neurons_as_others_end_are_the_same(alone, monkeypatch):
    monkeypatch.setattr(sampling, "SEGMENT", 3)
    start = sampling._starter(NETWORK, 2, None, SMALL, 0)
    several = {one.neuron: one for one in sampling._by_batch(start, collections.deque([2, 0, 1]), SMALL, 2)}
    assert sorted(several) == [0, 1, 2]
    assert all(same(several[neuron], alone[neuron]) for neuron in alone)


def test_as_on_an_accelerator(monkeypatch):
    # Neurons side by side, and XLA's convolution; other settings, so that all is compiled anew.
    settings = dataclasses.replace(SMALL, cap=30)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    several = found(settings=settings, chunk=2)
    assert sorted(several) == [0, 1, 2]
    for neuron, one in several.items():
        check(one, neuron)
    assert found(neurons=(), settings=settings) == {}


def test_a_seed_gives_one_result_and_another_gives_another(alone):
    again = found(neurons=(1,))
    assert same(again[1], alone[1])
    assert not same(found(neurons=(1,), seed=5)[1], alone[1])


def test_a_network_of_larger_activations_is_sampled_alike(alone):
    # 128 and not 100, so that nothing is rounded differently.
    kernel, bias = NETWORK.weights[1]
    larger = dataclasses.replace(
        NETWORK, weights=(NETWORK.weights[0], substructure.Weights(128 * kernel, 128 * bias))
    )
    for neuron, one in found(larger).items():
        assert same(alone[neuron], one, 128.0)


def check(one, neuron):
    letters = reservoir.letters(one.sample.words, 9)
    assert len(np.unique(letters, axis=0)) == len(letters) > 20
    values = tiny_stacks.activations(NETWORK, 2, letters)[:, 0, neuron]
    np.testing.assert_allclose(one.sample.values, values, rtol=1e-4, atol=1e-5)
    assert one.highest == one.sample.values[0] and (np.diff(one.sample.values) <= 0).all()
    assert 1 <= one.generations <= SMALL.generations


def test_what_is_sampled_has_the_activations_it_claims(alone):
    for neuron, one in alone.items():
        check(one, neuron)


@pytest.mark.parametrize("name, share", [("code", 1.0), ("text", 0.8)])
def test_the_true_maximum_is_found(name, share):
    # The text's search knows no scale: with activations this small it is little more than a random one.
    settings = dataclasses.replace(SAMPLING[name], population=300, generations=25, cap=200, exact_up_to=0)
    codes = tiny_stacks.all_sequences(9)
    highest = tiny_stacks.activations(NETWORK, 2, codes)[:, 0].max(0)
    for neuron, one in found(neurons=range(4), settings=settings).items():
        assert share * highest[neuron] <= one.highest * (1 + 1e-5) <= highest[neuron] * (1 + 2e-5)
        assert one.sample.values[0] == one.highest
        assert one.sample.values.min() >= settings.floor * one.highest


def test_motifs_of_samples_are_those_of_all_sequences():
    network = tiny_stacks.random_stack(conv(3, 3, 3), conv(3, 2), seed=2, bias=-0.1)
    settings = Sampling(population=400, cap=400, bins=10, exact_up_to=0, floor=0.0, walk=1000)
    exact = enumeration.enumerate_neurons(network, 2, range(3), settings)
    for neuron, one in found(network, settings=settings).items():
        letters = jnp.asarray(reservoir.letters(one.sample.words, 8))
        leaf = jnp.zeros(len(letters), jnp.int32)
        ppm = decouple.leaf_motifs(letters, jnp.asarray(one.sample.values), leaf, 1, settings.bins, False)[0][
            0
        ]
        truth = enumeration.ppm(exact.counts[neuron], exact.sums[neuron], exact.letters[neuron])
        assert one.highest == pytest.approx(exact.maximum[neuron], rel=1e-5)
        assert np.corrcoef(np.ravel(ppm), truth.ravel())[0, 1] >= 0.98
        assert np.abs(ppm - truth).max() < 0.06


def lower_layer(leaf_maximum, dead=(False, False, False)):
    """A decoded first layer of three neurons; neuron j's leaf is the letter j alone."""
    count, leaves = leaf_maximum.shape
    ppm = np.zeros((count, leaves, 4, 4), np.float32)
    for neuron in range(count):
        ppm[neuron, :, :, neuron] = 1.0
    row, table = np.zeros(count), np.zeros((count, leaves))
    return Decoded(
        name="tiny",
        layer=1,
        neurons=np.arange(count),
        radix=(),
        pooled=(),
        dead=np.array(dead),
        reason=("",) * count,
        exact=row > 0,
        maximum=leaf_maximum.max(1),
        generations=row,
        samples=row,
        ppm=ppm,
        nsites=(leaf_maximum > 0) * 50.0,
        leaf_maximum=leaf_maximum,
        consensus=table,
        drawn=table,
        agreement=row,
        best=np.zeros((count, 4), np.uint8),
    )


def reading(weights, below):
    """One neuron of layer 2 that reads the layer `below` by these weights; seeds use no others."""
    weights = jnp.asarray(weights)
    return Substructure((), weights, jnp.float32(0), (below, conv(1, len(weights))))


def test_seeds_carry_motifs_where_the_neuron_looks_for_them():
    lower = seeds.below(lower_layer(np.array([[2.0], [1.0], [3.0]])), NETWORK.convs[0])
    weights = np.array([[1.0, 0, -5], [0, 2, 0], [0.5, 0, 0]])  # kernel 3, channels 3
    odds = np.asarray(seeds.contributions(jnp.asarray(weights), lower.strength))
    np.testing.assert_allclose(odds, [[2, 0, 0], [0, 2, 0], [1, 0, 0]])
    one = dataclasses.replace(SMALL, insertions=1)
    key = jax.random.key(0)
    codes = np.asarray(seeds.seeds(key, reading(weights, NETWORK.convs[0]), lower, 5000, one))
    background = np.asarray(seeds.random_seeds(key, 5000, 9))
    changed = codes != background
    # Motif of neuron 0 at positions 0 and 2, of neuron 1 at position 1; each at one of two places of the
    # window.
    starts = {}
    for start in range(6):
        for letter in range(4):
            inside = np.zeros(9, bool)
            inside[start : start + 4] = True
            member = (codes[:, inside] == letter).all(1) & ~changed[:, ~inside].any(1) & changed.any(1)
            starts[start, letter] = member.sum() / 5000
    want = {(0, 0): 0.2, (1, 0): 0.2, (2, 1): 0.2, (3, 1): 0.2, (4, 0): 0.1, (5, 0): 0.1}
    for place, share in starts.items():
        assert share == pytest.approx(want.get(place, 0.0), abs=0.03), place


def test_seeds_leave_out_the_dead_and_draw_leaves_by_their_strength():
    strongest = np.array([[0.0, 2.0], [4.0, 1.0], [3.0, 3.0]])
    lower = seeds.below(lower_layer(strongest, (False, False, True)), NETWORK.convs[0])
    np.testing.assert_allclose(lower.strength, [2, 4, 0])
    np.testing.assert_allclose(lower.odds, [[0, 2], [4, 1], [3, 3]])
    # Tell the leaves of neuron 1 apart: leaf 1 is made of T.
    ppm = lower.ppm.at[1, 1].set(jnp.eye(4)[jnp.full(4, 3)])
    weights = jnp.asarray([[0.0, 1, 1]])
    for choice in ("drawn", "consensus"):
        settings = dataclasses.replace(SMALL, insertions=1, seeds=choice)
        codes = np.asarray(
            seeds.seeds(
                jax.random.key(1), reading(weights, conv(3, 4)), lower._replace(ppm=ppm), 2000, settings
            )
        )
        assert set(map(tuple, codes)) == {(1,) * 4, (3,) * 4}
        assert (codes[:, 0] == 1).mean() == pytest.approx(0.8, abs=0.04)


def test_seeds_are_random_where_nothing_is_known():
    lower = seeds.below(lower_layer(np.ones((3, 1))), NETWORK.convs[0])
    weights = -jnp.ones((3, 3))
    key = jax.random.key(2)
    codes = seeds.seeds(key, reading(weights, NETWORK.convs[0]), lower, 100, SMALL)
    np.testing.assert_array_equal(codes, seeds.random_seeds(key, 100, 9))


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="layer 2 of tiny has neurons 0 to 3, not 4"):
        found(neurons=(0, 4))
    with pytest.raises(ValueError, match="convolutions 1 to 2, not a layer 3"):
        list(sampling.sample_neurons(NETWORK, 3, [0], None, SMALL))
    part = lower_layer(np.ones((3, 1)))
    with pytest.raises(ValueError, match="seeds need all 5 neurons of layer 1 of tiny, 3 are decoded"):
        seeds.below(part, conv(5, 4))
