"""What `--set` can change: every field of a settings dataclass with its type, default and meaning."""

import dataclasses
import inspect
import re
import textwrap
import typing

from jaxmotif.config import type_name

WIDTH = 100  # columns


def meanings(kind: type) -> dict[str, str]:
    """Returns field -> meaning, from the "Attributes:" section of a dataclass's docstring."""
    lines = inspect.cleandoc(kind.__doc__ or "").splitlines()
    if "Attributes:" not in lines:
        return {}
    found: dict[str, list[str]] = {}
    name = None
    for line in lines[lines.index("Attributes:") + 1 :]:
        if line and not line.startswith(" "):
            break
        if entry := re.fullmatch(r"  (\w+): (.*)", line):
            name = entry[1]
            found[name] = [entry[2]]
        elif name and line.startswith("    "):
            found[name].append(line.strip())
        else:
            name = None
    return {field: " ".join(text) for field, text in found.items()}


def groups(config, path: str = "") -> list[tuple[str, typing.Any]]:
    """Returns (path, instance) of a settings dataclass and of all that are nested in it, outer ones first."""
    found = [(path, config)]
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            found += groups(value, f"{path}.{field.name}" if path else field.name)
    return found


def settings_text(config) -> str:
    """Returns the list of all fields below `config`, grouped by nested dataclass, at most 100 columns wide.

    Args:
      config: the instance whose values are the defaults.
    """
    parts = []
    for path, group in groups(config):
        names = meanings(type(group))
        hints = typing.get_type_hints(type(group))
        lines = []
        if path:
            outer, _, own = path.rpartition(".")
            parent = dict(groups(config))[outer]
            lines.append(_wrapped(f"{path}: {meanings(type(parent)).get(own, '')}".rstrip(": "), 2))
        for field in dataclasses.fields(group):
            value = getattr(group, field.name)
            if dataclasses.is_dataclass(value):
                continue
            full = f"{path}.{field.name}" if path else field.name
            lines.append(_wrapped(f"{full}={written(value)}  ({type_name(hints[field.name])})", 4, hang=8))
            if field.name in names:
                lines.append(_wrapped(names[field.name], 8))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def written(value) -> str:
    """Returns a value as `--set` takes it."""
    if isinstance(value, tuple):
        return ",".join(map(written, value))
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _wrapped(text: str, indent: int, hang: int | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang),
        break_on_hyphens=False,
    )
