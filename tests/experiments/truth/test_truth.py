"""experiments.truth: configs, a tiny run with peaks and a peer's list, and that it continues."""

import json
import types

import numpy as np
import pytest

import jaxmotif as jm
from experiments.common import records
from experiments.truth import launcher, set_rows, sets
from jaxmotif import config as configs
from jaxmotif import dna
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from tests.helpers.document import read_page

MAIN = "GGATTACAGGTCA"


def _arguments(folder, inputs, *more):
    return [
        "truth",
        "--scale=smoke",
        f"--workdir={folder}",
        f"--panel={inputs / 'panel'}",
        f"--peers={inputs / 'peers'}",
        "--set=planted=1",
        "--set=controls=1",
        "--set=planted_kinds=decoys in random",
        "--set=control_kinds=repeats",
        "--set=sequences=120",
        "--set=discover.seeds=1",
        "--set=discover.rounds=1",
        "--set=discover.train.epochs=2",
        f"--set=database={inputs / 'known.meme'}",
        *more,
    ]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A panel of one experiment with one sure motif, and a peer with a list of three."""
    folder, rng = tmp_path_factory.mktemp("inputs"), np.random.default_rng(0)
    (folder / "panel").mkdir()
    (folder / "peers" / "other").mkdir(parents=True)
    sure = jm.Motif(MAIN, np.eye(4)[["ACGT".index(letter) for letter in MAIN]], nsites=100)
    for name, count in (("train", 150), ("test", 80)):
        background = sets.random_letters(rng, sets.Size(count, 100))
        codes, _ = sets.plant(rng, [sets.Planted("main", sure, 0.8)], background)
        text = "".join(f">s{i}\n{letters}\n" for i, letters in enumerate(dna.decode(codes)))
        (folder / "panel" / f"MAIN_cell.{name}.fa").write_text(text)
    absent = jm.Motif("absent", np.eye(4)[[1, 1, 1, 2, 2, 2, 3, 3]], nsites=100)
    path = folder / "peers" / "other" / "MAIN.meme"
    meme.write_meme(path, [sure, absent, koo_eddy.koo_eddy_motifs()[0]])
    lines, e_values = path.read_text().splitlines(), iter(("1e-9", "0.01", "3.0"))
    lines = [f"{line} E= {next(e_values)}" if "matrix:" in line else line for line in lines]
    path.write_text("\n".join(lines) + "\n")
    meme.write_meme(folder / "known.meme", [*koo_eddy.koo_eddy_motifs(), sure])
    return folder


@pytest.mark.parametrize("scale", launcher.SCALES)
def test_every_scale_builds_and_reloads(scale, tmp_path):
    config = launcher.build("truth", scale, 3, ["discover.rounds=2", "length=120"], panel="p")
    assert (config.seed, config.discover.rounds, config.length, config.panel) == (3, 2, 120, "p")
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs.to_dict(config)))
    assert launcher.build(str(path), "quick", 0, []) == config


def test_sets_are_shared_out_among_kinds():
    config = launcher.build("truth", "quick", 0, ["planted=8", "controls=7"])
    made = list(launcher.jobs(config))
    assert [job.kind for job in made[:8]] == [*sets.PLANTED, *list(sets.PLANTED)[:2]]
    assert [job.kind for job in made[8:]] == [*sets.CONTROLS, *list(sets.CONTROLS)[:2]]
    assert len({job.name for job in made}) == 15 and made[6].name == "planted-in-random-002"
    assert made[6].settings.seed == 1 and made[0].settings.seed == 0
    loaded = made[2].load()
    assert loaded.labelled and sum(map(len, loaded.splits.parts)) == 2000
    assert not made[0].load().labelled


def test_a_tiny_run_and_how_it_continues(inputs, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "run"
    launcher.main(_arguments(folder, inputs, "--set=fasta=true"))
    assert "report:" in capsys.readouterr().out
    rows = json.loads((folder / "sets.json").read_text())
    assert [(row["set"], row["tool"]) for row in rows] == [
        ("decoys-in-random-001", "discover"),
        ("repeats-001", "discover"),
        ("MAIN_cell", "discover"),
        ("MAIN_cell", "other"),
    ]
    planted, control, _, peer = rows
    assert planted["planted"][-1]["decoy"] and set(planted["lists"]) == {"E", "q .05", "q .10"}
    assert control["planted"] == [] and "auroc" in control and planted["rule"] is None
    # The peer claims two; the held-out sequences have one of them, in 80 % of the positives.
    assert (peer["tried"], peer["listed"], peer["significant"], peer["unconfirmed"]) == (3, 2, 1, 1)
    assert 0.85 < peer["list_auroc"] <= 0.95  # 80 % are told, of the others every second one by chance
    assert peer["e"][0] < 1e-9 and peer["families"] == [MAIN] and peer["unnamed"] == 0
    for name in ("table.md", "cuts.md", "controls.md", "peaks.md", "truth.png"):
        assert (folder / name).stat().st_size > 50
    page = read_page(folder / "report.html")
    assert page is not None
    # What others may learn from: neither the held-out tenth nor, for decoys, one class only.
    written = (folder / "fasta" / "decoys-in-random-001.fa").read_text()
    assert 84 <= written.count(">") <= 110
    assert (folder / "fasta" / "decoys-in-random-001.negatives.fa").exists()
    assert not (folder / "fasta" / "MAIN_cell.fa").exists()

    # Finished sets are not run again, and what is missing is.
    ran = []
    discover = set_rows.pipeline.discover
    monkeypatch.setattr(
        set_rows.pipeline, "discover", lambda *given, **named: ran.append(1) or discover(*given, **named)
    )
    record = folder / "rows" / "decoys-in-random-001.discover.json"
    records.keep(record, planted | {"auroc": 0.123})
    launcher.main(_arguments(folder, inputs))
    assert not ran and json.loads((folder / "sets.json").read_text())[0]["auroc"] == 0.123
    (folder / "rows" / "repeats-001.discover.json").unlink()
    launcher.main(_arguments(folder, inputs))
    again = json.loads((folder / "sets.json").read_text())
    assert len(ran) == 1
    untimed = lambda row: {k: v for k, v in row.items() if "seconds" not in k}
    assert untimed(again[1]) == untimed(control)

    # A peer's list that has changed is scored anew, without training.
    path = inputs / "peers" / "other" / "MAIN.meme"
    path.write_text(path.read_text().replace("E= 0.01", "E= 0.2"))
    launcher.main(_arguments(folder, inputs))
    peer = json.loads((folder / "sets.json").read_text())[3]
    assert len(ran) == 1 and (peer["listed"], peer["unconfirmed"]) == (1, 0)
    # Sets are themselves, however many there are.
    launcher.main(_arguments(folder, inputs, "--set=controls=0"))
    assert len(ran) == 1 and len(json.loads((folder / "sets.json").read_text())) == 3
    with pytest.raises(ValueError, match="holds a run of another config"):
        launcher.main(_arguments(folder, inputs, "--set=sequences=130"))


def test_a_row_says_which_rule_was_planted(tmp_path, monkeypatch):
    config = launcher.build("truth", "smoke", 0, ["planted=1", "controls=0", "planted_kinds=rules in random"])
    (job,) = launcher.jobs(config)
    loaded = job.load()

    def found(splits, settings, labelled, judged):
        listed = jm.MotifSet([one.motif for one in loaded.planted])
        metrics = {"test": {"auroc": 0.9}, "rounds": 1}
        none = jm.MotifSet(())
        nested = np.zeros(0, bool)
        return types.SimpleNamespace(metrics=metrics, motifs=listed, others=none, nested=nested, pairs=[])

    monkeypatch.setattr(set_rows.pipeline, "discover", found)
    (row,) = set_rows.run(tmp_path, job, "", [], resume=True)
    rule, names = loaded.rule, [one["name"] for one in row["planted"]]
    assert row["rule"] == {
        "motifs": [names[0], names[rule.motifs[1]]],
        "order": rule.order,
        "strand": rule.strand,
        "spacing": list(rule.spacing),
        "share": rule.share,
    }
    assert row["lists"]["E"]["true"] == len(names)
    # As a row that is read back from its file.
    assert set_rows.run(tmp_path, job, "", [], resume=True) == [row]


def test_a_list_predicts_with_what_is_told_below_its_motifs():
    """A listed motif in half of the positives, a confirmed variant of it in the other half."""
    rng = np.random.default_rng(2)
    codes, labels = rng.integers(0, 4, (1200, 60), dtype=np.uint8), (np.arange(1200) % 2).astype(np.float32)
    words = ["TGACGTCATCC", "CCAATGAGCGG"]
    for start, word in zip((1, 3), words, strict=True):
        codes[start::4, 20:31] = ["ACGT".index(letter) for letter in word]
    parts = [Dataset(codes[rows], labels[rows]) for rows in (slice(500), slice(500, 600), slice(600, 1200))]
    loaded = set_rows.Loaded(Splits(*parts), True, None)
    listed, other = (
        jm.MotifSet([Motif(word, np.eye(4)[["ACGT".index(c) for c in word]], 50)]) for word in words
    )
    found = [
        set_rows._scored(Settings(), loaded, [listed[0]], set_rows._Lists(listed, other, {}, nested))
        for nested in ((), list(other))
    ]
    assert [row["nested"] for row in found] == [0, 1]
    assert found[0]["list_auroc"] < 0.8 and found[1]["list_auroc"] > 0.999


def test_a_set_that_fails_leaves_the_others(inputs, tmp_path, capsys, monkeypatch):
    def refuse(splits, settings, labelled, judged):
        raise ValueError("cannot be")

    monkeypatch.setattr(set_rows.pipeline, "discover", refuse)
    with pytest.raises(ValueError, match="no set could be run; decoys-in-random-001: cannot be"):
        launcher.main(_arguments(tmp_path / "run", inputs))
    assert "repeats-001 failed: cannot be" in capsys.readouterr().err
    assert len((tmp_path / "run" / "failed.txt").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    "assignment,message",
    [
        ("planted_kinds=nothing", "unknown planted_kinds 'nothing'; known: planted in random"),
        ("control_kinds=", "no control_kinds"),
        ("length=50", "length must be at least 90"),
        ("discover.rounds=0", "rounds must be at least 1"),
    ],
)
def test_bad_settings_are_named(assignment, message):
    with pytest.raises(ValueError, match=message):
        launcher.build("truth", "smoke", 0, [assignment])


def test_backgrounds_and_folders_that_cannot_be_used(tmp_path):
    short = tmp_path / "short.fa"
    short.write_text("".join(f">{i}\n{'ACGT' * 20}\n" for i in range(5)))
    with pytest.raises(ValueError, match="5 sequences of 80 nt"):
        list(launcher.jobs(launcher.build("truth", "smoke", 0, [], background=str(short))))
    with pytest.raises(ValueError, match="no such folder"):
        list(launcher.jobs(launcher.build("truth", "smoke", 0, [], panel=str(tmp_path / "none"))))


def test_a_grid_has_a_row_of_all_sets_at_each_point(tmp_path, monkeypatch, capsys):
    def run(place, job, peers, database, resume):
        # As `set_rows.run`: at two seeds the planted motif is found, and something in every control.
        found = [0.9 if job.settings.seeds == 2 else None]
        lists = {"true": 1, "repeated": 0, "false": 0, "blurred": 0, "decoys": 0, "correlation": found}
        row = {"set": job.name, "kind": job.kind, "tool": "discover", "auroc": 0.8, "cpu_seconds": 2.0}
        row |= {"listed": job.settings.seeds - 1, "tried": 4}
        if job.kind in sets.PLANTED:
            row |= {"planted": [{"decoy": False, "share": 0.6}], "significant": 1, "unconfirmed": 0}
            row |= {"lists": dict.fromkeys((set_rows.BY_E, *set_rows.BY_Q), lists)}
        return [row]

    monkeypatch.setattr(launcher.set_rows, "run", run)
    arguments = ["truth", "--scale=smoke", f"--workdir={tmp_path / 'run'}"]
    launcher.main([*arguments, "--sweep=discover.seeds=1,2"])
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [row["discover.seeds"] for row in rows] == ["1", "2"]
    assert [row["main found"]["mean"] for row in rows] == [0.0, 1.0]
    assert [row["nothing listed"]["mean"] for row in rows] == [1.0, 0.0]
    assert [(row["sets"], row["controls"], row["failed"]) for row in rows] == [(2, 2, 0)] * 2
    assert (tmp_path / "run" / "sweep.png").exists() and "figure:" in capsys.readouterr().out
    # Every point has its tables, and is not run again.
    assert len(list((tmp_path / "run").glob("point-*/controls.md"))) == 2
    monkeypatch.setattr(launcher.set_rows, "run", lambda *_: pytest.fail("run again"))
    launcher.main([*arguments, f"--config={tmp_path / 'run' / 'config.json'}"])
    assert json.loads((tmp_path / "run" / "table.json").read_text()) == rows


def test_a_point_none_of_whose_sets_runs_is_tried_again(tmp_path, monkeypatch):
    calls = []

    def fails(*given):
        calls.append(given)
        raise FloatingPointError("no numbers")

    monkeypatch.setattr(launcher.set_rows, "run", fails)
    arguments = ["truth", "--scale=smoke", f"--workdir={tmp_path / 'run'}", "--set=planted=0"]
    for attempt in (1, 2):
        launcher.main([*arguments, "--sweep=discover.seeds=1"])
        (row,) = json.loads((tmp_path / "run" / "table.json").read_text())
        assert row["failed"] == 2 and "no numbers" in row["why"] and len(calls) == 2 * attempt
