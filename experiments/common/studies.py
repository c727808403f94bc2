"""Optuna's side of a search: a study in a journal file, which workers on many machines may share."""

import pathlib
import random
import uuid
from collections.abc import Mapping, Sequence

from experiments.common import spaces
from jaxmotif import config as configs
from jaxmotif import files


class Study:
    """What was tried and how good it was.

    A study is of one search: another base, other ranges or another column to judge by are refused.
    """

    def __init__(self, folder: pathlib.Path, wanted, judge: str, space: Sequence):
        self.optuna = spaces.optuna()
        self.folder, self.wanted, self.space = folder, wanted, space
        self.sign = -1 if judge.startswith("-") else 1
        self.judge, self.column = judge, judge.removeprefix("-")
        self.journal = pathlib.Path(wanted.study) if wanted.study else folder / "study.log"
        if not self.journal.parent.is_dir():
            raise ValueError(f"--study: there is no folder {self.journal.parent}")
        try:
            backend = self.optuna.storages.journal.JournalFileBackend(str(self.journal))
            self.study = self.optuna.create_study(
                storage=self.optuna.storages.JournalStorage(backend),
                study_name="search",
                direction="maximize",
                load_if_exists=True,
            )
        except (ValueError, KeyError, OSError) as error:
            raise ValueError(f"{self.journal} cannot be read as a journal of Optuna: {error}") from None
        self._of_this_search("search", {"base": configs.to_dict(wanted.base), "search": [*wanted.search]})

    def ask(self, at_once: int, points: int) -> list[dict]:
        """Returns numbers and settings of what to try next, [] where the study has so many points.

        What was asked for by a run that ended before it was written down comes first.
        """
        worker, known = self._worker(), self._asked()
        running = self.optuna.trial.TrialState.RUNNING
        found = {
            one.number: one.params
            for one in self._trials()
            if one.state == running and one.user_attrs.get("worker") == worker and one.number not in known
        }
        distributions = {one.path: self._distribution(one) for one in self.space}
        for _ in range(min(at_once - len(found), points - len(self._trials()))):
            # Of what is there, so that it does not hang on where a run was interrupted.
            seed = f"{self.wanted.base.seed} {len(self._trials())} {worker if self.wanted.study else ''}"
            number = random.Random(seed).getrandbits(32)
            self.study.sampler = self.optuna.samplers.TPESampler(seed=number)
            trial = self.study.ask(distributions)
            trial.set_user_attr("worker", worker)
            found[trial.number] = trial.params
        return [{"number": n, "settings": spaces.text(self.space, one)} for n, one in found.items()]

    def check(self, batch: Sequence[Mapping], asked: pathlib.Path) -> None:
        """Checks that the study has a batch's points; ValueError where it was removed, or is another one."""
        if not {one["number"] for one in batch} <= {one.number for one in self._trials()}:
            raise ValueError(
                f"{self.journal} has no such points as {asked}: it was removed, or is another one"
            )

    def tell(self, number: int, row: Mapping) -> None:
        """Tells how good a point was, or that nothing was learned there.

        Raises:
          ValueError: where the table has no column of that name, or the study has been told another one.
        """
        if row["failed"] == row["trials"]:
            self.study.tell(number, state=self.optuna.trial.TrialState.FAIL, skip_if_finished=True)
            return
        if not isinstance(row.get(self.column), Mapping):
            names = [name for name, value in row.items() if isinstance(value, Mapping)]
            raise ValueError(f"--judge: the table has no column {self.column!r}; columns: {', '.join(names)}")
        self._of_this_search("judge", self.judge)
        self.study.tell(number, self.sign * row[self.column]["mean"], skip_if_finished=True)

    def write_best(self) -> None:
        """Writes the best point of all workers, and the flags that make it beside those of the command."""
        done = [one for one in self._trials() if one.value is not None]
        if not done:
            return
        best = max(done, key=lambda one: one.value)
        chosen = spaces.text(self.space, best.params)
        found = {self.column: self.sign * best.value, "points": len(done), "settings": chosen}
        given = [f"--set={path}={value}" for path, value in chosen.items()]
        files.write_json(self.folder / "best.json", {**found, "flags": given})

    def _trials(self) -> list:
        return self.study.get_trials(deepcopy=False)

    def _of_this_search(self, name: str, value) -> None:
        known = self.study.user_attrs.get(name)
        if known is None:
            self.study.set_user_attr(name, value)
        elif known != value:
            raise ValueError(
                f"{self.journal} is the study of another search ({name} differs): give another --study, or "
                "another --workdir"
            )

    def _worker(self) -> str:
        """A name of the folder that no folder of another machine has."""
        path = self.folder / "worker.json"
        if not path.exists():
            files.write_json(path, uuid.uuid4().hex)
        return files.read_json(path)

    def _asked(self) -> set[int]:
        paths = self.folder.glob("batch*/asked.json")
        return {one["number"] for path in paths for one in files.read_json(path)}

    def _distribution(self, space):
        kinds = self.optuna.distributions
        if space.values:
            return kinds.CategoricalDistribution(space.values)
        if space.whole:
            return kinds.IntDistribution(int(space.low), int(space.high), log=space.log)
        return kinds.FloatDistribution(space.low, space.high, log=space.log)
