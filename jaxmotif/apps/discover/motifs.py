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
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import FILTERS, Settings
from jaxmotif.data import prepare
from jaxmotif.data.dataset import Dataset, Splits, concatenate
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
    source: Network | Dataset | Splits | tuple | Any,
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
      source: trained networks, or what to train on, as `data`.
      data: a `Dataset`, (sequences, labels), or sequences; or `Splits`, of which all parts are read, and
        `test` says what is lost without a motif. Without labels, or with label 1 only, dinucleotide shuffles
        are the negatives. Of several labels that of `target` counts, where it is known.
      database: whose motifs to compare with: a JASPAR release, the path of a MEME file, or motifs; None for
        none.
      target: class of the network, by number (from 0) or name, to which sequences with label 1 belong.
      settings: how to train, read and rank. Of trained networks filters are read, unless other
        readings are asked for.
      **fields: other values of fields of `settings`, such as seeds=5 or train__epochs=10.

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
    found = of_network(source, data, target, settings, settings.readings if asked else LEARNED)
    return found if database is None else found.match(database)


def _trained(source, settings: Settings) -> MotifSet:
    """The motifs of networks that are trained here; what was read and what to know is said on stderr."""
    data = source
    if not isinstance(source, Splits):
        data = reading.read(settings, as_dataset(source))
        print("\n".join(reading.said(data)), file=sys.stderr, flush=True)
    found = pipeline.discover(data, settings)
    for note in found.notes:
        print(note, file=sys.stderr, flush=True)
    notes = dict.fromkeys((*found.motifs.notes, *(note.text for note in found.notes)))
    return dataclasses.replace(found.motifs, notes=tuple(notes))


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
