"""The commands that tools/faults breaks: small runs through all stages, and their results."""

import contextlib
import hashlib
import json
import os
import pathlib
import select
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np

from jaxmotif import files
from jaxmotif.apps import programs
from jaxmotif.models.imports import arrays
from jaxmotif.models.spec import Conv, NetworkSpec

ROOT = pathlib.Path(__file__).parents[1]
# They hold times, versions, or what was there before.
NOT_COMPARED = ("env.json", "outputs.json", "summary.txt", ".lock", ".html", ".md", ".changed")
LIMIT = 600  # seconds after which a command does not end


class Command:
    """A command line and the results of an undisturbed run of it."""

    def __init__(self, name: str, words: list[str], folder: pathlib.Path, out: str):
        self.name, self.words, self.folder, self.out = name, words, folder, out
        self._worker: subprocess.Popen | None = None
        self.whole = folder / f"whole-{name}"
        done = self.start(self.whole).communicate(timeout=LIMIT)
        self.expected = results(self.whole)
        if not self.expected:
            raise ValueError(f"{name} left no results: {done[1][-300:]}")

    def start(self, run: pathlib.Path, *further: str) -> subprocess.Popen:
        """Starts the command in a run directory; programs are kept from trial to trial, as for a user."""
        return self._started([*self.words, f"--{self.out}={run}", *further])

    def _started(self, words: list[str], **streams) -> subprocess.Popen:
        kept = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        if "experiments." in " ".join(self.words):  # a launcher keeps them where it is told to
            kept = {"JAX_COMPILATION_CACHE_DIR": str(self.folder / "programs")} | programs.SETTINGS
        own = {name: value for name, value in os.environ.items() if "_CACHE_" not in name}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        return subprocess.Popen(words, cwd=ROOT, env=own | kept, text=True, **pipes)

    def _ended(self, run: pathlib.Path, *further: str) -> tuple[int, str]:
        """Gives the command and returns its exit code and stderr; raises TimeoutExpired."""
        process = self.start(run, *further)
        try:
            said = process.communicate(timeout=LIMIT)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return process.returncode, said

    def _ended_in_worker(self, run: pathlib.Path, *further: str) -> tuple[int, str]:
        """The same in a process that has given the command before, see fault_worker.py."""
        if self._worker is None or self._worker.poll() is not None:
            words = [sys.executable, str(pathlib.Path(__file__).with_name("fault_worker.py"))]
            self._worker = self._started(words, stdin=subprocess.PIPE, stderr=None)
        assert self._worker.stdin and self._worker.stdout
        stderr = self.folder / "stderr"
        module = self.words.index("-m") + 1
        asked = {
            "module": self.words[module],
            "arguments": [*self.words[module + 1 :], f"--{self.out}={run}", *further],
            "stderr": str(stderr),
        }
        print(json.dumps(asked), file=self._worker.stdin, flush=True)
        if not select.select([self._worker.stdout], [], [], LIMIT)[0]:
            self.close()
            raise subprocess.TimeoutExpired(self.words, LIMIT)
        answer = self._worker.stdout.readline()  # nothing where the process has died
        code = int(answer) if answer else self._worker.wait()
        return code, stderr.read_text(errors="replace")

    def close(self) -> None:
        """Ends the process that gives the command several times."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.communicate()

    def again(self, run: pathlib.Path, in_worker: bool = False) -> str:
        """Gives the command once more and says what became of the run.

        Args:
          run: the run directory.
          in_worker: in a process that has given it before, which is several times faster.
        """
        ended = self._ended_in_worker if in_worker else self._ended
        try:
            return self._outcome(run, ended)
        except subprocess.TimeoutExpired:
            return "lost"

    def _outcome(self, run: pathlib.Path, ended: Callable[..., tuple[int, str]]) -> str:
        code, said = ended(run)
        if code == 0:
            found = results(run)
            for name in sorted({*found, *self.expected}):
                if found.get(name) != self.expected.get(name):
                    print(f"{run / name} differs", file=sys.stderr)
            return "recovered" if found == self.expected else "accepted"
        if not is_told(code, said):
            return "lost"
        code, _ = ended(run, "--noresume")
        return "refused" if code == 0 and results(run) == self.expected else "lost"


def is_told(code: int, said: str) -> bool:
    """Returns whether a command has ended with one line that says why; shows what it said if not."""
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    if code in (1, 2) and len(errors) == 1 and "Traceback" not in said:
        return True
    print(f"exit code {code}: {said[-1500:]}", file=sys.stderr)
    return False


def results(run: pathlib.Path) -> dict[str, str]:
    """Returns the checksums of what a run has found, by path."""
    return {
        str(path.relative_to(run)): hashlib.sha256(_findings(path)).hexdigest()
        for path in sorted(run.rglob("*"))
        if path.is_file() and not path.name.endswith(NOT_COMPARED) and "checkpoints" not in path.parts
    }


def _findings(path: pathlib.Path) -> bytes:
    """What a file says: JSON without times, arrays without what else a zip archive holds, such as dates."""
    timeless = lambda pairs: {name: value for name, value in pairs if not name.startswith("seconds")}
    with contextlib.suppress(Exception):  # damaged: it is its bytes
        if path.suffix == ".json":
            return json.dumps(json.loads(path.read_bytes(), object_pairs_hook=timeless)).encode()
        if path.suffix == ".npz":
            found = files.load_npz(path)
            shapes = repr([(name, array.dtype, array.shape) for name, array in sorted(found.items())])
            return shapes.encode() + b"".join(array.tobytes() for _, array in sorted(found.items()))
    return path.read_bytes()


def made_commands(folder: pathlib.Path, names: list[str]) -> Iterator[Command]:
    """Yields the commands, each with an undisturbed run: small ones, that pass through all stages."""
    python, database = [sys.executable, "-m"], f"--database={made_database(folder)}"
    if "discover" in names:
        quick = ["--seeds=2", database, "--set=train.epochs=6", "--set=train.save_every=2"]
        words = [*python, "jaxmotif.apps.cli", "discover", str(made_sequences(folder)), *quick]
        yield Command("discover", words, folder, "out")
    if "decode" in names:
        small = ("population=100", "generations=10", "walk=10", "exact_up_to=0", "cap=100", "polish=4")
        words = [*python, "jaxmotif.apps.cli", "decode", str(made_weights(folder)), "--layer=1,2", database]
        words += [f"--set=decode.sampling.{field}" for field in small]
        yield Command("decode", words, folder, "out")
    if "koo_eddy" in names:
        own = ["networks=CNN-100,CNN-50", "sequences=500", "train.epochs=3", "train.save_every=1"]
        words = [*python, "experiments.koo_eddy", "--scale=smoke", *(f"--set={one}" for one in own)]
        yield Command("koo_eddy", [*words, f"--data_dir={folder / 'data'}"], folder, "workdir")


def made_sequences(folder: pathlib.Path) -> pathlib.Path:
    """Writes 240 sequences of 50 nt, one site of a motif in each."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (240, 50))
    for row, at in zip(codes, rng.integers(0, 42, 240), strict=True):
        row[at : at + 8] = [3, 2, 0, 1, 3, 1, 0, 2]
    letters = ["".join("ACGT"[code] for code in row) for row in codes]
    path = folder / "peaks.fa"
    path.write_text("".join(f">s{number}\n{row}\n" for number, row in enumerate(letters)))
    return path


def made_database(folder: pathlib.Path) -> pathlib.Path:
    """Writes 30 motifs of 8 nt, more than the 25 that p-values want; the first is in the sequences."""
    rng = np.random.default_rng(1)
    words = [np.array([3, 2, 0, 1, 3, 1, 0, 2]), *rng.integers(0, 4, (29, 8))]
    text = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n"
    for number, word in enumerate(words):
        rows = "\n".join(
            " ".join("0.91" if letter == code else "0.03" for letter in range(4)) for code in word
        )
        head = "letter-probability matrix: alength= 4 w= 8 nsites= 20 E= 0"
        text += f"\nMOTIF M{number} factor{number}\n{head}\n{rows}\n"
    path = folder / "database.meme"
    path.write_text(text)
    return path


def made_weights(folder: pathlib.Path) -> pathlib.Path:
    """Writes two convolutions of random weights, the second with a receptive field of 13 nt."""
    rng = np.random.default_rng(2)
    convs = tuple(
        Conv(filters, width, pool, padding="VALID", pool_padding="VALID", bias=True, norm="none")
        for filters, width, pool in ((3, 6, 2), (4, 4, 2))
    )
    weights = {
        "conv1": {"kernel": rng.normal(size=(6, 4, 3)), "bias": rng.normal(size=3)},
        "conv2": {"kernel": rng.normal(size=(4, 3, 4)), "bias": rng.normal(size=4)},
    }
    path = folder / "weights.npz"
    arrays.save(path, weights, NetworkSpec("two-convolutions", 40, 1, convs, ()))
    return path
