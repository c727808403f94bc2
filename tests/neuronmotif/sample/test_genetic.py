import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxmotif.neuronmotif.sample import genetic, reservoir
from jaxmotif.neuronmotif.settings import Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

KEY = jax.random.key(0)
next_population = jax.jit(genetic.next_population, static_argnums=(4, 5))
SMALL = Sampling(population=60, generations=12, patience=4, cap=40, bins=5, exact_up_to=0, walk=0, polish=4)


def neuron(seed=0, **settings):
    """One neuron of layer 2, its search after the seeds, and one compiled generation."""
    network = tiny_stacks.random_stack(conv(3, 4, 2), conv(2, 3), seed=seed, bias=0.0)
    value = network.substructure(2).neuron(1).activation
    chosen = dataclasses.replace(SMALL, **settings)
    codes = jax.random.randint(KEY, (chosen.population, 9), 0, 4, dtype=jnp.uint8)
    state = jax.jit(lambda codes: genetic.start(KEY, codes, value, chosen))(codes)
    return network, value, state, jax.jit(lambda s: genetic.generation(s, value, 2, chosen)), chosen


def test_letters_are_drawn_as_often_as_their_odds_say():
    odds = np.array([[1.0, 2, 3, 4], [0, 0, 5, 0], [0, 3, 0, 1], [0, 0, 0, 0]])
    drawn = np.asarray(
        genetic.draw_letters(KEY, jnp.broadcast_to(jnp.asarray(odds, jnp.float32), (20000, 4, 4)))
    )
    assert drawn.dtype == np.uint8
    want = [odds[0] / 10, odds[1] / 5, odds[2] / 4, np.full(4, 0.25)]
    for column, share in enumerate(want):
        counts = np.bincount(drawn[:, column], minlength=4)
        assert counts[share == 0].sum() == 0
        if (share > 0).sum() > 1:
            assert scipy.stats.chisquare(counts[share > 0], 20000 * share[share > 0]).pvalue > 0.001


def test_indices_are_drawn_as_often_as_their_odds_say():
    odds = np.array([0.0, 2, 0, 5, 1, 0])
    counts = np.bincount(np.asarray(genetic.draw_index(KEY, jnp.asarray(odds), (30000,))), minlength=6)
    assert counts[odds == 0].sum() == 0
    assert scipy.stats.chisquare(counts[odds > 0], 30000 * odds[odds > 0] / 8).pvalue > 0.001


def test_odds_of_mutations():
    x = np.array([[[0.0, 1, 0, 0], [1, 0, 0, 0]]])
    gradient = np.array([[[0.5, -0.25, 0, -1], [-3, 2, 0, 0.1]]])
    kept = genetic.mutation_odds(x, gradient, 2.0, "kept")
    np.testing.assert_allclose(kept, [[[1, 0.5, 0, 0], [0, 4, 0, 0.2]]], rtol=1e-6)
    text = genetic.mutation_odds(x, gradient, 2.0, "gradient")
    want = [[[1, np.exp(-0.5), 1, np.exp(-2)], [np.exp(-6), 4, 1, 0.2]]]
    np.testing.assert_allclose(text, want, rtol=1e-6)


def test_the_texts_mutation_of_some_positions():
    rng = np.random.default_rng(0)
    codes = np.tile(np.array([0, 1, 2, 3], np.uint8), (20000, 1))
    gradient = np.tile(rng.normal(size=(4, 4)), (20000, 1, 1))
    odds = genetic.mutation_odds(np.eye(4)[codes], jnp.asarray(gradient), 1.5, "positions", 0.3)
    drawn = np.asarray(genetic.draw_letters(KEY, odds))
    # Drawn as the text says where a position is chosen: a letter stays if it is not, or if it is drawn again.
    share = np.where(gradient[0] > 0, 1.5 * gradient[0], np.exp(1.5 * gradient[0]))
    want = 0.3 * share / share.sum(axis=1, keepdims=True) + 0.7 * np.eye(4)
    for place in range(4):
        counts = np.bincount(drawn[:, place], minlength=4)
        assert scipy.stats.chisquare(counts, 20000 * want[place]).pvalue > 0.001


def test_fitness_is_the_roulette_wheels():
    values = np.array([-2.0, -0.5, 0.0, 3.0])
    found = np.asarray(genetic.fitness(jnp.asarray(values)))
    want = np.where(values >= 0, values + 1, np.exp(values))
    np.testing.assert_allclose(found / found.sum(), want / want.sum(), rtol=1e-6)


def test_fitness_tells_parents_apart_far_below_zero():
    # exp(-300) is 0 in float32: without care every parent would be the same one.
    found = np.asarray(genetic.fitness(jnp.asarray([-302.0, -300.0, -301.0])))
    np.testing.assert_allclose(found / found.sum(), scipy.special.softmax([-2.0, 0.0, -1.0]), rtol=1e-5)


def test_rows_move_around_the_end():
    codes = np.random.default_rng(0).integers(0, 4, (6, 7)).astype(np.uint8)
    by = np.array([0, 1, 3, -1, -2, 7])
    want = [np.roll(row, -step) for row, step in zip(codes, by, strict=True)]
    np.testing.assert_array_equal(genetic.rotated(jnp.asarray(codes), jnp.asarray(by)), want)


def test_children_have_two_parents_and_one_cut():
    # Row i is made of letter i alone.
    codes = jnp.repeat(jnp.arange(4, dtype=jnp.uint8)[:, None], 10, axis=1)
    children = np.asarray(genetic.crossed(KEY, codes, jnp.array([1.0, 1, 2, 0]), 4001))
    assert children.shape == (4001, 10) and children.max() == 2
    assert ((np.diff(children.astype(int), axis=1) != 0).sum(axis=1) <= 1).all()
    first, second = children[:2000], children[2001:]
    assert len(np.unique(np.argmax(first != first[:, :1], axis=1))) == 10  # 0: no cut inside, and 1 to 9
    # The two of a pair share the cut: where one changes, so does the other, the other way round.
    np.testing.assert_array_equal(np.diff(first.astype(int)), -np.diff(second.astype(int)))
    # Letters as often as their parents' odds.
    share = np.bincount(children.reshape(-1), minlength=3) / children.size
    np.testing.assert_allclose(share, [0.25, 0.25, 0.5], atol=0.03)


@pytest.mark.parametrize("shifts", ["elite", "random"])
def test_the_next_population(shifts):
    settings = dataclasses.replace(SMALL, shifts=shifts, elite=0.1, shifted=0.2)
    rng = np.random.default_rng(3)
    codes, values = rng.integers(0, 4, (50, 12)).astype(np.uint8), rng.permutation(50).astype(np.float32)
    following = np.asarray(next_population(KEY, jnp.asarray(codes), values, values + 1, 4, settings))
    assert following.shape == (50, 12)
    best = codes[np.argsort(-values)[:5]]
    np.testing.assert_array_equal(following[:5], best)
    moved = following[5:15].reshape(2, 5, 12)
    sources = [best, best] if shifts == "elite" else [codes, codes]
    for direction, rows, source in zip((-1, 1), moved, sources, strict=True):
        for number, row in enumerate(rows):
            among = source[number : number + 1] if shifts == "elite" else source
            assert any((np.roll(among, direction * by, axis=1) == row).all(axis=1).any() for by in (1, 2, 3))
    # With nothing to shift, all but the elite are children.
    still = np.asarray(next_population(KEY, jnp.asarray(codes), values, values + 1, 1, settings))
    assert still.shape == (50, 12) and (still[:5] == best).all()


def test_the_elite_survives_and_records_only_rise():
    _, value, state, generation, settings = neuron(preserve=True)
    elite = settings.population // 10
    before = np.full(elite, -np.inf)
    for number in range(6):
        record, stale = float(state.record), int(state.stale)
        state = generation(state)
        assert state.codes.shape == (settings.population, 9) and int(state.generation) == number + 1
        best = np.asarray(value(state.codes[:elite]))
        assert (best >= before - 1e-5).all()  # rank by rank
        assert best[0] <= float(state.high) + 1e-5
        assert number == 0 or best[0] == pytest.approx(float(state.high), rel=1e-5)
        assert float(state.record) >= record
        assert int(state.stale) == (0 if float(state.record) > record else stale + 1)
        before = best


def test_the_search_stops_after_patience_or_generations():
    _, _, state, _, settings = neuron()
    for stale, number, ended in ((3, 3, False), (4, 5, True), (0, 12, True), (3, 11, False)):
        at = state._replace(stale=jnp.int32(stale), generation=jnp.int32(number))
        assert bool(genetic.done(at, settings)) is ended


def test_polished_sequences_are_no_worse_than_their_neighbours():
    network, value, state, generation, settings = neuron(seed=5)
    polished = jax.jit(lambda s: genetic.polish(s, value, settings))(generation(state))
    best, values = jax.device_get(reservoir.strongest(polished.kept, 1, 9))
    neighbours = np.repeat(best, 36, axis=0)
    for place in range(9):
        neighbours[4 * place : 4 * place + 4, place] = np.arange(4)
    assert tiny_stacks.activations(network, 2, neighbours)[:, 0, 1].max() <= values[0] + 1e-5
    assert float(polished.high) == pytest.approx(values[0])


def test_what_the_settings_refuse():
    for wrong, text in (
        (dict(mutation="other"), "unknown mutation 'other'; known: kept, gradient, positions"),
        (dict(population=7), "population must be 0 or at least 20, got 7"),
        (dict(elite=0.5, shifted=0.5), "must leave a share"),
        (dict(elite=0.05, shifted=0.2), "only the elite"),
        (dict(exact_up_to=13), "exact_up_to must be at most 12, got 13"),
        (dict(floor=1.0), "floor must be below 1, got 1.0"),
        (dict(mutated=0.0), "mutated must be above 0, got 0.0"),
        (dict(scale=0.0), "scale must be above 0, got 0.0"),
        (dict(generations=0), "generations must be at least 1, got 0"),
    ):
        with pytest.raises(ValueError, match=text):
            Sampling(**wrong)
    assert [Sampling().size(width) for width in (19, 51, 80, 144)] == [2000, 2000, 4000, 5000]
