"""Scans of decoded neurons: which words, and what becomes of the syntax."""

import dataclasses

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.decode import layer_motifs, outputs_table, spacing_charts, write
from jaxmotif.apps.decode.settings import PARITY, Settings
from jaxmotif.neuronmotif.settings import Scanning
from jaxmotif.neuronmotif.syntax import arrangements, scan_words
from jaxmotif.neuronmotif.syntax.placement import Placement
from tests.helpers import planted_leaves, tiny_stacks

WORDS = "AGGCTAAGCCAG", "TTCATGATCTT", "CGACCATCAAC"
WIDTH = 60


def network(*, third: float = 0.0):
    """Two neurons that answer to the first word at 0 to 15 with the second at 24 to 39; the third adds at 48.

    The second neuron answers to the first word only.
    """
    first = np.zeros((12, 4, 3))
    for i, word in enumerate(WORDS):
        first[: len(word), :, i] = np.eye(4)[dna.encode([word])[0]]
    bias = np.array([1.0 - len(word) for word in WORDS])
    reads = np.zeros((12, 3, 2))
    reads[:4, 0], reads[6:10, 1, 0], reads[11:, 2, 0] = 1.0, 1.0, third
    convs = [tiny_stacks.conv(3, 12, 4), tiny_stacks.conv(2, 12)]
    return tiny_stacks.stack_of(convs, [(first, bias), (reads, np.array([-1.5, -0.5]))])


QUICK = Scanning(backgrounds=40, screening=2)


def layer(*leaves, settings=Settings(scan=QUICK)) -> layer_motifs.LayerMotifs:
    """Neurons that hold words (index, start) in their leaves, read with the settings given."""
    ppms = [0.9 * np.eye(4)[dna.encode([word])[0]] + 0.025 for word in WORDS]
    planted = [[[(ppms[i], start, "+") for i, start in leaf] for leaf in neuron] for neuron in leaves]
    found = planted_leaves.layer(planted, WIDTH)
    found = dataclasses.replace(found, layer=2, neurons=np.arange(len(leaves)))
    return layer_motifs.read(found, None, settings)


PAIR = [[(0, 4), (1, 28)], [(0, 6), (1, 32)]]


def test_distances_are_those_that_the_neuron_accepts_not_those_that_leaves_happen_to_have():
    read = layer(PAIR, [[(0, 2)], [(0, 3)]])
    scanned = layer_motifs.scanned(read, network())
    both, single = scanned.syntaxes
    (scan,) = both.scans
    assert single.scans == () and single == read.syntaxes[1]
    # Any start of the first word in 0 to 15 with any of the second in 24 to 39, side by side.
    way = scan.way_of(
        *[part for word, strand in both.arrangements[0].words for part in (_name(both, word), strand)]
    )
    assert way == scan.best and scan.accepted(way).tolist() == list(range(12, 40))
    (before,), (after,) = read.syntaxes[0].arrangements, both.arrangements
    assert before.intervals == after.intervals and (before.intervals[0].low, before.intervals[0].high) == (
        24,
        26,
    )
    assert after.spacings == (arrangements.Spacing(tuple(range(12, 40)), "additive", ()),)
    assert before.tree.gap == (12, 14) and after.tree.gap == (0, 27)
    text = arrangements.as_text(both)
    assert "-[0..27N]-" in text and text.endswith("start to start 12..39 bp (sampling saw 24..26; additive)")
    assert arrangements.as_text(read.syntaxes[0]).endswith("start to start 24..26 bp")


def _name(syntax, number):
    return syntax.words[number].name


def test_a_pair_that_the_scan_does_not_accept_keeps_what_was_sampled_and_says_so():
    scanned = layer_motifs.scanned(layer([[(1, 4), (0, 40)]]), network())
    text = arrangements.as_text(scanned.syntaxes[0])
    assert text.endswith("start to start 36 bp (as sampled; the scan accepts none)")
    assert scanned.syntaxes[0].arrangements[0].tree.gap == (25, 25)


def test_a_word_that_is_enough_is_told():
    scanned = layer_motifs.scanned(layer([[(2, 40)]], PAIR), network())
    text = arrangements.as_text(scanned.syntaxes[1])
    assert text.endswith(("additive; novel2 is enough)", "additive; novel1 is enough)"))


def test_all_pairs_of_three_words_and_the_third_that_helps():
    three = [[(0, 4), (1, 26), (2, 48)]]
    scanned = layer_motifs.scanned(layer(three), network(third=2.0))
    scans = scanned.syntaxes[0].scans
    assert sorted(len({word.name for word in scan.words}) for scan in scans) == [2, 2, 2]
    gains = {frozenset(word.text for word in scan.words): scan.third.gain.mean for scan in scans}
    first, second, third = (
        min((word.text for scan in scans for word in scan.words), key=lambda text: _unlike(text, planted))
        for planted in WORDS
    )
    # On top of both others the first and the second add 1, the third one adds 2.
    assert gains == pytest.approx(
        {
            frozenset((first, second)): 2,
            frozenset((first, third)): 1,
            frozenset((second, third)): 1,
        },
        abs=0.05,
    )
    few = layer_motifs.scanned(
        layer(three, settings=Settings(scan=Scanning(pairs=1, backgrounds=40, screening=2))),
        network(third=2.0),
    )
    assert len(few.syntaxes[0].scans) == 1


def _unlike(text, planted):
    return min(
        sum(a != b for a, b in zip(one, planted, strict=False)) + abs(len(one) - len(planted))
        for one in (text, dna.decode(dna.reverse_complement(dna.encode([text])))[0])
    )


def test_a_word_twice_in_a_leaf_is_a_pair_of_its_own():
    scanned = layer_motifs.scanned(layer([[(0, 2), (0, 30)], [(1, 5)]]), network())
    names = [{word.name for word in scan.words} for scan in scanned.syntaxes[0].scans]
    assert len(names[0]) == 1 and len(names[1]) == 2 and len(names) == 2


def test_the_settings_of_the_paper_and_its_program_scan_nothing():
    for name in ("text", "code"):
        assert PARITY[name].scan.pairs == 0
    read = layer(PAIR, settings=Settings(scan=Scanning(pairs=0)))
    assert layer_motifs.scanned(read, network()).syntaxes == read.syntaxes


def test_own_words_are_of_the_neurons_leaves_on_their_strand():
    ppm = np.full((1, 3, 20, 4), 0.25)
    word = np.eye(4)[dna.encode(["ACGGT"])[0]]
    ppm[0, 0, 3:8] = word
    ppm[0, 1, 10:15] = word[::-1, ::-1]
    ppm[0, 2, 17:20] = word[:3]  # cut off by the end of the receptive field
    ones = np.ones((1, 3))
    found = planted_leaves.layer([[[], [], []]], 20)
    found = dataclasses.replace(found, ppm=ppm, nsites=100 * ones)
    placed = tuple(Placement(*one) for one in ((0, 7, 2, 8, "+"), (1, 7, 10, 16, "-"), (2, 7, 16, 22, "+")))
    (own,) = scan_words.own_words(found, 0, placed, {7: "w"}).values()
    assert own.text == "NACGGT" and own.name == "w"
    flat = scan_words.own_words(found, 0, placed[:1], {7: "w"})
    assert flat[7].text == "NACGGT"
    empty = dataclasses.replace(found, ppm=np.full((1, 3, 20, 4), 0.25))
    assert scan_words.own_words(empty, 0, placed, {7: "w"}) == {}


def test_what_an_output_reads_has_the_distances_of_the_scan():
    """12 to 39 are accepted, and leaves happen to have 24 to 26."""
    read = layer(PAIR, [[(0, 2)]])
    syntaxes = layer_motifs.scanned(read, network()).syntaxes
    (pair,) = outputs_table.pairs(syntaxes[0])
    assert (pair.distances, pair.source, pair.verdict) == ("12..39", "scan", "additive")
    (pair,) = outputs_table.pairs(read.syntaxes[0])
    assert (pair.distances, pair.source, pair.verdict) == ("24..26", "sampled", "")
    assert outputs_table.pairs(syntaxes[1]) == []


def test_the_folder_of_a_layer_has_every_number_and_the_page_a_chart(tmp_path):
    scanned = layer_motifs.scanned(layer(PAIR, [[(0, 2)]]), network())
    write.write(scanned, tmp_path)
    head, *rows = [line.split("\t") for line in (tmp_path / "spacing.tsv").read_text().splitlines()]
    (scan,) = scanned.syntaxes[0].scans
    assert len(rows) == np.isfinite(scan.curves.mean).sum() and head[:4] == [
        "neuron",
        "left",
        "right",
        "distance",
    ]
    accepted = {int(row[3]) for row in rows if float(row[head.index("share above 0")]) >= 0.95}
    assert accepted == set(range(12, 40))
    assert (tmp_path / "syntax.txt").read_text().count("\n# ") == 4
    (chart,) = spacing_charts.charts_of(scanned.syntaxes[0])
    for text in (
        'class="shaded"',
        "Shaded: 24 to 26 nt",
        ": 12..39 nt; additive, interaction",
        "neither word",
    ):
        assert text in chart
    assert chart in (tmp_path / "report.html").read_text()
    assert spacing_charts.charts_of(scanned.syntaxes[1]) == []
    write.write(layer(PAIR), tmp_path)
    assert (
        not (tmp_path / "spacing.tsv").exists() and "# Distances" not in (tmp_path / "syntax.txt").read_text()
    )


def test_a_pair_that_only_counts_together_stands_out_from_null_pairs_that_add_up():
    """Two words of which a hidden unit needs both, against ten neurons that add the same words."""
    sums = network()
    both = tiny_stacks.stack_of(
        [*sums.convs, tiny_stacks.conv(1, 1)], [*sums.weights, (np.array([[[1.0], [0.0]]]), np.array([-0.2]))]
    )
    ours = layer([[(0, 4), (1, 28)], [(0, 6), (1, 32)]])
    found = dataclasses.replace(ours.decoded, layer=3, maximum=np.array([0.3]))
    ours = layer_motifs.scanned(dataclasses.replace(ours, decoded=found), both)
    null = layer(*[PAIR] * 2)
    found = dataclasses.replace(null.decoded, layer=3, maximum=np.array([0.5, 0.5]), neurons=np.array([0, 0]))
    adding = tiny_stacks.stack_of(
        [*sums.convs, tiny_stacks.conv(1, 1)],
        [
            sums.weights[0],
            (sums.weights[1].kernel, sums.weights[1].bias + 9),
            (np.eye(2)[None, :, :1], [-9.0]),
        ],
    )
    null = layer_motifs.scanned(dataclasses.replace(null, decoded=found), adding)
    (scan,) = ours.syntaxes[0].scans
    assert scan.cooperation(0.3) == pytest.approx(1.0, abs=0.02)
    assert [one.scans[0].cooperation(0.5) for one in null.syntaxes] == pytest.approx([0, 0], abs=0.02)
    told = layer_motifs.against_nulls(ours, [null] * 5)
    assert told.significance.pairs.nulls == 10
    np.testing.assert_allclose(told.significance.pairs.q, 1 / 11)
    assert "; cooperative; null q 0.091)" in arrangements.as_text(told.syntaxes[0])
    assert "q against pairs of null networks: 0.091" in str(spacing_charts.charts_of(told.syntaxes[0])[0])
    assert layer_motifs.neuron_rows(told)[0]["pairs' least null q"] == 0.091
    # Of a null pair itself the q is told, but not next to an order in which it adds up.
    plain = layer_motifs.against_nulls(null, [null])
    assert plain.significance.pairs.p.tolist() == [1.0, 1.0]
    assert "null q" not in arrangements.as_text(plain.syntaxes[0])
