"""Mutagenesis on stretches of maps against substitution by hand and whole passes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import attribution, mutants
from jaxmotif.models import host_blocks, layers, zoo
from jaxmotif.models.network import Network
from tests.helpers import compiled

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 4, (2, 60)).astype(np.uint8)
KERNELS = [jnp.asarray(RNG.normal(size=shape), jnp.float32) for shape in ((5, 4, 6), (3, 6, 6), (2, 6, 6))]


def by_hand(score, codes_nl):
    """Score of every substitution less that of the sequence, one batch of all of them."""
    count, length = codes_nl.shape
    changed = np.repeat(codes_nl[:, None], 4 * length, axis=1).reshape(count, length, 4, length)
    places = np.arange(length)
    changed[:, places, :, places] = np.arange(4)
    scores = np.asarray(score(dna.one_hot(changed.reshape(-1, length)))).reshape(count, length, 4)
    return scores - np.asarray(score(dna.one_hot(codes_nl)))[:, None, None]


def chain(x):
    h = jax.nn.relu(layers.conv1d(x, KERNELS[0]))
    h = layers.max_pool(h, 3, 3)
    h = layers.conv1d(h, KERNELS[1], padding="VALID")
    return jax.nn.gelu(h).reshape(len(x), -1) @ jnp.arange(6.0 * (h.shape[1])) / 50


def residual(x):
    h = layers.conv1d(x, KERNELS[0], padding="VALID", stride=2)
    for rate in (1, 2, 3):
        h = h + jnp.tanh(layers.conv1d(h, KERNELS[1], rate=rate)) * KERNELS[1][:1, :1]
    return h.mean((1, 2))


def channels_first(x):
    """As networks of PyTorch: axes swapped, padded, overlapping pools, a norm over channels, even kernels."""
    h = jnp.swapaxes(jnp.pad(x, ((0, 0), (2, 1), (0, 0))), 1, 2)
    h = jax.lax.conv_general_dilated(
        h, KERNELS[0].transpose(2, 1, 0), (1,), [(1, 2)], dimension_numbers=("NCH", "OIH", "NCH")
    )
    h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 1, 4), (1, 1, 3), ((0, 0), (0, 0), (1, 2)))
    h = h - h.mean(axis=1, keepdims=True)
    h = jnp.concatenate([h, jnp.flip(h, 2)[:, :, ::-1]], axis=1)[:, :6]
    h = jax.lax.reduce_window(h, 0.0, jax.lax.add, (1, 1, 2), (1, 1, 1), ((0, 0), (0, 0), (0, 0))) / 2
    h = layers.conv1d(jnp.swapaxes(h, 1, 2), KERNELS[2], stride=2, padding="VALID")
    return jnp.where(h > 0, h, 0.1 * h)[:, 1:-1].max(1).sum(1)


def grouped(x):
    """Of letters by themselves, one axis more, and both strands."""

    def strand(x):
        h = jax.lax.conv_general_dilated(
            x,
            KERNELS[0][:, :1, :4],
            (1,),
            "SAME",
            dimension_numbers=("NWC", "WIO", "NWC"),
            feature_group_count=4,
        )
        h = jnp.exp(-h[:, None]).sum(-1, keepdims=True)
        return (h[:, 0, :, 0] * jnp.linspace(0, 1, h.shape[2])).sum(1)

    return strand(x) + 2 * strand(dna.reverse_complement_one_hot(x))


def cropped_and_padded(x):
    """Stretches that lie beyond the ends of what is left of a map."""
    h = layers.conv1d(x, KERNELS[0])[:, 12:-20]
    h = jnp.tanh(jnp.pad(h, ((0, 0), (20, 12), (0, 0)), constant_values=2.0))
    return h.reshape(len(x), -1) @ jnp.sin(jnp.arange(6.0 * h.shape[1]))


def reordered(x):
    """Letters in another order, as some networks of other programs read them, gates, and a wide kernel."""
    h = layers.conv1d(x[..., jnp.array([3, 0, 2, 1])], KERNELS[0], rate=2)
    gate, h = jnp.split(h, 2, axis=2)
    h = layers.conv1d(jax.nn.sigmoid(gate) * h, jnp.tile(KERNELS[1][:, :3], (3, 1, 1)), rate=3)
    return jnp.tanh(h)[:, ::2].mean((1, 2))


def to_the_ends(x):
    """Kernels that are as wide as what is left of a map, with padding on one side or none."""
    h = jnp.tanh(layers.conv1d(x, KERNELS[0], padding="VALID")[:, :20])
    for sides in ((6, 0), (0, 6), (1, 5)):
        h = h + jnp.tanh(
            jax.lax.conv_general_dilated(
                h, KERNELS[1], (1,), [sides], rhs_dilation=(3,), dimension_numbers=("NWC", "WIO", "NWC")
            )
        )
    return (h * jnp.sin(jnp.arange(20 * 6.0)).reshape(20, 6)).sum((1, 2))


def large(x):
    """Exponentials, masks and infinities: what is added to a large number is lost in it."""
    h = layers.conv1d(x, KERNELS[0])
    peak = jnp.exp(jnp.minimum(3 * h, 20.0))
    h = jnp.log1p(jnp.abs(layers.conv1d(peak, KERNELS[1])))
    h = jnp.where(h > 9, -1e9, h)
    h = jax.nn.sigmoid(layers.conv1d(h, KERNELS[1]))
    low = layers.conv1d(jnp.log(jax.nn.relu(x @ KERNELS[1][0, :4, :6])), jnp.abs(KERNELS[1]))
    return (h + jnp.exp(low))[:, 1:].mean((1, 2))


def rounded(x):
    """Products of bfloat16: what a letter does not reach has to cancel."""
    h = layers.conv1d(x, KERNELS[0], dtype="bfloat16")
    h = layers.conv1d(jnp.tanh(h), KERNELS[1], dtype="bfloat16")
    return h.reshape(len(x), -1) @ jnp.sin(jnp.arange(6.0 * h.shape[1]))


def everywhere(x):
    """Attention, a loop over positions and a sort: whole maps."""
    h = layers.conv1d(x, KERNELS[0])
    h = jax.nn.softmax(jnp.einsum("bic,bjc->bij", h, h) / 9) @ h
    h = jnp.sort(jnp.cumsum(h, 1), 1)
    last, _ = jax.lax.scan(lambda s, row: (jnp.tanh(s + row), None), h[:, 0], h.swapaxes(0, 1))
    return last.sum(1)


SCORES = (
    chain,
    residual,
    channels_first,
    grouped,
    cropped_and_padded,
    reordered,
    to_the_ends,
    large,
    rounded,
    everywhere,
)


@pytest.mark.parametrize("score", SCORES, ids=lambda one: one.__name__)
def test_every_substitution_is_that_by_hand(score):
    found = jax.jit(lambda x: mutants.changes(score, x))(dna.one_hot(CODES))
    expected = by_hand(jax.jit(score), CODES)
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())
    assert np.abs(expected).max() > 1e-3


@pytest.mark.parametrize("name", ["CNN-25 (4)", "CNN-RNN-small"])
def test_networks_on_both_strands(name):
    spec = zoo.get(name, length=60)
    network = Network.from_members(spec, [compiled.weights(spec, seed) for seed in (0, 1)], strands="random")
    found = jax.jit(functools.partial(attribution.mutagenesis, network.score()))(dna.one_hot(CODES))
    expected = by_hand(jax.jit(network.score()), CODES)
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())


def test_only_stretches_are_computed(monkeypatch):
    """No map of a convolutional network is made whole before its positions are joined."""
    made = []
    whole = mutants.Local.whole
    monkeypatch.setattr(mutants.Local, "whole", lambda one: made.append(one.base.shape) or whole(one))
    for score, after in ((chain, [(2, 18, 6)]), (residual, []), (reordered, [])):
        made.clear()
        jax.eval_shape(lambda x, score=score: mutants.changes(score, x), dna.one_hot(CODES))
        assert made == after


def test_n_has_no_values_and_other_weights_do_not_compile():
    codes = CODES.copy()
    codes[0, 7] = dna.N
    score = lambda scale: jax.tree_util.Partial(lambda w, x: w * chain(x), jnp.float32(scale))
    once = attribution.attribute(score(1), codes, "mutagenesis")
    assert not once[0, 7] and np.all(once[0, [6, 8]])
    own = jax.tree_util.Partial(_scaled, jnp.float32(1.0))
    first = attribution.attribute(own, codes, "mutagenesis")
    programs = host_blocks._run._cache_size()
    other = jax.tree_util.Partial(_scaled, jnp.float32(2.0))
    np.testing.assert_allclose(attribution.attribute(other, codes, "mutagenesis"), 2 * first, rtol=1e-5)
    assert host_blocks._run._cache_size() == programs


def test_functions_made_anew_do_not_compile():
    """A loop makes a lambda each time: what it does and what it holds are told apart."""
    made = lambda factor, held: lambda x: factor * chain(x) + (x * held).sum((1, 2))
    held = [jnp.asarray(np.random.default_rng(seed).normal(size=(CODES.shape[1], 4))) for seed in (0, 1)]
    before = host_blocks._run._cache_size()
    for factor, one, programs in ((2.0, held[0], 1), (2.0, held[1], 1), (3.0, held[1], 2)):
        found = attribution.attribute(made(factor, one), CODES, "mutagenesis")
        expected = -by_hand(made(factor, one), CODES).sum(axis=-1) / 3
        np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())
        assert host_blocks._run._cache_size() == before + programs


def test_functions_that_are_not_told_apart_by_their_program_stay_themselves():
    """The compiler knows no function of the host; arrays that are held may hang on the number of rows."""

    def on_host(factor):
        own = lambda x: np.asarray(factor * x[:, 3, 2] + x[:, 5, 1], np.float32)
        return lambda x: jax.pure_callback(
            own, jax.ShapeDtypeStruct(x.shape[:1], x.dtype), x, vmap_method="sequential"
        )

    codes = np.concatenate([CODES, CODES, CODES[:1]])[:, :8]
    for factor in (1.0, 2.0):
        found = attribution.attribute(on_host(factor), codes, "mutagenesis")
        plain = lambda x, factor=factor: factor * x[:, 3, 2] + x[:, 5, 1]
        np.testing.assert_allclose(found, attribution.attribute(plain, codes, "mutagenesis"), atol=1e-6)
    by_rows = lambda x: x[np.arange(x.shape[0]), 3, 2] + np.zeros(x.shape[0], np.float32)
    expected = attribution.attribute(lambda x: x[:, 3, 2], codes, "mutagenesis")
    np.testing.assert_allclose(attribution.attribute(by_rows, codes, "mutagenesis"), expected, atol=1e-6)


def _scaled(scale, x):
    return scale * chain(x)
