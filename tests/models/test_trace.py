"""Receptive fields by gradients against arithmetic on the layers, and against changing letters one by one."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.models.trace import traced_geometry

LENGTH = 96


class Layer(NamedTuple):
    """One random layer: what it does, and by how much it widens."""

    kind: str
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int


def drawn(rng, depth: int, length: int) -> list[Layer]:
    """Random convolutions, pooling and residual blocks whose windows stay within the sequence."""
    layers = []
    for _ in range(depth):
        kind = rng.choice(["conv", "conv", "residual", "max", "mean"])
        kernel, stride = int(rng.integers(2, 6)), int(rng.choice([1, 1, 2, 3]))
        dilation = int(rng.choice([1, 2, 4])) if kind in ("conv", "residual") else 1
        span = (kernel - 1) * dilation
        before, after = rng.choice([0, span // 2]), rng.choice([0, span - span // 2])
        if kind == "residual":
            stride, before, after = 1, span // 2, span - span // 2
        layers.append(Layer(kind, kernel, stride, dilation, int(before), int(after)))
    return layers


def window(layers) -> tuple[int, int, int]:
    """Width, left and jump by arithmetic."""
    width, left, jump = 1, 0, 1
    for one in layers:
        width += (one.kernel - 1) * one.dilation * jump
        left += one.before * jump
        jump *= one.stride
    return width, left, jump


def network(layers, key):
    """The function x (B, L, 4) -> map, rectified between layers."""
    sizes = [4, *(6 for _ in layers)]
    kernels = [
        jax.random.normal(jax.random.fold_in(key, n), (one.kernel, sizes[n] if n == 0 else 6, 6)) / 3
        for n, one in enumerate(layers)
    ]
    first = jax.random.normal(key, (1, 4, 6))

    def apply(x):
        h = jax.lax.conv_general_dilated(x, first, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        for one, kernel in zip(layers, kernels, strict=True):
            kernel = kernel if kernel.shape[1] == 6 else jnp.tile(kernel, (1, 2, 1))[:, :6]
            pad = ((one.before, one.after),)
            if one.kind in ("conv", "residual"):
                new = jax.lax.conv_general_dilated(
                    h,
                    kernel,
                    (one.stride,),
                    pad,
                    rhs_dilation=(one.dilation,),
                    dimension_numbers=("NWC", "WIO", "NWC"),
                )
                h = h + jax.nn.relu(new) if one.kind == "residual" else jax.nn.relu(new)
            else:
                start, reduce = (-jnp.inf, jax.lax.max) if one.kind == "max" else (0.0, jax.lax.add)
                pads = ((0, 0), *pad, (0, 0))
                h = jax.lax.reduce_window(h, start, reduce, (1, one.kernel, 1), (1, one.stride, 1), pads)
        return h

    return apply


@pytest.mark.parametrize("seed", range(8))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    while True:
        layers = drawn(rng, int(rng.integers(1, 5)), LENGTH)
        width, left, jump = window(layers)
        if width <= LENGTH - 4 * jump:
            break
    apply = network(layers, jax.random.key(seed))
    found = traced_geometry(apply, LENGTH)
    assert (found.width, found.left, found.jump) == (width, left, jump), layers


def test_windows_wider_than_the_sequence():
    layers = [Layer("residual", 3, 1, 2**n, 2**n, 2**n) for n in range(1, 6)]
    width, left, _ = window(layers)
    assert LENGTH < width < 2 * LENGTH
    assert tuple(traced_geometry(network(layers, jax.random.key(0)), LENGTH)) == (width, left, 1, 1)


def test_brute_force():
    layers = [Layer("conv", 3, 2, 2, 2, 2), Layer("max", 2, 2, 1, 0, 0), Layer("residual", 3, 1, 2, 2, 2)]
    apply = jax.jit(network(layers, jax.random.key(1)))
    found = traced_geometry(apply, LENGTH)
    x = 5 * jax.random.normal(jax.random.key(2), (64, LENGTH, 4))
    position = 8
    start = position * found.jump - found.left
    before = np.asarray(apply(x))[:, position]
    changed = [
        not np.array_equal(np.asarray(apply(x.at[:, letter].set(-x[:, letter])))[:, position], before)
        for letter in range(LENGTH)
    ]
    assert np.flatnonzero(changed).min() == start and np.flatnonzero(changed).max() == start + found.width - 1


def test_attention_within_a_window():
    near = np.abs(np.subtract.outer(np.arange(40), np.arange(40))) <= 6
    query, key = jax.random.normal(jax.random.key(0), (2, 4, 8))

    def apply(x):
        scores = jnp.where(near, (x @ query) @ jnp.swapaxes(x @ key, 1, 2), -jnp.inf)
        return jax.nn.softmax(scores / 4) @ x

    assert tuple(traced_geometry(apply, 40)) == (13, 6, 1, 1)


def test_one_position():
    assert tuple(traced_geometry(lambda x: x[:, 5:12].sum(1, keepdims=True), 20)) == (7, -5, 7, 1)


def attention(x):
    return jax.nn.softmax(x @ jnp.swapaxes(x, 1, 2)) @ x


def recurrent(x):
    step = lambda h, x_b4: (jnp.tanh(h / 2 + x_b4), h)
    return jnp.moveaxis(jax.lax.scan(step, x[:, 0], jnp.moveaxis(x, 1, 0))[1], 0, 1)


@pytest.mark.parametrize(
    "apply, sentence",
    [
        (attention, "sees the whole sequence"),
        (lambda x: x - x.mean(axis=1, keepdims=True), "sees the whole sequence"),
        (lambda x: recurrent(x) + recurrent(x[:, ::-1])[:, ::-1], "sees the whole sequence"),
        (recurrent, "sees the first letter of the sequence"),
        (lambda x: recurrent(x[:, ::-1])[:, ::-1], "sees the last letter of the sequence"),
        (lambda x: jnp.zeros_like(x), "does not depend on the sequence"),
        (lambda x: jnp.repeat(x[:, ::2], 2, axis=1), "differs in more than the place"),
        (lambda x: x + jax.lax.stop_gradient(jnp.roll(x, 3, axis=1)), "by which it has no gradient"),
        (lambda x: x[:, 0], "must be"),
    ],
)
def test_no_window(apply, sentence):
    with pytest.raises(ValueError, match=sentence):
        traced_geometry(apply, 64)


def test_a_network_asks_for_it_when_it_reads():
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(7, 4, 3)), jnp.float32)
    calls = []

    def function(kernel, x):
        calls.append(1)
        h = jax.lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
        return jax.nn.relu(h).max(1), {1: h, 2: attention(h)}

    net = jm.Network.from_function(function, 60, variables=kernel)
    before = len(calls)
    assert net.geometry(1) == jm.Geometry(7, 3, 1)
    traced = len(calls)
    assert traced > before and net.geometry(1).width == 7 and len(calls) == traced
    for _ in range(2):
        with pytest.raises(ValueError, match=r"map 2 of function has no receptive field: every pos"):
            net.geometry(2)
    with pytest.raises(ValueError, match=r"no map 3; it has maps: 1, 2"):
        net.geometry(3)
    data = np.random.default_rng(0).integers(0, 4, (50, 60)).astype(np.uint8)
    assert {motif.width for motif in jm.filter_motifs(net, data, least_sites=1)} <= set(range(1, 8))
