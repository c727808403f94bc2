"""Functions of TensorFlow that Keras 2 put into models as layers (TFOpLambda, SlicingOpLambda)."""

from collections.abc import Callable, Mapping

KINDS = ("TFOpLambda", "SlicingOpLambda")

# TensorFlow's name -> that of keras.ops, where both take one tensor.
_ELEMENTWISE = {
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "nn.elu": "elu",
    "nn.selu": "selu",
    "nn.gelu": "gelu",
    "nn.silu": "silu",
    "nn.swish": "silu",
    "nn.tanh": "tanh",
    "math.tanh": "tanh",
    "nn.sigmoid": "sigmoid",
    "math.sigmoid": "sigmoid",
    "nn.softplus": "softplus",
    "math.softplus": "softplus",
    "nn.leaky_relu": "leaky_relu",
    "math.exp": "exp",
    "exp": "exp",
    "math.log": "log",
    "math.log1p": "log1p",
    "math.sqrt": "sqrt",
    "math.square": "square",
    "math.abs": "absolute",
    "math.negative": "negative",
    "math.sign": "sign",
}
# Of two tensors, or of one and a number.
_PAIRS = {
    "math.add": "add",
    "__operators__.add": "add",
    "math.subtract": "subtract",
    "__operators__.sub": "subtract",
    "math.multiply": "multiply",
    "__operators__.mul": "multiply",
    "math.divide": "divide",
    "math.truediv": "divide",
    "math.divide_no_nan": "divide_no_nan",
    "__operators__.truediv": "divide",
    "math.pow": "power",
    "__operators__.pow": "power",
    "math.maximum": "maximum",
    "math.minimum": "minimum",
    "linalg.matmul": "matmul",
    "matmul": "matmul",
    "__operators__.matmul": "matmul",
}
_REDUCTIONS = {
    "math.reduce_mean": "mean",
    "math.reduce_sum": "sum",
    "math.reduce_max": "max",
    "math.reduce_min": "min",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
}
_NO_SENSE = ("name", "data_format")


def translated(function: str, ops) -> Callable | None:
    """Returns what a function of TensorFlow does, in keras.ops; None for one that is not known.

    Args:
      function: as Keras 2 wrote it, such as "nn.relu" or "__operators__.getitem".
      ops: the module keras.ops.
    """
    function = function.removeprefix("tf.").removeprefix("compat.v1.")
    made = _known(function, ops)
    if made is None:
        return None

    def apply(*args, **kwargs):
        return made(*args, **{key: value for key, value in kwargs.items() if key not in _NO_SENSE})

    apply.__name__ = function
    return apply


def elementwise(function: str) -> bool:
    """Returns whether each value of what a function gives depends on the value at its place only."""
    return function in _ELEMENTWISE or function in ("identity", "cast", "nn.softmax", "stop_gradient")


def _known(function: str, ops) -> Callable | None:
    if function in _ELEMENTWISE:
        apply = getattr(ops, _ELEMENTWISE[function])
        if function == "nn.leaky_relu":
            return lambda x, alpha=0.2: apply(x, alpha)
        if function == "nn.gelu":
            return lambda x, approximate=False: apply(x, approximate)
        return apply
    if function in _PAIRS:
        apply = getattr(ops, _PAIRS[function])
        return lambda x, y=None, **named: apply(x, y if y is not None else next(iter(named.values())))
    if function in _REDUCTIONS:
        apply = getattr(ops, _REDUCTIONS[function])
        return lambda x, axis=None, keepdims=False: apply(x, axis=axis, keepdims=keepdims)
    return _OTHERS(ops).get(function)


def _OTHERS(ops) -> Mapping[str, Callable]:
    return {
        "identity": lambda x: x,
        "stop_gradient": lambda x: x,
        "cast": lambda x, dtype=None: ops.cast(x, dtype) if isinstance(dtype, str) else x,
        "nn.softmax": lambda x, axis=-1: ops.softmax(x, axis=axis),
        "nn.log_softmax": lambda x, axis=-1: ops.log_softmax(x, axis=axis),
        "squeeze": lambda x, axis=None: ops.squeeze(x, axis=axis),
        "expand_dims": lambda x, axis=-1: ops.expand_dims(x, axis=axis),
        "reshape": lambda x, shape=None: ops.reshape(x, shape),
        "transpose": lambda x, perm=None, **_: ops.transpose(x, perm),
        "concat": lambda x, axis=-1: ops.concatenate(x, axis=axis),
        "stack": lambda x, axis=0: ops.stack(x, axis=axis),
        "tile": lambda x, multiples=None: ops.tile(x, multiples),
        "reverse": lambda x, axis=None: ops.flip(x, axis=axis),
        "clip_by_value": lambda x, clip_value_min=None, clip_value_max=None: ops.clip(
            x, clip_value_min, clip_value_max
        ),
        "nn.bias_add": lambda x, bias=None: ops.add(x, bias),
        "__operators__.getitem": lambda x, slice_spec=None: x[_slices(slice_spec)],
    }


def _slices(items):
    """The index of SlicingOpLambda, a list of numbers and of {"start", "stop", "step"}."""
    if isinstance(items, Mapping):
        return slice(items.get("start"), items.get("stop"), items.get("step"))
    if isinstance(items, (list, tuple)):
        return tuple(_slices(item) for item in items)
    return items
