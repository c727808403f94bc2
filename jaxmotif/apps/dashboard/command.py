"""jaxmotif dashboard RUN [flags]: what the networks of a run see in sequences and in a class.

RUN is a directory of `discover`, or that of one experiment in a run of experiments.demo, or a file of Keras
or PyTorch, with --sequence and --out. Writes RUN/dashboard/dashboard.html: held-out sequences, or those of a
FASTA of the networks' length, or with --genome windows around loci (BED, narrowPeak, bigBed), with letters as
tall as what they contribute, sites of the motifs that the run has found and of a factor's known ones, each
network of an ensemble, and class motifs; and a figure of the first sequence. Of a run on a table of targets
there is a row for each target: its probability, value or expected count, and what the table says.

    jaxmotif dashboard runs/mine
    jaxmotif dashboard runs/mine --sequence=mine.fa --methods=mutagenesis,saliency
    jaxmotif dashboard runs/mine --factor=GATA1 --format=png,pdf
    jaxmotif dashboard model.h5 --sequence=peaks.fa --class=bound --out=dashboard
    jaxmotif dashboard model.h5 --sequence=peaks.narrowPeak --genome=hg38.fa --out=dashboard
"""

import os
from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch
from jaxmotif.config import one_of


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_string(
        "sequence",
        "",
        "Name of a held-out sequence, or a FASTA, or loci; default: the held-out sequences.",
        **define,
    )
    launch.genome_flags(values)
    flags.DEFINE_string(
        "factor", "", "Whose known motifs to show; default: what RUN's name begins with.", **define
    )
    flags.DEFINE_string("database", "JASPAR2024", "A JASPAR release or a motif file.", **define)
    flags.DEFINE_list("networks", [], "Networks to show; default: all of the run.", **define)
    flags.DEFINE_string("alphabet", "ACGT", "Order of the input channels of a file.", **define)
    launch.foreign_flags(values)
    flags.DEFINE_list(
        "methods", [], "Of saliency, signed, corrected, integrated, mutagenesis, rescale, temporal.", **define
    )
    flags.DEFINE_string(
        "class",
        "bound",
        "Class or target to show; of a run of several, bound shows each of them, too; of a file, the first.",
        **define,
    )
    flags.DEFINE_integer(
        "class_steps", 1000, "Updates of class optimisation; 0: no class motifs.", 0, **define
    )
    flags.DEFINE_enum(
        "cut", "sequence", ["sequence", "features"], "What temporal scores cut short.", **define
    )
    flags.DEFINE_integer("most", 200, "Sequences on the page, half negatives.", lower_bound=1, **define)
    flags.DEFINE_list("format", ["png"], "Formats of the figure: png, pdf, svg.", **define)
    flags.DEFINE_string("out", None, "Where to write; default RUN/dashboard.", **define)
    flags.DEFINE_integer("seed", 0, "Of class optimisation.", **define)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 1:
        raise ValueError(f"dashboard wants one run directory or file, got {len(paths)}")
    for ending in values.format:
        one_of("format", ending, ("png", "pdf", "svg"))

    from jaxmotif.apps import opening
    from jaxmotif.apps.dashboard.run import View, write_dashboard, write_foreign
    from jaxmotif.models.opened import opened

    view = View(
        sequence=values.sequence,
        factor=values.factor,
        database=values.database,
        networks=values.networks,
        methods=values.methods,
        class_name=str(values["class"].value),
        class_steps=values.class_steps,
        cut=values.cut,
        most=values.most,
        seed=values.seed,
        genome=values.genome,
        repeats=values.repeats,
    )
    if os.path.isfile(paths[0]):
        if not values.out:
            raise ValueError(f"{paths[0]} is a file of weights: say where to write, --out=DIR")
        network = opened(paths[0], "", values.alphabet, opening.options(values))
        lines = write_foreign(network, paths[0], view, values.out, values.format)
        opening.write(values.out, network)
    else:
        lines = write_dashboard(paths[0], view, values.out, values.format)
    print(launch.printable("\n".join(lines)))
