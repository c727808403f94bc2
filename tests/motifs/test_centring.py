"""Centring of sites against uniform places, planted ones, plain loops and scipy."""

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.data.files import fasta
from jaxmotif.motifs import centring, scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows


def _sites(start, width, row=None, p=None):
    start = np.asarray(start)
    row = np.arange(len(start)) if row is None else np.asarray(row)
    p = np.full(len(start), 1e-5) if p is None else np.asarray(p)
    return scan.Sites(
        row, start, start + width, np.full(len(start), "+"), np.zeros(len(start), int), -np.log2(p), p
    )


def _rows(count, length, **more):
    return Rows([f"s{i}" for i in range(count)], length, **more)


@pytest.mark.parametrize(("count", "length", "width"), [(30, 101, 8), (200, 101, 9), (400, 24, 20)])
def test_uniform_places_are_rarely_significant(count, length, width):
    rng = np.random.default_rng(count)
    p = [
        centring.centring(_sites(rng.integers(0, length - width + 1, count), width), rows, width).p
        for rows in [_rows(count, length)] * 600
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.05


def test_padding_and_n_are_no_places():
    # Rows that are padding but for their middle, and N at both ends of others: sites are where letters are.
    rng, length, width, count = np.random.default_rng(3), 100, 10, 300
    own = rng.integers(15, 60, count)
    rows = _rows(count, length, offset=-((length - own) // 2), record_length=own)
    start = rows.first + (rng.random(count) * (own - width + 1)).astype(int)
    assert centring.centring(_sites(start, width), rows, width).p > 0.05
    assert centring.centring(_sites(start, width), _rows(count, length), width).p < 1e-10
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    outside = (np.arange(length) < rows.first[:, None]) | (np.arange(length) >= rows.last[:, None])
    codes[outside & (np.arange(count) % 2 == 0)[:, None]] = dna.N
    mixed = _rows(
        count,
        length,
        offset=np.where(np.arange(count) % 2, rows.first * -1, 0),
        record_length=np.where(np.arange(count) % 2, own, length),
    )
    assert centring.centring(_sites(start, width), mixed, width, codes) == pytest.approx(
        centring.centring(_sites(start, width), rows, width)
    )
    # A site with N is none.
    codes[:, 50] = dna.N
    kept = centring.centring(_sites(start, width), mixed, width, codes)
    assert kept.of == ((start > 50) | (start + width <= 50)).sum()


def test_it_is_the_binomial_test_of_the_best_window():
    rng, length, width = np.random.default_rng(0), 61, 7
    start = np.clip(rng.normal(27, 9, 80).round().astype(int), 0, length - width)
    found = centring.centring(_sites(start, width), _rows(80, length), width)
    middle, places = start - (length - width) / 2, np.arange(length - width + 1) - (length - width) / 2
    tried = []
    for half in range(27):
        k, share = (abs(middle) <= half).sum(), (abs(places) <= half).mean()
        tried.append((scipy.stats.binom.sf(k - 1, 80, share), 2 * half + 1, k, 80 * share))
    p, nt, inside, expected = min(tried)
    assert (found.width, found.inside, found.of) == (nt, inside, 80)
    assert found.expected == pytest.approx(expected)
    assert found.p == pytest.approx(1 - (1 - p) ** 27, rel=1e-6)


def test_of_a_sequence_the_best_site_counts():
    sites = _sites([40, 3, 60, 46, 46], 8, [0, 0, 0, 2, 3], [1e-5, 1e-7, 1e-7, 1e-4, 1e-4])
    assert centring.best_in_row(sites).tolist() == [1, 3, 4]
    assert centring.centring(sites, _rows(5, 100), 8)[:3] == (1, 2, 3)


def test_planted_in_the_middle_or_at_one_end(tmp_path):
    rng, word = np.random.default_rng(1), "CAGATAAGGTCA"
    motif = Motif("m", np.eye(4)[dna.encode([word])[0]] * 0.96 + 0.01, 100)
    for start, central in ((rng.integers(38, 52, 150), True), (rng.integers(0, 9, 150), False)):
        codes = rng.integers(0, 4, (150, 101)).astype(np.uint8)
        for row, at in enumerate(start):
            codes[row, at : at + len(word)] = dna.encode([word])[0]
        # Records of uneven length, cut and padded around their middle.
        letters = [text[i % 5 :][: 101 - 2 * (i % 5)] for i, text in enumerate(dna.decode(codes))]
        path = tmp_path / "x.fa"
        path.write_text("".join(f">r{i}\n{text}\n" for i, text in enumerate(letters)))
        data = fasta.read_sequences(path, 101)
        found = MotifSet([motif]).scan(data, 1e-5)
        got = centring.centring(found.sites, found.rows, motif.width, data.sequences)
        assert (got.p < 1e-20) == central and (got.p > 0.5) != central
        if central:
            assert got.width <= 17 and got.inside > 0.9 * got.of


def test_without_a_site_or_with_one_place_only():
    assert centring.centring(scan.NO_SITES, _rows(5, 10), 20) is None
    assert centring.centring(scan.NO_SITES, _rows(5, 10), 20, np.zeros((5, 10), np.uint8)) is None
    assert centring.centring(_sites([0, 0], 10), _rows(2, 10), 10).p == 1


def test_the_spread_counts_best_sites_at_each_start():
    rng, length, width = np.random.default_rng(5), 30, 7
    rows = _rows(40, length, offset=rng.integers(-4, 1, 40), record_length=np.full(40, length - 2))
    row = rng.integers(0, 40, 90)
    start = rng.integers(rows.first[row], rows.last[row] - width + 1)
    sites = _sites(start, width, row, rng.choice([1e-6, 1e-5, 1e-4], 90))
    found = centring.spread(sites, rows, width)
    counts, expected = np.zeros(length - width + 1), np.zeros(length - width + 1)
    for one in range(40):
        own = [(p, s) for r, s, p in zip(row, start, sites.p, strict=True) if r == one]
        if own:
            counts[min(own)[1]] += 1
            places = range(rows.first[one], rows.last[one] - width + 1)
            expected[list(places)] += 1 / len(places)
    assert found.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(found.expected, expected, atol=1e-9)
    assert centring.spread(sites.take(np.zeros(90, bool)), rows, width) is None
