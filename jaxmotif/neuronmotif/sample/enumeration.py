"""Short receptive fields: every sequence there is, in a stream.

4^12 sequences are 16.8 million. Two passes: the largest activation of every neuron, then its bins. What comes
out is exact: maximum, the number of sequences in each bin and their letters. A uniform sample of
every bin goes on to decoupling, as if a search had found it.
"""

import concurrent.futures
import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import cores, dna
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.sample import reservoir
from jaxmotif.neuronmotif.settings import Sampling
from jaxmotif.neuronmotif.substructure import Substructure, convolve

# Letters that a block runs through; the letters before them number the blocks.
BLOCK_LETTERS = 7


class Enumerated(NamedTuple):
    """All 4^R sequences of C neurons, in `bins` bins of (0, maximum] each.

    Attributes:
      neurons: channels, (C,).
      maximum: of the activation, (C,).
      counts: sequences with positive activation in each bin, (C, bins).
      sums: of their activations, (C, bins).
      letters: of these sequences at every position, (C, bins, R, 4).
      samples: of each neuron.
    """

    neurons: np.ndarray
    maximum: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    letters: np.ndarray
    samples: list[reservoir.Sample]


def block(number, width: int) -> jax.Array:
    """Sequences 4^k * number and following, uint8 (4^k, width), first letter most significant."""
    inner = min(width, BLOCK_LETTERS)
    index = jnp.arange(4**inner, dtype=jnp.uint32)
    letters = [(index >> (2 * (inner - 1 - place))) & 3 for place in range(inner)]
    outer = width - inner
    front = [jnp.full_like(index, (number >> (2 * (outer - 1 - place))) & 3) for place in range(outer)]
    return jnp.stack(front + letters, axis=1).astype(jnp.uint8)


def _in_parallel(function, width: int):
    """`function` of the blocks' numbers; on a CPU of as many equal parts of them as there are cores."""
    numbers = jnp.arange(4 ** max(width - BLOCK_LETTERS, 0), dtype=jnp.uint32)
    most = cores.usable() if jax.default_backend() == "cpu" else 1
    parts = 1 << min(most.bit_length() - 1, int(len(numbers)).bit_length() - 1)
    with concurrent.futures.ThreadPoolExecutor(max_workers=parts) as workers:
        # Blocked until ready inside the thread: the parts run beside each other.
        yield from workers.map(lambda part: jax.block_until_ready(function(part)), jnp.split(numbers, parts))


def _evaluate(substructure: Substructure):
    """A function of a block's number: its sequences and their activations (4^k, C).

    The first convolution is linear in the letters: what the running letters give is one table for all
    blocks, to which a block adds what its leading letters give.
    """
    width, layer = substructure.width, substructure.layer
    if not substructure.letters_add:

        def every(number):
            codes = block(number, width)
            return codes, substructure.activation(codes)

        return every
    first_conv = substructure.convs[0]
    outer = width - min(width, BLOCK_LETTERS)

    def first(x):
        return substructure.raw_map(x) if layer == 1 else convolve(first_conv, substructure.below[0], x)

    inner = first(dna.one_hot(block(jnp.uint32(0), width)).at[:, :outer].set(0.0))
    nothing = first(jnp.zeros((1, width, 4)))

    def evaluate(number):
        codes = block(number, width)
        lead = first(dna.one_hot(codes[:1]).at[:, outer:].set(0.0)) - nothing
        h = inner + lead
        if layer == 1:
            return codes, h[:, 0]
        return codes, substructure.activation_of(h, 1) + substructure.bias

    return evaluate


@jax.jit
def _maximum(substructure: Substructure, numbers):
    evaluate = _evaluate(substructure)

    def step(highest, number):
        return jnp.maximum(highest, evaluate(number)[1].max(axis=0)), None

    return jax.lax.scan(step, jnp.full(substructure.size, -jnp.inf), numbers)[0]


def _letter_counts(high, low, totals, outer: int):
    """Letters at every place, (cells, R, 4), of counts by leading and by trailing letters of a block.

    Args:
      high: of each cell by the first letters of a block, (cells, 4^h).
      low: by the letters after these, (cells, 4^l).
      totals: by the letters that number the blocks, (cells, outer, 4).
    """
    found = [totals] if outer else []
    for counts in (high, low):
        letters = round(math.log(counts.shape[1], 4))
        for place in range(letters):
            by_place = counts.reshape(len(counts), 4**place, 4, -1).sum(axis=(1, 3))
            found.append(by_place[:, None])
    return jnp.concatenate(found, axis=1)


@functools.partial(jax.jit, static_argnames=("bins", "slots"))
def _fill(substructure: Substructure, maximum_c, numbers, bins: int, slots: int):
    width = substructure.width
    evaluate, neurons = _evaluate(substructure), maximum_c.shape[0]
    inner = min(width, BLOCK_LETTERS)
    outer, low = width - inner, inner // 2
    cells, index = neurons * bins, jnp.arange(4**inner)[:, None]
    starts = jnp.arange(neurons) * bins

    def counted(cell, by, size: int):
        return jnp.zeros(cells * size).at[cell * size + by].add(1.0, mode="drop").reshape(cells, size)

    def step(carry, number):
        high_counts, low_counts, block_counts, sums, kept = carry
        codes, values = evaluate(number)
        place = jnp.clip(jnp.ceil(values / jnp.maximum(maximum_c, 1e-30) * bins) - 1, 0, bins - 1)
        # A sum over all 4^12 rounds, of one block hardly; counts stay exact up to 2^24, which 4^12 is.
        cell = jnp.where(values > 0, place.astype(jnp.int32) + starts, cells)
        by_high = counted(cell, index // 4**low, 4 ** (inner - low))
        lead = dna.one_hot(codes[:1])[0, :outer]
        carry = (
            high_counts + by_high,
            low_counts + counted(cell, index % 4**low, 4**low),
            block_counts + by_high.sum(axis=1)[:, None, None] * lead,
            sums + jnp.zeros(cells).at[cell].add(values, mode="drop"),
            reservoir.record_each(kept, codes, values),
        )
        return carry, None

    # Rows of the reservoir at once as high as they have to be in the end.
    unit = jnp.maximum(maximum_c, 1e-30) / (0.75 * reservoir.ROWS)
    kept = jax.vmap(lambda unit: reservoir.empty(width, slots)._replace(unit=unit))(unit)
    start = (
        jnp.zeros((cells, 4 ** (inner - low))),
        jnp.zeros((cells, 4**low)),
        jnp.zeros((cells, outer, 4)),
        jnp.zeros(cells),
        kept,
    )
    high_counts, low_counts, block_counts, sums, kept = jax.lax.scan(step, start, numbers)[0]
    letters = _letter_counts(high_counts, low_counts, block_counts, outer)
    by_bin = (neurons, bins)
    return (
        high_counts.sum(axis=1).reshape(by_bin),
        sums.reshape(by_bin),
        letters.reshape(*by_bin, width, 4),
        kept,
    )


def _joined(parts):
    """Counts added, samples united."""
    counts, sums, letters, kept = parts[0]
    for other in parts[1:]:
        counts, sums, letters = counts + other[0], sums + other[1], letters + other[2]
        kept = jax.vmap(lambda a, b: reservoir.united(a, b, 2.0))(kept, other[3])
    return counts, sums, letters, kept


def enumerate_neurons(
    network: chain.ConvChain, layer: int, neurons, settings: Sampling, chunk: int = 32
) -> Enumerated:
    """Returns every sequence of the receptive field of these neurons of convolution `layer`, from 1.

    Raises:
      ValueError: for a layer that is not there, or a receptive field above 12 letters.
    """
    whole = network.substructure(layer)
    width = whole.width
    if width > whole.enumerable:
        raise ValueError(
            f"layer {layer} of {network.name} sees {width} letters; "
            f"{whole.enumerable} at most can be enumerated"
        )
    neurons, parts = np.asarray(neurons), []
    slots = reservoir.slots_for(settings.cap)
    for first in range(0, len(neurons), chunk):
        some = whole.select(neurons[first : first + chunk])
        maximum = jnp.stack(list(_in_parallel(functools.partial(_maximum, some), width))).max(axis=0)
        fill = functools.partial(_fill, some, maximum, bins=settings.bins, slots=slots)
        filled = _joined(list(_in_parallel(fill, width)))
        parts.append((np.asarray(maximum), *jax.tree.map(np.asarray, filled)))
    kept = [
        jax.tree.map(lambda leaf, at=at: leaf[at], part[4]) for part in parts for at in range(len(part[0]))
    ]
    samples = [reservoir.sample(one, settings.bins, settings.cap, settings.floor) for one in kept]
    maximum, counts, sums, letters = (np.concatenate([part[i] for part in parts]) for i in range(4))
    return Enumerated(neurons, maximum, counts, sums, letters, samples)


def ppm(counts_b: np.ndarray, sums_b: np.ndarray, letters_br4: np.ndarray) -> np.ndarray:
    """Returns the motif of bins, (R, 4): letters' frequencies weighted by mean activations (Methods).

    Bins without sequences count nothing; 0.25 where all are empty.
    """
    filled = counts_b > 0
    if not filled.any():
        return np.full(letters_br4.shape[1:], 0.25)
    means = sums_b[filled] / counts_b[filled]
    frequencies = letters_br4[filled] / counts_b[filled][:, None, None]
    total = np.einsum("b,brc->rc", means, frequencies)
    return total / total.sum(axis=1, keepdims=True)
