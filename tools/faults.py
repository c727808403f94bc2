"""Breaks runs and counts what becomes of them: recovered bit for bit, refused, accepted or lost.

    tools/faults [--kills=50] [--flips=200] [--commands=discover,decode,koo_eddy]

Every trial starts from a copy of a run, breaks something, and gives the same command again. The result is
compared with that of a run that nothing happened to: every file but pages, records of time and machine, and
checkpoints, byte for byte (JSON without its seconds, .npz by its arrays). "refused" is exit code 1 or 2 with
one line that names what is wrong, after which the command with --noresume works; "accepted" is another
result of a run that says that all is well; everything else (a traceback, no end) is "lost". After damage to
files, four commands of five are given in one process, one after another, which saves most of their time.
Full disks are tried on a small tmpfs, which only root can mount.
"""

import collections
import contextlib
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
from fault_runs import LIMIT, Command, is_told, made_commands, results

from jaxmotif.apps import launch

# What a run begins with, and holds until it ends.
RECORDS = ("config.json", "inputs.json", "env.json")
OUTCOMES = ("recovered", "refused", "accepted", "lost")


def stopped(command: Command, run: pathlib.Path, signum: int, seconds: float) -> bool:
    """Sends a signal to the command after some seconds; returns whether it was still running."""
    process = command.start(run)
    time.sleep(seconds)
    alive = process.poll() is None
    process.send_signal(signum)
    process.communicate(timeout=LIMIT)
    return alive


def interrupted(command: Command, run: pathlib.Path) -> None:
    """Leaves in `run` what an interrupted one leaves: records, earlier checkpoints, most of the neurons."""
    shutil.copytree(command.whole, run)
    parts = sorted(run.rglob("neuron*.npz"))
    for path in run.rglob("*"):
        if path.is_file() and "checkpoints" not in path.parts:
            if path.name not in RECORDS and path not in parts[:-1]:
                path.unlink()
    for folder in run.rglob("checkpoints"):
        steps = sorted(
            (path for path in folder.iterdir() if path.name.isdecimal()), key=lambda p: int(p.name)
        )
        if len(steps) > 1:
            shutil.rmtree(steps[-1])


def flip(path: pathlib.Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    at, bit = int(rng.integers(len(content))), int(rng.integers(8))
    content[at] ^= 1 << bit
    path.write_bytes(content)
    return f"bit {bit} of byte {at}"


def cut(path: pathlib.Path, rng: np.random.Generator) -> str:
    size = path.stat().st_size
    left = int(rng.choice([0, size // 2, max(size - 1, 0)]))
    path.write_bytes(path.read_bytes()[:left])
    return f"{left} of {size} bytes left"


def remove(path: pathlib.Path, _) -> str:
    path.unlink()
    return "removed"


def damaged(run: pathlib.Path, how: Callable, rng: np.random.Generator) -> str:
    """Damages one file of a run, half of the times one that is drawn by its size; returns what was done."""
    files = [path for path in sorted(run.rglob("*")) if path.is_file() and path.stat().st_size]
    if not files:
        return ""
    sizes = np.array([path.stat().st_size for path in files], float)
    p = sizes / sizes.sum() if rng.random() < 0.5 else None
    path = files[int(rng.choice(len(files), p=p))]
    return f"{path.relative_to(run)}: {how(path, rng)}"


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
        if not is_told(process.returncode, said):
            return "lost"
        subprocess.run(["mount", "-o", "remount,size=500m", str(place)], check=True)
        return command.again(place / "run")


def two_at_once(command: Command, run: pathlib.Path, seconds: float) -> str:
    """Starts the command twice; one has to do its work, the other to say in one line that it is in use."""
    first = command.start(run)
    time.sleep(seconds)
    second = command.start(run)
    ended = [(process, process.communicate(timeout=LIMIT)[1]) for process in (first, second)]
    codes = sorted(process.returncode for process, _ in ended)
    refused = [said for process, said in ended if process.returncode == 2 and "in use by" in said]
    if codes != [0, 0] and (codes != [0, 2] or len(refused) != 1):
        print("\n".join(said[-800:] for _, said in ended), file=sys.stderr)
        return "lost"
    return "recovered" if results(run) == command.expected else "accepted"


def trials(command: Command, values, folder: pathlib.Path) -> Iterator[tuple[str, str, str]]:
    """Yields (kind of fault, where, outcome) of every trial."""
    begin = time.monotonic()
    shutil.rmtree(command.whole)
    command.start(command.whole).communicate(timeout=LIMIT)
    seconds = time.monotonic() - begin  # of a run whose programs are compiled
    print(f"{command.name} takes {seconds:.1f} s", file=sys.stderr)
    run = folder / command.name
    signals = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
    for kind, signum in (signals | {"SIGHUP": signal.SIGHUP}).items():
        rng = np.random.default_rng([values.seed, signum])
        count = values.kills if signum == signal.SIGKILL else -(-values.kills // 5)
        for trial in range(count):  # a random moment in each of so many parts of the run
            after = max((trial + rng.random()) / count * seconds, 0.2)
            alive = stopped(command, run, signum, after)
            yield f"{kind}, {'at work' if alive else 'too late'}", f"{after:.2f} s", command.again(run)
            clear(run)
    for number, (kind, how, count) in enumerate(
        (
            ("bit flipped", flip, values.flips),
            ("truncated", cut, values.flips // 4),
            ("deleted", remove, values.flips // 4),
        )
    ):
        for trial in range(count):
            if trial % 2:
                shutil.copytree(command.whole, run)
            else:
                interrupted(command, run)
            where = damaged(run, how, np.random.default_rng([values.seed, number, trial]))
            if where:
                outcome = command.again(run, in_worker=trial % 10 >= 2)
                yield f"{kind}, {'finished' if trial % 2 else 'interrupted'} run", where, outcome
            clear(run)
    size = sum(path.stat().st_size for path in command.whole.rglob("*") if path.is_file()) // 1024
    for share in np.linspace(0.02, 1.3, values.disks):
        kilobytes = max(int(share * size), 16)
        outcome = full_disk(command, kilobytes)
        if outcome:
            yield "disk full", f"{kilobytes} kB", outcome
    rng = np.random.default_rng([values.seed, 3])
    for trial in range(values.pairs):
        after = (trial + rng.random()) / values.pairs * seconds * 0.9
        yield "two processes", f"{after:.2f} s", two_at_once(command, run, after)
        clear(run)
    command.close()


def clear(run: pathlib.Path) -> None:
    """Removes a run and what was moved aside from it."""
    for path in (run, *run.parent.glob(f"{run.name}.old-*")):
        shutil.rmtree(path, ignore_errors=True)


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
            for kind, where, outcome in trials(command, values, folder):
                counts[command.name, kind][outcome] += 1
                print(f"{command.name}, {kind} ({where}): {outcome}", file=sys.stderr, flush=True)
    print("| command | fault | tried | recovered, bit for bit | refused, one line | accepted | lost |")
    print("|---|---|---|---|---|---|---|")
    for (name, kind), found in counts.items():
        numbers = [sum(found.values()), *(found[outcome] for outcome in OUTCOMES)]
        print(f"| {name} | {kind} | {' | '.join(map(str, numbers))} |")
    if lost := sum(found["lost"] + found["accepted"] for found in counts.values()):
        raise launch.Failed(f"{lost} runs were lost, or damage was accepted")


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
