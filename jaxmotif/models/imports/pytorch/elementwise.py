"""Operators that work on each element: activations, arithmetic, comparisons."""

import functools
import operator as python
from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxmotif.models.imports.pytorch.operators import OPERATORS, dtype, operator

_UNARY = {
    "abs": jnp.abs,
    "ceil": jnp.ceil,
    "cos": jnp.cos,
    "erf": jax.lax.erf,
    "exp": jnp.exp,
    "exp2": jnp.exp2,
    "expm1": jnp.expm1,
    "floor": jnp.floor,
    "hardsigmoid": jax.nn.hard_sigmoid,
    "hardswish": jax.nn.hard_swish,
    "isfinite": jnp.isfinite,
    "isinf": jnp.isinf,
    "isnan": jnp.isnan,
    "log": jnp.log,
    "log10": jnp.log10,
    "log1p": jnp.log1p,
    "log2": jnp.log2,
    "log_sigmoid": jax.nn.log_sigmoid,
    "logical_not": jnp.logical_not,
    "bitwise_not": jnp.bitwise_not,
    "mish": jax.nn.mish,
    "neg": jnp.negative,
    "reciprocal": jnp.reciprocal,
    "relu": jax.nn.relu,
    "relu6": jax.nn.relu6,
    "round": jnp.round,
    "rsqrt": jax.lax.rsqrt,
    "selu": jax.nn.selu,
    "sigmoid": jax.nn.sigmoid,
    "sign": jnp.sign,
    "silu": jax.nn.silu,
    "sin": jnp.sin,
    "softsign": jax.nn.soft_sign,
    "sqrt": jnp.sqrt,
    "square": jnp.square,
    "tanh": jnp.tanh,
}
_BINARY = {
    "eq": python.eq,
    "ne": python.ne,
    "lt": python.lt,
    "le": python.le,
    "gt": python.gt,
    "ge": python.ge,
    "fmod": jnp.fmod,
    "remainder": jnp.remainder,
    "floor_divide": jnp.floor_divide,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "mul": python.mul,
    "logical_and": jnp.logical_and,
    "logical_or": jnp.logical_or,
    "logical_xor": jnp.logical_xor,
    "bitwise_and": jnp.bitwise_and,
    "bitwise_or": jnp.bitwise_or,
    "atan2": jnp.arctan2,
}
# What changes nothing in a trained network that only predicts.
_SAME = (
    "alias",
    "alpha_dropout",
    "clone",
    "contiguous",
    "dropout",
    "feature_alpha_dropout",
    "feature_dropout",
    "lift_fresh",
    "lift_fresh_copy",
    "positive",
)


def _first(function: Callable) -> Callable:
    """`function` of the first argument, whatever follows."""
    return lambda x, *args, **kwargs: function(x)


OPERATORS.update({f"aten.{name}": _first(function) for name, function in _UNARY.items()})
OPERATORS.update({f"aten.{name}": function for name, function in _BINARY.items()})
OPERATORS.update({f"aten.{name}": _first(lambda x: x) for name in _SAME})


@operator("detach", "detach_copy")
def detach(x):
    return jax.lax.stop_gradient(x)


@operator("native_dropout")
def native_dropout(x, p, train):
    return x, None


@operator("to.dtype", "to.dtype_layout", "to.device", "to.other", "_to_copy", "type_as", "to")
def to(x, *args, **kwargs):
    wanted = [one for one in (*args, kwargs.get("dtype")) if str(one).startswith("torch.")]
    wanted = [dtype(one) for one in wanted if hasattr(jnp, str(one).rpartition(".")[2])]
    other = [one.dtype for one in (*args, kwargs.get("other")) if isinstance(one, jax.Array)]
    return x.astype((wanted + other)[0]) if wanted + other else x


@operator("add")
def add(x, other, alpha=1):
    return x + (other if alpha == 1 else alpha * other)


@operator("sub")
def sub(x, other, alpha=1):
    return x - (other if alpha == 1 else alpha * other)


@operator("rsub")
def rsub(x, other, alpha=1):
    return other - alpha * x


@operator("div", "divide", "true_divide")
def div(x, other, rounding_mode=None):
    if rounding_mode is None:
        return x / other
    return jnp.floor_divide(x, other) if rounding_mode == "floor" else jnp.trunc(x / other)


@operator("pow")
def pow(x, exponent):
    # A whole number is exact and has a gradient where x is negative.
    if isinstance(exponent, float) and exponent.is_integer():
        exponent = int(exponent)
    return x**exponent


@operator("addcmul")
def addcmul(x, first, second, value=1):
    return x + value * first * second


@operator("addcdiv")
def addcdiv(x, first, second, value=1):
    return x + value * first / second


@operator("lerp")
def lerp(x, end, weight):
    return x + weight * (end - x)


@operator("clamp", "clip", "hardtanh.clamped")
def clamp(x, min=None, max=None):
    return jnp.clip(x, min, max)


@operator("clamp_min")
def clamp_min(x, min):
    return jnp.maximum(x, min)


@operator("clamp_max")
def clamp_max(x, max):
    return jnp.minimum(x, max)


@operator("hardtanh")
def hardtanh(x, min_val=-1, max_val=1):
    return jnp.clip(x, min_val, max_val)


@operator("leaky_relu")
def leaky_relu(x, negative_slope=0.01):
    return jax.nn.leaky_relu(x, negative_slope)


@operator("elu")
def elu(x, alpha=1.0, scale=1, input_scale=1):
    # exp of what is chosen only: the gradient of the other one could be infinite.
    below = jnp.expm1(jnp.where(x > 0, 0, x) * input_scale)
    return scale * jnp.where(x > 0, x, alpha * below)


@operator("celu")
def celu(x, alpha=1.0):
    return jax.nn.celu(x, alpha)


@operator("gelu")
def gelu(x, approximate="none"):
    return jax.nn.gelu(x, approximate=approximate == "tanh")


@operator("softplus")
def softplus(x, beta=1, threshold=20):
    return jnp.where(x * beta > threshold, x, jax.nn.softplus(x * beta) / beta)


@operator("threshold")
def threshold(x, threshold, value):
    return jnp.where(x > threshold, x, value)


@operator("prelu", "_prelu_kernel")
def prelu(x, weight):
    if weight.size > 1 and weight.ndim == 1:
        weight = weight.reshape(-1, *(1 for _ in x.shape[2:]))
    return jnp.where(x > 0, x, weight * x)


@operator("glu")
def glu(x, dim=-1):
    value, gate = jnp.split(x, 2, axis=dim)
    return value * jax.nn.sigmoid(gate)


@operator("where")
def where(condition, x, other):
    return jnp.where(condition, x, other)


@operator("masked_fill")
def masked_fill(x, mask, value):
    return jnp.where(mask, jnp.asarray(value, x.dtype), x)


def softmax_like(function: Callable) -> Callable:
    """Returns softmax or its logarithm with PyTorch's arguments."""

    @functools.wraps(function)
    def apply(x, dim=-1, *args, **kwargs):
        return function(x, axis=dim)

    return apply


operator("softmax", "_softmax", "special_softmax", "_safe_softmax")(softmax_like(jax.nn.softmax))
operator("log_softmax", "_log_softmax")(softmax_like(jax.nn.log_softmax))
