"""Memory and seconds of decoding neurons with random weights, one JSON object a line.

    tools/bench_neuron plan [--networks=Basset:2,Basset:3] [--parity=default,text] [--neurons=8]
    tools/bench_neuron speed [--networks=Basset:3] [--population=1000]

plan: what XLA plans for the programs that search for, walk from and split the sequences of so many neurons,
in GB: one after the other as on a CPU, and side by side as on an accelerator, as many as the package chooses
for --memory bytes. Nothing is run. Neurons side by side are planned for this machine's processor, whose
convolutions take more than an accelerator's.

speed: seconds of the processor (user and system) of the programs on a population of that size, and what a
neuron's full run makes of them (60 generations, the settings' walk and 10 rounds of polishing), next to the
arithmetic of a large product of matrices in the same process. So rows of two checkouts can be compared on a
machine that others use, by their ratio to that product: run it with PYTHONPATH at either.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator

import decode_cost
import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from decode_demo2 import peak_megabytes, rounded

from jaxmotif import dna
from jaxmotif.apps import launch
from jaxmotif.neuronmotif import decode_layer, spread
from jaxmotif.neuronmotif.sample import sampling
from jaxmotif.neuronmotif.settings import DECOUPLING, SAMPLING, Sampling
from jaxmotif.neuronmotif.substructure import Substructure

# Of a full run, for its projection; see `bench_decode cost`.
GENERATIONS, POLISHING = 60, 10
# Of two walks that are timed: their difference is that of steps.
STEPS = 4, 20


def _named(texts) -> Iterator[tuple[str, int]]:
    for text in texts:
        name, _, layer = text.partition(":")
        if not layer.isdecimal():
            raise ValueError(f"--networks wants NAME:LAYER, got {text!r}")
        yield name, int(layer)


def _gigabytes(lowered) -> float:
    found = lowered.compile().memory_analysis()
    return round((found.temp_size_in_bytes + found.output_size_in_bytes) / 1e9, 3)


def _planned(substructure: Substructure, parity: str) -> dict:
    settings, decoupling = SAMPLING[parity], DECOUPLING[parity]
    count, rows = substructure.size, decode_layer.sample_rows(settings)
    key = jax.random.split(jax.random.key(0), count)
    codes = jax.ShapeDtypeStruct((count, rows, substructure.width), jnp.uint8)
    values = jax.ShapeDtypeStruct((count, rows), jnp.float32)
    state = jax.eval_shape(lambda key: sampling._start(key, substructure, None, settings), key)
    split = decode_layer._split.lower(key, substructure, codes, values, settings.bins, decoupling)
    return {
        "search": _gigabytes(sampling._run.lower(state, substructure, settings, 10)),
        "walk": _gigabytes(sampling._finish.lower(state, substructure, settings, True)),
        "split": _gigabytes(split),
    }


def plan(values) -> Iterator[dict]:
    """Rows of planned gigabytes."""
    cpu = spread.on_cpu
    for name, layer in _named(values.networks):
        network = decode_cost.random_stack(name, layer)
        for parity in values.parity:
            row = {"network": name, "layer": layer, "settings": parity}
            settings = decode_layer.Settings(SAMPLING[parity], DECOUPLING[parity])
            yield row | {"neurons": 1} | _planned(network.substructure(layer, [0]), parity)
            spread.on_cpu = lambda: False
            many = network.substructure(layer, list(range(values.neurons)))
            if hasattr(decode_layer, "split_chunk"):
                from jaxmotif.neuronmotif import memory

                memory.free_bytes = lambda: int(values.memory)
                row |= {
                    "search_chunk": sampling.default_chunk(many, settings.sampling),
                    "split_chunk": decode_layer.split_chunk(many, settings, values.neurons),
                }
            chunk = min(row.get("split_chunk", values.neurons), values.neurons)
            some = many.select(list(range(chunk)))
            yield row | {"neurons": chunk, "side_by_side": True} | _planned(some, parity)
            spread.on_cpu = cpu


def _seconds(run: Callable, repeats: int = 3) -> float:
    """The fewest seconds of the processor that a call takes once compiled."""
    jax.block_until_ready(run())
    taken = []
    for _ in range(repeats):
        begin = time.process_time()
        jax.block_until_ready(run())
        taken.append(time.process_time() - begin)
    return min(taken)


def speed(values) -> Iterator[dict]:
    """Rows of seconds, and what a full run of a neuron takes."""
    for name, layer in _named(values.networks):
        network = decode_cost.random_stack(name, layer)
        flops = decode_cost.operations(network.convs, layer)
        yield {"network": name, "layer": layer} | _row(
            network.substructure(layer, [0]), flops, values.population
        )


def _row(neurons: Substructure, flops: int, rows: int) -> dict:
    """Seconds of one neuron, of which a sequence takes so many operations, with so many sequences."""
    side = jnp.ones((2048, 2048), jnp.float32)
    multiply = jax.jit(lambda a: a @ a)
    peak = 2 * 2048**3 / _seconds(lambda: multiply(side)) / 1e9
    one, width, full = neurons.neuron(0), neurons.width, Sampling()
    size, rng = full.size(width), np.random.default_rng(0)
    codes = jnp.asarray(rng.integers(0, 4, (rows, width)), jnp.uint8)
    forward = jax.jit(lambda n, codes: n.activation(codes))
    slope = jax.jit(lambda n, codes: jax.grad(lambda x: n.activation(x).sum())(dna.one_hot(codes)))
    passed, sloped = _seconds(lambda: forward(one, codes)), _seconds(lambda: slope(one, codes))
    settings = dataclasses.replace(
        full, population=rows, generations=2, patience=9, walk=STEPS[0], polish=0, exact_up_to=0
    )
    if hasattr(settings, "doublings"):  # checkouts of before have none
        settings = dataclasses.replace(settings, doublings=0)
    key = jax.random.split(jax.random.key(0), 1)
    started = sampling._start(key, neurons, None, settings)
    searched = _seconds(lambda: sampling._run(started, neurons, settings, 2), 2) / 2 / rows
    state = sampling._run(started, neurons, settings, 2)
    walkers = min(getattr(settings, "walkers", 0) or rows, rows)
    longer = dataclasses.replace(settings, walk=STEPS[1])
    short, long = (
        _seconds(lambda some=some: sampling._finish(state, neurons, some, True), 2)
        for some in (settings, longer)
    )
    # What a walk takes besides its steps, R-hat above all, is that of thousands of steps, too.
    walked = (long - short) / (STEPS[1] - STEPS[0])
    besides = max(short - STEPS[0] * walked, 0.0)
    steps = full.walk * (1 if hasattr(full, "walkers") else size / walkers)
    kept, bins = decode_layer.sample_rows(full), full.bins
    letters = rng.integers(0, 4, (1, kept, width)).astype(np.uint8)
    ranked = np.linspace(1, 0, kept, endpoint=False, dtype=np.float32)[None]
    decoupling = DECOUPLING["default"]
    split = _seconds(lambda: decode_layer._split(key, neurons, letters, ranked, bins, decoupling), 1)
    whole = {
        "search": GENERATIONS * size * searched,
        "walk": steps * walked + besides,
        "polish": POLISHING * full.polish * 4 * width * passed / rows,
        "split": split,
    }
    return {
        "matmul_gflops": rounded(peak),
        "forward_of_matmul": rounded(rows * flops / passed / 1e9 / peak),
        "gradient_of_matmul": rounded(2 * rows * flops / sloped / 1e9 / peak),
        "generation_ms_a_sequence": rounded(1e3 * searched),
        "step_ms_a_sequence": rounded(1e3 * walked / walkers),
        **{f"{part}_seconds": rounded(seconds) for part, seconds in whole.items()},
        "neuron_seconds": rounded(sum(whole.values())),
        "neuron_petaflop_of_matmul": rounded(sum(whole.values()) * peak / 1e6),
        "peak_megabytes": peak_megabytes(),
    }


def main(argv) -> None:
    values = flags.FlagValues()
    flags.DEFINE_list("networks", ["Basset:2", "Basset:3"], "Network and convolution.", flag_values=values)
    flags.DEFINE_list("parity", ["default", "text"], "Settings.", flag_values=values)
    flags.DEFINE_integer("neurons", 8, "Neurons that are planned for.", 1, flag_values=values)
    flags.DEFINE_float(
        "memory", 16e9, "Bytes that neurons side by side are chosen for.", 0, flag_values=values
    )
    flags.DEFINE_integer("population", 1000, "Sequences that are timed.", 20, flag_values=values)
    names = launch.parse(values, argv, __doc__)
    commands = {"plan": plan, "speed": speed}
    if len(names) != 1 or names[0] not in commands:
        raise ValueError(
            f"bench_neuron wants one of {', '.join(commands)}, got {' '.join(names) or 'nothing'}"
        )
    for row in commands[names[0]](values):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
