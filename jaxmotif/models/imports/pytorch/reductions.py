"""Operators that make arrays, or reduce them."""

import jax
import jax.numpy as jnp

from jaxmotif.models.imports.pytorch.operators import OPERATORS, axes, dtype, operator


def _reduced(function):
    def apply(x, dim=None, keepdim=False, **kwargs):
        found = function(x, axis=axes(dim, x.ndim), keepdims=keepdim)
        return found if kwargs.get("dtype") is None else found.astype(dtype(kwargs["dtype"]))

    return apply


_REDUCTIONS = {
    "mean": jnp.mean,
    "sum": jnp.sum,
    "amax": jnp.max,
    "amin": jnp.min,
    "any": jnp.any,
    "all": jnp.all,
    "logsumexp": jax.nn.logsumexp,
}
OPERATORS.update({f"aten.{name}": _reduced(function) for name, function in _REDUCTIONS.items()})


@operator("prod")
def prod(x, dim=None, keepdim=False, dtype=None):
    return jnp.prod(x, axis=dim, keepdims=keepdim)


@operator("max")
def largest(x, dim=None, keepdim=False):
    if dim is None:
        return x.max()
    if isinstance(dim, jax.Array):
        return jnp.maximum(x, dim)
    return x.max(dim, keepdims=keepdim), x.argmax(dim, keepdims=keepdim)


@operator("min")
def smallest(x, dim=None, keepdim=False):
    if dim is None:
        return x.min()
    if isinstance(dim, jax.Array):
        return jnp.minimum(x, dim)
    return x.min(dim, keepdims=keepdim), x.argmin(dim, keepdims=keepdim)


@operator("argmax")
def argmax(x, dim=None, keepdim=False):
    return x.argmax(dim, keepdims=keepdim)


@operator("argmin")
def argmin(x, dim=None, keepdim=False):
    return x.argmin(dim, keepdims=keepdim)


@operator("topk")
def topk(x, k, dim=-1, largest=True, sorted=True):
    values, places = jax.lax.top_k(jnp.moveaxis(x if largest else -x, dim, -1), k)
    return jnp.moveaxis(values if largest else -values, -1, dim), jnp.moveaxis(places, -1, dim)


@operator("sort")
def sort(x, dim=-1, descending=False):
    order = jnp.argsort(x, axis=dim, descending=descending)
    return jnp.take_along_axis(x, order, axis=dim), order


@operator("cumsum")
def cumsum(x, dim, dtype=None):
    return jnp.cumsum(x, axis=dim)


@operator("var")
def var(x, dim=None, unbiased=True, keepdim=False, correction=None):
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    ddof = correction if correction is not None else int(unbiased)
    return jnp.var(x, axis=axes(dim, x.ndim), ddof=ddof, keepdims=keepdim)


@operator("std")
def std(x, *args, **kwargs):
    return jnp.sqrt(var(x, *args, **kwargs))


@operator("var_mean")
def var_mean(x, dim=None, unbiased=True, keepdim=False, correction=None):
    mean = jnp.mean(x, axis=axes(dim, x.ndim), keepdims=keepdim)
    return var(x, dim, unbiased, keepdim, correction), mean


@operator("linalg_vector_norm")
def vector_norm(x, ord=2, dim=None, keepdim=False, dtype=None):
    return jnp.linalg.vector_norm(x, ord=ord, axis=axes(dim, x.ndim), keepdims=keepdim)


@operator("norm")
def norm(x, p=2, dim=None, keepdim=False, dtype=None):
    return vector_norm(x, 2 if p is None else p, dim, keepdim)


def _type(kwargs, default=jnp.float32):
    return default if kwargs.get("dtype") is None else dtype(kwargs["dtype"])


@operator("zeros", "empty", "new_zeros", "new_empty")
def zeros(*args, **kwargs):
    return jnp.zeros(args[-1], _type(kwargs, *(one.dtype for one in args[:-1])))


@operator("ones", "new_ones")
def ones(*args, **kwargs):
    return jnp.ones(args[-1], _type(kwargs, *(one.dtype for one in args[:-1])))


@operator("full", "new_full")
def full(*args, **kwargs):
    shape, value = args[-2:]
    kind = None if kwargs.get("dtype") is None else dtype(kwargs["dtype"])
    return jnp.full(shape, value, kind or (args[0].dtype if len(args) > 2 else None))


@operator("zeros_like", "empty_like")
def zeros_like(x, **kwargs):
    return jnp.zeros(x.shape, _type(kwargs, x.dtype))


@operator("ones_like")
def ones_like(x, **kwargs):
    return jnp.ones(x.shape, _type(kwargs, x.dtype))


@operator("full_like")
def full_like(x, fill_value, **kwargs):
    return jnp.full(x.shape, fill_value, _type(kwargs, x.dtype))


@operator("arange")
def arange(*args, **kwargs):
    return jnp.arange(*args, dtype=None if kwargs.get("dtype") is None else dtype(kwargs["dtype"]))


@operator("scalar_tensor")
def scalar_tensor(s, **kwargs):
    return jnp.asarray(s, _type(kwargs))


@operator("eye")
def eye(n, m=None, **kwargs):
    return jnp.eye(n, m, dtype=_type(kwargs))


@operator("linspace")
def linspace(start, end, steps, **kwargs):
    return jnp.linspace(start, end, steps, dtype=_type(kwargs))
