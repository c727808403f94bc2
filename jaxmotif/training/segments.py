"""Epochs cut into segments of steps, so that long ones can be watched, interrupted and saved on the way.

How an epoch is cut changes no bit of its result: the same compiled loop runs from one step to another.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax

from jaxmotif.training.together import ALONE, Together

# A segment has one step at first, which may be a long one of many members, then so many as take about
# `Pace.seconds`; it grows by this at most.
FIRST = 1
GROWTH = 8


class Pace:
    """How many steps a segment has.

    Args:
      seconds: that a segment should take: what a signal waits at most, more or less.
      together: who has segments of one length: process 0's clock is everybody's.
    """

    def __init__(self, seconds: float, together: Together = ALONE):
        self.steps = FIRST
        self._seconds, self._together = seconds, together
        self._compiled = False
        self._began = time.monotonic()

    def begin(self) -> None:
        """Starts the clock of a segment."""
        self._began = time.monotonic()

    def end(self, steps: int) -> None:
        """Takes note of a segment that is done; the first one tells nothing, since it compiles."""
        if self._compiled:
            each = max((time.monotonic() - self._began) / steps, 1e-9)
            steps = max(1, min(int(self._seconds / each), GROWTH * self.steps))
            self.steps = self._together.of_first(steps)
        self._compiled = True


class Part(NamedTuple):
    """An epoch under way.

    Attributes:
      state: of all members.
      seen: metrics of every step so far, see `step.Epoch`.
      done: steps.
    """

    state: Any
    seen: dict[str, jax.Array]
    done: int


def segments(segment: Callable, part: Part, plan, train, steps: int, pace: Pace) -> Iterator[Part]:
    """Yields what an epoch is after each segment, the last time after all of its steps.

    Args:
      segment: see `step.Epoch`; it gives up the buffers of what it gets.
      part: where to begin.
      plan, train: what is read.
      steps: of the whole epoch.
      pace: of the segments. Only an epoch of several waits for the device after each.
    """
    state, seen, done = part
    while done < steps:
        last = min(done + pace.steps, steps)
        pace.begin()
        state, seen = segment(state, seen, plan, train, done, last)
        if last - done < steps:
            jax.block_until_ready(seen)
            pace.end(last - done)
        done = last
        yield Part(state, seen, done)
