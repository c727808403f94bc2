"""GRIM's two tasks against what their truth says, row by row."""

import numpy as np
import pytest
import scipy.stats

from jaxmotif.data import named
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import grim, koo_eddy
from tests.helpers.compare import assert_same


@pytest.fixture(scope="module")
def task1():
    return grim.task1_splits(1, 2000)


@pytest.fixture(scope="module")
def task2():
    return grim.task2_splits(1, 2000)


def _parts(splits):
    return [splits.train, splits.valid, splits.test]


def _truth(splits, name):
    return np.concatenate([getattr(part.truth, name) for part in _parts(splits)])


def _assert_uniform(values, possible):
    values, counts = np.unique(values, return_counts=True)
    assert values.tolist() == list(possible)
    if len(counts) > 1:
        assert scipy.stats.chisquare(counts).pvalue > 1e-3


def _check_planting(part, motifs, min_gap):
    """Letters fit their matrices, and nothing lies nearer than `min_gap`."""
    for row, (ids, starts) in enumerate(zip(part.truth.motif_id, part.truth.start, strict=True)):
        end = 0
        for motif_id, start in zip(ids, starts, strict=True):
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
    ids = _truth(task1, "motif_id")
    _assert_uniform((ids >= 0).sum(1), [3, 4, 5])
    _assert_uniform(ids[ids >= 0], range(22))
    motifs = grim.motifs_of(grim.TASK1)
    for part in _parts(task1):
        assert part.targets == tuple(motif.alt_name for motif in motifs)
        assert "Arid3a" not in part.targets and part.labels.shape == (len(part), 11)
        for row in range(len(part)):
            planted = {i // 2 for i in part.truth.motif_id[row] if i >= 0}
            assert part.labels[row].tolist() == [float(i in planted) for i in range(11)]
        _check_planting(part, motifs, 1)


def test_task2_has_srf_in_every_positive_and_shuffles_beside_them(task2):
    groups = []
    for part in _parts(task2):
        positive = part.is_positive
        assert positive.sum() * 2 == len(part)
        ids = part.truth.motif[positive]
        assert ((ids == 0).sum(1) == 1).all()
        assert set(np.unique(ids)) == {-1, 0, 1, 2, 3, 4, 5}
        others = (ids > 0).sum(1)
        assert others.min() == 1 and others.max() == 3
        for field in (part.truth.motif_id, part.truth.start, part.truth.end):
            assert (field[~positive] == -1).all()
        assert not part.truth.take(~positive).columns().any()
        assert part.labels.shape == (len(part), 1) and part.targets == ("bound",)
        _check_planting(part.take(positive), grim.motifs_of(grim.TASK2), 1)
        groups.append(set(part.group))
        order = np.argsort(part.group, kind="stable")
        for pair in order.reshape(-1, 2):
            one, two = part.sequences[pair].astype(int)
            assert part.group[pair[0]] == part.group[pair[1]] and set(part.labels[pair, 0]) == {0, 1}
            assert (one != two).any()
            np.testing.assert_array_equal(np.sort(5 * one[:-1] + one[1:]), np.sort(5 * two[:-1] + two[1:]))
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    assert sum(len(group) for group in groups) == 1000
    named_srf = grim.motifs_of(grim.TASK2)[0]
    assert named_srf.name == koo_eddy.KOO_EDDY_IDS["SRF"]


def test_task2_counts_motifs_strands_and_places_are_uniform(task2):
    assert [len(part) for part in _parts(task2)] == [1400, 200, 400]
    ids = _truth(task2, "motif_id")
    ids = ids[(ids >= 0).any(1)]
    count = (ids >= 0).sum(1)
    _assert_uniform(count, [2, 3, 4])
    _assert_uniform(ids[ids >= 2], range(2, 12))
    _assert_uniform(ids[(ids >= 0) & (ids < 2)], [0, 1])
    for motifs in (2, 3, 4):
        _assert_uniform((ids[count == motifs] // 2 == 0).argmax(1), range(motifs))


def test_task2_may_plant_nothing_beside_srf():
    ids = _truth(grim.task2_splits(1, 60, fewest=0, most=0), "motif")
    assert np.bincount(ids[:, 0] + 1).tolist() == [30, 30] and ids.shape == (60, 1)


@pytest.mark.parametrize("make", [grim.task1_splits, grim.task2_splits])
def test_options_and_seeds(make):
    extra = make is grim.task2_splits
    forward = make(2, 400, both_strands=0)
    ids = _truth(forward, "motif_id")
    factors = len(grim.TASK2 if extra else grim.TASK1)
    assert np.unique(ids[ids >= 0]).tolist() == list(range(0, 2 * factors, 2))
    assert len(forward.train.truth.pool) == 2 * factors
    assert -1 in make(2, 200).train.truth.strand
    fewer = make(2, 200, fewest=2, most=2, min_gap=5)
    assert set((_truth(fewer, "motif_id") >= 0).sum(1)) - {0} == {2 + extra}
    for part in _parts(fewer):
        _check_planting(part, grim.motifs_of(grim.TASK2 if extra else grim.TASK1), 5)
    first, other = make(2, 200), make(3, 200)
    assert_same(first, make(2, 200))
    assert (first.train.sequences[:100] != other.train.sequences[:100]).mean() > 0.5


@pytest.mark.parametrize(
    "make,options,message",
    [
        (grim.task1_splits, dict(fewest=0), "fewest = 0 and most = 5"),
        (grim.task1_splits, dict(fewest=4, most=3), "fewest = 4 and most = 3"),
        (grim.task1_splits, dict(n=9), "n >= 10, got 9"),
        (grim.task1_splits, dict(min_gap=-1), "min_gap = -1"),
        (grim.task1_splits, dict(length=60), "5 motifs of 16 nt with gaps of 1 need 86 nt"),
        (grim.task2_splits, dict(n=201), "even n of at least 20, got n = 201"),
        (grim.task2_splits, dict(n=18), "even n of at least 20, got n = 18"),
        (grim.task2_splits, dict(fewest=-1), "fewest = -1, most = 3"),
        (grim.task2_splits, dict(min_gap=-1), "min_gap = -1"),
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
