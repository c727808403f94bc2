"""Null networks: the architecture of a trained one without what it has learned, to be decoded like it.

The weights of every unit are put in random order over its window, which keeps their sizes and takes what they
say. Then every unit is shifted and scaled so that its weighted sums on random letters have the mean and the
deviation that the trained unit's have: what batch normalisation would do with statistics that fit the new
weights. Without that, sums of deep layers drift, and null neurons are dead or always on.
"""

import dataclasses
import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.function_chain import FunctionChain
from jaxmotif.neuronmotif.substructure import Weights, convolve, geometry, pooled

# Random sequences, as long as the last layer's receptive field, that means and deviations are of.
SEQUENCES = 1024
_ROWS = 128
# Of the mean: a smaller deviation is what rounding leaves of none.
_ROUNDING = 1e-6


def null_network(network: "chain.Chain | Network", number: int = 0, seed: int = 0) -> "chain.ConvChain":
    """Returns a network of which every unit's weights are in random order; its sums vary as the trained ones.

    Args:
      network: its first member's convolutions.
      number: of the null network; each number gives another one.
      seed: root of everything random.

    Raises:
      ValueError: for a network made from a function, whose weights are not known one by one.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> kernel, null = (np.asarray(jm.neuron(one, 1, 0).kernel) for one in (net, jm.null_network(net)))
      >>> np.corrcoef(np.sort(kernel.ravel()), np.sort(null.ravel()))[0, 1].round(3)
      np.float64(1.0)
    """
    found = chain.of(network)
    if isinstance(found, FunctionChain):
        raise ValueError(
            f"{found.name} is a function: its weights cannot be permuted; give null networks of your own "
            "to jaxmotif.against_nulls"
        )
    key = keys.member(keys.stream(keys.root(seed), "null networks"), number)
    shuffled = [_permuted(keys.at(key, layer), weights) for layer, weights in enumerate(found.weights, 1)]
    letters = jax.random.randint(
        keys.stream(key, "letters"), (SEQUENCES, geometry(found.convs, len(found.convs)).width), 0, 4
    )
    return dataclasses.replace(
        found,
        name=f"{found.name}, null {number + 1}",
        weights=standardised(found.convs, found.weights, shuffled, np.asarray(letters, np.uint8)),
    )


def _permuted(key: jax.Array, weights: Weights) -> Weights:
    """Weights of each unit in an order of its own, over positions and channels."""
    kernel_kcf = weights.kernel
    flat = jax.random.permutation(key, kernel_kcf.reshape(-1, kernel_kcf.shape[-1]), axis=0, independent=True)
    return Weights(flat.reshape(kernel_kcf.shape), weights.bias)


def standardised(
    convs: Sequence[Conv], like: Sequence[Weights], weights: Sequence[Weights], codes_nl: np.ndarray
) -> tuple[Weights, ...]:
    """Returns `weights` with units shifted and scaled: their sums have the means and deviations of `like`.

    From the first layer to the last one, each on what the layers below give. A unit of which one of both does
    not vary is only shifted.

    Args:
      convs: the layers.
      like: weights of each.
      weights: others of the same shapes.
      codes_nl: sequences on which sums are taken, at least as long as the last receptive field.
    """
    mine: list[Weights] = []
    for number, own in enumerate(weights, 1):
        stacks = tuple(like[:number]), (*mine, own)
        (mean_f, sd_f), (own_mean_f, own_sd_f) = (
            _moments(tuple(convs[:number]), stack, codes_nl) for stack in stacks
        )
        varies_f = np.minimum(sd_f, own_sd_f) > _ROUNDING * (np.abs(mean_f) + np.abs(own_mean_f))
        scale_f = np.where(varies_f, sd_f / np.where(varies_f, own_sd_f, 1), 1.0)
        bias_f = mean_f - (own_mean_f - np.asarray(own.bias, np.float64)) * scale_f
        mine.append(Weights(jnp.asarray(own.kernel * scale_f, jnp.float32), jnp.asarray(bias_f, jnp.float32)))
    return tuple(mine)


def _moments(convs, weights, codes_nl: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each unit's sums in the last of these layers, over sequences and positions."""
    parts = []
    for begin in range(0, len(codes_nl), _ROWS):
        raw_nf = np.asarray(_sums(convs, weights, codes_nl[begin : begin + _ROWS]), np.float64)
        raw_nf = raw_nf.reshape(-1, raw_nf.shape[-1])
        parts.append((len(raw_nf), raw_nf.mean(axis=0), raw_nf.var(axis=0)))
    count, mean, variance = (np.array(column) for column in zip(*parts, strict=True))
    whole = np.average(mean, axis=0, weights=count)
    return whole, np.sqrt(np.average(variance + np.square(mean - whole), axis=0, weights=count))


@functools.partial(jax.jit, static_argnums=0)
def _sums(convs: tuple[Conv, ...], weights: tuple[Weights, ...], codes_nl: jax.Array) -> jax.Array:
    h = dna.one_hot(codes_nl)
    for conv, below in zip(convs[:-1], weights[:-1], strict=True):
        h = pooled(conv, convolve(conv, below, h))
    return convolve(convs[-1], weights[-1], h)
