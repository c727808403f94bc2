"""Many devices: what is cut how, what it would take on accelerators, and a script for where there is one.

    tools/bench_scale devices [--devices=1,2,4,8] [--size=tiny]
    tools/bench_scale members
    tools/bench_scale convolutions [--size=tiny]
    tools/bench_scale paper [--cards=1,8,64]
    tools/bench_scale accelerator [--size=tiny]

devices: training and predictions on virtual devices of the CPU, each number in a process of its own: strong
and weak, members and batches. The clock shows what cutting costs, not what it gains: virtual devices share
the cores. --processes=1,2,4: processes of one device each.
members: how 3 to 20 members lie on eight devices that may share batches.
convolutions: XLA's convolution and shifted copies, of members one by one and side by side.
paper: counted operations, bytes, launches and sums of networks and decoding, by the data sheet of a card.
accelerator: Table 1, ensembles, convolutions, bfloat16, large steps, a layer, equality with the CPU.
Tables (.md, .json) and the environment go to --out.
"""

import functools
import json
import os
import pathlib
import sys
from collections.abc import Iterator

from absl import flags

from jaxmotif import files
from jaxmotif.apps import launch
from jaxmotif.report import table

# Rows of published training sets, for the time of an epoch.
SETS = {"Basset": 1_879_982, "DeepSEA": 4_400_000, "DD-10": 4_400_000}
LAYERS = (("Basset", 2), ("Basset", 3), ("DeepSEA", 3), ("DD-10", 10))


def devices(values) -> Iterator[tuple[str, list[dict]]]:
    import scale_devices

    tiny = values.size == "tiny"
    steps, repeats, rows = (2, 1, 300) if tiny else (10, 3, 4096)
    counts = _numbers("devices", values.devices)
    measured = list(_told(scale_devices.measured(values.size, counts, steps, repeats, rows)))
    yield "training", [row for row in measured if row["what"] != "prediction"]
    yield "prediction", [row for row in measured if row["what"] == "prediction"]
    if values.processes:
        work = [("members", 8, 96, 1), ("data", 1, 96, 0)]
        arguments = {"size": values.size, "work": work, "steps": steps, "repeats": repeats}
        found = []
        for count in _numbers("processes", values.processes):
            found += _told(iter(scale_devices.in_processes(count, "training", arguments)))
        yield "processes", found


def members(values) -> Iterator[tuple[str, list[dict]]]:
    import scale_devices

    counts = [3, 20] if values.size == "tiny" else list(range(3, 21))
    arguments = {"size": "tiny", "counts": counts, "batch": 48}
    most = max(_numbers("devices", values.devices))
    yield "members", list(_told(iter(scale_devices.on(most, "spreading", arguments))))


def convolutions(values) -> Iterator[tuple[str, list[dict]]]:
    import scale_accelerator

    size = scale_accelerator.SIZES[values.size]()
    if values.size != "tiny":  # Basset's second layer is more than two cores do in a minute
        size = size._replace(convolution=(100, 200, 32, 64, 9, 5))
    yield "convolutions", list(_told(scale_accelerator.convolutions(size)))


def paper(values) -> Iterator[tuple[str, list[dict]]]:
    import scale_paper

    cards = _numbers("cards", values.cards)
    networks = values.networks
    yield "networks", list(_told(scale_paper.trained(networks, values.batch, cards, SETS)))
    yield "ensemble", list(_told(scale_paper.ensembles("peaks", values.members, 100, cards)))
    yield "decoding", list(_told(scale_paper.decoded(LAYERS, cards)))


def accelerator(values) -> Iterator[tuple[str, list[dict]]]:
    import scale_accelerator

    folder = pathlib.Path(values.out).absolute()
    for name, rows in scale_accelerator.run(scale_accelerator.SIZES[values.size](), folder):
        yield name, list(_told(iter(rows)))


COMMANDS = {
    "devices": devices,
    "members": members,
    "convolutions": convolutions,
    "paper": paper,
    "accelerator": accelerator,
}


def _told(rows: Iterator[dict]) -> Iterator[dict]:
    for row in rows:
        row = {name: _rounded(value) for name, value in row.items()}
        print(json.dumps(row), flush=True)
        yield row


def _rounded(value):
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _numbers(flag: str, texts) -> list[int]:
    found = [int(text) if text.isdecimal() else 0 for text in texts]
    if not found or min(found) < 1:
        raise ValueError(f"--{flag} wants numbers from 1, got {','.join(texts)}")
    return sorted(found)


def main(argv) -> None:
    values = flags.FlagValues()
    define = {"flag_values": values}
    texts = functools.partial(flags.DEFINE_list, **define)
    texts("devices", ["1", "2", "4", "8"], "Numbers of virtual devices.")
    texts("processes", [], "Numbers of processes with one device each; needs training over processes.")
    texts("cards", ["1", "8", "64"], "Numbers of accelerators, on paper.")
    texts("networks", ["Basset", "DeepSEA", "DD-10"], "Networks, on paper.")
    flags.DEFINE_integer("batch", 256, "Sequences of a card's batch, on paper.", lower_bound=1, **define)
    flags.DEFINE_integer("members", 128, "Members of an ensemble, on paper.", lower_bound=1, **define)
    flags.DEFINE_enum("size", "full", ["full", "tiny"], "tiny shows that it runs.", **define)
    flags.DEFINE_string("out", "runs/bench_scale", "Folder of the tables.", **define)
    names = launch.parse(values, argv, __doc__)
    if len(names) != 1 or names[0] not in COMMANDS:
        raise ValueError(
            f"bench_scale wants one of {', '.join(COMMANDS)}, got {' '.join(names) or 'nothing'}"
        )
    folder = pathlib.Path(values.out)
    os.makedirs(folder, exist_ok=True)
    found, text = {}, ""
    for name, rows in COMMANDS[names[0]](values):
        found[name] = rows
        text += f"## {name}\n\n{table.format_table(rows)}\n"
        files.write_json(folder / f"{names[0]}.json", found)
        files.write_text(folder / f"{names[0]}.md", text)
    # Only now: asking for the devices takes memory of an accelerator that other processes need.
    from jaxmotif.apps import rundir

    files.write_json(folder / f"{names[0]}.json", found | {"environment": rundir.environment()})
    if any("failed" in row for rows in found.values() for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
