"""What a person sees while a command computes: a bar on a terminal, plain lines elsewhere."""

import sys
import time

import tqdm

PLAIN_INTERVAL = 10.0  # seconds between lines where there is no terminal
SHORT = 2.0  # seconds


class Progress:
    """How much of something is done, on stderr; how much there is may be unknown."""

    def __init__(self, label: str, unit: str, stream=None):
        self._label, self._unit, self._stream = label, unit, stream or sys.stderr
        self._bar: tqdm.tqdm | None = None
        self._begin = self._last = time.monotonic()
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
        # What is over at once needs no line.
        if now - self._last >= PLAIN_INTERVAL or (done == of and now - self._begin >= SHORT):
            self._last = now
            print(f"{self._label}: {done:,}{self._of(done, of, now)}", file=self._stream, flush=True)

    def _of(self, done: int, of: int | None, now: float) -> str:
        if of is None:
            return f" {self._unit}s"
        speed = (done - (self._first or 0)) / max(now - self._begin, 1e-9)
        left = f", {(of - done) / speed:.0f} s left" if speed and done < of else ""
        return f" of {of:,} {self._unit}s{left}"

    def close(self) -> None:
        """Ends the bar where the number of units was not known."""
        if self._bar is not None:
            self._bar.close()
