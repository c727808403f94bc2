"""Trains as one of several processes, as a user's own script would.

Its arguments are ADDRESS COUNT INDEX JOBS, of which the last is JSON: a list of keyword arguments of `train`.
The last line of what it says is JSON, too: for each job the weights of all members in one list, and the
history.
"""

import json
import sys

import jax
import numpy as np
import optax

from jaxmotif import keys
from jaxmotif.models import spec
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import loop, segments
from jaxmotif.training.config import ScheduleConfig

NET = spec.NetworkSpec("small", 30, 1, (spec.Conv(4, 5, pool=3),), (spec.Dense(6),))


def train(members: int, directory: str | None = None, epochs: int = 3, **options):
    """Returns weights, (numbers,), and the history of members of a small network."""
    rng = np.random.default_rng(0)
    data = {
        "sequences": rng.integers(0, 4, (64, 30)).astype(np.uint8),
        "labels": rng.integers(0, 2, (64, 1)).astype(np.float32),
    }
    state, history = loop.train(
        supervised(NET),
        optax.adam(1e-2),
        ScheduleConfig(epochs, 16, save_every=1, patience=0),
        data,
        data,
        loop.Members(range(members), keys.root(0)),
        loop.Run(directory, resume=directory is not None, quiet=True, **options),
    )
    return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(state.params)]), history


def main(address: str, count: str, index: str, jobs: str) -> None:
    """Joins the others and does the jobs, with two segments of two steps in each epoch."""
    jax.distributed.initialize(address, int(count), int(index))
    segments.FIRST, segments.GROWTH = 2, 1
    done = [train(**job) for job in json.loads(jobs)]
    print(json.dumps([[weights.tolist(), history] for weights, history in done]))


if __name__ == "__main__":
    main(*sys.argv[1:])
