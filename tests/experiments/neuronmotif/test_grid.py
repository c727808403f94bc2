"""Grids of NeuronMotif: networks that train together are those of points alone; every point has its rows."""

import json

import numpy as np
import pytest

from experiments.common import apart
from experiments.common.panels import folder_name
from experiments.neuronmotif import checks, grid, training
from experiments.neuronmotif import launcher as neuronmotif
from jaxmotif.data.synthetic import grammar
from jaxmotif.errors import Failed
from jaxmotif.models.network import Network

AXES = ["l2=0,1e-1", "dropout=0.1,0.5", "e_max=0.1,0.2"]


def _config(*assignments):
    assignments = ("train.schedule.epochs=1", *assignments)
    return neuronmotif.build("grammar", "smoke", 0, "", "", "default", assignments)


@pytest.fixture(name="fits")
def fixture_fits(monkeypatch):
    """Numbers of members of each training."""
    found, fit = [], training.fit

    def counted(*given, **named):
        found.append(len(named["members"].numbers))
        return fit(*given, **named)

    monkeypatch.setattr(training, "fit", counted)
    return found


def test_networks_train_as_members_and_are_those_of_the_points_alone(fits, tmp_path):
    def run_point(place, config):
        (name,) = config.networks
        splits = grammar.grammar_splits(config.seed, config.sequences)
        network = training.train(place / folder_name(name) / training.FOLDER, name, config, splits, True)
        return [{"rule": "a", "auroc": float(network.scores[0])}, {"rule": "b", "auroc": config.e_max}]

    found = grid.points(_config(), AXES)
    rows = grid.run(tmp_path, found, run_point, "")
    # Eight points, of which two each read the same network.
    assert fits == [4] and len(rows) == 16
    assert [row["auroc"] for row in rows[1:4:2]] == [0.1, 0.2] and rows[0]["auroc"] == rows[2]["auroc"]
    assert list(rows[0])[:3] == ["networks", "train.objective.l2", "train.network.dropout"]
    assert json.loads((tmp_path / "table.json").read_text()) == rows
    assert (tmp_path / "sweep.png").stat().st_size > 1000

    config, splits = _config("l2=1e-1", "dropout=0.5"), grammar.grammar_splits(0, 500)
    alone = training.train(tmp_path / "alone", "BD-5 (16)", config, splits, True)
    # Among others: a loop of one turn is none, and rounds otherwise.
    held = {"learning_rate": [1e-3] * 2, "weight_decay": [0.0] * 2, "l2": [0.1] * 2, "dropout": [0.5] * 2}
    assert config.train.optimizer.learning_rate == 1e-3 and config.train.optimizer.weight_decay == 0
    pair = training.train_members(tmp_path / "pair", "BD-5 (16)", config, splits, held, True).take([0])
    last = Network.load(apart.place(tmp_path, found[-1]) / "BD-5-16" / training.FOLDER)
    first = Network.load(apart.place(tmp_path, found[0]) / "BD-5-16" / training.FOLDER)
    logits = [network.logits(splits.test.sequences) for network in (pair, alone, last, first)]
    np.testing.assert_allclose(logits[2], logits[0], atol=1e-6)
    # Where penalty and rate are constants of the program, the last digits are others.
    np.testing.assert_allclose(logits[2], logits[1], atol=5e-3)
    assert np.abs(logits[3] - logits[1]).max() > 0.02

    # Again, nothing is trained and no point is run.
    assert grid.run(tmp_path, found, lambda *_: pytest.fail("run again"), "") == rows
    assert fits == [4, 1, 2]


def test_a_point_at_which_nothing_is_learned_is_a_row(tmp_path):
    def run_point(place, config):
        if config.seed == 1:
            raise Failed("nothing to be learned")
        return [{"auroc": 0.5}]

    config = neuronmotif.build("untrained", "smoke", 0, "", "", "default", [])
    rows = grid.run(tmp_path, grid.points(config, ["seed=1,2"]), run_point, "")
    assert [row.get("failed") for row in rows] == ["nothing to be learned", None]
    assert [row.get("auroc") for row in rows] == [None, 0.5]


def test_the_launcher_runs_a_grid_and_continues_it(tmp_path, monkeypatch, capsys):
    def run(folder, config, data_dir, resume):
        rows = [{"tests": name, "number": config.neurons} for name in ("neurons", "pairs")]
        return rows, [checks.Check("many", False, f"{config.neurons}")]

    monkeypatch.setattr(neuronmotif, "_run", run)
    place = f"--workdir={tmp_path / 'run'}"
    neuronmotif.main(["neuronmotif", "--config=untrained", place, "--sweep=neurons=2,3"])
    assert capsys.readouterr().out.count("FAIL  many") == 2  # told, and no reason to end
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [(row["neurons"], row["tests"]) for row in rows] == [
        ("2", "neurons"),
        ("2", "pairs"),
        ("3", "neurons"),
        ("3", "pairs"),
    ]
    monkeypatch.setattr(neuronmotif, "_run", lambda *_: pytest.fail("run again"))
    neuronmotif.main(["neuronmotif", f"--config={tmp_path / 'run' / 'config.json'}", place])
    assert json.loads((tmp_path / "run" / "table.json").read_text()) == rows


def test_what_is_there_already_has_no_grid():
    config = neuronmotif.build("overlap", "smoke", 0, "", "", "default", [])
    assert grid.points(config, []) == []
    with pytest.raises(ValueError, match="overlap reads what is there already: it has no grid"):
        grid.points(config, ["seed=1,2"])


@pytest.mark.parametrize(
    "task, axis",
    [
        ("untrained", "train.l2=0,1"),
        ("demo2", "sequences=100,200"),
        ("exact", "rows=10,20"),
        ("basset", "train.l2=0,1"),
        ("bd10", "rows=10,20"),
        ("grammar", "rows=10,20"),
    ],
)
def test_what_a_task_does_not_read_is_no_axis(task, axis):
    config = neuronmotif.build(task, "smoke", 0, "weight.hdf5", "", "default", [])
    with pytest.raises(ValueError, match=f"is no axis: {task}.* does not read it"):
        grid.points(config, [axis])


def test_without_weights_training_is_read():
    config = neuronmotif.build("basset", "smoke", 0, "", "basset.h5", "default", [])
    assert len(grid.points(config, ["train.l2=0,1", "rows=10,20"])) == 4
    with pytest.raises(ValueError, match="sequences is no axis: basset does not read it"):
        grid.points(config, ["sequences=10,20"])
