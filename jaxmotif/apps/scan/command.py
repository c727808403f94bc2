"""jaxmotif scan RUN|MOTIFS SEQUENCES [flags]: where motifs lie in sequences, or in a whole genome.

RUN is a directory of `discover`, MOTIFS a motif file (MEME, HOMER, JASPAR, TRANSFAC, TF-MoDISco's .h5, ...)
or a JASPAR release such as JASPAR2024.
SEQUENCES is a FASTA of any size (.gz too; - is standard input) or a genome in 2bit; with --genome it is a
file of loci, such as BED or narrowPeak.

Writes BED, in the order of the sequences: chromosome or sequence, start, end (0-based, the end left out),
motif(factor), -10 log10 p (at most 1000), strand, log-odds in bits, p and q. p is that of the word on its
strand, by the letters of what is scanned; q is the false discovery rate among all words of the motif that
hold no N (Benjamini and Hochberg). Flat flanks of motifs are left out. A word that passes on both strands is
told once. Genomes are read in pieces: memory does not grow with them. Sites wait in a file beside --out, or
for standard output in the folder of temporary files, which TMPDIR names.

    jaxmotif scan runs/peaks hg38.fa --out=sites.bed
    jaxmotif scan motifs.meme peaks.narrowPeak --genome=hg38.2bit --p=1e-5 > sites.bed
    zcat promoters.fa.gz | jaxmotif scan known.jaspar - --q=0.05
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    launch.genome_flags(values)
    flags.DEFINE_float("p", 1e-4, "Largest p of a site, one strand.", **define)
    flags.DEFINE_float("q", 1.0, "Largest q of a site.", 0.0, 1.0, **define)
    flags.DEFINE_enum("strands", "both", ["both", "plus"], "Strands to scan; of RNA plus only.", **define)
    flags.DEFINE_enum(
        "background",
        "sequences",
        ["sequences", "uniform"],
        "What random words are made of: the letters of what is scanned, or all alike.",
        **define,
    )
    flags.DEFINE_string("out", "-", "File to write; - is standard output.", **define)
    launch.input_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 2:
        raise ValueError(f"scan wants motifs and a file of sequences or loci, got {len(paths)} arguments")

    import os

    from jaxmotif import dna
    from jaxmotif.apps import motif_files, streams
    from jaxmotif.apps.scan import scanning, sources
    from jaxmotif.data.files import content
    from jaxmotif.motifs import pwm

    pwm.check_p(values.p)
    motifs = motif_files.read_any(paths[0])
    given = sources.source(paths[1], values.genome, values.repeats)
    both, notes = values.strands == "both", list(given.notes)
    if both and not dna.has_complement(given.alphabet):
        both = False
        notes.append(f"{content.short_name(paths[1])} is RNA, U and no T: it is scanned on + only")
    settings = scanning.Settings(values.p, values.q, both, values.background)
    room = None if values.out == streams.STDOUT else os.path.dirname(values.out) or "."
    with streams.writing(values.out) as stream:
        said = scanning.write(stream, motifs, given, settings, room)
    streams.tell([*notes, *said])
