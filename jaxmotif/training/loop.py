"""Time, files and signals around the jitted epoch."""

import contextlib
import dataclasses
import functools
import json
import math
import os
import pathlib
import signal
import time
from collections.abc import Mapping, Sequence
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import logging

from jaxmotif import files
from jaxmotif.errors import Failed, Interrupted
from jaxmotif.models import blocks
from jaxmotif.objectives.objective import Objective
from jaxmotif.training import devices, ensemble, segments, stream
from jaxmotif.training.callbacks import Callback
from jaxmotif.training.checkpoint import Checkpoint, Checkpoints
from jaxmotif.training.config import ScheduleConfig
from jaxmotif.training.progress import Progress
from jaxmotif.training.state import State
from jaxmotif.training.step import Epoch, make_epoch
from jaxmotif.training.together import Together, whole

# Validation parts of most sets are filled up to one size, since what is not data costs next to nothing there;
# those of the smallest to the smallest.
LEAST_VALID = 8192
# Seconds between looks at whether a validation has ended or a signal has come.
POLL = 2e-5, 5e-3


@dataclasses.dataclass(frozen=True)
class Members:
    """Who trains.

    Attributes:
      numbers: of the members in the whole ensemble; each one's randomness comes only from its number and
        `key`.
      key: root of the run's randomness.
      hyperparameters: name -> a value a member, of the optimiser or the objective, see
        `ensemble.init_members`.
      own_data: every member reads its own data, which then has a leading members axis.
    """

    numbers: Sequence[int]
    key: jax.Array
    hyperparameters: Mapping[str, Sequence[float]] | None = None
    own_data: bool = False


@dataclasses.dataclass(frozen=True)
class Run:
    """Where training runs and what it leaves.

    Attributes:
      directory: where `checkpoints/` and `metrics.jsonl` go; nothing is written if None.
      resume: continue from the newest checkpoint in `directory`, bit for bit as if never stopped.
      label: what progress calls it.
      quiet: no progress is shown.
      mode: see `ensemble.over_members`.
      devices: the members are spread over these; None takes all.
      data_devices: that share the batches of one member, see `ensemble.mesh_of`; None takes what the
        command was told, one where it was told nothing.
      callbacks: are told how training goes, next to progress and metrics.jsonl.
      segment_seconds: how long a segment of an epoch should take: what a signal waits for, and progress.
      save_seconds: after so long within an epoch a checkpoint is saved there.
      stream: whether training data stay on the host, of which rows are read ahead of the steps that need
        them, in the same order: "auto" if the devices do not hold them. No bit depends on it. None takes
        what the command was told, "auto" where it was told nothing.
    """

    directory: str | os.PathLike | None = None
    resume: bool = False
    label: str = "training"
    quiet: bool = False
    mode: str = "auto"
    devices: Sequence[jax.Device] | None = None
    data_devices: int | None = None
    callbacks: Sequence[Callback] = ()
    segment_seconds: float = 5.0
    save_seconds: float = 600.0
    stream: Literal["auto", "yes", "no"] | None = None


@contextlib.contextmanager
def _signals():
    """Collects SIGTERM, SIGINT and SIGHUP in a list instead of dying in the middle of a step."""
    caught: list[int] = []

    def handle(signum, _):
        if signum in caught:  # asked twice: do not insist on saving
            raise KeyboardInterrupt
        caught.append(signum)

    wanted = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        wanted.append(signal.SIGHUP)
    try:
        old = {s: signal.signal(s, handle) for s in wanted}
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
    """metrics.jsonl: one row an epoch. On a resume they come from the checkpoint, not from the file."""

    def __init__(self, path: pathlib.Path | None, rows: Sequence[dict] = ()):
        self.rows = list(rows)
        self._path = path
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
    schedule: ScheduleConfig,
    train_data,
    valid_data,
    members: Members,
    run: Run = Run(),
) -> tuple[State, list[dict]]:
    """Trains an ensemble and returns its stacked state and one row of metrics per epoch.

    Args:
      objective: what is minimised.
      optimizer: what turns gradients into updates.
      schedule: how long; which epoch is taken is left to `ensemble.variables`.
      train_data, valid_data: pytrees of arrays with a leading axis of rows.
      members: who trains.
      run: where, and what is left behind.

    Raises:
      ValueError: for data whose arrays differ in length, and such that cannot be streamed.
      FloatingPointError: if a loss is not finite, with member and step.
      Interrupted: after SIGTERM, SIGINT or SIGHUP, of any of the processes that train, once the state is
        saved.
      Failed: if the objective's validation says of every member that it has failed. Single members are
        stopped and reported; "failed" in the returned rows tells which.
    """
    numbers, own_data, label = members.numbers, members.own_data, run.label
    rows = check_rows(train_data, own_data, "training")
    valid_rows = check_rows(valid_data, own_data, "validation")
    directory = None if run.directory is None else pathlib.Path(run.directory)
    kept = directory is not None
    size = min(schedule.batch_size, rows)
    sharing = devices.data_devices if run.data_devices is None else run.data_devices
    mesh = ensemble.mesh_of(len(numbers), run.devices, sharing, size)
    together = Together(mesh)
    batch = jax.tree.map(lambda array: array[0, :1] if own_data else array[:1], train_data)
    state = ensemble.init_members(objective, optimizer, members.key, numbers, batch, members.hyperparameters)
    steps = rows // size
    state = _with_length(state, steps, schedule.epochs)
    with contextlib.ExitStack() as stack:
        checkpoints = None
        if directory is not None:
            checkpoints = stack.enter_context(Checkpoints(directory / "checkpoints", together))
        start = checkpoints.restore(state) if checkpoints and run.resume else None
        if start is None:
            start = Checkpoint(0, state, [])
        else:
            _check_same_hyperparameters(state, start.state)
        history = _History(
            directory / "metrics.jsonl" if directory and together.writes else None, start.history
        )
        counts, filled = (), rows
        if objective.counts_rows and not own_data:
            counts = (np.array([rows, valid_rows], np.int32),)
            # Fewer rows than a batch are one batch of their own size.
            if rows >= schedule.batch_size:
                filled = blocks.filled_size(rows)
            least = LEAST_VALID if valid_rows > blocks.SIZES[0] else 0
            valid_data = blocks.filled(valid_data, blocks.filled_size(valid_rows, least))
        choice, source = devices.stream if run.stream is None else run.stream, None
        streamed = stream.chosen(choice, objective, (train_data, valid_data), mesh, own_data)
        if streamed and rows > size:  # else all of them are one batch
            source, train_data = stream.Source(train_data, filled, size, mesh), ()
        elif filled > rows:
            train_data = blocks.filled(train_data, filled)
        read, shapes = (source.segments, source.shapes) if source else (segments.segments, None)
        state, (train_data, valid_data) = ensemble.place(
            start.state, (train_data, valid_data), mesh, own_data
        )
        program = schedule.own_program()
        functions = _compile_epoch(objective, optimizer, program, mesh, run.mode, own_data, shapes)
        progress = None
        if not run.quiet and together.writes:
            devices.announce()
            progress = Progress(label, schedule.epochs, rows * len(numbers), start=start.epoch)
            stack.callback(progress.close)
        caught, pace = stack.enter_context(_signals()), segments.Pace(run.segment_seconds, together)
        count = len(numbers)
        own = lambda tree: ensemble.of_members(tree, count, mesh)
        stopped_by = lambda: together.largest(caught[0] if caught else 0)[0]
        callbacks = run.callbacks if together.writes else ()
        epoch, done, saved = start.epoch, start.done, time.monotonic()
        for callback in callbacks:
            stack.callback(callback.end)
            callback.begin(label, numbers, steps, schedule.epochs, epoch)
        stopped = np.asarray(whole(own(state.stopped)))
        while epoch < schedule.epochs and not stopped.all():
            active = 1 - stopped.mean()
            plan, seen = functions.begin(state, train_data, *counts)
            if not _done_before(plan, caught, together):
                if checkpoints and epoch:  # else nothing is trained, or it is saved as it is
                    checkpoints.save(Checkpoint(epoch, own(state), list(history.rows), done, start.seen))
                    checkpoints.wait()
                raise Interrupted(caught[0], epoch, done, steps, kept)
            if done:
                seen = ensemble.placed(start.seen, mesh)
            under_way = segments.Part(state, seen, done)
            for part in read(functions.segment, under_way, plan, train_data, steps, pace):
                under_way = part
                if part.done == steps:
                    break
                found = whole(own(part.seen))
                _check_losses(found["loss"], numbers, epoch * steps)
                if progress or callbacks:  # else nothing but the losses comes to the host
                    told = _of_active(found, stopped, part.done)
                    if progress:
                        progress.within(told, part.done, steps)
                    for callback in callbacks:
                        callback.segment(epoch + 1, part.done, told)
                late = together.of_first(time.monotonic() - saved > run.save_seconds)
                signum = stopped_by()
                if checkpoints and (signum or late):
                    own_state, own_seen = own((part.state, part.seen))
                    checkpoints.save(Checkpoint(epoch, own_state, list(history.rows), part.done, own_seen))
                    saved = time.monotonic()
                if signum:
                    if checkpoints:
                        checkpoints.wait()
                    raise Interrupted(signum, epoch, part.done, steps, kept)
            state, metrics = functions.end(
                under_way.state, under_way.seen, valid_data, np.int32(steps), *counts
            )
            if not _done_before(metrics, caught, together):
                if checkpoints:
                    own_state, own_seen = own((under_way.state, under_way.seen))
                    checkpoints.save(Checkpoint(epoch, own_state, list(history.rows), steps, own_seen))
                    checkpoints.wait()
                raise Interrupted(caught[0], epoch, steps, steps, kept)
            epoch, done = epoch + 1, 0
            metrics, stopped = jax.device_get(whole(own((metrics, state.stopped))))
            _check_finite(metrics, numbers)
            history.add(epoch, metrics)
            if progress:
                progress.update(metrics, active)
            for callback in callbacks:
                callback.epoch(epoch, {k: np.asarray(v) for k, v in metrics.items() if k != "bad_step"})
            for member in np.flatnonzero(metrics["failed"] > 0) if together.writes else ():
                logging.warning(
                    "%s, member %s, epoch %d: %s", label, numbers[int(member)], epoch, objective.failure
                )
            last, signum = epoch == schedule.epochs or stopped.all(), stopped_by()
            if checkpoints and (last or signum or epoch % schedule.save_every == 0):
                # A copy: it is written while the next epoch runs.
                checkpoints.save(Checkpoint(epoch, own(state), list(history.rows)))
                saved = time.monotonic()
            if signum:
                if checkpoints:
                    checkpoints.wait()
                raise Interrupted(signum, epoch, kept=kept)
        if checkpoints:
            checkpoints.wait()
        if signum := stopped_by():  # after the last epoch
            raise Interrupted(signum, epoch, kept=kept)
    if caught and not together.several:  # while callbacks ended; several processes have agreed before
        raise Interrupted(caught[0], epoch, kept=kept)
    failed = {member for row in history.rows for member, flag in enumerate(row["failed"]) if flag > 0}
    if len(failed) == count:
        raise Failed(f"{label}: {objective.failure}")
    return whole(own(state)), history.rows


@functools.lru_cache(maxsize=ensemble.PROGRAMS)
def _compile_epoch(objective, optimizer, settings, mesh, mode, own_data, shapes=None) -> Epoch:
    spread = ensemble.split_batches(mesh)
    epoch = make_epoch(objective, optimizer, **dict(settings), spread=spread)
    shapes = None if shapes is None else jax.tree.unflatten(*shapes)
    return ensemble.compile_epoch(epoch, mesh, mode, own_data, shapes)


def _done_before(arrays, caught: Sequence[int], together: Together) -> bool:
    """Waits until arrays are computed; False as soon as a signal has come, while they still are.

    Several processes agree on signals after segments only: none leaves the others here.
    """
    if together.several:
        jax.block_until_ready(arrays)
        return True
    pause, most = POLL
    while not all(array.is_ready() for array in jax.tree.leaves(arrays)):
        if caught:
            return False
        time.sleep(pause)
        pause = min(2 * pause, most)
    return True


def _of_active(seen: Mapping, stopped: np.ndarray, done: int) -> dict[str, np.ndarray]:
    """Metrics of the steps that are made, (members, done); NaN of members that are stopped and make none."""
    return {name: np.where(stopped[:, None], np.nan, np.asarray(own)[:, :done]) for name, own in seen.items()}


def check_rows(data, own_data: bool, what: str) -> int:
    """Returns the number of rows of `data`, pytree of arrays with a leading axis of rows.

    Raises:
      ValueError: if its arrays differ in length, or have none.
    """
    axis = 1 if own_data else 0
    lengths = {
        jax.tree_util.keystr(path, simple=True, separator="/") or "data": array.shape[axis]
        for path, array in jax.tree_util.tree_leaves_with_path(data)
    }
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{count} {name}" for name, count in lengths.items())
        raise ValueError(f"{what} data differ in length: {listed}")
    if not lengths or not min(lengths.values()):
        raise ValueError(f"{what} data have no rows")
    return next(iter(lengths.values()))


def _with_length(state: State, steps: int, epochs: int) -> State:
    """Returns the state with the length of training where its optimiser holds it (`presets.optimizer`)."""
    held = getattr(state.opt_state, "hyperparams", {})
    told = {
        name: jnp.full_like(held[name], value)
        for name, value in (("steps_per_epoch", steps), ("epochs", epochs))
        if name in held
    }
    return state._replace(opt_state=state.opt_state._replace(hyperparams=held | told)) if told else state


def _check_same_hyperparameters(asked: State, found: State) -> None:
    """They lie in the state, which a checkpoint would silently bring back."""
    all_of = lambda state: {**getattr(state.opt_state, "hyperparams", {}), **state.held}
    before = all_of(found)
    for name, value in all_of(asked).items():
        old = np.asarray(before[name])
        if not np.array_equal(value, old):
            raise ValueError(
                f"the checkpoint was trained with {name} {old.tolist()}, "
                f"not with {np.asarray(value).tolist()}"
            )


def _check_losses(loss_ms: jax.Array, members: Sequence[int], before: int) -> None:
    """As `_check_finite`, of the losses of an epoch so far; steps that are not made yet have a loss of 0."""
    bad_ms = ~np.isfinite(np.asarray(loss_ms))
    for member, bad_s in zip(members, bad_ms, strict=True):
        if bad_s.any():
            raise FloatingPointError(
                f"loss of member {member} is not finite at step {before + bad_s.argmax()}"
            )


def _check_finite(metrics: dict, members: Sequence[int]) -> None:
    for member, step in zip(members, np.asarray(metrics["bad_step"]), strict=True):
        if step >= 0:
            raise FloatingPointError(f"loss of member {member} is not finite at step {step}")
