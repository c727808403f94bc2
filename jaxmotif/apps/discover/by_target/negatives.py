"""Regions of the genome without any label, next to loci that all have some."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from jaxmotif.apps.discover.genomic import Genomic, letters
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.data.targets import MULTILABEL, SAID

if TYPE_CHECKING:
    from jaxmotif.apps.discover.by_target.inputs import Given


def beside(given: Given, settings: Settings, genomic: Genomic) -> Given:
    """Returns sequences with as many regions of the genome, where the settings ask for these.

    Each sequence that has a label has a region like it in GC content and repeats on the same chromosomes,
    outside of all loci, of the test's, too. All labels of a region are 0.

    Raises:
      ValueError: for targets that are no labels, sequences that do not lie in the genome, and as
        `Genomic.negatives`.
    """
    if settings.background != "genome":
        return given
    if given.kind != MULTILABEL:
        raise ValueError(
            f"background=genome adds regions without any label; targets here are {SAID[given.kind]}, of "
            "which nothing is known elsewhere in the genome"
        )
    parts = {"sequences": given.data, "test": given.test}
    own = {role: data for role, data in parts.items() if data is not None}
    for role, data in own.items():
        if not data.placed.all():
            raise ValueError("background=genome is for loci: these sequences do not lie in the genome")
        genomic.keep_out(data, role)
    inputs, said = dict(given.inputs), []
    for role, data in own.items():
        found = _of(data, role, genomic)
        own[role] = concatenate([data, found]).with_notes(*found.notes)
        name = "negatives" if role == "sequences" else "test_negatives"
        inputs[name] = {"file": settings.genome, "letters": letters(found)}
        held = "" if role == "sequences" else "held out, "
        said.append(f"{held}negatives: {len(found):,} regions of the genome without any label")
    return dataclasses.replace(
        given, data=own["sequences"], test=own.get("test"), inputs=inputs, said=(*given.said, *said)
    )


def _of(data: Dataset, role: str, genomic: Genomic) -> Dataset:
    with_label = data.take(np.nansum(data.known_labels, axis=1) > 0)
    found = genomic.like(with_label, role)
    return dataclasses.replace(
        found,
        labels=np.zeros((len(found), len(data.targets)), np.float32),
        targets=data.targets,
        weights=None if data.weights is None else np.ones(len(found), np.float32),
        alphabet=data.alphabet,
    )
