"""Tests of what is said of a network that trains: speeds and times left by a clock that is set by hand."""

import io
import re

import numpy as np
import pytest

from jaxmotif.training import progress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    return Clock


def test_parts_of_epochs_tell_the_speed_that_there_is(clock):
    stream, steps, sequences, step_seconds = io.StringIO(), 100, 5000, 0.5
    shown = progress.Progress("net", 6, sequences, stream=stream)
    metrics = {"train/loss": np.ones(2), "valid/loss": np.ones(2)}
    seen = {"loss": np.ones((2, steps))}
    clock.now += 60  # the first part compiles
    # Ends of parts vary from epoch to epoch, as their seconds do.
    for ends in ([20, 60], [40, 80], [70], [25, 90], [60]):
        at = 0
        for done in [*ends, steps]:
            clock.now += (done - at) * step_seconds
            at = done
            if done < steps:
                shown.within(seen, done, steps)
        shown.update(metrics)
    lines = stream.getvalue().splitlines()
    rates = [float(one.replace(",", "")) for one in re.findall(r"([\d,]+) seq/s", stream.getvalue())]
    assert len(rates) == len(lines) - 2  # neither the first part nor the first epoch can tell
    np.testing.assert_allclose(rates, sequences / (steps * step_seconds))
    left = {
        match[1]: float(match[2]) for match in re.finditer(r"epoch (.*?)[: ] .*ETA (\d+) s", "\n".join(lines))
    }
    assert left["2/6, 40.0 %"] == (60 + 4 * steps) * step_seconds
    assert left["4/6, 90.0 %"] == (10 + 2 * steps) * step_seconds


def test_members_that_have_stopped_are_not_counted(clock):
    stream = io.StringIO()
    shown = progress.Progress("net", 3, 4000, stream=stream)
    metrics = {"train/loss": np.ones(2), "valid/loss": np.ones(2)}
    shown.update(metrics)
    shown.update(metrics, active=0.5)
    clock.now += 20
    shown.within({"loss": np.ones((2, 10))}, 5, 10)
    assert "50 seq/s ETA 20 s" in stream.getvalue().splitlines()[-1]


def test_the_loss_within_an_epoch_is_of_members_that_train(clock):
    stream = io.StringIO()
    shown = progress.Progress("net", 3, 4000, stream=stream)
    shown.within({"loss": np.array([[0.5, 0.5], [np.nan, np.nan]])}, 2, 10)
    assert "loss 0.5000" in stream.getvalue()
