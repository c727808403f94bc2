"""Dataclasses and arrays as .npz, and what is refused."""

import dataclasses

import numpy as np
import pytest

from jaxmotif import files


@dataclasses.dataclass(frozen=True)
class Record:
    name: str
    count: int
    share: float
    sizes: tuple[int, ...]
    values: np.ndarray


RECORD = Record("a", 3, 0.1, (1, 2), np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("compressed", [True, False])
def test_a_record_comes_back(tmp_path, compressed):
    path = tmp_path / "new" / "x.npz"
    files.save_npz(path, RECORD, compressed)
    back = files.load_npz(path, Record)
    np.testing.assert_array_equal(back.values, RECORD.values)
    assert dataclasses.replace(back, values=0) == dataclasses.replace(RECORD, values=0)
    assert type(back.name) is str and type(back.count) is int
    with np.load(path) as arrays:  # an ordinary file for others
        assert sorted(arrays.files) == ["count", "name", "share", "sizes", "values"]
    assert [entry.name for entry in path.parent.iterdir()] == ["x.npz"]


def test_arrays_by_name(tmp_path):
    files.save_npz(tmp_path / "x.npz", {"part/x": np.eye(2), "text": "a"})
    back = files.load_npz(tmp_path / "x.npz")
    np.testing.assert_array_equal(back["part/x"], np.eye(2))
    assert str(back["text"]) == "a"


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    with pytest.raises(ValueError, match="no such file"):
        files.load_npz(path)
    files.save_npz(path, {"name": "a"})
    with pytest.raises(ValueError, match="has no count, only name"):
        files.load_npz(path, Record)
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[:-30], whole[:40], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="no .npz file that can be read"):
            files.load_npz(path)
    np.save(path.with_suffix(".npy"), np.eye(2))
    with pytest.raises(ValueError, match="no .npz file that can be read"):
        files.load_npz(path.with_suffix(".npy"))
    with pytest.raises(ValueError, match="values is no array of numbers or text"):
        files.save_npz(path, dataclasses.replace(RECORD, values={"a": 1}))
