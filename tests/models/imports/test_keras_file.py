"""Keras 2 models come in as they were: against a forward pass in plain numpy, and a network of the field."""

import json

import h5py
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models import forward, spec
from jaxmotif.models.imports import keras_file
from jaxmotif.motifs import jaspar

RNG = np.random.default_rng(0)


def trunk(found):
    """A spec with the convolutions of an import, for shapes and feature maps."""
    return found.spec or spec.NetworkSpec(
        found.name, found.length, outputs=1, convs=found.convs, norm_epsilon=found.epsilon
    )


def conv(name, filters, kernel, **settings):
    return (
        "Conv1D",
        name,
        dict(filters=filters, kernel_size=[kernel], strides=[1], padding="valid") | settings,
    )


def norm(name, **settings):
    return ("BatchNormalization", name, dict(axis=-1, epsilon=1e-3) | settings)


def act(name, activation="relu"):
    return ("Activation", name, dict(activation=activation))


def pool(name, size, **settings):
    return ("MaxPooling1D", name, dict(pool_size=[size], strides=[size], padding="valid") | settings)


def dense(name, units, **settings):
    return ("Dense", name, dict(units=units) | settings)


FLATTEN = ("Flatten", "flatten", {})
BLOCK = [conv("c1", 3, 5), norm("n1"), act("a1"), pool("p1", 2)]
HEAD = [FLATTEN, dense("d1", 2, activation="sigmoid")]


def write(path, layers, length=20, sequential=False, weights=None, **attributes):
    """A whole-model file of these layers with random weights; returns {layer: {weight: array}}."""
    entries, stored, width, positions, before = [], {}, 4, length or 20, "input"
    if not sequential:
        entries.append(
            {
                "class_name": "InputLayer",
                "config": {"name": "input", "batch_input_shape": [None, length, 4]},
                "inbound_nodes": [],
            }
        )
    for kind, name, settings in layers:
        settings = dict(settings, name=name)
        if sequential and not entries:
            settings["batch_input_shape"] = [None, length, 4]
        entries.append({"class_name": kind, "config": settings})
        if not sequential:
            entries[-1]["inbound_nodes"] = [[[before, 0, 0, {}]]]
        before = name
        group = stored.setdefault(name, {})
        if kind == "Conv1D":
            group["kernel"] = RNG.normal(size=(settings["kernel_size"][0], width, settings["filters"]))
            width = settings["filters"]
            positions = (
                positions if settings["padding"] == "same" else positions - settings["kernel_size"][0] + 1
            )
            group["bias"] = RNG.normal(size=width)
        elif kind == "MaxPooling1D":
            positions = (positions - settings["pool_size"][0]) // settings["strides"][0] + 1
        elif kind == "Flatten":
            width *= positions
        elif kind == "Dense":
            group["kernel"], width = RNG.normal(size=(width, settings["units"])) / 4, settings["units"]
            group["bias"] = RNG.normal(size=width)
        elif kind == "BatchNormalization":
            for weight in ("gamma", "beta", "moving_mean"):
                group[weight] = RNG.normal(size=width)
            group["moving_variance"] = RNG.uniform(0.5, 2, width)
        if settings.get("use_bias") is False:
            del group["bias"]
        for switch, weight in (("scale", "gamma"), ("center", "beta")):
            if settings.get(switch) is False:
                del group[weight]
    stored |= weights or {}
    model = {
        "class_name": "Sequential" if sequential else "Model",
        "config": {"name": "m", "layers": entries},
    }
    with h5py.File(path, "w") as file:
        attributes = {"keras_version": "2.3.1", "model_config": json.dumps(model)} | attributes
        for key, value in attributes.items():
            if value is not None:
                file.attrs[key] = value
        for name, group in stored.items():
            place = file.create_group(f"model_weights/{name}")
            place.attrs["weight_names"] = np.array([f"{name}/{weight}:0" for weight in group], "S")
            for weight, value in group.items():
                place[f"{name}/{weight}:0"] = value.astype(np.float32)
    return stored


def numpy_forward(layers, weights, x):
    """What Keras gives, position by position; (N, L, 4) -> whatever comes out."""
    activations = {
        "relu": lambda h: np.maximum(h, 0),
        "sigmoid": lambda h: 1 / (1 + np.exp(-h)),
        "linear": lambda h: h,
        "tanh": np.tanh,
    }
    h = np.asarray(x, float)
    for kind, name, settings in layers:
        w = weights.get(name, {})
        if kind == "Conv1D":
            size = settings["kernel_size"][0]
            if settings["padding"] == "same":
                h = np.pad(h, ((0, 0), ((size - 1) // 2, size // 2), (0, 0)))
            h = np.stack(
                [np.tensordot(h[:, p : p + size], w["kernel"], 2) for p in range(h.shape[1] - size + 1)], 1
            ) + w.get("bias", 0)
        elif kind == "Dense":
            h = h @ w["kernel"] + w.get("bias", 0)
        elif kind == "BatchNormalization":
            root = np.sqrt(w["moving_variance"] + settings["epsilon"])
            h = w.get("gamma", 1) * (h - w["moving_mean"]) / root + w.get("beta", 0)
        elif kind == "MaxPooling1D":
            size, step = settings["pool_size"][0], settings["strides"][0]
            h = np.stack([h[:, p : p + size].max(1) for p in range(0, h.shape[1] - size + 1, step)], 1)
        elif kind == "Flatten":
            h = h.reshape(len(h), -1)
        elif kind == "GlobalMaxPooling1D":
            h = h.max(1)
        if "activation" in settings:
            h = activations[settings["activation"]](h)
    return h


def sequences(count, length):
    return np.random.default_rng(5).integers(0, 4, (count, length)).astype(np.uint8)


WHOLE = {
    "plain": [*BLOCK, *HEAD],
    "two layers, orders, dropout": [
        conv("c1", 3, 5, padding="same"),
        norm("n1"),
        pool("p1", 3, strides=[2]),
        act("a1"),
        ("Dropout", "o1", {"rate": 0.2}),
        conv("c2", 4, 3, activation="tanh", use_bias=False),
        ("GaussianNoise", "g", {"stddev": 1}),
        FLATTEN,
        dense("d1", 5, use_bias=False),
        norm("n2"),
        act("a2"),
        ("Dropout", "o2", {"rate": 0.3}),
        dense("d2", 2, use_bias=False),
        act("a3", "sigmoid"),
    ],
    "normalised output, different epsilons, no gamma, no beta": [
        conv("c1", 3, 5),
        norm("n1", epsilon=0.5, scale=False),
        act("a1"),
        FLATTEN,
        dense("d1", 5),
        norm("n2", center=False),
        act("a2"),
        dense("d2", 2),
        norm("n3", epsilon=0.01),
        act("a3", "sigmoid"),
    ],
    "maximum": [*BLOCK, ("GlobalMaxPooling1D", "g", {}), dense("d1", 2, activation="sigmoid")],
}


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_networks_give_what_numpy_gives(tmp_path, name, sequential):
    layers = WHOLE[name]
    weights = write(tmp_path / "net.h5", layers, sequential=sequential)
    found = keras_file.load(tmp_path / "net.h5")
    x = dna.one_hot(sequences(6, 20))
    logits = np.asarray(forward.predict(found.spec, found.variables, x))
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), numpy_forward(layers, weights, x), atol=2e-5)
    assert (found.name, found.length, found.spec.outputs) == ("net", 20, 2)
    if "dropout" in name:
        assert [c.dropout for c in found.convs] == pytest.approx([0.2, 0.0])
        assert [d.dropout for d in found.spec.dense] == pytest.approx([0.3])


@pytest.mark.parametrize(
    "tail",
    [
        [],
        [FLATTEN],
        [FLATTEN, dense("d1", 2, activation="softmax")],
        [FLATTEN, dense("d1", 2)],
        [dense("d1", 2, activation="sigmoid")],
        [FLATTEN, dense("d1", 4, activation="relu"), norm("n9"), dense("d2", 2, activation="sigmoid")],
        [FLATTEN, norm("n9"), dense("d2", 2, activation="sigmoid")],
    ],
)
def test_with_another_head_the_convolutions_are_known(tmp_path, tail):
    weights = write(tmp_path / "net.h5", [*BLOCK, *tail])
    found = keras_file.load(tmp_path / "net.h5")
    assert found.spec is None
    x = dna.one_hot(sequences(4, 20))
    maps = forward.features(trunk(found), found.variables, x, 1)
    np.testing.assert_allclose(maps, numpy_forward(BLOCK[:3], weights, x), atol=2e-5)


def test_the_authors_network_sees_pairs_of_ctcf(shared_data):
    path = shared_data / "neuronmotif_demo2" / "weight.hdf5"
    found = keras_file.load(path)
    assert found.spec is None and (found.length, found.epsilon) == (82, 1e-3)
    sizes = [(5, 7, 2), (5, 3, 2), (6, 3, 2), (6, 3, 2), (1, 3, 1)]
    assert [(c.filters, c.kernel, c.pool) for c in found.convs] == sizes
    assert [shape.width for shape in spec.conv_shapes(trunk(found))] == [7, 12, 22, 42, 82]
    with h5py.File(path) as file:
        weights = {
            name: {
                w.split("/")[-1][:-2]: group[w][()] for w in map(bytes.decode, group.attrs["weight_names"])
            }
            for name, group in file["model_weights"].items()
        }
    layers = []
    for i, (filters, kernel, _) in enumerate(sizes, 1):
        layers += [conv(f"conv1d_{i}", filters, kernel), norm(f"batch_normalization_{i}")]
        layers += [act("a"), pool("p", 2)] if i < 5 else [act("a", "sigmoid")]
    ctcf = next(m for m in jaspar.database("JASPAR2016") if m.name == "MA0139.1")
    site = ctcf.ppm[::-1, ::-1]  # the authors' matrix is the other strand of JASPAR's
    codes = sequences(300, 82)
    rng = np.random.default_rng(1)
    near, far = rng.integers(0, 16, 300), np.r_[rng.integers(44, 60, 150), rng.integers(17, 45, 150)]
    for row, starts in enumerate(zip(near, far, strict=True)):
        for start in starts:
            codes[row, start : start + len(site)] = [rng.choice(4, p=p / p.sum()) for p in site]
    x = dna.one_hot(codes)
    scores = np.asarray(forward.features(trunk(found), found.variables, x, 5))
    np.testing.assert_allclose(scores, numpy_forward(layers, weights, x), atol=1e-4)
    assert scores.shape == (300, 1, 1)
    # Its training: positives have the second site at 44 to 59, negatives at 17 to 44.
    assert np.mean(scores[:150] > 0.5) > 0.9 and np.mean(scores[150:] > 0.5) < 0.1


@pytest.mark.parametrize(
    "layers,message",
    [
        ([*BLOCK, ("LSTM", "rnn", {}), *HEAD], "LSTM 'rnn' cannot be traced; known layers: Conv1D"),
        ([("AveragePooling1D", "p", {}), *BLOCK], "AveragePooling1D 'p' cannot be traced"),
        (
            [conv("c1", 3, 5, dilation_rate=[2])],
            "Conv1D 'c1' cannot be traced: its dilation_rate is 2, not 1",
        ),
        ([conv("c1", 4, 5, groups=2)], "Conv1D 'c1' cannot be traced: its groups is 2"),
        ([conv("c1", 3, 5, padding="causal")], "its padding is 'causal', not valid or same"),
        ([conv("c1", 3, 5, activation="swish")], "unknown activation 'swish'; known: linear, relu"),
        ([conv("c1", 3, 5), ("ReLU", "r", {"max_value": 6})], "'ReLU with other settings'"),
        ([conv("c1", 3, 5, activation="relu"), norm("n1")], "'n1' cannot be traced: it does not follow"),
        ([conv("c1", 3, 5), pool("p1", 2), norm("n1")], "it does not follow Conv1D 'c1' directly"),
        ([*BLOCK, act("a2", "tanh")], "'a2' cannot be traced: Conv1D 'c1' has an activation"),
        ([*BLOCK, pool("p2", 2)], "'p2' cannot be traced: MaxPooling1D 'p1' stands"),
        ([norm("n0"), *BLOCK], "BatchNormalization 'n0' stands in front of every convolution"),
        ([*BLOCK, FLATTEN, conv("c2", 2, 2)], "Conv1D 'c2' reads no map of positions"),
        ([("Dropout", "o", {"rate": 0.1})], "there is no Conv1D to trace"),
        ([conv("c1", 3, 25)], "convolution 1 reads 20 positions with a kernel of 25"),
    ],
)
def test_layers_that_cannot_be_traced_are_named(tmp_path, layers, message):
    path = tmp_path / "net.h5"
    write(path, layers)
    with pytest.raises(ValueError, match=message):
        keras_file.load(path)


def test_a_tiny_threshold_of_a_relu_is_none(tmp_path):
    for kind, settings in (
        ("ThresholdedReLU", {"theta": 1e-6}),
        ("ReLU", {"threshold": 1e-6, "max_value": None}),
    ):
        write(tmp_path / "net.h5", [conv("c1", 3, 5), (kind, "r", settings), *HEAD])
        assert keras_file.load(tmp_path / "net.h5").convs[0].activation == "relu"


def test_weights_that_do_not_fit_are_named(tmp_path):
    path = tmp_path / "net.h5"
    bad = {"c1": {"kernel": np.zeros((5, 4, 2)), "bias": np.zeros(3)}}
    write(path, [*BLOCK, *HEAD], weights=bad)
    with pytest.raises(
        ValueError, match=r"conv1/kernel has shape \(5, 4, 2\), the network wants \(5, 4, 3\)"
    ):
        keras_file.load(path)
    write(path, [*BLOCK, *HEAD], weights={"n1": {}})
    with pytest.raises(ValueError, match="net.h5: array of conv1 beta is missing"):
        keras_file.load(path)
    write(path, [*BLOCK, *HEAD])
    with h5py.File(path, "a") as file:
        del file["model_weights/c1/c1/kernel:0"]
    with pytest.raises(ValueError, match="weight 'c1/kernel:0' of Conv1D 'c1' is missing"):
        keras_file.load(path)


def test_files_that_are_no_models_are_named(tmp_path):
    path = tmp_path / "net.h5"
    with pytest.raises(ValueError, match="net.h5 is not there"):
        keras_file.load(path)
    path.write_text("no")
    with pytest.raises(ValueError, match="net.h5 is no HDF5 file"):
        keras_file.load(path)
    for attributes, message in (
        ({"model_config": None}, "no model_config in it: whole models are read"),
        ({"keras_version": "3.1.0"}, "saved by Keras 3.1.0; models of Keras 2 are read"),
        ({"model_config": "{"}, "net.h5 is no Keras 2 model that can be read .Expecting"),
        ({"model_config": "{}"}, "net.h5 is no Keras 2 model that can be read"),
    ):
        write(path, [*BLOCK, *HEAD], **attributes)
        with pytest.raises(ValueError, match=message):
            keras_file.load(path)
    write(path, [*BLOCK, *HEAD], length=None)
    with pytest.raises(ValueError, match=r"the input has shape \(None, None, 4\)"):
        keras_file.load(path)


def test_branches_are_named(tmp_path):
    path = tmp_path / "net.h5"
    write(path, [*BLOCK, *HEAD])
    with h5py.File(path, "a") as file:
        model = json.loads(file.attrs["model_config"])
        model["config"]["layers"][-1]["inbound_nodes"] = [[["flatten", 0, 0, {}], ["a1", 0, 0, {}]]]
        file.attrs["model_config"] = json.dumps(model)
    with pytest.raises(
        ValueError, match="Dense 'd1' cannot be traced: it reads flatten, a1, not flatten alone"
    ):
        keras_file.load(path)
