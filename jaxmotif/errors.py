"""How a run ends other than by being done; apart from JAX, so that the command line starts at once."""

import errno
import os
import signal


class Interrupted(Exception):
    """A signal asked to stop; what was trained is in the checkpoint of a run that has a directory.

    Attributes:
      code: the exit code that shells give to this signal.
    """

    def __init__(self, signum: int, epoch: int, done: int = 0, steps: int = 0, kept: bool = True):
        place = f"after epoch {epoch}" + (f" and {done:,} of {steps:,} steps of the next" if done else "")
        then = "the same command again continues" if kept else "there is no directory that would have kept it"
        super().__init__(f"stopped by {signal.Signals(signum).name} {place}; {then}")
        self.code = 128 + signum


class Failed(RuntimeError):
    """A command ends without what it was for: no member learns any more, or a check found faults."""


class Lost(RuntimeError):
    """Another process of a run that several do together is gone."""


def unwritable(path: str | os.PathLike, error: OSError) -> ValueError | OSError:
    """Returns what to raise where a file or folder cannot be made.

    A place that cannot be written is bad input (ValueError); a full disk is not (OSError).
    """
    text = f"cannot write {path}: {error.strerror or error}"
    return OSError(text) if error.errno in (errno.ENOSPC, errno.EDQUOT) else ValueError(text)
