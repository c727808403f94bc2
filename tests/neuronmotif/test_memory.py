"""What decoding is planned to take, against what the compiled programs say they take."""

import dataclasses
import resource

import jax
import jax.numpy as jnp
import pytest

from jaxmotif.neuronmotif import decode_layer, memory, spread
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.sample import sampling
from jaxmotif.neuronmotif.settings import DECOUPLING, SAMPLING
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv


@pytest.fixture(scope="module")
def whole():
    """Two neurons of 51 letters behind Basset's first layer, which is narrower here."""
    return tiny_stacks.random_stack(conv(60, 19, 3), conv(2, 11)).substructure(2)


def bytes_of(lowered) -> int:
    return lowered.compile().memory_analysis().temp_size_in_bytes


@pytest.mark.parametrize("parity", ["default", "text"])
def test_splitting_takes_what_it_is_planned_to(whole, parity):
    settings = decode_layer.Settings(SAMPLING[parity], DECOUPLING[parity])
    rows = decode_layer.sample_rows(settings.sampling)
    inputs = (
        jax.random.split(jax.random.key(0), 1),
        whole.select([0]),
        jax.ShapeDtypeStruct((1, rows, whole.width), jnp.uint8),
        jax.ShapeDtypeStruct((1, rows), jnp.float32),
    )
    taken = bytes_of(decode_layer._split.lower(*inputs, settings.sampling.bins, settings.decoupling))
    planned = decouple.neuron_bytes(whole, rows, settings.decoupling)
    assert 0.3 * planned < taken < planned
    # 12,000 rows of the map's 33 positions, of 95,000 or more that the text's settings keep.
    if parity == "text":
        assert taken < 2 * 4 * 12000 * 33 * 60 + 4 * rows * 4 * 51 < 4 * rows * 33 * 60


def test_as_many_as_fit_are_split_side_by_side(whole, monkeypatch):
    # Six times what one takes alone by its estimate: three take more than three times, compiled as one.
    settings = decode_layer.Settings(SAMPLING["text"], DECOUPLING["text"])
    rows = decode_layer.sample_rows(settings.sampling)
    alone = decouple.neuron_bytes(whole, rows, settings.decoupling)
    monkeypatch.setattr(spread, "on_cpu", lambda: False)
    monkeypatch.setattr(memory, "free_bytes", lambda: 6 * alone / memory.SHARE)
    count = decode_layer.split_chunk(whole, settings, 8)
    inputs = (
        jax.random.split(jax.random.key(0), count),
        whole.select([0] * count),
        jax.ShapeDtypeStruct((count, rows, whole.width), jnp.uint8),
        jax.ShapeDtypeStruct((count, rows), jnp.float32),
    )
    taken = bytes_of(decode_layer._split.lower(*inputs, settings.sampling.bins, settings.decoupling))
    assert count == 3 and 3 * alone < taken < 6 * alone


def test_searching_takes_what_it_is_planned_to():
    whole = tiny_stacks.random_stack(conv(300, 19, 3), conv(2, 11)).substructure(2)
    settings = SAMPLING["default"]
    part = whole.select([0])
    key = jax.random.split(jax.random.key(0), 1)
    state = jax.eval_shape(lambda key: sampling._start(key, part, None, settings), key)
    taken = bytes_of(sampling._run.lower(state, part, settings, 10))
    assert taken < sampling.neuron_bytes(whole, settings)
    # The maps of a whole population alone would take more.
    assert taken < 4 * settings.size(whole.width) * whole.map_values


def test_neurons_side_by_side_fit_the_memory_there_is(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 16 << 30)
    assert memory.side_by_side(1 << 30, 100) == 12
    assert memory.side_by_side(1 << 30, 5) == 5
    assert memory.side_by_side(100 << 30, 5) == 1


def test_what_the_shell_allows_counts(monkeypatch):
    free = memory.free_bytes()
    assert free > 0
    used = memory._field("/proc/self/status", "VmSize:")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (used + (1 << 20), -1))
    # This process may have grown a little since.
    assert memory.free_bytes() <= 1 << 20 < free


def test_a_sample_is_filled_up_to_one_of_a_few_sizes():
    assert [decode_layer.filled_rows(n, 100_000) for n in (0, 12_500, 12_501, 50_000, 99_999)] == [
        12_500,
        12_500,
        25_000,
        50_000,
        100_000,
    ]
    assert decode_layer.filled_rows(5, 11_000) == 11_000


def test_neurons_of_a_device_fit(whole, monkeypatch):
    monkeypatch.setattr(spread, "on_cpu", lambda: False)
    settings = decode_layer.Settings(SAMPLING["text"], DECOUPLING["text"])
    each = decode_layer._BESIDE_OTHERS * decouple.neuron_bytes(whole, 100_000, settings.decoupling)
    monkeypatch.setattr(memory, "free_bytes", lambda: 16 << 30)
    chunk = decode_layer.split_chunk(whole, settings, 1000)
    assert chunk * each <= 0.75 * (16 << 30) < (chunk + 1) * each
    all_at_once = dataclasses.replace(settings.decoupling, rows=0)
    assert (
        decode_layer.split_chunk(whole, dataclasses.replace(settings, decoupling=all_at_once), 1000) < chunk
    )
