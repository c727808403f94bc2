"""Grids of points with tables of their own: settings stay, failures are tried again, one figure at last."""

import json
from typing import NamedTuple

import pytest

from experiments.common import apart
from experiments.common.sweep import Point
from experiments.readings import summary
from jaxmotif.report import figures


class _Plain(NamedTuple):
    """A config of which nothing is a number of training."""

    networks: str


def _points(*names):
    return [Point({"networks": name}, _Plain(name)) for name in names]


def _cell(network, reading):
    # As `readings.cells` keeps them.
    own = {"network": network, "objective": "supervised", "seed": 0, "reading": reading}
    return own | {"correlations": {"CTCF": 0.9}, "right": 1, "shown": 2, "cpu_seconds": 1.0}


@pytest.fixture(name="drawn")
def fixture_drawn(monkeypatch):
    """Rows of each figure that was drawn."""
    found, draw = [], figures.points

    def counted(path, quantities):
        found.append(next(iter(quantities.values())))
        draw(path, quantities)

    monkeypatch.setattr(figures, "points", counted)
    return found


def test_the_settings_of_a_point_are_not_those_of_its_rows(tmp_path):
    def run_point(_, config):
        return summary.overall([_cell(config.networks, "koo")], ["koo"], ["supervised"])

    rows = apart.run(tmp_path, _points("CNN-2", "CNN-4"), run_point)
    assert [row["networks"] for row in rows] == ["CNN-2", "CNN-4"]
    assert [row["networks, read"] for row in rows] == [1, 1] and rows[0]["factors"]["mean"] == 1


def test_a_point_without_rows_is_tried_again(tmp_path):
    (row,) = apart.run(tmp_path, _points("CNN-2"), lambda *_: [])
    assert row == {"networks": "CNN-2", "failed": 1, "why": "the point has no rows"}
    (row,) = apart.run(tmp_path, _points("CNN-2"), lambda *_: [{"auroc": 0.5}])
    assert row == {"networks": "CNN-2", "auroc": 0.5}
    apart.run(tmp_path, _points("CNN-2"), lambda *_: pytest.fail("run again"))


def test_one_figure_is_drawn_of_all_rows(tmp_path, drawn):
    found = _points(*(f"n{number}" for number in range(5)))
    apart.run(tmp_path, found, lambda *_: [{"rule": "a", "x": 0.5}, {"rule": "b", "x": 0.7}], ["rule"])
    assert [[name for name, _ in rows] for rows in drawn] == [
        [f"n{number} {rule}" for number in range(5) for rule in "ab"]
    ]


def test_of_many_rows_means_are_drawn_and_of_many_points_nothing(tmp_path, drawn, capsys):
    rows = [{"rule": str(n), "x": float(n), "y": {"mean": 2.0 * n}, "n": 3} for n in range(apart.MOST)]
    made = apart.run(tmp_path, _points("n0", "n1"), lambda *_: rows, ["rule"])
    (means,) = drawn
    assert means == [("n0", {"mean": 29.5}), ("n1", {"mean": 29.5})] and len(made) == 120
    apart.tell(tmp_path, made)
    assert "figure:" in capsys.readouterr().out
    many = _points(*(f"n{number}" for number in range(apart.MOST + 1)))
    made = apart.run(tmp_path, many, lambda *_: [{"x": 0.5}])
    assert len(drawn) == 1 and "61 points are too many for a figure" in capsys.readouterr().err
    apart.tell(tmp_path, made)
    assert "figure:" not in capsys.readouterr().out and not (tmp_path / "sweep.png").exists()
    assert len(json.loads((tmp_path / "table.json").read_text())) == 120 + apart.MOST - 1


def test_where_a_joint_training_cannot_be_points_are_left_to_themselves(tmp_path, capsys):
    def fitted(*_):
        raise ValueError("length 20 is too short")

    one = apart.Training([_points("a"), _points("b")], {"l2": [0.0, 0.1]})
    fail = lambda *_: pytest.fail("kept")
    apart.train(one, lambda point: [tmp_path / point.config.networks], fitted, lambda _: False, fail)
    assert "note: length 20 is too short; points are trained by themselves" in capsys.readouterr().err
