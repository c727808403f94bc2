"""Checkpoints of a stacked state with Orbax: the newest that is whole is the one that counts."""

import contextlib
import json
import os
import pathlib
import shutil
import zlib
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from jaxmotif import processes
from jaxmotif.files import one_line
from jaxmotif.training.state import State
from jaxmotif.training.together import ALONE, Together, whole

FORMAT = 4
KEEP = 3
WITHIN = "within"
_FULL = 1 << 20


class Checkpoint(NamedTuple):
    """What a checkpoint holds.

    Attributes:
      epoch: epochs trained.
      state: of all members.
      history: one row of metrics for each of these epochs.
      done: steps of the next epoch.
      seen: metrics of these steps, {name: (members, steps)}; none where none are done.
    """

    epoch: int
    state: State
    history: list[dict]
    done: int = 0
    seen: Any = None


class Checkpoints:
    """The `checkpoints/` folder of a run; a context manager, since saving goes on in the background.

    Whole epochs lie in folders called by their number; what was saved within an epoch lies in `within/`,
    called by the number of steps. Several processes write one checkpoint together, each its part of the
    arrays that they share; process 0 reads.

    Raises:
      ValueError: for one of several processes that trains by itself.
    """

    def __init__(self, directory: str | os.PathLike, together: Together = ALONE):
        if jax.process_count() > 1 and not together.several:
            raise ValueError("where there are several processes, checkpoints are of what all train together")
        folder = pathlib.Path(directory).absolute()
        self._together = together
        self._whole = _Store(folder, KEEP, together)
        # Few runs have epochs so long: made when it is needed.
        begun = together.of_first((folder / WITHIN).exists())
        self._within = _Store(folder / WITHIN, 1, together) if begun else None
        self._folder = folder

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        # What is under way would wait for another process, which may be what is gone.
        if kind and self._together.several and not issubclass(kind, processes.AGREED):
            return
        # What ends the run already is what is to be told.
        with contextlib.suppress(Exception) if kind else contextlib.nullcontext():
            for store in self._stores():
                store.close()

    def save(self, checkpoint: Checkpoint) -> None:
        """Saves a state under its epoch, or its step within one; what is there already is left alone.

        A checksum of every array, and one of them all with the history, are saved with it: the arrays are
        compressed on disk, where one wrong bit makes an array of nonsense.

        Raises:
          OSError: if it cannot be written, or one before could not be.
        """
        if self._together.several:
            self.wait()  # two folders that are written at once would meet at the barriers of Orbax
        if not checkpoint.done:
            self._whole.save(checkpoint.epoch, checkpoint)
            return
        if self._within is None:
            self._within = _Store(self._folder / WITHIN, 1, self._together)
        self._within.save(int(np.asarray(checkpoint.state.step).max()), checkpoint)

    def wait(self) -> None:
        """Waits until everything is on disk. Raises OSError if something cannot be written."""
        for store in self._stores():
            store.wait()

    def restore(self, like: State) -> Checkpoint | None:
        """Returns the newest checkpoint that is whole, or None if there is none.

        One that cannot be read, or whose checksums are not those of its content, is set aside as
        `damaged_<epoch>` (and _2, _3, ...) with a warning, so that the epoch can be saved again, and the one
        before is tried.

        Raises:
          ValueError: if a checkpoint holds arrays of other shapes than `like`, or is of another version.
        """
        found = self._together.by_first(
            lambda: [one for store in self._stores() if (one := store.restore(like))]
        )
        for store in self._stores():
            store.look_again()
        # Steps of an epoch that was finished later are of no use.
        return max(found, key=lambda one: (one.epoch, one.done), default=None)

    def _stores(self) -> "list[_Store]":
        return [self._whole, *([self._within] if self._within else [])]


class _Store:
    """A folder of Orbax' checkpoints, called by a number that grows."""

    def __init__(self, directory: pathlib.Path, keep: int, together: Together):
        # Here, since it is slow to import, and a run in memory has no checkpoints.
        import orbax.checkpoint as ocp

        self._ocp = ocp
        self._directory, self._together = directory, together
        with self._writing():
            self._manager = ocp.CheckpointManager(
                self._directory, options=ocp.CheckpointManagerOptions(max_to_keep=keep, create=True)
            )
        self._reader = self._manager
        if together.several and together.writes:  # of process 0 only: the others are told
            only = ocp.options.MultiprocessingOptions(
                primary_host=0, active_processes={0}, barrier_sync_key_prefix="reader"
            )
            self._reader = ocp.CheckpointManager(
                self._directory,
                options=ocp.CheckpointManagerOptions(create=False, multiprocessing_options=only),
            )

    def close(self) -> None:
        with self._writing():
            self._manager.close()

    def save(self, number: int, checkpoint: Checkpoint) -> None:
        if self._together.of_first(number in self._manager.all_steps()):
            return
        own = (checkpoint.state, checkpoint.seen) if checkpoint.done else checkpoint.state
        meta = {"format": FORMAT, "checksums": checksums(own), "history": checkpoint.history}
        if checkpoint.done:
            meta |= {"epoch": checkpoint.epoch, "done": checkpoint.done, "seen": _shapes(checkpoint.seen)}
        args = self._ocp.args
        with self._writing():
            self._manager.save(
                number,
                args=args.Composite(
                    state=args.StandardSave(own),
                    meta=args.JsonSave({**meta, "checksum": _checksum(meta)}),
                ),
            )

    def wait(self) -> None:
        with self._writing():
            self._manager.wait_until_finished()

    def look_again(self) -> None:
        """Takes note of what process 0 has set aside."""
        if self._together.several:
            self._manager.reload()

    def restore(self, like: State) -> Checkpoint | None:
        for number in sorted(self._reader.all_steps(), reverse=True):
            try:
                found = self._read(number, like)
            except Exception as error:  # whatever a half-written or bit-rotten file makes Orbax raise
                target = self._set_aside(number)
                logging.warning(
                    "checkpoint of %s %d cannot be read (%s); set aside as %s, trying the one before",
                    "step" if self._directory.name == WITHIN else "epoch",
                    number,
                    one_line(error),
                    target,
                )
                continue
            if isinstance(found, Checkpoint):
                return found
            raise ValueError(
                f"{self._directory}: checkpoint format is {found}, this version reads {FORMAT}; start over "
                "with --noresume"
            )
        return None

    def _read(self, number: int, like: State) -> Checkpoint | int:
        """The checkpoint of a number, or its format if that is another."""
        args = self._ocp.args
        # The small part first: a state of another version may have other arrays.
        meta = self._reader.restore(number, args=args.Composite(meta=args.JsonRestore()))["meta"]
        own = meta.pop("checksum", None)
        if meta["format"] != FORMAT and (own is None or own == _checksum(meta)):
            return meta["format"]
        if own != _checksum(meta):
            raise ValueError("its description was changed")
        abstract = jax.tree.map(self._ocp.utils.to_shape_dtype_struct, like)
        if "done" in meta:
            # Where to: those of what was saved may be devices of other processes.
            here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
            seen = meta["seen"].items()
            shapes = {n: jax.ShapeDtypeStruct(shape, kind, sharding=here) for n, (shape, kind) in seen}
            abstract = (abstract, shapes)
        restored = self._reader.restore(number, args=args.Composite(state=args.StandardRestore(abstract)))
        found = restored["state"]
        now = checksums(found)
        wrong = [name for name, value in now.items() if meta["checksums"].get(name) != value]
        if wrong or len(now) != len(meta["checksums"]):
            raise ValueError(f"{len(wrong)} of {len(now)} arrays are not what was saved, {wrong[:1]}")
        if "done" in meta:
            return Checkpoint(meta["epoch"], found[0], meta["history"], meta["done"], found[1])
        return Checkpoint(number, found, meta["history"])

    def _set_aside(self, number: int) -> str:
        folder = self._directory / str(number)
        count, target = 1, self._directory / f"damaged_{number}"
        while target.exists():
            count += 1
            target = self._directory / f"damaged_{number}_{count}"
        if folder.exists():
            folder.rename(target)
        self._reader.reload()
        return target.name

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        """Whatever Orbax raises where a disk is full, or not to be written, is one OSError."""
        try:
            yield
        except Exception as error:
            reason = one_line(error)
            with contextlib.suppress(OSError):
                if shutil.disk_usage(self._directory).free < _FULL:
                    reason = "no space left on device"
            raise OSError(f"{self._directory} cannot be written: {reason}") from None


def _shapes(arrays: Mapping[str, jax.Array]) -> dict[str, list]:
    """Shape and type of each array, as JSON holds them."""
    return {name: [list(array.shape), array.dtype.name] for name, array in arrays.items()}


def checksums(state) -> dict[str, int]:
    """Returns a CRC-32 of every array of a state, a pytree, with its type and shape, by path."""
    raw = lambda leaf: jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
    found = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(jax.device_get(jax.tree.map(raw, whole(state)))):
        array = np.ascontiguousarray(leaf)
        kind = zlib.crc32(f"{array.dtype} {array.shape}".encode())
        found[jax.tree_util.keystr(path, simple=True, separator="/")] = zlib.crc32(array.tobytes(), kind)
    return found


def _checksum(meta: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(meta, sort_keys=True).encode())
