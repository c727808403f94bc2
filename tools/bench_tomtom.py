"""Compares matches with those of the algorithm's description, and times them.

    tools/bench_tomtom [--queries=99] [--timed=1000] [--database=JASPAR2024] [--checkout=OTHER]

Queries are random: a third has random columns, a third the columns of a motif of the database in another
order, a third a motif of the database, cut, softened and turned around. --checkout takes the package from
another checkout, e.g. an older one. Queries are timed on all cores that the process may use, in one call:
the wall clock, and the CPU time of all threads, which other work on the machine stretches less.
"""

import importlib
import pathlib
import sys
import time

import numpy as np
from absl import flags

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main(argv: list[str]) -> None:
    values = flags.FlagValues()
    flags.DEFINE_integer("queries", 99, "Queries that are compared.", flag_values=values)
    flags.DEFINE_integer("timed", 1000, "Queries that are timed.", flag_values=values)
    flags.DEFINE_string("database", "JASPAR2024", "The targets.", flag_values=values)
    flags.DEFINE_string("checkout", str(ROOT), "Where the package is taken from.", flag_values=values)
    values(argv)
    sys.path.insert(0, str(ROOT))
    importlib.import_module("tests.helpers.tomtom_reference")  # of this checkout, not of the package's
    sys.path.insert(0, values.checkout)
    from jaxmotif import cores
    from jaxmotif.motifs import jaspar, tomtom

    targets = jaspar.load(values.database)
    queries = random_queries(targets, values.queries)
    if queries:
        print(compared(queries, targets, tomtom.match(queries, targets)), flush=True)
    queries = random_queries(targets, values.timed)
    if queries:
        began, used = time.perf_counter(), time.process_time()
        tomtom.match(queries, targets)
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        columns = np.mean([query.width for query in queries])
        print(f"{len(queries)} queries of {columns:.1f} columns on average, {cores.usable()} cores:")
        print(f"{wall:.2f} s of wall, {cpu:.2f} s of CPU, {1000 * cpu / len(queries):.2f} ms of CPU a query")


def random_queries(targets: list, number: int) -> list:
    """Returns so many motifs of 5 to 20 columns, the same for the same database."""
    from jaxmotif.motifs.motif import Motif

    rng = np.random.default_rng(1)
    found = []
    for i in range(number):
        known = targets[rng.integers(len(targets))].ppm
        if i % 3 == 0:
            ppm = rng.dirichlet([0.4] * 4, size=rng.integers(5, 21))
        elif i % 3 == 1:
            ppm = rng.permutation(known)
        else:
            cut = known[rng.integers(3) :]
            ppm = 0.8 * cut + 0.2 * rng.dirichlet([0.4] * 4, size=len(cut))
            ppm = ppm[:: -(i % 2) or 1, :: -(i % 2) or 1]
        found.append(Motif(f"q{i}", ppm, float(rng.integers(10, 1000))))
    return found


def compared(queries: list, targets: list, matches) -> str:
    """Returns the table of differences between matches and the description's."""
    from tests.helpers import tomtom_reference as reference

    softened = [reference.soften(target.ppm, target.nsites) for target in targets]
    rows = [reference.rows(reference.soften(query.ppm, query.nsites), softened) for query in queries]
    p, q = (np.array([[getattr(row, field) for row in own] for own in rows]) for field in ("p", "q"))
    shown = p * len(targets) <= 10
    lines = [f"{len(queries)} queries x {len(targets)} targets, {shown.sum()} rows with E <= 10", ""]
    lines += ["| | all rows | E <= 10 |", "|---|---|---|"]
    for name, own, known in (("p", matches.p, p), ("q", matches.q, q)):
        error = np.abs(own - known) / known
        for label, count in (
            (f"{name}: largest relative error", [f"{error.max():.2g}", f"{error[shown].max():.2g}"]),
            (f"{name} off by more than 1 %", [(error > 0.01).sum(), (error > 0.01)[shown].sum()]),
        ):
            lines.append(f"| {label} | {count[0]} | {count[1]} |")
    for field in ("strand", "offset", "overlap"):
        known = np.array([[getattr(row, field) for row in own] for own in rows])
        other = getattr(matches, field) != known
        lines.append(f"| other {field} | {other.sum()} | {other[shown].sum()} |")
    flips = ((matches.e <= 10) != shown).sum()
    best = (matches.p.argmin(1) != p.argmin(1)).sum()
    lines += [
        f"| other decision at E <= 10 | | {flips} |",
        f"| other best target, of {len(queries)} | {best} | |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv)
