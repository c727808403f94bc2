"""Proposals of the walk: letters drawn anew, and moves that shift one part of a sequence against another.

Substitutions alone hardly ever take a neuron with two motifs from one spacing to another: a motif would have
to dissolve and form again elsewhere. Here parts are moved as they are:

- "letters": one to eight letters become others;
- "whole": the sequence is rotated, as a motif moves within its pooling windows;
- "blocks": two neighbouring stretches change places: a stretch moves, and what it passes closes up behind it;
- "indel": a stretch is deleted at one place and as many random letters are inserted at another; what lies
  between moves by that much;
- "crossover": two walkers exchange stretches of one length that lie at different places in each.

Every move is proposed as often as its way back, so that a Metropolis step needs no correction. Which kind,
and its numbers, are drawn without looking at the sequences. With these numbers fixed,

- letters: letter + a mod 4 is undone by 4 - a, and a is 1, 2 or 3 with equal odds;
- whole: a rotation by r is undone by -r, as likely;
- blocks: stretches of p and q letters at a are put back by the stretches of q and p letters at a; p and q are
  drawn independently from one law;
- indel: (from i, to j) is undone by (from j, to i), as likely, with the k letters that were deleted as
  the inserted ones; both ways these are one of 4^k;
- crossover: it is its own inverse. The law of the pair is the product of the two walkers' laws, so the
  pair is accepted or rejected as one, by the product of their ratios (Liang & Wong 2001).

Where a move does not fit into the sequence nothing changes, which is its own way back.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.neuronmotif.sample import reservoir

# Odds of the kinds of moves in the order above.
KINDS = ("letters", "whole", "blocks", "indel", "crossover")
SHARES = (0.45, 0.05, 0.15, 0.25, 0.1)
# Longest stretch of "blocks" and "indel", and longest way between the two places of a crossover.
LONGEST = 40
# How many letters are changed at once: one of these, with equal odds.
_CHANGED = (1, 1, 1, 2, 2, 3, 4, 8)
# Numbers that a proposal takes beside the letters of an indel and of the places changed: kind, rotation, ...
_NUMBERS = 13


class Proposal(NamedTuple):
    """What n walkers try.

    Attributes:
      codes: uint8 (n, R).
      partner: with whom a walker exchanges, (n,); itself for all moves but crossover.
      owner: the lower number of the two, (n,).
    """

    codes: jax.Array
    partner: jax.Array
    owner: jax.Array


class _Draws:
    """The random words of n walkers, given out one column after another.

    All of a step come from one call: drawn one by one they took as long as a small network.
    """

    def __init__(self, key: jax.Array, n: int, columns: int):
        self._bits = jax.random.bits(key, (n, columns), jnp.uint32)
        self._used = 0

    def words(self, columns: int) -> jax.Array:
        """Returns the next columns, uint32 (n, columns)."""
        self._used += columns
        if self._used > self._bits.shape[1]:
            raise ValueError(f"{self._bits.shape[1]} columns drawn, {self._used} asked for")
        return self._bits[:, self._used - columns : self._used]

    def below(self, most: int) -> jax.Array:
        """Draws whole numbers 0 .. most - 1, (n, 1)."""
        return scaled(self.words(1) >> 16, most)

    def uniform(self) -> jax.Array:
        """Draws numbers of [0, 1), (n, 1)."""
        return (self.words(1) >> 8).astype(jnp.float32) * 2.0**-24


def scaled(half: jax.Array, most: int) -> jax.Array:
    """Returns 16 random bits as whole numbers 0 .. most - 1.

    Of equal odds but for `most` in 65,536, which are the same for a move and for its way back.
    """
    return ((half * jnp.uint32(most)) >> 16).astype(jnp.int32)


def log_uniform(point: jax.Array, most: int) -> jax.Array:
    """Returns numbers of [0, 1) as whole numbers 1 .. most, about as many below as above its square root."""
    return jnp.clip(jnp.exp(point * jnp.log(most + 1.0)).astype(jnp.int32), 1, most)


def partners(key: jax.Array, count: int, group: int) -> jax.Array:
    """Returns a random partner of each walker within its `group` neighbours, (count,): mutual, or oneself."""
    number = jnp.arange(count)
    within = number % group
    turn = jax.random.randint(key, (), 0, group)
    # i -> turn - i is its own inverse.
    other = number - within + (turn - within) % group
    return jnp.where(other < count, other, number)


def _substituted(draws: _Draws, codes_nl: jax.Array) -> jax.Array:
    """The rows with one to eight letters changed into others."""
    length = codes_nl.shape[1]
    many = jnp.array(_CHANGED)[draws.below(len(_CHANGED))]
    words = draws.words(max(_CHANGED))
    place, by = scaled(words >> 16, length), 1 + scaled(words & 0xFFFF, 3)
    # A place drawn twice gets the last draw only, so that no letter is changed by 4.
    changed = jnp.zeros(codes_nl.shape, jnp.uint8)
    for number in range(max(_CHANGED)):
        here = (jnp.arange(length) == place[:, number : number + 1]) & (number < many)
        changed = jnp.where(here, by[:, number : number + 1].astype(jnp.uint8), changed)
    return (codes_nl + changed) & 3


def _blocks(draws: _Draws, length: int):
    """For each row the place that every letter comes from."""
    most = max(min(LONGEST, length - 1), 1)
    first, second = (log_uniform(draws.uniform(), most) for _ in range(2))
    start = draws.below(length)
    place = jnp.arange(length)
    fits = start + first + second <= length
    inside = (place >= start) & (place < start + first + second) & fits
    return jnp.where(inside, jnp.where(place < start + second, place + first, place - second), place)


def _indel(draws: _Draws, length: int):
    """For each row the place that every letter comes from, and the places that are drawn anew."""
    taken, put = draws.below(length), draws.below(length)
    low, high = jnp.minimum(taken, put), jnp.maximum(taken, put) + 1
    # Cut to what lies between, which is the same on the way back.
    size = jnp.minimum(log_uniform(draws.uniform(), LONGEST), high - low)
    place = jnp.arange(length)
    source = jnp.where(taken < put, place + size, place - size)
    inside = (place >= low) & (place < high)
    fresh = inside & ((source < low) | (source >= high))
    return jnp.where(inside, source, place), fresh


def _crossover(draws: _Draws, length: int, owner, is_owner):
    """The place in the partner that every letter comes from, and where that is."""
    size = log_uniform(draws.uniform(), length)[owner]
    first = draws.below(length)[owner]
    most = min(LONGEST, length - 1)
    second = first + draws.below(2 * most + 1)[owner] - most
    fits = (first + size <= length) & (second >= 0) & (second + size <= length)
    here = jnp.where(is_owner[:, None], first, second)
    place = jnp.arange(length)
    inside = (place >= here) & (place < here + size) & fits
    return jnp.where(inside, place - here + first + second - here, place), inside


def propose(
    key: jax.Array, codes_nl: jax.Array, shift: int, group: int, shares: tuple[float, ...] = SHARES
) -> Proposal:
    """Returns a move of every walker, drawn from all kinds.

    Args:
      key: of the step.
      codes_nl: walkers, uint8 (n, R); R is at most 32,768.
      shift: letters that a motif may move within its pooling windows.
      group: neighbours that exchange with each other.
      shares: odds of each of KINDS, sum 1.
    """
    n, length = codes_nl.shape
    fresh_words = -(-length // reservoir.LETTERS_PER_WORD)
    draws = _Draws(keys.stream(key, "moves"), n, fresh_words + max(_CHANGED) + _NUMBERS)
    letters, whole, blocks, _, crossing = shares
    partner = partners(keys.stream(key, "partner"), n, group)
    owner = jnp.minimum(partner, jnp.arange(n))
    crosses = (draws.uniform()[owner, 0] < crossing) & (partner != jnp.arange(n))
    kind = draws.uniform() * (1 - crossing)
    by = draws.below(2 * shift - 1) + 1 - shift
    source, fresh = _indel(draws, length)
    is_indel = kind >= letters + whole + blocks
    source = jnp.where(is_indel, source, _blocks(draws, length))
    source = jnp.where(kind < letters + whole, (jnp.arange(length) + by) % length, source)
    # Substitution and exchange leave the letters where they are.
    source = jnp.where((kind < letters) | crosses[:, None], jnp.arange(length), source)
    row = jnp.arange(n)[:, None]
    if crossing:
        other, inside = _crossover(draws, length, owner, owner == jnp.arange(n))
        source = jnp.where(crosses[:, None], other, source)
        row = jnp.where(crosses[:, None] & inside, partner[:, None], row)
    # Every letter is read once: a second gather would take as long as all draws.
    codes = codes_nl.reshape(-1)[row * length + jnp.clip(source, 0, length - 1)]
    moved = ~crosses[:, None]
    drawn = reservoir.letters(draws.words(fresh_words), length)
    codes = jnp.where(moved & fresh & is_indel, drawn, codes)
    codes = jnp.where(moved & (kind < letters), _substituted(draws, codes), codes)
    self = jnp.arange(n)
    return Proposal(codes, jnp.where(crosses, partner, self), jnp.where(crosses, owner, self))


def rearranged(key: jax.Array, codes_nl: jax.Array) -> jax.Array:
    """Returns the rows with two neighbouring stretches exchanged, or with an indel, as often."""
    n = len(codes_nl)
    return propose(key, codes_nl, 1, n, (0.0, 0.0, 0.5, 0.5, 0.0)).codes
