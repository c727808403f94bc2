"""The windows of given sequences that neurons read: which activate them most, and the letters in them.

A window is as wide as the receptive field. All that lie wholly inside a sequence count, one for each position
of the convolution without padding. Sequences pass in batches; what is kept does not grow with their number.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching
from jaxmotif.models import host_blocks
from jaxmotif.models.spec import valid_lengths
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.substructure import Substructure, largest_array


class Strongest(NamedTuple):
    """Windows of each neuron, strongest first: activation, sequence and position on the map, (C, n) each.

    Activations are -inf where there are fewer windows.
    """

    values: np.ndarray
    sequences: np.ndarray
    positions: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Windows:
    """The windows of N sequences under C neurons of one convolution; made by `windows_under`.

    Attributes:
      name: of the network.
      neurons: their channels, (C,).
      substructure: of these neurons.
      codes_nl: the sequences, uint8 (N, L).
      one_each: of each sequence the strongest window alone counts, the first of equals.
      batch_size: sequences at a time.
    """

    name: str
    neurons: np.ndarray
    substructure: Substructure
    codes_nl: np.ndarray
    one_each: bool
    batch_size: int

    @property
    def width(self) -> int:
        """Letters of a window, R."""
        return self.substructure.width

    @property
    def step(self) -> int:
        """Letters between neighbouring windows."""
        return self.substructure.geometry.stride

    def letters(self, sequences_n, positions_n) -> np.ndarray:
        """Returns the windows at these positions of the map, uint8 (n, R)."""
        place_nr = np.asarray(positions_n)[:, None] * self.step + np.arange(self.width)
        return self.codes_nl[np.asarray(sequences_n)[:, None], place_nr]

    def strongest(self, count: int) -> Strongest:
        """Returns at most `count` windows of every neuron; equals in the order of sequences and positions.

        Raises:
          ValueError: for activations that are not finite.
        """
        best: Strongest | None = None
        positions = valid_lengths(self.substructure.convs, self.codes_nl.shape[1])[-1][0]
        own = jax.tree_util.Partial(host_blocks.fixed(_strongest, self.one_each, count), self.substructure)
        for index, (values, place, finite_c) in host_blocks.of_blocks(own, self.codes_nl, self.batch_size):
            if not finite_c.all():
                raise ValueError(
                    f"neuron {self.neurons[np.argmin(finite_c)]} of layer {self.substructure.layer} "
                    f"of {self.name} has activations that are not finite"
                )
            found = Strongest(values, index[place // positions], place % positions)
            if best is not None:
                found = Strongest(*(np.concatenate(pair, axis=1) for pair in zip(best, found, strict=True)))
            order = np.argsort(-found.values, axis=1, kind="stable")[:, :count]
            best = Strongest(*(np.take_along_axis(field, order, axis=1) for field in found))
        assert best is not None  # there is at least one batch
        return best

    def count(self, threshold_c) -> tuple[np.ndarray, np.ndarray]:
        """Letters of the windows above each threshold, float64 (C, R, 4), and how many these are, (C,)."""
        threshold_c = np.asarray(threshold_c, np.float32)
        letters, nsites = np.zeros((len(threshold_c), self.width, 4)), np.zeros(len(threshold_c), np.int64)
        function = host_blocks.fixed(_count, self.one_each)
        own = jax.tree_util.Partial(function, self.substructure, threshold_c)
        for _, (part, number) in host_blocks.of_blocks(own, self.codes_nl, self.batch_size):
            letters += part
            nsites += number
        return letters, nsites


def windows_under(
    network: chain.ConvChain,
    layer: int,
    neurons,
    sequences,
    one_each: bool = False,
    batch_size: int | None = None,
) -> Windows:
    """Returns the windows of `sequences`, uint8 (N, L), under `neurons` of convolution `layer`, from 1.

    Args:
      neurons: channels, from 0; None: all.
      one_each: of each sequence the strongest window alone counts.
      batch_size: sequences at a time; None chooses by memory.

    Raises:
      ValueError: for a layer or neuron that the network does not have, no neurons, or sequences of another
        type or shorter than the receptive field.
    """
    network.check_layer(layer)
    neurons = np.arange(network.channels(layer)) if neurons is None else np.asarray(neurons, dtype=np.int64)
    if neurons.ndim != 1 or not neurons.size:
        raise ValueError(f"neurons are one or more channels, not an array of shape {neurons.shape}")
    network.check_layer(layer, neurons)
    if not isinstance(network, chain.ConvChain):
        raise ValueError(f"windows need convolutions; {network.name} is made from a function")
    codes_nl, shape = batching.check_sequences(sequences), network.substructure(layer, neurons)
    count, length = codes_nl.shape
    if length < shape.width:
        raise ValueError(
            f"neurons of layer {layer} of {network.name} read {shape.width} letters, "
            f"but sequences have {length}"
        )
    if batch_size is None:
        batch_size = batching.default_batch_size(count, _floats(shape, length))
    return Windows(network.name, neurons, shape, codes_nl, one_each, batch_size)


def _floats(shape: Substructure, length: int) -> int:
    """Floats of the largest array that one sequence takes: in the network, or of all windows."""
    positions = valid_lengths(shape.convs, length)[-1][0]
    return max(largest_array(shape.convs, length), positions * max(shape.size, 4 * shape.width))


def _activations(substructure, codes_bl, valid_b, one_each: bool) -> tuple[jax.Array, jax.Array]:
    """Activations (B, P, C), -inf of windows that do not count, and whether each neuron is finite, (C,)."""
    raw_bpc = substructure.raw_map(dna.one_hot(codes_bl))
    counts = valid_b[:, None, None]
    if one_each:
        counts &= jnp.arange(raw_bpc.shape[1])[:, None] == raw_bpc.argmax(axis=1)[:, None]
    return jnp.where(counts, raw_bpc, -jnp.inf), jnp.isfinite(raw_bpc).all(axis=(0, 1))


def _strongest(one_each, count, substructure, codes_bl, valid_b):
    value_bpc, finite_c = _activations(substructure, codes_bl, valid_b, one_each)
    flat_cn = jnp.moveaxis(value_bpc, -1, 0).reshape(value_bpc.shape[2], -1)
    values, place = jax.lax.top_k(flat_cn, min(count, flat_cn.shape[1]))
    return values, place, finite_c


def _count(one_each, substructure, threshold_c, codes_bl, valid_b):
    value_bpc, _ = _activations(substructure, codes_bl, valid_b, one_each)
    takes_bpc, width, step = value_bpc > threshold_c, substructure.width, substructure.geometry.stride
    positions, neurons = value_bpc.shape[1:]
    window_bpr = codes_bl[:, np.arange(positions)[:, None] * step + np.arange(width)]
    rows = codes_bl.shape[0] * positions
    # Zeros and ones: exact in whatever precision a device multiplies them.
    takes = takes_bpc.reshape(rows, neurons).astype(jnp.float32)
    letters = takes.T @ dna.one_hot(window_bpr).reshape(rows, -1)
    return letters.reshape(neurons, width, 4), takes_bpc.sum(axis=(0, 1), dtype=jnp.int32)
