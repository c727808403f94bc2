"""Grids over a panel: a point has the result that it has by itself."""

import json

import pytest

from experiments.demo import grid
from experiments.demo import launcher as demo
from jaxmotif.errors import Failed
from tests.helpers import small_panel

NETWORK = ("--config=table3", "--set=networks=CNN-small", "--set=trials=2", "--set=experiments=JUN")


def test_points_train_as_members_and_are_as_alone(panel, tmp_path):
    rates = ("1e-4", "1e-2")
    demo.main(
        small_panel.arguments(
            panel, tmp_path / "grid", *NETWORK, f"--sweep=train.learning_rate={','.join(rates)}"
        )
    )
    rows = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert [row["train.optimizer.learning_rate"] for row in rows] == list(rates)
    assert (tmp_path / "grid" / "sweep.png").exists()
    # One training of four members.
    (metrics,) = (tmp_path / "grid").glob("group-*/**/metrics.jsonl")
    assert len(json.loads(metrics.read_text().splitlines()[0])["valid/loss"]) == 4
    demo.main(
        small_panel.arguments(panel, tmp_path / "alone", *NETWORK, f"--set=train.learning_rate={rates[1]}")
    )
    alone = json.loads((tmp_path / "alone" / "JUN_K562_x" / "CNN-small" / "row.json").read_text())
    assert rows[1]["auroc"]["values"] == alone["auroc"] and len(alone["auroc"]) == 2
    assert rows[1]["JUN_K562_x"]["values"] == alone["auroc"] != rows[0]["JUN_K562_x"]["values"]


def test_measures_are_means_over_experiments(monkeypatch, tmp_path):
    config = demo.build("table3", "x", "smoke", "paper", 0, ["networks=CNN-small", "trials=2"])
    scores = {"a": [[0.5, 0.7], [0.4, 0.4]], "b": [[0.9, 0.6], [0.2, 0.6]]}
    seen = []

    def run_members(place, name, own, splits, trials, hyper, resume):
        seen.append((place.name, list(trials), hyper["learning_rate"]))
        return [{"auroc": values, "valid": 0.8} for values in scores[name]]

    class Named:
        def __init__(self, name):
            self.name = name

    monkeypatch.setattr(grid.network_rows, "run_members", run_members)
    monkeypatch.setattr(grid, "chosen", lambda _: [Named("a"), Named("b")])
    monkeypatch.setattr(grid, "load", lambda *_: None)
    given = [0, 1, 0, 1], {"learning_rate": [0.1, 0.1, 0.2, 0.2]}
    found = grid.members(tmp_path, config, *given, True)
    assert [one["auroc"] for one in found] == pytest.approx([0.7, 0.65, 0.3, 0.5])
    assert [one["b"] for one in found] == [0.9, 0.6, 0.2, 0.6]
    assert seen == [(name, given[0], given[1]["learning_rate"]) for name in "ab"]

    def fails(*_):
        raise ValueError("too short")

    monkeypatch.setattr(grid.network_rows, "run_members", fails)
    with pytest.raises(Failed, match="a: too short"):
        grid.members(tmp_path, config, [0, 1], {}, True)


def test_matrices_are_the_same_at_every_point(monkeypatch, tmp_path):
    config = demo.build("table3", "x", "smoke", "paper", 0, ["networks=PWM-sum", "trials=2"])
    ran = []

    def run_apart(place, names, network, own, splits, resume):
        ran.append((place.name, network))
        return [{"experiment": names[0], "auroc": [0.6], "valid": 0.5}]

    monkeypatch.setattr(grid.network_rows, "run_apart", run_apart)
    found = grid._rows(tmp_path, "a", config, None, [0, 1, 0, 1], {}, True)
    assert [row["auroc"] for row in found] == [[0.6], [0.6]] and ran == [("point-1", "PWM-sum")]
