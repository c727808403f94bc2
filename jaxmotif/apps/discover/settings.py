"""Settings of `jaxmotif discover`."""

import dataclasses
from typing import Literal

from jaxmotif import config
from jaxmotif.data.files.genome import Repeats
from jaxmotif.data.labels import Labels
from jaxmotif.data.splits import Division
from jaxmotif.data.targets import Task
from jaxmotif.interpret.readout import Readout
from jaxmotif.models import zoo
from jaxmotif.objectives.infomax_config import InfoMaxConfig
from jaxmotif.training import presets

# Ways of reading: the first layer's filters; over-represented words among the letters that the networks
# attend to; over-represented words of the sequences, whatever networks learned.
FILTERS, SEQLETS, WORDS = READINGS = "filters", "seqlets", "words"
# Formats of motifs besides MEME's, see `motifs.writers`.
FORMATS = "jaspar", "transfac", "homer", "tsv"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything a discovery depends on; a dumped config.json starts the same run again.

    Attributes:
      sequences: FASTA or table of sequences; labels in it are used, else all are positives. Or intervals of
        `genome`: BED, narrowPeak, broadPeak, bigBed. "" where there is no file.
      negatives: their negatives, sequences or intervals; "" makes those that `background` says.
      genome: FASTA (plain or packed by bgzip) or 2bit that intervals are of; "" where there are none.
      background: negatives of positives that come without: "genome" takes regions like them in GC content and
        repeats, "shuffle" makes dinucleotide shuffles. "auto" is "genome" where there is one and networks are
        trained with labels, else "shuffle".
      classes: further files of intervals; each file, `sequences` first, is a class, such as a condition.
      by_name: whether column 4 of the intervals says their class.
      task: what the columns of a table of targets are; "auto" tells by what they hold, and asks where it
        cannot.
      targets: names of the columns that are targets; () takes all.
      signal: bigWig files whose sums in the windows of intervals are the targets.
      blacklist: BED of regions whose windows are left out, and from which no negatives are taken.
      chrom_sizes: lengths of chromosomes; what lies beyond their ends is left out.
      repeats: "keep" reads letters in lower case as others, "mask" reads them as N, where there is a genome.
      test: held-out sequences, labelled or positives; "" holds out a part of the others.
      length: to which sequences are cropped or padded; 0 takes the most common length, where that changes at
        most a third of them. Of windows around summits, or middles, of intervals; 0 is then the intervals'
        own length where two thirds have it, else 200.
      labels: what is done with labels in names. "auto" reads names that are all 1 or 0, and refuses what
        looks like labels of another style; "names" reads any style, "none" takes all records alike.
      rna: sequences are RNA, on one strand; without it those of files with U and no T are.
      test_negatives: negatives of the test sequences; "" takes those that are labelled in the file of test
        sequences, else of the kind of `negatives`: shuffles, or a part of them held out.
      split: "chromosomes" holds out whole chromosomes, "random" a random tenth, "auto" chromosomes where the
        names of all sequences carry coordinates on five chromosomes or more.
      valid_chromosomes: those that validate; () takes 7, or about a tenth of the sequences.
      test_chromosomes: those that test; () takes 8 and 9, or about a tenth of the sequences.
      seeds: networks to train; a motif's support is how many of them found it.
      seed: root of everything random.
      objective: "supervised" learns to tell the sequences from negatives, "infomax" learns without labels
        (GRIM), "both" does both. Sequences that come with labels or negatives make "both" of "infomax".
      network: name of a network of the zoo, trained with labels.
      train: how it is trained.
      readout: how its first layer is read.
      encoder: name of a network of the zoo, trained without labels.
      code: numbers in its global code.
      infomax: what it learns without labels.
      infomax_train: how it is trained.
      infomax_readout: how its first layer is read.
      least_updates: a small file is trained for more epochs without labels, until there are so many.
      database: a JASPAR release or a motif file; "" compares with none, in memory only.
      site_p: p-value at which a site of a motif is called.
      rounds: at most so often networks are trained on what the motifs found so far do not explain.
      readings: where motifs come from: "filters" of the first layer; "seqlets", words that are
        over-represented among the letters that the networks attend to; "words" that are so in the sequences,
        whatever networks learned.
      level: largest E-value of a listed motif: its p on held-out sequences times the number of motifs tested.
      max_shown: database hits listed with each motif.
      formats: in which motifs are written besides MEME's: jaspar, transfac, homer, tsv.
      attributions: whether to write attributions.npz and one_hot.npz, what TF-MoDISco reads: of networks
        trained with labels, for the positives.
    """

    sequences: str = config.setting("", "input")
    negatives: str = config.setting("", "input")
    test: str = config.setting("", "input")
    genome: str = config.setting("", "input")
    background: Literal["auto", "genome", "shuffle"] = "auto"
    classes: tuple[str, ...] = config.setting((), "input")
    by_name: bool = False
    task: Task = "auto"
    targets: tuple[str, ...] = ()
    signal: tuple[str, ...] = config.setting((), "input")
    blacklist: str = config.setting("", "input")
    chrom_sizes: str = config.setting("", "input")
    repeats: Repeats = "keep"
    length: int = 0
    labels: Labels = "auto"
    rna: bool = False
    test_negatives: str = config.setting("", "input")
    split: Literal["auto", "random", "chromosomes"] = "auto"
    valid_chromosomes: tuple[str, ...] = ()
    test_chromosomes: tuple[str, ...] = ()
    seeds: int = 3
    seed: int = 0
    objective: Literal["supervised", "infomax", "both"] = "supervised"
    network: str = "peaks"
    train: presets.TrainConfig = presets.PRESETS["peaks"]
    # Under an exponential activation a fifth of the maximum is 1.6 nats below the best site: sites enough for
    # a smooth matrix, where one half can leave a handful.
    readout: Readout = config.setting(Readout(threshold=0.2), "analysis")
    encoder: str = "GRIM-4 (64)"
    code: int = 32
    infomax: InfoMaxConfig = InfoMaxConfig()
    infomax_train: presets.TrainConfig = presets.PRESETS["grim-peaks"]
    infomax_readout: Readout = config.setting(Readout(threshold=0.5), "analysis")
    least_updates: int = 1500
    rounds: int = 1
    readings: tuple[str, ...] = (FILTERS, WORDS)
    database: str = config.setting("JASPAR2024", "analysis")
    site_p: float = config.setting(1e-4, "analysis")
    level: float = config.setting(0.05, "analysis")
    max_shown: int = config.setting(5, "analysis")
    formats: tuple[str, ...] = config.setting((), "analysis")
    attributions: bool = config.setting(False, "analysis")

    def __post_init__(self):
        least = {"seeds": 1, "length": 0, "code": 1, "least_updates": 0, "max_shown": 0, "rounds": 1}
        config.check(self, at_least=least, above={"site_p": 0, "level": 0}, below={"site_p": 0.1})
        self.division  # noqa: B018 (its checks)
        if not self.genome:
            for name, given in (
                ("background=genome", self.background == "genome"),
                ("blacklist", self.blacklist),
                ("repeats=mask", self.repeats == "mask"),
                ("files of several classes", self.classes),
                ("by_name", self.by_name),
                ("signal", self.signal),
            ):
                if given:
                    raise ValueError(f"{name} needs a genome (--genome)")
        if self.test and (self.classes or self.by_name):
            raise ValueError("several classes have no test file: leave test out, or classes and by_name")
        if self.signal and (self.targets or self.task not in ("auto", "regression", "counts")):
            raise ValueError("signals are the targets: real values (their logarithms) or --task=counts")
        if self.by_name and self.classes:
            raise ValueError("classes are those of several files, or of the names in one, not both")
        if self.negatives and self.background != "auto":
            raise ValueError(f"background {self.background!r} and a file of negatives exclude each other")
        for name in self.formats:
            config.one_of("formats", name, FORMATS)
        if self.attributions and self.objective == "infomax":
            raise ValueError(
                'attributions are of networks trained with labels: objective "supervised" or "both"'
            )
        for name in self.readings:
            config.one_of("readings", name, READINGS)
        if not self.readings:
            raise ValueError(f"no readings; choose some of {', '.join(READINGS)}")
        for name in (self.network, self.encoder):
            if not zoo.get(name).convs:
                raise ValueError(f"{name} has no convolution whose filters could be read")

    @property
    def from_genome(self) -> bool:
        """Returns whether the negatives are regions of the genome."""
        wanted = self.background == "genome" or (self.background == "auto" and self.objective != "infomax")
        return bool(self.genome) and wanted and not self.negatives

    @property
    def division(self) -> Division:
        """Returns how sequences are divided into parts."""
        return Division(self.split, self.valid_chromosomes, self.test_chromosomes, self.seed)
