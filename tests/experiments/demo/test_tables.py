"""Tables of the DeMo and dashboard papers against their definitions, and what was printed."""

import json

import numpy as np
import pytest
import scipy.stats

from experiments.common import published
from experiments.demo import extraction_rows, extraction_tables, network_rows, panel_run, settings, tables
from experiments.demo import launcher as demo
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from tests.helpers import small_panel

# AUROC of networks on four experiments; the large CNN is best on average, though not everywhere.
SCORES = {
    "PWM-sum": (0.70, 0.72, 0.65, 0.80),
    "CNN-small": (0.90, 0.70, 0.80, 0.85),
    "CNN-large": (0.88, 0.86, 0.81, 0.84),
    "RNN-medium": (0.80, 0.84, 0.79, 0.70),
    "CNN-RNN-medium": (0.91, 0.90, 0.85, 0.86),
}
EXPERIMENTS = ("a", "b", "c", "d")


def a_row(experiment, network, auroc, **more):
    row = {"experiment": experiment, "network": network, "auroc": [auroc], "auroc_ensemble": auroc}
    return row | {"valid": auroc, "parameters": 1, "seconds": 1, "train": 1, "networks": 1} | more


def rows_of(scores):
    return [
        a_row(e, name, value)
        for name, values in scores.items()
        for e, value in zip(EXPERIMENTS, values, strict=True)
    ]


def config_of(networks, **fields):
    return demo.Config(panel="/nowhere", networks=tuple(networks), **fields)


def test_table3_compares_the_best_of_each_type_by_paired_t_tests():
    found = tables.table3(rows_of(SCORES), config_of(SCORES))
    assert [row["comparison"] for row in found] == [f"{a} vs {b}" for a, b in published.DASHBOARD_TABLE3]
    by_name = {row["comparison"]: row for row in found}
    row = by_name["CNN vs RNN"]
    assert (row["model"], row["against"], row["n"], row["wins"]) == ("CNN-large", "RNN-medium", 4, 4)
    p = scipy.stats.ttest_rel(SCORES["CNN-large"], SCORES["RNN-medium"]).pvalue
    assert float(row["t-test p"]) == pytest.approx(p, rel=0.05)
    assert float(row["t-test p (paper, n 108)"]) == 5.08e-4
    assert by_name["CNN vs MEME"]["against"] == "PWM-sum"


def test_table3_stands_without_p_where_nothing_can_be_tested(tmp_path):
    (tmp_path / "published_auc.tsv").write_text("experiment\tmeme_sum_auc\na\t0.7\n")
    config = demo.Config(panel=str(tmp_path), networks=tuple(SCORES))
    one = [row for row in rows_of(SCORES) if row["experiment"] == "a"]
    found = tables.table3(one, config)
    assert {row["t-test p"] for row in found} == {None} and {row["n"] for row in found} == {1}
    # Against the published matrices, and ours.
    assert [row["against"] for row in found[:2]] == ["MEME-SUM", "PWM-sum"]


@pytest.mark.parametrize("preset,shape", [("paper", "DeMo-3-2-5"), ("code", "DeMo-4-1-7")])
def test_the_shape_is_chosen_by_what_the_preset_says(preset, shape):
    rows = [
        a_row("a", "DeMo-3-2-5", 0.6, valid=0.9, training=0.7),
        a_row("a", "DeMo-4-1-7", 0.8, valid=0.5, training=0.99),
    ]
    config = config_of(("DeMo-3-2-5", "DeMo-4-1-7"), preset=preset, highway=True)
    assert tables.chosen_shape(rows, "a", config) == shape
    name = f"DeMo (chosen by {'validation' if preset == 'paper' else 'training AUROC'})"
    table = {row["model"]: row for row in tables.network_rows(rows, config)}
    assert table[name]["mean AUROC"]["mean"] == {"paper": 0.6, "code": 0.8}[preset]
    assert table[name]["median"]["published"] == 0.951
    (line,) = tables.experiment_rows(rows, config)
    assert line["DeMo's shape"] == shape and line[tables.BEST] == "DeMo-3-2-5"


def test_training_auroc_is_that_of_the_training_set(panel, tmp_path):
    arguments = small_panel.arguments(
        panel, tmp_path / "run", "--config=demo", "--preset=code", "--set=experiments=JUN"
    )
    demo.main([*arguments, "--set=networks=DeMo-3-2-5", "--set=extraction=false"])
    folder = tmp_path / "run" / "JUN_K562_x" / "DeMo-3-2-5"
    row = json.loads((folder / "row.json").read_text())
    config = settings.build("demo", str(panel), "smoke", "code", 0, [])
    train = settings.load(config, settings.chosen(config)[0]).train
    score_n, label_n = Network.load(folder).logits(train)[:, 0], train.labels[:, 0]
    # Share of pairs in order; the networks' scores have no ties.
    order = (score_n[label_n == 1][:, None] > score_n[label_n == 0]).mean()
    assert row["training"] == pytest.approx(order, abs=1e-6)
    assert (tmp_path / "run" / "report.html").exists()


def test_random_windows_follow_the_seed():
    codes = np.random.default_rng(0).integers(0, 4, (30, 40)).astype(np.uint8)
    found = {
        (name, seed): extraction_rows.windows(
            Network.from_spec(zoo.get(name, length=40, outputs=1)), codes, 9, seed
        )["random"]
        for name in ("CNN-small", "RNN-small")
        for seed in (0, 1)
    }
    np.testing.assert_array_equal(found["CNN-small", 1], found["RNN-small", 1])
    assert (found["CNN-small", 0] != found["CNN-small", 1]).any()
    assert found["CNN-small", 1].min() >= 0 and found["CNN-small", 1].max() <= 31


def an_extraction(experiment, network, matches, whole, window, any_q, share):
    of_class = {"whole_q": whole, "window_q": window, "window_any_q": any_q, "ama_share": share}
    row = {"experiment": experiment, "network": network, "sequences": 500}
    row |= {name: {"matches_q": n, "matches_e": 1, "of": 500} for name, n in matches.items()}
    return row | {"class letters": of_class, "class free": {**of_class, "whole_q": 1.0}}


def test_table4_has_means_and_counts_next_to_the_published_ones():
    extracted = [
        an_extraction("a", "CNN-large", {"saliency": 200, "activation": 10}, 0.1, 0.6, 0.1, 0.7),
        an_extraction("b", "CNN-large", {"saliency": 101, "activation": 20}, 0.6, 0.4, 0.1, 0.2),
        an_extraction("a", "RNN-medium", {"saliency": 5, "temporal": 7}, 0.6, 0.6, 0.9, 0.2),
    ]
    best = {"CNN": "CNN-large", "RNN": "RNN-medium"}
    cnn, rnn = extraction_tables.table4(extracted, best)
    assert (cnn["saliency"], cnn["saliency (paper)"], cnn["factors"]) == (150.5, 243.9, 2)
    assert (cnn["temporal"], cnn["temporal (paper)"]) == (None, None)
    assert (rnn["temporal"], rnn["temporal (paper)"], rnn["activation (paper)"]) == (7, 53.5, None)
    assert (cnn["class, letters"], cnn["class, free"]) == ("1 of 2", "0 of 2")
    assert cnn["class (paper)"] == "19 of 57"
    counts = {row["count"]: row for row in extraction_tables.demo_counts(extracted[:2])}
    own = counts["window, letters, matches the factor's motif"]
    assert own["ours"] == "1 of 2" and own["published"] == "36 of 57"
    assert counts["window, letters, matches any motif of JASPAR"]["ours"] == "2 of 2"
    wins = counts["window, free, scores above JASPAR's motif (AMA)"]
    assert wins["share"] == {"mean": 0.5, "published": pytest.approx(29 / 57)}


def test_differences_are_the_largest_first_and_counted(tmp_path):
    (tmp_path / "published_auc.tsv").write_text("experiment\tdeepbind_star_auc\na\t0.9\nb\t0.5\nc\t0.6\n")
    rows = [
        a_row(e, name, value)
        for name, values in {
            "DeMo-3-2-5": (0.8, 0.8, 0.7),
            "DeMo-4-1-7": (0.7,) * 3,
            "DeepBind": (0.8,) * 3,
        }.items()
        for e, value in zip("abc", values, strict=True)
    ]
    config = demo.Config(panel=str(tmp_path), networks=("DeMo-3-2-5", "DeMo-4-1-7", "DeepBind"), highway=True)
    less = tables.differences(rows, config)
    assert list(less) == ["DeepBind*", "DeepBind"] and list(less["DeepBind*"]) == ["b", "c", "a"]
    assert less["DeepBind*"]["b"] == pytest.approx(0.3)
    star, own = tables.auroc_counts(rows, config)
    assert (star["ours"], star["published"], own["ours"], own["published"]) == (
        "2 of 3",
        "92 of 108",
        "0 of 3",
        "-",
    )


def test_only_the_chosen_shape_is_read(monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr(
        extraction_rows, "extract", lambda folder, name, network, *_: read.append(network) or None
    )
    rows = [a_row("a", "DeMo-3-2-5", 0.6), a_row("a", "DeMo-4-1-7", 0.8), a_row("a", "DeepBind", 0.9)]
    config = config_of(("DeMo-3-2-5", "DeMo-4-1-7", "DeepBind"), highway=True, extraction=True)
    result = panel_run.Found(rows, [], [], [], [])
    panel_run._read(tmp_path, "a", config, None, [], result, True)
    assert read == ["DeMo-4-1-7"] and not result.extracted and not result.penalties


def test_types_are_by_name():
    columns = {name: {"a": 0.5} for name in ("CNN-medium", "CNN-RNN-small", "MEME-SUM", "DeepBind*", "peaks")}
    assert tables.best_of_types(columns) == {"CNN": "CNN-medium", "CNN-RNN": "CNN-RNN-small"}
    # A network without the experiment that another has is judged on what both have.
    columns = {"CNN-small": {"a": 0.9, "b": 0.1}, "CNN-large": {"a": 0.8}}
    assert tables.best_of_types(columns) == {"CNN": "CNN-small"}
    assert network_rows.DEEPBIND in demo.NETWORKS["demo"]
