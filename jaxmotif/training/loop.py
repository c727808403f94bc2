"""Time, files and signals around the jitted epoch."""

import contextlib
import json
import math
import os
import pathlib
import signal
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
import optax
from absl import logging

from jaxmotif import files
from jaxmotif.errors import Failed, Interrupted
from jaxmotif.objectives.objective import Objective
from jaxmotif.training import ensemble
from jaxmotif.training.checkpoint import Checkpoints
from jaxmotif.training.progress import Progress
from jaxmotif.training.state import State
from jaxmotif.training.step import make_epoch


class Schedule(NamedTuple):
    """How long and in which portions to train."""

    epochs: int
    batch_size: int
    patience: int = 0  # 0: never stop early; the best epoch is kept all the same
    save_every: int = 10


@contextlib.contextmanager
def _signals():
    """Collects SIGTERM and SIGINT in a list instead of dying in the middle of an epoch."""
    caught: list[int] = []

    def handle(signum, _):
        if signum in caught:  # asked twice: do not insist on saving
            raise KeyboardInterrupt
        caught.append(signum)

    try:
        old = {s: signal.signal(s, handle) for s in (signal.SIGTERM, signal.SIGINT)}
    except ValueError:  # not the main thread: the embedding program owns the signals
        old = {}
    try:
        yield caught
    finally:
        for signum, handler in old.items():
            signal.signal(signum, handler)


def _number(value) -> float | int | None:
    value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


class _History:
    """metrics.jsonl: one row an epoch; rows after the restored epoch are forgotten on a resume."""

    def __init__(self, path: pathlib.Path | None, epoch: int):
        self.rows: list[dict] = []
        self._path = path
        if path is not None and path.exists() and epoch:
            rows = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
            self.rows = [row for row in rows if row["epoch"] <= epoch]
        if path is not None:
            files.write_text(path, "".join(json.dumps(row) + "\n" for row in self.rows))

    def add(self, epoch: int, metrics: dict) -> None:
        row = {"epoch": epoch} | {
            name: [_number(v) for v in np.asarray(value)]
            for name, value in metrics.items()
            if name != "bad_step"
        }
        self.rows.append(row)
        if self._path is not None:
            with self._path.open("a") as stream:
                stream.write(json.dumps(row) + "\n")


def train(
    objective: Objective,
    optimizer: optax.GradientTransformation,
    schedule: Schedule,
    key: jax.Array,
    members: Sequence[int],
    train_data,
    valid_data,
    *,
    directory: str | os.PathLike | None = None,
    resume: bool = False,
    hyperparameters: Mapping[str, Sequence[float]] | None = None,
    own_data: bool = False,
    mode: str = "auto",
    devices: Sequence[jax.Device] | None = None,
    label: str = "training",
    quiet: bool = False,
) -> tuple[State, list[dict]]:
    """Trains an ensemble and returns its stacked state and one row of metrics an epoch.

    Args:
      members: numbers of the members in the whole ensemble; each one's randomness comes from its
        number alone.
      train_data, valid_data: pytrees of arrays with a leading axis of rows.
      directory: where `checkpoints/` and `metrics.jsonl` go; nothing is written if None.
      resume: continue from the newest checkpoint in `directory`, bit for bit as if never stopped.
      hyperparameters: see `ensemble.init_members`.
      own_data: every member reads its own data, which then has a leading members axis.
      mode: see `ensemble.over_members`.
      devices: the members axis is spread over as many of these as divide it.

    Raises:
      FloatingPointError: if a loss is not finite, with member and step.
      Interrupted: after SIGTERM or SIGINT, once the state is saved.
      Failed: if the objective's validation says of every member that it has failed. Single members are
        stopped and reported; "failed" in the returned rows tells which.
    """
    mesh = ensemble.member_mesh(len(members), devices)
    batch = jax.tree.map(lambda array: array[0, :1] if own_data else array[:1], train_data)
    state = ensemble.init_members(objective, optimizer, key, members, batch, hyperparameters)
    with contextlib.ExitStack() as stack:
        checkpoints = None
        if directory is not None:
            directory = pathlib.Path(directory)
            checkpoints = stack.enter_context(Checkpoints(directory / "checkpoints"))
        restored = checkpoints.restore(state) if checkpoints and resume else None
        if restored:
            _check_same_hyperparameters(state, restored[1])
        epoch, state = restored or (0, state)
        history = _History(directory / "metrics.jsonl" if directory else None, epoch)
        state, (train_data, valid_data) = ensemble.place(state, (train_data, valid_data), mesh, own_data)
        run = ensemble.compile_epoch(
            make_epoch(objective, optimizer, batch_size=schedule.batch_size, patience=schedule.patience),
            mesh,
            mode,
            own_data,
        )
        rows = jax.tree.leaves(train_data)[0].shape[1 if own_data else 0]
        progress = None
        if not quiet:
            progress = Progress(label, schedule.epochs, rows * len(members), start=epoch)
            stack.callback(progress.close)
        caught = stack.enter_context(_signals())
        stopped = np.asarray(state.stopped)
        while epoch < schedule.epochs and not stopped.all():
            active = 1 - stopped.mean()
            state, metrics = run(state, train_data, valid_data)
            epoch += 1
            metrics, stopped = jax.device_get((metrics, state.stopped))
            _check_finite(metrics, members)
            history.add(epoch, metrics)
            if progress:
                progress.update(metrics, active)
            for member in np.flatnonzero(metrics["failed"] > 0):
                logging.warning(
                    "%s, member %s, epoch %d: %s", label, members[member], epoch, objective.failure
                )
            last = epoch == schedule.epochs or stopped.all()
            if checkpoints and (last or caught or epoch % schedule.save_every == 0):
                checkpoints.save(epoch, state)
            if caught:
                if checkpoints:
                    checkpoints.wait()
                raise Interrupted(caught[0], epoch)
        if checkpoints:
            checkpoints.wait()
    failed = {member for row in history.rows for member, flag in enumerate(row["failed"]) if flag > 0}
    if len(failed) == len(members):
        raise Failed(f"{label}: {objective.failure}")
    return state, history.rows


def _check_same_hyperparameters(asked: State, found: State) -> None:
    """They lie in the optimiser's state, which a checkpoint would silently bring back."""
    for name, value in getattr(asked.opt_state, "hyperparams", {}).items():
        old = np.asarray(found.opt_state.hyperparams[name])
        if not np.array_equal(value, old):
            raise ValueError(
                f"the checkpoint was trained with {name} {old.tolist()}, not with {np.asarray(value).tolist()}"
            )


def _check_finite(metrics: dict, members: Sequence[int]) -> None:
    for member, step in zip(members, np.asarray(metrics["bad_step"]), strict=True):
        if step >= 0:
            raise FloatingPointError(f"loss of member {member} is not finite at step {step}")
