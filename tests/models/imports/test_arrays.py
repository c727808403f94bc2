"""Weights given as plain arrays are those of the network, or it is said what does not fit."""

import json

import jax
import numpy as np
import pytest

from jaxmotif import config, dna
from jaxmotif.models import spec, zoo
from jaxmotif.models.imports import arrays
from tests.helpers import compiled

NET = spec.NetworkSpec(
    "tiny",
    30,
    2,
    (spec.Conv(3, 5, 2, padding="VALID", pool_padding="VALID", bias=True), spec.Conv(4, 3, norm="none")),
    (spec.Dense(6),),
    norm_epsilon=1e-3,
)


def trunk(found):
    """A spec with the convolutions of an import, for shapes and feature maps."""
    return found.spec or spec.NetworkSpec(
        found.name, found.length, outputs=1, convs=found.convs, norm_epsilon=found.epsilon
    )


def _weights(net: spec.NetworkSpec, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    """Arrays by layer; none is what a fresh network has."""
    rng = np.random.default_rng(seed)
    variables = compiled.weights(net, seed)
    found = {layer: dict(group) for layer, group in variables["params"].items()}
    for layer, group in variables["batch_stats"].items():
        found[layer] |= group
    return jax.tree.map(lambda a: rng.uniform(0.1, 1, a.shape), found)


def test_a_whole_network_comes_back(tmp_path):
    weights = _weights(NET)
    found = arrays.from_arrays(weights, NET)
    assert found.spec == NET == trunk(found) and found.convs == NET.convs
    assert (found.length, found.epsilon) == (30, 1e-3)
    mean = found.variables["batch_stats"]["conv1"]["mean"]
    np.testing.assert_allclose(mean, weights["conv1"]["mean"], rtol=1e-6)
    arrays.save(tmp_path / "net.npz", weights, NET)
    again = arrays.load(tmp_path / "net.npz")
    assert again.spec == NET
    x = dna.one_hot(np.random.default_rng(1).integers(0, 4, (3, 30)).astype(np.uint8))
    fresh = compiled.weights(NET)
    assert jax.tree.structure(fresh) == jax.tree.structure(again.variables)
    logits = compiled.predict(NET, found.variables, x)
    np.testing.assert_array_equal(logits, compiled.predict(NET, again.variables, x))


def test_convolutions_alone_are_enough(tmp_path):
    weights = {layer: group for layer, group in _weights(NET).items() if layer.startswith("conv")}
    flat = {f"{layer}/{name}": value for layer, group in weights.items() for name, value in group.items()}
    np.savez(tmp_path / "convs.npz", **flat)
    found = arrays.load(tmp_path / "convs.npz", NET)
    assert found.spec is None and trunk(found).convs == NET.convs
    assert set(found.variables["params"]) == {"conv1", "conv2"}
    whole = arrays.from_arrays(_weights(NET), NET)
    x = dna.one_hot(np.random.default_rng(1).integers(0, 4, (3, 30)).astype(np.uint8))
    np.testing.assert_array_equal(
        compiled.features(trunk(found), found.variables, x, 2), compiled.features(NET, whole.variables, x, 2)
    )
    with pytest.raises(ValueError, match="does not say what network its weights are of"):
        arrays.load(tmp_path / "convs.npz")


def test_the_file_may_name_a_network_of_the_zoo(tmp_path):
    weights = _weights(zoo.get("CNN-100"))
    flat = {f"{layer}/{name}": value for layer, group in weights.items() for name, value in group.items()}
    np.savez(tmp_path / "net.npz", spec="CNN-100", **flat)
    assert arrays.load(tmp_path / "net.npz").spec == zoo.get("CNN-100")
    np.savez(tmp_path / "net.npz", spec=json.dumps(config.to_dict(NET) | {"size": 1}), **flat)
    with pytest.raises(ValueError, match="'spec' is no architecture .unknown field 'size'"):
        arrays.load(tmp_path / "net.npz")


def test_another_order_of_channels():
    weights = _weights(NET)
    # The same network for sequences whose channels are A, G, C, T.
    other = weights | {"conv1": weights["conv1"] | {"kernel": weights["conv1"]["kernel"][:, [0, 2, 1, 3]]}}
    found = arrays.from_arrays(other, NET, alphabet="AGCT")
    plain = arrays.from_arrays(weights, NET)
    np.testing.assert_array_equal(
        found.variables["params"]["conv1"]["kernel"], plain.variables["params"]["conv1"]["kernel"]
    )
    with pytest.raises(ValueError, match="must hold each of ACGT once, got 'ACGG'"):
        arrays.from_arrays(weights, NET, alphabet="ACGG")


def _without(weights, layer, name):
    return weights | {layer: {k: v for k, v in weights[layer].items() if k != name}}


@pytest.mark.parametrize(
    "change,message",
    [
        (lambda w: {k: v for k, v in w.items() if k != "conv2"}, "file: layer conv2 is missing; found: conv"),
        (
            lambda w: w | {"conv3": w["conv2"]},
            "file: layer conv3 is not in the network; it has: conv1, conv2",
        ),
        (lambda w: _without(w, "conv1", "variance"), "array of conv1 variance is missing; found: "),
        (lambda w: w | {"conv2": w["conv2"] | {"bias": 0}}, "array of conv2 bias is not in the network"),
        (
            lambda w: w | {"conv2": {"kernel": np.zeros((3, 4, 4))}},
            r"conv2/kernel has shape \(3, 4, 4\), the network wants \(3, 3, 4\)",
        ),
        (lambda w: w | {"conv2": {"kernel": np.full((3, 3, 4), np.nan)}}, "conv2/kernel holds values"),
        (lambda w: w | {"conv2": {"kernel": np.full((3, 3, 4), "a")}}, "conv2/kernel holds <U1, not numbers"),
        (lambda w: w | {"conv1": w["conv1"] | {"variance": np.full(3, -0.5)}}, "conv1/variance is negative"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        arrays.from_arrays(change(_weights(NET)), NET, "file")


def test_bad_files_are_named(tmp_path):
    path = tmp_path / "net.npz"
    with pytest.raises(ValueError, match="no such file: .*net.npz"):
        arrays.load(path, NET)
    path.write_text("no")
    with pytest.raises(ValueError, match="net.npz is no .npz file that can be read"):
        arrays.load(path, NET)
    np.savez(path, kernel=np.zeros(3))
    with pytest.raises(ValueError, match="array 'kernel' is not named layer/array"):
        arrays.load(path, NET)
    with pytest.raises(ValueError, match="recurrent and highway layers cannot be given"):
        arrays.from_arrays({}, zoo.get("RNN-small"))
