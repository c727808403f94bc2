"""A scan in pieces: the sites of a loop over all words in NumPy, whatever the pieces."""

from collections import namedtuple

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import backgrounds, cores, long_scan, pwm, scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.score_tables import ScoreTables

Piece = namedtuple("Piece", "name start codes last")
P = 2e-3


def _motif(name, text, sure=0.97, alphabet=dna.ALPHABET):
    ppm = np.full((len(text), 4), (1 - sure) / 3)
    ppm[np.arange(len(text)), dna.encode([text])[0]] = sure
    return Motif(name, ppm, 20, alphabet=alphabet)


MOTIFS = [
    _motif("long", "GATTACAGC", 0.9),
    _motif("palindrome", "ACGT"),  # its best word is likelier than P
    _motif("middle", "TTCAAG", 0.9),
    _motif("wide", "CAGGTAATGCCAT", 0.7),
]


@pytest.fixture(scope="module", name="records")
def fixture_records():
    rng = np.random.default_rng(4)
    lengths = {"a": 400, "empty": 3, "b": 6, "c": 733}
    records = {
        name: rng.choice(4, size, p=[0.35, 0.2, 0.25, 0.2]).astype(np.uint8) for name, size in lengths.items()
    }
    records["c"][100:130] = dna.N
    for place, text in ((10, "GATTACAGC"), (50, "ACGT"), (388, "CAGGTAATGCCA"), (300, "GCTGTAATC")):
        records["a"][place : place + len(text)] = dna.encode([text])[0]
    return records


def cut(records, size):
    for name, codes in records.items():
        places = list(range(0, len(codes), size))
        for place in places:
            yield Piece(name, place, codes[place : place + size], place == places[-1])


def by_loop(records, motifs, composition):
    """Every word of every motif on every strand, its p by the distribution, and q over all words."""
    wanted = cores.searched(motifs, P, ["A"], composition)
    found = []
    for number, (motif, p) in enumerate(zip(wanted.motifs, wanted.p, strict=True)):
        words = []
        steps_w4 = pwm.integer_weights(pwm.log_odds(motif.ppm, motif.nsites, composition.weights))
        for strand, weights, own in (
            ("+", steps_w4, composition.forward),
            ("-", steps_w4[::-1, ::-1], composition.reverse),
        ):
            lowest, tail = pwm.survival(steps_w4, own)
            weights_w5 = np.concatenate([weights, np.zeros((len(weights), 1), int)], axis=1)
            for name, codes in records.items():
                for start in range(len(codes) - motif.width + 1):
                    word = codes[start : start + motif.width]
                    score = int(weights_w5[np.arange(motif.width), word].sum())
                    value = min(tail[max(score - lowest, 0)], 1)
                    if dna.N not in word or value <= p * (1 + 1e-12):
                        words.append((name, start, strand, score, value))
        values = np.array([word[-1] for word in words])
        listed = values <= p * (1 + 1e-12)
        q = multiple.benjamini_hochberg(np.where(listed, values, 1))
        own = {}
        for word, yes, one in zip(words, listed, q, strict=True):
            if yes:
                name, start, strand, score, value = word
                key = name, start, start + motif.width, number
                if key not in own or score > own[key][1]:
                    own[key] = strand, score, value, one
        found += [(*key, *rest) for key, rest in own.items()]
        exact = multiple.benjamini_hochberg(values)
        assert (exact[listed] <= q[listed] + 1e-12).all()
    order = {name: i for i, name in enumerate(records)}
    return sorted(found, key=lambda row: (order[row[0]], row[1], row[3]))


@pytest.mark.parametrize("size", [1, 2, 5, 13, 64, 10_000])
def test_sites_are_those_of_a_loop_at_any_size(records, tmp_path, monkeypatch, size):
    monkeypatch.setattr(long_scan, "_SEGMENT", 37 if size != 13 else 1)
    composition = long_scan.letter_counts(cut(records, size), True)
    letters = np.concatenate(list(records.values()))[None]
    assert composition == backgrounds.of("sequences", letters, True)
    one = long_scan.LongScan(MOTIFS, P, composition, True, tmp_path / "sites")
    one.feed(cut(records, size))
    expected = by_loop(records, MOTIFS, composition)
    rows = list(one.rows())
    assert len(expected) > 12 and {row.strand for row in rows} == {"+", "-"}
    assert [(r.record, r.start, r.end, r.motif, r.strand) for r in rows] == [e[:5] for e in expected]
    np.testing.assert_array_equal([r.score * pwm.STEPS_PER_BIT for r in rows], [e[5] for e in expected])
    np.testing.assert_allclose([r.p for r in rows], [e[6] for e in expected], rtol=1e-12)
    np.testing.assert_allclose([r.q for r in rows], [e[7] for e in expected], rtol=1e-9)
    few = sorted(r.q for r in rows)[3]
    assert [r for r in rows if r.q <= few] == list(one.rows(few))
    assert one.notes and "palindrome is too short" in one.notes[0]


def test_sites_are_those_of_a_scan_of_one_record(records, tmp_path):
    codes = records["c"]
    composition = backgrounds.of("sequences", codes[None], True)
    one = long_scan.LongScan(MOTIFS, P, composition, True, tmp_path / "sites")
    one.feed(cut({"c": codes}, 100))
    wanted = cores.searched(MOTIFS, P, codes[None])
    found = scan.scan(codes[None], wanted.motifs, wanted.p)
    rows = list(one.rows())
    for name in ("start", "end", "strand", "motif", "score", "p"):
        assert [getattr(row, name) for row in rows] == getattr(found, name).tolist()


def test_rna_is_read_on_one_strand(records, tmp_path):
    motifs = [_motif("rna", "GAUUACAGC", 0.9, dna.RNA), MOTIFS[0]]
    composition = long_scan.letter_counts(cut(records, 100), True)
    one = long_scan.LongScan(motifs, P, composition, True, tmp_path / "sites")
    one.feed(cut(records, 100))
    strands = {motif: {row.strand for row in one.rows() if row.motif == motif} for motif in (0, 1)}
    assert strands == {0: {"+"}, 1: {"+", "-"}}
    words = 392 + 92 + 595  # none that holds N
    assert one.words.tolist() == [words, 2 * words]
    plus = long_scan.LongScan(motifs, P, composition, False, tmp_path / "sites")
    plus.feed(cut(records, 100))
    assert {row.strand for row in plus.rows()} == {"+"}


def test_nothing_is_found_where_nothing_is(tmp_path):
    uniform = backgrounds.of("uniform", np.zeros((0, 0), np.uint8), True)
    one = long_scan.LongScan(MOTIFS[:1], 1e-6, uniform, True, tmp_path / "sites")
    one.feed(cut({"x": np.full(50, dna.N, np.uint8)}, 7))
    assert list(one.rows()) == [] and one.words.tolist() == [0]
    with pytest.raises(ValueError, match="at least one motif"):
        long_scan.LongScan([], P, uniform, True, tmp_path / "sites")


def test_tables_are_sums_of_weights():
    rng = np.random.default_rng(0)
    kernels = [rng.integers(-900, 900, (width, 4)) for width in (1, 5, 6, 17)]
    codes = rng.integers(0, 5, 60).astype(np.uint8)
    filled = np.concatenate([codes, np.full(20, dna.N, np.uint8)])
    with_n = [np.concatenate([one, np.zeros((len(one), 1), int)], axis=1) for one in kernels]
    expected = [
        [sum(one[i, filled[start + i]] for i in range(len(one))) for one in with_n] for start in range(60)
    ]
    np.testing.assert_array_equal(ScoreTables(kernels).all(codes), expected)
