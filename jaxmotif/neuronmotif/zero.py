"""From which value on a neuron counts as active, where 0 has no meaning: a quantile over sequences.

NeuronMotif takes sequences with an activation above 0, as what a rectifier lets pass. A map behind a GELU or
SiLU, a sum of branches, a normalised or linear one has values below 0 that are handed on, and an exponential
one has none: there a neuron is active above a quantile of what it says of real sequences.
"""

import dataclasses
import os
import pathlib

import jax
import numpy as np

from jaxmotif import dna, files, keys
from jaxmotif.models.host_blocks import over_blocks
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.function_chain import FunctionChain

# Sequences that the quantile is of, at most; random ones where none are given.
SEQUENCES = 500
# Name of the file that keeps a layer's zeros in its folder.
FILE = "zero.npz"


def with_zero(
    network: chain.Chain,
    layer: int,
    quantile: float,
    sequences: np.ndarray | None = None,
    folder: str | os.PathLike | None = None,
) -> chain.Chain:
    """Returns the network with what counts as zero of each neuron of a layer.

    That is 0 for convolutions of ours, whose values are those before the activation, and for a map whose
    least value is exactly 0: it is rectified. Else it is a quantile over sequences and positions.

    Args:
      network: whose layer is decoded.
      layer: from 1.
      quantile: of activations; 0 leaves 0 as it is.
      sequences: uint8 (N, L), real ones; None, or of another length than the network's: random letters.
      folder: of the run, where the values are kept, so that a run that goes on has the same.

    Raises:
      ValueError: for a layer that is not there, or no position of which sees only letters of the sequence;
        for a folder of another quantile.
    """
    if not isinstance(network, FunctionChain) or not quantile:
        return network
    network.check_layer(layer)
    path = pathlib.Path(folder) / f"layer{layer}" / FILE if folder else None
    if path and path.exists():
        kept = files.load_npz(path)
        # Files of earlier versions do not say of which.
        if "quantile" in kept and kept["quantile"] != quantile:
            raise ValueError(f"{path} is of quantile {float(kept['quantile']):g}, not {quantile:g}")
        values = kept["zero"]
    else:
        values = of_layer(network, layer, quantile, sequences)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.save_npz(path, {"zero": values, "quantile": quantile})
    if not values.any():
        return network
    others = tuple(one for one in network.zeros if one[0] != layer)
    return dataclasses.replace(network, zeros=(*others, (layer, tuple(map(float, values)))))


def of_layer(
    network: FunctionChain, layer: int, quantile: float, sequences: np.ndarray | None = None
) -> np.ndarray:
    """Returns what counts as zero of each neuron, float32 (K,); see `with_zero`."""
    length = network.network.length
    if sequences is None or not len(sequences) or sequences.shape[1] != length:
        key = keys.stream(keys.root(0), "zero")
        sequences = np.asarray(jax.random.randint(key, (SEQUENCES, length), 0, 4), np.uint8)
    network.substructure(layer)  # it says what is wrong where no position lies wholly in the sequence
    own = network.network.geometry(layer)
    features = network.network.features(layer)
    values = over_blocks(jax.tree_util.Partial(_values, features), _some(sequences))
    first, last = -(-own.left // own.jump), (length - own.width + own.left) // own.jump
    inside = values[:, first : last + 1]
    if inside.min() == 0:
        return np.zeros(values.shape[2], np.float32)
    return np.quantile(inside, quantile, axis=(0, 1)).astype(np.float32)


def _values(features, codes_bl: jax.Array) -> jax.Array:
    return features(dna.one_hot(codes_bl))


def _some(codes_nl: np.ndarray) -> np.ndarray:
    """At most `SEQUENCES` of them, evenly over all."""
    count = min(len(codes_nl), SEQUENCES)
    return codes_nl[np.arange(count) * len(codes_nl) // count]
