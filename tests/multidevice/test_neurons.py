"""Neurons spread over eight devices are decoded alike. Run in a process of its own, see `test_members`."""

import collections
import itertools
import threading

import jax
import numpy as np
import pytest

from jaxmotif import files
from jaxmotif.neuronmotif import decode_layer, memory, spread
from jaxmotif.neuronmotif.sample import sampling
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8, reason="needs 8 devices: see test_members for the XLA_FLAGS"
)
SEARCH = Sampling(population=60, generations=25, patience=4, cap=20, exact_up_to=0, walk=10, polish=2)
SETTINGS = decode_layer.Settings(SEARCH, Decoupling(draws=4, fewest=5), motif_seeds=False)


@pytest.fixture(autouse=True)
def side_by_side(monkeypatch):
    """The accelerator's way on this machine, which otherwise runs neurons in threads.

    Every device compiles its own copy of each program, which is not what is tested: quickly, then.
    """
    monkeypatch.setattr(spread, "on_cpu", lambda: False)
    before = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    jax.clear_caches()
    yield
    jax.config.update("jax_disable_most_optimizations", before)
    jax.clear_caches()


def test_neurons_on_eight_devices_equal_neurons_on_one(monkeypatch, tmp_path):
    # Twenty neurons: more than the devices take at first.
    network = tiny_stacks.random_stack(conv(3, 3, 2), conv(20, 2), seed=5, bias=0.1)
    # One neuron after another on each: batches of another size may round otherwise.
    monkeypatch.setattr(memory, "side_by_side", lambda each, most: 1)
    used = set()
    finished = sampling._finished

    def told(neuron, state, at, settings):
        used.update(state.high.devices())
        return finished(neuron, state, at, settings)

    monkeypatch.setattr(sampling, "_finished", told)
    found = {}
    for devices in (8, 1):
        monkeypatch.setattr(spread, "devices", lambda count=devices: jax.local_devices()[:count])
        used.clear()
        layer = decode_layer.decode_layer(network, 2, None, None, SETTINGS, tmp_path / str(devices))
        assert len(used) == devices
        parts = [files.load_npz(tmp_path / str(devices) / "layer2" / f"neuron{c}.npz") for c in range(20)]
        found[devices] = layer, parts
    (eight, many), (one, few) = found[8], found[1]
    assert (~one.dead).sum() >= 16 and (one.steps[~one.dead] >= SEARCH.walk).all()
    for mine, other in zip(many, few, strict=True):
        assert mine.keys() == other.keys()
        for field in mine:
            np.testing.assert_array_equal(mine[field], other[field], err_msg=field)
    np.testing.assert_array_equal(eight.ppm, one.ppm)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_work_is_done_once_by_whichever_device_is_free(monkeypatch, count):
    monkeypatch.setattr(spread, "devices", lambda: jax.local_devices()[:count])
    left = collections.deque(range(20))

    def work():
        while left:
            yield left.popleft()

    assert sorted(spread.on_each(work)) == list(range(20))
    everybody = threading.Barrier(count)  # nobody goes on before all are at work

    def square(number):
        if number < count:
            everybody.wait(timeout=60)
        return jax.numpy.asarray(number) ** 2

    done = list(spread.over(square, (number for number in range(20))))
    assert [(item, int(squared)) for item, squared in done] == [(item, item**2) for item in range(20)]
    assert len({device for _, squared in done for device in squared.devices()}) == count


@pytest.mark.parametrize("count", [1, 3])
def test_what_goes_wrong_on_a_device_is_raised(monkeypatch, count):
    monkeypatch.setattr(spread, "devices", lambda: jax.local_devices()[:count])

    def wrong(item):
        if item == 2:
            raise ValueError("of the second")
        return item

    def work():
        yield wrong(2)

    with pytest.raises(ValueError, match="of the second"):
        list(spread.over(wrong, (number for number in range(5))))
    with pytest.raises(ValueError, match="of the second"):
        list(spread.on_each(work))
    # Whoever has seen enough leaves, and nobody goes on for long.
    taken = itertools.count()
    found = spread.on_each(lambda: iter(lambda: next(taken), None))
    next(found)
    found.close()
    assert next(taken) < 100_000
