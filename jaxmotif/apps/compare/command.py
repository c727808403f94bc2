"""jaxmotif compare RUN RUN ... [flags]: motifs that several runs have in common, gained and lost ones.

Each RUN is a directory of `discover`, or a motif file. Motifs that are alike at some shift, on either strand,
are one; gained are those that the first run has not, lost those that it has and another has not. Writes
compare.tsv, compare.html and, with all motifs merged, compare.jaspar into --out.

    jaxmotif compare runs/untreated runs/treated --out=treated_or_not
    jaxmotif compare runs/a runs/b runs/c modisco.h5
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_float("similarity", 0.75, "From which two motifs are one.", 0.0, 1.0, **define)
    flags.DEFINE_string("out", "compare", "Folder to write into.", **define)
    launch.input_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) < 2:
        raise ValueError(f"compare wants two runs or more, got {len(paths)}")

    import pathlib
    import sys

    from jaxmotif import files
    from jaxmotif.apps.compare import compared, page
    from jaxmotif.motifs import writers

    names, folder = compared.names_of(paths), pathlib.Path(values.out)
    found = compared.compared([compared.read(path, run) for run, path in enumerate(paths)], values.similarity)
    table = compared.table(found, names)
    files.write_text(folder / "compare.tsv", table)
    if found:
        writers.write(folder / "compare.jaspar", [one.merged.motif for one in found])
    else:  # of an earlier comparison
        (folder / "compare.jaspar").unlink(missing_ok=True)
    page.write(folder / "compare.html", found, names, table)
    print(launch.printable(table), end="")
    print(launch.printable(f"page: {folder / 'compare.html'}"), file=sys.stderr)  # > file is the table
