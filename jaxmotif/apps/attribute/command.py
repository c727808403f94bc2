"""jaxmotif attribute RUN SEQUENCES [flags]: what every letter of sequences means to the networks of a run.

RUN is a directory of `discover` or another one with a trained network, or a file of weights. SEQUENCES is a
FASTA (.gz too; - is standard input), of which records of another length than the networks' are cropped to
their centre or padded, which a note tells; with --genome it is a file of loci, such as BED or narrowPeak,
which are read around their summits or middles.

Writes into --out attributions.npz and one_hot.npz, (sequences, 4, length), which TF-MoDISco reads;
contributions.bw, what the letters contribute along the genome (with --genome; a mean where windows overlap);
strongest.png, the sequences with the highest logit as logos, their sites of RUN/motifs.meme boxed; and
sequences.tsv, the logit of each. All are means over the networks of the run. What the letters contribute to
is the logit of a class; of networks that were trained on values the value, on counts the logarithm of the
expected count.

    jaxmotif attribute runs/peaks peaks.fa
    jaxmotif attribute runs/peaks peaks.narrowPeak --genome=hg38.fa --out=attributions
    modisco motifs -s attributions/one_hot.npz -a attributions/attributions.npz -n 2000 -o modisco.h5
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch
from jaxmotif.config import one_of


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    launch.genome_flags(values)
    flags.DEFINE_string("class", "", "Class or target whose score is read; default: the first.", **define)
    flags.DEFINE_enum(
        "method",
        "corrected",
        ["corrected", "mutagenesis", "rescale"],
        "corrected: gradient less its mean over the letters; mutagenesis: every letter in turn, slower; "
        "rescale: DeepLIFT against dinucleotide shuffles.",
        **define,
    )
    flags.DEFINE_integer("shuffles", 20, "Of each sequence, for --method=rescale.", 1, **define)
    flags.DEFINE_integer("most", 10, "Sequences in the figure; 0: no figure.", 0, **define)
    flags.DEFINE_list("format", ["png"], "Formats of the figure: png, pdf, svg.", **define)
    launch.network_flags(values)
    flags.DEFINE_string("out", None, "Where to write; default RUN/attributions.", **define)
    launch.input_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 2:
        raise ValueError(f"attribute wants a run and a file of sequences or loci, got {len(paths)} arguments")

    from jaxmotif.apps import opening, streams
    from jaxmotif.apps.attribute import attributed

    for ending in values.format:
        one_of("format", ending, attributed.ENDINGS)
    network = opening.network(paths[0], values)
    target = network.target_index(str(values["class"].value) or 0)
    folder = attributed.folder_of(paths[0], values.out)
    given = attributed.read(paths[1], values.genome, values.repeats, network.length)
    found = attributed.attribute(network, given, target, values.method, values.shuffles)
    opening.write(folder, network)
    line, notes = attributed.write(folder, found, paths[0], values.most, values.format)
    streams.tell([*given.data.notes, *notes])
    print(launch.printable(line))
