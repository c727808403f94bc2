"""What goes wrong is one line, whatever libraries log of it."""

import pathlib
import subprocess
import sys

import pytest
from absl import flags

from jaxmotif import memory
from jaxmotif.apps import device_flags, launch
from jaxmotif.models import convolution

# Two of three writes that go on side by side fail, as on a full disk: the second error reaches nobody.
PROGRAM = """
import asyncio, gc
from jaxmotif.apps import launch

async def write(seconds):
    await asyncio.sleep(seconds)
    raise ValueError("no space left on device")

async def writes():
    await asyncio.gather(*(write(seconds / 1000) for seconds in range(3)))

async def all_writes():
    tasks = [asyncio.ensure_future(writes()) for _ in range(3)]
    await asyncio.sleep(0.1)
    await tasks[0]

def main():
    try:
        asyncio.run(all_writes())
    except ValueError as error:
        said = str(error)
    gc.collect()
    raise OSError(f"checkpoints cannot be written: {said}")

launch.run(main)
"""


def test_errors_that_reach_nobody_are_not_logged():
    checkout = pathlib.Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=checkout)
    said = "error: checkpoints cannot be written: no space left on device\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_flags_of_devices_hold_for_the_process(monkeypatch):
    monkeypatch.setattr(memory, "block_rows", 0)
    values = flags.FlagValues()
    launch.network_flags(values)
    device_flags.of_reading(values)  # a command that trains and opens networks asks for them twice
    try:
        launch.parse(values, ["jaxmotif", "--block_rows=7", "--convolution=lax"], "")
        assert memory.block_rows == 7 and convolution.chosen() == "lax"
    finally:
        convolution.choose("auto")
    other = flags.FlagValues()
    device_flags.of_reading(other)
    with pytest.raises(SystemExit):
        launch.parse(other, ["jaxmotif", "--convolution=fft"], "")
