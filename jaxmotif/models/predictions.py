"""Predictions of trained networks as pure functions of (variables with a leading members axis, x).

Each is made once for an architecture and kept, so that jit finds what it has compiled.
"""

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import forward, up_to
from jaxmotif.models.answers import ANSWERS
from jaxmotif.models.spec import NetworkSpec

# Of a number on the scale of labels and classes, log p / (1 - p).
KINDS = {"logit": lambda z: z, "probability": jax.nn.sigmoid, "log_probability": jax.nn.log_sigmoid}


@functools.cache
def without_variables(function: Callable) -> Callable:
    """Returns a function of x as one of (variables, x)."""

    @functools.wraps(function)
    def apply(variables, x_bl4):
        del variables
        return function(x_bl4)

    return apply


@functools.cache
def predictor(spec: NetworkSpec | None, function: Callable | None) -> Callable:
    """Returns (variables of one member, x) -> logits (B, T)."""
    if function:
        return lambda variables, x_bl4: function(variables, x_bl4)[0]
    if spec is None:
        raise ValueError("a network is made from a spec or from a function")
    return functools.partial(forward.predict, spec)


def _over_members(function: Callable, variables) -> jax.Array:
    """`function` of every member's variables, with a leading axis."""
    leaves = jax.tree.leaves(variables)
    if leaves and leaves[0].shape[0] > 1:
        return jax.lax.map(function, variables)
    return function(jax.tree.map(lambda leaf: leaf[0], variables))[None]


def _by_strand(predict: Callable, both: bool, variables, x_bl4) -> jax.Array:
    """Values of (strands, members, B, ...)."""
    views = [x_bl4, dna.reverse_complement_one_hot(x_bl4)] if both else [x_bl4]
    return jnp.stack([_over_members(lambda v, x=x: predict(v, x), variables) for x in views])


@functools.partial(jax.jit, static_argnums=(0, 1))
def logits(predict, both, variables, codes_bl):
    """Returns mean logits (B, T) over members and strands."""
    return _by_strand(predict, both, variables, dna.one_hot(codes_bl)).mean(axis=(0, 1))


@functools.cache
def links(task):
    """Returns outputs (B, T) -> what they say, by the task."""
    return jax.jit(functools.partial(ANSWERS[task].of, xp=jnp))


@functools.cache
def score(predict, both, against, kind, task):
    """Returns ((variables, output ()), x (B, L, 4)) -> (B,), the score of one output on its task's scale."""

    def score(weights, x_bl4):
        variables, output = weights
        # Of a class among several all outputs are needed; else no other is computed.
        if task == "multiclass":
            chosen, number = predict, output
        else:
            chosen = lambda v, x: jax.lax.dynamic_slice_in_dim(predict(v, x), output, 1, axis=1)
            number = 0
        logits_bt = _by_strand(chosen, both, variables, x_bl4).mean(axis=(0, 1))
        score_b = ANSWERS[task].on_scale(logits_bt, number, jnp)
        return KINDS[kind](-score_b if against else score_b)

    return score


@functools.cache
def log_probabilities(predict, outputs, task):
    """Returns (variables, x (B, L, 4)) -> (B, classes), on one strand."""

    def apply(variables, x_bl4):
        logits = _over_members(lambda v: predict(v, x_bl4), variables).mean(axis=0)
        if task == "multiclass":
            return jax.nn.log_softmax(logits)
        if outputs == 1:
            logits = jnp.concatenate([logits, -logits], axis=1)
        return jax.nn.log_sigmoid(logits)

    return apply


@functools.cache
def part(spec, both, cut, output, against, task):
    """Returns (variables, x, start, end) -> (B,), the probability of a class by a part of each sequence."""

    def apply(variables, x_bl4, start_b, end_b):
        length = x_bl4.shape[1]
        views = [(x_bl4, start_b, end_b)]
        if both:
            views.append((dna.reverse_complement_one_hot(x_bl4), length - end_b, length - start_b))
        logits = [
            _over_members(lambda v, view=view: forward.predict_part(spec, v, *view, cut), variables)
            for view in views
        ]
        score_b = ANSWERS[task].on_scale(jnp.stack(logits).mean(axis=(0, 1)), output, jnp)
        return jax.nn.sigmoid(-score_b if against else score_b)

    return apply


@functools.cache
def ablated(spec, both, layer, output, against, scaled_as):
    """Returns ((variables, fill (K,)), x, keep (K,)) -> outputs (B,) without some filters.

    With output None they are all outputs, (B, T). `scaled_as` is the task on whose scale they are; None
    leaves them as they are.
    """

    def score(weights, x_bl4, keep_k):
        variables, fill_k = weights
        intervene = {layer: forward.ablate(keep_k, fill_k)}
        ablated = lambda v, x: forward.predict(spec, v, x, intervene)
        logits_bt = _by_strand(ablated, both, variables, x_bl4).mean(axis=(0, 1))
        if scaled_as is not None:
            logits_bt = ANSWERS[scaled_as].on_scale(logits_bt, xp=jnp)
        found = logits_bt if output is None else logits_bt[:, output]
        return -found if against else found

    return score


@functools.partial(jax.jit, static_argnums=(0, 1))
def mean_map(spec, layer, variables, codes_bl):
    """Returns the mean over positions of what a layer hands on, (B, K)."""
    return forward.mean_map(spec, variables, dna.one_hot(codes_bl), layer)


@functools.cache
def features(spec, function, layer):
    """Returns (variables, x (B, L, 4)) -> the map (B, P, K) of a layer, before its pooling."""

    def apply(variables, x_bl4):
        one = jax.tree.map(lambda leaf: leaf[0], variables)
        if spec:
            return forward.features(spec, one, x_bl4, layer)
        return up_to.one(function, layer)(one, x_bl4)

    return apply


def map_number(layer: int | str, names: Sequence[str], network: str) -> int:
    """Returns the number of a map, from 1, by its name; a number as it is.

    Raises:
      ValueError: for a name that is not among `names`.
    """
    if not isinstance(layer, str):
        return layer
    if layer not in names:
        known = ", ".join(names) or "none with a name, count them from 1"
        raise ValueError(f"{network} has no map {layer!r}; it has: {known}")
    return names.index(layer) + 1


def codes(sequences, name: str, length: int) -> np.ndarray:
    """Returns sequences as base codes uint8 (N, L) that a network of this name and length reads.

    Raises:
      ValueError: for anything else, with what was found and what is wanted.
    """
    codes_nl = np.asarray(dna.as_codes(sequences))
    if codes_nl.ndim != 2 or codes_nl.dtype != np.uint8 or not len(codes_nl):
        raise ValueError(f"sequences are base codes, uint8 (N, L), not {codes_nl.dtype} {codes_nl.shape}")
    if codes_nl.shape[1] != length:
        raise ValueError(f"{name} reads {length} nt, sequences have {codes_nl.shape[1]}")
    if codes_nl.max() > dna.N:
        raise ValueError(f"sequence codes are 0..{dna.N}, got {codes_nl.max()}")
    return codes_nl


def class_names(classes: Sequence[str], outputs: int) -> tuple[str, ...]:
    """Returns names of the classes of so many outputs; without any output1, output2, ...

    Raises:
      ValueError: unless there are as many as outputs, or two of one output.
    """
    names = tuple(classes) or tuple(f"output{number + 1}" for number in range(outputs))
    if len(names) != outputs and (len(names), outputs) != (2, 1):
        raise ValueError(f"{len(names)} classes for {outputs} outputs")
    return names


def class_index(name: str, classes: Sequence[str], outputs: int, target: int | str) -> int:
    """Returns the number of a class, from 0, of the network of this name.

    Raises:
      ValueError: for a class that does not exist, with those that do.
    """
    if isinstance(target, str):
        if target not in classes:
            raise ValueError(f"{name} has no class {target!r}; it has: {', '.join(classes)}")
        return list(classes).index(target)
    known = max(len(classes), outputs)
    if not 0 <= target < known:
        raise ValueError(f"{name} has classes 0 to {known - 1}, not {target}")
    return int(target)


def check_function(apply: Callable, variables, length: int) -> int:
    """Returns the number of outputs of a function (variables, x) -> (logits, maps), by its shapes.

    Raises:
      ValueError: unless logits are (B, T) and maps {layer: (B, P, K)}.
    """
    x = jax.ShapeDtypeStruct((2, length, 4), jnp.float32)
    found = jax.eval_shape(apply, variables, x)
    if not isinstance(found, tuple) or len(found) != 2:
        raise ValueError("the function must return (logits, maps)")
    logits, maps = found
    if getattr(logits, "ndim", 0) != 2 or logits.shape[0] != 2:
        raise ValueError(f"logits of 2 sequences must be (2, T), got {getattr(logits, 'shape', logits)}")
    for layer, one in maps.items():
        if one.ndim != 3 or one.shape[0] != 2:
            raise ValueError(f"map {layer} of 2 sequences must be (2, P, K), got {one.shape}")
    return logits.shape[1]
