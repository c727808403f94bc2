"""Large sets are converted once: the same numbers, read as memory maps, and never those of other files."""

import os
import shutil
import threading

import numpy as np
import pytest

from jaxmotif import files, memory_maps
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import converted, deep_sets
from tests.helpers.compare import assert_same
from tests.helpers.deep_files import write_basset, write_deepsea

COUNTS = {"train": 50, "valid": 12, "test": 9}


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch, tmp_path):
    monkeypatch.setattr(converted, "WORTH", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(params=["basset", "deepsea"])
def original(request, tmp_path):
    if request.param == "basset":
        write_basset(tmp_path / "set.h5", COUNTS, length=20, targets=3)
        return tmp_path / "set.h5"
    (tmp_path / "set").mkdir()
    write_deepsea(tmp_path / "set", COUNTS, length=20, targets=3)
    return tmp_path / "set"


def in_memory(path):
    return deep_sets.deepsea(path) if path.is_dir() else deep_sets.basset(path)


def unread(*_):
    raise AssertionError("the original is read again")


def test_the_second_time_nothing_of_the_original_is_converted(original, monkeypatch):
    told = []
    assert_same(deep_sets.load(original, tell=lambda done, of: told.append((done, of))), in_memory(original))
    assert told == [(count, count) for count in COUNTS.values()]
    expected, few = in_memory(original), 7
    spans = deep_sets.blocks(COUNTS["train"], few)
    monkeypatch.setattr(deep_sets, "codes_of", unread)
    found = deep_sets.load(original)
    assert_same(found, expected)
    for array in (found.train.sequences, found.train.labels):
        assert isinstance(array, np.memmap) and not array.flags.writeable
    # Some rows are those that are read of the original, with names of their own.
    some = deep_sets.load(original, few).train
    rows = np.concatenate([np.arange(*span) for span in spans])
    np.testing.assert_array_equal(some.sequences, expected.train.sequences[rows])
    assert list(some.names) == [f"seq{number + 1}" for number in range(few)]


def test_arrays_that_were_changed_are_made_again(original):
    deep_sets.load(original)
    (array,) = original.with_name(f"{original.name}.arrays").glob("train_sequences.npy")
    data = bytearray(array.read_bytes())
    data[-1] = 77  # no base; as large as before
    array.write_bytes(data)
    found = deep_sets.load(original)
    assert_same(found, in_memory(original))
    assert isinstance(found.train.sequences, np.memmap)


def test_a_copy_is_the_same_and_other_content_is_not(original, monkeypatch):
    deep_sets.load(original)
    source = original / "train.mat" if original.is_dir() else original
    state = os.stat(source)
    os.utime(source, ns=(0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(deep_sets, "codes_of", unread)
        deep_sets.load(original)
    # As large, as old, one byte of a letter another one.
    data = bytearray(source.read_bytes())
    before = in_memory(original)
    place = next(
        place
        for place in range(len(data) - 1, 0, -1)
        if data[place - 1 : place + 1] == b"\0\1" and _differs(source, data, place, original, before)
    )
    assert place and os.path.getsize(source) == state.st_size
    os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert_same(deep_sets.load(original), in_memory(original))


def _differs(source, data, place, original, before):
    """Whether a file with one byte changed can be read and says something else; it is left so."""
    changed = bytearray(data)
    changed[place] = 0
    source.write_bytes(changed)
    try:
        found = in_memory(original)
    except ValueError:
        return False
    return any(
        (a.labels != b.labels).any() or (a.sequences != b.sequences).any()
        for a, b in zip(found.parts, before.parts, strict=True)
    )


def test_what_is_interrupted_leaves_nothing_that_counts(original, monkeypatch):
    plain, calls = deep_sets.codes_of, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(deep_sets, "codes_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            deep_sets.load(original)
    folder = original.with_name(f"{original.name}.arrays")
    assert [path.name for path in folder.iterdir()] == [converted.LOCK]
    (folder / f"{files.PARTIAL}killed.npy").write_text("half")
    assert_same(deep_sets.load(original), in_memory(original))
    assert not (folder / f"{files.PARTIAL}killed.npy").exists()


def test_two_at_once_convert_once(original, monkeypatch):
    plain, calls, found = deep_sets._convert, [], []
    blocks = deep_sets.codes_of
    monkeypatch.setattr(deep_sets, "codes_of", lambda *own: calls.append(own[2]) or blocks(*own))
    both = threading.Barrier(2)
    monkeypatch.setattr(deep_sets, "_convert", lambda *own: both.wait() is not None and plain(*own))
    threads = [threading.Thread(target=lambda: found.append(deep_sets.load(original))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == len(COUNTS)
    for one in found:
        assert_same(one, in_memory(original))


def test_arrays_that_were_cut_off_are_made_again(original):
    deep_sets.load(original)
    path = original.with_name(f"{original.name}.arrays") / "train_sequences.npy"
    os.truncate(path, os.path.getsize(path) - 1)
    assert_same(deep_sets.load(original), in_memory(original))


def test_without_room_next_to_it_the_cache_is_taken_and_without_any_memory(original, monkeypatch, capsys):
    original.with_name(f"{original.name}.arrays").write_text("in the way")
    found = deep_sets.load(original)
    assert_same(found, in_memory(original))
    (kept,) = original.parent.glob("cache/jaxmotif/sets/*")
    assert (kept / converted.SET).is_file()
    shutil.rmtree(kept.parent)
    kept.parent.write_text("in the way, too")
    found = deep_sets.load(original)
    assert_same(found, in_memory(original))
    assert not isinstance(found.train.sequences, np.memmap)
    assert capsys.readouterr().err.count("is not converted in") == 3


def test_bad_one_hot_is_named_and_nothing_is_kept(tmp_path):
    truth = write_basset(tmp_path / "set.h5", COUNTS, length=20, targets=3)
    assert truth["train"][0][0, 0] < 4
    import h5py

    with h5py.File(tmp_path / "set.h5", "a") as file:
        file["test_in"][0, :, 0, 0] = 1
    with pytest.raises(ValueError, match="test_in.*: position 0 of row 0 is"):
        deep_sets.load(tmp_path / "set.h5")
    assert not (tmp_path / "set.h5.arrays" / converted.SET).exists()


def test_a_data_set_of_maps_reads_and_copies_nothing(tmp_path, monkeypatch):
    np.save(tmp_path / "codes.npy", np.full((6, 5), 3, np.uint8))
    codes = memory_maps.opened(tmp_path / "codes.npy", 4)
    # No array is looked through whose largest number is known.
    monkeypatch.setattr(memory_maps.CheckedMap, "max", unread)
    data = Dataset(codes)
    assert np.shares_memory(data.take(np.arange(6)).sequences, codes) and data.sequences.largest == 4
    # What is computed or copied is none of the file's.
    assert memory_maps.largest(codes[1:]) == 4
    for other in (codes + 1, codes.copy(), codes[[0, 2]]):
        assert getattr(other, "largest", None) is None
    with pytest.raises(ValueError, match="codes are 0..4, got 9"):
        Dataset(np.asarray(codes) + np.uint8(6))
