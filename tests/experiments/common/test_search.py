"""Settings that Optuna chooses: what is asked, trained together, told, continued and shared."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest
from absl import flags

from experiments.common import search, spaces, studies
from experiments.deep_networks import launcher as deep_networks
from experiments.koo_eddy import launcher as koo_eddy
from jaxmotif.training import config as training

optuna = pytest.importorskip("optuna", reason="the extra search is not installed")


@dataclasses.dataclass(frozen=True)
class Config:
    train: training.TrainConfig = training.TrainConfig()
    networks: tuple[str, ...] = ("A",)
    width: int = 4
    trials: int = 2
    seed: int = 0


RATE = "train.optimizer.learning_rate"
TEXTS = (f"{RATE}=1e-5..1e-1,log", "width=2..64,log", "networks=A,B")


class Made:
    """Trains nothing: what a member scores is known, best at a rate of 1e-3, a width of 16 and network B."""

    def __init__(self, ends_after: int | None = None):
        self.calls: list = []
        self.ends_after = ends_after

    def __call__(self, place, config, members, hyper):
        if len(self.calls) == self.ends_after:
            raise KeyboardInterrupt
        self.calls.append((config, list(members), dict(hyper)))
        rates = hyper.get("learning_rate", [config.train.optimizer.learning_rate] * len(members))
        own = -((np.log2(config.width) - 4) ** 2) / 9 + (config.networks == ("B",))
        return [
            {"score": float(own - (np.log10(rate) + 3) ** 2 / 4 + 0.001 * trial)}
            for rate, trial in zip(rates, members, strict=True)
        ]


def wanted(**changes) -> search.Settings:
    return search.Settings(Config(), **{"search": TEXTS, "at_once": 8, "study": "", **changes})


def run(folder, settings, points, run_members, judge="score"):
    folder.mkdir(exist_ok=True)
    return search.run(folder, settings, points, judge, run_members, True)


def test_the_best_of_a_known_function_is_found(tmp_path):
    made = Made()
    rows = run(tmp_path, wanted(), 64, made)
    best = json.loads((tmp_path / "best.json").read_text())
    assert len(rows) == best["points"] == 64 and best["settings"]["networks"] == "B"
    assert abs(np.log10(float(best["settings"][RATE])) + 3) < 0.5
    assert 8 <= int(best["settings"]["width"]) <= 32
    assert best["score"] == max(row["score"]["mean"] for row in rows)
    # Random points of the same number are worse on average: the second half learns from the first.
    halves = [np.mean([row["score"]["mean"] for row in part]) for part in (rows[:16], rows[-16:])]
    assert halves[1] > halves[0] + 0.3
    # Points of one shape are members of one program, each with its trials.
    assert any(len(members) > 2 and len(set(hyper["learning_rate"])) > 1 for _, members, hyper in made.calls)
    assert sum(len(members) for _, members, _ in made.calls) == 2 * 64
    assert {path.name for path in tmp_path.iterdir()} >= {"table.md", "table.json", "sweep.png", "study.log"}


def test_a_search_that_was_interrupted_goes_on_with_what_was_asked(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    expected = run(whole, wanted(), 24, Made())
    with pytest.raises(KeyboardInterrupt):
        run(broken, wanted(), 24, Made(ends_after=5))
    again = Made()
    assert run(broken, wanted(), 24, again) == expected
    assert 0 < len(again.calls) < len(Made().calls) + 24
    # More points go on from there, and a finished search computes nothing.
    nothing = Made(ends_after=0)
    assert run(broken, wanted(), 24, nothing) == expected
    assert len(run(broken, wanted(), 32, Made())) == 32


@pytest.mark.parametrize("asked", [3, 8])
def test_points_that_were_asked_for_but_not_written_down_are_tried(tmp_path, asked, monkeypatch):
    """A run that ended while it asked has the points of one that did not."""
    expected = run(tmp_path / "whole", wanted(), 16, Made())
    (tmp_path / "broken").mkdir()
    run(tmp_path / "broken", wanted(), 8, Made())
    study = studies.Study(tmp_path / "broken", wanted(), "score", spaces.parse(Config(), TEXTS))
    assert len(study.ask(asked, 16)) == asked
    assert run(tmp_path / "broken", wanted(), 16, Made()) == expected
    assert all(one.state.is_finished() for one in study.study.get_trials())


def test_workers_share_a_study(tmp_path):
    shared = wanted(study=str(tmp_path / "study.log"))
    first = run(tmp_path / "one", shared, 16, Made())
    second = run(tmp_path / "two", shared, 24, Made())
    assert (len(first), len(second)) == (16, 8)
    best = json.loads((tmp_path / "two" / "best.json").read_text())
    assert best["points"] == 24 and best["score"] == max(r["score"]["mean"] for r in first + second)
    assert run(tmp_path / "late", shared, 24, Made(ends_after=0)) == []
    assert json.loads((tmp_path / "late" / "best.json").read_text()) == best
    # Workers that ask at the same time are not given the same points.
    space = spaces.parse(Config(), TEXTS)
    asked = []
    for name in ("three", "four"):
        (tmp_path / name).mkdir()
        own = dataclasses.replace(shared, study=str(tmp_path / f"{name}.log"))
        asked.append(studies.Study(tmp_path / name, own, "score", space).ask(8, 8))
    assert asked[0] != asked[1]
    # A study is of one search.
    for settings, judge in (
        (dataclasses.replace(shared, search=TEXTS[:1]), "score"),
        (shared, "-score"),
        (dataclasses.replace(shared, base=Config(trials=3)), "score"),
    ):
        with pytest.raises(ValueError, match="is the study of another search"):
            run(tmp_path / "three", settings, 32, Made(), judge)


def test_what_learns_nothing_is_a_row_and_small_can_be_best(tmp_path):
    def run_members(place, config, members, hyper):
        if config.width > 8:
            return [{"failed": "ran away"}] * len(members)
        return [{"loss": float(config.width)}] * len(members)

    rows = run(tmp_path, wanted(search=("width=2..64,log",)), 24, run_members, "-loss")
    assert {row["failed"] for row in rows} == {0, 2}
    assert json.loads((tmp_path / "best.json").read_text())["settings"] == {"width": "2"}
    with pytest.raises(ValueError, match="no column 'auroc'; columns: loss"):
        run(tmp_path / "other", wanted(search=("width=2..4",)), 4, run_members, "auroc")


def test_settings_that_do_not_fit_together_or_are_known_are_not_trained(tmp_path, capsys):
    """A list is tried once, and what cannot be is a row that failed."""
    made = Made()
    rows = run(tmp_path / "list", wanted(search=("networks=A,B",)), 32, made)
    assert {row["networks"] for row in rows} == {"A", "B"} and len(rows) == 8
    assert sum(len(members) for _, members, _ in made.calls) == 4
    fits = ("train.batch_size=49,64", "train.accumulate=1,2")
    rows = run(tmp_path / "fits", wanted(search=fits), 16, Made())
    failed = [row["failed"] == 2 for row in rows]
    paths = [path for path in rows[0] if path.startswith("train.")]
    assert failed == [[row[path] for path in paths] == ["49", "2"] for row in rows]
    assert any(failed) and not all(failed) and "cannot be cut into 2" in capsys.readouterr().err


def test_a_journal_that_is_none_or_is_gone_is_named(tmp_path):
    damaged = tmp_path / "damaged.log"
    damaged.write_text("not a journal\n")
    with pytest.raises(ValueError, match="damaged.log cannot be read as a journal"):
        run(tmp_path / "one", wanted(study=str(damaged)), 8, Made())
    with pytest.raises(ValueError, match="there is no folder .*nowhere"):
        run(tmp_path / "one", wanted(study=str(tmp_path / "nowhere" / "s.log")), 8, Made())
    rows = run(tmp_path / "two", wanted(), 16, Made())
    assert run(tmp_path / "two", wanted(), 3, Made(ends_after=0)) == rows
    (tmp_path / "two" / "study.log").unlink()
    with pytest.raises(ValueError, match="study.log has no such points as .*batch1"):
        run(tmp_path / "two", wanted(), 16, Made())


@pytest.mark.parametrize(
    "texts,message",
    [
        (["train"], "wants path.to.field=low..high"),
        ([f"{RATE}=1..x"], "learning_rate"),
        (["width=2..4.5"], "width has whole numbers"),
        (["networks=A,A"], "wants path.to.field=low..high"),
        ([f"{RATE}=1e-2..1e-3"], "low < high"),
        ([f"{RATE}=0..1e-3,log"], "0 < low"),
        ([f"{RATE}=1e-4..1e-3,sqrt"], "low < high"),
        (["width=2..4", "width=3..5"], "width is searched twice"),
        (["width=2,x"], "width"),
        (["widht=2..4"], "widht"),
        ([f"{RATE}=-1..1"], "learning_rate"),
    ],
)
def test_what_cannot_be_searched_is_named(texts, message):
    with pytest.raises(ValueError, match=message):
        spaces.parse(Config(), texts)


def test_flags_and_a_dumped_config(tmp_path):
    def of(*arguments):
        values = flags.FlagValues()
        flags.DEFINE_string("config", "demo", "", flag_values=values)
        flags.DEFINE_multi_string("sweep", [], "", flag_values=values)
        search.define_flags(values)
        values(["", *arguments])
        return values

    assert search.settings(of(), Config()) is None
    asked = search.settings(of("--search=width=2..8"), Config())
    assert asked == search.Settings(Config(), ("width=2..8",), 8, "")
    path = pathlib.Path(tmp_path / "config.json")
    path.write_text(json.dumps({"base": {}, "search": ["width=2..8"], "at_once": 4, "study": ""}))
    again = search.settings(of(f"--config={path}"), Config())
    assert again == dataclasses.replace(asked, at_once=4)
    for arguments, message in (
        (["--search=width=2..8", "--sweep=width=2,3"], "neither axes of a grid nor shards"),
        (["--search=width=2..8"], "a search is of one network"),
    ):
        config = dataclasses.replace(Config(), networks=("A", "B"))
        with pytest.raises(ValueError, match=message):
            search.settings(of(*arguments), config)


@pytest.mark.parametrize(
    "launcher,arguments,message",
    [
        (koo_eddy, ["--config=figure1"], "figure1 has no settings, data, grids, searches"),
        (deep_networks, ["--config=compare", "--compare=a,b"], "it has no grid and no search"),
    ],
)
def test_what_trains_nothing_has_no_search(launcher, arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        launcher.main(["", *arguments, "--search=train.l2=1e-8..1e-4", f"--workdir={tmp_path / 'run'}"])
    assert not (tmp_path / "run").exists()
