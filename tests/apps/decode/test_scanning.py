"""A neuron that reads two words 8 apart, one that reads a third word, and one that nothing activates."""

import json

import numpy as np
import pybigtools
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.decode import baselines_table, layer_motifs, leaf_block, scanning, top_regions, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.apps.decode.top_regions import Around
from jaxmotif.models.spec import Conv
from jaxmotif.motifs import footprint
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.syntax.segments import PAPER, SegmentSettings
from tests.helpers import sequence_files

WORDS = {
    name: dna.encode([word])[0]
    for name, word in {"ONE": "ACGGATTCAG", "TWO": "CTTGCCAATG", "THREE": "GGAGTCTAAC"}.items()
}
LENGTH, COUNT, APART = 80, 400, 1300
SETTINGS = Settings("", segments=SegmentSettings(pseudosites=8))  # 200 sequences are few
# Receptive field 32: ONE at 2, TWO at 20; THREE at 11.
KERNEL = np.zeros((32, 4, 3))
for start, name, neuron in ((2, "ONE", 0), (20, "TWO", 0), (11, "THREE", 1)):
    KERNEL[np.arange(10) + start, WORDS[name], neuron] = 1
KERNEL[:, :, 2] = -1
CONV = Conv(3, 32, norm="none", bias=True)
NETWORK = chain.ConvChain("words", (CONV,), (chain.fold(KERNEL, bias=[-16.5, -8.5, 0]),))


@pytest.fixture(scope="module")
def planted():
    """Sequences, those with an even number hold ONE and TWO, all others THREE; starts of receptive fields."""
    rng = np.random.default_rng(0)
    codes, starts = rng.integers(0, 4, (COUNT, LENGTH)).astype(np.uint8), rng.integers(20, 29, COUNT)
    for row, start in enumerate(starts):
        for at, name in ((2, "ONE"), (20, "TWO")) if row % 2 == 0 else ((11, "THREE"),):
            codes[row, start + at : start + at + 10] = WORDS[name]
        # On the other strand, in front of the receptive field.
        codes[row, start - 15 : start - 5] = 3 - WORDS["ONE"][::-1]
    return codes, starts


@pytest.fixture(scope="module")
def database():
    known = [Motif(f"K_{name}", 0.94 * np.eye(4)[word] + 0.015, 100.0, name) for name, word in WORDS.items()]
    return sequence_files.random_motifs(60) + known


@pytest.fixture(scope="module")
def read(planted, database):
    return layer_motifs.read(baselines.decode(NETWORK, 1, None, planted[0]), database, SETTINGS)


def test_rows_count_what_was_planted(planted, read):
    rows = baselines_table.rows(read, baselines_table.read(NETWORK, read, planted[0]))
    assert [row["method"].split()[0] for row in rows] == ["NeuronMotif", "above", "above", "saliency"]
    for row in rows:
        assert (row["neurons"], row["live"], row["with a motif"], row["with a known motif"]) == (3, 2, 2, 2)
        assert row["median own q"] < 1e-3 and row["known words"] == 3
        assert row["names"] == ["ONE", "THREE", "TWO"] and row["known motifs"] == 3
    # Words are those of one neuron each: the first one has two chances.
    best = [
        min(word.hits[0].q for word in read.words if word.name in names) * len(names)
        for names in (("ONE", "TWO"), ("THREE",))
    ]
    bits = [(2 - scipy.stats.entropy(ppm[0], base=2, axis=1)).sum() for ppm in read.decoded.ppm[:2]]
    # The layer was read as Kelley et al. do.
    for row in rows[:2]:
        assert row["median own q"] == pytest.approx(np.median(best), rel=0.06)
        assert row["bits"] == pytest.approx(np.mean(bits), abs=0.051)


def test_bits_are_means_over_sequences_of_leaves_that_count(read):
    """Leaves of 10 and 30 sequences with 2 and 1 bits; one of 3 sequences is too small."""
    sharp, half = np.eye(4)[[0] * 4], np.array([[0.5, 0.5, 0, 0]] * 4)
    ppm = np.stack([sharp, half, sharp]).astype(np.float32)[None]
    fields = read.decoded.__dict__ | {
        "neurons": np.array([5]),
        "dead": np.zeros(1, bool),
        "exact": np.zeros(1, bool),
        "ppm": ppm,
        "nsites": np.array([[10, 30, 3]]),
    }
    leaves = [
        layer_motifs.LayerMotifs(
            type(read.decoded)(**fields), [], [], [], [], Settings(min_sites=count, segments=PAPER)
        )
        for count in (4, 40)
    ]
    row = baselines_table.row("x", leaves[0])
    assert row["bits"] == pytest.approx(4 * (10 * 2 + 30 * 1) / 40)
    assert (row["with a motif"], row["with a known motif"], row["median own q"], row["names"]) == (
        0,
        0,
        None,
        [],
    )
    assert baselines_table.row("x", leaves[1])["bits"] is None


def test_neurons_with_two_motifs_come_first(read):
    assert top_regions.with_syntax(read) == [0, 1] and top_regions.with_syntax(read, 1) == [0]
    assert read.decoded.samples[0] < 1.2 * read.decoded.samples[1]


def test_hits_lie_where_words_were_planted(planted, read):
    codes, starts = planted
    pair, single = top_regions.find(NETWORK, read, Around(codes))
    assert (pair.channel, single.channel) == (0, 1)
    assert set(pair.words) == {"ONE", "TWO"} and single.words == ("THREE",)
    assert set(pair.sequences) == set(range(0, COUNT, 2))
    np.testing.assert_array_equal(pair.centres, starts[pair.sequences] + 16)
    assert (np.diff(pair.activations) <= 0).all() and not pair.footprints
    motifs = {word.name: word.motif for word in read.words}
    for found, name, field_start, strand in (
        (pair, "ONE", 2, 0),
        (pair, "TWO", 20, 0),
        (single, "THREE", 11, 0),
        (pair, "ONE", -15, 1),
    ):
        motif, count = motifs[name], len(found.centres)
        # Where the dictionary's motif has the word's first letter.
        letters = (motif.ppm[i : i + 10][np.arange(10), WORDS[name]] for i in range(motif.width - 9))
        at = int(np.argmax([column.sum() for column in letters]))
        before = at if strand == 0 else motif.width - 10 - at
        middle = field_start - before + motif.width // 2 - 16
        hits = found.hits[found.words.index(name), strand]
        assert hits[LENGTH // 2 + middle] >= 0.97 * count
        assert hits.argmax() == LENGTH // 2 + middle


def test_fits_are_regions_in_which_a_motif_can_lie(planted, read):
    codes, _ = planted
    pair, _ = top_regions.find(NETWORK, read, Around(codes))
    motifs = {word.name: word.motif for word in read.words}
    for name, fits in zip(pair.words, pair.fits, strict=True):
        expected = np.zeros(LENGTH + 1, int)
        for centre in pair.centres:
            for start in range(LENGTH - motifs[name].width + 1):
                relative = start + motifs[name].width // 2 - centre
                expected[relative + LENGTH // 2] += abs(relative) <= LENGTH // 2
        np.testing.assert_array_equal(fits, expected)


@pytest.fixture(scope="module")
def files(planted, tmp_path_factory):
    """A FASTA of both strands, and a bigWig with one cut 5 letters behind the centre of every region."""
    folder, (codes, starts) = tmp_path_factory.mktemp("scanning"), planted
    names, cuts = [], []
    for row, start in enumerate(starts):
        place, cut = 1000 + row * APART, start + 16 + 5
        names.append(f"chr1:{place}-{place + LENGTH}({'+-'[row % 4 > 1]})")
        cuts.append(place + (LENGTH - 1 - cut if row % 4 > 1 else cut))
    fasta = sequence_files.write_fasta(folder / "peaks.fa", codes, names)
    values = [("chr1", int(cut), int(cut) + 1, 3.0) for cut in cuts]
    pybigtools.open(str(folder / "cuts.bw"), "w").write({"chr1": 1000 + (COUNT + 1) * APART}, values)
    pybigtools.open(str(folder / "other.bw"), "w").write({"chr2": 5000}, [("chr2", 1, 2, 1.0)])
    pybigtools.open(str(folder / "short.bw"), "w").write({"chr1": 5000}, [("chr1", 1, 2, 1.0)])
    pybigtools.open(str(folder / "empty.bw"), "w").write({"chr1": 10**6}, [("chr1", 1, 2, 1.0)])
    return folder, fasta


def test_sections_and_files(files, read, tmp_path):
    folder, fasta = files
    given = scanning.read(NETWORK, 1, fasta, [str(folder / "cuts.bw")])
    made = given.sections(NETWORK, read, tmp_path)
    assert [section.title for section in made] == ["Motifs around the top regions", "Footprints"]
    page = "".join(section.html() for section in made)
    assert "ONE (+)" in page and "Neuron 1" in page
    assert given.source == "400 sequences of 80 nt from peaks.fa"
    with np.load(tmp_path / "positions.npz") as arrays:
        assert arrays["neurons"].tolist() == [0, 1]
        assert arrays["n0_hits"].shape == (2, 2, LENGTH + 1)
        labels = [series.label for series in made[0].charts[0].series]
        assert labels == [f"{word} ({strand})" for word in arrays["n0_words"] for strand in "+-"]
        for neuron in (0, 1):
            expected = np.zeros((1, 2 * footprint.FLANK + 1))
            expected[0, footprint.FLANK + 5] = 1
            np.testing.assert_allclose(arrays[f"n{neuron}_footprints"], expected)
            assert arrays[f"n{neuron}_signals"].tolist() == ["cuts"]


def test_the_page_shows_the_other_methods(files, planted, read, tmp_path):
    """Under the leaves: the letters that each method took, in how many windows, and its own match."""
    others = scanning.read(NETWORK, 1, files[1]).others(NETWORK, read)
    write.write(read, tmp_path, others=others)
    assert [row["with a motif"] for row in json.loads((tmp_path / "others.json").read_text())] == [2] * 4
    assert "NeuronMotif" in (tmp_path / "others.md").read_text()
    text = (tmp_path / "report.html").read_text()
    assert "read in other ways on 400 sequences of 80 nt from peaks.fa" in text
    drawn = json.loads(text.split('id="layer-data">')[1].split("</")[0])["neurons"]
    codes, starts = planted
    for at, name in ((0, "ONE"), (1, "THREE")):
        own, kelley, alipanahi, saliency = drawn[at]["others"]
        assert own[:2] == ["NeuronMotif", int(read.decoded.nsites[at].sum())] and own[4] is None
        # Every second sequence holds the neuron's words, once, so that all windows are planted ones.
        rows = np.arange(at, COUNT, 2)
        letters = codes[rows[:, None], starts[rows, None] + np.arange(32)]
        mean = np.stack([(letters == letter).mean(axis=0) for letter in range(4)], axis=1).astype(np.float32)
        for one, title in ((kelley, "Kelley"), (alipanahi, "Alipanahi")):
            assert title in one[0] and one[1] == COUNT // 2 and one[4] == leaf_block.packed(mean)
        assert saliency[0] == "saliency" and saliency[1] == COUNT // 2
        for one in (own, kelley, alipanahi, saliency):
            assert one[2][0] in ({"ONE", "TWO"} if at == 0 else {name})
            assert float(one[2][1]) <= float(one[2][2]) < 1e-3
    assert drawn[2]["others"] == []  # nothing activates it


def test_no_activation_is_said_only_where_it_is_so(planted, read):
    """Of random windows none reaches neuron 0; of neuron 1 some might, and are counted then."""
    others = baselines_table.read(NETWORK, read)
    assert others.source == "10,000 random windows"
    codes = baselines.random_sequences(10_000, 32, read.settings.decode.seed)
    values = np.array([-16.5, -8.5, 0]) + [KERNEL[np.arange(32), row].sum(axis=0) for row in codes]
    for index in (0, 1):
        found = baselines_table.of_neuron(read, others, index)
        counts = [(values[:, index] > 0).sum(), (values[:, index] > values[:, index].max() / 2).sum()]
        for one, count in zip(found[1:], [*counts, counts[0]], strict=True):
            assert one.nsites == (count if values[:, index].max() > 0 else 0)
            assert (one.motif is None) == (one.nsites == 0)


def test_a_signal_that_is_nowhere_costs_no_page(files, read, tmp_path):
    folder, fasta = files
    given = scanning.read(NETWORK, 1, fasta, [str(folder / "empty.bw"), f"b={folder / 'cuts.bw'}"])
    made = given.sections(NETWORK, read, tmp_path)
    assert [len(chart.series) for chart in made[1].charts] == [1, 1]
    assert "Neuron 1 has none of empty: none of" in made[1].html()
    alone = scanning.read(NETWORK, 1, fasta, [str(folder / "empty.bw")]).sections(NETWORK, read, tmp_path)
    assert alone[1].charts == []
    with np.load(tmp_path / "positions.npz") as arrays:
        assert "n0_footprints" not in arrays.files


def test_bad_input(files, planted, tmp_path):
    folder, fasta = files
    assert scanning.read(NETWORK, 1) is None
    unnamed = sequence_files.write_fasta(
        tmp_path / "unnamed.fa", planted[0][:3], ["chr1:5-85", "peak 2", "chr1:9-89"]
    )
    short = sequence_files.write_fasta(tmp_path / "short.fa", planted[0][:3, :31], "abc")
    (tmp_path / "text.bw").write_text("hello")
    cuts = str(folder / "cuts.bw")
    for sequences, signal, message in (
        ("", cuts, "cuts.bw needs --sequences too"),
        (str(tmp_path / "no.fa"), "", "no such file: .*no.fa"),
        (short, "", "sequences of 31 nt are shorter than the 32 nt needed"),
        (fasta, str(tmp_path / "no.bw"), "no such file: .*no.bw"),
        (fasta, str(tmp_path / "text.bw"), "text.bw is no bigWig"),
        (unnamed, cuts, "unnamed.fa: record 'peak 2' does not say chr:start-end"),
        (fasta, str(folder / "other.bw"), r"other.bw has 1 chromosomes: chr2, \.\.\."),
        (
            fasta,
            str(folder / "short.bw"),
            r"'chr1:6200-6280\(\+\)' lies outside chr1, which has 5000 letters",
        ),
    ):
        with pytest.raises(ValueError, match=message) as error:
            scanning.read(NETWORK, 1, sequences, [signal] if signal else [])
        assert "\n" not in str(error.value)
