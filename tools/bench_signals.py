"""Times how long training of DeepSEA's network on files of its layout takes to end on SIGTERM.

    tools/bench_signals [--rows=40000] [--valid=8000] [--trials=1] [--cases=...] [--folder=/tmp/bench_signals]

Writes made sequences of 1,000 nt with 919 labels as train.mat (compressed HDF5), valid.mat and test.mat, and
starts `experiments.deep_networks --config=deepsea` on them. The signal comes while the files are converted,
while programs are compiled, between steps, and, with 64 sequences to train on, during validation. Prints when
the first line came, when the signal, how long the process took to end, its exit code and its last line.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import h5py
import numpy as np
import scipy.io
from absl import flags

LENGTH, TARGETS = 1000, 919
CODE = (sys.executable, "-m", "experiments.deep_networks", "--config=deepsea", "--scale=paper")
BLOCK = 4096
CASES = ("converting", "compiling", "steps", "validation")
CACHE = "JAX_COMPILATION_CACHE_DIR"


def write(folder: pathlib.Path, rows: int, valid: int) -> None:
    """Writes DeepSEA's three files."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)

    def block(count):
        x = np.eye(4, dtype=np.uint8)[rng.integers(0, 4, (count, LENGTH))].transpose(0, 2, 1)
        return x, (rng.integers(0, 50, (count, TARGETS)) == 0).astype(np.uint8)

    with h5py.File(folder / "train.mat", "w", userblock_size=512) as file:
        options = {"dtype": np.uint8, "compression": "gzip", "compression_opts": 1}
        x = file.create_dataset("trainxdata", (LENGTH, 4, rows), chunks=(LENGTH, 4, 64), **options)
        y = file.create_dataset("traindata", (TARGETS, rows), chunks=(TARGETS, 64), **options)
        for start in range(0, rows, BLOCK):
            own = slice(start, min(start + BLOCK, rows))
            one_hot, labels = block(own.stop - own.start)
            x[:, :, own], y[:, own] = one_hot.transpose(2, 1, 0), labels.T
    for part, count in (("valid", valid), ("test", 64)):
        one_hot, labels = block(count)
        scipy.io.savemat(folder / f"{part}.mat", {f"{part}xdata": one_hot, f"{part}data": labels})


class Run:
    """A training that is under way, and what it has said, with seconds since its start."""

    def __init__(self, data: pathlib.Path, run: pathlib.Path, trials: int, fresh=True, cache=None):
        if fresh:
            shutil.rmtree(run, ignore_errors=True)
        arguments = [f"--data={data}", f"--workdir={run}", f"--set=trials={trials}"]
        self.begin, self.lines = time.monotonic(), []
        environment = dict(os.environ) if cache is None else os.environ | {CACHE: cache}
        self.process = subprocess.Popen(
            [*CODE, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append((time.monotonic() - self.begin, line.strip()))

    def wait_for(self, text: str) -> float:
        """Returns when a line with a text came."""
        while self.process.poll() is None:
            found = [seconds for seconds, line in list(self.lines) if text in line]
            if found:
                return found[0]
            time.sleep(0.02)
        raise SystemExit(f"no line with {text!r}, but: {self.lines}")

    def end(self, what: str, after: float) -> None:
        """Sends SIGTERM after some seconds, and prints what became of it."""
        time.sleep(after)
        sent = time.monotonic()
        os.kill(self.process.pid, signal.SIGTERM)
        code = self.process.wait()
        took = time.monotonic() - sent
        self.reader.join()
        first, last = self.lines[0], self.lines[-1][1]
        print(
            f"{what}: first line after {first[0]:.1f} s, signal after {sent - self.begin:.1f} s, ended in "
            f"{took:.1f} s with {code}: {last}",
            flush=True,
        )


def main() -> None:
    values = flags.FlagValues()
    flags.DEFINE_integer("rows", 40_000, "Sequences to train on.", flag_values=values)
    flags.DEFINE_integer("valid", 8_000, "Sequences that validate.", flag_values=values)
    flags.DEFINE_integer("trials", 1, "Networks that train together.", flag_values=values)
    flags.DEFINE_list("cases", list(CASES), "When the signal comes.", flag_values=values)
    flags.DEFINE_string("folder", "/tmp/bench_signals", "Where files and runs lie.", flag_values=values)
    values(sys.argv)
    folder = pathlib.Path(values.folder)
    long, short = folder / "long", folder / "short"
    for data, rows in ((long, values.rows), (short, 64)):
        if not data.exists():
            write(data, rows, values.valid)
    place, trials = folder / "run", values.trials
    if "converting" in values.cases:
        shutil.rmtree(folder / "long.arrays", ignore_errors=True)
        run = Run(long, place, trials)
        run.wait_for("converting")
        run.end("converting", 0.5)
        print("left:", sorted(path.name for path in (folder / "long.arrays").iterdir()))
    if "compiling" in values.cases:
        run = Run(long, place, trials, cache="")
        run.wait_for("training on")
        run.end("compiling", 1.0)
    if "steps" in values.cases:
        for what, fresh in (("between steps", True), ("continued", False)):
            run = Run(long, place, trials, fresh)
            run.wait_for("epoch 1/")
            run.end(what, 20.0 if fresh else 0.0)
    if "validation" in values.cases:
        whole = Run(short, place, trials)  # compiles, and tells when an epoch ends
        first, last = whole.wait_for("epoch 1/200, "), whole.wait_for("epoch 1/200 ")
        whole.end("an epoch of 4 steps and a validation", 0.0)
        run = Run(short, place, trials)
        run.wait_for("epoch 1/200, ")
        run.end("validation", (last - first) / 2)


if __name__ == "__main__":
    main()
