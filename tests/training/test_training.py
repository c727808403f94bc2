"""The trainer on a small task: ensembles, early stopping, resuming, signals, bad numbers."""

import dataclasses
import json
import os
import signal

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmotif import keys
from jaxmotif.models import spec
from jaxmotif.models.blocks import map_batches
from jaxmotif.objectives.objective import Objective
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import ensemble, loop, presets
from jaxmotif.training.checkpoint import Checkpoints
from jaxmotif.training.config import ScheduleConfig, TrainConfig
from jaxmotif.training.state import init_state as start
from jaxmotif.training.step import make_epoch
from tests.helpers import compiled

# One layer with all that a layer has: what the trainer does is not the network's affair.
NET = spec.NetworkSpec("small", 40, 2, (spec.Conv(6, 7, pool=8),))
DEEPER = spec.NetworkSpec(
    "deeper", 40, 2, (spec.Conv(6, 7, pool=4), spec.Conv(5, 3, pool=2)), (spec.Dense(8),)
)
OPTIMIZER, SGD = optax.adam(1e-2), optax.sgd(1.0)
SCHEDULE = ScheduleConfig(epochs=4, batch_size=16, save_every=1, patience=0)


def _data(seed: int, rows: int = 70):
    codes = np.random.default_rng(seed).integers(0, 4, (rows, 40)).astype(np.uint8)
    codes[::2, 10:16] = [0, 1, 2, 3, 2, 1]
    labels = np.zeros((rows, 2), np.float32)
    labels[::2, 0] = 1
    labels[::3, 1] = 1
    return {"sequences": jnp.asarray(codes), "labels": jnp.asarray(labels)}


TRAIN, VALID = _data(0), _data(1, 30)
init_state = jax.jit(start, static_argnums=(0, 1))


def train(members, objective=None, schedule=SCHEDULE, **options):
    return loop.train(
        objective or supervised(NET, l2=1e-6),
        OPTIMIZER,
        schedule,
        TRAIN,
        VALID,
        loop.Members(
            members,
            keys.root(0),
            **{k: v for k, v in options.items() if k in ("hyperparameters", "own_data")},
        ),
        loop.Run(
            quiet=True, **{k: v for k, v in options.items() if k not in ("hyperparameters", "own_data")}
        ),
    )


def assert_equal(a, b):
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
            x, y = jax.random.key_data(x), jax.random.key_data(y)
        np.testing.assert_array_equal(x, y)


def test_loss_falls_and_labels_are_learned():
    state, rows = train([0], schedule=dataclasses.replace(SCHEDULE, epochs=25))
    assert rows[-1]["train/loss"][0] < 0.7 * rows[0]["train/loss"][0]
    assert max(row["valid/auroc"][0] for row in rows) > 0.7
    # What was kept is the epoch with the lowest validation loss.
    losses = [row["valid/loss"][0] for row in rows]
    assert float(state.best_loss[0]) == pytest.approx(min(losses), rel=1e-6)
    kept = jax.jit(supervised(NET, l2=1e-6).validate)(
        *(jax.tree.map(lambda x: x[0], tree) for tree in (state.best_params, state.best_model_state)), VALID
    )
    assert float(kept["loss"]) == pytest.approx(min(losses), rel=1e-5)


def test_members_differ():
    state, _ = train([0, 1])
    kernel = state.params["conv1"]["kernel"]
    assert not np.allclose(kernel[0], kernel[1])


def test_vmap_and_map_agree():
    one, _ = train([0, 1], mode="map")
    other, _ = train([0, 1], mode="vmap")
    for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(other.params), strict=True):
        # Adam divides by square roots of tiny gradients, which magnifies the order of summation.
        np.testing.assert_allclose(a, b, atol=5e-3)


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path):
    whole, rows = train([0, 1], directory=tmp_path / "whole")
    train([0, 1], directory=tmp_path / "parts", schedule=dataclasses.replace(SCHEDULE, epochs=2))
    parts, resumed_rows = train([0, 1], directory=tmp_path / "parts", resume=True)
    assert_equal(whole, parts)
    assert rows == resumed_rows
    read = lambda name: (tmp_path / name / "metrics.jsonl").read_text()
    assert read("whole") == read("parts")
    assert [json.loads(line)["epoch"] for line in read("whole").splitlines()] == [1, 2, 3, 4]


def test_a_damaged_newest_checkpoint_falls_back(tmp_path, caplog):
    whole, _ = train([0], directory=tmp_path)
    newest = tmp_path / "checkpoints" / "4"
    for path in newest.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    like = jax.tree.map(jnp.zeros_like, whole)
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.restore(like).epoch == 3
    assert "epoch 4 cannot be read" in caplog.text
    again, _ = train([0], directory=tmp_path, resume=True)
    assert_equal(whole, again)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_stops(tmp_path, signum, monkeypatch):
    # Under nohup SIGHUP is ignored, which the trainer leaves as it is.
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_DFL)
    plain = supervised(NET, l2=1e-6)._replace(counts_rows=False)
    count = []

    def tell(_):
        count.append(1)
        if len(count) == 2:
            os.kill(os.getpid(), signum)

    def validate(params, model_state, data):
        metrics = plain.validate(params, model_state, data)
        jax.debug.callback(tell, metrics["loss"])
        return metrics

    interrupting = Objective(plain.init, plain.loss, validate)
    with pytest.raises(loop.Interrupted, match=f"{signum.name} after epoch"):
        train([0], interrupting, dataclasses.replace(SCHEDULE, epochs=50, save_every=100), directory=tmp_path)
    six = dataclasses.replace(SCHEDULE, epochs=6)
    whole, _ = train([0], plain, six, directory=tmp_path / "whole")
    resumed, _ = train([0], plain, six, directory=tmp_path, resume=True)
    assert_equal(whole, resumed)


def test_a_signal_after_the_last_epoch_is_not_lost(tmp_path, monkeypatch):
    wait = Checkpoints.wait

    def interrupted(self):
        os.kill(os.getpid(), signal.SIGINT)
        wait(self)

    monkeypatch.setattr(Checkpoints, "wait", interrupted)
    with pytest.raises(loop.Interrupted, match="SIGINT after epoch 4") as stop:
        train([0], directory=tmp_path)
    assert stop.value.code == 130


def test_early_stopping_freezes_a_member():
    objective = supervised(NET, l2=1e-6)
    epoch = jax.jit(make_epoch(objective, OPTIMIZER, batch_size=16, patience=2))
    state = init_state(objective, OPTIMIZER, keys.root(0), TRAIN)
    # No later loss is as low: the third epoch is not run.
    state = state._replace(best_loss=jnp.float32(-1.0))
    seen = []
    for _ in range(3):
        state, metrics = epoch(state, TRAIN, VALID)
        seen.append((int(state.epoch), int(state.stale), bool(state.stopped)))
    assert seen == [(1, 1, False), (2, 2, True), (2, 2, True)]
    assert np.isnan(metrics["train/loss"])


def test_the_loop_ends_when_all_have_stopped():
    state, rows = train([0, 1], schedule=dataclasses.replace(SCHEDULE, epochs=200, patience=1))
    assert len(rows) < 200
    assert np.asarray(state.stopped).all()


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(FloatingPointError, match="loss of member 0 is not finite at step"):
        loop.train(
            supervised(NET),
            optax.sgd(1e30),
            SCHEDULE,
            TRAIN,
            VALID,
            loop.Members([0], keys.root(0)),
            loop.Run(quiet=True),
        )


def test_a_second_epoch_does_not_recompile():
    plain, traces = supervised(NET), []

    def loss(*arguments):
        traces.append(1)
        return plain.loss(*arguments)

    counted = plain._replace(loss=loss)
    run = ensemble.compile_epoch(make_epoch(counted, OPTIMIZER, batch_size=16), None)
    state = ensemble.init_members(counted, OPTIMIZER, keys.root(0), [0], TRAIN)
    state, _ = run(state, TRAIN, VALID)
    once = len(traces)
    run(state, TRAIN, VALID)
    assert len(traces) == once > 0


def test_training_again_does_not_compile_again():
    plain, traces = supervised(NET, l2=1e-6), []
    assert supervised(NET, l2=1e-6) is plain

    def loss(*arguments):
        traces.append(1)
        return plain.loss(*arguments)

    counted = plain._replace(loss=loss)
    first, _ = train([0], counted, dataclasses.replace(SCHEDULE, epochs=1))
    once = len(traces)
    again, _ = train([0], counted, dataclasses.replace(SCHEDULE, epochs=1))
    assert len(traces) == once > 0
    assert_equal(first, again)


def test_every_row_is_seen_once_an_epoch():
    """The objective counts rows in its state: 64 of 70 at batch 16, each at most once."""
    rows = jnp.arange(70)

    def init(key, batch):
        return jnp.zeros(()), jnp.zeros(70)

    def loss(params, seen, batch, key):
        return params * 0.0, (seen.at[batch].add(1.0), {})

    objective = Objective(init, loss, lambda params, seen, data: {"loss": jnp.zeros(())})
    epoch = jax.jit(make_epoch(objective, SGD, batch_size=16))
    state = init_state(objective, SGD, keys.root(0), rows)
    first, _ = epoch(state, rows, rows)
    second, _ = epoch(first, rows, rows)
    assert np.bincount(np.asarray(first.model_state, int)).tolist() == [6, 64]
    order = np.asarray(second.model_state - first.model_state)
    assert not np.array_equal(order, first.model_state)


def _counting(fail_above: float):
    """Weights are the member's own number; data are what `prepare` made of them this epoch."""

    def init(key, batch):
        return jax.random.uniform(key), jnp.zeros(())

    def loss(params, total, batch, key):
        return params * 0.0, (total + batch.sum(), {})

    def validate(params, total, data):
        return {"loss": total, "failed": params > fail_above}

    def prepare(key, data):
        return jnp.full_like(data, jax.random.uniform(key))

    return Objective(init, loss, validate, prepare, failure="too large a number")


def test_data_are_prepared_anew_every_epoch():
    rows = jnp.zeros(8)
    objective = _counting(2.0)
    epoch = jax.jit(make_epoch(objective, SGD, batch_size=4))
    state = init_state(objective, SGD, keys.root(0), rows)
    totals = [0.0]
    for number in range(3):
        state, _ = epoch(state, rows, rows)
        totals.append(float(state.model_state))
        key = keys.at(keys.stream(keys.root(0), "prepare"), number)
        assert totals[-1] - totals[-2] == pytest.approx(8 * float(jax.random.uniform(key)), rel=1e-5)


@pytest.mark.parametrize("mode", ["map", "vmap"])
def test_a_failed_member_stops_and_the_others_go_on(mode, caplog):
    numbers = [float(jax.random.uniform(keys.stream(keys.member(keys.root(0), m), "init"))) for m in range(4)]
    middle = sum(sorted(numbers)[1:3]) / 2
    failing = [m for m in range(4) if numbers[m] > middle]
    state, rows = loop.train(
        _counting(middle),
        OPTIMIZER,
        ScheduleConfig(3, 4, patience=0),
        jnp.zeros(8),
        jnp.zeros(8),
        loop.Members(range(4), keys.root(0)),
        loop.Run(quiet=True, mode=mode),
    )
    assert [int(e) for e in state.epoch] == [1 if m in failing else 3 for m in range(4)]
    assert [m for m in range(4) if rows[0]["failed"][m] == 1] == failing
    assert all(rows[1]["failed"][m] == -1 for m in failing)
    assert caplog.text.count("too large a number") == 2
    with pytest.raises(loop.Failed, match="training: too large a number"):
        loop.train(
            _counting(-1.0),
            OPTIMIZER,
            ScheduleConfig(3, 4, patience=0),
            jnp.zeros(8),
            jnp.zeros(8),
            loop.Members(range(2), keys.root(0)),
            loop.Run(quiet=True),
        )


def test_weight_decay_is_torchs():
    """One step against PyTorch's formula for L2 in Adam, by numpy."""
    config = TrainConfig().with_fields(learning_rate=0.1, weight_decay=0.5)
    optimizer = presets.optimizer(config)
    params, gradient = jnp.asarray([1.0, -2.0]), jnp.asarray([0.3, 0.3])
    updates, _ = optimizer.update(gradient, optimizer.init(params), params)
    g = np.asarray(gradient) + 0.5 * np.asarray(params)
    # After one step both moments are unbiased to g and g squared.
    np.testing.assert_allclose(updates, -0.1 * g / (np.abs(g) + 1e-8), rtol=1e-5)


def test_the_best_or_the_last_epoch_is_kept():
    objective = supervised(NET)
    state, _ = train([0, 1], schedule=dataclasses.replace(SCHEDULE, epochs=8))
    for keep, params in (("best", state.best_params), ("last", state.params)):
        members = ensemble.variables(objective, state, keep)
        assert len(members) == 2
        assert_equal(members[1]["params"], jax.tree.map(lambda x: x[1], params))
    with pytest.raises(ValueError, match="unknown select_epoch 'first'; known: best, last"):
        ensemble.variables(objective, state, "first")


def test_map_batches_equals_one_batch():
    rows = jnp.arange(23.0).reshape(23, 1)
    np.testing.assert_array_equal(map_batches(lambda x: x * x, rows, 5), rows * rows)


def test_other_numbers_of_rows_compile_nothing():
    plain, counted = supervised(NET), []

    def loss(*arguments):
        counted.append(1)
        return plain.loss(*arguments)

    objective = plain._replace(loss=loss)
    train([0], objective)
    first = len(counted)
    loop.train(objective, OPTIMIZER, SCHEDULE, _data(2, 93), _data(3, 41), loop.Members([0], keys.root(0)))
    assert len(counted) == first > 0


def test_penalty_is_the_sum_of_squares():
    strong = supervised(DEEPER, l2=0.5, l1=0.25)
    weak = supervised(DEEPER)
    variables = compiled.weights(DEEPER)
    params, stats = variables["params"], variables["batch_stats"]
    params = params | {"output": params["output"] | {"bias": jnp.asarray([2.0, -1.0])}}
    key = keys.root(1)
    loss = lambda objective: jax.jit(objective.loss)(params, stats, TRAIN, key)[0]
    difference = loss(strong) - loss(weak)
    leaves = [np.asarray(params[n]["kernel"]) for n in ("conv1", "conv2", "dense1", "output")]
    leaves.append(np.asarray([2.0, -1.0]))
    expected = sum(0.5 * (x**2).sum() + 0.25 * np.abs(x).sum() for x in leaves)
    assert float(difference) == pytest.approx(float(expected), rel=1e-4)


def test_a_wrong_mode_is_named():
    with pytest.raises(ValueError, match="unknown ensemble mode 'loop'; known: auto, map, vmap"):
        train([0], mode="loop")
    with pytest.raises(ValueError, match="unknown strands 'both'; known: given, random"):
        supervised(NET, strands="both")
