"""Training steps per second beside PyTorch's, one JSON object a line.

    tools/bench_train --peer=torch [--networks=CNN-1,CNN-4,CNN-25] [--members=1,5,20] [--batch=100]

Same network, batch and sequences for both, threads equal, the two in turn in one process, so that a
drifting machine does to one what it does to the other. A step is forward, backward and Adam, with dropout
and batch statistics; ours runs inside the jitted epoch, as in training. Compile time is apart.
"""

import functools
import json
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from jaxmotif import cores, keys
from jaxmotif.apps import launch
from jaxmotif.models import zoo
from jaxmotif.models.spec import flops
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import ensemble, presets
from jaxmotif.training.step import make_epoch


def data(rows: int, spec) -> dict:
    rng = np.random.default_rng(0)
    return {
        "sequences": jnp.asarray(rng.integers(0, 4, (rows, spec.length)), jnp.uint8),
        "labels": jnp.asarray(rng.integers(0, 2, (rows, spec.outputs)), jnp.float32),
    }


def matmul_peak(size: int = 2048) -> float:
    """Floating-point operations a second of a large float32 product on this machine."""
    a = jnp.ones((size, size))
    product = jax.jit(lambda x: x @ x)
    product(a).block_until_ready()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        product(a).block_until_ready()
        times.append(time.perf_counter() - begin)
    return 2 * size**3 / min(times)


def ours(spec, train, members: int, batch: int):
    """A function that runs one epoch of `members` members, and its compile time in seconds."""
    config = presets.preset("code")
    objective = supervised(spec, l2=config.objective.l2)
    optimizer = presets.optimizer(config)
    # A single validation row: the clock is for training steps.
    valid = jax.tree.map(lambda array: array[:2], train)
    state = ensemble.init_members(objective, optimizer, keys.root(0), range(members), train)
    run = ensemble.compile_epoch(make_epoch(objective, optimizer, batch_size=batch), None)
    holder = [state]

    def epoch():
        holder[0], metrics = run(holder[0], train, valid)
        jax.block_until_ready(metrics)

    begin = time.perf_counter()
    epoch()
    return epoch, time.perf_counter() - begin


def torch_peer(spec, train, batch: int):
    """The same network and loop in PyTorch."""
    import torch
    import torch_peer as peer

    peer.prepare()
    net = peer.network(spec)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3, betas=(0.95, 0.999))
    one_hot = peer.one_hot(train["sequences"])
    labels = torch.as_tensor(np.array(train["labels"]))
    loss_of = torch.nn.BCEWithLogitsLoss()

    def epoch():
        order = torch.randperm(len(labels))
        for index in order.split(batch):
            optimizer.zero_grad(set_to_none=True)
            logits = net(one_hot[index])
            if spec.two_way:
                logits = logits[:, 0::2] - logits[:, 1::2]
            loss_of(logits, labels[index]).backward()
            optimizer.step()

    epoch()
    return epoch


def timed(function) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def main(argv) -> None:
    values = flags.FlagValues()
    define = functools.partial(flags.DEFINE_list, flag_values=values)
    define("networks", ["CNN-1", "CNN-4", "CNN-25"], "Networks of the zoo.")
    define("members", ["1", "5", "20"], "Ensemble sizes.")
    flags.DEFINE_enum("peer", "none", ["none", "torch"], "What to compare with.", flag_values=values)
    flags.DEFINE_integer("steps", 40, "Steps of an epoch.", lower_bound=1, flag_values=values)
    flags.DEFINE_integer("batch", 100, "Sequences of a step.", lower_bound=1, flag_values=values)
    flags.DEFINE_integer("repeats", 5, "Epochs timed.", lower_bound=1, flag_values=values)
    launch.parse(values, argv, __doc__)
    batch = values.batch
    peak = matmul_peak()
    for name in values.networks:
        spec = zoo.get(name)
        train = data(values.steps * batch, spec)
        peer = torch_peer(spec, train, batch) if values.peer == "torch" else None
        for members in map(int, values.members):
            epoch, first = ours(spec, train, members, batch)
            pairs = [
                (timed(epoch), timed(peer) if peer and members == 1 else None)
                for _ in range(max(2, values.repeats if members == 1 else values.repeats // 2))
            ]
            seconds = statistics.median(a for a, _ in pairs) / values.steps
            operations = flops(spec) * batch * members
            row = {
                "network": name,
                "members": members,
                "ms_per_step": round(seconds * 1e3, 2),
                "ms_per_member_step": round(seconds * 1e3 / members, 2),
                "members_steps_per_second": round(members / seconds, 1),
                "compile_and_first_epoch_seconds": round(first, 2),
                "gflop_per_step": round(operations / 1e9, 3),
                "gflops": round(operations / seconds / 1e9, 1),
                "matmul_peak_gflops": round(peak / 1e9, 1),
                "share_of_peak": round(operations / seconds / peak, 3),
                "backend": jax.default_backend(),
                "cpus": cores.usable(),
            }
            if peer and members == 1:
                row["torch_ms_per_step"] = round(
                    statistics.median(b for _, b in pairs) / values.steps * 1e3, 2
                )
                row["torch_over_ours"] = round(statistics.median(b / a for a, b in pairs), 2)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
