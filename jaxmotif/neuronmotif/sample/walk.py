"""Making what a search has found representative: a Metropolis walk that is flat over activations.

A genetic algorithm finds the sequences that a neuron likes best, but what it leaves at lower activations are
relatives of those, not typical sequences of that activation, and the motif asks for the latter: E[x | y]
over all sequences (Wei et al. 2021, Methods). Walkers start from the lower half of the activations that the
search found, try the moves of `moves.py`, and accept with the odds g(old row) / g(new row), g being an
estimate of how many sequences a row of activations holds, learnt on the way (stochastic approximation Monte
Carlo: Liang, Liu & Carroll 2007). So all rows are visited alike, and in the long run every sequence of a row
is as likely as any other, wherever the walkers started.

Whether the run was long enough is measured: walkers are sorted by where their motifs stood at the start
and cut into groups, and R-hat compares the groups (`mixing.py`). The walk is made twice as long again and
again until the groups agree, `doublings` times at most; its second half is the sample.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys
from jaxmotif.neuronmotif.leaves import features
from jaxmotif.neuronmotif.sample import mixing, moves, reservoir
from jaxmotif.neuronmotif.sample.genetic import State, draw_index
from jaxmotif.neuronmotif.settings import WALKER_GROUPS, Sampling
from jaxmotif.neuronmotif.substructure import Substructure

# What is learnt of log g in step t is LEARNING / t, at first LARGEST: with more, g of the first rows becomes
# too large by more than later steps take back, and walkers never return to them.
_LEARNING, _LARGEST = 100, 0.05
# A row whose walkers found fewer sequences than this share of its slots keeps what the search found, too.
_SPARSE = 0.05
# Draws of every walker that R-hat is of, and sequences by which the neuron's two strongest parts are chosen.
_DRAWS, _REFERENCE = 16, 256


class _Walk(NamedTuple):
    """Walkers under way: steps made, letters, activations, log g, rows ever visited, sample, draws, R-hat."""

    number: jax.Array
    codes: jax.Array
    values: jax.Array
    log_g: jax.Array
    active: jax.Array
    kept: reservoir.Reservoir
    drawn: jax.Array
    drawn_values: jax.Array
    rhat: jax.Array


def rows_of(values_n: jax.Array, unit: jax.Array) -> jax.Array:
    """Returns the reservoir's row of each activation, (n,); -1 where it is not positive."""
    row = jnp.clip(values_n / jnp.maximum(unit, 1e-30), 0, reservoir.ROWS - 1).astype(jnp.int32)
    return jnp.where(values_n > 0, row, -1)


def _starts(
    key, kept: reservoir.Reservoir, lowest: jax.Array, highest: jax.Array, count: int, width: int
) -> tuple[jax.Array, jax.Array]:
    """Walkers from all rows that hold such activations, as many from each; from any where none do.

    The strongest sequences are relatives of one another: started from them, walkers have more to forget.
    """
    filled = (kept.priority != reservoir.EMPTY) & (kept.value >= lowest)
    lower = filled & (kept.value <= highest)
    filled = jnp.where(lower.any(), lower, filled).astype(jnp.float32)
    odds = filled / jnp.maximum(filled.sum(axis=1, keepdims=True), 1.0)
    index = draw_index(key, odds.reshape(-1), (count,))
    words = kept.words.reshape(odds.size, -1)[index]
    return reservoir.letters(words, width), kept.value.reshape(-1)[index]


def _parts(neuron: Substructure, codes_nl: jax.Array):
    """A function of sequences: where the two parts stand that the neuron reads most from, (n, 2), in letters.

    Zeros where nothing is pooled below: then every part has one place only.
    """
    if not neuron.pooled_layers:
        return lambda codes: jnp.zeros((len(codes), 2))

    def maps_of(codes):
        # What is below 0 is all the same to whoever reads it; a function's maps do not even show it.
        raw = neuron.raw_maps(dna.one_hot(codes))
        relu = [conv.activation == "relu" for conv in neuron.convs]
        return [jnp.maximum(one, 0) if below else one for one, below in zip(raw, relu, strict=False)]

    reference = codes_nl[:_REFERENCE]
    maps, values = maps_of(reference), neuron.activation(reference)
    paths = [features.find_path(neuron, maps, rank, values, by_weights=False) for rank in range(2)]

    def places(codes):
        maps = maps_of(codes)
        return jnp.stack([features.start(neuron, path, maps) for path in paths], axis=1).astype(jnp.float32)

    return places


def _in_groups(values_tn: jax.Array) -> jax.Array:
    """(draws, walkers, ...) as (groups, walkers of one, draws, ...)."""
    draws, walkers, *rest = values_tn.shape
    return jnp.moveaxis(values_tn.reshape(draws, WALKER_GROUPS, walkers // WALKER_GROUPS, *rest), 0, 2)


def _rhat(places, drawn_tnl, values_tn, unit) -> jax.Array:
    """R-hat of the activation, the letters, and of place and distance of the neuron's two parts, (4,)."""
    at = jax.lax.map(places, drawn_tnl)
    # Of equal activations that are rounded differently ranks would make a difference.
    values_tn = jnp.round(values_tn / jnp.maximum(1e-3 * unit, 1e-30))
    scalars = (values_tn, at[..., 0], at[..., 1] - at[..., 0])
    found = [mixing.scalar_rhat(_in_groups(one)) for one in scalars]
    return jnp.stack([found[0], mixing.letters_rhat(_in_groups(drawn_tnl)), *found[1:]])


def walk(
    state: State, neuron: Substructure, settings: Sampling, shares: tuple[float, ...] = moves.SHARES
) -> State:
    """Returns the state with its sample replaced by what walkers met, where they met enough.

    Args:
      state: after the search.
      neuron: one neuron's substructure.
      settings: of sampling.
      shares: odds of the moves, see `moves.propose`.
    """
    key, found = keys.stream(state.key, "walk"), state.kept
    count, width = settings.walkers, state.codes.shape[1]
    shift, group = neuron.geometry.shift, settings.walkers // WALKER_GROUPS
    lowest, highest = settings.floor * state.high, (1 + settings.floor) / 2 * state.high
    codes, values = _starts(keys.stream(key, "start"), found, lowest, highest, count, width)
    places = _parts(neuron, codes)
    # Groups begin as far apart as they can: only then do they tell whether their beginning is forgotten.
    at = places(codes)
    order = jnp.lexsort((at[:, 0], at[:, 1] - at[:, 0]))
    codes, values = codes[order], values[order]
    active = ((found.priority != reservoir.EMPTY) & (found.value >= lowest)).any(axis=1)
    fresh = reservoir.empty(width, found.priority.shape[1])._replace(unit=found.unit)

    def step(number, walk: _Walk, first, every) -> _Walk:
        here = keys.at(key, number)
        proposed = moves.propose(here, walk.codes, shift, group, shares)
        scores = neuron.activation(proposed.codes)
        old, new = rows_of(walk.values, found.unit), rows_of(scores, found.unit)
        # A row that neither the search nor a walker has been in passes for the emptiest known.
        log_g = jnp.where(walk.active, walk.log_g, jnp.where(walk.active, walk.log_g, jnp.inf).min())
        gain = jnp.where((new >= 0) & (scores >= lowest), log_g[old] - log_g[new], -jnp.inf)
        # A pair that exchanges is one proposal: its gains add up, and one number decides.
        alone = proposed.partner == jnp.arange(count)
        gain = jnp.where(alone, gain, gain + gain[proposed.partner])
        point = jnp.log(jax.random.uniform(keys.stream(here, "accept"), (count,)))[proposed.owner]
        accepted = point < gain
        codes = jnp.where(accepted[:, None], proposed.codes, walk.codes)
        values = jnp.where(accepted, scores, walk.values)
        visits = jnp.zeros(reservoir.ROWS).at[rows_of(values, found.unit)].add(1.0 / count)
        rate = jnp.minimum(_LARGEST, _LEARNING / jnp.maximum(1, number))
        active = walk.active | (visits > 0)
        kept = jax.lax.cond(
            number >= first, lambda k: reservoir.record(k, codes, values), lambda k: k, walk.kept
        )
        # Draws beyond the last are dropped, and so are those before the first.
        draw = jnp.where(
            (number >= first) & ((number - first) % every == 0), (number - first) // every, _DRAWS
        )
        return walk._replace(
            codes=codes,
            values=values,
            log_g=log_g + rate * (visits * active.sum() - 1.0) * active,
            active=active,
            kept=kept,
            drawn=walk.drawn.at[draw].set(codes, mode="drop"),
            drawn_values=walk.drawn_values.at[draw].set(values, mode="drop"),
        )

    def stretch(walk: _Walk) -> _Walk:
        """Twice as many steps as were made before; what came before is forgotten but for the strongest."""
        last = jnp.where(walk.number == 0, settings.walk, jnp.minimum(2 * walk.number, settings.walk_most))
        first = jnp.where(walk.number == 0, settings.walk // 2, walk.number)
        every = jnp.maximum((last - first) // _DRAWS, 1)
        best = walk.kept
        walk = walk._replace(kept=fresh._replace(unit=best.unit, highest=best.highest, best=best.best))
        walk = jax.lax.fori_loop(walk.number, last, lambda i, w: step(i, w, first, every), walk)
        rhat = _rhat(places, walk.drawn, walk.drawn_values, found.unit)
        # With fewer steps than draws some of these are the starts.
        return walk._replace(number=last, rhat=jnp.where(last - first < _DRAWS, jnp.nan, rhat))

    def goes_on(walk: _Walk):
        unmixed = (walk.number < settings.walk_most) & ~(walk.rhat <= settings.mixed).all()
        # Without one positive activation there is nobody to walk.
        return (found.unit > 0) & ((walk.number == 0) | unmixed)

    start = _Walk(
        jnp.zeros((), jnp.int32),
        codes,
        values,
        jnp.zeros(reservoir.ROWS),
        active,
        fresh,
        jnp.broadcast_to(codes, (_DRAWS, *codes.shape)),
        jnp.broadcast_to(values, (_DRAWS, count)),
        jnp.full(4, jnp.nan),
    )
    end = jax.lax.while_loop(goes_on, stretch, start)
    kept = reservoir.united(end.kept, found, _SPARSE)
    # Where nothing is positive, the highest activation seen is below the 0 of an empty reservoir.
    high = jnp.where(kept.highest > 0, jnp.maximum(state.high, kept.highest), state.high)
    return state._replace(kept=kept, high=high, steps=end.number, rhat=end.rhat)
