"""Which part of a motif keeps its consensus from activating a neuron: a window of another leaf put into it.

Wei et al. 2021, Methods, "Problematic neuron analysis": where leaves of one neuron have consensus sequences
that activate it and others that do not, a window of the one slides over the other. Where that makes it
activate the neuron, sequences of different motifs were laid on top of each other.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.neuronmotif.leaves.decoded import Decoded

# Letters of the paper's window: what a neuron of Basset's second layer reads.
WINDOW = 51


@dataclasses.dataclass(frozen=True, eq=False)
class SwapTest:
    """Activations of a sequence with a window of another one put into it, for every place of the window.

    Attributes:
      window: letters of it, w.
      shift: letters by which the donor was moved to the right, so that motifs lie on each other.
      before: activation of the sequence as it is.
      donor: of the other one, as it is.
      values: with the window that starts at 0, 1, ..., float32 (R - w + 1,).
      leaves: numbers of the two leaves, the one tested first; None for sequences given as such.
    """

    window: int
    shift: int
    before: float
    donor: float
    values: np.ndarray
    leaves: tuple[int, int] | None = None

    @property
    def starts(self) -> np.ndarray:
        """Starts of the windows that make the sequence activate the neuron, ascending, from 0."""
        return np.flatnonzero(self.values > 0)

    @property
    def shared(self) -> tuple[int, int] | None:
        """First letter, from 0, and end of what all these windows have in common; None for nothing."""
        starts = self.starts
        if not len(starts) or starts[-1] >= starts[0] + self.window:
            return None
        return int(starts[-1]), int(starts[0]) + self.window

    def __str__(self) -> str:
        width = len(self.values) + self.window - 1
        many = f"{len(self.starts)} of {len(self.values)} windows of {self.window} nt"
        if self.shared is None or not len(self.starts):
            return f"{many} activate it"
        low, high = self.shared
        return f"{many} activate it; all hold letters {low + 1} to {high} of {width}"


@jax.jit
def _activation(neuron: Any, codes_nr: jax.Array) -> jax.Array:
    return neuron.activation(codes_nr)


def swap_test(neuron: Any, inconsistent, consistent, *, window: int = WINDOW, shift: int = 0) -> SwapTest:
    """Puts windows of one sequence into another and asks whether it then activates a neuron.

    Args:
      neuron: one neuron's substructure of receptive field R; see `jm.neuron`.
      inconsistent: R letters that do not activate it: a string or codes uint8 (R,).
      consistent: R letters that do.
      window: letters, at most R; the paper's 51 by default. One as wide as R replaces everything.
      shift: letters by which `consistent` is first moved to the right (to the left if negative). Where it has
        no letters then, those of `inconsistent` stay.

    Raises:
      ValueError: for sequences of another length, letters other than A, C, G and T, or a window that does not
        fit.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> one = jm.neuron(net, layer=1, channel=0)
      >>> jm.swap_test(one, "A" * 19, "ACGT" * 4 + "ACG", window=5).values.shape
      (15,)
    """
    width = neuron.width
    rows = [
        _letters(name, one, width)
        for name, one in (("inconsistent", inconsistent), ("consistent", consistent))
    ]
    if not 1 <= window <= width:
        raise ValueError(f"window must be 1 to {width}, the receptive field, got {window}")
    column = np.arange(width)
    there = (column >= shift) & (column < width + shift)
    moved = np.where(there, rows[1][np.clip(column - shift, 0, width - 1)], rows[0])
    start = np.arange(width - window + 1)[:, None]
    swapped = np.where((column >= start) & (column < start + window), moved, rows[0])
    values = np.asarray(_activation(neuron, jnp.asarray(np.concatenate([rows, swapped]).astype(np.uint8))))
    return SwapTest(window, shift, float(values[0]), float(values[1]), values[2:])


def _letters(name: str, sequence, width: int) -> np.ndarray:
    codes = dna.encode([sequence])[0] if isinstance(sequence, str) else np.asarray(sequence)
    if codes.shape != (width,) or codes.dtype != np.uint8:
        raise ValueError(f"{name} must be {width} letters, got {codes.dtype} {codes.shape}")
    if codes.max() > 3:
        raise ValueError(f"{name} must be of A, C, G and T only")
    return codes


def best_shift(ppm_w4: np.ndarray, donor_w4: np.ndarray, most: int) -> int:
    """Returns by how many letters to move a motif to the right so that it lies on another one of its width.

    The largest sum of products of frequencies less 1/4, of moves of at most `most` letters; the smallest move
    of equals.
    """
    own, other = np.asarray(ppm_w4, float) - 0.25, np.asarray(donor_w4, float) - 0.25
    width = len(own)

    def score(shift):
        at = slice(max(shift, 0), width + min(shift, 0))
        return (own[at] * other[max(-shift, 0) : width - max(shift, 0)]).sum()

    return max(sorted(range(-most, most + 1), key=abs), key=score)


def of_neuron(neuron: Any, decoded: Decoded, index: int, regions: Regions = Regions()) -> SwapTest | None:
    """Returns the swap test of a neuron's leaf far from the diagonal with one near it; None without both.

    Tested is the leaf of most sequences whose consensus deviates or does not activate the neuron, with
    windows of the leaf whose consensus activates it most, moved by less than the product of the pool strides
    below.

    Args:
      neuron: the neuron's substructure.
      decoded: of its layer.
      index: of the neuron in `decoded`.
      regions: limits of the diagnosis.
    """
    # Near zero counts from the largest maximum of the whole layer.
    places = regions.of(decoded.leaf_maximum.reshape(-1), decoded.consensus.reshape(-1))
    places = places.reshape(decoded.nsites.shape)[index]
    reliable = decoded.nsites[index] >= regions.fewest
    off = np.flatnonzero(reliable & np.isin(places, ("deviating", "negative")))
    near = np.flatnonzero(reliable & (places == "consistent") & (decoded.consensus[index] > 0))
    if not len(off) or not len(near):
        return None
    tested = off[decoded.nsites[index][off].argmax()]
    donor = near[decoded.consensus[index][near].argmax()]
    ppm = decoded.ppm[index]
    found = swap_test(
        neuron,
        ppm[tested].argmax(axis=1).astype(np.uint8),
        ppm[donor].argmax(axis=1).astype(np.uint8),
        window=min(WINDOW, max(decoded.width // 2, 1)),
        shift=best_shift(ppm[tested], ppm[donor], min(neuron.geometry.shift, decoded.width) - 1),
    )
    return dataclasses.replace(found, leaves=(int(tested), int(donor)))
