"""What is said of devices, and which share batches where a command says so."""

import contextlib
import io
import warnings

import numpy as np
import pytest

from jaxmotif.models import spec
from jaxmotif.training import devices, fit
from jaxmotif.training.config import TrainConfig

DATA = {"sequences": np.zeros((30, 20), np.uint8), "labels": np.zeros((30, 1), np.float32)}
NETWORK = spec.NetworkSpec("small", 20, 1, (spec.Conv(2, 3, pool=20),))


@pytest.fixture
def announced():
    devices.announce.cache_clear()
    yield
    devices.announce.cache_clear()


@pytest.mark.parametrize("there,asked,warned", [(True, "", 1), (True, "cpu", 0), (False, "", 0)])
def test_a_gpu_that_is_left_alone_is_told_once(there, asked, warned, announced, monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "DRIVER", tmp_path if there else tmp_path / "none")
    monkeypatch.setenv("JAX_PLATFORMS", asked)
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(said):
        warnings.simplefilter("always")
        for _ in range(2):
            devices.announce()
    told = [str(one.message) for one in caught if "NVIDIA" in str(one.message)]
    assert len(told) == warned and all("jaxmotif[cuda]" in one for one in told)
    assert said.getvalue().count("training on cpu: ") == 1


def test_batches_are_shared_as_the_command_says(monkeypatch):
    monkeypatch.setattr(devices, "data_devices", 3)
    config = TrainConfig().with_fields(epochs=1, batch_size=10)
    with pytest.raises(ValueError, match="3 devices cannot share a batch of 10"):
        fit.fit(NETWORK, DATA, DATA, config, run=fit.Run(quiet=True))
    fit.fit(NETWORK, DATA, DATA, config, run=fit.Run(quiet=True, data_devices=1))
