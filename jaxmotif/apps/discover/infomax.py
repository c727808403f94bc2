"""Networks that learn from the user's sequences alone, without labels (GRIM)."""

import dataclasses
import functools
import pathlib
from collections.abc import Sequence

import jax
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.apps.discover.learner import FilterGroup, Learner, Lost, masks_of, rows_of
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.models import zoo
from jaxmotif.models.host_blocks import fixed, over_blocks
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.objectives import infomax as objective
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training.fit import Members, Run, by_information, fit

ABLATION_ROWS = 1000
# Numbers of groups are filled up to multiples of this, so that another number compiles nothing.
GROUPS = 16
# A motif's loss has to exceed this many standard errors over held-out sequences.
ERRORS = 3.0


def train(settings: Settings, splits: Splits, folder: pathlib.Path | None, resume: bool) -> Learner:
    """Trains all seeds in `folder` on the positives and shuffles of them."""
    config = settings.infomax_train.on(splits.train.alphabet)
    parts = [negatives.pairs(part, settings.seed + i) for i, part in enumerate((splits.train, splits.valid))]
    (train_data, train_notes), (valid_data, valid_notes) = parts
    steps = max(len(train_data["sequences"]) // config.schedule.batch_size, 1)
    config = config.with_fields(epochs=max(config.schedule.epochs, -(-settings.least_updates // steps)))
    fitted = fit(
        zoo.fitting(settings.encoder, splits.train.length, settings.code),
        train_data,
        valid_data,
        config,
        objective=by_information(settings.infomax),
        members=Members(range(settings.seeds), keys.stream(keys.root(settings.seed), "infomax")),
        run=Run(folder, resume, f"{settings.seeds} x {settings.encoder}"),
    )
    network = dataclasses.replace(fitted.network, alphabet=splits.train.alphabet)
    return Learner(
        objective="infomax",
        network=network,
        history=fitted.history,
        readout=settings.infomax_readout,
        scores=functools.partial(evidence, network, settings.infomax),
        importance=functools.partial(importance, network, settings.infomax),
        schedule=config.schedule,
        notes=tuple(dict.fromkeys(train_notes + valid_notes)),
    )


def evidence(network: Network, config: InfoMaxConfig, codes_nl) -> np.ndarray:
    """Returns the sum of the scores D over all positions, (members, N); over both strands if trained so."""
    block = fixed(_evidence, network.spec, config, network.strands)
    members = map(network.member_variables, range(len(network)))
    return np.stack([over_blocks(jax.tree_util.Partial(block, one), np.asarray(codes_nl)) for one in members])


def _evidence(spec: NetworkSpec, config: InfoMaxConfig, strands: str, variables, codes_bl):
    def one_strand(codes_bl):
        own, _, code_bp, _ = objective.local_codes(spec, config, variables, codes_bl, codes_bl)
        return objective.discriminate(own, code_bp, 2, objective.nonnegative(spec, config)).sum(1)

    given = one_strand(codes_bl)
    if strands == "given":
        return given
    return (given + one_strand(dna.reverse_complement(codes_bl))) / 2


def _estimates(spec, config, variables, keep_gk, data):
    """Estimates of sequences with each mask on the local code, (B, G)."""
    own, other, code_bp, _ = objective.local_codes(
        spec, config, variables, data["sequences"], data["shuffles"]
    )
    masked = lambda keep: objective.estimate(spec, config, own * keep, other * keep, code_bp)
    return jax.lax.map(masked, keep_gk).T


def importance(
    network: Network, config: InfoMaxConfig, groups: Sequence[FilterGroup], held_out: Dataset
) -> Lost:
    """Returns the mean loss of the estimate on `held_out` when each group's local codes are silenced.

    0 where the mean over sequences and networks does not exceed `ERRORS` of its standard errors: filters that
    memorised sequences help those alone.
    """
    positives = held_out.positives
    data, _ = negatives.pairs(positives.take(rows_of(positives, ABLATION_ROWS)), 0)
    lost = np.zeros((len(data["sequences"]), len(groups)))
    by_seed = np.zeros((len(groups), len(network)))
    for seed in range(len(network)):
        present, masks = masks_of(groups, seed, network.architecture.convs[0].filters)
        if present:
            # Filled up, so that seeds and runs share shapes. The first row silences nothing.
            keep = np.ones((-(-(1 + len(groups)) // GROUPS) * GROUPS, masks.shape[1]), np.float32)
            keep[1 : 1 + len(present)] -= masks
            estimates = jax.tree_util.Partial(
                fixed(_estimates, network.spec, config), network.member_variables(seed), keep
            )
            found = over_blocks(estimates, data).astype(np.float64)
            own = (found[:, :1] - found[:, 1:])[:, : len(present)]
            lost[:, present] += own / len(network)
            by_seed[present, seed] = own.mean(axis=0)
    mean, error = lost.mean(axis=0), lost.std(axis=0, ddof=1) / np.sqrt(len(lost))
    return Lost(np.where((mean > ERRORS * error)[:, None], by_seed, 0.0))
