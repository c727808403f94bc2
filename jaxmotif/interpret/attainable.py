"""The largest activation that a first-layer filter could have, whatever the sequence."""

import jax.numpy as jnp
import numpy as np

from jaxmotif.models.network import Network


def largest_activations(network: Network, member: int = 0) -> np.ndarray:
    """Returns the largest activation of each filter of the first convolution, float (K,).

    Before its activation such a filter is a sum of one weight per position, times the scale of batch
    normalisation, and activations grow with it: the largest is that of the word of each position's largest
    weight, or smallest where the scale is negative. Both words are put in the middle of a sequence and read.

    Args:
      network: made from a specification.
      member: whose filters, from 0.

    Raises:
      ValueError: for a network made from a function, whose weights are not known.
    """
    if not network.spec:
        raise ValueError(f"{network.name} is made from a function: the largest activation is not known")
    kernel_wck = np.asarray(network.member(member).variables["params"]["conv1"]["kernel"])[0]
    width, _, filters = kernel_wck.shape
    geometry = network.geometry(1)
    # A window within the sequence.
    position = -(-geometry.left // geometry.jump)
    start = position * geometry.jump - geometry.left
    if start + width > network.length:
        raise ValueError(f"{network.name}: no window of {width} nt lies within {network.length} nt")
    x_2kl4 = np.zeros((2, filters, network.length, 4), np.float32)
    for row, best in enumerate((kernel_wck.argmax(axis=1), kernel_wck.argmin(axis=1))):
        x_2kl4[row, np.arange(filters)[:, None], start + np.arange(width), best.T] = 1
    map_bpk = network.features(1, member)(jnp.asarray(x_2kl4.reshape(-1, network.length, 4)))
    at_2kk = np.asarray(map_bpk)[:, position].reshape(2, filters, filters)
    return at_2kk[:, np.arange(filters), np.arange(filters)].max(axis=0)
