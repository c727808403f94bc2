"""Networks that the NeuronMotif experiments train on synthetic tasks."""

import dataclasses
import pathlib

from experiments.common import records, trials
from jaxmotif import keys
from jaxmotif.data.dataset import Splits
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, Dense, NetworkSpec
from jaxmotif.training.fit import Members, Run, fit


def _five(
    name: str, filters: tuple[int, ...], hidden: int, length: int, outputs: int, reduce: str
) -> NetworkSpec:
    """Five convolutions as in BD-5, all but the last pooled by 2, but narrower, on shorter sequences."""
    convs = tuple(
        Conv(
            count,
            3,
            1 if number == len(filters) - 1 else 2,
            padding="VALID",
            pool_padding="VALID",
            bias=True,
            dropout=0.1,
        )
        for number, count in enumerate(filters)
    )
    return NetworkSpec(name, length, outputs, convs, (Dense(hidden, dropout=0.5),), reduce=reduce)


SMALL = {
    "BD-5 (small)": _five("BD-5 (small)", (32, 48, 64, 64, 64), 256, 200, 12, "flatten"),
    "BD-5 (16)": _five("BD-5 (16)", (16, 24, 32, 32, 16), 32, 120, 2, "flatten"),
}


def spec_of(name: str) -> NetworkSpec:
    """One of these networks, or one of the zoo's.

    Raises:
      ValueError: for a name that neither has.
    """
    return SMALL[name] if name in SMALL else zoo.get(name)


def train(folder: pathlib.Path, name: str, config, splits: Splits, resume: bool) -> Network:
    """Returns the network trained on `splits` and saved in `folder`, with its AUROC on the test part."""
    if resume and records.is_whole(folder / saved.DESCRIPTION):
        return Network.load(folder)
    spec = spec_of(name)
    spec = dataclasses.replace(spec, length=splits.train.length, outputs=len(splits.train.targets))
    network = fit(
        spec,
        splits.train,
        splits.valid,
        config.train,
        members=Members(range(1), keys.stream(keys.root(config.seed), name)),
        run=Run(folder, resume, name),
    ).network
    network = network.replace(scores=tuple(trials.auroc(network, splits.test)))
    network.save(folder)
    records.mark(folder / saved.DESCRIPTION, (saved.WEIGHTS, "metrics.jsonl"))
    return network
