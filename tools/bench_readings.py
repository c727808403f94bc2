"""Which reading of trained networks finds more true motifs, and what it costs in CPU seconds.

    tools/bench_readings [sets] [--panel=DIR] [--modisco=PATH] [--scale=quick] [--set=planted=8]
    tools/bench_readings network [--modisco=PATH] [--classes=0,1,2] [--sequences=6000]

sets: planted sets of experiments.truth, and real peaks of --panel. Networks of each are trained once, as
`discover` does it, and read by filters, seqlets (words among the letters that they attend to), words of the
sequences, and several of these; by TF-MoDISco, too, where `modisco` of tf-modisco-lite is found.
network: one CNN-4 of tools/demo, every class of it read by `jm.discover(network, data, target=k)`.

Each list is tested on held-out sequences by the same test, and no reading sees these. TF-MoDISco reads the
training positives; its patterns are a list in its order, and, apart, candidates to choose from as `discover`.
CPU seconds are of all threads and processes, without training: of reading and testing. What was compiled
before is kept, and one reading goes before those that are counted.
"""

import functools
import json
import pathlib
import shutil
import sys
from collections.abc import Callable, Sequence

from absl import flags

from experiments.truth import launcher
from jaxmotif import files
from jaxmotif.apps import launch, programs, rundir
from jaxmotif.report import table

# Of experiments.truth, unless --set says otherwise.
SETS = ("planted=8", "controls=0", "planted_kinds=planted in random,planted in shuffles")


def of_sets(values, program: str | None, write: Callable) -> None:
    """Writes a row of every set and reading as it comes, and the table."""
    import readings_sets

    from jaxmotif.motifs import jaspar

    given = [*SETS, *values.set, *([f"panel={values.panel}"] if values.panel else [])]
    config = launcher.build(launcher.NAME, values.scale, values.seed, given)
    database = jaspar.database(config.database) if config.panel else []
    rows: list[dict] = []
    for job in launcher.jobs(config):
        for row in readings_sets.rows(job, database, program, warm=not rows):
            print(json.dumps(row), flush=True)
            rows.append(row)
        write("sets", rows, readings_sets.table_rows(rows))


def of_network(values, program: str | None, write: Callable) -> None:
    """Writes a row of every reading and class of one network, and the table."""
    import readings_network

    rows: list[dict] = []
    known = {str(k): k for k in range(len(readings_network.FACTORS))}
    wrong = [one for one in values.classes if one not in known]
    if wrong or not values.classes:
        raise ValueError(f"--classes are 0 to {len(known) - 1}, got {','.join(wrong) or 'none'}")
    classes = [known[one] for one in values.classes]
    config = readings_network.build(values.scale, values.seed, values.set)
    for row in readings_network.rows(config, values.data_dir, classes, values.sequences, program):
        print(json.dumps(row), flush=True)
        rows.append(row)
        write("network", rows, readings_network.table_rows(rows))


COMMANDS = {"sets": of_sets, "network": of_network}


def program_of(given: str | None) -> str | None:
    """Returns the path of `modisco`: the one asked for, else the one on the path, else None.

    Raises:
      ValueError: if the one asked for is not there.
    """
    found = shutil.which(given or "modisco")
    if given and not found:
        raise ValueError(f"--modisco={given} is no program")
    return found


def main(argv: Sequence[str]) -> None:
    """Runs the comparison; `argv` begins with the program's name."""
    values = flags.FlagValues()
    text = functools.partial(flags.DEFINE_string, flag_values=values)
    number = functools.partial(flags.DEFINE_integer, flag_values=values)
    text("panel", "", "Folder of real peaks.")
    text("modisco", None, "The program of tf-modisco-lite; default: `modisco` on the path, if it is there.")
    text("data_dir", "data", "Where network keeps the sequences that it makes.")
    text("out", "runs/bench_readings", "Folder of rows and table.")
    flags.DEFINE_enum(
        "scale", "quick", list(launcher.SCALES), "Size of sets and training.", flag_values=values
    )
    number("seed", 0, "Root of everything random.", lower_bound=0)
    number("sequences", 6000, "Training sequences that network reads, at most.", lower_bound=100)
    flags.DEFINE_list("classes", list(map(str, range(12))), "Classes that network reads.", flag_values=values)
    flags.DEFINE_multi_string("set", [], "path=value, of the experiment's config.", flag_values=values)
    names = launch.parse(values, argv, __doc__) or ["sets"]
    if len(names) != 1 or names[0] not in COMMANDS:
        raise ValueError(f"bench_readings wants one of {', '.join(COMMANDS)}, got {' '.join(names)}")
    program = program_of(values.modisco)
    if not program:
        print("no modisco on the path: TF-MoDISco is left out", file=sys.stderr, flush=True)
    folder = pathlib.Path(values.out)
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, rows: list[dict], lines: list[dict]) -> None:
        files.write_json(folder / f"{name}_rows.json", rows)
        table.write_table(folder, lines, name=name)

    COMMANDS[names[0]](values, program, write)
    files.write_json(folder / f"{names[0]}_env.json", rundir.environment())
    print((folder / f"{names[0]}.md").read_text())


if __name__ == "__main__":
    programs.keep()
    launch.run(lambda: main(sys.argv))
