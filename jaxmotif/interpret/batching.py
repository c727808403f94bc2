"""Sequences in batches of one shape, so that what runs on them is compiled once."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import blocks

# Floats of the largest array of a batch. 8 MB or so stays near the caches of a CPU, and is enough
# to keep an accelerator's matrix units busy.
_TARGET_FLOATS = 2_000_000


class Geometry(NamedTuple):
    """How the positions of a feature map lie on the sequence.

    Position p covers sequence positions [p * stride - left, p * stride - left + width).
    """

    length: int  # of the sequences
    positions: int
    filters: int
    width: int
    left: int
    stride: int

    def starts(self) -> np.ndarray:
        """Returns the first sequence position under every map position, (P,); negative beyond the start."""
        return np.arange(self.positions) * self.stride - self.left


def check_sequences(sequences) -> np.ndarray:
    """Returns `sequences` (codes, strings of one length, or a data set) as a numpy array of base codes.

    Raises:
      ValueError: unless they are uint8 (N, L) with N, L >= 1.
    """
    codes_nl = np.asarray(dna.as_codes(sequences))
    if codes_nl.ndim != 2 or codes_nl.dtype != np.uint8 or codes_nl.size == 0:
        raise ValueError(f"sequences are base codes, uint8 (N, L), not {codes_nl.dtype} {codes_nl.shape}")
    return codes_nl


def as_partial(function: Callable) -> jax.tree_util.Partial:
    """Returns `function` as a pytree that can be an argument of a jitted function.

    A `jax.tree_util.Partial(apply, params)` passes as it is: its parameters are then arguments of
    the compiled program, and the members of an ensemble share one compilation.
    """
    if isinstance(function, jax.tree_util.Partial):
        return function
    return jax.tree_util.Partial(function)


def shape_of(function: Callable, x: jax.ShapeDtypeStruct) -> tuple[int, ...]:
    """Returns the shape of what `function` makes of an array, which is traced for it once."""
    return jax.eval_shape(_called, as_partial(function), x).shape


def _called(function, x):
    return function(x)


def geometry(features: Callable, codes_nl: np.ndarray, width: int, left: int, stride: int) -> Geometry:
    """Returns the shape of the map that `features` makes of these sequences, and its place on them.

    Raises:
      ValueError: if the map is not (B, P, K), or its positions do not lie on the sequences.
    """
    length = codes_nl.shape[1]
    if width < 1 or stride < 1:
        raise ValueError(f"width and stride must be at least 1, got {width} and {stride}")
    shape = shape_of(features, jax.ShapeDtypeStruct((1, length, 4), jnp.float32))
    if len(shape) != 3 or shape[0] != 1:
        raise ValueError(f"features must map (1, {length}, 4) to (1, P, K), got {shape}")
    first, last = -left, (shape[1] - 1) * stride - left
    if first + width <= 0 or last >= length:
        raise ValueError(
            f"a map of {shape[1]} positions with left={left}, stride={stride}, width={width} "
            f"covers {first} to {last + width}, but the sequence 0 to {length}"
        )
    return Geometry(length, shape[1], shape[2], width, left, stride)


def default_batch_size(count: int, floats_per_row: int) -> int:
    """Returns how many rows keep the largest intermediate array at a moderate size.

    Fewer where there are few: see `blocks.block_rows`.
    """
    return blocks.block_rows(count, int(np.clip(_TARGET_FLOATS // max(floats_per_row, 1), 1, 1024)))
