"""The networks of the table, and how each of them is trained."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from experiments.common import records, trials
from experiments.koo_eddy.network_rows import with_code_l1
from experiments.neuronmotif import training as deep
from jaxmotif import keys
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec, with_first_activation
from jaxmotif.training.fit import Members, Run, by_information, fit
from jaxmotif.training.presets import TrainConfig

# Convolutions of Koo & Eddy, DeMo's highway network, the dashboard's three kinds, a narrow BD-5 and our own,
# each by its ReLU and its exponential first layer.
RELU = "-relu"
NETWORKS = (
    *(f"CNN-{pool}{end}" for pool in (2, 4, 25, 50) for end in ("", zoo.EXPONENTIAL)),
    *(f"{name}{end}" for name in ("DeMo-3-2-5", "CNN-medium") for end in ("", zoo.EXPONENTIAL)),
    "RNN-medium",
    "CNN-RNN-medium",
    f"CNN-RNN-medium{zoo.EXPONENTIAL}",
    "BD-5 (small)",
    f"BD-5 (small){zoo.EXPONENTIAL}",
    f"peaks{RELU}",
    "peaks",
)


def spec_of(name: str, length: int = 200, outputs: int = 12) -> NetworkSpec:
    """Returns a network by name: one of the zoo or of experiments.neuronmotif, with -exp or -relu at its end.

    Raises:
      ValueError: for a name that neither has, or an activation of a network without convolutions.
    """
    base = name.removesuffix(RELU)
    plain = base.removesuffix(zoo.EXPONENTIAL)
    if plain in deep.SMALL:
        spec = deep.SMALL[plain]
        spec = with_first_activation(spec, "exp") if base != plain else spec
    else:
        spec = zoo.get(base)
    if base != name:
        if not spec.convs:
            raise ValueError(f"{name}: {base} has no convolution whose activation could be changed")
        spec = with_first_activation(spec, "relu")
    return dataclasses.replace(spec, name=name, length=length, outputs=outputs)


def by_information_spec(spec: NetworkSpec, code: int) -> NetworkSpec:
    """Returns the encoder that InfoMax trains: a code for outputs, and no normalisation in the first layer.

    A shuffle's code would depend on other statistics than its source's. The rest stays as it is.

    Raises:
      ValueError: for a network without convolutions.
    """
    if not spec.convs:
        raise ValueError(f"{spec.name} has no convolution whose map could be the local code")
    first = dataclasses.replace(spec.convs[0], norm="none")
    return dataclasses.replace(spec, outputs=code, convs=(first, *spec.convs[1:]))


def untrained(name: str, config, member: int) -> Network:
    """Returns a network with the weights that it would begin with."""
    spec = spec_of(name, config.length)
    key = keys.member(keys.stream(keys.root(config.seed), f"{name} untrained"), member)
    return Network.from_spec(spec, key)


def train(
    folder: pathlib.Path, name: str, config, splits: Splits, member: int, labels: bool, resume: bool
) -> Network:
    """Returns one trained network, saved in `folder`; one that is there whole is not trained again.

    Its result does not depend on the other members. Its one score is the mean AUROC over the labels of the
    test part, where it was trained by labels.

    Args:
      folder: of this network only.
      name: see `spec_of`.
      config: of the run.
      splits: three labelled parts.
      member: number, from 0.
      labels: whether by labels or by information.
      resume: continue what is there.

    Raises:
      loop.Failed, FloatingPointError: where nothing more can be learned, or numbers run away.
    """
    if resume and is_there(folder):
        return Network.load(folder)
    network = train_members(folder, name, config, splits, members_of(name, config, [member]), labels, resume)
    keep(network, folder)
    return network


def train_members(
    folder: pathlib.Path,
    name: str,
    config,
    splits: Splits,
    members: Members,
    labels: bool,
    resume: bool,
) -> Network:
    """Returns networks that train as one program; those of one number differ only in hyper-parameters.

    Args:
      folder: of checkpoints and metrics.
      name, config, splits, labels, resume: see `train`; what members have their own values of is not taken
        from `config`.
      members: see `members_of`.

    Raises:
      loop.Failed, FloatingPointError: as `train`.
    """
    spec = spec_of(name, splits.train.length, len(splits.train.targets))
    who = ", ".join(str(number + 1) for number in dict.fromkeys(members.numbers))
    run = Run(folder, resume, f"{name}, seed {who}")
    if labels:
        how = supervised(name, config)
        network = fit(spec, splits.train, splits.valid, how, members=members, run=run).network
        scores = tuple(trials.auroc(network, splits.test))
        return dataclasses.replace(network, scores=scores)
    spec, objective = by_information_spec(spec, config.code), by_information(config.infomax)
    first, other = (_pairs(part, config.seed + at) for at, part in enumerate((splits.train, splits.valid)))
    return fit(spec, first, other, config.grim, objective=objective, members=members, run=run).network


def members_of(
    name: str, config, numbers: Sequence[int], values: Mapping[str, Sequence[float]] | None = None
) -> Members:
    """Returns members of a network's training: their numbers, from 0, and the hyper-parameters of each."""
    return Members(numbers, keys.stream(keys.root(config.seed), name), values)


def supervised(name: str, config) -> TrainConfig:
    """Returns how a network is trained by labels."""
    return config.torch if spec_of(name).two_way else with_code_l1(config.train, name)


def is_there(folder: pathlib.Path) -> bool:
    """Returns whether a folder holds a network as `keep` left it."""
    return records.is_whole(folder / saved.DESCRIPTION)


def keep(network: Network, folder: pathlib.Path) -> None:
    """Saves a network, and that its training is done."""
    network.save(folder)
    records.mark(folder / saved.DESCRIPTION, (saved.WEIGHTS, "metrics.jsonl"))


def _pairs(data: Dataset, seed: int) -> dict:
    """What InfoMax reads: sequences and one fixed shuffle of each."""
    data, shuffles = negatives.other_shuffles(data, seed)
    return {"sequences": data.sequences, "shuffles": shuffles}
