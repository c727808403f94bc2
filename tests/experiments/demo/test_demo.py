"""The panel benchmark on small folders: tables, kept rows, bad settings."""

import json

import numpy as np
import pytest

from experiments.common import published, records
from experiments.demo import extraction_rows, network_rows, tables
from experiments.demo import launcher as demo
from jaxmotif import dna
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.evaluate import paired
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_panel


@pytest.fixture(scope="module", name="run")
def fixture_run(panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "run"
    arguments = small_panel.arguments(
        panel,
        folder,
        "--config=table4",
        "--set=networks=PWM-sum,CNN-small,RNN-small",
        "--set=experiments=JUN,mine",
    )
    demo.main(arguments)
    return folder, arguments


def test_tables_have_all_experiments_and_published_values(run):
    folder, _ = run
    rows = {row["model"]: row for row in json.loads((folder / "table.json").read_text())}
    assert rows["CNN-small"]["experiments"] == 2 and rows["DeepBind*"]["experiments"] == 1
    assert rows["CNN-small"]["mean AUROC"]["published"] == published.DASHBOARD_TABLE2["CNN-small"]["mean"]
    # Matrices read the planted word off without training.
    assert rows["PWM-sum"]["mean AUROC"]["mean"] > 0.9
    experiments = json.loads((folder / "experiments.json").read_text())
    assert [row["experiment"] for row in experiments] == ["JUN_K562_x", "mine"]
    assert experiments[0]["DeepBind*"]["mean"] == 0.7 and "DeepBind*" not in experiments[1]
    letters = (folder / "JUN_K562_x" / "held_out.fa").read_text().splitlines()[1::2]
    assert letters and all(set(line) <= set("ACGTN") for line in letters)
    assert (
        json.loads((folder / "JUN_K562_x" / "CNN-small" / "network.json").read_text())["spec"]["name"]
        == "CNN-small"
    )


def test_motifs_are_compared_where_the_database_has_the_factor(run):
    folder, _ = run
    rows = {row["model"]: row for row in json.loads((folder / "table4.json").read_text())}
    assert set(rows) == {"CNN-small", "RNN-small"} and rows["CNN-small"]["factors"] == 1
    found = json.loads((folder / "extraction.json").read_text())
    assert {row["experiment"] for row in found} == {"JUN_K562_x"}
    assert "temporal" in found[1] and "temporal" not in found[0] and "activation" not in found[1]
    assert all(0 <= row["saliency"]["matches_q"] <= 40 == row["saliency"]["of"] for row in found)
    assert all(0 <= row["class letters"]["ama_share"] <= 1 for row in found)


def test_what_fails_stops_nothing_else(panel, tmp_path, capsys):
    mixed = tmp_path / "panel"
    mixed.mkdir()
    (mixed / "a_few.fa").write_text(
        "".join(f">p{i}\n{s}\n" for i, s in enumerate(small_panel.sequences(20, 0)))
    )
    noise = dna.decode(np.random.default_rng(0).integers(0, 4, (120, 40)).astype(np.uint8))
    (mixed / "b_noise.fa").write_text("".join(f">p{i}\n{s}\n" for i, s in enumerate(noise)))
    arguments = [
        "--config=table3",
        "--set=networks=PWM-sum,CNN-small,CNN-large",
        "--set=train.schedule.epochs=1",
    ]
    with pytest.raises(SystemExit) as stopped:
        demo.main(small_panel.arguments(mixed, tmp_path / "run", *arguments))
    assert stopped.value.code == 1
    # Sequences of 40 nt are too short for CNN-large, which is told; CNN-small has its row.
    failed = (tmp_path / "run" / "failed.txt").read_text()
    assert "a_few: " in failed and "at least 50 are needed" in failed and "b_noise CNN-large: " in failed
    rows = {row["model"]: row for row in json.loads((tmp_path / "run" / "table.json").read_text())}
    assert rows["CNN-small"]["experiments"] == 1 and "CNN-large" not in rows
    # Matrices of noise are no better than chance; that is a row too.
    assert 0.2 < rows["PWM-sum"]["mean AUROC"]["mean"] < 0.8


def test_finished_rows_are_kept(run):
    folder, arguments = run
    record = folder / "mine" / "CNN-small" / "row.json"
    row = json.loads(record.read_text())
    records.keep(record, row | {"auroc_ensemble": 0.123})
    demo.main(arguments)
    columns = json.loads((folder / "experiments.json").read_text())
    assert columns[1]["CNN-small"]["mean"] == 0.123


def test_experiments_together_are_as_apart(tmp_path):
    panel = tmp_path / "panel"
    panel.mkdir()
    for seed, name in enumerate(("a", "b")):
        records = [f">p{i}\n{s}\n" for i, s in enumerate(small_panel.sequences(100, seed))]
        (panel / f"{name}.fa").write_text("".join(records))
    rows = {}
    for together in ("yes", "no"):
        folder = tmp_path / together
        more = ["--config=table3", "--set=networks=CNN-small", f"--set=together={together}", "--set=trials=2"]
        demo.main(small_panel.arguments(panel, folder, *more))
        rows[together] = [json.loads((folder / n / "CNN-small" / "row.json").read_text()) for n in ("a", "b")]
        assert bool(list(folder.glob("together-*"))) == (together == "yes")
    for one, other in zip(*rows.values(), strict=True):
        assert one["auroc"] == pytest.approx(other["auroc"], abs=1e-6) and len(one["auroc"]) == 2
        assert one["epochs"] == other["epochs"] and one["auroc"][0] != one["auroc"][1]
    assert rows["yes"][0]["auroc"] != rows["yes"][1]["auroc"]


def test_groups_are_of_equal_shapes():
    def parts(rows, valid):
        data = [
            Dataset(np.zeros((n, 5), np.uint8), np.zeros((n, 1), np.float32), ["x"] * n)
            for n in (rows, valid, 3)
        ]
        return Splits(*data)

    splits = {"a": parts(9, 4), "b": parts(8, 4), "c": parts(9, 4), "d": parts(9, 5)}
    assert network_rows.groups(splits, True) == [["a", "c"], ["b"], ["d"]]
    assert network_rows.groups(splits, False) == [["a"], ["b"], ["c"], ["d"]]


def test_tests_and_choices_equal_their_definitions():
    rows = [
        {
            "experiment": e,
            "network": n,
            "auroc": [a],
            "auroc_ensemble": a,
            "valid": v,
            "parameters": 1,
            "seconds": 1,
            "train": 1,
            "networks": 1,
        }
        for e, n, a, v in (
            ("a", "CNN-medium", 0.7, 0.9),
            ("a", "RNN-medium", 0.8, 0.8),
            ("b", "CNN-medium", 0.6, 0.5),
            ("b", "RNN-medium", 0.9, 0.6),
            ("c", "CNN-medium", 0.65, 0.5),
            ("c", "RNN-medium", 0.6, 0.4),
        )
    ]
    config = demo.Config(panel="/nowhere", networks=("CNN-medium", "RNN-medium"))
    columns = tables.by_network(rows, config)
    assert columns[tables.BEST] == {"a": 0.7, "b": 0.9, "c": 0.65}
    tests = {(row["model"], row["against"]): row for row in tables.test_rows(rows, config)}
    test = tests["RNN-medium", "CNN-medium"]
    expected = paired.paired_test([0.8, 0.9, 0.6], [0.7, 0.6, 0.65])
    assert (test["wins"], test["t-test p"]) == (2, f"{expected.t_p:.2g}")
    table = {row["model"]: row for row in tables.network_rows(rows, config)}
    assert table["RNN-medium"]["median"]["mean"] == 0.8
    assert table["RNN-medium"]["sd"]["mean"] == pytest.approx(np.std([0.8, 0.9, 0.6], ddof=1))


def test_published_values_do_not_take_a_networks_place(tmp_path):
    columns = "experiment\tdeepbind_star_auc\tdeepbind_auc\tmeme_sum_auc\n"
    (tmp_path / "published_auc.tsv").write_text(columns + "a\t0.9\t0.8\t0.7\n")
    config = demo.Config(panel=str(tmp_path), networks=demo.NETWORKS["table2"])
    rows = [
        {"experiment": "a", "network": name, "auroc_ensemble": 0.5, "valid": 0.5} for name in config.networks
    ]
    found = tables.by_network(rows, config)
    assert all(found[name] == {"a": 0.5} for name in config.networks)
    theirs = [found[name]["a"] for name in ("DeepBind*", "DeepBind (published)", "MEME-SUM")]
    assert theirs == [0.9, 0.8, 0.7]


def test_capped_parts_keep_their_pairs():
    codes = np.arange(40, dtype=np.uint8)[:, None] % 4
    labels = np.tile(np.float32([1, 0]), 20)[:, None]
    data = Dataset(np.repeat(codes, 5, axis=1), labels, [str(i) for i in range(40)], ("bound",))
    found = network_rows.capped(Splits(data, data, data), 10)
    assert len(found.train) == 10 and found.train.labels.sum() == 5
    assert all(
        int(b) == int(a) + 1 for a, b in zip(found.train.names[::2], found.train.names[1::2], strict=True)
    )
    assert len(found.test) == 40 and network_rows.capped(found, 0) is found


def test_matches_are_to_the_factors_own_motifs_on_both_strands():
    database = jaspar.load("JASPAR2024")
    own = extraction_rows.known(database, "REST")
    other = next(m for m in database if m.alt_name == "GATA1")
    queries = [own[0].reverse_complement(), other]
    queries = [Motif(f"q{i}", q.ppm, q.nsites) for i, q in enumerate(queries)]
    q, e = extraction_rows.matched(queries, database, own).T
    assert e[0] < 1e-6 and q[0] < 1e-4 and e[1] > 1
    names = {motif.alt_name for motif in extraction_rows.known(database, "CTCFL")}
    assert {"CTCFL", "CTCF"} <= names
    with pytest.raises(ValueError, match="no motif of 'NOTHING9'"):
        extraction_rows.known(database, "NOTHING9")


@pytest.mark.parametrize("name", demo.NETWORKS)
def test_every_config_builds(name, panel):
    for preset in demo.PRESETS:
        config = demo.build(name, str(panel), "paper", preset, 0, [])
        assert config.train.network.dropout == (0.2 if preset == "paper" else 0.5)
    assert len(demo.HIGHWAY) == 8


@pytest.mark.parametrize(
    "more,message",
    [
        (["--set=networks=CNN-huge"], "unknown network 'CNN-huge'"),
        (["--set=experiments=FOX"], "no experiment 'FOX'; there are: JUN_K562_x, mine"),
        (["--set=trials=0"], "trials must be at least 1"),
        (["--sweep=experiments=JUN,mine"], "experiments is no axis"),
        (["--factors=JUN,SPI1"], "unknown factor 'SPI1'"),
    ],
)
def test_bad_settings_are_named(panel, tmp_path, more, message):
    with pytest.raises(ValueError, match=message):
        demo.main(small_panel.arguments(panel, tmp_path / "run", *more))


def test_a_panel_is_needed(tmp_path):
    with pytest.raises(ValueError, match="--panel is needed"):
        demo.main(["demo", f"--workdir={tmp_path / 'run'}"])
    with pytest.raises(ValueError, match="no such folder"):
        demo.main(small_panel.arguments(tmp_path / "none", tmp_path / "run"))
