"""Members spread over eight devices give the same results. Run in a process of its own:

XLA_FLAGS=--xla_force_host_platform_device_count=8 pytest tests/multidevice
"""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxmotif import keys, shuffling
from jaxmotif.models import spec
from jaxmotif.objectives.infomax import infomax
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import ensemble, loop, stream
from jaxmotif.training.config import ScheduleConfig
from jaxmotif.training.step import make_epoch

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8, reason="needs 8 devices: see this file's docstring for the XLA_FLAGS"
)
NET = spec.NetworkSpec("small", 30, 1, (spec.Conv(4, 5, pool=3),), (spec.Dense(6),))


def _train(members, devices, **options):
    rng = np.random.default_rng(0)
    data = {
        "sequences": jnp.asarray(rng.integers(0, 4, (64, 30)), jnp.uint8),
        "labels": jnp.asarray(rng.integers(0, 2, (64, 1)), jnp.float32),
    }
    return loop.train(
        supervised(NET),
        optax.adam(1e-2),
        ScheduleConfig(3, 16, save_every=1, patience=0),
        data,
        data,
        loop.Members(
            members,
            keys.root(0),
            **{k: v for k, v in options.items() if k in ("hyperparameters", "own_data")},
        ),
        loop.Run(
            quiet=True,
            devices=devices,
            **{k: v for k, v in options.items() if k not in ("hyperparameters", "own_data")},
        ),
    )[0]


def test_sharded_members_equal_members_on_one_device():
    one = _train(range(8), jax.devices()[:1])
    eight = _train(range(8), jax.devices())
    assert len(eight.step.sharding.device_set) == 8
    for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(eight.params), strict=True):
        np.testing.assert_array_equal(a, b)


def test_members_that_prepare_their_data_may_be_sharded():
    net = spec.NetworkSpec("small", 30, 3, (spec.Conv(4, 5, pool=3, norm="none"),))
    codes = jnp.asarray(np.random.default_rng(0).integers(0, 4, (64, 30)), jnp.uint8)
    data = {"sequences": codes, "shuffles": shuffling.other_shuffle(keys.root(0), codes)}
    one, eight = (
        loop.train(
            infomax(net),
            optax.adam(1e-2),
            ScheduleConfig(2, 16, patience=0),
            data,
            data,
            loop.Members(range(8), keys.root(0)),
            loop.Run(quiet=True, devices=devices),
        )[0]
        for devices in (jax.devices()[:1], jax.devices())
    )
    for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(eight.params), strict=True):
        # Sums may be cut differently for a device with fewer threads: the last bit.
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("count", [3, 5, 9, 11, 20])
def test_any_number_of_members_is_spread_and_none_changes(count):
    one = _train(range(count), jax.devices()[:1])
    eight = _train(range(count), jax.devices())
    assert len(eight.step) == count
    assert ensemble.mesh_of(count).size == min(count, 8)
    for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(eight.params), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "members,groups,data", [(1, 1, 8), (2, 2, 4), (3, 2, 4), (5, 4, 2), (7, 4, 2), (8, 8, 1), (20, 8, 1)]
)
def test_all_devices_are_used_where_batches_may_be_shared(members, groups, data):
    mesh = ensemble.mesh_of(members, data_devices=0, batch_size=64)
    assert (mesh.shape["members"], mesh.shape["data"]) == (groups, data)
    # A batch that does not divide is shared by fewer.
    mesh = ensemble.mesh_of(members, data_devices=0, batch_size=6)
    assert 6 % mesh.shape["data"] == 0
    with pytest.raises(ValueError, match="3 devices cannot share a batch of 64"):
        ensemble.mesh_of(members, data_devices=3, batch_size=64)


@pytest.mark.parametrize("members,shared", [(1, 8), (3, 2), (3, 0)])
def test_devices_that_share_batches_give_the_same_up_to_the_order_of_sums(members, shared):
    one = _train(range(members), jax.devices()[:1])
    split = _train(range(members), jax.devices(), data_devices=shared)
    for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(split.params), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_shared_batches_are_really_spread():
    """Each of eight devices multiplies two of 16 rows: the compiled program says so."""
    mesh = ensemble.mesh_of(1, data_devices=8, batch_size=16)
    rng = np.random.default_rng(0)
    data = {
        "sequences": jnp.asarray(rng.integers(0, 4, (64, 30)), jnp.uint8),
        "labels": jnp.asarray(rng.integers(0, 2, (64, 1)), jnp.float32),
    }
    epoch = make_epoch(supervised(NET), optax.adam(1e-2), batch_size=16, spread=ensemble.split_batches(mesh))
    run = ensemble.compile_epoch(epoch, mesh)
    state = ensemble.init_members(supervised(NET), optax.adam(1e-2), keys.root(0), [0], data)
    state, (data, _) = ensemble.place(state, (data, data), mesh)
    plan, seen = run.begin(state, data)
    text = run.segment.lower(state, seen, plan, data, 0, 4).compile().as_text()
    assert "all-reduce" in text
    # Windows of the first convolution: 30 positions of two rows, not of sixteen.
    assert "f32[60,20]" in text and "f32[480,20]" not in text


@pytest.mark.parametrize("devices", [1, 3])
def test_another_number_of_devices_continues(tmp_path, devices):
    whole = _train(range(5), jax.devices())
    _train(range(5), jax.devices(), directory=tmp_path)
    shutil.rmtree(tmp_path / "checkpoints" / "3")
    resumed = _train(range(5), jax.devices()[:devices], directory=tmp_path, resume=True)
    for a, b in zip(jax.tree.leaves(whole.params), jax.tree.leaves(resumed.params), strict=True):
        np.testing.assert_array_equal(a, b)


def test_sharded_training_resumes(tmp_path):
    whole = _train(range(8), jax.devices())
    _train(range(8), jax.devices(), directory=tmp_path)
    shutil.rmtree(tmp_path / "checkpoints" / "3")
    resumed = _train(range(8), jax.devices(), directory=tmp_path, resume=True)
    for a, b in zip(jax.tree.leaves(whole.params), jax.tree.leaves(resumed.params), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("data_devices", [1, 2])
def test_rows_that_are_read_ahead_go_to_the_devices_of_their_members(data_devices, monkeypatch):
    """Three members on four places, in windows of two steps."""
    monkeypatch.setattr(stream, "WINDOW", 3 * 2 * 16 * (30 + 4))
    devices = jax.devices()[: 2 * data_devices]
    resident = _train(range(3), devices, data_devices=data_devices, stream="no")
    streamed = _train(range(3), devices, data_devices=data_devices, stream="yes")
    assert len(streamed.step.sharding.device_set) == len(resident.step.sharding.device_set)
    for a, b in zip(jax.tree.leaves(resident.params), jax.tree.leaves(streamed.params), strict=True):
        np.testing.assert_array_equal(a, b)
