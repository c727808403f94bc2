"""Grids of the readings: networks of points and seeds train together and are those of each by itself."""

import json
import shutil

import numpy as np
import pytest

from experiments.common import apart, sweep
from experiments.readings import cells, grid, launcher, methods, networks
from jaxmotif.data import named
from jaxmotif.models.network import Network

NAME = "CNN-25 (4)"
SETTINGS = (
    f"networks={NAME}",
    "objectives=supervised,class-optimised,InfoMax",
    "readings=koo",
    "sequences=200",
    "seeds=2",
)
AXES = ("train.l2=0,1e-1", "infomax.scale=2,5", "e_max=0.1,0.2")


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    """The folder of a grid whose networks are trained, its points, and how many members each training had."""
    folder, patch = tmp_path_factory.mktemp("grid"), pytest.MonkeyPatch()
    data = str(folder / "data")
    config = launcher.build("planted", "smoke", 0, SETTINGS)
    splits = named.load_named("koo_eddy", data, seed=0, n=200, length=100, min_gap=1)
    found, fits, fit = sweep.points(config, AXES), [], networks.fit

    def counted(*given, **named):
        fits.append(named["members"].numbers)
        return fit(*given, **named)

    patch.setattr(networks, "fit", counted)
    # The cells have their own tests: here a reading is the network's first score.
    point = lambda place, own: [{"trained": "supervised", "reading": "koo", "factors": own.e_max}]
    rows = grid.run(folder, found, lambda _: splits, point)
    again = grid.run(folder, found, lambda _: splits, lambda *_: pytest.fail("run again"))
    patch.undo()
    assert again == rows
    return folder, found, fits, rows, splits


def test_one_program_trains_all_seeds_and_points(made):
    folder, found, fits, rows, _ = made
    # Two values of l2 for the supervised, of the scale for InfoMax, by two seeds; e_max changes none.
    assert fits == [[0, 1, 0, 1], [0, 1, 0, 1]] and len(found) == len(rows) == 8
    assert [row["factors"] for row in rows[:2]] == [0.1, 0.2]
    assert (folder / "sweep.png").exists()


@pytest.mark.parametrize("labels, at", [(True, 4), (False, 2)])
def test_a_network_of_the_grid_is_that_of_the_point_alone(made, tmp_path, labels, at):
    folder, found, _, _, splits = made
    objective = grid.objective_of(found[at].config, labels)

    def of(point, seed):
        home = cells.place(apart.place(folder, point), cells.Unit(NAME, seed), objective)
        return Network.load(home / cells.TRAINING).logits(splits.test.sequences)

    alone = networks.train(tmp_path / "alone", NAME, found[at].config, splits, 1, labels, True)
    expected = alone.logits(splits.test.sequences)
    np.testing.assert_allclose(of(found[at], 1), expected, atol=0.05 * np.abs(expected).max())
    # The other value, the other seed, and a point that only reads otherwise.
    assert np.abs(of(found[0], 1) - expected).max() > 1e-3
    assert np.abs(of(found[at], 0) - expected).max() > 0.1 * np.abs(expected).max()
    assert np.array_equal(of(found[at], 1), of(found[at + 1], 1))


def test_the_launcher_reads_every_point(tmp_path, capsys, monkeypatch):
    arguments = [
        "readings",
        "--scale=smoke",
        f"--workdir={tmp_path / 'run'}",
        f"--data_dir={tmp_path / 'data'}",
    ]
    arguments += ["--set=networks=CNN-25 (4)", "--set=objectives=untrained", "--set=readings=koo"]
    launcher.main([*arguments, "--sweep=e_max=0.01,1000"])
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [(row["e_max"], row["trained"], row["reading"]) for row in rows] == [
        ("0.01", "untrained", "koo"),
        ("1000", "untrained", "koo"),
    ]
    assert rows[0]["factors"]["mean"] <= rows[1]["factors"]["mean"] == 12
    assert len(list((tmp_path / "run").glob("point-*/report.html"))) == 2
    monkeypatch.setattr(methods, "METHODS", {})  # whatever is computed now fails
    launcher.main([*arguments, f"--config={tmp_path / 'run' / 'config.json'}"])
    assert json.loads((tmp_path / "run" / "table.json").read_text()) == rows
    with pytest.raises(ValueError, match="neither shards nor --merge"):
        launcher.main([*arguments, "--sweep=e_max=0.1,1", "--merge"])


@pytest.mark.parametrize(
    "settings, axes, told",
    [
        ("objectives=untrained", ["train.l2=0,1"], "train.objective.l2 is no axis"),
        ("networks=CNN-25", ["torch.l2=0,1"], "torch.objective.l2 is no axis"),
        ("objectives=supervised", ["infomax.scale=2,5"], "infomax.scale is no axis"),
        ("networks=CNN-25,CNN-50", ["train.l1=0,1e-5"], "CNN-50 trains with 1e-06"),
    ],
)
def test_axes_say_what_networks_train_with(settings, axes, told):
    with pytest.raises(ValueError, match=told):
        grid.points(launcher.build("planted", "quick", 0, [settings]), axes)


def test_an_axis_that_some_networks_read_is_one():
    build = lambda setting: launcher.build("planted", "quick", 0, [setting])
    assert len(grid.points(build("networks=CNN-25,RNN-medium"), ["train.l1=0,1e-5"])) == 4
    assert len(grid.points(build("networks=CNN-50"), ["train.l1=1e-4,1e-5"])) == 2


def _smoke(tmp_path, *more):
    places = f"--workdir={tmp_path / 'run'}", f"--data_dir={tmp_path / 'data'}"
    return ["readings", "--scale=smoke", *places, "--set=readings=koo", "--set=sequences=200", *more]


def _table(tmp_path):
    return json.loads((tmp_path / "run" / "table.json").read_text())


def test_rows_of_two_networks_are_told_apart(tmp_path):
    networks_ = ["CNN-25 (4)", "CNN-50 (4)"]
    launcher.main(_smoke(tmp_path, "--set=objectives=untrained", f"--sweep=networks={','.join(networks_)}"))
    assert [row["networks"] for row in _table(tmp_path)] == networks_
    assert not any("networks, read" in row for row in _table(tmp_path))


def test_a_point_all_of_whose_cells_fail_says_why_and_is_tried_again(tmp_path, monkeypatch):
    def fails(_):
        raise FloatingPointError("no numbers")

    arguments = _smoke(tmp_path, f"--set=networks={NAME}", "--set=objectives=untrained", "--sweep=e_max=1,2")
    with monkeypatch.context() as patch:
        patch.setitem(methods.METHODS, "koo", fails)
        launcher.main(arguments)
    assert [(row["failed"], row["why"]) for row in _table(tmp_path)] == [(1, "failed: no numbers")] * 2
    launcher.main(arguments)
    assert all("factors" in row and "failed" not in row for row in _table(tmp_path))


def test_a_new_grid_trains_each_network_once(tmp_path, monkeypatch):
    fits, fit = [], networks.fit

    def counted(*given, **named):
        fits.append(named["members"].numbers)
        return fit(*given, **named)

    monkeypatch.setattr(networks, "fit", counted)
    supervised = f"--set=networks={NAME}", "--set=objectives=supervised"
    launcher.main(_smoke(tmp_path, *supervised, "--sweep=train.l2=0,1e-1"))
    assert fits == [[0, 0]]
    before = _table(tmp_path)
    # Of points that have their rows no network is needed any more.
    for network in (tmp_path / "run").glob("point-*/*/seed1/supervised/training"):
        shutil.rmtree(network)
    launcher.main(_smoke(tmp_path, *supervised, "--sweep=train.l2=0,1e-1"))
    assert fits == [[0, 0]]
    launcher.main(_smoke(tmp_path, *supervised, "--sweep=train.l2=0,1e-1", "--noresume"))
    assert fits == [[0, 0]] * 2 and (tmp_path / "run.old-1" / "table.json").exists()
    assert [row["factors"] for row in _table(tmp_path)] == [row["factors"] for row in before]


def test_a_length_that_cannot_be_ends_no_grid(tmp_path, capsys):
    deep = f"--set=networks={NAME}", "--set=objectives=supervised", "--set=seeds=2"
    launcher.main(_smoke(tmp_path, *deep, "--sweep=length=20,100"))
    short, long = _table(tmp_path)
    assert short["failed"] == 1 and "but sequences have 20" in short["why"] and "factors" in long
    assert "points are trained by themselves" in capsys.readouterr().err
    with pytest.raises(ValueError, match="but sequences have 20"):
        launcher.main(_smoke(tmp_path / "other", *deep, "--sweep=length=20"))
