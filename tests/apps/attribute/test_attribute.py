"""`jaxmotif attribute`: every value against a loop over sequences, in every file."""

import numpy as np
import pybigtools
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.attribute import attributed
from jaxmotif.data.files.bigwig import write_bigwig
from jaxmotif.interpret import attribution
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_run

LENGTH = small_run.LENGTH
GENOME = {"chr10": small_run.letters(70, 8), "chr2": small_run.letters(150, 9)}


def turned(text: str) -> str:
    return dna.decode(dna.reverse_complement(dna.encode([text])))[0]


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribute")
    small_run.network(outputs=2).save(folder / "run")
    motif = Motif("known", np.eye(4)[dna.encode([GENOME["chr2"][52:60]])[0]], 30)
    meme.write_meme(folder / "run" / "motifs.meme", [motif])
    small_run.write_fasta(folder / "g.fa", GENOME, 60)
    (folder / "a.bed").write_text(
        "chr2\t40\t60\ta\t0\t+\nchr2\t50\t70\tb\t0\t-\n2\t100\t104\tc\t0\t.\nchr10\t10\t30\td\t0\t.\n"
    )
    return folder


def by_hand(texts, target, method="corrected"):
    """Hypothetical contributions of one sequence after the other, (N, L, 4)."""
    network = small_run.network(outputs=2)
    return np.concatenate(
        [attribution.hypothetical_contributions(network, [text], method, target=target) for text in texts]
    )


def test_loci_give_arrays_a_track_a_table_and_a_figure(made, capsys):
    cli.dispatch(
        [
            "",
            "attribute",
            str(made / "run"),
            str(made / "a.bed"),
            f"--genome={made / 'g.fa'}",
            "--class=class2",
        ]
    )
    folder = made / "run" / attributed.FOLDER
    two = GENOME["chr2"]
    texts = [two[40:60], turned(two[50:70]), two[92:112], GENOME["chr10"][10:30]]
    expected = by_hand(texts, 1)
    values, letters = np.load(folder / "attributions.npz"), np.load(folder / "one_hot.npz")
    np.testing.assert_allclose(values["arr_0"], expected.transpose(0, 2, 1), rtol=1e-4, atol=1e-6)
    one_hot = np.eye(4)[dna.encode(texts)]
    np.testing.assert_array_equal(letters["arr_0"], one_hot.transpose(0, 2, 1))
    assert letters["names"].tolist()[:2] == ["chr2:40-60", "chr2:50-70(-)"]
    there = (expected * one_hot).sum(axis=2)
    along = {}
    for row, (chrom, start) in enumerate([("chr2", 40), ("chr2", 50), ("chr2", 92), ("chr10", 10)]):
        for i, value in enumerate(there[row][::-1] if row == 1 else there[row]):
            along.setdefault((chrom, start + i), []).append(value)
    with pybigtools.open(str(folder / "contributions.bw")) as file:
        assert file.chroms() == {"chr10": 70, "chr2": 150}
        for chrom in GENOME:
            found = file.values(chrom, 0, len(GENOME[chrom]), fillna=None)
            for position, value in enumerate(found):
                own = along.get((chrom, position))
                if own is None:
                    assert np.isnan(value)
                else:
                    assert value == pytest.approx(np.mean(own), rel=1e-3, abs=1e-5)
    rows = small_run.rows((folder / "sequences.tsv").read_text())
    assert [row["locus"] for row in rows] == ["a", "b", "c", "d"]
    logits = small_run.network(outputs=2).logits(texts)[:, 1]
    np.testing.assert_allclose([float(row["logit"]) for row in rows], logits, rtol=1e-4, atol=1e-6)
    assert [(row["chrom"], row["start"]) for row in rows][2:] == [("chr2", "92"), ("chr10", "10")]
    assert (folder / "strongest.png").read_bytes().startswith(b"\x89PNG")
    assert "4 sequences of 20 nt, contributions to class2" in capsys.readouterr().out


def test_the_strongest_are_shown_with_their_sites(made):
    given = attributed.read(str(made / "a.bed"), str(made / "g.fa"), "keep", LENGTH)
    network = small_run.network(outputs=2)
    found = attributed.attribute(network, given, 0, "corrected")
    shown, notes = attributed.strongest(found, str(made / "run"), 3)
    assert not notes
    order = np.argsort(-network.logits(given.data)[:, 0])[:3]
    assert [one.title.split()[0] for one in shown] == [given.data.names[i] for i in order]
    heights = shown[0].heights
    assert ((heights != 0).sum(axis=1) <= 1).all() and heights.shape == (LENGTH, 4)
    everything, _ = attributed.strongest(found, str(made / "run"), 4)
    (made / "run" / "inner").mkdir()  # a folder in a run has the run's motifs
    within, notes = attributed.strongest(found, str(made / "run" / "inner"), 4)
    assert [one.sites for one in within] == [one.sites for one in everything] and not notes
    without, (note,) = attributed.strongest(found, str(made / "a.bed"), 4)
    assert not any(one.sites for one in without) and "has no motifs.meme: no motifs are looked for" in note
    sites = {one.title.split()[0]: [tuple(site) for site in one.sites] for one in everything}
    assert sites["chr2:40-60"] == [("known", 12, 20)] and sites["chr2:50-70(-)"] == [("known", 10, 18)]


def test_sequences_are_cropped_and_padded_with_notes(made, tmp_path, capsys):
    text = small_run.letters(24)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text, "y": text[:20], "z": text[3:21]})
    out = tmp_path / "out"
    options = [f"--out={out}", "--method=mutagenesis", "--format=svg", "--most=2"]
    cli.dispatch(["", "attribute", str(made / "run"), str(path), *options])
    texts = [text[2:22], text[:20], "N" + text[3:21] + "N"]
    expected = by_hand(texts, 0, "mutagenesis")
    found = np.load(out / "attributions.npz")["arr_0"]
    np.testing.assert_allclose(found, expected.transpose(0, 2, 1), rtol=1e-4, atol=1e-5)
    assert not found[2, :, 0].any() and not (out / "contributions.bw").exists()
    assert (out / "strongest.svg").exists()
    said = capsys.readouterr().err
    assert "1 of 3 sequences were longer than 20 nt" in said and "1 of 3 sequences were shorter" in said


def test_lower_case_of_sequences_can_be_masked(made, tmp_path):
    text = small_run.letters(20)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text[:8] + text[8:12].lower() + text[12:]})
    masked = [text[:8] + "NNNN" + text[12:]]
    assert dna.decode(attributed.read(str(path), "", "mask", LENGTH).data.sequences) == masked
    assert dna.decode(attributed.read(str(path), "", "keep", LENGTH).data.sequences) == [text]


@pytest.mark.parametrize("name", ["scaffold-1", "HG002#1#chr1"])
def test_the_track_of_a_locus_on_minus_is_not_mirrored_whatever_the_name(made, tmp_path, name):
    text = small_run.letters(60, 5)
    genome = small_run.write_fasta(tmp_path / "g.fa", {name: text})
    (tmp_path / "a.bed").write_text(f"{name}\t20\t40\ta\t0\t-\n")
    options = [f"--genome={genome}", f"--out={tmp_path / 'out'}", "--most=0"]
    cli.dispatch(["", "attribute", str(made / "run"), str(tmp_path / "a.bed"), *options])
    expected = (by_hand([turned(text[20:40])], 0)[0] * np.eye(4)[dna.encode([turned(text[20:40])])[0]]).sum(1)
    with pybigtools.open(str(tmp_path / "out" / "contributions.bw")) as file:
        found = file.values(name, 20, 40, fillna=None)
    np.testing.assert_allclose(found, expected[::-1], rtol=1e-3, atol=1e-5)
    assert np.abs(expected - expected[::-1]).max() > 1e-3


def test_what_an_earlier_call_wrote_is_removed_and_the_folder_is_made_first(made, tmp_path):
    out = tmp_path / "out"
    common = ["", "attribute", str(made / "run")]
    cli.dispatch([*common, str(made / "a.bed"), f"--genome={made / 'g.fa'}", f"--out={out}", "--format=svg"])
    assert (out / "contributions.bw").exists() and (out / "strongest.svg").exists()
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": small_run.letters(20)})
    cli.dispatch([*common, str(path), f"--out={out}", "--most=0"])
    names = sorted(one.name for one in out.iterdir())
    assert names == ["attributions.npz", "one_hot.npz", "sequences.tsv"]
    with pytest.raises(ValueError, match="a.fa"):  # a file is no folder; the sequences are not looked at
        cli.dispatch([*common, str(tmp_path / "no.fa"), f"--out={path}"])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["{made}/run", "{made}/a.bed", "--class=no", "--genome={made}/g.fa"], "has no class 'no'"),
        (["{made}/run", "{made}/a.bed", "--format=gif"], "format"),
        (["{made}/run", "{made}/no.fa"], "no such file"),
        (["{made}/run"], "attribute wants a run and a file of sequences or loci, got 1"),
    ],
)
def test_bad_input_is_one_line(made, arguments, said):
    with pytest.raises(ValueError, match=said) as raised:
        cli.dispatch(["", "attribute", *(text.format(made=made) for text in arguments)])
    assert "\n" not in str(raised.value)


def test_a_track_needs_lengths_and_values(tmp_path):
    with pytest.raises(ValueError, match="length of chromosome 'b' is not known"):
        write_bigwig(tmp_path / "a.bw", {"a": 9}, np.array(["b"]), np.zeros(1), np.ones((1, 3)))
    with pytest.raises(ValueError, match="no values"):
        write_bigwig(tmp_path / "a.bw", {"a": 9}, np.zeros(0, str), np.zeros(0), np.ones((0, 3)))
    write_bigwig(tmp_path / "a.bw", {"a": 4}, np.array(["a", "a"]), np.array([-1, 2]), np.ones((2, 3)))
    with pybigtools.open(str(tmp_path / "a.bw")) as file:
        np.testing.assert_array_equal(file.values("a", 0, 4, fillna=None), [1, 1, 1, 1])
