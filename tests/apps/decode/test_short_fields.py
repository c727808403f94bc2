"""Neurons that see fewer than nine letters have motifs, too, however few sequences activate them."""

import dataclasses
import itertools

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.decode import layer_motifs, run
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import chain, decode_layer
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from jaxmotif.neuronmotif.syntax import segments
from tests.helpers import planted_leaves, sequence_files

WORD = "CAGGTG"
PLAIN = dict(norm="none", bias=True, padding="VALID", dropout=0.0)
# Letters of the word that have to be there: all, all but one, all but one of a neuron with a large range.
BIAS = (-5.5, -4.5, -3.0)
SMALL = Sampling(population=200, generations=20, walk=40, polish=2)


def first_layer(width):
    """Three neurons that count letters of the word, and one that wants a single A."""
    kernel = np.zeros((width, 4, 4))
    start = (width - len(WORD)) // 2
    kernel[np.arange(len(WORD)) + start, dna.encode([WORD])[0], :3] = 1
    kernel[width // 2, 0, 3] = 1
    return chain.fold(kernel, bias=[*BIAS, 0])


def network(width):
    """Layer 2 sees two letters more than layer 1, and reads its middle."""
    second = np.zeros((3, 4, 4))
    second[1] = np.eye(4)
    convs = (Conv(4, width, **PLAIN), Conv(4, 3, activation="linear", **PLAIN))
    return chain.ConvChain("short", convs, (first_layer(width), chain.fold(second, bias=np.zeros(4))))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("known") / "db.meme"
    decode = decode_layer.Settings(SMALL, Decoupling(draws=10), motif_seeds=False)
    return Settings(decode=decode, database=str(sequence_files.write_database(path, 30, width=8)))


def active(width, bias):
    """All words of this width that bring a counting neuron above half of its largest activation."""
    start, most = (width - len(WORD)) // 2, len(WORD) + bias
    codes = np.array(list(itertools.product(range(4), repeat=width)), np.uint8)
    values = (codes[:, start : start + 6] == dna.encode([WORD])[0]).sum(1) + bias
    return codes[(values > most / 2) & (values > 0)]


@pytest.mark.parametrize("width, layer, exact", [(6, 1, 12), (8, 1, 12), (6, 2, 12), (8, 1, 0)])
def test_what_a_neuron_counts_is_its_motif(settings, width, layer, exact):
    sampling = dataclasses.replace(SMALL, exact_up_to=exact)
    own = dataclasses.replace(settings, decode=dataclasses.replace(settings.decode, sampling=sampling))
    found = run.decode(network(width), layer, None, own)
    seen = width + 2 * (layer - 1)
    assert found.decoded.width == seen
    for index, bias in enumerate(BIAS):
        # A slot of the sample's table holds one sequence: some are lost where two meet, more in the search.
        count = len(active(width, bias)) * 4 ** (seen - width)
        assert (0.9 if exact else 0.5) * count <= found.decoded.samples[index] <= count
        (motif,) = found.own[index].motifs
        assert WORD in motif.consensus and found.syntax[index].startswith("novel1(")
    # The one that takes a mismatch: the word itself at 3, and 18 others at 2, of which 15 have each letter.
    core = next(core for core in found.cores if core.neuron == 2)
    at = (seen - len(WORD)) // 2 - core.start
    right = core.motif.ppm[np.arange(len(WORD)) + at, dna.encode([WORD])[0]]
    np.testing.assert_allclose(right, (3 + 2 * 15 / 18) / 5, atol=1e-3 if layer == 1 and exact else 0.03)
    # A letter is no motif.
    assert found.own[3].motifs == () and found.syntax[3] == ""
    row = layer_motifs.neuron_rows(found)[0]
    assert (row["own motifs"], row["words"]) == (1, 1)


def test_nothing_changes_from_nine_letters_on_where_sequences_are_many(planted):
    """Sampled neurons of 20 nt: segments are those of the paper's rule."""
    assert [core[:4] for core in segments.segments(planted, segments.SegmentSettings(), 20)] == [
        core[:4] for core in segments.segments(planted, segments.PAPER, 20)
    ]
    needed = segments.thresholds(planted, segments.SegmentSettings(), 20)
    assert (needed.fewest == 20).all() and (needed.pseudosites == 80).all()


def test_thresholds_by_hand(planted):
    exact = dataclasses.replace(planted, exact=np.array([True, False]), nsites=np.array([[30, 4.0], [30, 4]]))
    needed = segments.thresholds(exact, segments.SegmentSettings(), 20)
    np.testing.assert_array_equal(needed.fewest, [4, 20])  # a tenth of 34, and what is asked
    np.testing.assert_allclose(needed.pseudosites, [[3, 0.4], [80, 80]])
    narrow = dataclasses.replace(exact, ppm=exact.ppm[:, :, :8])
    np.testing.assert_array_equal(segments.thresholds(narrow, segments.SegmentSettings(), 20).fewest, [4, 4])
    for settings in (segments.PAPER, segments.CODE):
        np.testing.assert_array_equal(segments.thresholds(narrow, settings, 20).fewest, [20, 20])
        np.testing.assert_array_equal(
            segments.thresholds(narrow, settings, 20).pseudosites, np.full((2, 2), 80)
        )
    many = dataclasses.replace(exact, nsites=np.array([[2.0**53, 800], [0, 0]]))
    needed = segments.thresholds(many, segments.SegmentSettings(), 20)
    assert needed.fewest[0] == 20 and (needed.pseudosites[0] == 80).all()


@pytest.fixture(scope="module")
def planted():
    (zeb,) = planted_leaves.known("MA0103.2")
    return planted_leaves.layer([[[(zeb.ppm, 0, "+")], [(zeb.ppm, 11, "-")]], [[], [(zeb.ppm, 5, "+")]]], 20)


def test_a_narrow_field_needs_as_many_informative_columns_as_a_wide_one():
    """Three of them in a row, as nine columns with two flanks of three have."""
    settings = segments.SegmentSettings()
    for informative, found in (([3], []), ([3, 4], []), ([3, 4, 5], [(0, 7)]), ([0, 1, 2], [(0, 6)])):
        ppm = np.full((7, 4), 0.25)
        ppm[informative] = [1, 0, 0, 0]
        assert segments.spans(ppm, 1e6, settings) == found
        assert segments.spans(ppm, 1e6, segments.PAPER) == []
        wide = np.full((21, 4), 0.25)
        wide[np.array(informative) + 7] = [1, 0, 0, 0]
        assert bool(segments.spans(wide, 1e6)) == bool(found)
