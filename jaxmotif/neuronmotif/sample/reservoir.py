"""A bounded sample of distinct sequences at every level of activation, filled inside jit.

Every sequence has a slot and a priority, both hashes of its letters. Of all sequences of a row of equal
activation that fall on a slot, the one with the smallest priority stays. So duplicates remove themselves,
what is kept is a uniform sample of the distinct sequences seen, and it does not depend on the order in
which they came. A row is one `unit` of activation high; where the largest activation outgrows the rows,
the unit doubles and neighbouring rows are merged, slot by slot. The strongest sequence of all is kept beside
them, for a slot may go to another.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

# With the unit doubled at need, between half and all of the rows are in use.
ROWS = 40
EMPTY = np.uint32(0xFFFFFFFF)
LETTERS_PER_WORD = 16
# Sequences written at once; of more, those that cannot win their slot are sorted out first.
AT_ONCE = 8192


class Reservoir(NamedTuple):
    """The sample of one neuron.

    Attributes:
      unit: activation of a row's height, () float32; 0 before the first positive activation.
      priority: uint32 (ROWS, slots), all ones where the slot is empty.
      value: activation, float32 (ROWS, slots).
      words: packed letters, uint32 (ROWS, slots, words).
      highest: largest activation recorded, () float32; 0 before the first positive one.
      best: packed letters of the first sequence that had it, uint32 (words,).
    """

    unit: jax.Array
    priority: jax.Array
    value: jax.Array
    words: jax.Array
    highest: jax.Array
    best: jax.Array


def slots_for(cap: int) -> int:
    """Returns the slots of a row, a power of two, of which `cap` distinct sequences fill nearly `cap`."""
    return 1 << math.ceil(math.log2(max(1.5 * cap, 2)))


def empty(width: int, slots: int) -> Reservoir:
    """Returns an empty reservoir for sequences of `width` letters."""
    words = -(-width // LETTERS_PER_WORD)
    return Reservoir(
        jnp.zeros((), jnp.float32),
        jnp.full((ROWS, slots), EMPTY, jnp.uint32),
        jnp.zeros((ROWS, slots), jnp.float32),
        jnp.zeros((ROWS, slots, words), jnp.uint32),
        jnp.zeros((), jnp.float32),
        jnp.zeros(words, jnp.uint32),
    )


def pack(codes_nl: jax.Array) -> jax.Array:
    """Packs letters 0..3, (N, L), into two bits each: uint32 (N, ceil(L / 16)). Works inside jit."""
    count, length = codes_nl.shape
    words = -(-length // LETTERS_PER_WORD)
    codes = jnp.pad(codes_nl.astype(jnp.uint32), ((0, 0), (0, words * LETTERS_PER_WORD - length)))
    shifts = 2 * jnp.arange(LETTERS_PER_WORD, dtype=jnp.uint32)
    return (codes.reshape(count, words, LETTERS_PER_WORD) << shifts).sum(axis=2, dtype=jnp.uint32)


def letters(words_nw, length: int):
    """Unpacks what `pack` made, uint8 (N, length). NumPy in, NumPy out."""
    shifts = 2 * np.arange(LETTERS_PER_WORD, dtype=np.uint32)
    count, words = words_nw.shape
    return (
        ((words_nw[..., None] >> shifts) & 3)
        .astype(np.uint8)
        .reshape(count, words * LETTERS_PER_WORD)[:, :length]
    )


def _mixed(h):
    """A bijection of 32-bit words whose every bit depends on every other (MurmurHash3's finaliser)."""
    h = (h ^ (h >> 16)) * jnp.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * jnp.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def hashed(words_nw: jax.Array, seed: int) -> jax.Array:
    """Returns a 32-bit hash of each packed sequence, (N,)."""
    h = jnp.full(words_nw.shape[0], seed, jnp.uint32)
    for column in range(words_nw.shape[1]):
        h = _mixed(h * jnp.uint32(5) + jnp.uint32(0xE6546B64) ^ words_nw[:, column])
    return h


def _doubled(reservoir: Reservoir) -> Reservoir:
    """The same sample in rows twice as high."""

    def halves(values):
        pairs = values.reshape(ROWS // 2, 2, *values.shape[1:])
        return pairs[:, 0], pairs[:, 1]

    def grown(values, fill):
        return jnp.concatenate([values, jnp.full_like(values, fill)])

    first, second = halves(reservoir.priority)
    second_wins = second < first
    value, words = (
        jnp.where(second_wins.reshape(second_wins.shape + (1,) * (a.ndim - 2)), b, a)
        for a, b in (halves(reservoir.value), halves(reservoir.words))
    )
    return reservoir._replace(
        unit=2 * reservoir.unit,
        priority=grown(jnp.minimum(first, second), EMPTY),
        value=grown(value, 0.0),
        words=grown(words, 0),
    )


def record(reservoir: Reservoir, codes_nl: jax.Array, values_n: jax.Array) -> Reservoir:
    """Returns the reservoir after these sequences; those whose activation is not above 0 leave no trace."""
    highest = values_n.max()
    first = jnp.where((reservoir.unit == 0) & (highest > 0), highest / (0.75 * ROWS), reservoir.unit)
    reservoir = jax.lax.while_loop(
        lambda r: (r.unit > 0) & (highest >= ROWS * r.unit), _doubled, reservoir._replace(unit=first)
    )
    slots = reservoir.priority.shape[1]
    words = pack(codes_nl)
    reservoir = _stronger(reservoir, highest, words[values_n.argmax()])
    priority, slot = _priority(words), _slot(words, slots)
    place = jnp.where(values_n > 0, _row(values_n, reservoir.unit) * slots + slot, ROWS * slots)
    if len(codes_nl) <= AT_ONCE:
        return _written(reservoir, place, priority, values_n, words)

    # Of many sequences most come too late for their slot: only the others are worth writing.
    def pending(reservoir, waiting):
        here = jnp.minimum(place, ROWS * slots - 1)
        return waiting & (place < ROWS * slots) & (priority < reservoir.priority.reshape(-1)[here])

    def step(carry):
        reservoir, waiting = carry
        index = jnp.nonzero(waiting, size=AT_ONCE, fill_value=len(place))[0]
        read = jnp.minimum(index, len(place) - 1)
        target = jnp.where(index < len(place), place[read], ROWS * slots)
        reservoir = _written(reservoir, target, priority[read], values_n[read], words[read])
        return reservoir, pending(reservoir, waiting.at[index].set(False, mode="drop"))

    start = reservoir, pending(reservoir, jnp.ones(len(place), bool))
    return jax.lax.while_loop(lambda carry: carry[1].any(), step, start)[0]


def record_each(kept: Reservoir, codes_nl: jax.Array, values_nc: jax.Array) -> Reservoir:
    """Returns the reservoirs of C neurons after the same sequences; see `record`.

    All are one table, so that no reservoir is copied for a few sequences.

    Args:
      kept: with a leading axis of neurons; no activation may be `ROWS` units or more.
    """
    neurons, rows, slots = kept.priority.shape
    words = pack(codes_nl)
    row = jnp.arange(neurons) * rows + _row(values_nc, kept.unit)
    place = jnp.where(values_nc > 0, row * slots + _slot(words, slots)[:, None], neurons * rows * slots)
    table = kept._replace(
        priority=kept.priority.reshape(-1, slots),
        value=kept.value.reshape(-1, slots),
        words=kept.words.reshape(neurons * rows, slots, -1),
    )
    table = _written(
        table,
        place.reshape(-1),
        jnp.repeat(_priority(words), neurons),
        values_nc.reshape(-1),
        jnp.repeat(words, neurons, axis=0),
    )
    table = table._replace(
        priority=table.priority.reshape(kept.priority.shape),
        value=table.value.reshape(kept.value.shape),
        words=table.words.reshape(kept.words.shape),
    )
    return jax.vmap(_stronger)(table, values_nc.max(axis=0), words[values_nc.argmax(axis=0)])


def _priority(words_nw: jax.Array) -> jax.Array:
    return jnp.minimum(hashed(words_nw, 0x9747B28C), EMPTY - jnp.uint32(1))


def _slot(words_nw: jax.Array, slots: int) -> jax.Array:
    return (hashed(words_nw, 0x3C6EF372) % jnp.uint32(slots)).astype(jnp.int32)


def _row(values, unit: jax.Array) -> jax.Array:
    return jnp.clip(values / jnp.maximum(unit, 1e-30), 0, ROWS - 1).astype(jnp.int32)


def _stronger(reservoir: Reservoir, value, words) -> Reservoir:
    """The reservoir with this sequence as its strongest, if it is."""
    better = value > reservoir.highest
    return reservoir._replace(
        highest=jnp.where(better, value, reservoir.highest), best=jnp.where(better, words, reservoir.best)
    )


def _written(reservoir: Reservoir, place, priority, values_n, words) -> Reservoir:
    """Puts sequences into their slots, places in the flat table, where they have the smallest priority."""
    rows, slots = reservoir.priority.shape
    outside = rows * slots
    before = reservoir.priority.reshape(-1)
    after = before.at[place].min(priority, mode="drop")
    here = jnp.minimum(place, outside - 1)
    wins = (place < outside) & (after[here] == priority) & (before[here] != priority)
    place = jnp.where(wins, place, outside)
    value = reservoir.value.reshape(-1).at[place].set(values_n, mode="drop")
    words = reservoir.words.reshape(outside, -1).at[place].set(words, mode="drop")
    return reservoir._replace(
        priority=after.reshape(rows, slots),
        value=value.reshape(rows, slots),
        words=words.reshape(reservoir.words.shape),
    )


def strongest(reservoir: Reservoir, count: int, width: int) -> tuple[jax.Array, jax.Array]:
    """Returns the `count` strongest sequences, uint8 (count, width), and their activations; -inf where none.

    The first is the strongest recorded; it comes twice if it has a slot, too.
    """
    filled = reservoir.priority.reshape(-1) != EMPTY
    values = jnp.where(filled, reservoir.value.reshape(-1), -jnp.inf)
    highest = jnp.where(reservoir.highest > 0, reservoir.highest, -jnp.inf)
    words = jnp.concatenate([reservoir.best[None], reservoir.words.reshape(values.shape[0], -1)])
    best, index = jax.lax.top_k(jnp.append(highest, values), count)
    return letters(words[index], width), best


def united(first: Reservoir, second: Reservoir, below: float) -> Reservoir:
    """Returns `first`, and of `second`, whose unit is no larger, what rows filled less than `below` get.

    The strongest sequence is that of both.
    """
    second = jax.lax.while_loop(lambda r: r.unit < first.unit, _doubled, second)
    sparse = (first.priority != EMPTY).mean(axis=1, keepdims=True) < below
    taken = sparse & (second.priority < first.priority)
    rows = first._replace(
        priority=jnp.where(taken, second.priority, first.priority),
        value=jnp.where(taken, second.value, first.value),
        words=jnp.where(taken[..., None], second.words, first.words),
    )
    return _stronger(rows, second.highest, second.best)


class Sample(NamedTuple):
    """Distinct sequences of one neuron, strongest first: packed letters (N, words) and activations (N,)."""

    words: np.ndarray
    values: np.ndarray


def bins_of(values_n: np.ndarray, bins: int, highest: float) -> np.ndarray:
    """Returns the bin of each activation in (0, highest], of equal width, the lowest is 0."""
    return np.clip(np.ceil(np.asarray(values_n, np.float64) / highest * bins) - 1, 0, bins - 1).astype(
        np.int64
    )


def sample(reservoir: Reservoir, bins: int, cap: int, floor: float = 0.0) -> Sample:
    """Returns what is in the reservoir, at most `cap` sequences of each bin over (0, largest activation].

    Sequences below the share `floor` of the largest activation are left out; the strongest is always there.
    """
    best, highest = np.asarray(reservoir.best), np.asarray(reservoir.highest)
    priority = np.asarray(reservoir.priority).reshape(-1)
    index = np.flatnonzero(priority != EMPTY)
    values = np.asarray(reservoir.value).reshape(-1)[index]
    words = np.asarray(reservoir.words).reshape(len(priority), -1)[index]
    if highest <= 0:
        return Sample(words, values)
    others = (values >= floor * highest) & (words != best).any(axis=1)
    # With priority 0 no cap leaves the strongest out.
    priority = np.append(np.uint32(0), priority[index][others])
    values, words = np.append(highest, values[others]), np.concatenate([best[None], words[others]])
    row = bins_of(values, bins, float(highest))
    order = np.lexsort((priority, row))
    rank = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    chosen = order[rank < cap]
    chosen = chosen[np.lexsort((priority[chosen], -values[chosen]))]
    return Sample(words[chosen], values[chosen])
