import json

import numpy as np

from jaxmotif.report import table

ROWS = [
    {
        "model": "CNN-25",
        "trials": 5,
        "auroc": {"mean": 0.9731, "sd": 0.0021, "published": 0.973},
        "relevant": {
            "mean": np.float32(0.98),
            "sd": float("nan"),
            "published": 0.98,
            "published_sd": 0.027,
        },
    },
    {"model": "CNN-4 | odd", "trials": 1, "auroc": {"mean": 0.95, "sd": None}, "seconds": 12.5},
]


def parse(text):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()]


def test_values_stand_beside_published_ones():
    header, _, first, second = parse(table.format_table(ROWS).replace("\\|", "/"))
    assert header == ["model", "trials", "AUROC", "(paper)", "relevant match", "(paper)", "seconds"]
    assert first == ["CNN-25", "5", "0.973 ± 0.002", "0.973", "0.980", "0.980 ± 0.027", "-"]
    assert second == ["CNN-4 / odd", "1", "0.950", "-", "-", "-", "12.5"]


def test_lines_are_aligned_and_bars_inside_cells_escaped():
    lines = table.format_table(ROWS).splitlines()
    assert len({len(line) for line in lines}) == 1
    bars = [[i for i, c in enumerate(line) if c == "|" and line[i - 1] != "\\"] for line in lines]
    assert all(line == bars[0] for line in bars)


def test_no_published_column_without_published_values():
    header = parse(table.format_table([{"model": "a", "auroc": {"mean": 0.5, "sd": 0.1}}]))[0]
    assert header == ["model", "AUROC"]


def test_json_round_trip_without_nan(tmp_path):
    table.write_table(tmp_path, ROWS)
    read = json.loads((tmp_path / "table.json").read_text())
    assert read[0]["model"] == "CNN-25" and read[0]["auroc"] == ROWS[0]["auroc"]
    assert read[0]["relevant"]["sd"] is None
    assert abs(read[0]["relevant"]["mean"] - 0.98) < 1e-6
    assert (tmp_path / "table.md").read_text() == table.format_table(ROWS)


def test_arrays_and_settings_are_for_machines_only(tmp_path):
    rows = [{"model": "a", "per_class": np.array([0.5, np.nan]), "counts": {"SRF": 2}}]
    table.write_table(tmp_path, rows, name="other")
    assert parse((tmp_path / "other.md").read_text())[0] == ["model"]
    assert json.loads((tmp_path / "other.json").read_text()) == [
        {"model": "a", "per_class": [0.5, None], "counts": {"SRF": 2}}
    ]


def test_no_rows():
    assert table.format_table([]) == "(no rows)\n"


def test_intervals_are_shown_instead_of_deviations():
    rows = [{"FDR": {"mean": 0.05, "low": 0.01, "high": 0.0912, "sd": 9}}, {"FDR": {"mean": 1, "low": None}}]
    text = table.format_table(rows)
    assert [line[0] for line in parse(text)[2:]] == ["0.050 (0.010 to 0.091)", "1.000"]
    assert "----:" in text.splitlines()[1]  # still numbers
