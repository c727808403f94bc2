"""Layers as plain functions of arrays: convolution, batch normalisation, pooling, activations."""

import jax
import jax.numpy as jnp

from jaxmotif.config import one_of
from jaxmotif.models import convolution
from jaxmotif.models.spec import same_padding

# exp(20) is far above what a trained unit reaches and far below float32's overflow after pooling.
EXP_CLIP = 20.0


def activate(name: str, x: jax.Array) -> jax.Array:
    """Applies a named activation; "exp" is clipped so that a bad start cannot overflow."""
    if name == "exp":
        return jnp.exp(jnp.minimum(x, EXP_CLIP))
    if name == "linear":
        return x
    return getattr(jax.nn, name)(x)


def _unfold(x_blc: jax.Array, kernel: int, positions: int, stride: int, rate: int) -> jax.Array:
    """The `kernel` shifted copies side by side: (B, positions, kernel * C)."""
    span = (positions - 1) * stride + 1
    shifted = [x_blc[:, i * rate : i * rate + span : stride] for i in range(kernel)]
    return jnp.stack(shifted, axis=2).reshape(x_blc.shape[0], positions, -1)


@jax.custom_vjp
def _bfloat16_product(x_nc, w_cf):
    return jnp.matmul(
        x_nc.astype(jnp.bfloat16), w_cf.astype(jnp.bfloat16), preferred_element_type=jnp.float32
    )


def _bfloat16_forward(x_nc, w_cf):
    return _bfloat16_product(x_nc, w_cf), (x_nc.astype(jnp.bfloat16), w_cf.astype(jnp.bfloat16))


def _bfloat16_backward(kept, g_nf):
    # JAX's own rule would multiply float32 by bfloat16, which no matrix unit does, and round the gradients.
    x_nc, w_cf = kept
    g_nf = g_nf.astype(jnp.bfloat16)
    exact = lambda a, b: jnp.matmul(a, b, preferred_element_type=jnp.float32)
    return exact(g_nf, w_cf.T), exact(x_nc.T, g_nf)


_bfloat16_product.defvjp(_bfloat16_forward, _bfloat16_backward)


def product(x_nc: jax.Array, w_cf: jax.Array, dtype: str = "float32") -> jax.Array:
    """Returns x @ w, (N, C) with (C, F) -> (N, F) float32.

    With `dtype` "bfloat16" what is multiplied is rounded to it, backward too; sums and gradients are
    float32.
    """
    return _bfloat16_product(x_nc, w_cf) if dtype == "bfloat16" else x_nc @ w_cf


def conv1d(
    x_blc: jax.Array,
    w_kcf: jax.Array,
    *,
    stride: int = 1,
    padding: str = "SAME",
    rate: int = 1,
    impl: str = "auto",
    dtype: str = "float32",
) -> jax.Array:
    """Computes the cross-correlation along positions, (B, L, C) with (K, C, F) -> (B, P, F).

    `rate` is how far apart the positions of a kernel lie (dilation).

    `impl` is "lax" (XLA's convolution), "unfold" (shifted copies and one matrix product) or "auto", what
    `convolution.way` says. Both give the same values and gradients. `dtype` as in `product`; with lax and
    bfloat16 the convolution's result is rounded, too.
    """
    kernel, channels, filters = w_kcf.shape
    one_of("convolution", impl, convolution.CHOICES)
    chosen = convolution.way(kernel) if impl == "auto" else impl
    # Where a program is read, one operation stands for the copies, and has their sums.
    stands = impl == "auto" and chosen == "unfold" and convolution.is_whole()
    if stands or chosen == "lax":
        out = jax.lax.conv_general_dilated(
            x_blc.astype(dtype),
            w_kcf.astype(dtype),
            (stride,),
            padding,
            rhs_dilation=(rate,),
            dimension_numbers=("NWC", "WIO", "NWC"),
            preferred_element_type=jnp.float32 if stands and dtype == "bfloat16" else None,
        )
        return out.astype(jnp.float32)
    batch, length, _ = x_blc.shape
    span = (kernel - 1) * rate + 1
    if padding == "SAME":
        x_blc = jnp.pad(x_blc, ((0, 0), same_padding(length, span, stride), (0, 0)))
    positions = (x_blc.shape[1] - span) // stride + 1
    rows = _unfold(x_blc, kernel, positions, stride, rate).reshape(-1, kernel * channels)
    out = product(rows, w_kcf.reshape(kernel * channels, filters), dtype)
    return out.reshape(batch, positions, filters)


def max_pool(x_blf: jax.Array, size: int, stride: int, padding: str = "SAME") -> jax.Array:
    """Takes the maximum over windows; what SAME pads never wins, a rest that VALID leaves is cut off."""
    if size == 1 and stride == 1:
        return x_blf
    batch, length, filters = x_blf.shape
    if size != stride:
        before, after = same_padding(length, size, stride) if padding == "SAME" else (0, 0)
        sides = ((0, 0), (before, after), (0, 0))
        return jax.lax.reduce_window(x_blf, -jnp.inf, jax.lax.max, (1, size, 1), (1, stride, 1), sides)
    # Windows that do not overlap are a reshape, whose gradient is a select and not a scatter.
    if padding == "VALID":
        x_blf = x_blf[:, : length - length % size]
        length = x_blf.shape[1]
    before, after = same_padding(length, size, stride)
    if before + after:
        x_blf = jnp.pad(x_blf, ((0, 0), (before, after), (0, 0)), constant_values=-jnp.inf)
    return x_blf.reshape(batch, -1, size, filters).max(axis=2)


def moments(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Returns mean and biased variance over all axes but the last, in one pass."""
    axes = tuple(range(x.ndim - 1))
    mean = x.mean(axes)
    # The difference of two rounded numbers can fall below zero.
    return mean, jnp.maximum((x * x).mean(axes) - mean * mean, 0.0)


def normalize(x, mean, variance, gamma, beta, epsilon):
    """Normalises a batch with given statistics (Ioffe & Szegedy 2015)."""
    scale = gamma * jax.lax.rsqrt(variance + epsilon)
    return x * scale + (beta - mean * scale)


def dropout(key: jax.Array, x: jax.Array, rate: float | jax.Array) -> jax.Array:
    """Zeroes each element with probability `rate` and scales the others up; `rate` may be traced."""
    keep = jax.random.bernoulli(key, 1.0 - rate, x.shape)
    return jnp.where(keep, x / (1.0 - rate), 0.0)
