"""Against plain numpy: every window evaluated by itself, letter by letter."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.models.spec import Conv
from jaxmotif.neuronmotif import baselines, chain
from jaxmotif.neuronmotif.baselines import Method
from jaxmotif.neuronmotif.syntax import segments

CONVS = (
    Conv(3, 4, pool=3, pool_stride=2, activation="softplus", norm="none", bias=True),
    Conv(3, 3, stride=2, pool=2, activation="relu", norm="none", bias=True),
    Conv(5, 2, activation="relu", norm="none", bias=True),
)


@pytest.fixture(scope="module")
def network():
    rng, weights, below = np.random.default_rng(0), [], 4
    for conv in CONVS:
        kernel = rng.normal(size=(conv.kernel, below, conv.filters))
        weights.append(chain.fold(kernel, bias=0.3 * rng.normal(size=conv.filters)))
        below = conv.filters
    return chain.ConvChain("net", CONVS, tuple(weights))


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(1)
    return rng.choice(5, p=[0.24, 0.24, 0.24, 0.24, 0.04], size=(17, 31)).astype(np.uint8)


def value(network, layer, x_r4):
    """Activations of all neurons of a layer on one receptive field, (F,)."""
    h = np.asarray(x_r4, np.float64)
    for number in range(layer):
        conv, weights = network.convs[number], network.weights[number]
        kernel, bias = np.asarray(weights.kernel, np.float64), np.asarray(weights.bias, np.float64)
        starts = range(0, len(h) - conv.kernel + 1, conv.stride)
        h = np.stack([np.einsum("kc,kcf->f", h[s : s + conv.kernel], kernel) + bias for s in starts])
        if number < layer - 1:
            step = conv.pool_stride or conv.pool
            h = np.stack([h[s : s + conv.pool].max(axis=0) for s in range(0, len(h) - conv.pool + 1, step)])
            h = {"relu": lambda v: np.maximum(v, 0), "softplus": lambda v: np.log1p(np.exp(v))}[
                conv.activation
            ](h)
    assert h.shape[0] == 1
    return h[0]


def one_hot(letters):
    return (np.asarray(letters)[..., None] == np.arange(4)).astype(float)


def all_windows(network, layer, codes):
    """(sequence, letters, activations) of every window; the three layers step by 1, 2 and 8 letters."""
    width, step = {1: (4, 1), 2: (10, 4), 3: (22, 8)}[layer]
    found = []
    for sequence, row in enumerate(codes):
        for start in range(0, len(row) - width + 1, step):
            letters = row[start : start + width]
            found.append((sequence, letters, value(network, layer, one_hot(letters))))
    return found


def taken(found, neuron, threshold, strongest):
    """Letters (n, R) of the windows above the threshold, strongest first."""
    rows = [(values[neuron], sequence, letters) for sequence, letters, values in found]
    if strongest:  # max keeps the first of equals
        of_each = [[row for row in rows if row[1] == sequence] for sequence in {row[1] for row in rows}]
        rows = [max(some, key=lambda row: row[0]) for some in of_each]
    rows = sorted((row for row in rows if row[0] > threshold), key=lambda row: -row[0])
    return np.array([letters for *_, letters in rows])


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("windows", baselines.WINDOWS)
@pytest.mark.parametrize("method", ["kelley", "alipanahi"])
def test_mean_of_activating_windows(network, codes, layer, windows, method):
    found = all_windows(network, layer, codes)
    got = baselines.read(network, layer, None, codes, Method(method, windows), batch_size=4)
    for neuron in range(CONVS[layer - 1].filters):
        values = np.array([row[2][neuron] for row in found])
        assert got.maximum[neuron] == pytest.approx(values.max(), abs=1e-5)
        np.testing.assert_array_equal(got.best[neuron], found[int(values.argmax())][1])
        threshold = 0 if method == "kelley" else max(values.max() / 2, 0)
        letters = taken(found, neuron, threshold, windows == "strongest")
        assert got.nsites[neuron] == len(letters)
        if not len(letters):
            np.testing.assert_array_equal(got.ppm[neuron], 0.25)
            continue
        counts = one_hot(letters).sum(axis=0)
        np.testing.assert_array_equal(got.letters[neuron], counts)
        np.testing.assert_allclose(got.ppm[neuron], counts / counts.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("layer", [2, 3])
@pytest.mark.parametrize("windows", baselines.WINDOWS)
def test_saliency_by_finite_differences(network, codes, layer, windows):
    found, top = all_windows(network, layer, codes), 6
    got = baselines.read(network, layer, None, codes, Method("saliency", windows, top), batch_size=5)
    assert got.nsites.max() > 3
    for neuron in range(CONVS[layer - 1].filters):
        letters = taken(found, neuron, 0, windows == "strongest")[:top]
        assert got.nsites[neuron] == len(letters)
        if not len(letters):
            continue
        x_nr4 = one_hot(letters)
        wanted = np.zeros(x_nr4.shape)
        for n, r, letter in zip(*np.nonzero(x_nr4), strict=True):
            change = np.zeros(x_nr4.shape[1:])
            change[r, letter] = 1e-6
            rise = value(network, layer, x_nr4[n] + change) - value(network, layer, x_nr4[n] - change)
            wanted[n, r, letter] = rise[neuron] / 2e-6
        mean = wanted.mean(axis=0)
        np.testing.assert_allclose(got.letters[neuron], mean, atol=1e-4)
        weight = np.maximum(mean, 0)
        weight += 0.1 * weight.sum(axis=1).max() / 4
        np.testing.assert_allclose(got.ppm[neuron], weight / weight.sum(axis=1, keepdims=True), atol=1e-4)


def test_batches_change_nothing(network, codes):
    for method in baselines.METHODS:
        one = baselines.read(network, 3, [4, 1], codes, Method(method), batch_size=1)
        more = baselines.read(network, 3, [4, 1], codes, Method(method))
        np.testing.assert_array_equal(more.best, one.best)
        np.testing.assert_array_equal(more.nsites, one.nsites)
        np.testing.assert_allclose(more.ppm, one.ppm, atol=1e-5)


def test_equal_windows_keep_their_order():
    """The first of equals, across batches too."""
    kernel = np.zeros((1, 4, 1))
    kernel[0, 1] = 1
    network = chain.ConvChain("net", (Conv(1, 1, norm="none"),), (chain.fold(kernel),))
    codes = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 1]], np.uint8)
    found = baselines.windows_under(network, 1, None, codes, batch_size=2).strongest(3)
    np.testing.assert_array_equal(found.sequences, [[0, 1, 1]])
    np.testing.assert_array_equal(found.positions, [[1, 0, 1]])
    one = baselines.windows_under(network, 1, None, codes, one_each=True, batch_size=2).strongest(4)
    np.testing.assert_array_equal(one.sequences[0, :3], [0, 1, 2])
    assert one.values[0, 3] == -np.inf


def word_network(word, flank=4):
    """A neuron that counts matches of `word` beyond all but two, and one that nothing activates."""
    kernel = np.zeros((len(word) + 2 * flank, 4, 2))
    kernel[np.arange(len(word)) + flank, word, 0] = 1
    kernel[:, :, 1] = -1
    conv = Conv(2, len(kernel), norm="none", bias=True)
    return chain.ConvChain("words", (conv,), (chain.fold(kernel, bias=[1.5 - len(word), 0.0]),))


@pytest.mark.parametrize("method", baselines.METHODS)
def test_decoded_layer_has_the_word(method):
    rng = np.random.default_rng(2)
    word = np.array([0, 2, 1, 3, 3, 0, 2, 2, 1, 0])
    codes = rng.integers(0, 4, (600, 30), dtype=np.uint8)
    for row, start in zip(codes, rng.integers(4, 16, len(codes)), strict=True):
        row[start : start + len(word)] = word
    network = word_network(word)
    decoded = baselines.decode(network, 1, None, codes, Method(method))
    assert decoded.leaves == 1 and decoded.digits().shape == (1, 0)
    assert list(decoded.dead) == [False, True] and decoded.reason == ("", "bound")
    assert decoded.maximum[0] == pytest.approx(1.5) and decoded.consensus[0, 0] == pytest.approx(1.5)
    expected = (decoded.ppm[0, 0] * np.asarray(network.weights[0].kernel)[:, :, 0]).sum() - 8.5
    assert decoded.drawn[0, 0] == pytest.approx(expected, abs=0.5)  # the mean of 100 draws of a linear neuron
    (segment,) = segments.segments(decoded)
    assert (segment.neuron, segment.leaf, segment.start, segment.end) == (0, 0, 1, 17)
    np.testing.assert_array_equal(segment.motif.ppm[3:-3].argmax(axis=1), word)
    found = baselines.read(network, 1, None, codes, Method(method))
    assert found.nsites[1] == 0 and found.nsites[0] == decoded.nsites[0, 0]
    np.testing.assert_allclose(found.ppm[0, 1:17], segment.motif.ppm, atol=1e-6)


def test_neuron_that_no_window_activates_is_not_proven_dead():
    network = word_network(np.arange(10) % 4)
    decoded = baselines.decode(network, 1, [1, 0], np.zeros((3, 20), np.uint8), Method("alipanahi"))
    assert decoded.reason == ("bound", "sampled") and decoded.dead.all()
    np.testing.assert_array_equal(decoded.ppm, 0.25)
    assert segments.segments(decoded) == []


def test_random_sequences_stand_in(network):
    drawn = baselines.random_sequences(4000, 22, seed=3)
    assert drawn.dtype == np.uint8 and drawn.shape == (4000, 22)
    np.testing.assert_allclose(np.bincount(drawn.ravel(), minlength=4) / drawn.size, 0.25, atol=0.01)
    np.testing.assert_array_equal(drawn, baselines.random_sequences(4000, 22, seed=3))
    assert (drawn != baselines.random_sequences(4000, 22, seed=4)).any()
    got = baselines.read(network, 3, [0])
    given = baselines.read(network, 3, [0], baselines.random_sequences(baselines.RANDOM, 22))
    np.testing.assert_array_equal(got.ppm, given.ppm)


def test_bad_input(network, codes):
    for arguments, message in (
        ((4, None, codes), "convolutions 1 to 3, not a layer 4"),
        ((3, [5], codes), "neurons 0 to 4, not 5"),
        ((3, [], codes), "one or more channels"),
        ((3, None, codes[:, :21]), "read 22 letters, but sequences have 21"),
        ((3, None, codes.astype(int)), "uint8"),
    ):
        with pytest.raises(ValueError, match=message):
            baselines.read(network, *arguments)
    for arguments, message in (
        (("deeplift",), "unknown method 'deeplift'"),
        (("kelley", "best"), "unknown windows 'best'"),
        (("saliency", "all", 0), "top must be at least 1, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            Method(*arguments)
    with pytest.raises(ValueError, match="count and length"):
        baselines.random_sequences(0, 5)
    kernel = np.array(network.weights[2].kernel)
    kernel[0, 0, 3] = np.nan
    broken = dataclasses.replace(network, weights=(*network.weights[:2], chain.fold(kernel)))
    with pytest.raises(ValueError, match="neuron 3 of layer 3 of net has activations that are not finite"):
        baselines.read(broken, 3, [1, 3], codes)
