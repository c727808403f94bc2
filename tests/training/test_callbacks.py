"""What others are told while networks train, against metrics.jsonl and the files as they lie on disk."""

import json
import os
import signal
import struct

import numpy as np
import pytest

from jaxmotif import keys
from jaxmotif.data.dataset import Dataset
from jaxmotif.errors import Interrupted
from jaxmotif.models import spec
from jaxmotif.training import fit, segments
from jaxmotif.training.callbacks import Callback, TensorBoard
from jaxmotif.training.config import TrainConfig

NETWORK = spec.NetworkSpec("small", 40, 1, (spec.Conv(4, 7, pool=8),))
CONFIG = TrainConfig().with_fields(epochs=3, batch_size=10, save_every=1)


def _data(seed: int, rows: int) -> Dataset:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (rows, 1)).astype(np.uint8)
    return Dataset(sequences=rng.integers(0, 4, (rows, 40)).astype(np.uint8), labels=labels)


TRAIN, VALID = _data(0, 60), _data(1, 20)


class Kept(Callback):
    def __init__(self):
        self.told = []

    def begin(self, label, members, steps, epochs, done):
        self.told.append(("begin", label, tuple(members), steps, epochs, done))

    def segment(self, epoch, done, seen):
        self.told.append(("segment", epoch, done, seen))

    def epoch(self, epoch, metrics):
        self.told.append(("epoch", epoch, metrics))

    def end(self):
        self.told.append(("end",))


def _fit(directory, *callbacks, config=CONFIG, resume=False):
    run = fit.Run(directory, resume, "net", quiet=True, callbacks=callbacks)
    return fit.fit(NETWORK, TRAIN, VALID, config, members=2, run=run)


def _scalars(folder):
    """(tag, step) -> value of an event file: TFRecord is length, checksum, bytes, checksum."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    (file,) = folder.glob("events.out.tfevents.*")
    data, found = file.read_bytes(), {}
    while data:
        (size,) = struct.unpack("<Q", data[:8])
        event = event_pb2.Event.FromString(data[12 : 12 + size])
        data = data[16 + size :]
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found[value.tag, event.step] = value.simple_value
    return found


def test_everything_is_told_in_order(tmp_path):
    kept = Kept()
    _fit(tmp_path, kept)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert kept.told[0] == ("begin", "net", (0, 1), 6, 3, 0) and kept.told[-1] == ("end",)
    epochs = [one for one in kept.told if one[0] == "epoch"]
    assert [one[1] for one in epochs] == [1, 2, 3]
    for (_, number, metrics), row in zip(epochs, rows, strict=True):
        assert row.pop("epoch") == number
        assert set(row) == set(metrics)
        for name, values in row.items():
            np.testing.assert_allclose(metrics[name], values, rtol=1e-6)


def test_segments_are_told_within_long_epochs(monkeypatch):
    monkeypatch.setattr(segments, "FIRST", 2)
    monkeypatch.setattr(segments, "GROWTH", 1)
    kept = Kept()
    found = _fit(None, kept)
    parts = [one for one in kept.told if one[0] == "segment"]
    # The last segment of an epoch is told as the epoch.
    assert [one[1:3] for one in parts] == [(epoch, done) for epoch in (1, 2, 3) for done in (2, 4)]
    for (_, epoch, done, seen), (_, _, more, later) in zip(parts[::2], parts[1::2], strict=True):
        assert seen["loss"].shape == (2, done) and later["loss"].shape == (2, more)
        np.testing.assert_array_equal(later["loss"][:, :done], seen["loss"])
        # Losses of all steps but two lie around the mean of all.
        rest = 6 * np.asarray(found.history[epoch - 1]["train/loss"]) - later["loss"].sum(1)
        assert (rest > 0).all() and (rest < 4).all()


def test_what_it_raises_ends_the_training_and_the_same_call_goes_on(tmp_path):
    class Stop(Kept):
        def epoch(self, epoch, metrics):
            super().epoch(epoch, metrics)
            if epoch == 2:
                raise Interrupted(15, epoch)

    stop, kept = Stop(), Kept()
    with pytest.raises(Interrupted):
        _fit(tmp_path, stop)
    assert stop.told[-1] == ("end",)
    found = _fit(tmp_path, kept, resume=True)
    done = kept.told[0][-1]
    assert done >= 1 and [one[1] for one in kept.told if one[0] == "epoch"] == list(range(done + 1, 4))
    whole = _fit(None)
    np.testing.assert_array_equal(found.history[-1]["train/loss"], whole.history[-1]["train/loss"])


def test_event_files_hold_what_metrics_jsonl_does(tmp_path):
    pytest.importorskip("tensorboardX")
    _fit(tmp_path / "run", TensorBoard(tmp_path / "events"))
    rows = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    found = _scalars(tmp_path / "events")
    for row in rows:
        for name in ("train/loss", "valid/loss"):
            assert found[name, row["epoch"] * 6] == pytest.approx(np.mean(row[name]), rel=1e-6)
            for member in (0, 1):
                assert found[f"{name}/{member}", row["epoch"] * 6] == pytest.approx(
                    row[name][member], rel=1e-6
                )


def test_segments_tell_the_mean_of_the_new_steps(tmp_path):
    pytest.importorskip("tensorboardX")
    board, losses = TensorBoard(tmp_path), np.arange(12.0).reshape(2, 6)
    board.begin("net", (0, 5), 10, 4, 1)
    board.segment(2, 4, {"loss": losses[:, :4]})
    board.segment(2, 6, {"loss": losses})
    board.end()
    assert _scalars(tmp_path) == {
        ("step/loss", 14): 4.5,
        ("step/loss/0", 14): 1.5,
        ("step/loss/5", 14): 7.5,
        ("step/loss", 16): 7.5,
        ("step/loss/0", 16): 4.5,
        ("step/loss/5", 16): 10.5,
    }


def test_without_the_package_it_says_which(monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ValueError, match="pip install 'jaxmotif\\[tensorboard\\]'"):
        TensorBoard(tmp_path)


def test_members_that_have_stopped_count_in_no_mean(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "FIRST", 2)
    monkeypatch.setattr(segments, "GROWTH", 1)
    # With the learning rate of one member losses rise at once, and it stops.
    kept, config = Kept(), CONFIG.with_fields(epochs=6, patience=1)
    run = fit.Run(None, label="net", quiet=True, callbacks=[kept])
    rates = {"learning_rate": [1e-3, 3.0]}
    members = fit.Members(range(2), keys.root(0), rates)
    found = fit.fit(NETWORK, TRAIN, TRAIN, config, members=members, run=run)
    stopped = np.isnan([row["train/loss"][1] or np.nan for row in found.history])
    assert stopped.any() and not stopped.all()
    for _, epoch, done, seen in (one for one in kept.told if one[0] == "segment"):
        assert seen["loss"].shape == (2, done)
        assert np.isnan(seen["loss"][1]).all() == stopped[epoch - 1]
        assert (seen["loss"][0] > 0).all()


def test_event_files_hold_nothing_of_members_that_have_stopped(tmp_path):
    pytest.importorskip("tensorboardX")
    board = TensorBoard(tmp_path)
    board.begin("net", (0, 1), 10, 4, 0)
    board.segment(1, 2, {"loss": np.array([[1.0, 2.0], [np.nan, np.nan]])})
    board.end()
    assert _scalars(tmp_path) == {("step/loss", 2): 1.5, ("step/loss/0", 2): 1.5}


def test_a_signal_while_a_callback_ends_is_not_lost():
    """Without a directory nothing is kept, and the line says so."""

    class Ends(Callback):
        def end(self):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted, match="after epoch 3; there is no directory that would have kept it"):
        _fit(None, Ends())
