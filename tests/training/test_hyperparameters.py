"""Members of one program with settings of their own, each as if it had trained alone."""

import contextlib
import dataclasses
import logging

import jax
import numpy as np
import pytest

from jaxmotif import keys
from jaxmotif.models import forward, spec
from jaxmotif.objectives import infomax
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training import fit as fits
from jaxmotif.training import loop, presets
from jaxmotif.training.config import TrainConfig
from tests.training import test_training as small

ENCODER = spec.NetworkSpec(
    "encoder", 40, 3, (spec.Conv(6, 7, pool=4, norm="none"),), (spec.Dense(8, norm="none"),)
)
CONFIG = TrainConfig().with_fields(
    epochs=2, batch_size=16, patience=0, learning_rate=1e-2, dropout=0.2, select_epoch="last"
)
DATA = [jax.tree.map(np.asarray, part) for part in (small.TRAIN, small.VALID)]
PAIRS = [{"sequences": part["sequences"], "shuffles": part["sequences"][:, ::-1]} for part in DATA]
# For each setting another value than CONFIG's.
TRAINING = {
    "learning_rate": 3e-3,
    "weight_decay": 1e-2,
    "beta1": 0.5,
    "beta2": 0.9,
    "epsilon": 1e-3,
    "decay": 0.1,
    "max_norm": 0.3,
    "clip": 1e-3,
    "l2": 1e-2,
    "l1": 1e-2,
    "dropout": 0.4,
    "norm_decay": 0.5,
}
BOUNDED = {"scale": 2.0, "floor": 0.5, "filter_weight": 0.9, "last_weight": 0.7}


@contextlib.contextmanager
def _compiled():
    """Names of what is compiled meanwhile."""
    names, logger = [], logging.getLogger("jax")

    class Listener(logging.Handler):
        def emit(self, record):
            if "Compiling" in record.getMessage():
                names.append(record.getMessage())

    listener = Listener()
    logger.addHandler(listener)
    try:
        yield names
    finally:
        logger.removeHandler(listener)


def _fit(config, hyper=None, members=(3,), objective=fits.by_labels, net=small.NET, data=DATA, mode="map"):
    return fits.fit(
        net,
        *data,
        config,
        objective=objective,
        members=loop.Members(members, keys.root(0), hyper),
        run=loop.Run(quiet=True, mode=mode),
    )


def _numbers(fitted, place=0):
    """Weights and running statistics of a member, and its losses."""
    losses = [row[name][place] for row in fitted.history for name in ("train/loss", "valid/loss")]
    return [*jax.tree.leaves(fitted.network.member_variables(place)), np.array(losses)]


def _one_each(values, base):
    """Hyper-parameters of members that have `base`'s values but for one setting each; the first has all."""
    fields = {name: getattr(part, name) for part in base for name in values if hasattr(part, name)}
    grid = {name: [fields[name]] * (len(values) + 1) for name in values}
    for number, (name, value) in enumerate(values.items(), 1):
        assert value != fields[name]
        grid[name][number] = value
    return grid


def _differ(a, b):
    return any(not np.allclose(x, y, rtol=1e-3, atol=1e-6) for x, y in zip(a, b, strict=True))


def _assert_close(found, expected, what):
    for x, y in zip(found, expected, strict=True):
        # 1 - beta1 is rounded where it is made: of a number known beforehand in 64 bits.
        np.testing.assert_allclose(x, y, rtol=2e-4, atol=2e-6, err_msg=what)


def _parts(config):
    return [getattr(config, field.name) for field in dataclasses.fields(config)]


def _judge(values, base, changed, fit):
    """Members that differ from the first in one setting each, the last in all, against each of them alone.

    `base` and `changed`: two configs, all other settings of which are constants of their programs.
    """
    grid = {name: [*column, values[name]] for name, column in _one_each(values, base).items()}
    count = len(values) + 2
    together = fit(hyper=grid, members=[3] * count)
    for number in range(count):
        own = _numbers(together, number)
        alone = fit(hyper={name: [column[number]] for name, column in grid.items()}, members=[3])
        for x, y in zip(own, _numbers(alone), strict=True):
            np.testing.assert_array_equal(x, y)
        if number:
            assert _differ(own, _numbers(together)), number
    for place, constant in ((0, fit()), (count - 1, changed())):
        _assert_close(_numbers(together, place), _numbers(constant), f"constants, member {place}")


def test_every_setting_of_training_is_a_members_own():
    fit = lambda config=CONFIG, **options: _fit(config, **options)
    _judge(TRAINING, _parts(CONFIG), lambda: fit(CONFIG.with_fields(**TRAINING)), fit)


def test_momentum_is_a_members_own():
    config = CONFIG.with_fields(rule="sgd", learning_rate=1e-2)
    together = _fit(config, {"momentum": [0.0, 0.9]}, [3, 3])
    for place, value in enumerate((0.0, 0.9)):
        _assert_close(
            _numbers(together, place), _numbers(_fit(config.with_fields(momentum=value))), f"momentum {value}"
        )


def test_every_number_of_infomax_is_a_members_own(monkeypatch):
    """Constants, too, take the ends of the code by their places here: see `infomax.discriminate`."""
    plain = infomax.discriminate
    monkeypatch.setattr(infomax, "discriminate", lambda *arguments: plain(*arguments[:4], True))
    base = InfoMaxConfig(code="sigmoid", shuffles="fixed", weight_updates=4)
    # Adam would make a whole step of a gradient that is nothing but rounding.
    config = CONFIG.with_fields(rule="sgd", learning_rate=1e-3)

    def fit(reading=base, **options):
        return _fit(config, objective=fits.by_information(reading), net=ENCODER, data=PAIRS, **options)

    _judge(BOUNDED, [base], lambda: fit(dataclasses.replace(base, **BOUNDED)), fit)


def test_side_by_side_is_one_after_another():
    grid = {"dropout": [0.1, 0.4], "beta1": [0.9, 0.5], "l1": [0.0, 1e-2], "clip": [0.0, 1e-3]}
    together, beside = (_fit(CONFIG, grid, [3, 5], mode=mode) for mode in ("map", "vmap"))
    for place in range(2):
        _assert_close(_numbers(beside, place), _numbers(together, place), "vmap")


def test_other_values_compile_nothing():
    """Nor does another config whose settings the members have of their own."""
    grid = {"dropout": [0.1, 0.4], "beta1": [0.9, 0.5], "l1": [0.0, 1e-2], "clip": [0.0, 1e-3]}
    first = _fit(CONFIG, grid, [3, 5])
    with jax.log_compiles(), _compiled() as names:
        again = _fit(
            CONFIG.with_fields(dropout=0.3, beta1=0.7, l1=0.5, clip=0.1),
            {name: [2 * values[1] / 3, values[0]] for name, values in grid.items()},
            [3, 5],
        )
    assert not [name for name in names if "epoch" in name or "init" in name or "run" in name], names
    assert _differ(_numbers(first), _numbers(again))


def test_dropout_of_recurrent_layers_too():
    net = spec.NetworkSpec(
        "recurrent", 12, 1, (spec.Conv(4, 3, dropout=0.0),), recurrent=spec.Recurrent(3, 2, dropout=0.5)
    )
    variables = forward.init(net, keys.root(0))
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, (5, 12)), 4)
    run = jax.jit(lambda rate: forward.apply_train(net, variables, x, keys.root(1), {"dropout": rate})[0])
    for rate in (0.5, 0.2):
        known = spec.with_dropout(net, rate)
        expected = jax.jit(lambda known=known: forward.apply_train(known, variables, x, keys.root(1))[0])()
        np.testing.assert_allclose(run(rate), expected, rtol=1e-6)
    assert not np.allclose(run(0.5), run(0.2))


def test_what_members_cannot_differ_in_is_named():
    with pytest.raises(
        ValueError, match="cannot differ in 'norm_epsilon'; they can in: learning_rate, weight"
    ):
        _fit(CONFIG, {"norm_epsilon": [1e-3]})
    with pytest.raises(
        ValueError, match="cannot differ in 'scale'; they can in: .*l2, l1, dropout, norm_decay"
    ):
        _fit(CONFIG, {"scale": [1.0]})
    with pytest.raises(ValueError, match="2 values of dropout for 1 members"):
        _fit(CONFIG, {"dropout": [0.1, 0.2]})


def test_a_checkpoint_of_other_values_is_refused(tmp_path):
    run = loop.Run(tmp_path, resume=True, quiet=True)
    options = dict(config=CONFIG)
    fits.fit(small.NET, *DATA, **options, members=loop.Members([3], keys.root(0), {"l1": [0.1]}), run=run)
    with pytest.raises(ValueError, match="the checkpoint was trained with l1"):
        fits.fit(small.NET, *DATA, **options, members=loop.Members([3], keys.root(0), {"l1": [0.2]}), run=run)


def test_all_numbers_of_a_config_are_members_or_named_here():
    """A new number has to be sorted in."""
    floats = {
        field.name
        for part in _parts(CONFIG)
        for field in dataclasses.fields(part)
        if field.type in ("float", "float | None", float, float | None)
    }
    members = {name for names in presets.HYPERPARAMETERS.values() for name in names}
    assert floats - members == {"norm_epsilon"} and members <= floats
    assert members == {*TRAINING, "momentum"}
    assert {
        field.name for field in dataclasses.fields(InfoMaxConfig) if field.type in ("float", float)
    } == set(BOUNDED)
