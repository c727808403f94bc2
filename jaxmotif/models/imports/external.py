"""Networks of other programs as ours: what is the same for Keras, PyTorch and any function.

A loader makes a pure function (variables, x (B, L, 4)) -> ({head: (B, ...)}, {map: (B, P, K)}) of the foreign
network, heads and maps in its order; `inputs` fills what such a network reads. `finish` makes a `Network` of
it: heads of one value or vector per sequence become its outputs, its maps are numbered from 1.
"""

import dataclasses
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, files
from jaxmotif.models import up_to
from jaxmotif.models.geometry import Geometry
from jaxmotif.models.imports import heads as heads_of
from jaxmotif.models.imports.heads import LINKS, Head, Link, class_names
from jaxmotif.models.network import Network

CHECKED = 32  # sequences on which outputs are compared
# Outputs that differ by more of the largest are not those of the same function.
SAME = 1e-2


@dataclasses.dataclass(frozen=True, eq=False)
class Foreign:
    """A network of another program, as a pure function.

    Attributes:
      name: of the network.
      function: (variables, x (B, L, 4)) -> ({head: (B, ...)}, {map: (B, P, K)}).
      variables: weights, any pytree of arrays.
      length: of the sequences, nt.
      links: activations that `function` leaves out behind a head; what it does not name is linear.
      bounded: {head: "probability" or "log_probability"} of those whose values come from a sigmoid or
        softmax, or the logarithm of one, that `function` does not leave out, see `heads.what`.
      geometry: where maps look, where known.
      maps_up_to: (variables, x (B, L, 4), name) -> {map: (B, P, K)}, a map and those that it is computed
        from, without anything else; None: `function` is run for them.
      reference: x (B, L, 4) -> {head: (B, ...)}, the outputs computed in another way, links included.
      against: what `reference` is, in words.
      notes: what the user should know.
      alphabet: "ACGT", or "ACGU" for RNA.
    """

    name: str
    function: Callable
    variables: Any
    length: int
    links: Mapping[str, Link] = dataclasses.field(default_factory=dict)
    bounded: Mapping[str, Link] = dataclasses.field(default_factory=dict)
    geometry: Mapping[str, Geometry] = dataclasses.field(default_factory=dict)
    maps_up_to: Callable | None = None
    reference: Callable | None = None
    against: str = ""
    notes: tuple[str, ...] = ()
    alphabet: str = dna.ALPHABET


@dataclasses.dataclass(frozen=True, eq=False)
class Options:
    """How a network of another program is opened: what cannot be read off its file.

    Attributes:
      architecture: a file that says what the weights are of.
      head: the only head to read, see `finish`.
      position: of a head with positions, the one to read, from 0; None: their sum.
      custom_objects: {name: layer, or function of arrays} of what the program does not know by itself.
      inputs: {name: array, number or function of x} of the inputs that are no sequence.
      alphabet: order of the input channels.
      length: of the sequences, nt, where the network reads any.
      safe_mode: whether code that lies in the file is left alone.
      reference: an .npz of stored inputs and outputs, see `read_stored`.
      module: "package.module:Class" of what weights of PyTorch are of.
      task: what it was trained for, where its last layer is linear; None: labels, of which values are logits.
    """

    architecture: str | os.PathLike | None = None
    head: str | None = None
    position: int | None = None
    custom_objects: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    inputs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    alphabet: str = dna.ALPHABET
    length: int | None = None
    safe_mode: bool = True
    reference: str | os.PathLike | None = None
    module: str | None = None
    task: str | None = None

    @property
    def plain(self) -> bool:
        """Whether nothing is chosen but the alphabet, the length and the reference."""
        asked = self.architecture or self.head or self.custom_objects or self.inputs
        return not asked and self.position is None


@dataclasses.dataclass(frozen=True, eq=False)
class Loaded:
    """A foreign network, opened.

    Attributes:
      network: outputs are logits, maps are numbered in the order of the forward pass.
      heads: all of the foreign network's.
      map_names: of the maps, first first.
      map_shapes: positions and channels of each.
      notes: what the user should know.
      check: largest absolute difference of outputs on random sequences to `against`; None if there is
        nothing to compare with.
      against: what outputs were compared with.
    """

    network: Network
    heads: tuple[Head, ...]
    map_names: tuple[str, ...]
    map_shapes: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]
    check: float | None
    against: str

    def lines(self) -> list[str]:
        """Returns what was opened, in lines to print."""
        found = [f"{self.network!r}", "heads:" if self.heads else "heads: none"]
        for head in self.heads:
            shape = " x ".join(map(str, head.shape)) or "1"
            left = "" if head.read else ", left out"
            found.append(f"  {head.name}  {shape}  {head.link}{left}")
        found.append("maps (number, name, positions x channels):" if self.map_names else "maps: none")
        for number, (name, (positions, channels)) in enumerate(
            zip(self.map_names, self.map_shapes, strict=True), 1
        ):
            found.append(f"  {number}  {name}  {positions} x {channels}  {self._sees(number)}")
        return [*found, *(f"note: {note}" for note in self.notes), self.checked]

    def _sees(self, number: int) -> str:
        try:
            one = self.network.geometry(number)
        except ValueError:
            return "receptive field not known"
        return f"sees {one.width} nt in steps of {one.jump}"

    @property
    def checked(self) -> str:
        """What came out of the comparison of outputs, in a line."""
        if self.check is None:
            return "outputs were not compared: there is nothing to compare them with"
        return f"largest difference of outputs to {self.against}: {self.check:.2g}"


def finish(
    foreign: Foreign,
    head: str | None = None,
    stored: Mapping[str, np.ndarray] | None = None,
    position: int | None = None,
    task: str | None = None,
) -> Loaded:
    """Returns a foreign network as one of ours.

    Heads of one value or vector per sequence are its outputs, one behind the other: classes HEAD, or HEAD/0,
    HEAD/1, ... A last sigmoid or softmax is not computed: outputs are logits, for softmax log p / (1 - p), so
    that the logistic function of each gives what the network says; so are they where one lies further down
    and a head says numbers between 0 and 1 only, of random sequences. Heads with positions (profiles) are
    left out, unless one is chosen, or is the only one. At one position it is a vector like others; else
    outputs are the sums over positions of what it says, with a last sigmoid or softmax: values, not logits.

    Args:
      foreign: the network.
      head: the only head to read; None: all that give one vector per sequence.
      position: of a head with positions, from 0; None: their sum.
      stored: {"x": one-hot (N, L, 4), head or "y": its outputs} to compare with instead of
        `foreign.reference`.
      task: what the network was trained for, where it is known: values between 0 and 1 may be values.

    Raises:
      ValueError: for a head or position that is not there, outputs that are not those of the other program,
        and as `Network.from_function`.
    """
    shapes, maps = _shapes(foreign)
    chosen = heads_of.chosen(shapes, head)
    summed = heads_of.summed(shapes, chosen, position)
    links: dict[str, Link] = {name: foreign.links.get(name, "linear") for name in shapes}
    if task is None:
        links |= _probabilities(foreign, [name for name in chosen if name in foreign.bounded])
    heads = tuple(Head(name, shape, links[name], name in chosen) for name, shape in shapes.items())
    network = Network.from_function(
        _as_ours(foreign, tuple(chosen), tuple(maps), links, position),
        foreign.length,
        variables=foreign.variables,
        classes=[name for one in chosen for name in class_names(one, shapes[one])],
        layers={n: foreign.geometry[name] for n, name in enumerate(maps, 1) if name in foreign.geometry},
        alphabet=foreign.alphabet,
        task="regression" if summed else "multilabel",
    )
    check, against = _compared(foreign, links, stored)
    notes = (*foreign.notes, *heads_of.notes(heads, position))
    loaded = Loaded(network, heads, tuple(maps), tuple(maps.values()), notes, check, against)
    said = (*notes, loaded.checked)
    named = dataclasses.replace(network, map_names=tuple(maps), notes=said)
    return dataclasses.replace(loaded, network=named)


def as_map(value: jax.Array, channels: int = -1) -> jax.Array | None:
    """Returns an array (B, ...) of a layer as a map (B, P, K), or None if it has more than one long axis.

    Args:
      value: a layer's output.
      channels: its axis of channels.
    """
    moved = jnp.moveaxis(value, channels, -1)
    wide = [size for size in moved.shape[1:-1] if size != 1]
    if value.ndim < 3 or len(wide) > 1:
        return None
    return moved.reshape(moved.shape[0], wide[0] if wide else 1, moved.shape[-1])


def read_stored(path: str | os.PathLike, back: Callable) -> dict[str, np.ndarray]:
    """Reads stored outputs, an .npz with "x" (or "x0") in the network's own layout, and "y" or heads by name.

    Args:
      path: the file.
      back: from an array of the network's sequence input to one-hot (N, L, 4), `Arrangement.back`.

    Raises:
      ValueError: for a file that cannot be read or has no "x".
    """
    found = files.load_npz(path)
    name = next((name for name in ("x", "x0") if name in found), None)
    if name is None:
        raise ValueError(f'{path} has no inputs "x"; it has: {", ".join(found) or "nothing"}')
    outputs = {other: value for other, value in found.items() if other != name}
    return {"x": back(found[name]), **outputs}


def _shapes(foreign: Foreign) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, int]]]:
    """Shapes of heads and of maps without the batch, in the network's order."""
    order: list[list[str]] = []  # tracing sorts names

    def traced(variables, x_bl4):
        heads, maps = foreign.function(variables, x_bl4)
        order[:] = [list(heads), list(maps)]
        return heads, maps

    x = jax.ShapeDtypeStruct((2, foreign.length, 4), jnp.float32)
    heads, maps = jax.eval_shape(traced, foreign.variables, x)
    return {n: heads[n].shape[1:] for n in order[0]}, {n: maps[n].shape[1:] for n in order[1]}


def _probabilities(foreign: Foreign, heads: Sequence[str]) -> dict[str, Link]:
    """Those of some heads that say what they may say, numbers from 0 to 1 only, or up to 0: logarithms."""
    if not heads:
        return {}
    codes = np.random.default_rng(1).integers(0, 4, (CHECKED, foreign.length))
    function = jax.jit(lambda variables, x: {name: foreign.function(variables, x)[0][name] for name in heads})
    said = jax.device_get(function(foreign.variables, np.eye(4, dtype=np.float32)[codes]))
    ends = {"probability": (0, 1), "log_probability": (-np.inf, 0)}

    def within(name: str) -> bool:
        least, most = ends[foreign.bounded[name]]
        value = np.asarray(said[name], np.float32)
        return bool(value.size and least <= value.min() and value.max() <= most)

    return {name: foreign.bounded[name] for name in heads if within(name)}


def _as_ours(foreign: Foreign, chosen, maps, links, position: int | None) -> Callable:
    """(variables, x (B, L, 4)) -> (logits (B, T), {number: map (B, P, K)})."""

    def function(variables, x_bl4):
        layer, logits = up_to.wanted(), []
        if layer is not None and foreign.maps_up_to is not None and 0 < layer <= len(maps):
            found = foreign.maps_up_to(variables, x_bl4, maps[layer - 1])
        else:
            heads, found = foreign.function(variables, x_bl4)
            logits = [heads_of.outputs(heads[name], links[name], position) for name in chosen]
        logits_bt = jnp.concatenate(logits, axis=1) if logits else jnp.zeros((x_bl4.shape[0], 0))
        every = {n: found[name] for n, name in enumerate(maps, 1) if name in found}
        return logits_bt, {n: one.astype(jnp.float32) for n, one in every.items()}

    function.__name__ = foreign.name
    return function


def _compared(foreign: Foreign, links, stored) -> tuple[float | None, str]:
    """Largest absolute difference of outputs to others, and what these are."""
    if stored is not None:
        x, against = np.asarray(stored["x"], np.float32), f"stored ones on {len(stored['x'])} sequences"
    elif foreign.reference is not None:
        codes = np.random.default_rng(0).integers(0, 4, (CHECKED, foreign.length))
        x, against = np.eye(4, dtype=np.float32)[codes], f"{foreign.against} on {CHECKED} random sequences"
    else:
        return None, ""
    heads = dict(_with_links(foreign, links)(foreign.variables, jnp.asarray(x)))
    wanted = stored if foreign.reference is None or stored is not None else foreign.reference(x)
    if stored is not None and "y" in stored and len(heads) == 1:
        wanted = {next(iter(heads)): stored["y"]}
    largest = [_difference(one, wanted[name]) for name, one in heads.items() if wanted and name in wanted]
    if stored is None and wanted and largest:
        most = max(float(np.abs(wanted[name]).max(initial=0)) for name in heads if name in wanted)
        if not max(largest) <= SAME * max(most, 1.0):  # nor where one is not a number
            raise ValueError(
                f"{foreign.name}: outputs differ by up to {max(largest):.2g} from {against}: what was opened "
                "is not the same function"
            )
    return (max(largest), against) if largest else (None, "")


def _with_links(foreign: Foreign, links) -> Callable:
    def function(variables, x_bl4):
        heads, _ = foreign.function(variables, x_bl4)
        return {name: LINKS[links[name]](value.astype(jnp.float32)) for name, value in heads.items()}

    return jax.jit(function)


def _difference(ours, other) -> float:
    ours, other = np.asarray(ours), np.asarray(other)
    if ours.size != other.size:
        raise ValueError(f"outputs are {ours.shape}, those to compare with {other.shape}")
    found = np.abs(ours.reshape(other.shape) - other)
    return float(found.max()) if math.prod(found.shape) else 0.0
