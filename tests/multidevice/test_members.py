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
from jaxmotif.training import ensemble, loop
from jaxmotif.training.config import ScheduleConfig

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


def test_a_number_that_does_not_divide_uses_fewer_devices():
    assert ensemble.member_mesh(6).size == 6
    assert ensemble.member_mesh(9).size == 3
    assert ensemble.member_mesh(11) is None


def test_sharded_training_resumes(tmp_path):
    whole = _train(range(8), jax.devices())
    _train(range(8), jax.devices(), directory=tmp_path)
    shutil.rmtree(tmp_path / "checkpoints" / "3")
    resumed = _train(range(8), jax.devices(), directory=tmp_path, resume=True)
    for a, b in zip(jax.tree.leaves(whole.params), jax.tree.leaves(resumed.params), strict=True):
        np.testing.assert_array_equal(a, b)
