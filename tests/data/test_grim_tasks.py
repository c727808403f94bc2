"""GRIM's two tasks against what their truth says, row by row."""

import numpy as np
import pytest

from jaxmotif.data import archive, grim, named, synthetic
from test_named import assert_same


@pytest.fixture(scope="module")
def task1():
    return grim.task1_splits(1, 2000)


@pytest.fixture(scope="module")
def task2():
    return grim.task2_splits(1, 1000)


def _parts(splits):
    return [splits.train, splits.valid, splits.test]


def _check_planting(part, motifs, min_gap):
    """Letters fit their matrices, and nothing lies nearer than `min_gap`."""
    for row, (ids, starts) in enumerate(zip(part.truth.motif_id, part.truth.start)):
        end = 0
        for motif_id, start in zip(ids, starts):
            if motif_id < 0:
                continue
            assert start - end >= min_gap
            ppm = motifs[motif_id // 2].ppm
            if motif_id % 2:
                ppm = ppm[::-1, ::-1]
            end = start + len(ppm)
            letters = part.sequences[row, start:end]
            assert (ppm[np.arange(len(ppm)), letters] > 0).all()
        assert part.length - end >= min_gap or (ids < 0).all()


def test_task1_plants_three_to_five_of_eleven(task1):
    assert [len(part) for part in _parts(task1)] == [1400, 200, 400]
    counts = np.concatenate([(part.truth.motif_id >= 0).sum(1) for part in _parts(task1)])
    shares = np.bincount(counts, minlength=6)[3:] / 2000
    assert counts.min() == 3 and counts.max() == 5
    np.testing.assert_allclose(shares, 1 / 3, atol=0.04)  # 3.8 standard errors
    part = task1.train
    assert part.targets == tuple(m.alt_name for m in grim.motifs_of(grim.TASK1)) and len(part.targets) == 11
    for row in range(len(part)):
        planted = {i // 2 for i in part.truth.motif_id[row] if i >= 0}
        assert set(np.flatnonzero(part.labels[row])) == planted
    _check_planting(part, grim.motifs_of(grim.TASK1), 1)


def test_task2_has_srf_in_every_positive_and_shuffles_beside_them(task2):
    groups = []
    for part in _parts(task2):
        positive = part.labels[:, 0] > 0.5
        assert positive.sum() * 2 == len(part)
        ids = part.truth.motif[positive]
        assert ((ids == 0).sum(1) == 1).all()
        assert set(np.unique(ids)) == {-1, 0, 1, 2, 3, 4, 5}
        others = (ids > 0).sum(1)
        assert others.min() == 1 and others.max() == 3
        assert (part.truth.motif[~positive] == -1).all()
        _check_planting(part.take(positive), grim.motifs_of(grim.TASK2), 1)
        groups.append(set(part.group))
        order = np.argsort(part.group, kind="stable")
        for pair in order.reshape(-1, 2):
            one, two = part.sequences[pair].astype(int)
            assert part.group[pair[0]] == part.group[pair[1]] and set(part.labels[pair, 0]) == {0, 1}
            assert (one != two).any()
            np.testing.assert_array_equal(np.sort(5 * one[:-1] + one[1:]), np.sort(5 * two[:-1] + two[1:]))
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    first = task2.train.truth.motif[task2.train.labels[:, 0] > 0.5]
    place = (first == 0).argmax(1)[(first >= 0).sum(1) == 4]
    assert set(place) == {0, 1, 2, 3}
    named_srf = grim.motifs_of(grim.TASK2)[0]
    assert named_srf.name == synthetic.KOO_EDDY_IDS["SRF"]


@pytest.mark.parametrize("make,n", [(grim.task1_splits, 200), (grim.task2_splits, 200)])
def test_options_and_seeds(make, n):
    forward = make(2, n, both_strands=0)
    assert set(np.unique(forward.train.truth.strand)) <= {0, 1}
    assert -1 in make(2, n).train.truth.strand
    fewer = make(2, n, fewest=2, most=2, min_gap=5)
    extra = make is grim.task2_splits
    assert {2 + extra} == set((fewer.train.truth.motif_id >= 0).sum(1)) - {0}
    np.testing.assert_array_equal(make(2, n).test.sequences, make(2, n).test.sequences)
    assert not np.array_equal(make(2, n).test.sequences, make(3, n).test.sequences)


@pytest.mark.parametrize(
    "make,options,message",
    [
        (grim.task1_splits, dict(fewest=0), "fewest = 0 and most = 5"),
        (grim.task1_splits, dict(fewest=4, most=3), "fewest = 4 and most = 3"),
        (grim.task1_splits, dict(length=60), "5 motifs of 16 nt with gaps of 1 need 86 nt"),
        (grim.task2_splits, dict(n=201), "even n of at least 20, got n = 201"),
        (grim.task2_splits, dict(fewest=2, most=1), "fewest = 2, most = 1"),
        (grim.task2_splits, dict(length=50), "4 motifs of 16 nt"),
    ],
)
def test_impossible_tasks_are_refused(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(0, **{"n": 200, **options})


@pytest.mark.parametrize("name,make", [("grim_task1", grim.task1_splits), ("grim_task2", grim.task2_splits)])
def test_prepared_sets_and_archives_equal_the_generated_ones(tmp_path, name, make):
    pytest.importorskip("tensorflow_datasets")
    generated = make(4, 60, most=3)
    assert_same(named.load_named(name, tmp_path, seed=4, n=60, most=3), generated)
    archive.save(tmp_path / "x.npz", generated)
    assert_same(archive.load(tmp_path / "x.npz")[0], generated)
