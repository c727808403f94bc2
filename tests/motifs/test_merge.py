"""Alignment against plain loops; merging of noisy, shifted, turned and cut copies of motifs."""

import numpy as np
import pytest

from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align, similarities
from jaxmotif.motifs.merge import merge
from jaxmotif.motifs.motif import Motif

# The factors of Koo and Eddy (2019) and eleven of other families, none alike.
DISTINCT = (
    "MA0151.1 MA0466.2 MA0477.1 MA0062.2 MA0496.1 MA0058.3 MA0052.3 MA0502.1 MA0079.3 MA0083.3 "
    "MA0137.3 MA0095.2 MA0139.1 MA0138.2 MA0035.3 MA0106.3 MA0112.3 MA0130.1 MA0002.2 MA0163.1 "
    "MA0142.1 MA0091.1 MA0024.3"
).split()


def _known(names):
    return jaspar.select(jaspar.load("JASPAR2016"), names)


def _filter(rng, ppm, cut=0.0):
    """A filter that learned `ppm`: more or less sharp, noisy, anywhere, on any strand.

    Returns the matrix, the position of the motif's first column on the filter's strand, and that
    strand.
    """
    width = int(rng.integers(max(19, len(ppm)), max(26, len(ppm) + 1)))
    learned = (ppm + 0.01) ** rng.uniform(0.6, 1.8)
    mix = rng.uniform(0, 0.2)
    learned = (1 - mix) * learned / learned.sum(1, keepdims=True) + mix / 4
    lost = int(round(cut * len(ppm)))
    start = int(rng.integers(-lost, width - len(ppm) + lost + 1))
    matrix = rng.dirichlet([40.0] * 4, size=width)
    for i, row in enumerate(learned):
        if 0 <= start + i < width:
            matrix[start + i] = rng.dirichlet(60 * row + 0.05)
    turned = bool(rng.integers(2))
    return (matrix[::-1, ::-1] if turned else matrix), start, "-" if turned else "+"


def _ensemble(seed, known, cut=0.0, seeds=3):
    rng = np.random.default_rng(seed)
    motifs, groups, truth = [], [], []
    for group in range(seeds):
        for i in rng.permutation(len(known)):
            matrix, start, strand = _filter(rng, known[i].ppm, cut)
            motifs.append(Motif(f"s{group}f{i}", matrix, float(rng.integers(200, 4000))))
            groups.append(group)
            truth.append((int(i), start, strand))
    return motifs, groups, truth


def _plain_similarity(a, b, offset):
    a, b = a - 0.25, b - 0.25
    pairs = [(i, i - offset) for i in range(len(a)) if 0 <= i - offset < len(b)]
    dot = sum(float(a[i] @ b[j]) for i, j in pairs)
    a_all, b_all = float((a * a).sum()), float((b * b).sum())
    a_here = sum(float(a[i] @ a[i]) for i, _ in pairs)
    b_here = sum(float(b[j] @ b[j]) for _, j in pairs)
    share = a_here / a_all if a_all < b_all else b_here / b_all
    if dot <= 0:
        return 0.0, len(pairs)
    return np.sqrt(dot / np.sqrt(a_all * b_all) * dot / np.sqrt(a_here * b_here) * share), len(pairs)


def test_similarities_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    ppm = rng.dirichlet([0.4] * 4, size=9)
    others = [rng.dirichlet([0.4] * 4, size=w) for w in (3, 6, 9, 14, 20)]
    similarity, offset, strand, overlap = similarities(ppm, others)
    for i, other in enumerate(others):
        table = {}
        for s, matrix in (("+", other), ("-", other[::-1, ::-1])):
            for o in range(-len(other) + 1, len(ppm)):
                value, columns = _plain_similarity(ppm, matrix, o)
                if columns >= min(6, len(other)):
                    table[o, s] = value, columns
        best = max(table, key=lambda key: table[key][0])
        assert (offset[i], strand[i]) == best
        assert similarity[i] == pytest.approx(table[best][0], abs=1e-9)
        assert overlap[i] == table[best][1]


def test_a_motif_aligns_with_itself_turned_shifted_and_halved():
    (motif,) = _known(["MA0138.2"])
    flat = np.full((4, 4), 0.25)
    assert align(motif, motif).similarity == pytest.approx(1)
    turned = align(motif, np.concatenate([flat, motif.ppm[::-1, ::-1]]))
    assert (turned.offset, turned.strand, turned.overlap) == (0, "-", motif.width)
    shifted = align(motif, np.concatenate([flat, motif.ppm]))
    assert (shifted.offset, shifted.strand) == (-4, "+")
    assert shifted.similarity == pytest.approx(1)
    energy = np.square(motif.ppm - 0.25).sum(1)
    half = align(motif, motif.ppm[8:])
    assert (half.offset, half.strand) == (8, "+")
    assert half.similarity == pytest.approx((energy[8:].sum() / energy.sum()) ** 0.25)


def test_ties_go_to_plus_and_flat_matrices_are_alike_to_nothing():
    palindrome = np.eye(4)[[1, 0, 1, 2, 3, 2]]
    assert align(palindrome, palindrome).strand == "+"
    flat = np.full((8, 4), 0.25)
    assert align(flat, palindrome).similarity == align(palindrome, flat).similarity == 0
    assert align(flat, flat).similarity == 0
    with pytest.raises(ValueError, match="not 0"):
        align(palindrome, palindrome, min_overlap=0)
    with pytest.raises(ValueError, match="sums to 0"):
        align(palindrome, np.zeros((6, 4)))


def test_alignment_is_symmetric():
    rng = np.random.default_rng(3)
    for _ in range(20):
        a, b = (rng.dirichlet([0.4] * 4, size=w) for w in rng.integers(6, 20, size=2))
        ab, ba = align(a, b), align(b, a)
        assert ab.similarity == pytest.approx(ba.similarity) and ab.strand == ba.strand
        assert ba.offset == (-ab.offset if ab.strand == "+" else ab.offset + len(b) - len(a))


@pytest.mark.parametrize("seed", range(6))
def test_noisy_copies_become_one_motif_each(seed):
    known = _known(DISTINCT)
    motifs, groups, truth = _ensemble(seed, known)
    merged = merge(motifs, groups)
    assert len(merged) == len(known)
    for m in merged:
        assert {truth[member.index][0] for member in m.members} == {truth[m.members[0].index][0]}
        assert len(m.members) == 3 and m.support == (0, 1, 2)
        assert m.motif.nsites == sum(motifs[member.index].nsites for member in m.members)
        assert align(m.motif, known[truth[m.members[0].index][0]]).similarity > 0.93


@pytest.mark.parametrize("seed", range(4))
def test_copies_of_which_a_quarter_may_be_cut_off(seed):
    # Six to eight columns less a quarter are too few to know a motif by: longer ones only.
    known = [m for m in _known(DISTINCT) if m.width >= 11]
    motifs, groups, truth = _ensemble(seed, known, cut=0.25)
    merged = merge(motifs, groups)
    for m in merged:  # nothing that differs is ever joined
        assert len({truth[member.index][0] for member in m.members}) == 1
    assert len(known) <= len(merged) <= len(known) + 1


def test_members_lie_where_the_motif_was_planted():
    known = _known(["MA0138.2", "MA0139.1", "MA0095.2"])
    motifs, groups, truth = _ensemble(7, known, seeds=4)
    for m in merge(motifs, groups):
        starts, strands = set(), set()
        for member in m.members:
            _, start, strand = truth[member.index]
            # The motif's first column on the merged motif, read on the strand on which it was
            # planted.
            strands.add(strand == member.strand)
            width = motifs[member.index].width
            length = known[truth[member.index][0]].width
            starts.add(
                member.offset
                + (
                    start
                    if strand == member.strand == "+" or (strand == "-" and member.strand == "-")
                    else width - start - length
                )
            )
        assert len(starts) == len(strands) == 1


def test_counts_are_added_in_the_aligned_frame():
    rng = np.random.default_rng(0)
    core = np.eye(4)[rng.integers(4, size=12)] * 0.9 + 0.025
    flank = np.full((1, 4), 0.25)
    a = Motif("a", np.concatenate([flank, flank, core]), 30)
    b = Motif("b", np.concatenate([core, flank, flank])[::-1, ::-1], 10)
    (m,) = merge([a, b], ["x", "y"])
    assert m.support == ("x", "y") and m.motif.nsites == 40
    assert [(member.index, member.offset, member.strand) for member in m.members] == [
        (0, 0, "+"),
        (1, 2, "-"),
    ]
    # b's flank on the right is covered by a quarter of the sites, a's on the left by three
    # quarters.
    np.testing.assert_allclose(m.motif.ppm, a.ppm, atol=1e-12)
    noisier = Motif("b", (core + 0.1)[::-1, ::-1] / 1.4, 10)
    (m,) = merge([a, noisier], [0, 1])
    np.testing.assert_allclose(m.motif.ppm[2:], (30 * core + 10 * (core + 0.1) / 1.4) / 40)
    assert [(member.offset, member.strand) for member in m.members] == [(0, "+"), (2, "-")]


def test_a_part_joins_the_whole_but_a_shared_core_does_not():
    rest, fosl1, mafk = _known(["MA0138.2", "MA0477.1", "MA0496.1"])
    half = Motif("half", rest.ppm[8:], 100)
    merged = merge([rest, half, fosl1, mafk], [0, 1, 0, 1])
    assert sorted(tuple(m.index for m in x.members) for x in merged) == [(0, 1), (2,), (3,)]


def test_families():
    # Documented beside the threshold: members of a family are one motif, E-boxes included.
    elk1, gabpa, max_, usf1 = _known(["MA0028.2", "MA0062.2", "MA0058.3", "MA0093.2"])
    merged = merge([elk1, gabpa, max_, usf1], [0, 1, 0, 1])
    assert sorted(tuple(m.index for m in x.members) for x in merged) == [(0, 1), (2, 3)]
    assert len(merge([max_, usf1], [0, 1], threshold=0.9)) == 2


def test_order_names_and_repeatability():
    known = _known(DISTINCT[:6])
    motifs, groups, _ = _ensemble(3, known)
    motifs, groups = motifs[:-2], groups[:-2]
    merged, again = (merge(motifs, groups, name="m") for _ in range(2))
    keys = [(-len(m.support), -m.motif.nsites) for m in merged]
    assert keys == sorted(keys)
    assert [m.motif.name for m in merged] == [f"m{i + 1}" for i in range(len(merged))]
    for a, b in zip(merged, again, strict=True):
        assert a.members == b.members
        np.testing.assert_array_equal(a.motif.ppm, b.motif.ppm)
    # The input's order does not change which are joined.
    order = np.random.default_rng(1).permutation(len(motifs))
    shuffled = merge([motifs[i] for i in order], [groups[i] for i in order], name="m")
    assert {frozenset(m.index for m in x.members) for x in merged} == {
        frozenset(int(order[m.index]) for m in x.members) for x in shuffled
    }


def test_a_lone_motif_is_trimmed_and_bad_input_is_refused():
    ppm = np.concatenate([np.full((8, 4), 0.25), np.eye(4)[[0, 1, 2, 3, 0, 1]], np.full((8, 4), 0.25)])
    (m,) = merge([Motif("only", ppm, 5)], [4])
    assert m.motif.width == 12 and m.members[0].offset == -5 and m.support == (4,)
    assert merge([], []) == []
    with pytest.raises(ValueError, match="not 2 for 1"):
        merge([m.motif], [0, 1])
    with pytest.raises(ValueError, match="not 1.5"):
        merge([m.motif], [0], threshold=1.5)
