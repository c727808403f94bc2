"""jaxmotif motifs IN OUT [flags]: motifs in another format, or as logos.

IN is a directory of `discover`, a motif file (MEME, HOMER, JASPAR, PFM, TRANSFAC, CIS-BP, UniPROBE, HOCOMOCO,
or TF-MoDISco's .h5; - is standard input) or a JASPAR release such as JASPAR2024. OUT is the file to write;
its ending says the format: .meme, .jaspar, .transfac, .homer (or .motif) or .tsv, a table of the matrices.
With --format, OUT may have any name, - is standard output; svg, pdf and png write a logo of each motif into
the folder OUT.

    jaxmotif motifs runs/peaks peaks.jaspar
    jaxmotif motifs modisco.h5 modisco.motif
    jaxmotif motifs JASPAR2024 gata.meme --names=GATA1,MA0036.3
    jaxmotif motifs runs/peaks logos --format=svg
    zcat motifs.meme.gz | jaxmotif motifs - - --format=jaspar > motifs.jaspar
"""

import pathlib
from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch

DRAWN = ("svg", "pdf", "png")
KINDS = ("meme", "jaspar", "transfac", "homer", "tsv", *DRAWN)


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_enum("format", None, KINDS, "Format; default: by the ending of OUT.", **define)
    flags.DEFINE_list("names", [], "Motifs to write, by name or factor; default: all.", **define)
    launch.input_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 2:
        raise ValueError(f"motifs wants a run or motif file and a file to write, got {len(paths)} arguments")

    from jaxmotif import files
    from jaxmotif.apps import motif_files, streams
    from jaxmotif.data.names import numbered
    from jaxmotif.motifs import logo, writers

    source, out = paths
    kind = values.format or writers.format_of(out)  # before anything is read
    if kind in DRAWN and out == streams.STDOUT:
        raise ValueError(f"logos are files: name a folder for them in place of {out}")
    motifs = motif_files.chosen(motif_files.read_any(source), values.names, source)
    if kind in DRAWN:
        folder = pathlib.Path(out)
        # Some file systems take upper and lower case for one.
        names, _ = numbered([files.safe_name(motif.name).lower() for motif in motifs])
        for motif, name in zip(motifs, names, strict=True):
            own = files.safe_name(motif.name)
            with files.atomic_path(folder / f"{own}{name[len(own) :]}.{kind}") as path:
                logo.plot_logo(motif, path=path)
    else:
        with streams.writing(out) as stream:
            stream.write(writers.text(motifs, kind, out))
