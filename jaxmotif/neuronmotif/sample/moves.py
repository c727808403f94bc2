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

# Odds of the kinds of moves in the order above.
KINDS = ("letters", "whole", "blocks", "indel", "crossover")
SHARES = (0.45, 0.05, 0.15, 0.25, 0.1)
# Longest stretch of "blocks" and "indel", and longest way between the two places of a crossover.
LONGEST = 40
# How many letters are changed at once: one of these, with equal odds.
_CHANGED = (1, 1, 1, 2, 2, 3, 4, 8)


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


def log_uniform(key: jax.Array, shape: tuple[int, ...], most: int) -> jax.Array:
    """Draws whole numbers 1 .. most, about as many below as above the square root of `most`."""
    drawn = jnp.exp(jax.random.uniform(key, shape) * jnp.log(most + 1.0)).astype(jnp.int32)
    return jnp.clip(drawn, 1, most)


def partners(key: jax.Array, count: int, group: int) -> jax.Array:
    """Returns a random partner of each walker within its `group` neighbours, (count,): mutual, or oneself."""
    number = jnp.arange(count)
    within = number % group
    turn = jax.random.randint(key, (), 0, group)
    # i -> turn - i is its own inverse.
    other = number - within + (turn - within) % group
    return jnp.where(other < count, other, number)


def substituted(key: jax.Array, codes_nl: jax.Array) -> jax.Array:
    """Returns the rows with one to eight letters changed into others."""
    n, length = codes_nl.shape
    most = max(_CHANGED)
    many = jnp.array(_CHANGED)[jax.random.randint(keys.stream(key, "count"), (n, 1), 0, len(_CHANGED))]
    place = jax.random.randint(keys.stream(key, "where"), (n, most), 0, length)
    by = jax.random.randint(keys.stream(key, "letter"), (n, most), 1, 4)
    # A place drawn twice gets the last draw only, so that no letter is changed by 4.
    by = jnp.where(jnp.arange(most) < many, by, 0)
    changed = jnp.zeros((n, length), jnp.int32)
    for number in range(most):
        here = (jnp.arange(length) == place[:, number : number + 1]) & (by[:, number : number + 1] > 0)
        changed = jnp.where(here, by[:, number : number + 1], changed)
    return (codes_nl + changed.astype(jnp.uint8)) % 4


def _blocks(key, n: int, length: int):
    """For each row the place that every letter comes from, and whether that fits."""
    most = max(min(LONGEST, length - 1), 1)
    first, second = (log_uniform(keys.stream(key, side), (n, 1), most) for side in ("first", "second"))
    start = jax.random.randint(keys.stream(key, "start"), (n, 1), 0, length)
    place = jnp.arange(length)
    fits = start + first + second <= length
    inside = (place >= start) & (place < start + first + second) & fits
    return jnp.where(inside, jnp.where(place < start + second, place + first, place - second), place)


def _indel(key, n: int, length: int):
    """For each row the place that every letter comes from, and the places that are drawn anew."""
    taken, put = (jax.random.randint(keys.stream(key, at), (n, 1), 0, length) for at in ("taken", "put"))
    low, high = jnp.minimum(taken, put), jnp.maximum(taken, put) + 1
    # Cut to what lies between, which is the same on the way back.
    size = jnp.minimum(log_uniform(keys.stream(key, "size"), (n, 1), LONGEST), high - low)
    place = jnp.arange(length)
    source = jnp.where(taken < put, place + size, place - size)
    inside = (place >= low) & (place < high)
    fresh = inside & ((source < low) | (source >= high))
    return jnp.where(inside, source, place), fresh


def _crossover(key, length: int, owner, is_owner):
    """The place in the partner that every letter comes from, and where that is."""
    n = len(owner)
    size = log_uniform(keys.stream(key, "size"), (n, 1), length)[owner]
    first = jax.random.randint(keys.stream(key, "place"), (n, 1), 0, length)[owner]
    most = min(LONGEST, length - 1)
    second = first + jax.random.randint(keys.stream(key, "by"), (n, 1), -most, most + 1)[owner]
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
      codes_nl: walkers, uint8 (n, R).
      shift: letters that a motif may move within its pooling windows.
      group: neighbours that exchange with each other.
      shares: odds of each of KINDS, sum 1.
    """
    n, length = codes_nl.shape
    letters, whole, blocks, _, crossing = shares
    partner = partners(keys.stream(key, "partner"), n, group)
    owner = jnp.minimum(partner, jnp.arange(n))
    point = jax.random.uniform(keys.stream(key, "kind"), (2, n))
    crosses = (point[0][owner] < crossing) & (partner != jnp.arange(n))
    kind = point[1][:, None] * (1 - crossing)
    by = jax.random.randint(keys.stream(key, "rotate"), (n, 1), 1 - shift, shift)
    source, fresh = _indel(keys.stream(key, "indel"), n, length)
    is_indel = kind >= letters + whole + blocks
    source = jnp.where(is_indel, source, _blocks(keys.stream(key, "blocks"), n, length))
    source = jnp.where(kind < letters + whole, (jnp.arange(length) + by) % length, source)
    codes = jnp.take_along_axis(codes_nl, jnp.clip(source, 0, length - 1), axis=1)
    drawn = jax.random.bits(keys.stream(key, "fresh"), (n, length), jnp.uint8) & 3
    codes = jnp.where(fresh & is_indel, drawn, codes)
    codes = jnp.where(kind < letters, substituted(keys.stream(key, "letters"), codes_nl), codes)
    if crossing:
        source, inside = _crossover(keys.stream(key, "cross"), length, owner, owner == jnp.arange(n))
        other = jnp.take_along_axis(codes_nl[partner], jnp.clip(source, 0, length - 1), axis=1)
        codes = jnp.where(crosses[:, None], jnp.where(inside, other, codes_nl), codes)
    self = jnp.arange(n)
    return Proposal(codes, jnp.where(crosses, partner, self), jnp.where(crosses, owner, self))


def rearranged(key: jax.Array, codes_nl: jax.Array) -> jax.Array:
    """Returns the rows with two neighbouring stretches exchanged, or with an indel, as often."""
    n = len(codes_nl)
    return propose(key, codes_nl, 1, n, (0.0, 0.0, 0.5, 0.5, 0.0)).codes
