"""Motif comparison against a brute-force reading of the Tomtom paper, and q-values by hand."""

import itertools
import json
import warnings

import numpy as np
import pytest
import scipy.stats

from jaxmotif.motifs import alignments, chance, column_scores, jaspar, tomtom
from jaxmotif.motifs.hits import COLUMNS, hits, write_tsv
from jaxmotif.motifs.motif import Motif
from tests.helpers import tomtom_reference

LETTERS = np.eye(4)


def _motif(word, name=None, nsites=100):
    return Motif(name or word, LETTERS[["ACGT".index(letter) for letter in word]], nsites)


def _toy(seed, n_targets, widths, kinds=5):
    """Motifs whose columns come from a few kinds, so that scores often tie."""
    rng = np.random.default_rng(seed)
    columns = rng.dirichlet([0.5] * 4, size=kinds)
    return [
        Motif(f"t{i}", columns[rng.integers(kinds, size=rng.choice(widths))], 50) for i in range(n_targets)
    ]


def _median(values):
    """The lower one of the two values in the middle."""
    return sorted(values)[len(values) // 2 - 1]


def _binned_medians(squares_wn):
    """Memelite's: the mean of that one of 1,000 bins where half of the values are reached."""
    found = []
    for values in -np.sqrt(np.maximum(squares_wn, 0)):
        bins = ((values - values.min()) / np.ptp(values) * 999).astype(int)
        reached = int(np.argmax(np.cumsum(np.bincount(bins, minlength=1000)) >= len(values) / 2))
        inside = values[bins == reached]
        found.append(np.square(np.cumsum(inside)[-1] / len(inside)))
    return np.array(found)


def _reference(query, targets):
    """Per strand (p, best score, {(offset, overlap): score}), everything enumerated."""

    def soften(m):
        return (m.ppm * m.nsites + 0.025) / (m.nsites + 0.1)

    x = soften(query)
    strands = [soften(t) for t in targets] + [soften(t)[::-1, ::-1] for t in targets]
    pool = np.concatenate(strands)
    distance = -np.sqrt(np.square(x[:, None] - pool[None]).sum(-1))
    distance -= np.array([[_median(row)] for row in distance.tolist()])
    low = int(np.floor(distance.min()))
    scale = int(np.floor(100 / (distance.max() - low)))
    integer = np.floor((distance - low) * scale + 0.5).astype(int) + low * scale
    nulls = {}
    for i, j in itertools.combinations(range(len(x) + 1), 2):  # spans of query columns
        sums = np.zeros(1, dtype=int)
        for c in range(i, j):
            sums = (sums[:, None] + integer[c][None]).ravel()
        nulls[i, j] = np.sort(sums)
    ends = np.cumsum([len(s) for s in strands])
    results = []
    for t, strand in enumerate(strands):
        own = integer[:, ends[t] - len(strand) : ends[t]]
        spans = {}
        for offset in range(-len(x) + 1, len(strand)):
            i, j = max(0, -offset), min(len(x), len(strand) - offset)
            score = sum(own[c, c + offset] for c in range(i, j))
            spans[offset] = (i, j, score)
        best = max(score for _, _, score in spans.values())
        # Alignments are taken as independent, each with its own span's null.
        below = 1.0
        for i, j, _ in spans.values():
            below *= np.searchsorted(nulls[i, j], best) / len(nulls[i, j])
        results.append((1 - below, best, {(o, j - i): score for o, (i, j, score) in spans.items()}))
    return results


@pytest.mark.parametrize("seed, width", [(0, 2), (1, 3), (2, 3), (3, 1), (3, 3)])
def test_p_values_by_enumeration(seed, width):
    targets = _toy(seed, 30, [2, 3, 4], kinds=9)
    rng = np.random.default_rng(seed + 100)
    queries = [Motif("q", rng.dirichlet([0.4] * 4, size=width), 20) for _ in range(3)]
    matches = tomtom.match(queries, targets)
    tied = ties = 0
    for i, query in enumerate(queries):
        reference = _reference(query, targets)
        for j in range(len(targets)):
            forward, reverse = reference[j], reference[j + len(targets)]
            # The smaller p, then the larger overlap, then "+".
            largest = [
                max(overlap for (_, overlap), score in one[2].items() if score == one[1])
                for one in (forward, reverse)
            ]
            ties += reverse[1] == forward[1] and largest[1] > largest[0]
            better = reverse if (reverse[0], -largest[1]) < (forward[0], -largest[0]) else forward
            assert matches.p[i, j] == pytest.approx(better[0] * (2 - better[0]), rel=1e-6, abs=1e-12)
            assert matches.strand[i, j] == ("-" if better is reverse else "+")
            place = int(matches.offset[i, j]), int(matches.overlap[i, j])
            best = [overlap for (_, overlap), score in better[2].items() if score == better[1]]
            assert better[2][place] == better[1] and place[1] == max(best)
            tied += len(set(best)) > 1
    assert tied > 0 or width < 3
    assert ties > 0 or (seed, width) != (3, 3)


@pytest.mark.parametrize("seed, width", [(0, 6), (1, 11)])
def test_matches_are_those_of_the_papers_description(seed, width):
    """Random queries and trimmed, turned and softened motifs of the database, counted with whole numbers."""
    targets = jaspar.load("JASPAR2016")[seed::9]
    rng = np.random.default_rng(seed)
    near = rng.permutation([t.ppm[-width:, :] for t in targets if t.width > width][0])[::-1, ::-1]
    mixed = 0.7 * near + 0.3 * rng.dirichlet([0.4] * 4, size=len(near))
    queries = [Motif("own", rng.dirichlet([0.4] * 4, size=width), 30), Motif("near", mixed, 500)]
    matches = tomtom.match(queries, targets)
    softened = [tomtom_reference.soften(t.ppm, t.nsites) for t in targets]
    for i, query in enumerate(queries):
        rows = tomtom_reference.rows(tomtom_reference.soften(query.ppm, query.nsites), softened)
        np.testing.assert_allclose(matches.p[i], [row.p for row in rows], rtol=1e-9)
        np.testing.assert_allclose(matches.q[i], [row.q for row in rows], rtol=1e-9)
        for field in ("offset", "overlap", "strand"):
            np.testing.assert_array_equal(getattr(matches, field)[i], [getattr(row, field) for row in rows])


def test_e_is_p_times_targets_and_q_pools_both_strands():
    targets = jaspar.load("JASPAR2016")[:40]
    matches = tomtom.match(targets[:3], targets)
    np.testing.assert_allclose(matches.e, matches.p * 40)
    # Rank 1 of 80 for a match that is good on one strand only (null fraction 1 here).
    assert matches.q[0, 0] == pytest.approx(min(1, 80 * matches.p[0, 0]), rel=1e-6)


def test_a_motif_finds_itself_on_either_strand_at_any_shift():
    targets = jaspar.load("JASPAR2016")[:60]
    flank = np.full((3, 4), 0.25)
    for j in (10, 25, 41):
        target = targets[j]
        shifted = Motif("shifted", np.concatenate([flank, target.ppm]), target.nsites)
        turned = Motif("turned", np.concatenate([target.ppm[::-1, ::-1], flank]), target.nsites)
        matches = tomtom.match([target, shifted, turned], targets)
        np.testing.assert_array_equal(matches.p.argmin(axis=1), j)
        assert list(matches.offset[:, j]) == [0, -3, 0]
        assert list(matches.overlap[:, j]) == [target.width] * 3
        assert list(matches.strand[:, j]) == ["+", "+", "-"]


def test_palindromes_and_repeats():
    targets = [_motif("TTCACGTGAA"), _motif("AAAAAAAAAA"), *_toy(5, 30, [6, 8])]
    matches = tomtom.match([_motif("CACGTG"), _motif("AAAAAA"), _motif("TTTTTTTTTTTT")], targets)
    assert (matches.strand[0, 0], matches.offset[0, 0], matches.overlap[0, 0]) == ("+", 2, 6)
    assert (matches.strand[1, 1], matches.offset[1, 1], matches.overlap[1, 1]) == ("+", 0, 6)
    assert (matches.strand[2, 1], matches.overlap[2, 1]) == ("-", 10)


def test_p_values_are_memelites_with_its_median(request, monkeypatch):
    """Of one strand, as kept in a file that says how they were made: other code for the same algorithm."""
    monkeypatch.setattr(column_scores, "_medians", _binned_medians)
    kept = json.loads((request.path.parents[1] / "golden" / "memelite.json").read_text())
    motifs = jaspar.load("JASPAR2016")
    targets = alignments.Targets([tomtom.with_pseudocount(m) for m in motifs[:40]])
    for name, p in zip(kept["queries"], kept["p"], strict=True):
        (query,) = jaspar.select(motifs, [name])
        np.testing.assert_allclose(targets.best(tomtom.with_pseudocount(query)).p, p, rtol=1e-10)


@pytest.mark.parametrize("width", [1, 3, 6])
def test_tails_are_exact(width):
    """Far below what 1 minus a sum near 1 can tell: two kinds of columns, counted by hand."""
    rng = np.random.default_rng(width)
    kinds = np.where(np.arange(1000) < 3, 40, -10)[None].repeat(width, 0)  # scores of .3 % and of the rest
    scores = rng.permuted(kinds, axis=1)
    (p,) = chance.p_values(scores, np.array([width]), np.array([40 * width]))
    # Only the alignment of all columns reaches the sum of all; fewer columns can never.
    assert p == pytest.approx(0.003**width, rel=1e-9)


@pytest.mark.parametrize("width, n", [(1, 40), (7, 300), (30, 50)])
def test_p_values_are_those_of_sums_counted_by_hand(width, n):
    """Every offset for itself, tails from convolved counts; best scores from below all sums to above them."""
    rng = np.random.default_rng(width)
    scores = (rng.integers(-60, 30, size=(width, n)) * rng.random((width, 1))).astype(np.int16)
    widths = rng.integers(1, 40, size=60)
    best = np.linspace(scores.min(1).sum() - 9, scores.max(1).sum() + 9, 60).astype(int)
    best = rng.permutation(best)
    expected = []
    for length, s in zip(widths, best, strict=True):
        none = 1.0
        for offset in range(1 - width, length):
            i, j = max(0, -offset), min(width, length - offset)
            pdf = np.ones(1)
            for row in scores[i:j]:
                pdf = np.convolve(pdf, np.bincount(row - row.min()) / n)
            at = max(s - int(scores[i:j].min(1).sum()), 0)
            none *= 1 - min(pdf[at:].sum(), 1)
        expected.append(1 - none)
    p = chance.p_values(scores, widths, best)
    np.testing.assert_allclose(p, expected, rtol=1e-9, atol=1e-13)
    # With one target at a time other sums are left out.
    alone = [chance.p_values(scores, widths[[t]], best[[t]])[0] for t in range(0, 60, 7)]
    np.testing.assert_allclose(alone, p[::7], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("n", [40, 41, 4096, 9999])
def test_medians_are_found_in_whatever_order(n):
    rng = np.random.default_rng(n)
    even = rng.random(n)
    rows = [
        even,
        np.sort(even),
        np.sort(even)[::-1],
        np.where(np.arange(n) % 16 == 0, 1.9, even / 2),  # no sample is like it
        np.where(np.arange(n) % 16 == 0, 0, 1 + even / 2),
        np.where(even < 0.5, 0, 2.0),
        even**30,
        np.full(n, 1e-16),
        np.zeros(n),
        np.round(even, 1),
    ]
    expected = [sorted(row)[n - 1 - max(n // 2 - 1, 0)] for row in rows]
    np.testing.assert_array_equal(column_scores._medians(np.array(rows)), expected)


def test_the_number_of_sites_matters():
    targets = jaspar.load("JASPAR2016")[:40]
    few, many = (Motif("q", targets[3].ppm, n) for n in (2, 2000))
    matches = tomtom.match([few, many], targets)
    np.testing.assert_allclose(tomtom.with_pseudocount(few), (few.ppm * 2 + 0.025) / 2.1)
    assert matches.p[0, 3] > matches.p[1, 3]


def test_widths_in_one_call_or_in_many_give_the_same():
    targets = jaspar.load("JASPAR2016")[:40]
    rng = np.random.default_rng(0)
    queries = [Motif(f"q{w}", rng.dirichlet([0.4] * 4, size=w), 100) for w in (4, 40, 15, 17, 64)]
    together = tomtom.match(queries, targets)
    for i, query in enumerate(queries):
        alone = tomtom.match([query], targets)
        for field in ("p", "e", "q", "offset", "overlap", "strand"):
            np.testing.assert_array_equal(getattr(alone, field)[0], getattr(together, field)[i])


def test_many_queries_in_threads_are_each_as_alone():
    targets = jaspar.load("JASPAR2016")[:40]
    queries = jaspar.load("JASPAR2016")[40:95]
    together = tomtom.match(queries, targets)
    for i in (0, 15, 16, 49, 54):
        alone = tomtom.match([queries[i]], targets)
        for field in ("p", "e", "q", "offset", "overlap", "strand"):
            np.testing.assert_array_equal(getattr(alone, field)[0], getattr(together, field)[i])


def test_unrelated_queries_have_uniform_p_values():
    targets = jaspar.load("JASPAR2016")
    rng = np.random.default_rng(4)
    queries = [Motif(t.name, rng.permutation(t.ppm), t.nsites) for t in targets[5::40]]
    p = tomtom.match(queries, targets).p
    assert 0.02 < (p < 0.05).mean() < 0.08
    assert 0.004 < (p < 0.01).mean() < 0.025


def test_what_cannot_be_matched():
    targets = _toy(0, 30, [6])
    with pytest.raises(ValueError, match="not 0 and 30"):
        tomtom.match([], targets)
    with pytest.raises(ValueError, match="query dead is flat"):
        tomtom.match([Motif("dead", np.full((19, 4), 0.25), 19)], targets)
    with pytest.raises(ValueError, match="200 wide, more than 128"):
        tomtom.match([Motif("long", np.tile(LETTERS, (50, 1)), 19)], targets)
    with pytest.warns(UserWarning, match="only 24 targets, fewer than 25"):
        tomtom.match([_motif("ACGT")], targets[:24])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tomtom.match([_motif("ACGT")], targets)


def test_q_values_by_hand():
    # From lambda = .04 (the eighth) on half of them lie above, so the smallest estimate is there.
    p = np.array([0.01, 1.0, 0.02, 1.0, 0.03, 1.0, 0.04, 1.0])
    nulls = 0.5 / (1 - 0.04)
    assert tomtom.null_fraction(p) == pytest.approx(nulls)
    np.testing.assert_allclose(tomtom.q_values(p), nulls * np.array([0.08, 1, 0.08, 1, 0.08, 1, 0.08, 1]))


def test_q_values_are_benjamini_hochberg_when_nothing_is_found():
    p = np.random.default_rng(1).uniform(0.3, 1, size=300)
    np.testing.assert_allclose(tomtom.q_values(p), scipy.stats.false_discovery_control(p))


def test_null_fraction_recovers_a_mixture():
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.uniform(size=6000), rng.beta(0.1, 20, size=4000)])
    assert tomtom.null_fraction(p) == pytest.approx(0.6, abs=0.03)
    q = tomtom.q_values(p)
    called = q < 0.1
    assert (np.flatnonzero(called) < 6000).mean() == pytest.approx(0.1, abs=0.03)
    with pytest.raises(ValueError, match="p-values"):
        tomtom.q_values(np.array([0.5, 1.5]))


def test_hits_and_their_table(tmp_path):
    targets = jaspar.load("JASPAR2016")[:60]
    query = targets[7].reverse_complement()
    matches = tomtom.match([targets[20], query], targets)
    found = hits(matches, [targets[20], query], targets, e_max=0.5)
    assert all(hit.e <= 0.5 for hit in found)
    assert [hit.query_index for hit in found] == sorted(hit.query_index for hit in found)
    first = [hit for hit in found if hit.query_index == 1][0]
    assert (first.target.name, first.strand, first.offset) == (targets[7].name, "-", 0)
    assert first.target is targets[7] and first.label == targets[7].alt_name
    assert first.query_consensus == first.target_consensus
    ps = [hit.p for hit in found if hit.query_index == 0]
    assert ps == sorted(ps) and len(found) == int((matches.e <= 0.5).sum())
    assert len(hits(matches, [targets[20], query], targets, q_max=0.01)) == int((matches.q <= 0.01).sum())
    write_tsv(tmp_path / "tomtom.tsv", found)
    header, *lines = (tmp_path / "tomtom.tsv").read_text().splitlines()
    assert tuple(header.split("\t")) == COLUMNS and len(lines) == len(found)
    row = dict(zip(COLUMNS, lines[0].split("\t"), strict=True))
    assert (row["Query_ID"], row["Target_ID"], row["Orientation"]) == (
        targets[20].name,
        targets[20].name,
        "+",
    )
    assert float(row["E-value"]) == pytest.approx(found[0].e, rel=1e-5)
    with pytest.raises(ValueError, match=r"\(2, 60\)"):
        hits(matches, targets, targets)


def test_letters_are_those_that_tomtom_writes():
    """Of two equal values the later is taken where single precision rounds the first down."""
    found = set()
    for value in (0.3, 0.4, 0.45, 0.499):
        rest = (1 - 2 * value) / 2
        motif = Motif("m", np.array([[rest, value, rest, value]]), 1e9)
        first, second = tomtom.with_pseudocount(motif)[0, [1, 3]]
        expected = "T" if second > float(np.float32(first)) else "C"
        targets = [*_toy(7, 30, [1, 2]), motif]
        rows = hits(tomtom.match([motif], targets), [motif], targets)
        assert {hit.query_consensus for hit in rows} == {expected}
        assert {hit.target_consensus for hit in rows if hit.target is motif and hit.strand == "+"} == {
            expected
        }
        found.add(expected)
    assert found == {"C", "T"}
