import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.scan import scan
from jaxmotif.neuronmotif.syntax import sampled_distances
from tests.helpers.planted_leaves import known


def planted(rng, count, width, first, second, apart):
    codes = rng.integers(0, 4, (count, width)).astype(np.uint8)
    for row in codes:
        distance = rng.choice(apart)
        start = rng.integers(0, width - distance - len(second) + 1)
        for ppm, at in ((first, start), (second, start + distance)):
            row[at : at + len(ppm)] = site(rng, ppm)
    return codes


def site(rng, ppm):
    return (rng.random((len(ppm), 1)) > np.cumsum(ppm, axis=1)[:, :3]).sum(axis=1)


def test_planted_distances_are_found_and_no_others():
    rng = np.random.default_rng(1)
    (ctcf,) = known("MA0139.1")
    ppm = np.asarray(ctcf.ppm, np.float64)
    apart = [24, 30, 31, 36]
    found = sampled_distances.distances(planted(rng, 1500, 80, ppm, ppm, apart), ctcf, ctcf)
    assert found.found() == apart
    assert found.counts[apart].sum() > 0.95 * found.pairs > 500
    other = Motif("other", np.eye(4)[[3, 0, 3, 0, 0, 3, 0, 3, 3, 0]], 20.0)
    assert sampled_distances.distances(planted(rng, 1500, 80, ppm, ppm, apart), ctcf, other).found() == []


def test_random_letters_hold_no_distances():
    rng = np.random.default_rng(2)
    (ctcf,) = known("MA0139.1")
    codes = rng.integers(0, 4, (4000, 80)).astype(np.uint8)
    assert sampled_distances.distances(codes, ctcf, ctcf, p=1e-2).found() == []
    assert sampled_distances.distances(codes[:, :30], ctcf, ctcf).pairs == 0


def test_counts_and_expectation_against_loops():
    rng = np.random.default_rng(3)
    (ctcf,) = known("MA0139.1")
    ppm, width, p = np.asarray(ctcf.ppm, np.float64), 60, 5e-3
    codes = planted(rng, 200, width, ppm, ppm, [25, 38])
    sites = scan(codes, [ctcf], p, background="uniform", best_strand=False)
    sites = sites.take(sites.strand == "+")
    counts, single, instead = np.zeros(width, int), 0, []
    for row in range(len(codes)):
        mine = sites.take(sites.sequence == row)
        at = {start: (mine.score[i], mine.p[i]) for i, start in enumerate(mine.start.tolist())}
        pairs = [
            (at[left][0] + at[right][0], left - right, at[left][1] + at[right][1])
            for left in at
            for right in at
            if right - left >= len(ppm)
        ]
        if pairs:
            _, minus, chance = max(pairs, key=lambda pair: pair[:2])
            counts[-minus] += 1
            instead.append((-minus, chance))
        else:
            single += 2 * len(at)
    found = sampled_distances.distances(codes, ctcf, ctcf, p)
    np.testing.assert_array_equal(found.counts, counts)
    for distance in (24, 25, 38):
        others = sum(chance for apart, chance in instead if apart != distance)
        expected = p * single + others + 2 * p * counts[distance]
        assert abs(found.expected[distance] - expected) < 1e-9


def test_sites_and_pairs_at_one_distance_make_no_others():
    """One trial in a hundred may have a wrong distance. Half of the sequences have one site only."""
    rng, wrong = np.random.default_rng(4), 0
    (ctcf,) = known("MA0139.1")
    ppm = np.asarray(ctcf.ppm, np.float64)
    for _ in range(30):
        codes = planted(rng, 1200, 80, ppm, ppm, [40])
        single = rng.integers(0, 4, (1200, 80)).astype(np.uint8)
        for row in single:
            start = rng.integers(0, 80 - len(ppm) + 1)
            row[start : start + len(ppm)] = site(rng, ppm)
        found = sampled_distances.distances(np.concatenate([codes, single]), ctcf, ctcf)
        assert 40 in found.found()
        wrong += found.found() != [40]
    # Binomial(30, .01): four or more have a probability of .0002.
    assert wrong <= 3
