"""Footprints of several signals and motifs beyond the ends of sequences, in a made genome, to the base.

A neuron of 16 letters reads a word. In the genome the word lies at known places on both strands, with a
second word 150 letters further on in its direction; the sequences hold 40 letters around the first one. Five
signals have cuts at known distances.
"""

import numpy as np
import pybigtools
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.decode import layer_motifs, scanning, top_regions
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.models.imports import arrays
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings
from tests.helpers import sequence_files

WORD, FAR = (dna.encode([word])[0] for word in ("ACGGATTCAGTC", "GGAGTCTAACTT"))
WIDTH, LENGTH, SITES, APART, SIZE = 16, 40, 60, 700, 60 * 700 + 3000
KERNEL = np.zeros((WIDTH, 4, 1))
KERNEL[np.arange(12) + 2, WORD, 0] = 1
NETWORK = chain.ConvChain(
    "word", (Conv(1, WIDTH, norm="none", bias=True),), (chain.fold(KERNEL, bias=[-10.5]),)
)
# Of each signal: distance of its cuts from the centre, in the word's direction, and how many sites have one.
CUTS = {"a": (0, 60), "b": (-37, 60), "c": (250, 40), "d": (500, 25), "e": (-500, 60)}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The genome's codes, the files, and centres and strands of the sites."""
    folder, rng = tmp_path_factory.mktemp("genome"), np.random.default_rng(3)
    genome = {name: rng.integers(0, 4, SIZE).astype(np.uint8) for name in ("chr1", "chr2")}
    rows, names, centres = [], [], []
    for site in range(SITES):
        chromosome, centre, reverse = f"chr{1 + site % 2}", 1500 + site * APART, site % 3 == 0
        around = genome[chromosome][centre - 300 : centre + 301].copy()
        around = dna.reverse_complement(around) if reverse else around
        # The receptive field's middle, letter 8 of it, is the centre: the word begins 6 letters before.
        around[300 - 6 : 306], around[450:462] = WORD, FAR
        if site % 2:  # half of them have the second word on the other strand, too
            around[120:132] = dna.reverse_complement(FAR)
        own = around[280:320]
        genome[chromosome][centre - 300 : centre + 301] = (
            dna.reverse_complement(around) if reverse else around
        )
        start = centre - 20 if not reverse else centre + 20 - LENGTH + 1
        names.append(f"{chromosome}:{start}-{start + LENGTH}({'-' if reverse else '+'})")
        rows.append(own)
        centres.append((chromosome, centre, -1 if reverse else 1))
    fasta = sequence_files.write_fasta(folder / "peaks.fa", np.stack(rows), names)
    (folder / "genome.fa").write_text(
        "".join(f">{name}\n{dna.decode(codes[None])[0]}\n" for name, codes in genome.items())
    )
    lengths = dict.fromkeys(genome, SIZE)
    for name, (distance, count) in CUTS.items():
        cuts = sorted((c, at + sign * distance) for c, at, sign in centres[:count])
        if name == "c":  # arrays, of chromosomes without "chr"
            arrays = {c[3:]: np.zeros(SIZE, np.float32) for c in genome}
            for c, at in cuts:
                arrays[c[3:]][at] = 5
            np.savez(folder / "c.npz", **arrays)
        else:
            values = [(c, at, at + 1, 2.0) for c, at in cuts]
            pybigtools.open(str(folder / f"{name}.bw"), "w").write(lengths, values)
    by_row = np.zeros((SITES, LENGTH + 1200))  # the word's centre is letter 20 of its sequence
    by_row[:, 600 + 20 + 33] = 1
    np.save(folder / "rows.npy", by_row)
    return folder, fasta, np.stack(rows)


@pytest.fixture(scope="module")
def layer(made):
    known = [Motif(f"K{i}", 0.94 * np.eye(4)[w] + 0.015, 100.0) for i, w in enumerate((WORD, FAR))]
    settings = Settings("", segments=SegmentSettings(pseudosites=8))
    return layer_motifs.read(
        baselines.decode(NETWORK, 1, None, made[2]), sequence_files.random_motifs(40) + known, settings
    )


def signals(folder):
    paths = [folder / f"{name}.{'npz' if name == 'c' else 'bw'}" for name in CUTS]
    return [f"cell {path.stem}={path}" for path in paths]


def test_five_signals_stand_in_one_figure(made, layer, tmp_path):
    folder, fasta, _ = made
    given = scanning.read(NETWORK, 1, fasta, [*signals(folder), str(folder / "rows.npy")])
    (one,) = top_regions.find(NETWORK, layer, given.around)
    assert len(one.centres) == SITES and (one.centres == 20).all() and not one.missing
    assert list(one.footprints) == [*(f"cell {name}" for name in CUTS), "rows"]
    for name, (distance, count) in (*CUTS.items(), ("rows", (33, SITES))):
        found = one.footprints[name if name == "rows" else f"cell {name}"]
        expected = np.zeros(1001)
        expected[500 + distance] = 1
        np.testing.assert_allclose(found.mean, expected)
        assert found.sites == count
    made_sections = given.sections(NETWORK, layer, tmp_path)
    (chart,) = made_sections[1].charts
    assert [series.label for series in chart.series][:3] == [
        "cell a, 60 sites",
        "cell b, 60 sites",
        "cell c, 40 sites",
    ]
    html = made_sections[1].html()
    assert html.count('class="line') == 6 and html.count(" sites") >= 6
    with np.load(tmp_path / "positions.npz") as arrays:
        assert arrays["n0_footprints"].shape == (6, 1001)
        assert arrays["n0_sites"].tolist() == [60, 60, 40, 25, 60, 60]


def test_motifs_are_found_beyond_the_sequences_with_the_genome(made, layer):
    """A second word 150 letters on is seen in none of the sequences, and in all of them with the genome."""
    folder, fasta, _ = made
    far = layer.words[0]._replace(name="FAR", motif=Motif("FAR", 0.94 * np.eye(4)[FAR] + 0.015, 100.0))
    rows, centres = np.arange(SITES), np.full(SITES, 20)
    alone = scanning.read(NETWORK, 1, fasta).around
    hits, fits = top_regions.positions(alone, rows, centres, [far])
    assert hits.shape == (1, 2, LENGTH + 1) and hits.sum() <= 2 and fits[0, 20] == SITES
    extended = scanning.read(NETWORK, 1, fasta, genome_path=str(folder / "genome.fa")).around
    hits, fits = top_regions.positions(extended, rows, centres, [far])
    assert hits.shape == (1, 2, 1001)
    assert hits[0, 0, 500 + 150 + 6] == SITES and hits[0, 1, 500 - 180 + 6] == SITES // 2
    hits[0, 0, 656] = hits[0, 1, 326] = 0
    assert hits.sum() <= 2 * SITES * 1001 * 1e-4 * 3  # by chance
    assert (fits == SITES).all()


def test_flank_is_as_asked_and_ends_of_chromosomes_do_not_count(made, layer):
    folder, fasta, _ = made
    given = scanning.read(NETWORK, 1, fasta, signals(folder)[:2], str(folder / "genome.fa"), flank=2000)
    (one,) = top_regions.find(NETWORK, layer, given.around)
    # Centres lie at 1,500 + 700 i of 45,000 letters; 2,000 to both sides are there from 2,000 on.
    whole = [i for i in range(SITES) if 2000 <= 1500 + 700 * i < SIZE - 2000]
    assert one.footprints["cell a"].sites == len(whole) < SITES
    assert one.hits.shape[2] == 4001
    width = next(word for word in layer.words if word.name == one.words[0]).motif.width
    for offset in (-2000, -1400, 0, 1400, 2000):
        starts = [
            1500 + 700 * i + offset - width // 2
            if i % 3
            else 1500 + 700 * i - offset + width // 2 - width + 1
            for i in range(SITES)
        ]
        assert one.fits[0, 2000 + offset] == sum(0 <= start <= SIZE - width for start in starts)


def test_the_command_takes_them_all(made, tmp_path, monkeypatch):
    """Two signals and the genome in one command: the page, the arrays, and other methods on the sequences."""
    folder, fasta, _ = made
    weights = {"conv1": {"kernel": KERNEL.astype(np.float32), "bias": np.array([-10.5], np.float32)}}
    spec = NetworkSpec("word", LENGTH, 1, (Conv(1, WIDTH, norm="none", bias=True),))
    monkeypatch.chdir(tmp_path)
    arrays.save("net.npz", weights, spec)
    known = sequence_files.write_database(tmp_path / "db.meme", 30, width=8)
    words = ["--layer=1", "--out=run", f"--database={known}", f"--sequences={fasta}", "--flank=300"]
    signal = f"--signal={folder / 'a.bw'},second={folder / 'b.bw'}"
    cli.dispatch(["jaxmotif", "decode", "net.npz", *words, signal, f"--genome={folder / 'genome.fa'}"])
    page = (tmp_path / "run" / "layer1" / "report.html").read_text()
    assert "a, 60 sites" in page and "second, 60 sites" in page and "genome.fa" in page
    assert "read in other ways on 60 sequences of 40 nt from peaks.fa" in page
    with np.load(tmp_path / "run" / "layer1" / "positions.npz") as found:
        assert found["n0_signals"].tolist() == ["a", "second"]
        assert found["n0_footprints"].argmax(axis=1).tolist() == [300, 300 - 37]


def test_bad_input_says_so_in_one_line(made, tmp_path):
    folder, fasta, rows = made
    np.save(tmp_path / "few.npy", np.ones((3, 50)))
    np.save(tmp_path / "minus.npy", -np.ones((SITES, LENGTH)))
    np.savez(tmp_path / "square.npz", chr1=np.ones((2, 2)))
    np.savez(tmp_path / "other.npz", chr9=np.ones(50))
    np.savez(tmp_path / "words.npz", chr1=np.array(["a"]))
    (tmp_path / "text.npz").write_text("hello")
    rng = np.random.default_rng(9)
    random = dna.decode(rng.integers(0, 4, (1, SIZE)).astype(np.uint8))[0]
    (tmp_path / "wrong.fa").write_text(f">chr1\n{random}\n>chr2\n{random}\n")
    (tmp_path / "one.fa").write_text(f">chr1\n{random}\n")
    a, genome = str(folder / "a.bw"), str(folder / "genome.fa")
    unnamed = sequence_files.write_fasta(tmp_path / "unnamed.fa", rows[:2], ["x", "y"])
    for sequences, signal, fasta_of_genome, flank, message in (
        (fasta, [a, a], "", 500, "two signals called 'a': name them, NAME=PATH"),
        (fasta, [f"{i}={a}" for i in range(9)], "", 500, "8 signals in one figure, not 9"),
        (fasta, ["x=no.bw"], "", 500, "no such file: no.bw"),
        (
            fasta,
            [str(tmp_path / "few.npy")],
            "",
            500,
            r"few.npy has shape \(3, 50\); .*60 sequences of 40 nt",
        ),
        (fasta, [str(tmp_path / "minus.npy")], "", 500, "at least 0, not -1"),
        (fasta, [str(tmp_path / "square.npz")], "", 500, r"square.npz: chr1: a signal is numbers"),
        (fasta, [str(tmp_path / "words.npz")], "", 500, r"words.npz: chr1: a signal is numbers"),
        (fasta, [str(tmp_path / "text.npz")], "", 500, "text.npz is no file of arrays"),
        (fasta, [str(tmp_path / "other.npz")], "", 500, "other.npz has 1 chromosomes: chr9"),
        (fasta, [], str(tmp_path / "wrong.fa"), 500, "letters in common with .*wrong.fa .*another assembly"),
        (fasta, [], str(tmp_path / "one.fa"), 500, "one.fa"),
        (fasta, [], str(tmp_path / "no.fa"), 500, "no such file"),
        (unnamed, [], genome, 500, "does not say chr:start-end, which .*genome.fa is read by"),
        ("", [], genome, 500, "genome.fa needs --sequences too"),
        (fasta, [], "", 0, "--flank is at least 1, not 0"),
    ):
        with pytest.raises(ValueError, match=message) as error:
            scanning.read(NETWORK, 1, sequences, signal, fasta_of_genome, flank)
        assert "\n" not in str(error.value)
