"""The command line from outside: what it writes for good input, one line and exit code 2 for bad."""

import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from jaxmotif import config, dna
from jaxmotif.apps import cli, launch
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.motifs import meme
from tests.helpers import sequence_files
from tests.helpers.document import read_page

MOTIF = "CAGATAAGGTCA"


def _fasta(path, count=240, length=60, seed=0, motif=MOTIF):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    for row, start in enumerate(rng.integers(5, length - 20, count)):
        codes[row, start : start + len(motif)] = dna.encode([motif])[0]
    return sequence_files.write_fasta(path, codes, [f"peak {i}" for i in range(count)])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("discover")
    planted = {"M_planted": (MOTIF, "PLANTED")}
    database = sequence_files.write_database(folder / "db.meme", 40, planted)
    arguments = [
        "jaxmotif",
        "discover",
        str(_fasta(folder / "peaks.fa")),
        f"--out={folder / 'run'}",
        "--seeds=2",
        f"--database={database}",
        "--set=train.schedule.epochs=25",
        "--set=train.schedule.batch_size=32",
    ]
    cli.dispatch(arguments)
    return folder, arguments


def test_discover_finds_the_planted_motif(run):
    folder, _ = run
    first = json.loads((folder / "run" / "motifs.json").read_text())[0]
    assert first["best_match"]["id"] == "M_planted"
    assert first["best_match"]["e"] < 0.01
    assert (first["rank"], first["support"], first["seeds"]) == (1, 2, 2)
    assert first["importance"] > 0.05
    motif = meme.read_meme(folder / "run" / "motifs.meme")[0]
    assert motif.name == first["name"]
    assert motif.nsites == pytest.approx(first["nsites"])


def test_sites_are_half_open_and_hold_the_motif(run):
    folder, _ = run
    sequences = {}
    for record in (folder / "peaks.fa").read_text().split(">")[1:]:
        name, letters = record.split("\n")[:2]
        sequences[name] = letters
    lines = (folder / "run" / "sites.tsv").read_text().splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:]]
    rows = [row for row in rows if row["motif"] == "motif_1"]
    assert len(rows) > 200
    holding = 0
    for row in rows:
        word = sequences[row["sequence"]][int(row["start"]) : int(row["end"])]
        if row["strand"] == "-":
            word = dna.decode(dna.reverse_complement(dna.encode([word])))[0]
        both = word + "|" + dna.decode(dna.reverse_complement(dna.encode([word])))[0]
        holding += "GATAAGG" in both
    assert holding > 0.9 * len(rows)


def test_metrics_and_page(run):
    folder, _ = run
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    low, high = metrics["test"]["auroc_ci"]
    assert low <= metrics["test"]["auroc"] <= high
    assert metrics["test"]["auroc"] > 0.9
    assert set(metrics) >= {"train", "validation", "test", "seconds"}
    page = (folder / "run" / "report.html").read_text()
    assert "M_planted" in page and "http://" not in page.replace("http://www.w3.org", "")
    written = folder / "run"
    assert json.loads((written / "config.json").read_text())["seeds"] == 2
    assert "jax" in json.loads((written / "env.json").read_text())["versions"]
    epochs = [json.loads(line)["epoch"] for line in (written / "metrics.jsonl").read_text().splitlines()]
    assert epochs == list(range(1, len(epochs) + 1)) and epochs
    assert (written / "tomtom.tsv").read_text().splitlines()[1].split("\t")[1] == "M_planted"
    assert any(file.is_file() for file in (written / "checkpoints").rglob("*"))


def test_the_same_command_again_gives_the_same(run, capsys):
    folder, arguments = run
    read = lambda: (folder / "run" / "motifs.json").read_text()
    before = read()
    cli.dispatch(arguments)
    assert read() == before
    assert "held-out AUROC" in capsys.readouterr().out
    settings = config.load(Settings, folder / "run" / "config.json")
    assert settings.seeds == 2 and settings.train.schedule.epochs == 25


def test_a_finished_run_is_told_by_the_content_of_its_files(run, capsys, monkeypatch):
    folder, arguments = run
    monkeypatch.chdir(folder)
    written = lambda: {path: path.stat().st_mtime_ns for path in (folder / "run").rglob("*.*")}
    cli.dispatch(arguments)
    before = written()
    capsys.readouterr()
    for same in ("peaks.fa", "./peaks.fa", str(folder / "peaks.fa")):
        cli.dispatch([*arguments[:2], same, *arguments[3:]])
        printed = capsys.readouterr().out.splitlines()
        assert "is finished already" in printed[0]
        assert (
            printed[1]
            == "peaks.fa: 240 sequences of 60 nt: 240 positive, 0 negative; negatives: 240 shuffles"
        )
        assert printed[2].startswith("held-out AUROC") and printed[-1].startswith("report: ")
    assert written() == before
    known = json.loads((folder / "run" / "inputs.json").read_text())
    assert known["sequences"]["sha256"] == hashlib.sha256((folder / "peaks.fa").read_bytes()).hexdigest()
    assert known["database"]["bytes"] == (folder / "db.meme").stat().st_size
    # The same name with another content is another input.
    other = folder / "elsewhere" / "peaks.fa"
    other.parent.mkdir()
    other.write_text((folder / "peaks.fa").read_text() + ">new\nACGT\n")
    with pytest.raises(ValueError) as caught:
        cli.dispatch([*arguments[:2], str(other), *arguments[3:]])
    text = str(caught.value)
    assert "holds a run of other input (sequences: " in text and "--noresume" in text
    assert known["sequences"]["sha256"] in text and hashlib.sha256(other.read_bytes()).hexdigest() in text
    assert written() == before


def test_settings_of_the_analysis_keep_the_networks(run, capsys):
    folder, arguments = run
    metrics = lambda: json.loads((folder / "run" / "metrics.json").read_text())
    rows = lambda: len((folder / "run" / "sites.tsv").read_text().splitlines())
    before, sites, trained = metrics(), rows(), (folder / "run" / "metrics.jsonl").read_text()
    cli.dispatch([*arguments, "--set=site_p=0.001"])
    assert rows() > sites and metrics()["test"] == before["test"]
    assert metrics()["seconds_training"] == before["seconds_training"]
    assert (folder / "run" / "metrics.jsonl").read_text() == trained
    assert "finished already" not in capsys.readouterr().out
    cli.dispatch(arguments)
    assert rows() == sites and "finished already" not in capsys.readouterr().out


def test_match_prints_the_table(run, capsys):
    folder, _ = run
    motifs, database = str(folder / "run" / "motifs.meme"), str(folder / "db.meme")
    cli.dispatch(["jaxmotif", "match", motifs, database, f"--out={folder / 'hits.tsv'}"])
    cli.dispatch(["jaxmotif", "match", motifs, database])
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].startswith("Query_ID\tTarget_ID\tOptimal_offset")
    assert printed == (folder / "hits.tsv").read_text()
    assert printed.splitlines()[1].split("\t")[:2] == ["motif_1", "M_planted"]


def _bad(folder):
    """{case: (arguments, words of the answer)}."""
    text = lambda name, value: str((folder / name).write_text(value) and folder / name)
    peaks = str(_fasta(folder / "peaks.fa", 60))
    whole = gzip.compress(pathlib.Path(peaks).read_bytes())
    (folder / "cut.fa.gz").write_bytes(whole[: len(whole) // 2])
    protein = "".join(f">p{i}\nMKLVEELFPQWSIDEGHKLM\n" for i in range(60))
    zeros = "".join(f">0\n{'ACGTTGCAAC' * 4}\n" for i in range(60))
    pm = "".join(f">{'-+'[i % 2]}1\n{'ACGTTGCAAC' * 6}\n" for i in range(60))
    pairs = "".join(f">{i % 2}\n{'ACGTTGCAAC' * 6}\n" for i in range(60))
    uneven = "".join(f">p{i}\n{'ACGTTGCAAC' * (3 + i % 5)}\n" for i in range(60))
    short = sequence_files.write_fasta(folder / "short.fa", ["ACGTACGTAC"] * 60)
    return {
        "missing": (["discover", str(folder / "no.fa")], "no such file"),
        "empty": (["discover", text("empty.fa", "\n")], "empty"),
        "protein": (["discover", text("protein.fa", protein)], "protein"),
        "short": (["discover", str(short)], "shorter than"),
        "one class": (["discover", text("zeros.fa", zeros)], "one class"),
        "few": (["discover", str(_fasta(folder / "few.fa", 20))], "at least 50"),
        "truncated": (["discover", str(folder / "cut.fa.gz")], "truncated"),
        "network": (["discover", peaks, "--network=CNN-7"], "unknown network 'CNN-7'; known: CNN-1"),
        "field": (["discover", peaks, "--set=train.epoch=3"], "unknown field 'train.epoch'"),
        "value": (["discover", peaks, "--set=train.schedule.epochs=many"], "wants int, got 'many'"),
        "database": (["discover", peaks, "--database=JASPAR1999"], "JASPAR1999"),
        "folder": (["discover", peaks, f"--out={peaks}/below"], "below"),
        "flag": (["discover", peaks, "--sed=3"], "sed"),
        "command": (["discovr", peaks], "unknown command 'discovr'; known: discover, match"),
        "two files": (["match", peaks], "two motif files, got 1"),
        "bed": (["discover", text("x.bed", "chr1\t10\t20\n")], "a BED file"),
        "labels": (["discover", text("pm.fa", pm)], "names look like labels ('+1' and '-1'"),
        "lengths": (["discover", text("uneven.fa", uneven)], "--length="),
        "both": (["discover", "-", "--negatives=-"], "standard input can be read once only"),
        "negatives": (["discover", peaks, f"--negatives={text('n.fa', pairs)}"], "have another label"),
    }


_CASES = (
    "missing",
    "empty",
    "protein",
    "short",
    "one class",
    "few",
    "truncated",
    "network",
    "field",
    "value",
    "database",
    "folder",
    "flag",
    "command",
    "two files",
    "bed",
    "labels",
    "lengths",
    "both",
    "negatives",
)


@pytest.mark.parametrize("case", _CASES)
def test_bad_input_gets_one_line_and_code_2(case, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, words = _bad(tmp_path)[case]
    monkeypatch.setattr(sys, "argv", ["jaxmotif", *arguments])
    with pytest.raises(SystemExit) as stop:
        launch.run(lambda: cli.dispatch(sys.argv))
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert words in error
    assert error.startswith("error: ") and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_run_of_another_config_is_refused(run, capsys):
    _, arguments = run
    with pytest.raises(ValueError, match="holds a run of another config .*seed: 0 -> 5"):
        cli.dispatch([*arguments, "--seed=5"])


def test_the_program_itself_shows_no_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "jaxmotif.apps.cli", "discover", "nowhere.fa"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "error: no such file: nowhere.fa\n"


def test_bad_input_is_answered_without_jax(tmp_path):
    code = (
        "import sys\n"
        "from jaxmotif.apps import cli, launch\n"
        "try:\n"
        "    launch.run(lambda: cli.dispatch(sys.argv))\n"
        "except SystemExit as stop:\n"
        "    print(stop.code, sorted({'jax', 'flax', 'optax', 'orbax'} & set(sys.modules)))\n"
    )
    cases = _bad(tmp_path)
    checkout = pathlib.Path(__file__).parents[2]
    for case in ("bed", "labels", "few", "short", "network", "value", "database", "folder", "negatives"):
        command = [sys.executable, "-c", code, *cases[case][0]]
        done = subprocess.run(command, capture_output=True, text=True, cwd=checkout)
        assert done.stdout.splitlines()[-1] == "2 []", (case, done.stderr)


def test_a_discovery_has_a_dashboard(run, tmp_path, capsys):
    folder, _ = run
    arguments = [
        "jaxmotif",
        "dashboard",
        str(folder / "run"),
        f"--database={folder / 'db.meme'}",
        "--factor=PLANTED",
    ]
    cli.dispatch([*arguments, "--class_steps=50", "--most=3", f"--out={tmp_path}"])
    read_page(tmp_path / "dashboard.html")
    (figure,) = tmp_path.glob("*.png")
    assert figure.read_bytes().startswith(b"\x89PNG")
    # A run is not named after a factor as a rule: then the page has the motifs that it has found, and nothing
    # is said of the name.
    capsys.readouterr()
    cli.dispatch([*arguments[:4], "--class_steps=0", "--most=1", f"--out={tmp_path / 'plain'}"])
    told = capsys.readouterr().err.splitlines()
    # On a slow machine the steps of more than two seconds tell how far they are: nothing else may be told.
    assert all(re.fullmatch(r"\w+, [\w ]+: \d+ of \d+ networks.*", line) for line in told), told
    read_page(tmp_path / "plain" / "dashboard.html")
    assert "motif_1" in (tmp_path / "plain" / "dashboard.html").read_text()
    with pytest.raises(ValueError, match="no motif of 'NOBODY' in the database"):
        cli.dispatch([*arguments[:4], "--factor=NOBODY"])


def test_networks_without_filters_cannot_discover(tmp_path):
    with pytest.raises(ValueError, match="RNN-small has no convolution whose filters could be read"):
        cli.dispatch(["jaxmotif", "discover", str(_fasta(tmp_path / "p.fa", 60)), "--network=RNN-small"])
