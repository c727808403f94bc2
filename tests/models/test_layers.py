"""Layers against numpy loops, and the two convolutions against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models import convolution, forward, layers, spec
from tests.helpers import compiled

conv1d = jax.jit(layers.conv1d, static_argnames=("stride", "padding", "impl", "dtype"))
max_pool = jax.jit(layers.max_pool, static_argnums=(1, 2))


def _numpy_conv(x, w, stride, padding):
    kernel = w.shape[0]
    if padding == "SAME":
        positions = -(-x.shape[1] // stride)
        total = max((positions - 1) * stride + kernel - x.shape[1], 0)
        x = np.pad(x, ((0, 0), (total // 2, total - total // 2), (0, 0)))
    positions = (x.shape[1] - kernel) // stride + 1
    out = np.zeros((x.shape[0], positions, w.shape[2]))
    for p in range(positions):
        out[:, p] = np.einsum("bkc,kcf->bf", x[:, p * stride : p * stride + kernel], w)
    return out


@pytest.mark.parametrize("impl", ["lax", "unfold"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("kernel,stride", [(1, 1), (4, 1), (5, 1), (5, 3), (6, 2)])
def test_convolution_equals_a_loop(impl, padding, kernel, stride):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 17, 4)), rng.normal(size=(kernel, 4, 6))
    got = conv1d(x.astype(np.float32), w.astype(np.float32), stride=stride, padding=padding, impl=impl)
    np.testing.assert_allclose(got, _numpy_conv(x, w, stride, padding), atol=1e-5)


@pytest.mark.parametrize("kernel,stride", [(4, 1), (5, 2)])
def test_convolutions_have_equal_gradients(kernel, stride):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 17, 4)).astype(np.float32)
    w = rng.normal(size=(kernel, 4, 6)).astype(np.float32)

    def gradient(impl):
        loss = lambda x, w: jnp.sin(layers.conv1d(x, w, stride=stride, impl=impl)).sum()
        return jax.jit(jax.grad(loss, argnums=(0, 1)))(x, w)

    for a, b in zip(gradient("lax"), gradient("unfold"), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("size,stride", [(1, 1), (4, 4), (25, 25), (50, 2), (3, 2)])
def test_pooling_equals_a_loop(size, stride):
    x = np.random.default_rng(2).normal(size=(2, 53, 3)).astype(np.float32) - 5
    positions = -(-53 // stride)
    before = max((positions - 1) * stride + size - 53, 0) // 2
    expected = np.stack(
        [x[:, max(p * stride - before, 0) : p * stride - before + size].max(1) for p in range(positions)],
        axis=1,
    )
    np.testing.assert_array_equal(max_pool(x, size, stride), expected)


def test_moments_equal_numpy():
    x = np.random.default_rng(3).normal(2, 3, size=(7, 11, 5)).astype(np.float32)
    mean, variance = layers.moments(jnp.asarray(x))
    np.testing.assert_allclose(mean, x.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(variance, x.var((0, 1)), rtol=1e-4)


@pytest.mark.parametrize("activation", spec.ACTIVATIONS)
def test_pooling_before_normalisation_changes_nothing(activation):
    """The order convolution -> norm -> activation -> pool, written out, gives the same numbers."""
    conv = spec.Conv(6, 5, pool=4, activation=activation, dropout=0)
    net = spec.NetworkSpec("test", length=22, outputs=1, convs=(conv,))
    variables = compiled.weights(net)
    # Both signs of gamma.
    gamma = np.asarray([1.0, -1.0, 0.5, -2.0, 0.0, 3.0], np.float32)
    params = variables["params"]
    params = params | {"conv1": params["conv1"] | {"gamma": gamma, "beta": gamma * 0.3 - 0.1}}
    x = jnp.asarray(np.random.default_rng(4).normal(size=(9, 22, 4)), jnp.float32)
    got, _ = compiled.apply_train(net, {**variables, "params": params}, x, jax.random.key(0))

    raw = _numpy_conv(np.asarray(x), np.asarray(params["conv1"]["kernel"]), 1, "SAME")
    normal = (raw - raw.mean((0, 1))) / np.sqrt(raw.var((0, 1)) + net.norm_epsilon)
    active = np.asarray(layers.activate(activation, jnp.asarray(normal * gamma + gamma * 0.3 - 0.1)))
    active = np.pad(active, ((0, 0), (1, 1), (0, 0)), constant_values=-np.inf)
    pooled = active.reshape(9, 6, 4, 6).max(2).reshape(9, -1)
    expected = pooled @ np.asarray(params["output"]["kernel"]) + np.asarray(params["output"]["bias"])
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-4)


def test_dropout_keeps_the_mean_and_the_share():
    out = np.asarray(layers.dropout(jax.random.key(0), jnp.ones((200, 500)), 0.3))
    assert set(np.unique(out)) == {0.0, np.float32(1 / 0.7)}
    assert abs((out == 0).mean() - 0.3) < 0.01


def test_exponential_does_not_overflow():
    x = np.array([-3.0, 0.0, 1.5, 10.0], np.float32)
    np.testing.assert_allclose(layers.activate("exp", jnp.asarray(x)), np.exp(x), rtol=1e-6)
    huge = np.asarray(layers.activate("exp", jnp.asarray([1e9, 3e38])))
    assert np.isfinite(huge).all() and (huge >= np.exp(np.float32(10))).all() and huge[0] == huge[1]


@pytest.fixture
def chosen():
    yield convolution.choose
    convolution.choose("auto")


@pytest.mark.parametrize("over", ["one", "map", "vmap"])
def test_the_choice_of_a_process_changes_the_operation_and_no_value(over, chosen):
    """Values and gradients of a network of two members, to 1e-6 of the largest."""
    net = spec.NetworkSpec("small", 30, 2, (spec.Conv(6, 5, pool=3), spec.Conv(4, 4)), (spec.Dense(6),))
    members = [compiled.weights(net, seed) for seed in (0, 1)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    x = dna.one_hot(np.random.default_rng(0).integers(0, 4, (7, 30)).astype(np.uint8))

    def loss(variables):
        return jnp.sin(forward.predict(net, variables, x)).sum()

    of_one = jax.value_and_grad(loss)
    ways = {
        "one": lambda: of_one(members[0]),
        "map": lambda: jax.lax.map(of_one, stacked),
        "vmap": lambda: jax.vmap(of_one)(stacked),
    }
    found = {}
    for way in ("lax", "unfold"):
        chosen(way)
        assert convolution.way(5) == way
        found[way] = jax.jit(ways[over])()
        program = str(jax.make_jaxpr(ways[over])())
        assert ("conv_general_dilated" in program) == (way == "lax")
    for a, b in zip(*map(jax.tree.leaves, found.values()), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6 * max(np.abs(b).max(), 1))


def test_another_choice_drops_what_was_compiled_and_programs_are_read_whole(chosen):
    x, w = jnp.ones((1, 9, 4)), jnp.ones((3, 4, 2))
    operations = lambda: str(jax.make_jaxpr(conv1d)(x, w))
    assert "conv_general_dilated" not in operations() and convolution.way(513) == "lax"
    chosen("lax")
    assert "conv_general_dilated" in operations()
    chosen("unfold")
    assert "conv_general_dilated" not in operations() and convolution.way(513) == "unfold"
    with convolution.whole():
        assert "conv_general_dilated" in str(jax.make_jaxpr(lambda x: layers.conv1d(x, w))(x))
    with pytest.raises(ValueError, match="unknown convolution 'fft'"):
        chosen("fft")


def test_unknown_convolution_is_named():
    with pytest.raises(ValueError, match="unknown convolution 'fft'; known: auto, lax, unfold"):
        layers.conv1d(jnp.zeros((1, 5, 4)), jnp.zeros((3, 4, 2)), impl="fft")


def _rounded(x):
    """Nearest bfloat16, as float64: 8 bits of significand, ties to even."""
    x = np.asarray(x, np.float64)
    _, exponent = np.frexp(x)
    unit = np.exp2(exponent - 8.0)
    return np.round(x / unit) * unit


@pytest.mark.parametrize("impl,tolerance", [("unfold", 1e-5), ("lax", 2**-8)])
def test_bfloat16_rounds_what_is_multiplied_and_sums_in_float32(impl, tolerance):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3, 60, 16)).astype(np.float32)
    w = (rng.normal(size=(5, 16, 6)) / 9).astype(np.float32)
    got = conv1d(x, w, impl=impl, dtype="bfloat16")
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(
        got, _numpy_conv(_rounded(x), _rounded(w), 1, "SAME"), rtol=tolerance, atol=1e-5
    )
    assert np.abs(np.asarray(got) - _numpy_conv(x, w, 1, "SAME")).max() > 1e-4


def test_gradients_of_a_bfloat16_product_are_sums_in_float32_of_rounded_factors():
    rng = np.random.default_rng(3)
    x, w = (rng.normal(size=size).astype(np.float32) for size in ((500, 7), (7, 3)))
    g = rng.normal(size=(500, 3)).astype(np.float32)
    of_x, of_w = jax.jit(lambda x, w: jax.vjp(lambda *a: layers.product(*a, "bfloat16"), x, w)[1](g))(x, w)
    np.testing.assert_allclose(of_x, _rounded(g) @ _rounded(w).T, atol=1e-5)
    np.testing.assert_allclose(of_w, _rounded(x).T @ _rounded(g), atol=2e-5)
    assert of_x.dtype == of_w.dtype == jnp.float32
