"""Where the values of a PyTorch network look, as far as it follows from its operators.

What does not follow is left open: `models.trace` finds it by running the network.
"""

from collections.abc import Mapping
from typing import NamedTuple

from jaxmotif.models.imports.pytorch.graph import Graph, Ref, Step

CONVOLUTIONS = ("conv1d", "conv2d", "convolution")
MAX_POOLS = ("max_pool1d", "max_pool2d", "max_pool2d_with_indices", "max_pool1d_with_indices")
_MEAN_POOLS = ("avg_pool1d", "avg_pool2d")
ACTIVATIONS = (
    *("relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus", "exp"),
    *(
        "leaky_relu",
        "prelu",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "threshold",
        "clamp",
        "clamp_min",
        "glu",
    ),
    *("log_sigmoid", "square", "softsign"),
)
NORMS = ("batch_norm", "_native_batch_norm_legit_no_training", "layer_norm", "native_layer_norm", "rms_norm")
NOTHING = (
    *("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout"),
    *("alias", "clone", "contiguous", "to", "_to_copy", "detach", "lift_fresh_copy", "type_as"),
)
MERGES = ("add", "sub", "mul", "div", "maximum", "minimum", "where", "cat", "concat")
_SINGLE = (
    *ACTIVATIONS,
    *NOTHING,
    "abs",
    "neg",
    "log",
    "log1p",
    "sqrt",
    "rsqrt",
    "pow",
    "rsub",
    "masked_fill",
)
_PRODUCTS = ("linear", "matmul", "mm", "bmm")


class Place(NamedTuple):
    """Position p of an axis of a value sees [p * jump - left, p * jump - left + width) of the sequence.

    A width of 0 says that the axis is one of positions, but not what they see.
    """

    axis: int
    width: int = 1
    left: int = 0
    jump: int = 1


class Places:
    """Where values look, step by step.

    Attributes:
      found: {value: place}; None of values that depend on the sequence in another way.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, tuple[int, ...]], sequence: str, axis: int):
        self.shapes = shapes
        self.found: dict[str, Place | None] = {name: None for name in graph.inputs if name != sequence}
        self.found[sequence] = Place(axis)
        for step in graph.steps:
            if any(name in self.found for name in step.reads):
                self.found[step.name] = self._of(step)

    def _of(self, step: Step) -> Place | None:
        read = [(name, self.found[name]) for name in step.reads if name in self.found]
        if step.name not in self.shapes or not _base(step):
            # Tuples and what is taken out of them: of norms and of pooling the first is the map.
            single = len(read) == 1 and (_base(step) in (*NORMS, *MAX_POOLS) or step.args[1:] == (0,))
            return self._single(step, *read[0]) if single else None
        if _base(step) in MERGES:
            return self._merged(step, read)
        if len(read) != 1 or read[0][1] is None or self._first(step) != read[0][0]:
            return None
        return self._single(step, *read[0])

    def _first(self, step: Step) -> str | None:
        first = step.args[0] if step.args else None
        return first.ref if isinstance(first, Ref) else None

    def _single(self, step: Step, name: str, place: Place | None) -> Place | None:
        """Behind an operator that reads one value that depends on the sequence."""
        if place is None or name not in self.shapes:
            return place if not _base(step) else None
        base, shape = _base(step), self.shapes[name]
        if base in (*CONVOLUTIONS, *MAX_POOLS, *_MEAN_POOLS):
            return self._slid(step, place, len(shape))
        if base in _SINGLE or not base:
            return place if base != "glu" or step.args[1:] != (place.axis,) else None
        if base in _PRODUCTS:
            return place if place.axis < len(shape) - 1 else None
        if base in NORMS:
            wide = len(_argument(step, 1, "normalized_shape", [])) if "batch" not in base else 0
            return place if place.axis < len(shape) - wide else place._replace(width=0)
        if base in ("softmax", "_softmax", "log_softmax", "_log_softmax"):
            own = _argument(step, 1, "dim", -1) % len(shape) == place.axis
            return place._replace(width=0) if own else place
        return self._moved(step, place, shape)

    def _moved(self, step: Step, place: Place, shape: tuple[int, ...]) -> Place | None:
        """Behind an operator that moves axes or cuts."""
        base, count = _base(step), len(shape)
        if base == "transpose":
            a, b = (one % count for one in step.args[1:3])
            return place._replace(axis={a: b, b: a}.get(place.axis, place.axis))
        if base == "permute":
            return place._replace(axis=[one % count for one in step.args[1]].index(place.axis))
        if base in ("view", "reshape", "squeeze", "unsqueeze", "flatten", "unflatten"):
            return _reshaped(place, shape, self.shapes[step.name])
        if base in ("pad", "constant_pad_nd") and isinstance(step.args[1], list):
            before = step.args[1][2 * (count - 1 - place.axis) :][:1] or [0]
            return place._replace(left=place.left + before[0] * place.jump) if place.width else place
        if base in ("slice", "narrow"):
            if _argument(step, 1, "dim", 0) % count != place.axis:
                return place
            start = _argument(step, 2, "start", 0) or 0
            pace = _argument(step, 4, "step", 1) if base == "slice" else 1
            if not isinstance(start, int):
                return None
            start = max(start + shape[place.axis], 0) if start < 0 else start
            return place._replace(left=place.left - start * place.jump, jump=place.jump * pace)
        if base == "select" and step.args[1] % count != place.axis:
            return place._replace(axis=place.axis - (step.args[1] % count < place.axis))
        return None

    def _slid(self, step: Step, place: Place, count: int) -> Place | None:
        """Behind a convolution or pooling."""
        pooling = _base(step) not in CONVOLUTIONS
        weight = () if pooling else self.shapes[step.args[1].ref]
        spaces = len(weight) - 2 if weight else 2 if "2d" in _base(step) else 1
        if not pooling:
            if _base(step) == "convolution" and step.args[6]:  # transposed
                return None
        index = place.axis - (count - spaces)
        if index < 0:
            return None
        if pooling:
            size = _each(_argument(step, 1, "kernel_size", 1), index)
            pace = _each(_argument(step, 2, "stride", None) or size, index)
            padding = _argument(step, 3, "padding", 0)
            dilation = _argument(step, 4, "dilation", 1) if _base(step) in MAX_POOLS else 1
        else:
            size = weight[2 + index]
            pace = _each(_argument(step, 3, "stride", 1), index)
            padding, dilation = _argument(step, 4, "padding", 0), _argument(step, 5, "dilation", 1)
        wide = (size - 1) * _each(dilation, index)
        before = {"same": wide // 2, "valid": 0}.get(padding) if isinstance(padding, str) else None
        before = _each(padding, index) if before is None else before
        if not place.width:
            return place
        return Place(
            place.axis,
            place.width + wide * place.jump,
            place.left + before * place.jump,
            place.jump * pace,
        )

    def _merged(self, step: Step, read) -> Place | None:
        """Where the same positions of several values look together."""
        count = len(self.shapes[step.name])
        sizes = [len(self.shapes.get(name, ())) for name, _ in read]
        known = [
            place._replace(axis=place.axis - size)
            for (_, place), size in zip(read, sizes, strict=True)
            if place
        ]
        if not known:
            return None
        first = known[0]._replace(axis=known[0].axis + count)
        joined = _base(step) in ("cat", "concat") and _argument(step, 1, "dim", 0) % count == first.axis
        if len({one.axis for one in known}) > 1 or joined:
            return None
        if (
            len(known) < len(read)
            or len({one.jump for one in known}) > 1
            or not all(one.width for one in known)
        ):
            return first._replace(width=0)
        left = max(one.left for one in known)
        return first._replace(left=left, width=left + max(one.width - one.left for one in known))


def pool(graph: Graph, users: Mapping[str, list[Step]], name: str, positions: int) -> int:
    """Returns how many positions of a value a max-pooling behind it takes as one, without rest or overlap."""
    while len(users.get(name, ())) == 1:
        step = users[name][0]
        if _base(step) in MAX_POOLS:
            size = _argument(step, 1, "kernel_size", 1)
            size = size if isinstance(size, int) else max(size)
            stride = _argument(step, 2, "stride", None) or size
            stride = stride if isinstance(stride, int) else max(stride)
            padding = _argument(step, 3, "padding", 0)
            plain = stride == size and (padding if isinstance(padding, int) else max(padding)) == 0
            ceil = _argument(step, 5, "ceil_mode", False) and positions % size
            return size if plain and not ceil else 1
        if _base(step) not in NOTHING:
            break
        name = step.name
    return 1


def _base(step: Step) -> str:
    base = step.base
    return base[:-1] if base.endswith("_") else base


def _argument(step: Step, number: int, name: str, default):
    if len(step.args) > number:
        return step.args[number]
    return step.kwargs.get(name, default)


def _each(value, index: int) -> int:
    if isinstance(value, int):
        return value
    return int(value[min(index, len(value) - 1)])


def _reshaped(place: Place, shape: tuple[int, ...], out: tuple[int, ...]) -> Place | None:
    """Behind what keeps all axes up to the positions' own, and what lies behind it in another form."""
    before = [axis for axis, size in enumerate(shape) if size != 1 or axis == 0]
    after = [axis for axis, size in enumerate(out) if size != 1 or axis == 0]
    if [shape[axis] for axis in before] != [out[axis] for axis in after] or place.axis not in before:
        return None
    return place._replace(axis=after[before.index(place.axis)])
