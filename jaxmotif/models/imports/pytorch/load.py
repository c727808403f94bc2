"""Networks of PyTorch as ours, with proof that they are the same function."""

import dataclasses
import inspect
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models.geometry import Geometry
from jaxmotif.models.imports import external
from jaxmotif.models.imports.external import Loaded
from jaxmotif.models.imports.inputs import Arrangement, Input, arranged
from jaxmotif.models.imports.pytorch import export, files, graph, maps, places
from jaxmotif.models.network import Network

# Axes of the sequence's input behind the batch: C for letters, L for positions, 1 for one that is not used.
ORDERS = ("CL", "LC", "C1L", "1CL", "CL1", "1LC")


# Operators whose values have channels on their last axis.
_LAST = ("linear", "matmul", "bmm", "addmm", "baddbmm", "layer_norm", "lstm", "gru", "rnn_tanh", "rnn_relu")


@dataclasses.dataclass(frozen=True)
class Options:
    """How a PyTorch network is opened; see `load_torch`."""

    length: int | None = None
    head: str | None = None
    position: int | None = None
    order: str | None = None
    inputs: Mapping[str, Any] | None = None
    alphabet: str = dna.ALPHABET
    module: Any = None
    trusted: bool = False
    task: str | None = None

    def __post_init__(self):
        if self.order not in (None, *ORDERS, *(f"B{one}" for one in ORDERS)):
            raise ValueError(f"order is one of {', '.join(f'B{one}' for one in ORDERS)}, got {self.order!r}")


def load_torch(network, **options) -> Network:
    """Opens a network that PyTorch trained, as a pure function with gradients and maps by name.

    PyTorch is needed to open it (`pip install 'jaxmotif[torch]'`), not to run it: `torch.export` lists its
    operators, which run in JAX. Maps have the names of convolutions: what each hands on, behind the
    normalisation and activation that follow it, before its pooling; branches that are added and recurrent
    layers have maps too. Where an operator is not known, the network is opened down to it.

    Args:
      network: a torch.nn.Module, what `torch.export.export` makes of one, or a file: a .pt2 of
        `torch.export.save`, or weights of a `module`.
      **options: `length` of the sequences in nt, for modules; `head`, the output to read, see
        `external.finish`; `position`, of a head with positions the one to read, from 0, in the place of
        their sum; `order` of the input's axes, "BCL" or "BLC" (for more axes such as "BC1L"), by
        default the first that the module takes; `inputs`, {name: array without the batch, number, or
        function of x (B, L, 4)} of the inputs that are no sequence; `alphabet`, the order of input channels;
        `module`, for files of weights: the module, a function that makes it, or "package.module:name";
        `trusted`, whether files may run Python code, which may do anything.

    Returns:
      A network made from a function; outputs are logits. `notes` say what was left out, and the largest
      difference of its outputs to those of PyTorch itself on 32 random sequences.

    Raises:
      ValueError: if PyTorch is missing, for files that cannot be read, TorchScript, modules that cannot be
        exported, inputs that are missing, and networks of which nothing is known.

    Examples:
      >>> import jaxmotif as jm, torch
      >>> convolution = torch.nn.Sequential(torch.nn.Conv1d(4, 8, 5), torch.nn.ReLU())
      >>> module = torch.nn.Sequential(convolution, torch.nn.Flatten(), torch.nn.Linear(128, 1))
      >>> net = jm.load_torch(module, length=20)
      >>> net.map_names, net.geometry("0.0")
      (('0.0',), Geometry(width=5, left=0, jump=1, pool=1))
    """
    return loaded(network, Options(**options)).network


def loaded(network, options: Options = Options()) -> Loaded:
    """Opens a network of PyTorch; see `load_torch`."""
    torch = export.torch_module()
    name = ""
    if isinstance(network, (str, os.PathLike)):
        name = pathlib.Path(network).stem
        network = files.read(network, options.module, options.trusted)
    if isinstance(network, torch.nn.Module):
        name = name or type(network).__name__
        program, rows = export.exported(network, _examples(torch, network, options))
    else:
        program, rows = network, export.rows_of(network)
    inputs = [Input(one, shape[1:]) for one, shape in export.inputs_of(program)]
    arrangement = arranged(inputs, options.length, options.alphabet, options.inputs)
    return _opened(_Opening(torch, network, program, rows, arrangement, name or "network"), options)


def of_file(path: str | os.PathLike, options: external.Options) -> Loaded:
    """Opens a file of PyTorch with the options that files of all programs have.

    Raises:
      ValueError: for options that are of Keras, and as `load_torch`.
    """
    if options.architecture or options.custom_objects or options.reference:
        raise ValueError(
            f"{path} is of PyTorch: architectures, custom objects and stored outputs are of Keras; weights "
            "are of a --module"
        )
    return loaded(
        path,
        Options(
            length=options.length,
            head=options.head,
            position=options.position,
            inputs=options.inputs or None,
            alphabet=options.alphabet,
            module=options.module,
            trusted=not options.safe_mode,
            task=options.task,
        ),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Opening:
    """What is opened: the module or program, its rows at a time (0: any), and how its inputs are filled."""

    torch: Any
    source: Any
    program: Any
    rows: int
    inputs: Arrangement
    name: str


def _opened(opening: _Opening, options: Options) -> Loaded:
    whole, weights = export.read(opening.program)
    x = jax.ShapeDtypeStruct((opening.rows or 2, opening.inputs.length, 4), jnp.float32)
    arrays = jax.eval_shape(opening.inputs, x)
    shapes, problems = graph.traced(whole, weights, arrays)
    axis = 1 + opening.inputs.axes[0]
    where = places.Places(whole, shapes, opening.inputs.sequence, axis)
    heads = {head: value for head, value in whole.heads.items() if value in shapes}
    turned = {head: _channels(whole, shapes, value, where.found.get(value)) for head, value in heads.items()}
    guessed = [head for head, (_, known) in turned.items() if not known]
    turned = {head: axis for head, (axis, _) in turned.items()}
    known, cut = maps.find(whole, shapes, where), maps.cut(whole, shapes, turned)
    needed = {step.name for step in whole.needed(list(whole.heads.values()))}
    problems = {name: why for name, why in problems.items() if name in needed}
    if not known and not cut.heads:
        raise ValueError(f"{opening.name}: {next(iter(problems.values()), 'it has no outputs')}")
    turned = {head: _turned(turned[head]) for head in cut.heads}
    foreign = external.Foreign(
        opening.name,
        _in_rows(_function(whole, opening.inputs, known, cut, turned), opening.rows),
        weights,
        opening.inputs.length,
        links=cut.links,
        bounded=cut.bounded,
        geometry=_geometry(whole, shapes, where, known),
        maps_up_to=_maps_up_to(whole, opening, known, cut),
        reference=_reference(opening, turned),
        against="PyTorch's own",
        notes=(*opening.inputs.notes, *_unknown(whole, problems, known, cut), *map(_guessed, guessed)),
        alphabet=dna.alphabet_of(options.alphabet),
    )
    return external.finish(foreign, options.head, position=options.position, task=options.task)


def _function(whole: graph.Graph, inputs: Arrangement, known, cut: maps.Cut, turned) -> Callable:
    """(variables, x (B, L, 4)) -> (heads, maps)."""
    steps = whole.needed([*cut.heads.values(), *(one.value for one in known.values())])

    def function(variables, x_bl4):
        values = graph.run(whole, steps, variables, inputs(x_bl4), cut.without)
        heads = {name: turned[name](values[value]) for name, value in cut.heads.items()}
        return heads, _maps(values, known)

    return function


def _maps_up_to(whole: graph.Graph, opening: _Opening, known, cut: maps.Cut) -> Callable:
    """(variables, x (B, L, 4), name) -> {map: (B, P, K)} of the operators that one map depends on."""

    def function(variables, x_bl4, name):
        steps = whole.needed([known[name].value])
        names = {step.name for step in steps}
        below = {one: known[one] for one in known if known[one].value in names}

        def own(variables, x_bl4):
            return _maps(graph.run(whole, steps, variables, opening.inputs(x_bl4), cut.without), below)

        return _in_rows(own, opening.rows)(variables, x_bl4)

    return function


def _maps(values, known) -> dict[str, jax.Array]:
    found = {name: external.as_map(values[one.value], one.channels) for name, one in known.items()}
    return {name: value for name, value in found.items() if value is not None}


def _in_rows(function: Callable, rows: int) -> Callable:
    """`function` of any number of sequences, where it takes `rows` at a time; 0: as it is."""
    if not rows:
        return function

    def apply(variables, x_bl4):
        batch = x_bl4.shape[0]
        padded = jnp.pad(x_bl4, ((0, -batch % rows), (0, 0), (0, 0)))
        groups = padded.reshape(-1, rows, *x_bl4.shape[1:])
        found = jax.vmap(function, (None, 0))(variables, groups)
        return jax.tree.map(lambda value: value.reshape(-1, *value.shape[2:])[:batch], found)

    return apply


def _channels(whole: graph.Graph, shapes, value: str, place: places.Place | None) -> tuple[int, bool]:
    """The axis of a head's channels, -1 without positions, and whether that is known.

    Convolutions have channels before positions, products and recurrent layers behind them.
    """
    shape = shapes[value]
    if len(shape) < 3:
        return -1, True
    if len(shape) > 3:
        return _channels_of_many(shape, place)
    if place:
        return {1: 2, 2: 1}.get(place.axis, 1), True
    steps = {step.name: step for step in whole.steps}
    step = steps.get(value)
    while step is not None and step.base not in _LAST and len(step.reads) == 1:
        below = step.reads[0]
        step = steps.get(below) if step.base == "" or shapes.get(below) == shape else None
    if step is not None and step.base in _LAST:
        return 2, True
    return (1 if shape[1] <= shape[2] else 2), False


def _channels_of_many(shape: tuple[int, ...], place: places.Place | None) -> tuple[int, bool]:
    """`_channels` of a head with more axes, as behind convolutions in two dimensions."""
    wide = [axis for axis in range(1, len(shape)) if shape[axis] > 1]
    along = place.axis if place else max(wide, key=lambda axis: shape[axis], default=0)
    others = [axis for axis in wide if axis != along]
    if not place and wide in ([], [1]):
        return 1, True  # nothing but channels
    if len(others) < 2:
        return (others[0] if others else 1 if along != 1 else len(shape) - 1), place is not None
    return others[0], False


def _guessed(head: str) -> str:
    return f"which axis of head {head!r} has the positions is not known: the longer one was taken"


def _turned(channels: int) -> Callable:
    """Puts the channels of a head last."""
    return lambda value: jnp.moveaxis(value, channels, -1) if value.ndim > 2 else value


def _geometry(whole: graph.Graph, shapes, where: places.Places, known) -> dict[str, Geometry]:
    users, found = whole.users(), {}
    for name, one in known.items():
        place = where.found.get(one.value)
        if place and place.width:
            positions = shapes[one.value][place.axis]
            pool = places.pool(whole, users, one.value, positions)
            found[name] = Geometry(place.width, place.left, place.jump, pool)
    return found


def _unknown(whole: graph.Graph, problems: Mapping[str, str], known, cut: maps.Cut) -> list[str]:
    """What is said of operators that cannot be run, and of what lies below them."""
    missing = [name for name in whole.heads if name not in cut.heads]
    found = list(problems.values())
    if missing:
        below = ", ".join(known) or "no maps"
        found.append(f"opened down to there: {below}; without the heads behind it: {', '.join(missing)}")
    return found


def _examples(torch, module, options: Options) -> list:
    """Inputs of a module, two rows each, as it takes them.

    Raises:
      ValueError: without a length, for inputs that are missing, or if it takes the sequences in no order.
    """
    if not options.length:
        raise ValueError("a module does not say how long its sequences are: length=L")
    given, parameters = dict(options.inputs or {}), inspect.signature(module.forward).parameters
    names = [
        name
        for name, one in parameters.items()
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.POSITIONAL_ONLY)
    ]
    for name in given:
        if name not in names:
            raise ValueError(f"there is no input {name!r}; inputs: {', '.join(names)}")
    free = [name for name in names if name not in given]
    sequence, *others = free or [""]
    needed = [name for name in others if parameters[name].default is inspect.Parameter.empty]
    if needed:
        raise ValueError(f"input {needed[0]!r} is no sequence: give it by inputs={{NAME: array}}")
    last = max(names.index(name) for name in (sequence, *given) if name in names)
    x = np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (2, options.length))]
    device = next((one.device for one in module.parameters()), "cpu")
    tensor = lambda value: torch.tensor(np.array(value)).to(device)
    refused = ""
    for order in [options.order.removeprefix("B")] if options.order else ORDERS:
        arrays = [
            tensor(_ordered(x, order))
            if name == sequence
            else tensor(_rows(given[name], x))
            if name in given
            else parameters[name].default
            for name in names[: last + 1]
        ]
        try:
            with export.evaluating(module), torch.no_grad():
                module(*arrays)
            return arrays
        except Exception as error:  # whatever a module raises for a shape it does not take
            refused = refused or str(error).strip().split("\n")[0]
    shown = options.order or " or ".join(f"B{one}" for one in ORDERS)
    raise ValueError(
        f"{type(module).__name__} takes no sequences of {options.length} nt as {shown}: {refused}"
    )


def _ordered(x_bl4: np.ndarray, order: str) -> np.ndarray:
    sizes = {"C": 4, "L": x_bl4.shape[1], "1": 1}
    moved = x_bl4.swapaxes(1, 2) if order.index("C") < order.index("L") else x_bl4
    return moved.reshape(len(x_bl4), *(sizes[one] for one in order))


def _rows(value, x_bl4: np.ndarray) -> np.ndarray:
    """A further input for each sequence."""
    if callable(value):
        return np.asarray(value(jnp.asarray(x_bl4)))
    value = np.asarray(value)
    value = value.astype(np.float32) if value.dtype == np.float64 else value
    return np.broadcast_to(value, (len(x_bl4), *value.shape))


def _reference(opening: _Opening, turned: Mapping[str, Callable]) -> Callable:
    """x (B, L, 4) -> {head: array} as PyTorch itself computes it."""
    torch = opening.torch
    module = opening.source if isinstance(opening.source, torch.nn.Module) else None
    run = module if module is not None else opening.program.module()
    device = next((one.device for one in run.parameters()), "cpu")

    def some(x_bl4: np.ndarray) -> dict[str, np.ndarray]:
        arrays = [torch.tensor(np.array(one)).to(device) for one in opening.inputs(jnp.asarray(x_bl4))]
        outputs = export.named_outputs(run(*arrays))
        return {name: export.as_array(outputs[name]) for name in turned}

    def reference(x_bl4: np.ndarray) -> dict[str, np.ndarray]:
        rows = opening.rows or len(x_bl4)
        padded = np.concatenate([x_bl4, x_bl4[: -len(x_bl4) % rows]])
        parts: Sequence[dict] = []
        with torch.no_grad(), export.evaluating(module) if module is not None else torch.no_grad():
            parts = [some(padded[at : at + rows]) for at in range(0, len(padded), rows)]
        joined = {name: np.concatenate([one[name] for one in parts])[: len(x_bl4)] for name in turned}
        return {name: turned[name](value) for name, value in joined.items()}

    return reference
