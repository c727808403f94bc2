import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import sites

WEIGHTS = np.random.default_rng(1).normal(size=(5, 4, 3)).astype(np.float32)


def features(x_bl4):
    """VALID windows of five letters at every second position."""
    starts = np.arange(0, x_bl4.shape[1] - 4, 2)
    windows = x_bl4[:, starts[:, None] + np.arange(5)]
    return jnp.einsum("bpwc,wck->bpk", windows, WEIGHTS)


def _codes(n):
    return np.random.default_rng(0).integers(0, 4, (n, 24)).astype(np.uint8)


@pytest.mark.parametrize("batch_size", [4, 19, None])
def test_equals_sorting_everything(batch_size):
    codes = _codes(19)
    top = sites.top_sites(features, codes, width=5, left=0, stride=2, n=7, batch_size=batch_size)
    everything = np.asarray(features(dna.one_hot(codes)))
    for k in range(3):
        best = sorted(range(19), key=lambda i: -everything[i, :, k].max())[:7]
        np.testing.assert_array_equal(top.sequence[k], best)
        np.testing.assert_array_equal(top.start[k], 2 * everything[best, :, k].argmax(1))
        np.testing.assert_allclose(top.activation[k], everything[best, :, k].max(1), rtol=1e-6)


def test_ties_follow_the_order_of_the_sequences():
    codes = np.repeat(_codes(1), 6, axis=0)
    top = sites.top_sites(features, codes, width=5, left=0, stride=2, n=99, batch_size=4)
    np.testing.assert_array_equal(top.sequence, [np.arange(6)] * 3)


def test_windows_hold_the_letters_and_four_beyond_the_ends():
    codes = _codes(3)
    top = sites.TopSites(np.array([[0, 2]]), np.array([[-2, 21]]), np.zeros((1, 2)))
    expected = [[4, 4, *codes[0, :3]], [*codes[2, 21:], 4, 4]]
    np.testing.assert_array_equal(sites.site_windows(codes, top, 5)[0], expected)
    assert sites.site_windows(codes, top, 5).dtype == np.uint8


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="got 0"):
        sites.top_sites(features, _codes(3), width=5, left=0, stride=2, n=0)
    with pytest.raises(ValueError, match="filter 2 has activations that are not finite"):
        sites.top_sites(lambda x: x.at[1, 0, 2].set(jnp.nan), _codes(3), width=1, left=0)
