"""Small Keras models of ten usual architectures, with weights that matter."""

import numpy as np

LENGTH = 48


def models(keras) -> dict:
    """Returns {name: model of Keras 3}, of sequences of 48 nt.

    Args:
      keras: the module.
    """
    keras.utils.set_random_seed(1)
    found = {name: make(keras.layers, keras) for name, make in ARCHITECTURES.items()}
    for model in found.values():
        _stir(model)
    return found


def _stir(model) -> None:
    """Gives biases and statistics other values than those of a fresh layer."""
    rng = np.random.default_rng(2)
    for weight in model.weights:
        if weight.name in ("bias", "beta", "moving_mean"):
            weight.assign(rng.normal(0, 0.3, weight.shape))
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))


def _plain(k, keras):
    return keras.Sequential(
        [
            keras.Input((LENGTH, 4)),
            k.Conv1D(5, 7, activation="relu", name="first"),
            k.MaxPooling1D(3),
            k.Conv1D(4, 3, activation="relu", name="second"),
            k.Flatten(),
            k.Dense(6, activation="relu"),
            k.Dense(2, activation="sigmoid", name="out"),
        ]
    )


def _normalised(k, keras):
    return keras.Sequential(
        [
            keras.Input((LENGTH, 4)),
            k.Conv1D(5, 7, padding="same", use_bias=False, name="first"),
            k.BatchNormalization(),
            k.Activation("relu"),
            k.Dropout(0.3),
            k.MaxPooling1D(2),
            k.SeparableConv1D(4, 3, strides=2, padding="same", name="second"),
            k.LayerNormalization(),
            k.ReLU(),
            k.GlobalAveragePooling1D(),
            k.Dense(3, activation="softmax", name="out"),
        ]
    )


def _dilated(k, keras):
    x = keras.Input((LENGTH, 4))
    h = k.Conv1D(6, 7, padding="same", activation="relu", name="first")(x)
    for rate in (2, 4):
        more = k.Conv1D(6, 3, padding="same", dilation_rate=rate, activation="relu", name=f"by{rate}")(h)
        h = k.Add(name=f"sum{rate}")([h, more])
    return keras.Model(x, k.Dense(1, name="out")(k.GlobalAveragePooling1D()(h)))


def _two_heads(k, keras):
    x = keras.Input((LENGTH, 4))
    h = k.Conv1D(6, 7, activation="relu", name="first")(x)
    h = k.Add()([k.Cropping1D(2)(h), k.Conv1D(6, 5, activation="relu", name="second")(h)])
    profile = k.Conv1D(2, 5, name="profile")(h)
    counts = k.Dense(2, name="counts")(k.GlobalAveragePooling1D()(h))
    return keras.Model(x, [profile, counts])


def _flat(k, keras):
    return keras.Sequential(
        [
            keras.Input((4, LENGTH, 1)),
            k.Conv2D(5, (4, 7), activation="relu", name="first"),
            k.MaxPooling2D((1, 2)),
            k.Conv2D(4, (1, 3), padding="same", name="second"),
            k.LeakyReLU(),
            k.Flatten(),
            k.Dense(1, activation="sigmoid", name="out"),
        ]
    )


def _recurrent(k, keras):
    return keras.Sequential(
        [
            keras.Input((LENGTH, 4)),
            k.Conv1D(5, 7, activation="relu", name="first"),
            k.MaxPooling1D(3),
            k.Bidirectional(k.LSTM(3, return_sequences=True), name="both"),
            k.GRU(4, name="last"),
            k.Dense(1, name="logit"),
            k.Activation("sigmoid", name="out"),
        ]
    )


def _attention(k, keras):
    x = keras.Input((LENGTH, 4))
    h = k.Conv1D(6, 5, strides=2, padding="same", activation="relu", name="first")(x)
    h = k.LayerNormalization()(h)
    h = k.Add()([h, k.MultiHeadAttention(2, 3, name="attention")(h, h)])
    return keras.Model(x, k.Dense(1, name="out")(k.GlobalAveragePooling1D()(h)))


def _smooth(k, keras):
    x = keras.Input((LENGTH, 4))
    h = k.Conv1D(5, 7, activation="exponential", kernel_initializer="glorot_normal", name="first")(x)
    h = k.Conv1D(5, 3, activation="gelu", name="second")(h)
    h = k.Conv1D(5, 3, activation="silu", name="third")(h)
    h = keras.ops.relu(h * 0.5 - 0.1)
    return keras.Model(x, k.Dense(1, activation="sigmoid", name="out")(k.GlobalMaxPooling1D()(h)))


def _averaged(k, keras):
    """Nested, with an average pooling, and a convolution that is used for both halves."""
    inner = keras.Sequential(
        [keras.Input((LENGTH, 4)), k.Conv1D(6, 7, name="first"), k.ELU(), k.AveragePooling1D(4)], name="inner"
    )
    x = keras.Input((LENGTH, 4))
    h = inner(x)
    shared = k.Conv1D(3, 3, activation="relu", name="shared")
    parts = k.Concatenate(axis=1)([shared(h[:, :5]), shared(h[:, 5:])])
    return keras.Model(x, k.Dense(1, name="out")(k.Flatten()(parts)))


def _several_inputs(k, keras):
    x, other = keras.Input((LENGTH, 4), name="dna"), keras.Input((3,), name="cells")
    h = k.GlobalMaxPooling1D()(k.Conv1D(6, 7, activation="relu", name="first")(x))
    h = k.Concatenate()([h, k.Dense(4, activation="tanh")(other)])
    return keras.Model([other, x], k.Dense(2, activation="sigmoid", name="out")(h))


ARCHITECTURES = {
    "plain": _plain,
    "normalised": _normalised,
    "dilated": _dilated,
    "two heads": _two_heads,
    "flat": _flat,
    "recurrent": _recurrent,
    "attention": _attention,
    "smooth": _smooth,
    "averaged": _averaged,
    "several inputs": _several_inputs,
}
