"""Small networks on the peaks of a panel."""

import fractions
import json

import numpy as np
import pytest

from experiments.deep_networks import launcher, scores, small
from experiments.neuronmotif import overlap
from jaxmotif import dna
from jaxmotif.models.network import Network
from jaxmotif.models.spec import receptive_fields


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    for seed, name in enumerate(("GATA1_K562", "ELK1_GM12878", "REST_GM12878")):
        codes = np.random.default_rng(seed).integers(0, 4, (90, 101)).astype(np.uint8)
        lines = "".join(f">p{i}\n{letters}\n" for i, letters in enumerate(dna.decode(codes)))
        (folder / f"{name}.fa").write_text(lines)
    return folder


def test_what_the_paper_compares_is_in_the_small_networks():
    fields = {name: receptive_fields(spec.convs)[-1].width for name, spec in small.NETWORKS.items()}
    assert fields == {"Basset (small)": 72, "BD-5 (small)": 78, "BD-8 (small)": 72}
    shares = {name: overlap.of_convs(spec.convs)[-1].share for name, spec in small.NETWORKS.items()}
    assert shares["Basset (small)"] < shares["BD-8 (small)"] == fractions.Fraction(40, 72)
    assert small.spec("Basset", 600, 3).outputs == 3 and small.spec("BD-5 (small)").name == "BD-5 (small)"
    with pytest.raises(ValueError, match="unknown network"):
        small.spec("BD-6")


@pytest.mark.parametrize("name", ["Basset (small)", "BD-8 (small)"])
def test_one_epoch_on_a_panel_and_a_comparison(name, panel, tmp_path, capsys):
    folder = tmp_path / "run"
    arguments = ["deep_networks", "--config=panel", f"--panel={panel}", f"--network={name}", "--scale=smoke"]
    launcher.main([*arguments, f"--workdir={folder}", "--set=train.schedule.batch_size=30"])
    assert name in capsys.readouterr().out
    row = json.loads((folder / "table.json").read_text())[0]
    assert row["model"] == name and 0 <= row["auroc"]["mean"] <= 1
    kept = scores.load(folder)
    assert sorted(kept.targets) == ["ELK1", "GATA1", "REST"] and kept.positives.sum() >= kept.sequences
    found = Network.load(folder)
    assert found.spec.length == 101 and found.spec.convs == small.NETWORKS[name].convs


def test_a_panel_has_to_be_given():
    with pytest.raises(ValueError, match="--panel is missing"):
        launcher.build_panel("BD-5 (small)", "", "quick", 0, [])
    config = launcher.build_panel("Basset (small)", "p", "quick", 2, ["rows=7"])
    assert (config.panel, config.rows, config.train.optimizer.rule) == (True, 7, "rmsprop")


def test_a_grid_trains_as_members_and_a_member_equals_the_point_alone(panel, tmp_path):
    arguments = ["deep_networks", "--config=panel", f"--panel={panel}", "--scale=smoke"]
    arguments += ["--network=BD-5 (small)", "--set=train.schedule.batch_size=30", "--set=trials=2"]
    launcher.main(
        [*arguments, f"--workdir={tmp_path / 'grid'}", "--sweep=l2=0,1e-1", "--sweep=dropout=0.1,0.5"]
    )
    rows = json.loads((tmp_path / "grid" / "table.json").read_text())
    paths = ("train.objective.l2", "train.network.dropout")
    assert [[row[path] for path in paths] for row in rows] == [
        ["0", "0.1"],
        ["0", "0.5"],
        ["1e-1", "0.1"],
        ["1e-1", "0.5"],
    ]
    (group,) = (tmp_path / "grid").glob("group-*")
    assert (tmp_path / "grid" / "sweep.png").stat().st_size > 1000
    launcher.main([*arguments, f"--workdir={tmp_path / 'alone'}", "--set=l2=1e-1", "--set=dropout=0.5"])
    (alone,) = json.loads((tmp_path / "alone" / "table.json").read_text())
    losses = [
        json.loads((place / "metrics.jsonl").read_text().splitlines()[-1])["valid/loss"]
        for place in (group, tmp_path / "alone")
    ]
    np.testing.assert_allclose(losses[0][-2:], losses[1], rtol=1e-5)
    assert len(set(losses[0])) == 8
    # A rank or two may be another by the last digits of a constant of the program.
    for measure in ("auroc", "aupr"):
        np.testing.assert_allclose(rows[3][measure]["values"], alone[measure]["values"], atol=0.01)
    with pytest.raises(ValueError, match="a comparison trains nothing"):
        launcher.main(["deep_networks", "--config=compare", "--compare=a,b", "--sweep=metric=aupr,auroc"])
