"""Rows read on eight devices have the bits of one. Run in a process of its own, see `test_members`."""

import dataclasses

import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.interpret import ablation, attribution, effects, filters, temporal
from jaxmotif.models import host_blocks, spec
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import windows
from tests.helpers import compiled, tiny_stacks
from tests.helpers.tiny_stacks import conv

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8, reason="needs 8 devices: see test_members for the XLA_FLAGS"
)
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 5, (150, 30)).astype(np.uint8)
SPEC = spec.NetworkSpec("small", 30, 2, (spec.Conv(4, 5, pool=3), spec.Conv(6, 3, pool=2)), (spec.Dense(6),))
NETWORK = Network.from_members(SPEC, [compiled.weights(SPEC, seed) for seed in (0, 1)], strands="random")
ONE = NETWORK.member(0)
RECURRENT = spec.NetworkSpec("steps", 30, 1, (spec.Conv(4, 5),), recurrent=spec.Recurrent(3))


def _logits():
    return [NETWORK.logits(CODES, by_member=True), NETWORK.probabilities(CODES)]


def _attributed():
    return [
        attribution.attribute(NETWORK, CODES, method, 16, target=1) for method in ("signed", "integrated")
    ]


def _mutated():
    return [
        attribution.attribute(ONE, CODES[:20], "mutagenesis", 4),
        attribution.hypothetical_contributions(ONE, CODES[:20], "rescale", 8, references=2),
    ]


def _important():
    labels = np.random.default_rng(1).integers(0, 2, len(CODES))
    found = ablation.importance(ONE.ablated_score(CODES), CODES, labels, units=4, groups_at_once=5)
    return list(found)


def _effects():
    return list(effects.effects(ONE.ablated_score(CODES, target=None), CODES, 4, units_at_once=4))


def _sites():
    place = ONE.geometry(1)
    where = {"width": place.width, "left": place.left, "stride": place.jump, "batch_size": 16}
    # Unweighted sites are counted exactly in whatever order; weights are told up to the order of sums below.
    found = filters.activation_ppms(ONE.features(1), CODES, **where, rule="basset", weight=False)
    return [value for value in vars(found).values() if isinstance(value, np.ndarray)]


def _parts():
    network = Network.from_members(RECURRENT, [compiled.weights(RECURRENT)])
    return list(temporal.temporal_scores(network.part_probability(), CODES[:5]))


def _windows():
    stack = tiny_stacks.random_stack(conv(3, 3, 2), conv(4, 2), seed=5, bias=0.1)
    found = windows.windows_under(stack, 2, None, CODES % 4, batch_size=16)
    return [*found.strongest(7), *found.count(np.zeros(4))]


READINGS = (_logits, _attributed, _mutated, _important, _effects, _sites, _parts, _windows)


@pytest.fixture
def used(monkeypatch):
    """The devices that results lie on, as they come."""
    found = set()
    run = host_blocks._run

    def told(*given):
        result = run(*given)
        for leaf in jax.tree.leaves(result):
            found.update(shard.device for shard in leaf.addressable_shards)
        return result

    monkeypatch.setattr(host_blocks, "_run", told)
    return found


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: one.__name__)
def test_every_reading_has_the_same_bits_on_any_number_of_devices(reading, used, monkeypatch):
    results = {}
    for count in (1, 2, 8):
        monkeypatch.setattr(host_blocks, "devices", lambda n=count: jax.local_devices()[:n])
        used.clear()
        results[count] = reading()
        assert len(used) == count
    for count in (2, 8):
        for mine, other in zip(results[count], results[1], strict=True):
            np.testing.assert_array_equal(mine, other)
    assert any(np.ptp(value) > 0 for value in results[1])


def test_weighted_sites_are_the_same_up_to_the_order_of_sums(used, monkeypatch):
    where = {"width": 5, "left": 2, "batch_size": 16, "rule": "koo"}
    found = {}
    for count in (1, 8):
        monkeypatch.setattr(host_blocks, "devices", lambda n=count: jax.local_devices()[:n])
        found[count] = filters.activation_ppms(ONE.features(1), CODES, **where).ppm
    np.testing.assert_allclose(found[8], found[1], rtol=1e-6, atol=1e-7)


def test_a_second_call_compiles_nothing():
    compilations = []

    def listen(event, *_, **__):
        if event.endswith("backend_compile_duration"):
            compilations.append(event)

    net = dataclasses.replace(SPEC, length=29)
    codes, labels = CODES[:, 1:], RNG.integers(0, 2, len(CODES))
    networks = [Network.from_members(net, [compiled.weights(net, seed)]) for seed in (5, 6)]

    def read(network, codes):
        network.logits(codes)
        attribution.attribute(network, codes, "signed", 16)
        ablation.importance(network.ablated_score(codes), codes, labels[: len(codes)], units=4)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        read(networks[0], codes)
        assert compilations
        compilations.clear()
        # Other weights, and another number of rows.
        read(networks[1], codes[:140])
        assert not compilations
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def test_one_block_and_a_thread_with_a_device_of_its_own_take_one_device(used):
    NETWORK.logits(CODES[:10])
    assert len(used) == 1
    used.clear()
    with jax.default_device(jax.local_devices()[3]):
        mine = NETWORK.logits(CODES)
    assert used == {jax.local_devices()[3]}
    np.testing.assert_array_equal(mine, NETWORK.logits(CODES))


def test_a_function_of_the_user_is_spread(used):
    def gc_content(x_bl4):
        return x_bl4[:, :, 1:3].sum((1, 2))[:, None], {}

    net = jm.Network.from_function(gc_content, length=30)
    np.testing.assert_array_equal(net.logits(CODES)[:, 0], ((CODES == 1) | (CODES == 2)).sum(axis=1))
    assert len(used) == 8


def test_bad_scores_are_told_on_several_devices():
    with pytest.raises(ValueError, match=r"score_masked must give logits \(B, T\)"):
        effects.effects(lambda x, keep: x.sum((1, 2)), CODES, 4)
