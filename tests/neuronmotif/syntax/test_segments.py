import math

import numpy as np
import pytest
from scipy.stats import entropy

from jaxmotif.neuronmotif.syntax import segments as s
from tests.helpers import planted_leaves


def test_smoothing_and_bits_against_plain_numbers():
    rng = np.random.default_rng(0)
    ppm = rng.dirichlet([0.3] * 4, size=(2, 3, 7))
    nsites = np.array([[0, 1, 50], [200, 1e4, 80]])
    soft = s.smoothed(ppm, nsites)
    assert soft.shape == ppm.shape
    for i in range(2):
        for j in range(3):
            expected = (ppm[i, j] * nsites[i, j] + 80 * 0.25) / (nsites[i, j] + 80)
            np.testing.assert_allclose(soft[i, j], expected)
    np.testing.assert_allclose(s.bits(soft), 2 - entropy(soft, base=2, axis=-1))
    np.testing.assert_allclose(s.bits(np.eye(4)), 2)


def by_hand(ppm, n, m, bits, flank, shortest):
    """The rule of the text, letter by letter."""
    inside = set()
    for i, row in enumerate(ppm):
        row = (row * n + m / 4) / (n + m)
        if 2 - entropy(row, base=2) > bits:
            inside |= set(range(i - flank, i + flank + 1)) & set(range(len(ppm)))
    found, start = [], None
    for i in range(len(ppm) + 1):
        if i in inside and start is None:
            start = i
        elif i not in inside and start is not None:
            found += [(start, i)] if i - start >= shortest else []
            start = None
    return found


@pytest.mark.parametrize("name", ["paper", "code"])
def test_spans_follow_the_rule(name):
    settings, rng = {"paper": s.PAPER, "code": s.CODE}[name], np.random.default_rng(1)
    sizes = []
    for _ in range(60):
        ppm = np.where(rng.random((70, 1)) < 0.25, rng.dirichlet([0.15] * 4, 70), rng.dirichlet([9] * 4, 70))
        n = float(rng.integers(5, 3000))
        expected = by_hand(ppm, n, settings.pseudosites, settings.bits, settings.flank, settings.shortest)
        assert s.spans(ppm, n, settings) == expected
        sizes.append(len(expected))
    assert min(sizes) == 0 and max(sizes) >= 3


def test_the_codes_threshold_is_one_nat_of_entropy():
    # The authors compute 2 - H with H in nats and ask for more than 1.
    for p in np.linspace(0.3, 0.99, 40):
        row = np.array([p, *[(1 - p) / 3] * 3])
        assert (s.bits(row[None])[0] > s.CODE.bits) == (2 - entropy(row) > 1)
    assert s.CODE.bits == pytest.approx(0.557, abs=1e-3) and s.CODE.flank == s.PAPER.flank == 3


def test_edges_merging_and_length():
    ppm = np.full((40, 4), 0.25)
    ppm[[1, 8, 20, 28, 29]] = [1, 0, 0, 0]
    # 1 and 8 reach [0, 5) and [5, 12), which touch; 20 alone gives 7 columns; 28 and 29 give 8.
    assert s.spans(ppm, 1e6) == [(0, 12)]
    assert s.spans(ppm, 1e6, s.SegmentSettings(shortest=7)) == [(0, 12), (17, 24), (25, 33)]
    assert s.spans(ppm, 20) == []  # 20 sequences against 80 flat ones say too little


def test_segments_of_a_layer():
    (ctcf,) = planted_leaves.known("MA0139.1")
    site = (ctcf.ppm, 5, "+")
    decoded = planted_leaves.layer([[[site], None], [[], [site, (ctcf.ppm, 40, "-")]]], 70)
    found = s.segments(decoded)
    assert [(x.neuron, x.leaf) for x in found] == [(0, 0), (1, 1), (1, 1)]
    for segment in found:
        np.testing.assert_allclose(
            segment.motif.ppm,
            decoded.ppm[segment.neuron, segment.leaf, segment.start : segment.end],
            atol=1e-6,
        )
        assert segment.motif.nsites == 3000
    assert found[0].motif.name == f"L3n10_0_{found[0].start}"
    assert s.segments(decoded, fewest=3001) == []


def test_bad_input():
    with pytest.raises(ValueError, match="flank.*-1"):
        s.SegmentSettings(flank=-1)
    with pytest.raises(ValueError, match=r"bits.*nan"):
        s.SegmentSettings(bits=math.nan)
    with pytest.raises(ValueError, match=r"\(5, 3\)"):
        s.spans(np.ones((5, 3)), 4)
    with pytest.raises(ValueError, match="not 0"):
        s.segments(planted_leaves.layer([[[]]], 20), fewest=0)


@pytest.mark.parametrize("name, least", [("pseudosites", 0), ("bits", 0), ("flank", 0), ("shortest", 1)])
def test_the_least_of_each_setting_is_allowed_and_less_is_not(name, least):
    assert getattr(s.SegmentSettings(**{name: least}), name) == least
    with pytest.raises(ValueError, match=f"{name} must be at least {least}, got {least - 1}"):
        s.SegmentSettings(**{name: least - 1})
