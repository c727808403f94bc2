"""What belongs together is found as brute force finds it: copies, strands, stretches, loci and groups."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from jaxmotif import dna
from jaxmotif.data import splits
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.judge import groups


def random_codes(seed, n, length):
    return np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)


def same_groups(a, b):
    return np.array_equal(np.equal.outer(a, a), np.equal.outer(b, b))


def test_linked_by_sequence_strand_and_group():
    texts = ["ACCA", "ACCA", "TGGT", "GGGG", "AAAA", "CCCC", "ATAT"]
    dataset = Dataset(dna.encode(texts), group=[0, 1, 2, 3, 1, 5, 6])
    unit = groups.linked(dataset)
    # 0, 1 and 2 by sequence, 4 by the group of 1; 3 and 5 are each other's other strand.
    assert len({unit[i] for i in (0, 1, 2, 4)}) == 1
    assert unit[3] == unit[5]
    assert len(set(unit.tolist())) == 3


def test_loci_as_brute_force():
    rng = np.random.default_rng(0)
    start, chrom = rng.integers(0, 20_000, 200), rng.choice(["chr1", "1", "chr2", "X", ""], 200)
    data = Dataset(random_codes(1, 200, 30), chrom=chrom, start=np.where(chrom == "", -1, start))
    plain = np.array([name.removeprefix("chr") for name in chrom])
    gap = np.abs(start[:, None] - start) - 30
    near = (gap < groups.NEAR) & (plain[:, None] == plain) & (plain != "") & (plain != "")[:, None]
    truth = connected_components(near | np.eye(200, dtype=bool))[1]
    assert same_groups(groups.linked(data), truth)
    assert 10 < len(set(truth.tolist())) < 190
    assert len(set(groups.linked(data, loci=False).tolist())) == 200
    # Directly, not by way of others.
    found = groups.touching(data.take(range(100)), data.take(range(100, 200)))
    np.testing.assert_array_equal(found, near[:100, 100:].any(axis=1))


def windows(seed, step, count=40, length=100, regions=30):
    """Overlapping windows of random regions, mixed, every second one reversed; their regions."""
    long = random_codes(seed, regions, length + step * (count - 1))
    rows = np.concatenate([long[:, i * step : i * step + length] for i in range(count)])
    rows[::2] = dna.reverse_complement(rows[::2])
    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order], np.tile(np.arange(regions), count)[order]


@pytest.mark.parametrize("step", [1, 25, 60])
def test_windows_without_coordinates_are_told_by_the_letters_they_share(step):
    codes, region = windows(step, step, count=5)
    assert same_groups(groups.linked(Dataset(codes)), region)
    other = ~np.isin(region, region[:20])
    assert not groups.touching(Dataset(codes[other]), Dataset(codes[:20])).any()


def test_windows_that_share_little_are_not_linked():
    codes, _ = windows(0, 75, count=3)
    assert len(set(groups.linked(Dataset(codes)).tolist())) == len(codes)


def test_what_is_everywhere_links_nothing():
    codes = random_codes(3, 200, 120)
    codes[:120, :45] = random_codes(4, 1, 45)  # a vector
    codes[30:90, 60:] = np.tile([0, 1, 1, 3], 15)  # a repeat of a short word
    codes[:, 50:55] = dna.N
    assert len(set(groups.linked(Dataset(codes)).tolist())) == 200
    assert len(groups.words(codes[:, :39])[0]) == 0


def test_groups_are_numbered_in_order_of_their_first():
    assert groups.in_order(np.array([7, 3, 7, 5, 3])).tolist() == [0, 1, 0, 2, 1]
    assert groups.in_order(np.array([5, 2, 9])).tolist() == [0, 1, 2]


def test_chains_of_loci_are_cut_where_there_are_few_sets():
    chrom, start = np.repeat(["chr1", "chr2"], 200), np.tile(np.arange(200) * 60, 2)
    data = Dataset(random_codes(8, 400, 60), chrom=chrom, start=start)
    unit = groups.linked(data)
    assert unit.max() == 1
    cut = groups.blocks(data, unit)
    assert np.bincount(cut).tolist() == [10] * 40 and (np.diff(cut) >= 0).all()
    twice = data.take(np.repeat(np.arange(400), 2))
    assert (np.diff(groups.blocks(twice, np.repeat(unit, 2)).reshape(-1, 2), axis=1) == 0).all()
    far = Dataset(data.sequences, chrom=chrom, start=start * 100)
    assert groups.blocks(far, groups.linked(far)) is not None and len(set(groups.linked(far).tolist())) == 400
    parts = splits.split(data, 0)
    for one, other in ((parts.train, parts.valid), (parts.train, parts.test), (parts.valid, parts.test)):
        gap = np.abs(one.start[:, None] - other.start) - 60
        assert not ((gap < groups.NEAR) & (one.chrom[:, None] == other.chrom)).any()
    assert len(parts.train) == 320 and min(len(parts.valid), len(parts.test)) >= 20
    assert "also occur on another side" in parts.notes[0]
    near = Dataset(random_codes(9, 300, 60), chrom=["chr1"] * 300, start=np.arange(300))
    with pytest.raises(ValueError, match="every sequence of the (validation|test) part occurs"):
        splits.split(near.take(range(40)), 0)


@pytest.mark.parametrize("count", [100, 400, 3000])
def test_windows_that_tile_a_region_leave_something_in_every_part(count):
    """All are one linked set; blocks of it are held out, and what touches over a cut is left out."""
    rng = np.random.default_rng(count)
    data = Dataset(
        rng.integers(0, 4, (count, 60)).astype(np.uint8),
        np.ones((count, 1), np.float32),
        [f"chr1:{100 * i}-{100 * i + 60}" for i in range(count)],
        chrom=np.full(count, "chr1"),
        start=100 * np.arange(count),
    )
    unit = groups.linked(data)
    assert unit.max() == 0
    # As judged data come: the chain is their group.
    parts = splits.split(dataclasses.replace(data, group=unit), 0)
    starts = [set((part.start // 100).tolist()) for part in (parts.train, parts.valid, parts.test)]
    assert all(len(own) > 0.05 * count for own in starts)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert not any({i - 1, i, i + 1} & starts[b] for i in starts[a])
