"""`jaxmotif predict`: every number against the network called on one window after the other."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.interpret import tiled
from tests.helpers import small_run

LENGTH = small_run.LENGTH


@pytest.fixture(scope="module", name="run")
def fixture_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    small_run.network(strands="random").save(folder)
    return folder


def by_hand(network, text: str, start: int, output: int = 0):
    """Probability and logit, means and sample deviations over members, of one window."""
    logits = np.array(
        [network.member(m).logits([text[start : start + LENGTH]])[0, output] for m in range(len(network))],
        float,
    )
    chances = 1 / (1 + np.exp(-logits))
    return [chances.mean(), chances.std(ddof=1), logits.mean(), logits.std(ddof=1)]


def numbers(row):
    return [float(row[name]) for name in ("probability", "probability_sd", "logit", "logit_sd")]


def test_the_best_window_of_every_sequence(run, tmp_path, capsys):
    records = {"long": small_run.letters(71), "short": "ACGTACG", "own": small_run.letters(LENGTH, 1)}
    path = small_run.write_fasta(tmp_path / "a.fa", records)
    cli.dispatch(["jaxmotif", "predict", str(run), str(path), "--stride=3"])
    captured = capsys.readouterr()
    found = small_run.rows(captured.out)
    assert [row["sequence"] for row in found] == ["long", "short", "own"]
    assert {row["class"] for row in found} == {"bound"}
    network = small_run.network(strands="random")
    starts = [*range(0, 52, 3)]
    every = [by_hand(network, records["long"], start) for start in starts]
    best = int(np.argmax([one[2] for one in every]))
    assert (int(found[0]["start"]), int(found[0]["end"])) == (starts[best], starts[best] + LENGTH)
    assert int(found[0]["tiles"]) == len(starts) == 18
    np.testing.assert_allclose(numbers(found[0]), every[best], rtol=2e-4, atol=1e-6)
    padded = "N" * 6 + "ACGTACG" + "N" * 7
    np.testing.assert_allclose(numbers(found[1]), by_hand(network, padded, 0), rtol=2e-4, atol=1e-6)
    assert (found[1]["start"], found[1]["end"]) == ("0", "7")
    np.testing.assert_allclose(numbers(found[2]), by_hand(network, records["own"], 0), rtol=2e-4, atol=1e-6)
    assert captured.err.splitlines() == [
        "note: a.fa: 1 of 3 sequences were shorter than 20 nt and were padded with N",
        "note: a.fa: 1 of 20 windows are N in more than half, and told of only where a sequence has no other",
    ]


def test_windows_of_n_are_not_the_best_and_places_end_with_the_chromosome(tmp_path, capsys):
    network = small_run.network(outputs=2)
    network.save(tmp_path / "run")
    text, rest = small_run.letters(40, 4), small_run.letters(30, 2)
    records = {"gap": text + "N" * 40 + rest, "none": "N" * 45}
    path = small_run.write_fasta(tmp_path / "g.fa", records)
    common = ["", "predict", str(tmp_path / "run"), "--classes=class2", "--stride=10"]
    cli.dispatch([*common, str(path), "--tiles"])
    captured = capsys.readouterr()
    every = [row for row in small_run.rows(captured.out) if row["sequence"] == "gap"]
    letters = records["gap"]
    known = [r for r in every if letters[int(r["start"]) : int(r["end"])].count("N") <= LENGTH / 2]
    assert (
        f"{len(every) - len(known) + 4} of {len(every) + 4} windows are N in more than half\n" in captured.err
    )
    best = max(known, key=lambda row: float(row["logit"]))
    assert float(best["logit"]) < max(float(row["logit"]) for row in every)  # N alone would be the best
    cli.dispatch([*common, str(path)])
    rows = small_run.rows(capsys.readouterr().out)
    assert rows[0] == best and rows[1]["sequence"] == "none"
    (tmp_path / "a.bed").write_text("gap\t0\t4\ta\t0\t-\ngap\t108\t110\tb\t0\t.\ngap\t5\t65\tc\t0\t.\n")
    cli.dispatch([*common, str(tmp_path / "a.bed"), f"--genome={path}"])
    captured = capsys.readouterr()
    places = [(int(row["start"]), int(row["end"])) for row in small_run.rows(captured.out)]
    assert places[:2] == [(0, 12), (99, 110)]
    assert "a.bed: 2 of 3 loci reach beyond the end of a chromosome and were padded with N" in captured.err


def test_every_window_and_class(tmp_path):
    network = small_run.network(outputs=3)
    network.save(tmp_path / "run")
    text = small_run.letters(45)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text})
    out = tmp_path / "out.tsv"
    cli.dispatch(["", "predict", str(tmp_path / "run"), str(path), "--tiles", f"--out={out}"])
    found = small_run.rows(out.read_text())
    assert [(row["class"], int(row["start"])) for row in found] == [
        (f"class{k}", start) for k in (1, 2, 3) for start in (0, 10, 20, 25)
    ]
    for row in found:
        expected = by_hand(network, text, int(row["start"]), int(row["class"][-1]) - 1)
        np.testing.assert_allclose(numbers(row), expected, rtol=2e-4, atol=1e-6)
    cli.dispatch(["", "predict", str(tmp_path / "run"), str(path), "--classes=class2", f"--out={out}"])
    assert [row["class"] for row in small_run.rows(out.read_text())] == ["class2"]


def test_blocks_of_windows_change_nothing():
    network, texts = small_run.network(), [small_run.letters(n, n) for n in (90, 20, 33, 21)]
    whole = tiled.predict_tiles(network, texts, 7)
    regions = [one.region for one in whole]
    for rows in (1, 5, 9):
        for a, b in zip(whole, tiled.over_regions(network, regions, 7, rows), strict=True):
            np.testing.assert_array_equal(a.start, b.start)
            np.testing.assert_allclose(a.logits, b.logits, atol=1e-6)


def test_the_other_class_of_one_output_is_what_is_left(run, tmp_path, capsys):
    text = small_run.letters(60)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text})
    found = []
    for more in (["--tiles"], ["--tiles", "--classes=unbound"], ["--classes=unbound"]):
        cli.dispatch(["", "predict", str(run), str(path), *more])
        found.append(small_run.rows(capsys.readouterr().out))
    for one, other in zip(found[0], found[1], strict=True):
        chance, chance_sd, logit, logit_sd = numbers(one)
        expected = [1 - chance, chance_sd, -logit, logit_sd]
        np.testing.assert_allclose(numbers(other), expected, rtol=1e-4, atol=1e-6)
        assert other["class"] == "unbound"
    assert found[2] == [max(found[1], key=lambda row: float(row["logit"]))]


def test_lower_case_of_sequences_can_be_masked(run, tmp_path, capsys):
    text = small_run.letters(LENGTH)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text[:8] + text[8:12].lower() + text[12:]})
    found = []
    for repeats in ("keep", "mask"):
        cli.dispatch(["", "predict", str(run), str(path), f"--repeats={repeats}"])
        found.append(numbers(small_run.rows(capsys.readouterr().out)[0]))
    network = small_run.network(strands="random")
    for own, letters in zip(found, (text, text[:8] + "NNNN" + text[12:]), strict=True):
        np.testing.assert_allclose(own, by_hand(network, letters, 0), rtol=2e-4, atol=1e-6)
    assert found[0] != found[1]


def test_one_network_has_no_deviation(tmp_path, capsys):
    small_run.network(members=1).save(tmp_path)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": small_run.letters(20)})
    cli.dispatch(["", "predict", str(tmp_path), str(path)])
    row = small_run.rows(capsys.readouterr().out)[0]
    assert row["logit_sd"] == row["probability_sd"] == "" and float(row["logit"])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["{run}"], "predict wants a run and a file of sequences or loci, got 1"),
        (["{tmp}/no", "{tmp}/a.fa"], "no such run directory or file of weights"),
        (["{run}", "{tmp}/no.fa"], "no such file"),
        (["{run}", "{tmp}/empty.fa"], "empty.fa is empty"),
        (["{run}", "{tmp}/bad.fa"], "record 'x' holds '!', which is no nucleotide code"),
        (["{run}", "{tmp}/a.fa", "--classes=other"], "has no class 'other'; it has: bound"),
        (["{run}", "{tmp}/a.fa", "--stride=21"], "a stride of 21 nt leaves letters unread"),
        (["{run}", "{tmp}/a.bed"], "this is a BED file"),
        (["{run}", "{tmp}/a.fa", "--genome={tmp}/a.fa"], "a.fa is FASTA: with --genome loci are wanted"),
    ],
)
def test_bad_input_is_one_line(run, tmp_path, arguments, said):
    (tmp_path / "a.fa").write_text(f">x\n{small_run.letters(20)}\n")
    (tmp_path / "empty.fa").write_text("")
    (tmp_path / "bad.fa").write_text(">x\nACG!T\n")
    (tmp_path / "a.bed").write_text("chr1\t10\t20\n")
    arguments = [text.format(run=run, tmp=tmp_path) for text in arguments]
    with pytest.raises(ValueError, match=said) as raised:
        cli.dispatch(["", "predict", *arguments])
    assert "\n" not in str(raised.value)


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as left:
        cli.dispatch(["", "predict", "--help"])
    said = capsys.readouterr().out
    assert left.value.code == 0 and "jaxmotif predict runs/peaks other.fa" in said and "--stride" in said
    assert dna.ALPHABET in said


def test_loci_are_read_around_their_summits_or_in_windows(tmp_path, capsys):
    network = small_run.network()  # the strand counts
    network.save(tmp_path / "run")
    chromosomes = {"chr1": small_run.letters(200, 5), "chr2": small_run.letters(90, 6)}
    genome = small_run.write_fasta(tmp_path / "g.fa", chromosomes, 60)
    lines = [  # summit; interval as long as a window; shorter, at a chromosome's end; longer, without summit
        "1\t20\t120\ta\t0\t.\t1\t1\t1\t33",
        "chr1\t40\t60\tb\t0\t-\t1\t1\t1\t-1",
        "chr2\t80\t90\tc\t0\t.\t1\t1\t1\t-1",
        "chr2\t5\t51\td\t0\t-\t1\t1\t1\t-1",
        "chr9\t5\t51\te\t0\t.\t1\t1\t1\t-1",
    ]
    peaks = tmp_path / "a.narrowPeak"
    peaks.write_text("\n".join(lines) + "\n")
    arguments = [str(tmp_path / "run"), str(peaks), f"--genome={genome}", "--tiles", "--stride=13"]
    cli.dispatch(["", "predict", *arguments])
    captured = capsys.readouterr()
    found = small_run.rows(captured.out)
    assert [(row["sequence"], row["chrom"], int(row["start"])) for row in found] == [
        ("a", "chr1", 43),
        ("b", "chr1", 40),
        ("c", "chr2", 75),
        *(("d", "chr2", start) for start in (31, 18, 5)),
    ]
    for row in found:
        start = int(row["start"])
        text = (chromosomes[row["chrom"]] + "N" * LENGTH)[start : start + LENGTH]
        if row["sequence"] in "bd":
            text = dna.decode(dna.reverse_complement(dna.encode([text])))[0]
        np.testing.assert_allclose(numbers(row), by_hand(network, text, 0), rtol=2e-4, atol=1e-6)
    assert "1 of 5 intervals lie on chromosomes that g.fa does not have (chr9)" in captured.err
