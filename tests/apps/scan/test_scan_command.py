"""`jaxmotif scan`: sites of a whole record at once, whatever the pieces, and their places in files."""

import io

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.scan import scanning, sources
from jaxmotif.data.files import stream
from jaxmotif.files import write_json
from jaxmotif.motifs import backgrounds, cores, meme, scan
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_run


def _motif(name, text):
    ppm = np.full((len(text), 4), 0.05)
    ppm[np.arange(len(text)), dna.encode([text])[0]] = 0.85
    return Motif(name, ppm, 30)


MOTIFS = [_motif("first", "GATTACAG"), _motif("second", "CCGGAAGT")]
CHROMOSOMES = {"chr1": small_run.letters(900, 11), "chr2": small_run.letters(400, 12)}
P = "--p=0.003"


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    meme.write_meme(tmp_path / "motifs.meme", MOTIFS)
    small_run.write_fasta(tmp_path / "g.fa", CHROMOSOMES, 60)
    return tmp_path


def sites(text: str):
    """Lines of BED as (chromosome, start, end, motif, strand)."""
    header, *lines = text.splitlines()
    assert header.split("\t")[0] == "#chrom"
    return [
        (row[0], int(row[1]), int(row[2]), row[3], row[5]) for row in (line.split("\t") for line in lines)
    ]


def expected(records: dict[str, str]):
    """Sites of `scan.scan`, of one record after the other, with the letters of all as background."""
    letters = dna.encode(["".join(records.values())])
    wanted = cores.searched(MOTIFS, 0.003, letters)
    freq = np.bincount(letters[0], minlength=5)[:4] + 1.0
    found = []
    composition = backgrounds.of("sequences", letters, True)
    assert composition.forward == pytest.approx(freq / freq.sum())
    for name, text in records.items():
        own = scan.scan([text], wanted.motifs, wanted.p, background=composition)
        found += [
            (name, int(own.start[i]), int(own.end[i]), MOTIFS[own.motif[i]].name, str(own.strand[i]))
            for i in range(len(own))
        ]
    return found


@pytest.mark.parametrize("part", [64, 1 << 24])
def test_a_genome_in_pieces(files, capsys, monkeypatch, part):
    monkeypatch.setattr(stream, "PART", part)
    monkeypatch.setattr(stream, "_HEAD", part)
    count = len(list(sources.source(str(files / "g.fa")).pieces()))
    assert count > 15 if part == 64 else count == 2  # borders lie inside records
    cli.dispatch(["", "scan", str(files), str(files / "g.fa"), P])
    captured = capsys.readouterr()
    found = sites(captured.out)
    assert found == expected(CHROMOSOMES) and len(found) > 5 and captured.err == ""
    for line in captured.out.splitlines()[1:]:
        cells = line.split("\t")
        p, q = float(cells[7]), float(cells[8])
        assert int(cells[4]) == round(-10 * np.log10(p)) and p <= 0.003 and p <= q <= 1


def test_loci_are_scanned_once_and_in_the_genome(files, capsys):
    bed = files / "a.bed"
    bed.write_text("chr2\t300\t380\n1\t100\t400\n1\t350\t520\n")
    cli.dispatch(["", "scan", str(files / "motifs.meme"), str(bed), f"--genome={files / 'g.fa'}", P])
    found = sites(capsys.readouterr().out)
    parts = {"chr1": CHROMOSOMES["chr1"][100:520], "chr2": CHROMOSOMES["chr2"][300:380]}
    first = {"chr1": 100, "chr2": 300}
    assert found == [(c, s + first[c], e + first[c], m, strand) for c, s, e, m, strand in expected(parts)]


def test_merged_loci_and_their_pieces(files):
    genome = sources.source(str(files / "g.fa"))
    assert not genome.notes and [piece.name for piece in genome.pieces() if piece.last] == ["chr1", "chr2"]
    bed = files / "a.bed"
    bed.write_text("1\t100\t400\n1\t400\t520\n1\t600\t700\n")
    pieces = sources.source(str(bed), str(files / "g.fa"), part=250).pieces
    assert [(one.start, len(one.codes), one.last) for one in pieces()] == [
        (100, 250, False),
        (350, 170, True),
        (600, 100, True),
    ]
    text = dna.decode(np.concatenate([one.codes for one in pieces()])[None])[0]
    assert text == CHROMOSOMES["chr1"][100:520] + CHROMOSOMES["chr1"][600:700]


def test_standard_input_and_a_limit_of_q(files, capsys, monkeypatch):
    data = (files / "g.fa").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    cli.dispatch(["", "scan", str(files / "motifs.meme"), "-", P])
    every = capsys.readouterr().out.splitlines()
    out = files / "sites.bed"
    level = sorted(float(line.split("\t")[8]) for line in every[1:])[2] * 1.001
    cli.dispatch(
        ["", "scan", str(files / "motifs.meme"), str(files / "g.fa"), P, f"--q={level}", f"--out={out}"]
    )
    kept = [line for line in every if line[0] == "#" or float(line.split("\t")[8]) <= level]
    assert out.read_text().splitlines() == kept and 3 < len(kept) < len(every)
    cli.dispatch(["", "scan", str(files / "motifs.meme"), str(files / "g.fa"), P, "--strands=plus"])
    assert {row[4] for row in sites(capsys.readouterr().out)} == {"+"}


def test_rna_is_scanned_on_plus_only_and_a_note_says_so(files, capsys, monkeypatch):
    rna = {name: text.replace("T", "U") for name, text in CHROMOSOMES.items()}
    small_run.write_fasta(files / "r.fa", rna, 60)
    for more in ([], ["--background=uniform"]):
        cli.dispatch(["", "scan", str(files), str(files / "r.fa"), "--p=0.02", *more])
        captured = capsys.readouterr()
        assert {row[4] for row in sites(captured.out)} == {"+"}
        assert captured.err == "note: r.fa is RNA, U and no T: it is scanned on + only\n"
    data = (files / "r.fa").read_bytes().lower()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    cli.dispatch(["", "scan", str(files), "-", "--p=0.02", "--background=uniform"])
    assert capsys.readouterr() == (captured.out, captured.err.replace("r.fa", "standard input"))
    small_run.write_fasta(files / "both.fa", {"u": rna["chr1"], **CHROMOSOMES}, 60)
    cli.dispatch(["", "scan", str(files), str(files / "both.fa"), P])
    captured = capsys.readouterr()
    assert {row[4] for row in sites(captured.out)} == {"+", "-"} and not captured.err


def test_motifs_have_the_names_of_their_factors(files, capsys):
    write_json(
        files / "motifs.json", [{"name": "first", "best_match": {"name": "GATA; 1"}}, {"name": "second"}]
    )
    cli.dispatch(["", "scan", str(files), str(files / "g.fa"), P])
    assert {row[3] for row in sites(capsys.readouterr().out)} == {"first(GATA__1)", "second"}
    cli.dispatch(["", "motifs", str(files), "-", "--format=jaspar"])
    assert ">first\tGATA; 1\n" in capsys.readouterr().out


def test_a_release_of_jaspar_is_known(files, capsys, monkeypatch):
    monkeypatch.setattr(
        "jaxmotif.motifs.jaspar.database", lambda name: MOTIFS if name == "JASPAR2024" else []
    )
    cli.dispatch(["", "scan", "JASPAR2024", str(files / "g.fa"), P])
    assert sites(capsys.readouterr().out) == expected(CHROMOSOMES)


def test_sites_wait_beside_the_file_that_is_written(files, monkeypatch):
    places, own = [], scanning.LongScan.__init__
    monkeypatch.setattr(scanning.LongScan, "__init__", lambda *args: (places.append(args[-1]), own(*args))[1])
    out = files / "out" / "sites.bed"
    cli.dispatch(["", "scan", str(files), str(files / "g.fa"), P, f"--out={out}"])
    assert places[0].parent.parent == out.parent and [one.name for one in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["{tmp}/motifs.meme"], "scan wants motifs and a file of sequences or loci, got 1"),
        (["{tmp}/empty", "{tmp}/g.fa"], "has no motifs.meme"),
        (["{tmp}/no.meme", "{tmp}/g.fa"], "no such file"),
        (["{tmp}/none.meme", "{tmp}/g.fa"], "no motif in the file"),
        (["{tmp}/motifs.meme", "{tmp}/no.fa"], "no such file"),
        (["{tmp}/motifs.meme", "{tmp}/no.fa", "--p=0"], "p-value threshold lies in"),  # nothing is read
    ],
)
def test_bad_input_is_one_line(files, arguments, said):
    (files / "empty").mkdir()
    (files / "none.meme").write_text("MEME version 4\n")
    with pytest.raises(ValueError, match=said) as raised:
        cli.dispatch(["", "scan", *(text.format(tmp=files) for text in arguments)])
    assert "\n" not in str(raised.value)
