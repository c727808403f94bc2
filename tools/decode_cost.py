"""Seconds and memory of decoding neurons of random networks, and what whole networks would take.

Used by bench_decode.py. Weights are random, and scaled so that every neuron's activation has mean 0 and
deviation 1 on random sequences; seeds are random sequences. On a CPU as many neurons run beside each other as
there are cores, as in a real run; on an accelerator a batch of neurons does.
"""

import concurrent.futures
import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from decode_demo2 import Clock, peak_megabytes, rounded

from jaxmotif import cores, dna
from jaxmotif.models import zoo
from jaxmotif.models.spec import valid_lengths
from jaxmotif.neuronmotif import chain, decode_layer, substructure
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.sample import genetic, sampling, seeds, walk
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from jaxmotif.neuronmotif.substructure import Substructure

# Random sequences on which activations are scaled.
REFERENCE = 256
# Sequences of a population that a CPU runs for whole networks.
CPU_ROWS = 500
# Where a generation is quicker than this, what a walk does once would count too much in a short one.
BRIEF = 0.1


class Budget(NamedTuple):
    """What is run, and what a full run is taken to be.

    Attributes:
      generations: run.
      walk: steps run.
      full_generations: of a full run.
      polish_steps: rounds of polishing of a full run.
    """

    generations: int
    walk: int
    full_generations: int
    polish_steps: int


class Rates(NamedTuple):
    """Seconds for each neuron, of the start, a generation, a step of the walk, and decoupling.

    Attributes:
      compiling: seconds of all compilation, once for any number of neurons.
    """

    start: float
    generation: float
    step: float
    decoupling: float
    compiling: float


def random_stack(name: str, layer: int = 0, filters: int = 0, seed: int = 0) -> chain.ConvChain:
    """The convolutions of a network of the zoo up to `layer` (0: all) with random weights.

    The last one is widened to `filters` where it has fewer.
    """
    convs = list(zoo.get(name).convs)
    convs = convs[: layer or len(convs)]
    convs[-1] = dataclasses.replace(convs[-1], filters=max(convs[-1].filters, filters))
    rng, weights = np.random.default_rng(seed), []
    width = substructure.geometry(convs, len(convs)).width
    h, channels = dna.one_hot(jnp.asarray(rng.integers(0, 4, (REFERENCE, width)), jnp.uint8)), 4
    for conv in convs:
        kernel = jnp.asarray(rng.normal(size=(conv.kernel, channels, conv.filters)), jnp.float32)
        raw = substructure.convolve(conv, substructure.Weights(kernel, jnp.zeros(conv.filters)), h)
        mean, scale = raw.mean(axis=(0, 1)), 1 / raw.std(axis=(0, 1))
        weights.append(substructure.Weights(kernel * scale, -mean * scale))
        channels = conv.filters
        # Of the last convolution there is one position, too few to pool.
        h = substructure.pooled(conv, (raw - mean) * scale) if len(weights) < len(convs) else h
    return chain.ConvChain(name, tuple(convs), tuple(weights))


def operations(convs: Sequence, layer: int) -> int:
    """Multiplications and additions of a neuron's activation on one receptive field, in its convolutions."""
    channels, total, width = 4, 0, substructure.geometry(convs, layer).width
    for conv, (positions, _) in zip(convs, valid_lengths(convs[: layer - 1], width), strict=False):
        total += 2 * positions * conv.kernel * channels * conv.filters
        channels = conv.filters
    return total + 2 * convs[layer - 1].kernel * channels


def generation_operations(convs: Sequence, layer: int) -> int:
    """The same for a generation: activation, derivative by the letters, activation of the mutated one.

    A first layer's derivative is its kernel.
    """
    return (3 if layer > 1 else 1) * operations(convs, layer)


@functools.partial(jax.jit, static_argnames="settings")
def _search(keys_c, neurons: Substructure, generations, settings: Sampling):
    """Start and so many generations of each neuron, as `sampling` runs them."""
    shape = neurons.geometry

    def one(neuron, key):
        codes = seeds.random_seeds(key, settings.size(shape.width), shape.width)
        return jax.lax.while_loop(
            lambda state: ~genetic.done(state, settings) & (state.generation < generations),
            lambda state: genetic.generation(state, neuron.activation, shape.shift, settings),
            genetic.start(key, codes, neuron.activation, settings),
        )

    return sampling.over_neurons(one, neurons, keys_c)


@functools.partial(jax.jit, static_argnames="settings")
def _walk(states, neurons: Substructure, settings: Sampling):
    def one(neuron, state):
        return walk.walk(state, neuron, settings)

    return sampling.over_neurons(one, neurons, states)


@functools.partial(jax.jit, static_argnames=("bins", "settings"))
def _decouple(keys_c, neurons: Substructure, codes, values, bins: int, settings: Decoupling):
    def one(neuron, key, codes):
        return decouple.decouple(key, neuron, codes, values, bins, settings)

    return sampling.over_neurons(one, neurons, keys_c, codes)


def on_cpu() -> bool:
    return jax.default_backend() == "cpu"


def lanes() -> int:
    """Neurons, or batches of them, that run beside each other."""
    return cores.usable() if on_cpu() else 1


def _timed(run: Callable, neurons: int) -> tuple[float, float]:
    """Seconds a neuron once compiled, with a run on every core of a CPU, and seconds of compilation."""
    begin = time.perf_counter()
    jax.block_until_ready(run())
    first = time.perf_counter() - begin
    with concurrent.futures.ThreadPoolExecutor(lanes()) as workers:
        begin = time.perf_counter()
        list(workers.map(lambda _: jax.block_until_ready(run()), range(lanes())))
        seconds = time.perf_counter() - begin
    return seconds / (lanes() * neurons), max(first - seconds, 0.0)


def rates(
    network: chain.ConvChain,
    layer: int,
    chunk: int,
    budget: Budget,
    settings: Sampling,
    decoupling: Decoupling,
) -> Rates:
    """What a neuron of convolution `layer` (from 1) takes in batches of `chunk` neurons."""

    def arguments(count):
        channels = np.arange(count) % network.channels(layer)
        key = jnp.stack([sampling.neuron_key(0, layer, neuron) for neuron in channels])
        return key, network.substructure(layer, channels)

    settings = dataclasses.replace(
        settings, generations=budget.generations, patience=budget.generations + 1, walk=budget.walk
    )
    key, some = arguments(chunk)
    start, first = _timed(lambda: _search(key, some, 0, settings), chunk)
    searched, _ = _timed(lambda: _search(key, some, budget.generations, settings), chunk)
    generation = max(searched - start, 0.0) / budget.generations
    steps = budget.walk * (10 if generation * chunk < BRIEF else 1)
    states = _search(key, some, budget.generations, settings)
    # Two lengths, since reading the network's parts and R-hat are done once for a walk.
    short, long = (dataclasses.replace(settings, walk=count, doublings=0) for count in (steps, 2 * steps))
    walked, second = _timed(lambda: _walk(states, some, short), chunk)  # noqa: F821
    twice, fourth = _timed(lambda: _walk(states, some, long), chunk)  # noqa: F821
    del states
    size = decode_layer.split_chunk(
        network.substructure(layer), decode_layer.Settings(settings, decoupling), chunk
    )
    shape, rows = substructure.geometry(network.convs, layer), decode_layer.sample_rows(settings)
    codes = np.random.default_rng(0).integers(0, 4, (size, rows, shape.width)).astype(np.uint8)
    values = np.linspace(1, 0, rows, endpoint=False, dtype=np.float32)
    key, few = arguments(size)
    split, third = _timed(lambda: _decouple(key, few, codes, values, settings.bins, decoupling), size)
    step = max(twice - walked, 0.0) / steps
    return Rates(start, generation, step, split, first + second + third + fourth)


def full_seconds(found: Rates, width: int, budget: Budget, settings: Sampling) -> float:
    """Seconds of a full run for each neuron, on receptive fields of `width` letters.

    A round of polishing evaluates every substitution of the strongest sequences; it is taken to cost
    what a step of the walk costs for as many sequences. Every neuron is polished and walked once, and no
    place of a batch waits for the others.
    """
    polishing = budget.polish_steps * settings.polish * 4 * width / settings.walkers
    return (
        found.start
        + budget.full_generations * found.generation
        + (settings.walk + polishing) * found.step
        + found.decoupling
    )


def _speed(found: Rates, network: chain.ConvChain, layer: int, settings: Sampling) -> dict:
    """Rates of a generation and what they make of the arithmetic."""
    count = settings.size(substructure.geometry(network.convs, layer).width)
    gflop = count * generation_operations(network.convs, layer) / 1e9
    return {
        "start_seconds": rounded(found.start),
        "generation_seconds": rounded(found.generation),
        "step_seconds": rounded(found.step),
        "decoupling_seconds_a_neuron": rounded(found.decoupling),
        "gflop_a_generation": rounded(gflop),
        "gflops": rounded(gflop / found.generation) if found.generation else None,
    }


def _device() -> dict:
    """Where this ran, and the most memory this process has used so far."""
    stats = jax.devices()[0].memory_stats() or {}
    peak = stats.get("peak_bytes_in_use")
    return {
        "peak_megabytes": peak_megabytes(),
        "device_peak_megabytes": peak and round(peak / 2**20),
        "device": jax.devices()[0].device_kind,
        "cpus": cores.usable(),
    }


def _decoded(
    network: chain.ConvChain, layer: int, neurons: int, settings: decode_layer.Settings
) -> tuple[float, float]:
    """Seconds of sampling and of decoupling these neurons."""
    clock, begin = Clock(), time.perf_counter()
    with clock.running():
        for _ in decode_layer.decode_neurons(network, layer, range(neurons), None, settings):
            pass
    return clock.seconds, time.perf_counter() - begin - clock.seconds


def sweep(layer: int, counts: Sequence[int], limit: float, budget: Sequence) -> Iterator[dict]:
    """A row for each number of neurons of a layer of Basset, sampled on a small budget.

    Where the row would take more than `limit` seconds, as many neurons are run as fit beside each other, and
    their seconds scaled. Numbers ascend, so that the memory of each row is its own. Before them, for the
    first layer, the same number of neurons by dynamic programming, which is what a real run does there.
    """
    budget, full = Budget(**budget), Sampling()
    settings = dataclasses.replace(
        full,
        generations=budget.generations,
        patience=budget.generations + 1,
        walk=budget.walk,
        doublings=0,
        polish=0,
        exact_up_to=0,
    )
    network, known = random_stack("Basset", layer, max(counts)), {}
    width = substructure.geometry(network.convs, layer).width
    for neurons in sorted(counts):
        shape = {"layer": layer, "receptive_field": width, "neurons": neurons}
        if layer == 1:
            _decoded(network, 1, 1, decode_layer.Settings())
            seconds = sum(_decoded(network, 1, neurons, decode_layer.Settings()))
            exact = {"how": "exact", "ran": neurons}
            yield shape | exact | dict.fromkeys(("seconds", "full_run_seconds"), rounded(seconds)) | _device()
        wanted = lanes() if on_cpu() else sampling.default_chunk(network.substructure(layer), settings)
        small = ran = min(neurons, wanted)
        if small not in known:
            begin = time.perf_counter()
            _decoded(network, layer, small, decode_layer.Settings(settings))
            first = time.perf_counter() - begin
            again = _decoded(network, layer, small, decode_layer.Settings(settings))
            found = rates(network, layer, 1 if on_cpu() else small, budget, full, Decoupling())
            known[small] = max(first - sum(again), 0.0), again, found
        compiling, parts, found = known[small]
        if ran < neurons and sum(parts) * neurons / small <= limit:
            ran, parts = neurons, _decoded(network, layer, neurons, decode_layer.Settings(settings))
        searching, splitting = (seconds * neurons / ran for seconds in parts)
        each = full_seconds(found, width, budget, full)
        yield (
            shape
            | {
                "how": "sampled",
                "ran": ran,
                "generations": budget.generations,
                "walk": budget.walk,
                "compiling_seconds": rounded(compiling),
                "sampling_seconds": rounded(searching),
                "decoupling_seconds": rounded(splitting),
                "seconds": rounded(searching + splitting),
                **_speed(found, network, layer, full),
                "full_run_seconds": rounded(each * neurons),
            }
            | _device()
        )


def _exact_seconds(network: chain.ConvChain, layer: int) -> tuple[float, int]:
    """Seconds a neuron where nothing is sampled, and how many neurons said so."""
    neurons = min(8, network.channels(layer))
    _decoded(network, layer, neurons, decode_layer.Settings())
    return sum(_decoded(network, layer, neurons, decode_layer.Settings())) / neurons, neurons


def _scaled(found: Rates, sequences: float, sample: float) -> Rates:
    """Rates for so many times the sequences of the population, and of the sample; walkers stay as many."""
    return found._replace(
        start=found.start * sequences,
        generation=found.generation * sequences,
        decoupling=found.decoupling * sample,
    )


def whole_network(name: str, rows: int, most: int, budget: Sequence) -> Iterator[dict]:
    """A row for every convolution of a network, a few neurons of each run, and one for all together.

    Args:
      rows: sequences of a population, and in proportion of the sample; the seconds are scaled. 0:
        `CPU_ROWS` on a CPU, all on an accelerator.
      most: neurons of a batch on an accelerator.
    """
    network, budget, full, total = random_stack(name), Budget(**budget), Sampling(), 0.0
    for layer in range(1, len(network.convs) + 1):
        width, neurons = substructure.geometry(network.convs, layer).width, network.channels(layer)
        row = {"network": name, "layer": layer, "receptive_field": width, "neurons": neurons}
        if layer == 1 or width <= full.exact_up_to:
            each, ran = _exact_seconds(network, layer)
            row |= {"how": "exact", "ran": ran}
        else:
            size = full.size(width)
            count = min(rows or (CPU_ROWS if on_cpu() else size), size)
            cap = max(full.cap * count // size, 1)
            settings = dataclasses.replace(full, population=count, cap=cap)
            chunk = (
                1
                if on_cpu()
                else min(most, neurons, sampling.default_chunk(network.substructure(layer), settings))
            )
            found = rates(network, layer, chunk, budget, settings, Decoupling())
            found = _scaled(found, size / count, full.cap / cap)
            each = full_seconds(found, width, budget, full)
            row |= {
                "how": "sampled",
                "ran": lanes() if on_cpu() else chunk,
                "population": size,
                "population_run": count,
                "compiling_seconds": rounded(found.compiling),
                **_speed(found, network, layer, full),
            }
        total += each * neurons
        yield row | {"seconds_a_neuron": rounded(each), "layer_hours": rounded(each * neurons / 3600)}
    yield {
        "network": name,
        "layer": "all",
        "neurons": sum(conv.filters for conv in network.convs),
        "layer_hours": rounded(total / 3600),
    } | _device()
