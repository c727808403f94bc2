"""Flags of commands that open networks of other programs, and what they say of these."""

import dataclasses
import os
import pathlib
import runpy

import numpy as np
from absl import flags

from jaxmotif import files
from jaxmotif.apps import streams
from jaxmotif.models.imports.external import Options
from jaxmotif.models.network import Network
from jaxmotif.models.opened import opened

OPENED = "opened.txt"


def options(values: flags.FlagValues) -> Options:
    """Returns how files of other programs are opened, from `launch.network_flags`.

    Raises:
      ValueError: for an input that is no NAME=VALUE, or files that cannot be read.
    """
    return Options(
        architecture=values.architecture or None,
        head=values.head or None,
        position=values.position,
        custom_objects=_custom(values.custom_objects),
        inputs=dict(_input(text) for text in values.input),
        alphabet=values.alphabet,
        length=values.length or None,
        safe_mode=values.safe_mode,
        reference=values.reference or None,
        module=values.module or None,
    )


def network(path: str, values: flags.FlagValues) -> Network:
    """Returns the network that a command was given, and says how it was opened."""
    asked = dataclasses.replace(options(values), task=values.task)
    found = opened(path, values.network, values.alphabet, asked)
    streams.tell(found.notes)
    return found


def write(folder: str | os.PathLike, found: Network | None) -> None:
    """Writes opened.txt into a run's folder: the network and how it was checked; nothing of one of ours."""
    if found is not None and found.notes:
        lines = [repr(found), *(f"note: {note}" for note in found.notes)]
        files.write_text(pathlib.Path(folder) / OPENED, "\n".join(lines) + "\n")


def _input(text: str):
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError(f"--input wants NAME=NUMBER or NAME=FILE.npy, not {text!r}")
    if value.endswith(".npy"):
        with files.reading(value, ".npy file"):
            return name, np.load(value, allow_pickle=False)
    try:
        return name, float(value)
    except ValueError:
        raise ValueError(f"--input wants NAME=NUMBER or NAME=FILE.npy, not {text!r}") from None


def _custom(path: str) -> dict:
    """What the user's own Python file defines, by name."""
    if not path:
        return {}
    if not pathlib.Path(path).is_file():
        raise ValueError(f"no such file: {path}")
    return {name: value for name, value in runpy.run_path(path).items() if not name.startswith("_")}
