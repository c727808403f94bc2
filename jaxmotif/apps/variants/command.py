"""jaxmotif variants RUN VARIANTS --genome=GENOME [flags]: what variants change, and which motifs.

RUN is a directory of `discover` or another one with a trained network, or a file of weights. VARIANTS is a
VCF (.gz too; - is standard input), GENOME the FASTA or 2bit that it is of.

Writes a table with a line for each alternative allele and class: the logits of both alleles, their
difference (alternative less reference), its standard deviation over the networks and its unit, and the
motifs that the variant makes (gained) or breaks (lost), as NAME=p>p: the p of the best word that overlaps
the variant, before and after. Motifs are those of RUN/motifs.meme, or of --motifs. Of one class among several
the logit is log p / (1 - p). Of networks that were trained on values the numbers are values, of counts the
natural logarithms of expected counts, so that the difference is the logarithm of their ratio.

The variant is in the middle of what the networks read. An insertion or deletion moves one flank: the mean
over moving the right one and the left one is taken. Alleles whose reference is not the genome's, symbolic
ones such as <DEL>, and those longer than half of what the networks read have no numbers; the column status
says so, and a note counts them. With --repeats=mask the letters around a variant are N where the genome is
in lower case, those of its alleles stay.

    jaxmotif variants runs/peaks variants.vcf --genome=hg38.fa > effects.tsv
    jaxmotif variants runs/peaks variants.vcf.gz --genome=hg38.2bit --motifs=JASPAR2024 --p=1e-5
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    launch.genome_flags(values)
    flags.DEFINE_string("motifs", "", "A motif file or JASPAR release; default: RUN/motifs.meme.", **define)
    flags.DEFINE_float("p", 1e-4, "Largest p of a site, one strand.", **define)
    launch.table_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 2:
        raise ValueError(f"variants wants a run and a VCF, got {len(paths)} arguments")
    if not values.genome:
        raise ValueError("variants wants the genome that they are of: --genome=hg38.fa")

    from jaxmotif.apps import opening, streams
    from jaxmotif.apps.predict.table import targets
    from jaxmotif.apps.variants import scored
    from jaxmotif.data.files.genome import open_genome

    network = opening.network(paths[0], values)
    known = scored.known_motifs(paths[0], values.motifs, values.p)
    reader = scored.Scored(
        network, open_genome(values.genome, values.repeats), known, targets(network, values.classes)
    )
    with streams.writing(values.out) as stream:
        streams.write_table(stream, scored.columns(network.answer), reader.lines(paths[1]))
    streams.tell(reader.notes)
