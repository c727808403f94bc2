"""Networks that the NeuronMotif experiments train on synthetic tasks."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from experiments.common import records, trials
from jaxmotif import keys
from jaxmotif.data.dataset import Splits
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, Dense, NetworkSpec
from jaxmotif.training.fit import Members, Run, fit

# In a network's folder: what its training leaves.
FOLDER = "training"


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
    if resume and is_there(folder):
        return Network.load(folder)
    network = train_members(folder, name, config, splits, None, resume)
    keep(network, folder)
    return network


def train_members(
    folder: pathlib.Path,
    name: str,
    config,
    splits: Splits,
    hyperparameters: Mapping[str, Sequence[float]] | None,
    resume: bool,
) -> Network:
    """Returns networks that differ in hyper-parameters, trained as one program; without any, one network.

    Args:
      folder: of checkpoints and metrics.
      name: see `spec_of`.
      config: of the first of them: `train` and `seed`.
      splits: three labelled parts.
      hyperparameters: name -> a value for each.
      resume: continue what is there.

    Raises:
      loop.Failed, FloatingPointError: where numbers run away.
    """
    spec = spec_of(name)
    spec = dataclasses.replace(spec, length=splits.train.length, outputs=len(splits.train.targets))
    count = len(next(iter(hyperparameters.values()))) if hyperparameters else 1
    key = keys.stream(keys.root(config.seed), name)
    network = fit(
        spec,
        splits.train,
        splits.valid,
        config.train,
        members=Members([0] * count, key, hyperparameters),
        run=Run(folder, resume, name),
    ).network
    return dataclasses.replace(network, scores=tuple(trials.auroc(network, splits.test)))


def is_there(folder: pathlib.Path) -> bool:
    """Returns whether a folder holds a network as `keep` left it."""
    return records.is_whole(folder / saved.DESCRIPTION)


def keep(network: Network, folder: pathlib.Path) -> None:
    """Saves a network, and that its training is done."""
    network.save(folder)
    records.mark(folder / saved.DESCRIPTION, (saved.WEIGHTS, "metrics.jsonl"))
