"""The sets in vivo, from files of their layouts to table and page, and figures of several networks."""

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from experiments.common import panels, trials
from experiments.koo_eddy import launcher, network_rows, report, settings, tasks
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic import koo_eddy as benchmark
from jaxmotif.evaluate import recovery
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import flat_width
from jaxmotif.motifs import jaspar
from tests.helpers import example_report
from tests.helpers.deep_files import write_deepsea

FEW = ["--set=networks=CNN-100", "--set=train.schedule.epochs=1", "--set=trials=2"]


def test_table_2_is_made_from_deepseas_files(tmp_path, capsys):
    write_deepsea(tmp_path, {"train": 120, "valid": 40, "test": 60}, length=150, targets=15)
    columns = ",".join(map(str, range(2, 14)))
    run = tmp_path / "run"
    launcher.main(
        [
            "koo_eddy",
            "--config=table2",
            "--scale=smoke",
            f"--data={tmp_path}",
            f"--workdir={run}",
            f"--set=columns={columns}",
            *FEW,
        ]
    )
    assert "0.554 ± 0.009" in capsys.readouterr().out
    (row,) = json.loads((run / "table.json").read_text())
    assert row["auroc"]["published"] == 0.889 and row["aupr"]["published"] == 0.554
    assert len(row["aupr"]["values"]) == 2 and row["relevant"]["published"] == 0.740
    network = Network.load(run / "CNN-100")
    assert network.length == 150 and network.classes == tuple(recovery.ALLOW)
    assert json.loads((run / "inputs.json").read_text())["train.mat"]["sha256"]
    assert "digit by digit" in (run / "report.html").read_text()


def test_accuracy_is_the_mean_over_labels_of_scikit_learns():
    network = Network.from_spec(zoo.get("CNN-100", length=60, outputs=3), members=2)
    rng = np.random.default_rng(0)
    data = Dataset(rng.integers(0, 4, (50, 60)).astype(np.uint8), rng.integers(0, 2, (50, 3)))
    found = trials.accuracy(network, data)
    for trial, logits in enumerate(network.logits(data, by_member=True)):
        for name, metric in (("auroc", roc_auc_score), ("aupr", average_precision_score)):
            each = [metric(data.labels[:, t], logits[:, t]) for t in range(3)]
            assert found[name][trial] == pytest.approx(np.mean(each), abs=1e-6)


def test_peaks_of_a_panel_are_a_task_of_their_factors(tmp_path, capsys):
    rng = np.random.default_rng(2)
    for factor in ("SRF_K562", "CTCFL_K562", "UNHEARD_K562"):
        text = "".join(
            f">{factor}{n}\n{''.join('ACGT'[c] for c in rng.integers(0, 4, 101))}\n" for n in range(60)
        )
        (tmp_path / f"{factor}.fa").write_text(text)
    run = tmp_path / "run"
    arguments = ["koo_eddy", "--config=peaks", "--scale=smoke", f"--panel={tmp_path}", f"--workdir={run}"]
    launcher.main([*arguments, *FEW])
    said = capsys.readouterr()
    assert "JASPAR2016 has no motif of UNHEARD" in said.err
    (row,) = json.loads((run / "table.json").read_text())
    assert set(row["filters_per_tf"]) == {"SRF", "CTCFL"} and "published" not in row["auroc"]
    page = (run / "report.html").read_text()
    assert "Real peaks, 101 nt: not the paper&#39;s set" in page
    config = settings.build(str(run / "config.json"), "quick", "code", 0, [])
    assert config.source == "peaks" and config.database == "JASPAR2016"
    task = tasks.load(config, "", jaspar.database("JASPAR2016"))
    assert [motif.name for motif, _ in task.truth["motifs of the factors"]][::2] == ["MA0139.1", "MA0083.3"]


def test_a_factors_own_motifs_are_those_of_its_name_alone():
    names = lambda release, factor: [m.name for m in tasks.named_for(jaspar.database(release), factor)]
    # CTCF's counts for CTCFL where it has none; GATA1::TAL1 does not count for GATA1.
    assert names("JASPAR2016", "CTCFL") == ["MA0139.1"] and names("JASPAR2024", "CTCFL") == ["MA1102.3"]
    assert names("JASPAR2016", "GATA1") == ["MA0035.3"] and names("JASPAR2016", "UNHEARD") == []


def test_every_network_reads_peaks_of_101_nt_and_keeps_two_positions():
    """So that the dense layer has as many inputs as on the paper's sequences of 200 nt."""
    for name in settings.NETWORKS["peaks"]:
        assert flat_width(zoo.get(name, length=101)) == flat_width(zoo.get(name)) == 256


def test_a_network_that_does_not_fit_is_a_row_that_says_why(tmp_path):
    rng = np.random.default_rng(0)
    part = Dataset(rng.integers(0, 4, (20, 40)).astype(np.uint8), rng.integers(0, 2, (20, 2)))
    task = tasks.Task(Splits(part, part, part), {"SRF": ["MA0083.3"]}, {}, "x", "x", {})
    config = settings.Config(("DeMo-3-2-5", "Basset"), trials=1)
    (row,) = network_rows.run_row(tmp_path / "Basset", "Basset", config, task, [], False)
    assert row["trials"] == 0 and "reads" in row["note"]
    assert panels.of_filters(tmp_path, ["Basset"]) == {}
    (again,) = network_rows.run_row(tmp_path / "Basset", "Basset", config, task, [], True)
    assert again == row


def of_layers(folder, network, layers):
    place = folder / panels.folder_name(network)
    place.mkdir()
    titles = [network] if layers == 1 else [f"{network}, layer {n + 1}" for n in range(layers)]
    made = {
        title: [
            panels.Filter(name, "SRF" if n % 2 else "", example_report.motif(n, name))
            for n, name in enumerate(f"{network}_layer{layer}_filter{n + 1}" for n in range(3))
        ]
        for layer, title in enumerate(titles)
    }
    panels.record(place, [], [], made)


def test_a_run_that_has_all_networks_of_a_figure_writes_it(tmp_path):
    truth = panels.of_planted(benchmark.KOO_EDDY_IDS, benchmark.koo_eddy_motifs())
    task = tasks.Task(None, recovery.ALLOW, truth, "a set", "Table 1", {})
    for name, layers in (("CNN-1", 2), ("CNN-2", 1), ("CNN-4", 1), ("CNN-25", 1)):
        of_layers(tmp_path, name, layers)
    every = ("CNN-1", "CNN-2", "CNN-4", "CNN-25")
    pictures = report.composed(tmp_path, settings.Config(every), task)
    assert [picture.title[:8] for picture in pictures] == ["Figure 2", "Figure 4"]
    drawn = (tmp_path / "figure4.svg").read_text()
    for text in ("CNN-1, layer 1", "CNN-1, layer 2", "planted motifs", "Figure 4"):
        assert f"<!-- {text}" in drawn
    # Every strand of every factor is at the foot; half of the filters are labelled.
    assert drawn.count("<!-- STAT1 -->") == 2 and drawn.count("<!-- SRF -->") == 2 + 2
    assert (tmp_path / "figure2.png").stat().st_size > 10_000
    in_vivo = settings.Config(every, source="deepsea", path="DIR")
    assert [p.title[:9] for p in report.composed(tmp_path, in_vivo, task)] == ["Figure 5:", "Figure S1"]
    stand_in = settings.Config(every, source="peaks", path="DIR")
    assert len(report.composed(tmp_path, stand_in, task)) == 2
    assert (tmp_path / "peaks-figure5.svg").exists()
    assert not report.composed(tmp_path, settings.Config(("CNN-2", "CNN-4")), task)


def test_sets_without_their_folder_say_what_is_missing():
    with pytest.raises(ValueError, match="--data is missing"):
        settings.build("table2", "smoke", "code", 0, [])
    with pytest.raises(ValueError, match="--panel is missing"):
        settings.build("peaks", "smoke", "code", 0, [])
    with pytest.raises(ValueError, match="reads no folder"):
        settings.build("table1", "smoke", "code", 0, [], "DIR")
