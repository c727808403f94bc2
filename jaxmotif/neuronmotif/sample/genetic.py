"""The weighted genetic algorithm that samples the sequences a neuron answers to (Wei et al. 2021, Methods).

Everything here is about one neuron; `sampling.py` runs it for many at once. A neuron's random numbers depend
on its own key and the generation alone.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys
from jaxmotif.neuronmotif.sample import moves, reservoir
from jaxmotif.neuronmotif.settings import Sampling


class State(NamedTuple):
    """One neuron's search.

    Attributes:
      key: its random stream.
      codes: the population, uint8 (n, R).
      generation: number done.
      record: largest mean activation of a generation.
      stale: generations in a row without a new record.
      low, high: smallest and largest activation seen.
      kept: the sample.
      steps: of the walk; 0 before it.
      rhat: after the walk, of activation, letters, and place and distance of the neuron's two strongest
        parts, (4,); NaN before.
    """

    key: jax.Array
    codes: jax.Array
    generation: jax.Array
    record: jax.Array
    stale: jax.Array
    low: jax.Array
    high: jax.Array
    kept: reservoir.Reservoir
    steps: jax.Array
    rhat: jax.Array


# Odds of letters that are all 0.
_TINY = 1e-30


def draw_letters(key: jax.Array, odds_nl4: jax.Array) -> jax.Array:
    """Draws one letter for each row of relative odds (..., 4); uniform where all are 0. uint8 (...)."""
    below = jnp.cumsum(odds_nl4, axis=-1)
    total = below[..., 3:]
    below = jnp.where(total > 0, below, jnp.array([0.25, 0.5, 0.75, 1.0]))
    point = jax.random.uniform(key, total.shape) * below[..., 3:]
    return (point >= below[..., :3]).sum(axis=-1).astype(jnp.uint8)


def draw_index(key: jax.Array, odds_n: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Draws indices with these relative odds, with replacement."""
    below = jnp.cumsum(odds_n)
    point = jax.random.uniform(key, shape) * below[-1]
    return jnp.minimum(jnp.searchsorted(below, point, side="right"), len(odds_n) - 1)


def start(key: jax.Array, codes_nl: jax.Array, value: Callable, settings: Sampling) -> State:
    """Returns the state before the first generation; the seeds `codes_nl` are sampled too."""
    values = value(codes_nl)
    kept = reservoir.record(
        reservoir.empty(codes_nl.shape[1], reservoir.slots_for(settings.cap)), codes_nl, values
    )
    zero = jnp.zeros((), jnp.int32)
    return State(
        key,
        codes_nl,
        zero,
        jnp.float32(-jnp.inf),
        zero,
        values.min(),
        values.max(),
        kept,
        zero,
        jnp.full(4, jnp.nan),
    )


def done(state: State, settings: Sampling) -> jax.Array:
    """Returns whether the stopping rule has been met."""
    return (state.stale >= settings.patience) | (state.generation >= settings.generations)


def _sharpness(state: State, settings: Sampling) -> jax.Array:
    """What activations and gradients are multiplied with before they become odds."""
    if not settings.relative:
        return jnp.float32(settings.scale)
    return settings.scale / jnp.maximum(state.high - state.low, 1e-20)


def mutation_odds(
    x_nl4: jax.Array, gradient_nl4: jax.Array, sharpness, mutation: str, mutated: float = 1.0
) -> jax.Array:
    """Returns the relative odds of every letter after mutation, (n, R, 4); see `Sampling.mutation`."""
    if mutation != "kept":
        scaled = sharpness * gradient_nl4
        odds = jnp.where(scaled > 0, scaled, jnp.exp(scaled))
        if mutation == "gradient":
            return odds
        # To draw some positions anew is to draw all of them from a mixture.
        return (1 - mutated) * x_nl4 + mutated * odds / jnp.maximum(odds.sum(axis=-1, keepdims=True), _TINY)
    return jnp.maximum(x_nl4 + sharpness * gradient_nl4, 0.0)


def fitness(values_n: jax.Array) -> jax.Array:
    """Returns the odds of the roulette wheel: y + 1 where an activation is positive, else exp(y)."""
    below = jnp.minimum(values_n, 0.0)
    # Where all are negative, odds relative to the best one's: exp of them alone could be 0 for all.
    return jnp.where(values_n >= 0, values_n + 1, jnp.exp(below - below.max()))


def rotated(codes_nl: jax.Array, by_n: jax.Array) -> jax.Array:
    """Moves every row to the left by its own number of letters, around the end."""
    length = codes_nl.shape[1]
    place = (jnp.arange(length) + by_n[:, None]) % length
    return jnp.take_along_axis(codes_nl, place, axis=1)


def crossed(key: jax.Array, codes_nl: jax.Array, odds_n: jax.Array, count: int) -> jax.Array:
    """Returns `count` children of parents drawn with these odds, two of every pair, cut at one place."""
    length = codes_nl.shape[1]
    pairs = -(-count // 2)
    parents = draw_index(keys.stream(key, "parents"), odds_n, (2, pairs))
    cut = jax.random.randint(keys.stream(key, "cut"), (pairs, 1), 0, length)
    first, second = codes_nl[parents[0]], codes_nl[parents[1]]
    left = jnp.arange(length) < cut
    return jnp.concatenate([jnp.where(left, first, second), jnp.where(left, second, first)])[:count]


def next_population(key, codes_nl, values_n, odds_n, shift: int, settings: Sampling) -> jax.Array:
    """Returns the elite, moved sequences, and children, (n, R); the elite comes first.

    `shift`: letters a motif may move within its pooling windows; with 1 nothing is moved.
    """
    n = codes_nl.shape[0]
    elite = max(1, int(settings.elite * n))
    best = jax.lax.top_k(values_n, elite)[1]
    parts = [codes_nl[best]]
    if shift > 1 and settings.shifted:
        half = int(settings.shifted * n / 2)
        if settings.shifts == "elite":
            chosen = jnp.concatenate([best[:half], best[:half]])
        else:
            chosen = jax.random.randint(keys.stream(key, "moved"), (2 * half,), 0, n)
        by = jax.random.randint(keys.stream(key, "by"), (2 * half,), 1, shift)
        by = jnp.where(jnp.arange(2 * half) < half, by, -by)
        parts.append(rotated(codes_nl[chosen], by))
    rest = n - sum(len(part) for part in parts)
    children = crossed(key, codes_nl, odds_n, rest)
    if moved := int(settings.rearranged * n):
        # Parts of some children move against each other: substitutions alone stay at one spacing.
        children = jnp.concatenate(
            [moves.rearranged(keys.stream(key, "part"), children[:moved]), children[moved:]]
        )
    return jnp.concatenate([*parts, children])


def generation(state: State, value: Callable, shift: int, settings: Sampling) -> State:
    """Makes the next state: mutation along the gradient, sampling, selection, shift and crossover."""
    key = keys.at(state.key, state.generation)
    sharpness = _sharpness(state, settings)
    x = dna.one_hot(state.codes)
    gradient = jax.grad(lambda x: value(x).sum())(x)
    odds = mutation_odds(x, gradient, sharpness, settings.mutation, settings.mutated)
    mutated = draw_letters(keys.stream(key, "mutate"), odds)
    if settings.preserve:
        # The first rows are the elite of the generation before; there is none before the first.
        elite = jnp.arange(len(mutated)) < max(1, int(settings.elite * len(mutated)))
        mutated = jnp.where((elite & (state.generation > 0))[:, None], state.codes, mutated)
    values = value(mutated)
    low, high = jnp.minimum(state.low, values.min()), jnp.maximum(state.high, values.max())
    kept = reservoir.record(state.kept, mutated, values)
    odds_n = fitness(_sharpness(state._replace(low=low, high=high), settings) * values)
    codes = next_population(key, mutated, values, odds_n, shift, settings)
    mean = values.mean()
    better = mean > state.record
    return State(
        state.key,
        codes,
        state.generation + 1,
        jnp.where(better, mean, state.record),
        jnp.where(better, 0, state.stale + 1),
        low,
        high,
        kept,
        state.steps,
        state.rhat,
    )


def polish(state: State, value: Callable, settings: Sampling) -> State:
    """Returns the strongest after single substitutions until none helps, best first; all are sampled."""
    width = state.codes.shape[1]
    codes, values = reservoir.strongest(state.kept, settings.polish, width)
    # Every letter in every place, (R, 4, R): the place is the diagonal.
    here = jnp.eye(width, dtype=bool)[:, None, :]
    letters = jnp.arange(4, dtype=jnp.uint8)[None, :, None]

    def step(carry):
        codes, values, kept, _ = carry

        def best_neighbour(row):
            mutants = jnp.where(here, letters, row).reshape(-1, width)
            scores = value(mutants)
            best = scores.argmax()
            return mutants[best], scores[best]

        better, scores = jax.lax.map(best_neighbour, codes)
        kept = reservoir.record(kept, better, scores)
        improved = scores > values
        return jnp.where(improved[:, None], better, codes), jnp.maximum(scores, values), kept, improved.any()

    def improving(carry):
        return carry[3]

    alive = values[0] > -jnp.inf
    _, values, kept, _ = jax.lax.while_loop(improving, step, (codes, values, state.kept, alive))
    return state._replace(kept=kept, high=jnp.maximum(state.high, values.max()))
