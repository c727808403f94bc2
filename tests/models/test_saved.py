"""Networks come back from disk as they were."""

import hashlib
import json

import jax
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from tests.helpers import compiled


@pytest.mark.parametrize("name", ["CNN-RNN-large", "DeMo-3-2-5", "peaks"])
def test_round_trip(tmp_path, name):
    spec = zoo.get(name, length=60, outputs=1)
    members = [compiled.weights(spec, i) for i in range(2)]
    fields = dict(strands="random", classes=("bound", "unbound"), scores=(0.9, 0.8))
    Network.from_members(spec, members, **fields).save(tmp_path / "net")
    found = Network.load(tmp_path / "net")
    assert (found.spec, found.strands, found.scores) == (spec, "random", (0.9, 0.8))
    assert found.classes == ("bound", "unbound")
    x = dna.one_hot(np.random.default_rng(0).integers(0, 4, (2, 60)).astype(np.uint8))
    for own, other in zip(members, map(found.member_variables, range(2)), strict=True):
        assert jax.tree.structure(own) == jax.tree.structure(other)
        assert np.array_equal(compiled.predict(spec, own, x), compiled.predict(found.spec, other, x))
    assert saved.folders(tmp_path) == [tmp_path / "net"]


def test_a_folder_without_a_network_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no saved network"):
        Network.load(tmp_path)
    spec = zoo.get("CNN-small", length=60)
    Network.from_spec(spec, classes=("bound", "unbound")).save(tmp_path)
    whole, description = (tmp_path / saved.WEIGHTS).read_bytes(), (tmp_path / saved.DESCRIPTION).read_text()
    for weights, text in ((whole[:500], description), (b"", description), (whole, "[]"), (whole, "{")):
        (tmp_path / saved.WEIGHTS).write_bytes(weights)
        (tmp_path / saved.DESCRIPTION).write_text(text)
        with pytest.raises(ValueError, match="holds no saved network"):
            Network.load(tmp_path)


def test_networks_of_later_rounds_are_found_only_when_asked_for(tmp_path):
    network = Network.from_spec(zoo.get("CNN-25 (4)", length=20, outputs=1))
    for place in ("run", "run/round_2", "both/supervised", "both/round_2/supervised"):
        network.save(tmp_path / place)
    assert saved.folders(tmp_path / "run") == [tmp_path / "run"]
    assert saved.folders(tmp_path / "both") == [tmp_path / "both" / "supervised"]
    assert saved.folders(tmp_path / "run" / "round_2") == [tmp_path / "run" / "round_2"]


def test_the_alphabet_is_a_field_of_its_own_that_older_files_lack(tmp_path):
    spec = zoo.get("CNN-25 (4)", length=50, outputs=1)
    weights = compiled.weights(spec)
    for alphabet in dna.ALPHABETS:
        Network.from_members(spec, [weights], alphabet=alphabet).save(tmp_path)
        assert json.loads((tmp_path / saved.DESCRIPTION).read_text())["alphabet"] == alphabet
        assert Network.load(tmp_path).alphabet == alphabet
    # As an earlier version wrote it: the checksum is that of the other fields and of the arrays.
    old = json.loads((tmp_path / saved.DESCRIPTION).read_text())
    del old["alphabet"], old["sha256"]
    digest = hashlib.sha256(json.dumps(old, sort_keys=True).encode())
    with np.load(tmp_path / saved.WEIGHTS) as arrays:
        for name in sorted(arrays.files):
            digest.update(
                f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes()
            )
    (tmp_path / saved.DESCRIPTION).write_text(json.dumps(old | {"sha256": digest.hexdigest()}))
    assert Network.load(tmp_path).alphabet == "ACGT"
    for change, words in (
        ({"classes": ["other"]}, "checksum is not that of its content"),
        ({"alphabet": "ACGU"}, "checksum is not that of its content"),
        ({"sha256": None, "alphabet": "ACGX"}, "alphabet must be ACGT or ACGU, not 'ACGX'"),
        ({"sha256": None, "alphabet": "ACGU", "strands": "random"}, "ACGU has one strand"),
    ):
        (tmp_path / saved.DESCRIPTION).write_text(json.dumps(old | {"sha256": digest.hexdigest()} | change))
        with pytest.raises(ValueError, match=f"holds no saved network.*{words}"):
            Network.load(tmp_path)
