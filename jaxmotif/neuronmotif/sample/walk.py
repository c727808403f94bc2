"""Making what a search has found representative: a Metropolis walk that is flat over activations.

A genetic algorithm finds the sequences that a neuron likes best, but what it leaves at lower activations are
relatives of those, not typical sequences of that activation, and the motif asks for the latter: E[x | y]
over all sequences (Wei et al. 2021, Methods). Walkers start from the sample, change letters at random, and
accept with the odds g(old row) / g(new row), g being an estimate of how many sequences a row of
activations holds, learnt on the way (stochastic approximation Monte Carlo: Liang, Liu & Carroll 2007). So all
rows are visited alike, and in the long run every sequence of a row is as likely as any other. In the steps
that are made this holds for neurons with one motif; no proposal shifts one motif against another, so that
walkers hardly cross between spacings, and most of the spacings that a neuron accepts are missed
(docs/results/neuronmotif.md).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.neuronmotif.sample import reservoir
from jaxmotif.neuronmotif.sample.genetic import State, draw_index, rotated
from jaxmotif.neuronmotif.settings import Sampling

# Steps at full rate of learning g, and the share of steps before anything is sampled.
_LEARNING, _BURN_IN = 20, 0.3
# A row whose walkers found fewer sequences than this share of its slots keeps what the search found, too.
_SPARSE = 0.05


def rows_of(values_n: jax.Array, unit: jax.Array) -> jax.Array:
    """Returns the reservoir's row of each activation, (n,); -1 where it is not positive."""
    row = jnp.clip(values_n / jnp.maximum(unit, 1e-30), 0, reservoir.ROWS - 1).astype(jnp.int32)
    return jnp.where(values_n > 0, row, -1)


def proposals(key: jax.Array, codes_nl: jax.Array, shift: int) -> jax.Array:
    """Returns every sequence with one to about sixteen letters drawn anew, or one in ten of them moved."""
    n, length = codes_nl.shape
    exponent = jax.random.randint(keys.stream(key, "count"), (n, 1), 0, 5)
    chance = jnp.minimum(2.0**exponent / length, 0.5)
    changed = jax.random.uniform(keys.stream(key, "where"), (n, length)) < chance
    letters = jax.random.randint(keys.stream(key, "letter"), (n, length), 0, 4, dtype=jnp.uint8)
    codes = jnp.where(changed, letters, codes_nl)
    if shift > 1:
        by = jax.random.randint(keys.stream(key, "by"), (n,), 1 - shift, shift)
        moved = jax.random.uniform(keys.stream(key, "move"), (n, 1)) < 0.1
        codes = jnp.where(moved, rotated(codes_nl, by), codes)
    return codes


def _starts(
    key, kept: reservoir.Reservoir, lowest: jax.Array, count: int, width: int
) -> tuple[jax.Array, jax.Array]:
    """Walkers from all rows that hold activations of `lowest` or more, as many from each."""
    filled = ((kept.priority != reservoir.EMPTY) & (kept.value >= lowest)).astype(jnp.float32)
    odds = filled / jnp.maximum(filled.sum(axis=1, keepdims=True), 1.0)
    index = draw_index(key, odds.reshape(-1), (count,))
    words = kept.words.reshape(odds.size, -1)[index]
    return reservoir.letters(words, width), kept.value.reshape(-1)[index]


def walk(state: State, value: Callable, shift: int, settings: Sampling) -> State:
    """Returns the state with its sample replaced by what walkers met, where they met enough."""
    key = keys.stream(state.key, "walk")
    found = state.kept
    count, width = state.codes.shape
    lowest = settings.floor * state.high
    codes, values = _starts(keys.stream(key, "start"), found, lowest, count, width)
    active = ((found.priority != reservoir.EMPTY) & (found.value >= lowest)).any(axis=1)
    fresh = reservoir.empty(width, found.priority.shape[1])._replace(unit=found.unit)

    def step(number, carry):
        codes, values, log_g, active, kept = carry
        here = keys.at(key, number)
        proposed = proposals(here, codes, shift)
        scores = value(proposed)
        old, new = rows_of(values, found.unit), rows_of(scores, found.unit)
        # A row that neither the search nor a walker has been in passes for the emptiest known.
        log_g = jnp.where(active, log_g, jnp.where(active, log_g, jnp.inf).min())
        gain = log_g[old] - log_g[new]
        drawn = jnp.log(jax.random.uniform(keys.stream(here, "accept"), gain.shape))
        accepted = (new >= 0) & (scores >= lowest) & (drawn < gain)
        codes = jnp.where(accepted[:, None], proposed, codes)
        values = jnp.where(accepted, scores, values)
        visits = jnp.zeros(reservoir.ROWS).at[rows_of(values, found.unit)].add(1.0 / count)
        rate = _LEARNING / jnp.maximum(_LEARNING, number)
        active = active | (visits > 0)
        log_g = log_g + rate * (visits * active.sum() - 1.0) * active
        kept = jax.lax.cond(
            number >= int(_BURN_IN * settings.walk),
            lambda k: reservoir.record(k, codes, values),
            lambda k: k,
            kept,
        )
        return codes, values, log_g, active, kept

    # Without one positive activation there is nobody to walk.
    steps = jnp.where(found.unit > 0, settings.walk, 0)
    start = (codes, values, jnp.zeros(reservoir.ROWS), active, fresh)
    *_, kept = jax.lax.fori_loop(0, steps, step, start)
    kept = reservoir.united(kept, found, _SPARSE)
    # Where nothing is positive, the highest activation seen is below the 0 of an empty reservoir.
    high = jnp.where(kept.highest > 0, jnp.maximum(state.high, kept.highest), state.high)
    return state._replace(kept=kept, high=high)
