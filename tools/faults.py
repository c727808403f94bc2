"""Breaks runs and counts what becomes of them: recovered bit for bit, refused with one line, or lost.

    tools/faults [--kills=50] [--flips=200] [--commands=discover,decode,koo_eddy]

Every trial starts from a copy of a run, breaks something, and gives the same command again. The result is
compared with that of a run that nothing happened to: every file of motifs, sites, networks and metrics, byte
for byte. "refused" is exit code 1 or 2 with one line that names what is wrong, after which the command with
--noresume works; everything else (another result, a traceback, no end) is "lost". Full disks are tried on a
small tmpfs, which only root can mount.
"""

import collections
import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np
from absl import flags

from jaxmotif.apps import launch

ROOT = pathlib.Path(__file__).parents[1]
# Results that hold no time, path or version.
SAME = (
    "motifs.meme",
    "motifs.json",
    "sites.tsv",
    "tomtom.tsv",
    "network.npz",
    "network.json",
    "held_out.fa",
    "syntax.txt",
    "metrics.jsonl",
    "decoded.npz",
)
# By what commands and launchers know what is finished.
DONE = ("summary.txt", "outputs.json", "rows.json", "row.json", "measures.json")
LIMIT = 240  # seconds after which a command does not end
OUTCOMES = ("recovered", "refused", "lost")


class Command:
    """A command line and the results of an undisturbed run of it."""

    def __init__(self, name: str, words: list[str], folder: pathlib.Path, out: str):
        self.name, self.words, self.folder, self.out = name, words, folder, out
        self.whole = folder / f"whole-{name}"
        done = self.start(self.whole).communicate(timeout=LIMIT)
        self.expected = results(self.whole)
        if not self.expected:
            raise ValueError(f"{name} left no results: {done[1][-300:]}")

    def start(self, run: pathlib.Path, *further: str) -> subprocess.Popen:
        """Starts the command in a run directory."""
        return subprocess.Popen(
            [*self.words, f"--{self.out}={run}", *further],
            cwd=ROOT,
            env={"JAX_COMPILATION_CACHE_DIR": str(self.folder / "programs")} | os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def again(self, run: pathlib.Path) -> str:
        """Gives the command once more and says what became of the run."""
        process = self.start(run)
        try:
            _, said = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            return "lost"
        if process.returncode == 0:
            found = results(run)
            for name in {*found, *self.expected}:
                if found.get(name) != self.expected.get(name):
                    print(f"{run / name} differs", file=sys.stderr)
            return "recovered" if found == self.expected else "lost"
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        if process.returncode not in (1, 2) or len(errors) != 1 or "Traceback" in said:
            print(said[-1000:], file=sys.stderr)
            return "lost"
        fresh = self.start(run, "--noresume")
        fresh.communicate(timeout=LIMIT)
        return "refused" if fresh.returncode == 0 and results(run) == self.expected else "lost"


def results(run: pathlib.Path) -> dict[str, str]:
    """Returns the checksums of what a run has found, by path."""
    return {
        str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.rglob("*"))
        if path.name in SAME and "checkpoints" not in path.parts
    }


def made_commands(folder: pathlib.Path, names: list[str]) -> Iterator[Command]:
    """Yields the commands, each with an undisturbed run."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (240, 50))
    for row, at in zip(codes, rng.integers(0, 42, 240), strict=True):
        row[at : at + 8] = [3, 2, 0, 1, 3, 1, 0, 2]
    letters = ["".join("ACGT"[code] for code in row) for row in codes]
    path = folder / "peaks.fa"
    path.write_text("".join(f">s{number}\n{row}\n" for number, row in enumerate(letters)))
    python = [sys.executable, "-m"]
    quick = ["--set=train.epochs=12", "--set=train.save_every=2"]
    discover = [*python, "jaxmotif.apps.cli", "discover", str(path), "--seeds=2", *quick]
    if "discover" in names or "decode" in names:
        first = Command("discover", discover, folder, "out")
        if "discover" in names:
            yield first
    if "decode" in names:
        small = [f"--set=decode.sampling.{field}" for field in ("population=64", "generations=40", "walk=20")]
        words = [*python, "jaxmotif.apps.cli", "decode", str(first.whole), "--layer=1", "--neurons=0,1,2"]
        yield Command("decode", [*words, *small], folder, "out")
    if "koo_eddy" in names:
        words = [*python, "experiments.koo_eddy", "--scale=smoke", "--set=train.save_every=1"]
        yield Command("koo_eddy", [*words, f"--data_dir={folder / 'data'}"], folder, "workdir")


def stopped(command: Command, run: pathlib.Path, signum: int, seconds: float) -> bool:
    """Sends a signal to the command after some seconds; returns whether it was still running."""
    process = command.start(run)
    time.sleep(seconds)
    alive = process.poll() is None
    process.send_signal(signum)
    process.communicate(timeout=LIMIT)
    return alive


def interrupted(command: Command, run: pathlib.Path) -> None:
    """Leaves in `run` what an interrupted training leaves: earlier checkpoints and no results."""
    shutil.copytree(command.whole, run)
    for name in (*DONE, *SAME, "report.html", "metrics.json"):
        for path in run.rglob(name):
            path.unlink()
    for folder in run.rglob("checkpoints"):
        steps = sorted(
            (path for path in folder.iterdir() if path.name.isdecimal()), key=lambda p: int(p.name)
        )
        if len(steps) > 1:
            shutil.rmtree(steps[-1])


def flip(path: pathlib.Path, rng: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)


def cut(path: pathlib.Path, rng: np.random.Generator) -> None:
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: int(rng.choice([0, size // 2, max(size - 1, 0)]))])


def remove(path: pathlib.Path, _) -> None:
    path.unlink()


def damaged(run: pathlib.Path, how: Callable, rng: np.random.Generator) -> bool:
    """Damages one file of a run, half of the times one that is drawn by its size."""
    files = [path for path in sorted(run.rglob("*")) if path.is_file() and path.stat().st_size]
    if not files:
        return False
    sizes = np.array([path.stat().st_size for path in files], float)
    p = sizes / sizes.sum() if rng.random() < 0.5 else None
    how(files[int(rng.choice(len(files), p=p))], rng)
    return True


@contextlib.contextmanager
def small_disk(kilobytes: int) -> Iterator[pathlib.Path | None]:
    """Yields a folder on a disk of its own, or None where that cannot be mounted."""
    place = pathlib.Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


def full_disk(command: Command, kilobytes: int) -> str | None:
    """Runs the command where there is no room, makes room, and gives it again; None where it had room."""
    with small_disk(kilobytes) as place:
        if place is None:
            return None
        process = command.start(place / "run")
        _, said = process.communicate(timeout=LIMIT)
        if process.returncode == 0:
            return None
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        if process.returncode not in (1, 2) or len(errors) != 1 or "Traceback" in said:
            print(said[-1000:], file=sys.stderr)
            return "lost"
        subprocess.run(["mount", "-o", "remount,size=500m", str(place)], check=True)
        return command.again(place / "run")


def two_at_once(command: Command, run: pathlib.Path, seconds: float) -> str:
    """Starts the command twice; one has to do its work, the other to say in one line that it is in use."""
    first = command.start(run)
    time.sleep(seconds)
    second = command.start(run)
    ended = [(process, process.communicate(timeout=LIMIT)[1]) for process in (first, second)]
    refused = [said for process, said in ended if process.returncode == 2 and "in use by" in said]
    if all(process.returncode == 0 for process, _ in ended) or len(refused) == 1:
        return "recovered" if results(run) == command.expected else "lost"
    return "lost"


def trials(command: Command, values, folder: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Yields (kind of fault, outcome) of every trial."""
    rng, number = np.random.default_rng(values.seed), iter(range(10**6))
    begin = time.monotonic()
    shutil.rmtree(command.whole)
    command.start(command.whole).communicate(timeout=LIMIT)
    seconds = time.monotonic() - begin  # of a run whose programs are compiled
    new = lambda: folder / f"{command.name}-{next(number)}"
    signals = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
    for kind, signum in (signals | {"SIGHUP": signal.SIGHUP}).items():
        for _ in range(values.kills if signum == signal.SIGKILL else -(-values.kills // 5)):
            run = new()
            alive = stopped(command, run, signum, rng.uniform(0.2, seconds))
            yield f"{kind}, {'at work' if alive else 'too late'}", command.again(run)
            shutil.rmtree(run, ignore_errors=True)
    for kind, how, count in (
        ("bit flipped", flip, values.flips),
        ("truncated", cut, values.flips // 4),
        ("deleted", remove, values.flips // 4),
    ):
        for trial in range(count):
            run = new()
            if trial % 2:
                shutil.copytree(command.whole, run)
            else:
                interrupted(command, run)
            if damaged(run, how, rng):
                yield f"{kind}, {'finished' if trial % 2 else 'interrupted'} run", command.again(run)
            shutil.rmtree(run, ignore_errors=True)
            for old in folder.glob(f"{run.name}.old-*"):
                shutil.rmtree(old)
    size = sum(path.stat().st_size for path in command.whole.rglob("*") if path.is_file()) // 1024
    for share in np.linspace(0.02, 1.3, values.disks):
        outcome = full_disk(command, max(int(share * size), 16))
        if outcome:
            yield "disk full", outcome
    for _ in range(values.pairs):
        run = new()
        yield "two processes", two_at_once(command, run, rng.uniform(0, seconds / 2))
        shutil.rmtree(run, ignore_errors=True)


def main(argv: list[str]) -> None:
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_list("commands", ["discover", "decode", "koo_eddy"], "Which commands are broken.", **define)
    flags.DEFINE_integer(
        "kills", 50, "Kills at random moments; a fifth of that for every other signal.", 0, **define
    )
    flags.DEFINE_integer(
        "flips", 200, "Bits flipped; a quarter of that truncations, and deletions.", 0, **define
    )
    flags.DEFINE_integer("disks", 8, "Sizes of disks that are too small.", 0, **define)
    flags.DEFINE_integer("pairs", 4, "Times that two processes start in one directory.", 0, **define)
    flags.DEFINE_integer("seed", 0, "Of what is drawn.", **define)
    launch.parse(values, argv, __doc__)
    counts: dict[tuple[str, str], collections.Counter] = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for command in made_commands(folder, values.commands):
            for kind, outcome in trials(command, values, folder):
                counts[command.name, kind][outcome] += 1
                print(f"{command.name}, {kind}: {outcome}", file=sys.stderr)
    print("| command | fault | tried | recovered, bit for bit | refused, one line | lost |")
    print("|---|---|---|---|---|---|")
    for (name, kind), found in counts.items():
        numbers = [sum(found.values()), *(found[outcome] for outcome in OUTCOMES)]
        print(f"| {name} | {kind} | {' | '.join(map(str, numbers))} |")
    if lost := sum(found["lost"] for found in counts.values()):
        raise launch.Failed(f"{lost} runs were lost")


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
