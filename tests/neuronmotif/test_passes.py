import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.neuronmotif import passes
from jaxmotif.neuronmotif.substructure import largest_array
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv


@pytest.mark.parametrize("n, rows, most", [(23, 30, 23), (24, 10, 8), (23, 10, 8), (60, 16, 15), (1, 8, 1)])
def test_rows_pass_a_few_at_a_time(n, rows, most):
    seen = []

    def function(x):
        seen.append(len(x))
        return x.sum(axis=1), {"squares": x * x}

    x = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    total, found = passes.over(function, jnp.asarray(x), rows)
    np.testing.assert_allclose(total, x.sum(axis=1), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found["squares"], x * x)
    assert max(seen) == most
    slope = jax.grad(lambda x: passes.over(function, x, rows)[1]["squares"].sum())(jnp.asarray(x))
    np.testing.assert_allclose(slope, 2 * x, rtol=1e-6)


def test_the_largest_array_is_a_map_or_what_a_convolution_reads():
    # 20 letters: 18 positions of 7, read by the second one as 8 windows of 2 x 7 after a pooling of 2.
    convs = conv(7, 3, 2), conv(30, 2, 2), conv(1, 3)
    assert largest_array(convs[:1], 20) == 18 * 12
    assert largest_array(convs[:2], 20) == 8 * 30
    assert largest_array((conv(1, 3, 2), convs[1]), 20) == 8 * 30
    assert largest_array((), 20) == 80


def test_activations_and_derivatives_do_not_depend_on_passes(monkeypatch):
    network = tiny_stacks.random_stack(conv(5, 3, 2), conv(6, 3, 2), conv(3, 2), seed=4)
    whole = network.substructure(3)
    codes = np.random.default_rng(1).integers(0, 4, (50, whole.width)).astype(np.uint8)
    want = tiny_stacks.activations(network, 3, codes)[:, 0]
    slope = jax.grad(lambda x: whole.neuron(1).activation(x).sum())
    x = jax.nn.one_hot(codes, 4)
    assert whole.pass_rows > 50
    before = slope(x)
    monkeypatch.setattr(passes, "CPU_FLOATS", 1)
    assert whole.pass_rows == passes.LEAST
    np.testing.assert_allclose(whole.activation(codes), want, atol=1e-5)
    np.testing.assert_allclose(whole.neuron(1).activation(codes), want[:, 1], atol=1e-5)
    np.testing.assert_allclose(slope(x), before, atol=1e-5)
