"""Networks of Keras 2 and 3 as ours, with proof that they are the same function."""

import dataclasses
import json
import os
import pathlib
import tempfile
import warnings
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, files
from jaxmotif.models.imports import external, keras_file
from jaxmotif.models.imports.external import Loaded, Options
from jaxmotif.models.imports.inputs import Arrangement, arranged
from jaxmotif.models.imports.keras import graph, layers, maps, model_files, places, weights
from jaxmotif.models.imports.keras.backend import installed, keras
from jaxmotif.models.network import Network

# Outputs of our own reader and of Keras that differ by less are the same.
_SAME = 1e-5


def load_keras(  # noqa: PLR0913 - what cannot be read off a file, each by its name
    path,
    architecture: str | os.PathLike | None = None,
    head: str | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
    alphabet: str = dna.ALPHABET,
    length: int | None = None,
    *,
    safe_mode: bool = True,
    reference: str | os.PathLike | None = None,
    position: int | None = None,
) -> Network:
    """Opens a network that Keras 2 or 3 trained, as a pure function with gradients and maps by name.

    Keras 3 is needed (`pip install 'jaxmotif[keras]'`), but for plain convolutional networks of Keras 2.
    Maps have the names of convolutions: what each hands on, behind the normalisation and activation that
    follow it, before its pooling; branches that are added, recurrent layers and attention have maps too.
    Where a layer is not known, the network is opened down to it: maps below it, heads that do not need it.

    Args:
      path: .h5, .hdf5 or .keras of a whole model, a file of its weights only, or a model of Keras 3.
      architecture: for weights only: the model's JSON (`model.to_json()`), or another file of the model.
      head: the output to read; None: all with one vector per sequence, see `external.finish`.
      custom_objects: {class or layer: class of Keras, or function of arrays} of what is not Keras' own.
      inputs: {name: array without the batch, number, or function of x (B, L, 4)} of further inputs.
      alphabet: order of the input channels, "AGCT" for networks trained on DeepSEA's files.
      length: of the sequences, nt, where the network reads any.
      safe_mode: False runs Python code of Lambda layers that lies in the file, which may do anything.
      reference: an .npz of inputs "x" as the network reads them, and outputs "y", or heads by name.
      position: of a head with positions, the one to read, from 0; None: their sum.

    Returns:
      A network made from a function; one of our own architecture where it is one. Its `notes` say what was
      left out, and the largest difference of outputs to those of Keras itself, or to `reference`.

    Raises:
      ValueError: for files that cannot be read, networks of which nothing is known, inputs that are missing,
        or where Keras 3 is missing or has another backend than JAX.

    Examples:
      >>> import os
      >>> os.environ["KERAS_BACKEND"] = "jax"
      >>> import jaxmotif as jm, keras
      >>> x = keras.Input((20, 4))
      >>> h = keras.layers.Conv1D(8, 5, activation="relu", name="motifs")(x)
      >>> y = keras.layers.Dense(1, name="bound")(keras.layers.Flatten()(h))
      >>> keras.Model(x, y).save("model.keras")
      >>> net = jm.load_keras("model.keras")
      >>> net.classes, net.map_names
      (('bound',), ('motifs',))
    """
    options = Options(
        architecture,
        head,
        position,
        custom_objects or {},
        inputs or {},
        alphabet,
        length,
        safe_mode,
        reference,
    )
    return loaded(path, options).network


def loaded(path, options: Options | None = None) -> Loaded:
    """Opens a network of Keras; see `load_keras`."""
    options = options or Options()
    if not isinstance(path, (str, os.PathLike)):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / f"{files.safe_name(path.name)}.keras"
            path.save(copy)
            return loaded(copy, options)
    own = _own(path, options)
    if own is not None and not installed():
        return own
    found = _by_keras(path, options)
    if own is None:
        return found
    difference = _difference(own.network, found.network)
    if difference is None or difference > _SAME:
        return found
    check, against = found.check, found.against
    if options.reference is None:
        check, against = difference, f"Keras on {external.CHECKED} random sequences"
    own = dataclasses.replace(own, check=check, against=against)
    notes = (*own.notes, own.checked)
    return dataclasses.replace(own, network=dataclasses.replace(own.network, notes=notes))


def _own(path, options: Options) -> Loaded | None:
    """What our own reader makes of a file, if that is the whole network."""
    if not options.plain or not keras_file.is_hdf5(path):
        return None
    try:
        found = keras_file.load(path, options.alphabet)
    except ValueError:
        return None
    if found.spec is None or options.length not in (None, found.length):
        return None
    whole = graph.read(model_files.read(path).config)
    names = tuple(call.path for call in whole.calls if call.kind in maps.CONVOLUTIONS)
    (head,) = whole.outputs
    network = Network.from_members(
        found.spec,
        [found.variables],
        alphabet=dna.alphabet_of(options.alphabet),
        classes=external.class_names(head, (found.spec.outputs,)),
        map_names=names,
    )
    x = jax.ShapeDtypeStruct((1, found.length, 4), np.float32)
    shapes = jax.eval_shape(network.apply, network.member_variables(0), x)[1]
    heads = (external.Head(head, (network.outputs,), "sigmoid", True),)
    notes = (f"the network is one of jaxmotif's own: {len(names)} convolutions, read without Keras",)
    every = tuple(shapes[number].shape[1:] for number in range(1, len(names) + 1))
    made = Loaded(network, heads, names, every, notes, None, "")
    return dataclasses.replace(made, network=dataclasses.replace(network, notes=(*notes, made.checked)))


def _difference(one: Network, other: Network) -> float | None:
    """Largest difference of two networks' probabilities; None if they are of other kinds."""
    if (one.length, one.outputs) != (other.length, other.outputs):
        return None
    codes = np.random.default_rng(0).integers(0, 4, (external.CHECKED, one.length)).astype(np.uint8)
    return float(np.abs(one.probabilities(codes) - other.probabilities(codes)).max())


def _by_keras(path, options: Options) -> Loaded:
    """A network as Keras' layers compute it."""
    source = os.fspath(path)
    found = model_files.read(path, options.architecture)
    keras()
    with files.reading(source, "Keras model"):
        whole = graph.read(found.config)
    try:
        inputs = arranged(whole.inputs, options.length, options.alphabet, options.inputs)
        with warnings.catch_warnings(action="ignore"):  # of settings that have other names now
            built = layers.build(whole, inputs.length, options.custom_objects, options.safe_mode)
        known, cut = maps.find(built), maps.cut(built)
        if not known and not cut.heads:
            number, why = next(iter(built.unknown.items()))
            raise ValueError(f"{whole.calls[number]} is not known, nor anything below it: {why}")
        geometry = places.geometry(built, known, inputs)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    with files.reading(source, "Keras model"), found.weights() as group:
        weights.fill(group, found.config, built.with_weights, source)
    reference, against = _reference(found, options, built, inputs)
    foreign = external.Foreign(
        found.name,
        _function(built, known, cut, inputs),
        built.variables(),
        inputs.length,
        links=cut.links,
        bounded=cut.bounded,
        geometry=geometry,
        maps_up_to=_maps_up_to(built, known, cut, inputs),
        reference=reference and (lambda x: _turned(reference(x), cut)),
        against=against,
        notes=(*inputs.notes, *_unknown(built, known)),
        alphabet=dna.alphabet_of(options.alphabet),
    )
    stored = external.read_stored(options.reference, inputs.back) if options.reference else None
    if stored:
        stored = {"x": stored.pop("x")} | _turned(stored, cut)
    return external.finish(foreign, options.head, stored, options.position, options.task)


def _function(built: layers.Layers, known, cut: maps.Cut, inputs: Arrangement):
    """(variables, x (B, L, 4)) -> (heads, maps)."""

    def function(variables, x_bl4):
        tensors = built.run(variables, inputs(x_bl4), cut.plain)
        heads = {name: tensors[value.call][value.tensor] for name, value in cut.heads.items()}
        return _turned(heads, cut), _maps(tensors, known)

    return function


def _turned(heads: Mapping, cut: maps.Cut) -> dict:
    """Heads with their channels last; what is stored as "y" is of the only one."""
    (only, *_) = (*cut.heads, "")
    axis = lambda name: cut.channels.get(only if name == "y" else name, -1)
    return {name: jnp.moveaxis(value, axis(name), -1) for name, value in heads.items()}


def _maps_up_to(built: layers.Layers, known, cut: maps.Cut, inputs: Arrangement):
    """(variables, x (B, L, 4), name) -> {map: (B, P, K)} of the calls that one map depends on."""
    calls = {one.name: built.graph.needed(one.value) for one in known}

    def function(variables, x_bl4, name):
        tensors = built.run(variables, inputs(x_bl4), cut.plain, calls[name])
        return _maps(tensors, [one for one in known if one.value.call in calls[name]])

    return function


def _maps(tensors, known) -> dict[str, jax.Array]:
    found = {}
    for one in known:
        value = external.as_map(tensors[one.value.call][one.value.tensor], one.channels)
        if value is not None:
            found[one.name] = value
    return found


def _unknown(built: layers.Layers, known) -> list[str]:
    """What is said of layers that are not known, and of what lies below them."""
    below = ", ".join(one.name for one in known) or "no maps"
    missing = [name for name, value in built.graph.outputs.items() if not built.reached(value)]
    found = [f"{built.graph.calls[number]} is not known: {why}" for number, why in built.unknown.items()]
    if missing:
        found.append(f"opened down to there: {below}; without the heads behind it: {', '.join(missing)}")
    return found


def _reference(found: model_files.ModelFiles, options: Options, built: layers.Layers, inputs: Arrangement):
    """x (B, L, 4) -> {head: array} by another way than ours, and which it is: Keras itself where it can."""
    outputs = {head: value for head, value in built.graph.outputs.items() if built.reached(value)}
    try:
        model = _keras_model(found, options)
    # Keras raises anything here; it only means that it cannot be asked.
    except Exception:
        weights_now = built.variables()

        def reference(x_bl4):
            tensors = built.run(weights_now, inputs(jnp.asarray(x_bl4)))
            return {head: np.asarray(tensors[value.call][value.tensor]) for head, value in outputs.items()}

        return (reference, "Keras' layers, not compiled,") if outputs else (None, "")

    def reference_of_keras(x_bl4):
        arrays = inputs(jnp.asarray(x_bl4))
        with warnings.catch_warnings(action="ignore"):
            values = keras().tree.flatten(
                model(arrays[0] if len(arrays) == 1 else list(arrays), training=False)
            )
        return {head: np.asarray(one) for head, one in zip(built.graph.outputs, values, strict=True)}

    return reference_of_keras, "Keras' own"


def _keras_model(found: model_files.ModelFiles, options: Options):
    """The model as Keras itself loads it."""
    custom = dict(options.custom_objects)
    with warnings.catch_warnings(action="ignore"):
        if found.whole:
            return keras().saving.load_model(
                found.path, custom_objects=custom, compile=False, safe_mode=options.safe_mode
            )
        model = keras().models.model_from_json(json.dumps(found.config), custom_objects=custom)
        model.load_weights(found.path)
        return model
