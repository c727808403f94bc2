"""What heads of Keras' networks say: logits, probabilities and their logarithms, wherever they come from."""

import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.models.imports.keras import backend
from jaxmotif.models.imports.keras.load import load_keras

pytestmark = pytest.mark.skipif(not backend.installed(), reason="the extra keras is not installed")


@pytest.fixture(scope="module")
def keras():
    return backend.keras()


def sequences(count=6, length=20, seed=3):
    return np.random.default_rng(seed).integers(0, 4, (count, length)).astype(np.uint8)


@pytest.mark.parametrize("end", ["softmax", "layer", "sigmoid"])
def test_a_head_of_every_position(keras, end):
    """As of networks of splice sites: what each position says, of all or of one."""
    x = keras.Input((20, 4))
    h = keras.layers.Conv1D(5, 3, padding="same", activation="relu")(x)
    last = keras.layers.Conv1D(3, 1, activation=None if end == "layer" else end, name="sites")(h)
    model = keras.Model(x, keras.layers.Softmax(name="sites_softmax")(last) if end == "layer" else last)
    codes = sequences(length=20)
    each = np.asarray(model(np.asarray(jm.one_hot(codes))))
    summed, fifth = load_keras(model), load_keras(model, position=5)
    np.testing.assert_allclose(summed.logits(codes), each.sum(axis=1), atol=1e-5)
    link = "sigmoid" if end == "sigmoid" else "softmax"
    assert f"position 5 of 20 before its {link}" in "\n".join(fifth.notes)
    np.testing.assert_allclose(fifth.probabilities(codes), each[:, 5], atol=1e-6)


@pytest.mark.parametrize(
    "end", ["reshape", "flatten", "crop", "pool", "join", "positions", "one class", "channels first"]
)
def test_probabilities_are_what_keras_says_wherever_they_come_from(keras, end):
    """A sigmoid or softmax that is not the last call, or not of the last axis, is no logit."""
    layers, x = keras.layers, keras.Input((20, 4))
    flat = layers.Flatten()(layers.Conv1D(5, 3, activation="relu")(x))
    two, at = layers.Dense(2, activation="sigmoid", kernel_initializer="he_normal"), 0
    sites = layers.Conv1D(3, 1, activation=None if end == "positions" else "softmax")(x)
    if end == "reshape":
        y = layers.Reshape((2, 1))(two(flat))
    elif end == "flatten":
        y = layers.Flatten()(sites)
    elif end == "crop":
        y, at = layers.Cropping1D(5)(sites), 3
    elif end == "pool":
        y = layers.GlobalMaxPooling1D()(sites)
    elif end == "join":
        y = layers.Concatenate()([two(flat), layers.Dense(1, activation="sigmoid")(flat)])
    elif end == "positions":
        y, at = layers.Softmax(axis=1)(sites), 7
    elif end == "one class":
        y = layers.Dense(1, activation="softmax")(flat)
    else:
        turned = layers.Permute((2, 1))(x)
        own = layers.Conv1D(3, 1, data_format="channels_first", activation="sigmoid")(turned)
        y, at = own, 7
    model, codes = keras.Model(x, y), sequences(length=20)
    said = np.asarray(model(np.asarray(jm.one_hot(codes))))
    said = np.moveaxis(said, 1, 2) if end == "channels first" else said
    net = load_keras(model, position=at if said.ndim == 3 else None)
    wanted = said[:, at] if said.ndim == 3 else said
    np.testing.assert_allclose(net.probabilities(codes)[:, : wanted.shape[1]], wanted, atol=2e-6)


def test_maps_behind_a_permutation_have_their_channels_last(keras):
    layers, x = keras.layers, keras.Input((20, 4))
    h = layers.Conv1D(5, 3, data_format="channels_first", padding="same")(layers.Permute((2, 1))(x))
    h = layers.LSTM(6, return_sequences=True, name="steps")(layers.Permute((2, 1))(h))
    net = load_keras(keras.Model(x, layers.Dense(1)(layers.Flatten()(h))))
    assert net.features("steps")(jm.one_hot(sequences(length=20))).shape == (6, 20, 6)


@pytest.mark.parametrize("positions", [False, True])
@pytest.mark.parametrize("end", ["dense", "activation", "op", "function", "further down"])
def test_logarithms_of_probabilities_are_no_logits(keras, end, positions):
    layers, x = keras.layers, keras.Input((20, 4))
    h = layers.Conv1D(5, 3, activation="relu")(x)
    h = h if positions else layers.Flatten()(h)
    last = layers.Dense(3, activation="log_softmax" if end == "dense" else None)(h)
    y = {
        "dense": lambda: last,
        "activation": lambda: layers.Activation("log_softmax")(last),
        "op": lambda: keras.ops.log_softmax(last),
        "function": lambda: layers.Activation(keras.activations.log_sigmoid)(last),
        "further down": lambda: (layers.Cropping1D(2) if positions else layers.Reshape((3,)))(
            keras.ops.log_softmax(last)
        ),
    }[end]()
    model, codes = keras.Model(x, y), sequences(length=20)
    said = np.asarray(model(np.asarray(jm.one_hot(codes))))
    at = 5 if end == "further down" else 7
    said = said[:, at] if positions else said
    net = load_keras(model, position=at if positions else None)
    np.testing.assert_allclose(net.probabilities(codes)[:, :3], np.exp(said), atol=2e-6)
    assert "logits of" not in "\n".join(net.notes)


@pytest.mark.parametrize("end", ["log odds", "minus", "one class"])
def test_what_is_made_of_logarithms_is_read_as_it_is(keras, end):
    layers, ops, x = keras.layers, keras.ops, keras.Input((20, 4))
    z = layers.Dense(1 if end == "one class" else 3, bias_initializer=keras.initializers.Constant(-3))(
        layers.Flatten()(x)
    )
    y = {
        "log odds": lambda: ops.subtract(ops.log_sigmoid(z), ops.log_sigmoid(ops.negative(z))),
        "minus": lambda: ops.negative(layers.Activation("sigmoid")(z)),
        "one class": lambda: layers.Activation("log_softmax")(z),
    }[end]()
    model, codes = keras.Model(x, y), sequences(length=20)
    said = np.asarray(model(np.asarray(jm.one_hot(codes))))
    net = load_keras(model)
    if end == "one class":
        np.testing.assert_allclose(net.probabilities(codes), 1, atol=1e-6)
    else:
        np.testing.assert_allclose(net.logits(codes), said, atol=2e-6)
