import numpy as np
import pybigtools
import pytest

from jaxmotif.motifs import footprint
from jaxmotif.motifs.motif import Motif
from tests.helpers import planted_leaves

WORD = Motif("w", np.eye(4)[[0, 2, 2, 1, 3, 0, 0, 2, 1]], 1000)


def plant(codes, row, start, turned=False):
    letters = WORD.ppm.argmax(1)
    codes[row, start : start + 9] = 3 - letters[::-1] if turned else letters


def test_hits_are_counted_where_they_were_planted():
    rng = np.random.default_rng(0)
    codes = rng.choice([0, 3], (40, 300)).astype(np.uint8)  # A and T alone: no word by chance
    codes[:, :20] = 4
    centres = rng.integers(100, 200, 40)
    for row in range(30):
        plant(codes, row, centres[row] - 4 - 25)
        plant(codes, row, centres[row] - 4 + 31, turned=True)
    plant(codes, 35, centres[35] + 60)  # its middle lies outside +-60
    counts = footprint.motif_positions(codes, centres, WORD, flank=60, p=4.0**-9)
    expected = np.zeros((2, 121), int)
    expected[0, 60 - 25] = expected[1, 60 + 31] = 30
    np.testing.assert_array_equal(counts, expected)


def test_weak_hits_against_a_plain_search():
    (gata,) = planted_leaves.known("MA0035.3")
    rng = np.random.default_rng(1)
    codes, centres = rng.integers(0, 4, (20, 200)).astype(np.uint8), np.full(20, 90)
    counts = footprint.motif_positions(codes, centres, gata, flank=50, p=1e-3)
    weights = np.log2((gata.ppm * gata.nsites + 0.025) / (gata.nsites + 0.1) * 4)
    words = np.lib.stride_tricks.sliding_window_view(codes, gata.width, axis=1)
    plus = weights[np.arange(gata.width), words].sum(-1)
    minus = weights[::-1, ::-1][np.arange(gata.width), words].sum(-1)
    # As many words pass as score at least what the weakest counted one does.
    middle = np.arange(plus.shape[1]) + gata.width // 2 - 90
    best = np.maximum(plus, minus)[:, np.abs(middle) <= 50]
    total = int(counts.sum())
    assert total > 2
    cut = np.sort(best.ravel())[-total]
    expected = (best >= cut).sum(0)
    np.testing.assert_array_equal(counts.sum(0), expected)


def test_a_footprint_is_the_mean_of_windows_of_sum_1():
    rng = np.random.default_rng(2)
    signal = rng.poisson(2.0, (30, 120)).astype(float)
    signal[4] = 0  # nothing to divide by
    centres = rng.integers(20, 100, 30)
    centres[7] = 5  # runs over the end
    windows = [signal[i, centres[i] - 15 : centres[i] + 16] for i in range(30) if i not in (4, 7)]
    found = footprint.average(signal, centres, 15).mean
    np.testing.assert_allclose(found, np.mean([window / window.sum() for window in windows], axis=0))
    assert found.sum() == pytest.approx(1)


def test_array_chromosomes_and_bigwig_agree(tmp_path):
    rng = np.random.default_rng(3)
    genome = {name: rng.poisson(1.0, size).astype(float) for name, size in (("chr1", 900), ("chrX", 500))}
    intervals = [
        (name, i, i + 1, value) for name, row in genome.items() for i, value in enumerate(row) if value
    ]
    path = tmp_path / "cuts.bw"
    pybigtools.open(str(path), "w").write({name: len(values) for name, values in genome.items()}, intervals)
    # The third and the last run over an end.
    regions = [("chr1", 100), ("chrX", 420), ("chr1", 880), ("chr1", 333), ("chrX", 10)]
    rows = np.stack(
        [genome[name][c - 40 : c + 41] for name, c in regions if 40 <= c < len(genome[name]) - 40]
    )
    expected = footprint.average(rows, [40] * 3, 40).mean
    np.testing.assert_allclose(footprint.average(genome, regions, 40).mean, expected)
    np.testing.assert_allclose(footprint.average(path, regions, 40).mean, expected)
    np.testing.assert_allclose(footprint.average(str(path), regions, 40).mean, expected)
    assert footprint.chromosomes(path) == {"chr1": 900, "chrX": 500}
    # Of the other strand: what lies behind a centre lies in front of it.
    turned, strands = np.stack([rows[0], rows[1][::-1], rows[2][::-1]]), "+-+--"
    expected = footprint.average(turned, [40] * 3, 40).mean
    for signal in (genome, path):
        turned_regions = [(*region, strand) for region, strand in zip(regions, strands, strict=True)]
        np.testing.assert_allclose(footprint.average(signal, turned_regions, 40).mean, expected)
    for signal in (genome, path):
        with pytest.raises(ValueError, match="no chromosome chr2.*chr1"):
            footprint.average(signal, [("chr2", 5)], 3)
        with pytest.raises(ValueError, match="position 501 lies outside chrX, 500 long"):
            footprint.average(signal, [("chrX", 501)], 3)


def test_bad_input(tmp_path):
    ones = np.ones((2, 50))
    with pytest.raises(ValueError, match=r"\(2, 50\) and \(3,\)"):
        footprint.average(ones, [1, 2, 3], 4)
    with pytest.raises(ValueError, match=r"0..49, not 1..50"):
        footprint.average(ones, [1, 50], 4)
    with pytest.raises(ValueError, match="none of 2 regions"):
        footprint.average(ones, [1, 48], 4)
    with pytest.raises(ValueError, match=">= 0, not -1"):
        footprint.average(-ones, [20, 20], 4)
    with pytest.raises(ValueError, match="not -1"):
        footprint.average(ones, [20, 20], -1)
    (tmp_path / "bad.bw").write_text("hello" * 100)
    for name in ("bad.bw", "none.bw"):
        with pytest.raises(ValueError, match=f"{name} is no bigWig"):
            footprint.average(tmp_path / name, [("chr1", 5)], 3)
    with pytest.raises(ValueError, match="centre each"):
        footprint.motif_positions(np.zeros((2, 50), np.uint8), [3], WORD)
