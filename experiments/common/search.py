"""Settings that Optuna chooses, a batch at a time: what a batch has in one shape trains as one program.

    --search=train.learning_rate=1e-4..1e-2,log --search=train.regularisation.l2=1e-8..1e-4,log --points=32
    --search=networks=CNN-25,CNN-50 --judge=auroc --at_once=8 --study=/shared/study.log

Optuna (Akiba et al. 2019) is told the mean over trials of a column of the table, and says what to try next by
all that it was told. Its journal is a file, so workers on many machines that share a disk can share a study:
each has a run directory of its own, and the same --study. Settings that were asked for are written down
before they are trained, so a run that was interrupted continues with them.
"""

import dataclasses
import pathlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from absl import flags

from experiments.common import sweep
from jaxmotif import config as configs
from jaxmotif import files
from jaxmotif.report import table

_MISSING = "--search needs Optuna: .venv/bin/python -m pip install -e '.[search]'"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a search depends on, for its run directory: not how many points, so that it can go on."""

    base: Any
    search: tuple[str, ...]
    at_once: int
    judge: str
    study: str


@dataclasses.dataclass(frozen=True)
class Space:
    """The values of one setting: those listed, or a range from `low` to `high`.

    Attributes:
      path: of the field.
      values: as written; none of a range.
      low, high: ends of a range, included.
      log: whether a range is searched on a logarithmic scale.
      whole: whether only whole numbers are tried.
    """

    path: str
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False


def define_flags(values: flags.FlagValues) -> None:
    """Defines --search and what goes with it."""
    common = {"flag_values": values}
    flags.DEFINE_multi_string(
        "search",
        [],
        "path.to.field=low..high, or low..high,log, or value,value,...: a setting that Optuna chooses; "
        "repeatable.",
        **common,
    )
    flags.DEFINE_integer(
        "points", 32, "How many points a search tries, with those of all workers.", 1, **common
    )
    flags.DEFINE_integer("at_once", 8, "Points that a search asks for together.", 1, **common)
    flags.DEFINE_string(
        "judge", "auroc", "Column that a search makes large, or with - in front small.", **common
    )
    flags.DEFINE_string("study", "", "Optuna's journal; default study.log in the run directory.", **common)


def settings(values: flags.FlagValues, config) -> Settings | None:
    """Returns what is searched for, None without --search; a dumped config.json of a search says it, too.

    Raises:
      ValueError: for ranges that do not fit the config, a grid or shards, several networks, or no Optuna.
    """
    recorded = configs.read(values.config) if values.config.endswith(".json") else {}
    chosen = {
        name: tuple(values[name].value) if name == "search" else values[name].value
        for name in ("search", "at_once", "judge", "study")
        if values[name].present or name not in recorded
    }
    given = {name: recorded.get(name) for name in ("search", "at_once", "judge", "study")} | chosen
    if not given["search"]:
        return None
    if values.sweep or getattr(values, "shard", "") or getattr(values, "merge", False):
        raise ValueError("a search has neither --sweep nor shards")
    found = spaces(config, given["search"])
    several = next((name for name in ("models", "networks") if getattr(config, name, None)), None)
    if several and len(getattr(config, several)) > 1 and several not in [one.path for one in found]:
        raise ValueError(f"a search is of one network: --set={several}=NAME, or --search={several}=NAME,NAME")
    _optuna()
    return Settings(config, **{**given, "search": tuple(given["search"])})


def spaces(config, texts: Sequence[str]) -> list[Space]:
    """Returns the settings that are searched.

    Raises:
      ValueError: for what is no range and no list, a setting named twice, or ends that do not fit the field.
    """
    found: dict[str, Space] = {}
    for text in texts:
        path, equals, given = text.partition("=")
        parts = [part.strip() for part in given.split(",")]
        if not equals or not path or not all(parts):
            raise ValueError(f"--search wants path.to.field=low..high or =value,value, got {text!r}")
        path = configs.resolve(config, path)
        if path in found:
            raise ValueError(f"{path} is searched twice")
        low, dots, high = parts[0].partition("..")
        space = Space(path, tuple(parts))
        if dots:
            space = _range(text, path, (low, high), parts[1:])
        ends = space.values or tuple(_written(space, end) for end in (space.low, space.high))
        for end in ends:
            configs.override(config, [f"{path}={end}"])
        found[path] = space
    return list(found.values())


def _range(text: str, path: str, ends: tuple[str, str], options: Sequence[str]) -> Space:
    try:
        low, high = map(float, ends)
    except ValueError:
        raise ValueError(f"--search: the ends of {text!r} are no numbers") from None
    if list(options) not in ([], ["log"]) or not low < high or (options and low <= 0):
        raise ValueError(f"--search wants low..high with low < high, or low..high,log with 0 < low: {text!r}")
    whole = all(end.strip().lstrip("-").isdecimal() for end in ends)
    return Space(path, (), low, high, bool(options), whole)


def _written(space: Space, value: float) -> str:
    if space.whole:
        return str(int(value))
    # Four digits say enough, and can be typed.
    return repr(min(max(float(f"{value:.4g}"), space.low), space.high))


def report(folder: pathlib.Path, wanted: Settings | None, grid, run_members: Callable, values) -> None:
    """Runs a search, or the points of a grid where there is none, and prints what came out."""
    if wanted is None:
        print(table.format_table(sweep.run(folder, grid, run_members, values.resume)))
    else:
        print(table.format_table(run(folder, wanted, values.points, run_members, values.resume)))
        print(f"best: {folder / 'best.json'}")
    print(f"figure: {folder / 'sweep.png'}")


def run(
    folder: pathlib.Path,
    wanted: Settings,
    points: int,
    run_members: Callable[[pathlib.Path, Any, Sequence[int], Mapping[str, list[float]]], list[dict]],
    resume: bool,
) -> list[dict]:
    """Tries points until there are so many; writes table.md, table.json, sweep.png and best.json.

    Args:
      folder: of the run; each batch has a folder in it.
      wanted: see `settings`.
      points: how many, with those of other workers of the study.
      run_members: see `sweep.run`.
      resume: take the results that are there.

    Returns:
      rows of the table, of this worker's points.

    Raises:
      ValueError: where the table has no such column to judge by.
    """
    optuna = _optuna()
    smaller, column = wanted.judge.startswith("-"), wanted.judge.removeprefix("-")
    journal = pathlib.Path(wanted.study) if wanted.study else folder / "study.log"
    journal.parent.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(journal)),
    )
    space = spaces(wanted.base, wanted.search)
    rows: list[dict] = []
    for number in range(points):
        asked = folder / f"batch{number + 1}" / "asked.json"
        study = optuna.create_study(
            storage=storage,
            sampler=optuna.samplers.TPESampler(seed=_seed(wanted, number)),
            study_name="search",
            direction="minimize" if smaller else "maximize",
            load_if_exists=True,
        )
        if not asked.exists():
            trials = _ask(optuna, study, space, folder, wanted.at_once, points)
            if not trials:
                break
            files.write_json(
                asked, [{"number": n, "settings": _text(space, one)} for n, one in trials.items()]
            )
        batch = files.read_json(asked)
        tried = [_point(wanted.base, one["settings"]) for one in batch]
        found = sweep.run(asked.parent, tried, run_members, resume)
        for one, row in zip(batch, found, strict=True):
            study.tell(one["number"], **_judged(optuna, row, column), skip_if_finished=True)
        rows += found
        table.write_table(folder, rows)
        _write_best(folder, study, wanted)
    sweep.draw(folder, [_point(wanted.base, _settings(space, row)) for row in rows], rows)
    return rows


def _ask(optuna, study, space: Sequence[Space], folder: pathlib.Path, at_once: int, points: int) -> dict:
    """Returns new trials by their numbers, none where the study has enough."""
    worker = str(folder.resolve())
    known = {one["number"] for path in folder.glob("batch*/asked.json") for one in files.read_json(path)}
    every = study.get_trials(deepcopy=False)
    # Asked for by a run that ended before they were written down.
    found = {
        one.number: one
        for one in every
        if one.state == optuna.trial.TrialState.RUNNING
        and one.user_attrs.get("worker") == worker
        and one.number not in known
    }
    distributions = {one.path: _distribution(optuna, one) for one in space}
    for _ in range(min(at_once, points - len(every)) - len(found)):
        trial = study.ask(distributions)
        trial.set_user_attr("worker", worker)
        found[trial.number] = trial
    return found


def _seed(wanted: Settings, batch: int) -> int:
    """A batch's own, so that what is asked does not hang on where a run was interrupted."""
    return random.Random(f"{wanted.base.seed} {batch}").getrandbits(32)


def _distribution(optuna, space: Space):
    if space.values:
        return optuna.distributions.CategoricalDistribution(space.values)
    if space.whole:
        return optuna.distributions.IntDistribution(int(space.low), int(space.high), log=space.log)
    return optuna.distributions.FloatDistribution(space.low, space.high, log=space.log)


def _text(space: Sequence[Space], trial) -> dict[str, str]:
    """Settings of one of Optuna's trials, as written."""
    return {
        one.path: trial.params[one.path] if one.values else _written(one, trial.params[one.path])
        for one in space
    }


def _settings(space: Sequence[Space], row: Mapping) -> dict[str, str]:
    return {one.path: row[one.path] for one in space}


def _point(config, chosen: Mapping[str, str]) -> sweep.Point:
    return sweep.Point(
        chosen, configs.override(config, [f"{path}={value}" for path, value in chosen.items()])
    )


def _judged(optuna, row: Mapping, column: str) -> dict:
    """What Optuna is told of a row: a number, or that nothing was learned there."""
    if row["failed"] == row["trials"]:
        return {"state": optuna.trial.TrialState.FAIL}
    if not isinstance(row.get(column), Mapping):
        names = [name for name, value in row.items() if isinstance(value, Mapping)]
        raise ValueError(f"--judge: the table has no column {column!r}; columns: {', '.join(names)}")
    return {"values": row[column]["mean"]}


def _write_best(folder: pathlib.Path, study, wanted: Settings) -> None:
    """The best point of all workers, and the flags that make it again."""
    done = [one for one in study.get_trials(deepcopy=False) if one.value is not None]
    if done:
        best = study.best_trial
        chosen = _text(spaces(wanted.base, wanted.search), best)
        files.write_json(
            folder / "best.json",
            {
                wanted.judge.removeprefix("-"): best.value,
                "points": len(done),
                "settings": chosen,
                "flags": [f"--set={path}={value}" for path, value in chosen.items()],
            },
        )


def _optuna():
    try:
        import optuna
    except ImportError:
        raise ValueError(_MISSING) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
