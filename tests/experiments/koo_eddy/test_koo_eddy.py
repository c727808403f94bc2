"""The benchmark's configs, and a tiny run of it from data to page."""

import json

import jax
import jax.numpy as jnp
import pytest

from experiments.common import published
from experiments.koo_eddy import launcher as koo_eddy
from experiments.koo_eddy import network_rows, settings
from jaxmotif import keys
from jaxmotif.data import named
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import koo_eddy as benchmark
from jaxmotif.models import zoo
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import presets
from jaxmotif.training.state import init_state
from jaxmotif.training.step import make_step


@pytest.mark.parametrize("preset", ["code", "paper"])
@pytest.mark.parametrize("scale", koo_eddy.SCALES)
@pytest.mark.parametrize("name", koo_eddy.NETWORKS)
def test_every_config_builds_and_reloads(name, scale, preset, tmp_path):
    path = "" if name not in settings.SOURCES or settings.SOURCES[name] == "synthetic" else "DIR"
    config = koo_eddy.build(name, scale, preset, 3, ["train.schedule.batch_size=50"], path)
    assert config.source == settings.SOURCES.get(name, "synthetic") and config.path == path
    assert (config.seed, config.train.schedule.batch_size) == (3, 50)
    assert (config.readout.rule, config.readout.threshold) == {
        "code": ("koo", 0.5),
        "paper": ("koo-text", 0.7),
    }[preset]
    from jaxmotif import config as configs

    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs.to_dict(config)))
    assert koo_eddy.build(str(path), "quick", "code", 0, []) == config


@pytest.mark.parametrize("name", [*zoo.names(), "CNN-2-exp"])
def test_every_network_takes_a_training_step(name):
    """Traced, not run: shapes and types of two steps in a row must agree."""
    spec = zoo.get(name)
    objective = supervised(spec, l2=1e-6)
    optimizer = presets.optimizer(presets.preset("code"))
    batch = {
        "sequences": jnp.zeros((4, spec.length), jnp.uint8),
        "labels": jnp.zeros((4, spec.outputs)),
    }
    state = jax.eval_shape(lambda: init_state(objective, optimizer, keys.root(0), batch))
    step = make_step(objective, optimizer)
    after, metrics = jax.eval_shape(step, state, batch)
    same = jax.tree.map(lambda a, b: (a.shape, a.dtype) == (b.shape, b.dtype), state, after)
    assert jax.tree.all(same)
    assert metrics["loss"].shape == ()


def test_every_row_of_table_1_is_published():
    for network in koo_eddy.NETWORKS["table1"]:
        assert (network, 1) in published.KOO_EDDY_TABLE1


def test_every_row_of_table_2_is_published_in_all_its_columns():
    for network in koo_eddy.NETWORKS["table2"]:
        row = published.KOO_EDDY_TABLE2[network, 1]
        # The others' shares of matches are those of Table 1, a slip in print.
        shares = {"match_any", "relevant"} if "(" not in network else set()
        assert set(row) == {"auroc", "aupr"} | shares
    assert len(koo_eddy.NETWORKS["table2"]) == 13
    repeated = [published.KOO_EDDY_TABLE1[f"CNN-25 ({width})", 1] for width in (60, 90, 120)]
    assert [row["relevant"][0] for row in repeated] == [0.960, 0.909, 0.887]


def test_measurement_is_mean_and_sample_deviation():
    row = published.measurement([1.0, 2.0, 4.0], (0.5, 0.1))
    assert row["mean"] == pytest.approx(7 / 3)
    assert row["sd"] == pytest.approx(((16 + 1 + 25) / 9 / 2) ** 0.5)
    assert (row["published"], row["published_sd"]) == (0.5, 0.1)
    assert "sd" not in published.measurement([1.0], None)


def test_a_tiny_run_writes_table_and_page_and_continues(tmp_path, capsys, monkeypatch):
    # An .npz stands in for the prepared data set: tensorflow-datasets is not needed.
    options = dict(seed=0, n=300, length=200, min_gap=1)
    archive.save(tmp_path / f"{named.label('koo_eddy', options)}.npz", benchmark.koo_eddy_splits(**options))
    arguments = [
        "koo_eddy",
        "--config=table1",
        "--scale=smoke",
        f"--workdir={tmp_path / 'run'}",
        f"--data_dir={tmp_path}",
        "--set=networks=CNN-100,CNN-50",
        "--set=sequences=300",
        "--set=trials=2",
        "--set=train.schedule.epochs=2",
    ]
    koo_eddy.main(arguments)
    first = capsys.readouterr().out
    assert "CNN-100" in first and "0.958 ± 0.012" in first
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [row["model"] for row in rows] == ["CNN-100", "CNN-50"]
    assert rows[0]["trials"] == 2
    assert rows[0]["auroc"]["published"] == 0.958
    assert len(rows[0]["auroc"]["values"]) == 2
    assert 0 <= rows[0]["relevant"]["mean"] <= rows[0]["match_any"]["mean"] <= 1
    assert (tmp_path / "run" / "report.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "run" / "logos_CNN-100.png").stat().st_size > 1000

    # Finished rows are read, not made again; what was changed or lost is.
    whole, changed = (tmp_path / "run" / name / "rows.json" for name in ("CNN-100", "CNN-50"))
    before = whole.read_bytes()
    changed.write_text(changed.read_text().replace(str(rows[1]["auroc"]["mean"]), "0.123"))
    (tmp_path / "run" / "CNN-50" / "motifs.meme").unlink()
    koo_eddy.main(arguments)
    again = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [row["auroc"] for row in again] == [row["auroc"] for row in rows]
    assert whole.read_bytes() == before and "0.123" in changed.with_name("rows.json.changed").read_text()
    said = capsys.readouterr().err
    assert "CNN-50: rows.json, motifs.meme missing or changed; making it again" in said
    assert "CNN-100: " not in said

    # Where there is no record of the settings, nobody knows what the rows are of.
    config = tmp_path / "run" / "config.json"
    text = config.read_text()
    config.unlink()
    with pytest.raises(ValueError, match="holds a run without its config.json"):
        koo_eddy.main([*arguments, "--set=trials=1"])
    config.write_text(text)

    with pytest.raises(ValueError, match="holds a run of another config .*trials: 2 -> 1"):
        koo_eddy.main([*arguments, "--set=trials=1"])

    # The same filters by other rules: nothing is trained, and ours is the table's.
    monkeypatch.setattr(koo_eddy.readouts, "THRESHOLDS", (0.5, 0.7))
    koo_eddy.main([*arguments, "--readouts"])
    swept = json.loads((tmp_path / "run" / "readouts.json").read_text())
    assert [(row["model"], row["rule"], row["threshold"]) for row in swept[:3]] == [
        ("CNN-100", "koo", 0.5),
        ("CNN-100", "koo", 0.7),
        ("CNN-100", "koo-text", 0.5),
    ]
    assert len(swept) == 2 * 4 * 2
    assert swept[0]["relevant"]["values"] == rows[0]["relevant"]["values"]
    with_published = [row for row in swept if "published" in row["relevant"]]
    assert [(row["rule"], row["threshold"]) for row in with_published[:2]] == [
        ("koo-text", 0.7),
        ("koo-code", 0.5),
    ]
    for name in ("readouts.png", "readouts.svg", "readouts.md"):
        assert (tmp_path / "run" / name).stat().st_size > 1000
    assert "The same filters, read by other rules" in (tmp_path / "run" / "report.html").read_text()


def test_the_programs_l1_gives_way_to_one_that_is_asked_for():
    code = presets.preset("code")
    assert network_rows.with_code_l1(code, "CNN-50").objective.l1 == 1e-6
    assert network_rows.with_code_l1(code, "CNN-25").objective.l1 == 0
    assert network_rows.with_code_l1(code.with_fields(l1=1e-4), "CNN-50").objective.l1 == 1e-4
