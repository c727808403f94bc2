"""Intervals and a genome instead of sequences: what is read, what is said, and what is refused."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.apps.discover import genomic, inputs, reading
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import loci
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.synthetic.made_genome import made_genome
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
    with pytest.raises(ValueError, match="intervals overlap positives"):
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
    assert genomic.like(nowhere, nowhere, plain) is None


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
        ({"genome": "missing.fa"}, "no such file: missing.fa"),
    ],
)
def test_what_does_not_go_together_is_refused(plain, fields, message):
    with pytest.raises(ValueError, match=message):
        reading.read(dataclasses.replace(plain, **fields))
