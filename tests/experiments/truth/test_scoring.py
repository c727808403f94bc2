"""Lists of motifs against a truth that was made by hand, and the arithmetic of tables."""

import numpy as np
import pytest

from experiments.truth import intervals, predicting, scoring, summary
from experiments.truth.sets import Planted
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet


def _motif(word, sure=0.91):
    ppm = np.full((len(word), 4), (1 - sure) / 3)
    ppm[np.arange(len(word)), ["ACGT".index(letter) for letter in word]] = sure
    return Motif(word, ppm, nsites=100)


A, B, C, D = "TGACGTCAGCA", "GGGAATTTCCC", "CATTAAAGCGT", "ACCGGAAGTGT"
PLANTED = [
    Planted("a", _motif(A), 0.8),
    Planted("b", _motif(B), 0.1),
    Planted("c", _motif(C), 0.03),
    Planted("d", _motif(D), 0.5, decoy=True),
]


def test_true_once_repeated_false_missed():
    listed = [
        _motif(A[1:]),  # true
        _motif("CCCCCCCCTTTT"),  # false: nothing like it is there
        _motif(A).reverse_complement(),  # again
        _motif(D),  # a decoy
        _motif(C, sure=0.7),  # true, if less sure
    ]
    found = scoring.against(listed, PLANTED)
    assert found == scoring.Verdict(true=2, repeated=1, false=2, blurred=0, decoys=1, best=(0, -1, 4, -1))
    assert found.true + found.repeated + found.false == len(listed)
    # What is planted in part lies in between.
    mixed = _motif(B[:5] + "AAACAC")
    part = scoring.against([mixed], PLANTED)
    assert (part.true, part.false, part.blurred) == (0, 1, 1)


def test_without_truth_all_is_false_and_without_list_nothing():
    assert scoring.against([_motif(A), _motif(B)], ()) == scoring.Verdict(0, 0, 2, 0, 0, ())
    assert scoring.against([], PLANTED) == scoring.Verdict(0, 0, 0, 0, 0, (-1, -1, -1, -1))


def test_correlation_counts_missing_columns_as_flat():
    whole = _motif(A)
    assert scoring.correlation(whole, whole) == pytest.approx(1)
    assert scoring.correlation(whole.reverse_complement(), whole) == pytest.approx(1)
    # Seven of eleven columns: the cosine of a part with the whole is the root of its share.
    assert scoring.correlation(_motif(A[2:9]), whole) == pytest.approx(np.sqrt(7 / 11))
    wider = _motif("ACGT" + A + "CC")
    assert scoring.correlation(wider, whole) == pytest.approx(1)


def test_lists_by_q_leave_variants_out():
    evidence = [Evidence(q=q) for q in (0.001, 0.04)]
    others = [Evidence(q=q, variant_of=of) for q, of in ((0.08, ""), (0.01, "motif_1"), (0.3, ""))]
    listed = MotifSet([_motif(A), _motif(B)], evidence)
    rest = MotifSet([_motif(C), _motif(A[1:]), _motif(D)], others)
    assert [one.name for one in scoring.at_q(listed, rest, 0.05)] == [A, B]
    assert [one.name for one in scoring.at_q(listed, rest, 0.10)] == [A, B, C]


def _row(number, true, repeated, false, found, kind="planted in random"):
    own = {"true": true, "repeated": repeated, "false": false, "blurred": 0, "decoys": 0}
    own["correlation"] = [0.9 if hit else None for hit in found]
    planted = [{"name": str(i), "share": share, "decoy": False} for i, share in enumerate((0.8, 0.03, 0.15))]
    row = {"set": f"s{number}", "kind": kind, "tool": "discover", "auroc": 0.9, "planted": planted}
    row |= {"listed": true + repeated + false, "significant": true, "unconfirmed": 0, "tried": 5}
    row |= {"rounds": 2, "seconds": 10.0, "cpu_seconds": 8.0}
    return row | {"lists": dict.fromkeys(summary.CUTS, own)}


def test_the_false_discovery_rate_is_the_mean_of_shares():
    rows = [
        _row(0, 2, 0, 2, (True, False, True)),
        _row(1, 1, 0, 0, (True, False, False)),
        _row(2, 0, 0, 0, (False, False, False)),  # nothing listed: nothing is false
        _row(3, 0, 0, 1, (False, False, False)),
    ]
    value = summary.false_discovery_rate(rows, "E")
    assert value["mean"] == pytest.approx((0.5 + 0 + 0 + 1) / 4)
    assert value["low"] < value["mean"] < value["high"]
    rows[0]["lists"]["E"]["blurred"] = 1
    assert summary.false_discovery_rate(rows, "E") == value
    assert summary.false_discovery_rate(rows, "E", blurred=False)["mean"] == pytest.approx((0.25 + 1) / 4)
    made = summary.tables(rows)
    (line,) = made["table"]
    assert line["FDR"] == value and line["main found"]["mean"] == 0.5
    assert line["weak found"]["mean"] == pytest.approx(1 / 8)
    assert line["false"] == 0.75 and line["planted"] == 3
    by_share = made["cuts"][0]
    assert by_share["in 2 to 5 %"]["mean"] == 0 and by_share["in 10 to 20 %"]["mean"] == 0.25
    assert by_share["in 5 to 10 %"]["mean"] is None
    assert made["controls"] == made["peaks"] == []


def test_controls_with_nothing_listed_are_counted():
    rows = [_row(i, 0, 0, int(i == 0), (), "random") for i in range(4)]
    rows += [_row(9, 0, 0, 0, (), "repeats")]
    first, second, both = summary.tables(rows)["controls"]
    assert (first["kind"], first["nothing listed"]["mean"]) == ("random", 0.75)
    assert second["nothing listed"]["mean"] == 1 and second["nothing listed"]["low"] < 0.5
    assert (both["kind"], both["runs"], both["nothing listed"]["mean"]) == ("all", 5, 0.8)


def test_intervals():
    rng = np.random.default_rng(1)
    values = rng.normal(3, 2, 400)
    found = intervals.ratio(values)
    # For a mean the bootstrap is near the normal one.
    error = 1.96 * values.std() / 20
    assert found["low"] == pytest.approx(values.mean() - error, abs=0.04)
    assert found["high"] == pytest.approx(values.mean() + error, abs=0.04)
    assert intervals.ratio([3], [4]) == {"mean": 0.75, "n": 1}
    assert intervals.ratio([1, 2, 0], [2, 4, 0])["mean"] == 0.5
    assert intervals.ratio([None, 2.0, 4.0])["mean"] == 3
    assert intervals.ratio([]) == {"mean": None, "n": 0} == intervals.share(0, 0)
    # Wilson's, as in Newcombe 1998, table I: 81 of 263.
    wilson = intervals.share(81, 263)
    assert (round(wilson["low"], 4), round(wilson["high"], 4)) == (0.2553, 0.3662)


def test_scores_of_a_list_are_those_of_all_words():
    motif, rng = _motif("GATTC"), np.random.default_rng(0)
    codes = rng.integers(0, 4, (6, 30), dtype=np.uint8)
    codes[5] = 4  # nothing but N
    found = predicting.features(Dataset(codes), [motif], [0.25] * 4)
    ppm = (motif.ppm * 100 + 0.025) / 100.1
    strands = [np.log2(ppm / 0.25), np.log2(ppm / 0.25)[::-1, ::-1]]
    for row, own in zip(codes[:5], found, strict=False):
        scores = [sum(one[i, row[at + i]] for i in range(5)) for one in strands for at in range(26)]
        assert own == pytest.approx([max(scores), np.log2(np.exp2(scores).sum())], abs=0.02)
    assert np.isnan(found[5]).all()


def test_a_list_predicts_by_what_it_knows():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (800, 60), dtype=np.uint8)
    labels = (np.arange(800) % 2).astype(np.float32)
    codes[labels == 1, 20:31] = ["ACGT".index(letter) for letter in A]
    parts = [Dataset(codes[rows], labels[rows]) for rows in (slice(400), slice(400, 500), slice(500, 800))]
    assert predicting.auroc(Splits(*parts), [_motif(A)]) > 0.999
    assert predicting.auroc(Splits(*parts), []) == 0.5
    assert abs(predicting.auroc(Splits(*parts), [_motif("CACTACTAC")]) - 0.5) < 0.12
