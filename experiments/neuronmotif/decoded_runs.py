"""Decoded layers of several networks, as `jaxmotif decode` and the launcher have left them."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.common.panels import folder_name
from jaxmotif import config as configs
from jaxmotif import files
from jaxmotif.apps.decode import baselines_table, inputs
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.data.files import fasta
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves.decoded import Decoded

# Said of sequences of runs that do not tell which they are.
NOT_KEPT = "sequences that the run did not record"


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One convolution of one network, decoded.

    Attributes:
      network: what it is called here.
      decoded: its leaves.
      settings: with which it was decoded and is read.
      others: the same neurons by other methods, by `baselines.METHODS`; empty where they were not read.
      source: the sequences that the other methods read.
      convolutions: the network's convolutions, where its weights are still there.
    """

    network: str
    decoded: Decoded
    settings: Settings
    others: Mapping[str, Decoded] = dataclasses.field(default_factory=dict)
    source: str = ""
    convolutions: chain.ConvChain | None = None

    @property
    def number(self) -> int:
        """The convolution, from 1."""
        return self.decoded.layer

    @property
    def title(self) -> str:
        return f"{self.network}, layer {self.number}"

    def readings(self) -> dict[str, Decoded]:
        """Returns the leaves by each method's title, NeuronMotif's first."""
        named = {baselines_table.TITLES[method]: found for method, found in self.others.items()}
        return {"NeuronMotif": self.decoded, **named}


def folders(path: pathlib.Path) -> list[pathlib.Path]:
    """Returns the folders with decoded layers: the path itself, or those in it, as launchers leave them.

    Raises:
      ValueError: for a folder where a layer or a network that was asked for is not decoded to its end.
    """
    inside = sorted(place for place in path.iterdir() if place.is_dir()) if path.is_dir() else []
    own = [path] if _decoded(path) else []
    # What is inside a decoded run are its null networks.
    places = own or [place for place in inside if _decoded(place)]
    missing = {place: _missing(place) for place in places}
    if places and not own:
        record = path / "config.json"
        asked = files.read_json(record).get("networks", ()) if record.exists() else ()
        missing[path] = ", ".join(name for name in asked if path / folder_name(name) not in places)
    for place, what in missing.items():
        if what:
            raise ValueError(f"{place} is not decoded to its end, {what} is missing: run it to its end first")
    return places


def _number(layer: pathlib.Path) -> int:
    """The layer whose folder this is, from 1; 0 for another folder, such as one that was set aside."""
    text = layer.name.removeprefix("layer")
    return int(text) if text.isdecimal() else 0


def _decoded(place: pathlib.Path) -> list[pathlib.Path]:
    """The decoded layers of a run, in their order."""
    return sorted(
        (path for path in place.glob("layer*/decoded.npz") if _number(path.parent)),
        key=lambda path: _number(path.parent),
    )


def _missing(place: pathlib.Path) -> str:
    """What a decoded run lacks: decoding makes the folders of layers first, and their pages last."""
    numbers = sorted(_number(layer) for layer in place.glob("layer*") if _number(layer))
    wanted = [*(f"layer{number}/decoded.npz" for number in numbers), f"layer{numbers[-1]}/report.html"]
    return next((name for name in wanted if not (place / name).exists()), "")


def split_name(text: str) -> tuple[str, pathlib.Path]:
    """Returns (NAME, PATH) of "NAME=PATH", and "" for a path alone."""
    name, has_name, path = text.partition("=")
    return (name, pathlib.Path(path)) if has_name else ("", pathlib.Path(text))


def absolute(text: str) -> str:
    """Returns PATH or NAME=PATH with a path that means the same from everywhere."""
    name, path = split_name(text)
    return f"{name}={path.absolute()}" if name else str(path.absolute())


def named(text: str) -> list[tuple[str, pathlib.Path]]:
    """Returns name and folder of each decoded network of "PATH" or "NAME=PATH"; none where it is none.

    Raises:
      ValueError: as `folders`, and for a layer that cannot be read.
    """
    name, path = split_name(text)
    places = folders(path)
    if len(places) > 1:
        return [(f"{name} {place.name}".strip(), place) for place in places]
    first = [_decoded(place)[0] for place in places]
    return [(name or decodeds.load(one).name, place) for one, place in zip(first, places, strict=True)]


def different(names: Sequence[str]) -> None:
    """Checks that networks have names of their own.

    Raises:
      ValueError: if two have the same.
    """
    for name in names:
        if list(names).count(name) > 1:
            raise ValueError(f"two networks are called {name}; give one as NAME=PATH")


def load(runs: Sequence[str], peaks: str = "") -> list[Layer]:
    """Returns the decoded layers of all runs, network by network, from the first layer on.

    Layers that only served as seeds have no other methods; these are read now where the weights are still
    there and still the same.

    Args:
      runs: folders of `jaxmotif decode`, or of a launcher that has them in it; NAME=PATH gives a name.
      peaks: file of sequences that the other methods read instead of what they have read, where the weights
        are there and the sequences as long as the receptive field; "" for none.

    Raises:
      ValueError: for a folder without a decoded layer, or with one that is not decoded to its end, files
        that cannot be read, or two networks of one name.
    """
    given = fasta.read_sequences(peaks, labels="none") if peaks else None
    networks: list[tuple[str, pathlib.Path]] = []
    for text in runs:
        some = named(text)
        if not some:
            path = split_name(text)[1]
            raise ValueError(f"{path} has no decoded layer (layer*/decoded.npz); run jaxmotif decode first")
        networks += some
    different([name for name, _ in networks])
    layers = [layer for name, place in networks for layer in _layers(place, name, given is None)]
    if given is None:
        return layers
    source = f"{len(given):,} sequences of {given.length} nt from {pathlib.Path(peaks).name}"
    return [_reread(layer, given.sequences, source) for layer in layers]


def _reread(layer: Layer, codes_nl: np.ndarray, source: str) -> Layer:
    """The layer with what other methods show in given sequences; as it is where that cannot be."""
    if layer.convolutions is None or codes_nl.shape[1] < layer.decoded.width:
        return layer
    others = _read_others(layer.convolutions, layer.decoded, layer.settings, codes_nl)
    return dataclasses.replace(layer, others=others, source=source)


def _layers(place: pathlib.Path, name: str, read_others: bool) -> list[Layer]:
    settings = configs.load(Settings, str(place / "config.json"))
    network = _network(settings)
    made = []
    for path in _decoded(place):
        one = decodeds.load(path)
        kept = {method: path.parent / baselines_table.FILE.format(method) for method in baselines.METHODS}
        others = {method: decodeds.load(file) for method, file in kept.items() if file.exists()}
        # Left from a former call that read other neurons of the layer.
        others = {m: it for m, it in others.items() if np.array_equal(it.neurons, one.neurons)}
        source = _source(path.parent) if others else ""
        if read_others and not others and network is not None and settings.others:
            windows = baselines.random_sequences(baselines.RANDOM, one.width, settings.decode.seed)
            others = _read_others(network, one, settings, windows)
            source = baselines_table.RANDOM_WINDOWS
        made.append(Layer(name, one, settings, others, source, network))
    return sorted(made, key=lambda layer: layer.number)


def _source(folder: pathlib.Path) -> str:
    """What the other methods read of a layer; runs of former versions did not keep it."""
    record = folder / "others.json"
    rows = files.read_json(record) if record.exists() else []
    return str(rows[-1].get("read", NOT_KEPT)) if rows else NOT_KEPT


def _network(settings: Settings) -> chain.ConvChain | None:
    """The network that was decoded; None where its weights have gone or are others now."""
    if not settings.weights or not pathlib.Path(settings.weights).exists():
        return None
    found = inputs.network(settings.weights, settings.network, settings.member, settings.alphabet)
    same = not settings.checksum or settings.checksum == inputs.fingerprint(found)
    return found if same else None


def _read_others(
    network: chain.ConvChain, found: Decoded, settings: Settings, codes_nl: np.ndarray
) -> dict[str, Decoded]:
    """What the other methods show in sequences, as `jaxmotif decode` reads them."""
    return {
        method: baselines.decode(
            network,
            found.layer,
            found.neurons,
            codes_nl,
            baselines.Method(method),
            draws=settings.decode.decoupling.draws,
            seed=settings.decode.seed,
        )
        for method in baselines.METHODS
    }
