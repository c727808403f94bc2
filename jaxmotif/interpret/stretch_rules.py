"""What operations of JAX make of a stretch of a map, by name: (step, operands, whole result) -> `Local`.

An operation of several results has a list of them. A rule returns None where the result is no stretch: it is
then computed from whole maps.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxmotif.interpret import programs
from jaxmotif.interpret.stretches import Local, Place
from jaxmotif.models import layers


def _one(given) -> Local | None:
    """The first operand, if only it has changed, by a stretch."""
    first, *others = given
    return first if isinstance(first, Local) and not any(isinstance(o, Local) for o in others) else None


def _made(local: Local, window, axis: int, place: Place, base) -> Local | None:
    """A map with a stretch; None where the stretch is the whole of it."""
    return Local(base, window, axis, place, local.position) if window.shape[axis] < base.shape[axis] else None


def _joined(given, base, axis: int | None, call: Callable) -> Local | None:
    """`call` of the same stretch of all operands of one shape."""
    local = [one for one in given if isinstance(one, Local)]
    first = local[0]
    axis = first.axis if axis is None else axis
    if any((one.axis, one.size, one.place[:2]) != (axis, first.size, first.place[:2]) for one in local):
        return None
    place = Place(*first.place[:2], min(one.place.low for one in local), max(one.place.high for one in local))
    size, width = first.size, place.width(first.size)
    if width == size or base.ndim <= axis or base.shape[axis] != size:
        return None
    start = place.start(first.position, size)

    def stretch(one):
        if isinstance(one, Local):
            return one.window if one.place == place else one.within(place)
        one = jnp.asarray(one)
        if one.ndim == 0 or one.shape[axis] == 1:  # the same at all positions
            return one
        return jax.lax.dynamic_slice_in_dim(one, start, width, axis)

    return _made(first, call(*map(stretch, given)), axis, place, base)


def _elementwise(step, given, base):
    return _joined(given, base, None, lambda *parts: step(*parts)[0])


def _concatenate(step, given, base):
    axis = next(one.axis for one in given if isinstance(one, Local))
    if step.params["dimension"] == axis:
        return None
    return _joined(given, base, None, lambda *parts: jnp.concatenate(parts, step.params["dimension"]))


class _Windows(NamedTuple):
    """Windows over positions: they begin at stride * output - left and end `span` positions further on."""

    stride: int
    span: int
    left: int
    fill: Any = 0.0


def _windowed(local: Local, base, axis: int, windows: _Windows, call: Callable) -> Local | None:
    """What windows make of a stretch: `call` of what they read, without padding."""
    place = local.place.read_by(*windows[:3])
    size = base.shape[axis]
    width = place.width(size)
    read = (width - 1) * windows.stride + windows.span + 1
    if width >= size or read > local.size:
        return None
    start = place.start(local.position, size) * windows.stride - windows.left
    return _made(local, call(local.stretch(start, read, windows.fill)), axis, place, base)


def _convolution(step, given, base):
    local, params = _one(given), step.params
    if local is None or params["batch_group_count"] > 1:
        return None
    numbers = params["dimension_numbers"]
    spatial = [*numbers.lhs_spec[2:]]
    if local.axis not in spatial:
        return None
    at = spatial.index(local.axis)
    if params["lhs_dilation"][at] != 1:
        return None
    kernel = given[1]
    rate, stride = params["rhs_dilation"][at], params["window_strides"][at]
    span = (kernel.shape[numbers.rhs_spec[2 + at]] - 1) * rate
    left, right = params["padding"][at]
    # Other numbers than float32 are rounded as the operation itself does, or they would not cancel.
    single = {one.dtype for one in (local.base, kernel, base)} == {jnp.dtype(jnp.float32)}
    plain = single and len(spatial) == 1 and params["feature_group_count"] == 1 and not params["precision"]
    o, i, k = numbers.rhs_spec[:3]
    kernel_kcf = kernel.transpose(k, i, o) if plain else kernel

    def call(x):
        if plain:
            b, c, _ = numbers.lhs_spec
            found = layers.conv1d(
                x.transpose(b, local.axis, c), kernel_kcf, stride=stride, padding="VALID", rate=rate
            )
            return _placed(found, numbers)
        padding = [side if n != at else (0, 0) for n, side in enumerate(params["padding"])]
        return step.primitive.bind(x, kernel, **{**params, "padding": tuple(padding)})

    windowed = functools.partial(
        _windowed, local, base, numbers.out_spec[2 + at], _Windows(stride, span, left), call
    )
    if not (plain and stride == 1 and min(left, right) >= 0 and max(left, right) <= span):
        return windowed()
    direct = lambda: getattr(windowed(), "window", None)
    if jax.eval_shape(direct) is None:
        return None
    taps = _Taps(rate, span, left, right)
    place = local.place.read_by(1, span, left)
    window = jax.lax.cond(
        _is_small(local.base) & _is_small(base),
        lambda: _added(local, base, kernel_kcf, taps, numbers),
        direct,
    )
    return _made(local, window, numbers.out_spec[2], place, base)


# A change that is added to what was there is exact to the last digits of that: of large numbers, as behind
# exponentials and masks, too little is left.
_SMALL = 1e3


def _is_small(base) -> jax.Array:
    return jnp.abs(base).max() <= _SMALL  # no for NaN


class _Taps(NamedTuple):
    """Of a kernel: how far apart its positions lie, from the first to the last one, and the padding."""

    rate: int
    span: int
    left: int
    right: int


def _placed(found_bpf, numbers):
    """What a convolution says, (B, P, F), with the axes of its own result."""
    order = [0, 0, 0]
    for axis, value in zip(numbers.out_spec, (0, 2, 1), strict=True):
        order[axis] = value
    return found_bpf.transpose(order)


def _added(local: Local, base, kernel_kcf, taps: _Taps, numbers) -> jax.Array:
    """What a convolution of stride 1 makes of a stretch: its result before, and what the change adds.

    It is linear, so every position that has changed is multiplied by the kernel once, and nothing around it
    is read.
    """
    rate, span, left, right = taps
    axis = numbers.out_spec[2]
    place = local.place.read_by(1, span, left)
    size, own = base.shape[axis], local.window.shape[local.axis]
    b, c, _ = numbers.lhs_spec
    change_bwc = local.change().transpose(b, local.axis, c)
    every_bwkf = jnp.einsum("bwc,kcf->bwkf", change_bwc, kernel_kcf)
    sides = lambda k: ((0, 0), (span - k * rate, k * rate), (0, 0))
    sums_bpf = sum(jnp.pad(every_bwkf[:, :, k], sides(k)) for k in range(kernel_kcf.shape[0]))
    start = place.start(local.position, size)
    # Where one of the stretches ends with its map they lie otherwise to each other.
    shift = local.place.start(local.position, local.size) + left - span - start
    padded = jnp.pad(sums_bpf, ((0, 0), (span - right, span - left), (0, 0)))
    added_bpf = jax.lax.dynamic_slice_in_dim(padded, span - right - shift, own + span, 1)
    before = jax.lax.dynamic_slice_in_dim(base, start, place.width(size), axis)
    return before + _placed(added_bpf, numbers)


def _pooled(fill: float) -> Callable:
    def rule(step, given, base):
        local, params = _one(given), step.params
        if local is None or params["base_dilation"][local.axis] != 1:
            return None
        axis = local.axis
        stride = params["window_strides"][axis]
        span = (params["window_dimensions"][axis] - 1) * params["window_dilation"][axis]
        padding = [side if n != axis else (0, 0) for n, side in enumerate(params["padding"])]
        call = lambda x: step.primitive.bind(x, **{**params, "padding": tuple(padding)})
        windows = _Windows(stride, span, params["padding"][axis][0], fill)
        return _windowed(local, base, axis, windows, call)

    return rule


def _dot(step, given, base):
    numbers = step.params["dimension_numbers"]
    (lhs_contracted, rhs_contracted), (lhs_batch, rhs_batch) = numbers
    moved = [isinstance(one, Local) for one in given]
    if sum(moved) != 1:
        return None
    side = moved.index(True)
    local = given[side]
    contracted, batch = (lhs_contracted, lhs_batch) if side == 0 else (rhs_contracted, rhs_batch)
    if local.axis in (*contracted, *batch):
        return None
    free = [axis for axis in range(local.base.ndim) if axis not in (*contracted, *batch)]
    axis = len(batch) + free.index(local.axis)
    if side == 1:
        axis += given[0].ndim - len(lhs_contracted) - len(lhs_batch)
    parts = [one.window if isinstance(one, Local) else one for one in given]
    return _made(local, step(*parts)[0], axis, local.place, base)


def _transpose(step, given, base):
    (local,) = given
    axis = list(step.params["permutation"]).index(local.axis)
    return _made(local, step(local.window)[0], axis, local.place, base)


def _broadcast(step, given, base):
    local, axis = given[0], step.params["broadcast_dimensions"][given[0].axis]
    if base.shape[axis] != local.size or len(given) > 1:
        return None
    shape = [*base.shape]
    shape[axis] = local.window.shape[local.axis]
    dimensions = step.params["broadcast_dimensions"]
    return _made(local, jax.lax.broadcast_in_dim(local.window, shape, dimensions), axis, local.place, base)


def _reshape(step, given, base):
    """Keeps the axis of positions, or splits it into groups of them."""
    local = given[0]
    before = math.prod(local.base.shape[: local.axis])
    axis = next((a for a in range(base.ndim) if math.prod(base.shape[:a]) == before), None)
    while axis is not None and axis < base.ndim and base.shape[axis] == 1 != local.size:
        axis += 1
    if axis is None or axis >= base.ndim or local.size % base.shape[axis] or len(given) > 1:
        return None
    group, inner, after = local.size // base.shape[axis], 1, axis + 1
    while inner < group and after < base.ndim:
        inner, after = inner * base.shape[after], after + 1
    if inner != group:
        return None
    place = local.place._replace(jump=local.place.jump * group)
    width = place.width(base.shape[axis])
    if width >= base.shape[axis]:
        return None
    if group == 1:
        window = local.window
    else:
        start = place.start(local.position, base.shape[axis])
        window = local.stretch(start * group, width * group)
    shape = [*base.shape]
    shape[axis] = width
    return _made(local, window.reshape(shape), axis, place, base)


def _squeeze(step, given, base):
    (local,) = given
    dimensions = step.params["dimensions"]
    axis = local.axis - sum(one < local.axis for one in dimensions)
    return _made(local, jnp.squeeze(local.window, dimensions), axis, local.place, base)


def _slice(step, given, base):
    (local,) = given
    axis, params = local.axis, step.params
    strides = params["strides"] or (1,) * local.base.ndim
    first, stride = params["start_indices"][axis], strides[axis]

    def call(x):
        own = lambda values, one: [one if n == axis else value for n, value in enumerate(values)]
        limits = own(params["limit_indices"], x.shape[axis])
        return jax.lax.slice(x, own(params["start_indices"], 0), limits, own(strides, stride))

    return _windowed(local, base, axis, _Windows(stride, 0, -first), call)


def _pad(step, given, base):
    local = _one(given)
    if local is None:
        return None
    low, _, inside = step.params["padding_config"][local.axis]
    if inside:
        return None
    sides = [one if n != local.axis else (0, 0, 0) for n, one in enumerate(step.params["padding_config"])]
    call = lambda x: jax.lax.pad(x, given[1], sides)
    return _windowed(local, base, local.axis, _Windows(1, 0, low, given[1]), call)


def _reduce(step, given, base):
    local = given[0]
    if local.axis in step.params["axes"]:
        if step.primitive.name != "reduce_sum":
            return None
        # Only the stretch differs from what the whole map has summed to.
        return base + local.change().sum(step.params["axes"])
    axis = local.axis - sum(one < local.axis for one in step.params["axes"])
    if len(given) > 1:
        return None
    return _made(local, step(local.window)[0], axis, local.place, base)


def _split(step, given, base):
    """Several maps, as of gates; their bases are split again, which the compiler sees to be the same."""
    (local,) = given
    if step.params["axis"] == local.axis:
        return None
    return [
        local._replace(base=before, window=after)
        for before, after in zip(step(local.base), step(local.window), strict=True)
    ]


def _gather(step, given, base):
    """Takes from other axes, such as letters in another order, and all positions."""
    local, params = _one(given), step.params
    if local is None:
        return None
    numbers, sizes = params["dimension_numbers"], [*params["slice_sizes"]]
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    if local.axis in (*numbers.start_index_map, *gone):
        return None
    if sizes[local.axis] != local.size:
        return None
    left = [axis for axis in range(local.base.ndim) if axis not in gone]
    sizes[local.axis] = local.window.shape[local.axis]
    found = step.primitive.bind(local.window, given[1], **{**params, "slice_sizes": tuple(sizes)})
    return _made(local, found, numbers.offset_dims[left.index(local.axis)], local.place, base)


def _reverse(step, given, base):
    (local,) = given
    dimensions, size, place = step.params["dimensions"], local.size, local.place
    if local.axis not in dimensions:
        return _made(local, jax.lax.rev(local.window, dimensions), local.axis, place, base)
    end = place.jump * (size - 1) + place.jump - 1
    turned = Place(-place.sign, place.jump, end - place.high, end - place.low)
    width = turned.width(size)
    start = size - width - turned.start(local.position, size)
    return _made(local, jax.lax.rev(local.stretch(start, width), dimensions), local.axis, turned, base)


RULES: dict[str, Callable] = {
    **dict.fromkeys(programs.ELEMENTWISE, _elementwise),
    **dict.fromkeys(("reduce_sum", "reduce_max", "reduce_min", "reduce_prod"), _reduce),
    **dict.fromkeys(("argmax", "reduce_and", "reduce_or"), _reduce),
    "conv_general_dilated": _convolution,
    "reduce_window_max": _pooled(-jnp.inf),
    "reduce_window_min": _pooled(jnp.inf),
    "reduce_window_sum": _pooled(0.0),
    "dot_general": _dot,
    "transpose": _transpose,
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _squeeze,
    "slice": _slice,
    "pad": _pad,
    "concatenate": _concatenate,
    "gather": _gather,
    "split": _split,
    "rev": _reverse,
}
