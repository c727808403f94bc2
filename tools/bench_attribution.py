"""Seconds of attribution of 1,000 sequences, ours and tangermeme's, on the same PyTorch networks and cores.

    tools/bench_attribution [--networks=pooled,residual] [--methods=corrected,rescale,mutagenesis]
        [--sequences=64,12,8] [--repeats=3]

Networks are made here with random weights and opened by `jm.load_torch`: pooled (four convolutions of 256,
60, 60 and 120 filters with pooling, then dense layers, 249 nt) and residual (64 filters, seven dilated
residual convolutions, mean, 1,000 nt). Both programs run in this process one after the other, first once
unmeasured; printed are medians, one JSON object a line, as seconds of the processor (user and system, all
threads) and of the clock for 1,000 sequences, their ratios theirs / ours, and the largest difference of
values relative to the largest value. tangermeme's fast mutagenesis is used from the first sequence on, which
it keeps for long runs. Needs the packages torch and tangermeme, which are no dependencies of jaxmotif.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import jax
import numpy as np
from absl import flags

import jaxmotif as jm
from jaxmotif.apps import launch
from jaxmotif.config import one_of

LENGTHS = {"pooled": 249, "residual": 1000}
REFERENCES = 20


def _module(name: str):
    import torch
    from torch import nn

    torch.manual_seed(0)

    class Residual(nn.Module):
        def __init__(self, rate: int):
            super().__init__()
            self.conv = nn.Conv1d(64, 64, 3, dilation=rate, padding=rate)
            self.relu = nn.ReLU()

        def forward(self, h):
            return h + self.relu(self.conv(h))

    class Mean(nn.Module):
        def forward(self, h):
            return h.mean(dim=2)

    if name == "residual":
        blocks = [Residual(2**n) for n in range(1, 8)]
        stem = [nn.Conv1d(4, 64, 21, padding=10), nn.ReLU()]
        return nn.Sequential(*stem, *blocks, Mean(), nn.Linear(64, 1)).eval()
    layers, channels = [], 4
    for filters, width in ((256, 7), (60, 3), (60, 5), (120, 3)):
        conv = nn.Conv1d(channels, filters, width, padding="same")
        layers += [conv, nn.BatchNorm1d(filters), nn.ReLU(), nn.MaxPool1d(2)]
        channels = filters
    dense = [nn.Flatten(), nn.Linear(120 * 15, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 2)]
    return nn.Sequential(*layers, *dense).eval()


def _theirs(method: str, module, x_n4l, references_nr4l) -> Callable[[], np.ndarray]:
    """tangermeme's way, hypothetical contributions (N, L, 4) as ours."""
    from tangermeme import saturation_mutagenesis as mutagenesis
    from tangermeme.deep_lift_shap import deep_lift_shap
    from tangermeme.saliency import saliency

    mutagenesis._FAST_MIN_SECONDS = 0.0
    options = {"target": 0, "hypothetical": True, "device": "cpu"}
    run = {
        "corrected": lambda: saliency(module, x_n4l, **options),
        "mutagenesis": lambda: mutagenesis.saturation_mutagenesis(module, x_n4l, **options),
        "rescale": lambda: deep_lift_shap(module, x_n4l, references=references_nr4l, **options),
    }[method]
    return lambda: run().detach().numpy().swapaxes(1, 2)


def _seconds(run: Callable) -> tuple[np.ndarray, float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    found = run()
    return found, time.process_time() - processor, time.perf_counter() - clock


def rows(values) -> Iterator[dict]:
    """One row for each network and method."""
    import torch

    for name in values.networks:
        module, length = _module(name), LENGTHS[one_of("network", name, LENGTHS)]
        network = jm.load_torch(module, length=length)
        most = max(map(int, values.sequences))
        every = np.random.default_rng(0).integers(0, 4, (most, length)).astype(np.uint8)
        drawn = np.stack([jm.shuffle(every, seed) for seed in range(REFERENCES)], axis=1)
        one_hot = lambda codes: torch.tensor(np.eye(4, dtype=np.float32)[codes].swapaxes(-1, -2).copy())
        for method, count in zip(values.methods, map(int, values.sequences), strict=True):
            codes, shuffles = every[:count], drawn[:count]
            compared = {"references": shuffles} if method == "rescale" else {}
            ours = lambda: jm.hypothetical_contributions(network, codes, method, target=0, **compared)  # noqa: B023
            theirs = _theirs(method, module, one_hot(codes), one_hot(shuffles))
            (found, *_), (expected, *_) = _seconds(ours), _seconds(theirs)
            times = [(_seconds(ours)[1:], _seconds(theirs)[1:]) for _ in range(values.repeats)]
            scale = 1000 / count
            middle = lambda who, which: scale * statistics.median(one[who][which] for one in times)  # noqa: B023
            row = {
                "processor": [middle(0, 0), middle(1, 0), middle(1, 0) / middle(0, 0)],
                "clock": [middle(0, 1), middle(1, 1), middle(1, 1) / middle(0, 1)],
            }
            largest = np.abs(expected).max()
            yield {
                "network": name,
                "method": method,
                "sequences": count,
                **{key: [round(one, 2) for one in value] for key, value in row.items()},
                "difference": float(f"{np.abs(found - expected).max() / largest:.2g}"),
            }


def main(argv) -> None:
    """Prints the rows."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_list("networks", list(LENGTHS), "Networks.", **define)
    flags.DEFINE_list("methods", ["corrected", "rescale", "mutagenesis"], "Methods.", **define)
    flags.DEFINE_list("sequences", ["64", "12", "8"], "Sequences that are run, by method.", **define)
    flags.DEFINE_integer("repeats", 3, "Runs that are measured.", 1, **define)
    launch.parse(values, argv, __doc__)
    print(f"# jax {jax.__version__}, {jax.default_backend()}; [ours, tangermeme, ratio]", flush=True)
    for row in rows(values):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv)
