"""Memory maps: what is read of them, and what is known of their numbers."""

import pathlib

import numpy as np
import pytest

from jaxmotif import memory_maps

SMAPS = pathlib.Path("/proc/self/smaps")


def _flags(path: pathlib.Path) -> set[str]:
    """What the kernel was told about the mapping of a file."""
    after = SMAPS.read_text().split(str(path), 1)[1]
    return set(next(line for line in after.splitlines() if line.startswith("VmFlags:")).split()[1:])


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux tells of mappings")
@pytest.mark.parametrize("part", [slice(None), slice(3, None)])
@pytest.mark.parametrize(
    "opened", [lambda path: np.load(path, mmap_mode="r"), lambda path: memory_maps.opened(path, 255)]
)
def test_the_system_is_told_that_rows_are_read_at_random(tmp_path, opened, part):
    path = tmp_path / "numbers.npy"
    np.save(path, np.arange(20_000, dtype=np.uint8).reshape(100, 200))
    array = opened(path)
    assert "rr" not in _flags(path)
    memory_maps.read_at_random(np.asarray(array)[part])
    assert "rr" in _flags(path)
    memory_maps.read_at_random(np.zeros(3))  # no map


def test_the_largest_number_of_a_checked_map_is_what_it_was_checked_against(tmp_path):
    path = tmp_path / "numbers.npy"
    np.save(path, np.array([1, 2, 3], np.uint8))
    checked = memory_maps.opened(path, 9)
    assert memory_maps.largest(checked) == memory_maps.largest(checked[1:]) == 9
    assert not checked.flags.writeable
    # Any other array is looked through, what was made of a checked one too.
    for other in (np.asarray(checked), checked + 0, checked.copy(), np.load(path, mmap_mode="r")):
        assert memory_maps.largest(other) == 3
    assert memory_maps.array_of(checked) is checked
    assert memory_maps.array_of([1, 2]).tolist() == [1, 2]


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    path = tmp_path / "numbers.npy"
    np.save(path, np.zeros(1000, np.uint8))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError):
        memory_maps.opened(path, 9)
