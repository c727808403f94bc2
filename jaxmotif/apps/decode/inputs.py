"""Which network is decoded (a run directory of ours, a Keras 2 file, or arrays), and which of its neurons."""

import os
import pathlib
import zlib
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.models import opened
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain


def network(
    path: str | os.PathLike, name: str = "", member: int = 1, alphabet: str = "ACGT"
) -> chain.ConvChain:
    """Returns the convolutions of the network at `path`; see `trained`."""
    found = trained(path, name, member, alphabet)
    if isinstance(found, chain.ConvChain):
        return found
    return chain.from_network(found.architecture, found.member_variables(0), found.alphabet)


def trained(
    path: str | os.PathLike, name: str = "", member: int = 1, alphabet: str = "ACGT"
) -> Network | chain.ConvChain:
    """Returns the network at `path`, of one member, or its convolutions where only those are known.

    Args:
      path: a run directory with one network, a folder in it, a Keras 2 HDF5 file, or an .npz of arrays.
      name: which of several networks of a run.
      member: which of several trained alike, from 1.
      alphabet: order of the input channels of a Keras file or of arrays. With U motifs are of RNA, also those
        of a run's network that does not say so itself, being of an earlier version.

    Raises:
      ValueError: if there is no such network, one that cannot be decoded, or for RNA one of both strands.
    """
    if pathlib.Path(path).is_file():
        found = opened.imported(path, alphabet)
        letters = dna.alphabet_of(alphabet)
        if found.spec:
            return Network.from_members(found.spec, [found.variables], alphabet=letters)
        return chain.from_variables(found.name, found.convs, found.variables, found.epsilon, letters)
    members = opened.of_run(path, name, alphabet)
    if not 1 <= member <= len(members):
        raise ValueError(f"{path} has members 1 to {len(members)}, not {member}")
    return members.member(member - 1)


def fingerprint(found: chain.ConvChain) -> str:
    """Returns a checksum of layers and weights: a run must not be continued with other ones."""
    value = zlib.crc32(repr(found.convs).encode())
    for weights in found.weights:
        for array in weights:
            value = zlib.crc32(np.ascontiguousarray(array).tobytes(), value)
    return f"{value:08x}"


def layers_of(text: str | None, network: chain.ConvChain) -> list[int]:
    """Returns the layers a user names: numbers from 1, "last" or "all".

    Raises:
      ValueError: for anything else, or a layer that is not there.
    """
    count = len(network.convs)
    if not text:
        raise ValueError(f"--layer is missing: {network.name} has convolutions 1 to {count}")
    if text in ("all", "last"):
        return list(range(1, count + 1)) if text == "all" else [count]
    try:
        layers = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise ValueError(f'--layer wants numbers from 1 to {count}, "last" or "all", not {text!r}') from None
    for layer in layers:
        network.check_layer(layer)
    return layers


def top_of(texts: Sequence[str], network: chain.ConvChain, layers: Sequence[int]) -> int | None:
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


def neurons_of(texts: Sequence[str], network: chain.ConvChain, layers: Sequence[int]) -> list[int] | None:
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
