"""The comparison of readings: that it runs on small sets, what it hands to MoDISco, and its arithmetic."""

import json
import sys
import textwrap
import types

import bench_readings
import numpy as np
import pytest
import readings_modisco
import readings_network
import readings_sets

from jaxmotif.apps.discover.learner import Learner
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.models.network import Network

SMALL = (
    "--scale=smoke",
    "--set=planted=1",
    "--set=sequences=150",
    "--set=discover.seeds=1",
    "--set=discover.train.epochs=2",
)


@pytest.fixture(name="nowhere")
def fixture_nowhere(monkeypatch):
    """No `modisco` on the path."""
    monkeypatch.setattr(bench_readings.shutil, "which", lambda name: None)


@pytest.fixture(name="program")
def fixture_program(tmp_path):
    """A stand-in for `modisco` that keeps what it is given and writes one pattern for and one against."""
    path = tmp_path / "modisco"
    path.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import shutil, sys
        import h5py, numpy as np
        options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
        for letter in "sa":
            shutil.copy(options["-" + letter], "{tmp_path}/" + letter + ".npz")
        open("{tmp_path}/window", "w").write(options["-w"])
        with h5py.File(options["-o"], "w") as file:
            file.attrs["window_size"] = 200
            for group in ("pos_patterns", "neg_patterns"):
                own = file.create_group(group + "/pattern_0")
                own["sequence"] = 0.04 + 0.84 * np.eye(4)[[2, 0, 3, 0, 0, 2]]
                own["seqlets/n_seqlets"] = np.array([50])
        """)
    )
    path.chmod(0o755)
    return str(path)


@pytest.fixture(name="untrained")
def fixture_untrained(monkeypatch):
    """One reading of a network that knows nothing, next to MoDISco."""
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=100, outputs=1))
    learner = Learner("supervised", network, [], Readout(), network.logits, None)
    train = {"supervised": lambda settings, splits, folder, resume: learner}
    monkeypatch.setattr(readings_sets.pipeline, "TRAIN", train)
    monkeypatch.setattr(readings_sets, "READINGS", {"all three": ("filters",)})


def test_each_reading_of_a_tiny_set_is_a_row_and_a_line(tmp_path, nowhere, capsys):
    bench_readings.main(["bench_readings", *SMALL, f"--out={tmp_path}"])
    rows = json.loads((tmp_path / "sets_rows.json").read_text())
    assert [row["reading"] for row in rows] == list(readings_sets.READINGS)
    for row in rows:
        assert row["set"] == "planted-in-random-001" and row["cpu_seconds"] > 0
        assert len(row["lists"]["E"]["correlation"]) == len(row["planted"])
        counts = row["lists"]["E"]
        assert row["listed"] == counts["true"] + counts["repeated"] + counts["false"] <= row["tested"]
    # One training for all, and none for words.
    trained = {row["reading"]: row["cpu_seconds_training"] for row in rows}
    assert trained.pop("words") == 0 and len(set(trained.values())) == 1
    text = (tmp_path / "sets.md").read_text()
    assert all(f"| {name} " in text for name in readings_sets.READINGS)
    assert text in capsys.readouterr().out
    assert (tmp_path / "sets_env.json").is_file()


def test_modisco_reads_training_positives_and_its_patterns_are_a_list_and_candidates(
    tmp_path, program, untrained
):
    bench_readings.main(["bench_readings", *SMALL, f"--out={tmp_path / 'out'}", f"--modisco={program}"])
    rows = json.loads((tmp_path / "out" / "sets_rows.json").read_text())
    listed, chosen = rows[-2:]
    assert (listed["reading"], chosen["reading"]) == (readings_sets.MODISCO, readings_sets.CHOSEN)
    assert listed["tested"] == 1 and chosen["tested"] <= 1  # what speaks against the class is left out
    letters, values = (np.load(tmp_path / f"{letter}.npz")["arr_0"] for letter in "sa")
    # Eight of ten positives train.
    assert letters.shape == values.shape and letters.shape[1:] == (4, 100) and 100 < len(letters) < 130
    assert (tmp_path / "window").read_text() == "100"


def test_modisco_reads_the_class_that_is_asked_for(tmp_path, program):
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=41, outputs=3))
    data = Dataset(np.random.default_rng(0).integers(0, 4, (5, 41)).astype(np.uint8))
    (found,) = readings_modisco.patterns(program, network, data, target=2)
    assert found.name == "pos_patterns.pattern_0" and found.consensus == "GATAAG" and found.nsites == 50
    values = np.load(tmp_path / "a.npz")["arr_0"].transpose(0, 2, 1)
    of = [readings_modisco.attribution.hypothetical_contributions(network, data, target=k) for k in (0, 2)]
    np.testing.assert_array_equal(values, of[1])
    assert not np.allclose(of[0], of[1])
    assert (tmp_path / "window").read_text() == "40"


def test_a_set_on_which_modisco_fails_is_a_row_without_motifs(tmp_path, untrained):
    bad = tmp_path / "bad"
    bad.write_text("#!/bin/sh\nexit 3\n")
    bad.chmod(0o755)
    bench_readings.main(["bench_readings", *SMALL, f"--out={tmp_path / 'out'}", f"--modisco={bad}"])
    lines = json.loads((tmp_path / "out" / "sets.json").read_text())
    assert [(line["listed"], line["failed"]) for line in lines[-2:]] == [(0, 1), (0, 1)]
    assert not any("failed" in line for line in lines[:-2])
    rows = json.loads((tmp_path / "out" / "sets_rows.json").read_text())
    assert rows[-1]["failed"] == "exit code 3"


def test_a_modisco_that_fails_says_so_in_its_own_words(tmp_path):
    path = tmp_path / "modisco"
    path.write_text("#!/bin/sh\necho too few seqlets >&2\nexit 1\n")
    path.chmod(0o755)
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=40, outputs=1))
    data = Dataset(np.zeros((2, 40), np.uint8))
    with pytest.raises(readings_modisco.Failed, match="too few seqlets"):
        readings_modisco.patterns(str(path), network, data)
    path.write_text("no program")
    with pytest.raises(ValueError, match="cannot be started"):
        readings_modisco.patterns(str(path), network, data)


def _row(reading, found, false, seconds, training, kind="planted in random"):
    planted = [{"name": str(i), "share": share, "decoy": False} for i, share in enumerate((0.8, 0.03, 0.15))]
    counts = {"true": sum(found), "repeated": 0, "false": false, "blurred": 0, "decoys": 0}
    counts["correlation"] = [0.9 if hit else None for hit in found]
    row = {"set": "s", "kind": kind, "reading": reading, "tested": 4, "listed": sum(found) + false}
    row |= {"cpu_seconds": seconds, "cpu_seconds_training": training}
    return row | {"planted": planted, "lists": {"E": counts}}


def test_lines_are_means_over_planted_sets_and_one_of_each_real_set():
    real = {"set": "ELK1", "kind": "peaks", "reading": "words", "tested": 3, "listed": 3, "unnamed": 1}
    real |= {"cpu_seconds": 30.0, "cpu_seconds_training": 0.0, "families": ["ETS", "SP"]}
    rows = [
        _row("filters", (True, False, False), 1, 10.0, 50.0),
        _row("words", (True, False, True), 0, 5.0, 0.0),
        _row("filters", (True, False, True), 0, 20.0, 40.0),
        real,
    ]
    filters, words, peaks = readings_sets.table_rows(rows)
    assert (filters["set"], filters["sets"], words["sets"], peaks["set"]) == ("planted", 2, 1, "ELK1")
    assert (filters["listed"], filters["true"], filters["false"]) == (2, 1.5, 0.5)
    assert filters["main found"]["mean"] == 1 and filters["weak found"]["mean"] == 0.25
    assert filters["in 2 to 5 %"]["mean"] == 0 and filters["in 10 to 20 %"]["mean"] == 0.5
    # Three true ones in two minutes, training and reading; two in five seconds; two families in thirty.
    assert filters["right a CPU minute"] == 1.5
    assert words["right a CPU minute"] == 24 and peaks["right a CPU minute"] == 4
    assert (filters["CPU s"], filters["training CPU s"]) == (15, 45)
    assert peaks["families"] == 2 and peaks["without a name"] == 1 and "true" not in peaks


def test_the_network_is_read_class_by_class(tmp_path, nowhere, monkeypatch):
    splits = koo_eddy.koo_eddy_splits(0, 400)
    task = types.SimpleNamespace(splits=splits)
    monkeypatch.setattr(readings_network.tasks, "load", lambda config, data_dir, database: task)
    bench_readings.main(
        [
            "bench_readings",
            "network",
            "--scale=smoke",
            "--set=train.epochs=1",
            "--classes=3,11",
            "--sequences=100",
            f"--out={tmp_path}",
        ]
    )
    rows = json.loads((tmp_path / "network_rows.json").read_text())
    readings = [readings_network.PLAIN, *readings_network.READINGS]
    readings += [name + readings_network.UNTRAINED for name in readings_network.READINGS]
    assert [row["reading"] for row in rows if row.get("factor") == "Gabpa"] == readings
    assert [row["reading"] for row in rows if row.get("factor") == "YY1"] == readings
    lines = json.loads((tmp_path / "network.json").read_text())
    assert [line["reading"] for line in lines] == ["training", *readings]


def test_a_factor_is_found_by_its_own_matrix_and_by_no_other():
    motifs, database = koo_eddy.koo_eddy_motifs(), koo_eddy.jaspar.database("JASPAR2016")
    own, other = (readings_network._row("filters", k, [motifs[3]], 1.0, database, 0.1) for k in (3, 9))
    assert own["tomtom"] and own["near"] == pytest.approx(1, abs=0.05)
    assert not other["tomtom"] and other["near"] < 0.75
    nothing = readings_network._row("filters", 3, [], 2.0, database, 0.1)
    assert not nothing["tomtom"] and nothing["near"] == 0
    (line,) = readings_network.table_rows([own, other, nothing])
    assert (line["classes"], line["factors, Tomtom"], line["motifs"], line["CPU s"]) == (3, 1, 2, 4)
    assert line["not found by likeness"] == "SRF, Gabpa"


def test_labels_of_one_class():
    splits = koo_eddy.koo_eddy_splits(0, 50)
    own = readings_network.of_class(splits, 4)
    np.testing.assert_array_equal(own.train.known_labels[:, 0], splits.train.labels[:, 4])
    assert own.test.targets == ("MAFK",) and len(own.valid) == len(splits.valid)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["motifs"], "wants one of sets, network, got motifs"),
        (["--modisco=no_such_program"], "no_such_program is no program"),
        (["network", "--classes=12"], "classes are 0 to 11, got 12"),
        (["network", "--classes=one"], "classes are 0 to 11, got one"),
    ],
)
def test_bad_input_is_named(arguments, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        bench_readings.main(["bench_readings", *arguments, f"--out={tmp_path}"])
