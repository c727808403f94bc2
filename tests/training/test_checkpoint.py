"""Checkpoints: no damage is accepted, and what was damaged is kept by name."""

import dataclasses
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.training import checkpoint
from jaxmotif.training.checkpoint import Checkpoint, Checkpoints
from tests.training.test_training import SCHEDULE, assert_equal, train


def test_no_damage_is_accepted(tmp_path, caplog):
    """One bit is flipped anywhere: what is restored is bit for bit one of the states that were saved."""
    train([0], directory=tmp_path / "run")
    kept = {}
    for epoch in (3, 4):
        state, rows = train([0], schedule=dataclasses.replace(SCHEDULE, epochs=epoch))
        kept[epoch] = (state, rows)
    rng = np.random.default_rng(0)
    like = jax.tree.map(jnp.zeros_like, kept[4][0])
    restored = []
    for trial in range(12):
        folder = tmp_path / f"copy{trial}"
        shutil.copytree(tmp_path / "run" / "checkpoints", folder)
        found = sorted(path for path in (folder / "4").rglob("*") if path.is_file() and path.stat().st_size)
        # Half of the times in all files that hold arrays, since parts are there twice.
        for path in [path for path in found if "d" in path.parts] if trial % 2 else [rng.choice(found)]:
            content = bytearray(path.read_bytes())
            content[rng.integers(len(content))] ^= 1 << rng.integers(8)
            path.write_bytes(content)
        with Checkpoints(folder) as checkpoints:
            epoch, state, history, *_ = checkpoints.restore(like)
            assert history == kept[epoch][1]
            assert_equal(state, kept[epoch][0])
            restored.append(epoch)
            # Set aside, also the second time, and the epoch can be saved again.
            for again in range(2 if trial == 1 else 0):
                checkpoints.save(Checkpoint(4, *kept[4]))
                checkpoints.wait()
                next(path for path in (folder / "4" / "meta").rglob("*") if path.is_file()).write_bytes(b"")
                assert checkpoints.restore(like).epoch == 3
                assert len(list(folder.glob("damaged_4*"))) == (epoch == 3) + again + 1
    assert restored.count(3) >= 4
    assert "set aside as damaged_4, trying" in caplog.text


def test_a_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch):
    state, _ = train([0], directory=tmp_path)
    written = checkpoint.FORMAT
    monkeypatch.setattr(checkpoint, "FORMAT", 99)
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        with pytest.raises(ValueError, match=f"format is {written}, this version reads 99"):
            checkpoints.restore(state)


def test_a_torn_history_is_made_again(tmp_path):
    _, rows = train([0], directory=tmp_path)
    path = tmp_path / "metrics.jsonl"
    whole = path.read_text()
    for torn in (whole[:-20], '{"a": 1}\n' + whole, ""):
        path.write_text(torn)
        assert train([0], directory=tmp_path, resume=True)[1] == rows
        assert path.read_text() == whole
