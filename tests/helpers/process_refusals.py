"""Run by each of two processes: what one training refuses, the next one is made by all the same."""

import dataclasses
import pickle
import sys
import time

import numpy as np

from jaxmotif import processes
from jaxmotif.models import spec
from jaxmotif.training import fit
from jaxmotif.training.config import TrainConfig

NET = spec.NetworkSpec("small", 30, 1, (spec.Conv(4, 5, pool=3),), (spec.Dense(6),))


def main(address: str, index: str) -> None:
    """Tries data that are refused, an objective that cannot be sent, and then what can be trained."""
    processes.END = 3
    with processes.ending(lambda: None):
        processes.begin("no", address, 2, int(index))
        rng = np.random.default_rng(0)
        data = {
            "sequences": rng.integers(0, 4, (64, 30)).astype(np.uint8),
            "labels": rng.integers(0, 2, (64, 1)).astype(np.float32),
        }
        config = TrainConfig()
        config = dataclasses.replace(config, schedule=dataclasses.replace(config.schedule, epochs=1))
        for refused in (
            lambda: fit.fit(NET, data | {"labels": data["labels"] + 7}, data, config),
            lambda: fit.fit(NET, data, data, config, objective=lambda *given: fit.by_labels(*given)),
        ):
            try:
                refused()
            except (ValueError, AttributeError, pickle.PicklingError):
                print("refused", flush=True)
        time.sleep(2 * processes.END)  # work of process 0, for which the others wait
        fit.fit(NET, data, data, config, run=fit.Run(quiet=True))
        print("trained", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
