"""Operators that move, cut and join arrays."""

import math

import jax
import jax.numpy as jnp

from jaxmotif.models.imports.pytorch.operators import axes, dtype, operator


@operator("sym_size", "size")
def size(x, dim=None):
    return x.shape if dim is None else x.shape[dim]


@operator("sym_numel", "numel")
def numel(x):
    return x.size


@operator("view", "reshape", "_unsafe_view", "_reshape_alias", "view_copy")
def view(x, shape, *args):
    return x.reshape(shape) if isinstance(shape, (list, tuple)) else x.view(dtype(shape))


@operator("view_as", "reshape_as")
def view_as(x, other):
    return x.reshape(other.shape)


@operator("flatten")
def flatten(x, start_dim=0, end_dim=-1):
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])


@operator("unflatten")
def unflatten(x, dim, sizes):
    dim %= x.ndim
    sizes = list(sizes)
    if -1 in sizes:
        sizes[sizes.index(-1)] = x.shape[dim] // -math.prod(sizes)
    return x.reshape(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])


@operator("permute", "permute_copy")
def permute(x, dims):
    return jnp.transpose(x, [axis % x.ndim for axis in dims])


@operator("transpose", "swapaxes", "swapdims", "transpose_copy")
def transpose(x, dim0, dim1):
    return jnp.swapaxes(x, dim0, dim1) if x.ndim else x


@operator("t", "numpy_T", "mT")
def turned(x):
    return x if x.ndim < 2 else jnp.swapaxes(x, -1, -2)


@operator("movedim", "moveaxis")
def movedim(x, source, destination):
    return jnp.moveaxis(x, source, destination)


@operator("squeeze", "squeeze_copy")
def squeeze(x, dim=None):
    return jnp.squeeze(x, tuple(axis for axis in axes(dim, x.ndim) if x.shape[axis] == 1))


@operator("unsqueeze", "unsqueeze_copy")
def unsqueeze(x, dim):
    return jnp.expand_dims(x, dim)


@operator("expand", "expand_copy")
def expand(x, size, implicit=False):
    padded = (1,) * (len(size) - x.ndim) + x.shape
    return jnp.broadcast_to(x, [own if one == -1 else one for one, own in zip(size, padded, strict=True)])


@operator("expand_as")
def expand_as(x, other):
    return jnp.broadcast_to(x, other.shape)


@operator("repeat", "tile")
def repeat(x, repeats):
    return jnp.tile(x, repeats)


@operator("repeat_interleave.self_int")
def repeat_interleave(x, repeats, dim=None, output_size=None):
    return jnp.repeat(x, repeats, axis=dim)


@operator("flip")
def flip(x, dims):
    return jnp.flip(x, dims)


@operator("roll")
def roll(x, shifts, dims=()):
    return jnp.roll(x, shifts, axis=tuple(dims) or None)


@operator("cat", "concat", "concatenate")
def cat(tensors, dim=0):
    # PyTorch lets empty vectors be joined with anything.
    return jnp.concatenate([one for one in tensors if one.shape != (0,)], axis=dim)


@operator("stack")
def stack(tensors, dim=0):
    return jnp.stack(tensors, axis=dim)


@operator("split", "split_with_sizes", "split_copy", "split_with_sizes_copy", "unsafe_split")
def split(x, split_size, dim=0):
    length = x.shape[dim]
    if isinstance(split_size, int):
        cuts = list(range(split_size, length, split_size))
    else:
        cuts = [sum(split_size[: n + 1]) for n in range(len(split_size) - 1)]
    return tuple(jnp.split(x, cuts, axis=dim))


@operator("chunk")
def chunk(x, chunks, dim=0):
    return split(x, -(-x.shape[dim] // chunks), dim)


@operator("unbind", "unbind_copy")
def unbind(x, dim=0):
    return tuple(jnp.moveaxis(x, dim, 0))


@operator("slice", "slice_copy")
def cut(x, dim=0, start=None, end=None, step=1):
    return x[_at(x, dim, slice(start, end, step))]


@operator("narrow")
def narrow(x, dim, start, length):
    start %= x.shape[dim]
    return x[_at(x, dim, slice(start, start + length))]


@operator("select", "select_copy")
def select(x, dim, index):
    return x[_at(x, dim, index)]


@operator("slice_scatter")
def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    return x.at[_at(x, dim, slice(start, end, step))].set(src)


@operator("select_scatter")
def select_scatter(x, src, dim, index):
    return x.at[_at(x, dim, index)].set(src)


def _at(x, dim: int, what) -> tuple:
    return (slice(None),) * (dim % x.ndim) + (what,)


@operator("copy")
def copy(x, src, non_blocking=False):
    return jnp.broadcast_to(src, x.shape).astype(x.dtype)


@operator("index", "_unsafe_index")
def index(x, indices):
    return x[tuple(slice(None) if one is None else one for one in indices)]


@operator("index_put", "_unsafe_index_put")
def index_put(x, indices, values, accumulate=False):
    place = x.at[tuple(slice(None) if one is None else one for one in indices)]
    return place.add(values) if accumulate else place.set(values)


@operator("index_select")
def index_select(x, dim, index):
    return jnp.take(x, index, axis=dim)


@operator("gather")
def gather(x, dim, index, sparse_grad=False):
    return jnp.take_along_axis(x, index, axis=dim)


@operator("unfold", "unfold_copy")
def unfold(x, dimension, size, step):
    starts = range(0, x.shape[dimension] - size + 1, step)
    pieces = [x[_at(x, dimension, slice(start, start + size))] for start in starts]
    return jnp.stack([jnp.moveaxis(one, dimension, -1) for one in pieces], axis=dimension % x.ndim)


@operator("tril")
def tril(x, diagonal=0):
    return jnp.tril(x, diagonal)


@operator("triu")
def triu(x, diagonal=0):
    return jnp.triu(x, diagonal)


@operator("diagonal")
def diagonal(x, offset=0, dim1=0, dim2=1):
    return jnp.diagonal(x, offset, dim1, dim2)


@operator("pad", "constant_pad_nd")
def pad(x, pad, mode="constant", value=None):
    if not isinstance(mode, str):  # constant_pad_nd has no mode
        mode, value = "constant", mode
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    sides = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    if mode == "constant":
        # Negative ones cut.
        return jax.lax.pad(x, jnp.asarray(value or 0, x.dtype), [(*one, 0) for one in sides])
    return jnp.pad(x, sides, mode={"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode])


for _mode in ("reflection", "replication"):
    for _axes in (1, 2):
        _name = {"reflection": "reflect", "replication": "replicate"}[_mode]
        operator(f"{_mode}_pad{_axes}d")(lambda x, padding, name=_name: pad(x, padding, name))


@operator("upsample_nearest1d", "upsample_nearest2d")
def upsample_nearest(x, output_size, *scales):
    if output_size is None:
        output_size = [int(n * scale) for n, scale in zip(x.shape[2:], scales[0], strict=True)]
    for axis, wanted in enumerate(output_size, 2):
        x = jnp.take(x, jnp.arange(wanted) * x.shape[axis] // wanted, axis=axis)
    return x
