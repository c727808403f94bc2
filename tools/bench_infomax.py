"""InfoMax training steps beside a plain PyTorch transcription of GRIM, one JSON object a line.

    tools/bench_infomax [--code=8,32,128] [--filters=128] [--rounds=3]

Both train the encoder of the spec with Adam on one fixed shuffle a sequence. PyTorch forms the outer product
of every local code with the global code, (batch, positions, filters, code), and takes its maximum, as
Equation 2 is written; here it is the largest of four products. Each program runs in a process of its own, the
two in turn, so that its largest resident memory can be told; what it needed before the first step is taken
off.
"""

import functools
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
from absl import flags

from jaxmotif import cores
from jaxmotif.apps import launch
from jaxmotif.models import zoo

READING = "position"  # Equation 3, which PyTorch transcribes


def encoder(filters: int, code: int):
    return zoo.get(f"GRIM-4 ({filters})", outputs=code)


def data(rows: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (2, rows, 200)).astype(np.uint8)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(filters: int, code: int, batch: int, steps: int):
    """A function that trains one epoch of `steps` steps."""
    import jax
    import jax.numpy as jnp

    from jaxmotif import keys
    from jaxmotif.objectives.infomax import InfoMaxConfig, infomax
    from jaxmotif.training import ensemble, presets
    from jaxmotif.training.step import make_epoch

    objective = infomax(encoder(filters, code), InfoMaxConfig(reading=READING, shuffles="fixed"))
    optimizer = presets.optimizer(presets.preset("grim"))
    sequences, shuffles = data(batch * steps)
    train = {"sequences": jnp.asarray(sequences), "shuffles": jnp.asarray(shuffles)}
    valid = jax.tree.map(lambda array: array[:2], train)
    holder = [ensemble.init_members(objective, optimizer, keys.root(0), [0], train)]
    run = ensemble.compile_epoch(make_epoch(objective, optimizer, batch_size=batch), None)

    def epoch():
        holder[0], metrics = run(holder[0], train, valid)
        jax.block_until_ready(metrics)

    return epoch


def theirs(filters: int, code: int, batch: int, steps: int):
    """The same in PyTorch, with the outer product."""
    import torch
    import torch_peer as peer

    peer.prepare()
    spec = encoder(filters, code)
    local, deeper = torch.nn.Sequential(*peer.first_layer(spec)), torch.nn.Sequential(*peer.rest(spec))
    optimizer = torch.optim.Adam([*local.parameters(), *deeper.parameters()], 1e-3)
    x, other = (peer.one_hot(codes) for codes in data(batch * steps))
    softplus = torch.nn.functional.softplus

    def epoch():
        for index in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad(set_to_none=True)
            c = local(x[index])
            h = 5 * torch.softmax(deeper(c), 1)
            scores = [
                (code_bdl.transpose(1, 2)[:, :, :, None] * h[:, None, None, :]).flatten(2).max(2).values
                for code_bdl in (c, local(other[index]))
            ]
            loss = (softplus(-scores[0]) + softplus(scores[1])).sum(1).mean()
            loss.backward()
            optimizer.step()

    return epoch


PROGRAMS = {"jaxmotif": ours, "torch": theirs}


def worker(name: str, filters: int, code: int, batch: int, steps: int) -> None:
    """Times one program in this process; prints ms a step and megabytes."""
    epoch = PROGRAMS[name](filters, code, batch, steps)
    before = peak_megabytes()
    epoch()  # compiles
    begin = time.perf_counter()
    epoch()
    seconds = time.perf_counter() - begin
    print(json.dumps({"ms": 1e3 * seconds / steps, "megabytes": peak_megabytes() - before}))


def main(argv) -> None:
    values = flags.FlagValues()
    define = functools.partial(flags.DEFINE_integer, flag_values=values, lower_bound=1)
    flags.DEFINE_list("code", ["8", "32", "128"], "Sizes p of the global code.", flag_values=values)
    define("filters", 128, "First-layer filters d.")
    define("batch", 128, "Sequences a step.")
    define("steps", 8, "Steps timed.")
    define("rounds", 3, "Times each program is started.")
    flags.DEFINE_string("worker", "", "Used by the program itself.", flag_values=values)
    launch.parse(values, argv, __doc__)
    if values.worker:
        worker(values.worker, values.filters, int(values.code[0]), values.batch, values.steps)
        return
    for code in map(int, values.code):
        found = {name: [] for name in PROGRAMS}
        for _ in range(values.rounds):
            for name in PROGRAMS:
                arguments = [
                    f"--worker={name}",
                    f"--filters={values.filters}",
                    f"--code={code}",
                    f"--batch={values.batch}",
                    f"--steps={values.steps}",
                ]
                done = subprocess.run(
                    [sys.executable, __file__, *arguments], capture_output=True, text=True, check=True
                )
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
        middle = lambda name, key, found=found: statistics.median(one[key] for one in found[name])
        ratios = [b["ms"] / a["ms"] for a, b in zip(found["jaxmotif"], found["torch"], strict=True)]
        row = {"filters": values.filters, "code": code, "batch": values.batch, "cpus": cores.usable()}
        for name in PROGRAMS:
            row |= {
                f"{name}_ms_per_step": round(middle(name, "ms"), 1),
                f"{name}_peak_megabytes": round(middle(name, "megabytes")),
            }
        row["torch_over_ours_time"] = round(statistics.median(ratios), 2)
        row["torch_over_ours_memory"] = round(
            middle("torch", "megabytes") / middle("jaxmotif", "megabytes"), 2
        )
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
