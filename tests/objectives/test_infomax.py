"""InfoMax against the full outer product, closed forms, and a planted motif."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna, keys, shuffling
from jaxmotif.models import blocks, spec
from jaxmotif.objectives import infomax
from jaxmotif.training import loop, presets
from jaxmotif.training.config import ScheduleConfig, TrainConfig
from tests.helpers import compiled

NET = spec.NetworkSpec(
    "small",
    40,
    5,
    (spec.Conv(6, 7, pool=4, norm="none"), spec.Conv(5, 3, pool=2, norm="none")),
    (spec.Dense(8, norm="none"),),
)


SHALLOW = spec.NetworkSpec("shallow", 40, 5, (spec.Conv(6, 7, pool=8, norm="none"),))
other_shuffle = jax.jit(shuffling.other_shuffle)


def _data(rows: int, seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (rows, 40)).astype(np.uint8)
    codes[:, 10:18] = [0, 1, 3, 3, 2, 1, 0, 2]
    # Letters in any other order serve where pairs of letters need not be kept.
    return {"sequences": jnp.asarray(codes), "shuffles": jnp.asarray(rng.permuted(codes, axis=1))}


def _outer(local_blf, code_bp, axis):
    """Equation 2 as it is written."""
    product_blfp = local_blf[:, :, :, None] * code_bp[:, None, None, :]
    return product_blfp.max((axis, 3))


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("axis", [1, 2])
def test_four_products_equal_the_outer_product(relu, axis):
    rng = np.random.default_rng(1)
    local = jnp.asarray(rng.normal(size=(9, 13, 7)), jnp.float32)
    code = jnp.asarray(rng.normal(size=(9, 5)), jnp.float32)
    # Codes of one sign too: there another of the four products is the largest.
    code = code.at[:3].set(-jnp.abs(code[:3])).at[3:6].set(jnp.abs(code[3:6]))
    direction = jnp.asarray(rng.normal(size=(9, 13 if axis == 2 else 7)), jnp.float32)
    act = jax.nn.relu if relu else (lambda x: x)

    def total(function):
        return lambda local, code: (direction * jnp.tanh(function(act(local), code, axis))).sum()

    np.testing.assert_array_equal(
        infomax.discriminate(act(local), code, axis), _outer(act(local), code, axis)
    )
    gradient = lambda function: jax.jit(jax.grad(total(function), (0, 1)))(local, code)
    ours, theirs = gradient(infomax.discriminate), gradient(_outer)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("axis", [1, 2])
def test_the_shortcut_for_codes_above_zero_changes_nothing(axis):
    rng = np.random.default_rng(2)
    local = jnp.asarray(np.maximum(rng.normal(size=(9, 13, 7)), 0), jnp.float32)
    code = jnp.asarray(rng.random((9, 5)), jnp.float32)
    short = lambda *codes: infomax.discriminate(*codes, axis, nonnegative=True)
    np.testing.assert_array_equal(short(local, code), _outer(local, code, axis))
    assert "reduce_min" not in str(jax.make_jaxpr(short)(local, code))
    total = lambda function: lambda *codes: jnp.tanh(function(*codes)).sum()
    gradient = lambda function: jax.jit(jax.grad(total(function), (0, 1)))(local, code)
    ours, theirs = gradient(short), gradient(lambda *codes: _outer(*codes, axis))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_only_codes_that_cannot_be_negative_take_the_shortcut():
    case = lambda activation, code: infomax.nonnegative(
        spec.with_first_activation(NET, activation), infomax.InfoMaxConfig(code=code)
    )
    assert case("relu", "softmax") and case("exp", "sigmoid") and case("relu", "one")
    assert not case("relu", "linear") and not case("relu", "unit") and not case("tanh", "softmax")


def test_information_is_zero_without_scores_and_reaches_its_bounds():
    assert float(infomax.information(jnp.zeros(()), jnp.zeros(()))) == pytest.approx(0, abs=1e-6)
    assert float(infomax.information(jnp.float32(50), jnp.zeros(()))) == pytest.approx(np.log(2))
    assert float(infomax.information(jnp.float32(50), jnp.float32(-50))) == pytest.approx(2 * np.log(2))


def test_codes_have_their_ranges():
    z = jnp.asarray(np.random.default_rng(0).normal(size=(20, 5)) * 3, jnp.float32)
    code = lambda name: np.asarray(infomax.global_code(z, infomax.InfoMaxConfig(code=name)))
    np.testing.assert_array_equal(code("linear"), z)
    np.testing.assert_allclose(code("softmax").sum(1), 5, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(code("unit"), axis=1), 5, rtol=1e-5)
    assert code("sigmoid").min() >= 0.5 and code("sigmoid").max() <= 5
    np.testing.assert_array_equal(code("one"), np.ones_like(z))


@pytest.mark.parametrize("local", ["full", "pooled"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("reading", infomax.READINGS)
def test_loss_is_equations_1_to_3_written_out(reading, reduction, local):
    config = infomax.InfoMaxConfig(reading=reading, reduction=reduction, local=local, last_weight=0.25)
    objective = infomax.infomax(NET, config)
    data = _data(8)
    variables = compiled.weights(NET)
    params = variables["params"]
    state = {"batch_stats": variables["batch_stats"], "updates": jnp.zeros((), jnp.int32)}
    measured = jax.jit(objective.validate)(params, state, data)

    # The network by numpy alone, without dropout.
    def convolve(x, kernel):
        width = kernel.shape[0]
        padded = np.pad(x, ((0, 0), ((width - 1) // 2, width // 2), (0, 0)))
        return np.maximum(sum(padded[:, i : i + x.shape[1]] @ kernel[i] for i in range(width)), 0)

    def pool(x, size):
        return x.reshape(len(x), -1, size, x.shape[2]).max(2)

    p = jax.tree.map(np.asarray, params)
    own = convolve(np.asarray(dna.one_hot(data["sequences"])), p["conv1"]["kernel"])
    other = convolve(np.asarray(dna.one_hot(data["shuffles"])), p["conv1"]["kernel"])
    h = pool(convolve(pool(own, 4), p["conv2"]["kernel"]), 2).reshape(8, -1)
    z = np.maximum(h @ p["dense1"]["kernel"], 0) @ p["output"]["kernel"] + p["output"]["bias"]
    code = 5 * np.exp(z) / np.exp(z).sum(1, keepdims=True)
    if local == "pooled":
        own, other = pool(own, 4), pool(other, 4)

    def term(axis):
        d = lambda x: (x[..., None] * code[:, None, None, :]).max((axis, 3))
        value = 2 * np.log(2) - np.log1p(np.exp(-d(own))) - np.log1p(np.exp(d(other)))
        return (value.sum(1) if reduction == "sum" else value.mean(1)).mean()

    weight = {"position": 0.0, "filter": 1.0, "mixed": 0.25}[reading]
    expected = (1 - weight) * term(2) + weight * term(1)
    assert float(measured["loss"]) == pytest.approx(-expected, rel=1e-4, abs=1e-5)
    units = own.shape[2] if reading == "filter" else own.shape[1]
    ceiling = np.log(2) * (units if reduction == "sum" else 1)
    assert float(measured["ceiling"]) == pytest.approx(ceiling, rel=1e-6)
    assert float(measured["estimate"]) == pytest.approx(
        term(1 if reading == "filter" else 2), rel=1e-4, abs=1e-5
    )
    assert float(measured["estimate"]) < ceiling


def test_the_weight_falls_during_the_updates_asked_for():
    config = infomax.InfoMaxConfig(filter_weight=0.5, last_weight=0.1, weight_updates=100)
    assert [round(float(config.weight(u)), 4) for u in (0, 50, 100, 5000)] == [0.5, 0.3, 0.1, 0.1]
    at_once = infomax.InfoMaxConfig(weight_updates=0)
    assert float(at_once.weight(0)) == float(at_once.weight(9)) == pytest.approx(0.1)
    assert float(infomax.InfoMaxConfig(reading="position").weight(3)) == 0
    assert float(infomax.InfoMaxConfig(reading="filter").weight(3)) == 1


def test_shuffles_are_drawn_anew_each_epoch_and_never_equal_their_source():
    data = _data(1500)
    # Few other shuffles: the one C among A is often drawn where it was.
    tiny = np.full((1500, 40), 0, np.uint8)
    tiny[:, 20] = 1
    for codes in (data["sequences"], jnp.asarray(tiny)):
        objective = infomax.infomax(NET)
        prepare = jax.jit(objective.prepare)
        one, two = (prepare(keys.root(i), {"sequences": codes})["shuffles"] for i in (0, 1))
        assert not np.array_equal(one, two)
        for shuffles in (one, two):
            assert (np.asarray(shuffles) != np.asarray(codes)).any(1).all()
            pairs = lambda c: np.sort(np.asarray(c)[:, :-1].astype(int) * 5 + np.asarray(c)[:, 1:], axis=1)
            np.testing.assert_array_equal(pairs(shuffles), pairs(codes))
    fixed = infomax.infomax(NET, infomax.InfoMaxConfig(shuffles="fixed"))
    assert fixed.prepare(keys.root(0), data) == {}
    homopolymer = jnp.zeros((3, 40), jnp.uint8)
    np.testing.assert_array_equal(other_shuffle(keys.root(0), homopolymer), homopolymer)


def _train(config, epochs, members=(0,), **options):
    return loop.train(
        infomax.infomax(SHALLOW, config),
        presets.optimizer(TrainConfig().with_fields(learning_rate=options.pop("rate", 1e-2))),
        ScheduleConfig(epochs, 16, save_every=1, patience=0),
        _data(64),
        _data(32, 1),
        loop.Members(
            members,
            keys.root(0),
            **{k: v for k, v in options.items() if k in ("hyperparameters", "own_data")},
        ),
        loop.Run(
            quiet=True, **{k: v for k, v in options.items() if k not in ("hyperparameters", "own_data")}
        ),
    )


def test_training_finds_information_and_stays_below_the_ceiling():
    _, rows = _train(infomax.InfoMaxConfig(weight_updates=20), 20)
    last = rows[-1]
    assert last["valid/estimate"][0] > rows[0]["valid/estimate"][0] + 1
    assert 1 < last["valid/estimate"][0] < last["valid/ceiling"][0] == pytest.approx(40 * np.log(2))
    assert last["valid/collapsed"] == [0.0] and last["failed"] == [0]


def test_a_linear_code_collapses_and_says_so(caplog, tmp_path):
    # The output's bias alone decides the sign of the code once it is far below zero.
    config = infomax.InfoMaxConfig(code="linear", reading="position")
    objective = infomax.infomax(SHALLOW, config)

    def init(key, batch):
        params, state = objective.init(key, batch)
        params["output"]["bias"] = params["output"]["bias"] - 100.0
        return params, state

    for _again in range(2):  # a resumed run says the same
        with pytest.raises(loop.Failed, match="no positive component"):
            loop.train(
                objective._replace(init=init),
                presets.optimizer(TrainConfig().with_fields()),
                ScheduleConfig(5, 16, patience=0),
                _data(64),
                _data(32, 1),
                loop.Members([0, 1], keys.root(0)),
                loop.Run(quiet=True, directory=tmp_path, resume=True),
            )
    assert caplog.text.count("member 1, epoch 1") == 1


def test_resumed_equals_uninterrupted(tmp_path):
    config = infomax.InfoMaxConfig(weight_updates=10)
    whole, _ = _train(config, 4, (0, 3))
    _train(config, 2, (0, 3), directory=tmp_path)
    parts, _ = _train(config, 4, (0, 3), directory=tmp_path, resume=True)
    for a, b in zip(jax.tree.leaves(whole.params), jax.tree.leaves(parts.params), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "change,message",
    [
        ({"code": "tanh"}, "unknown code 'tanh'; known: linear"),
        ({"reading": "both"}, "unknown reading"),
        ({"scale": 0.0}, "scale must be above 0, got 0.0"),
        ({"filter_weight": 1.5}, "filter_weight must be at most 1, got 1.5"),
    ],
)
def test_bad_settings_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        infomax.InfoMaxConfig(**change)


def test_a_normalised_first_layer_is_refused():
    net = spec.NetworkSpec("CNN", 40, 5, (spec.Conv(6, 7),))
    with pytest.raises(ValueError, match="CNN: InfoMax needs a first convolution without"):
        infomax.infomax(net)
    with pytest.raises(ValueError, match="unknown strands"):
        infomax.infomax(NET, strands="both")


def test_rows_that_data_were_filled_up_with_do_not_count():
    validate = jax.jit(infomax.infomax(NET).validate)
    data = _data(8)
    variables = compiled.weights(NET)
    state = {"batch_stats": variables["batch_stats"], "updates": jnp.zeros((), jnp.int32)}
    measured = validate(variables["params"], state, blocks.filled(data, 21), 8)
    for name, value in validate(variables["params"], state, data).items():
        assert float(measured[name]) == pytest.approx(float(value), rel=1e-6)
