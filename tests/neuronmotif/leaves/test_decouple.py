import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from jaxmotif import dna
from jaxmotif.neuronmotif import substructure
from jaxmotif.neuronmotif.leaves import decouple, features
from jaxmotif.neuronmotif.settings import Decoupling
from tests.helpers import tiny_stacks
from tests.helpers.tiny_stacks import conv

KEY = jax.random.key(0)
SETTINGS = Decoupling(fewest=10, draws=20)
MOTIF = [0, 1, 2, 3, 1]


def sequences(width, starts, seed=0):
    """Random sequences with the motif of `tiny_stacks.planted` at these places."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (len(starts), width)).astype(np.uint8)
    codes[np.arange(len(starts))[:, None], np.asarray(starts)[:, None] + np.arange(5)] = MOTIF
    return codes


def run(network, codes, settings=SETTINGS, bins=5):
    """`decouple` of neuron 0 of the last layer, sequences strongest first, and their activations."""
    layer = len(network.convs)
    values = tiny_stacks.activations(network, layer, codes)[:, 0, 0].astype(np.float32)
    found = _run(network.substructure(layer).neuron(0), codes, values, bins, settings)
    return jax.device_get(found), values


@functools.partial(jax.jit, static_argnums=(3, 4))
def _run(neuron, codes, values, bins, settings):
    return decouple.decouple(KEY, neuron, codes, values, bins, settings)


def test_the_place_in_the_pooling_window_is_read_and_found_by_kmeans():
    pool, network = 3, tiny_stacks.planted(3, kernel=2, position=1)
    offsets = np.random.default_rng(1).integers(0, pool, 600)
    codes = sequences(substructure.geometry(network.convs, 2).width, pool + offsets)
    found, values = run(network, codes)
    assert (values > 0).all()
    np.testing.assert_array_equal(found.other, offsets)
    assert adjusted_rand_score(found.labels, offsets) > 0.95
    # A digit is the offset: clusters are numbered by it.
    assert (found.labels == offsets).mean() > 0.95
    swapped, _ = run(network, codes, dataclasses.replace(SETTINGS, method="offsets"))
    np.testing.assert_array_equal(swapped.labels, offsets)
    np.testing.assert_array_equal(swapped.other, found.labels)
    for leaf in range(pool):
        np.testing.assert_array_equal(swapped.ppm[leaf].argmax(1)[pool + leaf : pool + leaf + 5], MOTIF)
    np.testing.assert_array_equal(swapped.nsites, np.bincount(offsets, minlength=pool))


@pytest.mark.parametrize("chosen, width", [("all", 0), ("relevant", 4)])
def test_two_poolings_deepest_first(chosen, width):
    network = tiny_stacks.planted(3, second=2)
    starts = np.random.default_rng(2).integers(0, 6, 900)
    codes = sequences(substructure.geometry(network.convs, 3).width, starts)
    found, _ = run(network, codes, dataclasses.replace(SETTINGS, features=chosen, width=width))
    # The window of layer 2 is 3 letters wide: leaf = 3 x deep offset + shallow offset = the start.
    np.testing.assert_array_equal(found.other, starts)
    assert adjusted_rand_score(found.labels, starts) > 0.95
    assert network.substructure(3).radix(1) == ((2, 3), (2, 1))
    assert network.substructure(3).radix(2) == ((2, 3, 2, 3), (2, 1, 2, 1))


def test_two_motifs_of_one_neuron_are_split_one_after_the_other():
    network = tiny_stacks.planted(3, kernel=5, position=0)
    kernel = np.array(network.weights[1].kernel)
    kernel[4, 0] = 0.7
    network = tiny_stacks.stack_of(network.convs, [network.weights[0], (kernel, [-1.8])])
    first, second = np.random.default_rng(4).integers(0, 3, (2, 900))
    codes = sequences(substructure.geometry(network.convs, 2).width, first)
    codes[np.arange(900)[:, None], 12 + second[:, None] + np.arange(5)] = MOTIF
    found, values = run(network, codes, dataclasses.replace(SETTINGS, repeats=2))
    assert (values > 0).all()
    # The motif that contributes more comes first.
    np.testing.assert_array_equal(found.other, 3 * first + second)
    assert adjusted_rand_score(found.labels, found.other) > 0.9


def test_offsets_with_stride_and_overlapping_pools():
    # Positions of layer 1 are 2 letters apart, windows of 3 of them overlap; layer 2 reads window 1.
    first = np.zeros((5, 4, 1))
    first[np.arange(5), MOTIF, 0] = 1.0
    reads = np.array([0.0, 1.0]).reshape(2, 1, 1)
    convs = (conv(1, 5, 3, stride=2, pool_stride=2), conv(1, 2))
    network = tiny_stacks.stack_of(convs, [(first, [-3.5]), (reads, [0.0])])
    offsets = np.random.default_rng(3).integers(0, 3, 200)
    codes = sequences(substructure.geometry(convs, 2).width, 2 * (2 + offsets))
    found, _ = run(network, codes)
    np.testing.assert_array_equal(found.other, offsets)
    assert adjusted_rand_score(found.labels, offsets) > 0.95


def test_the_path_takes_the_unit_that_contributes_most():
    network = tiny_stacks.planted(3, kernel=3, position=2)
    codes = sequences(substructure.geometry(network.convs, 2).width, 6 + np.arange(60) % 3)
    neuron = network.substructure(2).neuron(0)
    maps = neuron.raw_maps(dna.one_hot(codes))
    np.testing.assert_allclose(maps[0], tiny_stacks.activations(network, 1, codes), atol=1e-5)
    path = features.find_path(neuron, maps, 0)
    assert (int(path.position[0]), int(path.channel[0])) == (2, 0)


def test_sensitivity_is_the_mean_absolute_derivative():
    convs = conv(2, 3, 2), conv(3, 2, 2, activation="exp"), conv(2, 2)
    network = tiny_stacks.random_stack(*convs, seed=3, bias=0.1)
    # No sequences' map: in that, two places of a pooling window may hold the same value.
    raw = np.random.default_rng(0).normal(size=(40, substructure.geometry(network.convs, 3).width - 2, 2))
    kernel, bias = (np.asarray(part, np.float64) for part in network.weights[1])
    last = np.asarray(network.weights[2].kernel, np.float64)[..., 0]
    found = network.substructure(3).neuron(0).sensitivity(jnp.asarray(raw, jnp.float32), 1)

    def above(raw):
        h = np.maximum(raw, 0).reshape(40, -1, 2, raw.shape[2]).max(2)
        windows = np.stack([h[:, i : i + 2] for i in range(h.shape[1] - 1)], 1)
        h = np.einsum("npkc,kcf->npf", windows, kernel) + bias
        h = np.exp(h.reshape(40, -1, 2, 3).max(2))
        return np.einsum("nkc,kc->n", h, last)

    want = np.zeros(raw.shape[1:])
    for place in np.ndindex(want.shape):
        step = np.zeros_like(raw)
        step[(slice(None), *place)] = 1e-6
        want[place] = np.abs((above(raw + step) - above(raw - step)) / 2e-6).mean()
    np.testing.assert_allclose(found, want, rtol=2e-3, atol=1e-4)


def test_small_parts_stay_whole():
    network, settings = tiny_stacks.planted(3, second=2), dataclasses.replace(SETTINGS, fewest=8)
    starts = np.array([0] * 40 + [1] * 40 + [2] * 40 + [3, 4, 4, 5])
    codes = sequences(substructure.geometry(network.convs, 3).width, starts)
    found, _ = run(network, codes, settings)
    # The part of deep offset 1 has 4 rows: all of it is leaf 3, that of deep digit 1 and shallow digit 0.
    np.testing.assert_array_equal(found.labels[120:], 3)
    assert adjusted_rand_score(found.labels[:120], starts[:120]) > 0.95
    few = np.concatenate([codes[[0, 40, 41, 80, 120, 121, 122]], np.zeros_like(codes[:117])])
    whole, _ = run(network, few, settings)
    assert (whole.labels[:7] == 0).all() and whole.nsites.tolist() == [7, 0, 0, 0, 0, 0]


def test_rows_that_do_not_activate_the_neuron_change_nothing():
    network = tiny_stacks.planted(3, kernel=2, position=1)
    codes = sequences(
        substructure.geometry(network.convs, 2).width, 3 + np.random.default_rng(1).integers(0, 3, 600)
    )
    _, values = run(network, codes)
    codes = codes[np.argsort(-values)]
    found = []
    for rest in (0, 3):
        codes[530:] = rest
        leaves, values = run(network, codes)
        assert (values[530:] <= 0).all() and (values[:530] > 0).all()
        found.append(leaves)
    first, second = found
    np.testing.assert_array_equal(first.labels[:530], second.labels[:530])
    np.testing.assert_allclose(first.ppm, second.ppm, atol=1e-6)
    np.testing.assert_array_equal(first.nsites, second.nsites)
    assert first.nsites.sum() == 530


def by_loop(codes, values, leaves, count, bins, borrow):
    """Linear density leaf by leaf and bin by bin."""
    motifs = np.full((count, codes.shape[1], 4), 0.25)
    for leaf in range(count):
        own = (leaves == leaf) & (values > 0)
        if not own.any():
            continue
        letters, scores = np.eye(4)[codes[own]], values[own].astype(float)
        highest, total, waiting = scores.max(), 0.0, 0.0
        for number in range(bins):
            low, high = number / bins * highest, (number + 1) / bins * highest
            member = (scores > low) & (scores <= high * (1 + 1e-12))
            if not member.any():
                waiting += (number + 0.5) / bins * highest if borrow else 0.0
                continue
            total = total + (scores[member].mean() + waiting) * letters[member].mean(0)
            waiting = 0.0
        motifs[leaf] = total / total.sum(1, keepdims=True)
    return motifs


@pytest.mark.parametrize("borrow", [False, True])
def test_motifs_of_leaves_bin_by_bin(borrow):
    rng = np.random.default_rng(0)
    codes, leaves = rng.integers(0, 4, (300, 6)).astype(np.uint8), rng.integers(0, 3, 300)
    values = (rng.gamma(0.5, size=300) - 0.1).astype(np.float32)
    leaves[leaves == 1] = 3  # leaf 1 is empty
    ppm, nsites, highest = decouple.leaf_motifs(
        jnp.asarray(codes), jnp.asarray(values), jnp.asarray(leaves), 4, 8, borrow
    )
    np.testing.assert_allclose(ppm, by_loop(codes, values, leaves, 4, 8, borrow), atol=1e-5)
    real = values > 0
    np.testing.assert_array_equal(nsites, np.bincount(leaves[real], minlength=4))
    for leaf in range(4):
        assert highest[leaf] == max(values[real & (leaves == leaf)], default=0)


def test_diagnosis_of_leaves():
    network = tiny_stacks.planted(3)
    neuron = network.substructure(2).neuron(0)
    ppm = np.full((3, 7, 4), 0.25)
    ppm[:2, :5] = np.eye(4)[MOTIF]
    ppm[1, 4] = [0.6, 0.4, 0, 0]  # C is the letter of the motif
    consensus, drawn = decouple.diagnose(KEY, neuron, jnp.asarray(ppm), jnp.array([9, 9, 0]), 4000)
    # The filter gives 0.75 x 5 - 2 on the motif, 1 less with one other letter; the neuron takes 0.5 off.
    np.testing.assert_allclose(consensus, [1.25, 0.25, 0.0], atol=1e-5)
    np.testing.assert_allclose(drawn, [1.25, 0.6 * 0.25 + 0.4 * 1.25, 0.0], atol=0.03)


@pytest.mark.parametrize("chosen, width", [("all", 0), ("relevant", 4)])
def test_centres_of_a_part_split_all(chosen, width):
    network = tiny_stacks.planted(3, second=2)
    starts = np.random.default_rng(2).integers(0, 6, 2000)
    codes = sequences(substructure.geometry(network.convs, 3).width, starts)
    settings = dataclasses.replace(SETTINGS, features=chosen, width=width)
    whole, _ = run(network, codes, settings)
    part, _ = run(network, codes, dataclasses.replace(settings, rows=300))
    # The same leaves under the same numbers, of all sequences.
    assert (part.labels == whole.labels).mean() > 0.98
    assert adjusted_rand_score(part.labels, starts) > 0.95
    np.testing.assert_array_equal(part.other, starts)
    np.testing.assert_array_equal(part.nsites, np.bincount(part.labels, minlength=6))
    assert part.nsites.sum() == 2000
