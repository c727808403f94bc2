"""Where the maps of a Keras network look, as far as it follows from the settings of its layers."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif.models.geometry import Geometry
from jaxmotif.models.imports.inputs import Arrangement
from jaxmotif.models.imports.keras import maps, ops
from jaxmotif.models.imports.keras.graph import INPUT, Call
from jaxmotif.models.imports.keras.layers import Layers

_SLIDING = ("Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D")
_MAX, _MEAN = ("MaxPooling1D", "MaxPooling2D"), ("AveragePooling1D", "AveragePooling2D")
_SHAPES = ("Reshape", "ExpandDims", "Squeeze", "expand_dims", "squeeze", "reshape")
_UNCHANGED = ("ActivityRegularization", "Identity", "Rescaling")


class Place(NamedTuple):
    """Position p of an axis of a tensor sees [p * jump - left, p * jump - left + width) of the sequence."""

    axis: int
    width: int = 1
    left: int = 0
    jump: int = 1


def geometry(layers: Layers, found: Sequence[maps.Map], inputs: Arrangement) -> dict[str, Geometry]:
    """Returns where maps look, {name: geometry}, of those of which it follows from settings.

    Raises:
      ValueError: for a Conv1D that slides over letters, not over positions.
    """
    places: list[Place | None] = []
    for number, call in enumerate(layers.graph.calls):
        if call.kind == INPUT:
            own = call.path == inputs.sequence
            places.append(Place(1 + inputs.axes[0]) if own else None)
        elif layers.shapes[number]:
            read = [places[value.call] for value in call.reads]
            sizes = [layers.shape(value) for value in call.reads]
            places.append(_behind(call, read, sizes, layers.shapes[number][0][1:]))
        else:
            places.append(None)
    known = {}
    for one in found:
        place = places[one.value.call]
        if place is not None:
            pool = _pool(layers, one.value.call, place.axis)
            known[one.name] = Geometry(place.width, place.left, place.jump, pool)
    return known


def _behind(call: Call, read: Sequence[Place | None], sizes, out) -> Place | None:
    """Where a call's tensor looks, from where those that it reads do."""
    if not read or any(place is None for place in read):
        return None
    first, *others = [place for place in read if place is not None]
    if call.kind in maps.MERGES and others:
        return _union([first, *others])
    if others or len(read) != 1:
        return None
    shape = sizes[0]
    if call.kind in (*_SLIDING, *_MAX, *_MEAN):
        return _slid(call, first, shape)
    if call.kind in ("ZeroPadding1D", "Cropping1D") and first.axis == 1:
        amount = call.settings["padding" if call.kind.startswith("Zero") else "cropping"]
        before = amount if isinstance(amount, int) else amount[0]
        sign = 1 if call.kind.startswith("Zero") else -1
        return first._replace(left=first.left + sign * before * first.jump)
    if call.kind == "Permute":
        return first._replace(axis=1 + list(call.settings["dims"]).index(first.axis))
    if call.kind in _SHAPES or call.settings.get("function") in _SHAPES:
        return _reshaped(first, shape, out)
    if call.kind == "Dense":
        return first if first.axis < len(shape) else None
    if call.kind in maps.NORMS:
        axis = call.settings.get("axis", -1)
        axes = [axis] if isinstance(axis, int) else list(axis)
        own = {len(shape) + 1 + one if one < 0 else one for one in axes}
        if (
            call.kind in ("BatchNormalization", "LayerNormalization", "RMSNormalization")
            and first.axis not in own
        ):
            return first
        return None
    # Of a tensor and a number.
    same = call.kind in (*maps.MERGES, *maps.DROPOUTS, *_UNCHANGED) or maps.is_activation(call)
    if same or (call.kind in ops.KINDS and ops.elementwise(call.settings.get("function", ""))):
        return first
    return None


def _slid(call: Call, place: Place, shape) -> Place | None:
    """Behind a convolution or pooling."""
    flat = call.kind.endswith("1D")
    start = 2 if maps.channels_axis(call) == 1 else 1
    index = place.axis - start
    if not 0 <= index < (1 if flat else 2):
        if flat and "Conv" in call.kind and place[1:] == (1, 0, 1):
            raise ValueError(
                f"{call} slides over the letters, not over the positions, of {tuple(shape)}: the sequences "
                "that it was trained on had their axes exchanged"
            )
        return None
    pooling = "Pooling" in call.kind
    size = _of(call, "pool_size" if pooling else "kernel_size", index, 1)
    step = _of(call, "strides", index, size if pooling else 1)
    wide = (size - 1) * (1 if pooling else _of(call, "dilation_rate", index, 1)) + 1
    padding = call.settings.get("padding") or "valid"
    before = 0
    if padding == "same":
        positions = shape[place.axis - 1]
        before = max((-(-positions // step) - 1) * step + wide - positions, 0) // 2
    elif padding == "causal":
        before = wide - 1
    return Place(
        place.axis,
        place.width + (wide - 1) * place.jump,
        place.left + before * place.jump,
        place.jump * step,
    )


def _of(call: Call, field: str, index: int, default: int) -> int:
    value = call.settings.get(field)
    if value is None:
        return default
    return int(value[min(index, len(value) - 1)] if isinstance(value, (list, tuple)) else value)


def _union(places: Sequence[Place]) -> Place | None:
    """Where the same positions of several tensors look together."""
    first = places[0]
    if any((one.axis, one.jump) != (first.axis, first.jump) for one in places):
        return None
    left = max(one.left for one in places)
    end = max(one.width - one.left for one in places)
    return first._replace(left=left, width=left + end)


def _reshaped(place: Place, shape, out) -> Place | None:
    """Behind what adds or takes away axes of 1."""
    before = [axis for axis, size in enumerate(shape, 1) if size != 1]
    after = [axis for axis, size in enumerate(out, 1) if size != 1]
    if [shape[axis - 1] for axis in before] != [out[axis - 1] for axis in after] or place.axis not in before:
        return None
    return place._replace(axis=after[before.index(place.axis)])


def _pool(layers: Layers, number: int, axis: int) -> int:
    """Positions of a call's tensor that a max-pooling behind it takes as one, without a rest or overlap."""
    graph, readers = layers.graph, layers.graph.readers()
    positions = layers.shapes[number][0][axis]
    while len(readers[number]) == 1:
        number = readers[number][0]
        call = graph.calls[number]
        if call.kind in _MAX:
            index = axis - (2 if maps.channels_axis(call) == 1 else 1)
            size = _of(call, "pool_size", index, 1)
            whole = call.settings.get("padding") != "same" or (positions or 0) % size == 0
            return size if whole and _of(call, "strides", index, size) == size else 1
        if call.kind not in maps.DROPOUTS:
            break
    return 1
