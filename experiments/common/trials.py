"""Trials of one network as one ensemble: trained together, then read filter by filter."""

import pathlib
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.evaluate import classification, recovery
from jaxmotif.interpret import filter_motifs
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.motifs import hits, tomtom
from jaxmotif.motifs.motif import Motif
from jaxmotif.objectives import supervised
from jaxmotif.objectives.objective import Objective, map_batches
from jaxmotif.training import ensemble, loop, presets


class Trained(NamedTuple):
    """Variables of every trial, the rows of metrics.jsonl, and what it took."""

    members: list[dict]
    history: list[dict]
    epochs: list[int]
    seconds: float


class Reading(NamedTuple):
    """One convolution of one trial: scores, informative motifs, hits, (filter name, factor) of all filters."""

    score: recovery.Recovery
    motifs: list[Motif]
    hits: list[hits.Hit]
    labels: list[tuple[str, str]]


def train(
    folder: pathlib.Path,
    label: str,
    objective: Objective,
    config: presets.TrainConfig,
    key: jax.Array,
    members: Sequence[int],
    train_data: Mapping,
    valid_data: Mapping,
    resume: bool,
    hyperparameters: Mapping[str, Sequence[float]] | None = None,
    own_data: bool = False,
) -> Trained:
    """Trains `members` in `folder`; a run that is there is continued if `resume`. Data: see `loop.train`."""
    begin = time.monotonic()
    rows = jax.tree.leaves(dict(train_data))[0].shape[1 if own_data else 0]
    state, history = loop.train(
        objective,
        presets.optimizer(config, rows),
        presets.schedule(config),
        key,
        members,
        jax.tree.map(jnp.asarray, dict(train_data)),
        jax.tree.map(jnp.asarray, dict(valid_data)),
        directory=folder,
        resume=resume,
        hyperparameters=hyperparameters,
        own_data=own_data,
        label=label,
    )
    return Trained(
        ensemble.variables(objective, state, config.keep),
        history,
        [int(epoch) for epoch in state.epoch],
        round(time.monotonic() - begin, 1),
    )


def arrays(dataset) -> dict:
    """What the supervised objective reads."""
    return {"sequences": jnp.asarray(dataset.sequences), "labels": jnp.asarray(dataset.labels)}


def auroc(spec: NetworkSpec, members, strands: str, dataset) -> list[float]:
    """Mean AUROC over the labels, of every trial."""

    @jax.jit
    def logits(variables, codes):
        return map_batches(
            lambda rows: supervised.predict_both_strands(spec, variables, rows, strands), codes, 500
        )

    codes = jnp.asarray(dataset.sequences)
    return [
        float(np.nanmean(classification.auroc(dataset.labels, np.asarray(logits(v, codes))))) for v in members
    ]


def read(
    spec: NetworkSpec,
    variables,
    codes_nl,
    layer: int,
    settings: Readout,
    database: Sequence[Motif],
    prefix: str,
    e_max: float,
    allow: Mapping[str, Sequence[str]] = recovery.ALLOW,
) -> Reading:
    """Filters of convolution `layer` as motifs, compared with the database and with what was planted.

    Filters are named <prefix><number>; `allow` says which database matrices count as which factor.
    """
    motifs = filter_motifs.filter_motifs(spec, variables, codes_nl, layer, settings, prefix).motifs
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
    return Reading(score, queries, matched, [(name, factors.get(name, "")) for name in names])
