"""Epochs in segments: how they are cut changes nothing, and what stops within one goes on from there."""

import os
import shutil
import signal
import subprocess
import sys

import optax
import pytest

from jaxmotif import keys
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import loop, segments
from tests.training.test_training import NET, SCHEDULE, TRAIN, VALID, assert_equal, train


@pytest.mark.parametrize("first", [1, 3])
@pytest.mark.parametrize("mode", ["map", "vmap"])
def test_how_an_epoch_is_cut_changes_no_bit(first, mode, monkeypatch):
    """Segments of one step, and of three, the last of which is shorter, against one of the whole epoch."""
    whole, rows = train([0, 1], mode=mode)
    monkeypatch.setattr(segments, "FIRST", first)
    monkeypatch.setattr(segments, "GROWTH", 1)
    cut, of_cut = train([0, 1], mode=mode)
    assert_equal(whole, cut)
    assert rows == of_cut


def test_a_signal_within_an_epoch_saves_the_step_and_the_same_command_continues(
    tmp_path, monkeypatch, capsys
):
    whole, rows = train([0, 1])
    monkeypatch.setattr(segments, "FIRST", 1)
    monkeypatch.setattr(segments, "GROWTH", 1)
    done = []
    plain = segments.segments

    def interrupted(*arguments):
        for part in plain(*arguments):
            done.append(part.done)
            # In the second epoch, after two of its four steps.
            if len(done) == 6:
                os.kill(os.getpid(), signal.SIGTERM)
            yield part

    monkeypatch.setattr(segments, "segments", interrupted)
    with pytest.raises(loop.Interrupted, match="after epoch 1 and 2 of 4 steps of the next"):
        train([0, 1], directory=tmp_path)
    assert done == [1, 2, 3, 4, 1, 2]
    monkeypatch.setattr(segments, "segments", plain)
    resumed, of_resumed = train([0, 1], directory=tmp_path, resume=True)
    assert_equal(whole, resumed)
    assert rows == of_resumed
    # What was saved within an epoch is passed over once a later epoch is there.
    again, of_again = train([0, 1], directory=tmp_path, resume=True)
    assert_equal(whole, again)
    assert rows == of_again


def test_a_checkpoint_within_an_epoch_that_is_damaged_is_passed_over(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(segments, "FIRST", 1)
    monkeypatch.setattr(segments, "GROWTH", 1)
    whole, rows = train([0], save_seconds=0.0, directory=tmp_path)
    (step,) = [path for path in (tmp_path / "checkpoints" / "within").iterdir() if path.name.isdecimal()]
    for epoch in (4,):
        shutil.rmtree(tmp_path / "checkpoints" / str(epoch))
    for path in (step / "state").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    resumed, of_resumed = train([0], directory=tmp_path, resume=True)
    assert "checkpoint of step 15 cannot be read" in caplog.text
    assert_equal(whole, resumed)
    assert rows == of_resumed


def test_a_loss_that_is_not_finite_ends_a_long_epoch_early(monkeypatch):
    monkeypatch.setattr(segments, "FIRST", 1)
    monkeypatch.setattr(segments, "GROWTH", 1)
    ends = []
    plain = supervised(NET)
    objective = plain._replace(validate=lambda *data, **own: ends.append(1) or plain.validate(*data, **own))
    with pytest.raises(FloatingPointError, match="loss of member 0 is not finite at step"):
        loop.train(
            objective,
            optax.sgd(1e30),
            SCHEDULE,
            TRAIN,
            VALID,
            loop.Members([0], keys.root(0)),
            loop.Run(quiet=True),
        )
    assert not ends


def test_segments_grow_to_the_seconds_asked_for(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(segments.time, "monotonic", lambda: clock[0])
    pace = segments.Pace(5.0)
    taken = []
    for seconds_each in (100.0, *4 * [1 / 128], 0.5, 0.5):
        pace.begin()
        taken.append(pace.steps)
        clock[0] += pace.steps * seconds_each
        pace.end(pace.steps)
    # The first compiles and tells nothing; then eight times as many at most, and 5 s of steps.
    assert taken == [1, 1, 8, 64, 512, 640, 10]


@pytest.mark.parametrize("where", ["validation", "order"])
def test_a_signal_while_an_epoch_is_judged_or_planned_does_not_wait_for_it(tmp_path, monkeypatch, where):
    """What never ends until it is told to: the process gets its signal meanwhile, and goes on later."""
    whole, rows = train([0, 1])
    plain, calls = loop._done_before, []

    def slow(arrays, caught, together):
        calls.append(arrays)
        # Of each epoch, order first and validation second: those of the second epoch.
        if len(calls) == (4 if where == "validation" else 3):

            class Unfinished:
                def is_ready(self):
                    if not caught:
                        os.kill(os.getpid(), signal.SIGTERM)
                    return False

            return plain([Unfinished()], caught, together)
        return plain(arrays, caught, together)

    monkeypatch.setattr(loop, "_done_before", slow)
    told = "after epoch 1 and 4 of 4 steps of the next" if where == "validation" else "after epoch 1;"
    with pytest.raises(loop.Interrupted, match=told):
        train([0, 1], directory=tmp_path)
    monkeypatch.setattr(loop, "_done_before", plain)
    resumed, of_resumed = train([0, 1], directory=tmp_path, resume=True)
    assert_equal(whole, resumed)
    assert rows == of_resumed


ENDLESS = """
import os, signal, sys, threading
import tests.conftest
import jax
from jaxmotif.training import loop
from tests.training.test_training import NET, train
from jaxmotif.objectives.supervised import supervised

plain, done = supervised(NET, l2=1e-6), loop._done_before

def validate(*data, **own):
    report = plain.validate(*data, **own)
    # Never ends.
    return report | {"loss": jax.lax.while_loop(lambda x: x == x, lambda x: x * 1.5, report["loss"])}

def signalled(arrays, caught, together):
    if "valid/loss" in getattr(arrays, "keys", tuple)():
        os.kill(os.getpid(), signal.SIGTERM)
    return done(arrays, caught, together)

loop._done_before = signalled
try:
    train([0], plain._replace(validate=validate), directory=sys.argv[1])
except loop.Interrupted as stop:
    print(stop, flush=True)
    os._exit(0)
"""


def test_what_is_saved_on_a_signal_does_not_wait_for_a_validation(tmp_path):
    """In a process of its own, since nothing ends what it computes."""
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "after epoch 0 and 4 of 4 steps of the next" in found.stdout, found.stderr
    resumed, rows = train([0], directory=tmp_path, resume=True)
    whole, of_whole = train([0])
    assert_equal(whole, resumed)
    assert rows == of_whole
