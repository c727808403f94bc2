"""Samples of the sequences that neurons answer to: many neurons at once, one compiled program a layer.

On an accelerator a chunk of neurons is a batch: rows are (neuron, sequence), and a neuron that is done makes
room for the next. On a CPU each neuron runs to its own end, and as many as there are cores run beside each
other. A neuron's sample is the same whichever others it ran with.
"""

import concurrent.futures
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.neuronmotif import stack
from jaxmotif.neuronmotif.sample import genetic, reservoir, seeds, walk
from jaxmotif.neuronmotif.settings import Sampling

# Generations between two looks at which neurons of a batch are done.
SEGMENT = 10
# Neurons of a batch whose search has ended that are polished and walked together.
FINISHED = 16
# Bytes of populations, maps and reservoirs that a batch may take on an accelerator.
BATCH_BYTES = 16 << 30


class Sampled(NamedTuple):
    """What sampling found for one neuron.

    Attributes:
      neuron: its channel.
      sample: distinct sequences with positive activation, strongest first.
      highest: largest activation seen, also where it is not positive.
      generations: of the genetic algorithm.
    """

    neuron: int
    sample: reservoir.Sample
    highest: float
    generations: int


class _Layer(NamedTuple):
    """Arrays that all neurons of a layer share: the layers below, and their motifs for seeds."""

    weights: tuple
    lower: seeds.Below | None


def evaluator(convs, layer: int, weights, head) -> Callable:
    """Activations (n,) of one neuron on receptive fields: letters uint8 (n, R) or one-hot (n, R, 4)."""
    kernel_kc, bias = head

    def value(x):
        x = dna.one_hot(x) if x.ndim == 2 else x
        h = stack.inputs(convs, weights, x, layer)
        return stack.read_out(h, kernel_kc[None])[:, 0] + bias

    return value


@functools.partial(jax.jit, static_argnames=("convs", "layer", "settings"))
def _start(key, heads, shared: _Layer, convs, layer: int, settings: Sampling):
    shape = stack.geometry(convs, layer)

    def one(inputs):
        key, head = inputs
        count = settings.size(shape.width)
        if shared.lower is None:
            codes = seeds.random_seeds(key, count, shape.width)
        else:
            codes = seeds.seeds(
                key,
                head[0],
                shared.lower,
                convs[layer - 2],
                shape.step,
                shape.steps[-1],
                count,
                shape.width,
                settings,
            )
        return genetic.start(key, codes, evaluator(convs, layer, shared.weights, head), settings)

    return over_neurons(one, (key, heads))


@functools.partial(jax.jit, static_argnames=("convs", "layer", "settings"))
def _run(states, heads, shared: _Layer, convs, layer: int, settings: Sampling, most):
    """At most `most` generations of every neuron that is not done."""
    shift = stack.geometry(convs, layer).shift

    def one(inputs):
        state, head = inputs
        value = evaluator(convs, layer, shared.weights, head)
        last = state.generation + most
        return jax.lax.while_loop(
            lambda s: ~genetic.done(s, settings) & (s.generation < last),
            lambda s: genetic.generation(s, value, shift, settings),
            state,
        )

    return over_neurons(one, (states, heads))


@functools.partial(jax.jit, static_argnames=("convs", "layer", "settings"))
def _finish(states, heads, shared: _Layer, convs, layer: int, settings: Sampling, wanted):
    """Polishes the best and makes the sample representative, where the settings say so; nothing if not `wanted`."""
    shift = stack.geometry(convs, layer).shift

    def one(inputs):
        state, head = inputs
        value = evaluator(convs, layer, shared.weights, head)
        state = genetic.polish(state, value, settings) if settings.polish else state
        return walk.walk(state, value, shift, settings) if settings.walk else state

    return jax.lax.cond(
        wanted, lambda states: over_neurons(one, (states, heads)), lambda states: states, states
    )


def _compile_beside(states, heads, shared: _Layer, static) -> None:
    """Compiles `_run` and `_finish` at the same time, by calls that do no work.

    Left to the first neurons, every thread would compile both, one after the other.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        calls = [
            workers.submit(_run, states, heads, shared, *static, 0),
            workers.submit(_finish, states, heads, shared, *static, False),
        ]
        for call in calls:
            call.result()


def on_cpu() -> bool:
    """Whether neurons run one after the other in threads, or side by side in a batch."""
    return jax.default_backend() == "cpu"


def over_neurons(function, inputs):
    """One neuron after the other on a CPU, where each stops at its own end; side by side elsewhere."""
    if on_cpu():
        return jax.lax.map(function, inputs)
    return jax.vmap(function)(inputs)


def neuron_key(seed: int, layer: int, neuron: int) -> jax.Array:
    """The random stream of one neuron."""
    return keys.member(keys.stream(keys.root(seed), f"layer{layer}"), neuron)


def default_chunk(convs, layer: int, settings: Sampling) -> int:
    """Neurons of a batch: one a core on a CPU, as many as `BATCH_BYTES` hold on an accelerator."""
    if on_cpu():
        return 1
    shape = stack.geometry(convs, layer)
    count, length, floats = settings.size(shape.width), shape.width, 4.0 * shape.width
    for conv in convs[: layer - 1]:
        length = (length - conv.kernel) // conv.stride + 1
        # The raw map, its pooled copy and their gradients.
        floats += 4.0 * length * conv.filters
        length = max((length - conv.pool) // (conv.pool_stride or conv.pool) + 1, 1)
    words = -(-shape.width // reservoir.LETTERS_PER_WORD) + 2
    kept = reservoir.ROWS * reservoir.slots_for(settings.cap) * words
    return int(max(1, BATCH_BYTES // (4 * (count * floats + 3 * kept))))


def sample_neurons(
    network: stack.Stack,
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
      chunk: neurons side by side; 0: as many as fit. On a CPU it changes no bit of the result; elsewhere sums
        may round otherwise in batches of another size.

    Raises:
      ValueError: for a layer or neuron that the network does not have.
    """
    network.check_layer(layer)
    for neuron in neurons:
        if not 0 <= neuron < network.channels(layer):
            raise ValueError(
                f"layer {layer} of {network.name} has neurons 0 to {network.channels(layer) - 1}, not {neuron}"
            )
    if not len(neurons):
        return
    chunk = min(chunk or default_chunk(network.convs, layer, settings), len(neurons))
    shared = _Layer(network.weights[: layer - 1], lower)
    if on_cpu():
        yield from _by_thread(network, layer, neurons, shared, settings, seed, chunk)
    else:
        yield from _by_batch(network, layer, list(neurons), shared, settings, seed, chunk)


def _finished(neuron, state, at: int, settings) -> Sampled:
    kept = jax.tree.map(lambda leaf: leaf[at], state.kept)
    return Sampled(
        int(neuron),
        reservoir.sample(kept, settings.bins, settings.cap, settings.floor),
        float(state.high[at]),
        int(state.generation[at]),
    )


def _by_thread(network, layer, neurons, shared, settings, seed, chunk) -> Iterator[Sampled]:
    static = (network.convs, layer, settings)

    def start(part):
        heads = stack.head(network, layer, part)
        key = jnp.stack([neuron_key(seed, layer, neuron) for neuron in part])
        return _start(key, heads, shared, *static), heads

    def run(part):
        states, heads = start(part)
        states = _run(states, heads, shared, *static, settings.generations)
        states = _finish(states, heads, shared, *static, True)
        return [_finished(neuron, states, at, settings) for at, neuron in enumerate(part)]

    parts = [np.asarray(neurons[i : i + chunk]) for i in range(0, len(neurons), chunk)]
    _compile_beside(*start(parts[0]), shared, static)
    workers = concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        waiting = [workers.submit(run, part) for part in parts]
        for future in concurrent.futures.as_completed(waiting):
            yield from future.result()
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


def _by_batch(network, layer, queue, shared, settings, seed, chunk) -> Iterator[Sampled]:
    static = (network.convs, layer, settings)

    def fresh(part):
        key = jnp.stack([neuron_key(seed, layer, neuron) for neuron in part])
        heads = stack.head(network, layer, np.asarray(part))
        return _start(key, heads, shared, *static), heads

    group = min(chunk, FINISHED)

    def finished(ended):
        # Of one size always, so that it is one program; the walk is worth doing for many at once.
        rows = ended + [ended[0]] * (group - len(ended))
        states, heads = (
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *part)
            for part in list(zip(*rows, strict=False))[1:]
        )
        states = _finish(states, heads, shared, *static, True)
        for at, (neuron, *_) in enumerate(ended):
            yield _finished(neuron, states, at, settings)

    slots, queue, ended = queue[:chunk], queue[chunk:], []
    states, heads = fresh(slots)
    while any(neuron is not None for neuron in slots):
        states = _run(states, heads, shared, *static, SEGMENT)
        stopped = np.asarray(genetic.done(states, settings))
        ready = [at for at, neuron in enumerate(slots) if neuron is not None and stopped[at]]
        for at in ready:
            ended.append((slots[at], *jax.tree.map(lambda leaf: leaf[at], (states, heads))))
            slots[at] = queue.pop(0) if queue else None
        new = [at for at in ready if slots[at] is not None]
        if new:
            # All slots are started, again as one program; only the new ones are taken over.
            states_new, heads_new = fresh([slots[at] if at in new else 0 for at in range(chunk)])
            taken = jnp.asarray([at in new for at in range(chunk)])
            states, heads = _chosen(taken, (states_new, heads_new), (states, heads))
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
