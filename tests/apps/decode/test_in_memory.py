"""Decoding without a folder gives what the command writes."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.apps.decode import run, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.config import with_fields
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.neuronmotif import chain, decode_layer
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings
from tests.helpers import compiled
from tests.helpers.document import read_page

PLAIN = dict(norm="none", bias=True, dropout=0.0)
SPEC = NetworkSpec("tiny", 40, 1, (Conv(4, 6, 2, **PLAIN), Conv(3, 3, activation="linear", **PLAIN)))
SAMPLING = Sampling(population=100, generations=5, patience=3, cap=60, walk=10, polish=2, exact_up_to=8)


@pytest.fixture(scope="module")
def network():
    """Weights are multiples of 1/8: sums are the same in whatever order they are taken."""
    members = [compiled.weights(SPEC, seed) for seed in (0, 1)]
    return Network.from_members(SPEC, jax.tree.map(lambda leaf: jnp.round(leaf * 8 + 0.3) / 8, members))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path, rng = tmp_path_factory.mktemp("known") / "db.meme", np.random.default_rng(7)
    known = [Motif(f"M{i}", rng.dirichlet(np.full(4, 0.3), 8), 100.0, f"TF{i}") for i in range(40)]
    meme.write_meme(path, known)
    decode = decode_layer.Settings(SAMPLING, Decoupling(fewest=10, draws=20), seed=3)
    segments = SegmentSettings(bits=0.3, pseudosites=1)
    return Settings(decode=decode, segments=segments, database=str(path))


@pytest.fixture(scope="module")
def layer(network, settings):
    return run.decode(network, 2, [0, 2], settings)


def same(first, second):
    for field in dataclasses.fields(decodeds.Decoded):
        a, b = getattr(first, field.name), getattr(second, field.name)
        np.testing.assert_array_equal(a, b, err_msg=field.name)


def test_what_is_found_can_be_asked_for(layer):
    found = layer.decoded
    assert repr(layer).startswith("LayerMotifs('tiny', layer=2, width=11, neurons=2, ")
    assert "\n" not in repr(layer)
    assert isinstance(layer.dictionary, MotifSet)
    assert [motif.name for motif in layer.dictionary] == [word.motif.name for word in layer.words]
    assert [list(hits) for hits in layer.dictionary.matches] == [list(word.hits) for word in layer.words]
    assert len(layer.leaves) == (found.nsites > 0).sum() and layer.leaves[0].width == 11
    assert list(layer.syntax) == [0, 2] and layer.mixtures.shape == (2,)
    assert len(layer.aligned) == 2 and layer.row()["leaves"] == len(layer.leaves)


def test_a_folder_changes_nothing(layer, network, settings, tmp_path):
    rows = run.decode_layers(network, [2], [0, 2], settings, tmp_path / "command")
    written = tmp_path / "command" / "layer2"
    same(decodeds.load(written / "decoded.npz"), layer.decoded)
    row = write.write(layer, tmp_path / "memory")
    assert {**rows[0], "seconds": 0} == {**row, "seconds": 0}
    for name in ("decoded.npz", "leaves.meme", "motifs.meme", "tomtom.tsv", "syntax.txt", "table.json"):
        ours, theirs = (tmp_path / "memory" / name), written / name
        assert ours.exists() == theirs.exists()
        assert not ours.exists() or ours.read_bytes() == theirs.read_bytes(), name
    assert len(json.loads((tmp_path / "memory" / "table.json").read_text())) == 2
    read_page(tmp_path / "memory" / "report.html")


def test_the_layer_below_may_be_given(layer, network, settings):
    below = run.decode(network, 1, settings=settings)
    same(run.decode(network, 2, [0, 2], settings, lower=below).decoded, layer.decoded)
    same(run.decode(chain.of(network), 2, [0, 2], settings, lower=below.decoded).decoded, layer.decoded)


def test_a_network_made_from_a_function(network, settings):
    function = Network.from_function(
        lambda variables, x: network.apply(variables, x),
        SPEC.length,
        variables=network.member_variables(0),
        layers={layer: network.geometry(layer) for layer in (1, 2)},
    )
    random = with_fields(settings, motif_seeds=False, above=0.0)
    ours, theirs = (run.decode(one, 2, [0, 2], random).decoded for one in (network, function))
    assert ours.radix == theirs.radix == (2,)
    np.testing.assert_array_equal(theirs.maximum, ours.maximum)
    np.testing.assert_array_equal(theirs.samples, ours.samples)
    seeds = with_fields(settings, above=0.0)
    assert run.decode(function, 2, [0], seeds).decoded.maximum[0] == theirs.maximum[0]
    # The last map has values below 0: by default a quantile stands for zero.
    found = run.decode(function, 2, [0], settings).decoded
    assert found.zero[0] != 0
    np.testing.assert_allclose(found.maximum + found.zero, theirs.maximum[:1], rtol=0.1)


def test_bad_input(network, settings):
    with pytest.raises(ValueError, match="tiny has convolutions 1 to 2, not a layer 3"):
        run.decode(network, 3, settings=settings)
    with pytest.raises(ValueError, match="layer 2 of tiny has neurons 0 to 2, not 5"):
        run.decode(network, 2, [5], settings)
