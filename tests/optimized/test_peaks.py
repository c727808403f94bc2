"""A narrowPeak and a made genome in one command: sites to the base, and the same through a FASTA."""

import json
import re

import numpy as np
import pytest

from jaxmotif.apps import cli
from jaxmotif.data.files import loci
from jaxmotif.data.synthetic.made_genome import made_genome
from tests.helpers import sequence_files

WORD = "TGACTCATTA"


@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peaks")
    motif = sequence_files.of_word("M_planted", WORD, "PLANTED")
    made = made_genome([motif], 1_000_000, 5, 300, [0.9], seed=3)
    made.write(folder)
    sequence_files.write_database(folder / "db.meme", 40, {"M_planted": (WORD, "PLANTED")})
    with open(folder / "peaks.fa", "w") as file:
        for chrom, *_, summit in made.peaks:
            letters = "".join("ACGTN"[code] for code in made.codes[chrom][summit - 50 : summit + 50])
            file.write(f">{chrom}:{summit - 50}-{summit + 50}\n{letters}\n")
    return folder


def discover(folder, name, *arguments):
    common = (
        "--seeds=1",
        f"--database={folder / 'db.meme'}",
        f"--out={folder / name}",
        "--set=train.schedule.epochs=15",
    )
    cli.dispatch(["jaxmotif", "discover", *arguments, *common])
    return folder / name


def test_sites_lie_where_motifs_were_planted(folder, capsys):
    peaks, genome = str(folder / "peaks.narrowPeak"), f"--genome={folder / 'genome.fa'}"
    run = discover(folder, "run", peaks, genome, f"--blacklist={folder / 'blacklist.bed'}", "--length=100")
    printed = capsys.readouterr().out
    first = json.loads((run / "motifs.json").read_text())[0]
    assert first["best_match"]["id"] == "M_planted"
    sites, truth = loci.read_loci(run / "sites.bed"), loci.read_loci(folder / "truth.bed")
    sites = sites.take(sites.name == first["name"])
    offsets = []
    for chrom, start, end, strand in zip(truth.chromosome, truth.start, truth.end, truth.strand, strict=True):
        near = np.flatnonzero((sites.chromosome == chrom) & (abs(sites.start - start) < 30))
        for row in near[np.argsort(abs(sites.start[near] - start))][:1]:
            turned = sites.strand[row] != strand
            # Letters of the motif before the planted word, on the planted strand.
            before = start - sites.start[row] if strand == "+" else sites.end[row] - end
            offsets.append((bool(turned), int(before)))
    values, counts = np.unique(offsets, axis=0, return_counts=True)
    # Of words with errors, one in two sites is too weak to be called at p 1e-4.
    assert len(offsets) > 0.6 * len(truth)
    assert counts.max() > 0.97 * len(offsets)  # all at one place, to the base
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["against_shuffles"]["auroc"] > 0.8 and metrics["test"]["auroc"] > 0.8
    page = (run / "report.html").read_text()
    assert "outside the peaks" in page and "Against shuffles" in page
    assert "the same networks, peaks against shuffles" in printed and "GC 0." in printed
    # Few sequences are trained on in smaller batches, and methods to paste say so.
    ((epochs, size),) = re.findall(r"(\d+) epochs in batches of (\d+) instead of 15 in batches of 100", page)
    assert (
        int(size) < 100 < 10 * int(epochs)
        and f"batches of {size}, {epochs} epochs, at most {epochs};" in page
    )
    assert json.loads((run / "inputs.json").read_text())["genome"]["chromosomes"] == 5


def test_a_fasta_of_the_same_windows_gives_the_same(folder):
    genome = f"--genome={folder / 'genome.fa'}"
    peaks = str(folder / "peaks.narrowPeak")
    ours = discover(folder, "bed", peaks, genome, "--length=100", "--background=shuffle")
    theirs = discover(folder, "fasta", str(folder / "peaks.fa"))
    for name in ("sites.bed", "sites.tsv", "motifs.meme", "tomtom.tsv"):
        assert (ours / name).read_text() == (theirs / name).read_text()
    # Of the networks that learned shuffles, too, where there is a genome.
    told = [json.loads((run / "metrics.json").read_text()) for run in (ours, theirs)]
    assert told[0]["against_genome"]["auroc"] > 0.7 and "against_genome" not in told[1]
    assert "Against the genome" in (ours / "report.html").read_text()
    assert len((ours / "sites.bed").read_text().splitlines()) > 100


def test_motifs_lie_in_their_classes(tmp_path):
    words = {"A": "TGACTCATTA", "B": "CCGGAAGTAT"}
    motifs = [sequence_files.of_word(name, word, f"TF{name}") for name, word in words.items()]
    made_genome(motifs, 1_000_000, 5, 350, [0.5, 0.5], seed=5).write(tmp_path)
    sequence_files.write_database(tmp_path / "db.meme", 40, {n: (w, f"TF{n}") for n, w in words.items()})
    files = [str(tmp_path / f"{name}.narrowPeak") for name in words]
    run = discover(tmp_path, "run", *files, f"--genome={tmp_path / 'genome.fa'}", "--length=100")
    factors = {
        row["name"]: row["best_match"]["id"]
        for row in json.loads((run / "motifs.json").read_text())
        if row["best_match"]
    }
    lines = (run / "classes.tsv").read_text().splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]
    told = [row for row in rows if row["motif"] in factors]
    assert {factors[row["motif"]] for row in told} == {"A", "B"}
    for row in told:
        own = factors[row["motif"]] == row["class"]
        assert (float(row["log2"]) > 0.4) == own and (float(row["log2"]) < -0.4) == (not own)
        assert float(row["q"]) < 1e-3
    told = json.loads((run / "metrics.json").read_text())["by_class"]
    table = [line.split("\t") for line in (run / "classes_auroc.tsv").read_text().splitlines()[1:]]
    assert [row[0] for row in table] == list(told) == ["A", "B"]
    for row in table:
        assert float(row[2]) == pytest.approx(told[row[0]]["from_negatives"]["auroc"], abs=1e-5)
    page = (run / "report.html").read_text()
    assert "Motifs by class" in page and "AUROC against other peaks" in page
    assert (run / "by_class" / "network.json").exists()
