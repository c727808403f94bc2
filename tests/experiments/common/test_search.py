"""Settings that Optuna chooses: what is asked, trained together, told, continued and shared."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest
from absl import flags

from experiments.common import search
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
    return search.Settings(
        Config(), **{"search": TEXTS, "at_once": 8, "judge": "score", "study": "", **changes}
    )


def test_the_best_of_a_known_function_is_found(tmp_path):
    made = Made()
    rows = search.run(tmp_path, wanted(), 64, made, True)
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
    expected = search.run(whole, wanted(), 24, Made(), True)
    with pytest.raises(KeyboardInterrupt):
        search.run(broken, wanted(), 24, Made(ends_after=5), True)
    again = Made()
    assert search.run(broken, wanted(), 24, again, True) == expected
    assert 0 < len(again.calls) < len(Made().calls) + 24
    # More points go on from there, and a finished search computes nothing.
    nothing = Made(ends_after=0)
    assert search.run(broken, wanted(), 24, nothing, True) == expected
    assert len(search.run(broken, wanted(), 32, Made(), True)) == 32


def test_points_that_were_asked_for_but_not_written_down_are_tried(tmp_path):
    search.run(tmp_path, wanted(), 8, Made(), True)
    (tmp_path / "batch2").mkdir()
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / "study.log"))
    )
    study = optuna.load_study(study_name="search", storage=storage)
    lost = search._ask(optuna, study, search.spaces(Config(), TEXTS), tmp_path, 8, 16)
    assert len(lost) == 8
    rows = search.run(tmp_path, wanted(), 16, Made(), True)
    assert len(rows) == 16 and all(one.state.is_finished() for one in study.get_trials())


def test_workers_share_a_study(tmp_path):
    shared = wanted(study=str(tmp_path / "study.log"))
    first = search.run(tmp_path / "one", shared, 16, Made(), True)
    second = search.run(tmp_path / "two", shared, 24, Made(), True)
    assert (len(first), len(second)) == (16, 8)
    best = json.loads((tmp_path / "two" / "best.json").read_text())
    assert best["points"] == 24 and best["score"] == max(r["score"]["mean"] for r in first + second)


def test_what_learns_nothing_is_a_row_and_small_can_be_best(tmp_path):
    def run_members(place, config, members, hyper):
        if config.width > 8:
            return [{"failed": "ran away"}] * len(members)
        return [{"loss": float(config.width)}] * len(members)

    rows = search.run(tmp_path, wanted(search=("width=2..64,log",), judge="-loss"), 24, run_members, True)
    assert {row["failed"] for row in rows} == {0, 2}
    assert json.loads((tmp_path / "best.json").read_text())["settings"] == {"width": "2"}
    with pytest.raises(ValueError, match="no column 'auroc'; columns: loss"):
        search.run(tmp_path / "other", wanted(search=("width=2..4",), judge="auroc"), 4, run_members, True)


@pytest.mark.parametrize(
    "texts,message",
    [
        (["train"], "wants path.to.field=low..high"),
        ([f"{RATE}=1..x"], "the ends of .* are no numbers"),
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
        search.spaces(Config(), texts)


def test_flags_and_a_dumped_config(tmp_path):
    def of(*arguments):
        values = flags.FlagValues()
        flags.DEFINE_string("config", "demo", "", flag_values=values)
        flags.DEFINE_multi_string("sweep", [], "", flag_values=values)
        search.define_flags(values)
        values(["", *arguments])
        return values

    assert search.settings(of(), Config()) is None
    asked = search.settings(of("--search=width=2..8", "--judge=-loss"), Config())
    assert asked == search.Settings(Config(), ("width=2..8",), 8, "-loss", "")
    path = pathlib.Path(tmp_path / "config.json")
    path.write_text(
        json.dumps({"base": {}, "search": ["width=2..8"], "at_once": 4, "judge": "-loss", "study": ""})
    )
    again = search.settings(of(f"--config={path}"), Config())
    assert again == dataclasses.replace(asked, at_once=4)
    for arguments, message in (
        (["--search=width=2..8", "--sweep=width=2,3"], "neither --sweep nor shards"),
        (["--search=width=2..8"], "a search is of one network"),
    ):
        config = dataclasses.replace(Config(), networks=("A", "B"))
        with pytest.raises(ValueError, match=message):
            search.settings(of(*arguments), config)
