"""Decoded layers of several networks, as `jaxmotif decode` and the launcher have left them."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import config as configs
from jaxmotif.apps.decode import baselines_table, inputs
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves.decoded import Decoded


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One convolution of one network, decoded.

    Attributes:
      network: what it is called here.
      decoded: its leaves.
      settings: with which it was decoded and is read.
      others: the same neurons by other methods, by `baselines.METHODS`; empty where they were not read.
      convolutions: the network's convolutions, where its weights are still there.
    """

    network: str
    decoded: Decoded
    settings: Settings
    others: Mapping[str, Decoded] = dataclasses.field(default_factory=dict)
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
    """Returns the folders with decoded layers: the path itself, or those in it, as launchers leave them."""
    inside = sorted(place for place in path.iterdir() if place.is_dir()) if path.is_dir() else []
    return [place for place in (path, *inside) if list(place.glob("layer*/decoded.npz"))]


def split_name(text: str) -> tuple[str, pathlib.Path]:
    """Returns (NAME, PATH) of "NAME=PATH", and "" for a path alone."""
    name, has_name, path = text.partition("=")
    return (name, pathlib.Path(path)) if has_name else ("", pathlib.Path(text))


def load(runs: Sequence[str]) -> list[Layer]:
    """Returns the decoded layers of all runs, network by network, from the first layer on.

    Layers that only served as seeds have no other methods; these are read now where the weights are still
    there and still the same.

    Args:
      runs: folders of `jaxmotif decode`, or of a launcher that has them in it; NAME=PATH gives a name.

    Raises:
      ValueError: for a folder without a decoded layer, files that cannot be read, or two networks of one
        name.
    """
    found: list[Layer] = []
    for text in runs:
        name, path = split_name(text)
        places = folders(path)
        if not places:
            raise ValueError(f"{path} has no decoded layer (layer*/decoded.npz); run jaxmotif decode first")
        for place in places:
            layers = _layers(place, name if len(places) == 1 else f"{name} {place.name}".strip())
            if layers[0].network in {layer.network for layer in found}:
                raise ValueError(f"two networks are called {layers[0].network}; give one as NAME={place}")
            found += layers
    return found


def _layers(place: pathlib.Path, name: str) -> list[Layer]:
    settings = configs.load(Settings, str(place / "config.json"))
    network = _network(settings)
    made = []
    for path in place.glob("layer*/decoded.npz"):
        one = decodeds.load(path)
        kept = {method: path.parent / baselines_table.FILE.format(method) for method in baselines.METHODS}
        others = {method: decodeds.load(file) for method, file in kept.items() if file.exists()}
        # Left from a former call that read other neurons of the layer.
        others = {m: it for m, it in others.items() if np.array_equal(it.neurons, one.neurons)}
        if not others and network is not None and settings.others:
            others = _read_others(network, one, settings)
        made.append(Layer(name or one.name, one, settings, others, network))
    return sorted(made, key=lambda layer: layer.number)


def _network(settings: Settings) -> chain.ConvChain | None:
    """The network that was decoded; None where its weights have gone or are others now."""
    if not settings.weights or not pathlib.Path(settings.weights).exists():
        return None
    found = inputs.network(settings.weights, settings.network, settings.member, settings.alphabet)
    same = not settings.checksum or settings.checksum == inputs.fingerprint(found)
    return found if same else None


def _read_others(network: chain.ConvChain, found: Decoded, settings: Settings) -> dict[str, Decoded]:
    """What the other methods show in random windows, as `jaxmotif decode` reads them by default."""
    seed = settings.decode.seed
    windows = baselines.random_sequences(baselines.RANDOM, found.width, seed)
    return {
        method: baselines.decode(
            network,
            found.layer,
            found.neurons,
            windows,
            baselines.Method(method),
            draws=settings.decode.decoupling.draws,
            seed=seed,
        )
        for method in baselines.METHODS
    }
