"""What is known of the neurons of one convolution once it is decoded, as arrays, and on disk."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxmotif import dna, files

# R-hat of a neuron that no walkers were sampled for.
UNKNOWN = (np.nan,) * 4
# What R-hat is of.
STATISTICS = ("activation", "letters", "place", "distance")


class Neuron(NamedTuple):
    """What is known of one neuron: fields of `Decoded` without the axis of neurons, in their file's order."""

    dead: bool
    reason: str
    exact: bool
    maximum: float
    generations: int
    samples: int
    ppm: np.ndarray
    nsites: np.ndarray
    leaf_maximum: np.ndarray
    consensus: np.ndarray
    drawn: np.ndarray
    agreement: float
    best: np.ndarray
    steps: int = 0
    rhat: np.ndarray | Sequence[float] = UNKNOWN


@dataclasses.dataclass(frozen=True)
class Decoded:
    """C neurons of one convolution, T leaves each, on receptive fields of R letters.

    A leaf is one combination of positions in the pooling windows on the way to the neuron. Its number is
    written in mixed radix, the digit of the deepest pooling first: `digits`.

    Attributes:
      name: of the network.
      layer: number of the convolution, from 1.
      neurons: channel of each neuron, from 0, (C,).
      radix: pool size behind each digit of a leaf's number, most significant (deepest) digit first; with
        repeated decoupling every pooling stands there as often. Their product is T.
      pooled: the convolution (from 1) each digit's pooling follows.
      dead: no sequence was found, or exists, that activates the neuron, (C,).
      reason: how that is known: "bound" (no sequence can, proven), "enumerated" (all were tried),
        "sampled" (none was found), or "" for a live one, C strings.
      exact: whether `maximum` is the true one: enumerated, or of a first layer.
      maximum: largest activation found, (C,).
      generations: of the genetic algorithm, 0 where everything was enumerated, (C,).
      samples: distinct sequences the motifs are made of, (C,).
      ppm: of each leaf, float32 (C, T, R, 4); 0.25 where a leaf is empty.
      nsites: sequences in each leaf, 0 where it is empty, (C, T).
      leaf_maximum: largest activation of a leaf's sequences, (C, T).
      consensus: activation of the most probable letters of the leaf's PPM, (C, T).
      drawn: mean activation of sequences drawn from the leaf's PPM, (C, T).
      agreement: adjusted Rand index of the two ways of decoupling, NaN where there is one leaf, (C,).
      best: the sequence with the largest activation, uint8 (C, R).
      alphabet: that motifs are written in, "ACGT" or, for RNA, "ACGU".
      steps: of the walk behind the sample, (C,); None in files of former versions.
      rhat: how far groups of walkers from different starts still differ, of each of STATISTICS, (C, 4); 1 is
        mixed, NaN where nobody walked. See `sample.mixing`.
      zero: what counts as zero of each neuron, by which all activations here are less than the network's own,
        (C,); None: 0.
      halves: whether digits are halves of cuts by the maps in `pooled` (see `leaves.by_maps`), not places in
        the pooling windows behind these.
    """

    name: str
    layer: int
    neurons: np.ndarray
    radix: tuple[int, ...]
    pooled: tuple[int, ...]
    dead: np.ndarray
    reason: tuple[str, ...]
    exact: np.ndarray
    maximum: np.ndarray
    generations: np.ndarray
    samples: np.ndarray
    ppm: np.ndarray
    nsites: np.ndarray
    leaf_maximum: np.ndarray
    consensus: np.ndarray
    drawn: np.ndarray
    agreement: np.ndarray
    best: np.ndarray
    alphabet: str = dna.ALPHABET
    steps: np.ndarray | None = None
    rhat: np.ndarray | None = None
    zero: np.ndarray | None = None
    halves: bool = False

    @property
    def mixing(self) -> np.ndarray:
        """The largest R-hat of each neuron, (C,); NaN where nobody walked."""
        if self.rhat is None:
            return np.full(len(self.neurons), np.nan)
        return np.asarray(self.rhat).max(axis=1)

    @classmethod
    def of_neurons(cls, parts: Sequence[Neuron], **fields) -> "Decoded":
        """Returns the layer of these neurons; `fields` are those that the neurons share, and `neurons`."""
        columns: dict[str, Any] = {
            name: np.stack([np.asarray(getattr(part, name)) for part in parts]) for name in Neuron._fields
        }
        columns["reason"] = tuple(str(reason) for reason in columns["reason"])
        return cls(**fields, **columns)

    @property
    def leaves(self) -> int:
        return self.ppm.shape[1]

    @property
    def width(self) -> int:
        return self.ppm.shape[2]

    def digits(self) -> np.ndarray:
        """Digits of every leaf's number, (T, digits): offsets in the pooling windows, deepest first."""
        if not self.radix:
            return np.zeros((1, 0), dtype=np.int64)
        return np.stack(np.unravel_index(np.arange(self.leaves), self.radix), axis=1)


_TEXT = ("name", "layer", "radix", "pooled", "reason", "alphabet", "halves")


def save(path: str | os.PathLike, decoded: Decoded) -> None:
    """Writes one compressed .npz, at once or not at all."""
    arrays = {field.name: np.asarray(getattr(decoded, field.name)) for field in dataclasses.fields(decoded)}
    arrays["reason"] = np.asarray(decoded.reason, dtype=np.str_)
    if decoded.rhat is None:
        del arrays["rhat"], arrays["steps"]
    if decoded.zero is None:
        del arrays["zero"]
    if decoded.alphabet == dna.ALPHABET:  # what a file without it means
        del arrays["alphabet"]
    with files.atomic_path(path) as temporary, temporary.open("wb") as stream:
        # numpy's stub takes any keyword for `allow_pickle`.
        np.savez_compressed(stream, **arrays)  # pyrefly: ignore[bad-argument-type]


def load(path: str | os.PathLike) -> Decoded:
    """Returns what `save` wrote.

    Raises:
      ValueError: if it is not there or damaged.
    """
    arrays = {"alphabet": np.asarray(dna.ALPHABET), **files.load_npz(path)}
    with files.reading(path):
        dna.check_alphabet(str(arrays["alphabet"]))
        values: dict[str, Any] = {
            field.name: arrays[field.name]
            for field in dataclasses.fields(Decoded)
            if field.name in arrays or field.name not in ("steps", "rhat", "zero", "halves")
        }
        for name in set(_TEXT) & set(values):
            values[name] = values[name].tolist()
            if isinstance(values[name], list):
                values[name] = tuple(values[name])
        return Decoded(**values)
