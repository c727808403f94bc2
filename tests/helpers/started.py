"""Several processes of one command on this machine, as a launcher would start them on many."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence

SECONDS = 400


def address() -> str:
    """Returns host:port that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


class Processes:
    """What was started; `text(i)` is what process i has said on both streams so far."""

    def __init__(self, popen: Sequence[subprocess.Popen], outputs: Sequence[pathlib.Path]):
        self.popen, self._outputs = popen, outputs

    def text(self, index: int) -> str:
        """Returns what a process has said."""
        return self._outputs[index].read_text()

    def codes(self) -> list[int]:
        """Waits for all, and returns their exit codes."""
        return [one.wait(timeout=SECONDS) for one in self.popen]

    def wait_until(self, there: Callable[[], bool]) -> None:
        """Waits until something is there while all run."""
        end = time.monotonic() + SECONDS
        while not there():
            ended = [self.text(i) for i, one in enumerate(self.popen) if one.poll() is not None]
            assert not ended, ended
            assert time.monotonic() < end, self.text(0)
            time.sleep(0.01)

    def send(self, index: int, signum: int) -> None:
        """Sends a signal to one process."""
        self.popen[index].send_signal(signum)


@contextlib.contextmanager
def started(commands: Sequence[Sequence[str]], **environment: str) -> Generator[Processes]:
    """Starts Python with each of these arguments; what still runs at the end is killed."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        outputs = [folder / str(index) for index in range(len(commands))]
        root = str(pathlib.Path(__file__).parents[2])
        popen = []
        for command, output in zip(commands, outputs, strict=True):
            stream = stack.enter_context(output.open("w"))
            one = subprocess.Popen(
                [sys.executable, *command],
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": root, "JAX_PLATFORMS": "cpu", **environment},
            )
            stack.callback(_end, one)
            popen.append(one)
        yield Processes(popen, outputs)


def _end(one: subprocess.Popen) -> None:
    if one.poll() is None:
        one.send_signal(signal.SIGKILL)
        one.wait()


def together(count: int, *arguments: str) -> list[list[str]]:
    """Returns the commands of `count` processes, with the flags by which they find each other."""
    where = address()
    return [
        [*arguments, f"--coordinator={where}", f"--processes={count}", f"--process={index}"]
        for index in range(count)
    ]
