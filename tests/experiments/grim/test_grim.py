"""GRIM's configs, a tiny run of them, and sweeps: a member equals the same point alone."""

import json

import numpy as np
import pytest

from experiments.common import published, records, sweep
from experiments.grim import launcher as grim
from experiments.grim import readings
from experiments.koo_eddy import launcher as koo_eddy
from jaxmotif import config as configs
from jaxmotif.data import named
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.data.synthetic import koo_eddy as benchmark
from tests.helpers.document import read_page


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Archives stand in for prepared data sets: tensorflow-datasets is not needed."""
    folder = tmp_path_factory.mktemp("data")
    for name, make in (("grim_task1", tasks.task1_splits), ("grim_task2", tasks.task2_splits)):
        options = named.complete(name, dict(n=300))
        archive.save(folder / f"{named.label(name, options)}.npz", make(**options))
    options = dict(seed=0, n=300, length=200, min_gap=1)
    archive.save(folder / f"{named.label('koo_eddy', options)}.npz", benchmark.koo_eddy_splits(**options))
    return folder


def _arguments(data_dir, folder, *more):
    return [
        "grim",
        "--scale=smoke",
        f"--data_dir={data_dir}",
        f"--workdir={folder}",
        "--set=sequences=300",
        "--set=train.schedule.batch_size=40",
        *more,
    ]


@pytest.mark.parametrize("scale", grim.SCALES)
@pytest.mark.parametrize("name", grim.MODELS)
def test_every_config_builds_and_reloads(name, scale, tmp_path):
    config = grim.build(name, scale, 3, ["infomax.reading=position", "train.schedule.epochs=7"])
    assert (config.seed, config.train.schedule.epochs, config.infomax.reading) == (3, 7, "position")
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs.to_dict(config)))
    assert grim.build(str(path), "quick", 0, []) == config


def test_the_first_two_models_of_each_task_are_the_published_ones():
    for task, models in grim.MODELS.items():
        assert all((task, model) in published.GRIM for model in models[:2])


@pytest.mark.parametrize("task", grim.MODELS)
def test_a_tiny_run_writes_table_panels_and_page_and_continues(task, data_dir, tmp_path, capsys):
    pool = {"task1": "4", "task2": "25"}[task]
    models = f"--set=models=GRIM-{pool} (8),CNN-{pool} (8)"
    arguments = _arguments(data_dir, tmp_path / "run", f"--config={task}", models, "--set=trials=2")
    grim.main(arguments)
    assert f"GRIM-{pool} (8)" in capsys.readouterr().out
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [(row["model"], row["reading"]) for row in rows] == [
        (f"GRIM-{pool} (8)", "literal: position, linear"),
        (f"GRIM-{pool} (8)", "bounded: position, softmax"),
        (f"GRIM-{pool} (8)", "ours: mixed, softmax"),
        (f"CNN-{pool} (8)", "labels"),
    ]
    # The literal reading collapses, and is in the table all the same.
    assert rows[0]["collapsed"] == "2 of 2, by epoch 1" and rows[0]["tpr"]["mean"] is None
    assert "no positive component" in rows[0]["run"]["why"]
    for row in rows[1:]:
        assert len(row["tpr"]["values"]) == 2
        assert 0 <= row["tpr"]["mean"] + row["fpr"]["mean"] + row["uninformative"]["mean"] <= 1 + 1e-9
        for key in ("tpr", "fpr"):
            told, informative = row[f"{key}_of_informative"]["values"], row["uninformative"]["values"]
            for own, every, none in zip(told, row[key]["values"], informative, strict=True):
                assert own * (1 - none) == pytest.approx(every)
        assert len(row["filters_per_tf"]) == {"task1": 11, "task2": 6}[task]
    assert [row.get("collapsed") for row in rows[1:]] == ["0 of 2", "0 of 2", None]
    assert "estimate" in rows[1] and "estimate" in rows[2] and "auroc" in rows[3]
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.startswith("<!doctype html>") and "Its ceiling" not in page and "Ceiling 138.6" in page
    assert (tmp_path / "run" / f"logos_GRIM-{pool}-8-ours.png").stat().st_size > 1000

    record = tmp_path / "run" / f"GRIM-{pool}-8-ours" / "row.json"
    rows[2]["tpr"]["mean"] = 0.123
    records.keep(record, rows[2])
    grim.main(arguments)
    assert json.loads((tmp_path / "run" / "table.json").read_text())[2]["tpr"]["mean"] == 0.123


def test_a_point_that_is_searched_equals_the_same_point_alone(data_dir, tmp_path):
    pytest.importorskip("optuna", reason="the extra search is not installed")
    common = ("--config=task1", "--set=models=GRIM-4 (8)", "--set=trials=1")
    asked = ("--search=train.optimizer.learning_rate=1e-4..1e-2,log", "--points=2", "--judge=tpr")
    for _ in range(2):  # the second one has nothing to do
        grim.main(_arguments(data_dir, tmp_path / "searched", *common, *asked))
    rows = json.loads((tmp_path / "searched" / "table.json").read_text())
    best = json.loads((tmp_path / "searched" / "best.json").read_text())
    assert len(rows) == best["points"] == 2 and best["tpr"] == max(row["tpr"]["mean"] for row in rows)
    (flag,) = best["flags"]
    path, value = flag.removeprefix("--set=").split("=")
    (own,) = [row for row in rows if row[path] == value]
    grim.main(_arguments(data_dir, tmp_path / "alone", *common, f"--sweep={path}={value}"))
    (alone,) = json.loads((tmp_path / "alone" / "table.json").read_text())
    for key in ("tpr", "fpr", "coverage", "loss"):
        np.testing.assert_allclose(alone[key]["mean"], own[key]["mean"], rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="no column 'auroc'; columns: .*tpr"):
        grim.main(_arguments(data_dir, tmp_path / "other", *common, asked[0], "--points=1"))


def test_a_member_of_a_sweep_equals_the_same_point_alone(data_dir, tmp_path):
    common = ("--config=task1", "--set=models=GRIM-4 (8)", "--set=trials=2")
    axes = ("--sweep=train.optimizer.learning_rate=1e-3,1e-2", "--sweep=code=3,5")
    grim.main(_arguments(data_dir, tmp_path / "grid", *common, *axes))
    rows = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert [(r["train.optimizer.learning_rate"], r["code"]) for r in rows] == [
        ("1e-3", "3"),
        ("1e-3", "5"),
        ("1e-2", "3"),
        ("1e-2", "5"),
    ]
    assert len({r["loss"]["mean"] for r in rows}) == 4
    # Two shapes, so two programs; each held both learning rates.
    assert len(list((tmp_path / "grid").glob("group-*"))) == 2
    grim.main(
        _arguments(
            data_dir,
            tmp_path / "alone",
            *common,
            "--sweep=train.optimizer.learning_rate=1e-2",
            "--sweep=code=5",
        )
    )
    (alone,) = json.loads((tmp_path / "alone" / "table.json").read_text())
    assert alone["loss"]["values"] == rows[3]["loss"]["values"]
    assert alone["tpr"] == rows[3]["tpr"]
    # As an ordinary run too: the last epoch's loss in metrics.jsonl.
    grim.main(
        _arguments(
            data_dir,
            tmp_path / "run",
            *common,
            "--set=readings=ours",
            "--set=train.optimizer.learning_rate=1e-2",
            "--set=code=5",
        )
    )
    lines = (tmp_path / "run" / "GRIM-4-8-ours" / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["valid/loss"] == rows[3]["loss"]["values"]
    assert (tmp_path / "grid" / "sweep.png").stat().st_size > 1000


def test_readings_can_be_an_axis_and_a_grid_is_of_ours_otherwise():
    config = grim.build("task1", "smoke", 0, ["models=GRIM-4 (8),CNN-4 (8)"])
    assert [row.name for row in readings.rows(config)] == [
        "GRIM-4 (8)-literal",
        "GRIM-4 (8)-bounded",
        "GRIM-4 (8)-ours",
        "CNN-4 (8)",
    ]
    found = sweep.points(config, ["readings=literal,ours"])
    assert [point.config.readings for point in found] == [("literal",), ("ours",)] * 2
    assert readings.objective(config, "ours") == config.infomax
    literal = readings.objective(config, "literal")
    assert (literal.reading, literal.code, literal.scale) == ("position", "linear", config.infomax.scale)
    # As many units as there are labels: 11 factors in Task 1, one label in Task 2.
    assert [readings.code(config, name) for name in readings.NAMES] == [11, 32, 32]
    assert readings.LABELS == {"task1": len(tasks.TASK1), "task2": 1}


def test_dropout_and_penalties_are_members_of_one_program(data_dir, tmp_path):
    common = ("--config=task1", "--set=models=CNN-4 (8)", "--set=train.schedule.epochs=1")
    axes = ("--sweep=dropout=0.1,0.5", "--sweep=train.objective.l1=0,1e-2")
    grim.main(_arguments(data_dir, tmp_path / "grid", *common, *axes))
    rows = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert len(list((tmp_path / "grid").glob("group-*"))) == 1
    assert len({row["loss"]["mean"] for row in rows}) == 4
    # The last of them as an ordinary run.
    last = ("--set=trials=1", "--set=train.network.dropout=0.5", "--set=train.objective.l1=1e-2")
    grim.main(_arguments(data_dir, tmp_path / "run", *common, *last))
    lines = (tmp_path / "run" / "CNN-4-8" / "metrics.jsonl").read_text().splitlines()
    np.testing.assert_allclose(json.loads(lines[-1])["valid/loss"], rows[3]["loss"]["values"], rtol=1e-5)


def test_an_interrupted_sweep_continues(data_dir, tmp_path):
    arguments = _arguments(
        data_dir,
        tmp_path / "grid",
        "--config=task2",
        "--set=models=GRIM-25 (8),CNN-25 (8)",
        "--sweep=train.schedule.epochs=1,2",
    )
    grim.main(arguments)
    first = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert len(first) == 4
    measures = sorted((tmp_path / "grid").glob("group-*/measures.json"))
    kept = json.loads(measures[0].read_text())
    kept[0]["tpr"] = 0.5
    records.keep(measures[0], kept)
    measures[1].write_text(measures[1].read_text().replace("0.", "1.", 1))
    grim.main(arguments)
    second = json.loads((tmp_path / "grid" / "table.json").read_text())
    changed = [a != b for a, b in zip(first, second, strict=True)]
    assert sum(changed) == 1
    assert second[changed.index(True)]["tpr"]["mean"] == 0.5
    with pytest.raises(ValueError, match="holds a run of another config"):
        grim.main([*arguments, "--sweep=seed=1,2"])


def test_a_setting_that_collapses_is_a_row_and_not_the_end(data_dir, tmp_path):
    # So large a rate makes the code negative, or the loss infinite, at once.
    grim.main(
        _arguments(
            data_dir,
            tmp_path / "grid",
            "--config=task1",
            "--set=models=GRIM-4 (8)",
            "--set=infomax.reading=position",
            "--set=train.optimizer.learning_rate=0.3",
            "--set=train.schedule.epochs=8",
            "--sweep=infomax.code=linear,softmax",
        )
    )
    linear, softmax = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert linear["failed"] == 1 and "tpr" not in linear
    assert softmax["failed"] == 0 and np.isfinite(softmax["loss"]["mean"])


def test_a_point_that_runs_away_does_not_take_its_group_along(data_dir, tmp_path):
    common = ("--config=task1", "--set=models=GRIM-4 (8)")
    grim.main(
        _arguments(data_dir, tmp_path / "grid", *common, "--sweep=train.optimizer.learning_rate=1e-3,1e36")
    )
    good, bad = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert (good["failed"], bad["failed"]) == (0, 1)
    grim.main(_arguments(data_dir, tmp_path / "alone", *common, "--sweep=train.optimizer.learning_rate=1e-3"))
    (alone,) = json.loads((tmp_path / "alone" / "table.json").read_text())
    assert alone["loss"] == good["loss"]


def test_a_model_that_collapses_leaves_the_others_their_rows(data_dir, tmp_path):
    grim.main(
        _arguments(
            data_dir,
            tmp_path / "run",
            "--config=task1",
            "--set=models=GRIM-4 (8),CNN-4 (8)",
            "--set=readings=literal",
            "--set=train.schedule.epochs=4",
        )
    )
    first, second = json.loads((tmp_path / "run" / "table.json").read_text())
    assert first["collapsed"].startswith("1 of 1") and first["tpr"]["mean"] is None
    assert len(second["tpr"]["values"]) == 1
    read_page(tmp_path / "run" / "report.html")


def test_supervised_benchmarks_are_swept_too(data_dir, tmp_path):
    koo_eddy.main(
        [
            "koo_eddy",
            "--config=table1",
            "--scale=smoke",
            f"--data_dir={data_dir}",
            f"--workdir={tmp_path / 'grid'}",
            "--set=sequences=300",
            "--set=networks=CNN-50,CNN-100",
            "--set=train.schedule.epochs=1",
            "--sweep=train.optimizer.learning_rate=1e-3,1e-2",
        ]
    )
    rows = json.loads((tmp_path / "grid" / "table.json").read_text())
    assert [row["networks"] for row in rows] == ["CNN-50", "CNN-50", "CNN-100", "CNN-100"]
    assert all(0 <= row["auroc"]["mean"] <= 1 for row in rows)


def test_a_grid_starts_again_from_its_own_config(tmp_path):
    config = grim.build("task2", "smoke", 3, ["models=GRIM-25 (8)", "fewest=0"])
    axes = ("code=4,8", "train.optimizer.learning_rate=1e-3,1e-4")
    dumped = tmp_path / "config.json"
    dumped.write_text(json.dumps(configs.to_dict(sweep.Settings(config, axes))))
    assert grim.build(str(dumped), "paper", 0, []) == config and config.fewest == 0
    assert tuple(sweep.recorded_axes(str(dumped))) == axes and sweep.recorded_axes("task2") == []
    dumped.write_text("[]")
    with pytest.raises(ValueError, match="holds no config"):
        sweep.recorded_axes(str(dumped))


def test_points_and_groups():
    config = grim.build("task1", "smoke", 0, ["models=GRIM-4 (8)"])
    found = sweep.points(
        config,
        ["train.optimizer.weight_decay=0,1e-6", "train.optimizer.learning_rate=1e-3,1e-4", "code=8,16"],
    )
    assert [len(group) for group in sweep.groups(found)] == [4, 4]
    assert found[0].settings["models"] == "GRIM-4 (8)" and found[-1].config.code == 16
    axes = ["dropout=none,0.1,0.3", "train.objective.l1=0,1e-4", "beta1=0.9,0.8", "train.epochs=2,3"]
    found = sweep.groups(sweep.points(config, axes))
    # The network's own rates are several numbers, which no member can have for one.
    assert [len(group) for group in found] == [4, 4, 8, 8]
    assert sorted(sweep.hyperparameters(found[0])) == ["beta1", "l1", "learning_rate", "weight_decay"]
    own = sweep.hyperparameters(found[2])
    assert sorted(own) == ["beta1", "dropout", "l1", "learning_rate", "weight_decay"]
    settings = [(p.config.train.network.dropout, p.config.train.objective.l1) for p in found[2]]
    assert settings == list(zip(own["dropout"], own["l1"], strict=True))
    assert own["beta1"] == [p.config.train.optimizer.beta1 for p in found[2]]
    for axes, message in (
        (["code"], "--sweep wants"),
        (["code="], "--sweep wants"),
        (["code=8", "code=16"], "code is swept twice"),
        (["codes=8"], "unknown field 'codes'"),
        (["code=small"], "wants int"),
        (["code=0"], "code must be at least 1, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            sweep.points(config, axes)


@pytest.mark.parametrize(
    "assignment,message",
    [
        ("models=GRIM-0 (8)", "unknown network 'GRIM-0 \\(8\\)'"),
        ("sees=negatives", "unknown sees 'negatives'; known: positives, all"),
        ("activation=step", "unknown activation 'step'"),
        ("infomax.code=tanh", "unknown code 'tanh'"),
        ("readings=printed", "unknown reading 'printed'; known: literal, bounded, ours"),
        ("task=task3", "unknown task 'task3'; known: task1, task2"),
    ],
)
def test_bad_settings_are_named(assignment, message):
    with pytest.raises(ValueError, match=message):
        grim.build("task1", "smoke", 0, [assignment])
