"""A file that ends its library's process ends a child, and is told."""

import json

import h5py
import numpy as np
import pytest

from jaxmotif import probe


def test_a_child_that_dies_is_told_and_replaced(tmp_path, monkeypatch):
    path = tmp_path / "good.h5"
    with h5py.File(path, "w") as file:
        file["a"] = np.arange(5)
    probe.check("hdf5", path)
    first = probe._child
    probe.check("hdf5", tmp_path / "absent.h5")  # told by the reader
    assert probe._child is first and first.poll() is None
    # A request that no child survives, as a damaged file.
    monkeypatch.setattr(json, "dumps", lambda _: "[1, 2]")
    with pytest.raises(ValueError, match="bad.h5 is damaged: the library that reads it does not survive it"):
        probe.check("hdf5", tmp_path / "bad.h5")
    monkeypatch.undo()
    probe.check("hdf5", path)
    assert probe._child is not first


def test_a_child_that_hangs_is_told(tmp_path, monkeypatch):
    probe.check("hdf5", tmp_path / "absent.h5")
    monkeypatch.setattr(probe, "LIMIT", 0.2)
    monkeypatch.setattr(json, "dumps", lambda _: "")  # an empty line is no request, and has no answer
    child = probe._child
    child.stdin.write("")
    monkeypatch.setattr(child.stdin, "write", lambda _: 0)
    with pytest.raises(ValueError, match="slow.h5 is damaged"):
        probe.check("hdf5", tmp_path / "slow.h5")
    assert child.poll() is not None
