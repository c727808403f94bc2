"""Trials of one network as one ensemble: trained together, then read filter by filter."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.common import panels
from jaxmotif.evaluate import classification, recovery
from jaxmotif.interpret import filter_motifs
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.interpret.filters import FilterMotifs
from jaxmotif.models.network import Network
from jaxmotif.motifs import hits, tomtom
from jaxmotif.motifs.motif import Motif


class Reading(NamedTuple):
    """One convolution of one trial: scores, informative motifs, hits, and what is drawn of each filter."""

    score: recovery.Recovery
    motifs: list[Motif]
    hits: list[hits.Hit]
    labels: list[panels.Filter]


def auroc(network: Network, dataset) -> list[float]:
    """Returns the mean AUROC over the labels, of every trial."""
    return accuracy(network, dataset)["auroc"]


def accuracy(network: Network, dataset) -> dict[str, list[float]]:
    """Returns means over the labels of AUROC and AUPR, "auroc" and "aupr", of every trial.

    A label that all sequences have, or none, does not count.
    """
    logits_mnt = network.logits(dataset, by_member=True)
    return {
        name: [float(np.nanmean(metric(dataset.labels, logits_nt))) for logits_nt in logits_mnt]
        for name, metric in (("auroc", classification.auroc), ("aupr", classification.aupr))
    }


def read(
    filters: FilterMotifs,
    settings: Readout,
    database: Sequence[Motif],
    prefix: str,
    e_max: float,
    allow: Mapping[str, Sequence[str]] = recovery.ALLOW,
) -> Reading:
    """Returns filters as motifs, compared with the database and with what was planted.

    Filters are named <prefix><number>, as in `filters`; `allow` says which database matrices count
    as which factor.
    """
    motifs = filters.motifs
    queries = [m for m in filter_motifs.trimmed(motifs, settings) if m is not None]
    matched, e_values = [], []
    if queries:
        matches = tomtom.match(queries, database)
        matched, e_values = hits.hits(matches, queries, database, e_max), matches.e
    score = recovery.recovery(
        e_values, [motif.name for motif in database], len(motifs), allow=allow, e_max=e_max
    )
    factors = {}
    for hit in matched:  # best first
        for factor, targets in allow.items():
            if hit.target.name in targets:
                factors.setdefault(hit.query, f"{factor} {hit.target.name}")
    names = [f"{prefix}{number + 1}" for number in range(len(motifs))]
    drawn = [
        panels.Filter(name, factors.get(name, ""), motif) for name, motif in zip(names, motifs, strict=True)
    ]
    return Reading(score, queries, matched, drawn)
