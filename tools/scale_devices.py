"""Training and reading on 1 to 8 virtual devices of a CPU: counted work, memory, and the clock.

Virtual devices share the cores of the machine, so that the clock cannot fall by their number. What can be
seen is how the work is cut (rows and members of each device, read off the arrays), what is sent between
devices (off the compiled program), what a device holds (the compiler's plan), and what cutting costs:
processor seconds of the same work on one device and on several.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

# Of the workers' environment, with room for flags that are there.
FLAG = "--xla_force_host_platform_device_count"
# "host:port processes number" of a worker that is one of several.
PROCESS = "JAXMOTIF_SCALE_PROCESS"
_ELEMENT = {"f32": 4, "bf16": 2, "s32": 4, "u32": 4, "pred": 1, "u8": 1}


class Work(NamedTuple):
    """What is trained: so many members at once, whose batches so many devices share (0: all left)."""

    name: str
    members: int
    batch: int
    data_devices: int = 1


def works(devices: int) -> list[Work]:
    """Returns what is measured on so many devices: the same work (strong) and work that grows (weak)."""
    return [
        Work("strong, members", 8, 96),
        Work("weak, members", 2 * devices, 96),
        Work("strong, data", 1, 96, devices),
        Work("weak, data", 1, 24 * devices, devices),
        Work("strong, members x data", 4, 96, 0),
    ]


def on(devices: int, kind: str, arguments: dict) -> list[dict]:
    """Returns rows of a worker of `WORKERS` in a process of its own with so many virtual devices.

    Raises:
      RuntimeError: where it ends badly, with what it said.
    """
    flags = [one for one in os.environ.get("XLA_FLAGS", "").split() if not one.startswith(FLAG)]
    kept = os.environ | {"XLA_FLAGS": " ".join([*flags, f"{FLAG}={devices}"]), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, __file__, kind, json.dumps(arguments)]
    done = subprocess.run(command, env=kept, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{kind} on {devices} devices ended with code {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_processes(count: int, kind: str, arguments: dict) -> list[dict]:
    """Returns rows of a worker whose devices are those of so many processes, with one each, on this machine.

    Raises:
      RuntimeError: where one of them ends badly.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    flags = [one for one in os.environ.get("XLA_FLAGS", "").split() if not one.startswith(FLAG)]
    shared = {"XLA_FLAGS": " ".join([*flags, f"{FLAG}=1"]), "JAX_PLATFORMS": "cpu"}
    running = [
        subprocess.Popen(
            [sys.executable, __file__, kind, json.dumps(arguments)],
            env=os.environ | shared | {PROCESS: f"{address} {count} {number}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    said = [one.communicate()[0] for one in running]
    if any(one.returncode for one in running):
        raise RuntimeError(f"{kind} in {count} processes ended with {[one.returncode for one in running]}")
    # Gloo writes to standard output, too.
    rows = [line for line in said[0].splitlines() if line.startswith("{")]
    return [json.loads(line) | {"processes": count} for line in rows]


def _begin() -> None:
    """Joins the other processes, where this is one of several."""
    if told := os.environ.get(PROCESS):
        import jax

        address, count, number = told.split()
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(address, int(count), int(number))


def sent_bytes(text: str) -> int:
    """Returns bytes that each device hands to all-reduces, by the text of a compiled program.

    What stands in the body of a loop counts once, which is what a step of training sends.
    """
    found = re.findall(r"= (.*?) all-reduce(?:-start)?\(", text)
    arrays = [one for result in found for one in re.findall(r"(\w+)\[([\d,]*)\]", result)]
    sizes = [_ELEMENT.get(kind, 4) * _product(shape) for kind, shape in arrays]
    return sum(sizes)


def _product(shape: str) -> int:
    total = 1
    for one in filter(None, shape.split(",")):
        total *= int(one)
    return total


def _spec(size: str):
    from jaxmotif.models import zoo
    from jaxmotif.models.spec import Conv, Dense, NetworkSpec

    if size == "tiny":
        return NetworkSpec("tiny", 30, 1, (Conv(4, 5, pool=3),), (Dense(6),))
    return zoo.get("CNN-25")


def training(size: str, work: Sequence[Sequence], steps: int, repeats: int) -> Iterator[dict]:
    """Yields a row for each `Work` on the devices of this process."""
    import bench_train
    import jax
    import numpy as np

    from jaxmotif import keys
    from jaxmotif.models.spec import flops
    from jaxmotif.objectives.supervised import supervised
    from jaxmotif.training import ensemble, presets
    from jaxmotif.training.step import make_epoch

    spec, config = _spec(size), presets.preset("code")
    objective, optimizer = supervised(spec, l2=config.objective.l2), presets.optimizer(config)
    for name, members, batch, data_devices in work:
        mesh = ensemble.mesh_of(members, jax.devices(), data_devices, batch)
        spread = ensemble.split_batches(mesh)
        run = ensemble.compile_epoch(make_epoch(objective, optimizer, batch_size=batch, spread=spread), mesh)
        train = bench_train.data(steps * batch, spec)
        state = ensemble.init_members(objective, optimizer, keys.root(0), range(members), train)
        state, (train, _) = ensemble.place(state, (train, train), mesh)
        plan, seen = run.begin(state, train)
        program = run.segment.lower(state, seen, plan, train, 0, steps).compile()
        shards = state.step.addressable_shards
        of_each = max(shard.data.shape[0] for shard in shards)
        rows = batch // (1 if mesh is None else mesh.shape["data"])
        used = len(state.step.sharding.device_set)
        # Places that only fill the mesh up are stopped from the start.
        live = {one.device for one in state.stopped.addressable_shards if not np.asarray(one.data).all()}
        clock, processor = [], []
        for _ in range(repeats + 1):  # the first also compiles
            begin, cpu = time.perf_counter(), time.process_time()
            state, seen = jax.block_until_ready(run.segment(state, seen, plan, train, 0, steps))
            clock.append(time.perf_counter() - begin)
            processor.append(time.process_time() - cpu)
        memory = program.memory_analysis()
        planned = memory.argument_size_in_bytes + memory.temp_size_in_bytes
        yield {
            "what": name,
            "devices": jax.device_count(),
            "used": used,
            "with members": len(live),
            "members": members,
            "batch": batch,
            "members each": of_each,
            "rows each": rows,
            # The useful work by that of as many devices as the one that has most: members that only fill up,
            # and devices without any, are lost.
            "counted efficiency": round(members * batch / (jax.device_count() * of_each * rows), 3),
            "GFLOP a step, each": round(flops(spec) * of_each * rows / 1e9, 4),
            "kB sent a step": round(sent_bytes(program.as_text()) / 1e3, 1),
            "MB each, planned": round(planned / 1e6, 1),
            "ms a step": round(1e3 * min(clock[1:]) / steps, 2),
            "CPU ms a member and row": round(1e3 * min(processor[1:]) / (steps * members * batch), 4),
        }


def reading(size: str, rows: int, repeats: int) -> Iterator[dict]:
    """Yields a row of predictions for so many sequences on the devices of this process."""
    import jax
    import numpy as np

    from jaxmotif.models import host_blocks
    from jaxmotif.models.network import Network

    network = Network.from_spec(_spec(size))
    codes = np.random.default_rng(0).integers(0, 4, (rows, network.length)).astype(np.uint8)
    used, run = set(), host_blocks._run
    clock, processor = [], []

    def told(*given) -> Any:
        found = run(*given)
        used.update(shard.device for leaf in jax.tree.leaves(found) for shard in leaf.addressable_shards)
        return found

    host_blocks._run = told
    for _ in range(repeats + 1):
        begin, cpu = time.perf_counter(), time.process_time()
        network.logits(codes)
        clock.append(time.perf_counter() - begin)
        processor.append(time.process_time() - cpu)
    yield {
        "what": "prediction",
        "devices": jax.device_count(),
        "used": len(used),
        "sequences": rows,
        "sequences a second": round(rows / min(clock[1:])),
        "CPU ms a sequence": round(1e3 * min(processor[1:]) / rows, 4),
    }


def spreading(size: str, counts: Sequence[int], batch: int) -> Iterator[dict]:
    """Yields, for each number of members, how many devices train them where batches may be shared.

    Raises:
      RuntimeError: where a device trains no member.
    """
    for row in training(size, [("any number of members", count, batch, 0) for count in counts], 1, 1):
        if row["with members"] != row["devices"]:
            raise RuntimeError(
                f"{row['members']} members use {row['with members']} of {row['devices']} devices"
            )
        names = (
            "what",
            "devices",
            "used",
            "with members",
            "members",
            "members each",
            "rows each",
            "counted efficiency",
        )
        yield {name: row[name] for name in names}


WORKERS = {"training": training, "reading": reading, "spreading": spreading}


def measured(size: str, counts: Sequence[int], steps: int, repeats: int, rows: int) -> Iterator[dict]:
    """Yields all rows on so many devices each, with speed against one device, as they come."""
    alone: dict[str, float] = {}
    for count in counts:
        found = on(
            count, "training", {"size": size, "work": works(count), "steps": steps, "repeats": repeats}
        )
        found += on(count, "reading", {"size": size, "rows": rows, "repeats": repeats})
        for row in found:
            done = row.get("sequences a second") or row["members"] * row["batch"] / row["ms a step"]
            alone.setdefault(row["what"], done)
            yield row | {"speed against one": round(done / alone[row["what"]], 2)}


def main() -> None:
    """Runs one worker; rows go to standard output, one JSON object a line."""
    from decode_demo2 import peak_megabytes

    _begin()
    kind, arguments = sys.argv[1:]
    for row in WORKERS[kind](**json.loads(arguments)):
        print(json.dumps(row | {"process peak MB": round(peak_megabytes())}), flush=True)


if __name__ == "__main__":
    main()
