"""What is told to others while networks train: one hook per segment, one per epoch.

metrics.jsonl and the lines on stderr are always there; what this module has comes on top of them.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class Callback:
    """Is told how training goes; subclass it and override what you want to know.

    Nothing that it is given is used again, and what it raises ends the training, whose checkpoints stay.
    Networks are not handed out: they may lie on other devices, and take memory.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> class Losses(jm.Callback):
      ...     def epoch(self, epoch, metrics):
      ...         print(epoch, metrics["valid/loss"].shape)
      >>> codes = np.random.default_rng(0).integers(0, 4, (60, 50), np.uint8)
      >>> data = (codes, codes[:, 25] == 2)
      >>> net = jm.fit(data, "CNN-25 (4)", seeds=2, epochs=2, quiet=True, callbacks=[Losses()])
      1 (2,)
      2 (2,)
    """

    def begin(self, label: str, members: Sequence[int], steps: int, epochs: int, done: int) -> None:
        """Is called first: what trains, numbers of its members, steps of an epoch, epochs, epochs done."""

    def segment(self, epoch: int, done: int, seen: Mapping[str, np.ndarray]) -> None:
        """Is called within epochs of several segments: `seen` has (members, done) of every step's metric.

        `epoch` counts from 1, as in `epoch`. Members that are stopped have NaN.
        """

    def epoch(self, epoch: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Is called after every epoch, from 1: metrics (members,), as in metrics.jsonl."""

    def end(self) -> None:
        """Is called last, after an interruption or an error too."""


class TensorBoard(Callback):
    """Writes event files for TensorBoard, by tensorboardX.

    Metrics of epochs go by steps made: METRIC, the mean over members; METRIC/MEMBER where there are several.
    """

    def __init__(self, folder: str | os.PathLike):
        """Makes a writer of a folder.

        Raises:
          ValueError: where tensorboardX is not installed.
        """
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ValueError(
                f"event files need tensorboardX ({error}): pip install 'jaxmotif[tensorboard]'"
            ) from None
        self._writer: Any = SummaryWriter(os.fspath(folder))
        self._members: Sequence[int] = ()
        self._steps = self._told = 0

    def begin(self, label, members, steps, epochs, done):
        """Notes whose numbers come."""
        self._members, self._steps, self._told = members, steps, done * steps
        self._writer.add_text("label", label, self._told)

    def segment(self, epoch, done, seen):
        """Writes the means of the steps since it was last told."""
        begun = (epoch - 1) * self._steps
        new = slice(max(self._told - begun, 0), done)
        self._write(
            {f"step/{name}": np.asarray(value)[:, new].mean(1) for name, value in seen.items()}, begun + done
        )
        self._told = begun + done

    def epoch(self, epoch, metrics):
        """Writes what an epoch has found."""
        self._write(metrics, epoch * self._steps)
        self._told = epoch * self._steps
        self._writer.flush()

    def end(self):
        """Closes the files."""
        self._writer.close()

    def _write(self, metrics: Mapping[str, np.ndarray], step: int) -> None:
        for name, value in metrics.items():
            value = np.asarray(value, float)
            if not np.isfinite(value).any():
                continue
            self._writer.add_scalar(name, float(np.nanmean(value)), step)
            if len(self._members) > 1:
                for number, own in zip(self._members, value, strict=True):
                    if not np.isnan(own):  # of a member that is stopped
                        self._writer.add_scalar(f"{name}/{number}", float(own), step)
