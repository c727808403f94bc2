"""A whole convolution decoded: sample, split, motifs and diagnosis of every neuron, resumable."""

import concurrent.futures
import dataclasses
import functools
import itertools
import math
import os
import pathlib
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.metrics import adjusted_rand_score

from jaxmotif import files, keys, memory
from jaxmotif.config import check
from jaxmotif.neuronmotif import chain, spread
from jaxmotif.neuronmotif.function_chain import FunctionChain, FunctionSubstructure
from jaxmotif.neuronmotif.leaves import by_maps, decoded, decouple
from jaxmotif.neuronmotif.leaves.decoded import Neuron
from jaxmotif.neuronmotif.sample import enumeration, linear, reservoir, sampling, seeds
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from jaxmotif.neuronmotif.substructure import Substructure

# Rows that samples are filled up to at least: half of that would save nothing.
FEWEST_ROWS = 10000
# What splitting a neuron's sample takes next to others, for what it takes alone: the compiler copies features
# so that the neurons' axis comes first. Planned for Basset and DeepSEA: 1.6 to 1.8.
_BESIDE_OTHERS = 1.8


@dataclasses.dataclass(frozen=True)
class Settings:
    """How layers are decoded; see `Sampling` and `Decoupling`.

    Attributes:
      sampling: how a neuron's sequences are found.
      decoupling: how they are split into leaves.
      seed: root of everything random.
      motif_seeds: whether seeds carry motifs of the layer below, for which all of that is decoded first.
      above: quantile over sequences from which a neuron counts as active where 0 has no meaning, see `zero`;
        0: a neuron is active above 0, whatever its map is.
    """

    sampling: Sampling = Sampling()
    decoupling: Decoupling = Decoupling()
    seed: int = 0
    motif_seeds: bool = True
    above: float = 0.95

    def __post_init__(self):
        check(self, at_least={"above": 0}, below={"above": 1})


class Samples(NamedTuple):
    """The S sequences of one neuron, strongest first; their names are those in its file.

    Attributes:
      words: packed letters, uint32 (S, words); see `reservoir.letters`.
      values: activations, float32 (S,).
      labels: leaf of each by the method chosen, uint16 (S,).
      other: leaf of each by the other method, uint16 (S,).
    """

    words: np.ndarray
    values: np.ndarray
    labels: np.ndarray
    other: np.ndarray


@functools.partial(jax.jit, static_argnames=("bins", "settings"))
def _split(keys_c, substructure: Substructure, codes, values, bins: int, settings: Decoupling):
    def one(neuron, key, codes, values):
        return decouple.decouple(key, neuron, codes, values, bins, settings)

    return sampling.over_neurons(one, substructure, keys_c, codes, values)


def _batches(found: Iterator, size: int) -> Generator[list]:
    """Lists of so many, of a generator that is closed with this one, or of another iterator."""
    try:
        while batch := list(itertools.islice(found, size)):
            yield batch
    finally:
        if isinstance(found, Generator):
            found.close()


def _dead(shape, leaves: int, reason: str, highest: float, generations: int = 0) -> Neuron:
    # A bound is attained in the first layer only.
    exact = reason == "enumerated" or (reason == "bound" and shape.layer == 1)
    nothing = np.zeros(leaves, np.float32)
    return Neuron(
        dead=True,
        reason=reason,
        exact=exact,
        maximum=highest,
        generations=generations,
        samples=0,
        ppm=np.full((leaves, shape.width, 4), 0.25, np.float32),
        nsites=np.zeros(leaves, np.int64),
        leaf_maximum=nothing,
        consensus=nothing,
        drawn=nothing,
        agreement=np.nan,
        best=np.zeros(shape.width, np.uint8),
    )


def _first_layer(network: chain.ConvChain, neuron: int, settings: Settings) -> Neuron:
    """A first-layer neuron exactly: one leaf, its motif by dynamic programming."""
    kernel = np.asarray(network.weights[0].kernel)[:, :, neuron]
    found = linear.exact(kernel, float(network.weights[0].bias[neuron]), settings.sampling.bins)
    counted = linear.above(found, settings.sampling.floor)
    ppm = linear.ppm(counted)[None].astype(np.float32)
    count = int(min(max(round(float(counted.mass.sum()) * 4.0 ** len(kernel)), 1), 2**53))
    key = sampling.neuron_key(settings.seed, 1, neuron)
    consensus, drawn = decouple.diagnose_alone(
        key,
        network.substructure(1).neuron(neuron),
        jnp.asarray(ppm),
        jnp.ones(1, jnp.int32),
        settings.decoupling.draws,
    )
    return Neuron(
        dead=False,
        reason="",
        exact=True,
        maximum=found.maximum,
        generations=0,
        samples=count,
        ppm=ppm,
        nsites=np.array([count]),
        leaf_maximum=np.array([found.maximum], np.float32),
        consensus=np.asarray(consensus),
        drawn=np.asarray(drawn),
        agreement=np.nan,
        best=found.best,
    )


def _sampled(
    network, layer: int, neurons: list[int], lower, settings: Settings
) -> Iterator[sampling.Sampled]:
    """Every neuron's sample, enumerated where the receptive field is short."""
    if not enumerates(network.substructure(layer), settings):
        yield from sampling.sample_neurons(network, layer, neurons, lower, settings.sampling, settings.seed)
        return
    for part in _batches(iter(neurons), 8):
        found = enumeration.enumerate_neurons(network, layer, part, settings.sampling)
        for at, neuron in enumerate(part):
            yield sampling.Sampled(neuron, found.samples[at], float(found.maximum[at]), 0)


def enumerates(substructure: Substructure | FunctionSubstructure, settings: Settings) -> bool:
    """Returns whether every sequence of the receptive field is tried."""
    return substructure.width <= min(settings.sampling.exact_up_to, substructure.enumerable)


def sample_rows(settings: Sampling) -> int:
    """Sequences of one neuron at most: bins below the floor are empty, but for the one it cuts."""
    return min(settings.bins, math.ceil(settings.bins * (1 - settings.floor)) + 1) * settings.cap


def filled_rows(count: int, most: int) -> int:
    """Returns how many rows a sample is filled up to, of which `most` are possible: it, its half, ..."""
    while count <= -(-most // 2) and -(-most // 2) >= FEWEST_ROWS:
        most = -(-most // 2)
    return most


def split_chunk(substructure: Substructure | FunctionSubstructure, settings: Settings, neurons: int) -> int:
    """Returns how many neurons' samples one device splits side by side, of so many: as memory holds."""
    rows = sample_rows(settings.sampling)
    each = decouple.neuron_bytes(substructure, rows, settings.decoupling)
    return spread.side_by_side(math.ceil(_BESIDE_OTHERS * each), neurons)


def decode_neurons(
    network: chain.Chain,
    layer: int,
    neurons: Sequence[int],
    lower: seeds.Below | None,
    settings: Settings,
) -> Iterator[tuple[int, Neuron, Samples | None]]:
    """Yields each neuron of convolution `layer` (from 1) as it is done: channel, findings, sample.

    Neurons that no sequence can activate are proven dead by interval arithmetic where that shows it, and
    not sampled.
    """
    whole = network.substructure(layer, maps=True)
    shape = whole.geometry
    sizes, _ = decouple.radix(whole, settings.decoupling)
    leaves, bins = math.prod(sizes), settings.sampling.bins
    rows = sample_rows(settings.sampling)
    bounds, alive = network.upper_bounds(layer), []
    enumerated = enumerates(whole, settings)
    linear_exact = layer == 1 and whole.letters_add and settings.sampling.exact_up_to > 0
    for neuron in neurons:
        if bounds[neuron] <= 0:
            yield neuron, _dead(shape, leaves, "bound", float(bounds[neuron])), None
        elif linear_exact and isinstance(network, chain.ConvChain):
            yield neuron, _first_layer(network, neuron, settings), None
        else:
            alive.append(neuron)
    if not alive:
        return
    size = split_chunk(whole, settings, len(alive))

    def split(channels, codes, values):
        key = jnp.stack(
            [keys.stream(sampling.neuron_key(settings.seed, layer, c), "decouple") for c in channels]
        )
        return _split(key, whole.select(channels), codes, values, bins, settings.decoupling)

    def empty(rows):
        return np.zeros((size, rows, shape.width), np.uint8), np.zeros((size, rows), np.float32)

    # Compiled while the first neurons are sampled, by a call on nothing; where there are several sizes, the
    # smallest.
    beside = concurrent.futures.ThreadPoolExecutor(max_workers=1)
    compiled = beside.submit(split, [alive[0]] * size, *empty(filled_rows(0, rows)))
    beside.shutdown(wait=False)

    def parted(batch):
        compiled.result()
        filled = batch + [batch[0]] * (size - len(batch))
        codes, values = empty(filled_rows(max(len(one.sample.values) for one in batch), rows))
        for at, one in enumerate(filled):
            count = len(one.sample.values)
            codes[at, :count] = reservoir.letters(one.sample.words[:count], shape.width)
            values[at, :count] = one.sample.values[:count]
        return codes, values, jax.tree.map(np.asarray, split([one.neuron for one in filled], codes, values))

    sampled = _sampled(network, layer, alive, lower, settings)
    for batch, (codes, values, found) in spread.over(parted, _batches(sampled, size)):
        for at, one in enumerate(batch):
            count = int((values[at] > 0).sum())
            if not count:
                reason = "enumerated" if enumerated else "sampled"
                yield one.neuron, _dead(shape, leaves, reason, one.highest, one.generations), None
                continue
            labels, other = found.labels[at, :count], found.other[at, :count]
            yield (
                one.neuron,
                Neuron(
                    dead=False,
                    reason="",
                    exact=enumerated,
                    maximum=one.highest,
                    generations=one.generations,
                    samples=count,
                    ppm=found.ppm[at],
                    nsites=found.nsites[at],
                    leaf_maximum=found.leaf_maximum[at],
                    consensus=found.consensus[at],
                    drawn=found.drawn[at],
                    agreement=adjusted_rand_score(labels, other) if leaves > 1 else np.nan,
                    best=codes[at, 0],
                    steps=one.steps,
                    rhat=one.rhat,
                ),
                Samples(
                    words=one.sample.words[:count],
                    values=one.sample.values[:count],
                    labels=labels.astype(np.uint16),
                    other=other.astype(np.uint16),
                ),
            )


def _part_path(folder: pathlib.Path, layer: int, neuron: int) -> pathlib.Path:
    return folder / f"layer{layer}" / f"neuron{neuron}.npz"


def _read_part(path: pathlib.Path) -> Neuron | None:
    """A neuron done before; None where there is none, or a file that is damaged."""
    try:
        arrays = files.load_npz(path)
        return Neuron(*(arrays[name] for name in Neuron._fields))  # pyrefly: ignore[bad-argument-type]
    except (ValueError, LookupError):
        return None


def decode_layer(
    network: chain.Chain,
    layer: int,
    neurons: Sequence[int] | None,
    lower: decoded.Decoded | None,
    settings: Settings,
    folder: str | os.PathLike | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> decoded.Decoded:
    """Neurons of convolution `layer`, from 1; all of them by default.

    With `folder`, every neuron is written as it is done (its packed sample too), and those that are there
    already are not decoded again.

    Args:
      lower: all of the layer below, for seeds; None: random seeds.
      progress: called with (neurons done, neurons in all).
    """
    network.check_layer(layer)
    neurons = list(range(network.channels(layer))) if neurons is None else [int(n) for n in neurons]
    network.check_layer(layer, neurons)
    folder = pathlib.Path(folder) if folder else None
    parts = {}
    if folder:
        before = {neuron: _read_part(_part_path(folder, layer, neuron)) for neuron in neurons}
        parts = {neuron: part for neuron, part in before.items() if part is not None}
    below = None
    if lower is not None and isinstance(network, chain.ConvChain):
        below = seeds.below(lower, network.convs[layer - 2])
    todo = [neuron for neuron in neurons if neuron not in parts]
    memory.drop_programs()
    if progress:
        progress(len(parts), len(neurons))
    for neuron, part, sample in decode_neurons(network, layer, todo, below, settings):
        parts[neuron] = part
        if folder:
            with files.atomic_path(_part_path(folder, layer, neuron)) as path, path.open("wb") as stream:
                np.savez(stream, **part._asdict(), **(sample._asdict() if sample else {}))
        if progress:
            progress(len(parts), len(neurons))
    whole = network.substructure(layer, maps=True)
    sizes, pooled = decouple.radix(whole, settings.decoupling)
    return decoded.Decoded.of_neurons(
        [parts[neuron] for neuron in neurons],
        name=network.name,
        layer=layer,
        neurons=np.asarray(neurons),
        radix=sizes,
        pooled=pooled,
        alphabet=network.alphabet,
        zero=network.zero(layer)[neurons] if isinstance(network, FunctionChain) else None,
        halves=by_maps.applies(whole, settings.decoupling),
    )


def decode(
    network: chain.Chain,
    layer: int,
    neurons: Sequence[int] | None,
    settings: Settings,
    folder: str | os.PathLike | None = None,
    progress: Callable[[int], Callable | None] | None = None,
) -> decoded.Decoded:
    """Returns `decode_layer`, after the layers below it where motif seeds are wanted.

    Args:
      progress: called with the number of each layer; what it returns is that layer's `progress`.
    """
    network.check_layer(layer)
    lower = None
    for number in range(1, layer) if settings.motif_seeds else ():
        lower = decode_layer(
            network, number, None, lower, settings, folder, progress(number) if progress else None
        )
    return decode_layer(
        network, layer, neurons, lower, settings, folder, progress(layer) if progress else None
    )
