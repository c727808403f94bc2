import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.neuronmotif.sample import genetic, reservoir, walk
from jaxmotif.neuronmotif.settings import Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

KEY = jax.random.key(1)
SETTINGS = Sampling(
    population=600,
    generations=5,
    cap=400,
    bins=5,
    exact_up_to=0,
    walk=600,
    doublings=0,
    walkers=600,
    polish=2,
    floor=0.0,
)


def test_rows_are_the_reservoirs():
    values = np.array([-1.0, 0.0, 0.2, 0.5, 19.9, 20.0, 500.0], np.float32)
    np.testing.assert_array_equal(walk.rows_of(values, jnp.float32(0.5)), [-1, -1, 0, 1, 39, 39, 39])


@functools.partial(jax.jit, static_argnums=2)
def _walked(neuron, codes, settings):
    state = genetic.start(KEY, codes, neuron.activation, settings)
    return state, walk.walk(state, neuron, settings)


def walked(network, settings, codes):
    """Neuron 0 of layer 2, before and after."""
    return _walked(network.substructure(2).neuron(0), jnp.asarray(codes), settings)


def test_a_biased_sample_becomes_representative():
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(2, 2), seed=2, bias=0.3)
    every = tiny_stacks.all_sequences(6)
    truth = tiny_stacks.activations(network, 2, every)[:, 0, 0]
    # What the search left: relatives, all but a few with A in front.
    rng = np.random.default_rng(0)
    biased = every[rng.choice(len(every), 600)]
    biased[20:, :2] = 0
    before, after = walked(network, SETTINGS, biased)
    assert float(after.kept.unit) >= float(before.kept.unit)
    kept = reservoir.sample(after.kept, SETTINGS.bins, SETTINGS.cap)
    letters = reservoir.letters(kept.words, 6)
    values = tiny_stacks.activations(network, 2, letters)[:, 0, 0]
    np.testing.assert_allclose(kept.values, values, rtol=1e-4, atol=1e-5)
    bins = [reservoir.bins_of(v, 5, truth.max()) for v in (truth, kept.values)]
    for number in range(5):
        real, drawn = every[(bins[0] == number) & (truth > 0)], letters[bins[1] == number]
        if len(real) < 30:
            continue
        # Distinct sequences of a bin: as a draw without replacement among the real ones.
        assert 0.5 * min(len(real), 400) < len(drawn) <= len(real)
        expected = np.eye(4)[real].mean(0)
        error = np.sqrt(expected * (1 - expected) / len(drawn)) * np.sqrt(1 - (len(drawn) - 1) / len(real))
        assert (np.abs(np.eye(4)[drawn].mean(0) - expected) <= 4.5 * error + 0.01).all()


def test_walkers_stay_above_the_floor_and_the_best_is_never_lost():
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(2, 2), seed=2, bias=0.3)
    codes = np.random.default_rng(0).integers(0, 4, (600, 6)).astype(np.uint8)
    settings = dataclasses.replace(SETTINGS, floor=0.6, cap=20)
    before, after = walked(network, settings, codes)
    kept = reservoir.sample(after.kept, 5, 20, 0.6)
    assert kept.values.min() >= 0.6 * float(before.high) - 1e-5
    assert kept.values[0] == float(after.high) >= float(before.high)


def test_without_positive_activations_nobody_walks():
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(2, 2), seed=2, bias=-30.0)
    codes = np.random.default_rng(0).integers(0, 4, (600, 6)).astype(np.uint8)
    _, after = walked(network, SETTINGS, codes)
    assert float(after.kept.unit) == 0 and float(after.high) < 0
    assert len(reservoir.sample(after.kept, 5, 20).values) == 0


def test_rows_that_the_search_left_empty_are_filled_like_the_others():
    network = tiny_stacks.random_stack(conv(3, 3, 3), conv(3, 2), seed=2, bias=-0.1)
    every = tiny_stacks.all_sequences(8)
    truth = tiny_stacks.activations(network, 2, every)[:, 0, 0]
    # Nothing of a fifth in the middle, nor of the uppermost.
    seen = every[(truth < 0.8 * truth.max()) & ((truth < 0.3 * truth.max()) | (truth > 0.5 * truth.max()))]
    rng = np.random.default_rng(0)
    positive = tiny_stacks.activations(network, 2, seen)[:, 0, 0] > 0
    codes = np.concatenate(
        [seen[rng.choice(len(seen), 400)], seen[rng.choice(np.flatnonzero(positive), 200)]]
    )
    _, after = walked(network, dataclasses.replace(SETTINGS, cap=500, walk=400), codes)
    edges = np.array([0.05, 0.3, 0.5, 0.8, 1.001]) * truth.max()
    kept = np.asarray(after.kept.value)[np.asarray(after.kept.priority) != reservoir.EMPTY]
    found, there = (np.histogram(values, edges)[0] for values in (kept, truth))
    assert (there > 50).all() and (found <= there + 2).all()
    # A few lose their slot to others of their row.
    assert (found > 0.85 * there).all()


def test_walkers_come_back_to_low_activations():
    """Matches with a word of 20 letters: 10 matches are 2^33 times as frequent as 20.

    Every one of the eleven rows has 128 x 400 / 11 = 4,655 visits in the second half; where g of the lowest
    is learnt too fast, walkers leave it for good.
    """
    rng = np.random.default_rng(0)
    word = rng.integers(0, 4, 20)
    network = tiny_stacks.stack_of([conv(1, 20)], [(np.eye(4)[word][:, :, None], np.zeros(1))])
    settings = dataclasses.replace(SETTINGS, cap=2000, bins=20, walk=800, walkers=128, floor=0.5)
    codes = rng.integers(0, 4, (600, 20)).astype(np.uint8)
    for number, row in enumerate(codes):  # relatives of the word, as a search leaves them
        like = rng.random(20) < number / 600
        row[like] = word[like]
    neuron = network.substructure(1).neuron(0)
    _, after = _walked(neuron, jnp.asarray(codes), settings)
    kept = reservoir.sample(after.kept, settings.bins, settings.cap, 0.0)
    distinct = np.bincount(kept.values.round().astype(int), minlength=21)[10:]
    assert (distinct[:5] > 4655 / 10).all(), distinct
