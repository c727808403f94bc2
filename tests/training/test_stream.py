"""Data that stay on the host train the same networks, bit for bit, as data on the device."""

import dataclasses
import os
import signal

import jax
import numpy as np
import pytest
from absl import flags

from jaxmotif import memory
from jaxmotif.apps import launch
from jaxmotif.models import spec
from jaxmotif.objectives.objective import Objective
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import devices, loop, segments, stream
from tests.training import test_training as small

# All that a step can draw: dropout, strands.
NET = spec.NetworkSpec(
    "drawing", 40, 2, (spec.Conv(6, 7, pool=8, dropout=0.2),), (spec.Dense(8, dropout=0.3),)
)
SCHEDULE = dataclasses.replace(small.SCHEDULE, epochs=3)
BATCH = SCHEDULE.batch_size
ROW = 40 + 2 * 4  # bytes


def train(members, objective=None, data=small.TRAIN, hyperparameters=None, schedule=SCHEDULE, **run):
    return loop.train(
        objective or supervised(NET, l2=1e-6, strands="random"),
        small.OPTIMIZER,
        schedule,
        data,
        small.VALID,
        loop.Members(members, small.keys.root(0), hyperparameters),
        loop.Run(quiet=True, **run),
    )


@pytest.fixture
def mapped(tmp_path):
    """The small task as memory maps."""
    for name, array in small.TRAIN.items():
        np.save(tmp_path / f"{name}.npy", array)
    return {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in small.TRAIN}


@pytest.fixture
def short_windows(monkeypatch):
    """Windows of one step and of several, and segments that are cut across them."""
    monkeypatch.setattr(segments, "FIRST", 2)
    monkeypatch.setattr(segments, "GROWTH", 1)

    def of(steps, members):
        monkeypatch.setattr(stream, "WINDOW", steps * members * BATCH * ROW)

    return of


def assert_same(one, other):
    small.assert_equal(one[0], other[0])
    assert one[1] == other[1]


@pytest.mark.parametrize("steps", [1, 3, 100])
@pytest.mark.parametrize("mode", ["map", "vmap"])
def test_streamed_is_resident_bit_for_bit(mapped, short_windows, steps, mode):
    short_windows(steps, 2)
    assert_same(train([0, 3], mode=mode, stream="no"), train([0, 3], data=mapped, mode=mode, stream="yes"))


def test_weights_and_unknown_labels(short_windows):
    short_windows(2, 1)
    labels = np.array(small.TRAIN["labels"])
    labels[::7, 1] = np.nan
    rng = np.random.default_rng(3)
    data = {**small.TRAIN, "labels": labels, "weights": rng.random(len(labels)).astype(np.float32)}
    masked = supervised(NET, strands="random", masked=True)
    assert_same(
        train([0], masked, data, stream="no"),
        train([0], masked, data, stream="yes"),
    )


def test_members_that_stop_are_not_read_for(mapped, short_windows, monkeypatch):
    short_windows(2, 2)
    read, plain = [], stream._read
    monkeypatch.setattr(stream, "_read", lambda *own: read.append(len(own[1])) or plain(*own))
    schedule = dataclasses.replace(SCHEDULE, epochs=8, patience=1)
    two = dict(hyperparameters={"dropout": [0.0, 0.9]}, schedule=schedule)
    resident, streamed = train([0, 1], stream="no", **two), train([0, 1], data=mapped, stream="yes", **two)
    assert_same(resident, streamed)
    epochs = np.asarray(streamed[0].epoch)
    assert epochs.min() < epochs.max()
    # Sequences and labels of every step that is made, once.
    assert sum(read) == 2 * epochs.sum() * BATCH * (70 // BATCH)


@pytest.mark.parametrize("first,second", [("yes", "yes"), ("yes", "no"), ("no", "yes")])
def test_stopped_within_an_epoch_goes_on_either_way(
    mapped, tmp_path, short_windows, first, second, monkeypatch
):
    short_windows(3, 2)
    whole = train([0, 1], stream="no")
    done, plain = [], segments.segments

    def interrupted(*arguments):
        for part in plain(*arguments):
            done.append(part.done)
            if len(done) == 5:
                os.kill(os.getpid(), signal.SIGTERM)
            yield part

    with monkeypatch.context() as patch:
        patch.setattr(segments, "segments", interrupted)
        patch.setattr(stream, "segments", interrupted)
        with pytest.raises(loop.Interrupted, match="steps of the next"):
            train([0, 1], data=mapped, directory=tmp_path / "run", stream=first)
    found = train([0, 1], data=mapped, directory=tmp_path / "run", resume=True, stream=second)
    assert_same(whole, found)


def test_fewer_rows_than_a_batch():
    few = jax.tree.map(lambda array: array[:10], small.TRAIN)
    assert_same(train([0], data=few, stream="no"), train([0], data=few, stream="yes"))


def test_an_error_of_reading_ends_the_training(mapped, monkeypatch):
    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(stream, "_read", broken)
    with pytest.raises(OSError, match="Input/output error"):
        train([0], data=mapped, stream="yes")


def test_data_that_do_not_fit_are_streamed(mapped, monkeypatch):
    size = sum(array.nbytes for array in jax.tree.leaves((mapped, small.VALID)))

    def chosen(choice="auto", objective=None, own_data=False):
        return stream.chosen(choice, objective or supervised(NET), (mapped, small.VALID), None, own_data)

    monkeypatch.setattr(memory, "free", lambda: 100 * size)
    assert not chosen() and chosen("yes")
    monkeypatch.setattr(memory, "free", lambda: 2 * size)
    assert chosen() and not chosen("no")

    class Device:
        platform = "gpu"

        def __init__(self, limit):
            self.limit = limit

        def memory_stats(self):
            return {"bytes_limit": self.limit, "bytes_in_use": 0}

    assert stream._fit(size, [Device(2 * size)]) and not stream._fit(size, [Device(2 * size), Device(size)])
    # What prepares all data has them on the device, whatever their size.
    preparing = Objective(*supervised(NET)[:3], prepare=lambda key, data: {})
    assert not chosen(objective=preparing)
    with pytest.raises(ValueError, match="cannot be streamed to an objective that prepares"):
        chosen("yes", preparing)
    with pytest.raises(ValueError, match="cannot be streamed to members that have data of their own"):
        chosen("yes", own_data=True)
    with pytest.raises(ValueError, match="stream"):
        chosen("perhaps")


def test_a_run_that_does_not_say_takes_what_the_command_was_told(monkeypatch):
    monkeypatch.setattr(devices, "stream", "auto")
    values = flags.FlagValues()
    launch.run_flags(values)
    launch.parse(values, ["command", "--stream=yes"], "", None)
    assert devices.stream == "yes"
    preparing = supervised(NET)._replace(prepare=lambda key, data, count: {})
    with pytest.raises(ValueError, match="cannot be streamed to an objective that prepares"):
        train([0], preparing)
    train([0], preparing, schedule=dataclasses.replace(SCHEDULE, epochs=1), stream="no")
