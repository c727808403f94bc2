"""Maps of other structures, each decoded end to end: average pooling, groups, strides, norms, attention."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain, decode_layer, zero
from jaxmotif.neuronmotif.settings import Decoupling, Sampling

LENGTH = 32
SETTINGS = decode_layer.Settings(
    Sampling(
        population=40, generations=3, patience=3, cap=40, bins=4, walk=8, polish=2, exact_up_to=0, doublings=0
    ),
    Decoupling(fewest=10, draws=10, rows=200, restarts=1),
    motif_seeds=False,
)


def conv(x, seed, kernel, outputs, **others):
    """A random convolution without padding."""
    inputs = x.shape[2] // others.get("feature_group_count", 1)
    weights = np.random.default_rng(seed).normal(size=(kernel, inputs, outputs)) / np.sqrt(kernel * inputs)
    settings = {"window_strides": (1,), "padding": "VALID"} | others
    numbers = ("NWC", "WIO", "NWC")
    return jax.lax.conv_general_dilated(
        x, jnp.asarray(weights, jnp.float32), dimension_numbers=numbers, **settings
    )


def averaged(x):
    h = jax.nn.relu(conv(x, 0, 4, 6))
    pooled = h[:, 0:-1:2] + h[:, 1::2]
    return {1: h, 2: jax.nn.relu(conv(pooled, 1, 2, 3))}


def grouped(x):
    h = jax.nn.relu(conv(x, 0, 4, 6))
    return {1: h, 2: jax.nn.relu(conv(h, 1, 3, 6, feature_group_count=3))}


def strided(x):
    h = jax.nn.relu(conv(x, 0, 4, 6, window_strides=(2,)))
    return {1: h, 2: jax.nn.relu(conv(h, 1, 3, 4, window_strides=(2,)))}


def exponential(x):
    h = jnp.exp(conv(x, 0, 5, 6))
    return {1: h, 2: jnp.exp(conv(h, 1, 3, 3) / 4)}


def normalised(x):
    h = jax.nn.silu(conv(x, 0, 4, 6))
    h = (h - h.mean(axis=2, keepdims=True)) / jnp.sqrt(h.var(axis=2, keepdims=True) + 1e-3)
    return {1: h, 2: conv(h, 1, 4, 3)}


def residual(x):
    h = jax.nn.gelu(conv(x, 0, 3, 5, padding="SAME"))
    more = conv(h, 1, 3, 5, padding="SAME", rhs_dilation=(2,))
    return {1: h, 2: h + jax.nn.gelu(more)}


def attention(x):
    """Two heads over the three positions to each side."""
    h = jax.nn.relu(conv(x, 0, 3, 8, padding="SAME"))
    near = np.abs(np.subtract.outer(np.arange(x.shape[1]), np.arange(x.shape[1]))) <= 3
    heads = []
    for head in range(2):
        query, key, value = (conv(h, 10 * head + part, 1, 4) for part in (1, 2, 3))
        scores = jnp.where(near, query @ jnp.swapaxes(key, 1, 2), -jnp.inf)
        heads.append(jax.nn.softmax(scores) @ value)
    return {1: h, 2: jnp.concatenate(heads, axis=2)}


# Letters seen by a position of the second map, and letters between positions, by arithmetic.
KINDS = {
    averaged: (4 + 1 + 2, 2),
    grouped: (4 + 2, 1),
    strided: (4 + 2 * 2, 4),
    exponential: (5 + 2, 1),
    normalised: (4 + 3, 1),
    residual: (3 + 4, 1),
    attention: (3 + 6, 1),
}


def network(maps):
    return Network.from_function(lambda x: (maps(x)[2].max(axis=1), maps(x)), LENGTH)


def seen(maps, position):
    """Letters whose change changes the second map at a position, by changing them one by one."""
    x = jax.random.normal(jax.random.key(0), (40, LENGTH, 4))
    read = jax.jit(lambda x: maps(x)[2][:, position])
    before = np.asarray(read(x))
    changed = [
        np.abs(np.asarray(read(x.at[:, letter].set(-x[:, letter]))) - before).max() > 1e-5
        for letter in range(LENGTH)
    ]
    return np.flatnonzero(changed)


@pytest.mark.parametrize("maps", KINDS, ids=lambda maps: maps.__name__)
def test_is_decoded_with_its_receptive_field(maps):
    width, jump = KINDS[maps]
    net = network(maps)
    found = zero.with_zero(chain.of(net), 2, 0.9)
    whole = found.substructure(2, maps=True)
    geometry = net.geometry(2)
    assert (whole.width, geometry.jump, whole.maps_below) == (width, jump, (1,))
    position = 8 // jump
    letters = seen(maps, position)
    start = position * jump - geometry.left
    assert (letters.min(), letters.max()) == (start, start + width - 1)

    decoded = decode_layer.decode_layer(found, 2, [0, 2], None, SETTINGS)
    assert (decoded.radix, decoded.pooled, decoded.halves) == ((2,), (1,), True)
    assert not decoded.dead.any() and (decoded.samples > 20).all()
    np.testing.assert_array_equal(decoded.nsites.sum(1), decoded.samples)
    # In any letters around, the strongest sequence says what the neuron's own small sequence says.
    codes = np.random.default_rng(1).integers(0, 4, (20, LENGTH))
    values = []
    for best, channel in zip(decoded.best, (0, 2), strict=True):
        codes[:, start : start + width] = best
        values.append(np.asarray(net.features(2)(jax.nn.one_hot(codes, 4)))[:, position, channel])
    maximum = decoded.maximum + decoded.zero
    np.testing.assert_allclose(values, np.repeat(maximum[:, None], 20, axis=1), rtol=1e-4, atol=1e-5)
    # And more than all but a few random ones.
    random = np.random.default_rng(2).integers(0, 4, (2000, width)).astype(np.uint8)
    assert (np.asarray(whole.select([0, 2]).activation(random)) > decoded.maximum).mean() < 0.01
