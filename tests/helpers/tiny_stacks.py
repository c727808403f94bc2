"""Small convolution stacks with known or random weights, and their activations by plain NumPy."""

import itertools

import jax.numpy as jnp
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif.chain import ConvChain
from jaxmotif.neuronmotif.substructure import Weights

ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0.0),
    "linear": lambda x: x,
    "exp": np.exp,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
}


def conv(filters, kernel, pool=1, **others):
    return Conv(
        filters,
        kernel,
        pool,
        padding="VALID",
        pool_padding="VALID",
        norm="none",
        bias=True,
        dropout=0.0,
        **others,
    )


def random_stack(*convs, seed=0, bias=-0.3):
    rng = np.random.default_rng(seed)
    weights, channels = [], 4
    for layer in convs:
        kernel = rng.normal(size=(layer.kernel, channels, layer.filters)) / np.sqrt(layer.kernel)
        weights.append((kernel, bias + 0.2 * rng.normal(size=layer.filters)))
        channels = layer.filters
    return stack_of(convs, weights)


def stack_of(convs, weights, name="tiny"):
    arrays = [Weights(jnp.asarray(k, jnp.float32), jnp.asarray(b, jnp.float32)) for k, b in weights]
    return ConvChain(name, tuple(convs), tuple(arrays))


def all_sequences(width):
    """Every sequence, uint8 (4^R, R), the first letter most significant."""
    return np.array(list(itertools.product(range(4), repeat=width)), np.uint8)


def activations(network, layer, codes):
    """Raw map of convolution `layer` (from 1), float64 (N, P, F), window by window."""
    h = np.eye(4)[codes]
    for number in range(1, layer + 1):
        settings, (kernel, bias) = network.convs[number - 1], network.weights[number - 1]
        windows = sliding_window_view(h, settings.kernel, axis=1)[:, :: settings.stride]
        raw = np.einsum("npck,kcf->npf", windows, np.asarray(kernel, np.float64)) + np.asarray(
            bias, np.float64
        )
        if number < layer:
            windows = sliding_window_view(raw, settings.pool, axis=1)[
                :, :: settings.pool_stride or settings.pool
            ]
            h = ACTIVATIONS[settings.activation](windows.max(axis=3))
    return raw


def planted(pool, kernel=1, position=0, second=None):
    """A network whose last neuron answers to ACGTC alone, wherever it stands in the pooling window.

    The neuron of layer 2 (or 3, where `second` is the pool size of layer 2) reads one position of `kernel`.
    """
    motif = np.eye(4)[[0, 1, 2, 3, 1]]
    first = np.zeros((5, 4, 2))
    first[:, :, 0], first[:, :, 1] = motif - 0.25, 0.05
    reads = np.zeros((kernel, 2, 1))
    reads[position, 0] = 1.0
    convs, weights = [conv(2, 5, pool)], [(first, np.array([-2.0, 0.0]))]
    if second:
        convs.append(conv(1, 1, second))
        weights.append((np.array([[[1.0], [0.0]]]), np.zeros(1)))
        reads = reads[:, :1]
    return stack_of([*convs, conv(1, kernel)], [*weights, (reads, np.array([-0.5]))])
