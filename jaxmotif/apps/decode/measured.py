"""Which neurons matter: the effect of every neuron of a layer on every output of its network."""

import os
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxmotif import files, shuffling
from jaxmotif.apps.decode import inputs
from jaxmotif.apps.decode.layer_data import Effect
from jaxmotif.data.files import fasta, held_out
from jaxmotif.interpret import effects
from jaxmotif.models import saved
from jaxmotif.models.answers import Answer
from jaxmotif.models.imports.external import Options
from jaxmotif.models.network import Network

# Sequences that are asked, at most.
MOST = 200


class LayerEffects(NamedTuple):
    """Effects of all K neurons of a layer on T outputs, on their scale: logits, values, logs of counts.

    Targets of values may have different units: to compare outputs, effects are divided by `spread`.

    Attributes:
      classes: names of the outputs, T.
      effects: of each neuron, see `interpret.effects`.
      sequences: on what they were measured, for the page.
      answer: what the outputs say.
      spread: (T,), of values the standard deviation of the network's own over the sequences, else 1.
    """

    classes: tuple[str, ...]
    effects: effects.Effects
    sequences: str
    answer: Answer
    spread: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """Returns sizes by which outputs can be compared, (K, T)."""
        return self.effects.size / self.spread

    def order(self) -> np.ndarray:
        """Returns all channels, those with the largest effect on any output first, (K,)."""
        return np.argsort(-self.relative.max(axis=1), kind="stable")

    def of(self, channel: int) -> Effect:
        """Returns the effect of a neuron on the output that it changes most."""
        output = int(self.relative[channel].argmax())
        size, shift = (float(part[channel, output]) for part in self.effects)
        relative = float(self.relative[channel, output])
        return Effect(size, shift, self.classes[output], relative, self.answer)

    def row(self, channel: int) -> dict:
        """Returns the same for a table."""
        found = self.of(channel)
        numbers = {"effect": found.size, "shift": found.shift}
        return {name: float(f"{value:.3g}") for name, value in numbers.items()} | {"on": found.output}

    def save(self, path: str | os.PathLike) -> None:
        """Writes an .npz: size and shift (K, T), and classes."""
        with files.atomic_path(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, size=self.effects.size, shift=self.effects.shift, classes=np.array(self.classes))


def measure(network: Network, layer: int, codes_nl: np.ndarray, source: str) -> LayerEffects:
    """Returns what each neuron of a convolution, from 1, does to the scores of one network.

    In the place of a neuron stands its mean over all positions of shuffles of these sequences (pairs of
    letters stay): what it hands on where there is no motif. A mean over the sequences themselves would hide a
    neuron that sees its motif in each of them, and the direction of its effect.

    Args:
      network: of one member.
      layer: convolution, from 1.
      codes_nl: uint8 (N, L), of the network's length; evenly thinned to `MOST`.
      source: what the page calls these sequences.
    """
    rows = np.linspace(0, len(codes_nl) - 1, min(len(codes_nl), MOST)).astype(int)
    codes = codes_nl[rows]
    shuffled = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(0), codes))
    score = network.ablated_score(shuffled, layer=layer, target=None)
    found = effects.effects(score, codes, network.architecture.convs[layer - 1].filters)
    # One output may have two names, for and against.
    classes = network.classes[: network.outputs]
    spread = np.ones(len(classes))
    if network.answer.name == "value":
        spread = network.logits(codes).std(axis=0, dtype=np.float64)
        spread = np.where(spread > 0, spread, np.inf)  # an output that never changes
    return LayerEffects(classes, found, f"{len(codes):,} sequences of {source}", network.answer, spread)


def find(  # noqa: PLR0913 - which network, its layers, and on what
    path: str | os.PathLike,
    name: str = "",
    member: int = 1,
    alphabet: str = "ACGT",
    *,
    layers: Sequence[int],
    sequences: str = "",
    needed: bool = False,
    options: Options | None = None,
) -> dict[int, LayerEffects]:
    """Returns the effects of these layers; nothing where the network's outputs or sequences are not there.

    Args:
      path, name, member, alphabet, options: see `inputs.trained`.
      layers: convolutions, from 1.
      sequences: a file of the network's length; otherwise held_out.fa of the run is taken.
      needed: whether to raise an error instead of returning nothing.

    Raises:
      ValueError: if they are needed and not there, and for files that are damaged.
    """
    if not sequences and not needed and not held_out_of(path):
        return {}
    network = inputs.trained(path, name, member, alphabet, options)
    if not isinstance(network, Network) or network.spec is None:
        if needed:
            raise ValueError(f"--neurons=top:N needs the whole network as one of ours; {path} has maps only")
        return {}
    problem = f"the run has no {held_out.NAME}: give --sequences"
    for file in filter(None, (sequences, held_out_of(path))):
        data = fasta.read_sequences(file, labels="none")
        if data.sequences.shape[1] == network.length:
            own = pathlib.Path(file).name
            return {layer: measure(network, layer, data.sequences, own) for layer in layers}
        problem = f"{file} has sequences of {data.sequences.shape[1]} nt"
    if needed:
        raise ValueError(
            f"--neurons=top:N needs sequences of {network.length} nt, as {network.name} reads: {problem}"
        )
    return {}


def held_out_of(path: str | os.PathLike) -> str:
    """Returns the file of held-out sequences of the run that a network belongs to; "" for none."""
    place = pathlib.Path(path).absolute()
    # A network's own folder is one or two below its run.
    above = place.parents[:2] if (place / saved.DESCRIPTION).is_file() else ()
    folders = [place, *above] if place.is_dir() else []
    return next((str(one / held_out.NAME) for one in folders if (one / held_out.NAME).is_file()), "")
