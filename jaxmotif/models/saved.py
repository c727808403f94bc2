"""Trained networks on disk: network.json says what they are, network.npz holds the weights of all members."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import flax
import numpy as np

from jaxmotif import config, dna, files
from jaxmotif.config import one_of
from jaxmotif.models import forward
from jaxmotif.models.answers import ANSWERS
from jaxmotif.models.spec import NetworkSpec

DESCRIPTION, WEIGHTS = "network.json", "network.npz"
_FIELDS = ("spec", "members", "strands", "classes", "scores", "alphabet", "task")
# What files of earlier versions, which do not say so, mean.
_LATER: Mapping[str, Any] = {"alphabet": dna.ALPHABET, "task": "multilabel"}
# Folders of later rounds of a discovery, round_2, round_3, ..., and of networks with an output a class.
LATER_ROUND, BY_CLASS = "round_", "by_class"
_CHECKSUM = "sha256"  # of both files' content
FILES = (DESCRIPTION, WEIGHTS)


def write(folder: str | os.PathLike, spec: NetworkSpec, members: Sequence[Mapping], **fields: Any) -> None:
    """Writes both files into `folder`; `fields` are those of a `Network` in network.json."""
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
        "alphabet": fields["alphabet"],
        "task": fields.get("task", _LATER["task"]),
    }
    checksum = _checksum(json.loads(json.dumps(description)), arrays)
    files.write_json(folder / DESCRIPTION, description | {_CHECKSUM: checksum})


def read(folder: str | os.PathLike) -> tuple[NetworkSpec, list[dict], dict[str, Any]]:
    """Reads what `write` wrote: the spec, the weights of every member, and the fields.

    Raises:
      ValueError: if it is not there or damaged.
    """
    folder = pathlib.Path(folder)
    try:
        return _read(folder)
    except ValueError as error:
        raise ValueError(f"{folder} holds no saved network ({error})") from None


def _read(folder: pathlib.Path) -> tuple[NetworkSpec, list[dict], dict[str, Any]]:
    description = config.read(folder / DESCRIPTION)
    arrays = files.load_npz(folder / WEIGHTS)
    with files.reading(folder / DESCRIPTION, "description of a network"):
        own = description.pop(_CHECKSUM, None)
        if sorted({**_LATER, **description}) != sorted(_FIELDS):
            raise ValueError(f"fields {', '.join(sorted(description))}; wanted: {', '.join(_FIELDS)}")
        if own is not None and own != _checksum(description, arrays):
            raise ValueError("its checksum is not that of its content; the command that trained it mends it")
        description = {**_LATER, **description}
        spec = config.from_dict(NetworkSpec, description["spec"])
        numbers = sorted({int(name.partition("/")[0]) for name in arrays})
        if numbers != list(range(description["members"])):
            raise ValueError(f"{description['members']} members, weights of {len(numbers)}")
        members: list[dict[str, Any]] = [{"params": {}, "batch_stats": {}} for _ in numbers]
        for name, array in arrays.items():
            number, *path, last = name.split("/")
            place = members[int(number)]
            for part in path:
                place = place.setdefault(part, {})
            place[last] = array
        if own is None:  # of an earlier version
            for variables in members:
                forward.check_variables(spec, variables)
        fields = {
            "strands": one_of("strands", description["strands"], ("given", "random")),
            "classes": tuple(map(str, description["classes"])),
            "scores": tuple(map(float, description["scores"])),
            "alphabet": description["alphabet"],
            "task": one_of("task", description["task"], tuple(ANSWERS)),
        }
        dna.check_strands(fields["alphabet"], fields["strands"])
        return spec, members, fields


def _checksum(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def folders(root: str | os.PathLike) -> list[pathlib.Path]:
    """Returns `root` and the folders up to two levels below it that hold saved networks.

    Those of later rounds of a discovery, which know only what the first round left, and those of its classes
    count only as `root`.
    """
    root = pathlib.Path(root)
    found = [path.parent for depth in ("", "*/", "*/*/") for path in sorted(root.glob(depth + DESCRIPTION))]
    later = lambda path: any(
        part.startswith((LATER_ROUND, BY_CLASS)) for part in path.relative_to(root).parts
    )
    return [path for path in found if not later(path)]
