"""What each network loses without filters, against scikit-learn on the networks' own masked scores."""

import jax
import numpy as np
import pytest
from sklearn import metrics

from jaxmotif import dna
from jaxmotif.apps.discover import supervised
from jaxmotif.data.dataset import Dataset
from tests.helpers import small_run


@pytest.fixture(scope="module", name="held_out")
def fixture_held_out():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (60, small_run.LENGTH)).astype(np.uint8)
    return Dataset(codes, (np.arange(60) % 2).astype(np.float32))


def test_each_network_loses_its_own(held_out):
    network, groups = small_run.network(), [[(0, 1), (2, 0)], [(1, 3)], [(2, 1), (2, 2)]]
    found = supervised.importance(network, groups, held_out)
    assert found.nats.shape == found.auroc.shape == (3, 3)
    labels, x = held_out.labels[:, 0], dna.one_hot(held_out.sequences)
    for number, group in enumerate(groups):
        for seed in range(3):
            mask = np.ones(4, np.float32)
            mask[[k for s, k in group if s == seed]] = 0
            if mask.all():
                assert found.nats[number, seed] == found.auroc[number, seed] == 0
                continue
            score = network.member(seed).ablated_score(held_out.sequences)
            logits = [np.asarray(jax.jit(score)(x, keep), np.float64) for keep in (np.ones(4), mask)]
            loss = [metrics.log_loss(labels, 1 / (1 + np.exp(-z))) for z in logits]
            auroc = [metrics.roc_auc_score(labels, z) for z in logits]
            assert found.nats[number, seed] == pytest.approx(loss[1] - loss[0], abs=1e-5)
            assert found.auroc[number, seed] == pytest.approx(auroc[0] - auroc[1], abs=1e-9)
    own = found.of(0)
    assert own.nats == tuple(found.nats[0]) and own.auroc == tuple(found.auroc[0])
