"""Trained networks on disk: network.json says what they are, network.npz holds the weights of all members."""

import dataclasses
import json
import os
import pathlib
import zipfile
from collections.abc import Sequence

import flax
import jax.numpy as jnp
import numpy as np

from jaxmotif import config, files
from jaxmotif.models.spec import NetworkSpec

DESCRIPTION, WEIGHTS = "network.json", "network.npz"


@dataclasses.dataclass(frozen=True)
class Saved:
    """Networks of one architecture.

    Attributes:
      spec: the architecture.
      members: {"params", "batch_stats"} of each.
      strands: "random" if predictions are means over both strands, "given" if not.
      classes: names of the outputs.
      scores: AUROC of every member on held-out sequences, where known.
    """

    spec: NetworkSpec
    members: Sequence[dict]
    strands: str
    classes: tuple[str, ...]
    scores: tuple[float, ...] = ()


def save(folder: str | os.PathLike, saved: Saved) -> None:
    """Writes both files into `folder`."""
    folder = pathlib.Path(folder)
    arrays = {
        f"{number}/{name}": np.asarray(leaf)
        for number, variables in enumerate(saved.members)
        for name, leaf in flax.traverse_util.flatten_dict(variables, sep="/").items()
    }
    with files.atomic_path(folder / WEIGHTS) as path:
        with path.open("wb") as stream:
            np.savez(stream, **arrays)
    description = {
        "spec": config.to_dict(saved.spec),
        "members": len(saved.members),
        "strands": saved.strands,
        "classes": list(saved.classes),
        "scores": list(saved.scores),
    }
    files.write_json(folder / DESCRIPTION, description)


def load(folder: str | os.PathLike) -> Saved:
    """What `save` wrote.

    Raises:
      ValueError: if it is not there or damaged.
    """
    folder = pathlib.Path(folder)
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        with np.load(folder / WEIGHTS) as arrays:
            members = [{"params": {}, "batch_stats": {}} for _ in range(description["members"])]
            for name in arrays.files:
                number, _, rest = name.partition("/")
                *path, last = rest.split("/")
                place = members[int(number)]
                for part in path:
                    place = place.setdefault(part, {})
                place[last] = jnp.asarray(arrays[name])
        return Saved(
            config.from_dict(NetworkSpec, description["spec"]),
            members,
            description["strands"],
            tuple(description["classes"]),
            tuple(description["scores"]),
        )
    except (OSError, EOFError, LookupError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{folder} holds no saved network ({error})") from None


def folders(root: str | os.PathLike) -> list[pathlib.Path]:
    """`root` and the folders up to two levels below it that hold networks."""
    root = pathlib.Path(root)
    return [path.parent for depth in ("", "*/", "*/*/") for path in sorted(root.glob(depth + DESCRIPTION))]
