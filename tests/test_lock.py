"""Two processes and one run directory: the second is refused, and a dead one locks nobody out."""

import os
import signal
import subprocess
import sys

import pytest

from jaxmotif.apps import lock

HOLDER = """
import pathlib, sys
from jaxmotif.apps import lock
lock.acquire(pathlib.Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.readline()
"""


def _holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "locked\n"
    return process


def test_a_second_process_is_refused_until_the_first_ends(tmp_path):
    first = _holder(tmp_path)
    with pytest.raises(ValueError, match=rf"in use by process {first.pid} on \S+ since \d{{4}}-\d\d-\d\d"):
        lock.acquire(tmp_path)
    first.communicate("\n")
    assert first.returncode == 0 and os.listdir(tmp_path) == []
    assert lock.acquire(tmp_path)
    lock.release(tmp_path)


def test_a_killed_process_locks_nobody_out(tmp_path, capsys):
    first = _holder(tmp_path)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert os.listdir(tmp_path) == [lock.LOCK]
    assert lock.acquire(tmp_path)
    assert f"was left by process {first.pid}" in capsys.readouterr().err
    lock.release(tmp_path)
    assert os.listdir(tmp_path) == []


def test_one_process_opens_several_directories_and_one_twice(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    assert lock.acquire(tmp_path) and lock.acquire(inner)
    assert not lock.acquire(inner)
    lock.release(inner)
    lock.release(tmp_path)
    assert os.listdir(tmp_path) == ["inner"] and os.listdir(inner) == []


def test_a_directory_that_is_moved_aside_is_given_back(tmp_path):
    old, new = tmp_path / "run", tmp_path / "run.old-1"
    old.mkdir()
    lock.acquire(old)
    old.rename(new)
    lock.release(old, now_at=new)
    assert os.listdir(new) == []
    assert lock.acquire(new)
    lock.release(new)
