import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif.neuronmotif import substructure
from jaxmotif.neuronmotif.sample import enumeration, linear, reservoir
from jaxmotif.neuronmotif.settings import Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

BINS = 6
SETTINGS = Sampling(bins=BINS, cap=30, floor=0.0)

NETWORKS = {
    "one layer": ((conv(3, 6),), 6),
    "one layer of several blocks": ((conv(2, 8),), 8),
    "pooled": ((conv(3, 3, 2), conv(3, 2)), 6),
    "pooled, of several blocks": ((conv(3, 3, 3, activation="exp"), conv(2, 2)), 8),
    "three layers": ((conv(2, 2, 2), conv(2, 2, 1, stride=2), conv(2, 2)), 9),
    "overlapping pools": ((conv(3, 2, 3, pool_stride=1), conv(2, 3)), 6),
}


def by_hand(values, codes):
    """Maximum, counts, sums and letters of each bin, one neuron."""
    place = np.clip(np.ceil(values / values.max() * BINS) - 1, 0, BINS - 1).astype(int)
    member = (place[:, None] == np.arange(BINS)) & (values > 0)[:, None]
    letters = np.einsum("nb,nrc->brc", member.astype(float), np.eye(4)[codes])
    return member.sum(0), values @ member, letters


@pytest.mark.parametrize("name", NETWORKS)
def test_every_sequence_is_counted(name):
    convs, width = NETWORKS[name]
    network, layer = tiny_stacks.random_stack(*convs, seed=1, bias=0.0), len(convs)
    assert substructure.geometry(convs, layer).width == width
    codes = tiny_stacks.all_sequences(width)
    values = tiny_stacks.activations(network, layer, codes)[:, 0]
    channels = [values.shape[1] - 1, 0]
    found = enumeration.enumerate_neurons(network, layer, channels, SETTINGS, chunk=1)
    np.testing.assert_array_equal(found.neurons, channels)
    np.testing.assert_allclose(found.maximum, values[:, channels].max(0), rtol=1e-5)
    for at, channel in enumerate(channels):
        count, total, letters = by_hand(values[:, channel], codes)
        # Activations on the very edge of a bin may be rounded to either side.
        np.testing.assert_allclose(found.counts[at], count, atol=2)
        np.testing.assert_allclose(found.letters[at], letters, atol=2)
        np.testing.assert_allclose(found.sums[at], total, rtol=1e-4, atol=2 * values.max())
        sample = found.samples[at]
        drawn = reservoir.letters(sample.words, width)
        assert len(np.unique(drawn, axis=0)) == len(drawn) > 0
        again = tiny_stacks.activations(network, layer, drawn)[:, 0, channel]
        np.testing.assert_allclose(sample.values, again, rtol=1e-4, atol=1e-6)
        # As many of each bin as there are, or the cap.
        sampled = np.bincount(reservoir.bins_of(sample.values, BINS, found.maximum[at]), minlength=BINS)
        assert (sampled <= SETTINGS.cap + 1).all() and (
            sampled >= 0.7 * np.minimum(count, SETTINGS.cap) - 1
        ).all()


def test_the_strongest_sequence_is_always_in_the_sample():
    network = tiny_stacks.random_stack(conv(3, 3, 3), conv(6, 2), seed=4, bias=0.5)
    codes = tiny_stacks.all_sequences(8)
    values = tiny_stacks.activations(network, 2, codes)[:, 0]
    found = enumeration.enumerate_neurons(network, 2, range(6), Sampling(bins=3, cap=4, floor=0.0))
    for channel, sample in enumerate(found.samples):
        assert sample.values[0] == pytest.approx(values[:, channel].max(), rel=1e-5)
        best = reservoir.letters(sample.words[:1], 8)
        again = tiny_stacks.activations(network, 2, best)[0, 0, channel]
        assert again == pytest.approx(sample.values[0], rel=1e-5)


def test_blocks_run_through_all_sequences_in_order():
    blocks = [np.asarray(enumeration.block(jnp.uint32(number), 9)) for number in range(16)]
    np.testing.assert_array_equal(np.concatenate(blocks), tiny_stacks.all_sequences(9))
    np.testing.assert_array_equal(enumeration.block(jnp.uint32(0), 3), tiny_stacks.all_sequences(3))


def test_motif_of_bins_is_weighted_by_their_activation():
    rng = np.random.default_rng(0)
    counts, sums = np.array([5, 0, 2.0]), np.array([1.0, 0, 6.0])
    letters = rng.multinomial(5, [0.25] * 4, (3, 7)) * np.array([1, 0, 0.4])[:, None, None]
    want = 0.2 * letters[0] / 5 + 3.0 * letters[2] / 2
    found = enumeration.ppm(counts, sums, letters)
    np.testing.assert_allclose(found, want / want.sum(1, keepdims=True))
    np.testing.assert_array_equal(enumeration.ppm(np.zeros(3), np.zeros(3), letters * 0), 0.25)


@pytest.mark.parametrize("width, bias", [(1, 0.4), (4, -0.5), (7, 0.0), (7, -2.5)])
def test_first_layer_without_trying_sequences(width, bias):
    kernel = np.random.default_rng(width).normal(size=(width, 4))
    codes = tiny_stacks.all_sequences(width)
    values = kernel[np.arange(width), codes].sum(1) + bias
    found = linear.exact(kernel, bias, BINS, grid=1 << 16)
    assert found.maximum == pytest.approx(values.max())
    assert kernel[np.arange(width), found.best].sum() + bias == pytest.approx(values.max())
    count, total, letters = by_hand(values, codes)
    np.testing.assert_allclose(found.mass, count / 4**width, atol=2.5 / 4**width)
    means, share = total / np.maximum(count, 1), letters / np.maximum(count, 1)[:, None, None]
    many = count > 200
    np.testing.assert_allclose(found.means[many], means[many], rtol=0.01)
    np.testing.assert_allclose(found.letters[many], share[many], atol=0.01)
    np.testing.assert_allclose(linear.ppm(found), enumeration.ppm(count, total, letters), atol=0.015)


def test_a_first_layer_neuron_that_nothing_activates():
    kernel = np.random.default_rng(0).normal(size=(5, 4))
    found = linear.exact(kernel, -50.0, BINS)
    assert found.maximum < 0 and not found.mass.any()
    np.testing.assert_array_equal(linear.ppm(found), 0.25)
    flat = linear.exact(np.zeros((3, 4)), 2.0, BINS)
    assert flat.maximum == 2 and flat.mass.tolist() == [0] * (BINS - 1) + [1]
    np.testing.assert_array_equal(linear.ppm(flat), 0.25)


def test_too_many_letters_are_refused():
    with pytest.raises(ValueError, match="layer 1 of tiny sees 13 letters; 12 at most"):
        enumeration.enumerate_neurons(tiny_stacks.random_stack(conv(2, 13)), 1, [0], SETTINGS)
