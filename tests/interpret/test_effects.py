"""Effects of units against a forward pass in numpy with a unit's map replaced by hand."""

import jax
import numpy as np
import pytest

from jaxmotif.interpret.effects import effects
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from tests.helpers import compiled

PLAIN = dict(norm="none", bias=True, padding="VALID", pool_padding="VALID", dropout=0.0)
SPEC = NetworkSpec("two", 20, 3, (Conv(5, 4, 2, **PLAIN), Conv(6, 3, **PLAIN)), reduce="max")


def correlate(x_blc, kernel_wcf, bias_f):
    windows = np.lib.stride_tricks.sliding_window_view(x_blc, len(kernel_wcf), axis=1)
    return np.maximum(np.einsum("bpcw,wcf->bpf", windows, kernel_wcf) + bias_f, 0)


def maps(params, codes):
    """What both layers hand on."""
    first = correlate(np.eye(4)[codes], params["conv1"]["kernel"], params["conv1"]["bias"])
    even = first.shape[1] // 2 * 2
    first = np.maximum(first[:, 0:even:2], first[:, 1:even:2])
    return first, correlate(first, params["conv2"]["kernel"], params["conv2"]["bias"])


def logits(params, second):
    return second.max(axis=1) @ params["output"]["kernel"] + params["output"]["bias"]


@pytest.fixture(scope="module")
def network():
    return Network.from_members(SPEC, [compiled.weights(SPEC, 4)], classes=("a", "b", "c"))


@pytest.mark.parametrize("layer", [1, 2])
def test_equals_replacing_each_map_by_hand(network, layer):
    codes = np.random.default_rng(0).integers(0, 4, (45, 20)).astype(np.uint8)
    params = jax.tree.map(lambda leaf: np.asarray(leaf[0], np.float64), network.variables["params"])
    first, second = maps(params, codes)
    whole, own = logits(params, second), (first, second)[layer - 1]
    size, shift = [], []
    for unit in range(own.shape[2]):
        changed = own.copy()
        changed[..., unit] = own[..., unit].mean()
        if layer == 1:
            changed = correlate(changed, params["conv2"]["kernel"], params["conv2"]["bias"])
        change = whole - logits(params, changed)
        size.append(np.abs(change).mean(axis=0))
        shift.append(change.mean(axis=0))
    score = network.ablated_score(codes, layer=layer, target=None)
    for batch_size, at_once in ((32, 8), (7, 2)):
        found = effects(score, codes, own.shape[2], batch_size=batch_size, units_at_once=at_once)
        np.testing.assert_allclose(found.size, size, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found.shift, shift, rtol=1e-4, atol=1e-5)
    most = np.max(size, axis=1)
    np.testing.assert_allclose(found.most, most, rtol=1e-4, atol=1e-5)
    assert found.order().tolist() == sorted(range(len(most)), key=lambda unit: -most[unit])
    kept = score(np.eye(4, dtype=np.float32)[codes], np.ones(own.shape[2], np.float32))
    np.testing.assert_allclose(kept, whole, rtol=1e-4, atol=1e-4)


def test_bad_input(network):
    codes = np.zeros((3, 20), np.uint8)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        effects(network.ablated_score(codes, target=None), codes, 0)
    with pytest.raises(ValueError, match=r"\(B, T\), not of shape \(32,\)"):
        effects(network.ablated_score(codes, target="b"), codes, 5)
    with pytest.raises(ValueError, match="not finite"):
        effects(lambda x, keep: x[:, :1, 0] / 0, codes, 5)
