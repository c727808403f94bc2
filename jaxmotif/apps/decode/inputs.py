"""Which network is decoded (of a run, a file of Keras or PyTorch, arrays), and which of its neurons."""

import os
import pathlib
import zlib
from collections.abc import Sequence

import jax
import numpy as np

from jaxmotif import dna
from jaxmotif.models import opened
from jaxmotif.models.imports.external import Options
from jaxmotif.models.imports.keras import backend, model_files
from jaxmotif.models.imports.pytorch import files as torch_files
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.function_chain import FunctionChain


def network(
    path: str | os.PathLike,
    name: str = "",
    member: int = 1,
    alphabet: str = "ACGT",
    options: Options | None = None,
) -> chain.Chain:
    """Returns the convolutions, or maps, of the network at `path`; see `trained`."""
    found = trained(path, name, member, alphabet, options)
    return chain.of(found) if isinstance(found, Network) else found


def trained(
    path: str | os.PathLike,
    name: str = "",
    member: int = 1,
    alphabet: str = "ACGT",
    options: Options | None = None,
) -> Network | chain.ConvChain:
    """Returns the network at `path`, of one member, or its convolutions where only those are known.

    Args:
      path: a run directory with one network, a folder in it, a file of Keras or PyTorch, or an .npz of
        arrays.
      name: which of several networks of a run.
      member: which of several trained alike, from 1.
      alphabet: order of the input channels of a Keras file or of arrays. With U motifs are of RNA, also those
        of a run's network that does not say so itself, being of an earlier version.
      options: how a file is opened that our own reader does not know, or that more is to be said of.

    Raises:
      ValueError: if there is no such network, one that cannot be decoded, or for RNA one of both strands.
    """
    if pathlib.Path(path).is_file():
        options = options or Options(alphabet=alphabet)
        if torch_files.is_torch(path) and not model_files.is_of_keras(pathlib.Path(path)):
            return opened.opened(path, options=options, maps_only=True)
        try:
            if not options.plain or options.length:
                raise ValueError(f"{path} needs Keras to be opened as it is said")
            found = opened.imported(path, alphabet)
        except ValueError as own:
            if pathlib.Path(path).suffix == ".npz" or not backend.installed():
                raise
            try:
                return opened.opened(path, options=options, maps_only=True)
            except ValueError as error:
                # Whichever of the two was meant to read it: both say why they cannot.
                raise ValueError(f"{own}; with Keras: {error}") from error
        letters = dna.alphabet_of(alphabet)
        if found.spec:
            return Network.from_members(found.spec, [found.variables], alphabet=letters)
        return chain.from_variables(found.name, found.convs, found.variables, found.epsilon, letters)
    members = opened.of_run(path, name, alphabet)
    if not 1 <= member <= len(members):
        raise ValueError(f"{path} has members 1 to {len(members)}, not {member}")
    return members.member(member - 1)


def fingerprint(found: chain.Chain) -> str:
    """Returns a checksum of layers and weights: a run must not be continued with other ones."""
    if isinstance(found, FunctionChain):
        value = zlib.crc32(repr((found.network.map_names, found.network.length)).encode())
        weights = [jax.tree.leaves(found.network.member_variables(0))]
    else:
        value, weights = zlib.crc32(repr(found.convs).encode()), found.weights
    for group in weights:
        for array in group:
            value = zlib.crc32(np.ascontiguousarray(array).tobytes(), value)
    return f"{value:08x}"


def layers_of(text: str | None, network: chain.Chain) -> list[int]:
    """Returns the layers a user names: numbers from 1, names of maps, "last" or "all".

    Raises:
      ValueError: for anything else, or a layer that is not there.
    """
    names: tuple[str, ...] = ()
    if isinstance(network, FunctionChain):
        names = network.network.map_names
        known = [number for number in network.numbers if _has_geometry(network, number)]
        listed = ", ".join(names[number - 1] if names else str(number) for number in known) or "none"
        there = f"maps {listed}"
    else:
        known = list(range(1, len(network.convs) + 1))
        there = f"convolutions 1 to {len(known)}"
    if not text:
        raise ValueError(f"--layer is missing: {network.name} has {there}")
    if text in ("all", "last"):
        return known if text == "all" else known[-1:]
    try:
        parts = text.split(",")
        layers = sorted({names.index(part) + 1 if part in names else int(part) for part in parts})
    except ValueError:
        raise ValueError(f'--layer wants {there}, "last" or "all", not {text!r}') from None
    for layer in layers:
        network.check_layer(layer)
    return layers


def _has_geometry(network: FunctionChain, number: int) -> bool:
    try:
        network.network.geometry(number)
    except ValueError:
        return False
    return True


def top_of(texts: Sequence[str], network: chain.Chain, layers: Sequence[int]) -> int | None:
    """Returns N of "top:N", the neurons with the largest effects on an output; None if it is not asked for.

    Raises:
      ValueError: for anything but a number of neurons that the last of `layers` has, or more than that.
    """
    if not any(text.startswith("top") for text in texts):
        return None
    layer, count = max(layers), network.channels(max(layers))
    number = texts[0].removeprefix("top:")
    if len(texts) > 1 or not number.isdecimal() or not 1 <= int(number) <= count:
        raise ValueError(
            f"--neurons wants channels, or top:N by itself with N from 1 to {count} (layer {layer} of "
            f"{network.name}), not {','.join(texts)!r}"
        )
    return int(number)


def neurons_of(texts: Sequence[str], network: chain.Chain, layers: Sequence[int]) -> list[int] | None:
    """Returns the neurons a user names, by channel from 0; None for all.

    Raises:
      ValueError: for what is no number, or a neuron that the last of `layers` does not have.
    """
    if not texts:
        return None
    layer, count = max(layers), network.channels(max(layers))
    for text in texts:
        if not text.isdecimal() or int(text) >= count:
            raise ValueError(f"layer {layer} of {network.name} has neurons 0 to {count - 1}, not {text!r}")
    return sorted({int(text) for text in texts})
