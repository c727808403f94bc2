"""Samples of the sequences that neurons answer to: many neurons at once, one compiled program a layer.

On an accelerator a chunk of neurons is a batch: rows are (neuron, sequence), and a neuron that is done makes
room for the next. On a CPU each neuron runs to its own end, and as many as there are cores run beside each
other. A neuron's sample is the same whichever others it ran with.
"""

import collections
import concurrent.futures
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import cores, keys
from jaxmotif.neuronmotif import chain, memory, passes, spread
from jaxmotif.neuronmotif.sample import genetic, reservoir, seeds, walk
from jaxmotif.neuronmotif.settings import Sampling
from jaxmotif.neuronmotif.substructure import Substructure

# Generations between two looks at which neurons of a batch are done.
SEGMENT = 10
# Neurons of a batch whose search has ended that are polished and walked together.
FINISHED = 16


class Sampled(NamedTuple):
    """What sampling found for one neuron.

    Attributes:
      neuron: its channel.
      sample: distinct sequences with positive activation, strongest first.
      highest: largest activation seen, also where it is not positive.
      generations: of the genetic algorithm.
      steps: of the walk.
      rhat: of the walk, see `genetic.State`.
    """

    neuron: int
    sample: reservoir.Sample
    highest: float
    generations: int
    steps: int = 0
    rhat: np.ndarray = np.full(4, np.nan)


@functools.partial(jax.jit, static_argnames="settings")
def _start(key, substructure: Substructure, lower: seeds.Below | None, settings: Sampling):
    def one(neuron, key):
        count = settings.size(neuron.width)
        if lower is None:
            codes = seeds.random_seeds(key, count, neuron.width)
        else:
            codes = seeds.seeds(key, neuron, lower, count, settings)
        return genetic.start(key, codes, neuron.activation, settings)

    return over_neurons(one, substructure, key)


@functools.partial(jax.jit, static_argnames="settings")
def _run(states, substructure: Substructure, settings: Sampling, most):
    """At most `most` generations of every neuron that is not done."""
    shift = substructure.geometry.shift

    def one(neuron, state):
        last = state.generation + most
        return jax.lax.while_loop(
            lambda s: ~genetic.done(s, settings) & (s.generation < last),
            lambda s: genetic.generation(s, neuron.activation, shift, settings),
            state,
        )

    return over_neurons(one, substructure, states)


@functools.partial(jax.jit, static_argnames="settings")
def _finish(states, substructure: Substructure, settings: Sampling, wanted):
    """Polishes the best and makes the sample representative, as the settings say; nothing if not `wanted`."""

    def one(neuron, state):
        state = genetic.polish(state, neuron.activation, settings) if settings.polish else state
        return walk.walk(state, neuron, settings) if settings.walk else state

    return jax.lax.cond(
        wanted, lambda states: over_neurons(one, substructure, states), lambda states: states, states
    )


def _compile_beside(states, substructure: Substructure, settings: Sampling) -> None:
    """Compiles `_run` and `_finish` at the same time, by calls that do no work.

    Left to the first neurons, every thread would compile both, one after the other.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        calls = [
            workers.submit(_run, states, substructure, settings, 0),
            workers.submit(_finish, states, substructure, settings, False),
        ]
        for call in calls:
            call.result()


def over_neurons(function: Callable, substructure: Substructure, *inputs):
    """Maps `function` of one neuron's substructure and its rows of `inputs` over the neurons.

    One after the other on a CPU, where each stops at its own end; side by side elsewhere.
    """

    def one(row):
        heads, *others = row
        return function(substructure.with_heads(heads), *others)

    rows = (substructure.heads, *inputs)
    return jax.lax.map(one, rows) if spread.on_cpu() else jax.vmap(one)(rows)


def neuron_key(seed: int, layer: int, neuron: int) -> jax.Array:
    """Returns the random stream of one neuron."""
    return keys.member(keys.stream(keys.root(seed), f"layer{layer}"), neuron)


def neuron_bytes(substructure: Substructure, settings: Sampling) -> int:
    """Returns what the search for one neuron's sequences takes at most, in bytes."""
    width = substructure.width
    # Letters, their odds and derivatives; reservoirs; the maps of a pass.
    letters = 8 * settings.size(width) * 4 * width
    words = -(-width // reservoir.LETTERS_PER_WORD) + 2
    kept = reservoir.ROWS * reservoir.slots_for(settings.cap) * words
    return 4 * (letters + 3 * kept) + passes.bytes_of_pass()


def default_chunk(substructure: Substructure, settings: Sampling) -> int:
    """Returns neurons of a batch: one on a CPU, where threads run them; elsewhere as many as memory holds.

    Of each device, and all together no more than there are.
    """
    return spread.side_by_side(neuron_bytes(substructure, settings), substructure.size)


def sample_neurons(
    network: chain.ConvChain,
    layer: int,
    neurons: Sequence[int],
    lower: seeds.Below | None,
    settings: Sampling,
    seed: int = 0,
    chunk: int = 0,
) -> Iterator[Sampled]:
    """Samples of these neurons of convolution `layer` (from 1), in the order in which they are done.

    Args:
      lower: motifs of the layer below for seeds; None: random seeds.
      chunk: neurons side by side, on each device; 0: as many as fit. On a CPU it changes no bit of the
        result; elsewhere sums may round otherwise in batches of another size.

    Raises:
      ValueError: for a layer or neuron that the network does not have.
    """
    network.check_layer(layer, neurons)
    if not len(neurons):
        return
    chunk = min(chunk or default_chunk(network.substructure(layer), settings), len(neurons))
    start = _starter(network, layer, lower, settings, seed)
    if spread.on_cpu():
        yield from _by_thread(start, list(neurons), settings, chunk)
    else:
        queue = collections.deque(neurons)  # of all devices
        yield from spread.on_each(lambda: _by_batch(start, queue, settings, chunk))


def _starter(network: chain.ConvChain, layer: int, lower: seeds.Below | None, settings: Sampling, seed: int):
    """A function of channels: their states before the first generation, and their substructure."""

    def start(part):
        substructure = network.substructure(layer, np.asarray(part))
        key = jnp.stack([neuron_key(seed, layer, neuron) for neuron in part])
        return _start(key, substructure, lower, settings), substructure

    return start


def _finished(neuron, state, at: int, settings) -> Sampled:
    kept = jax.tree.map(lambda leaf: leaf[at], state.kept)
    return Sampled(
        int(neuron),
        reservoir.sample(kept, settings.bins, settings.cap, settings.floor),
        float(state.high[at]),
        int(state.generation[at]),
        int(state.steps[at]),
        np.asarray(state.rhat[at]),
    )


def _by_thread(start, neurons, settings, chunk) -> Iterator[Sampled]:
    def run(part):
        states, substructure = start(part)
        states = _run(states, substructure, settings, settings.generations)
        states = _finish(states, substructure, settings, True)
        return [_finished(neuron, states, at, settings) for at, neuron in enumerate(part)]

    parts = [np.asarray(neurons[i : i + chunk]) for i in range(0, len(neurons), chunk)]
    states, substructure = start(parts[0])
    _compile_beside(states, substructure, settings)
    threads = memory.side_by_side(chunk * neuron_bytes(substructure, settings), cores.usable())
    workers = concurrent.futures.ThreadPoolExecutor(max_workers=threads)
    try:
        waiting = [workers.submit(run, part) for part in parts]
        for future in concurrent.futures.as_completed(waiting):
            yield from future.result()
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


def _by_batch(start, queue: collections.deque, settings, chunk) -> Iterator[Sampled]:
    """Samples of neurons taken from `queue`, which other devices may take from, too."""
    group = min(chunk, FINISHED)

    def taken() -> int | None:
        try:
            return queue.popleft()
        except IndexError:
            return None

    def finished(ended):
        # Of one size always, so that it is one program; the walk is worth doing for many at once.
        rows = ended + [ended[0]] * (group - len(ended))
        states, heads = (
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *part)
            for part in list(zip(*rows, strict=False))[1:]
        )
        states = _finish(states, substructure.with_heads(heads), settings, True)
        for at, (neuron, *_) in enumerate(ended):
            yield _finished(neuron, states, at, settings)

    slots, ended = [taken() for _ in range(chunk)], []
    first = next((neuron for neuron in slots if neuron is not None), None)
    if first is None:
        return
    # Of one size always; an empty slot searches for the first one's sequences, and is not looked at.
    states, substructure = start([first if neuron is None else neuron for neuron in slots])
    heads = substructure.heads
    while any(neuron is not None for neuron in slots):
        states = _run(states, substructure.with_heads(heads), settings, SEGMENT)
        stopped = np.asarray(genetic.done(states, settings))
        ready = [at for at, neuron in enumerate(slots) if neuron is not None and stopped[at]]
        for at in ready:
            ended.append((slots[at], *jax.tree.map(operator.itemgetter(at), (states, heads))))
            slots[at] = taken()
        new = [at for at in ready if slots[at] is not None]
        if new:
            # All slots are started, again as one program; only the new ones are taken over.
            states_new, fresh = start([slots[at] if at in new else first for at in range(chunk)])
            is_new = jnp.asarray([at in new for at in range(chunk)])
            states, heads = _chosen(is_new, (states_new, fresh.heads), (states, heads))
        while len(ended) >= group:
            yield from finished(ended[:group])
            ended = ended[group:]
    if ended:
        yield from finished(ended)


@jax.jit
def _chosen(taken, new, old):
    def pick(a, b):
        if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            return jax.random.wrap_key_data(pick(jax.random.key_data(a), jax.random.key_data(b)))
        return jnp.where(taken.reshape((-1,) + (1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, new, old)
