"""Modules and programs of PyTorch as `Graph`s: the only file that talks to `torch.export`."""

import contextlib
import operator as python
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaxmotif.models.imports.pytorch import operators
from jaxmotif.models.imports.pytorch.graph import Graph, Ref, Step

_MISSING = 'networks of PyTorch need the package torch: pip install "jaxmotif[torch]"'


def torch_module():
    """Returns the package torch.

    Raises:
      ValueError: if it is not installed.
    """
    try:
        import torch  # pyrefly: ignore[missing-import]
        import torch.export  # pyrefly: ignore[missing-import]
    except ImportError as error:
        raise ValueError(f"{_MISSING} ({error})") from None
    return torch


@contextlib.contextmanager
def evaluating(module):
    """Sets a module to what it does after training, and back as it was."""
    training = {one: one.training for one in module.modules()}
    module.eval()
    try:
        yield module
    finally:
        for one, was in training.items():
            one.training = was


def exported(module, examples: Sequence) -> tuple[Any, int]:
    """Returns a module as an exported program, and for how many rows at a time: 0 for any number.

    Args:
      module: torch.nn.Module.
      examples: its inputs, two rows each.

    Raises:
      ValueError: if `torch.export` refuses it.
    """
    torch = torch_module()
    rows = torch.export.Dim("rows", min=1)
    attempts = [
        (0, tuple(examples), tuple({0: rows} for _ in examples)),
        (1, tuple(one[:1] for one in examples), None),
    ]
    refused = None
    with evaluating(module):
        for count, arrays, shapes in attempts:
            try:
                return torch.export.export(module, arrays, dynamic_shapes=shapes), count
            except Exception as error:  # of many classes, and of none that is promised
                refused = error
    line = str(refused).strip().split("\n")[0]
    raise ValueError(f"torch.export cannot export {type(module).__name__}: {line}") from refused


def rows_of(program) -> int:
    """Returns how many rows at a time an exported program takes, 0 for any number."""
    sizes = {shape[0] for _, shape in inputs_of(program) if shape}
    return next((size for size in sizes if size is not None), 0)


def inputs_of(program) -> list[tuple[str, tuple[int | None, ...]]]:
    """Returns name and shape of each input of an exported program; None where any size goes."""
    names = list(program.graph_signature.user_inputs)
    found = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    size = lambda one: one if isinstance(one, int) else None
    return [(name, tuple(size(one) for one in found[name].shape)) for name in names if name in found]


def read(program) -> tuple[Graph, dict[str, np.ndarray]]:
    """Returns an exported program as a graph, and its weights by their names in the module.

    Assignments in place are turned into values first, and where an operator is not known, operators are
    taken apart into simpler ones.
    """
    if any(_in_place(node) for node in program.graph.nodes):
        program = program.run_decompositions({})
    graph = _graph(program)
    if _unknown(graph):
        simpler = program.run_decompositions()
        if len(_unknown(_graph(simpler))) < len(_unknown(graph)):
            program, graph = simpler, _graph(simpler)
    tensors = {**program.state_dict, **program.constants}
    needed = {name for step in graph.needed(list(graph.heads.values())) for name in step.reads}
    needed.update(graph.heads.values())
    keys = {key for name, key in graph.weights.items() if name in needed}
    return graph, {key: as_array(tensors[key]) for key in graph.weights.values() if key in keys}


def as_array(tensor) -> np.ndarray:
    """Returns a tensor's values, float32 where it has numbers of another precision."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def named_outputs(values, spec=None) -> dict[str, Any]:
    """Returns what a module returns by name: keys of mappings, output1, output2, ... of sequences.

    Args:
      values: a tensor, or mappings and sequences of them; with `spec` a list in its order.
      spec: PyTorch's tree of the outputs.
    """
    pytree = torch_module().utils._pytree
    if spec is not None:
        values = pytree.tree_unflatten(list(values), spec)
    found: dict[str, Any] = {}
    for path, value in pytree.tree_flatten_with_path(values)[0]:
        parts = [str(getattr(key, "key", getattr(key, "name", None) or key)) for key in path]
        parts = [
            f"output{int(part.strip('[]')) + 1}" if part.strip("[]").isdigit() else part for part in parts
        ]
        found["/".join(parts) or "output"] = value
    return found


def _in_place(node) -> bool:
    schema = getattr(node.target, "_schema", None)
    return node.op == "call_function" and bool(schema and schema.is_mutable)


def _unknown(graph: Graph) -> list[Step]:
    steps = graph.needed(list(graph.heads.values()))
    return [s for s in steps if isinstance(s.operator, str) and operators.find(s.operator) is None]


def _graph(program) -> Graph:
    nodes = list(program.graph.nodes)
    signature = program.graph_signature
    weights = {
        spec.arg.name: spec.target
        for spec in signature.input_specs
        if spec.kind.name in ("PARAMETER", "BUFFER", "CONSTANT_TENSOR")
    }
    outputs = [spec.arg for spec in signature.output_specs if spec.kind.name == "USER_OUTPUT"]
    names = [getattr(one, "name", None) for one in outputs]
    heads = named_outputs(names, program.call_spec.out_spec)
    return Graph(
        tuple(name for name, _ in inputs_of(program)),
        weights,
        tuple(_step(node) for node in nodes if node.op in ("call_function", "get_attr")),
        {name: value for name, value in heads.items() if value},
    )


def _step(node) -> Step:
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    place, kind = stack[-1] if stack else ("", "")
    place, kind = (place, kind) if isinstance(place, str) and not place.startswith("_empty") else ("", "")
    kind = getattr(kind, "__name__", str(kind)).rpartition(".")[2]
    args, kwargs = (_plain(one) for one in (list(node.args), dict(node.kwargs)))
    return Step(node.name, _operator(node), tuple(args), kwargs, place, kind)


def _operator(node) -> str | Callable:
    if node.op == "get_attr":
        return f"get_attr.{node.target}"
    module = getattr(node.target, "__module__", "")
    if module in (python.__name__, "_operator", "math", "builtins"):
        return node.target
    return str(node.target)


def _plain(value):
    """Arguments of a node without anything of PyTorch."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, slice):
        return slice(*(_plain(one) for one in (value.start, value.stop, value.step)))
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    if hasattr(value, "op") and hasattr(value, "name"):
        return Ref(value.name)
    return str(value)  # torch.dtype, torch.device
