"""What a person sees while a network trains: a bar on a terminal, plain lines elsewhere."""

import sys
import time

import numpy as np
import tqdm

PLAIN_INTERVAL = 10.0  # seconds between lines where there is no terminal
LATEST = 100  # steps whose mean loss is told within an epoch


class Progress:
    """Epochs done, loss, validation AUROC or information, sequences per second and time left, on stderr."""

    def __init__(self, label: str, epochs: int, sequences: int, start: int = 0, stream=None):
        """`sequences` is the number of sequences of one epoch over all members."""
        self._stream = stream or sys.stderr
        self._label, self._epochs, self._sequences = label, epochs, sequences
        self._done = start
        self._bar = None
        if self._stream.isatty():
            self._bar = tqdm.tqdm(total=epochs, initial=start, desc=label, unit="epoch", file=self._stream)
        self._first: tuple[float, int] | None = None
        self._last_line: float | None = None
        # When the epoch under way was at which step; the first one compiles, and counts from its first part.
        self._began: tuple[float, int] | None = None
        self._active = 1.0

    def update(self, metrics: dict, active: float = 1.0) -> None:
        """Reports one epoch; metrics are of the host, (members,), `active` is the share still training."""
        now = time.monotonic()
        self._done += 1
        self._began, self._active = (now, 0), active
        # The first epoch compiles, so the clock starts at its end.
        if self._first is None:
            self._first, rate = (now, self._done), None
        else:
            rate = (self._done - self._first[1]) / max(now - self._first[0], 1e-9)
        parts = {"loss": _mean(metrics, "train/loss"), "valid": _mean(metrics, "valid/loss")}
        if "valid/auroc" in metrics:
            parts["AUROC"] = _mean(metrics, "valid/auroc")
        if "valid/estimate" in metrics:
            parts["estimate"] = _mean(metrics, "valid/estimate")
            parts["of"] = _mean(metrics, "valid/ceiling")
        if _mean(metrics, "valid/collapsed") > 0:
            parts["collapsed"] = _mean(metrics, "valid/collapsed")
        text = " ".join(f"{name} {value:.4f}" for name, value in parts.items())
        if rate:
            text += f" {rate * self._sequences * active:,.0f} seq/s"
        if self._bar is not None:
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(1)
        elif self._last_line is None or now - self._last_line >= PLAIN_INTERVAL or self._done == self._epochs:
            left = f" ETA {(self._epochs - self._done) / rate:.0f} s" if rate else ""
            print(
                f"{self._label}: epoch {self._done}/{self._epochs} {text}{left}",
                file=self._stream,
                flush=True,
            )
            self._last_line = now

    def within(self, seen: dict, done: int, steps: int) -> None:
        """Reports a part of an epoch, in plain lines not oftener than others; `seen` is (members, steps)."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
            rate = None
        else:
            rate = (done - self._began[1]) / max(now - self._began[0], 1e-9)
        if self._bar is None and self._last_line is not None and now - self._last_line < PLAIN_INTERVAL:
            return
        losses = np.asarray(seen["loss"])[:, :done]
        text = f"loss {float(np.nanmean(losses[:, -LATEST:])):.4f}"
        if rate:
            text += f" {rate * self._sequences * self._active / steps:,.0f} seq/s"
        share = f"{100 * done / steps:.1f} %"
        if self._bar is not None:
            self._bar.set_postfix_str(f"{share} {text}")
            return
        left = (
            f" ETA {(steps - done) / rate + (self._epochs - self._done - 1) * steps / rate:.0f} s"
            if rate
            else ""
        )
        print(
            f"{self._label}: epoch {self._done + 1}/{self._epochs}, {share}: {text}{left}",
            file=self._stream,
            flush=True,
        )
        self._last_line = now

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _mean(metrics: dict, name: str) -> float:
    values = np.asarray(metrics.get(name, np.nan), float)
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
