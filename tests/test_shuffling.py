"""The dinucleotide shuffle against enumeration."""

import jax
import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna, keys, shuffling


def test_trees_are_all_rooted_trees():
    for root, table in enumerate(shuffling._trees()):
        assert len({tuple(parents) for parents in table}) == 125
        for parents in table:
            # The Laplacian of a tree with the root's row removed has determinant 1 (Kirchhoff).
            laplacian = np.eye(5)
            for vertex, parent in enumerate(parents):
                laplacian[vertex, parent] -= vertex != root
            keep = np.arange(5) != root
            assert round(np.linalg.det(laplacian[np.ix_(keep, keep)])) == 1


def pair_counts(codes):
    return np.stack([np.bincount(row[:-1] * 5 + row[1:], minlength=25) for row in codes.astype(int)])


@pytest.mark.parametrize("letters", [2, 4, 5])
def test_shuffle_keeps_dinucleotides_and_ends(letters):
    codes = np.random.default_rng(letters).integers(0, letters, (300, 57)).astype(np.uint8)
    shuffled = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(0), codes))
    assert shuffled.dtype == np.uint8
    np.testing.assert_array_equal(pair_counts(shuffled), pair_counts(codes))
    np.testing.assert_array_equal(shuffled[:, [0, -1]], codes[:, [0, -1]])
    assert (shuffled != codes).any(axis=1).all()


def all_shuffles(text):
    """Every distinct sequence with the dinucleotide counts of `text` that starts as it does."""
    found = []

    def extend(word, pairs):
        if not pairs:
            found.append(word)
        for pair in sorted(set(pairs)):
            if pair[0] == word[-1]:
                left = list(pairs)
                left.remove(pair)
                extend(word + pair[1], left)

    extend(text[0], [a + b for a, b in zip(text, text[1:], strict=False)])
    return found


# In the first two the trees of last exits differ in weight, which an even draw of them would miss.
@pytest.mark.parametrize(
    "text",
    ["CGACGTCTA", "CTCTCGTGAGA", "ACACGATA", "GATCTGACG", "NATTACANA", "AACCAACC", "ACNNGANC"],
)
def test_shuffle_is_uniform_over_distinct_shuffles(text):
    words = all_shuffles(text)
    assert len(words) > 3 and all(word[-1] == text[-1] for word in words)
    draws = 20_000
    codes = np.repeat(dna.encode([text]), draws, axis=0)
    found = dna.decode(np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(7), codes)))
    counts = [found.count(word) for word in words]
    assert sum(counts) == draws
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_shuffle_leaves_padding_in_place():
    texts = ["NNNACACGATANN", "NACACGATACACG", "ACACGATACACGN"]
    draws = 3000
    shuffled = shuffling.dinucleotide_shuffle(jax.random.key(1), np.repeat(dna.encode(texts), draws, axis=0))
    shuffled = dna.decode(np.asarray(shuffled))
    words = all_shuffles("ACACGATA")
    counts = [shuffled[:draws].count(f"NNN{word}NN") for word in words]
    assert sum(counts) == draws
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    assert {word[0] + word[1] + word[-1] for word in shuffled[draws : 2 * draws]} == {"NAG"}
    assert {word[0] + word[-2:] for word in shuffled[2 * draws :]} == {"AGN"}


@pytest.mark.parametrize("text", ["", "A", "AC", "NN", "AAAAAA", "NNNNNN", "ACCGTT", "NNNANN", "AN"])
def test_shuffle_of_what_has_no_other(text):
    codes = dna.encode([text, text])
    shuffled = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(0), codes))
    np.testing.assert_array_equal(shuffled, codes)


def test_shuffle_of_a_row_ignores_the_other_rows():
    codes = np.random.default_rng(0).integers(0, 4, (9, 40)).astype(np.uint8)
    key = keys.stream(keys.root(3), "test")
    whole = np.asarray(shuffling.dinucleotide_shuffle(key, codes))
    np.testing.assert_array_equal(jax.jit(shuffling.dinucleotide_shuffle)(key, codes[:4]), whole[:4])
    assert (np.asarray(shuffling.dinucleotide_shuffle(keys.root(4), codes)) != whole).any()


def test_shuffle_wants_two_axes():
    with pytest.raises(ValueError, match=r"\(5,\)"):
        shuffling.dinucleotide_shuffle(jax.random.key(0), np.zeros(5, np.uint8))
