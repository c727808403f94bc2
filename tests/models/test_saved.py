"""Networks come back from disk as they were."""

import jax
import numpy as np
import pytest

from jaxmotif import dna, keys
from jaxmotif.models import network, saved, zoo


@pytest.mark.parametrize("name", ["CNN-RNN-large", "DeMo-3-2-5", "peaks"])
def test_round_trip(tmp_path, name):
    spec = zoo.get(name, length=60, outputs=1)
    members = [network.init(spec, keys.member(keys.root(0), i)) for i in range(2)]
    saved.save(tmp_path / "net", saved.Saved(spec, members, "random", ("bound", "unbound"), (0.9, 0.8)))
    found = saved.load(tmp_path / "net")
    assert (found.spec, found.strands, found.scores) == (spec, "random", (0.9, 0.8))
    assert found.classes == ("bound", "unbound")
    x = dna.one_hot(np.random.default_rng(0).integers(0, 4, (2, 60)).astype(np.uint8))
    for own, other in zip(members, found.members, strict=True):
        assert jax.tree.structure(own) == jax.tree.structure(other)
        assert np.array_equal(network.predict(spec, own, x), network.predict(found.spec, other, x))
    assert saved.folders(tmp_path) == [tmp_path / "net"]


def test_a_folder_without_a_network_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no saved network"):
        saved.load(tmp_path)
    spec = zoo.get("CNN-small", length=60)
    saved.save(tmp_path, saved.Saved(spec, [network.init(spec, keys.root(0))], "given", ("bound", "unbound")))
    whole, description = (tmp_path / saved.WEIGHTS).read_bytes(), (tmp_path / saved.DESCRIPTION).read_text()
    for weights, text in ((whole[:500], description), (b"", description), (whole, "[]"), (whole, "{")):
        (tmp_path / saved.WEIGHTS).write_bytes(weights)
        (tmp_path / saved.DESCRIPTION).write_text(text)
        with pytest.raises(ValueError, match="holds no saved network"):
            saved.load(tmp_path)
