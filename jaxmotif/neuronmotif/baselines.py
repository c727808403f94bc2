"""The ways of reading a neuron that NeuronMotif is compared with, from sequences that are given.

Wei et al. 2021 (Results; Fig. 1b and c, Fig. 3) set beside it the mean of the windows that activate a neuron,
x_bar({x | f(x) > 0}) after Kelley et al. 2016 and x_bar({x | f(x) > y_max / 2}) after Alipanahi et al. 2015,
and saliency maps. A window is as wide as the receptive field; f is the activation before the activation
function.
"""

import dataclasses
import typing
from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax
import numpy as np

from jaxmotif import keys
from jaxmotif.config import check, one_of
from jaxmotif.interpret import attribution
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.leaves.decoded import Decoded, Neuron
from jaxmotif.neuronmotif.sample import sampling, seeds
from jaxmotif.neuronmotif.substructure import Substructure
from jaxmotif.neuronmotif.windows import Strongest, Windows, windows_under

METHODS = ("kelley", "alipanahi", "saliency")
Choice = Literal["all", "strongest"]
WINDOWS = typing.get_args(Choice)
TOP = 1000
# Random sequences that stand in where none are given, one window each.
RANDOM = 10_000
# Windows whose gradients are taken at once.
_ROWS = 128
# Weight without saliency in every column of a motif, as a share of the column with most: a column that hardly
# matters to the neuron shall not be as sharp as the others because one of its letters has a positive
# gradient.
_FLAT = 0.1


@dataclasses.dataclass(frozen=True)
class Method:
    """One of these ways.

    Attributes:
      name: one of METHODS.
      windows: "all" of a sequence, or only its "strongest" (the first of equals), as Alipanahi et al.
      top: windows of "saliency", at most.
    """

    name: str = "kelley"
    windows: Choice = "all"
    top: int = TOP

    def __post_init__(self):
        one_of("method", self.name, METHODS)
        check(self, at_least={"top": 1})


class Found(NamedTuple):
    """C neurons, one motif each, on receptive fields of R letters.

    Attributes:
      neurons: channel of each, (C,).
      letters: what the PPMs are made of, float64 (C, R, 4): how often each letter lies in the windows taken,
        or by saliency gradient times input, averaged over them (negative values are kept here).
      ppm: float64 (C, R, 4); 0.25 where no window was taken.
      nsites: windows taken, int64 (C,).
      maximum: largest activation of any window, float32 (C,).
      best: the window that has it, uint8 (C, R).
    """

    neurons: np.ndarray
    letters: np.ndarray
    ppm: np.ndarray
    nsites: np.ndarray
    maximum: np.ndarray
    best: np.ndarray


def random_sequences(count: int, length: int, seed: int = 0) -> np.ndarray:
    """Returns uniform random letters, uint8 (count, length).

    Raises:
      ValueError: for a count or length below 1.
    """
    if count < 1 or length < 1:
        raise ValueError(f"random sequences need a count and length of at least 1, not {count} and {length}")
    return np.asarray(seeds.random_seeds(keys.stream(keys.root(seed), "sequences"), count, length))


def read(
    network: chain.ConvChain,
    layer: int,
    neurons: Sequence[int] | np.ndarray | None = None,
    sequences=None,
    method: Method = Method(),
    batch_size: int | None = None,
) -> Found:
    """Returns one motif of every neuron.

    "kelley": letters of the windows with activation above 0. "alipanahi": above half of the largest
    activation in these sequences. "saliency": gradient times input of the `top` strongest windows of positive
    activation is averaged for each letter of each column; its positive part, with a tenth of the largest
    column's sum spread evenly over the letters of every column, is normalised to a PPM. The papers make no
    PPM of saliency, so that step is a choice made here.

    A letter other than ACGT adds nothing to its column.

    Args:
      layer: number of the convolution, from 1.
      neurons: channels; None: all.
      sequences: uint8 (N, L) with L at least the receptive field; None: 10,000 random windows.
      method: see above.
      batch_size: sequences at a time; None chooses by memory.

    Raises:
      ValueError: for an unknown layer or neuron, sequences of another type or shorter than the receptive
        field, or activations that are not finite.
    """
    network.check_layer(layer)
    if sequences is None:
        sequences = random_sequences(RANDOM, network.substructure(layer).width)
    given = windows_under(network, layer, neurons, sequences, method.windows == "strongest", batch_size)
    strongest = given.strongest(method.top if method.name == "saliency" else 1)
    maximum = strongest.values[:, 0]
    best = given.letters(strongest.sequences[:, 0], strongest.positions[:, 0])
    if method.name == "saliency":
        letters, nsites = _saliency(given, strongest)
        weight = np.maximum(letters, 0)
        weight += _FLAT / 4 * weight.sum(axis=2).max(axis=1)[:, None, None]
    else:
        half = np.where(maximum > 0, maximum / 2, np.inf)
        letters, nsites = given.count(np.zeros_like(maximum) if method.name == "kelley" else half)
        weight = letters
    total = weight.sum(axis=2, keepdims=True)
    ppm = np.where(total > 0, weight / np.where(total > 0, total, 1), 0.25)
    return Found(given.neurons, letters, ppm, nsites, maximum, best)


def decode(
    network: chain.ConvChain,
    layer: int,
    neurons: Sequence[int] | np.ndarray | None = None,
    sequences=None,
    method: Method = Method(),
    draws: int = 100,
    seed: int = 0,
) -> Decoded:
    """Returns what `read` finds as a decoded layer of one leaf per neuron, for all that reads such.

    Neurons that no window activates are dead by "bound" where that is proven, else by "sampled"; `maximum`
    is the largest of the windows, so never exact.

    Args:
      draws: sequences drawn from each PPM for its mean activation.
      seed: of these.
    """
    found = read(network, layer, neurons, sequences, method)
    dead, proven = found.nsites == 0, network.upper_bounds(layer)[found.neurons] <= 0
    shared, parts = network.substructure(layer, found.neurons), []
    for at, neuron in enumerate(found.neurons.tolist()):
        key = keys.stream(sampling.neuron_key(seed, layer, neuron), "others")
        ppm = found.ppm[at, None].astype(np.float32)
        consensus, drawn = decouple.diagnose_alone(key, shared.neuron(at), ppm, found.nsites[at, None], draws)
        parts.append(
            Neuron(
                dead=dead[at],
                reason=("bound" if proven[at] else "sampled") if dead[at] else "",
                exact=False,
                maximum=found.maximum[at],
                generations=0,
                samples=found.nsites[at],
                ppm=ppm,
                nsites=found.nsites[at, None],
                leaf_maximum=np.where(dead[at], 0, found.maximum[at, None]),
                consensus=consensus,
                drawn=drawn,
                agreement=np.nan,
                best=found.best[at],
            )
        )
    return Decoded.of_neurons(
        parts,
        name=network.name,
        layer=layer,
        neurons=found.neurons,
        radix=(),
        pooled=(),
        alphabet=network.alphabet,
    )


def _saliency(given: Windows, found: Strongest) -> tuple[np.ndarray, np.ndarray]:
    """Gradient times input averaged over the strongest windows, (C, R, 4), and their number (C,)."""
    nsites = (found.values > 0).sum(axis=1)
    letters, size = np.zeros((len(nsites), given.width, 4)), min(_ROWS, found.values.shape[1])
    for at in np.flatnonzero(nsites):
        codes_nr = given.letters(found.sequences[at, : nsites[at]], found.positions[at, : nsites[at]])
        score = jax.tree_util.Partial(Substructure.activation, given.substructure.neuron(at))
        # At least a batch, by repeating windows, so that it is one program for all neurons.
        rows = np.resize(codes_nr, (max(len(codes_nr), size), given.width))
        signed_nr = attribution.attribute(score, rows, "signed", size)[: len(codes_nr)].astype(np.float64)
        for letter in range(4):
            letters[at, :, letter] = np.where(codes_nr == letter, signed_nr, 0).mean(axis=0)
    return letters, nsites
