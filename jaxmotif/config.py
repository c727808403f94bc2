"""Configs are frozen dataclasses; fields are overridden by path and everything is validated again."""

import ast
import dataclasses
import json
import pathlib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def choose(kind: str, name: str, known: Mapping[str, T]) -> T:
    """`known[name]`, or a ValueError that lists what is known."""
    if name not in known:
        raise ValueError(f"unknown {kind} {name!r}; known: {', '.join(known)}")
    return known[name]


def override(config: T, assignments: Sequence[str]) -> T:
    """`config` with each "path.to.field=value" applied.

    Raises:
      ValueError: for a malformed assignment, an unknown field, or a value of another type.
    """
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ValueError(f"--set wants path.to.field=value, got {assignment!r}")
        config = _replace(config, path.split("."), text, path)
    return config


def _replace(config, parts: list[str], text: str, path: str):
    hints = typing.get_type_hints(type(config))
    name, rest = parts[0], parts[1:]
    fields = [field.name for field in dataclasses.fields(config)]
    if name not in fields:
        raise ValueError(f"unknown field {path!r} at {name!r}; known: {', '.join(fields)}")
    value = getattr(config, name)
    if rest:
        if not dataclasses.is_dataclass(value):
            raise ValueError(f"field {name!r} of {path!r} has no fields of its own")
        return dataclasses.replace(config, **{name: _replace(value, rest, text, path)})
    return dataclasses.replace(config, **{name: _parse(text, hints[name], path)})


def _parse(text: str, kind: Any, path: str) -> Any:
    problem = ValueError(f"{path} wants {getattr(kind, '__name__', kind)}, got {text!r}")
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        options = typing.get_args(kind)
        if type(None) in options and text.lower() == "none":
            return None
        kind = next(option for option in options if option is not type(None))
    if dataclasses.is_dataclass(kind):
        raise ValueError(f"{path} is a group of fields; set {path}.<field>")
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0"):
            raise problem
        return text.lower() in ("true", "1")
    if kind is str:
        return text
    if typing.get_origin(kind) is tuple:
        item = typing.get_args(kind)[0]
        if not text:
            return ()
        if text[0] == "(" and text[-1] == ")":
            text = text[1:-1]
        return tuple(_parse(part.strip(), item, path) for part in text.split(",") if part)
    if kind in (int, float):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            raise problem from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise problem
        if kind is int and value != int(value):
            raise problem
        return kind(value)
    raise problem


def to_dict(config) -> dict:
    """Plain data for JSON; tuples become lists."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_dict(kind: type[T], data: Mapping[str, Any], path: str = "") -> T:
    """The inverse of `to_dict`.

    Raises:
      ValueError: for fields the dataclass does not have, or missing ones without a default.
    """
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise ValueError(f"unknown field {path + unknown[0]!r}; known: {', '.join(fields)}")
    try:
        return kind(**{k: _build(v, hints[k], f"{path}{k}.") for k, v in data.items()})
    except TypeError as error:
        raise ValueError(f"{path or 'config'}: {error}") from None


def _build(value, kind, path):
    if typing.get_origin(kind) in (typing.Union, types.UnionType) and value is not None:
        kind = next(option for option in typing.get_args(kind) if option is not type(None))
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return from_dict(kind, value, path)
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_build(item, typing.get_args(kind)[0], path) for item in value)
    return value


def read(path: str) -> dict[str, Any]:
    """The content of a dumped `config.json`.

    Raises:
      ValueError: if the file cannot be read or is no JSON object.
    """
    try:
        data = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read config {path}: {error.strerror}") from None
    except ValueError as error:  # no JSON, or no UTF-8
        raise ValueError(f"{path} is no JSON: {error}") from None
    except RecursionError:
        raise ValueError(f"{path} is no config: it is nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} holds no config, but a {type(data).__name__}")
    return data


def load(kind: type[T], path: str) -> T:
    """A config from a dumped `config.json`; errors as `read`, and if it does not fit `kind`."""
    return from_dict(kind, read(path))


def differences(new: Mapping, old: Mapping, path: str = "") -> list[str]:
    """Where two dumped configs differ, as "path: old -> new"."""
    found = []
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name), new.get(name)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(b, a, f"{path}{name}.")
        elif a != b:
            found.append(f"{path}{name}: {a} -> {b}")
    return found
