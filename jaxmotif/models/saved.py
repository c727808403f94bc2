"""Trained networks on disk: network.json says what they are, network.npz holds the weights of all members."""

import json
import os
import pathlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import flax
import numpy as np

from jaxmotif import config, files
from jaxmotif.models.spec import NetworkSpec

DESCRIPTION, WEIGHTS = "network.json", "network.npz"


def write(folder: str | os.PathLike, spec: NetworkSpec, members: Sequence[Mapping], **fields: Any) -> None:
    """Writes both files into `folder`; `fields` are `strands`, `classes` and `scores` of a `Network`."""
    folder = pathlib.Path(folder)
    arrays = {
        f"{number}/{name}": np.asarray(leaf)
        for number, variables in enumerate(members)
        for group in ("params", "batch_stats")
        for name, leaf in flax.traverse_util.flatten_dict({group: variables[group]}, sep="/").items()
    }
    with files.atomic_path(folder / WEIGHTS) as path:
        with path.open("wb") as stream:
            # numpy's stub takes any keyword for `allow_pickle`.
            np.savez(stream, **arrays)  # pyrefly: ignore[bad-argument-type]
    description = {
        "spec": config.to_dict(spec),
        "members": len(members),
        "strands": fields["strands"],
        "classes": list(fields["classes"]),
        "scores": list(fields["scores"]),
    }
    files.write_json(folder / DESCRIPTION, description)


def read(folder: str | os.PathLike) -> tuple[NetworkSpec, list[dict], dict[str, Any]]:
    """Reads what `write` wrote: the spec, the weights of every member, and the fields.

    Raises:
      ValueError: if it is not there or damaged.
    """
    folder = pathlib.Path(folder)
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        with np.load(folder / WEIGHTS) as arrays:
            members: list[dict[str, Any]] = [
                {"params": {}, "batch_stats": {}} for _ in range(description["members"])
            ]
            for name in arrays.files:
                number, _, rest = name.partition("/")
                *path, last = rest.split("/")
                place = members[int(number)]
                for part in path:
                    place = place.setdefault(part, {})
                place[last] = arrays[name]
        fields = {
            "strands": description["strands"],
            "classes": tuple(description["classes"]),
            "scores": tuple(description["scores"]),
        }
        return config.from_dict(NetworkSpec, description["spec"]), members, fields
    except (OSError, EOFError, LookupError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{folder} holds no saved network ({error})") from None


def folders(root: str | os.PathLike) -> list[pathlib.Path]:
    """Returns `root` and the folders up to two levels below it that hold saved networks."""
    root = pathlib.Path(root)
    return [path.parent for depth in ("", "*/", "*/*/") for path in sorted(root.glob(depth + DESCRIPTION))]
