"""Seconds and peak memory of `jaxmotif discover` by phase, first and later runs, one JSON object a line.

    tools/bench_discover FILE.fa ... [--before=CHECKOUT] [--args=--seeds=1,--set=train.epochs=3]
    tools/bench_discover --made=20000x101 --made=200000x200 --args=--seeds=1,--set=train.epochs=1

Every run is a process of its own with its own run directory. The runs of one code share a cache folder that
is empty at first: the first run of all compiles, the others find what was compiled, by other files too. With
--before the same files are run by another checkout's code as well, the two in turn. CPU seconds are of all
threads, user and system; they can be compared on a machine that does other work, wall seconds cannot. Made
sequences are random letters, half of them with a planted word.
"""

import collections
import contextlib
import functools
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
from absl import flags

from jaxmotif import cores
from jaxmotif.apps import launch

# Phase -> functions, "module:name", whose time it is; what they call that has a phase is not counted twice.
# Names that a checkout does not have are passed over, and their time is in "rest", as importing is.
PHASES = {
    "read and judge": ("apps.discover.inputs:load", "apps.discover.inputs:divide"),
    "shuffles": ("data.negatives:other_shuffles",),
    "training": ("apps.discover.supervised:fit", "apps.discover.infomax:fit"),
    "scores": ("models.network:Network.logits", "evaluate.classification:bootstrap_interval"),
    "reading": ("interpret.filter_motifs:informative", "motifs.merge:merge"),
    "scanning": ("motifs.scan:scan",),
    "importance": ("interpret.ablation:importance", "models.network:Network.ablated_score"),
    "tomtom": ("motifs.motif_set:MotifSet.match",),
    "tables and report": ("apps.discover.pipeline:write",),
}
WORD = (3, 2, 0, 1, 3, 1, 0, 1, 2, 2)


class _Clock:
    """Gives every second to the innermost phase that is running."""

    def __init__(self):
        self.found = collections.defaultdict(lambda: np.zeros(2))
        self.peak: dict[str, float] = {}
        self._running = ["rest"]
        self._since = np.zeros(2)  # of the process: what came before belongs to "rest"
        self._begin = time.perf_counter()

    def _now(self) -> np.ndarray:
        return np.array([time.perf_counter() - self._begin, time.process_time()])

    def turn(self) -> None:
        """Ends a stretch of time."""
        now, name = self._now(), self._running[-1]
        self.found[name] += now - self._since
        self._since = now
        self.peak[name] = max(self.peak.get(name, 0.0), peak_megabytes())

    @contextlib.contextmanager
    def phase(self, name: str):
        self.turn()
        self._running.append(name)
        try:
            yield
        finally:
            self.turn()
            self._running.pop()


def peak_megabytes() -> float:
    """The largest resident memory since the last call."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    return peak / 1024


def _timed(clock: _Clock, name: str, function: Callable) -> Callable:
    @functools.wraps(function)
    def run(*arguments, **options):
        with clock.phase(name):
            return function(*arguments, **options)

    return run


def worker(arguments: list[str]) -> None:
    """Runs the command in this process and prints what it took."""
    clock = _Clock()
    from jaxmotif.apps import cli

    compiled = []
    with contextlib.suppress(ImportError):
        from jaxmotif.apps import programs

        programs.keep()
    import jax

    count = lambda event, **_: compiled.append(event) if event.endswith("/cache_misses") else None
    jax.monitoring.register_event_listener(count)
    for name, places in PHASES.items():
        for place in places:
            module, _, path = place.partition(":")
            *owners, attribute = path.split(".")
            with contextlib.suppress(ImportError, AttributeError):
                owner = functools.reduce(getattr, owners, importlib.import_module(f"jaxmotif.{module}"))
                setattr(owner, attribute, _timed(clock, name, getattr(owner, attribute)))
    with contextlib.redirect_stdout(sys.stderr):
        cli.dispatch(["jaxmotif", "discover", *arguments])
    clock.turn()
    order = [name for name in (*PHASES, "rest") if name in clock.found]
    rows = {
        name: {
            "wall": round(clock.found[name][0], 2),
            "cpu": round(clock.found[name][1], 2),
            "peak_mb": round(clock.peak[name]),
        }
        for name in order
    }
    total = sum(clock.found.values())
    print(
        json.dumps(
            {
                "wall": round(total[0], 1),
                "cpu": round(total[1], 1),
                "peak_mb": round(max(clock.peak.values())),
                "programs_not_kept": len(compiled),
                "phases": rows,
            }
        )
    )


def make(path: pathlib.Path, rows: int, length: int) -> pathlib.Path:
    """Writes a FASTA of random sequences, of which half have the word planted."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (rows, length), np.uint8)
    for row, start in zip(range(0, rows, 2), rng.integers(0, length - len(WORD), rows), strict=False):
        codes[row, start : start + len(WORD)] = WORD
    letters = np.frombuffer(b"ACGT", np.uint8)[codes]
    with path.open("wb") as stream:
        for number, row in enumerate(letters):
            stream.write(b">made%d\n%s\n" % (number, row.tobytes()))
    return path


def run(checkout: pathlib.Path, home: pathlib.Path, arguments: list[str]) -> dict:
    """Returns what one run in a process of its own took, by the code of `checkout`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "XLA_"))}
    # Without what was kept elsewhere.
    kept |= {"PYTHONPATH": str(checkout), "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, __file__, "--worker", *arguments]
    done = subprocess.run(command, env=kept, cwd=checkout, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(argv) -> None:
    values = flags.FlagValues()
    flags.DEFINE_multi_string("made", [], "ROWSxLENGTH of sequences to make; repeatable.", flag_values=values)
    flags.DEFINE_string("before", None, "Another checkout, run in turn with this one.", flag_values=values)
    flags.DEFINE_list("args", [], "Flags of discover.", flag_values=values)
    flags.DEFINE_integer("runs", 2, "Runs of each file.", lower_bound=1, flag_values=values)
    files = launch.parse(values, argv, __doc__)
    here = pathlib.Path(__file__).resolve().parents[1]
    checkouts = {"before": pathlib.Path(values.before).resolve()} if values.before else {}
    checkouts["now"] = here
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        paths = [pathlib.Path(file).resolve() for file in files]
        paths += [
            make(folder / f"made{size}.fa", *map(int, size.split("x"))) for size in map(str, values.made)
        ]
        for path in paths:
            for number in range(1, values.runs + 1):
                for name, checkout in checkouts.items():
                    out = folder / f"{name}-{path.name}-{number}"
                    found = run(checkout, folder / f"cache-{name}", [str(path), f"--out={out}", *values.args])
                    row = {"file": path.name, "code": name, "run": number, "cpus": cores.usable()}
                    print(json.dumps(row | found), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2:])
    else:
        launch.run(lambda: main(sys.argv))
