"""Files that PyTorch wrote: exported programs, weights, and what is refused."""

import importlib
import os
import pathlib
import sys
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from jaxmotif import files
from jaxmotif.models.imports.pytorch.export import torch_module

SUFFIXES = (".pt2", ".pt", ".pth", ".ckpt", ".bin")
# Where training programs keep the weights among other things.
_NESTED = ("state_dict", "model_state_dict", "model", "net", "network")
# Without it `torch.export.load` unpickles what it cannot read otherwise, and runs whatever is in there.
_ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def is_torch(path: str | os.PathLike) -> bool:
    """Returns whether a file's name is that of PyTorch's files."""
    return pathlib.Path(path).suffix in SUFFIXES and pathlib.Path(path).is_file()


def read(path: str | os.PathLike, module: Any = None, trusted: bool = False) -> Any:
    """Returns the module or the exported program that a file holds.

    Args:
      path: an exported program (`torch.export.save`), or weights (`torch.save(module.state_dict())`).
      module: what the weights belong to: a torch.nn.Module, a function that makes one, or
        "package.module:name" of one of these.
      trusted: whether Python objects in the file may be run, which may do anything.

    Raises:
      ValueError: for files that cannot be read, TorchScript, weights without a module or of another one, and
        pickled modules that are not trusted.
    """
    torch, place = torch_module(), pathlib.Path(path)
    if not place.is_file():
        raise ValueError(f"{path} is not there")
    names = zipfile.ZipFile(place).namelist() if zipfile.is_zipfile(place) else []
    if any(name.endswith("constants.pkl") or "/code/" in name for name in names):
        raise ValueError(
            f"{path} is TorchScript, which cannot be read: load it in the program that made it and save the "
            "weights by torch.save(model.state_dict(), ...), or the whole network by "
            "torch.export.save(torch.export.export(model, (x,)), 'model.pt2')"
        )
    if any("aotinductor" in name for name in names):
        raise ValueError(
            f"{path} holds compiled code (AOTInductor), of which nothing can be read: save the network "
            "by torch.export.save(torch.export.export(model, (x,)), 'model.pt2')"
        )
    program = any("models/" in name and name.endswith(".json") for name in names)
    pickled = any(name.endswith("data.pkl") for name in names)
    if program or (place.suffix == ".pt2" and not pickled):
        with files.reading(os.fspath(path), "exported program"):
            return _program(torch, place, trusted)
    found = _unpickled(torch, place, trusted)
    if isinstance(found, torch.nn.Module):
        return found
    if not isinstance(found, Mapping):
        raise ValueError(f"{path} holds {type(found).__name__}, neither weights nor a module")
    if module is None:
        raise ValueError(
            f"{path} holds weights only: module= (--module=package.module:Class) says what they belong to"
        )
    return filled(made(module), found, os.fspath(path))


def made(module: Any) -> Any:
    """Returns a torch.nn.Module, from itself, from a function that makes it, or from "package.module:name".

    Raises:
      ValueError: if it cannot be imported or made, or is something else.
    """
    torch = torch_module()
    if isinstance(module, str):
        module = _imported(module)
    if isinstance(module, Callable) and not isinstance(module, torch.nn.Module):
        try:
            module = module()
        except TypeError as error:
            raise ValueError(f"{module} cannot be called without arguments: {error}") from error
    if not isinstance(module, torch.nn.Module):
        raise ValueError(f"{module!r} is no torch.nn.Module, and does not make one")
    return module


def filled(module, weights: Mapping[str, Any], source: str):
    """Returns the module with these weights; prefixes of wrappers such as "module." are taken off.

    Raises:
      ValueError: if weights are missing, are too many or have other shapes.
    """
    nested = next((weights[key] for key in _NESTED if isinstance(weights.get(key), Mapping)), weights)
    own = module.state_dict()
    given = {name: value for name, value in nested.items() if hasattr(value, "shape")}
    prefix = next(
        (
            p
            for p in ("module.", "model.", "_orig_mod.")
            if not own.keys() & given.keys() and all(name.startswith(p) for name in given)
        ),
        "",
    )
    given = {name.removeprefix(prefix): value for name, value in given.items()}
    try:
        module.load_state_dict(given)
    except RuntimeError as error:
        lines = "; ".join(line.strip() for line in str(error).split("\n")[1:] if line.strip())
        raise ValueError(f"{source} does not fit {type(module).__name__}: {lines[:500]}") from None
    return module


def _program(torch, place: pathlib.Path, trusted: bool):
    before = os.environ.get(_ONLY_WEIGHTS)
    if not trusted:
        os.environ[_ONLY_WEIGHTS] = "1"
    try:
        return torch.export.load(place)
    except Exception as error:  # of many classes
        line = _first_sentence(error)
        raise ValueError(f"no exported program that can be read: {line}") from error
    finally:
        if not trusted:
            del os.environ[_ONLY_WEIGHTS]
            if before is not None:
                os.environ[_ONLY_WEIGHTS] = before


def _unpickled(torch, place: pathlib.Path, trusted: bool):
    try:
        return torch.load(place, map_location="cpu", weights_only=not trusted)
    except Exception as error:  # of many classes
        line = _first_sentence(error)
        if trusted:
            raise ValueError(f"{place} cannot be read: {line}") from error
        raise ValueError(
            f"{place} holds more than weights, or is damaged ({line}); a whole module in a file is Python "
            "code that may do anything: trusted=True (--nosafe_mode) runs it"
        ) from error


def _first_sentence(error: Exception) -> str:
    """What PyTorch says first; it goes on for paragraphs, in colours."""
    return str(error).strip().split("\n")[0].split(". ")[0][:200]


def _imported(name: str) -> Any:
    where, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(f"a module is named package.module:Class, got {name!r}")
    sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(where), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name} cannot be imported: {error}") from error
    finally:
        sys.path.remove(os.getcwd())
