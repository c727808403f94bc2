"""Times what comes before the training of a table of sequences by targets, as TSV and as Parquet.

    tools/bench_targets [--rows=100000] [--targets=20] [--length=200] [--folder=/tmp/bench_targets]

Writes random sequences with real values, once; reads each file in a process of its own, and prints
seconds, CPU seconds and the largest memory of: the imports, the table, and its division into parts.
"""

import os
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np
from absl import flags

from jaxmotif import dna
from jaxmotif.apps import launch

STEPS = ("imports", "table", "parts")


def write(folder: pathlib.Path, rows: int, targets: int, length: int) -> list[pathlib.Path]:
    """Writes table.tsv and table.parquet, and returns their paths."""
    import pyarrow
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    texts = dna.decode(rng.integers(0, 4, (rows, length)).astype(np.uint8))
    values = rng.normal(size=(rows, targets)).round(4)
    names = [f"target{t + 1}" for t in range(targets)]
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "table.tsv", "w", encoding="ascii") as file:
        file.write("\t".join(["seq", *names]) + "\n")
        for text, own in zip(texts, values.tolist(), strict=True):
            file.write("\t".join([text, *map(str, own)]) + "\n")
    columns = {"seq": texts, **{name: values[:, t] for t, name in enumerate(names)}}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "table.parquet")
    return [folder / "table.tsv", folder / "table.parquet"]


def used() -> tuple[float, float, float]:
    """Returns seconds, CPU seconds, and the most memory of this process so far, MB."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    # ru_maxrss of a new process begins with what its parent had.
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return time.monotonic(), own.ru_utime + own.ru_stime, peak / 1024


def read(path: str) -> None:
    """Reads and divides a table, and prints a line for each step."""
    from jaxmotif.apps.discover.by_target import inputs
    from jaxmotif.apps.discover.settings import Settings

    marks = [used()]
    settings = Settings(sequences=path, database="")
    given = inputs.read(settings, inputs.opened(settings))
    marks.append(used())
    splits = inputs.divide(given, settings)
    marks.append(used())
    name, size = pathlib.Path(path).name, os.path.getsize(path) / 1e6
    rows = sum(map(len, splits.parts))
    print(f"{name}, {size:.0f} MB: {rows:,} sequences, {len(given.data.targets)} targets")
    before = (marks[0][0], 0.0, 0.0)
    for step, mark in zip(STEPS, marks, strict=True):
        took = f"{mark[0] - before[0]:6.1f} s  {mark[1] - before[1]:6.1f} CPU s"
        print(f"  {step:<8} {took}  {mark[2]:7.0f} MB")
        before = mark


def main(argv: list[str]) -> None:
    """Writes the tables where they are not there, and reads each of them."""
    values = flags.FlagValues()
    flags.DEFINE_integer("rows", 100_000, "Sequences.", flag_values=values)
    flags.DEFINE_integer("targets", 20, "Columns.", flag_values=values)
    flags.DEFINE_integer("length", 200, "Nt.", flag_values=values)
    flags.DEFINE_string("folder", "/tmp/bench_targets", "Where the tables are kept.", flag_values=values)
    flags.DEFINE_string("read", "", "Reads this table only, in this process.", flag_values=values)
    launch.parse(values, argv, __doc__)
    if values.read:
        read(values.read)
        return
    folder = pathlib.Path(values.folder) / f"{values.rows}_{values.targets}_{values.length}"
    paths = [folder / "table.tsv", folder / "table.parquet"]
    if not all(path.is_file() for path in paths):
        paths = write(folder, values.rows, values.targets, values.length)
    for path in paths:
        subprocess.run([sys.executable, __file__, f"--read={path}"], check=True)


if __name__ == "__main__":
    main(sys.argv)
