"""Intervals and a genome instead of sequences: what is read, what is said, and what is refused."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.apps import rundir
from jaxmotif.apps.discover import genomic, inputs, pipeline, reading
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import loci
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.synthetic.made_genome import made_genome
from jaxmotif.files import write_text
from tests.helpers.sequence_files import of_word, write_fasta


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genomic")
    made_genome([of_word("A", "TGACTCATTA", "A")], 1_000_000, 5, 120, [0.8], seed=1).write(folder)
    return folder


@pytest.fixture(name="plain")
def fixture_plain(made):
    return Settings(sequences=str(made / "peaks.narrowPeak"), genome=str(made / "genome.fa"), database="")


def places(data):
    start = np.asarray(data.start)
    return loci.Loci(data.chrom, start, start + data.length, *[np.full(len(data), ".")] * 2, start)


def test_peaks_come_with_regions_like_them(made, plain):
    settings = dataclasses.replace(plain, blacklist=str(made / "blacklist.bed"))
    files = reading.read(settings)
    peaks = loci.read_loci(made / "peaks.narrowPeak")
    assert files.data.names == [
        f"{c}:{s - 100}-{s + 100}" for c, s in zip(peaks.chromosome, peaks.summit, strict=True)
    ]
    others = files.get("negatives")
    assert not loci.overlapping(places(others), peaks).any()
    assert not loci.overlapping(places(others), loci.read_loci(made / "blacklist.bed")).any()
    count = len(others)
    assert count > 0.95 * len(peaks)
    assert reading.said(files)[0] == (
        f"peaks.narrowPeak: {len(peaks)} sequences of 200 nt: {len(peaks)} positive, 0 negative; "
        f"negatives: {count} of genome.fa, outside the peaks"
    )
    assert files.inputs["genome"]["chromosomes"] == 5 and len(files.inputs["blacklist"]["sha256"]) == 64
    assert len(files.inputs["sequences"]["letters"]) == 64
    parts, labelled = inputs.divide(files, settings)
    assert labelled and "negatives: " in " ".join(parts.notes)
    again = reading.read(settings)
    assert again.inputs == files.inputs and again.get("negatives").names == others.names


def test_shuffles_where_they_are_asked_for_or_no_labels_are_learned(plain):
    for fields in ({"background": "shuffle"}, {"objective": "infomax"}):
        files = reading.read(dataclasses.replace(plain, **fields))
        assert files.get("negatives") is None and "shuffles" in reading.said(files)[0]
    asked = dataclasses.replace(plain, objective="infomax", background="genome")
    assert reading.read(asked).get("negatives") is not None


def test_sequences_with_places_in_their_names_have_regions_too(made, plain, tmp_path):
    cut = reading.read(plain).data
    fasta = write_fasta(tmp_path / "peaks.fa", cut.sequences, cut.names)
    files = reading.read(dataclasses.replace(plain, sequences=str(fasta)))
    np.testing.assert_array_equal(files.data.sequences, cut.sequences)
    assert not loci.overlapping(places(files.get("negatives")), places(cut)).any()
    in_memory = reading.read(dataclasses.replace(plain, sequences=""), cut)
    assert in_memory.get("negatives").names == files.get("negatives").names
    nowhere = write_fasta(tmp_path / "nowhere.fa", cut.sequences)
    with pytest.raises(ValueError, match="do not say in their names where they lie in genome.fa"):
        reading.read(dataclasses.replace(plain, sequences=str(nowhere)))


def test_the_users_negatives_do_not_overlap_positives(made, plain, tmp_path):
    peaks = loci.read_loci(made / "peaks.narrowPeak")
    start = np.arange(3000, 150_000, 400)
    rows = [f"{c}\t{s}\t{s + 200}\n" for c in ("1", "chr2") for s in start]
    (tmp_path / "neg.bed").write_text("".join(rows))
    files = reading.read(dataclasses.replace(plain, negatives=str(tmp_path / "neg.bed")))
    genome = open_genome(made / "genome.fa")
    given = loci.in_genome(loci.read_loci(tmp_path / "neg.bed"), genome)
    hit = loci.overlapping(given, peaks) | loci.overlapping(given, places(files.data))
    assert hit.any() and len(files.get("negatives")) == int((~hit).sum())
    assert f"neg.bed: {hit.sum()} of {len(hit)} windows overlap positives and were left out" in str(
        files.get("negatives").notes
    )
    (tmp_path / "same.bed").write_text(
        "".join(f"{c}\t{s}\t{s + 1}\n" for c, s in zip(peaks.chromosome, peaks.summit, strict=True))
    )
    with pytest.raises(ValueError, match="all 120 windows overlap positives"):
        reading.read(dataclasses.replace(plain, negatives=str(tmp_path / "same.bed")))


def test_sequences_that_have_negatives_need_no_genome(made, plain, tmp_path):
    cut = reading.read(plain).data
    both = write_fasta(
        tmp_path / "both.fa", cut.sequences, ["1", "0"] * (len(cut) // 2) + ["1"] * (len(cut) % 2)
    )
    with pytest.raises(ValueError, match="both.fa has negatives already"):
        reading.read(dataclasses.replace(plain, sequences=str(both)))


def test_regions_are_also_found_for_some_of_the_positives(made, plain):
    positives = reading.read(plain).data
    some = positives.take(np.arange(0, len(positives), 3))
    found = genomic.like(some, positives, plain)
    assert len(found) == len(some) and not loci.overlapping(places(found), places(positives)).any()
    nowhere = dataclasses.replace(positives, chrom=None, start=None)
    with pytest.raises(ValueError, match="do not say in their names where they lie"):
        genomic.like(nowhere, nowhere, plain)


def test_the_second_auroc_keeps_from_whole_peaks_or_a_note_says_why_there_is_none(made, plain, tmp_path):
    peaks = loci.read_loci(made / "peaks.narrowPeak")
    wide = zip(peaks.chromosome, peaks.summit - 2000, peaks.summit + 2000, strict=True)
    (tmp_path / "wide.bed").write_text("".join(f"{c}\t{max(a, 0)}\t{b}\n" for c, a, b in wide))
    settings = dataclasses.replace(
        plain, sequences=str(tmp_path / "wide.bed"), background="shuffle", length=100
    )
    files = reading.read(settings)
    found = genomic.like(files.data, files.data, settings, files.peaks)
    given = loci.in_genome(loci.read_loci(tmp_path / "wide.bed"), open_genome(made / "genome.fa"))
    assert not loci.overlapping(places(found), given).any()
    assert loci.overlapping(places(genomic.like(files.data, files.data, settings)), given).any()
    bare = dataclasses.replace(
        files.data,
        chrom=None,
        start=None,
        labels=np.ones((len(files.data), 1), np.float32),
        targets=("peak",),
    )
    none, notes = pipeline.against_others(settings, Splits(bare, bare, bare), None, True, files.peaks)
    assert not none and notes[0].startswith("no AUROC against the genome: the positives: ")


def test_peaks_whose_windows_are_left_out_are_no_negatives(made, plain, tmp_path):
    lines = (made / "peaks.narrowPeak").read_text().splitlines(keepends=True)
    genome = open_genome(made / "genome.fa")
    # A peak that the blacklist takes away, 200 times as wide as its window, in another class, too.
    (tmp_path / "black.bed").write_text("chr1\t60000\t60001\n")
    wide = "chr1\t20000\t100000\tall\t0\t.\n"
    rest = [line for line in lines if not line.startswith("chr1\t")]
    bed = ["\t".join(line.split("\t")[:6]) + "\n" for line in rest] + [wide]
    for name, rows in (("a.bed", bed), ("b.bed", [*bed[::2], wide])):
        (tmp_path / name).write_text("".join(rows))
    (tmp_path / "chr1.bed").write_text(
        "".join(f"chr1\t{start}\t{start + 200}\n" for start in range(4000, 160_000, 1000))
    )
    given = loci.in_genome(loci.read_loci(tmp_path / "a.bed"), genome)
    some = dataclasses.replace(
        plain, sequences=str(tmp_path / "a.bed"), blacklist=str(tmp_path / "black.bed")
    )
    files = reading.read(some)
    assert not (np.asarray(files.data.chrom) == "chr1").any() and len(files.peaks) == len(given)
    some = dataclasses.replace(some, negatives=str(tmp_path / "chr1.bed"))
    classes = dataclasses.replace(some, classes=(str(tmp_path / "b.bed"),))
    for settings in (some, classes):
        theirs = places(reading.read(settings).get("negatives"))
        assert len(theirs) > 50 and not loci.overlapping(theirs, given).any()


def test_a_test_file_of_neighbours_has_no_region_of_the_training(made, plain, tmp_path):
    lines = (made / "peaks.narrowPeak").read_text().splitlines(keepends=True)
    for name, rows in (("train", lines[::2]), ("test", lines[1::2])):
        (tmp_path / name).write_text("".join(rows))
    settings = dataclasses.replace(plain, sequences=str(tmp_path / "train"), test=str(tmp_path / "test"))
    files = reading.read(settings)
    train, test = (places(files.get(role)) for role in ("negatives", "test_negatives"))
    assert len(train) and len(test) and not loci.overlapping(train, test).any()


def test_sequences_as_negatives_are_looked_up_in_the_genome_too(made, plain, tmp_path):
    cut, others = reading.read(plain).data, reading.read(plain).get("negatives")
    both = write_fasta(
        tmp_path / "n.fa",
        [*cut.sequences[:5], *others.sequences],
        [*cut.names[:5], *others.names],
    )
    found = reading.read(dataclasses.replace(plain, negatives=str(both))).get("negatives")
    assert found.names == others.names
    assert f"n.fa: 5 of {len(others) + 5} sequences overlap positives and were left out" in found.notes
    moved = write_fasta(tmp_path / "moved.fa", cut.sequences, [*cut.names[1:], cut.names[0]])
    for fields in ({"sequences": str(moved)}, {"negatives": str(moved)}):
        with pytest.raises(ValueError, match="moved.fa: record .* letters in common with .*genome.fa where"):
            reading.read(dataclasses.replace(plain, **fields))


def test_sequences_are_not_masked_next_to_intervals(made, plain, tmp_path):
    cut = reading.read(plain).data
    fasta = str(write_fasta(tmp_path / "some.fa", cut.sequences))
    masked = dataclasses.replace(plain, repeats="mask")
    for fields in ({"negatives": fasta}, {"sequences": fasta, "negatives": plain.sequences}):
        with pytest.raises(ValueError, match="repeats=mask is for intervals: .*some.fa holds sequences"):
            reading.read(dataclasses.replace(masked, **fields))
    with pytest.raises(ValueError, match="repeats=mask is for intervals: the sequences holds"):
        reading.read(masked, cut)


def test_a_finished_run_is_not_that_of_another_genome(made, plain, tmp_path):
    """Other letters at the peaks, in lower case, or elsewhere; the file of peaks stays as it is."""
    text = (made / "genome.fa").read_text()
    settings = dataclasses.replace(plain, genome=str(tmp_path / "g.fa"))
    (tmp_path / "g.fa").write_text(text)
    inputs = reading.read(settings).inputs
    folder = rundir.open_run(tmp_path / "run", settings, inputs=inputs)
    write_text(folder / rundir.SUMMARY, "all is said\n")
    assert rundir.is_finished(folder, settings, reading.read(settings).inputs)
    head, _, rest = text.partition("\n")
    lower, swapped = rest.lower(), rest.translate(str.maketrans("ACGTacgt", "TGCAtgca"))
    for other, what in (
        (f"{head}\n{swapped}", "sequences: .*, letters "),
        # Softly masked in a quarter: the peaks are the same, the regions like them are others.
        (f"{head}\n{lower[: len(lower) // 8]}{rest[len(lower) // 8 :]}", "negatives: .*g.fa, letters "),
        (f"{text}>more\nACGT\n", "genome: .*g.fa, bytes "),
    ):
        (tmp_path / "g.fa").write_text(other.replace(">CHR", ">chr"))
        with pytest.raises(ValueError, match=f"holds a run of other input .*{what}"):
            rundir.is_finished(folder, settings, reading.read(settings).inputs)


def test_a_test_file_has_regions_of_its_own(made, plain, tmp_path):
    lines = (made / "peaks.narrowPeak").read_text().splitlines(keepends=True)
    for name, rows in (("train", lines[:90]), ("test", lines[90:])):
        (tmp_path / name).write_text("".join(rows))
    files = reading.read(
        dataclasses.replace(plain, sequences=str(tmp_path / "train"), test=str(tmp_path / "test"))
    )
    train, test = files.get("negatives"), files.get("test_negatives")
    assert len(test) >= len(lines) - 95 and not set(train.names) & set(test.names)
    every = loci.read_loci(made / "peaks.narrowPeak")
    assert (
        not loci.overlapping(places(train), every).any() and not loci.overlapping(places(test), every).any()
    )


def test_a_damaged_file_of_intervals_is_told_by_line_and_column(plain, tmp_path):
    for name, genome, message in (
        ("bad.bed", plain.genome, r"bad.bed, line 1, column 3: '9x' is no end"),
        ("bad.bed", "", "give the genome that"),
        ("bad.txt", plain.genome, r"bad.txt, line 1, column 3: '9x' is no end"),
    ):
        (tmp_path / name).write_text("chr1\t5\t9x\nchr1\t5\t90\n")
        with pytest.raises(ValueError, match=message):
            reading.read(dataclasses.replace(plain, sequences=str(tmp_path / name), genome=genome))
    write_fasta(tmp_path / "odd.bed", ["ACGT" * 10] * 60)
    assert len(reading.read(Settings(sequences=str(tmp_path / "odd.bed"), database="")).data) == 60


def test_rna_has_regions_of_its_strand_and_a_note_where_there_is_none(made, plain, tmp_path):
    rows = [line.split("\t")[:6] for line in (made / "peaks.narrowPeak").read_text().splitlines()]
    for row, strand in zip(rows, "-+-." * len(rows), strict=False):
        row[5] = strand
    (tmp_path / "p.bed").write_text("".join("\t".join(row) + "\n" for row in rows))
    files = reading.read(dataclasses.replace(plain, sequences=str(tmp_path / "p.bed"), rna=True))
    without = sum(row[5] == "." for row in rows)
    told = f"p.bed: {without} of {len(rows)} intervals have no strand (column 6); their RNA is read on +"
    assert told in files.data.notes
    others = files.get("negatives")
    assert 0.4 < others.reverse.mean() < 0.6 and others.alphabet == "ACGU"


def test_masked_repeats_are_read_as_n(made, plain):
    masked, kept = reading.read(dataclasses.replace(plain, repeats="mask")).data, reading.read(plain).data
    genome, rows = open_genome(made / "genome.fa"), {name: row for row, name in enumerate(kept.names)}
    assert len(masked) < len(kept) and "N or masked in more than half" in " ".join(masked.notes)
    for row, name in enumerate(masked.names):
        start = int(masked.start[row])
        soft = genome.soft(str(masked.chrom[row]), start, start + 200)
        np.testing.assert_array_equal(masked.sequences[row], np.where(soft, 4, kept.sequences[rows[name]]))
    assert (masked.sequences == 4).any() and not (kept.sequences == 4).any()


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"genome": ""}, "a narrowPeak .BED. file; give the genome .*--genome=genome.fa"),
        ({"genome": "", "blacklist": "x"}, "blacklist needs a genome"),
        ({"genome": "", "repeats": "mask"}, "repeats=mask needs a genome"),
        ({"genome": "", "background": "genome"}, "background=genome needs a genome"),
        ({"negatives": "x", "background": "shuffle"}, "exclude each other"),
        ({"test": "x", "classes": ("y",)}, "several classes have no test file"),
        ({"test": "x", "by_name": True}, "several classes have no test file"),
        ({"genome": "missing.fa"}, "no such file: missing.fa"),
    ],
)
def test_what_does_not_go_together_is_refused(plain, fields, message):
    with pytest.raises(ValueError, match=message):
        reading.read(dataclasses.replace(plain, **fields))
