"""Operators that are layers: convolutions, products of matrices, norms, pooling, attention."""

# ruff: noqa: PLR0913 - arguments are those of PyTorch's schema

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.models import layers
from jaxmotif.models.imports.pytorch.operators import operator


def _each(value, count: int) -> list[int]:
    """One number per axis, of one for all or one each."""
    value = [value] if isinstance(value, int) else list(value)
    return value * count if len(value) == 1 else value


@operator("conv1d", "conv2d", "conv3d")
def conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    count = weight.ndim - 2
    if x.ndim == count + 1:  # without a batch
        return conv(x[None], weight, bias, stride, padding, dilation, groups)[0]
    stride, dilation = _each(stride, count), _each(dilation, count)
    spans = [(size - 1) * step for size, step in zip(weight.shape[2:], dilation, strict=True)]
    if padding == "same":
        sides = [(span // 2, span - span // 2) for span in spans]
    else:
        sides = [(one, one) for one in _each(0 if padding == "valid" else padding, count)]
    if count == 1 and groups == 1:
        out = _conv1d(x, weight, stride[0], sides[0], dilation[0])
    else:
        space = "DHW"[3 - count :]
        out = jax.lax.conv_general_dilated(
            x,
            weight,
            stride,
            sides,
            rhs_dilation=dilation,
            dimension_numbers=(f"NC{space}", f"OI{space}", f"NC{space}"),
            feature_group_count=groups,
        )
    return out if bias is None else out + bias.reshape(-1, *(1,) * count)


def _conv1d(x_bcl, weight, stride: int, sides: tuple[int, int], rate: int):
    """The plain convolution in the way that is faster on this machine, see `layers.conv1d`."""
    x_blc = jnp.pad(jnp.swapaxes(x_bcl, 1, 2), ((0, 0), sides, (0, 0)))
    out = layers.conv1d(x_blc, jnp.transpose(weight, (2, 1, 0)), stride=stride, padding="VALID", rate=rate)
    return jnp.swapaxes(out, 1, 2)


@operator("conv1d.padding", "conv2d.padding", "conv3d.padding")
def conv_padding(x, weight, bias=None, stride=1, padding="valid", dilation=1, groups=1):
    return conv(x, weight, bias, stride, padding, dilation, groups)


@operator("convolution")
def convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    if transposed:
        return conv_transpose(x, weight, bias, stride, padding, output_padding, groups, dilation)
    return conv(x, weight, bias, stride, padding, dilation, groups)


@operator("conv_transpose1d", "conv_transpose2d")
def conv_transpose(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    count = weight.ndim - 2
    stride, padding, more, dilation = (
        _each(one, count) for one in (stride, padding, output_padding, dilation)
    )
    sides = [
        ((size - 1) * step - one, (size - 1) * step - one + extra)
        for size, step, one, extra in zip(weight.shape[2:], dilation, padding, more, strict=True)
    ]
    inputs, outputs = weight.shape[:2]
    # (in, out / groups, k) -> (out, in / groups, k), turned round.
    kernel = weight.reshape(groups, inputs // groups, outputs, *weight.shape[2:])
    kernel = jnp.swapaxes(kernel, 1, 2).reshape(groups * outputs, inputs // groups, *weight.shape[2:])
    kernel = jnp.flip(kernel, range(2, kernel.ndim))
    space = "DHW"[3 - count :]
    out = jax.lax.conv_general_dilated(
        x,
        kernel,
        [1] * count,
        sides,
        lhs_dilation=stride,
        rhs_dilation=dilation,
        dimension_numbers=(f"NC{space}", f"OI{space}", f"NC{space}"),
        feature_group_count=groups,
    )
    return out if bias is None else out + bias.reshape(-1, *(1,) * count)


@operator("linear")
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


@operator("addmm", "baddbmm", "addbmm.batched")
def addmm(x, first, second, beta=1, alpha=1):
    return beta * x + alpha * (first @ second)


@operator("mm", "bmm", "matmul", "mv", "dot")
def matmul(x, other):
    return x @ other


@operator("einsum")
def einsum(equation, tensors, path=None):
    return jnp.einsum(equation.replace(" ", ""), *tensors)


@operator("bilinear")
def bilinear(first, second, weight, bias=None):
    out = jnp.einsum("...i,oij,...j->...o", first, weight, second)
    return out if bias is None else out + bias


@operator("embedding")
def embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
    return jnp.take(weight, indices, axis=0)


def _by_channel(value, x):
    return value.reshape(-1, *(1,) * (x.ndim - 2))


@operator("batch_norm")
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=False):
    if running_mean is None or training:
        raise ValueError("it normalises by the batch at hand, not by what it learned")
    scale = jax.lax.rsqrt(running_var + eps)
    scale = scale if weight is None else scale * weight
    shift = -running_mean * scale + (0 if bias is None else bias)
    return x * _by_channel(scale, x) + _by_channel(shift, x)


@operator("_native_batch_norm_legit_no_training")
def native_batch_norm(x, weight, bias, running_mean, running_var, momentum, eps):
    return batch_norm(x, weight, bias, running_mean, running_var, False, momentum, eps), None, None


def _normalised(x, axes, eps):
    mean = x.mean(axes, keepdims=True)
    varying = x - mean
    return varying * jax.lax.rsqrt((varying * varying).mean(axes, keepdims=True) + eps)


@operator("layer_norm")
def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5, cudnn_enable=True):
    out = _normalised(x, tuple(range(x.ndim - len(normalized_shape), x.ndim)), eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


@operator("native_layer_norm")
def native_layer_norm(x, normalized_shape, weight, bias, eps):
    return layer_norm(x, normalized_shape, weight, bias, eps), None, None


@operator("rms_norm", "_fused_rms_norm")
def rms_norm(x, normalized_shape, weight=None, eps=None):
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    eps = jnp.finfo(x.dtype).eps if eps is None else eps
    out = x * jax.lax.rsqrt((x * x).mean(axes, keepdims=True) + eps)
    return out if weight is None else out * weight


@operator("group_norm")
def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5, cudnn_enabled=True):
    grouped = x.reshape(x.shape[0], num_groups, -1)
    out = _normalised(grouped, (2,), eps).reshape(x.shape)
    out = out if weight is None else out * _by_channel(weight, x)
    return out if bias is None else out + _by_channel(bias, x)


@operator("native_group_norm")
def native_group_norm(x, weight, bias, N, C, HxW, group, eps):
    return group_norm(x, group, weight, bias, eps), None, None


@operator("instance_norm")
def instance_norm(x, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled):
    if not use_input_stats:
        return batch_norm(x, weight, bias, running_mean, running_var, False, momentum, eps)
    return group_norm(x, x.shape[1], weight, bias, eps)


def _windows(x, size, stride, padding, dilation, ceil: bool, count: int):
    """Sizes, strides, dilations and sides over all axes of x, the last `count` pooled."""
    size, padding, dilation = (_each(one, count) for one in (size, padding, dilation))
    stride = _each(stride, count) if stride not in (None, [], ()) else size
    sides = []
    for length, k, s, p, d in zip(x.shape[-count:], size, stride, padding, dilation, strict=True):
        span = d * (k - 1) + 1
        left = length + 2 * p - span
        positions = (-(-left // s) if ceil else left // s) + 1
        if ceil and (positions - 1) * s >= length + p:  # a window has to begin within
            positions -= 1
        sides.append((p, max((positions - 1) * s + span - length - p, 0)))
    front = [1] * (x.ndim - count)
    return front + size, front + stride, front + dilation, [(0, 0)] * len(front) + sides


@operator("max_pool1d")
def max_pool1d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, count=1):
    size, stride, dilation, sides = _windows(x, kernel_size, stride, padding, dilation, ceil_mode, count)
    plain = count == 1 and x.ndim == 3 and size == stride and sides[-1] == (0, 0) and dilation[-1] == 1
    if plain:
        pooled = layers.max_pool(jnp.swapaxes(x, 1, 2), size[-1], size[-1], "VALID")
        return jnp.swapaxes(pooled, 1, 2)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, size, stride, sides, window_dilation=dilation)


@operator("max_pool2d")
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    return max_pool1d(x, kernel_size, stride, padding, dilation, ceil_mode, 2)


@operator("max_pool2d_with_indices")
def max_pool2d_with_indices(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    return max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode), None


@operator("max_pool1d_with_indices")
def max_pool1d_with_indices(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    return max_pool1d(x, kernel_size, stride, padding, dilation, ceil_mode), None


def _sum_pool(x, size, stride, sides):
    return jax.lax.reduce_window(x, 0.0, jax.lax.add, size, stride, sides)


@operator("avg_pool1d")
def avg_pool1d(
    x,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
    count=1,
):
    size, stride, _, sides = _windows(x, kernel_size, stride, padding, 1, ceil_mode, count)
    total = _sum_pool(x, size, stride, sides)
    if divisor_override:
        return total / divisor_override
    # What lies in the padding counts, what lies beyond it (ceil) does not.
    inner = [(p, p) for p in _each(padding, count)] if count_include_pad else [(0, 0)] * count
    outer = [(0, 0)] * (x.ndim - count)
    ones = np.ones([1] * len(outer) + [n + a + b for n, (a, b) in zip(x.shape[-count:], inner, strict=True)])
    rest = [(a - c, b - d) for (a, b), (c, d) in zip(sides[-count:], inner, strict=True)]
    rest = [(max(a, 0), max(b, 0)) for a, b in rest]
    return total / _sum_pool(jnp.asarray(ones, x.dtype), size, stride, outer + rest)


@operator("avg_pool2d")
def avg_pool2d(
    x,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    return avg_pool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, 2)


def _adaptive(x, output_size, reduce, count: int):
    """`reduce` over windows that divide each of the last axes into so many, as evenly as they can."""
    for axis, wanted in zip(range(x.ndim - count, x.ndim), output_size, strict=True):
        length = x.shape[axis]
        if wanted is None or wanted == length:
            continue
        if length % wanted == 0:
            split = x.reshape(*x.shape[:axis], wanted, length // wanted, *x.shape[axis + 1 :])
            x = reduce(split, axis=axis + 1)
            continue
        edges = [(i * length // wanted, -(-(i + 1) * length // wanted)) for i in range(wanted)]
        pieces = [reduce(jax.lax.slice_in_dim(x, *edge, axis=axis), axis=axis) for edge in edges]
        x = jnp.stack(pieces, axis=axis)
    return x


@operator("adaptive_avg_pool1d", "adaptive_avg_pool2d", "_adaptive_avg_pool2d")
def adaptive_avg_pool(x, output_size):
    output_size = [output_size] if isinstance(output_size, int) else list(output_size)
    return _adaptive(x, output_size, jnp.mean, len(output_size))


@operator("adaptive_max_pool1d", "adaptive_max_pool2d")
def adaptive_max_pool(x, output_size):
    output_size = [output_size] if isinstance(output_size, int) else list(output_size)
    return _adaptive(x, output_size, jnp.max, len(output_size)), None


@operator("scaled_dot_product_attention")
def attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    if enable_gqa:
        key, value = (jnp.repeat(one, query.shape[-3] // one.shape[-3], axis=-3) for one in (key, value))
    scores = query @ jnp.swapaxes(key, -1, -2) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        attn_mask = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    if attn_mask is not None:
        masked = attn_mask.dtype == jnp.bool_
        scores = jnp.where(attn_mask, scores, -jnp.inf) if masked else scores + attn_mask
    return jax.nn.softmax(scores, axis=-1) @ value


@operator("_scaled_dot_product_flash_attention_for_cpu")
def flash_attention(query, key, value, dropout_p=0.0, is_causal=False, attn_mask=None, scale=None):
    return attention(query, key, value, attn_mask, dropout_p, is_causal, scale), None
