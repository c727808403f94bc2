"""Batches read in parts, and products of fewer bits: what they change and what not."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmotif import keys
from jaxmotif.apps import rundir
from jaxmotif.data.dataset import Dataset
from jaxmotif.models import spec
from jaxmotif.objectives import infomax
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import fit
from jaxmotif.training.config import ScheduleConfig, TrainConfig
from jaxmotif.training.state import init_state
from jaxmotif.training.step import make_step

# Without dropout, which each part has its own of.
CONV = spec.Conv(6, 7, pool=8, norm="none", dropout=0.0)
PLAIN = spec.NetworkSpec("plain", 40, 2, (CONV,), (spec.Dense(5, norm="none", dropout=0.0),))
NORMED = dataclasses.replace(PLAIN, convs=(dataclasses.replace(CONV, norm="batch"),))
SGD = optax.sgd(1.0)


def _data(rows: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (rows, 40)).astype(np.uint8)
    labels = rng.integers(0, 2, (rows, 2)).astype(np.float32)
    labels[:, 1] = 1 - labels[:, 0]
    codes[labels[:, 0] > 0, 10:16] = [0, 1, 2, 3, 2, 1]
    return {"sequences": jnp.asarray(codes), "labels": jnp.asarray(labels)}


def _step(network, batch, accumulate):
    objective = supervised(network)
    state = init_state(objective, SGD, keys.root(0), jax.tree.map(lambda a: a[:1], batch))
    return state, *jax.jit(make_step(objective, SGD, accumulate))(state, batch)


@pytest.mark.parametrize("accumulate", [2, 5])
def test_parts_of_a_batch_add_up_to_the_whole(accumulate):
    batch = _data(20)
    _, whole, metrics = _step(PLAIN, batch, 1)
    _, parts, found = _step(PLAIN, batch, accumulate)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), whole.params, parts.params)
    np.testing.assert_allclose(metrics["loss"], found["loss"], rtol=1e-6)
    assert int(parts.step) == 1


def test_each_part_has_its_own_batch_statistics():
    batch = _data(20)
    start, after, _ = _step(NORMED, batch, 2)
    halves = [jax.tree.map(lambda a, part=part: a[part], batch) for part in (np.s_[:10], np.s_[10:])]
    alone = [_step(NORMED, half, 1)[1] for half in halves]
    moved = jax.tree.map(lambda a, b, c: (a + b) / 2 - c, *(one.params for one in alone), start.params)
    done = jax.tree.map(lambda a, b: a - b, after.params, start.params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), moved, done)
    # Running means: one after the other.
    decay = NORMED.norm_decay
    first, second = (one.model_state["conv1"]["mean"] for one in alone)
    np.testing.assert_allclose(
        after.model_state["conv1"]["mean"], decay * first + second, rtol=1e-4, atol=1e-7
    )


def test_a_batch_in_parts_is_one_update_to_what_counts_them():
    batch = _data(20)
    batch["shuffles"] = jnp.roll(batch["sequences"], 1, axis=0)
    del batch["labels"]
    objective = infomax.infomax(dataclasses.replace(PLAIN, outputs=4))
    state = init_state(objective, SGD, keys.root(0), batch)
    step = jax.jit(make_step(objective, SGD, 4))
    for number in (1, 2):
        state, _ = step(state, batch)
        assert int(state.model_state["updates"]) == number


def test_a_batch_that_cannot_be_cut_is_refused():
    with pytest.raises(ValueError, match="batch of 10 cannot be cut into 4 equal parts"):
        ScheduleConfig(batch_size=10, accumulate=4)


@pytest.mark.parametrize("fields", [{"compute_dtype": "bfloat16"}, {"accumulate": 4}])
def test_networks_learn_as_well(fields):
    train, valid = (Dataset(**jax.tree.map(np.asarray, _data(rows, rows))) for rows in (1200, 300))
    config = TrainConfig().with_fields(epochs=15, batch_size=40, learning_rate=1e-2)
    scores = {}
    for name, own in (("plain", {}), ("other", fields)):
        found = fit.fit(NORMED, train, valid, config.with_fields(**own), run=fit.Run(quiet=True))
        scores[name] = found.history[-1]["valid/auroc"][0]
        assert found.network.spec.compute_dtype == "float32"
        leaves = jax.tree.leaves(found.network.variables)
        assert all(leaf.dtype == jnp.float32 for leaf in leaves)
    assert scores["plain"] > 0.95 and abs(scores["plain"] - scores["other"]) < 0.03


def test_a_run_from_before_there_were_these_settings_goes_on(tmp_path):
    import json

    folder = rundir.open_run(tmp_path / "run", TrainConfig())
    (folder / "something").write_text("learned")
    record = json.loads((folder / "config.json").read_text())
    del record["network"]["compute_dtype"], record["schedule"]["accumulate"]
    (folder / "config.json").write_text(json.dumps(record))
    rundir.open_run(folder, TrainConfig())
    (folder / "config.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match="compute_dtype: float32 -> bfloat16"):
        rundir.open_run(folder, TrainConfig().with_fields(compute_dtype="bfloat16"))
