"""Configs are frozen dataclasses; fields are overridden by path and everything is validated again."""

import ast
import dataclasses
import difflib
import functools
import json
import math
import operator
import os
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

T = TypeVar("T")
# No whole number of a setting is larger: what counts or seeds is an int64 at most.
_MOST = 2**63 - 1

# What a setting decides: what is learned, only what is made of it afterwards, or which file is read (then its
# content is compared, not its path).
Concern = Literal["training", "analysis", "input"]


def setting(default: T, concerns: Concern, *, later: bool = False) -> T:
    """Returns a dataclass field with a default, and what it decides; other fields concern the training.

    `later`: its default is what was done before there was the setting, so that runs of then go on.
    """
    return dataclasses.field(default=default, metadata={"concerns": concerns, "later": later})  # pyrefly: ignore


def concerns(kind: type, name: str) -> Concern:
    """Returns what a field of a dataclass decides; of a name that is no field, "training"."""
    for field in dataclasses.fields(typing.cast(Any, kind)):
        if field.name == name:
            return field.metadata.get("concerns", "training")
    return "training"


def changed(kind: type, new: Mapping, old: Mapping) -> dict[Concern, list[str]]:
    """Returns where two dumped configs of a dataclass differ, by what fields concern; see `differences`.

    A group that concerns the training may have fields that do not. Later settings are filled in.
    """
    found: dict[Concern, list[str]] = {"training": [], "analysis": [], "input": []}
    fields = dataclasses.fields(typing.cast(Any, kind))
    later: dict[str, Any] = {f.name: f.default for f in fields if f.metadata.get("later")}
    old = later | dict(old)
    kinds = typing.get_type_hints(kind)
    for name in dict.fromkeys([*old, *new]):
        a, b = ({name: one[name]} if name in one else {} for one in (old, new))
        concern, group = concerns(kind, name), typing.cast(type, kinds.get(name))
        both = all(isinstance(one.get(name), Mapping) for one in (old, new))
        if concern == "training" and both and dataclasses.is_dataclass(group):
            for inner, places in changed(group, new[name], old[name]).items():
                found[inner] += [f"{name}.{place}" for place in places]
        else:
            found[concern] += differences(b, a)
    return found


def one_of(kind: str, name: T, known: Iterable[T]) -> T:
    """Returns `name`; raises a ValueError that lists what is known unless it is one of `known`."""
    if name not in (known := tuple(known)):
        raise ValueError(f"unknown {kind} {name!r}; known: {', '.join(map(_written, known))}")
    return name


def _written(choice) -> str:
    return str(choice) or '""'


def choose(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Returns `known[name]`, or raises a ValueError that lists what is known."""
    return known[one_of(kind, name, known)]


def override(config: T, assignments: Sequence[str]) -> T:
    """Returns `config` with each "path.to.field=value" applied; see `resolve` for shortened paths.

    Raises:
      ValueError: for a malformed assignment, an unknown field, or a value of another type.
    """
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ValueError(f"--set wants path.to.field=value, got {assignment!r}")
        config = _replace(config, resolve(config, path).split("."), text, path)
    return config


def with_fields(config: T, **values: Any) -> T:
    """Returns `config` with other values of fields, by name; see `resolve` for fields in groups below it.

    A path is written with two underscores: train__epochs is "train.epochs".

    Raises:
      ValueError: for a field that does not exist, or for one of several groups, and a value of another type.
    """
    for name, value in values.items():
        path = name.replace("__", ".")
        config = _put(config, resolve(config, path).split("."), value, path)
    return config


def _put(config, parts: Sequence[str], value, path: str):
    name, *rest = parts
    if rest:
        new = _put(getattr(config, name), rest, value, path)
    elif dataclasses.is_dataclass(value):
        new = value
    else:
        plain = (
            value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
        )  # numpy's
        new = _build(plain, typing.get_type_hints(type(config))[name], f"{path}.")
    return dataclasses.replace(config, **{name: new})


def resolve(config, path: str) -> str:
    """Returns the full path of a field whose path may leave out groups that lie between its parts.

    "train.epochs" is the field of that name in `train` or, if `train` itself has none, in a group below it.

    Raises:
      ValueError: for a field that does not exist, or for one of several groups; both with what may be meant.
    """
    parts = path.split(".")
    at: list[tuple[str, Any]] = [("", config)]
    for number, part in enumerate(parts):
        found = [match for start, value in at for match in _nearest(value, part, start)]
        if not found:
            _refuse(at[0][0], at[0][1], path, part, "" if number == 0 else parts[number - 1])
        at = found
    if len(at) > 1:
        raise ValueError(f"{path!r} is not one field; did you mean {' or '.join(p for p, _ in at)}?")
    return at[0][0]


def _nearest(group, name: str, start: str) -> list[tuple[str, Any]]:
    """(path, value) of `name` in a group itself, or else in every group below it that has it."""
    if not dataclasses.is_dataclass(group):
        return []
    fields = {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}
    prefix = f"{start}." if start else ""
    if name in fields:
        return [(prefix + name, fields[name])]
    return [match for key, value in fields.items() for match in _nearest(value, name, prefix + key)]


def paths(config, start: str = "") -> list[str]:
    """Returns full paths of all fields that are no groups, in their order."""
    if not dataclasses.is_dataclass(config):
        return [start]
    prefix = f"{start}." if start else ""
    return [p for f in dataclasses.fields(config) for p in paths(getattr(config, f.name), prefix + f.name)]


def _refuse(start: str, group, path: str, part: str, before: str) -> None:
    if not dataclasses.is_dataclass(group):
        raise ValueError(f"field {before!r} of {path!r} has no fields of its own")
    known = [field.name for field in dataclasses.fields(group)]
    prefix = f"{start}." if start else ""
    names: dict[str, list[str]] = {}
    for full in [*(prefix + name for name in known), *paths(group, start)]:
        names.setdefault(full.rpartition(".")[2], []).append(full)
    close = difflib.get_close_matches(part, names, n=3, cutoff=0.75)
    meant = list(dict.fromkeys(full for name in close for full in names[name]))
    perhaps = f"; perhaps you meant {' or '.join(meant)}" if meant else ""
    raise ValueError(f"unknown field {path!r} at {part!r}; known: {', '.join(known)}{perhaps}")


def _replace(config, parts: list[str], text: str, path: str):
    name, rest = parts[0], parts[1:]
    if rest:
        return dataclasses.replace(config, **{name: _replace(getattr(config, name), rest, text, path)})
    return dataclasses.replace(
        config, **{name: _parse(text, typing.get_type_hints(type(config))[name], path)}
    )


@functools.cache
def _choices(kind: type) -> dict[str, tuple]:
    """Returns the choices of every `Literal` field of a dataclass."""
    hints = typing.get_type_hints(kind).items()
    return {name: typing.get_args(hint) for name, hint in hints if typing.get_origin(hint) is Literal}


def check(
    config,
    *,
    at_least: Mapping[str, float] | None = None,
    above: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    below: Mapping[str, float] | None = None,
) -> None:
    """Checks a dataclass in its `__post_init__`: choices of `Literal` fields, and limits, field -> limit.

    Whole numbers that no array can hold are refused in every field.

    None passes every limit, NaN none.

    Raises:
      ValueError: with the field, its value, and its choices or limit.
    """
    for name, known in _choices(type(config)).items():
        one_of(name, getattr(config, name), known)
    for name in config.__dataclass_fields__:
        value = getattr(config, name)
        if isinstance(value, int) and not _is_sane(value):
            raise ValueError(f"{name} must be within +-{_MOST}, got {_shown(value)}")
    for words, limits, fits in (
        ("at least", at_least, operator.ge),
        ("above", above, operator.gt),
        ("at most", at_most, operator.le),
        ("below", below, operator.lt),
    ):
        for name, limit in (limits or {}).items():
            value = getattr(config, name)
            if value is not None and not fits(value, limit):
                raise ValueError(f"{name} must be {words} {limit}, got {value}")


def _unknown(value, kind, path: str) -> ValueError:
    group, _, name = path.rpartition(".")
    where = f" ({path})" if group else ""
    known = ", ".join(map(_written, typing.get_args(kind)))
    return ValueError(f"unknown {name} {value!r}; known: {known}{where}")


def _parse(text: str, kind: Any, path: str) -> Any:
    problem = ValueError(f"{path} wants {type_name(kind)}, got {_cut(repr(text))}")
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
        return _text(text, path)
    if typing.get_origin(kind) is Literal:
        for choice in typing.get_args(kind):
            if text == str(choice):
                return choice
        raise _unknown(text, kind, path)
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
        except (ValueError, SyntaxError, MemoryError, RecursionError):  # the last two: of thousands of signs
            raise problem from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise problem
        if not _is_sane(value) or (kind is int and value != int(value)):
            raise problem
        return kind(value)
    raise problem


def _is_sane(value: float) -> bool:
    """Whether a number is finite and, if whole, one that arrays can hold."""
    return abs(value) <= _MOST if isinstance(value, int) else math.isfinite(value)


def _text(text: str, path: str) -> str:
    """The same text, if it can be written and be the name of a file."""
    if "\0" in text or any(0xD800 <= ord(c) < 0xDC00 for c in text):
        raise ValueError(f"{path} holds characters that no file can, got {_cut(repr(text))}")
    return text


def type_name(kind: Any) -> str:
    """Returns a type as users write it: the choices of a `Literal`, several of a tuple with commas."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(map(_written, arguments))
    if origin in (typing.Union, types.UnionType):
        return " or ".join("none" if one is type(None) else type_name(one) for one in arguments)
    if origin is tuple:
        return f"{type_name(arguments[0])},..."
    if dataclasses.is_dataclass(kind):
        return "a group of fields"
    return {str: "text", bool: "true or false"}.get(kind, getattr(kind, "__name__", str(kind)))


def to_dict(config) -> dict:
    """Returns plain data for JSON; tuples become lists."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_dict(kind: type[T], data: Mapping[str, Any], path: str = "") -> T:
    """Returns the inverse of `to_dict`.

    Raises:
      ValueError: for fields the dataclass does not have, missing ones without a default, and
        values of another type.
    """
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise ValueError(f"unknown field {path + unknown[0]!r}; known: {', '.join(fields)}")
    try:
        return kind(**{k: _build(v, hints[k], f"{path}{k}.") for k, v in data.items()})
    except TypeError as error:
        raise ValueError(f"{path or 'config'}: {error}") from None


def _build(value, kind, path):
    """A value of JSON as one of type `kind`; a whole number does for a float."""
    problem = ValueError(f"{path[:-1]} wants {type_name(kind)}, got {_shown(value)}")
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        options = typing.get_args(kind)
        if value is None and type(None) in options:
            return None
        kind = next(option for option in options if option is not type(None))
    if dataclasses.is_dataclass(kind):
        if isinstance(value, Mapping):
            return from_dict(kind, value, path)
        raise problem
    if typing.get_origin(kind) is tuple:
        if isinstance(value, list | tuple):
            return tuple(_build(item, typing.get_args(kind)[0], path) for item in value)
        raise problem
    if typing.get_origin(kind) is Literal:
        if any(value == choice and type(value) is type(choice) for choice in typing.get_args(kind)):
            return value
        raise _unknown(value, kind, path[:-1])
    if kind is float and type(value) is int:
        value = float(value) if _is_sane(value) else math.inf
    if kind in (bool, int, float, str) and type(value) is not kind:
        raise problem
    if isinstance(value, int | float) and not _is_sane(value):
        raise problem
    return _text(value, path[:-1]) if isinstance(value, str) else value


def _shown(value) -> str:
    try:
        return _cut(json.dumps(value))
    except (TypeError, ValueError):  # no JSON, or a whole number of thousands of digits
        return f"a {type(value).__name__}"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."


def read(path: str | os.PathLike) -> dict[str, Any]:
    """Returns the content of a dumped `config.json`.

    Raises:
      ValueError: if the file cannot be read or is no JSON object.
    """
    from jaxmotif import files  # here, so that --help does without numpy

    try:
        data = json.loads(files.read_bytes(path).decode("utf-8"))
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
    """Returns a config from a dumped `config.json`; errors as `read`, and if it does not fit `kind`."""
    data = read(path)
    try:
        return from_dict(kind, data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def differences(new: Mapping, old: Mapping, path: str = "") -> list[str]:
    """Returns where two dumped configs differ, as "path: old -> new"; one may be of an earlier version."""
    found = []
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, "no such setting then"), new.get(name, "no such setting now")
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found += differences(b, a, f"{path}{name}.")
        elif a != b:
            found.append(f"{path}{name}: {a} -> {b}")
    return found
