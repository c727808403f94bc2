import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax import sampled_distances
from tests.helpers.planted_leaves import known


def planted(rng, count, width, first, second, apart):
    codes = rng.integers(0, 4, (count, width)).astype(np.uint8)
    for row in codes:
        distance = rng.choice(apart)
        start = rng.integers(0, width - distance - len(second) + 1)
        for ppm, at in ((first, start), (second, start + distance)):
            row[at : at + len(ppm)] = [rng.choice(4, p=column / column.sum()) for column in ppm]
    return codes


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
