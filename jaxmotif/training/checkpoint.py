"""Checkpoints of a stacked state with Orbax: the newest that can be read is the one that counts."""

import os
import pathlib

import jax
from absl import logging

from jaxmotif.training.state import State

FORMAT = 2
KEEP = 3


class Checkpoints:
    """The `checkpoints/` folder of a run; a context manager, since saving goes on in the background."""

    def __init__(self, directory: str | os.PathLike):
        # Here, since it is slow to import, and a run in memory has no checkpoints.
        import orbax.checkpoint as ocp

        self._ocp = ocp
        self._directory = pathlib.Path(directory).absolute()
        self._manager = ocp.CheckpointManager(
            self._directory, options=ocp.CheckpointManagerOptions(max_to_keep=KEEP, create=True)
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._manager.close()

    def save(self, epoch: int, state: State) -> None:
        """Saves `state` under its epoch; an epoch that is there already is left alone."""
        if epoch in self._manager.all_steps():
            return
        self._manager.save(
            epoch,
            args=self._ocp.args.Composite(
                state=self._ocp.args.StandardSave(state), meta=self._ocp.args.JsonSave({"format": FORMAT})
            ),
        )

    def wait(self) -> None:
        """Waits until everything is on disk."""
        self._manager.wait_until_finished()

    def restore(self, like: State) -> tuple[int, State] | None:
        """Returns the newest readable checkpoint as (epoch, state), or None if there is none.

        One that cannot be read is set aside as `damaged_<epoch>` with a warning, so that the epoch can
        be saved again, and the one before is tried.

        Raises:
          ValueError: if a checkpoint holds arrays of other shapes than `like`.
        """
        ocp = self._ocp
        abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        for epoch in sorted(self._manager.all_steps(), reverse=True):
            try:
                restored = self._manager.restore(
                    epoch,
                    args=ocp.args.Composite(
                        state=ocp.args.StandardRestore(abstract), meta=ocp.args.JsonRestore()
                    ),
                )
                form = restored["meta"]["format"]
            except Exception as error:  # whatever a half-written or bit-rotten file makes Orbax raise
                reason = str(error).strip().splitlines()
                logging.warning(
                    "checkpoint of epoch %d cannot be read (%s); trying the one before",
                    epoch,
                    reason[0][:200] if reason else type(error).__name__,
                )
                self._set_aside(epoch)
                continue
            if form != FORMAT:
                raise ValueError(f"checkpoint format is {form}, this version reads {FORMAT}")
            return epoch, restored["state"]
        return None

    def _set_aside(self, epoch: int) -> None:
        folder = self._directory / str(epoch)
        target = self._directory / f"damaged_{epoch}"
        if folder.exists() and not target.exists():
            folder.rename(target)
        self._manager.reload()
