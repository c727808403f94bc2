"""The motifs of sequences, or of networks that are trained already, as one call."""

import dataclasses
import functools
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxmotif import config
from jaxmotif.apps.discover import pipeline, ranking, reading, rounds, supervised
from jaxmotif.apps.discover.by_target import accuracy, in_memory, inputs
from jaxmotif.apps.discover.by_target import networks as by_target_networks
from jaxmotif.apps.discover.by_target import run as by_target_run
from jaxmotif.apps.discover.by_target.found import ByTarget
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import FILTERS, Settings
from jaxmotif.data import prepare
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.files.target_table import Frame
from jaxmotif.data.targets import MULTILABEL, Kind
from jaxmotif.interpret import attribution
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.training.from_data import as_dataset, only_positives

# A network made from a function cannot have filters taken away.
NOT_MEASURED = "importance is not measured, filters of a function cannot be taken away"
# Of sequences without parts: where filters are read, where motifs are chosen, and where they are tested.
READ_FROM = (0.6, 0.2, 0.2)
# Where motifs of trained networks come from. Words owe nothing to networks, and seqlets little: those of an
# untrained network have the words of the sequences, too.
LEARNED = (FILTERS,)
SEEN = "p-values hold for networks that were trained on other sequences; give Splits where they were not"


def discover(
    source: Network | Dataset | Splits | tuple | str | os.PathLike | Any,
    data: Dataset | Splits | tuple | Any = None,
    *,
    database: str | os.PathLike | Sequence[Motif] | None = "JASPAR2024",
    target: int | str = 0,
    settings: Settings = Settings(),
    **fields,
) -> MotifSet:
    """Returns the distinct motifs that networks learned, most important first, with matches and sites.

    `jm.discover(data)` trains networks first, as the command `jaxmotif discover` does;
    `jm.discover(network, data)` reads those that there are.

    Args:
      source: trained networks, or what to train on, as `data`; or the path of a file of sequences, of
        intervals (genome="hg38.fa") or of a table of targets, as of the command.
      data: a `Dataset`, (sequences, labels), or sequences; or `Splits`, of which all parts are read, and
        `test` says what is lost without a motif. Without labels, or with label 1 only, dinucleotide shuffles
        are the negatives. Labels of several targets, and such as are not 0 and 1, are learned by their kind
        (task="regression", "counts", "multiclass" or "multilabel" decides; words are classes), and motifs
        say with which target they go, `evidence[i].by_target`. Of networks of 0/1 labels that of `target`
        counts, where it is known.
      database: whose motifs to compare with: a JASPAR release, the path of a MEME file, or motifs; None for
        none.
      target: class of the network, by number (from 0) or name, to which sequences with label 1 belong.
      settings: how to train, read and rank. Of trained networks filters are read, unless other
        readings are asked for.
      **fields: other values of fields of `settings`, such as seeds=5 or train__epochs=10: all that the
        command has flags for, such as task, targets, genome, signal=("a=a.bw",), negatives, test.

    Returns:
      motifs with evidence, matches and sites in the positives. Without a spec (`Network.from_function`)
      importance is None, and motifs are ranked by support and number of sites.

    Raises:
      ValueError: for data that cannot be used, and unknown names of any kind.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> data = jm.Dataset(np.random.default_rng(0).integers(0, 4, (60, 50), np.uint8))
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> isinstance(jm.discover(net, data, database=None), jm.MotifSet)
      True
    """
    known = isinstance(database, (str, os.PathLike))
    settings = config.with_fields(settings, database=os.fspath(database) if known else "", **fields)
    if not isinstance(source, Network):
        if data is not None:
            raise ValueError(f"data come second only after a network, got {type(source).__name__} first")
        found = _trained(source, settings)
        return found if known or database is None else found.match(database)
    if data is None:
        raise ValueError("the motifs of a network are read on data; give some")
    asked = "readings" in fields or settings.readings != Settings().readings
    readings = settings.readings if asked else LEARNED
    if source.task == MULTILABEL:
        found = of_network(source, data, target, settings, readings)
    else:
        found = _by_target_of_network(source, data, dataclasses.replace(settings, readings=readings))
    return found if database is None else found.match(database)


def _trained(source, settings: Settings) -> MotifSet:
    """The motifs of networks that are trained here; what was read and what to know is said on stderr."""
    if in_memory.is_path(source):
        return _of_file(dataclasses.replace(settings, sequences=os.fspath(source)))
    by_target = in_memory.read(source, settings)
    if by_target is not None:
        return _by_target(*by_target, settings)
    data = source
    if not isinstance(source, Splits):
        data = reading.read(settings, as_dataset(source))
    return _learned(data, settings)


def _of_file(settings: Settings) -> MotifSet:
    """The motifs of what is in a file, as of the command."""
    reading.check_standard_input(settings)
    first = inputs.opened(settings)
    if isinstance(first, Frame) or settings.signal:
        given = inputs.read(settings, first)
        return _by_target(inputs.divide(given, settings), given.kind, given.said, settings)
    return _learned(reading.read(settings, first=first), settings)


def _learned(data: reading.Files | Splits, settings: Settings) -> MotifSet:
    if not isinstance(data, Splits):
        print("\n".join(reading.said(data)), file=sys.stderr, flush=True)
    found = pipeline.discover(data, settings)
    for note in found.notes:
        print(note, file=sys.stderr, flush=True)
    notes = dict.fromkeys((*found.motifs.notes, *(note.text for note in found.notes)))
    return dataclasses.replace(found.motifs, notes=tuple(notes))


def _by_target(splits: Splits, kind: Kind, said: Sequence[str], settings: Settings) -> MotifSet:
    print("\n".join(said), file=sys.stderr, flush=True)
    return _told(by_target_run.discover(splits, kind, settings), (*said,))


def _told(found: ByTarget, first: Sequence[str]) -> MotifSet:
    """Motifs of targets, with what there is to know as notes; these are said on stderr, too."""
    told = f"held out, {accuracy.headline(found.kind, found.metrics)}"
    notes = dict.fromkeys((told, *(note.text for note in found.notes)))
    print("\n".join(notes), file=sys.stderr, flush=True)
    return dataclasses.replace(found.motifs, notes=(*first, *notes))


def _by_target_of_network(network: Network, data, settings: Settings) -> MotifSet:
    """The motifs of trained networks of classes, values or counts, target by target."""
    kind: Kind = network.task  # pyrefly: ignore[bad-assignment]
    splits = in_memory.of_network(data, kind, network.classes, settings)
    notes = () if network.spec else (NOT_MEASURED,)
    trained = by_target_networks.Trained(network, [], settings.train.schedule, notes)
    seen = () if isinstance(data, Splits) else (SEEN,)
    settings = dataclasses.replace(settings, rounds=1)
    return _told(by_target_run.discover(splits, kind, settings, trained=trained), seen)


def of_network(
    network: Network,
    data: Dataset | Splits | Any,
    target: int | str = 0,
    settings: Settings = Settings(),
    readings: Sequence[str] = LEARNED,
) -> MotifSet:
    """Returns the distinct motifs of trained networks, see `discover`.

    Args:
      network, data, target, settings: as there.
      readings: where motifs come from, see `settings.READINGS`; those of `settings` are not used.
    """
    index = network.target_index(target)
    notes: tuple[str, ...] = ()
    if isinstance(data, Splits):
        parts = [_labelled(part, index, settings.seed) for part in (data.train, data.valid, data.test)]
        splits = Splits(*parts)
    else:
        splits = prepare.split(_labelled(as_dataset(data), index, settings.seed), settings.seed, READ_FROM)
        notes = (SEEN,)
    learner = Learner(
        objective=network.name,
        network=network,
        history=[],
        readout=settings.readout,
        scores=lambda sequences: network.logits(sequences, by_member=True)[
            :, :, min(index, network.outputs - 1)
        ],
        importance=functools.partial(supervised.importance, network, target=target) if network.spec else None,
        contributions=lambda codes: attribution.attribute(network, codes, "corrected", target=target),
    )
    shuffled = rounds.are_shuffles(splits, True)
    plan = rounds.Plan(shuffled, 1, tuple(readings), settings.site_p, settings.seed)
    found = ranking.ranked(
        [[rounds.take(rounds.started(splits, plan), learner, splits, plan)]],
        settings.site_p,
        settings.level,
        concatenate(splits.parts),
        jaspar.database(settings.database) if settings.database else (),
        again=[rounds.started(splits, plan).score],
    ).listed
    notes += () if network.spec else (NOT_MEASURED,)
    return dataclasses.replace(found, notes=found.notes + notes)


def _labelled(data: Dataset, index: int, seed: int) -> Dataset:
    """Sequences with one known label, 0 or 1."""
    if only_positives(data):
        return prepare.with_negatives(data, seed)
    if data.known_labels.shape[1] > 1:
        if index >= data.known_labels.shape[1]:
            raise ValueError(f"target {index} of labels with {data.known_labels.shape[1]} targets")
        data = dataclasses.replace(data, labels=data.known_labels[:, index], targets=(data.targets[index],))
    return data.take(~np.isnan(data.known_labels[:, 0].astype(np.float32)))
