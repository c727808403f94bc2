"""Scores, thresholds and sites against enumeration of all words and plain loops."""

import dataclasses
import itertools

import jax
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.motifs import pwm, scan
from jaxmotif.motifs.motif import Motif

BACKGROUNDS = [None, (0.3, 0.2, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4)]


def _motif(width, seed, name="m", nsites=40):
    return Motif(name, np.random.default_rng(seed).dirichlet([0.4] * 4, size=width), nsites)


def _codes(n, length, seed, letters=4):
    return np.random.default_rng(seed).integers(letters, size=(n, length)).astype(np.uint8)


def _all_words(width):
    return np.array(list(itertools.product(range(4), repeat=width)))


def test_log_odds_by_hand():
    weights = pwm.log_odds(np.array([[1.0, 0, 0, 0]]), nsites=9.9, pseudocount=0.1)
    np.testing.assert_allclose(weights[0, 0], np.log2((9.9 + 0.025) / 10 / 0.25))
    np.testing.assert_allclose(weights[0, 1:], np.log2(0.025 / 10 / 0.25))
    skewed = pwm.log_odds(np.array([[0.1, 0.2, 0.3, 0.4]]), 50, (0.1, 0.2, 0.3, 0.4))
    np.testing.assert_allclose(skewed, 0, atol=1e-12)
    with pytest.raises(ValueError, match="not 5 and 0"):
        pwm.log_odds(np.eye(4), 5, pseudocount=0)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("width", [1, 3, 6])
def test_survival_by_enumeration_of_all_words(width, background):
    m = _motif(width, width)
    steps = pwm.integer_weights(pwm.log_odds(m.ppm, m.nsites, background))
    words = _all_words(width)
    scores = steps[np.arange(width), words].sum(1)
    chances = np.array(background or [0.25] * 4)[words].prod(1)
    lowest, tail = pwm.survival(steps, background)
    assert (lowest, lowest + len(tail) - 1) == (scores.min(), scores.max())
    for s in range(lowest, lowest + len(tail), max(1, len(tail) // 50)):
        assert tail[s - lowest] == pytest.approx(chances[scores >= s].sum(), rel=1e-9)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("p", [1.0, 0.5, 0.04, 1e-3, 2e-4])
def test_threshold_by_enumeration_of_all_words(background, p):
    m = _motif(6, 9)
    steps = pwm.integer_weights(pwm.log_odds(m.ppm, m.nsites, background))
    words = _all_words(6)
    scores = steps[np.arange(6), words].sum(1)
    chances = np.array(background or [0.25] * 4)[words].prod(1)
    found = pwm.threshold(steps, p, background)
    assert chances[scores >= found].sum() <= p * (1 + 1e-9)
    assert found == scores.min() or chances[scores >= found - 1].sum() > p


def test_a_motif_too_short_for_the_threshold_has_no_sites():
    assert 0.25**4 > 1e-3
    exact = Motif("ACGT", np.eye(4), 100)
    steps = pwm.integer_weights(pwm.log_odds(exact.ppm, 100))
    assert pwm.threshold(steps, 1e-3) == steps.max(axis=1).sum() + 1
    codes = np.array([[0, 1, 2, 3, 0, 1, 2, 3]], dtype=np.uint8)
    with pytest.warns(UserWarning, match="not even the best word .* no sites, of ACGT"):
        assert len(scan.scan(codes, [exact], p=1e-3)) == 0
    # 1/256 exactly, which its own probability must reach.
    assert len(scan.scan(codes, [exact], p=1 / 256)) == 2
    with pytest.raises(ValueError, match="not 0"):
        pwm.threshold(steps, 0)


def _plain_scan(codes, motifs, p, background):
    rows = []
    for m, motif in enumerate(motifs):
        weights = pwm.integer_weights(pwm.log_odds(motif.ppm, motif.nsites, background))
        least = pwm.threshold(weights, p, background)
        lowest, tail = pwm.survival(weights, background)
        for i, sequence in enumerate(codes):
            for start in range(len(sequence) - motif.width + 1):
                word = sequence[start : start + motif.width]
                turned = np.where(word < 4, 3 - word.astype(int), 4)[::-1]
                for strand, letters in (("+", word), ("-", turned)):
                    score = sum(int(weights[c, x]) for c, x in enumerate(letters) if x < 4)
                    if score >= least:
                        rows.append(
                            (
                                i,
                                start,
                                start + motif.width,
                                strand,
                                m,
                                score / 256,
                                tail[score - lowest],
                            )
                        )
    return sorted(rows, key=lambda r: (r[0], r[1], r[4], r[3]))


def _rows(sites):
    return list(
        zip(
            sites.sequence.tolist(),
            sites.start.tolist(),
            sites.end.tolist(),
            sites.strand.tolist(),
            sites.motif.tolist(),
            sites.score.tolist(),
            sites.p.tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize("background", BACKGROUNDS[:2])
def test_sites_are_those_of_a_plain_loop(background, monkeypatch):
    codes = _codes(7, 30, 1, letters=5)
    motifs = [_motif(4, 0), _motif(9, 1), _motif(6, 2), _motif(40, 3)]
    expected = _plain_scan(codes, motifs, 0.02, background)
    assert {row[4] for row in expected} == {0, 1, 2} and any(4 in codes[r[0], r[1] : r[2]] for r in expected)
    found = scan.scan(codes, motifs, p=0.02, background=background, best_strand=False)
    assert _rows(found) == expected
    # In chunks of two sequences, the last one filled up.
    monkeypatch.setattr(scan, "_SCORES_PER_CHUNK", 2 * 30 * 8)
    chunked = scan.scan(codes, motifs, p=0.02, background=background, best_strand=False)
    assert _rows(chunked) == expected


def test_both_strands_of_a_word_count_once():
    codes = _codes(30, 60, 5)
    motifs = [Motif("ebox", np.eye(4)[[1, 0, 1, 2, 3, 2]] * 0.9 + 0.025, 50), _motif(5, 11)]
    every = _rows(scan.scan(codes, motifs, p=0.01, best_strand=False))
    expected = {}
    for row in every:
        key = row[0], row[1], row[4]
        if key not in expected or row[5] > expected[key][5]:
            expected[key] = row
    found = _rows(scan.scan(codes, motifs, p=0.01))
    assert sorted(found) == sorted(expected.values())
    assert len(found) < len(every) and all(r[3] == "+" for r in found if r[4] == 0)


def test_a_planted_site_is_found_on_the_strand_it_was_planted():
    motif = Motif("m", np.eye(4)[[0, 0, 1, 2, 3, 2, 2, 1, 0, 3]] * 0.94 + 0.015, 200)
    codes = np.full((2, 50), 4, dtype=np.uint8)
    word = motif.ppm.argmax(1).astype(np.uint8)
    codes[0, 13:23], codes[1, 40:50] = word, 3 - word[::-1]
    assert [row[:5] for row in _rows(scan.scan(codes, [motif]))] == [
        (0, 13, 23, "+", 0),
        (1, 40, 50, "-", 0),
    ]


def test_best_per_sequence_is_the_best_of_all_words():
    codes, motif = _codes(9, 40, 3, letters=5), _motif(7, 4)
    everything = scan.scan(codes, [motif], p=1.0, background="uniform", best_strand=False)
    expected = [everything.score[everything.sequence == i].max() for i in range(9)]
    found = scan.best_per_sequence(codes, motif)
    assert np.all(found >= np.array(expected) - 1e-12)
    plain = []
    for sequence in codes:
        weights = np.concatenate([pwm.log_odds(motif.ppm, motif.nsites), np.zeros((7, 1))], axis=1)
        turned = np.where(sequence < 4, 3 - sequence.astype(int), 4)[::-1]
        plain.append(
            max(
                sum(weights[c, strand[s + c]] for c in range(7))
                for strand in (sequence, turned)
                for s in range(34)
            )
        )
    np.testing.assert_allclose(found, plain, atol=7 / 512)


def test_scores_are_whole_even_for_wide_strong_motifs():
    motif = Motif("wide", np.eye(4)[np.arange(120) % 4], 1e6)
    codes = _codes(3, 150, 0)
    scores = np.asarray(scan.scores(codes, scan.kernels([motif], None, 0.1)[1]))
    np.testing.assert_array_equal(scores, np.rint(scores))
    weights = pwm.integer_weights(pwm.log_odds(motif.ppm, 1e6))
    assert scores[0, 0, 0] == weights[np.arange(120), codes[0, :120]].sum()
    assert scores[2, 30, 0] == weights[np.arange(120), codes[2, 30:]].sum()


def test_a_second_scan_does_not_compile_again():
    codes, motifs = _codes(6, 33, 1), [_motif(5, 0), _motif(8, 1)]
    scan.scan(codes, motifs)
    before = scan._above_filled._cache_size()
    scan.scan(_codes(6, 33, 2), [_motif(5, 3), _motif(8, 4)], p=0.01)
    assert scan._above_filled._cache_size() == before


def test_nothing_to_find_and_bad_input():
    assert len(scan.scan(np.zeros((0, 20), np.uint8), [_motif(5, 0)])) == 0
    assert len(scan.scan(_codes(3, 4, 0), [_motif(5, 0)], p=1.0)) == 0
    with pytest.raises(ValueError, match="at least one motif"):
        scan.scan(_codes(3, 9, 0), [])
    with pytest.raises(ValueError, match="0 to 7"):
        scan.scan(np.array([[0, 7]]), [_motif(1, 0)])
    with pytest.raises(ValueError, match=r"float32 \(3, 9, 4\)"):
        scan.scan(np.asarray(jax.nn.one_hot(_codes(3, 9, 0), 4)), [_motif(5, 0)])
    with pytest.raises(ValueError, match="sequences of 4 are shorter than the motif m, 5 wide"):
        scan.best_per_sequence(_codes(3, 4, 0), _motif(5, 0))


def test_table_of_sites(tmp_path):
    codes, motif = _codes(4, 30, 1), _motif(6, 2, name="GATA")
    sites = scan.scan(codes, [motif], p=0.01)
    scan.write_sites(tmp_path / "sites.tsv", sites, [f"peak{i}" for i in range(4)], ["GATA"])
    header, *lines = (tmp_path / "sites.tsv").read_text().splitlines()
    assert header.split("\t") == ["sequence", "start", "end", "strand", "motif", "score"]
    assert len(lines) == len(sites) > 0
    first = lines[0].split("\t")
    assert first[:5] == [
        f"peak{sites.sequence[0]}",
        str(sites.start[0]),
        str(sites.end[0]),
        sites.strand[0],
        "GATA",
    ]
    assert float(first[5]) == pytest.approx(sites.score[0], abs=1e-4)


@pytest.mark.parametrize("letters", [(0.4, 0.1, 0.1, 0.4), (0.5, 0.1, 0.15, 0.25), (0.1, 0.4, 0.4, 0.1)])
def test_random_sequences_have_as_many_sites_as_p_says_whatever_their_letters(letters):
    rng = np.random.default_rng(0)
    codes = rng.choice(4, size=(1500, 200), p=letters).astype(np.uint8)
    motifs = [_motif(12, 1), Motif("at", np.eye(4)[[3, 0, 3, 0, 0, 0, 3, 0, 0]] * 0.8 + 0.05, 300)]
    p, words = 1e-3, 1500 * np.array([189, 192])
    sites = scan.scan(codes, motifs, p, best_strand=False)
    for strand in "+-":
        counts = np.bincount(sites.motif[sites.strand == strand], minlength=2)
        # Never more than p; a sharp motif has fewer, where the next likelier score would exceed it.
        assert np.all(counts < p * words + 6 * np.sqrt(p * words)), (strand, counts)
        assert counts[0] > 0.9 * p * words[0] - 6 * np.sqrt(p * words[0]), (strand, counts)
    uniform = scan.scan(codes, motifs, p, background="uniform", best_strand=False)
    assert letters[0] < 0.25 or np.count_nonzero(uniform.motif == 1) > 5 * np.count_nonzero(sites.motif == 1)


def test_a_background_is_words_or_four_numbers():
    codes, motif = _codes(5, 40, 0), [_motif(5, 0)]
    assert _rows(scan.scan(codes, motif, 0.01, background="uniform")) == _rows(
        scan.scan(codes, motif, 0.01, background=None)
    )
    counts = np.bincount(codes.ravel(), minlength=4) + 1
    both = (counts + counts[::-1]) / counts.sum() / 2
    own, given = scan.scan(codes, motif, 0.01), scan.scan(codes, motif, 0.01, background=both)
    np.testing.assert_allclose(own.score[:3], given.score[:3], atol=5 / 256)
    with pytest.raises(ValueError, match="sequences, uniform or four frequencies, got 'mine'"):
        scan.scan(codes, motif, background="mine")


def test_rna_is_scanned_on_one_strand():
    motif = Motif("m", np.eye(4)[[0, 0, 1, 2, 3, 2, 2, 1, 0, 3]] * 0.94 + 0.015, 200)
    word = dna.decode(motif.ppm.argmax(1)[None])[0]
    other = dna.decode(dna.reverse_complement(motif.ppm.argmax(1)[None].astype(np.uint8)))[0]
    texts = ["CCA" + word + "GTACC", "CCA" + other + "GTACC"]
    assert scan.scan(texts, [motif]).strand.tolist() == ["+", "-"]
    assert scan.scan([text.replace("T", "U") for text in texts], [motif]).strand.tolist() == ["+"]
    rna = dataclasses.replace(motif, alphabet=dna.RNA)
    assert scan.scan(texts, [rna]).strand.tolist() == ["+"]
