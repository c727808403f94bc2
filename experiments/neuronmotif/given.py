"""What a run of the launcher is given by path: checked before a folder is made, the same from everywhere."""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from experiments.common.panels import folder_name
from experiments.neuronmotif import authors, decoded_runs
from jaxmotif.apps.decode import inputs
from jaxmotif.data.files import fasta
from jaxmotif.motifs import jaspar
from jaxmotif.neuronmotif import chain

if TYPE_CHECKING:
    from experiments.neuronmotif.launcher import Config


def from_everywhere(config: "Config") -> "Config":
    """Returns the config with paths that mean the same from every folder, so that a run resumes from any."""
    database = config.decode.database
    return dataclasses.replace(
        config,
        runs=tuple(decoded_runs.absolute(text) for text in config.runs),
        data=_absolute(config.data),
        published=_absolute(config.published),
        peaks=_absolute(config.peaks),
        decode=dataclasses.replace(
            config.decode,
            weights=_absolute(config.decode.weights),
            database=_absolute(database) if pathlib.Path(database).is_file() else database,
        ),
    )


def _absolute(path: str) -> str:
    return str(pathlib.Path(path).absolute()) if path else ""


def _network(config: "Config", text: str) -> tuple[str, chain.ConvChain]:
    """A network among the runs that is not decoded, and its name."""
    name, path = decoded_runs.split_name(text)
    brought = config.decode
    found = inputs.network(path, brought.network, brought.member, brought.alphabet)
    return name or found.name, found


def check(config: "Config") -> None:
    """Checks what `layers` reads, before a folder is made for it.

    Raises:
      ValueError: for no run, one that is neither decoded nor a network, one that is not decoded to its end,
        two of one name, an unknown database, and published motifs or sequences that cannot be read.
    """
    if not config.runs:
        raise ValueError("layers needs --runs=DECODED,...: run directories of jaxmotif decode, or networks")
    names: list[str] = []
    for text in config.runs:
        known = [name for name, _ in decoded_runs.named(text)]
        names += known or [_network(config, text)[0]]
    decoded_runs.different(names)
    jaspar.database(config.decode.database)
    if config.published:
        authors.load(config.published)
    if config.peaks:
        fasta.read_sequences(config.peaks, labels="none")


def decoded(config: "Config", text: str, folder: pathlib.Path, decode: Callable) -> str:
    """Returns a run of `layers` as it is, where it is decoded; else the network is decoded into `folder`.

    Args:
      config: of the launcher.
      text: PATH or NAME=PATH.
      folder: of networks that are decoded here.
      decode: see `launcher.decode`.
    """
    path = decoded_runs.split_name(text)[1]
    if decoded_runs.folders(path):
        return text
    name = _network(config, text)[0]
    place = folder / folder_name(name).replace(" ", "-")
    decode(config, str(path), "all", place, config.neurons)
    return f"{name}={place}"
