"""How a training ends other than by being done; apart from JAX, so that the command line starts at once."""

import signal


class Interrupted(Exception):
    """A signal asked to stop; what was trained is in the checkpoint.

    Attributes:
      code: the exit code that shells give to this signal.
    """

    def __init__(self, signum: int, epoch: int):
        super().__init__(
            f"stopped by {signal.Signals(signum).name} after epoch {epoch}; the same command again continues"
        )
        self.code = 128 + signum


class Failed(RuntimeError):
    """No member can learn any more, by what its objective says."""
