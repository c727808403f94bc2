"""`jaxmotif variants`: a VCF by hand; each allele against the network on strings put together here."""

import gzip

import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna, files
from jaxmotif.apps import cli
from jaxmotif.motifs import meme, pwm
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_run

LENGTH = small_run.LENGTH
SITE = "GATTACAGC"
# A site of the motif at 50, one without its middle at 100, letters around them.
TEXT = small_run.letters(50, 1) + SITE + small_run.letters(41, 2) + "GATTAGC" + small_run.letters(69, 3)


def _motif():
    ppm = np.full((len(SITE), 4), 0.01)
    ppm[np.arange(len(SITE)), dna.encode([SITE])[0]] = 0.97
    return Motif("motif1", ppm, 50)


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variants")
    small_run.network(strands="random").save(folder / "run")
    meme.write_meme(folder / "run" / "motifs.meme", [_motif()])
    files.write_json(folder / "run" / "motifs.json", [{"name": "motif1", "best_match": {"name": "GATA; x"}}])
    small_run.write_fasta(folder / "g.fa", {"chr1": TEXT}, 60)
    return folder


def vcf(*rows) -> str:
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    return "\n".join([*lines, *("\t".join(map(str, (*row, ".", ".", "."))) for row in rows)]) + "\n"


def call(made, text, capsys, *more):
    path = made / "a.vcf"
    path.write_text(text)
    cli.dispatch(["", "variants", str(made / "run"), str(path), f"--genome={made / 'g.fa'}", *more])
    captured = capsys.readouterr()
    return small_run.rows(captured.out), captured.err


def logits(texts):
    """Of every member, for strings of the network's length."""
    network = small_run.network(strands="random")
    return np.array([[network.member(m).logits([text])[0, 0] for text in texts] for m in range(3)], float)


def compare(row, windows):
    """A line against the logits of the reference and of one or two alternatives."""
    found = logits(windows)
    reference, alternative = found[:, 0], found[:, 1:].mean(axis=1)
    values = [float(row[name]) for name in ("logit_ref", "logit_alt", "difference", "difference_sd")]
    difference = alternative - reference
    expected = [reference.mean(), alternative.mean(), difference.mean(), difference.std(ddof=1)]
    np.testing.assert_allclose(values, expected, rtol=2e-4, atol=2e-6)


def around(middle: int) -> int:
    return middle - LENGTH // 2


def test_substitutions_and_two_alternatives(made, capsys):
    ref = TEXT[51]
    alts = [letter for letter in "ACGT" if letter != ref][:2]
    rows, said = call(made, vcf(("1", 52, "rs1", ref, ",".join(alts))), capsys)
    assert [(r["chrom"], r["pos"], r["id"], r["alt"]) for r in rows] == [("1", "52", "rs1", a) for a in alts]
    first = around(51)
    for row, alt in zip(rows, alts, strict=True):
        changed = TEXT[:51] + alt + TEXT[52:]
        compare(row, [TEXT[first : first + LENGTH], changed[first : first + LENGTH]])
        assert row["status"] == "scored" and row["class"] == "bound" and not row["gained"]
        assert row["lost"].startswith("motif1(GATA__x)=")
    assert said == ""


def test_deletions_and_insertions_move_either_flank(made, capsys):
    # The deletion of two letters at 104; the insertion of CA that makes the site.
    deleted, at = TEXT[104:106], 105
    assert TEXT[100:107] == "GATTAGC"
    rows, _ = call(
        made,
        vcf(("chr1", 104, ".", TEXT[103:106], TEXT[103]), ("chr1", at, ".", TEXT[104], TEXT[104] + "CA")),
        capsys,
    )
    first = around(104 + 1)
    shorter = TEXT[:104] + TEXT[106:]
    left = shorter[first : first + LENGTH]
    right = shorter[first - 2 : first - 2 + LENGTH]
    compare(rows[0], [TEXT[first : first + LENGTH], left, right])
    first = around(105)
    longer = TEXT[:105] + "CA" + TEXT[105:]
    assert SITE in longer and len(deleted) == 2
    left = longer[first : first + LENGTH]
    right = longer[first + 2 : first + 2 + LENGTH]
    compare(rows[1], [TEXT[first : first + LENGTH], left, right])
    name, _, p = rows[1]["gained"].partition("=")
    before, after = map(float, p.split(">"))
    assert name == "motif1(GATA__x)" and before > 1e-4 >= after and not rows[1]["lost"]
    steps = pwm.integer_weights(pwm.log_odds(_motif().ppm, 50))
    best = pwm.survival(steps)[1][-1]
    assert after == pytest.approx(best, rel=0.05)


def test_another_way_of_writing_a_variant_changes_nothing(made, capsys):
    short = ("chr1", 104, "a", TEXT[103:106], TEXT[103])
    long = ("chr1", 101, "b", TEXT[100:110], TEXT[100:104] + TEXT[106:110])
    rows, _ = call(made, vcf(short, long), capsys)
    # The two may differ in where a repeated letter is cut; here none is.
    assert TEXT[103] != TEXT[105] and TEXT[104] != TEXT[106]
    for name in ("logit_ref", "logit_alt", "difference", "difference_sd", "gained", "lost"):
        assert rows[0][name] == rows[1][name]


def test_the_other_strand_gives_the_same_numbers(made, capsys, tmp_path):
    variants = [("chr1", 105, ".", TEXT[104], TEXT[104] + "CAG"), ("chr1", 60, ".", TEXT[59:62], TEXT[59])]
    rows, _ = call(made, vcf(*variants), capsys)
    turn = lambda text: dna.decode(dna.reverse_complement(dna.encode([text])))[0]
    turned = turn(TEXT)
    small_run.write_fasta(tmp_path / "g.fa", {"chr1": turned})
    (tmp_path / "a.vcf").write_text(
        vcf(
            ("chr1", len(TEXT) - 105, ".", turn(TEXT[105]), turn(TEXT[105]) + turn("CAG")),
            ("chr1", len(TEXT) - 62, ".", turn(TEXT[60:63]), turn(TEXT[62])),
        )
    )
    cli.dispatch(
        ["", "variants", str(made / "run"), str(tmp_path / "a.vcf"), f"--genome={tmp_path / 'g.fa'}"]
    )
    others = small_run.rows(capsys.readouterr().out)
    # Both have a middle between two letters, as the networks' sequences of 20 do.
    for one, other in zip(rows, others, strict=True):
        for name in ("logit_ref", "logit_alt", "difference"):
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-3, abs=1e-5)
        assert (one["gained"], one["lost"]) == (other["gained"], other["lost"])


def test_what_cannot_be_scored_is_told_and_counted(made, capsys):
    wrong = next(letter for letter in "ACGT" if letter != TEXT[20])
    rows, said = call(
        made,
        vcf(
            ("chr1", 21, "good", TEXT[20], wrong),
            ("chr1", 21, "mismatch", wrong, TEXT[20]),
            ("chr1", 21, "symbol", TEXT[20], "<DEL>,*"),
            ("chr1", 21, "none", TEXT[20], "."),
            ("chr9", 21, "nowhere", TEXT[20], wrong),
            ("chr1", 21, "long", TEXT[20], "A" * 40),
        ),
        capsys,
    )
    assert [(row["id"], row["status"]) for row in rows] == [
        ("good", "scored"),
        ("mismatch", "ref_mismatch"),
        ("symbol", "symbolic"),
        ("symbol", "symbolic"),
        ("none", "no_variant"),
        ("nowhere", "no_chromosome"),
        ("long", "too_long"),
    ]
    assert all(row["difference"] == "" for row in rows[1:]) and rows[0]["difference"]
    assert "a.vcf: 1 of 7 alleles have another reference allele than the genome" in said
    assert said.count("note: ") == 5
    with pytest.raises(ValueError, match="none of 2 alleles can be scored: 2 have another reference allele"):
        call(made, vcf(("chr1", 21, ".", wrong, TEXT[20]), ("chr1", 21, ".", wrong, "A" + TEXT[20])), capsys)


def test_all_classes_gzip_and_a_file(tmp_path, capsys):
    small_run.network(outputs=2).save(tmp_path / "run")
    genome = small_run.write_fasta(tmp_path / "g.fa", {"chr1": TEXT})
    path, out = tmp_path / "a.vcf.gz", tmp_path / "out.tsv"
    path.write_bytes(gzip.compress(vcf(("chr1", 3, ".", TEXT[2].lower(), "N")).encode()))
    cli.dispatch(["", "variants", str(tmp_path / "run"), str(path), f"--genome={genome}", f"--out={out}"])
    rows = small_run.rows(out.read_text())
    assert [row["class"] for row in rows] == ["class1", "class2"] and rows[0]["gained"] == ""
    network = small_run.network(outputs=2)
    text = "N" * 8 + TEXT
    windows = [text[:LENGTH], text[:10] + "N" + text[11:LENGTH]]
    expected = network.logits(windows)
    for k, row in enumerate(rows):
        difference = float(expected[1, k] - expected[0, k])
        assert float(row["difference"]) == pytest.approx(difference, rel=1e-3, abs=1e-5)
    found = jm.variant_effects(network, genome, [("chr1", 3, TEXT[2], "N")])
    np.testing.assert_allclose(found.mean(axis=0)[0], expected[1] - expected[0], rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="chr1:3 .* cannot be scored: ref_mismatch"):
        jm.variant_effects(network, genome, [("chr1", 3, "ACGT"[("ACGT".index(TEXT[2]) + 1) % 4], "N")])


def test_a_run_without_motifs_says_so_and_a_folder_in_a_run_has_its_motifs(made, capsys, tmp_path):
    one = vcf(("1", 52, ".", TEXT[51], "ACGT"[("ACGT".index(TEXT[51]) + 1) % 4]))
    (tmp_path / "a.vcf").write_text(one)
    small_run.network(strands="random").save(tmp_path / "run")
    small_run.network(strands="random").save(made / "run" / "round_2")
    common = [str(tmp_path / "a.vcf"), f"--genome={made / 'g.fa'}"]
    cli.dispatch(["", "variants", str(tmp_path / "run"), *common])
    captured = capsys.readouterr()
    assert small_run.rows(captured.out)[0]["lost"] == ""
    assert "has no motifs.meme: no motifs are looked for; gained and lost are empty" in captured.err
    with pytest.raises(ValueError, match="p-value threshold lies in"):
        cli.dispatch(["", "variants", str(tmp_path / "run"), *common, "--p=2"])
    cli.dispatch(["", "variants", str(made / "run" / "round_2"), *common])
    captured = capsys.readouterr()
    assert small_run.rows(captured.out)[0]["lost"].startswith("motif1(GATA__x)=") and not captured.err


def test_the_other_class_has_other_signs(made, capsys):
    line = vcf(("1", 52, ".", TEXT[51], "ACGT"[("ACGT".index(TEXT[51]) + 1) % 4]))
    (one,), _ = call(made, line, capsys)
    (other,), _ = call(made, line, capsys, "--classes=unbound")
    for name, sign in (("logit_ref", -1), ("logit_alt", -1), ("difference", -1), ("difference_sd", 1)):
        assert float(other[name]) == sign * float(one[name]) != 0
    assert other["class"] == "unbound" and other["lost"] == one["lost"]


def test_variants_in_repeats_keep_their_letters_when_repeats_are_masked(made, capsys, tmp_path):
    masked = TEXT[:45] + TEXT[45:80].lower() + TEXT[80:]
    genome = small_run.write_fasta(tmp_path / "g.fa", {"chr1": masked})
    ref, alt = TEXT[51], "ACGT"[("ACGT".index(TEXT[51]) + 1) % 4]
    lines = vcf(("1", 52, ".", ref, alt), ("1", 52, ".", alt, ref), ("1", 52, ".", ref, ref + "CA"))
    rows, _ = call(made, lines, capsys, f"--genome={genome}", "--repeats=mask")
    assert [row["status"] for row in rows] == ["scored", "ref_mismatch", "scored"]
    hidden = TEXT[:45] + "N" * 35 + TEXT[80:]
    windows = [hidden[:51] + letter + hidden[52:] for letter in (ref, alt)]
    compare(rows[0], [text[around(51) : around(51) + LENGTH] for text in windows])


def test_codes_of_the_reference_are_the_genomes_letters(made, capsys):
    at, letter = 20, TEXT[20]
    fits = next(code for code, own in (("R", "AG"), ("Y", "CT")) if letter in own)
    alt = next(one for one in "ACGT" if one != letter)
    none = {"R": "Y", "Y": "R"}[fits]
    rows, _ = call(
        made,
        vcf(
            ("1", at + 1, ".", letter, alt),
            ("1", at + 1, ".", fits, alt),
            ("1", at + 1, ".", "N", alt),
            ("1", at + 1, ".", none, alt),
            ("1", at + 1, ".", "N", letter),
            ("1", at, ".", TEXT[at - 1] + letter, TEXT[at - 1] + letter + "CA"),
            ("1", at, ".", "N" + letter, "N" + letter + "CA"),
            ("1", at, ".", "NN", "NNCA"),
        ),
        capsys,
    )
    scored = ["scored"] * 3
    assert [row["status"] for row in rows] == [*scored, "ref_mismatch", "no_variant", *scored]
    numbers = [[row[name] for name in ("logit_ref", "logit_alt", "gained", "lost")] for row in rows]
    assert numbers[0] == numbers[1] == numbers[2] and numbers[5] == numbers[6] == numbers[7]


@pytest.mark.parametrize("ref, alt", [("A", "R"), ("A", "<DEL>"), ("", "A"), ("A", "."), ("U", "A")])
def test_alleles_of_the_function_are_letters(made, ref, alt):
    with pytest.raises(ValueError, match="alleles are told by letters A, C, G, T and N"):
        jm.variant_effects(small_run.network(), made / "g.fa", [("chr1", 5, ref, alt)])


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "holds no variants"),
        ("chr1\t5\t.\tA\n", "line 1: 4 columns"),
        ("##fileformat\nchr1\tx\t.\tA\tC\n", "line 2, column 2: 'x' is no position"),
        ("chr1\t5\t.\t-\tC\n", "line 1, column 4: '-' is no reference allele"),
        ("chr1\t5\t.\tA\t\n", "line 1, column 5: no alternative allele"),
    ],
)
def test_bad_files_are_one_line(made, capsys, text, said):
    with pytest.raises(ValueError, match=said) as raised:
        call(made, text, capsys)
    assert "a.vcf" in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_other_files_are_told_what_they_are(made, tmp_path, pack):
    path = tmp_path / "a.bcf"
    for begun, said in (
        (b"BCF\x02\x02\x00", "a.bcf is BCF; give it as VCF: bcftools view .*a.bcf | jaxmotif variants RUN -"),
        (b"BAM\x01", "a.bcf is a BAM file of alignments, not VCF$"),
    ):
        path.write_bytes(pack(begun + b"\x00" * 20))
        with pytest.raises(ValueError, match=said):
            cli.dispatch(["", "variants", str(made / "run"), str(path), f"--genome={made / 'g.fa'}"])


def test_a_header_only_is_an_empty_table(made, capsys):
    rows, said = call(made, vcf(), capsys)
    assert rows == [] and said == "note: a.vcf: a header and no variants\n"


def test_a_genome_is_asked_for(made):
    with pytest.raises(ValueError, match="--genome"):
        cli.dispatch(["", "variants", str(made / "run"), str(made / "a.vcf")])
