"""Training from a spec and data to a network, the one way for all programs."""

import dataclasses
import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxmotif import dna, keys, memory, memory_maps, processes
from jaxmotif.data.targets import MULTILABEL, VALUES, Kind
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec, parameter_count, training_bytes
from jaxmotif.objectives import infomax, supervised
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.objectives.objective import Objective
from jaxmotif.training import devices, ensemble, loop, presets
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.loop import Members, Run
from jaxmotif.training.state import State


class Fitted(NamedTuple):
    """What training gave.

    Attributes:
      network: the trained network, all members.
      history: a row of metrics per epoch, with one value per member.
      epochs: that each member trained.
      seconds: that it took.
    """

    network: Network
    history: list[dict]
    epochs: list[int]
    seconds: float


def by_labels(spec: NetworkSpec, config: TrainConfig, data: Sequence[Mapping] = ()) -> Objective:
    """Returns the objective of labelled sequences, see `supervised.supervised`.

    Args:
      spec: the network.
      config: penalties, strands and the criterion.
      data: {"sequences", "labels"} and perhaps "weights" of training and validation. Unknown labels (NaN) and
        weights make the loss a masked one.

    Raises:
      ValueError: for data that it cannot read, see `supervised.check`.
    """
    return by_targets(MULTILABEL)(spec, config, data)


def by_targets(kind: Kind) -> Callable[..., Objective]:
    """Returns what makes the objective of sequences with labels, classes, values or counts.

    Of values and counts the loss chooses the best epoch, whatever the config says: they have no AUROC.
    """

    return functools.partial(_by_targets, kind)


def _by_targets(
    kind: Kind, spec: NetworkSpec, config: TrainConfig, data: Sequence[Mapping] = ()
) -> Objective:
    for part, what in zip(data, ("training data", "validation data"), strict=False):
        supervised.check(part, spec, what, kind)
    own = config.objective
    return supervised.supervised(
        spec,
        l2=own.l2,
        l1=own.l1,
        strands=own.strands,
        criterion="loss" if kind in VALUES else config.schedule.criterion,
        masked=any(map(supervised.needs_mask, data)),
        kind=kind,
    )


def by_information(reading: InfoMaxConfig) -> Callable[..., Objective]:
    """Returns what makes the objective of unlabelled sequences, see `infomax.infomax`."""

    return functools.partial(_by_information, reading)


def _by_information(
    reading: InfoMaxConfig, spec: NetworkSpec, config: TrainConfig, data: Sequence[Mapping] = ()
) -> Objective:
    for part in data:
        if sorted(part) != ["sequences", "shuffles"]:
            raise ValueError(f"data hold {', '.join(part)}; wanted: sequences and shuffles")
    own = config.objective
    return infomax.infomax(spec, reading, l2=own.l2, l1=own.l1, strands=own.strands)


def fit(
    spec: NetworkSpec,
    train_data,
    valid_data,
    config: TrainConfig = TrainConfig(),
    *,
    objective: Callable[..., Objective] = by_labels,
    members: Members | int = 1,
    run: Run = Run(),
) -> Fitted:
    """Trains networks of one architecture together.

    Args:
      spec: the architecture; initialiser, dropout and normalisation are those of `config.network`.
      train_data, valid_data: labelled `Dataset`s, or {name: array} as the objective reads them.
      config: how to train.
      objective: what is minimised, `by_labels`, `by_information(...)`, or any (spec, config, data) ->
        `Objective`.
      members: who trains; a number n means members 0 to n - 1 of seed 0. What they have own values of, is not
        taken from `config`; of dropout the returned network tells its own rates then.
      run: directory, resuming, progress; by default nothing is written.

    Returns:
      the networks and how training went. Classes and alphabet are those of `train_data` where it has them;
      RNA is read on one strand, whatever `config` says.

    Raises:
      ValueError: for data that the objective cannot read, or whose arrays differ in length.
      FloatingPointError, loop.Interrupted, loop.Failed: see `loop.train`.
    """
    begin = time.monotonic()
    if isinstance(members, int):
        members = Members(range(members), keys.root(0))
    alphabet, own = dna.alphabet_of(train_data), members.hyperparameters or {}
    config = presets.without(config.on(alphabet), own)
    spec = config.network.apply_to(spec)
    data = [arrays(part) for part in (train_data, valid_data)]
    for part, what in zip(data, ("training", "validation"), strict=True):
        loop.check_rows(part, members.own_data, what)
    rows = min(config.schedule.batch_size, next(iter(data[0].values())).shape[int(members.own_data)])
    _check_memory(spec, len(members.numbers), rows)
    if processes.leading() and not run.devices:
        made, state, history = _fit_jointly(spec, data, config, objective, members, run)
    else:
        made, state, history = _trained(spec, data, config, objective, members, run)
    network = Network.from_members(
        dataclasses.replace(spec, compute_dtype="float32"),
        ensemble.variables(made, state, config.schedule.select_epoch),
        strands=config.objective.strands,
        alphabet=alphabet,
        **({"classes": train_data.targets} if getattr(train_data, "targets", None) else {}),
    )
    return Fitted(network, history, [int(epoch) for epoch in state.epoch], round(time.monotonic() - begin, 1))


def _trained(
    spec: NetworkSpec,
    data: Sequence[Mapping],
    config: TrainConfig,
    objective: Callable[..., Objective],
    members: Members,
    run: Run,
) -> tuple[Objective, State, list[dict]]:
    """What was minimised, and what `loop.train` returns."""
    memory.drop_programs()
    made = objective(spec, config, data)
    train_rows, valid_rows = (jax.tree.map(memory_maps.array_of, part) for part in data)
    optimizer = presets.optimizer(config, members.hyperparameters or {})
    return made, *loop.train(made, optimizer, config.schedule, train_rows, valid_rows, members, run)


def _fit_jointly(spec, data, config, objective, members: Members, run: Run):
    """`_trained`, which the other processes of this run do, too. They write nothing, and tell nobody."""
    sharing = devices.data_devices if run.data_devices is None else run.data_devices
    directory = None if run.directory is None else os.path.abspath(run.directory)
    own = dataclasses.replace(run, directory=directory, data_devices=sharing)
    job = (spec, data, config, objective, members)
    theirs = dataclasses.replace(own, quiet=True, callbacks=())
    size = sum(array.nbytes for array in jax.tree.leaves(list(data)))
    memory.check(
        size, f"{next(iter(data[0].values())).shape[0]:,} sequences, which are sent to all processes,"
    )
    return processes.joint(_trained, (*job, own), (*job, theirs))


def _check_memory(spec: NetworkSpec, members: int, batch: int) -> None:
    """Raises a ValueError where training cannot fit into memory, which it would take minutes to find."""
    # Weights, two moments, and the best weights so far.
    weights = parameter_count(spec)
    memory.check(16 * weights * members, f"{members:,} networks of {weights:,} weights each")
    if jax.default_backend() == "cpu":
        size = training_bytes(spec, batch)
        memory.check(size, f"batches of {batch} sequences of {spec.length:,} nt for {spec.name}")


def arrays(data) -> dict[str, np.ndarray]:
    """Returns what the supervised objective reads of a `Dataset`; a mapping as it is."""
    if isinstance(data, Mapping):
        return dict(data)
    if data.labels is None:
        raise ValueError("sequences without labels cannot be learned by labels")
    own = {"sequences": data.sequences, "labels": data.labels}
    return own if data.weights is None else own | {"weights": data.weights}
