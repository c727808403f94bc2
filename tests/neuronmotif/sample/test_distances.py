"""Two words at a free distance: the walk against all of 4^12 sequences that activate the neuron."""

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats

from jaxmotif.neuronmotif.sample import genetic, moves, reservoir, walk
from jaxmotif.neuronmotif.settings import Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

KEY = jax.random.key(3)
WIDTH, WORDS = 12, ([0, 1, 2], [3, 3, 1])
SETTINGS = Sampling(
    population=1200,
    cap=400,
    bins=5,
    exact_up_to=0,
    walk=200,
    doublings=0,
    walkers=1200,
    polish=0,
    floor=0.0,
)
# What the walk could do before: letters, and the whole sequence.
OLD = (0.9, 0.1, 0.0, 0.0, 0.0)


def two_words():
    """A neuron that answers where ACG stands in the first five places and TTC in the last five."""
    first = np.zeros((3, 4, 2))
    for channel, word in enumerate(WORDS):
        first[np.arange(3), word, channel] = 1.0
    second = np.zeros((2, 2, 1))
    second[0, 0] = second[1, 1] = 1.0
    convs = (conv(2, 3, 5), conv(1, 2))
    # 1 for each word that is there, of 1.5 that are wanted.
    return tiny_stacks.stack_of(convs, [(first, [-2.0, -2.0]), (second, [-1.5])])


def distances(codes):
    """From the first word's start to the second one's, for sequences with exactly one of each; else 0."""
    windows = np.lib.stride_tricks.sliding_window_view(codes, 3, axis=1)
    at = [(windows[:, :5] == WORDS[0]).all(2), (windows[:, 5:] == WORDS[1]).all(2)]
    one = (at[0].sum(1) == 1) & (at[1].sum(1) == 1)
    return np.where(one, 5 + at[1].argmax(1) - at[0].argmax(1), 0)


@functools.cache
def truth():
    """Every sequence with a positive activation, checked against the network."""
    found, free = [], tiny_stacks.all_sequences(WIDTH - 6)
    for first, second in itertools.product(range(5), range(5, 10)):
        places = np.concatenate([first + np.arange(3), second + np.arange(3)])
        codes = np.empty((len(free), WIDTH), np.uint8)
        if second < first + 3:
            continue  # these two words do not overlap
        codes[:, np.setdiff1d(np.arange(WIDTH), places)] = free
        codes[:, places] = np.concatenate(WORDS)
        found.append(codes)
    codes = np.unique(np.concatenate(found), axis=0)
    assert (tiny_stacks.activations(two_words(), 2, codes)[:, 0, 0] > 0).all()
    others = np.random.default_rng(0).integers(0, 4, (100_000, WIDTH)).astype(np.uint8)
    active = tiny_stacks.activations(two_words(), 2, others)[:, 0, 0] > 0
    known = {row.tobytes() for row in codes}
    assert active.any() and all(
        (row.tobytes() in known) == yes for row, yes in zip(others, active, strict=True)
    )
    return codes


@functools.cache
def walked(shares, steps=SETTINGS.walk):
    """Kept sequences after a walk of which all walkers begin five apart."""
    settings = dataclasses.replace(SETTINGS, walk=steps)
    codes = truth()
    codes = codes[distances(codes) == 5]
    codes = codes[np.random.default_rng(0).choice(len(codes), SETTINGS.population)]
    neuron = two_words().substructure(2).neuron(0)

    @jax.jit
    def run(codes):
        state = genetic.start(KEY, codes, neuron.activation, settings)
        # What was seen before must not fill gaps: only walkers count.
        return walk.walk(state, neuron, settings, shares)

    return jax.device_get(run(jnp.asarray(codes)))


def p_of(codes):
    """Of the distances of a sample without replacement, against those of all sequences."""
    want, got = (np.bincount(distances(some), minlength=10) for some in (truth(), codes))
    used = want > 0
    expected = want[used] * got.sum() / want.sum()
    shrunk = 1 - (got.sum() - 1) / (want.sum() - 1)
    statistic = ((got[used] - expected) ** 2 / expected).sum() / shrunk
    return scipy.stats.chi2.sf(statistic, used.sum() - 1)


def test_distances_of_the_sample_are_those_of_all_sequences():
    state = walked(moves.SHARES)
    sample = reservoir.sample(state.kept, 5, 10_000)
    codes = reservoir.letters(sample.words, WIDTH)
    # A row holds 1024 sequences at most.
    assert len(truth()) > 50_000 and len(codes) > 800
    assert p_of(codes) > 0.01
    assert (np.asarray(state.rhat) < 1.02).all() and int(state.steps) == 200


def test_without_moves_that_change_distances_the_sample_is_wrong():
    def p_after(*how):
        return p_of(reservoir.letters(reservoir.sample(walked(*how).kept, 5, 10_000).words, WIDTH))

    # In 12 letters words are soon made anew elsewhere, letter by letter; even so it takes longer.
    assert p_after(OLD) < 0.01
    assert p_after(OLD, 100) < 1e-20 < 1e-8 < p_after(moves.SHARES, 100)


def test_the_walk_goes_on_until_walkers_have_mixed():
    codes = truth()
    neuron = two_words().substructure(2).neuron(0)
    settings = SETTINGS.__class__(**{**SETTINGS.__dict__, "walk": 16, "doublings": 1, "mixed": 1.0001})

    @functools.partial(jax.jit, static_argnums=(1, 2))
    def run(codes, settings, shares):
        return walk.walk(genetic.start(KEY, codes, neuron.activation, settings), neuron, settings, shares)

    state = run(jnp.asarray(codes[::85][:1200]), settings, OLD)
    # From all distances, and none of the moves that change them: the groups stay what they were.
    assert int(state.steps) == 32 and float(state.rhat[3]) > Sampling().mixed
    content = SETTINGS.__class__(**{**settings.__dict__, "walk": 32, "mixed": 1000.0})
    assert int(run(jnp.asarray(codes[::85][:1200]), content, OLD).steps) == 32


def test_of_fewer_steps_than_draws_nothing_is_said():
    codes = truth()
    neuron = two_words().substructure(2).neuron(0)
    settings = SETTINGS.__class__(**{**SETTINGS.__dict__, "walk": 30, "doublings": 0})

    @jax.jit
    def run(codes):
        return walk.walk(genetic.start(KEY, codes, neuron.activation, settings), neuron, settings)

    state = run(jnp.asarray(codes[::85][:1200]))
    assert int(state.steps) == 30 and np.isnan(np.asarray(state.rhat)).all()
