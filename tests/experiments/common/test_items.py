"""The list of the papers' items: every command starts, and a run is recorded as what it was."""

import importlib
import json
import subprocess
import sys

import pytest

from experiments.common import items
from jaxmotif import files


def test_every_item_has_a_command_that_its_launcher_knows_or_a_reason():
    assert len(items.rows()) >= len(items.PAPERS)
    for paper in items.PAPERS:
        configs = {item.config for item in items.of(paper) if item.config and not item.launcher}
        launcher = importlib.import_module(f"experiments.{paper}.launcher")
        known = [getattr(launcher, name, ()) for name in ("CONFIGS", "MODELS", "NETWORKS")]
        known.append([getattr(launcher, "NAME", "")])
        configs |= {config for item in items.of(paper) for config in item.also}
        assert configs <= {config for names in known for config in names}
        names = [item.name for item in items.of(paper)]
        assert len(set(names)) == len(names)


def test_an_item_of_another_launcher_is_the_one_it_has_by_that_name():
    rows = {(row["paper"], row["item"]): row for row in items.rows()}
    moved = [(paper, item) for paper in items.PAPERS for item in items.of(paper) if item.launcher]
    assert {item.name for _, item in moved} == {"Figure 4f", "Figure 4g"}
    for paper, item in moved:
        mine, theirs = rows[paper, item.name], rows[item.launcher, item.name]
        for key in ("command", "files", "run"):
            assert mine[key] == theirs[key] != "cannot be run"


def test_list_needs_no_jax_and_names_what_was_run():
    code = (
        "import sys; sys.argv = ['experiments/grim/__main__.py', '--list'];"
        "from experiments.common import items; items.listed(sys.argv, ['grim']);"
        "assert 'jax' not in sys.modules"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "grim: Table 1." in out and "python -m experiments.grim --config=task1" in out


def run_directory(place, argv, commit="abc1234"):
    place.mkdir()
    environment = {"argv": argv, "commit": commit, "cores": 2, "backend": "cpu"}
    (place / "env.json").write_text(json.dumps(environment))
    return place


def test_a_run_is_recorded_once(tmp_path):
    argv = ["/x/experiments/grim/__main__.py", "--config", "task2", "--scale=smoke", "--set=trials=1"]
    place = run_directory(tmp_path / "run", argv)
    known = tmp_path / "runs.json"
    with pytest.raises(ValueError, match="no item of grim whole"):
        items.record(str(place), known)
    for name in ("table.md", "logos_a.png"):
        (place / name).write_text("| |")
    for _ in range(2):
        run = items.record(str(place), known)
    assert files.read_json(known) == [run]
    assert run["items"] == ["Table 2"] and run["scale"] == "smoke" and run["commit"] == "abc1234"
    assert run["settings"] == ["trials=1"]


def test_what_is_no_run_is_not_recorded(tmp_path):
    known = tmp_path / "runs.json"
    with pytest.raises(ValueError, match="no env.json"):
        items.record(str(tmp_path), known)
    other = run_directory(tmp_path / "other", ["/x/jaxmotif/__main__.py", "discover"])
    with pytest.raises(ValueError, match="not of a launcher"):
        items.record(str(other), known)
    changed = run_directory(tmp_path / "changed", ["/x/experiments/grim/__main__.py"], "abc1234+changes")
    with pytest.raises(ValueError, match="no commit"):
        items.record(str(changed), known)
    assert not known.exists()


def test_a_run_without_config_is_of_the_launchers_own(tmp_path):
    known, names = tmp_path / "runs.json", ("table.md", "readouts.md", "readouts.png", "readouts.svg")
    place = run_directory(tmp_path / "run", ["/x/experiments/koo_eddy/__main__.py", "--readouts"])
    for name in names:
        (place / name).write_text("| |")
    run = items.record(str(place), known)
    assert run["config"] == "demo" and run["items"] == ["Readouts"]
    for paper, config in items.PAPERS.items():
        launcher = importlib.import_module(f"experiments.{paper}.launcher")
        tables = [getattr(launcher, name, ()) for name in ("CONFIGS", "MODELS", "NETWORKS")]
        first = next((list(one)[0] for one in tables if one), getattr(launcher, "NAME", ""))
        assert config == first, paper


def test_another_config_may_make_an_item_too_but_not_a_run_that_failed(tmp_path):
    known = tmp_path / "runs.json"
    argv = ["/x/experiments/koo_eddy/__main__.py", "--config=table1", "--scale=quick"]
    place = run_directory(tmp_path / "run", argv)
    for name in ("table.md", "figure2.png", "figure2.svg"):
        (place / name).write_text("| |")
    assert items.record(str(place), known)["items"] == ["Table 1", "Figure 2"]
    (place / "failed.txt").write_text("GATA1: no sequences\n")
    with pytest.raises(ValueError, match="failed"):
        items.record(str(place), known)


def test_a_grid_is_no_item(tmp_path):
    argv = ["/x/experiments/grim/__main__.py", "--config=task2", "--sweep=train.l2=0,1"]
    place = run_directory(tmp_path / "run", argv)
    for name in ("table.md", "logos_a.png"):
        (place / name).write_text("| |")
    (place / "config.json").write_text(json.dumps({"base": {}, "axes": ["train.l2=0,1"]}))
    with pytest.raises(ValueError, match="is a grid of settings"):
        items.record(str(place), tmp_path / "runs.json")
    assert not (tmp_path / "runs.json").exists()


def test_an_item_is_made_or_says_why_not():
    with pytest.raises(ValueError, match="belong together"):
        items.Item("Table 1", "x", config="a")
    with pytest.raises(ValueError, match="no note"):
        items.Item("Table 1", "x")
