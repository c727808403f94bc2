"""What a person sees while a command computes: a bar on a terminal, plain lines elsewhere."""

import contextlib
import sys
import threading
import time
from collections.abc import Generator

import tqdm

PLAIN_INTERVAL = 10.0  # seconds between lines where there is no terminal
SHORT = 2.0  # seconds


class Progress:
    """How much of something is done, on stderr; how much there is may be unknown, or known about.

    The first line comes after `SHORT` seconds: what is over before needs none.
    """

    def __init__(self, label: str, unit: str, stream=None, about: bool = False):
        """`about`: whether how much there is will be an estimate."""
        self._label, self._unit, self._stream = label, unit, stream or sys.stderr
        self._what = "about " if about else ""
        self._bar: tqdm.tqdm | None = None
        self._begin = time.monotonic()
        self._next = self._begin + SHORT
        self._first: int | None = None
        self.done = 0

    def __call__(self, done: int, of: int | None = None) -> None:
        """Tells that `done` units are done, of `of` where that is known."""
        self.done = done
        if self._stream.isatty():
            if self._bar is None:
                self._bar = tqdm.tqdm(
                    total=of,
                    initial=done,
                    desc=self._label,
                    unit=self._unit,
                    unit_scale=of is None,
                    file=self._stream,
                )
            self._bar.update(done - self._bar.n)
            if done == of:
                self._bar.close()
            return
        now = time.monotonic()
        if self._first is None:
            self._first = done
        if now >= self._next or (done == of and now - self._begin >= SHORT):
            self._next = now + PLAIN_INTERVAL
            print(f"{self._label}: {done:,}{self._of(done, of, now)}", file=self._stream, flush=True)

    def _of(self, done: int, of: int | None, now: float) -> str:
        if of is None:
            return f" {self._unit}s"
        speed = (done - (self._first or 0)) / max(now - self._begin, 1e-9)
        left = f", {(of - done) / speed:.0f} s left" if speed and done < of else ""
        return f" of {self._what}{of:,} {self._unit}s{left}"

    def close(self) -> None:
        """Ends the bar where the number of units was not known."""
        if self._bar is not None:
            self._bar.close()


@contextlib.contextmanager
def step(what: str, about: float | None = None, stream=None) -> Generator[None]:
    """Tells on stderr what is done inside, if that takes longer than `SHORT` seconds.

    Args:
      what: is done.
      about: seconds that it will take, where that can be told.
      stream: to write to, in the place of stderr.
    """
    left = "" if about is None else f", about {max(about, SHORT):.0f} s"
    # A thread, since what is done inside has no units to count.
    timer = threading.Timer(SHORT, lambda: print(what + left, file=stream or sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
