"""DeepSEA's network on a made set that is larger than memory: killed, continued, compared.

    tools/bench_large [--gigabytes=20] [--limit=6] [--steps=48] [--folder=/tmp/bench_large]

Writes sequences and labels in DeepSEA's shapes, N x 1,000 and N x 919, every eighth block of rows random and
the rest holes of sparse files. One process trains so many steps, a second one is killed by SIGKILL halfway, a
third continues it; each may take `limit` GB for itself (RLIMIT_DATA: heap and other private memory, not pages
of files). Prints for each the most memory of its own and of files, and seconds; and whether both ways end in
the same bits. --gather times reading random rows instead.
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
from absl import flags

LENGTH, TARGETS, BATCH = 1000, 919, 16
# Rows of a block; of these every so many is random.
BLOCK, EVERY = 8192, 8
# Steps of a segment, after each of which a checkpoint is saved.
SEGMENT = 8


def write(folder: pathlib.Path, size: int) -> None:
    """Writes sequences.npy and labels.npy of so many bytes together, sparse."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, rng = size // (LENGTH + TARGETS), np.random.default_rng(0)
    for name, width in (("sequences", LENGTH), ("labels", TARGETS)):
        with open(folder / f"{name}.npy", "wb") as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": (rows, width)}
            np.lib.format.write_array_header_1_0(stream, header)
            begin = stream.tell()
            for start in range(0, rows - BLOCK, BLOCK * EVERY):
                stream.seek(begin + start * width)
                if name == "sequences":
                    block = rng.integers(0, 4, (BLOCK, width), np.uint8)
                else:
                    block = (rng.integers(0, 50, (BLOCK, width), np.uint8) == 0).astype(np.uint8)
                stream.write(block.data)
            stream.truncate(begin + rows * width)


def memory() -> dict[str, float]:
    """Returns GB of this process now: of its own, and of files."""
    lines = pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = {
        line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssFile"))
    }
    return {"own": found["RssAnon"] / 1e6, "of files": found["RssFile"] / 1e6}


def train(folder: pathlib.Path, run: pathlib.Path, steps: int, last: int, limit: float) -> None:
    """Trains up to step `steps`; with `last` the process kills itself there."""
    resource.setrlimit(resource.RLIMIT_DATA, (int(limit * 1e9), int(limit * 1e9)))
    from jaxmotif import keys, memory_maps
    from jaxmotif.errors import Interrupted
    from jaxmotif.models import zoo
    from jaxmotif.training import fit, presets, segments
    from jaxmotif.training.callbacks import Callback

    began, most, first = time.monotonic(), {"own": 0.0, "of files": 0.0}, []

    def watch():
        while True:
            for name, value in memory().items():
                most[name] = max(most[name], value)
            time.sleep(0.05)

    threading.Thread(target=watch, daemon=True).start()

    class Stop(Callback):
        def segment(self, epoch, done, seen):
            first.append(time.monotonic() - began)
            if last and done >= last:
                os.kill(os.getpid(), signal.SIGKILL)
            if done >= steps:
                os.kill(os.getpid(), signal.SIGTERM)

    segments.FIRST, segments.GROWTH = SEGMENT, 1
    data = {
        name: memory_maps.opened(folder / f"{name}.npy", most)
        for name, most in (("sequences", 4), ("labels", 1))
    }
    valid = {name: np.array(array[:64]) for name, array in data.items()}
    try:
        fit.fit(
            zoo.get("DeepSEA-code"),
            data,
            valid,
            presets.preset("deepsea").with_fields(batch_size=BATCH),
            members=fit.Members([0], keys.root(0)),
            run=fit.Run(run, True, quiet=True, callbacks=[Stop()], segment_seconds=600.0, save_seconds=0.0),
        )
    except Interrupted as stop:
        told = {"ended": str(stop), "seconds": time.monotonic() - began, "first segment after": first[0]}
        print(json.dumps(told | {"most GB": most}))


def gather(folder: pathlib.Path, rows: int = 600_000, count: int = 32_768) -> None:
    """Prints how long random rows of 1,000 bytes take out of a file, not in the page cache and in it."""
    from concurrent.futures import ThreadPoolExecutor

    from jaxmotif import memory_maps
    from jaxmotif.training import stream

    path, rng = folder / "rows.npy", np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(path, rng.integers(0, 4, (rows, LENGTH), np.uint8))
    order, into = rng.permutation(rows)[:count], np.empty((count, LENGTH), np.uint8)
    parts = [slice(start, start + stream.ROWS) for start in range(0, count, stream.ROWS)]
    for threads in (1, stream.READERS):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        array = np.load(path, mmap_mode="r")
        memory_maps.read_at_random(array)
        for what in ("from disk", "from the page cache"):
            begin = time.monotonic()
            with ThreadPoolExecutor(threads) as readers:
                read = lambda part, array=array: stream._read(array, order[part], into[part])
                list(readers.map(read, parts))
            print(f"{count:,} rows {what}, {threads} threads: {time.monotonic() - begin:.3f} s")
        del array, read  # what is mapped stays in the page cache
    path.unlink()


def state(run: pathlib.Path) -> tuple[str, dict[str, int]]:
    """Returns the step of a run's checkpoint and a checksum of every array in it."""
    import orbax.checkpoint as ocp

    from jaxmotif.training.checkpoint import checksums

    (step,) = (path for path in (run / "checkpoints" / "within").iterdir() if path.name.isdecimal())
    return step.name, checksums(ocp.StandardCheckpointer().restore(step / "state"))


def main() -> None:
    values = flags.FlagValues()
    flags.DEFINE_float("gigabytes", 20, "Size of the set.", flag_values=values)
    flags.DEFINE_float("limit", 6, "GB that a process may take for itself.", flag_values=values)
    flags.DEFINE_integer("steps", 48, "Steps that are trained, of segments of 8.", flag_values=values)
    flags.DEFINE_string("folder", "/tmp/bench_large", "Where the set and the runs lie.", flag_values=values)
    flags.DEFINE_integer(
        "child", -1, "Trains; kills itself at this step, if it is not 0.", flag_values=values
    )
    flags.DEFINE_string("run", "", "Of a child, its run directory.", flag_values=values)
    flags.DEFINE_bool("gather", False, "Times random rows only.", flag_values=values)
    values(sys.argv)
    folder = pathlib.Path(values.folder)
    if values.child >= 0:
        train(folder, pathlib.Path(values.run), values.steps, values.child, values.limit)
        return
    if values.gather:
        gather(folder)
        return
    begin = time.monotonic()
    if not (folder / "labels.npy").exists():
        write(folder, int(values.gigabytes * 1e9))
    sizes = [os.stat(folder / f"{name}.npy") for name in ("sequences", "labels")]
    whole, there = sum(s.st_size for s in sizes) / 1e9, sum(s.st_blocks for s in sizes) * 512 / 1e9
    written = time.monotonic() - begin
    print(f"{whole:.1f} GB, {there:.1f} of them on disk, in {written:.0f} s; limit {values.limit:g} GB")
    ways = (("whole", 0), ("parts", values.steps // 2), ("parts", 0))
    for run in {folder / name for name, _ in ways}:
        shutil.rmtree(run, ignore_errors=True)
    for name, killed_at in ways:
        arguments = [*sys.argv, f"--child={killed_at}", f"--run={folder / name}"]
        done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=False)
        print(f"{name}: {done.stdout.strip() or f'ended by signal {-done.returncode}'}", flush=True)
    one, other = (state(folder / name) for name in ("whole", "parts"))
    print(f"step {one[0]} and {other[0]}, {len(one[1])} arrays:", "equal" if one == other else "DIFFERENT")


if __name__ == "__main__":
    main()
