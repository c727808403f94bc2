import dataclasses

import numpy as np
import pytest

from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.leaves import decoded
from jaxmotif.neuronmotif.sample import linear, reservoir
from jaxmotif.neuronmotif.settings import Decoupling, Sampling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

SAMPLING = Sampling(population=60, generations=6, patience=3, cap=60, bins=5, walk=20, polish=3, floor=0.0)
SETTINGS = decode_layer.Settings(SAMPLING, Decoupling(fewest=10, draws=20))
# Layers 1 and 2 of the network below are enumerated, layer 3, which sees 12 letters, is sampled.
SHORT = dataclasses.replace(SAMPLING, exact_up_to=6, walk=0, polish=0)
SAMPLED = dataclasses.replace(SETTINGS, sampling=SHORT)
# Nothing is enumerated.
SEARCHED = dataclasses.replace(SETTINGS, sampling=dataclasses.replace(SHORT, exact_up_to=0))
NETWORK = tiny_stacks.random_stack(conv(3, 3, 2), conv(4, 2, 2), conv(2, 2), seed=3, bias=0.0)


def check(found, network=NETWORK):
    """What holds for any decoded layer, by the network itself."""
    leaves, width = found.leaves, found.width
    assert found.ppm.shape == (len(found.neurons), leaves, width, 4) and leaves == np.prod(found.radix)
    np.testing.assert_allclose(found.ppm.sum(3), 1.0, atol=1e-5)
    for at, neuron in enumerate(found.neurons):
        if found.dead[at]:
            continue
        best = tiny_stacks.activations(network, found.layer, found.best[at : at + 1])[0, 0, neuron]
        assert best == pytest.approx(found.maximum[at], rel=1e-4)
        assert found.leaf_maximum[at].max() == pytest.approx(found.maximum[at], rel=1e-4)
        filled = found.nsites[at] > 0
        assert found.nsites[at].sum() == found.samples[at]
        want = tiny_stacks.activations(network, found.layer, found.ppm[at].argmax(2))[:, 0, neuron]
        np.testing.assert_allclose(found.consensus[at][filled], want[filled], rtol=1e-3, atol=1e-4)
        assert (found.ppm[at][~filled] == 0.25).all() and not found.consensus[at][~filled].any()


def equal(first, second):
    for field in dataclasses.fields(decoded.Decoded):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert a == b, field.name


@pytest.fixture(scope="module")
def second():
    return decode_layer.decode_layer(NETWORK, 2, None, None, SETTINGS)


def test_an_enumerated_layer(second):
    check(second)
    values = tiny_stacks.activations(NETWORK, 2, tiny_stacks.all_sequences(6))[:, 0]
    np.testing.assert_allclose(second.maximum, values.max(0), rtol=1e-5)
    assert second.exact.all() and not second.dead.any() and not second.generations.any()
    assert (second.radix, second.pooled, second.name, second.layer) == ((2,), (1,), "tiny", 2)
    np.testing.assert_array_equal(second.neurons, range(4))
    assert ((second.agreement >= -1) & (second.agreement <= 1)).all()


def test_a_first_layer_is_exact():
    found = decode_layer.decode_layer(NETWORK, 1, [2, 0], None, SETTINGS)
    check(found)
    values = tiny_stacks.activations(NETWORK, 1, tiny_stacks.all_sequences(3))[:, 0]
    kernel, bias = map(np.asarray, NETWORK.weights[0])
    for at, neuron in enumerate((2, 0)):
        assert found.maximum[at] == pytest.approx(values[:, neuron].max(), rel=1e-6)
        assert abs(found.samples[at] - (values[:, neuron] > 0).sum()) <= 1
        want = linear.ppm(linear.exact(kernel[:, :, neuron], float(bias[neuron]), SAMPLING.bins))
        np.testing.assert_allclose(found.ppm[at, 0], want, atol=1e-6)
    assert found.exact.all() and found.radix == () and np.isnan(found.agreement).all()


def test_a_sampled_layer_with_motif_seeds(second):
    third = decode_layer.decode(NETWORK, 3, None, SAMPLED)
    check(third)
    assert (third.radix, third.pooled) == ((2, 2), (2, 1))
    assert not third.exact.any() and (third.generations > 0).all()
    # Seeds come from all layers below, decoded in the same way.
    first = decode_layer.decode_layer(NETWORK, 1, None, None, SAMPLED)
    below = decode_layer.decode_layer(NETWORK, 2, None, first, SAMPLED)
    equal(third, decode_layer.decode_layer(NETWORK, 3, None, below, SAMPLED))
    # A neuron by itself is the same.
    alone = decode_layer.decode_layer(NETWORK, 3, [1], below, SAMPLED)
    np.testing.assert_array_equal(alone.ppm[0], third.ppm[1])
    np.testing.assert_allclose(below.maximum, second.maximum, rtol=1e-5)


def test_digits_of_leaves_are_those_of_their_numbers(second):
    wide = dataclasses.replace(second, ppm=np.zeros((4, 24, 6, 4)), radix=(2, 3, 4))
    digits = wide.digits()
    assert digits.shape == (24, 3)
    np.testing.assert_array_equal(digits @ np.array([12, 4, 1]), np.arange(24))
    assert dataclasses.replace(second, ppm=np.zeros((4, 1, 6, 4)), radix=()).digits().shape == (1, 0)


def test_what_is_saved_is_read_again(second, tmp_path):
    path = tmp_path / "layer.npz"
    decoded.save(path, second)
    equal(decoded.load(path), second)
    first = decode_layer.decode_layer(NETWORK, 1, None, None, SETTINGS)
    decoded.save(path, first)
    equal(decoded.load(path), first)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="layer.npz is no .npz file that can be read"):
        decoded.load(path)
    with pytest.raises(ValueError, match="no such file: .*nothing.npz"):
        decoded.load(tmp_path / "nothing.npz")


def test_a_layer_is_taken_up_where_it_was_left(tmp_path, second, monkeypatch):
    done = []
    whole = decode_layer.decode_neurons

    def counted(network, layer, neurons, lower, settings):
        done.append(list(neurons))
        return whole(network, layer, neurons, lower, settings)

    monkeypatch.setattr(decode_layer, "decode_neurons", counted)
    calls = []
    first = decode_layer.decode_layer(
        NETWORK, 2, None, None, SETTINGS, tmp_path, lambda *at: calls.append(at)
    )
    assert calls == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    equal(first, second)
    parts = sorted(path.name for path in (tmp_path / "layer2").iterdir())
    assert parts == [f"neuron{n}.npz" for n in range(4)]
    (tmp_path / "layer2" / "neuron2.npz").unlink()
    damaged = tmp_path / "layer2" / "neuron0.npz"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    calls.clear()
    equal(
        decode_layer.decode_layer(NETWORK, 2, None, None, SETTINGS, tmp_path, lambda *at: calls.append(at)),
        second,
    )
    equal(decode_layer.decode_layer(NETWORK, 2, None, None, SETTINGS, tmp_path), second)
    assert done == [[0, 1, 2, 3], [0, 2], []]
    assert calls == [(2, 4), (3, 4), (4, 4)]


def test_parts_hold_the_neurons_sequences(tmp_path):
    found = decode_layer.decode_layer(NETWORK, 2, [1], None, SETTINGS, tmp_path)
    with np.load(tmp_path / "layer2" / "neuron1.npz") as part:
        letters, values, labels = reservoir.letters(part["words"], 6), part["values"], part["labels"]
    np.testing.assert_allclose(
        values, tiny_stacks.activations(NETWORK, 2, letters)[:, 0, 1], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(np.bincount(labels, minlength=2), found.nsites[0])
    for leaf in range(2):
        assert values[labels == leaf].max() == found.leaf_maximum[0, leaf]


def dead_stack():
    """Neuron 0 lives; 1 asks for A and C in one place, which no bound shows; 2 has negative weights alone."""
    first = np.eye(4)[None]
    second = np.zeros((2, 4, 3))
    second[0, 0, 0] = second[1, 1, 0] = 1.0
    second[0, 0, 1] = second[0, 1, 1] = 1.0
    second[..., 2] = -1.0
    biases = np.zeros(4), np.array([-0.5, -1.5, -0.1])
    return tiny_stacks.stack_of((conv(4, 1), conv(3, 2)), list(zip((first, second), biases, strict=True)))


@pytest.mark.parametrize("settings, reason", [(SETTINGS, "enumerated"), (SEARCHED, "sampled")])
def test_dead_neurons_and_how_that_is_known(settings, reason):
    network = dead_stack()
    found = decode_layer.decode_layer(network, 2, None, None, settings)
    check(found, network)
    assert found.dead.tolist() == [False, True, True] and found.reason == ("", reason, "bound")
    values = tiny_stacks.activations(network, 2, tiny_stacks.all_sequences(2))[:, 0]
    np.testing.assert_allclose(found.maximum[:2], values.max(0)[:2], rtol=1e-6)
    # Nothing but a bound is known of the last one's maximum.
    assert found.exact.tolist() == [reason == "enumerated"] * 2 + [False]
    assert values[:, 2].max() <= found.maximum[2] <= 0
    assert not found.samples[1:].any() and not found.nsites[1:].any() and (found.ppm[1:] == 0.25).all()


def test_a_layer_of_dead_neurons_alone():
    found = decode_layer.decode_layer(dead_stack(), 2, [2], None, SETTINGS)
    assert found.dead.tolist() == [True] and found.samples.tolist() == [0]


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="tiny has convolutions 1 to 3, not a layer 0"):
        decode_layer.decode_layer(NETWORK, 0, None, None, SETTINGS)
    with pytest.raises(ValueError, match="tiny has convolutions 1 to 3, not a layer 4"):
        decode_layer.decode(NETWORK, 4, None, SETTINGS)
    with pytest.raises(ValueError, match="layer 2 of tiny has neurons 0 to 3, not 7"):
        decode_layer.decode_layer(NETWORK, 2, [1, 7], None, SETTINGS)
