"""Weights from elsewhere: a plain mapping from layer to arrays, checked against an architecture.

Layers are "conv1", "conv2", ..., and for a whole network also "dense1", ... and "output". Arrays of a
layer are

    kernel              (width, channels in, filters) of a convolution, (units in, units) of a dense layer
    bias                (filters,), where the layer has one
    gamma, beta         (filters,), scale and offset of a batch normalisation
    mean, variance      (filters,), its running statistics
"""

import dataclasses
import json
import os
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import config, dna, files
from jaxmotif.models import forward, zoo
from jaxmotif.models.spec import Conv, NetworkSpec

_STATISTICS = ("mean", "variance")
_ARCHITECTURE = "spec"

Arrays = Mapping[str, Mapping[str, np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class Imported:
    """Convolutions with their weights, and the whole network where it is one of ours.

    Attributes:
      name: of the network.
      length: of its sequences, in nt.
      convs: its convolutions, the first reads A, C, G, T.
      epsilon: of every batch normalisation.
      variables: {"params": {"conv1": {"kernel", "bias", "gamma", "beta"}, ...}, "batch_stats": {"conv1":
        {"mean", "variance"}, ...}}, float32; what a layer does not have is absent.
      spec: for `models.forward`, or None where only the convolutions are known.
    """

    name: str
    length: int
    convs: tuple[Conv, ...]
    epsilon: float
    variables: dict
    spec: NetworkSpec | None


def from_arrays(
    arrays: Arrays, spec: NetworkSpec, source: str = "weights", alphabet: str = dna.ALPHABET
) -> Imported:
    """Returns `arrays` as weights of `spec`: of all its layers, or only of its convolutions.

    Args:
      arrays: see the module.
      spec: the architecture.
      source: what errors call the weights, a file's name.
      alphabet: order of the first layer's input channels; T may be written as U.

    Raises:
      ValueError: for layers or arrays that are missing or that the architecture does not have, shapes that
        do not fit, values that are not finite, negative variances, and an alphabet that is not ACGT
        reordered.
    """
    order = alphabet.replace("U", "T")
    if sorted(order) != sorted(dna.ALPHABET):
        raise ValueError(f"{source}: the alphabet must hold each of {dna.ALPHABET} once, got {alphabet!r}")
    wanted = _shapes(spec)
    whole = any(not layer.startswith("conv") for layer in arrays)
    if not whole:
        wanted = {layer: shapes for layer, shapes in wanted.items() if layer.startswith("conv")}
    _same_names(f"{source}: layer", arrays, wanted)
    params, statistics = {}, {}
    for layer, shapes in wanted.items():
        _same_names(f"{source}: array of {layer}", arrays[layer], shapes)
        for name, shape in shapes.items():
            value = _checked(f"{source}: {layer}/{name}", arrays[layer][name], shape)
            if name == "variance" and (value < 0).any():
                raise ValueError(f"{source}: {layer}/variance is negative ({value.min():g})")
            if (layer, name) == ("conv1", "kernel"):
                value = value[:, [order.index(letter) for letter in dna.ALPHABET]]
            group = statistics if name in _STATISTICS else params
            group.setdefault(layer, {})[name] = jnp.asarray(value)
    variables = {"params": params, "batch_stats": statistics}
    return Imported(spec.name, spec.length, spec.convs, spec.norm_epsilon, variables, spec if whole else None)


def _shapes(spec: NetworkSpec) -> dict[str, dict[str, tuple[int, ...]]]:
    """Names and shapes of every array of `spec`, by layer.

    Raises:
      ValueError: for recurrent or highway layers.
    """
    if spec.recurrent or spec.highway:
        raise ValueError(f"{spec.name}: weights of recurrent and highway layers cannot be given as arrays")
    variables = jax.eval_shape(lambda: forward.init(spec, jax.random.key(0)))
    wanted = {layer: {n: a.shape for n, a in group.items()} for layer, group in variables["params"].items()}
    for layer, group in variables["batch_stats"].items():
        wanted[layer] |= {name: array.shape for name, array in group.items()}
    return wanted


def _same_names(what: str, found, wanted) -> None:
    missing, extra = [n for n in wanted if n not in found], [n for n in found if n not in wanted]
    if missing:
        raise ValueError(f"{what} {missing[0]} is missing; found: {', '.join(found) or 'none'}")
    if extra:
        raise ValueError(f"{what} {extra[0]} is not in the network; it has: {', '.join(wanted)}")


def _checked(what: str, value, shape: tuple[int, ...]) -> np.ndarray:
    value = np.asarray(value)
    if value.shape != shape:
        raise ValueError(f"{what} has shape {value.shape}, the network wants {shape}")
    try:
        value = value.astype(np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{what} holds {value.dtype}, not numbers") from None
    if not np.isfinite(value).all():
        raise ValueError(f"{what} holds values that are not finite")
    return value


def save(path: str | os.PathLike, arrays: Arrays, spec: NetworkSpec) -> None:
    """Writes an .npz that `load` reads: arrays named layer/array, and the architecture as "spec" (JSON).

    Raises:
      ValueError: as `from_arrays`.
    """
    from_arrays(arrays, spec, os.fspath(path))
    flat = {f"{layer}/{name}": np.asarray(a) for layer, group in arrays.items() for name, a in group.items()}
    flat[_ARCHITECTURE] = np.array(json.dumps(config.to_dict(spec)))
    with files.atomic_path(path) as temporary, temporary.open("wb") as stream:
        # numpy's stub takes any keyword for `allow_pickle`.
        np.savez(stream, **flat)  # pyrefly: ignore[bad-argument-type]


def load(path: str | os.PathLike, spec: NetworkSpec | None = None, alphabet: str = dna.ALPHABET) -> Imported:
    """Reads weights of an .npz file with arrays named layer/array, such as "conv1/kernel".

    Args:
      path: the file.
      spec: the architecture; without it the file says so, in "spec": a name of `zoo`, or `config.to_dict` of
        a `NetworkSpec` as JSON.
      alphabet: order of the first layer's input channels.

    Raises:
      ValueError: for a file that cannot be read, an architecture that is nowhere or that nobody knows, and
        as `from_arrays`.
    """
    arrays, text = {}, None
    for name, value in files.load_npz(path).items():
        layer, slash, array = name.rpartition("/")
        if name == _ARCHITECTURE:
            text = str(value)
        elif slash:
            arrays.setdefault(layer, {})[array] = value
        else:
            raise ValueError(f"{path} holds no weights (array {name!r} is not named layer/array)")
    if spec is None and text is None:
        raise ValueError(f"{path} does not say what network its weights are of: no {_ARCHITECTURE!r} in it")
    with files.reading(path):
        spec = spec or _architecture(os.fspath(path), text or "")
        return from_arrays(arrays, spec, os.fspath(path), alphabet)


def _architecture(path: str, text: str) -> NetworkSpec:
    if not text.lstrip().startswith("{"):
        return zoo.get(text)
    try:
        return config.from_dict(NetworkSpec, json.loads(text))
    except ValueError as error:
        raise ValueError(f"{path}: {_ARCHITECTURE!r} is no architecture ({error})") from None
