"""Settings that Optuna chooses, a batch at a time: what a batch has in one shape trains as one program.

    --search=train.learning_rate=1e-4..1e-2,log --search=train.l2=1e-8..1e-4,log --points=32
    --search=networks=CNN-25,CNN-50 --judge=auroc --at_once=8 --study=/shared/study.log

Optuna (Akiba et al. 2019) is told the mean over trials of a column of the table, and says what to try next by
all that it was told. Its journal is a file, so workers on many machines that share a disk can share a study:
each has a run directory of its own, and the same --study. Settings that were asked for are written down
before they are trained, so a run that was interrupted continues with them.
"""

import dataclasses
import itertools
import os
import pathlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from absl import flags

from experiments.common import spaces, studies, sweep
from experiments.common.spaces import Space
from jaxmotif import config as configs
from jaxmotif import files
from jaxmotif.report import table


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a search depends on, for its run directory: not how many points, so that it can go on."""

    base: Any
    search: tuple[str, ...]
    at_once: int
    study: str


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
    names = ("search", "at_once", "study")
    recorded = configs.read(values.config) if values.config.endswith(".json") else {}
    chosen = {name: values[name].value for name in names if values[name].present or name not in recorded}
    given = {name: recorded.get(name) for name in names} | chosen
    if not given["search"]:
        return None
    axes = values.sweep or recorded.get("axes")
    if axes or getattr(values, "shard", "") or getattr(values, "merge", False):
        raise ValueError("a search has neither axes of a grid nor shards")
    found = spaces.parse(config, given["search"])
    several = next((name for name in ("models", "networks") if getattr(config, name, None)), None)
    if several and len(getattr(config, several)) > 1 and several not in [one.path for one in found]:
        raise ValueError(f"a search is of one network: --set={several}=NAME, or --search={several}=NAME,NAME")
    spaces.optuna()
    study = os.path.abspath(given["study"]) if given["study"] else ""
    return Settings(config, tuple(given["search"]), given["at_once"], study)


def report(folder: pathlib.Path, wanted: Settings | None, grid, run_members: Callable, values) -> None:
    """Runs a search, or the points of a grid where there is none, and prints what came out."""
    if wanted is None:
        print(table.format_table(sweep.run(folder, grid, run_members, values.resume)))
    else:
        print(
            table.format_table(run(folder, wanted, values.points, values.judge, run_members, values.resume))
        )
    for name, path in (("best", folder / "best.json"), ("figure", folder / "sweep.png")):
        if path.exists():
            print(f"{name}: {path}")


def run(
    folder: pathlib.Path,
    wanted: Settings,
    points: int,
    judge: str,
    run_members: Callable[[pathlib.Path, Any, Sequence[int], Mapping[str, list[float]]], list[dict]],
    resume: bool,
) -> list[dict]:
    """Tries points until there are so many; writes table.md, table.json, sweep.png and best.json.

    Args:
      folder: of the run; each batch has a folder in it.
      wanted: see `settings`.
      points: how many, with those of other workers of the study.
      judge: column that is made large, or with "-" in front small.
      run_members: see `sweep.run`.
      resume: take the results that are there.

    Returns:
      rows of the table, of this worker's points.

    Raises:
      ValueError: where the table has no such column to judge by, or the study is of another search.
    """
    space = spaces.parse(wanted.base, wanted.search)
    study = studies.Study(folder, wanted, judge, space)
    rows: list[dict] = []
    known: dict[str, dict] = {}
    for place in map(folder.joinpath, (f"batch{n + 1}" for n in itertools.count())):
        asked = place / "asked.json"
        if not asked.exists():
            batch = [] if _all_known(space, known) else study.ask(wanted.at_once, points)
            if not batch:
                break
            files.write_json(asked, batch)
        batch = files.read_json(asked)
        study.check(batch, asked)
        _try(place, wanted.base, [one["settings"] for one in batch], known, run_members, resume)
        for one in batch:
            row = known[_key(one["settings"])]
            study.tell(one["number"], row)
            rows.append(row)
        table.write_table(folder, rows)
        study.write_best()
    study.write_best()
    if rows:
        tried = [sweep.Point({one.path: row[one.path] for one in space}, wanted.base) for row in rows]
        sweep.draw(folder, tried, rows)
    else:
        print("the study has as many points already", file=sys.stderr)
    return rows


def _try(place: pathlib.Path, base, batch: Sequence[Mapping], known: dict, run_members, resume: bool) -> None:
    """Puts the rows of settings that are not known yet into `known`."""
    new = {_key(one): one for one in batch if _key(one) not in known}
    fit: dict[str, sweep.Point] = {}
    for key, chosen in new.items():
        try:
            fit[key] = _point(base, chosen)
        except ValueError as error:  # settings that fit one by one, and not together
            print(f"note: {key}: {error}", file=sys.stderr, flush=True)
            known[key] = {**chosen, "trials": base.trials, "failed": base.trials}
    if fit:
        found = sweep.run(place, list(fit.values()), run_members, resume)
        known |= dict(zip(fit, found, strict=True))


def _key(chosen: Mapping[str, str]) -> str:
    return " ".join(f"{path}={value}" for path, value in sorted(chosen.items()))


def _all_known(space: Sequence[Space], known: Mapping) -> bool:
    """Whether there are no other settings than those that are known."""
    counts = [len(one.values) or (int(one.high - one.low) + 1 if one.whole else np.inf) for one in space]
    return len(known) >= np.prod(counts)


def _point(config, chosen: Mapping[str, str]) -> sweep.Point:
    return sweep.Point(
        chosen, configs.override(config, [f"{path}={value}" for path, value in chosen.items()])
    )
