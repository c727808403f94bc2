"""Networks that learn to tell the user's sequences from negatives."""

import dataclasses
import functools
import pathlib
from collections.abc import Sequence

import numpy as np

from jaxmotif import keys
from jaxmotif.apps.discover.learner import FilterGroup, Learner, Lost, masks_of, rows_of
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.interpret import ablation, attribution
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.training import presets
from jaxmotif.training.fit import Members, Run, fit

# Rows to estimate a filter's mean from, and to ablate on: more change the third digit only.
FILL_ROWS, ABLATION_ROWS = 1000, 4000
CLASSES = ("bound", "unbound")


def schedule(settings: Settings, data: Dataset) -> tuple[presets.TrainConfig, tuple[str, ...]]:
    """Returns how to train, and notes; few sequences longer, in smaller batches, unless asked otherwise."""
    asked, usual = settings.train.on(data.alphabet), Settings().train.schedule
    chosen = [
        name for name in ("batch_size", "epochs") if getattr(asked.schedule, name) != getattr(usual, name)
    ]
    config = presets.for_rows(asked, len(data), keep=chosen)
    now, before = config.schedule, asked.schedule
    if now == before:
        return config, ()
    return config, (
        f"few sequences are trained on: {now.epochs} epochs in batches of {now.batch_size} instead of "
        f"{before.epochs} in batches of {before.batch_size}",
    )


def train(settings: Settings, splits: Splits, folder: pathlib.Path | None, resume: bool) -> Learner:
    """Trains all seeds in `folder`."""
    config, notes = schedule(settings, splits.train)
    fitted = fit(
        zoo.fitting(settings.network, splits.train.length, 1),
        splits.train,
        splits.valid,
        config,
        members=Members(range(settings.seeds), keys.root(settings.seed)),
        run=Run(folder, resume, f"{settings.seeds} x {settings.network}"),
    )
    network = dataclasses.replace(fitted.network, classes=CLASSES)
    # For `jaxmotif dashboard`, and for whoever wants to predict.
    if folder is not None:
        network.save(folder)
    return Learner(
        objective="supervised",
        network=network,
        history=fitted.history,
        readout=settings.readout,
        scores=lambda sequences: network.logits(sequences, by_member=True)[:, :, 0],
        importance=functools.partial(importance, network),
        contributions=lambda sequences: attribution.attribute(network, sequences, "corrected"),
        schedule=config.schedule,
        notes=notes,
    )


def importance(
    network: Network, groups: Sequence[FilterGroup], held_out: Dataset, target: int | str = 0
) -> Lost:
    """Returns how log-loss and AUROC on `held_out` get worse without each group's filters."""
    rows = rows_of(held_out, ABLATION_ROWS)
    codes, labels = held_out.sequences[rows], held_out.known_labels[rows, 0]
    rise, fall = np.zeros((2, len(groups), len(network)))
    for seed in range(len(network)):
        present, masks = masks_of(groups, seed, network.architecture.convs[0].filters)
        if not present:
            continue
        fill = codes[:: -(-len(codes) // FILL_ROWS)]
        score = network.member(seed).ablated_score(fill, target=target)
        found = ablation.importance(score, codes, labels, groups=masks)
        rise[present, seed], fall[present, seed] = found.log_loss_increase, found.auroc_drop
    return Lost(rise, fall)
