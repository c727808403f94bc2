"""A run directory with small untrained networks, and files of sequences for it."""

import pathlib

import numpy as np

from jaxmotif import dna
from jaxmotif.models import spec
from jaxmotif.models.network import Network

LENGTH = 20


def network(outputs: int = 1, members: int = 3, strands: str = "given", task: str = "multilabel") -> Network:
    """Returns networks of one small architecture with random weights, each a little another one."""
    layers = (spec.Conv(4, 5, pool=4),)
    classes = ("bound", "unbound") if outputs == 1 else tuple(f"class{i + 1}" for i in range(outputs))
    return Network.from_spec(
        spec.NetworkSpec("small", LENGTH, outputs, layers),
        3,
        members,
        classes=classes,
        strands=strands,
        task=task,
    )


def letters(count: int, seed: int = 0) -> str:
    """Returns so many random letters."""
    return dna.decode(np.random.default_rng(seed).integers(0, 4, (1, count)).astype(np.uint8))[0]


def write_fasta(path: pathlib.Path, records: dict[str, str], width: int = 7) -> pathlib.Path:
    """Writes records in lines of `width` letters, and returns the path."""
    lines = []
    for name, text in records.items():
        lines += [f">{name}", *(text[i : i + width] for i in range(0, len(text), width))]
    path.write_text("\n".join(lines) + "\n")
    return path


def rows(text: str) -> list[dict[str, str]]:
    """Returns the lines of a table with a header, as dictionaries."""
    header, *lines = text.splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
