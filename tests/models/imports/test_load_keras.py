"""Networks of Keras come in as they were: against outputs that Keras 2 stored, and against Keras 3 itself."""

import json

import h5py
import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.interpret import mutants
from jaxmotif.models.imports.external import Options
from jaxmotif.models.imports.keras import backend
from jaxmotif.models.imports.keras.load import load_keras, loaded
from jaxmotif.neuronmotif import chain
from tests.helpers import keras_models

pytestmark = pytest.mark.skipif(not backend.installed(), reason="the extra keras is not installed")

CASES = (
    "anylength avgpool bpnet causal conv2d_1xL danq deepstarr_like exp_str leaky nested pool_bn relu_bn "
    "swish tfop"
).split()
LENGTHS = {"anylength": 60}
# What follows a convolution directly, of those whose stored values are before it.
BEHIND = {
    "leaky": lambda h: np.where(h > 0, h, 0.1 * h),
    "tfop": lambda h: np.maximum(h, 0),
    "deepstarr_like": None,
}


@pytest.fixture(scope="module")
def keras():
    return backend.keras()


@pytest.fixture(scope="module")
def models(keras):
    return keras_models.models(keras)


def sequences(count=6, length=keras_models.LENGTH, seed=3):
    return np.random.default_rng(seed).integers(0, 4, (count, length)).astype(np.uint8)


@pytest.mark.parametrize("name", CASES)
def test_files_of_keras_2_give_what_it_gave(shared_cases, name):
    reference = shared_cases / "keras" / "ref" / f"{name}.npz"
    found = loaded(
        shared_cases / "keras" / f"{name}.h5", Options(length=LENGTHS.get(name), reference=reference)
    )
    assert found.check is not None and found.check < 1e-5
    stored = dict(np.load(reference))
    x, net = stored["x0"].reshape(5, 60, 4), found.network
    outputs = stored["y"]
    ours = np.asarray(net.score(0)(x))
    if found.heads[0].link == "sigmoid":
        ours = 1 / (1 + np.exp(-ours))
    np.testing.assert_allclose(ours, outputs[:, 0], atol=1e-5)
    layers = [key.removeprefix("out/") for key in stored if key.startswith("out/")]
    assert layers and all(any(one.endswith(layer) for one in net.map_names) for layer in layers)
    for one in net.map_names:
        layer = one.rpartition("/")[2]
        behind = BEHIND.get(name, lambda h: h)
        if f"out/{layer}" in stored and behind:
            wanted = behind(stored[f"out/{layer}"])
            np.testing.assert_allclose(
                net.features(one)(x), wanted.reshape(5, -1, wanted.shape[-1]), atol=1e-5
            )
    assert net.notes[-1].startswith("largest difference of outputs to stored ones on 5 sequences")


def test_a_normalisation_and_activation_belong_to_their_convolution(shared_cases):
    net = load_keras(shared_cases / "keras" / "deepstarr_like.h5")
    stored = np.load(shared_cases / "keras" / "ref" / "deepstarr_like.npz")
    with h5py.File(shared_cases / "keras" / "deepstarr_like.h5") as file:
        group = file["model_weights/batch_normalization_3/batch_normalization_3"]
        gamma, beta, mean, variance = (
            group[f"{one}:0"][()] for one in ("gamma", "beta", "moving_mean", "moving_variance")
        )
    h = gamma * (stored["out/conv1d_32"] - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(net.features("conv1d_32")(stored["x0"]), np.maximum(h, 0), atol=1e-5)
    # 7 letters, padded by 3; then every second position of 3 of it.
    assert net.geometry("conv1d_32") == jm.Geometry(7, 3, 1, pool=2)
    assert net.geometry("conv1d_33") == jm.Geometry(12, 5, 2, pool=2)


def test_weights_and_their_architecture(shared_cases, keras, tmp_path):
    folder = shared_cases / "keras"
    found = loaded(folder / "weights_only.h5", Options(architecture=folder / "weights_only.json"))
    with h5py.File(folder / "weights_only.h5") as file:
        kernel, bias = (file[f"conv1d_25/conv1d_25/{one}:0"][()] for one in ("kernel", "bias"))
    x = np.eye(4, dtype=np.float32)[sequences(length=60)]
    wanted = np.stack([np.tensordot(x[:, p : p + 7], kernel, 2) for p in range(54)], axis=1) + bias
    np.testing.assert_allclose(found.network.features("conv1d_25")(x), np.maximum(wanted, 0), atol=1e-5)
    with pytest.raises(ValueError, match="weights_only.h5 holds weights only: give the model's JSON"):
        load_keras(folder / "weights_only.h5")
    other = tmp_path / "other.json"
    architecture = json.loads((folder / "weights_only.json").read_text())
    architecture["config"]["layers"][1]["config"]["filters"] = 5
    other.write_text(json.dumps(architecture))
    with pytest.raises(
        ValueError, match=r"conv1d_25/kernel has shape \(7, 4, 4\), the network wants \(7, 4, 5\)"
    ):
        load_keras(folder / "weights_only.h5", architecture=other)


@pytest.mark.parametrize("file", ["k3.h5", "k3.keras", "k3.weights.h5"])
def test_files_of_keras_3(shared_cases, file):
    folder = shared_cases / "case21"
    architecture = folder / "k3.keras" if "weights" in file else None
    found = loaded(folder / file, Options(architecture=architecture, reference=folder / "k3_ref.npz"))
    assert found.check is not None and found.check < 1e-5
    assert found.network.map_names == ("conv1d",)


def test_letters_on_the_axis_of_positions_are_refused(shared_cases):
    with pytest.raises(ValueError, match="wrong_axis.h5: Conv1D 'conv1d_11' slides over the letters"):
        load_keras(shared_cases / "keras" / "wrong_axis.h5")


def given(name):
    return {"inputs": {"cells": np.array([0.2, -1.0, 3.0])}} if name == "several inputs" else {}


def outputs(keras, model, name, x):
    """What Keras itself gives, a list of arrays."""
    own = {"flat": lambda x: x.transpose(0, 2, 1)[..., None]}.get(name, lambda x: x)(x)
    if name == "several inputs":
        own = [np.broadcast_to(given(name)["inputs"]["cells"], (len(x), 3)), own]
    return [np.asarray(one) for one in keras.tree.flatten(model(own, training=False))]


@pytest.mark.parametrize("ending", [".h5", ".keras", ".weights.h5"])
@pytest.mark.parametrize("name", keras_models.ARCHITECTURES)
def test_what_keras_3_wrote_is_the_same_function(keras, models, tmp_path, name, ending):
    model, options = models[name], given(name)
    path = tmp_path / f"net{ending}"
    if ending == ".weights.h5":
        model.save_weights(path)
        options["architecture"] = tmp_path / "net.json"
        options["architecture"].write_text(model.to_json())
    else:
        model.save(path)
    found = loaded(path, Options(**options))
    x = np.eye(4, dtype=np.float32)[sequences()]
    wanted = outputs(keras, model, name, x)
    assert found.check is not None and found.check < 1e-5
    net = found.network
    links = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "softmax": lambda z: 1 / (1 + np.exp(-z))}
    for head, values in zip(found.heads, wanted, strict=True):
        if not head.read:
            continue
        rows = [i for i, one in enumerate(net.classes) if one.partition("/")[0] == head.name]
        ours = links.get(head.link, lambda z: z)(net.logits(sequences())[:, rows])
        np.testing.assert_allclose(ours, values, atol=1e-5)
    tapped = keras.Model(model.inputs, model.get_layer("first").output) if name not in ("averaged",) else None
    if tapped and name != "normalised":
        (first,) = outputs(keras, tapped, name, x)
        np.testing.assert_allclose(net.features("first")(x), first.reshape(6, -1, first.shape[-1]), atol=1e-5)


def test_heads_maps_and_receptive_fields(models, tmp_path):
    models["two heads"].save(tmp_path / "net.keras")
    found = loaded(tmp_path / "net.keras")
    assert [(head.name, head.shape, head.read) for head in found.heads] == [
        ("profile", (34, 2), False),
        ("counts", (2,), True),
    ]
    assert found.network.classes == ("counts/0", "counts/1")
    assert found.map_names == ("first", "second", "add", "profile")
    net = load_keras(tmp_path / "net.keras", head="profile")
    assert net.classes == ("profile/0", "profile/1")
    # Position p of the sum is that of the convolution, and the middle of what it reads of the first.
    assert net.geometry("add") == net.geometry("second") == jm.Geometry(11, 0, 1)
    assert net.geometry("profile") == jm.Geometry(15, 0, 1)


@pytest.mark.parametrize("name", ["plain", "normalised", "dilated", "two heads", "flat"])
def test_receptive_fields_are_where_gradients_are(models, tmp_path, name):
    models[name].save(tmp_path / "net.keras")
    net = load_keras(tmp_path / "net.keras")
    assert len(net.layers) == len(net.map_names) or name == "normalised"
    x = np.random.default_rng(0).normal(size=(40, keras_models.LENGTH, 4)).astype(np.float32)
    for number, own in net.layers:
        read = net.features(number)
        middle = read(x[:1]).shape[1] // 2
        gradient = jax.grad(lambda x, read=read, at=middle: (read(x)[:, at] ** 2).sum())(x)
        seen = np.flatnonzero(np.abs(np.asarray(gradient)).sum(axis=(0, 2)))
        start = middle * own.jump - own.left
        ends = max(start, 0), min(start + own.width, keras_models.LENGTH) - 1
        assert (seen.min(), seen.max()) == ends, (name, net.map_names[number - 1])


def test_gradients_reach_the_sequence(models, tmp_path):
    models["attention"].save(tmp_path / "net.keras")
    net = load_keras(tmp_path / "net.keras")
    values = jm.attribute(net.score(), sequences(2), "mutagenesis")
    fast = jm.attribute(net.score(), sequences(2), "saliency")
    assert values.shape == fast.shape == (2, keras_models.LENGTH) and (fast > 0).any()


@pytest.mark.parametrize("name", ["normalised", "dilated", "two heads"])
def test_mutations_are_followed_through_opened_networks(models, tmp_path, name, monkeypatch):
    """What a letter cannot reach is not computed again, as in networks that were trained here."""
    models[name].save(tmp_path / "net.keras")
    net, codes, made = load_keras(tmp_path / "net.keras"), sequences(1), []
    whole = mutants.Local.whole
    monkeypatch.setattr(mutants.Local, "whole", lambda one: made.append(one.base.shape) or whole(one))
    found = np.asarray(jax.jit(lambda x: mutants.changes(net.score(), x))(dna.one_hot(codes)))[0]
    assert made == []
    changed = np.repeat(codes, 4 * codes.shape[1], axis=0)
    changed[np.arange(len(changed)), np.arange(len(changed)) // 4] = np.arange(len(changed)) % 4
    expected = net.logits(changed)[:, 0] - net.logits(codes)[:, 0]
    np.testing.assert_allclose(found.ravel(), expected, atol=2e-5 * np.abs(expected).max())
    assert np.abs(expected).max() > 1e-4


@pytest.mark.parametrize("name", ["plain", "residual"])
def test_maps_are_computed_without_what_lies_above(keras, name):
    """A head of one length only does not keep maps below it from being read at their own."""
    x = keras.Input((40, 4))
    h = keras.layers.Conv1D(5, 3, padding="same", activation="relu", name="first")(x)
    last = keras.layers.Conv1D(5, 3, padding="same", activation="gelu", name="second")(h)
    top = keras.layers.Add(name="sum")([h, last]) if name == "residual" else last
    y = keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.Cropping1D(15)(top)))
    net = load_keras(keras.Model(x, y))
    layer = net.map_names.index("sum" if name == "residual" else "second") + 1
    codes = sequences(length=40)
    whole = np.asarray(net.features(layer)(jm.one_hot(codes)))
    every = np.asarray(net.function(net.member_variables(0), jm.one_hot(codes))[1][layer])
    np.testing.assert_allclose(whole, every, atol=1e-6)
    small = chain.of(net).substructure(layer)
    assert small.width == 5 and small.length < 40
    fields = sequences(length=5)
    around = np.full((len(fields), 40), 4, np.uint8)
    around[:, 18:23] = fields
    there = net.features(layer)(jm.one_hot(around))[:, 20]
    np.testing.assert_allclose(small.activation(fields), there, atol=1e-5)
    maps = small.raw_maps(jm.one_hot(fields))
    assert [one.shape[2] for one in maps] == [5] * len(maps)


def test_a_model_in_memory_and_half_precision(keras, models):
    net = load_keras(models["dilated"])
    x = np.eye(4, dtype=np.float32)[sequences()]
    np.testing.assert_allclose(
        net.logits(sequences()), outputs(keras, models["dilated"], "dilated", x)[0], atol=1e-5
    )
    keras.config.set_dtype_policy("float16")
    try:
        half = keras_models.models(keras)["plain"]
    finally:
        keras.config.set_dtype_policy("float32")
    wanted = outputs(keras, half, "plain", x)[0]
    np.testing.assert_allclose(load_keras(half).probabilities(sequences()), wanted, atol=1e-3)


def test_order_of_letters_and_any_length(keras, models, tmp_path):
    x = keras.Input((None, 4))
    layers = keras.layers
    h = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 5, name="first")(x))
    model = keras.Model(x, layers.Dense(1, name="out")(h))
    model.save(tmp_path / "net.keras")
    with pytest.raises(ValueError, match="net.keras: input '.*' .any, 4. is of any length: say which"):
        load_keras(tmp_path / "net.keras")
    net = load_keras(tmp_path / "net.keras", alphabet="AGCT", length=30)
    codes = sequences(length=30)
    wanted = np.asarray(model(np.eye(4, dtype=np.float32)[codes][..., [0, 2, 1, 3]]))
    np.testing.assert_allclose(net.logits(codes), wanted, atol=1e-5)


def custom_model(keras, kind):
    x = keras.Input((30, 4))
    layers = keras.layers
    h = layers.Conv1D(3, 5, activation="relu", name="first")(x)
    short = layers.Dense(1, name="short")(layers.GlobalMaxPooling1D()(h))
    h = kind(h)
    h = layers.Conv1D(2, 3, name="second")(h)
    return keras.Model(x, [short, layers.Dense(1, name="long")(layers.GlobalMaxPooling1D()(h))])


def test_a_custom_layer_is_named_and_can_be_given(keras, tmp_path):
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    model = custom_model(keras, Doubled(name="twice"))
    model.save(tmp_path / "net.keras")
    below = loaded(tmp_path / "net.keras")
    assert below.map_names == ("first",) and below.network.classes == ("short",)
    text = "\n".join(below.lines())
    assert "Doubled 'twice' is not known: it is no layer of Keras 3: give its class" in text
    assert "opened down to there: first; without the heads behind it: long" in text
    x = np.eye(4, dtype=np.float32)[sequences(length=30)]
    wanted = np.concatenate([np.asarray(one) for one in model(x)], axis=1)
    np.testing.assert_allclose(below.network.logits(sequences(length=30))[:, 0], wanted[:, 0], atol=1e-5)
    for custom in ({"Doubled": Doubled}, {"twice": lambda x: x + x}):
        net = load_keras(tmp_path / "net.keras", custom_objects=custom)
        np.testing.assert_allclose(net.logits(sequences(length=30)), wanted, atol=1e-5)


def test_code_in_a_file_is_not_run_unasked(keras, tmp_path):
    model = custom_model(keras, keras.layers.Lambda(lambda x: x * 3, name="thrice"))
    for ending in (".keras", ".h5"):
        path = tmp_path / f"net{ending}"
        model.save(path)
        below = loaded(path)
        assert below.map_names == ("first",) and "Python code in the file" in "\n".join(below.notes)
        net = load_keras(path, custom_objects={"thrice": lambda x: 3 * x})
        wanted = np.concatenate([np.asarray(one) for one in model(np.eye(4)[sequences(length=30)])], axis=1)
        np.testing.assert_allclose(net.logits(sequences(length=30)), wanted, atol=1e-5)
        np.testing.assert_allclose(
            load_keras(path, safe_mode=False).logits(sequences(length=30)), wanted, atol=1e-5
        )


def test_files_that_are_no_models_are_named(tmp_path):
    for name, text, message in (
        ("net.h5", None, "net.h5 is not there"),
        ("net.keras", "no", "net.keras is no Keras model that can be read"),
        ("net.json", '{"a": 1}', "net.json is no architecture of Keras"),
    ):
        if text:
            (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=message):
            load_keras(tmp_path / name)
    with pytest.raises(ValueError, match="is a folder: of SavedModel nothing is read"):
        load_keras(tmp_path)
