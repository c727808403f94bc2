import numpy as np
import pytest

from jaxmotif.motifs.align import align, similarities
from jaxmotif.neuronmotif.syntax.shifts import best_shifts, pool_shifts
from tests.helpers import planted_leaves


def test_likeness_is_that_of_alignment_on_one_strand():
    rng = np.random.default_rng(0)
    ppm, others = rng.dirichlet([0.5] * 4, 20), rng.dirichlet([0.5] * 4, (30, 20))
    for i in range(0, 30, 2):  # noisy copies, moved
        others[i] = 0.7 * np.roll(ppm, i // 4 - 3, axis=0) + 0.3 * others[i]
    shifts, alike = best_shifts(ppm, others)
    similar, offset, strand, _ = similarities(ppm, list(others))
    plus = strand == "+"
    assert plus.sum() > 15
    np.testing.assert_allclose(alike[plus], similar[plus], atol=1e-9)
    np.testing.assert_array_equal(shifts[plus], -offset[plus])
    assert (alike <= similar + 1e-9).all()


def test_shifts_of_one_motif_are_found_and_their_counts_added():
    rest, gata = planted_leaves.known("MA0138.2", "MA0035.3")
    starts = [9, 8, 7, 10, 12, 6]
    leaves = [[(rest.ppm, start, "+")] for start in starts] + [
        [(gata.ppm, 12, "+")],
        [(gata.ppm, 11, "+")],
        None,
    ]
    decoded = planted_leaves.layer([leaves], 42, nsites=2000)
    first, second = pool_shifts(decoded.ppm[0], decoded.nsites[0])
    assert first.leaves.tolist() == [0, 1, 2, 3, 4, 5] and second.leaves.tolist() == [6, 7]
    assert (first.shifts + 9).tolist() == starts and second.shifts.tolist() == [0, -1]
    assert first.motif.nsites == 12000 and second.motif.nsites == 4000
    found = align(rest, first.motif)
    assert found.strand == "+" and found.similarity > 0.98
    # Where the pooled motif begins in the first leaf, told by the alignment with the planted one.
    assert first.start == 9 + found.offset
    # Columns are means over the leaves, each moved back.
    columns = first.start + np.arange(first.motif.width)
    moved = [decoded.ppm[0, t, columns + shift] for t, shift in zip(first.leaves, first.shifts, strict=True)]
    np.testing.assert_allclose(first.motif.ppm, np.mean(moved, axis=0), atol=1e-6)


def test_sequences_weigh_and_gaps_and_strands_keep_leaves_apart():
    (ctcf,) = planted_leaves.known("MA0139.1")
    pairs = [[(ctcf.ppm, 3, "+"), (ctcf.ppm, 3 + distance, "+")] for distance in (25, 31)]
    turned = [[(ctcf.ppm, 20, "-")], [(ctcf.ppm, 20, "+")]]
    decoded = planted_leaves.layer([pairs + turned], 60)
    pooled = pool_shifts(decoded.ppm[0], decoded.nsites[0])
    assert sorted(x.leaves.tolist() for x in pooled) == [[0], [1], [2], [3]]
    sharp, soft = np.eye(4)[[0, 1, 2, 3] * 3], np.eye(4)[[0, 1, 2, 3] * 3] * 0.6 + 0.1
    (both,) = pool_shifts(np.stack([sharp, soft]), [300, 100])
    np.testing.assert_allclose(both.motif.ppm, 0.75 * sharp + 0.25 * soft)


def test_few_sequences_and_bad_input():
    rng = np.random.default_rng(2)
    ppm = rng.dirichlet([0.2] * 4, (3, 15))
    assert [x.leaves.tolist() for x in pool_shifts(ppm, [50, 200, 3], fewest=10)] == [[1], [0]]
    assert pool_shifts(ppm, [0, 0, 0]) == []
    (flat,) = pool_shifts(np.full((1, 15, 4), 0.25), [9])
    assert flat.motif.width == 15 and flat.start == 0
    with pytest.raises(ValueError, match=r"\(3, 15, 4\) and \(2,\)"):
        pool_shifts(ppm, [1, 2])
    with pytest.raises(ValueError, match="not 0"):
        pool_shifts(ppm, [1, 2, 3], fewest=0)


@pytest.mark.parametrize(
    "nsites, columns", [((200, 200), (0, 18)), ((240, 160), (2, 18)), ((160, 240), (0, 16))]
)
def test_a_pooled_motif_has_the_columns_of_at_least_half_of_its_sequences(nsites, columns):
    # Two leaves that see 16 columns of one motif of 18, from its third and from its first.
    motif = np.eye(4)[np.random.default_rng(3).integers(0, 4, 18)]
    (pooled,) = pool_shifts(np.stack([motif[2:], motif[:16]]), nsites, pseudosites=0)
    assert pooled.shifts.tolist() == [0, 2]
    np.testing.assert_allclose(pooled.motif.ppm, motif[slice(*columns)])
    assert pooled.start == columns[0] - 2
