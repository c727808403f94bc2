"""What a training config makes of the optimiser and of the choice of an epoch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import keys
from jaxmotif.models import zoo
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.objectives.objective import Objective
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import loop, presets
from jaxmotif.training.config import TrainConfig
from tests.helpers import compiled


def _steps(config, gradients):
    """Sizes of the updates that a sequence of scalar gradients makes."""
    optimizer = presets.optimizer(config)
    params = jnp.zeros(())
    state = optimizer.init(params)
    sizes = []
    for gradient in gradients:
        update, state = optimizer.update(jnp.float32(gradient), state, params)
        sizes.append(float(update))
    return sizes


def _trained_down(**fields):
    """Returns where a parameter ends that has one slope everywhere, on 50 rows: Adam's update is its rate."""
    objective = Objective(
        init=lambda key, batch: ({"x": jnp.zeros(())}, {}),
        loss=lambda params, state, batch, key: (2 * params["x"], (state, {})),
        validate=lambda params, state, data: {"loss": params["x"]},
    )
    config = TrainConfig().with_fields(batch_size=20, learning_rate=0.1, patience=0, **fields)
    rows = {"x": jnp.zeros(50)}
    members, run = loop.Members([0], keys.root(0)), loop.Run(quiet=True)
    state, _ = loop.train(objective, presets.optimizer(config), config.schedule, rows, rows, members, run)
    return -float(state.params["x"][0])


def test_the_rate_is_halved_by_epochs():
    # 50 rows in batches of 20 are 2 updates an epoch.
    ends = [_trained_down(epochs=epochs, halve_every=3) for epochs in (3, 6, 7)]
    np.testing.assert_allclose(ends, [0.6, 0.9, 0.95], rtol=1e-4)
    assert _trained_down(epochs=7) == pytest.approx(1.4, rel=1e-4)


def test_the_rate_falls_along_half_a_cosine():
    for epochs in (3, 7):
        done = np.arange(2 * epochs) / (2 * epochs)
        expected = (0.1 * (1 + np.cos(np.pi * done)) / 2).sum()
        assert _trained_down(epochs=epochs, anneal="cosine") == pytest.approx(expected, rel=1e-4)


def test_one_program_serves_every_length_of_training():
    optimizers = {
        id(presets.optimizer(TrainConfig().with_fields(anneal="cosine", epochs=epochs, batch_size=size)))
        for epochs, size in ((3, 10), (5, 20))
    }
    assert len(optimizers) == 1


def test_gradients_are_clipped_entry_by_entry():
    clipped = _steps(TrainConfig().with_fields(learning_rate=0.1, clip=1.0), [100.0, 1.0, -50.0])
    expected = _steps(TrainConfig().with_fields(learning_rate=0.1), [1.0, 1.0, -1.0])
    np.testing.assert_allclose(clipped, expected, rtol=1e-5)


def test_dropout_of_a_config_wins():
    spec = presets.preset("dashboard-code").network.apply_to(zoo.get("CNN-small"))
    assert {conv.dropout for conv in spec.convs} == {0.5} and spec.initializer == "fan_in"
    spec = presets.preset("dashboard").network.apply_to(zoo.get("CNN-RNN-small"))
    assert spec.convs[0].dropout == 0.0 and spec.recurrent.dropout == 0.2


@pytest.mark.parametrize(
    "settings,message",
    [
        (dict(halve_every=-1), "halve_every must be at least 0, got -1"),
        (dict(anneal="linear"), "unknown anneal 'linear'; known: none, cosine"),
        (dict(clip=-0.5), "clip must be at least 0, got -0.5"),
        (dict(dropout=1.0), "dropout must be below 1, got 1.0"),
        (dict(criterion="accuracy"), "unknown criterion 'accuracy'; known: loss, auroc"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig().with_fields(**settings)


def test_an_epoch_can_be_chosen_by_another_criterion():
    # The loss falls for ever; the criterion is best where the parameter passes 3.
    objective = Objective(
        init=lambda key, batch: ({"x": jnp.zeros(())}, {}),
        loss=lambda params, state, batch, key: (-params["x"], (state, {})),
        validate=lambda params, state, data: {"loss": -params["x"], "criterion": jnp.abs(params["x"] - 3)},
    )
    rows = {"x": jnp.zeros(1)}
    config = TrainConfig().with_fields(epochs=6, batch_size=1, learning_rate=1.0)
    state, _ = loop.train(
        objective,
        presets.optimizer(config),
        config.schedule,
        rows,
        rows,
        loop.Members([0], keys.root(0)),
        loop.Run(quiet=True),
    )
    assert float(state.best_params["x"][0]) == pytest.approx(3, abs=0.1)
    assert float(state.params["x"][0]) == pytest.approx(6, abs=0.1)


def test_auroc_as_criterion():
    spec = NetworkSpec("n", 12, 1, (Conv(3, 5, norm="none"),), reduce="max")
    rng = np.random.default_rng(0)
    data = {
        "sequences": jnp.asarray(rng.integers(0, 4, (20, 12)).astype(np.uint8)),
        "labels": jnp.asarray(rng.integers(0, 2, (20, 1)), jnp.float32),
    }
    objective = supervised(spec, criterion="auroc")
    variables = compiled.weights(spec)
    arguments = variables["params"], variables["batch_stats"], data
    found = jax.jit(objective.validate)(*arguments)
    assert float(found["criterion"]) == -float(found["auroc"])
    assert "criterion" not in jax.eval_shape(supervised(spec).validate, *arguments)
    # One class has no AUROC: the loss decides then.
    one = data | {"labels": jnp.ones((20, 1))}
    found = jax.jit(objective.validate)(*arguments[:2], one)
    assert np.isnan(found["auroc"]) and float(found["criterion"]) == float(found["loss"])
    with pytest.raises(ValueError, match="unknown criterion 'f1'"):
        supervised(spec, criterion="f1")


def test_members_with_data_of_their_own():
    spec = NetworkSpec("n", 12, 1, (Conv(3, 5),), reduce="max")
    rng = np.random.default_rng(0)
    data = {
        "sequences": rng.integers(0, 4, (2, 30, 12)).astype(np.uint8),
        "labels": rng.integers(0, 2, (2, 30, 1)).astype(np.float32),
    }
    config = TrainConfig().with_fields(epochs=2, batch_size=10, patience=0)

    def train(members, data, **options):
        return loop.train(
            supervised(spec),
            presets.optimizer(config),
            config.schedule,
            data,
            data,
            loop.Members(
                members,
                keys.root(0),
                **{k: v for k, v in options.items() if k in ("hyperparameters", "own_data")},
            ),
            loop.Run(
                quiet=True, **{k: v for k, v in options.items() if k not in ("hyperparameters", "own_data")}
            ),
        )[0].params

    for mode in ("map", "vmap"):
        both = train([4, 9], data, own_data=True, mode=mode)
        for place, member in enumerate((4, 9)):
            alone = train([member], jax.tree.map(lambda a, p=place: a[p], data))
            for a, b in zip(jax.tree.leaves(both), jax.tree.leaves(alone), strict=True):
                np.testing.assert_allclose(a[place], b[0], atol=1e-5)


def test_few_rows_get_small_batches_and_more_epochs():
    config = presets.preset("peaks")
    found = {
        rows: presets.for_rows(config, rows).schedule for rows in (50, 400, 500, 800, 1200, 4599, 20_000)
    }
    sizes = {rows: schedule.batch_size for rows, schedule in found.items()}
    assert sizes == {50: 16, 400: 32, 500: 32, 800: 64, 1200: 100, 4599: 100, 20_000: 100}
    # 12 updates an epoch would need 75 epochs, 45 need 20.
    epochs = {rows: schedule.epochs for rows, schedule in found.items()}
    assert epochs == {50: 40, 400: 40, 500: 40, 800: 40, 1200: 40, 4599: 20, 20_000: 15}
    assert presets.for_rows(config, 20_000) is config
    small = config.with_fields(batch_size=8, epochs=3)
    assert presets.for_rows(small, 50, keep=("batch_size", "epochs")) is small
    assert presets.for_rows(small, 50, keep=("epochs",)).schedule.epochs == 3
    assert presets.for_rows(small, 50).with_fields(epochs=3) == small
    assert presets.for_rows(config, 50).with_fields(batch_size=100, epochs=15) == config
    # Batches that are read in parts stay such as can be cut so.
    in_parts = lambda accumulate: presets.for_rows(
        config.with_fields(batch_size=320, accumulate=accumulate), 50
    )
    assert [in_parts(n).schedule.batch_size for n in (4, 32, 64, 5)] == [16, 32, 64, 320]
