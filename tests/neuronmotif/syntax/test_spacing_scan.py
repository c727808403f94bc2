"""Spacing scans against exact enumeration of neurons that are built by hand."""

import itertools

import jax
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.settings import Scanning
from jaxmotif.neuronmotif.syntax import scan_words, spacing_scan
from jaxmotif.neuronmotif.syntax.pair_scan import distance_text
from tests.helpers import tiny_stacks

A, B = "ACG", "TTC"
WIDTH = 10
EXACT = Scanning(backgrounds=400, screening=64)


def pair_network(*, hidden: bool = False, other: float = 1.0):
    """Answers to A in the first four places and B in the next four; f(AB) = 1/2, f(A) = f(B) = -1/2.

    With `hidden` a unit in between answers to both only. A second neuron has B counted `other` times.
    """
    first = np.stack([np.eye(4)[dna.encode([word])[0]] for word in (A, B)], axis=2)
    reads = np.zeros((2, 2, 2))
    reads[0, 0], reads[1, 1] = 1.0, (1.0, other)
    convs = [tiny_stacks.conv(2, 3, 4), tiny_stacks.conv(2, 2)]
    weights = [(first, np.full(2, -2.0)), (reads, np.full(2, -1.5))]
    if hidden:
        convs.append(tiny_stacks.conv(1, 1))
        weights.append((np.array([[[1.0], [0.0]]]), np.array([-0.25])))
    return tiny_stacks.stack_of(convs, weights)


def exact(network, words):
    """{(left word, strand, right word, strand): {(start, distance): activations on all backgrounds}}.

    By plain NumPy, with every filling of the letters that the words leave free.
    """
    found = {}
    for (i, left), (j, right) in itertools.permutations(enumerate(words), 2):
        for strands in itertools.product("+-", repeat=2):
            codes = [dna.encode([word])[0] for word in (left, right)]
            x, y = (
                one if strand == "+" else dna.reverse_complement(one)
                for one, strand in zip(codes, strands, strict=True)
            )
            for start in range(WIDTH - len(x) - len(y) + 1):
                for at in range(start + len(x), WIDTH - len(y) + 1):
                    free = [
                        r
                        for r in range(WIDTH)
                        if not start <= r < start + len(x) and not at <= r < at + len(y)
                    ]
                    codes = np.zeros((4 ** len(free), WIDTH), np.uint8)
                    codes[:, start : start + len(x)], codes[:, at : at + len(y)] = x, y
                    codes[:, free] = tiny_stacks.all_sequences(len(free))
                    values = tiny_stacks.activations(network, len(network.convs), codes)[:, 0, 0]
                    found.setdefault((i, strands[0], j, strands[1]), {})[start, at - start] = values
    return found


@pytest.mark.parametrize("hidden, verdict", [(False, "additive"), (True, "cooperative")])
def test_every_order_strand_and_distance_is_that_of_enumeration(hidden, verdict):
    network = pair_network(hidden=hidden)
    scan = spacing_scan.spacing_scan(chain.neuron(network, 3 if hidden else 2, 0), A, B, settings=EXACT)
    truth = exact(network, (A, B))
    assert len(scan.ways) == len(truth) == 8
    for number, way in enumerate(scan.ways):
        values = truth[way[:4]]
        distances = sorted({distance for _, distance in values})
        assert scan.distances[np.isfinite(scan.curves.mean[number])].tolist() == distances
        accepted = {d for (_, d), v in values.items() if (v > 0).mean() >= 0.95}
        assert scan.accepted(number).tolist() == sorted(accepted)
        for distance in distances:
            at = distance - scan.distances[0]
            start = int(scan.starts[number, at, 0])
            here = values[start, distance]
            error = here.std() / np.sqrt(EXACT.backgrounds) + 1e-6
            assert abs(scan.curves.mean[number, at] - here.mean()) < 5 * error
            # The place is chosen on 64 backgrounds: none is much better.
            best = max((v for (_, d), v in values.items() if d == distance), key=np.mean)
            spread = max(here.std(), best.std()) / np.sqrt(EXACT.screening)
            assert here.mean() > best.mean() - 5 * spread - 1e-6
    assert distance_text(scan.accepted(scan.best)) == "3..7"
    assert str(scan.ways[scan.best]) == f"{A}(+) {B}(+)"
    assert scan.told[scan.best].verdict == verdict
    # Where neither word is there by chance, both of a hidden unit make 1/2 more than the sum, else nothing.
    interaction = scan.told[scan.best].interaction
    assert interaction.low - 0.1 < (0.5 if hidden else 0) < interaction.high + 0.1


def score(x_bl4):
    return 2 * x_bl4[:, :3, 0].sum(axis=1) + x_bl4[:, 5:, 1].sum(axis=1) - 6.5


def test_words_that_add_up_have_no_interaction_and_enough_alone_is_told():
    scan = spacing_scan.spacing_scan(score, "AAA", "CC", length=9)
    assert scan.told[scan.best].interaction == (0, 0, 0) and scan.told[scan.best].verdict == "additive"
    assert not scan.alone(scan.best)
    easy = spacing_scan.spacing_scan(lambda x: score(x) + 4, "AAA", "CC", length=9)
    assert easy.alone(easy.best) == ["AAA"]


def test_two_words_of_which_one_is_enough_are_redundant():
    def either(x):
        return (x[:, :3, 0].sum(axis=1) > 2.5) * 1.0 + 0 * x[:, 0, 0]

    def any_of(x):
        return np.float32(1) * ((either(x) + (x[:, 4:7, 1].sum(axis=1) > 2.5)) > 0) - 0.5

    scan = spacing_scan.spacing_scan(any_of, "AAA", "CCC", length=8)
    assert scan.told[scan.best].verdict == "redundant"
    assert scan.alone(scan.best) == ["AAA", "CCC"]


def test_a_palindrome_has_one_strand_and_one_word_twice_one_order():
    network = tiny_stacks.random_stack(tiny_stacks.conv(3, 4, 2), tiny_stacks.conv(2, 6), bias=0.0)
    neuron = chain.neuron(network, 2, 1)
    assert neuron.width == 15
    with_other = spacing_scan.spacing_scan(neuron, "CACGTG", "ACC")
    assert [way[:4] for way in with_other.ways] == [
        (0, "+", 1, "+"),
        (0, "+", 1, "-"),
        (1, "+", 0, "+"),
        (1, "-", 0, "+"),
    ]
    assert with_other.way_of("CACGTG", "-", "ACC", "-") == 1
    assert with_other.way_of("CACGTG", "+", "CACGTG", "+") is None
    assert len(spacing_scan.spacing_scan(neuron, "CACGTG").ways) == 1
    assert len(spacing_scan.spacing_scan(neuron, "ACC").ways) == 4
    assert len(spacing_scan.spacing_scan(neuron, "ACCU", "GGU").ways) == 2  # RNA has one strand


def test_flat_columns_show_the_background_and_count_for_distances():
    ppm = np.full((7, 4), 0.25)
    ppm[2:4], ppm[5] = np.eye(4)[[0, 1]], np.eye(4)[3]
    word = scan_words.of(Motif("m", ppm, 10))
    assert word.text == "NNACNTN" and (word.before, word.after) == (2, 1)
    assert dna.decode(word.on("-")[None]) == ["ANGT"] and word.before_on("-") == 1
    scan = spacing_scan.spacing_scan(score, Motif("m", ppm, 10), "CC", length=9)
    # AC-T at 0 and CC at 4 to 7: the motif begins two columns further left; reversed it is one.
    distances = {
        str(way): scan.distances[np.isfinite(scan.curves.mean[i])] for i, way in enumerate(scan.ways)
    }
    assert distances["m(+) CC(+)"].tolist() == [6, 7, 8, 9] and distances["m(-) CC(+)"].tolist() == [
        5,
        6,
        7,
        8,
    ]
    assert distances["CC(+) m(+)"].tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no column"):
        scan_words.of(Motif("flat", np.full((7, 4), 0.25), 10))


def test_words_side_by_side_must_fit():
    scan = spacing_scan.spacing_scan(score, "AAAC", "CCCAA", length=9)
    assert scan.distances.tolist() == [4, 5] and (np.nanmax(scan.starts[0, 0]), scan.starts[0, 1, 0]) == (
        4,
        -1,
    )
    with pytest.raises(ValueError, match="10 letters, the receptive field 9"):
        spacing_scan.spacing_scan(score, "AAACC", "CCCAA", length=9)


@pytest.mark.parametrize(
    "options, text",
    [
        (dict(neuron=score), "length"),
        (dict(neuron=3), "needs a neuron or a function, not int"),
        (dict(first="NNN", length=9), "no letters"),
        (dict(first=5, length=9), "a motif or its letters"),
        (dict(length=9, composition=[1, 1, 0, 0]), "add up to 1"),
        (dict(length=9, backgrounds=["ACGT"]), "9 nt or more"),
        (dict(neuron=pair_network().substructure(2)), "not of 2"),
    ],
)
def test_what_is_wrong_is_said(options, text):
    options = dict(neuron=score, first="AAA") | options
    with pytest.raises(ValueError, match=text):
        spacing_scan.spacing_scan(**options)


def test_results_do_not_hang_on_the_size_of_a_pass_and_one_program_serves_all_neurons(monkeypatch):
    network = pair_network(other=0.7)
    whole = spacing_scan.spacing_scan(chain.neuron(network, 2, 0), A, B)
    programs = spacing_scan._activations._cache_size()
    other = spacing_scan.spacing_scan(chain.neuron(network, 2, 1), "ACGTT", "GG", seed=3)
    assert spacing_scan._activations._cache_size() == programs
    assert not np.array_equal(other.curves.mean[0, 0], whole.curves.mean[0, 0])
    monkeypatch.setattr(spacing_scan, "_CPU_ROWS", 37)
    monkeypatch.setattr(spacing_scan, "_ROWS", 37)
    again = spacing_scan.spacing_scan(chain.neuron(network, 2, 0), A, B)
    for one, two in zip(whole.curves, again.curves, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_few_places_are_spread_over_the_receptive_field():
    words = (scan_words.of("ACG"), scan_words.of("TT"))
    way = next(iter(spacing_scan._ways(words)))
    places = list(spacing_scan._places(words, way, 30, 4))
    assert [start for distance, start, _ in places if distance == 3] == [0, 8, 17, 25]
    assert [start for distance, start, _ in places if distance == 28] == [0]


def test_the_third_word_is_put_where_it_helps_most():
    def three(x):  # AA at 0, CC at 4, GG at 8 add up; TT does nothing
        parts = [x[:, start : start + 2, letter].sum(axis=1) for start, letter in ((0, 0), (4, 1), (8, 2))]
        return parts[0] + parts[1] + parts[2] / 2 - 4

    neuron = spacing_scan.ScoreFunction(jax.tree_util.Partial(three), 12)
    words = [scan_words.of(text) for text in ("AA", "CC", "TG", "GGN")]
    settings = Scanning()
    codes = spacing_scan.random_backgrounds(12, settings.screening + settings.backgrounds, 1)
    scan = spacing_scan.scan_pair(neuron, words[0], words[1], codes, settings)
    third = spacing_scan.best_third(neuron, scan, words[2:], codes, settings)
    way, at = scan.strongest
    assert (third.name, third.strand) == ("GGN", "+")
    # By hand: both letters instead of half a one each, on the same backgrounds.
    own = codes[settings.screening :]
    expected = (2 - (own[:, 8:10] == 2).sum(axis=1)) / 2
    left = int(scan.starts[way, at, 0])
    assert third.start == 8 - left and third.gain.mean == pytest.approx(expected.mean(), abs=1e-5)
    assert third.mean == pytest.approx(scan.curves.mean[way, at] + expected.mean(), abs=1e-5)
    assert spacing_scan.best_third(neuron, scan, [scan_words.of("ACGTACGTACG")], codes, settings) is None


def test_backgrounds_are_shuffles_or_have_a_composition():
    drawn = spacing_scan.random_backgrounds(50, 400, 0, composition=[0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(np.bincount(drawn.ravel()) / drawn.size, [0.1, 0.2, 0.3, 0.4], atol=0.02)
    source = np.random.default_rng(0).integers(0, 4, (1, 40)).astype(np.uint8)
    shuffled = spacing_scan.random_backgrounds(40, 5, 0, sequences=source)
    pairs = np.sort(4 * source[0, :-1] + source[0, 1:])
    for row in shuffled:
        assert np.array_equal(np.sort(4 * row[:-1] + row[1:]), pairs)
    assert len(np.unique(shuffled, axis=0)) == 5
    longer = spacing_scan.random_backgrounds(20, 7, 0, sequences=dna.decode(source))
    assert longer.shape == (7, 20)


def test_scores_of_networks_of_one_architecture_share_a_program():
    nets = [Network.from_spec(zoo.get("CNN-25 (4)", length=50, outputs=1), key=key) for key in (0, 1)]
    few = Scanning(backgrounds=4, screening=1, placements=1)
    first = spacing_scan.spacing_scan(nets[0].score(), "ACG", length=50, settings=few)
    programs = spacing_scan._activations._cache_size()
    second = spacing_scan.spacing_scan(nets[1].score(), "ACG", length=50, settings=few)
    assert spacing_scan._activations._cache_size() == programs
    assert not np.allclose(first.curves.mean, second.curves.mean)


def test_a_network_brings_its_neurons():
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=50, outputs=1))
    neuron = chain.neuron(network, 1, 2)
    scan = spacing_scan.spacing_scan(neuron, "ACG", "GGT", settings=Scanning(backgrounds=5))
    assert scan.width == neuron.width == 19 and scan.backgrounds == 5
    with pytest.raises(ValueError, match="neurons 0 to"):
        chain.neuron(network, 1, 1000)


def test_distances_as_text():
    assert [distance_text(d) for d in ([], [4], [1, 2, 3], [-2, 4, 5, 9])] == [
        "none",
        "4",
        "1..3",
        "-2, 4..5, 9",
    ]
