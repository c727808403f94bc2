"""Which way convolutions are computed: the one place where it is chosen."""

import contextlib
import contextvars
import sys

from jaxmotif.config import one_of

CHOICES = ("auto", "lax", "unfold")
# Shifted copies that are too many, for kernels so wide.
MOST_COPIES = 512
_chosen = "auto"
_WHOLE = contextvars.ContextVar("whole", default=False)


def choose(choice: str) -> None:
    """Sets the way of all convolutions of this process: --convolution.

    "lax" is XLA's convolution, "unfold" shifted copies and one matrix product, "auto" the one that is faster
    on a CPU, see `way`. Both give the same values and gradients, up to the order of sums. What was compiled
    another way is dropped.

    Raises:
      ValueError: for another choice.
    """
    global _chosen
    one_of("convolution", choice, CHOICES)
    if choice != _chosen and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    _chosen = choice


def chosen() -> str:
    """Returns what `choose` has set, "auto" at first."""
    return _chosen


def way(kernel: int) -> str:
    """Returns "lax" or "unfold" for kernels so wide.

    "auto" unfolds on a CPU, where XLA's convolution inside a loop body runs on one core and where a vmapped
    kernel becomes a grouped convolution; it is lax elsewhere, where neither was measured, and for kernels so
    wide that as many copies would be too many.
    """
    if _chosen != "auto":
        return _chosen
    import jax  # here: commands read this module before they know whether they compute

    return "unfold" if jax.default_backend() == "cpu" and kernel <= MOST_COPIES else "lax"


def is_whole() -> bool:
    """Returns whether a program is traced for those who read it, see `whole`."""
    return _WHOLE.get()


@contextlib.contextmanager
def whole():
    """Makes a convolution one operation of JAX while a program is traced, for those who read programs."""
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)
