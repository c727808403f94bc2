"""What a search may try: ranges and lists of settings, as written and as Optuna takes them."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxmotif import config as configs

_MISSING = "--search needs Optuna: .venv/bin/python -m pip install -e '.[search]'"


@dataclasses.dataclass(frozen=True)
class Space:
    """The values of one setting: those listed, or a range from `low` to `high`.

    Attributes:
      path: of the field.
      values: as written; none of a range.
      low, high: ends of a range, included.
      log: whether a range is searched on a logarithmic scale.
      whole: whether only whole numbers are tried.
    """

    path: str
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False


def parse(config, texts: Sequence[str]) -> list[Space]:
    """Returns the settings that are searched.

    Raises:
      ValueError: for what is no range and no list, a setting named twice, or ends that do not fit the field.
    """
    found: dict[str, Space] = {}
    for text in texts:
        path, equals, given = text.partition("=")
        parts = [part.strip() for part in given.split(",")]
        if not equals or not path or not all(parts) or len(set(parts)) < len(parts):
            raise ValueError(f"--search wants path.to.field=low..high or =value,value, got {text!r}")
        path = configs.resolve(config, path)
        if path in found:
            raise ValueError(f"{path} is searched twice")
        space = _range(config, text, path, parts) or Space(path, tuple(parts))
        for end in space.values or (_written(space, space.low), _written(space, space.high)):
            configs.override(config, [f"{path}={end}"])
        found[path] = space
    return list(found.values())


def _range(config, text: str, path: str, parts: Sequence[str]) -> Space | None:
    """A range; None of what has no two numbers."""
    first, dots, last = parts[0].partition("..")
    try:
        low, high = float(first), float(last)
    except ValueError:
        return None
    if (
        parts[1:] not in ([], ["log"])
        or not low < high
        or (parts[1:] and low <= 0)
        or not np.isfinite(high - low)
    ):
        raise ValueError(f"--search wants low..high with low < high, or low..high,log with 0 < low: {text!r}")
    now = functools.reduce(getattr, path.split("."), config)
    whole = isinstance(now, int) and not isinstance(now, bool)
    if whole and not (low.is_integer() and high.is_integer()):
        raise ValueError(f"{path} has whole numbers: {text!r}")
    return Space(path, (), low, high, bool(parts[1:]), whole)


def _written(space: Space, value: float) -> str:
    if space.whole:
        return str(int(value))
    # Four digits say enough, and can be typed.
    return repr(min(max(float(f"{value:.4g}"), space.low), space.high))


def text(space: Sequence[Space], chosen: Mapping[str, Any]) -> dict[str, str]:
    """Returns settings by path, as written, of what Optuna has chosen."""
    return {one.path: chosen[one.path] if one.values else _written(one, chosen[one.path]) for one in space}


def optuna():
    """Returns Optuna.

    Raises:
      ValueError: where it is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise ValueError(_MISSING) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
