import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxmotif.neuronmotif.sample import moves
from tests.helpers import tiny_stacks

KEY = jax.random.key(1)
# Drawn with it, all partners of two are each other.
KEY_THAT_PAIRS = 2
propose = functools.partial(jax.jit, static_argnums=(2, 3, 4))(moves.propose)


def only(kind):
    return tuple(float(name == kind) for name in moves.KINDS)


def as_likely_back(number_before, number_after, states, fewest):
    """Checks that i -> j and j -> i are as frequent, of states started from equally often."""
    counts = np.bincount(number_before * states + number_after, minlength=states**2)
    counts = counts.reshape(states, states).astype(float)
    above = np.triu_indices(states, 1)
    there, back = counts[above], counts.T[above]
    met = there + back >= fewest
    assert met.sum() > 20
    statistic = ((there - back)[met] ** 2 / (there + back)[met]).sum()
    assert scipy.stats.chi2.sf(statistic, met.sum()) > 0.001


@pytest.mark.parametrize("kind", ["letters", "whole", "blocks", "indel"])
@pytest.mark.parametrize("length", [3, 4])
def test_proposals_go_both_ways_alike(kind, length):
    codes, powers = tiny_stacks.all_sequences(length), 4 ** np.arange(length)[::-1]
    many = np.repeat(codes, 120_000 // len(codes), axis=0)
    proposed = np.asarray(propose(KEY, jnp.asarray(many), 3, len(many), only(kind)).codes)
    as_likely_back(many @ powers, proposed @ powers, 4**length, 5)


def test_exchanges_of_pairs_go_both_ways_alike():
    # The state is the pair: 4^2 x 4^2 of them, 400 pairs of each, partners next to each other.
    codes = tiny_stacks.all_sequences(4).reshape(-1, 2, 2)
    many = np.repeat(codes, 400, axis=0).reshape(-1, 2)
    found = propose(jax.random.key(KEY_THAT_PAIRS), jnp.asarray(many), 1, 2, only("crossover"))
    proposed = np.asarray(found.codes)
    powers = np.array([64, 16, 4, 1])
    partner = np.asarray(found.partner)
    np.testing.assert_array_equal(partner[partner], np.arange(len(many)))
    np.testing.assert_array_equal(np.asarray(found.owner), np.minimum(partner, np.arange(len(many))))
    # All pairs turn alike; with this key they do.
    assert (partner != np.arange(len(many))).all() and (proposed != many).any()
    as_likely_back(many.reshape(-1, 4) @ powers, proposed.reshape(-1, 4) @ powers, 256, 5)
    # No letter is lost or made.
    np.testing.assert_array_equal(
        np.sort(many.reshape(-1, 4), axis=1), np.sort(proposed.reshape(-1, 4), axis=1)
    )


def test_partners_are_mutual_and_of_the_own_group():
    for number in range(20):
        found = np.asarray(moves.partners(jax.random.key(number), 24, 8))
        np.testing.assert_array_equal(found[found], np.arange(24))
        np.testing.assert_array_equal(found // 8, np.arange(24) // 8)


def test_moves_change_distances():
    # AAA ... CCC in a row of G; what stays whole and ends elsewhere relative to the other.
    length, row = 30, np.full(30, 2, np.uint8)
    row[4:7], row[18:21] = 0, 1
    many = jnp.asarray(np.repeat(row[None], 20_000, axis=0))
    reached, kept = {}, {}
    for kind in ("letters", "whole", "blocks", "indel"):
        codes = np.asarray(propose(KEY, many, 4, 20_000, only(kind)).codes)
        windows = np.lib.stride_tricks.sliding_window_view(codes, 3, axis=1)
        first, second = (windows == letter for letter in (0, 1))
        first, second = first.all(2), second.all(2)
        whole = (first.sum(1) == 1) & (second.sum(1) == 1)
        distance = (second.argmax(1) - first.argmax(1))[whole]
        reached[kind], kept[kind] = set(distance.tolist()), (distance == 14).mean()
        assert codes.shape == (20_000, length)
    # Letters move a word only by making it anew elsewhere: both of its ends have to change at once.
    assert kept["letters"] > 0.98 and reached["whole"] == {14}
    assert kept["blocks"] < 0.9 and kept["indel"] < 0.9
    for kind in ("blocks", "indel"):
        assert {5, 10, 13, 14, 15, 18, 22} <= reached[kind]


def test_pieces_are_of_all_sizes():
    drawn = np.asarray(moves.log_uniform(jax.random.uniform(KEY, (20_000,)), 40))
    assert drawn.min() == 1 and drawn.max() == 40
    # The law: P(n) = log((n + 1) / n) / log(41).
    expected = np.log1p(1 / np.arange(1, 41)) / np.log(41)
    assert scipy.stats.chisquare(np.bincount(drawn, minlength=41)[1:], 20_000 * expected).pvalue > 0.001
