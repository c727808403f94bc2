"""What is said of long work: what it is, how far it is, and how long it will take; nothing of short work."""

import io
import time

import pytest

from jaxmotif.apps import progress


class Clock:
    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


@pytest.fixture(name="clock")
def fixture_clock(monkeypatch):
    return Clock(monkeypatch)


def test_lines_come_after_two_seconds_and_then_every_ten(clock):
    stream = io.StringIO()
    told = progress.Progress("scanned", "letter", stream)
    for second in range(41):
        clock.now = 100 + second
        told(1000 * second, 40_000)
    # 1,000 a second: what is left is as many seconds.
    assert stream.getvalue().splitlines() == [
        "scanned: 2,000 of 40,000 letters, 38 s left",
        "scanned: 12,000 of 40,000 letters, 28 s left",
        "scanned: 22,000 of 40,000 letters, 18 s left",
        "scanned: 32,000 of 40,000 letters, 8 s left",
        "scanned: 40,000 of 40,000 letters",
    ]


def test_what_is_over_at_once_says_nothing_and_an_estimate_says_so(clock):
    stream = io.StringIO()
    told = progress.Progress("scanned", "letter", stream)
    for second in (0, 1):
        clock.now = 100 + second
        told(second, 1)
    assert not stream.getvalue()
    told = progress.Progress("counted", "letter", stream, about=True)
    told(0, 4000)
    clock.now += 2
    told(1000, 4000)
    assert stream.getvalue() == "counted: 1,000 of about 4,000 letters, 6 s left\n"
    told = progress.Progress("read", "line", stream)
    clock.now += 2
    told(7)
    assert stream.getvalue().endswith("read: 7 lines\n")


def test_a_step_without_units_is_told_where_it_is_long(monkeypatch):
    monkeypatch.setattr(progress, "SHORT", 0.01)
    stream = io.StringIO()
    with progress.step("thinking", 44.4, stream):
        while not stream.getvalue():
            time.sleep(0.01)
    assert stream.getvalue() == "thinking, about 44 s\n"
    monkeypatch.setattr(progress, "SHORT", 60)
    with pytest.raises(ZeroDivisionError), progress.step("failing", stream=stream):
        _ = 1 / 0
    with progress.step("short", stream=stream):
        pass
    assert stream.getvalue() == "thinking, about 44 s\n"
