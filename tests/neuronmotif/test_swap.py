import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.neuronmotif import swap
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

FIRST, SECOND = "ACGTC", "GTTAG"
# Where the neuron reads one of the two.
SITE = 24


@pytest.fixture(scope="module")
def network():
    """Its last neuron answers to either of two words that start at letters 24 to 26 of 64."""
    kernel = np.stack([np.eye(4)[dna.encode([word])[0]] for word in (FIRST, SECOND)], axis=2)
    reads = np.zeros((20, 2, 1))
    reads[SITE // 3] = 1.0
    return tiny_stacks.stack_of((conv(2, 5, 3), conv(1, 20)), [(kernel, [-4.0, -4.0]), (reads, [-0.5])])


def with_word(word, start=SITE):
    codes = np.full(64, 0, np.uint8)
    codes[start : start + 5] = dna.encode([word])[0]
    return codes


def test_windows_that_hold_the_word_activate_the_neuron(network):
    neuron = network.substructure(2).neuron(0)
    without, donor = np.full(64, 3, np.uint8), with_word(FIRST, 25)
    found = jm.swap_test(neuron, without, donor, window=11)
    assert (found.before, found.donor, found.shift) == (-0.5, 0.5, 0)
    # Window by window, by NumPy in float64.
    want = []
    for start in range(64 - 11 + 1):
        swapped = without.copy()
        swapped[start : start + 11] = donor[start : start + 11]
        want.append(tiny_stacks.activations(network, 2, swapped[None])[0, 0, 0])
    np.testing.assert_allclose(found.values, want, atol=1e-6)
    np.testing.assert_array_equal(found.starts, np.arange(19, 26))
    assert found.shared == (25, 30)
    assert str(found) == "7 of 54 windows of 11 nt activate it; all hold letters 26 to 30 of 64"


def test_a_donor_is_moved_first(network):
    neuron = network.substructure(2).neuron(0)
    donor = with_word(FIRST, 20)
    assert not len(jm.swap_test(neuron, np.full(64, 3, np.uint8), donor, window=20).starts)
    found = jm.swap_test(neuron, np.full(64, 3, np.uint8), donor, window=20, shift=5)
    assert found.shared == (25, 30)
    # What comes from beyond the donor's start is the sequence's own.
    whole = jm.swap_test(neuron, with_word(SECOND), np.full(64, 0, np.uint8), window=64, shift=40)
    np.testing.assert_array_equal(whole.values, [0.5])
    text = jm.swap_test(neuron, "T" * 64, dna.decode(donor[None])[0], window=20, shift=5)
    np.testing.assert_array_equal(text.values, found.values)


def mixed_leaves(counts=(900, 300), consensus=(-0.5, 0.5)):
    """Leaf 0 has both words on top of each other, leaf 1 the first one, one letter to the right."""
    ppm = np.full((1, 2, 64, 4), 0.25, np.float32)
    mixed = 0.51 * np.eye(4)[with_word(FIRST)] + 0.49 * np.eye(4)[with_word(SECOND)]
    # Neither word: alternately the letters of one and of the other.
    mixed[SITE : SITE + 5 : 2] = np.eye(4)[dna.encode([SECOND])[0]][::2]
    ppm[0, 0, SITE : SITE + 5] = mixed[SITE : SITE + 5]
    ppm[0, 1, SITE + 1 : SITE + 6] = np.eye(4)[dna.encode([FIRST])[0]]
    one = np.ones(1)
    return Decoded(
        "planted", 2, np.array([0]), (2,), (1,), one == 0, ("",), one == 0, 0.5 * one, one, 1200 * one, ppm,
        np.array([counts]), np.array([[0.5, 0.5]]), np.array([consensus]), np.zeros((1, 2)), one,
        np.zeros((1, 64), np.uint8),
    )  # fmt: skip


def test_the_leaf_that_mixes_two_words_is_tested_with_the_pure_one(network):
    neuron, leaves = network.substructure(2).neuron(0), mixed_leaves()
    consensus = leaves.ppm[0].argmax(axis=2).astype(np.uint8)
    np.testing.assert_array_equal(tiny_stacks.activations(network, 2, consensus)[:, 0, 0], [-0.5, 0.5])
    found = swap.of_neuron(neuron, leaves, 0)
    assert found.leaves == (0, 1) and found.window == 32
    assert found.before == -0.5 and found.donor == 0.5
    low, high = found.shared
    assert low <= SITE + found.shift + 1 and high >= SITE + found.shift + 6
    # Of too few sequences, or without a leaf on the other side, nothing is tested.
    assert swap.of_neuron(neuron, mixed_leaves(counts=(20, 300)), 0) is None
    assert swap.of_neuron(neuron, mixed_leaves(consensus=(-0.5, -0.1)), 0) is None
    assert swap.of_neuron(neuron, mixed_leaves(consensus=(0.4, 0.5)), 0, Regions()) is None


def test_motifs_are_laid_on_each_other():
    ppm = np.random.default_rng(0).dirichlet(np.full(4, 0.3), 40)
    for shift in (-3, 0, 5):
        assert swap.best_shift(np.roll(ppm, shift, axis=0), ppm, 6) == shift
    assert swap.best_shift(np.full((40, 4), 0.25), ppm, 6) == 0


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(window=65), "window must be 1 to 64"),
        (dict(inconsistent="ACGT"), "inconsistent must be 64 letters"),
        (dict(consistent="N" * 64), "of A, C, G and T only"),
    ],
)
def test_what_cannot_be_swapped_is_refused(network, change, message):
    arguments = {"inconsistent": "A" * 64, "consistent": "C" * 64} | change
    with pytest.raises(ValueError, match=message):
        jm.swap_test(network.substructure(2).neuron(0), **arguments)
