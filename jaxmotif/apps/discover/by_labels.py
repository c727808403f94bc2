"""Networks that learn to tell the user's sequences from negatives."""

import functools
import pathlib
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.apps.discover.networks import Group, Networks, masks_of, rows_of
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.interpret import ablation
from jaxmotif.models import network, saved, zoo
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.objectives import supervised
from jaxmotif.objectives.objective import map_batches
from jaxmotif.training import ensemble, loop, presets

# Rows to estimate a filter's mean from, and to ablate on: more change the third digit only.
FILL_ROWS, ABLATION_ROWS = 1000, 4000
CLASSES = ("bound", "unbound")


def train(settings: Settings, splits: Splits, folder: pathlib.Path | None, resume: bool) -> Networks:
    """Trains all seeds in `folder`."""
    spec = presets.apply_to(zoo.get(settings.network, length=splits.train.length, outputs=1), settings.train)
    strands = settings.train.strands
    objective = supervised.supervised(
        spec,
        l2=settings.train.l2,
        l1=settings.train.l1,
        strands=strands,
        criterion=settings.train.criterion,
    )
    state, history = loop.train(
        objective,
        presets.optimizer(settings.train, len(splits.train)),
        presets.schedule(settings.train),
        keys.root(settings.seed),
        range(settings.seeds),
        _arrays(splits.train),
        _arrays(splits.valid),
        directory=folder,
        resume=resume,
        label=f"{settings.seeds} x {settings.network}",
    )
    members = ensemble.variables(objective, state, settings.train.keep)
    # For `jaxmotif dashboard`, and for whoever wants to predict.
    if folder is not None:
        saved.save(folder, saved.Saved(spec, members, strands, CLASSES))
    return Networks(
        "supervised",
        spec,
        members,
        history,
        settings.readout,
        functools.partial(logits, spec, members, strands),
        functools.partial(importance, spec, members, strands),
        settings.train.keep,
    )


def _arrays(data: Dataset) -> dict:
    return {"sequences": jnp.asarray(data.sequences), "labels": jnp.asarray(data.labels)}


def logits(spec: NetworkSpec, members, strands: str, codes_nl) -> np.ndarray:
    """Logits of every member, (members, N)."""

    @jax.jit
    def run(variables, codes):
        return map_batches(
            lambda rows: supervised.predict_both_strands(spec, variables, rows, strands), codes, 500
        )[:, 0]

    return np.stack([np.asarray(run(variables, jnp.asarray(codes_nl))) for variables in members])


@functools.cache
def _scorer(spec: NetworkSpec, strands: str):
    def score(weights, x_bl4, keep_k):
        variables, fill_k = weights
        mask = (keep_k, fill_k)
        logits = network.predict(spec, variables, x_bl4, mask)
        if strands == "random":
            other = network.predict(spec, variables, dna.reverse_complement_one_hot(x_bl4), mask)
            logits = (logits + other) / 2
        return logits[:, 0]

    return score


def importance(
    spec: NetworkSpec, members, strands: str, groups: Sequence[Group], held_out: Dataset
) -> np.ndarray:
    """Mean rise of the log-loss on `held_out` when each group's filters are ablated, (groups,)."""
    rows = rows_of(held_out, ABLATION_ROWS)
    codes, labels = held_out.sequences[rows], held_out.labels[rows, 0]
    mean = jax.jit(lambda v, c: network.mean_first_layer(spec, v, dna.one_hot(c)))
    rise = np.zeros((len(members), len(groups)))
    for seed, variables in enumerate(members):
        present, masks = masks_of(groups, seed, spec.convs[0].filters)
        if not present:
            continue
        fill = mean(variables, jnp.asarray(codes[:: -(-len(codes) // FILL_ROWS)]))
        score = jax.tree_util.Partial(_scorer(spec, strands), (variables, fill))
        rise[seed, present] = ablation.importance(score, codes, labels, groups=masks).log_loss_increase
    return rise.mean(axis=0)
