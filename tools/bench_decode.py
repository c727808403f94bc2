"""What decoding neurons costs, one JSON object a line, and tables under --out.

    tools/bench_decode demo2 --weights=FILE [--parity=code,default] [--set=sampling.walk=0]
    tools/bench_decode cost [--quick] [--neurons=8,64,512] [--layers=1,2,3] [--networks=Basset,DeepSEA,DD-10]

demo2: all layers of the network in FILE, twice in one process, with compilation and without, beside what
the authors' program took for each neuron at the settings "code". cost: Basset's receptive fields (19, 51,
132) with few and many neurons on a small budget of generations and steps of the walk, then every
convolution of whole networks with a few neurons each; both are projected to full runs from seconds a
generation and a step. --layers= or --networks= with nothing behind them leaves one of the two out.
Every measurement has a process of its own, so that its largest memory can be told.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys

import decode_cost
import decode_demo2
import jax
from absl import flags

from jaxmotif import files
from jaxmotif.apps import launch, rundir
from jaxmotif.models import zoo
from jaxmotif.report import table

WORKERS = {
    "demo2": decode_demo2.measure,
    "sweep": decode_cost.sweep,
    "network": decode_cost.whole_network,
}
PARITIES = ("code", "default", "text")


def isolated(kind: str, **arguments) -> list[dict]:
    """Rows of one measurement, printed as they come from a process of its own.

    Raises:
      SystemExit: where that process was given bad input and has said so.
    """
    command = [sys.executable, __file__, f"--worker={kind}", f"--arguments={json.dumps(arguments)}"]
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            rows.append(json.loads(line))
    if process.returncode == launch.BAD_INPUT:
        raise SystemExit(launch.BAD_INPUT)
    if process.returncode:
        # What was measured before is worth keeping: a device may be too small for the largest row only.
        print(f"{kind} {arguments} ended with code {process.returncode}", file=sys.stderr, flush=True)
        rows.append({"failed": f"{kind} {json.dumps(arguments)}"})
    return rows


def demo2(values, write) -> list[dict]:
    if not values.weights or not pathlib.Path(values.weights).is_file():
        raise ValueError(f"demo2 wants a file of weights (--weights), got {values.weights!r}")
    rows = []
    for parity in values.parity:
        if parity not in PARITIES:
            raise ValueError(f"unknown parity {parity!r}; known: {', '.join(PARITIES)}")
        rows += isolated("demo2", weights=values.weights, parity=parity, overrides=values.set)
        write("demo2", rows)
    return rows


def _numbers(flag: str, texts) -> list[int]:
    try:
        return sorted(int(text) for text in texts)
    except ValueError:
        raise ValueError(f"--{flag} wants whole numbers, got {','.join(texts)}") from None


def cost(values, write) -> list[dict]:
    networks = ["Basset", "DeepSEA", "DD-10"] + ([] if values.quick else ["BD-10"])
    networks = networks if values.networks is None else values.networks
    for name in networks:
        zoo.get(name)
    counts = [8, 512] if values.quick else [8, 64, 512]
    layers, neurons = _numbers("layers", values.layers), _numbers("neurons", values.neurons or counts)
    known = len(zoo.get("Basset").convs)
    if not all(1 <= layer <= known for layer in layers):
        raise ValueError(f"--layers wants layers 1 to {known} of Basset, got {','.join(values.layers)}")
    if min(neurons) < 1:
        raise ValueError(f"--neurons wants numbers from 1, got {','.join(values.neurons)}")
    budget = decode_cost.Budget(
        values.generations or (2 if values.quick else 5),
        values.walk or (4 if values.quick else 10),
        values.full_generations,
        values.polish_steps,
    )
    swept, whole = [], []
    for layer in layers:
        swept += isolated("sweep", layer=layer, counts=neurons, limit=values.limit, budget=budget._asdict())
        write("cost", swept)
    for name in networks:
        whole += isolated("network", name=name, rows=values.rows, most=values.most, budget=budget._asdict())
        write("networks", whole)
    return swept + whole


def main(argv) -> None:
    values = flags.FlagValues()
    texts = functools.partial(flags.DEFINE_list, flag_values=values)
    number = functools.partial(flags.DEFINE_integer, flag_values=values, lower_bound=0)
    flags.DEFINE_string("weights", "", "The authors' demo2 network, a Keras 2 file.", flag_values=values)
    texts("parity", ["code", "default"], "Settings that demo2 is decoded with.")
    flags.DEFINE_multi_string("set", [], "path=value, overrides one setting of demo2.", flag_values=values)
    texts("layers", ["1", "2", "3"], "Layers of Basset, for their receptive fields.")
    texts("neurons", None, "Neurons of a layer, which is widened for them; default 8,64,512, or quick 8,512.")
    texts("networks", None, "Whole networks; default Basset, DeepSEA, DD-10, and unless quick BD-10.")
    number("generations", 0, "Generations run; 0: 5, with --quick 2.")
    number("walk", 0, "Steps of the walk run; 0: 10, with --quick 4.")
    number("full_generations", 60, "Generations of a full run, for the projection.")
    number("polish_steps", 10, "Rounds of polishing in a full run, for the projection.")
    number("limit", 60, "Seconds a row may take; where it would take more, fewer neurons are run and scaled.")
    number("rows", 0, "Sequences of whole networks' populations, scaled; 0: 500 on a CPU, else all.")
    number("most", 64, "Neurons of a batch in whole networks, on an accelerator.")
    flags.DEFINE_bool("quick", False, "A smaller budget, fewer rows.", flag_values=values)
    flags.DEFINE_string("out", "runs/bench_decode", "Folder of the tables.", flag_values=values)
    flags.DEFINE_enum("worker", None, list(WORKERS), "Used by the program itself.", flag_values=values)
    flags.DEFINE_string("arguments", "{}", "Used by the program itself.", flag_values=values)
    names = launch.parse(values, argv, __doc__)
    if values.worker:
        # A cache on disk would hide the time of compilation.
        jax.config.update("jax_enable_compilation_cache", False)
        for row in WORKERS[values.worker](**json.loads(values.arguments)):
            print(json.dumps(row), flush=True)
        return
    commands = {"demo2": demo2, "cost": cost}
    if len(names) != 1 or names[0] not in commands:
        raise ValueError(
            f"bench_decode wants one of {', '.join(commands)}, got {' '.join(names) or 'nothing'}"
        )
    os.makedirs(values.out, exist_ok=True)
    write = lambda name, rows: table.write_table(values.out, rows, name=name)
    rows = commands[names[0]](values, write)
    # Only now: asking for the devices takes memory of an accelerator that the processes above need.
    files.write_json(pathlib.Path(values.out) / f"{names[0]}_env.json", rundir.environment())
    if any("failed" in row for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
