"""The largest activation of first-layer filters, and the readouts of Koo & Eddy's program and text."""

import itertools

import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.interpret import attainable, filter_motifs
from jaxmotif.interpret.readout import Readout
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs.motif import Motif


def _network(kernel, activation="relu", padding="SAME"):
    """Two members with batch normalisation as training leaves it, and scales that turn filters round."""
    conv = Conv(filters=6, kernel=kernel, pool=2, activation=activation, padding=padding)
    network = jm.Network.from_spec(NetworkSpec("small", 12, 1, (conv,)), members=2)
    variables, rng = jax.tree.map(np.array, network.variables), np.random.default_rng(0)
    variables["params"]["conv1"]["gamma"] = rng.normal(size=(2, 6)).astype(np.float32)
    variables["params"]["conv1"]["beta"] = rng.uniform(-0.2, 1, (2, 6)).astype(np.float32)
    variables["batch_stats"]["conv1"]["mean"] = rng.normal(size=(2, 6)).astype(np.float32)
    return network.replace(variables=variables)


@pytest.mark.parametrize(
    "kernel,activation,padding", [(4, "relu", "SAME"), (5, "exp", "VALID"), (5, "relu", "SAME")]
)
def test_the_largest_activation_is_that_of_all_words(kernel, activation, padding):
    network = _network(kernel, activation=activation, padding=padding)
    words = np.array(list(itertools.product(range(4), repeat=kernel)), np.uint8)
    codes = np.full((len(words), network.length), dna.N, np.uint8)
    codes[:, 4 : 4 + kernel] = words
    for member in (0, 1):
        # N is a column of zeros: of the positions that see the whole word one sees nothing else.
        geometry = network.geometry(1)
        map_npk = np.asarray(network.features(1, member)(dna.one_hot(codes)))
        best = map_npk[:, 4 + geometry.left].max(axis=0)
        found = attainable.largest_activations(network, member)
        np.testing.assert_allclose(found, best, rtol=1e-5, atol=1e-6)
        assert (found > 0).sum() >= 3


def test_the_largest_activation_is_of_known_weights():
    network = jm.Network(lambda x: x.sum((1, 2))[:, None], length=12)
    with pytest.raises(ValueError, match="made from a function: the largest activation is not known"):
        attainable.largest_activations(network)


def test_the_text_reads_the_first_layer_only():
    network = _network(5)
    codes = np.random.default_rng(1).integers(0, 4, (40, 12), dtype=np.uint8)
    rule = Readout(rule="koo-text", threshold=0.3)
    found = filter_motifs.member_motifs(network, codes, 1, rule)
    assert 0 < found.nsites.max() <= 40
    with pytest.raises(ValueError, match='"koo-text" is a rule for the first layer, not for layer 2'):
        filter_motifs.member_motifs(
            jm.Network.from_spec(jm.zoo.get("CNN-1", length=40, outputs=1)), codes, 2, rule
        )


def test_the_program_cuts_19_letters_and_counts_columns():
    """A filter of 5 nt: 7 letters more on each side; nsites is the width that clipping leaves."""
    conv = Conv(filters=4, kernel=5, pool=2)
    network = jm.Network.from_spec(NetworkSpec("small", 40, 1, (conv,)))
    codes = np.random.default_rng(2).integers(0, 4, (300, 40), dtype=np.uint8)
    ours = filter_motifs.member_motifs(network, codes, 1, Readout())
    theirs = filter_motifs.member_motifs(network, codes, 1, Readout(rule="koo-code"))
    assert theirs.ppm.shape == (4, 19, 4) and ours.ppm.shape == (4, 5, 4)
    np.testing.assert_allclose(theirs.ppm[:, 7:12], ours.ppm, atol=1e-6)
    np.testing.assert_array_equal(theirs.nsites, ours.nsites)
    flat = Motif("flat", np.full((19, 4), 0.25), 300.0)
    sharp = Motif("sharp", np.vstack([flat.ppm[:8], np.eye(4)[[0, 1]] * 0.96 + 0.01, flat.ppm[:9]]), 300.0)
    cut = filter_motifs.trimmed([flat, None, sharp], Readout(rule="koo-code"))
    assert [motif and (motif.width, motif.nsites) for motif in cut] == [(19, 19.0), None, (8, 8.0)]
    cut = filter_motifs.trimmed([flat, None, sharp], Readout())
    assert [motif and (motif.width, motif.nsites) for motif in cut] == [None, None, (8, 300.0)]
