"""Networks of DeMo and the dashboard against published numbers and numpy loops."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna, keys
from jaxmotif.models import spec, zoo
from jaxmotif.models.spec import Conv, Dense, Highway, NetworkSpec, Recurrent
from tests.helpers import compiled


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _lstm(params, x_tc):
    """One LSTM layer as a loop over time; gates i, f, g, o as in the paper's Section 2.2."""
    params = jax.tree.map(np.asarray, params)
    units = params["hi"]["bias"].size
    c, h, out = np.zeros(units), np.zeros(units), []
    for x in x_tc:
        i, f, g, o = (
            x @ params[f"i{k}"]["kernel"] + h @ params[f"h{k}"]["kernel"] + params[f"h{k}"]["bias"]
            for k in "ifgo"
        )
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.array(out)


def _one_hot(seed, rows, length):
    codes = np.random.default_rng(seed).integers(0, 4, (rows, length)).astype(np.uint8)
    return dna.one_hot(codes)


def test_parameter_counts_of_the_authors_networks():
    # Counted by hand from Table 1: one bias vector an LSTM, two outputs.
    expected = {"CNN-medium": 35_394, "RNN-medium": 9_602, "CNN-RNN-medium": 46_082}
    for name, count in expected.items():
        found = zoo.get(name)
        variables = compiled.weights(found)
        assert spec.parameter_count(found) == count
        assert sum(leaf.size for leaf in jax.tree.leaves(variables["params"])) == count


@pytest.mark.parametrize("name", [*zoo.DASHBOARD, "DeMo-3-2-5", "DeMo-4-1-7"])
def test_counts_are_those_of_the_arrays(name):
    found = zoo.get(name, length=60)
    variables = compiled.weights(found)
    assert spec.parameter_count(found) == sum(leaf.size for leaf in jax.tree.leaves(variables["params"]))
    assert compiled.predict(found, variables, _one_hot(0, 3, 60)).shape == (3, 1)


def test_lengths_of_the_authors_maps():
    shapes = spec.conv_shapes(zoo.get("CNN-large"))
    assert [(s.positions, s.pooled) for s in shapes] == [(93, 46), (42, 21), (19, 9), (7, 7)]
    assert spec.time_steps(zoo.get("CNN-RNN-medium")) == 101


def test_a_map_too_short_to_pool_is_named():
    with pytest.raises(ValueError, match="convolution 1 leaves 1 positions to pool by 2"):
        NetworkSpec("n", 5, 1, (Conv(2, 5, 2, padding="VALID", pool_padding="VALID"),))


@pytest.mark.parametrize("layers", [1, 2])
def test_recurrent_layers_equal_a_loop(layers):
    found = NetworkSpec("n", 9, 1, recurrent=Recurrent(5, layers), two_way=True)
    variables = compiled.weights(found, 1)
    x = _one_hot(1, 2, 9)
    params = variables["params"]["recurrent"]
    for row in range(2):
        means = []
        for direction in ("forward", "backward"):
            h = np.asarray(x[row], np.float64)
            h = h if direction == "forward" else h[::-1]
            for number in range(layers):
                h = _lstm(params[f"{direction}{number + 1}"], h)
            means.append(h.mean(axis=0))
        output = variables["params"]["output"]
        two = np.concatenate(means) @ np.asarray(output["kernel"]) + np.asarray(output["bias"])
        logit = float(compiled.predict(found, variables, x)[row, 0])
        softmax = np.exp(two[0]) / np.exp(two).sum()
        assert logit == pytest.approx(two[0] - two[1], abs=1e-5)
        assert _sigmoid(logit) == pytest.approx(softmax, abs=1e-5)


def test_initial_weights_are_the_authors():
    variables = compiled.init(zoo.get("CNN-RNN-small"), keys.root(0))
    cell = variables["params"]["recurrent"]["backward2"]
    assert np.all(np.asarray(cell["hf"]["bias"]) == 1) and np.all(np.asarray(cell["hi"]["bias"]) == 0)
    assert np.std(np.concatenate([np.ravel(cell[f"h{k}"]["kernel"]) for k in "ifgo"])) == pytest.approx(
        1 / 8, rel=0.05
    )
    conv = variables["params"]["conv1"]
    bound = (5 * 4) ** -0.5
    for leaf in (conv["kernel"], conv["bias"]):
        assert 0.8 * bound < np.abs(leaf).max() <= bound


def test_highway_layers_equal_their_formula():
    found = NetworkSpec("n", 12, 1, (Conv(6, 5),), reduce="max", highway=Highway(4, 2))
    variables = compiled.init(found, keys.root(2))
    x = _one_hot(2, 3, 12)
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), variables["params"])
    pooled = np.asarray(compiled.features(found, variables, x, 1)).max(axis=1)

    def dense(name, h):
        return h @ p["highway"][name]["kernel"] + p["highway"][name]["bias"]

    h = np.maximum(dense("inputs", pooled), 0)
    for number in (1, 2):
        gate = _sigmoid(dense(f"gate{number}", h))
        h = gate * np.maximum(dense(f"layer{number}", h), 0) + (1 - gate) * h
    expected = h @ p["output"]["kernel"] + p["output"]["bias"]
    np.testing.assert_allclose(compiled.predict(found, variables, x), expected, atol=1e-5)
    assert np.all(p["highway"]["gate1"]["bias"] == -2)


def test_maximum_and_mean_side_by_side():
    found = NetworkSpec("n", 12, 2, (Conv(6, 5),), reduce="max_mean")
    variables = compiled.weights(found, 2)
    x = _one_hot(3, 3, 12)
    maps = np.asarray(compiled.features(found, variables, x, 1))
    output = variables["params"]["output"]
    both = np.concatenate([maps.max(1), maps.mean(1)], 1)
    expected = both @ np.asarray(output["kernel"]) + np.asarray(output["bias"])
    np.testing.assert_allclose(compiled.predict(found, variables, x), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["RNN-medium", "RNN-large", "CNN-RNN-small", "CNN-RNN-large"])
def test_a_cut_sequence_is_a_shorter_sequence(name):
    whole = zoo.get(name, length=16)
    variables = compiled.weights(whole, 3)
    x = _one_hot(4, 1, 16)
    for start, end in ((0, 1), (0, 7), (9, 16), (4, 11), (0, 16)):
        shorter = dataclasses.replace(whole, length=end - start)
        expected = compiled.predict(shorter, variables, x[:, start:end])
        found = compiled.predict_part(whole, variables, x, jnp.array([start]), jnp.array([end]))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_cut_map_is_what_the_recurrent_layers_read():
    whole = zoo.get("CNN-RNN-small", length=16)
    variables = compiled.weights(whole, 3)
    x = _one_hot(5, 1, 16)
    h_pf = np.asarray(compiled.features(whole, variables, x, 1))[0]
    behind = NetworkSpec("n", 7, 1, recurrent=whole.recurrent, two_way=True)
    means = []
    for direction in ("forward", "backward"):
        h = h_pf[4:11] if direction == "forward" else h_pf[4:11][::-1]
        for number in range(behind.recurrent.layers):
            h = _lstm(variables["params"]["recurrent"][f"{direction}{number + 1}"], h)
        means.append(h.mean(axis=0))
    output = variables["params"]["output"]
    two = np.concatenate(means) @ np.asarray(output["kernel"]) + np.asarray(output["bias"])
    found = compiled.predict_part(whole, variables, x, jnp.array([4]), jnp.array([11]), "features")
    assert float(found[0, 0]) == pytest.approx(two[0] - two[1], abs=1e-5)


def test_what_cannot_be_cut_is_named():
    x, at = _one_hot(0, 1, 101), jnp.array([3])
    cnn = zoo.get("CNN-small")
    with pytest.raises(ValueError, match="CNN-small has no time steps"):
        compiled.predict_part(cnn, compiled.weights(cnn), x, at, at + 1)
    rnn = zoo.get("RNN-small")
    with pytest.raises(ValueError, match="unknown cut 'map'"):
        compiled.predict_part(rnn, compiled.weights(rnn), x, at, at + 1, "map")


def test_dropout_is_changed_where_there_is_some():
    changed = spec.with_dropout(zoo.get("CNN-RNN-medium"), 0.2)
    assert changed.convs[0].dropout == 0 and changed.recurrent.dropout == 0.2
    assert spec.with_dropout(zoo.get("DeepBind"), 0.1).dense == (
        Dense(32, norm="none", bias=True, dropout=0.1),
    )


@pytest.mark.parametrize("name", ["RNN-small-exp", "RNN-medium (64)"])
def test_networks_without_filters_have_none_to_change(name):
    with pytest.raises(ValueError, match="has no convolution whose filters could be changed"):
        zoo.get(name)
