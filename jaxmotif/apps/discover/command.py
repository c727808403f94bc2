"""jaxmotif discover SEQUENCES [flags]: trains networks on a FASTA and reports their motifs.

SEQUENCES is a FASTA, a table with columns seq and label, or of names and sequences (.gz too; - is standard
input). Names that are all 1 or 0 are labels; see --labels. Or BED, narrowPeak, broadPeak or bigBed with
--genome: windows around summits, or middles, are cut out of it; several files of these are classes, and the
page says which motif lies in which.
A table (TSV, CSV, Parquet, AnnData's .h5ad) of sequences (column seq) or loci (chrom, start, end, or names
chr1:100-200) by targets is read as such: each other column of numbers is a target, empty or NA is unknown, a
column "weight" weighs the rows. 0/1 are labels, words in one column classes, whole numbers above 1 counts,
others real values; --task decides, and what may be several kinds is asked about. With --signal the targets
are sums of bigWigs in the windows. The page says which motif goes with which target.
Without labels and without --negatives, the negatives are regions of the genome that are like the peaks in GC
content and repeats, or without --genome dinucleotide shuffles of the sequences; see --background.
Writes report.html, motifs.meme, motifs.json, tomtom.tsv, sites.tsv and metrics.json into --out, and sites.bed
where names give coordinates.

Examples:
  jaxmotif discover peaks.fa
  jaxmotif discover peaks.narrowPeak --genome=hg38.fa --blacklist=hg38-blacklist.bed
  jaxmotif discover treated.narrowPeak --negatives=untreated.narrowPeak --genome=hg38.2bit
  jaxmotif discover liver.narrowPeak brain.narrowPeak --genome=hg38.fa --out=runs/tissues
  jaxmotif discover loci.tsv --genome=hg38.fa --targets=liver,brain
  jaxmotif discover mpra.csv --task=regression
  jaxmotif discover atac.h5ad --genome=hg38.fa --task=counts
  jaxmotif discover peaks.bed --genome=hg38.fa --signal=liver=a.bw,brain=b.bw
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_string("negatives", "", "Sequences or intervals; default: see --background.", **define)
    flags.DEFINE_string("genome", "", "FASTA (.gz of bgzip too) or 2bit that intervals are of.", **define)
    flags.DEFINE_enum(
        "background",
        "auto",
        ["auto", "genome", "shuffle"],
        "Negatives of positives only. genome: regions like them in GC content and repeats, outside of them; "
        "shuffle: dinucleotide shuffles. auto: genome where there is one.",
        **define,
    )
    flags.DEFINE_bool("by_name", False, "Column 4 of the intervals says their class.", **define)
    flags.DEFINE_enum(
        "task",
        "auto",
        ["auto", "multilabel", "multiclass", "regression", "counts"],
        "What columns of a table of targets are; auto: by what they hold.",
        **define,
    )
    flags.DEFINE_list("targets", [], "Columns of a table that are targets; default: all.", **define)
    flags.DEFINE_list(
        "signal",
        [],
        "bigWigs, [NAME=]PATH each, whose sums in windows of intervals are targets: log(1 + sum), or the "
        "sums with --task=counts.",
        **define,
    )
    flags.DEFINE_string("chrom_sizes", "", "Lengths of chromosomes: what lies beyond is left out.", **define)
    flags.DEFINE_string("blacklist", "", "BED of regions of the genome that are left out.", **define)
    flags.DEFINE_enum("repeats", "keep", ["keep", "mask"], "Lower case of the genome: mask is N.", **define)
    flags.DEFINE_string("test", "", "Held-out sequences; default: a part of the others.", **define)
    flags.DEFINE_string("out", None, "Run directory; default runs/<name of the file, or files>.", **define)
    flags.DEFINE_integer("seeds", 3, "Networks to train; support counts them.", lower_bound=1, **define)
    flags.DEFINE_string("database", "JASPAR2024", "A JASPAR release or a motif file.", **define)
    flags.DEFINE_enum(
        "objective",
        "supervised",
        ["supervised", "infomax", "both"],
        "supervised: tell sequences from negatives; infomax: learn without labels (with labels or negatives "
        "at hand: both).",
        **define,
    )
    flags.DEFINE_list(
        "formats", [], "Write motifs in these formats too: jaspar, transfac, homer, tsv.", **define
    )
    flags.DEFINE_string("network", "peaks", "A network of the zoo.", **define)
    flags.DEFINE_integer(
        "length",
        0,
        "Crop or pad to this, or cut so much around summits; 0: most common length, or 200.",
        **define,
    )
    flags.DEFINE_enum(
        "labels",
        "auto",
        ["auto", "names", "none"],
        "Labels in names. auto: reads names that are all 1 or 0, asks about others that look like labels; "
        "names: reads them in any style (+1/-1, label=0, x|1, pos_3, ..._shuf); none: takes all alike.",
        **define,
    )
    flags.DEFINE_bool(
        "rna",
        False,
        "Sequences are RNA: one strand, letters U. By itself where there is U and no T.",
        **define,
    )
    flags.DEFINE_string(
        "test_negatives",
        "",
        "Negatives of --test; default: labelled there, or of the training's kind.",
        **define,
    )
    flags.DEFINE_bool(
        "by_chromosome",
        None,
        "Hold out whole chromosomes, from names like chr8:1-101; --noby_chromosome: a random tenth. Default: "
        "chromosomes where there are five or more.",
        **define,
    )
    flags.DEFINE_list("valid_chromosomes", [], "Chromosomes that stop the training; default: 7.", **define)
    flags.DEFINE_list("test_chromosomes", [], "Chromosomes held out; default: 8 and 9.", **define)
    flags.DEFINE_integer("seed", 0, "Root seed of everything random.", **define)
    flags.DEFINE_multi_string("set", [], "path.to.field=value, overrides one setting.", **define)
    flags.DEFINE_string("config", None, "A dumped config.json: starts the same run again.", **define)
    launch.run_flags(values)
    paths = launch.parse(values, argv, __doc__, lambda: _discover_settings(values, "SEQUENCES"))
    if bool(paths) == bool(values.config) or (len(paths) > 1 and not values.genome):
        raise ValueError(
            f"discover wants one file of sequences, or several of intervals with --genome, got {len(paths)}"
        )

    # Here, so that --help is answered at once.
    from jaxmotif import config
    from jaxmotif.apps.discover import run
    from jaxmotif.apps.discover.settings import Settings

    if values.config:
        settings = config.load(Settings, values.config)
    else:
        settings = _discover_settings(values, *paths)
    settings = config.override(settings, values.set)
    print(launch.printable("\n".join(run.run(settings, values.out, values.resume))))


def _discover_settings(values: flags.FlagValues, sequences: str, *classes: str):
    from jaxmotif.apps.discover.settings import Settings

    return Settings(
        sequences=sequences,
        negatives=values.negatives,
        test=values.test,
        genome=values.genome,
        background=values.background,
        classes=classes,
        by_name=values.by_name,
        task=values.task,
        targets=tuple(values.targets),
        signal=tuple(values.signal),
        chrom_sizes=values.chrom_sizes,
        blacklist=values.blacklist,
        repeats=values.repeats,
        length=values.length,
        labels=values.labels,
        rna=values.rna,
        test_negatives=values.test_negatives,
        split="auto" if values.by_chromosome is None else "chromosomes" if values.by_chromosome else "random",
        valid_chromosomes=tuple(values.valid_chromosomes),
        test_chromosomes=tuple(values.test_chromosomes),
        seeds=values.seeds,
        seed=values.seed,
        objective=values.objective,
        network=values.network,
        database=values.database,
        formats=tuple(values.formats),
    )
