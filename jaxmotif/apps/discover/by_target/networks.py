"""Networks with an output for each target, and what each of their outputs is asked."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import keys
from jaxmotif.apps.discover.by_target.contrasts import Contrast
from jaxmotif.apps.discover.learner import FilterGroup, Learner, Lost, masks_of, rows_of
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.apps.discover.supervised import ABLATION_ROWS, FILL_ROWS, importance, schedule
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.targets import COUNTS, MULTICLASS, MULTILABEL, Kind
from jaxmotif.interpret import ablation, attribution
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.training import fit as fits
from jaxmotif.training import scaling
from jaxmotif.training.config import ScheduleConfig

# What learners are called: their networks are one set, whatever target is asked about.
OBJECTIVE = "targets"


class Trained(NamedTuple):
    """All seeds of one set of targets.

    Attributes:
      network: a member for each seed, in the user's own units.
      history: rows of metrics.jsonl.
      schedule: how they were trained.
      notes: what a user should know.
    """

    network: Network
    history: list[dict]
    schedule: ScheduleConfig
    notes: tuple[str, ...]


def train(
    settings: Settings, kind: Kind, splits: Splits, folder: pathlib.Path | None, resume: bool
) -> Trained:
    """Trains all seeds in `folder`.

    Raises:
      ValueError: for values that do not vary, see `scaling.units`.
    """
    config, notes = schedule(settings, splits.train)
    names = splits.train.targets
    spec = zoo.fitting(settings.network, splits.train.length, len(names))
    units = scaling.units(kind, splits.train.known_labels, spec, names)
    ours, theirs = (
        dataclasses.replace(part, labels=units.of(part.known_labels)) for part in (splits.train, splits.valid)
    )
    fitted = fits.fit(
        spec,
        ours,
        theirs,
        config,
        objective=fits.by_targets(kind),
        members=fits.Members(range(settings.seeds), keys.root(settings.seed)),
        run=fits.Run(folder, resume, f"{settings.seeds} x {settings.network}, {len(names)} targets"),
    )
    network = units.undone(fitted.network)
    if folder is not None:
        network.save(folder)
    return Trained(network, fitted.history, config.schedule, notes)


def learner(trained: Trained, contrast: Contrast, kind: Kind, settings: Settings, test: Dataset) -> Learner:
    """Returns what networks know of one side of a target.

    Args:
      trained: the networks.
      contrast: the side.
      kind: of the targets.
      settings: of which the readout counts.
      test: held-out sequences with all targets, on which importance is measured.
    """
    network, target = trained.network, contrast.target

    def scores(sequences: np.ndarray) -> np.ndarray:
        logits_mnt = network.logits(sequences, by_member=True)
        if kind == MULTICLASS:
            logits_mnt = logits_mnt - np.logaddexp.reduce(logits_mnt, axis=-1, keepdims=True)
        return contrast.sign * logits_mnt[:, :, target]

    def lost(groups: Sequence[FilterGroup], held_out: Dataset) -> Lost:
        if kind == MULTILABEL:
            return importance(network, groups, held_out, target)
        return _lost(network, groups, test, target, kind)

    return Learner(
        objective=OBJECTIVE,
        network=network,
        history=trained.history,
        readout=settings.readout,
        scores=scores,
        importance=lost if network.spec else None,
        contributions=lambda codes: (
            contrast.sign * attribution.attribute(network, codes, "corrected", target=target)
        ),
        schedule=trained.schedule,
        target=contrast.name,
    )


def _lost(network: Network, groups: Sequence[FilterGroup], test: Dataset, target: int, kind: Kind) -> Lost:
    """How a loss of each network rises without each group's filters.

    Of classes that is the cross-entropy, nats a sequence; of counts minus Poisson's log-probability, nats a
    sequence; of values the squared error, as a share of the target's variance.
    """
    columns = slice(None) if kind == MULTICLASS else slice(target, target + 1)
    known = np.flatnonzero(~np.isnan(test.known_labels[:, columns]).any(axis=1))
    rows = known[rows_of(known, ABLATION_ROWS)]
    codes, truth_nt = test.sequences[rows], test.known_labels[rows][:, columns].astype(np.float64)

    def loss(logits_nt: np.ndarray) -> float:
        own_nt = logits_nt[:, columns]
        if kind == MULTICLASS:
            log_nt = own_nt - np.logaddexp.reduce(own_nt, axis=1, keepdims=True)
            return float(-(truth_nt * log_nt).sum(axis=1).mean())
        if kind == COUNTS:
            return float((np.exp(own_nt) - truth_nt * own_nt).mean())
        return float(np.square(own_nt - truth_nt).mean() / max(truth_nt.var(), 1e-300))

    rise = np.zeros((len(groups), len(network)))
    for seed in range(len(network)):
        present, masks = masks_of(groups, seed, network.architecture.convs[0].filters)
        if present:
            fill = codes[:: -(-len(codes) // FILL_ROWS)]
            score = network.member(seed).ablated_score(fill, target=None, scaled=False)
            rise[present, seed] = ablation.rises(score, codes, loss, masks)
    return Lost(rise)
