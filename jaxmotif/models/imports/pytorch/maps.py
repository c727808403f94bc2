"""Which maps a PyTorch network has, and how its heads end.

A map is what a convolution hands on, after the normalisation and the activation that follow it directly and
before its pooling, under the name of its module. Sums and products of branches, and recurrent layers, have
maps too.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from jaxmotif.models.imports import heads
from jaxmotif.models.imports.heads import Link
from jaxmotif.models.imports.pytorch.graph import Graph, Ref, Step
from jaxmotif.models.imports.pytorch.places import ACTIVATIONS, CONVOLUTIONS, NORMS, NOTHING, Places

_RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
_BRANCHES = ("add", "sub", "mul", "cat", "concat")
_SHAPES = ("view", "reshape", "squeeze", "unsqueeze", "flatten", *NOTHING)
# What values stay that are moved, picked, joined or averaged.
_KEEPS = (
    *_SHAPES,
    *("permute", "transpose", "t", "movedim", "select", "slice", "narrow", "index_select", "gather"),
    *("split", "chunk", "unbind", "getitem", "cat", "concat", "stack", "expand", "flip"),
    *("mean", "amax", "amin", "max", "min", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"),
    *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d"),
)
_LINKS: Mapping[str, Link] = {
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "_softmax": "softmax",
    "log_sigmoid": "log_sigmoid",
    "log_softmax": "log_softmax",
    "_log_softmax": "log_softmax",
}


class Map(NamedTuple):
    """A map: the name of its value, and its axis of channels."""

    value: str
    channels: int


def find(graph: Graph, shapes: Mapping[str, tuple[int, ...]], places: Places) -> dict[str, Map]:
    """Returns the maps by name, in the order of their operators.

    Args:
      graph: the network.
      shapes: of its values, for 2 sequences.
      places: where they look.
    """
    users, found, taken = graph.users(), {}, set()
    for step in graph.steps:
        kind = step.base
        branches = kind in _BRANCHES and len([one for one in step.reads if places.found.get(one)]) > 1
        if step.name not in shapes and kind not in _RECURRENT:
            continue
        if kind in CONVOLUTIONS:
            end = _end(users, shapes, step)
        elif branches:
            end = _end(users, shapes, step, NOTHING)
        elif kind in _RECURRENT and step.args[-1]:
            end = next((one.name for one in users.get(step.name, ()) if one.args[1:] == (0,)), "")
        else:
            continue
        channels = _channels(end, shapes, places, kind)
        if channels is None or end in taken:
            continue
        taken.add(end)
        found[_name(step, branches, found)] = Map(end, channels)
    return found


def _channels(end: str, shapes, places: Places, kind: str) -> int | None:
    """Axis of channels of a map; None if it is none."""
    shape, place = shapes.get(end, ()), places.found.get(end)
    wide = [axis for axis, size in enumerate(shape[2:], 2) if size != 1]
    if kind in CONVOLUTIONS:
        return 1 if len(wide) < 2 and len(shape) > 2 else None
    if len(shape) != 3 or shape[0] != 2:
        return None
    if kind in _RECURRENT:
        return 2
    return {1: 2, 2: 1}.get(place.axis) if place else None


def _end(users, shapes, step: Step, skipped=(*NORMS, *NOTHING)) -> str:
    """Name of the value behind the normalisation and the activation that alone follow."""
    name = step.name
    while len(users.get(name, ())) == 1:
        following = users[name][0]
        active = following.base in ACTIVATIONS
        first = following.args[0] if following.args else None
        inside = following.base in skipped or (not following.base and following.args[1:] == (0,))
        if first != Ref(name) or not (active or inside) or not _readable(following, shapes):
            break
        name = following.name
        if active:
            break
    return name if name in shapes else step.name


def _readable(step: Step, shapes) -> bool:
    return step.name in shapes or step.base in NORMS


def _name(step: Step, branches: bool, found) -> str:
    place = step.place or step.name
    name = f"{step.place}.{step.name}".lstrip(".") if branches else place
    while name in found:
        name += "_"
    return name


class Cut(NamedTuple):
    """How heads are read: {head: value}, {head: link}, operators that are left out, and heads of values that
    have been through a sigmoid or softmax which is not left out, and what they are."""

    heads: dict[str, str]
    links: dict[str, Link]
    without: frozenset[str]
    bounded: dict[str, Link]


def cut(graph: Graph, shapes: Mapping[str, tuple[int, ...]], channels: Mapping[str, int]) -> Cut:
    """Returns the heads that can be run, without a sigmoid, or softmax over channels, at their end."""
    users, read, links, without = graph.users(), {}, {}, set()
    steps, every = {step.name: step for step in graph.steps}, list(graph.heads.values())
    for head, value in graph.heads.items():
        if value not in shapes:
            continue
        read[head] = value
        name, shape = value, shapes[value]
        # Only what this head alone reads can be left out.
        while name in steps and len(users.get(name, ())) + every.count(name) == 1:
            step = steps[name]
            if step.base in _LINKS:
                dim = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim", -1)
                dim = dim % len(shapes[name]) if isinstance(dim, int) else None
                vector = math.prod(shape[1:]) == shape[-1] or len(shape) == 1
                if vector:
                    over = dim == 1 and len(shapes[name]) == 2
                else:
                    over = name == value and dim == channels[head]
                over = over and dim is not None and shapes[name][dim] > 1
                if over or _LINKS[step.base] in ("sigmoid", "log_sigmoid"):
                    links[head] = _LINKS[step.base]
                    without.add(name)
                break
            if step.base not in _SHAPES or not isinstance(step.args[0], Ref):
                break
            name = step.args[0].ref
    others = {head: _what(graph, steps, value) for head, value in read.items() if head not in links}
    return Cut(read, links, frozenset(without), {head: one for head, one in others.items() if one})


def _what(graph: Graph, steps: Mapping[str, Step], name: str) -> Link | None:
    """What a value is that comes from sigmoids or softmaxes only, see `heads.what`."""
    step = steps.get(name)
    if step is None:
        return None
    if step.base in _LINKS:
        return "log_probability" if _LINKS[step.base].startswith("log") else "probability"
    return heads.what([_what(graph, steps, one) for one in step.reads], step.base, step.base in _KEEPS)
