"""What is to be run where an accelerator is at hand: part after part, each with its numbers or its error.

`--size=tiny` runs every part in a minute or two, on a CPU too: it shows that the script runs, nothing else.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import bench_train
import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import zoo
from jaxmotif.models.layers import conv1d
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, Dense, NetworkSpec, flops
from jaxmotif.objectives.supervised import supervised

ROOT = pathlib.Path(__file__).parents[1]


class Size(NamedTuple):
    """How much is computed.

    Attributes:
      network: of ensembles, precision, and the comparison with the CPU.
      large: of steps from made data.
      members: of ensembles.
      batch, steps: of training.
      convolution: (batch, positions, channels, filters, kernel, members).
      table: flags of Table 1.
      decoded: flags of `bench_decode cost`.
    """

    network: NetworkSpec
    large: NetworkSpec
    members: tuple[int, ...]
    batch: int
    steps: int
    convolution: tuple[int, ...]
    table: tuple[str, ...]
    decoded: tuple[str, ...]


_TINY = NetworkSpec("tiny", 30, 1, (Conv(4, 5, pool=3),), (Dense(6),))
SIZES = {
    "full": lambda: Size(
        zoo.get("CNN-1"),
        zoo.get("DeepSEA"),
        (1, 8, 64),
        100,
        40,
        (128, 600, 300, 200, 11, 8),
        ("--scale=quick", "--set=trials=5"),
        ("--layers=3", "--neurons=200", "--networks="),
    ),
    "tiny": lambda: Size(
        _TINY,
        _TINY,
        (1, 2),
        8,
        2,
        (4, 20, 4, 3, 5, 2),
        ("--scale=smoke", "--set=trials=1", "--set=networks=CNN-25"),
        ("--layers=1", "--neurons=2", "--networks=", "--generations=1", "--walk=1", "--quick"),
    ),
}


class Timing(NamedTuple):
    """Seconds by the clock and of the processor of a run once compiled, and what the first one took more."""

    seconds: float
    processor: float
    first: float


def timed(run: Callable[[], Any], repeats: int = 5) -> Timing:
    """Returns the least of several runs."""
    times, processor = [], []
    for _ in range(repeats + 1):
        begin, cpu = time.perf_counter(), time.process_time()
        jax.block_until_ready(run())
        times.append(time.perf_counter() - begin)
        processor.append(time.process_time() - cpu)
    least = min(times[1:])
    return Timing(least, min(processor[1:]), max(times[0] - least, 0.0))


def training(spec: NetworkSpec, members: int, size: Size, **fields) -> dict:
    """Returns a row of training so many members in one program."""
    data = bench_train.data(size.steps * size.batch, spec)
    epoch, _ = bench_train.ours(spec, data, members, size.batch)
    seconds, _, first = timed(epoch, 3)
    operations = flops(spec) * size.batch * members * size.steps
    return {
        "network": spec.name,
        "members": members,
        "ms a step": 1e3 * seconds / size.steps,
        "member-steps a second": members * size.steps / seconds,
        "GFLOP/s": operations / seconds / 1e9,
        "compiling s": first,
    } | fields


def ensembles(size: Size) -> Iterator[dict]:
    """Yields ensembles, against as many single trainings one after another."""
    for members in size.members:
        row = training(size.network, members, size)
        if members == 1:
            alone = row["ms a step"]
        yield row | {"times faster than single ones": members * alone / row["ms a step"]}


def convolutions(size: Size) -> Iterator[dict]:
    """Yields both ways of a convolution, forward and backward, of members one by one and side by side."""
    batch, positions, channels, filters, kernel, members = size.convolution
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.normal(size=(batch, positions, channels)), jnp.float32)
    w = jnp.asarray(rng.normal(size=(members, kernel, channels, filters)), jnp.float32)
    for over in ("one", "map", "vmap"):
        values = {}
        for way in ("lax", "unfold"):

            def of_one(w, way=way):
                return jax.value_and_grad(lambda x, w: jnp.sin(conv1d(x, w, impl=way)).sum(), (0, 1))(x, w)

            run = {
                "one": lambda w, of_one=of_one: of_one(w[0]),
                "map": lambda w, of_one=of_one: jax.lax.map(of_one, w),
                "vmap": lambda w, of_one=of_one: jax.vmap(of_one)(w),
            }[over]
            compiled = jax.jit(run).lower(w).compile()
            seconds, processor, _ = timed(lambda run=compiled: run(w))
            values[way] = compiled(w)[1]
            count = 1 if over == "one" else members
            yield {
                "members": over,
                "convolution": way,
                "ms a member": 1e3 * seconds / count,
                "CPU ms a member": 1e3 * processor / count,
                "GFLOP/s": 6 * batch * positions * kernel * channels * filters * count / seconds / 1e9,
                "MB planned": compiled.memory_analysis().temp_size_in_bytes / 1e6,
                "largest difference": _difference(values["lax"], values[way]),
            }


def _difference(a, b) -> float:
    """Largest difference of two pytrees, by the largest value of each array."""
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    apart = [
        np.abs(np.asarray(x) - np.asarray(y)).max() / max(np.abs(np.asarray(x)).max(), 1e-30)
        for x, y in pairs
    ]
    return float(max(apart))


def precision(size: Size) -> Iterator[dict]:
    """Yields training in float32 and in bfloat16."""
    for dtype in ("float32", "bfloat16"):
        spec = NetworkSpec(**{**vars(size.network), "compute_dtype": dtype})
        yield training(spec, 1, size, dtype=dtype)


def made_data(size: Size) -> Iterator[dict]:
    """Yields steps of a large network from made sequences and labels."""
    yield training(size.large, 1, size)


def equality(size: Size) -> Iterator[dict]:
    """Yields how far logits and gradients lie from those of this machine's CPU."""
    network = Network.from_spec(size.network)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (size.batch, network.length)).astype(np.uint8)
    labels = rng.integers(0, 2, (size.batch, network.outputs)).astype(np.float32)
    objective, variables = supervised(size.network), network.member_variables(0)

    def loss(params):
        data = {"sequences": codes, "labels": labels}
        return objective.loss(params, variables["batch_stats"], data, jax.random.key(0))[0]

    def both():
        apply = jax.jit(lambda variables, codes: network.apply(variables, dna.one_hot(codes))[0])
        return {"logits": apply(variables, codes), "gradient": jax.jit(jax.grad(loss))(variables["params"])}

    here = jax.device_get(both())
    with jax.default_device(jax.devices("cpu")[0]):
        variables = jax.device_get(variables)
        there = jax.device_get(both())
    for name in here:
        yield {"what": name, "largest difference from the CPU": _difference(there[name], here[name])}


def _command(arguments: list[str], folder: pathlib.Path, table: str) -> dict:
    """What a command took, and the rows of the table that it writes."""
    begin = time.perf_counter()
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with code {done.returncode}: {done.stderr[-500:]}")
    seconds = time.perf_counter() - begin
    return {
        "command": " ".join(arguments),
        "seconds": seconds,
        "rows": json.loads((folder / table).read_text()),
    }


def table1(size: Size, folder: pathlib.Path) -> Iterator[dict]:
    """Yields Koo & Eddy's Table 1."""
    flags = ["--config=table1", f"--workdir={folder / 'table1'}", *size.table]
    yield _command(["-m", "experiments.koo_eddy", *flags], folder, "table1/table.json")


def layer(size: Size, folder: pathlib.Path) -> Iterator[dict]:
    """Yields what decoding neurons of a layer of Basset takes."""
    flags = ["cost", f"--out={folder / 'decoded'}", *size.decoded]
    yield _command([str(ROOT / "tools" / "bench_decode.py"), *flags], folder, "decoded/cost.json")


def run(size: Size, folder: pathlib.Path) -> Iterator[tuple[str, list[dict]]]:
    """Yields the name and the rows of each part; of one that fails a row with what was raised.

    Commands come first: a process that has used an accelerator keeps most of its memory.
    """
    parts: dict[str, Callable] = {
        "table 1": lambda: table1(size, folder),
        "a layer decoded": lambda: layer(size, folder),
        "equality": lambda: equality(size),
        "ensembles": lambda: ensembles(size),
        "convolutions": lambda: convolutions(size),
        "precision": lambda: precision(size),
        "steps from made data": lambda: made_data(size),
    }
    for name, part in parts.items():
        rows: list[dict] = []
        try:
            for row in part():
                rows.append(row)
        except Exception as error:  # whatever one part meets, the others are worth their numbers
            last = traceback.extract_tb(error.__traceback__)[-1]
            rows.append(
                {"failed": f"{type(error).__name__}: {error}"[:600], "at": f"{last.name}:{last.lineno}"}
            )
        yield name, rows
