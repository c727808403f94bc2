"""What a network of another program reads, filled from one-hot sequences."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna


class Input(NamedTuple):
    """An input of a network.

    Attributes:
      name: of the input.
      shape: without the batch; None where any size goes.
    """

    name: str
    shape: tuple[int | None, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Arrangement:
    """How the inputs of a network are filled from x (B, L, 4).

    Attributes:
      inputs: of the network, in its order.
      sequence: which of them is the sequence, by name.
      length: of the sequences, L, in nt.
      axes: of the sequence's input without the batch: that of positions, that of letters.
      letters: for each channel of the sequence's input the channel of x.
      given: {name: array, or function of x} of the other inputs.
    """

    inputs: tuple[Input, ...]
    sequence: str
    length: int
    axes: tuple[int, int]
    letters: tuple[int, ...]
    given: Mapping[str, Any]

    def __call__(self, x_bl4: jax.Array) -> tuple[jax.Array, ...]:
        """Returns the arrays of all inputs, in order, of sequences one-hot (B, L, 4).

        Sequences of another length than the network's are those that maps below its heads are read in.
        """
        return tuple(self._of(one, x_bl4) for one in self.inputs)

    def back(self, sequence) -> np.ndarray:
        """Returns one-hot (B, L, 4) of an array of the sequence's input."""
        batch = len(sequence)
        moved = np.moveaxis(np.asarray(sequence), [1 + axis for axis in self.axes], [1, 2])
        return moved.reshape(batch, self.length, 4)[..., np.argsort(self.letters)]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth saying: another order than (length, 4), and inputs that were given."""
        shape = next(one.shape for one in self.inputs if one.name == self.sequence)
        found = []
        if len(shape) != 2 or self.axes != (0, 1):
            shown = ["1"] * len(shape)
            shown[self.axes[0]], shown[self.axes[1]] = str(self.length), "4"
            found.append(f"input {self.sequence!r} is read as ({', '.join(shown)})")
        if self.letters != (0, 1, 2, 3):
            found.append(f"its channels are {''.join(dna.ALPHABET[i] for i in self.letters)}")
        others = [one.name for one in self.inputs if one.name != self.sequence]
        if others:
            found.append(f"the same for every sequence unless a function was given: {', '.join(others)}")
        return tuple(found)

    def _of(self, one: Input, x_bl4: jax.Array) -> jax.Array:
        batch = x_bl4.shape[0]
        if one.name == self.sequence:
            x = x_bl4 if self.letters == (0, 1, 2, 3) else x_bl4[..., list(self.letters)]
            if self.axes[0] > self.axes[1]:
                x = jnp.swapaxes(x, 1, 2)
            return x.reshape(batch, *_sized(one, x_bl4.shape[1], self.axes))
        value = self.given[one.name]
        if callable(value):
            return value(x_bl4)
        shape = tuple(x_bl4.shape[1] if size is None else size for size in one.shape)
        return jnp.broadcast_to(jnp.asarray(value), (batch, *shape))


def arranged(
    inputs: Sequence[Input],
    length: int | None = None,
    alphabet: str = dna.ALPHABET,
    given: Mapping[str, Any] | None = None,
) -> Arrangement:
    """Returns how to fill `inputs`, of which one is the sequence: 4 wide, long, and 1 wide on other axes.

    Args:
      inputs: of the network.
      length: nt, where the network reads any length.
      alphabet: order of its input channels; T may be written as U.
      given: the inputs that are no sequence, by name: an array without the batch (or a number), the same for
        every sequence, or a function of x (B, L, 4) such as `dna.reverse_complement_one_hot`.

    Raises:
      ValueError: if none is a sequence, or several are; for inputs that are missing or of another shape, a
        length that is missing or another one, an alphabet that is not ACGT reordered.
    """
    given = dict(given or {})
    order = alphabet.replace("U", "T")
    if sorted(order) != sorted(dna.ALPHABET):
        raise ValueError(f"the alphabet must hold each of {dna.ALPHABET} once, got {alphabet!r}")
    known = {one.name: one.shape for one in inputs}
    for name in given:
        if name not in known:
            raise ValueError(f"there is no input {name!r}; inputs: {_listed(known)}")
    found = {
        name: axes
        for name, shape in known.items()
        if name not in given and (axes := _axes(shape)) is not None
    }
    if len(found) != 1:
        what = f"{', '.join(found)} could each be" if found else "none of them is"
        raise ValueError(
            f"{what} the sequence, which is 4 wide; inputs: {_listed(known)}"
            + ("; give the others by inputs={NAME: array}" if found else "")
        )
    (sequence, axes), *_ = found.items()
    for name, shape in known.items():
        if name != sequence and name not in given:
            raise ValueError(
                f"input {name!r} {_shape(shape)} is no sequence: give it by inputs={{NAME: array}}"
            )
    own = known[sequence][axes[0]]
    if own is None and not length:
        raise ValueError(
            f"input {sequence!r} {_shape(known[sequence])} is of any length: say which, length=L"
        )
    if own is not None and length and length != own:
        raise ValueError(f"input {sequence!r} reads {own} nt, not {length}")
    for name, value in given.items():
        _check(name, known[name], value)
    letters = tuple(dna.ALPHABET.index(letter) for letter in order)
    return Arrangement(tuple(inputs), sequence, own or length or 0, axes, letters, given)


def _axes(shape: tuple[int | None, ...]) -> tuple[int, int] | None:
    """Axes of positions and of letters of a sequence's input; None if it is no sequence."""
    wide = [axis for axis, size in enumerate(shape) if size != 1]
    four = [axis for axis in wide if shape[axis] == 4]
    if len(wide) != 2 or not four:
        return None
    letters = four[-1]
    return next(axis for axis in wide if axis != letters), letters


def _sized(one: Input, length: int, axes: tuple[int, int]) -> list[int]:
    """The shape of a sequence's input."""
    shape = [1] * len(one.shape)
    shape[axes[0]], shape[axes[1]] = length, 4
    return shape


def _check(name: str, shape: tuple[int | None, ...], value: Callable | Any) -> None:
    if callable(value):
        return
    found = np.shape(value)
    sizes = zip(reversed(found), reversed(shape), strict=False)
    if len(found) > len(shape) or any(
        size not in (1, wanted) and wanted is not None for size, wanted in sizes
    ):
        raise ValueError(f"input {name!r} is {_shape(shape)}, not {found}")


def _listed(known: Mapping[str, tuple[int | None, ...]]) -> str:
    return ", ".join(f"{name!r} {_shape(shape)}" for name, shape in known.items())


def _shape(shape: Sequence[int | None]) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"
